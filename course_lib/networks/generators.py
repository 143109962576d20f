"""Generators: networks that make a picture of x and noise. Lesson 04."""

import math

import torch
from torch import Tensor, nn

from course_lib.networks.critics import Pool, pixel_layers
from course_lib.networks.image_to_image import ImageToImage
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import fold, minimum_projections
from course_lib.networks.standardize import PerChannel, Standardize, check_sizes


class NoiseToImage(nn.Module):
    """A picture of x, of a latent z, and of noise: y = f(x, z + m(x), ε) + A ε.

        x ── fold 4 x 4 ── conv ── gelu ── pool ── m ──┐
        z ─────────────────────────────────────────── add ── planes ──┐
        x, ε ─────────────────────────────────────────────────── ImageToImage ──┐
        ε ──────────────────────────────────────────────────────────────── A ─ add ── y

    given_channels, out_channels: of x and y, (batch, channels, height, width)
    latents, noise_channels: of z, as planes of one value each, and of ε
    width, blocks: of the `ImageToImage` inside
    mean, std: of x, see `Standardize`

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
                 blocks: int = 2, mean: PerChannel = 0.0, std: PerChannel = 1.0):
        super().__init__()
        check_sizes(given_channels=given_channels, latents=latents,
                    noise_channels=noise_channels)
        self.parts = given_channels, latents, noise_channels
        self.in_channels, self.out_channels = sum(self.parts), out_channels
        self.standardize = Standardize(given_channels, mean, std)
        self.picture = ImageToImage(self.in_channels, out_channels, width, blocks)
        self.shift = nn.Sequential(
            nn.Conv2d(self.FOLD ** 2 * given_channels, width, 3, padding=1), nn.GELU(),
            Pool(width), Standardized(width), nn.Linear(width, width), nn.GELU(),
            nn.Linear(width, latents), Standardized(latents, by_std=False))
        self.noise = Pointwise(noise_channels, out_channels, bias=False)
        with torch.no_grad():
            nn.init.dirac_(self.noise.weight).mul_(self.FIRST_NOISE)

    def forward(self, channels: Tensor) -> Tensor:
        """Return y, (batch, out_channels, height, width), of x, z and ε below each
        other, (batch, given_channels + latents + noise_channels, height, width)."""
        x, z, noise = channels.split(self.parts, dim=1)
        seen = torch.cat([self.standardize(x), z + self.shift_of(x)[..., None, None],
                          noise], dim=1)
        return self.picture(seen) + self.noise(noise)

    def shift_of(self, x: Tensor) -> Tensor:
        """Return m(x), (batch, latents)."""
        return self.shift(fold(self.standardize(x), self.FOLD))


class DiscreteLatentGenerator(nn.Module):
    """One of a few pictures made from x, chosen by z, and noise: y = fₖ(x) + σ ε.

        x ──┬── ImageToImage ──┬── layers, pixel by pixel ── pictures fₖ ──┐
            ├──────────────────┘                                         one ── add ── y
            └── pool ── chances πₖ ── the k with Φ(z) in its share ────────┘     │
        z ──────────────────────────────────┘                          ε ── σ ε ─┘

    given_channels, out_channels: of x and y, (batch, channels, height, width)
    pictures: how many there are; more than modes, so that none is left out
    width, blocks: of the `ImageToImage` inside
    detail:   features of each pixel, of which the pictures are weighted sums
    positions: whether it is told where in the picture a pixel is, see
        `PositionalEncoding`
    minimum_projections: whether it sees x with them, which say how far things reach;
        see the function of that name
    mean, std: of x, see `Standardize`

    It takes x, the one z as a plane, and ε as the channels of one picture. The shares
    of 0 … 1 are as long as the chances πₖ(x), and Φ(z) is uniform: z is what x does not
    tell, as a quantile. Nothing lies between two pictures, so that no network has to
    learn a step; but a choice has no slope either, and the chances are taught by what
    was paid for it: see `choose` and `adversarial.reinforce_loss`. Lesson 04.
    """

    FOLD, FEATURES = 4, 8
    FIRST_NOISE, PACE = 0.1, 3         # σ at first, and how much quicker it learns

    def __init__(self, given_channels: int = 1, out_channels: int = 2,
                 pictures: int = 4, width: int = 32, blocks: int = 1, detail: int = 16,
                 positions: bool = False, minimum_projections: bool = False,
                 mean: PerChannel = 0.0, std: PerChannel = 1.0):
        super().__init__()
        check_sizes(given_channels=given_channels, out_channels=out_channels,
                    pictures=pictures, detail=detail)
        self.parts = given_channels, 1, out_channels
        self.in_channels, self.out_channels = sum(self.parts), out_channels
        self.minimum_projections = bool(minimum_projections)
        self.standardize = Standardize(given_channels, mean, std)
        seen = given_channels * (3 if self.minimum_projections else 1)
        self.features = ImageToImage(seen, self.FEATURES, width, blocks,
                                     positions=positions)
        self.pixels = pixel_layers(self.FEATURES + seen, detail, positions)
        self.weight = nn.Parameter(torch.empty(pictures, out_channels, detail))
        self.bias = nn.Parameter(torch.zeros(pictures, out_channels, 1))
        nn.init.uniform_(self.weight, -detail ** -0.5, detail ** -0.5)
        self.chances = nn.Sequential(
            nn.Conv2d(self.FOLD ** 2 * seen, width, 3, padding=1), nn.GELU(),
            Pool(width), Standardized(width), nn.Linear(width, width), nn.GELU(),
            nn.Linear(width, pictures))
        first = math.log(self.FIRST_NOISE) / self.PACE
        self.log_std = nn.Parameter(torch.full((out_channels, 1, 1), first))

    def forward(self, channels: Tensor) -> Tensor:
        """Return y, (batch, out_channels, height, width), of x, z and ε below each
        other, (batch, given_channels + 1 + out_channels, height, width)."""
        return self.choose(channels)[0]

    def choose(self, channels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return y, which picture was chosen, (batch,), and the log of the chance that
        each had, (batch, pictures)."""
        x, z, noise = channels.split(self.parts, dim=1)
        log_chances = self.log_chances_of(x)
        ends = log_chances.detach().exp().cumsum(1)[:, :-1]     # of the shares
        chosen = (ends < torch.special.ndtr(z[:, :, 0, 0])).sum(1)
        std = (self.PACE * self.log_std).exp()
        return self.picture(x, chosen) + std * noise, chosen, log_chances

    def log_chances_of(self, x: Tensor) -> Tensor:
        """Return log πₖ(x), (batch, pictures)."""
        return self.chances(fold(self.seen(x), self.FOLD)).log_softmax(1)

    def picture(self, x: Tensor, chosen: Tensor) -> Tensor:
        """Return f_k(x), (batch, out_channels, height, width), for k of each x."""
        seen = self.seen(x)
        pixels = self.pixels(torch.cat([self.features(seen).to(seen), seen], 1))
        out = self.weight[chosen] @ pixels.flatten(2) + self.bias[chosen]
        return out.unflatten(2, x.shape[-2:])

    def seen(self, x: Tensor) -> Tensor:
        """Return x as the networks see it, with its minimum projections or without."""
        x = self.standardize(x)
        return minimum_projections(x) if self.minimum_projections else x


