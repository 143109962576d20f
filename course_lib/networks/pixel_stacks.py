"""The networks of PixelCNN and Gated PixelCNN: from an image to logits. Lesson 06.

    features (batch, in_features, height, width) -> (batch, channels, levels, h, w)

The logits of a value see only what is drawn before it. What is given, if anything, is
a third of its own: `condition`, (batch, condition_features, 1 or h, 1 or w), enters
every layer. `cache` of a network computes the same one value after the other.
"""

from typing import Any

from torch import Tensor, nn

from course_lib.checks import check_integer, check_number
from course_lib.contract import at_least_32_bits
from course_lib.networks.cached import GatedPixelCNNCache, PixelCNNCache
from course_lib.networks.masked import (
    SHRINKS,
    MaskedConvolution,
    RowsAbove,
    begin,
    gate,
)
from course_lib.networks.pointwise import Pointwise


class CausalBlock(nn.Module):
    """A masked convolution, a unit, a 1 x 1 convolution, and a way around all three.

    kind:  of its mask; there is no way around the first block, whose mask is A
    gated: tanh · σ of twice as many features, else ReLU
    What is given enters before the unit, through weights of its own, the V of
    tanh(W * y + V h) · σ(W' * y + V' h).
    """

    def __init__(self, in_features: int, width: int, kernel: int, kind: str,
                 channels: int, rows: bool, gated: bool, condition_features: int,
                 dropout: float):
        super().__init__()
        self.gated, self.residual, self.channels = gated, kind == "B", channels
        inner = 2 * width if gated else width
        self.convolution = MaskedConvolution(in_features, inner, kernel, kind, channels,
                                             rows)
        self.condition = linear(condition_features, inner)
        self.dropout = nn.Dropout(dropout)
        gain = (0.5 if self.residual else 1.0) / SHRINKS["gate" if gated else "relu"]
        self.mix = MaskedConvolution(width, width, 1, "B", channels, gain=gain)

    def forward(self, features: Tensor, condition: Tensor | None,
                from_above: Tensor | None = None) -> Tensor:
        hidden = self.convolution(features)
        for other in (self.given(condition), from_above):
            hidden = hidden if other is None else hidden + other
        out = self.mix(self.dropout(self.unit(hidden, self.channels)))
        return features + out if self.residual else out

    def given(self, condition: Tensor | None) -> Tensor | None:
        """Return what the condition adds, or None where nothing is given."""
        return None if self.condition is None else self.condition(condition)

    def unit(self, hidden: Tensor, channels: int) -> Tensor:
        """Return the gate or the ReLU of (batch, features, ...) of so many channels."""
        return gate(hidden, channels) if self.gated else hidden.relu()


class VerticalBlock(nn.Module):
    """A layer of the vertical stack, which sees whole rows above, and its link.

    It gives what goes on upwards and what the horizontal stack takes from it.
    """

    def __init__(self, in_features: int, width: int, kernel: int, first: bool,
                 gated: bool, residual: bool, condition_features: int):
        super().__init__()
        self.gated, self.residual = gated, residual and not first
        inner = 2 * width if gated else width
        gain = 1.0 if first else 1 / SHRINKS["gate" if gated else "relu"]
        self.rows = RowsAbove(in_features, inner, kernel, not first, gain)
        self.condition = linear(condition_features, inner)
        self.link = Pointwise(inner, inner)
        begin(self.link)

    def forward(self, features: Tensor, condition: Tensor | None
                ) -> tuple[Tensor, Tensor]:
        return self.finish(self.rows(features), features, condition)

    def finish(self, hidden: Tensor, features: Tensor, condition: Tensor | None
               ) -> tuple[Tensor, Tensor]:
        """Return the layer's features and the link, from what the rows gave."""
        if self.condition is not None:
            hidden = hidden + self.condition(condition)
        out = gate(hidden) if self.gated else hidden.relu()
        return features + out if self.residual else out, self.link(hidden)


