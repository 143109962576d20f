"""Are these walls of brick? Is a joint half a brick from those above it? Lesson 09.

A picture may begin its bricks anywhere, so all 64 beginnings are tried, and the best
one counts. It holds for the whole wall: bricks in bits and pieces score low.
"""

import torch
from torch import Tensor

from course_lib.datasets.facades.bricks import BRICK, mortar
from course_lib.datasets.facades.plans import WALL

SMALL = 1e-3                       # a deviation below shows no bricks


def joints(size: int) -> tuple[Tensor, Tensor]:
    """Return where a wall has its joints within rows, and the places half a brick on,
    for each beginning, (beginnings, size, size) twice."""
    high, long = BRICK
    down, across = (k.reshape(-1, 1, 1) for k in torch.meshgrid(
        torch.arange(2 * high), torch.arange(long), indexing="ij"))
    row = (torch.arange(size).view(1, size, 1) + down).expand(-1, size, size)
    column = (torch.arange(size) + across).expand(-1, size, size)
    between, within = mortar(row, column)
    _, half_on = mortar(row, column + long // 2)
    return within & ~between, half_on & ~between


def bond(pictures: Tensor, labels: Tensor) -> Tensor:
    """Return by how much joints are lighter than the places half a brick on, (n,), in
    standard deviations of the wall's lightness, for the beginning that fits best.

    Bare rows of mortar give about 0, and so does a grid whose joints lie below each
    other. pictures: (n, 3, size, size);  labels: (n, size, size), numbers of `PARTS`
    """
    wall = (labels == WALL).double()
    count = wall.sum((1, 2), keepdim=True).clamp(min=1)
    light = pictures.mean(1).double() * wall
    light = (light - light.sum((1, 2), keepdim=True) / count) * wall
    std = (light.square().sum((1, 2)) / count.flatten()).sqrt().clamp(min=SMALL)

    def mean(places: Tensor) -> Tensor:
        at = places.double().flatten(1).T
        return light.flatten(1) @ at / (wall.flatten(1) @ at).clamp(min=1)

    here, half_on = map(mean, joints(labels.shape[-1]))
    return (here - half_on).amax(1) / std
