"""What can be read off a latent: a nonlinear probe with held-out pairs. Lesson 05."""

import torch
from torch import Tensor

from course_lib.checks import check_tensor

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)          # of the kernel, in deviations of z
RIDGES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)       # how strongly the weights are held at 0


def variance_explained(z: Tensor, target: Tensor) -> float:
    """Return R² of `target`, predicted from z by the best of a family of smooth maps.

        R² = 1 - Σ |target - prediction|² / Σ |target - its mean|²

    z: (examples, latents);  target: (examples,) or (examples, numbers), the same order
    A kernel ridge regression with a Gaussian kernel learns from half of the examples;
    a quarter chooses its width and its ridge, and R² is of the last quarter, which
    nobody has seen. 1: z tells all of the target; 0 or just below: nothing. With a few
    hundred examples in each part it takes well under a second.
    """
    check_tensor("z", z, ("examples", "latents"))
    target = target.reshape(len(target), -1)
    check_tensor("target", target, (len(z), "numbers"))
    if len(z) < 8:
        raise ValueError(f"z holds {len(z)} examples; give at least 8, better a "
                         f"thousand, since a probe that learns from few finds little.")
    z, target = z.detach().cpu().double(), target.detach().cpu().double()
    half, most = len(z) // 2, len(z) * 3 // 4
    learn, choose, judge = slice(0, half), slice(half, most), slice(most, None)
    z = (z - z[learn].mean(0)) / z[learn].std(0).clamp(min=1e-9)
    start = target[learn].mean(0)
    square = torch.cdist(z, z[learn]).square()
    best = (-torch.inf, 0.0)
    for width in WIDTHS:
        kernel = torch.exp(-square / (2 * width ** 2))
        values, vectors = torch.linalg.eigh(kernel[learn])
        along = vectors.mT @ (target[learn] - start)
        for ridge in RIDGES:
            weights = vectors @ (along / (values.clamp(min=0) + ridge).unsqueeze(-1))
            guess = start + kernel @ weights
            best = max(best, (r_squared(guess[choose], target[choose]),
                              r_squared(guess[judge], target[judge])))
    return best[1]


def r_squared(guess: Tensor, target: Tensor) -> float:
    """Return 1 - Σ |target - guess|² / Σ |target - mean|²."""
    left = (target - guess).square().sum()
    return (1 - left / (target - target.mean(0)).square().sum()).item()
