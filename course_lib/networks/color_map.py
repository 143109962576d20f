"""Translators of colors: every pixel by itself, all by the same rule. Lesson 10."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer
from course_lib.contract import at_least_32_bits
from course_lib.networks.pointwise import Pointwise


class ColorMap(nn.Module):
    """From each pixel's channels to others, and no look at the pixels around it.

        x ──┬── 1 x 1 ── bend ── 1 x 1 ── bend ── 1 x 1 ──(+)── out
            └───────────────── 1 x 1 ─────────────────────┘

    in_channels, out_channels: of (batch, channels, height, width)
    width:  features of each pixel
    kept:   how many first channels it begins with as they are, and all others at 0,
            such as 1 for the lightness alone: grey, so that no color is decided yet.
            None begins with weights by chance, and so with some color for each dye

    The straight path turns all colors at once and keeps their noise; the bent one
    moves some colors otherwise than others. Where what is to be learned is a rule of
    colors, this is a hundred times fewer numbers than a U-Net has. Lesson 10.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int = 32,
                 kept: int | None = None):
        super().__init__()
        self.in_channels = check_integer("in_channels", in_channels, 1)
        self.out_channels = check_integer("out_channels", out_channels, 1)
        check_integer("width", width, 1)
        self.straight = Pointwise(in_channels, out_channels)
        self.bent = nn.Sequential(
            Pointwise(in_channels, width), nn.LeakyReLU(0.2),
            Pointwise(width, width), nn.LeakyReLU(0.2),
            Pointwise(width, out_channels))
        if kept is not None:
            check_integer("kept", kept, 0, min(in_channels, out_channels))
            for parameter in (*self.straight.parameters(), *self.bent[-1].parameters()):
                nn.init.zeros_(parameter)
            self.straight.weight.data[:kept, :kept, 0, 0] = torch.eye(kept)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width), in at least 32 bits."""
        out = self.straight(x) + self.bent(x)
        return at_least_32_bits(out)