class PixelStack(nn.Module):
    """What both kinds of network share: their sizes, and the way out to logits."""

    def __init__(self, in_features: int, channels: int, levels: int,
                 width: int | None = None, layers: int = 6, kernel: int = 3,
                 first_kernel: int | None = None, condition_features: int = 0,
                 dropout: float = 0.0):
        super().__init__()
        for name, value, least in (
                ("in_features", in_features, 1), ("channels", channels, 1),
                ("levels", levels, 2), ("layers", layers, 1),
                ("condition_features", condition_features, 0)):
            check_integer(name, value, least)
        self.dropout = check_number("dropout", dropout, 0.0, 0.95)
        self.in_features, self.channels, self.levels = in_features, channels, levels
        self.condition_features = condition_features
        self.width = width = shared_out(width, channels, 32)
        self.kernels = [first_kernel or kernel] + [kernel] * layers
        self.out = nn.ModuleList([
            MaskedConvolution(width, width, 1, "B", channels, gain=1 / SHRINKS["relu"]),
            MaskedConvolution(width, channels * levels, 1, "B", channels, gain=0.1)])

    def block(self, i: int, rows: bool, gated: bool) -> CausalBlock:
        """Return the block of a layer, with the rows above or without."""
        return CausalBlock(self.width if i else self.in_features, self.width,
                           self.kernels[i], "B" if i else "A", self.channels, rows,
                           gated, self.condition_features, self.dropout)

    def logits(self, features: Tensor) -> Tensor:
        """Return (batch, channels, levels, h, w), in 32 bits also under autocast."""
        for layer in self.out:
            features = layer(features.relu())
        return at_least_32_bits(features).unflatten(1, (self.channels, self.levels))


class PixelCNNNetwork(PixelStack):
    """One stack of masked convolutions: what PixelCNN is made of.

        y ── [k x k, mask A] ── [k x k, mask B] · layers ── 1 x 1 ── 1 x 1 ── logits

    in_features:  of (batch, in_features, h, w), in equal parts for the channels
    channels, levels: of the image; the logits are (batch, channels, levels, h, w)
    width:        features inside, a multiple of the channels; the first one from 32 on
                  unless it is given
    layers:       after the first
    kernel, first_kernel: odd sides; the first layer's is `kernel` unless it is given
    gated:        the unit is a gate, and not a ReLU
    Up and to the right it sees nothing beyond a slope: the blind spot.
    Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
    networks", 2016. Lesson 06.
    """

    def __init__(self, in_features: int, channels: int, levels: int,
                 gated: bool = False, **options: Any):
        super().__init__(in_features, channels, levels, **options)
        self.blocks = nn.ModuleList(self.block(i, True, gated)
                                    for i in range(len(self.kernels)))

    def forward(self, features: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the logits of every value, each from what is drawn before it."""
        for block in self.blocks:
            features = block(features, condition)
        return self.logits(features)

    def cache(self, batch: int, width: int) -> PixelCNNCache:
        """Return what computes the same, one value after the other."""
        return PixelCNNCache(self, self.blocks, batch, width)


class GatedPixelCNNNetwork(PixelStack):
    """A vertical stack of whole rows above and a horizontal one of the current row.

    The vertical stack feeds the horizontal one at every layer, and nothing goes back:
    together they see all that is drawn before, with no blind spot.

    vertical_residual: whether the vertical stack's layers have a way around them too;
        the paper reports that it made no difference, and has none
    The other arguments are those of `PixelCNNNetwork`.
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016. Lesson 06.
    """

    def __init__(self, in_features: int, channels: int, levels: int,
                 gated: bool = True, vertical_residual: bool = False, **options: Any):
        super().__init__(in_features, channels, levels, **options)
        self.vertical, self.horizontal = nn.ModuleList(), nn.ModuleList()
        for i, kernel in enumerate(self.kernels):
            self.vertical.append(VerticalBlock(
                self.width if i else in_features, self.width, kernel, i == 0, gated,
                vertical_residual, self.condition_features))
            self.horizontal.append(self.block(i, False, gated))

    def forward(self, features: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the logits of every value, each from what is drawn before it."""
        above = here = features
        for vertical, horizontal in zip(self.vertical, self.horizontal):
            above, link = vertical(above, condition)
            here = horizontal(here, condition, link)
        return self.logits(here)

    def cache(self, batch: int, width: int) -> GatedPixelCNNCache:
        """Return what computes the same, one value after the other."""
        return GatedPixelCNNCache(self, self.horizontal, batch, width)


def linear(in_features: int, out_features: int) -> nn.Conv2d | None:
    """Return weights for what is given, the same at every place; None for nothing."""
    if not in_features:
        return None
    return Pointwise(in_features, out_features, bias=False)


def shared_out(features: int | None, channels: int, default: int) -> int:
    """Return as many features as are asked for, if the channels can share them out
    evenly; where nothing is asked for, the first such number from `default` on."""
    if features is None:
        return default + -default % channels
    if check_integer("width", features, 1) % channels:
        raise ValueError(f"width is {features}, which {channels} channels cannot share "
                         f"out evenly; give width={features + -features % channels}, "
                         f"or another multiple of {channels}.")
    return features
