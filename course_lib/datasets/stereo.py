"""Stereo: how far away each pixel is, from one eye or two. A real scene, lesson 11.

Two cameras side by side took the picture that ships inside scikit-image. What is near
moves far from one picture to the other: by its disparity, in pixels, which was measured
(Scharstein et al., "High-resolution stereo datasets with subpixel-accurate ground
truth", 2014). data/README.md names authors and licence.
"""

from functools import cache, lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_choice, check_integer
from course_lib.color import clipped
from course_lib.contract import seeded
from course_lib.datasets.base import check_side
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.indexed import IndexedWorld

SHRINK = 4                         # pixels of the photographs that make one of ours
STEPS = 16                         # disparities: 0 to 15 pixels of ours
EDGE = 120                         # columns left of it are to train on
PATCHES = {"train": 8192, "test": 512}


class Stereo(IndexedWorld):
    """Patches of a stereo pair: x is what one eye sees, or two; y is the disparity.

    eyes: 1 gives the left picture, (batch, 3, size, size), in [0, 1]; 2 gives 16
          channels more: how unlike the left picture is to the right one when that is
          moved by 0 … 15 pixels, summed over the colors, in [0, 3]
    size: side of a patch, a multiple of 4 from 16 to 48
    seed: of the choice of the patches

    y is (batch, 1, size, size): the disparity in whole pixels, 0 to 15, over 15. How
    far the right camera is turned is unknown, and differs from patch to patch: that
    adds the same number of pixels to every disparity of a patch. So one eye can see
    which surface is in front, and never how far away the patch as a whole is; two can.

    The left part of the scene is to train on, the right part is held out. Half of the
    patches are upside down, and of those to train on the colors change places, since
    one scene is little to learn from. Raises DataUnavailable, in a sentence, without
    the photographs.
    """

    levels, _counts = STEPS, PATCHES

    def __init__(self, eyes: int = 2, size: int = 32, seed: int = 0):
        self.eyes = check_integer("eyes", eyes, 1, 2)
        self.size = check_side(size, 16, 48, multiple=4)
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self.given_shape = (3 if eyes == 1 else 3 + STEPS, size, size)
        self.y_shape = (1, size, size)

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        left, right, disparity = self.pictures(index, split)
        x = left if self.eyes == 1 else torch.cat([left, unlikeness(left, right)], 1)
        return x, disparity[:, None] / (STEPS - 1)

    def pictures(self, index: Tensor,
                 split: str = "train") -> tuple[Tensor, Tensor, Tensor]:
        """Return both pictures, (batch, 3, size, size), and the disparity in whole
        pixels, (batch, size, size), of the pairs whose numbers are `index`."""
        check_choice("split", split, PATCHES)
        draws = draws_of(split, self.size, self.seed)
        one_eye, other_eye, depth = scene()
        top, left, turn, flip = (draws[name][index][:, None, None]
                                 for name in ("top", "left", "turn", "flip"))
        order = draws["order"][index][:, :, None, None]
        side = torch.arange(self.size)
        down = torch.where(flip, self.size - 1 - side[:, None], side[:, None]) + top
        across = left + side[None, None]
        one, other = down[:, None], across[:, None]
        return (one_eye[order, one, other],
                other_eye[order, one, other - turn[:, None]],
                (depth[down, across] - turn).floor())

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return what the left eye sees, (..., size, size, 3) in [0, 1]."""
        return clipped(x[..., :3, :, :])


@lru_cache(8)
def draws_of(split: str, size: int, seed: int) -> dict[str, Tensor]:
    """Return which patches there are: place, turn, upside down, order of colors."""
    count, train = PATCHES[split], split == "train"
    with seeded(seed + 2**31 * (not train)):
        uniform = torch.rand(4, count)
        order = (torch.rand(count, 3).argsort(1) if train
                 else torch.arange(3).expand(count, 3))
    *_, seen = scene()
    height, width = seen.shape
    low, high = (0, EDGE) if train else (EDGE, width)
    top = (uniform[0] * (height - size + 1)).long()
    left = low + (uniform[1] * (high - low - size + 1)).long()
    # What the right picture shows there is the left one's, 0 to 15 further on.
    least = torch.empty(count, dtype=torch.int64)
    most = torch.empty(count, dtype=torch.int64)
    for i, (row, column) in enumerate(zip(top.tolist(), left.tolist())):
        patch = seen[row:row + size, column:column + size]
        least[i] = max(int(patch.max()) - (STEPS - 1), column + size - high)
        most[i] = min(int(patch.min()), column - max(low - STEPS, 0))
    turn = least + (uniform[2] * (most - least + 1)).long()
    return {"top": top, "left": left, "turn": turn, "flip": uniform[3] < 0.5,
            "order": order}


def unlikeness(left: Tensor, right: Tensor) -> Tensor:
    """Return how unlike the left picture is to the right one, moved by 0 … 15 pixels.

    left, right: (batch, 3, height, width)
    The answer is (batch, 16, height, width), the sum of |difference| over the colors;
    where the moved picture has ended, its last column stands in.
    """
    column = torch.arange(left.shape[-1])
    moved = (column - torch.arange(STEPS)[:, None]).clamp(min=0)      # (16, width)
    return (left.unsqueeze(-2) - right[..., moved]).abs().sum(1).movedim(-2, 1)


def best_match(x: Tensor, across: int = 5) -> Tensor:
    """Return the disparity where the two pictures agree best, (batch, 1, h, w), as y.

    x:      of `Stereo(eyes=2)`
    across: side of the square that is compared around each pixel, in pixels
    What engineers wrote before anything was learned: block matching.
    """
    unlike = functional.avg_pool2d(x[:, 3:], across, 1, across // 2)
    return unlike.argmin(1, keepdim=True) / (STEPS - 1)


def unseen(y: Tensor) -> Tensor:
    """Return which pixels the right eye cannot see, the shape of y: what is hidden
    behind something nearer, and what lies outside of its patch.

    y: disparities over 15, (..., 1, h, w)"""
    disparity = (y * (STEPS - 1)).round()
    hidden = torch.arange(y.shape[-1]) < disparity
    for right in range(1, STEPS):          # a nearer pixel there takes the same place
        nearer = disparity[..., right:] - disparity[..., :-right] == right
        hidden[..., :-right] |= nearer
    return hidden


@cache
def scene() -> tuple[Tensor, Tensor, Tensor]:
    """Return what was seen, left and right, (3, h, w) in sRGB, and the disparity,
    (h, w): a quarter of its size in height and width.

    Raises DataUnavailable if the library that it ships with has lost it."""
    try:
        from skimage import data
        from skimage.transform import downscale_local_mean

        left, right, disparity = data.stereo_motorcycle()
    except (OSError, ImportError, AttributeError, ValueError) as error:
        raise DataUnavailable(
            f"the stereo pair cannot be read ({error}); it ships inside scikit-image, "
            f"so reinstall that.") from error
    height, width = (side // SHRINK * SHRINK for side in disparity.shape)
    small = [torch.from_numpy(downscale_local_mean(
        picture[:height, :width] / 255, (SHRINK, SHRINK, 1)).astype(np.float32))
        for picture in (left, right)]
    return (small[0].movedim(-1, 0), small[1].movedim(-1, 0),
            shrunk(disparity[:height, :width]) / SHRINK)


def shrunk(disparity: np.ndarray) -> Tensor:
    """Return the median of the known disparities in each block; where none is known,
    the smaller of those beside it: what one camera alone sees lies behind."""
    height, width = (side // SHRINK for side in disparity.shape)
    blocks = disparity.reshape(height, SHRINK, width, SHRINK).swapaxes(1, 2)
    blocks = np.where(np.isfinite(blocks), blocks, np.nan).reshape(height, width, -1)
    known = np.isfinite(blocks).any(-1)
    blocks[~known] = 0.0                                   # which are filled below
    median = np.nanmedian(blocks, -1)
    for row, is_known in zip(median, known):
        places = np.flatnonzero(is_known)
        for column in np.flatnonzero(~is_known):
            beside = [*places[places < column][-1:], *places[places > column][:1]]
            row[column] = row[beside].min()
    return torch.from_numpy(median.astype(np.float32))
