"""Squares of pixels, and how a network is told where it is. Lesson 05."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.networks.pointwise import Pointwise

FREQUENCIES = 4                          # whole waves along a side, at most


def fold(x: Tensor, side: int) -> Tensor:
    """Return squares of side x side pixels as the channels of one place each.

    (batch, channels, height, width) -> (batch, channels · side², height / side, width /
    side), rounded up: at the lower and right edge pixels are repeated to fit.
    """
    height, width = x.shape[-2:]
    if height % side or width % side:
        x = functional.pad(x, (0, -width % side, 0, -height % side), mode="replicate")
    return functional.pixel_unshuffle(x, side)


def unfold(features: Tensor, layer: nn.Conv2d, side: int) -> Tensor:
    """Return what a 1 x 1 convolution makes of each pixel of folded features.

    (batch, in · side², height, width) -> (batch, out, height · side, width · side)

    Pixels are moved to their places before the layer or after it, as it gives more
    features than it takes or fewer: the result is the same, and moving takes long.
    """
    if layer.out_channels > layer.in_channels:
        return layer(functional.pixel_shuffle(features, side))
    places = features.unflatten(1, (-1, side ** 2)).flatten(3)
    out = layer(places).flatten(1, 2).unflatten(2, features.shape[2:])
    return functional.pixel_shuffle(out, side)


def minimum_projections(x: Tensor) -> Tensor:
    """Return x and its two projections, (batch, 3 · channels, height, width): beside
    each pixel the least of its column, and the least of its row.

    On a light ground the columns whose least is dark are those that a dark thing
    covers, so the mean of a projection over the picture says how wide it is, to the
    pixel, or how high. From the thing itself the same would have to be gathered along
    its outline. Lesson 04.
    """
    least = (x.amin(dim, keepdim=True).expand_as(x) for dim in (-2, -1))
    return torch.cat([x, *least], dim=1)


def coordinates(features: Tensor) -> Tensor:
    """Return where each place is, down and across, (batch, 2, height, width): from
    nearly -1 to nearly 1 over the picture."""
    sides = [(2 * torch.arange(n, device=features.device) + 1) / n - 1
             for n in features.shape[-2:]]
    place = torch.stack(torch.meshgrid(*sides, indexing="ij")).to(features)
    return place.expand(len(features), -1, -1, -1)


def fourier_features(features: Tensor) -> Tensor:
    """Return sines and cosines of each place, (4 · FREQUENCIES, height, width).

        sin(π k c), cos(π k c)    for k = 1 … FREQUENCIES, c down and then across

    With 8 places a side and 4 frequencies every function of the row, and every function
    of the column, is a weighted sum of them, up to a constant. Source: M. Tancik et
    al., Fourier features let networks learn high frequency functions in low dimensional
    domains, 2020.
    """
    angles = math.pi * coordinates(features[:1])                 # (1, 2, h, w)
    angles = torch.cat([k * angles for k in range(1, FREQUENCIES + 1)], 1)
    return torch.cat([angles.sin(), angles.cos()], 1)[0]


class PositionalEncoding(nn.Module):
    """Adds to features what is learned of each place: a weighted sum of
    `fourier_features`.

    channels: of the features, (batch, channels, height, width); any size
    gain:     how much larger than usual the weights are at first

    A convolution sees the same thing everywhere. Where y depends on where in the
    picture it is, as stripes do, a network has to be told.
    """

    def __init__(self, channels: int, gain: float = 1.0):
        super().__init__()
        self.weights = Pointwise(4 * FREQUENCIES, channels, bias=False)
        with torch.no_grad():
            self.weights.weight.mul_(gain)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.weights(fourier_features(features).unsqueeze(0))
