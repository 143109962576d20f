"""A measured number and its standard error, from shirts that are independent."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

RESAMPLES = 1000                   # of the bootstrap: its errors are right to 2 %
ROUNDING = 1e-7                    # an error below is of the arithmetic in 32 bits


class Estimate(NamedTuple):
    """A number and its standard error, both in the same unit.

    error: how far another set of shirts would move the value; NaN where there is only
           one shirt, so that nobody can know
    """

    value: float
    error: float

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if not (math.isfinite(self.value) and self.error > 0):
            return f"{self.value:.4g}"
        digits = min(6, max(0, 1 - math.floor(math.log10(self.error))))
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


def mean_of(values: Tensor) -> Estimate:
    """Return the mean of (shirts,) values, with its error s / √n."""
    values = values.double()
    return Estimate(values.mean().item(), _error(values))


def ratio_of(above: Tensor, below: Tensor) -> Estimate:
    """Return mean(above) / mean(below) of (shirts,) values that belong in pairs.

    R = ā / b̄ moves by (aᵢ - R bᵢ) / (n b̄) with shirt i, to first order; so what both
    have in common costs nothing (the delta method).
    """
    above, below = above.double(), below.double()
    ratio = above.mean() / below.mean()
    return Estimate(ratio.item(), _error((above - ratio * below) / below.mean()))


def root(square: Estimate) -> Estimate:
    """Return the root of a measured square; 0 of what is below 0 by chance."""
    value = math.sqrt(max(square.value, 0.0))
    return Estimate(value, square.error / (2 * value) if value > 0 else square.error)


def bootstrap(statistic: Callable[[Tensor], Tensor], shirts: int) -> float:
    """Return the standard error of a statistic, by drawing the shirts anew.

    statistic: takes how often each shirt was drawn, (resamples, shirts), and returns
               its value for each resample, (resamples,). Always the same resamples.
    Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979.
    """
    if shirts < 2:
        return math.nan
    chosen = torch.randint(shirts, (RESAMPLES, shirts),
                           generator=Generator().manual_seed(0))
    counts = torch.zeros(RESAMPLES, shirts, dtype=torch.float64)
    counts.scatter_add_(1, chosen, torch.ones_like(counts))
    error = statistic(counts).std().item()
    return error if error > ROUNDING else 0.0


def _error(values: Tensor) -> float:
    if len(values) < 2:
        return math.nan
    error = (values.std() / math.sqrt(len(values))).item()
    return error if error > ROUNDING * values.abs().max().item() else 0.0
