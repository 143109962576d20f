"""Decoders: from a picture and a vector to a picture. Lesson 05."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_integer
from course_lib.networks.encoders import ImageToVector
from course_lib.networks.image_to_image import ImageToImage


class ImageAndVectorToImage(nn.Module):
    """The course's `ImageToImage`, which also sees a vector z as constant planes.

        x ──┬───────────────────────────────────┬── ImageToImage ── out
            └── t(x) ──┐                        │
        z ──────── tanh(W z - t(x)) ── planes ──┘

    in_channels, latents, out_channels: of x, of z (batch, latents), and of the output
    switches: how many planes tanh(W z - t(x)); 0 shows z itself as planes
    gain:     how steep they are at first; W is learned
    width, blocks, center, spread: as in `ImageToImage`

    A picture that changes at once, where z crosses a threshold that depends on x, is
    slow to learn for a network that is smooth in z. A steep tanh is such a threshold,
    and t(x), from a cheap `ImageToVector`, is where it lies. Lesson 05.
    """

    def __init__(self, in_channels: int, latents: int, out_channels: int,
                 switches: int = 8, gain: float = 5.0, width: int = 32,
                 blocks: int = 1, center: float = 0.7, spread: float = 0.1):
        super().__init__()
        self.in_channels = check_integer("in_channels", in_channels, 1)
        self.latents = check_integer("latents", latents, 1)
        self.switches = check_integer("switches", switches, 0)
        self.out_channels = out_channels
        planes = switches or latents
        self.network = ImageToImage(in_channels + planes, out_channels, width, blocks,
                                    center, spread, plain_channels=planes)
        if switches:
            directions = nn.functional.normalize(torch.randn(switches, latents), dim=1)
            self.weight = nn.Parameter(gain * directions)
            self.threshold = ImageToVector(in_channels, switches, 16, center, spread)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width), for x (batch, in_channels,
        height, width) and z (batch, latents)."""
        if self.switches:
            z = torch.tanh(z @ self.weight.mT - self.threshold(x))
        planes = z[..., None, None].expand(*z.shape, *x.shape[-2:])
        return self.network(torch.cat([x, planes], dim=1))


class MixedPictures(nn.Module):
    """A few pictures made from x, mixed with weights that follow from z and x.

        f(x, z) = Σₖ aₖ(z, x) pictureₖ(x),    a = linear(tanh(W z - t(x)))

    in_channels, latents, out_channels: of x, of z (batch, latents), and of the output
    pictures: how many are mixed
    switches: how many tanh; W is learned, and t(x) is where each switches
    gain:     how steep they are at first
    width, blocks, center, spread: as in `ImageToImage`, which makes the pictures
    """

    def __init__(self, in_channels: int, latents: int, out_channels: int,
                 pictures: int = 4, switches: int = 8, gain: float = 5.0,
                 width: int = 32, blocks: int = 1, center: float = 0.7,
                 spread: float = 0.1):
        super().__init__()
        self.in_channels = check_integer("in_channels", in_channels, 1)
        self.latents = check_integer("latents", latents, 1)
        self.out_channels = out_channels
        self.pictures = check_integer("pictures", pictures, 1)
        self.center, self.spread = center, spread
        self.features = ImageToImage(in_channels, 8, width, blocks, center, spread)
        self.pixels = nn.Conv2d(8 + in_channels, 16, 1)
        self.out = nn.Conv2d(16, pictures * out_channels, 1)
        directions = functional.normalize(torch.randn(switches, latents), dim=1)
        self.weight = nn.Parameter(directions)
        self.gain = gain
        self.threshold = ImageToVector(in_channels, switches, 16, center, spread)
        self.mix = nn.Linear(switches, pictures)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return (batch, out_channels, height, width), for x (batch, in_channels,
        height, width) and z (batch, latents)."""
        switches = torch.tanh(self.gain * (z @ self.weight.mT - self.threshold(x)))
        seen = torch.cat([self.features(x), (x - self.center) / self.spread], dim=1)
        pictures = self.out(functional.gelu(self.pixels(seen)))
        pictures = pictures.unflatten(1, (self.pictures, self.out_channels))
        return (self.mix(switches)[..., None, None, None] * pictures).sum(1)
