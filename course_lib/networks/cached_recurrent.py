"""Drawing from a PixelRNN without doing anything twice. Lesson 06.

An LSTM keeps by itself what it needs of the past: the states of the row above, in whose
place those of the current row are written. `course_lib.networks.cached` says how a
cache is used, and has the parts that are convolutions.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.networks.cached import CachedConvolution, CachedPointwise, NetworkCache
from course_lib.networks.line_lstm import LineLSTM, step


class CachedLayer:
    """What both kinds of layer share: the input of the gates, and the way out.

    hidden: h of the row above, overwritten from left to right, (batch, state, width)
    """

    def __init__(self, layer: Any, lstm: LineLSTM, batch: int, width: int):
        self.lstm = lstm
        self.gates = CachedConvolution(lstm.from_input, batch, width)
        self.mix = CachedPointwise(layer.mix, batch, width)
        self.hidden = lstm.from_state.weight.new_zeros(batch, layer.state, width)
        self.part = layer.state // lstm.channels

    def take_in(self, from_above: Tensor, condition: Tensor | None) -> None:
        """Add up what the gates know as a row begins; (batch, 4 state, width)."""
        known = from_above.unsqueeze(2)
        if self.lstm.condition is not None:
            known = known + self.lstm.condition(condition)
        self.gates.start_row(known)
        self.mix.start_row()

    def part_of(self, channel: int) -> slice:
        """Return where the features of a channel are."""
        return slice(channel * self.part, (channel + 1) * self.part)

    def finish(self, column: int, channel: int, hidden: Tensor, features: Tensor
               ) -> Tensor:
        """Return the layer's output at a value, from h and from its input there."""
        return features + self.mix.at(column, channel, hidden)


class CachedRowLayer(CachedLayer):
    """A `RowLayer`, pixel by pixel: a pixel follows on the one above it."""

    def __init__(self, layer: Any, batch: int, width: int):
        super().__init__(layer, layer.lstm, batch, width)
        self.cell = self.hidden.clone()
        self.lasting = [self.hidden, self.cell]

    def start_row(self, condition: Tensor | None) -> None:
        """Listen to the whole row above, before it is overwritten."""
        self.take_in(self.lstm.from_state(self.hidden), condition)

    def at(self, column: int, channel: int, features: Tensor) -> Tensor:
        """Return the layer's output at a value, from its input there."""
        place = (slice(None), self.part_of(channel), column)
        gates = self.gates.at(column, channel, features)
        hidden, cell = step(gates, self.cell[place])
        self.hidden[place], self.cell[place] = hidden, cell
        return self.finish(column, channel, hidden, features)

    def end_row(self, image: Tensor) -> None:
        """Nothing is left to do: the row's states have replaced those above."""


class CachedDiagonalLayer(CachedLayer):
    """A `DiagonalLayer`, pixel by pixel: a pixel follows on the one to its left."""

    def __init__(self, layer: Any, batch: int, width: int):
        super().__init__(layer, layer.left, batch, width)
        self.above, self.beside = halves(layer.left)
        self.right = FromTheRight(layer.right, batch, width)
        self.cell = self.hidden[:, :, 0].clone()
        self.lasting = [self.hidden, self.right.hidden]

    def start_row(self, condition: Tensor | None) -> None:
        """Listen to the whole row above, before it is overwritten."""
        self.condition = condition
        self.take_in(self.above.mT @ self.hidden, condition)
        self.cell.zero_()

    def at(self, column: int, channel: int, features: Tensor) -> Tensor:
        """Return the layer's output at a value, from its input there."""
        gates = self.gates.at(column, channel, features)
        part = self.part_of(channel)
        if column:
            weight = self.beside[:, 4 * part.start:4 * part.stop]
            gates = gates.addmm(self.hidden[:, :, column - 1], weight)
        hidden, cell = step(gates, self.cell[:, part])
        self.hidden[:, part, column], self.cell[:, part] = hidden, cell
        both = hidden + self.right.hidden[:, part, column]
        return self.finish(column, channel, both, features)

    def end_row(self, image: Tensor) -> None:
        """Send the other LSTM over the finished row, for the row below."""
        row = torch.cat([self.gates.finished_row(), image], dim=1)
        self.right.walk(row, self.condition)


class FromTheRight:
    """The LSTM from the top right: a row at a time, once the row is finished.

    hidden: its h in the last finished row, (batch, state, width)
    """

    def __init__(self, lstm: LineLSTM, batch: int, width: int):
        self.lstm = lstm
        self.above, self.beside = halves(lstm)
        self.hidden = self.above.new_zeros(batch, lstm.state, width)

    def walk(self, row: Tensor, condition: Tensor | None) -> None:
        """Go over a finished row of the layer's input, (batch, features, 1, width)."""
        gates = self.lstm.gates(row, condition)[:, :, 0] + self.above.mT @ self.hidden
        hidden = cell = self.hidden.new_zeros(self.hidden.shape[:2])
        for column in reversed(range(gates.shape[2])):
            hidden, cell = step(gates[..., column] + hidden @ self.beside, cell)
            self.hidden[..., column] = hidden


def halves(lstm: LineLSTM) -> tuple[Tensor, Tensor]:
    """Return the weights of h above and of h beside, (state, 4 state) each."""
    above, beside = lstm.from_state.weight.detach().permute(2, 1, 0)
    return above, beside.contiguous()


class CachedFirst(CachedConvolution):
    """The first convolution, which is told of no condition."""

    def start_row(self, condition: Tensor | None = None) -> None:
        super().start_row()


class RecurrentCache(NetworkCache):
    """`RowLSTM` or `DiagonalLSTM`, one value after the other.

    kind: `CachedRowLayer` or `CachedDiagonalLayer`
    """

    def __init__(self, network: Any, kind: Callable[..., CachedLayer], batch: int,
                 width: int):
        first = CachedFirst(network.first, batch, width)
        layers = [kind(layer, batch, width) for layer in network.layers]
        super().__init__(network, first, [first, *layers], batch, width)