class Standardized(nn.Module):
    """Features less their mean, over their std, both of the batches so far.

    by_std: False takes away the mean alone

    (batch, width) -> (batch, width). Shirts differ by little in the average of a
    feature; standardised, the difference is what the next layer sees. Unlike batch
    normalisation it does in training nearly what it does later: the batch counts for a
    twentieth of the mean and the variance, so that moving all others of it by 1 moves
    what one example gives by nearly 1 / 20. In evaluation, and where no gradient is
    recorded, an example does not depend on the others.
    """

    MEMORY = 0.95                      # of the moving mean and variance, a batch
    mean: Tensor
    variance: Tensor

    def __init__(self, width: int, by_std: bool = True):
        super().__init__()
        self.by_std = by_std
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        """Return them standardised; in training, by what this batch adds too."""
        if self.training and torch.is_grad_enabled():
            self.take_in(features.detach())
        centered = features - self.mean
        if not self.by_std:
            return centered
        return centered / (self.variance + 1e-6).sqrt()

    @torch.no_grad()
    def take_in(self, features: Tensor) -> None:
        """Move the mean and the variance towards those of a batch."""
        features = features.to(self.mean)              # autocast gives 16 bits
        variance = (features - self.mean).square().mean(0)
        self.mean = torch.lerp(self.mean, features.mean(0), 1 - self.MEMORY)
        self.variance = torch.lerp(self.variance, variance, 1 - self.MEMORY)
