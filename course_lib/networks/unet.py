"""A U-Net: down to a view of the whole, up again, with skips. Lessons 08 to 10."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_integer, describe
from course_lib.contract import at_least_32_bits
from course_lib.networks.image_to_image import ContextBlock
from course_lib.networks.modulated import Modulation
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import PositionalEncoding, fold, unfold
from course_lib.networks.standardize import PerChannel, PictureNetwork


class UNet(PictureNetwork):
    """From pictures to pictures at several scales, each of which reaches the output.

        x ── fold ── blocks ───────────────── skip ───────────────── blocks ── unfold
                       └─ half size ── blocks ─ skip ─ blocks ── double ─┘
                                         └─ ... ─┘

    in_channels, out_channels: of (batch, channels, height, width)
    widths:   features at each scale, from the finest; each is half the size before
    features: of a vector (batch, features) that sets every block's gains, such as the
              time of a diffusion; 0 for none
    passed:   so many first channels of x are added to the output, times gains that the
              vector sets: what a denoiser keeps of y_t
    side:     of the squares of pixels that become the channels of one place
    positions: whether it is told where in the picture it is, see `PositionalEncoding`
    mean, std: of x, see `Standardize`; `passed` channels are passed as they were
    middle:   how many blocks at the coarsest scale see the whole picture
    direct:   whether a linear map of each pixel's own channels is added to the output:
              colors are turned, and their noise is kept, before anything is learned of
              shapes
    Olaf Ronneberger, Philipp Fischer and Thomas Brox, "U-Net: convolutional networks
    for biomedical image segmentation", 2015. Lessons 08 to 10.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 widths: tuple[int, ...] = (32, 64), features: int = 0, passed: int = 0,
                 side: int = 2, positions: bool = False, mean: PerChannel = 0.0,
                 std: PerChannel = 1.0, middle: int = 1, direct: bool = False):
        super().__init__(in_channels, mean, std, side=side, middle=middle,
                         out_channels=out_channels)
        check_integer("passed", passed, 0, min(in_channels, out_channels))
        self.features = check_integer("features", features, 0)
        self.side, self.passed, self.levels = side, passed, len(widths)
        self.out_channels = out_channels
        pixels = side ** 2
        self.stem = nn.Conv2d(pixels * in_channels, widths[0], 3, padding=1)
        self.positions = PositionalEncoding(widths[0]) if positions else nn.Identity()
        self.down = nn.ModuleList(UNetBlock(width, width, features) for width in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(fine, coarse, 4, stride=2, padding=1)
                                   for fine, coarse in pairwise(widths))
        self.middle = nn.Sequential(*(ContextBlock(widths[-1]) for _ in range(middle)))
        self.grow = nn.ModuleList(Pointwise(coarse, 4 * fine)
                                    for fine, coarse in pairwise(widths))
        self.up = nn.ModuleList(UNetBlock(2 * width, width, features)
                                for width in widths[:-1])
        self.last = Pointwise(widths[0] + pixels * in_channels, pixels * 16)
        self.out = Pointwise(16, out_channels)
        self.gain = nn.Linear(features, passed) if features and passed else None
        self.direct = Pointwise(in_channels, out_channels) if direct else None

    def forward(self, x: Tensor, vector: Tensor | None = None) -> Tensor:
        """Return (batch, out_channels, height, width), in at least 32 bits."""
        if (vector is None) != (self.features == 0):
            raise ValueError(f"the network is shown the vector {describe(vector)} and "
                             f"was built for {self.features} features; give (batch, "
                             f"features), or None where there are none.")
        height, width = x.shape[-2:]
        step = self.side * 2 ** (self.levels - 1)
        padded = functional.pad(self.standardize(x),
                                (0, -width % step, 0, -height % step), mode="replicate")
        folded = fold(padded, self.side)
        features, skips = self.positions(self.stem(folded)), []
        for level, block in enumerate(self.down):
            features = block(features, vector)
            if level < self.levels - 1:
                skips.append(features)
                features = self.shrink[level](features)
        features = self.middle(features)
        for level in reversed(range(self.levels - 1)):
            features = functional.pixel_shuffle(self.grow[level](features), 2)
            features = self.up[level](torch.cat([features, skips[level]], 1), vector)
        features = functional.silu(self.last(torch.cat([features, folded], 1)))
        out = unfold(features, self.out, self.side)
        out = at_least_32_bits(out[..., :height, :width])
        if self.gain is not None:
            out = out + self.gain(vector)[..., None, None] * x[:, :self.passed]
        if self.direct is not None:
            out = out + self.direct(x)
        return out


class UNetBlock(nn.Module):
    """A residual block: normalise, bend, convolve, twice; a vector sets the gains."""

    def __init__(self, in_features: int, out_features: int, vector: int):
        super().__init__()
        self.first = nn.Conv2d(in_features, out_features, 3, padding=1)
        self.second = nn.Conv2d(out_features, out_features, 3, padding=1)
        self.normalise = nn.GroupNorm(math.gcd(8, out_features), out_features)
        self.modulate = Modulation(vector, out_features) if vector else None
        same = in_features == out_features
        self.around = nn.Identity() if same else Pointwise(in_features, out_features)

    def forward(self, features: Tensor, vector: Tensor | None) -> Tensor:
        hidden = self.normalise(self.first(functional.silu(features)))
        if self.modulate is not None:
            hidden = self.modulate(hidden, vector)
        return self.around(features) + self.second(functional.silu(hidden))


class TimeFeatures(nn.Module):
    """A number between 0 and 1 as a vector: sines and cosines, and two layers.

    features: how many numbers it becomes
    """

    FREQUENCIES = 16

    rates: Tensor

    def __init__(self, features: int):
        super().__init__()
        rates = math.pi * 2 ** torch.linspace(-1, 6, self.FREQUENCIES)
        self.register_buffer("rates", rates, persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(2 * self.FREQUENCIES, features), nn.SiLU(),
            nn.Linear(features, features))

    def forward(self, time: Tensor) -> Tensor:
        """Return (batch, features) of times (batch,)."""
        angles = time[:, None] * self.rates.to(time)
        waves = torch.cat([angles.sin(), angles.cos()], 1)
        return self.layers(waves.to(self.rates.dtype))
