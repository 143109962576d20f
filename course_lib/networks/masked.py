"""Convolutions that cannot see what is drawn later. Lesson 06."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_choice, check_integer, check_odd
from course_lib.networks.pointwise import pointwise


def causal_mask(kind: str, kernel: int, in_features: int = 1, out_features: int = 1,
                channels: int = 1) -> Tensor:
    """Return which weights of a kernel may be used, (out, in, kernel, kernel), 0 or 1.

    The rows above and the pixels to the left are free. In the pixel itself the order
    of its channels decides: with kind "A" a feature sees the channels before its own,
    with "B" its own as well. Features belong to channels in equal, consecutive parts.
    Raises ValueError for an even kernel, and where the parts would not be equal.
    Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
    networks", 2016, section 3.4. Lesson 06.
    """
    check_choice("kind", kind, ("A", "B"))
    check_odd("kernel", kernel)
    mask = torch.zeros(out_features, in_features, kernel, kernel)
    half = kernel // 2
    mask[:, :, :half] = 1
    mask[:, :, half, :half] = 1
    seen_by = channel_of(out_features, channels)[:, None]
    seen = channel_of(in_features, channels)[None, :]
    allowed = seen < seen_by if kind == "A" else seen <= seen_by
    mask[:, :, half, half] = allowed.float()
    return mask


def channel_of(features: int, channels: int) -> Tensor:
    """Return the channel that each feature belongs to, (features,)."""
    check_integer("features", features, 1)
    check_integer("channels", channels, 1)
    if features % channels:
        raise ValueError(f"{features} features cannot be shared out evenly among "
                         f"{channels} channels; give a multiple of {channels}.")
    return torch.arange(features) // (features // channels)


# How much a unit shrinks what passes it: the root of E[tanh² σ²], or of E[ReLU²], of
# normal numbers. The weights behind it make up for that at first; with less, a stack
# of gates hardly lets anything through, and learns far slower.
SHRINKS = {"gate": 0.34, "relu": 0.71}


def first_weights(mask: Tensor, gain: float = 1.0) -> Tensor:
    """Return weights to begin with, (out, in, rows, columns): of numbers of variance 1
    they make numbers of variance gain², counting only what the mask lets through."""
    seen = max(1.0, float(mask.sum()) / len(mask))
    bound = gain * math.sqrt(3 / seen)
    return torch.empty_like(mask).uniform_(-bound, bound)


def begin(convolution: nn.Conv2d, gain: float = 1.0) -> None:
    """Give a convolution such weights, and no bias."""
    weight = convolution.weight
    weight.data.copy_(first_weights(torch.ones_like(weight), gain))
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)


WIDE, FEW = 7, 16                  # see `WideConvolution`


class MaskedConvolution(nn.Module):
    """A convolution that sees the rows above and the pixels to the left.

    in_features, out_features: of (batch, features, height, width)
    kernel:   its side, odd
    kind:     "A" or "B", see `causal_mask`
    channels: of a pixel; features belong to them in equal, consecutive parts
    rows:     False for the current row alone, a kernel of 1 x `kernel`
    gain:     see `first_weights`
    Of the kernel only the rows that can be seen are kept; the mask is applied to the
    weights on their way into the convolution, and the parameter stays as it is.
    """

    mask: Tensor

    def __init__(self, in_features: int, out_features: int, kernel: int,
                 kind: str = "B", channels: int = 1, rows: bool = True,
                 gain: float = 1.0):
        super().__init__()
        mask = causal_mask(kind, kernel, in_features, out_features, channels)
        half = kernel // 2
        mask = mask[:, :, :half + 1] if rows else mask[:, :, half:half + 1, :half + 1]
        self.register_buffer("mask", mask.contiguous(), persistent=False)
        self.channels, self.kind, self.kernel = channels, kind, kernel
        self.above = half if rows else 0                # rows above that it sees
        self.left = half
        self.weight = nn.Parameter(first_weights(mask, gain))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def visible_weight(self) -> Tensor:
        """Return the weights that are used, (out, in, rows, columns)."""
        return self.weight * self.mask

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, out_features, height, width)."""
        if self.kernel == 1:
            return pointwise(features, self.visible_weight(), self.bias)
        right = self.left if self.above else 0
        padded = functional.pad(features, (self.left, right, self.above, 0))
        if self.kernel >= WIDE and features.shape[1] < FEW and not padded.requires_grad:
            return WideConvolution.apply(padded, self.visible_weight(), self.bias)
        return functional.conv2d(padded, self.visible_weight(), self.bias)


class WideConvolution(torch.autograd.Function):
    """`conv2d` of given features by a wide kernel, with a quicker slope.

    The slope by the kernel is itself a convolution, of the features by the slope of
    what came out, in which examples and features change places. So computed it takes
    a third of the time that torch takes on a CPU for a wide kernel of few features.
    """

    @staticmethod
    def forward(context: Any, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        context.save_for_backward(features)
        return functional.conv2d(features, weight, bias)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[None, Tensor, Tensor]:
        features, = context.saved_tensors
        slope = slope.to(features.dtype)        # autocast gives 16 bits
        by_weight = functional.conv2d(features.transpose(0, 1), slope.transpose(0, 1))
        return None, by_weight.transpose(0, 1), slope.sum((0, 2, 3))


class RowsAbove(nn.Module):
    """A convolution over whole rows: those above, and the current one if `current`.

    What it gives at a row has seen nothing of that row's pixels as long as its input
    has not; the vertical stack of a Gated PixelCNN is made of these. Lesson 06.
    """

    def __init__(self, in_features: int, out_features: int, kernel: int,
                 current: bool = True, gain: float = 1.0):
        super().__init__()
        check_odd("kernel", kernel)
        self.current, self.above = current, kernel // 2     # rows above that it sees
        rows = self.above + current
        if not rows:
            raise ValueError("kernel is 1 and the current row is left out; give a "
                             "kernel of 3 or more, or nothing would be seen.")
        self.convolution = nn.Conv2d(in_features, out_features, (rows, kernel))
        begin(self.convolution, gain)

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, out_features, height, width)."""
        height, side = features.shape[2], self.above
        if not self.current:
            features = features[:, :, :height - 1]
        padded = functional.pad(features, (side, side, side, 0))
        return self.convolution(padded)[:, :, :height]


def gate(features: Tensor, channels: int = 1) -> Tensor:
    """Return tanh(a) · σ(b), (batch, features / 2, ...): the multiplicative unit.

    features: (batch, features, ...); each channel's part holds its a, then its b
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016, equation 2. Lesson 06.
    """
    if channels == 1:                    # of each pixel drawn: no view more than needed
        a, b = features.chunk(2, dim=1)
        return a.tanh() * b.sigmoid()
    a, b = features.unflatten(1, (channels, 2, -1)).unbind(2)
    return (a.tanh() * b.sigmoid()).flatten(1, 2)
