"""Latents z: what p(z | x) may be before y is seen, and q(z | x, y) afterwards.

    priors       StandardNormal, p(z) whatever x is; Mixture, p(z) or p(z | x)
    posterior    diagonal_normal: what an encoder's numbers say of z

Every one gives a `torch.distributions` object with batch shape (batch,) and event shape
(latents,), in at least 32 bits. Lesson 05.
"""

import math
from typing import TypeAlias, TypeVar

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

from course_lib.checks import check_integer, check_number
from course_lib.contract import at_least_32_bits
from course_lib.models.outputs import check_outputs

CAP = 6.0                          # of what an encoder says to narrow a posterior
SEPARATION = 4.0                   # between two neighbours at the start of a mixture
START_STD = 1 / 12                 # of each part of it, as a part of that

Each = TypeVar("Each", bound=Distribution)
Posterior: TypeAlias = "Independent[Normal]"


class StandardNormal(nn.Module):
    """p(z) = N(0, I), whatever x is. Lesson 05.

    latents: how many numbers z has
    """

    def __init__(self, latents: int):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)

    def forward(self, given: Tensor) -> Distribution:
        """Return p(z | x) for each x of the batch."""
        zeros = at_least_32_bits(given.new_zeros(len(given), self.latents))
        return independent(Normal(zeros, 1.0, validate_args=False))


class Mixture(nn.Module):
    """A learned p(z), or p(z | x) whose weights follow from x.

        p(z | x) = Σₖ wₖ(x) Πⱼ N(zⱼ; μₖⱼ, σₖⱼ²),    w(x) = softmax(network(x))

    latents:    how many numbers z has
    components: how many parts, well apart at the start
    separation: of neighbours at the start; their std is a twelfth of it
    network:    x -> (batch, components), the weights; None for the same ones for every
                x, equal at the start

    A decoder sees x and may read each part as it likes, so that weights are enough
    where every x has the same few answers. Source: J. Tomczak and M. Welling, VAE with
    a VampPrior, 2018, for the use of a mixture; its parts are free here. Lesson 05.
    """

    def __init__(self, latents: int, components: int = 2,
                 separation: float = SEPARATION, network: nn.Module | None = None):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)
        self.components = check_integer("components", components, 1)
        check_number("separation", separation, 0.0, 100.0, open_low=True)
        self.mean = nn.Parameter(separation * well_apart(components, latents))
        self.log_scale = nn.Parameter(torch.full(
            (components, latents), math.log(START_STD * separation)))
        self.network = network
        if network is None:
            self.logits = nn.Parameter(torch.zeros(components))
        else:
            check_outputs(network, components, "a weight for each component",
                          "out_features")

    def forward(self, given: Tensor) -> Distribution:
        """Return p(z | x) for each x of the batch."""
        logits = (self.logits.expand(len(given), -1) if self.network is None
                  else self.network(given))
        shape = len(given), *self.mean.shape
        scale = at_least_32_bits(self.log_scale).exp()
        parts = Normal(at_least_32_bits(self.mean).expand(shape), scale.expand(shape),
                       validate_args=False)
        weights = Categorical(logits=at_least_32_bits(logits), validate_args=False)
        return MixtureSameFamily(weights, independent(parts), validate_args=False)


def diagonal_normal(numbers: Tensor) -> Posterior:
    """Return q(z) = Πⱼ N(zⱼ; μⱼ, σⱼ²),  log σⱼ = -c(-sⱼ).

    numbers: μ and s, (batch, 2 · latents), as an encoder gives them; c(n) = n up to 0
        and n / (1 + n / 6) above, or else σ falls to 1e-20 in the first hundred steps,
        where the likelihood is all that counts, and is not a number later

    Sources: D. Kingma and M. Welling, Auto-encoding variational Bayes, 2014;
    D. Rezende, S. Mohamed and D. Wierstra, Stochastic backpropagation, 2014.
    Lesson 05.
    """
    mean, log_scale = numbers.chunk(2, dim=-1)
    scale = (-capped(-log_scale)).exp()
    return independent(Normal(mean, scale, validate_args=False))


def kl_from_standard_normal(posterior: Posterior) -> Tensor:
    """Return KL(q(zⱼ) || N(0, 1)) of each latent of a posterior, (batch, latents).

        (μ² + σ² - 1) / 2 - log σ
    """
    q = posterior.base_dist
    return (q.mean.square() + q.variance - 1) / 2 - q.stddev.log()


PRIORS = ("normal", "mixture", "conditional mixture")


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


def independent(each: Each) -> "Independent[Each]":
    """Return the same distribution with the last dimension as its event."""
    return Independent(each, 1, validate_args=False)


def capped(numbers: Tensor) -> Tensor:
    """Return n where n <= 0 and n / (1 + n / CAP) above: below CAP, and with a slope
    that fades so slowly that what was pushed far comes back."""
    return numbers / (1 + functional.relu(numbers) / CAP)
