"""From the evidence on every shirt to the figures of a score."""

import torch
from torch import Tensor

from course_lib.scoring.evidence import Evidence
from course_lib.scoring.measure import Measure, bootstrap, mean_of, ratio_of, root_of

RARE = 0.01                        # the quantile that looks for rare bad samples
LEAST_PROBABILITY = 0.05           # of a mode that 16 samples ought to reach


def price_of_independence(world, x: Tensor) -> Tensor:
    """Return what a model of independent pixels must lose at least, (batch,), in nats.

        Σᵢ H(yᵢ | x) - H(y | x),  on solid shirts of N pixels (N - 1) H(P(teal | x))

    x: (batch, 1, size, size). In closed form, for y that is not quantised. Lesson 03.
    """
    return world.independent.entropy(x) - world.truth.entropy(x)


def likelihoods(model: Evidence, truth: Evidence,
                independent: Evidence) -> dict[str, Measure | None]:
    """Return the figures that compare log-probabilities, None for a mere sampler."""
    price = truth.log_prob - independent.log_prob
    figures = {"price": mean_of(price)}
    if model.log_prob is None:
        return figures | dict.fromkeys(
            ("likelihood_gap", "gap_over_price", "above_independent"))
    gap = truth.log_prob - model.log_prob
    return figures | {
        "likelihood_gap": mean_of(gap), "gap_over_price": ratio_of(gap, price),
        "above_independent": mean_of(independent.log_prob - model.log_prob)}


def coherence(model: Evidence) -> Measure:
    """Return the part of the samples that are near one whole mode."""
    return mean_of((model.mode >= 0).double().mean(1))


def coverage(model: Evidence) -> Measure:
    """Return how many of the modes with p >= 0.05 a shirt's samples reach, over how
    many a perfect sampler reaches on average, Σₖ 1 - (1 - pₖ)ⁿ."""
    p, samples = model.probabilities, model.mode.shape[1]
    wanted = p >= LEAST_PROBABILITY
    reached = ((model.frequencies > 0) & wanted).sum(1)
    expected = ((1 - (1 - p) ** samples) * wanted).sum(1)
    return ratio_of(reached, expected)


def chroma(model: Evidence, truth: Evidence) -> Measure:
    """Return the mean chroma of cloth over the truth's."""
    return ratio_of(model.chroma, truth.chroma)


def rms_to_mode(model: Evidence) -> Measure:
    """Return the rms over cloth from a sample to its nearest mode, in units of y."""
    return root_of(model.square_distance)


def energy(model: Evidence, truth: Evidence) -> Measure | None:
    """Return the energy score over the truth's, None for one sample a shirt."""
    if model.energy.isnan().any():
        return None
    return ratio_of(model.energy, truth.energy)


def truth_log_prob(model: Evidence, truth: Evidence) -> Measure:
    """Return what the truth thinks of the samples less what it thinks of its own."""
    return mean_of((model.truth_log_prob - truth.truth_log_prob).mean(1))


def truth_log_prob_low(model: Evidence, truth: Evidence) -> Measure:
    """Return the same for the lowest 1 % of the samples: rare bad ones show here."""
    def difference(counts: Tensor) -> Tensor:
        return (_quantile(model.truth_log_prob, counts)
                - _quantile(truth.truth_log_prob, counts))

    shirts = len(model.truth_log_prob)
    once = torch.ones(1, shirts, dtype=torch.float64)
    return Measure(difference(once).item(), bootstrap(difference, shirts))


def _quantile(values: Tensor, counts: Tensor) -> Tensor:
    """Return the 1 % quantile of (shirts, samples) values, (resamples,), each shirt
    counted as often as `counts` (resamples, shirts) says."""
    in_order, order = values.flatten().sort()
    shirt = order // values.shape[1]
    low = int(6 * RARE * len(shirt)) + 1       # resampling hardly reaches beyond these
    passed = counts[:, shirt[:low]].cumsum(-1)
    wanted = RARE * len(shirt)
    return in_order[(passed < wanted).sum(-1).clamp(max=low - 1)]
