"""What a network does to its numbers on the way in: a common scale."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer, describe

PerChannel = float | tuple[float, ...]


class Standardize(nn.Module):
    """(x - mean) / std, channel by channel, in the network's own precision.

    channels:  of x, (batch, channels, height, width)
    mean, std: a number, or one for each channel; 0 and 1 leave a channel as it is
    Raises ValueError, in a sentence, for a picture of other channels: what is wrong
    would else be found by a layer that cannot say so.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int, mean: PerChannel = 0.0, std: PerChannel = 1.0):
        super().__init__()
        self.channels = check_integer("in_channels", channels, 1)
        self.register_buffer("mean", per_channel("mean", mean, channels))
        self.register_buffer("std", per_channel("std", std, channels))
        if not (self.std > 0).all():
            raise ValueError(f"std is {std!r}; give a number above 0, or one for each "
                             f"channel.")

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != self.channels:
            raise ValueError(f"the network is shown {describe(x)} and was built for "
                             f"{self.channels} channels; give (batch, {self.channels}, "
                             f"height, width), or build it for these.")
        return ((x - self.mean) / self.std).to(self.mean.dtype)


class PictureNetwork(nn.Module):
    """What networks of pictures share: a sentence for sizes that cannot be, and x
    standardised at the door.

    in_channels: of x, (batch, in_channels, height, width)
    mean, std:   of x, see `Standardize`
    sizes:       others of the network, whole numbers above 0
    """

    def __init__(self, in_channels: int, mean: PerChannel, std: PerChannel,
                 **sizes: int):
        super().__init__()
        self.standardize = Standardize(in_channels, mean, std)
        check_sizes(**sizes)
        self.in_channels = in_channels


def per_channel(name: str, value: PerChannel, channels: int) -> Tensor:
    """Return a number, or one for each channel, as (channels or 1, 1, 1)."""
    numbers = torch.as_tensor(value, dtype=torch.float32).flatten()
    if len(numbers) not in (1, channels):
        raise ValueError(f"{name} is {describe(value)}; give one number, or one for "
                         f"each of the {channels} channels.")
    return numbers.view(-1, 1, 1)


def check_sizes(**sizes: int) -> None:
    """Raise, in a sentence, unless all are whole numbers above 0."""
    for name, size in sizes.items():
        check_integer(name, size, 1)
