"""Cells of a codebook: what a Gaussian puts into them. Lesson 02."""

import torch
from torch import Tensor


def log_normal_mass(left: Tensor, right: Tensor) -> Tensor:
    """Return log(Φ(right) - Φ(left)), -∞ where right is not above left.

    Computed in the tail that keeps precision, so that a cell ten standard deviations
    away has its true, tiny, finite probability."""
    mirrored = left > 0                         # by symmetry, work on the left side
    left, right = (torch.where(mirrored, -right, left),
                   torch.where(mirrored, -left, right))
    log_right = torch.special.log_ndtr(right)
    share = torch.exp(torch.special.log_ndtr(left) - log_right)
    return torch.where(right > left, log_right + torch.log1p(-share), -torch.inf)
