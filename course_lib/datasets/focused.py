"""Shirts of which some are shown more often, to learn from. Lesson 06.

A model of p(y | x) may be trained on any x: how often a photo is shown changes what it
learns well, and not what there is to be learned.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks import check_integer, check_seed, describe
from course_lib.contract import seeded
from course_lib.datasets.tshirts import TShirts


class Focused(TShirts):
    """A world of shirts that draws its training photos by weights; all else is as in
    `TShirts`, whose options follow.

    weight: photos (shirts, 1, size, size) -> how often each is drawn, relative to the
            others, (shirts,), none below 0
    Raises ValueError, in a sentence, for weights that are no chances.
    """

    def __init__(self, weight: Callable[[Tensor], Tensor], *args, **options):
        super().__init__(*args, **options)
        weights = weight(self.lightness("train"))
        if weights.shape != (len(self.lightness("train")),) or not (
                weights.isfinite().all() and (weights >= 0).all() and weights.any()):
            raise ValueError(f"weight makes {describe(weights)} of the photos; return "
                             f"one number for each, none below 0, and not all 0.")
        self._weights = weights

    def batch(self, n: int, split: str = "train",
              seed: int | None = None) -> tuple[Tensor, Tensor]:
        """Return n pairs, as `TShirts` does, those to train on by their weights."""
        if split != "train":
            return super().batch(n, split, seed)
        check_integer("n", n, 1)
        with seeded(check_seed(seed)):
            chosen = torch.multinomial(self._weights, n, replacement=True)
            x = self._to_lightness(self._photographs(split)[chosen])
            return x, self.truth.draw(x, 1, n)[0]
