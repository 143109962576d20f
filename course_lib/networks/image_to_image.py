"""A small image-to-image network, with a view of the whole picture. Lesson 01."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.contract import at_least_32_bits
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import PositionalEncoding, fold, unfold
from course_lib.networks.standardize import PerChannel, PictureNetwork


class ImageToImage(PictureNetwork):
    """A small image-to-image network: local detail, and a view of the whole picture.

        x ── fold 4 x 4 ──┬── conv ── blocks ──┬── 1x1 conv ── unfold ── 1x1 conv ── out
                          └────────────────────┘

    in_channels, out_channels: of (batch, channels, height, width); any size
    width:  channels inside
    blocks: residual blocks, each with two 3x3 convolutions and a global context
    mean, std: of x, see `Standardize`; a shirt's lightness, about 0.7, differs from
        another's by less than a tenth
    positions: whether it is told where in the picture it is, see `PositionalEncoding`
    Folding (pixel unshuffle) turns 4 x 4 pixels into channels and loses none, so that
    nearly all the work is done at a sixteenth of the places. Only the last layer works
    on single pixels, and is the same for all: with hundreds of classes, sixteen such
    layers for the sixteen places of a fold learned far slower. Lesson 01.
    """

    FOLD = 4

    def __init__(self, in_channels: int, out_channels: int, width: int = 64,
                 blocks: int = 2, mean: PerChannel = 0.0, std: PerChannel = 1.0,
                 positions: bool = False):
        super().__init__(in_channels, mean, std, width=width, blocks=blocks,
                         out_channels=out_channels)
        self.out_channels = out_channels
        pixels = self.FOLD ** 2
        self.stem = nn.Conv2d(pixels * in_channels, width, 3, padding=1)
        self.positions = PositionalEncoding(width) if positions else nn.Identity()
        self.blocks = nn.Sequential(*(ContextBlock(width) for _ in range(blocks)))
        detail = max(1, width // 2)                # features of each single pixel
        self.up = Pointwise(width + pixels * in_channels, pixels * detail)
        self.out = Pointwise(detail, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width) of (batch, in_channels, ...), in
        at least 32 bits."""
        height, width = x.shape[-2:]
        folded = fold(self.standardize(x), self.FOLD)
        features = self.blocks(self.positions(self.stem(folded)))
        features = functional.gelu(self.up(torch.cat([features, folded], dim=1)))
        out = unfold(features, self.out, self.FOLD)
        return at_least_32_bits(out[..., :height, :width])


class ContextBlock(nn.Module):
    """A residual block whose pixels also see an average over the whole picture.

    Which pixels count in the average is learned (attention pooling), so that it can
    be taken over the shirt alone, as the law of the dye asks for.
    """

    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.weight = Pointwise(width, width, bias=False)   # softmax would undo it
        self.context = nn.Sequential(nn.Linear(width, width), nn.GELU(),
                                     nn.Linear(width, width))

    def forward(self, features: Tensor) -> Tensor:
        hidden = functional.gelu(self.first(features))
        attention = self.weight(hidden).flatten(2).softmax(-1)  # (batch, width, pixels)
        pooled = (attention * hidden.flatten(2)).sum(-1)        # (batch, width)
        hidden = hidden + self.context(pooled)[..., None, None]
        return features + self.second(functional.gelu(hidden))
