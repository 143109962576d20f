"""Drawing without doing anything twice: a cache for each layer. Lesson 06.

A naive sampler runs the whole network for every value that it draws. But a feature
changes no more once the values that it sees are drawn. So each layer keeps

    the rows above       finished, and taken in by one convolution as a row begins
    the current row      filled from left to right; at a pixel, one product of matrices

and every feature is computed once. The result is that of the whole network.

    cache.start_row(condition)            (batch, features, 1, 1 or width) or None
    cache.logits(column, channel)         (batch, levels)
    cache.put(column, channel, features)  what was drawn, (batch, in / channels)
    cache.end_row()
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.networks.masked import MaskedConvolution


class CachedRows:
    """The rows of a layer's input that it can still see, and its convolution of them.

    weight: (out, in, rows, columns)
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, batch: int, width: int):
        self.weight, self.bias, self.side = weight, bias, weight.shape[3] // 2
        self.rows = weight.new_zeros(batch, *weight.shape[1:3], width)

    def convolve(self) -> Tensor:
        """Return what the layer sees in the rows kept, (batch, out, 1, width)."""
        padded = functional.pad(self.rows, (self.side, self.side))
        return functional.conv2d(padded, self.weight, self.bias)

    def push(self, row: Tensor) -> None:
        """Take in one more row, (batch, in, 1, width), and let the oldest go."""
        self.rows.copy_(torch.cat([self.rows[:, :, 1:], row], dim=2))


class CachedConvolution:
    """A `MaskedConvolution`, pixel by pixel and channel by channel."""

    def __init__(self, layer: MaskedConvolution, batch: int, width: int):
        weight = layer.visible_weight().detach()
        out, inside = weight.shape[:2]
        self.channels = layer.channels
        self.inside, self.outside = inside // self.channels, out // self.channels
        self.bias, self.width, self.batch = layer.bias.detach(), width, batch
        self.kept = None
        if layer.above:
            self.kept = CachedRows(weight[:, :, :-1].contiguous(), self.bias, batch,
                                   width)
        # A pixel's own features count only where the mask lets any of them through.
        self.taps = layer.left + (layer.kind == "B" or layer.channels > 1)
        self.lead = layer.left
        here = weight[:, :, -1, :self.taps].permute(2, 1, 0)        # taps, in, out
        self.weights = [part.flatten(0, 1).contiguous()
                        for part in here.split(self.outside, dim=2)]
        self.row = weight.new_zeros(batch, self.lead + width, inside)
        self.positions = views(self.row[:, self.lead:].unflatten(
            2, (self.channels, self.inside)).permute(1, 2, 0, 3))
        self.seen = [self.row[:, column:column + self.taps] for column in range(width)]

    def start_row(self, extra: Tensor | None = None) -> None:
        """Take in the rows above, and what else enters, (batch, out, 1, width)."""
        total = self.bias.view(1, -1, 1, 1) if self.kept is None else (
            self.kept.convolve())
        total = total if extra is None else total + extra
        total = total.expand(self.batch, -1, 1, self.width)[:, :, 0]
        self.base = views(total.unflatten(1, (self.channels, self.outside)).permute(
            3, 1, 0, 2).contiguous())
        self.row.zero_()

    def put(self, column: int, channel: int, features: Tensor) -> None:
        """Fill in the input of one channel of a pixel, (batch, in / channels)."""
        self.positions[column][channel].copy_(features)

    def at(self, column: int, channel: int, features: Tensor | None = None) -> Tensor:
        """Return the output of one channel of a pixel, (batch, out / channels), and
        fill in its input before, where that is given."""
        if features is not None:
            self.put(column, channel, features)
        base = self.base[column][channel]
        if not self.taps:
            return base
        seen = self.seen[column].flatten(1)
        return torch.addmm(base, seen, self.weights[channel])

    def finished_row(self) -> Tensor:
        """Return the input of the row that was filled, (batch, in, 1, width)."""
        return self.row[:, self.lead:].transpose(1, 2).unsqueeze(2)

    def end_row(self) -> None:
        """Keep the finished row for those below."""
        if self.kept is not None:
            self.kept.push(self.finished_row())


