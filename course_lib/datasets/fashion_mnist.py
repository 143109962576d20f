"""Fashion-MNIST: 70,000 photographs of clothes in grey, 28 x 28, in ten classes.

Source: Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms (Xiao, Rasul and Vollgraf, 2017). Its 7,000 t-shirts are the real shirts of
the course. Reading files that are on this machine needs no torchvision; only fetching
them does.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_choice
from course_lib.datasets.base import SPLITS
from course_lib.datasets.files import FileSet

T_SHIRT = 0                             # of the ten classes
SIDE = 28
PREFIX = {"train": "train", "test": "t10k"}
IMAGE_HEADER, LABEL_HEADER = 16, 8      # bytes: a magic number, then 3 sizes or 1


def download(folder: Path) -> Path:
    """Fetch the four files by torchvision, with its checksums and progress bars."""
    from torchvision.datasets import FashionMNIST as Published

    Published(str(folder), download=True)
    return folder / "FashionMNIST" / "raw"


FILES = FileSet(
    title="Fashion-MNIST",
    folder="fashion-mnist",
    package="dataset-fashion-mnist",
    download=download,
    # Of the contents whose compressed files have the MD5 sums that torchvision knows.
    checksums={
        "train-images-idx3-ubyte.gz":
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz":
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz":
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz":
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    })


def find() -> Path | None:
    """Return the folder on this machine that has the files, or None; no download."""
    return FILES.find()


@cache
def load(split: str) -> tuple[Tensor, Tensor]:
    """Return the images, (n, 28, 28) uint8, and their classes, (n,) int64.

    n is 60,000 for "train" and 10,000 for "test". Both tensors are read once and then
    shared: do not write to them. Raises DataUnavailable where there is no data."""
    check_choice("split", split, SPLITS)
    images = FILES.read(f"{PREFIX[split]}-images-idx3-ubyte.gz")
    labels = FILES.read(f"{PREFIX[split]}-labels-idx1-ubyte.gz")
    pixels = np.frombuffer(images, np.uint8, offset=IMAGE_HEADER)
    classes = np.frombuffer(labels, np.uint8, offset=LABEL_HEADER)
    return (torch.from_numpy(pixels.reshape(-1, SIDE, SIDE).copy()),
            torch.from_numpy(classes.astype(np.int64)))


def t_shirts(split: str) -> Tensor:
    """Return the t-shirts, uint8: (6000, 28, 28) for "train", (1000, 28, 28) else.

    Raises DataUnavailable where there is no data."""
    images, labels = load(split)
    return images[labels == T_SHIRT]
