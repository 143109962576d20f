"""What a facade's parts look like: bricks or plaster, paint, glass, light. Lesson 09.

Everything that a plan leaves open is drawn here: for one plan there are as many
pictures as one likes, and `draw_pictures` is the law they follow.
"""

import torch
from torch import Tensor

from course_lib.datasets.facades import plans

GRAIN = 0.02                       # std of the camera's noise, on every number
LIT = 0.25                         # of the windows are lit
BRICK = 3, 6                       # height and length of one, in 1/32 of the side


def draw_pictures(labels: Tensor) -> Tensor:
    """Return a picture of each plan, (n, 3, size, size), in sRGB from about 0 to 1, by
    torch's global random state.

    labels: (n, size, size), numbers of `PARTS`
    """
    n, size = labels.shape[0], labels.shape[-1]
    row = torch.arange(size).view(1, size, 1).expand(n, size, size) * 32 / size
    column = row.transpose(1, 2)
    picture = assembled(labels, (
        sky(row), roof(row, column), stone(labels, plans.CORNICE), wall(row, column),
        glass(labels, row), stone(labels, plans.SILL), railing(row, column),
        door(labels, column), pavement(row)))
    across = uniform(n, -0.12, 0.12) * (column / 16 - 1)
    picture = picture * (uniform(n, 0.8, 1.1) + across).unsqueeze(1)
    return picture + GRAIN * torch.randn_like(picture)


def assembled(labels: Tensor, textures: tuple[Tensor, ...]) -> Tensor:
    """Return pictures that show each part's texture, in the order of `PARTS`."""
    n, size = labels.shape[0], labels.shape[-1]
    picture = torch.zeros(n, 3, size, size)
    for part, texture in enumerate(textures):
        picture += texture * (labels == part).unsqueeze(1)
    return picture


def wall(row: Tensor, column: Tensor) -> Tensor:
    """Bricks with their mortar, or plaster in any paint: half of the walls each."""
    n, size = row.shape[:2]
    high, long = BRICK
    course = row + uniform(n, 0, high).floor()
    place = column + uniform(n, 0, long).floor()
    odd = course.div(high, rounding_mode="floor") % 2
    mortar = (course % high < 1) | ((place + odd * long / 2) % long < 1)
    clay = hsv(uniform(n, 0.0, 0.08), uniform(n, 0.45, 0.7), uniform(n, 0.45, 0.7))
    joint = uniform(n, 0.55, 0.75).unsqueeze(1)
    bricks = torch.where(mortar.unsqueeze(1), joint, clay + grain(row, 0.05))
    paint = hsv(uniform(n, 0.0, 1.0), uniform(n, 0.1, 0.4), uniform(n, 0.65, 0.95))
    plaster = paint + grain(row, 0.025) + 0.04 * clouds(n, size)
    return torch.where((uniform(n, 0, 1) < 0.5).unsqueeze(1), bricks, plaster)


def glass(labels: Tensor, row: Tensor) -> Tensor:
    """Panes with a cross in them, dark with the sky in it; some are lit."""
    n, size = row.shape[:2]
    window, cross = windows(labels)
    dark = hsv(uniform(n, 0.52, 0.62), uniform(n, 0.2, 0.5), uniform(n, 0.15, 0.4))
    mirrored = uniform(n, 0.1, 0.4).unsqueeze(1) * (1 - row / 32).unsqueeze(1)
    drawn = torch.rand(int(window.max()) + 1)
    lit = (drawn[window] < LIT).unsqueeze(1)
    lamp = hsv(uniform(n, 0.1, 0.15), uniform(n, 0.3, 0.6), uniform(n, 0.85, 1.0))
    pane = torch.where(lit, lamp, dark + mirrored) + 0.06 * clouds(n, size)
    frame = uniform(n, 0.75, 1.0)
    frame = torch.where(uniform(n, 0, 1) < 0.3, frame - 0.6, frame).unsqueeze(1)
    return torch.where(cross.unsqueeze(1), frame, pane)


