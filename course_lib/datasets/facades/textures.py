"""What textures of facades are made of: grain, clouds, colors, panes. Lesson 09."""

import torch
from torch import Tensor

from course_lib.datasets.facades import plans

GRAIN = 0.02                       # std of the camera's noise, on every number


def assembled(labels: Tensor, textures: tuple[Tensor, ...]) -> Tensor:
    """Return pictures that show each part's texture, in the order of `PARTS`."""
    n, size = labels.shape[0], labels.shape[-1]
    picture = torch.zeros(n, 3, size, size)
    for part, texture in enumerate(textures):
        picture += texture * (labels == part).unsqueeze(1)
    return picture


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
