"""Other tasks from the same images: a world of (x, image), seen in another way.

    Unconditional(world)        nothing             -> the image
    Reconstructed(world)        the image           -> the same image

Lessons 06 and 07.
"""

import numpy as np
from torch import Tensor

from course_lib.checks import describe
from course_lib.contract import Given
from course_lib.datasets.indexed import IndexedWorld


class Unconditional(IndexedWorld):
    """The images alone: x is None.

    world: one whose y are images, (batch, channels, height, width), and whose held-out
           pairs are numbered: Digits, BlindSpot, Spots

    The splits, the seeds and the order of the pairs are those of `world`, which stays
    at hand in the attribute `world`.
    """

    def __init__(self, world: IndexedWorld):
        if not isinstance(world, IndexedWorld) or len(world.y_shape) != 3:
            raise TypeError(f"world is {describe(world)}; give a world of images whose "
                            f"held-out pairs are numbered, for instance Digits().")
        self.world, self.y_shape = world, world.y_shape
        if hasattr(world, "levels"):
            self.levels = world.levels

    @property
    def given_shape(self) -> tuple[int, int, int] | None:
        return None

    def adapt(self, y: Tensor) -> Given:
        """Return what is given here of an image."""
        return None

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        _, y = self.world.draw_batch(n, split)
        return self.adapt(y), y

    def count(self, split: str) -> int:
        return self.world.count(split)

    def at(self, index: Tensor, split: str = "train") -> tuple[Given, Tensor]:
        _, y = self.world.at(index, split)
        return self.adapt(y), y

    def rgb(self, x: Given, y: Tensor) -> np.ndarray:
        """Return pictures (..., height, width, 3) in [0, 1] of the images y."""
        return self.world.rgb(None, y)


class Reconstructed(Unconditional):
    """The image itself is given, and asked for again: the task of an autoencoder."""

    @property
    def given_shape(self) -> tuple[int, int, int] | None:
        return self.y_shape

    def adapt(self, y: Tensor) -> Given:
        return y
