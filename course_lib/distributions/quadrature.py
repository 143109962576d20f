"""Integrals over one or two latents, on grids that close in on where the mass is."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks import check_integer

POINTS = {1: 129, 2: 33}           # a side of the grid; they are visited to this power
REACH = 6.0                        # std of what was found, to each side of the next box


def log_integral(log_density: Callable[[Tensor], Tensor], low: Tensor, high: Tensor,
                 points: int | None = None, rounds: int = 3) -> Tensor:
    """Return log ∫ exp(log_density(z)) dz over a box, (batch,), in nats.

    log_density: of z (n, batch, dimensions), to (n, batch)
    low, high:   the corners of each integral's own box, (batch, dimensions)
    points:      of the grid along each dimension, by the midpoint rule
    rounds:      how many grids: each covers what of the one before had the mass, its
                 mean and six std to each side and two cells more

    A density may be thousands of nats high and as narrow as a cell of the first grid.
    It must have one mass, or several of which the first grid sees all. One that ends
    abruptly is integrated to about half a cell, 1 / (2 · points) of its width.
    Raises ValueError, in a sentence, for more dimensions than two.
    """
    dimensions = low.shape[-1]
    if dimensions not in POINTS:
        raise ValueError(f"the integral is over {dimensions} latents and a grid has "
                         f"points^{dimensions} places; take a model of 1 or 2 latents, "
                         f"or importance_weighted_bound.")
    points = check_integer("points", points or POINTS[dimensions], 2)
    check_integer("rounds", rounds, 1)
    share = (torch.arange(points, dtype=low.dtype, device=low.device) + 0.5) / points
    share = torch.cartesian_prod(*[share] * dimensions).view(-1, 1, dimensions)
    for remaining in reversed(range(rounds)):
        z = low + (high - low) * share                     # (n, batch, dimensions)
        log_mass = log_density(z)
        if remaining:
            low, high = closer(z, log_mass, low, high, (high - low) / points)
    volume = (high - low).log().sum(-1) - dimensions * math.log(points)
    return log_mass.logsumexp(0) + volume


def closer(z: Tensor, log_mass: Tensor, low: Tensor, high: Tensor,
           cell: Tensor) -> tuple[Tensor, Tensor]:
    """Return the corners of the box, inside the old one, that holds the mass."""
    weight = log_mass.softmax(0).unsqueeze(-1)
    mean = (weight * z).sum(0)
    std = (weight * (z - mean).square()).sum(0).sqrt()
    reach = REACH * std + 2 * cell
    return torch.maximum(low, mean - reach), torch.minimum(high, mean + reach)
