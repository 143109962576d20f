"""Two painters: patches of photographs, and the same patches painted, without pairs.

The painter works by a rule that is written down here, so what a photograph should
become is known to the last pixel:

    strokes    every pixel takes the mean color of the calmest of the four squares that
               it is a corner of (Kuwahara's filter)
    palette    two thirds of every color become the paint for its lightness, mixed of
               the two paints next to it

Source of the strokes: M. Kuwahara et al., Processing of RI-angiocardiographic images,
1976.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_integer
from course_lib.color import LUMA
from course_lib.datasets.photos import PHOTOGRAPHS, read_photograph
from course_lib.datasets.unpaired import UnpairedWorld

REACH = 2                          # pixels from a corner of a square to the other
PAINTED = 2 / 3                    # of a color that is paint
PAINTS = (                         # sRGB, for lightness 0, 1/4, 1/2, 3/4 and 1
    (0.10, 0.06, 0.25),            # indigo
    (0.20, 0.25, 0.55),            # ultramarine
    (0.75, 0.35, 0.20),            # sienna
    (0.95, 0.75, 0.35),            # ochre
    (0.99, 0.95, 0.85))            # cream


def paint(picture: np.ndarray, reach: int = REACH) -> np.ndarray:
    """Return the painted picture, (height, width, 3) in [0, 1], of an sRGB one."""
    return mix(strokes(picture, reach))


def strokes(picture: np.ndarray, reach: int = REACH) -> np.ndarray:
    """Return each pixel's mean color over the calmest of its four squares."""
    from scipy.ndimage import uniform_filter

    side = reach + 1
    grey = picture @ np.array(LUMA)
    mean = uniform_filter(picture, (side, side, 1), mode="nearest")
    variance = (uniform_filter(grey ** 2, side, mode="nearest")
              - uniform_filter(grey, side, mode="nearest") ** 2)
    rows, columns = np.indices(grey.shape)
    means, variances = [], []
    for down in (-1, 1):
        for across in (-1, 1):
            # of an even side the filter's middle is the later of the two in the middle
            row = rows + (side // 2 if down > 0 else (side // 2 - reach))
            column = columns + (side // 2 if across > 0 else (side // 2 - reach))
            row = row.clip(0, grey.shape[0] - 1)
            column = column.clip(0, grey.shape[1] - 1)
            means.append(mean[row, column])
            variances.append(variance[row, column])
    calmest = np.stack(variances).argmin(0)
    return np.take_along_axis(np.stack(means), calmest[None, ..., None], 0)[0]


def mix(picture: np.ndarray) -> np.ndarray:
    """Return a picture whose colors are two thirds paint."""
    grey = picture @ np.array(LUMA)
    at = np.linspace(0, 1, len(PAINTS))
    paints = np.stack([np.interp(grey, at, channel) for channel in zip(*PAINTS)], -1)
    return PAINTED * paints + (1 - PAINTED) * picture


class Painters(UnpairedWorld):
    """Patches of photographs and of paintings; the paintings show other places of the
    same photographs, so that the right map does make the two sides alike.

    size: side of a patch, 16 to 64
    seed: which blocks of a photograph are on which side

    x and y are (batch, 3, size, size), sRGB in [0, 1]. Every photograph is cut into
    blocks of twice the size; half of them give x, the others y. Pairs of the test split
    are of other photographs; of the train split, of the blocks that give x.
    """

    def __init__(self, size: int = 32, seed: int = 0):
        self.size = check_integer("size", size, 16, 64)
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self.given_shape = self.y_shape = (3, size, size)
        self._blocks = {}
        for split, names in PHOTOGRAPHS.items():
            blocks = [block for name in names for block in blocks_of(name, 2 * size)]
            order = torch.randperm(len(blocks),
                                   generator=torch.Generator().manual_seed(seed))
            blocks = [blocks[i] for i in order.tolist()]
            half = len(blocks) // 2 if split == "train" else 0
            self._blocks[split] = {"x": blocks[half:], "y": blocks[:half] or blocks}

    def draw_pairs(self, n: int, split: str, side: str) -> tuple[Tensor, Tensor]:
        blocks, patches = self._blocks[split][side], []
        which = torch.randint(len(blocks), (n,)).tolist()
        shifts = torch.randint(self.size + 1, (n, 2)).tolist()
        mirrored = (torch.rand(n) < 0.5).tolist()
        for block, (down, across), mirror in zip(which, shifts, mirrored):
            name, row, column = blocks[block]
            row, column = row + down, column + across
            patch = both_sides(name)[:, row:row + self.size, column:column + self.size]
            patches.append(patch.flip(-1) if mirror else patch)
        both = torch.stack(patches)
        return both[:, :3], both[:, 3:]

    def photograph(self, name: str) -> tuple[Tensor, Tensor]:
        """Return a whole photograph and its painting, (1, 3, height, width) each, cut
        to multiples of 8."""
        both = both_sides(name)
        height, width = (side - side % 8 for side in both.shape[1:])
        both = both[None, :, :height, :width].clone()
        return both[:, :3], both[:, 3:]


def blocks_of(name: str, side: int) -> list[tuple[str, int, int]]:
    """Return the blocks that a photograph is cut into, by their upper left corners."""
    rows, columns = (range(0, length - side + 1, side)
                     for length in both_sides(name).shape[1:])
    return [(name, row, column) for row in rows for column in columns]


@cache
def both_sides(name: str) -> Tensor:
    """Return a photograph above its painting, (6, height, width)."""
    picture = read_photograph(name)
    both = np.concatenate([picture, paint(picture)], -1)
    return torch.from_numpy(both.astype(np.float32)).movedim(-1, 0).contiguous()
