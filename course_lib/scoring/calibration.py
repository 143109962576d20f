"""Does a model dye teal as often as it should? Frequencies beside probabilities."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.scoring.estimate import Estimate, bootstrap
from course_lib.scoring.evidence import Evidence

EDGES = (0.325, 0.5, 0.675)        # of four bins of P(teal), which is 0.15 to 0.85


class CalibrationCurve(NamedTuple):
    """How often the first mode (solid teal) was sampled where it should be, bin by bin.

    probability: mean true probability of the mode in a bin, (bins,)
    frequency:   its mean frequency among the samples, (bins,)
    error:       the standard error of that frequency, (bins,)
    A bin without shirts is left out.
    """

    probability: Tensor
    frequency: Tensor
    error: Tensor


def bins_of(probability_of_teal: Tensor) -> Tensor:
    """Return in which bin each shirt is, one-hot, (shirts, bins)."""
    edges = torch.tensor(EDGES, dtype=probability_of_teal.dtype)
    index = torch.bucketize(probability_of_teal.contiguous(), edges, right=True)
    return functional.one_hot(index, len(EDGES) + 1).double()


def calibration(evidence: Evidence, bins: Tensor) -> Estimate:
    """Return the mean over bins and modes of |mean of (frequency - probability)|.

    bins: `bins_of` the shirts; empty ones count for nothing
    """
    off = evidence.frequencies - evidence.probabilities      # (shirts, modes)
    products = (bins.unsqueeze(-1) * off.unsqueeze(1)).flatten(1)

    def error(counts: Tensor) -> Tensor:
        sizes = counts @ bins                                # (resamples, bins)
        means = (counts @ products).unflatten(1, (-1, off.shape[1])).abs().mean(-1)
        filled = sizes > 0
        return (means / sizes.clamp(min=1) * filled).sum(-1) / filled.sum(-1)

    everyone = torch.ones(1, len(off), dtype=torch.float64)
    return Estimate(error(everyone).item(), bootstrap(error, len(off)))


def calibration_floor(evidence: Evidence, bins: Tensor) -> Estimate:
    """Return what `calibration` of a perfect sampler is on average.

    A bin's mean deviation is nearly normal, of variance v = Σᵢ pᵢ (1 - pᵢ) / (n S²)
    for n samples each of S shirts, and then E|deviation| = √(2v / π).
    """
    p, samples = evidence.probabilities, evidence.mode.shape[1]
    sizes = bins.sum(0)
    variance = (bins.T @ (p * (1 - p))) / samples / sizes.clamp(min=1).unsqueeze(1) ** 2
    floor = (2 * variance / math.pi).sqrt().mean(-1)[sizes > 0].mean()
    return Estimate(floor.item(), 0.0)


def calibration_slope(evidence: Evidence) -> Estimate | None:
    """Return the slope of frequency over probability, by regression over shirts.

        frequency(teal) - frequency(pink)  over  P(teal | x) - P(pink | x)

    both solid. 1 is right; 0 ignores x; above 1 flatters the majority. None where all
    shirts have one probability. Its error allows every shirt a variance of its own.
    """
    p, frequency = evidence.probabilities, evidence.frequencies
    p, frequency = p[:, 0] - p[:, 1], frequency[:, 0] - frequency[:, 1]
    p, frequency = p - p.mean(), frequency - frequency.mean()
    square = p.square().sum()
    if len(p) < 3 or square < 1e-9:
        return None
    slope = (p * frequency).sum() / square
    rest = frequency - slope * p
    error = (p * rest).square().sum().sqrt() / square * math.sqrt(len(p) / (len(p) - 2))
    return Estimate(slope.item(), error.item())


def calibration_curve(evidence: Evidence, bins: Tensor) -> CalibrationCurve:
    """Return the first mode's frequency against its probability in each filled bin."""
    bins = bins[:, bins.sum(0) > 0]
    sizes = bins.sum(0)
    p, frequency = evidence.probabilities[:, 0], evidence.frequencies[:, 0]
    off = frequency - p
    mean = bins.T @ off / sizes
    square = bins.T @ off.square() / sizes - mean.square()
    error = (square.clamp(min=0) / (sizes - 1).clamp(min=1)).sqrt()
    return CalibrationCurve(bins.T @ p / sizes, bins.T @ frequency / sizes, error)
