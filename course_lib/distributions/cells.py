"""Cells of a codebook: what a Gaussian puts into them, and what is no cell. Lesson 02.
"""

import torch
from torch import Tensor

from course_lib.checks import check_tensor, describe, is_within
from course_lib.contract import at_least_32_bits


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


def check_picture(y: Tensor, channels: int) -> Tensor:
    """Return y, (..., channels, h, w), in at least 32-bit precision."""
    leading = ("...",) * (y.ndim - 3) if isinstance(y, Tensor) else ("...",)
    check_tensor("y", y, (*leading, channels, "height", "width"))
    return at_least_32_bits(y)


def check_cells(index: Tensor, classes: int) -> Tensor:
    """Return `index`, (..., h, w), if it holds numbers of cells."""
    if not isinstance(index, Tensor) or index.dtype != torch.int64 or index.ndim < 2:
        raise TypeError(f"index is {describe(index)}; give an int64 tensor of shape "
                        f"(..., height, width), as `encode` returns.")
    if not is_within(index, 0, classes - 1):
        raise ValueError(f"index runs from {index.min()} to {index.max()}; give cells "
                         f"from 0 to {classes - 1}.")
    return index
