"""What a model asks of its network: as many numbers a pixel as it needs, and what they
mean to it. Lesson 01."""

import math

from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import describe
from course_lib.contract import at_least_32_bits

LEAST_SCALE = 1e-3                 # keeps a learned std away from zero
START_SCALE = 0.37                 # where training begins: wider than the noise


def check_outputs(network: nn.Module, wanted: int, meaning: str,
                  attribute: str = "out_channels") -> nn.Module:
    """Return the network, unless it says in `attribute` that its size is another."""
    have = getattr(network, attribute, wanted)
    if have != wanted:
        raise ValueError(f"the network has {attribute}={have} and the model needs "
                         f"{wanted} ({meaning}); build it with {attribute}={wanted}.")
    return network


def numbers_of(network: nn.Module, x: Tensor, wanted: int) -> Tensor:
    """Return the network's numbers, (batch, wanted, h, w), in at least 32 bits.

    A network that does not say how many it gives is found out here."""
    numbers = network(x)
    if numbers.ndim != 4 or numbers.shape[1] != wanted:
        raise ValueError(f"the network gives {describe(numbers)} and the model needs "
                         f"(batch, {wanted}, height, width).")
    return at_least_32_bits(numbers)


def picture_shape(network: nn.Module, channels: str) -> tuple[int | str, ...] | None:
    """Return the shape of a picture with as many channels as the network says in its
    attribute `channels`; None, which is not checked, where it does not say."""
    have = getattr(network, channels, None)
    return None if have is None else (have, "height", "width")


def positive(number: Tensor) -> Tensor:
    """Return a std: positive, about START_SCALE where the number is 0."""
    return LEAST_SCALE + START_SCALE / math.log(2) * functional.softplus(number)
