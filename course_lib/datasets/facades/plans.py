"""Plans of facades: which part of a house each pixel shows. Lesson 09.

    sky, roof, cornices, walls with windows, sills and balconies, a door, a pavement

All lengths are in 1/32 of the picture's side.
"""

import torch
from torch import Tensor

PARTS = ("sky", "roof", "cornice", "wall", "window", "sill", "balcony", "door",
         "pavement")
SKY, ROOF, CORNICE, WALL, WINDOW, SILL, BALCONY, DOOR, PAVEMENT = range(len(PARTS))


class Plan:
    """A label map that rectangles are painted on, (size, size), uint8."""

    def __init__(self, size: int):
        self.scale = size / 32
        self.labels = torch.full((size, size), SKY, dtype=torch.uint8)

    def paint(self, part: int, top: float, left: float, bottom: float,
              right: float) -> None:
        """Paint a rectangle, at least one pixel high and wide."""
        top, left, bottom, right = (round(side * self.scale)
                                    for side in (top, left, bottom, right))
        self.labels[top:max(bottom, top + 1), left:max(right, left + 1)] = part


def draw_plan(size: int) -> Tensor:
    """Return the label map of a new house, by torch's global random state."""
    plan = Plan(size)
    left, right = between(0, 2), 32 - between(0, 2)
    top, ground = between(3, 7), 32 - between(1, 3)
    plan.paint(PAVEMENT, ground, 0, 32, 32)
    if coin(0.7):
        eaves = top + between(2, 4)
        plan.paint(ROOF, top, left, eaves, right)
        top = eaves
    plan.paint(WALL, top, left, ground, right)
    plan.paint(CORNICE, top, max(left - 1, 0), top + 1, min(right + 1, 32))
    draw_floors(plan, top + 1, left, ground, right)
    return plan.labels


def draw_floors(plan: Plan, top: float, left: float, ground: float,
                right: float) -> None:
    """Paint what is on a wall: windows in rows and columns, and the door."""
    floors = between(2, 4 if ground - top > 20 else 3)
    columns = between(2, 4)
    height, width = (ground - top) / floors, (right - left) / columns
    wide = min(between(3, 5), width - 1.5)
    door, cornices, sills = between(0, columns - 1), coin(0.4), coin(0.6)
    balconies = between(0, floors - 2) if coin(0.6) else -1     # on that floor
    for floor in range(floors):
        above = top + floor * height
        if cornices and floor:
            plan.paint(CORNICE, above - 0.5, left, above + 0.5, right)
        high = min(between(3, 5), height - 2.5)
        for column in range(columns):
            middle = left + (column + 0.5) * width
            sides = middle - wide / 2, middle + wide / 2
            if floor == floors - 1 and column == door:
                plan.paint(DOOR, ground - min(height - 1.2, 6.5), sides[0], ground,
                           sides[1])
                continue
            lintel = above + (height - high) / 2
            plan.paint(WINDOW, lintel, sides[0], lintel + high, sides[1])
            if floor == balconies:
                plan.paint(BALCONY, lintel + high - 1.5, sides[0] - 0.7,
                           lintel + high + 0.8, sides[1] + 0.7)
            elif sills:
                plan.paint(SILL, lintel + high, sides[0] - 0.5, lintel + high + 1,
                           sides[1] + 0.5)


def between(low: int, high: int) -> int:
    """Return a whole number from low to high, both included."""
    return int(torch.randint(low, max(high, low) + 1, ()))


def coin(chance: float) -> bool:
    """Return whether something of this chance happens."""
    return bool(torch.rand(()) < chance)
