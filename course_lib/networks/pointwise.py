"""The 1 x 1 convolution: every place by itself, all by the same rule. Lesson 01."""

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW = 16        # examples; of fewer torch itself makes a product of matrices


def pointwise(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return W f + b of the features f of each place, (batch, out, height, width).

    features: (batch, in, height, width);  weight: (out, in, 1, 1);  bias: (out,)
    It is what `conv2d` returns, up to rounding. That copies the features to an order
    that suits large kernels; with few features on a CPU, the copies take several times
    as long as the product.
    """
    batch = len(features)
    if batch < FEW or features.device.type != "cpu":
        return functional.conv2d(features, weight, bias)
    matrix = weight[:, :, 0, 0].expand(batch, -1, -1)
    places = features.flatten(2)
    out = (torch.bmm(matrix, places) if bias is None else
           torch.baddbmm(bias[:, None].expand(batch, -1, 1), matrix, places))
    return out.unflatten(2, features.shape[2:])


class Pointwise(nn.Conv2d):
    """A convolution of 1 x 1, quick on a CPU too: see `pointwise`.

    in_features, out_features: of (batch, features, height, width)
    bias: whether it has one
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        super().__init__(in_features, out_features, 1, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, out_features, height, width)."""
        return pointwise(features, self.weight, self.bias)
