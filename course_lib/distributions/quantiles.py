"""Quantiles of a latent: what is left of z when its prior is taken away. Lesson 05."""

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, MixtureSameFamily, Normal


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


def parts_of(prior: Distribution) -> tuple[Tensor, Tensor, Tensor]:
    """Return a prior as a mixture: log-weights (batch, components), and means and
    stds (batch, components, latents); a normal is a mixture of one.

    Raises TypeError, in a sentence, for any other."""
    mixture = prior if isinstance(prior, MixtureSameFamily) else None
    part = mixture.component_distribution if mixture else prior
    normal = part.base_dist if isinstance(part, Independent) else None
    if not isinstance(normal, Normal):
        raise TypeError(f"the prior is {type(prior).__name__} and quantiles are known "
                        f"of a normal and of mixtures; take a model with one of these.")
    if mixture:
        return mixture.mixture_distribution.logits, normal.loc, normal.scale
    zeros = torch.zeros_like(normal.loc[..., :1])
    return zeros, normal.loc.unsqueeze(-2), normal.scale.unsqueeze(-2)
