"""Encoders: from pictures to a vector, cheaply. Lesson 05."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.contract import at_least_32_bits
from course_lib.networks.positions import PositionalEncoding, fold
from course_lib.networks.standardize import PerChannel, PictureNetwork


class ImageToVector(PictureNetwork):
    """A picture, or several as channels, to a few numbers.

        x ── fold 4 x 4 ── conv ── conv, stride 2 ── 4 x 4 means ── two layers ── out

    in_channels:  of (batch, channels, height, width); any size
    out_features: how many numbers
    width:        channels inside
    mean, std:    of x, see `Standardize`; mean=(0.7, 0, 0), std=(0.1, 0.5, 0.5) are
        those of a shirt's grey photo and its chroma
    start:        the gain of the last layer at first; 0.1 begins near 0 for every x
    positions:    whether it is told where in the picture it is, see
        `PositionalEncoding`

    What it says may depend on where things are, to a sixteenth of the picture and finer
    as far as the features tell. Lesson 05.
    """

    FOLD, MEANS = 4, 4

    def __init__(self, in_channels: int, out_features: int, width: int = 32,
                 mean: PerChannel = 0.0, std: PerChannel = 1.0,
                 start: float = 0.1, positions: bool = False):
        super().__init__(in_channels, mean, std, width=width, out_features=out_features)
        self.out_features = out_features
        self.first = nn.Conv2d(self.FOLD ** 2 * in_channels, width, 3, padding=1)
        self.positions = PositionalEncoding(width) if positions else nn.Identity()
        self.second = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.hidden = nn.Linear(self.MEANS ** 2 * width, 2 * width)
        self.out = nn.Linear(2 * width, out_features)
        with torch.no_grad():
            self.out.weight.mul_(start)
            self.out.bias.mul_(start)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_features) of (batch, in_channels, height, width), in at
        least 32 bits."""
        folded = fold(self.standardize(x), self.FOLD)
        features = functional.gelu(self.positions(self.first(folded)))
        features = functional.gelu(self.second(features))
        means = functional.adaptive_avg_pool2d(features, self.MEANS).flatten(1)
        return at_least_32_bits(self.out(functional.gelu(self.hidden(means))))
