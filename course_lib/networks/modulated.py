"""From a picture and a vector to a picture, where the vector sets every layer's gains.
Lesson 05."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.contract import at_least_32_bits
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import coordinates, fold, unfold
from course_lib.networks.standardize import PerChannel, PictureNetwork


class ModulatedImageToImage(PictureNetwork):
    """An image-to-image network whose features are scaled and shifted by a vector z.

        x ── fold 4 x 4 ──┬── conv ── blocks ──┬── 1x1 conv ── unfold ── 1x1 conv ── out
              coordinates ┘      │             │       │
        z ── two layers ─────────┴── gains, shifts ────┘

    in_channels, latents, out_channels: of x, of z (batch, latents), and of the output
    width:   channels inside
    blocks:  residual blocks, each with two 3x3 convolutions
    mean, std: of x, see `Standardize`

    Instead of being added to the first layer, z multiplies: features h become
    (1 + a(z)) h + b(z) in every block. What becomes of a detail in x can then differ
    entirely from one z to another, and does so smoothly. Source: E. Perez,
    F. Strub, H. de Vries, V. Dumoulin and A. Courville, FiLM: visual reasoning with a
    general conditioning layer, 2018. Lesson 05.
    """

    FOLD = 4

    def __init__(self, in_channels: int, latents: int, out_channels: int,
                 width: int = 32, blocks: int = 2, mean: PerChannel = 0.0,
                 std: PerChannel = 1.0):
        super().__init__(in_channels, mean, std, latents=latents, width=width,
                         blocks=blocks, out_channels=out_channels)
        self.latents, self.out_channels = latents, out_channels
        pixels, detail, hidden = self.FOLD ** 2, max(1, width // 2), 2 * width
        self.vector = nn.Sequential(nn.Linear(latents, hidden), nn.GELU(),
                                    nn.Linear(hidden, hidden), nn.GELU())
        self.stem = nn.Conv2d(pixels * in_channels + 2, width, 3, padding=1)
        self.blocks = nn.ModuleList(ModulatedBlock(width, hidden)
                                    for _ in range(blocks))
        self.up = Pointwise(width + pixels * in_channels, pixels * detail)
        self.modulate = Modulation(hidden, pixels * detail)
        self.out = Pointwise(detail, out_channels)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width), for x (batch, in_channels,
        height, width) and z (batch, latents), in at least 32 bits."""
        height, width = x.shape[-2:]
        folded = fold(self.standardize(x), self.FOLD)
        vector = self.vector(z.to(folded))
        features = self.stem(torch.cat([folded, coordinates(folded)], 1))
        for block in self.blocks:
            features = block(features, vector)
        features = self.up(torch.cat([features, folded], 1))
        features = functional.gelu(self.modulate(features, vector))
        out = unfold(features, self.out, self.FOLD)
        return at_least_32_bits(out[..., :height, :width])


class ModulatedBlock(nn.Module):
    """A residual block of two convolutions; a vector sets the gains between them."""

    def __init__(self, width: int, features: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.modulate = Modulation(features, width)

    def forward(self, h: Tensor, vector: Tensor) -> Tensor:
        return h + self.second(functional.gelu(self.modulate(self.first(h), vector)))


class Modulation(nn.Module):
    """Features h and a vector v to (1 + a(v)) h + b(v), channel by channel.

    features: of v;  channels: of h (batch, channels, height, width)
    """

    def __init__(self, features: int, channels: int):
        super().__init__()
        self.gain_and_shift = nn.Linear(features, 2 * channels)

    def forward(self, h: Tensor, vector: Tensor) -> Tensor:
        gain, shift = self.gain_and_shift(vector)[..., None, None].chunk(2, 1)
        return (1 + gain) * h + shift