def windows(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return which window each pixel is in, 0 for none, and whether on its cross, both
    (n, size, size). Pixels that touch are one window."""
    from scipy.ndimage import find_objects, label

    number = torch.zeros(labels.shape, dtype=torch.int64)
    cross, found = torch.zeros(labels.shape, dtype=torch.bool), 0
    thick = max(1, labels.shape[-1] // 32)
    for i, panes in enumerate(labels == plans.WINDOW):
        here, count = label(panes.numpy())
        for k, (rows, columns) in enumerate(find_objects(here), 1):
            number[i, rows, columns][torch.from_numpy(here[rows, columns] == k)] = (
                found + k)
            middle = (columns.start + columns.stop - thick) // 2
            cross[i, rows, middle:middle + thick] = True
            if rows.stop - rows.start >= 4 * thick:
                beam = rows.start + (rows.stop - rows.start) // 3
                cross[i, beam:beam + thick, columns] = True
        found += count
    return number, cross & (labels == plans.WINDOW)


def door(labels: Tensor, column: Tensor) -> Tensor:
    """Boards of one bright paint."""
    n = len(column)
    paint = hsv(uniform(n, 0.0, 1.0), uniform(n, 0.4, 0.9), uniform(n, 0.25, 0.7))
    gap = (column + uniform(n, 0, 2).floor()) % 2 < 1
    return paint * (1 - 0.25 * gap.unsqueeze(1)) + grain(column, 0.02)


def stone(labels: Tensor, part: int) -> Tensor:
    """Light stone, in the shade where its part ends below."""
    n = len(labels)
    color = hsv(uniform(n, 0.08, 0.14), uniform(n, 0.05, 0.2), uniform(n, 0.7, 0.95))
    here = labels == part
    below = torch.cat([here[:, 1:], here[:, -1:]], 1)
    shade = 0.25 * (here & ~below).unsqueeze(1)
    return color - shade + grain(labels.float(), 0.03)


def railing(row: Tensor, column: Tensor) -> Tensor:
    """Bars in front of the dark, with a rail on every fourth row."""
    n = len(row)
    iron = hsv(uniform(n, 0.0, 1.0), uniform(n, 0.0, 0.3), uniform(n, 0.1, 0.95))
    bars = (column + uniform(n, 0, 2).floor()) % 2 < 1
    behind = uniform(n, 0.2, 0.45).unsqueeze(1)
    return torch.where(bars.unsqueeze(1), iron, behind) + grain(row, 0.02)


def roof(row: Tensor, column: Tensor) -> Tensor:
    """Tiles or slate, in rows two high."""
    n = len(row)
    tiles = hsv(uniform(n, 0.0, 0.06), uniform(n, 0.4, 0.7), uniform(n, 0.4, 0.65))
    slate = hsv(uniform(n, 0.55, 0.65), uniform(n, 0.05, 0.2), uniform(n, 0.25, 0.5))
    color = torch.where((uniform(n, 0, 1) < 0.5).unsqueeze(1), tiles, slate)
    edge = (row + uniform(n, 0, 2).floor()) % 2 < 1
    return color * (1 - 0.3 * edge.unsqueeze(1)) + grain(row, 0.04)


def sky(row: Tensor) -> Tensor:
    """Blue, grey or evening, paler towards the horizon, with clouds."""
    n, size = row.shape[:2]
    high = hsv(uniform(n, 0.54, 0.62), uniform(n, 0.05, 0.6), uniform(n, 0.6, 0.95))
    evening = hsv(uniform(n, 0.03, 0.1), uniform(n, 0.2, 0.5), uniform(n, 0.85, 1.0))
    low = torch.where((uniform(n, 0, 1) < 0.2).unsqueeze(1), evening, high * 0.5 + 0.45)
    part = (row / 12).clamp(max=1).unsqueeze(1)
    return high + (low - high) * part + 0.05 * clouds(n, size)


def pavement(row: Tensor) -> Tensor:
    """Grey, with grains."""
    n = len(row)
    grey = hsv(uniform(n, 0.0, 1.0), uniform(n, 0.0, 0.1), uniform(n, 0.35, 0.65))
    return grey + grain(row, 0.05)


def uniform(n: int, low: float, high: float) -> Tensor:
    """Return n numbers, uniform from low to high, (n, 1, 1)."""
    return low + (high - low) * torch.rand(n, 1, 1)


def grain(like: Tensor, std: float) -> Tensor:
    """Return grey noise, a number for a pixel, (n, 1, size, size)."""
    return std * torch.randn(like.shape).unsqueeze(1)


def clouds(n: int, size: int) -> Tensor:
    """Return smooth noise of std about 1, (n, 1, size, size)."""
    coarse = torch.randn(n, 1, 8, 8)
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic",
                                           align_corners=False)


def hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Return sRGB, (n, 3, 1, 1), of hue, saturation and value in [0, 1], (n, 1, 1)."""
    k = (torch.tensor([5.0, 3.0, 1.0]) + 6 * hue) % 6
    fall = torch.minimum(k, 4 - k).clamp(0, 1)
    return (value * (1 - saturation * fall)).movedim(2, 1).unsqueeze(-1)


