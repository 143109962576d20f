"""An LSTM that walks over a map, a line at a time. Lesson 06.

    oᵢ, fᵢ, eᵢ = σ(K * xᵢ + L * hᵢ₋₁ + V s)     show, keep, enter: each has its
    gᵢ = tanh(K * xᵢ + L * hᵢ₋₁ + V s)          weights, as has g, what could enter
    cᵢ = fᵢ cᵢ₋₁ + eᵢ gᵢ,    hᵢ = oᵢ tanh(cᵢ)

at all places of line i at once, with x its input and s what is given. A line is a row,
or after `skew` a diagonal.
Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
networks", 2016, section 3.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.networks.masked import MaskedConvolution
from course_lib.networks.pixel_stacks import linear


def step(gates: Tensor, cell: Tensor, channels: int = 1) -> tuple[Tensor, Tensor]:
    """Return h and c of an LSTM, (batch, state, ...) each, one step later.

    gates: (batch, 4 state, ...), before σ and tanh; of each channel's part first the
           show, keep and enter gates, then what could enter
    cell:  c one step before, (batch, state, ...)
    """
    parts = gates.unflatten(1, (channels, 4, -1))
    show, keep, enter = parts[:, :, :3].sigmoid().unbind(2)
    entering = (enter * parts[:, :, 3].tanh()).flatten(1, 2)
    cell = keep.flatten(1, 2) * cell + entering
    return show.flatten(1, 2) * cell.tanh(), cell


class LineLSTM(nn.Module):
    """An LSTM over the lines of a map.

    in_features: of its input, (batch, in_features, height, width)
    state:       features of h and of c
    kernel:      of the masked convolution of the input, along the current row
    reach:       of the convolution of h, along the line before
    channels:    of a pixel, to which the features belong in equal parts
    """

    def __init__(self, in_features: int, state: int, kernel: int, reach: int,
                 channels: int, condition_features: int):
        super().__init__()
        self.state, self.channels = state, channels
        self.from_input = MaskedConvolution(in_features, 4 * state, kernel, "B",
                                            channels, rows=False)
        self.from_state = nn.Conv1d(state, 4 * state, reach, padding=reach // 2,
                                    bias=False)
        self.condition = linear(condition_features, 4 * state)

    def gates(self, features: Tensor, condition: Tensor | None) -> Tensor:
        """Return what the input and what is given say, (batch, 4 state, h, w)."""
        gates = self.from_input(features)
        return gates if self.condition is None else gates + self.condition(condition)

    def walk(self, gates: Tensor, dim: int) -> Tensor:
        """Return h at every place, (batch, state, h, w), from line to line of `dim`."""
        lines = gates.unbind(dim)
        positions = lines[0].shape[-1]
        hidden = cell = gates.new_zeros(len(gates), self.state, positions)
        states = []
        for line in lines:
            before = self.from_state(hidden)[..., :positions]
            hidden, cell = step(line + before, cell, self.channels)
            states.append(hidden)
        return torch.stack(states, dim)


def skew(image: Tensor, fill: float = 0.0) -> Tensor:
    """Return an image whose row i has moved i to the right: diagonals become columns.

        a b c        a b c . .
        d e f   ->   . d e f .
        g h i        . . g h i

    image: (..., height, width) -> (..., height, width + height - 1)
    """
    height, width = image.shape[-2:]
    wide = functional.pad(image, (0, height), value=fill).flatten(-2)
    return wide[..., :-height].unflatten(-1, (height, width + height - 1))


def unskew(skewed: Tensor) -> Tensor:
    """Return (..., height, width): undo `skew`."""
    height, width = skewed.shape[-2], skewed.shape[-1] - skewed.shape[-2] + 1
    wide = functional.pad(skewed.flatten(-2), (0, height))
    return wide.unflatten(-1, (height, width + height))[..., :width]
