"""From pictures to a vector by attention: what is there, and where. Lesson 05."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.contract import at_least_32_bits
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import coordinates, fold
from course_lib.networks.standardize import PerChannel, PictureNetwork, per_channel


class AttentionToVector(PictureNetwork):
    """A picture, or several as channels, to a few numbers, by attention over places.

        x ── fold 4 x 4 ── two convs ──┬── 1x1 conv ── softmax over places ──┐
                  coordinates ─────────┴── 1x1 conv ── values ── weighted means ── out

    in_channels:  of (batch, channels, height, width); any size
    out_features: how many numbers
    width:        channels inside;  heads: how many weighted means of them
    mean, std:    of x, see `Standardize`
    offset:       added to what comes out: a number or one for each feature. An encoder
        that gives log-stds begins with sharp ones by offset=(0, 0, -3, -3)

    Each place knows its coordinates, from -1 to 1, so a head whose weights are on one
    object says where that object is, to a small part of a pixel: a mean of coordinates
    changes smoothly with them. `ImageToVector` is cheaper and coarser. Lesson 05.
    """

    FOLD = 4

    def __init__(self, in_channels: int, out_features: int, width: int = 32,
                 heads: int = 8, mean: PerChannel = 0.0, std: PerChannel = 1.0,
                 offset: PerChannel = 0.0):
        super().__init__(in_channels, mean, std, width=width, heads=heads,
                         out_features=out_features)
        self.out_features = out_features
        self.first = nn.Conv2d(self.FOLD ** 2 * in_channels + 2, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.attention = Pointwise(width, heads, bias=False)  # softmax would undo it
        self.value = Pointwise(width + 2, width)
        self.hidden = nn.Linear(heads * width, 2 * width)
        self.out = nn.Linear(2 * width, out_features)
        with torch.no_grad():
            self.out.bias.copy_(per_channel("offset", offset, out_features).flatten())

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_features) of (batch, in_channels, height, width), in at
        least 32 bits."""
        folded = fold(self.standardize(x), self.FOLD)
        place = coordinates(folded)
        features = functional.gelu(self.first(torch.cat([folded, place], 1)))
        features = features + functional.gelu(self.second(features))
        weight = self.attention(features).flatten(2).softmax(-1)  # (batch, heads, p)
        value = self.value(torch.cat([features, place], 1)).flatten(2)
        means = torch.einsum("bhp,bvp->bhv", weight, value).flatten(1)
        return at_least_32_bits(self.out(functional.gelu(self.hidden(means))))
