"""Pictures of one's own, from folders: pairs side by side, and two sides without pairs.

    SideBySide("facades", size=64)                 each file: the picture | its labels
    TwoFolders("horse2zebra/trainA", "horse2zebra/trainB", size=64)        no pairs

The first is the usual layout of pix2pix data, such as the CMP facades; the second that
of CycleGAN's, whose testA and testB beside them are held out. Lessons 09 and 10.
"""

import os
from typing import NoReturn

import torch
from PIL import Image
from torch import Tensor

from course_lib.checks import check_choice, check_integer
from course_lib.datasets.base import SPLITS, check_side
from course_lib.datasets.indexed import IndexedWorld
from course_lib.datasets.picture_files import PictureFolder
from course_lib.datasets.unpaired import UnpairedWorld

SIDES = ("left", "right")
LANCZOS = Image.Resampling.LANCZOS


class SideBySide(IndexedWorld):
    """Pairs of pictures that lie side by side in one file, two squares.

    folder: as in `PictureFolder`, for instance with folders train and test (or val)
    size:   pixels a side that pictures are resized to, a multiple of 8 from 16 to 512
    given:  the side that is x; the other one is y. "right" for the CMP facades, whose
            labels, as colors, are on the right

    x and y are (batch, 3, size, size), sRGB in [0, 1]. The folder is looked through
    here: files that are no pictures or not twice as wide as high are left out, with a
    warning. Raises `DataUnavailable`, in a sentence, where no two are left.
    """

    def __init__(self, folder: str | os.PathLike[str], size: int = 64,
                 given: str = "right"):
        self.size = check_side(size, 16, 512)
        self.given = check_choice("given", given, SIDES)
        self.given_shape = self.y_shape = (3, self.size, self.size)
        self.pictures = PictureFolder(folder, self._fit)
        self.folder = str(self.pictures.folder)
        self._counts = {split: len(files)
                        for split, files in self.pictures.files.items()}

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        check_choice("split", split, SPLITS)
        both = self.pictures.stack(index.tolist(), split)
        left, right = both[..., :self.size], both[..., self.size:]
        return (right, left) if self.given == "right" else (left, right)

    def held_out(self, n: int = 256) -> tuple[Tensor, Tensor]:
        """Return the first n test pairs, each once; all of them where there are fewer,
        since a folder has what it has."""
        return super().held_out(min(check_integer("n", n, 1), self.count("test")))

    def _fit(self, picture: Image.Image) -> Image.Image:
        width, height = picture.size
        if width != 2 * height:
            raise ValueError(f"is {width} x {height}, not two squares side by side")
        return picture.resize((2 * self.size, self.size), LANCZOS)


class TwoFolders(UnpairedWorld):
    """Two kinds of pictures without pairs, from two folders.

    x_folder, y_folder: of the two sides, as in `PictureFolder`, for instance trainA and
          trainB; they may hold different numbers of pictures
    size: pixels a side, a multiple of 8 from 16 to 512; of each picture the square in
          its middle is taken

    x and y are (batch, 3, size, size), sRGB in [0, 1]. Nobody knows the pairs, so there
    is no score. Warns and raises as `SideBySide` does.
    """

    def __init__(self, x_folder: str | os.PathLike[str],
                 y_folder: str | os.PathLike[str], size: int = 64):
        self.size = check_side(size, 16, 512)
        self.given_shape = self.y_shape = (3, self.size, self.size)
        self.pictures = {"x": PictureFolder(x_folder, self._fit),
                         "y": PictureFolder(y_folder, self._fit)}
        self.x_folder, self.y_folder = (str(side.folder)
                                        for side in self.pictures.values())

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        x, y = (side.stack(torch.randint(len(side.files[split]), (n,)).tolist(), split)
                for side in self.pictures.values())
        return x, y

    def pairs(self, n: int = 256, split: str = "test", seed: int = 0) -> NoReturn:
        raise ValueError(f"{self!r} has no pairs that anybody knows of; look at "
                         f"translations of batch(n, split=\"test\") instead.")

    def _fit(self, picture: Image.Image) -> Image.Image:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.crop((left, top, left + side, top + side))
        return square.resize((self.size, self.size), LANCZOS)
