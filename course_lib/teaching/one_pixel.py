"""One pixel of a shirt in one number: its chroma a, and the best answers of each kind.

    p(a) = π N(a; -m, σ²) + (1 - π) N(a; m, σ²),    teal at -m, pink at m

Small enough to compute everything exactly, which is what lesson 01 plays with: the
mean, the median, and the best mixture of any number of Gaussians.
"""

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal

from course_lib.checks import check_integer, check_number
from course_lib.datasets.tshirts import NOISE, PINK

CHROMA = torch.linspace(-3.0, 3.0, 601, dtype=torch.float64)     # where a is looked at
STEP = (CHROMA[1] - CHROMA[0]).item()
LEAST_STD = 1e-3                   # a component on one point of the grid has none
STILL = 1e-7                       # a round that moves no mean further is the last


def truth(pi: float, noise: float = NOISE, mode: float = PINK[0]) -> MixtureSameFamily:
    """Return p(a), teal with probability π, as a distribution.

    pi: in [0, 1];  noise: σ, in units of y, above 0;  mode: m, chroma of pink"""
    check_number("pi", pi, 0, 1)
    check_number("noise", noise, 0, 10, open_low=True)
    check_number("mode", mode, 0, 10)
    weights = torch.tensor([pi, 1 - pi], dtype=torch.float64)
    means = torch.tensor([-mode, mode], dtype=torch.float64)
    return mixture(weights, means, torch.full_like(means, noise))


def mixture(weights: Tensor, means: Tensor, stds: Tensor) -> MixtureSameFamily:
    """Return the mixture of Gaussians with these (components,) numbers."""
    return MixtureSameFamily(Categorical(probs=weights), Normal(means, stds))


def median(density: MixtureSameFamily, halvings: int = 60) -> float:
    """Return the a below which half of the probability lies, by halving an interval."""
    parts = density.component_distribution
    reach = 10 * parts.stddev.max()
    low, high = parts.mean.min() - reach, parts.mean.max() + reach
    for _ in range(halvings):
        middle = (low + high) / 2
        if density.cdf(middle) < 0.5:
            low = middle
        else:
            high = middle
    return ((low + high) / 2).item()


def best_mixture(density: MixtureSameFamily, components: int,
                 rounds: int = 300) -> MixtureSameFamily:
    """Return the likeliest mixture of so many Gaussians for a's of this density.

    Found by expectation and maximisation, on a grid of a in place of samples: each
    component takes its share of every a, then its own mean and deviation. It begins
    with components spread between the dyes, and may end in a local best. With one
    component it is the Gaussian with the density's own mean and deviation.
    Source: A. Dempster, N. Laird, D. Rubin, "Maximum Likelihood from Incomplete Data
    via the EM Algorithm", 1977. Lesson 01.
    """
    check_integer("components", components, 1, 16)
    mass = density.log_prob(CHROMA).exp()
    mass = mass / mass.sum()
    means = density.mean + density.stddev * torch.linspace(
        -1, 1, components, dtype=torch.float64) * (components > 1)
    stds = density.stddev.expand(components) / components
    weights = torch.full_like(means, 1 / components)
    for _ in range(rounds):
        z = (CHROMA.unsqueeze(-1) - means) / stds
        share = (weights.log() - stds.log() - z.square() / 2).softmax(-1)
        share = share * mass.unsqueeze(-1)                       # (grid, components)
        weights, before = share.sum(0).clamp(min=1e-12), means
        means = (share * CHROMA.unsqueeze(-1)).sum(0) / weights
        variances = (share * (CHROMA.unsqueeze(-1) - means).square()).sum(0) / weights
        stds = variances.sqrt().clamp(min=LEAST_STD)
        if (means - before).abs().max() < STILL:
            break
    return mixture(weights / weights.sum(), means, stds)


def gap(density: MixtureSameFamily, model: MixtureSameFamily) -> float:
    """Return KL(p ‖ q) = E[log p(a) - log q(a)] under p, in nats: what q loses."""
    log_p = density.log_prob(CHROMA)
    return (log_p.exp() * (log_p - model.log_prob(CHROMA))).sum().item() * STEP
