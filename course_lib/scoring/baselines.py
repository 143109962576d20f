"""What is no model at all, and still gets a row in every table."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.datasets.base import Fixed
from course_lib.datasets.true_model import MixtureWorld
from course_lib.datasets.tshirts.truth import IndependentTruth, Truth


class AlteredWorld(Fixed):
    """A world told wrongly: same photos, but other chances, other colors, other noise.

    chances: (batch, modes) probabilities -> as many others
    colors:  (batch, modes, channels, h, w) modes -> as many others
    noise:   standard deviation in units of y

        grey_truth = AlteredWorld(world, colors=lambda modes: 0.5 * modes).truth
    Its `truth` is a model with everything but the right answer, to see which figure of
    a score notices. Lesson 00.
    """

    def __init__(self, world: MixtureWorld,
                 chances: Callable[[Tensor], Tensor] | None = None,
                 colors: Callable[[Tensor], Tensor] | None = None,
                 noise: float | None = None):
        self.world = world
        self.chances, self.colors = chances, colors
        self.noise = world.noise if noise is None else noise
        self.given_shape, self.y_shape = world.given_shape, world.y_shape
        self.mode_names = world.mode_names
        self.truth, self.independent = Truth(self), IndependentTruth(self)

    def check_given(self, x: Tensor) -> Tensor:
        """Return x, if it is a batch of photos of the true world."""
        return self.world.check_given(x)

    def mode_probabilities(self, x: Tensor) -> Tensor:
        """Return what is taken for P(mode | x), (batch, modes)."""
        true = self.world.mode_probabilities(x)
        return true if self.chances is None else self.chances(true)

    def modes(self, x: Tensor) -> Tensor:
        """Return what is taken for the modes, (batch, modes, channels, h, w)."""
        true = self.world.modes(x)
        return true if self.colors is None else self.colors(true)


def baselines(world: MixtureWorld) -> dict[str, Truth | IndependentTruth]:
    """Return what any model must beat, name -> model.

    always one half:     whole modes, each as likely as the others whatever x
    always the majority: the likeliest whole mode of each x, and no other
    always grey:         no chroma, with the world's noise, so that it has a density
    independent pixels:  the true chances of every pixel by itself, `world.independent`
    """
    return {
        "always one half": AlteredWorld(world, chances=_equal).truth,
        "always the majority": AlteredWorld(world, chances=_majority).truth,
        "always grey": AlteredWorld(world, colors=torch.zeros_like).truth,
        "independent pixels": world.independent,
    }


def _equal(chances: Tensor) -> Tensor:
    return torch.full_like(chances, 1 / chances.shape[-1])


def _majority(chances: Tensor) -> Tensor:
    return torch.zeros_like(chances).scatter(-1, chances.argmax(-1, keepdim=True), 1.0)
