"""Digits: 1,797 handwritten digits, 8 x 8 with 17 levels, real and always at hand.

They ship inside scikit-learn, so nothing is fetched. Source: Optical recognition of
handwritten digits (Alpaydin and Kaynak, 1998, UCI machine learning repository), whose
test set they are.
"""

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_choice, check_integer
from course_lib.datasets.base import SPLITS
from course_lib.datasets.indexed import IndexedWorld

CLASSES = 10
HELD_OUT = 360


class Digits(IndexedWorld):
    """Handwritten digits as a world, class -> image.

    x: (batch, 10), one-hot; y: (batch, 1, 8, 8) in [0, 1], level 0 … 16 over 16

    seed: of the split into 1,437 digits to train on and 360 held out, each class in
          the same proportion on both sides
    Lessons 06 and 07.
    """

    levels, size = 17, 8
    given_shape, y_shape = (CLASSES,), (1, 8, 8)

    def __init__(self, seed: int = 0):
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        self.seed = check_integer("seed", seed, 0, 2**32 - 1)   # scikit-learn's limit
        digits = load_digits()
        parts = train_test_split(digits.images.astype("float32") / (self.levels - 1),
                                 digits.target.astype("int64"), test_size=HELD_OUT,
                                 stratify=digits.target, random_state=seed)
        train, test, train_labels, test_labels = map(torch.from_numpy, parts)
        self._images = {"train": train[:, None], "test": test[:, None]}
        self._labels = {"train": train_labels, "test": test_labels}
        self._counts = {split: len(labels) for split, labels in self._labels.items()}

    def labels(self, split: str = "train") -> Tensor:
        """Return the class of every image of the split, (count,), int64."""
        return self._labels[check_choice("split", split, SPLITS)].clone()

    def images(self, split: str = "train") -> Tensor:
        """Return every image of the split, (count, 1, 8, 8), in [0, 1]."""
        return self._images[check_choice("split", split, SPLITS)].clone()

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        check_choice("split", split, SPLITS)
        x = functional.one_hot(self._labels[split][index], CLASSES)
        return x.float(), self._images[split][index]
