"""Worlds whose held-out pairs are numbered: stored ones, and ones that are drawn."""

from functools import cached_property

import torch
from torch import Tensor

from course_lib.checks import check_choice, check_integer, describe
from course_lib.contract import Given, LikelihoodModel, seeded
from course_lib.datasets.base import SPLITS, BaseWorld, check_held_out

HELD_OUT = 4096                    # fixed pairs of the test split


class IndexedWorld(BaseWorld):
    """A world whose pairs (x, y) are numbered; a subclass says `_counts`, the number of
    pairs in each split, and `at`."""

    _counts: dict[str, int]

    def count(self, split: str = "train") -> int:
        """Return how many pairs the split has."""
        return self._counts[check_choice("split", split, SPLITS)]

    def at(self, index: Tensor, split: str = "train") -> tuple[Given, Tensor]:
        """Return the pairs x, y whose numbers are `index`, (batch,) of int64."""
        raise NotImplementedError(f"{type(self).__name__} cannot look up its pairs.")

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        """Return n pairs of the split, drawn with replacement."""
        return self.at(torch.randint(self.count(split), (n,)), split)

    def held_out(self, n: int = 256) -> tuple[Given, Tensor]:
        """Return the first n test pairs, each once: those that scores are made of."""
        return self.at(torch.arange(check_held_out(n, self.count("test"))), "test")


class DrawnWorld(IndexedWorld):
    """Binary images that are drawn anew; a subclass says how, in `draw_pairs`.

    seed: which pairs are held out
    The training split never ends. The test split is 4,096 pairs, drawn once, the same
    on every machine.
    """

    levels = 2

    def __init__(self, seed: int = 0):
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)

    def draw_pairs(self, n: int) -> tuple[Given, Tensor]:
        """Return n new pairs x, y, by torch's global random state."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        """Return n pairs: "train" draws new ones, "test" some of those held out."""
        if split == "train":
            return self.draw_pairs(n)
        return self.at(torch.randint(HELD_OUT, (n,)))

    def count(self, split: str = "test") -> int:
        """Return how many pairs the split has; only the test split is finite."""
        if check_choice("split", split, SPLITS) == "train":
            raise ValueError(f"The train split of {self!r} is drawn without end; count "
                             f"the test split, or take what you need by batch(n).")
        return HELD_OUT

    def at(self, index: Tensor, split: str = "test") -> tuple[Given, Tensor]:
        """Return the held-out pairs whose numbers are `index`, (batch,) of int64."""
        self.count(split)
        x, y = self._test
        return None if x is None else x[index], y[index]

    @cached_property
    def _test(self) -> tuple[Given, Tensor]:
        with seeded(self.seed):
            return self.draw_pairs(HELD_OUT)


class UnconditionalTruth(LikelihoodModel):
    """The exact p(y) of a world where nothing is given."""

    def check_given(self, given: Given) -> None:
        """Return None; raise TypeError, in a sentence, if something is given."""
        if given is not None:
            raise TypeError(f"given is {describe(given)} and {type(self).__name__} is "
                            f"of y alone; leave `given` out.")


def check_binary(y: Tensor) -> Tensor:
    """Return y as booleans if every number of it is 0 or 1, up to rounding."""
    if ((y - y.round()).abs() > 1e-3).any() or y.min() < -0.5 or y.max() > 1.5:
        raise ValueError(f"y runs from {y.min():.3g} to {y.max():.3g}; its pixels are "
                         f"0 or 1 and nothing between, so round it.")
    return y > 0.5
