"""Facades: from the plan of a house to a picture of it, in a drawn world. Lesson 09.

The plan says where the windows are, and nearly gives the colors; where a brick begins
it does not say. There are finitely many pairs to learn from, and without end more
pictures of any plan to hold an answer against.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_integer, check_tensor, check_type
from course_lib.color import clipped
from course_lib.contract import seeded
from course_lib.datasets.base import check_side
from course_lib.datasets.facades.bricks import draw_pictures
from course_lib.datasets.facades.plans import PARTS, draw_plan
from course_lib.datasets.indexed import IndexedWorld
from course_lib.datasets.true_model import SampledTruth

HELD_OUT = 512                     # facades of the test split


class Facades(IndexedWorld):
    """Pairs (x, y) of a plan and a picture, as many as are asked for.

    size:  pixels a side, a multiple of 8 from 32 to 256
    pairs: to train on, 1 to 16,384; their pictures never change. 512 more are held out
    seed:  which houses are drawn

    x is (batch, 9, size, size), one-hot, with a channel for each of `part_names`; y is
    (batch, 3, size, size) in sRGB, from about 0 to 1, with grain of 0.02 on every
    number and nothing clipped. `truth` draws other pictures of the same plans.
    Bricks have 4 x 8 pixels at every size, and begin anywhere.
    """

    part_names = PARTS

    def __init__(self, size: int = 32, pairs: int = 400, seed: int = 0):
        self.size = check_side(size, 32, 256)
        self.pairs = check_integer("pairs", pairs, 1, 16384)
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self.given_shape, self.y_shape = (len(PARTS), size, size), (3, size, size)
        self.truth = SampledTruth(self)
        self._counts = {"train": self.pairs, "test": HELD_OUT}

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        labels, pictures = drawn(split, self.count(split), self.size, self.seed)
        return one_hot(labels[index]), pictures[index]

    def labels(self, x: Tensor) -> Tensor:
        """Return the number of the part that each pixel shows, (batch, size, size)."""
        return self.check_given(x).argmax(1)

    def check_given(self, x: Tensor) -> Tensor:
        """Return x if it is plans, each pixel of which shows one part."""
        check_tensor("given", x, ("batch", *self.given_shape), 0.0, 1.0)
        if not (x.amax(1) == 1).all() or not (x.sum(1) == 1).all():
            raise ValueError("given has pixels that show no part, or more than one; "
                             "give one-hot plans, as batch() does.")
        return x

    def draw_answers(self, x: Tensor, n: int) -> Tensor:
        """Return n new pictures of each plan, (n, batch, 3, size, size)."""
        labels = x.argmax(1).cpu()
        return torch.stack([draw_pictures(labels) for _ in range(n)]).to(x.device)


@lru_cache(8)
def drawn(split: str, count: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return label maps (count, size, size) and their pictures (count, 3, size, size),
    which all worlds of these settings share."""
    with seeded(seed + 2**31 * (split == "test")):
        plans = torch.stack([draw_plan(size) for _ in range(count)])
        pictures = [draw_pictures(part) for part in plans.split(64)]
        return plans, torch.cat(pictures)


def one_hot(labels: Tensor) -> Tensor:
    """Return label maps (batch, h, w) as (batch, parts, h, w) of 0 and 1."""
    return functional.one_hot(labels.long(), len(PARTS)).movedim(-1, 1).float()


class FacadeTask(IndexedWorld):
    """Another task on the pairs of a `Facades`, whose pictures are given."""

    def __init__(self, facades: Facades):
        self.facades = check_type("facades", facades, Facades,
                                  "Facades, for instance Facades()")
        self.size = facades.size
        self.given_shape, self._counts = facades.y_shape, facades._counts

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return what is given, (..., size, size, 3) in [0, 1]."""
        return clipped(x)


class Segmentation(FacadeTask):
    """The same pairs the other way round: from a picture to what each pixel shows.

    facades: a `Facades`
    x is (batch, 3, size, size) in sRGB; y is (batch, 9, size, size), one-hot.
    Lesson 11.
    """

    part_names = PARTS

    def __init__(self, facades: Facades):
        super().__init__(facades)
        self.y_shape = facades.given_shape

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        plan, picture = self.facades.at(index, split)
        return picture, plan
