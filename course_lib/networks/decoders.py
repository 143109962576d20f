"""Decoders: from a vector, or a picture and a vector, to a picture. Lessons 05, 07."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_number
from course_lib.contract import at_least_32_bits
from course_lib.networks.encoders import ImageToVector
from course_lib.networks.image_to_image import ImageToImage
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.standardize import PerChannel, check_sizes


class MixedPictures(nn.Module):
    """A few pictures made from x, mixed with weights that follow from z and x.

        f(x, z) = Σₖ aₖ(z, x) pictureₖ(x),    a = linear(tanh(gain · (W z - t(x))))

        x ──┬── ImageToImage ──┬── 1x1 convs, pixel by pixel ── pictures ──┐
            ├──────────────────┘                                           mix ── out
            └── t(x) ── tanh(gain (W z - t(x))) ── linear ── weights ──────┘
        z ───────────────┘

    in_channels, latents, out_channels: of x, of z, and of the output
    pictures: how many are mixed
    switches: how many tanh; t(x), from a small `ImageToVector`, is where each turns
    gain:     how steep they are; W starts with rows of length 1 and is learned
    width, blocks, mean, std: as in `ImageToImage`
    positions: whether pictures and switches are told where they are, see
        `PositionalEncoding`

    Where a switch has turned, the weights no longer depend on z: a decision by a latent
    is a decision, and not a shade. Many z for one x cost little more than one, because
    the pictures are made once. Lesson 05.
    """

    takes_many = True                  # z for each x
    FEATURES, DETAIL = 8, 16           # of each pixel, before and after its own x

    def __init__(self, in_channels: int, latents: int, out_channels: int,
                 pictures: int = 4, switches: int = 8, gain: float = 3.0,
                 width: int = 32, blocks: int = 1, mean: PerChannel = 0.0,
                 std: PerChannel = 1.0, positions: bool = False):
        super().__init__()
        check_sizes(latents=latents, out_channels=out_channels, pictures=pictures,
                    switches=switches)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.latents, self.pictures = latents, pictures
        self.gain = check_number("gain", gain, 0.0, 1e3, open_low=True)
        self.features = ImageToImage(in_channels, self.FEATURES, width, blocks, mean,
                                     std, positions=positions)
        self.pixels = Pointwise(self.FEATURES + in_channels, self.DETAIL)
        self.out = Pointwise(self.DETAIL, pictures * out_channels)
        self.weight = nn.Parameter(
            functional.normalize(torch.randn(switches, latents), dim=1))
        self.threshold = ImageToVector(in_channels, switches, 16, mean, std,
                                       positions=positions)
        self.mix = nn.Linear(switches, pictures)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return (..., batch, out_channels, height, width), for x (batch, in_channels,
        height, width) and z (..., batch, latents)."""
        turned = z.to(self.weight) @ self.weight.mT - self.threshold(x)
        weights = self.mix(torch.tanh(self.gain * turned).to(self.weight))
        parts = self.parts(x)
        return torch.einsum("...bk,bkchw->...bchw", weights.to(parts), parts)

    def parts(self, x: Tensor) -> Tensor:
        """Return the pictures that are mixed, (batch, pictures, out_channels, h, w)."""
        pixel = self.features.standardize(x)
        seen = self.pixels(torch.cat([self.features(x).to(pixel), pixel], dim=1))
        out = at_least_32_bits(self.out(functional.gelu(seen)))
        return out.unflatten(1, (self.pictures, self.out_channels))


class VectorToImage(nn.Module):
    """A vector to a picture, by transposed convolutions.

        h ── linear ── a quarter of the side ── double ── double ── picture

    in_features: of the vector
    out_channels, size: of the picture, (batch, out_channels, size, size)
    width:       channels inside
    Lesson 07.
    """

    def __init__(self, in_features: int, out_channels: int, size: int,
                 width: int = 16):
        super().__init__()
        check_sizes(in_features=in_features, out_channels=out_channels, size=size,
                    width=width)
        self.in_features, self.out_channels, self.size = in_features, out_channels, size
        start = -(-size // 4)
        self.start = nn.Sequential(nn.Linear(in_features, width * start * start),
                                   nn.Unflatten(1, (width, start, start)), nn.GELU())
        self.grow = nn.Sequential(
            nn.ConvTranspose2d(width, width, 4, stride=2, padding=1), nn.GELU(),
            nn.ConvTranspose2d(width, out_channels, 4, stride=2, padding=1))

    def forward(self, h: Tensor) -> Tensor:
        """Return (batch, out_channels, size, size) of h (batch, in_features)."""
        return self.grow(self.start(h))[:, :, :self.size, :self.size]


class Bottleneck(nn.Module):
    """A picture to a picture, through a few numbers: the network of an autoencoder.

        picture ── encoder ── code ── decoder ── picture

    encoder: picture -> (batch, features), for instance `ImageToVector`
    decoder: (batch, features) -> picture, for instance `VectorToImage`
    A `PointPredictor` of it is an autoencoder trained on squared error. Lesson 07.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.in_channels = getattr(encoder, "in_channels", None)
        self.out_channels = getattr(decoder, "out_channels", None)
        have = getattr(encoder, "out_features", None)
        wanted = getattr(decoder, "in_features", have)
        if have is not None and have != wanted:
            raise ValueError(f"the encoder gives {have} numbers and the decoder takes "
                             f"{wanted}; build both with the same.")

    def forward(self, image: Tensor) -> Tensor:
        """Return the decoder's picture of each code."""
        return self.decoder(self.encode(image))

    def encode(self, image: Tensor) -> Tensor:
        """Return the code of each picture, (batch, features)."""
        return self.encoder(image)
