"""Photos: patches of real photographs, for colorization; no truth is known here.

The photographs ship inside scikit-image and scikit-learn, so nothing is fetched;
data/README.md names their authors and licences. Each is halved in size, so that a
patch of 32 x 32 shows something and the coarser chroma of a JPEG does no harm.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_choice, check_integer
from course_lib.color import CHROMA_SCALE, LIGHTNESS_SCALE, image_to_rgb, rgb_to_lab
from course_lib.datasets.base import SPLITS
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.indexed import IndexedWorld

# Photographs are held out whole: two patches of one photograph share its colors.
PHOTOGRAPHS = {"train": ("astronaut", "coffee", "china", "rocket"),
               "test": ("chelsea", "flower")}
PATCHES = {"train": 16384, "test": 2048}


class Photos(IndexedWorld):
    """Photographs as a world, lightness -> chroma, in patches.

    x: (batch, 1, size, size), lightness L / 100 in [0, 1]
    y: (batch, 2, size, size), chroma ab / 40, about -2 to 2

    A patch is a photograph, a place in it and whether it is mirrored, all uniform;
    there are 16,384 of them to train on and 2,048 held out, of other photographs.

    size: side of a patch, 16 to 128
    seed: of the choice of the patches
    Lessons 02 and 03.
    """

    _counts = PATCHES

    def __init__(self, size: int = 32, seed: int = 0):
        self.size = check_integer("size", size, 16, 128)
        self.seed = check_integer("seed", seed, 0, 2**63 - 1)
        self.given_shape, self.y_shape = (1, size, size), (2, size, size)
        generator = torch.Generator().manual_seed(seed)
        self._draws = {split: torch.rand(PATCHES[split], 4, generator=generator)
                       for split in SPLITS}

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        check_choice("split", split, SPLITS)
        draws = self._draws[split][index].tolist()
        patches = torch.stack([self._patch(split, *draw) for draw in draws])
        return patches[:, :1], patches[:, 1:]

    def _patch(self, split: str, which: float, top: float, left: float,
               mirror: float) -> Tensor:
        """Return the patch (3, size, size) that four numbers in [0, 1) pick."""
        names = PHOTOGRAPHS[split]
        image = scaled_lab(names[int(which * len(names))])
        row = int(top * (image.shape[1] - self.size + 1))
        column = int(left * (image.shape[2] - self.size + 1))
        patch = image[:, row:row + self.size, column:column + self.size]
        return patch.flip(-1) if mirror < 0.5 else patch

    def photograph(self, name: str) -> tuple[Tensor, Tensor]:
        """Return x, (1, 1, height, width), and y, (1, 2, height, width), of a whole
        photograph, cut at its edges to multiples of 8, as networks ask for."""
        image = scaled_lab(check_choice("name", name, sum(PHOTOGRAPHS.values(), ())))
        height, width = (side - side % 8 for side in image.shape[1:])
        top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
        image = image[None, :, top:top + height, left:left + width].clone()
        return image[:, :1], image[:, 1:]

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return sRGB pictures, (..., size, size, 3) in [0, 1]; y may have more
        leading dimensions than x, as samples do."""
        return image_to_rgb(x, y)


@cache
def scaled_lab(name: str) -> Tensor:
    """Return a photograph as (3, height, width): L / 100, a / 40, b / 40."""
    lab = rgb_to_lab(read_photograph(name))
    scale = np.array([LIGHTNESS_SCALE, CHROMA_SCALE, CHROMA_SCALE])
    image = torch.from_numpy((lab / scale).astype(np.float32))
    return image.movedim(-1, 0).contiguous()


def read_photograph(name: str) -> np.ndarray:
    """Return a photograph at half its size, sRGB, (height, width, 3) in [0, 1].

    Raises DataUnavailable if the library that it ships with has lost it."""
    from skimage.transform import downscale_local_mean

    pixels = original(name)
    even = pixels[:pixels.shape[0] // 2 * 2, :pixels.shape[1] // 2 * 2]
    return downscale_local_mean(even, (2, 2, 1)) / 255


def original(name: str) -> np.ndarray:
    """Return a photograph as it ships, (height, width, 3), uint8."""
    library = "scikit-learn" if name in ("china", "flower") else "scikit-image"
    try:
        if library == "scikit-learn":
            from sklearn.datasets import load_sample_image

            return load_sample_image(f"{name}.jpg")
        from skimage import data

        return getattr(data, name)()
    except (OSError, ImportError, AttributeError, KeyError) as error:
        raise DataUnavailable(
            f"The photograph {name!r}, which ships inside {library}, could not be read "
            f"({error}); install {library} anew.") from error
