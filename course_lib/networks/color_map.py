"""Translators of colors: every pixel by itself, all by the same rule. Lesson 10."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_integer, check_number, check_tensor
from course_lib.color import LUMA
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
            self._begin(check_integer("kept", kept, 0, min(in_channels, out_channels)))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width), in at least 32 bits."""
        out = self.straight(x) + self.bent(x)
        return at_least_32_bits(out)

    @torch.no_grad()
    def _begin(self, kept: int) -> None:
        """Pass the first channels on, and give 0 for the others."""
        last = self.bent[-1]
        for parameter in (*self.straight.parameters(), *last.parameters()):
            parameter.zero_()
        for channel in range(kept):
            self.straight.weight[channel, channel] = 1.0


class ChromaMap(nn.Module):
    """From each pixel's sRGB to another color that is just as light.

        r, g, b ── l, Cb, Cr ── ColorMap ── Cb', Cr' ── with the same l: r', g', b'

    gain:  what it begins by multiplying Cb and Cr with: 1 copies, 0 makes grey, less
           than 1 makes colors paler
    width: features of each pixel

    Only the two numbers of color can move. l is the luma of ITU-R BT.601, and Cb and Cr
    are the differences of blue and of red to it, scaled to lie between -1/2 and 1/2.
    """

    apart: Tensor
    together: Tensor

    def __init__(self, gain: float = 1.0, width: int = 32):
        super().__init__()
        self.in_channels = self.out_channels = 3
        self.colors = ColorMap(3, 2, width, kept=0)
        with torch.no_grad():
            self.colors.straight.weight[:, 1:, 0, 0] = (
                check_number("gain", gain, -100.0, 100.0) * torch.eye(2))
        self.register_buffer("apart", luma_and_chroma(), persistent=False)
        self.register_buffer("together", torch.linalg.inv(self.apart), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, 3, height, width) of x, the same, sRGB about in [0, 1]."""
        check_tensor("x", x, ("batch", 3, "height", "width"))
        luma, chroma = turned(self.apart, x).split([1, 2], dim=1)
        # to numbers of order one, and back
        seen = torch.cat([4 * (luma - 0.5), 10 * chroma], 1)
        return turned(self.together, torch.cat([luma, self.colors(seen) / 10], 1))


def luma_and_chroma() -> Tensor:
    """Return the matrix from r, g and b to l, Cb and Cr, (3, 3): the luma, and b - l
    and r - l, divided so that each lies between -1/2 and 1/2."""
    luma = torch.tensor(LUMA)
    red, _, blue = torch.eye(3)
    return torch.stack([luma, (blue - luma) / (2 - 2 * LUMA[2]),
                        (red - luma) / (2 - 2 * LUMA[0])])


def turned(matrix: Tensor, x: Tensor) -> Tensor:
    """Return the matrix times the channels of every pixel."""
    return functional.conv2d(x, matrix[:, :, None, None].to(x.dtype))
