"""The figures of a score that are more than a mean over the shirts."""

import torch
from torch import Tensor

from course_lib.datasets.true_model import MixtureWorld
from course_lib.scoring.estimate import Estimate, bootstrap, ratio_of
from course_lib.scoring.evidence import Evidence

RARE = 0.01                        # the quantile that looks for rare bad samples
LEAST_PROBABILITY = 0.05           # of a mode that 16 samples ought to reach


def total_correlation(world: MixtureWorld, x: Tensor) -> Tensor:
    """Return the conditional total correlation of the pixels given x, (batch,), in
    nats: the price of independence, which a model of independent pixels must lose.

        Σᵢ H(yᵢ | x) - H(y | x),  on solid shirts of N pixels (N - 1) H(P(teal | x))

    x: (batch, 1, size, size). In closed form, for y that is not quantised. Lesson 03.
    """
    return world.independent.entropy(x) - world.truth.entropy(x)


def coverage(model: Evidence) -> Estimate:
    """Return how many of the modes with p >= 0.05 a shirt's samples reach, over how
    many a perfect sampler reaches on average, Σₖ 1 - (1 - pₖ)ⁿ.

    A rare miss may happen on no shirt at all and then leave no trace in an error from
    the shirts, which is why it is never below that of a perfect sampler:

        Var(missed) = Σₖₗ mₖₗ - mₖ mₗ,    mₖ = mₖₖ = (1 - pₖ)ⁿ,  mₖₗ = (1 - pₖ - pₗ)ⁿ
    """
    p, samples = model.probabilities, model.mode.shape[1]
    wanted = (p >= LEAST_PROBABILITY).double()
    missed = (1 - p) ** samples
    expected = ((1 - missed) * wanted).sum(1)
    estimate = ratio_of(((model.frequencies > 0) * wanted).sum(1), expected)

    both = (1 - p.unsqueeze(1) - p.unsqueeze(2)).clamp(min=0) ** samples
    both.diagonal(dim1=1, dim2=2).copy_(missed)
    covariance = both - missed.unsqueeze(1) * missed.unsqueeze(2)
    variance = torch.einsum("sk,skl,sl->s", wanted, covariance, wanted)
    least = (variance.sum().sqrt() / expected.sum()).item()
    return estimate._replace(error=max(estimate.error, least))


def truth_log_prob_low(model: Evidence, truth: Evidence) -> Estimate:
    """Return what the truth thinks of the lowest 1 % of the samples, less the same of
    its own: rare bad samples show here."""
    def difference(counts: Tensor) -> Tensor:
        return (low_quantile(model.truth_log_prob, counts)
                - low_quantile(truth.truth_log_prob, counts))

    shirts = len(model.truth_log_prob)
    once = torch.ones(1, shirts, dtype=torch.float64)
    return Estimate(difference(once).item(), bootstrap(difference, shirts))


def low_quantile(values: Tensor, counts: Tensor) -> Tensor:
    """Return the 1 % quantile of (shirts, samples) values, (resamples,), each shirt
    counted as often as `counts` (resamples, shirts) says."""
    in_order, order = values.flatten().sort()
    shirt = order // values.shape[1]
    low = int(6 * RARE * len(shirt)) + 1       # resampling hardly reaches beyond these
    passed = counts[:, shirt[:low]].cumsum(-1)
    wanted = RARE * len(shirt)
    return in_order[(passed < wanted).sum(-1).clamp(max=low - 1)]
