"""What every true model has: a world that knows its modes. Lesson 00."""

import math
from typing import Any, Protocol

import torch
from torch import Tensor

from course_lib.contract import (
    ConditionalModel,
    Given,
    LikelihoodModel,
    at_least_32_bits,
    device_of,
    to_device,
)


class MixtureWorld(Protocol):
    """What the truth needs to know of a world: whole modes, each with its chance."""

    noise: float                               # σ, standard deviation of every number
    given_shape: tuple | None
    y_shape: tuple
    mode_names: tuple[str, ...]

    truth: LikelihoodModel
    independent: LikelihoodModel

    def check_given(self, x: Tensor) -> Tensor: ...
    def modes(self, x: Tensor) -> Tensor: ...
    def mode_probabilities(self, x: Tensor) -> Tensor: ...


class SampledTruth(ConditionalModel):
    """The world's own p(y | x), which can be sampled; its density nobody knows.

    world: with `check_given(x)` and `draw_answers(x, n)`, such as `Facades`
    """

    def __init__(self, world: Any):
        super().__init__()
        self.world = world
        self.given_shape, self.y_shape = world.given_shape, world.y_shape

    def check_given(self, given: Given) -> Given:
        """Return x, checked by its world."""
        return self.world.check_given(given)

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.world.draw_answers(given, n)


class TrueModel(LikelihoodModel):
    """What the truth and its independent relative have in common: a world, no
    parameters, and checked shapes."""

    def __init__(self, world: MixtureWorld):
        super().__init__()
        self.world = world
        self.given_shape = world.given_shape
        self.y_shape = world.y_shape
        # Holds nothing: without it the truth would have no device to be moved to.
        self.register_buffer("place", torch.empty(0), persistent=False)

    def check_given(self, given: Given) -> Given:
        """Return x, checked by its world, in at least 32-bit precision."""
        x = to_device(self.world.check_given(given), device_of(self))
        return at_least_32_bits(x)

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and x, checked, in at least 32-bit precision."""
        y, x = super().check_pair(y, given)
        return at_least_32_bits(y), x

    def modes(self, x: Tensor) -> Tensor:
        """Return each whole mode, (batch, modes, channels, h, w), in units of y."""
        return self.world.modes(self.check_given(x))

    def mode_probabilities(self, x: Tensor) -> Tensor:
        """Return P(mode | x), (batch, modes); the columns are `mode_names`."""
        return self.world.mode_probabilities(self.check_given(x))

    def mixed(self, log_probs: Tensor, x: Tensor) -> Tensor:
        """Return log p(y | x), (batch,), of log p(yᵢ | k, x) of each pixel i in each
        mode k, (batch, modes, h, w)."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to mix.")

    def add_noise(self, y: Tensor) -> Tensor:
        """Return y with the world's noise on every number."""
        return y + self.world.noise * torch.randn_like(y)

    def noise_entropy(self) -> float:
        """Return the entropy of the noise on all the numbers of y, in nats."""
        one = 0.5 * math.log(2 * math.pi * math.e * self.world.noise ** 2)
        return math.prod(self.y_shape) * one
