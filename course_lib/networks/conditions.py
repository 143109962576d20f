"""The one door for what is given: from anything to features of every place. Lesson 07.

A condition is a network from what is given to (batch, out_channels, 1 or h, 1 or w).
It has `check`, which takes or refuses what is given, and `out_channels`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_classes, check_integer, check_tensor
from course_lib.networks.decoders import VectorToImage
from course_lib.networks.image_to_image import ImageToImage
from course_lib.networks.standardize import PerChannel, Standardize, check_sizes


class VectorCondition(nn.Module):
    """A vector h, the same at every place: V h in every gate.

    features: its length; a class may come as its number, (batch,) of int64, instead of
        as a one-hot vector
    """

    def __init__(self, features: int):
        super().__init__()
        self.features = self.out_channels = check_integer("features", features, 1)

    def check(self, h: Tensor) -> Tensor:
        """Return h as vectors, (batch, features); raises a sentence for others."""
        if isinstance(h, Tensor) and h.is_floating_point():
            return check_tensor("given", h, ("batch", self.features))
        check_classes("given", h, ("batch",), self.features,
                      f"class numbers, or floats of shape (batch, {self.features})")
        return functional.one_hot(h, self.features).float()

    def forward(self, h: Tensor) -> Tensor:
        """Return (batch, features, 1, 1)."""
        return self.check(h)[:, :, None, None]


class MapCondition(VectorCondition):
    """A map s = m(h), which can say what belongs where.

    features:     the length of h, see `VectorCondition`
    out_channels: of the map
    size:         its side
    width:        channels inside, see `VectorToImage`
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016, equation 5, where m is a network of transposed convolutions. Lesson 07.
    """

    def __init__(self, features: int, out_channels: int = 16, size: int = 8,
                 width: int = 16):
        super().__init__(features)
        self.map = VectorToImage(features, out_channels, size, width)
        self.out_channels = out_channels

    def forward(self, h: Tensor) -> Tensor:
        """Return (batch, out_channels, size, size)."""
        return self.map(self.check(h))


class PictureCondition(nn.Module):
    """What the conditions share that read a picture x.

    in_channels: of x;  out_channels: of the features
    size: side of x; None for any
    """

    def __init__(self, in_channels: int, out_channels: int, size: int | None = None):
        super().__init__()
        check_sizes(in_channels=in_channels, out_channels=out_channels, size=size or 1)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.sides = ("height", "width") if size is None else (size, size)

    def check(self, x: Tensor) -> Tensor:
        """Return x, (batch, in_channels, height, width); raises for others."""
        return check_tensor("given", x, ("batch", self.in_channels, *self.sides))


class ImageCondition(PictureCondition):
    """An image x of the same size, through a small encoder; the shirts' way.

    in_channels, out_channels, and the others: those of `ImageToImage`
    """

    def __init__(self, in_channels: int = 1, out_channels: int = 32, width: int = 32,
                 blocks: int = 1, mean: PerChannel = 0.0, std: PerChannel = 1.0,
                 positions: bool = False):
        super().__init__(in_channels, out_channels)
        self.encoder = ImageToImage(in_channels, out_channels, width, blocks, mean, std,
                                    positions)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width)."""
        return self.encoder(x)


