"""Facades of brick: a plan nearly gives the colors, but no brick's place. Lesson 09.

What is left open is texture above all: L1 must blur it, and a critic of patches can see
that it is missing. All lengths are in pixels, whatever the picture's side.
"""

import torch
from torch import Tensor

from course_lib.datasets.facades import plans
from course_lib.datasets.facades.textures import (
    GRAIN,
    assembled,
    clouds,
    grain,
    hsv,
    uniform,
    windows,
)

BRICK = 4, 8                       # height and length of one with its mortar
LIT = 0.35                         # of the windows are lit
DOORS = (0.0, 0.33, 0.6)           # hues of paint: red, green, blue


def draw_pictures(labels: Tensor) -> Tensor:
    """Return a picture of each plan, (n, 3, size, size), in sRGB from about 0 to 1, by
    torch's global random state.

    labels: (n, size, size), numbers of `PARTS`
    """
    n, size = labels.shape[0], labels.shape[-1]
    row = torch.arange(size).view(1, size, 1).expand(n, size, size)
    column = row.transpose(1, 2)
    picture = assembled(labels, (
        sky(row), roof(row, column), stone(labels, plans.CORNICE), wall(row, column),
        glass(labels, row), stone(labels, plans.SILL), railing(row, column),
        door(column), pavement(row, column)))
    light = uniform(n, 0.92, 1.05).unsqueeze(1)
    return picture * light + GRAIN * torch.randn_like(picture)


def mortar(row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
    """Return which pixels are mortar between rows, and which between the bricks of a
    row; every second row is moved on by half a brick."""
    high, long = BRICK
    odd = row.div(high, rounding_mode="floor") % 2
    return row % high < 1, (column + odd * (long // 2)) % long < 1


def wall(row: Tensor, column: Tensor) -> Tensor:
    """Bricks of many tones in light mortar; where the first one begins is free."""
    n, (high, long) = len(row), BRICK
    row, column = row + uniform(n, 0, 2 * high).floor(), column + uniform(
        n, 0, long).floor()
    between_rows, within_rows = mortar(row, column)
    course = row.div(high, rounding_mode="floor")
    along = (column + course % 2 * (long // 2)).div(long, rounding_mode="floor")
    number = (course * 64 + along).long() % 4096
    tone = 0.05 * torch.randn(n, 4096).gather(1, number.flatten(1)).view(row.shape)
    clay = hsv(uniform(n, 0.02, 0.04), uniform(n, 0.6, 0.7), uniform(n, 0.6, 0.7))
    joint = uniform(n, 0.8, 0.9).unsqueeze(1)
    return torch.where((between_rows | within_rows).unsqueeze(1), joint,
                       clay + tone.unsqueeze(1)) + grain(row, 0.01)


def glass(labels: Tensor, row: Tensor) -> Tensor:
    """Panes with a white cross in them, dark with the sky in it; some are lit."""
    n, size = row.shape[:2]
    window, cross = windows(labels)
    dark = hsv(uniform(n, 0.56, 0.6), uniform(n, 0.4, 0.5), uniform(n, 0.2, 0.3))
    mirrored = 0.2 * (1 - row / size).unsqueeze(1)
    lit = (torch.rand(int(window.max()) + 1)[window] < LIT).unsqueeze(1)
    lamp = hsv(uniform(n, 0.12, 0.14), uniform(n, 0.5, 0.6), uniform(n, 0.95, 1.0))
    frame = uniform(n, 0.9, 1.0).unsqueeze(1)
    return torch.where(cross.unsqueeze(1), frame,
                       torch.where(lit, lamp, dark + mirrored))


def door(column: Tensor) -> Tensor:
    """Boards of one of three paints."""
    n = len(column)
    hue = torch.tensor(DOORS)[torch.randint(len(DOORS), (n,))].view(n, 1, 1)
    paint = hsv(hue + uniform(n, -0.02, 0.02), uniform(n, 0.7, 0.9),
                uniform(n, 0.4, 0.6))
    gap = (column + uniform(n, 0, 3).floor()) % 3 < 1
    return paint * (1 - 0.4 * gap.unsqueeze(1))


def stone(labels: Tensor, part: int) -> Tensor:
    """Light stone, in the shade where its part ends below."""
    n, here = len(labels), labels == part
    color = hsv(uniform(n, 0.1, 0.12), uniform(n, 0.1, 0.15), uniform(n, 0.85, 0.95))
    below = torch.cat([here[:, 1:], here[:, -1:]], 1)
    return color - 0.2 * (here & ~below).unsqueeze(1) + grain(labels.float(), 0.02)


def railing(row: Tensor, column: Tensor) -> Tensor:
    """Dark bars, one pixel wide, in front of a light wall."""
    n = len(row)
    bars = (column + uniform(n, 0, 2).floor()) % 2 < 1
    return torch.where(bars.unsqueeze(1), uniform(n, 0.05, 0.15).unsqueeze(1), 0.75)


def roof(row: Tensor, column: Tensor) -> Tensor:
    """Slates, four wide and three high, every second row moved on by half of one."""
    n = len(row)
    color = hsv(uniform(n, 0.56, 0.6), uniform(n, 0.2, 0.3), uniform(n, 0.4, 0.5))
    row = row + uniform(n, 0, 6).floor()
    odd = row.div(3, rounding_mode="floor") % 2
    edge = (row % 3 < 1) | ((column + uniform(n, 0, 4).floor() + 2 * odd) % 4 < 1)
    return color * (1 - 0.45 * edge.unsqueeze(1)) + grain(row, 0.02)


def sky(row: Tensor) -> Tensor:
    """Blue, paler towards the horizon, with faint clouds."""
    n, size = row.shape[:2]
    high = hsv(uniform(n, 0.56, 0.6), uniform(n, 0.4, 0.5), uniform(n, 0.85, 0.95))
    part = (2 * row / size).clamp(max=1).unsqueeze(1)
    return high + (0.55 - 0.6 * high) * part + 0.04 * clouds(n, size)


def pavement(row: Tensor, column: Tensor) -> Tensor:
    """Grey slabs, six pixels long."""
    n = len(row)
    gap = (column + uniform(n, 0, 6).floor()) % 6 < 1
    grey = uniform(n, 0.5, 0.6).unsqueeze(1) - 0.2 * gap.unsqueeze(1)
    return grey + grain(row, 0.03)
