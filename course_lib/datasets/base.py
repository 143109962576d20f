"""What the worlds share: settings that never change, and batches that are drawn."""

from inspect import signature
from typing import Any

import numpy as np
from torch import Tensor

from course_lib.checks import check_choice, check_integer, check_seed, describe
from course_lib.color import clipped
from course_lib.contract import Given, seeded
from course_lib.distributions.quantization import Quantizer

SPLITS = ("train", "test")


class Fixed:
    """What is made once: each public attribute can be set a single time.

    Held-out pairs, a truth and what scores found out about it are kept for a world.
    They would be of another one if its settings changed.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and (
                name in vars(self) or hasattr(type(self), name)):
            raise AttributeError(
                f"{name} of a {type(self).__name__} cannot become {describe(value)}: "
                f"its truth and its held-out pairs go by what it was; make a new one.")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        settings = [f"{getattr(self, name)!r}" if parameter.default is parameter.empty
                    else f"{name}={getattr(self, name)!r}"
                    for name, parameter in signature(type(self)).parameters.items()]
        return f"{type(self).__name__}({', '.join(settings)})"


class BaseWorld(Fixed):
    """A world, see `contract.World`; a subclass says how a batch is drawn.

    levels: how many values a number of y has, where it has few: 0, 1 / (levels - 1), …,
            1; `codebook` is then of bins with these middles
    """

    levels: int

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        """Return n pairs x, y, by torch's global random state."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def batch(self, n: int, split: str = "train",
              seed: int | None = None) -> tuple[Given, Tensor]:
        """Return n pairs x, y.

        split: "train" or "test", which have no pair in common
        seed:  the same one gives the same pairs; None draws from torch's global
               random state
        Raises TypeError or ValueError, in a sentence, for anything else.
        """
        check_integer("n", n, 1)
        check_choice("split", split, SPLITS)
        with seeded(check_seed(seed)):
            return self.draw_batch(n, split)

    @property
    def codebook(self) -> Quantizer:
        """The bins of a pixel-by-pixel model, one for each level."""
        return level_bins(self.levels)

    def rgb(self, x: Given, y: Tensor) -> np.ndarray:
        """Return y as pictures, (..., height, width, 3) in [0, 1]: sRGB, or grey."""
        pictures = clipped(y)
        return np.repeat(pictures, 3 // pictures.shape[-1], -1)


def level_bins(levels: int) -> Quantizer:
    """Return the bins whose middles are 0, 1 / (levels - 1), …, 1.

    An image with these levels comes back from its bins as it was.
    """
    half = 0.5 / (levels - 1)
    return Quantizer(-half, 1 + half, levels)


def check_held_out(n: int, most: int | None = None) -> int:
    """Return n if a world has so many held-out pairs; raises in a sentence if not."""
    return check_integer("the number of held-out examples", n, 1, most)


def check_side(size: int, low: int, high: int, multiple: int = 8) -> int:
    """Return a picture's side in pixels if networks can halve it; raises if not."""
    size = check_integer("size", size, low, high)
    if size % multiple:
        raise ValueError(f"size is {size}; give a multiple of {multiple} from {low} to "
                         f"{high}.")
    return size