class MinimumProjectionCondition(PictureCondition):
    """The two minimum projections of an image x: how wide and high what is dark is.

        x ──┬── least of each column ── two layers ──┬── the same at every place
            └── least of each row ───── two layers ──┘

    The darkest pixel of each column and row tells to the pixel how far a thing reaches.
    Convolutions and means have to gather it from the whole outline: trained only to
    tell how stripes run, they were wrong on one shirt in a hundred, these on none.

    in_channels:  of x, (batch, in_channels, size, size)
    out_channels: half of them from either projection
    width:        of the hidden layers
    mean, std:    of x, see `Standardize`
    """

    def __init__(self, in_channels: int = 1, size: int = 16, out_channels: int = 32,
                 width: int = 64, mean: PerChannel = 0.0, std: PerChannel = 1.0):
        super().__init__(in_channels, out_channels, size)
        if out_channels % 2:
            raise ValueError(f"out_channels is {out_channels}; give an even number, "
                             f"half of it for each projection.")
        self.standardize = Standardize(in_channels, mean, std)
        self.across, self.down = (
            nn.Sequential(nn.Linear(in_channels * size, width), nn.GELU(),
                          nn.Linear(width, out_channels // 2)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, 1, 1)."""
        x = self.standardize(self.check(x))
        told = [self.across(x.amin(2).flatten(1)), self.down(x.amin(3).flatten(1))]
        return torch.cat(told, 1)[..., None, None]


class ConcatenatedConditions(nn.Module):
    """Several conditions that read the same x, their features side by side.

    conditions: at least one
    """

    def __init__(self, *conditions: Any):
        super().__init__()
        if not conditions:
            raise ValueError("ConcatenatedConditions holds nothing; give at least one "
                             "condition.")
        self.readers: Any = nn.ModuleList(conditions)
        self.out_channels = sum(reader.out_channels for reader in conditions)

    def check(self, x: Tensor) -> Tensor:
        """Return x, checked by all of them; raises a sentence for others."""
        for reader in self.readers:
            x = reader.check(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, 1 or height, 1 or width); what has one place is
        repeated to all."""
        told = [reader(x) for reader in self.readers]
        size = [max(part.shape[dim] for part in told) for dim in (2, 3)]
        return torch.cat([part.expand(-1, -1, *size) for part in told], dim=1)


class ChancesCondition(PictureCondition):
    """What a softmax of every pixel by itself makes of x: log p, and p. Lesson 11.

        x ── network ── log-softmax ──┬── cut off at -6 ──┬── 2 levels
                                      └── exp ────────────┘

    network: from x to the logits of `levels` symbols, such as `UNet`; trained before,
             or with what reads this
    """

    def __init__(self, network: Any):
        super().__init__(network.in_channels, 2 * network.out_channels)
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, 2 levels, height, width), of a size of about 1."""
        log_p = self.network(x).log_softmax(1)
        return torch.cat([log_p.clamp(min=-6) / 3 + 1, 3 * log_p.exp()], 1)


class ProfileCondition(PictureCondition):
    """An image x, as what a few symbols in a row are told: where in x things are.

        x ── conv, stride 2 ── conv ── conv ── rows and columns ── two layers

    The means and the maxima of a row keep in which row something is, those of a column
    in which column: what boxes are made of. Lesson 11.

    in_channels:  of x
    size:         side of x, even
    symbols:      how many are drawn
    out_channels: features that each is told
    width:        channels inside
    """

    def __init__(self, in_channels: int = 3, size: int = 32, symbols: int = 4,
                 out_channels: int = 96, width: int = 24):
        super().__init__(in_channels, out_channels, size)
        check_sizes(symbols=symbols, width=width)
        if size % 2:
            raise ValueError(f"size is {size}; give an even number of pixels.")
        self.symbols = symbols
        self.convolutions = nn.Sequential(
            nn.Conv2d(in_channels, width, 6, stride=2, padding=2), nn.GELU(),
            nn.Conv2d(width, width, 3, padding=1), nn.GELU(),
            nn.Conv2d(width, width, 3, padding=1), nn.GELU())
        self.out = nn.Sequential(nn.Linear(2 * size * width, 256), nn.GELU(),
                                 nn.Linear(256, symbols * out_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, 1, symbols)."""
        seen = self.convolutions(4 * (self.check(x) - 0.5))
        profiles = torch.cat([seen.mean(2), seen.mean(3), seen.amax(2), seen.amax(3)],
                             1).flatten(1)
        return self.out(2 * profiles).view(len(x), self.out_channels, 1, self.symbols)
