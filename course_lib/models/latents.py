"""Latents z: what p(z | x) may be before y is seen, and q(z | x, y) afterwards.

    priors       StandardNormal and Mixture, p(z) whatever x is; ConditionalMixture, and
                 FencedNormal of `fences`, p(z | x)
    posteriors   DiagonalNormal, TruncatedNormal: what an encoder's numbers say of z

Every one gives a `torch.distributions` object with batch shape (batch,) and event shape
(latents,). Lesson 05.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    Normal,
)
from torch.nn import functional

from course_lib.checks import check_integer, check_number, describe
from course_lib.models.fences import FencedNormal

EDGE = 1e-6                        # of u = Φ(z), so that z stays within 4.75 of 0
START_SHARE = 2.0                  # a fresh interval leaves e⁻² of its width on a side
CAP = 6.0                          # of what an encoder says to narrow a posterior
SEPARATION = 4.0                   # between two neighbours at the start of a mixture
START_SPREAD = 1 / 12              # the deviation of each part of it, as a part of that


class StandardNormal(nn.Module):
    """p(z) = N(0, I), whatever x is. Lesson 05.

    latents: how many numbers z has
    """

    is_standard = True

    def __init__(self, latents: int):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)

    def forward(self, given: Tensor) -> Distribution:
        """Return p(z | x) for each x of the batch."""
        zeros = given.new_zeros(len(given), self.latents)
        return independent(Normal(zeros, 1.0, validate_args=False))


class Mixture(nn.Module):
    """A learned p(z), whatever x is.

        p(z) = Σₖ wₖ Πⱼ N(zⱼ; μₖⱼ, σₖⱼ²)

    latents:    how many numbers z has
    components: how many parts, with equal weights and well apart at the start
    separation: of neighbours at the start; their deviation is a twelfth of it

    Source: J. Tomczak and M. Welling, VAE with a VampPrior, 2018, for the use of a
    mixture; its parts are free here. Lesson 05.
    """

    is_standard = False

    def __init__(self, latents: int, components: int = 2,
                 separation: float = SEPARATION):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)
        self.components = check_integer("components", components, 1)
        check_number("separation", separation, 0.0, 100.0, open_low=True)
        self.separation = separation
        spread = START_SPREAD * separation
        self.mean = nn.Parameter(separation * well_apart(components, latents))
        self.log_scale = nn.Parameter(
            torch.full((components, latents), math.log(spread)))
        self.logits = nn.Parameter(torch.zeros(components))

    def forward(self, given: Tensor) -> Distribution:
        """Return p(z | x) for each x of the batch."""
        return self.mixture(self.logits.expand(len(given), -1))

    def mixture(self, logits: Tensor, shift: Tensor | float = 0.0,
                stretch: Tensor | float = 0.0) -> Distribution:
        """Return the mixture with the weights softmax(logits), (batch, components); its
        parts shifted and log-stretched by (batch, components, latents) numbers."""
        shape = len(logits), *self.mean.shape
        mean, scale = self.mean + shift, (self.log_scale + stretch).exp()
        parts = Normal(mean.expand(shape), scale.expand(shape), validate_args=False)
        return MixtureSameFamily(Categorical(logits=logits, validate_args=False),
                                 independent(parts), validate_args=False)


class ConditionalMixture(Mixture):
    """A mixture whose weights follow from x: the general p(z | x).

        p(z | x) = Σₖ wₖ(x) Πⱼ N(zⱼ; μₖⱼ, σₖⱼ²),    w(x) = softmax(network(x))

    network: x -> (batch, components), the weights; or x -> (batch, components ·
        (1 + 2 · latents)), and then it also shifts the means and stretches the
        deviations, so that every part lies where x wants it
    latents, components, separation: as in `Mixture`

    The decoder sees x and may read each part as it likes, so that weights are enough
    where every x has the same few answers. Lesson 05.
    """

    def __init__(self, network: nn.Module, latents: int, components: int = 2,
                 separation: float = SEPARATION):
        super().__init__(latents, components, separation)
        numbers = components * (1 + 2 * latents)
        have = getattr(network, "out_features", components)
        if have not in (components, numbers):
            raise ValueError(f"the prior's network gives {have} numbers and the "
                             f"mixture has {components} components; build it with "
                             f"out_features={components}, the weights, or {numbers}, "
                             f"weights, shifts and stretches.")
        del self.logits
        self.network = network

    def forward(self, given: Tensor) -> Distribution:
        """Return p(z | x) for each x of the batch."""
        numbers = self.network(given)
        if numbers.shape[1] == len(self.mean):
            return self.mixture(numbers)
        sizes = len(self.mean), 1 + 2 * self.latents
        weight, shift, stretch = numbers.unflatten(1, sizes).split(
            [1, self.latents, self.latents], dim=2)
        shift = self.separation / 2 * torch.tanh(shift)    # parts keep their places
        return self.mixture(weight[..., 0], shift, stretch)


class DiagonalNormal(Independent):
    """q(z) = Πⱼ N(zⱼ; μⱼ, σⱼ²),  log σⱼ = -c(-sⱼ).

    numbers: μ and s, (batch, 2 · latents), as an encoder gives them; c(n) = n up to 0
        and n / (1 + n / 6) above, or else σ falls to 1e-20 in the first hundred steps,
        where the likelihood is all that counts, and is not a number later

    Sources: D. Kingma and M. Welling, Auto-encoding variational Bayes, 2014;
    D. Rezende, S. Mohamed and D. Wierstra, Stochastic backpropagation, 2014.
    Lesson 05.
    """

    def __init__(self, numbers: Tensor):
        mean, log_scale = numbers.chunk(2, dim=-1)
        scale = (-capped(-log_scale)).exp()
        super().__init__(Normal(mean, scale, validate_args=False), 1,
                         validate_args=False)

    def log_prob_per_latent(self, z: Tensor) -> Tensor:
        """Return log q(zⱼ), the shape of z."""
        return self.base_dist.log_prob(z)

    def kl_from_standard_normal(self) -> Tensor:
        """Return KL(q(zⱼ) || N(0, 1)) = (μ² + σ² - 1) / 2 - log σ, (batch, latents)."""
        mean, scale = self.base_dist.loc, self.base_dist.scale
        return (mean.square() + scale.square() - 1) / 2 - scale.log()


class TruncatedNormal(Distribution):
    """The standard normal, cut down to an interval, for each latent its own.

        zⱼ = Φ⁻¹(uⱼ),  uⱼ uniform on [aⱼ, bⱼ]
        q(z) = Πⱼ N(zⱼ; 0, 1) / (bⱼ - aⱼ)  where  aⱼ <= Φ(zⱼ) <= bⱼ,  else 0
        KL(q || N(0, I)) = -Σⱼ log(bⱼ - aⱼ)

    numbers: (batch, 2 · latents), as an encoder gives them: (left, right), from which
        (a, b - a, 1 - b) = softmax(c(left) - 2, 0, c(right) - 2), with c as in
        `DiagonalNormal`, so that no interval vanishes

    If a latent decides between two things by a threshold, then its exact posterior is
    of this family: the prior, cut where the threshold is. The reparameterisation is
    z = Φ⁻¹(a + (b - a) ε) with ε uniform; densities between the ends only grow as the
    interval shrinks, and the gradient of an end comes from the draws near it.
    """

    arg_constraints: ClassVar = {}
    has_rsample = True

    def __init__(self, numbers: Tensor):
        left, right = (capped(numbers) - START_SHARE).chunk(2, dim=-1)
        parts = torch.stack([left, torch.zeros_like(left), right]).softmax(0)
        self.low, self.width = parts[0], parts[1]             # (batch, latents)
        self.high = 1 - parts[2]
        super().__init__(numbers.shape[:-1], left.shape[-1:], validate_args=False)

    def rsample(self, sample_shape: tuple = ()) -> Tensor:
        share = torch.rand(*sample_shape, *self.low.shape, dtype=self.low.dtype,
                           device=self.low.device)
        u = self.low + self.width * share
        return torch.special.ndtri(u.clamp(EDGE, 1 - EDGE))

    def sample(self, sample_shape: tuple = ()) -> Tensor:
        with torch.no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log q(z), (..., batch): -inf outside of the interval."""
        return self.log_prob_per_latent(z).sum(-1)

    def log_prob_per_latent(self, z: Tensor) -> Tensor:
        """Return log q(zⱼ), the shape of z; the ends are as wide as rounding."""
        u = torch.special.ndtr(z)
        inside = (u >= self.low - 2 * EDGE) & (u <= self.high + 2 * EDGE)
        density = -z.square() / 2 - math.log(2 * math.pi) / 2 - self.width.log()
        return torch.where(inside, density, -torch.inf)

    def kl_from_standard_normal(self) -> Tensor:
        """Return KL(q(zⱼ) || N(0, 1)) = -log(b - a), (batch, latents)."""
        return -self.width.log()


