"""Pictures of one's own, from folders: pairs side by side, and two sides without pairs.

    SideBySide("facades", size=64)                 each file: the picture | its labels
    TwoFolders("horses", "zebras", size=64)        no pairs

The first is the usual layout of pix2pix data, such as the CMP facades; the second that
of CycleGAN's trainA and trainB. Lessons 09 and 10.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_choice, check_integer
from course_lib.color import clipped
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.indexed import SPLITS, IndexedWorld
from course_lib.datasets.unpaired import UnpairedWorld

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
HELD_OUT = 0.1                     # of the files, where the folder has no test split
SIDES = ("left", "right")


class SideBySide(IndexedWorld):
    """Pairs of pictures that lie side by side in one file.

    folder: with the files, or with folders train and test (or val) of them
    size:   pixels a side that pictures are resized to, a multiple of 8 from 16 to 512
    given:  the side that is x; the other one is y. "right" for the CMP facades, whose
            labels, as colors, are on the right

    x and y are (batch, 3, size, size), sRGB in [0, 1]. Without a folder for them, the
    last tenth of the files, by name, is held out. Raises `DataUnavailable`, in a
    sentence, for a folder that is not there or has no pictures, and ValueError for
    pictures that are not twice as wide as high.
    """

    def __init__(self, folder: str | Path, size: int = 64, given: str = "right"):
        self.folder, self.size = Path(folder), check_size(size)
        self.given = check_choice("given", given, SIDES)
        self.given_shape = self.y_shape = (3, size, size)
        self._files = split_files(self.folder)
        self._kept: dict[Path, Tensor] = {}

    def __repr__(self) -> str:
        return (f"SideBySide({str(self.folder)!r}, size={self.size}, "
                f"given={self.given!r})")

    def count(self, split: str = "train") -> int:
        return len(self._files[check_choice("split", split, SPLITS)])

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        files = self._files[check_choice("split", split, SPLITS)]
        both = torch.stack([self._read(files[i]) for i in index.tolist()])
        left, right = both[..., :self.size], both[..., self.size:]
        return (right, left) if self.given == "right" else (left, right)

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return pictures (..., size, size, 3) in [0, 1]."""
        return clipped(y)

    def _read(self, path: Path) -> Tensor:
        if path not in self._kept:
            picture = read_picture(path)
            if picture.width != 2 * picture.height:
                raise ValueError(f"{path} is {picture.width} x {picture.height}; give "
                                 f"files of two squares side by side.")
            self._kept[path] = resized(picture, (2 * self.size, self.size))
        return self._kept[path]


class TwoFolders(UnpairedWorld):
    """Two kinds of pictures without pairs, from two folders.

    x_folder, y_folder: of the two sides; they may hold different numbers of pictures
    size: pixels a side, a multiple of 8 from 16 to 512; of each picture the square in
          its middle is taken

    x and y are (batch, 3, size, size), sRGB in [0, 1]. Nobody knows the pairs, so there
    is no score. Raises as `SideBySide` does.
    """

    def __init__(self, x_folder: str | Path, y_folder: str | Path, size: int = 64):
        self.folders, self.size = {"x": Path(x_folder), "y": Path(y_folder)}, size
        self.given_shape = self.y_shape = (3, check_size(size), size)
        self._files = {side: split_files(folder)
                       for side, folder in self.folders.items()}
        self._kept: dict[Path, Tensor] = {}

    def __repr__(self) -> str:
        names = ", ".join(repr(str(folder)) for folder in self.folders.values())
        return f"TwoFolders({names}, size={self.size})"

    def draw_pairs(self, n: int, split: str, side: str) -> tuple[Tensor, Tensor]:
        files = self._files[side][split]
        chosen = torch.randint(len(files), (n,)).tolist()
        pictures = torch.stack([self._read(files[i]) for i in chosen])
        return pictures, pictures

    def pairs(self, n: int = 256, split: str = "test", seed: int = 0):
        raise ValueError(f"{self!r} has no pairs that anybody knows of; look at "
                         f"translations of batch(n, split=\"test\") instead.")

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return pictures (..., size, size, 3) in [0, 1]."""
        return clipped(y)

    def _read(self, path: Path) -> Tensor:
        if path not in self._kept:
            picture = read_picture(path)
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            square = picture.crop((left, top, left + side, top + side))
            self._kept[path] = resized(square, (self.size, self.size))
        return self._kept[path]


def split_files(folder: Path) -> dict[str, list[Path]]:
    """Return the picture files of each split, in the order of their names."""
    for held_out in ("test", "val"):
        if (folder / "train").is_dir() and (folder / held_out).is_dir():
            return {"train": pictures_in(folder / "train"),
                    "test": pictures_in(folder / held_out)}
    files = pictures_in(folder)
    kept = max(1, round(HELD_OUT * len(files)))
    if len(files) < 2:
        raise DataUnavailable(f"{folder} holds one picture; give at least two, one to "
                              f"learn from and one to look at.")
    return {"train": files[:-kept], "test": files[-kept:]}


def pictures_in(folder: Path) -> list[Path]:
    """Return the picture files of a folder; raises DataUnavailable for none."""
    if not folder.is_dir():
        raise DataUnavailable(f"There is no folder {folder}; give the path of one with "
                              f"pictures in it.")
    files = sorted(path for path in folder.iterdir()
                   if path.suffix.lower() in ENDINGS)
    if not files:
        raise DataUnavailable(f"{folder} holds no pictures; put files in it that end "
                              f"in {', '.join(ENDINGS)}.")
    return files


def read_picture(path: Path):
    """Return an sRGB picture; raises DataUnavailable for a file that is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise DataUnavailable(f"{path} could not be read as a picture ({error}); "
                              f"replace it or take it away.") from error


def resized(picture, size: tuple[int, int]) -> Tensor:
    """Return a picture at another size, (3, height, width) in [0, 1]."""
    from PIL import Image

    pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), np.float32)
    return torch.from_numpy(pixels / 255).movedim(-1, 0).contiguous()


def check_size(size: int) -> int:
    """Return a side that networks can halve three times."""
    if check_integer("size", size, 16, 512) % 8:
        raise ValueError(f"size is {size}; give a multiple of 8 from 16 to 512.")
    return size
