"""Worlds whose held-out pairs are numbered: stored ones, and ones that are drawn.

    ClassImages    finitely many pairs; a batch draws their numbers
    DrawnWorld     pairs without end to train on, and some fixed ones held out
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_choice, check_integer, describe
from course_lib.contract import Given, LikelihoodModel, seeded
from course_lib.datasets.base import SPLITS, BaseWorld, check_held_out

HELD_OUT = 4096                    # fixed pairs of the test split


class IndexedWorld(BaseWorld):
    """A world whose pairs (x, y) are numbered; a subclass says `count` and `at`."""

    def count(self, split: str) -> int:
        """Return how many pairs the split has."""
        raise NotImplementedError(f"{type(self).__name__} does not say how many.")

    def at(self, index: Tensor, split: str = "train") -> tuple[Given, Tensor]:
        """Return the pairs x, y whose numbers are `index`, (batch,) of int64."""
        raise NotImplementedError(f"{type(self).__name__} cannot look up its pairs.")

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        """Return n pairs of the split, drawn with replacement."""
        return self.at(torch.randint(self.count(split), (n,)), split)

    def held_out(self, n: int = 256) -> tuple[Given, Tensor]:
        """Return the first n test pairs, each once: those that scores are made of."""
        return self.at(torch.arange(check_held_out(n, self.count("test"))), "test")


class ClassImages(IndexedWorld):
    """Class -> image: x is the class as a one-hot vector, y an image of that class.

    x: (batch, classes) of 0 and 1, the columns in the order of `class_names`
    y: (batch, 1, size, size) in [0, 1], a level of 0 … levels - 1 over levels - 1

    class_names: what the classes are called
    images:      split -> (count, height, width), uint8, levels 0 … levels - 1
    labels:      split -> (count,), int64, positions in `class_names`
    levels:      how many values a pixel has
    size:        side of the square that an image is put in the middle of, on black
    """

    def __init__(self, class_names: Sequence[str], images: dict[str, Tensor],
                 labels: dict[str, Tensor], levels: int, size: int):
        self.class_names = tuple(class_names)
        self.levels = levels
        self.size = size
        self._images = images
        self._labels = labels
        self.given_shape = (len(self.class_names),)
        self.y_shape = (1, size, size)

    def count(self, split: str) -> int:
        return len(self._labels[check_choice("split", split, SPLITS)])

    def labels(self, split: str = "train") -> Tensor:
        """Return the class of every image of the split, (count,), int64."""
        return self._labels[check_choice("split", split, SPLITS)].clone()

    def images(self, split: str = "train") -> Tensor:
        """Return every image of the split, (count, 1, size, size), in [0, 1]."""
        return self._scaled(self._images[check_choice("split", split, SPLITS)])

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        check_choice("split", split, SPLITS)
        x = functional.one_hot(self._labels[split][index], len(self.class_names))
        return x.float(), self._scaled(self._images[split][index])

    def _scaled(self, images: Tensor) -> Tensor:
        missing = self.size - images.shape[-1]
        before, after = missing // 2, missing - missing // 2
        padded = functional.pad(images, (before, after, before, after))
        return padded[:, None].float() / (self.levels - 1)


class DrawnWorld(IndexedWorld):
    """Binary images that are drawn anew; a subclass says how, in `draw_pairs`.

    seed: which pairs are held out
    The training split never ends. The test split is 4,096 pairs, drawn once, the same
    on every machine.
    """

    levels = 2

    def __init__(self, seed: int = 0):
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self._test: tuple[Given, Tensor] | None = None

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
        if self._test is None:
            with seeded(self.seed):
                self._test = self.draw_pairs(HELD_OUT)
        x, y = self._test
        return None if x is None else x[index], y[index]


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
