"""A small network for labels: every pixel keeps its place, and sees far. Lesson 09."""

import torch
from torch import Tensor, nn

from course_lib.networks.pointwise import Pointwise
from course_lib.networks.standardize import PerChannel, PictureNetwork

DILATIONS = (2, 4, 8)


class DilatedNetwork(PictureNetwork):
    """Convolutions at full size, whose taps move apart from layer to layer.

        x ── conv ── conv ──┬── dilated by 2, 4, 8 ──┐
                            └────────────────────── join ── 1 x 1 ── out

    in_channels, out_channels: of (batch, channels, height, width)
    width: features of every layer
    mean, std: of x, see `Standardize`
    Source: F. Yu and V. Koltun, Multi-scale context aggregation by dilated
    convolutions, 2016. Lesson 09.
    """

    def __init__(self, in_channels: int = 3, out_channels: int = 9, width: int = 32,
                 mean: PerChannel = 0.0, std: PerChannel = 1.0):
        super().__init__(in_channels, mean, std, width=width, out_channels=out_channels)
        self.out_channels = out_channels
        self.near = nn.Sequential(
            nn.Conv2d(in_channels, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        self.far = nn.Sequential(*(
            layer for gap in DILATIONS for layer in
            (nn.Conv2d(width, width, 3, padding=gap, dilation=gap), nn.ReLU())))
        self.out = Pointwise(2 * width, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width)."""
        near = self.near(self.standardize(x))
        return self.out(torch.cat([near, self.far(near)], 1))