def views(features: Tensor) -> list[tuple[Tensor, ...]]:
    """Return features[column][channel] of (columns, channels, ...): to look into a list
    takes no time, where an index would take as long as a small sum."""
    return [column.unbind(0) for column in features.unbind(0)]


class CachedPointwise(CachedConvolution):
    """A 1 x 1 convolution: with one channel there is nothing to remember."""

    def start_row(self, extra: Tensor | None = None) -> None:
        if self.channels > 1:
            super().start_row(extra)

    def at(self, column: int, channel: int, features: Any = None) -> Tensor:
        if self.channels == 1:
            return torch.addmm(self.bias, features, self.weights[0])
        return super().at(column, channel, features)


class CachedBlock:
    """A `CausalBlock`, pixel by pixel."""

    def __init__(self, block: Any, batch: int, width: int):
        self.block = block
        self.convolution = CachedConvolution(block.convolution, batch, width)
        self.mix = CachedPointwise(block.mix, batch, width)

    def start_row(self, condition: Tensor | None, from_above: Tensor | None = None
                  ) -> None:
        """Take in what is known as the row begins."""
        extra = self.block.given(condition)
        if from_above is not None:
            extra = from_above if extra is None else extra + from_above
        self.convolution.start_row(extra)
        self.mix.start_row()

    def at(self, column: int, channel: int, features: Any) -> Tensor:
        """Return the block's output; `features` is its input there, which the first
        block, whose mask is A, must not see."""
        hidden = self.block.unit(self.convolution.at(column, channel, features), 1)
        out = self.mix.at(column, channel, hidden)
        return features + out if self.block.residual else out


class PixelCNNCache:
    """`PixelCNNNetwork`, one value after the other.

    network: whose way out it is;  blocks: its stack, the first with mask A
    """

    def __init__(self, network: Any, blocks: Iterable[Any], batch: int, width: int):
        self.blocks = [CachedBlock(block, batch, width) for block in blocks]
        self.first = self.blocks[0].convolution
        self.out = [CachedPointwise(layer, batch, width) for layer in network.out]

    def start_row(self, condition: Tensor | None = None) -> None:
        """Take in the finished rows above."""
        for block in self.blocks:
            block.start_row(condition)
        for layer in self.out:
            layer.start_row()

    def logits(self, column: int, channel: int) -> Tensor:
        """Return the logits of a value from what was put before it."""
        features: Any = None
        for block in self.blocks:
            features = block.at(column, channel, features)
        for layer in self.out:
            features = layer.at(column, channel, features.relu())
        return features

    def put(self, column: int, channel: int, features: Tensor) -> None:
        """Fill in what was drawn."""
        self.first.put(column, channel, features)

    def end_row(self) -> None:
        """Keep the finished row."""
        for block in self.blocks:
            block.convolution.end_row()


class GatedPixelCNNCache(PixelCNNCache):
    """`GatedPixelCNNNetwork`: the vertical stack row by row, the other by pixels."""

    def __init__(self, network: Any, blocks: Iterable[Any], batch: int, width: int):
        super().__init__(network, blocks, batch, width)
        self.vertical = list(network.vertical)
        layers = [block.rows.convolution for block in self.vertical]
        self.rows = [CachedRows(layer.weight, layer.bias, batch, width)
                     for layer in layers]

    def start_row(self, condition: Tensor | None = None) -> None:
        """Advance the vertical stack by a row, and hand it to the horizontal one."""
        above = None
        for vertical, rows, block in zip(self.vertical, self.rows, self.blocks):
            if above is not None:           # all but the first see the current row
                rows.push(above)
            above, link = vertical.finish(rows.convolve(), above, condition)
            block.start_row(condition, link)
        for layer in self.out:
            layer.start_row()

    def end_row(self) -> None:
        """Show the finished row to the vertical stack."""
        self.rows[0].push(self.first.finished_row())
