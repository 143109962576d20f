"""Quantiles of a latent: what is left of z when its prior is taken away. Lesson 05."""

import torch
from torch import Tensor
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    Normal,
)

BISECTIONS = 30                    # to a few 1e-8 of where a mixture lies


def to_quantiles(prior: Distribution, z: Tensor) -> Tensor:
    """Return u, uniform on the unit cube if z is drawn from the prior, the shape of z.

        u₁ = P(Z₁ <= z₁ | x),  u₂ = P(Z₂ <= z₂ | z₁, x),  and so on

    so that the general p(z | x) is no more general than a p(u) which ignores x: the
    decoder may undo this. z: (..., batch, latents); prior: as those in `latents` give.
    Source: M. Rosenblatt, Remarks on a multivariate transformation, 1952. Lesson 05.
    """
    logits, mean, scale = parts_of(prior)
    u = []
    for j, value in enumerate(z.unbind(-1)):
        part = Normal(mean[..., j], scale[..., j], validate_args=False)
        u.append((logits.softmax(-1) * part.cdf(value[..., None])).sum(-1))
        logits = logits + part.log_prob(value[..., None])
    return torch.stack(u, -1)


@torch.no_grad()
def from_quantiles(prior: Distribution, u: Tensor) -> Tensor:
    """Return the z whose `to_quantiles` is u, by bisection; without gradients."""
    logits, mean, scale = parts_of(prior)
    z = []
    for j, share in enumerate(u.unbind(-1)):
        part = Normal(mean[..., j], scale[..., j], validate_args=False)
        low = torch.zeros_like(share) + (mean - 8 * scale)[..., j].amin(-1)
        high = torch.zeros_like(share) + (mean + 8 * scale)[..., j].amax(-1)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            below = (logits.softmax(-1) * part.cdf(middle[..., None])).sum(-1) < share
            low = torch.where(below, middle, low)
            high = torch.where(below, high, middle)
        z.append((low + high) / 2)
        logits = logits + part.log_prob(z[-1][..., None])
    return torch.stack(z, -1)


def marginals(prior: Distribution) -> Distribution:
    """Return p(zⱼ | x) of each latent on its own, batch shape (batch, latents)."""
    logits, mean, scale = parts_of(prior)
    parts = Normal(mean.mT, scale.mT, validate_args=False)
    weights = Categorical(logits=logits.unsqueeze(1).expand(mean.mT.shape),
                          validate_args=False)
    return MixtureSameFamily(weights, parts, validate_args=False)


def parts_of(prior: Distribution) -> tuple[Tensor, Tensor, Tensor]:
    """Return a prior as a mixture: log-weights (batch, components), and means and
    deviations (batch, components, latents); a normal is a mixture of one.

    Raises TypeError, in a sentence, for any other."""
    if isinstance(prior, Independent):
        normal = prior.base_dist
        zeros = torch.zeros_like(normal.loc[..., :1])
        return zeros, normal.loc.unsqueeze(-2), normal.scale.unsqueeze(-2)
    if not isinstance(prior, MixtureSameFamily):
        raise TypeError(f"the prior is {type(prior).__name__} and quantiles are known "
                        f"of a normal and of mixtures; take a model with one of these.")
    normal = prior.component_distribution.base_dist
    return prior.mixture_distribution.logits, normal.loc, normal.scale
