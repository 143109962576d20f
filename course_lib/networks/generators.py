"""Generators: networks that make a picture of x and noise. Lesson 04."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer
from course_lib.networks.critics import Pool
from course_lib.networks.image_to_image import ImageToImage
from course_lib.networks.places import fold


class NoiseToImage(nn.Module):
    """A picture of x, of a latent z, and of noise: y = f(x, z + m(x), ε) + A ε.

        x ── fold 4 x 4 ── conv ── gelu ── pool ── m ──┐
        z ─────────────────────────────────────────── add ── planes ──┐
        x, ε ─────────────────────────────────────────────────── ImageToImage ──┐
        ε ──────────────────────────────────────────────────────────────── A ─ add ── y

    given_channels, out_channels: of x and y, (batch, channels, height, width)
    latents, noise_channels: of z, as planes of one value each, and of ε
    width, blocks: of the `ImageToImage` inside

    It takes x, z and ε as the channels of one picture. Two dyes are far apart, so f is
    nearly a step in z; where the step lies says how likely each dye is, and has to
    follow x. With x beside z, x would have to learn weights as steep as the step is,
    and from the few z that fall upon it. Added to z before anything is steep, a shift
    m(x) of about 1 does, and what makes the step steep makes m learn faster. The mean
    of m over all x is kept at 0, as m is to say which shirts are likelier pink than
    others: moving all of them at once, it would be quick enough to lose a dye for good.
    A is a small matrix, the same for all pixels: noise of single pixels in one step.
    Source: T. Karras, S. Laine and T. Aila, A style-based generator architecture for
    generative adversarial networks, 2019, for a latent that is mapped first and for
    noise that is added with a learned scale. Lesson 04.
    """

    FOLD = 4
    FIRST_NOISE = 0.05                 # of A: less than any noise worth learning

    def __init__(self, given_channels: int = 1, out_channels: int = 2,
                 latents: int = 8, noise_channels: int = 2, width: int = 32,
                 blocks: int = 2):
        super().__init__()
        self.given_channels = check_integer("given_channels", given_channels, 1)
        self.latents = check_integer("latents", latents, 1)
        check_integer("noise_channels", noise_channels, 1)
        plain = latents + noise_channels
        self.in_channels, self.out_channels = given_channels + plain, out_channels
        self.picture = ImageToImage(self.in_channels, out_channels, width, blocks,
                                    plain_channels=plain)
        self.shift = nn.Sequential(
            nn.Conv2d(self.FOLD ** 2 * given_channels, width, 3, padding=1), nn.GELU(),
            Pool(width), Standardized(width), nn.Linear(width, width), nn.GELU(),
            nn.Linear(width, latents), Standardized(latents, by_deviation=False))
        self.noise = nn.Conv2d(noise_channels, out_channels, 1, bias=False)
        with torch.no_grad():
            nn.init.dirac_(self.noise.weight).mul_(self.FIRST_NOISE)

    def forward(self, channels: Tensor) -> Tensor:
        """Return y, (batch, out_channels, height, width), of x, z and ε below each
        other, (batch, given_channels + latents + noise_channels, height, width)."""
        x, z, noise = channels.tensor_split(
            [self.given_channels, self.given_channels + self.latents], dim=1)
        z = z + self.shift_of(x)[..., None, None]
        return self.picture(torch.cat([x, z, noise], dim=1)) + self.noise(noise)

    def shift_of(self, x: Tensor) -> Tensor:
        """Return m(x), (batch, latents)."""
        centered = (x - self.picture.center) / self.picture.spread
        return self.shift(fold(centered, self.FOLD))


class Standardized(nn.Module):
    """Features less their mean, over their deviation, both of the batches so far.

    by_deviation: False takes away the mean alone

    (batch, width) -> (batch, width). Shirts differ by little in the average of a
    feature; standardised, the difference is what the next layer sees. Unlike batch
    normalisation it does in training what it does later, so that what one example
    gives never depends on the others of its batch.
    """

    MEMORY = 0.95                      # of the moving mean and variance, a batch

    def __init__(self, width: int, by_deviation: bool = True):
        super().__init__()
        self.by_deviation = by_deviation
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        """Return them standardised; in training, by what this batch adds too."""
        if self.training and torch.is_grad_enabled():
            self.take_in(features.detach())
        centered = features - self.mean
        if not self.by_deviation:
            return centered
        return centered / (self.variance + 1e-6).sqrt()

    @torch.no_grad()
    def take_in(self, features: Tensor) -> None:
        """Move the mean and the variance towards those of a batch."""
        spread = (features - self.mean).square().mean(0)
        self.mean = torch.lerp(self.mean, features.mean(0), 1 - self.MEMORY)
        self.variance = torch.lerp(self.variance, spread, 1 - self.MEMORY)
