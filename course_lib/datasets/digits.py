"""Digits: 1,797 handwritten digits, 8 x 8 with 17 levels, real and always at hand.

They ship inside scikit-learn, so nothing is fetched. Source: Optical recognition of
handwritten digits (Alpaydin and Kaynak, 1998, UCI machine learning repository), whose
test set they are.
"""

import torch

from course_lib.checks import check_integer
from course_lib.datasets.indexed import ClassImages

SIDE = 8
LEVELS = 17
HELD_OUT = 360


class Digits(ClassImages):
    """Handwritten digits as a world, class -> image.

    x: (batch, 10), one-hot; y: (batch, 1, size, size) in [0, 1], level 0 … 16 over 16

    size: 8, or up to 32 with a black margin
    seed: of the split into 1,437 digits to train on and 360 held out, each class in
          the same proportion on both sides
    Lessons 06 and 07.
    """

    def __init__(self, size: int = SIDE, seed: int = 0):
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        check_integer("size", size, SIDE, 32)
        self.seed = check_integer("seed", seed, 0, 2**32 - 1)   # scikit-learn's limit
        digits = load_digits()
        parts = train_test_split(digits.images.astype("uint8"),
                                 digits.target.astype("int64"), test_size=HELD_OUT,
                                 stratify=digits.target, random_state=seed)
        train, test, train_labels, test_labels = map(torch.from_numpy, parts)
        super().__init__([str(digit) for digit in range(10)],
                         {"train": train, "test": test},
                         {"train": train_labels, "test": test_labels},
                         levels=LEVELS, size=size)
