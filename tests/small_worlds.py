"""Worlds so small that a test can sum or integrate over everything in them."""

import torch
from torch import Tensor

from course_lib.datasets.tshirts.truth import IndependentTruth, Truth


class FewPixels:
    """Two or more modes on a few pixels, whatever x is.

    colors: the modes, (modes, channels, height, width);  chances: P(mode), a list
    """

    def __init__(self, colors: Tensor, chances: list[float], noise: float = 0.1):
        self.colors, self.chances, self.noise = colors, torch.tensor(chances), noise
        self.mode_names = tuple(f"mode {k}" for k in range(len(chances)))
        self.y_shape = tuple(colors.shape[1:])
        self.given_shape = (1, *self.y_shape[1:])
        self.truth, self.independent = Truth(self), IndependentTruth(self)

    def check_given(self, x: Tensor) -> Tensor:
        return x

    def given(self, batch: int) -> Tensor:
        """An x for each of a batch: all the same, as this world knows but one."""
        return torch.zeros(batch, *self.given_shape)

    def modes(self, x: Tensor) -> Tensor:
        return self.colors.to(x).expand(len(x), *self.colors.shape)

    def mode_probabilities(self, x: Tensor) -> Tensor:
        return self.chances.to(x).expand(len(x), -1)


def one_pixel(distance: float = 1.0, chance: float = 0.3) -> FewPixels:
    """One pixel of one channel, with two modes so far apart and noise of 0.1."""
    return FewPixels(torch.tensor([-0.5, 0.5]).view(2, 1, 1, 1) * distance,
                     [chance, 1 - chance])


def two_pixels(chance: float = 0.3) -> FewPixels:
    """Two pixels of two channels that always wear the same of two colors."""
    color = torch.tensor([0.65, 0.35]).view(1, 2, 1, 1).expand(1, 2, 1, 2)
    return FewPixels(torch.cat([-color, color]), [chance, 1 - chance])
