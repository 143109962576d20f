"""Picture files of one's own: which files of a folder are pictures, and their pixels.

A folder is looked through once, when its world is made: whatever cannot be used is left
out then, and one warning says what and why.
"""

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from course_lib.datasets.files import DataUnavailable, user_path
from course_lib.progress import progress_bar

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
HELD_OUT = 0.1                     # of the pictures, where no folder is for the test
KEPT_BYTES = 2**30                 # of a folder's pictures in memory; others are reread
NAMED = 3                          # files that a warning names


class PictureFolder:
    """The pictures of one folder, split in two, all of one size.

    folder: with the files, or with folders train and test (or val) of them; the test
            pictures of a folder such as trainA are in testA (or valA) beside it. Where
            there is no such folder, the last tenth of the files, by name, is held out
    fit:    brings a picture to the size that is wanted; raises ValueError, with the
            rest of a sentence that begins "the picture", for one that it cannot use

    Raises DataUnavailable, in a sentence, where no two pictures can be used.
    """

    def __init__(self, folder: str | os.PathLike[str],
                 fit: Callable[[Image.Image], Image.Image]):
        self.folder = user_path("folder", folder)
        self._fit = fit
        self._kept: dict[Path, Tensor] = {}
        train, test = find_pictures(self.folder)
        faults = self._faults(train + test)
        said = left_out(self.folder, faults, len(train + test)) if faults else ""
        train, test = ([path for path in paths if path not in faults]
                       for paths in (train, test))
        if not test:
            held_out = max(1, round(HELD_OUT * len(train)))
            train, test = train[:-held_out], train[-held_out:]
        if not train:
            raise DataUnavailable(f"{self.folder} holds too few pictures; give two or "
                                  f"more, some to learn from and some to look at. "
                                  f"{said}".rstrip())
        if said:
            warnings.warn(said, stacklevel=3)
        self.files = {"train": train, "test": test}

    def _faults(self, paths: list[Path]) -> dict[Path, str]:
        """Look through all files; return what is wrong with those it cannot use."""
        faults = {}
        with progress_bar(len(paths), 0, True, "pictures", delay=1.0) as bar:
            for path in paths:
                try:
                    self._read(path)
                except ValueError as fault:
                    faults[path] = str(fault)
                bar.update()
        return faults

    def stack(self, numbers: list[int], split: str) -> Tensor:
        """Return pictures by their numbers, (numbers, 3, height, width) in [0, 1]."""
        files = self.files[split]
        return torch.stack([self._picture(files[i]) for i in numbers]).float() / 255

    def _picture(self, path: Path) -> Tensor:
        try:
            return self._read(path)
        except ValueError as fault:
            raise DataUnavailable(f"{path} was a picture when its folder was looked "
                                  f"through and now {fault}; put it back.") from fault

    def _read(self, path: Path) -> Tensor:
        """Return the bytes of a picture, (3, height, width); raises ValueError."""
        if path in self._kept:
            return self._kept[path]
        pixels = np.array(self._fit(read_picture(path)))
        picture = torch.from_numpy(pixels).movedim(-1, 0).contiguous()
        # Draws are uniform, so the first that fit are as good to keep as any others.
        if (len(self._kept) + 1) * picture.nbytes <= KEPT_BYTES:
            self._kept[path] = picture
        return picture


def find_pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files to learn from, and those that a folder of their own holds out.

    Raises DataUnavailable where there are none to learn from."""
    inside = folder / "train"
    train = inside if os.path.isdir(inside) and pictures_in(inside) else folder
    if not (files := pictures_in(train)):
        inner = ", ".join(path.name for path in sorted(folder.iterdir())
                          if os.path.isdir(path) and not path.name.startswith("."))
        raise DataUnavailable(
            f"{folder} holds no pictures; expected are files such as "
            f"{folder / '1.jpg'}, or {inside / '1.jpg'} and "
            f"{folder / 'test' / '2.jpg'}, that end in {', '.join(ENDINGS)}"
            f"{f'. It holds the folders {inner}: name one of them' if inner else ''}.")
    if train.name.startswith("train"):
        for split in ("test", "val"):
            beside = train.with_name(split + train.name.removeprefix("train"))
            if os.path.isdir(beside) and (held_out := pictures_in(beside)):
                return files, held_out
    return files, []


def pictures_in(folder: Path) -> list[Path]:
    """Return the picture files of a folder, 9.png before 10.png, no hidden ones."""
    try:
        # A link that leads nowhere is a file whose picture is missing.
        return sorted((path for path in folder.iterdir()
                       if path.suffix.lower() in ENDINGS
                       and not path.name.startswith(".")
                       and (os.path.isfile(path) or not os.path.exists(path))),
                      key=by_number)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataUnavailable(f"There is no folder {folder}; give the path of one with "
                              f"pictures in it.") from error
    except OSError as error:
        raise DataUnavailable(f"The folder {folder} cannot be read ({error.strerror}); "
                              f"make it readable, or name another.") from error


def by_number(path: Path) -> tuple[list[str | int], str]:
    """Return what to sort files by: numbers in their names count as numbers."""
    parts = re.split(r"(\d+)", path.name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], path.name


def read_picture(path: Path) -> Image.Image:
    """Return an sRGB picture, 8 bits a channel, the way up that a viewer shows it.

    Grey of 16 bits keeps its values; what is transparent lies on white. Raises
    ValueError, with the rest of a sentence, for whatever a file may hold."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as picture:
            return upright_rgb(picture)
    except UnidentifiedImageError as error:
        raise ValueError("is no picture that Pillow knows") from error
    except Exception as error:         # of damaged files Pillow raises nearly any kind
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"cannot be read ({reason})") from error


def upright_rgb(picture: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode == "F":
        raise ValueError("floating-point pixels, whose range nobody knows")
    if picture.mode.startswith("I"):               # 16 bits, whatever Pillow calls them
        pixels = np.asarray(picture).astype(np.int32)
        if pixels.min() < 0 or pixels.max() > 65535:
            raise ValueError("pixels of more than 16 bits")
        return Image.fromarray(((pixels + 128) // 257).astype(np.uint8)).convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return picture.convert("RGB")


def left_out(folder: Path, faults: dict[Path, str], total: int) -> str:
    """Return the sentence that says how many files are not used, and why."""
    named = [f"{path.name} {fault}" for path, fault in list(faults.items())[:NAMED]]
    if len(faults) > NAMED:
        named.append(f"and {len(faults) - NAMED} more")
    return (f"{len(faults)} of {total} files in {folder} "
            f"{'is' if len(faults) == 1 else 'are'} left out: {', '.join(named)}.")