POSTERIORS = {"gaussian": DiagonalNormal, "truncated": TruncatedNormal}
PRIORS = ("normal", "mixture", "conditional mixture", "fenced normal")
THAT_SEE_X = PRIORS[2:]


def make_prior(name: str, latents: int, components: int, separation: float,
               network: nn.Module | None) -> nn.Module:
    """Return the prior of that name; raises, in a sentence, for what does not fit."""
    if (network is not None) != (name in THAT_SEE_X):
        raise TypeError(f"prior is {name!r} and prior_network {describe(network)}; a "
                        f"conditional mixture and a fenced normal, and no other, need "
                        f"a network from x.")
    if name == "normal":
        return StandardNormal(latents)
    if name == "mixture":
        return Mixture(latents, components, separation)
    if name == "fenced normal":
        return FencedNormal(network, latents, components)
    return ConditionalMixture(network, latents, components, separation)


def well_apart(count: int, dimensions: int) -> Tensor:
    """Return points 1 apart from their neighbours around 0, (count, dimensions): on a
    line where there is one dimension, and else on a circle in the first two."""
    check_integer("count", count, 1)
    points = torch.zeros(count, dimensions)
    if dimensions == 1 or count < 3:
        points[:, 0] = torch.arange(count) - (count - 1) / 2
        return points
    angle = 2 * math.pi * (torch.arange(count) + 0.5) / count
    radius = 0.5 / math.sin(math.pi / count)
    points[:, 0], points[:, 1] = radius * angle.cos(), radius * angle.sin()
    return points


def independent(normal: Normal) -> Independent:
    """Return the same distribution with the last dimension as its event."""
    return Independent(normal, 1, validate_args=False)


def capped(numbers: Tensor) -> Tensor:
    """Return n where n <= 0 and n / (1 + n / CAP) above: below CAP, and with a slope
    that fades so slowly that what was pushed far comes back."""
    return numbers / (1 + functional.relu(numbers) / CAP)
