"""Drawing an image value by value: the naive way, and the way with a cache. Lesson 06.

Both turn the same uniform numbers into the same image: a value is the first level at
which the cumulative probability passes its number.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Encode = Callable[[Tensor], Tensor]
Network = Any                # a `PixelStack`, or what else is called so and has `cache`
AT_ONCE = 512                # images that are drawn together: more spill the caches


def level_at(logits: Tensor, uniform: Tensor, temperature: float = 1.0) -> Tensor:
    """Return the level that each uniform number falls into, (batch,), int64.

    logits: (batch, levels);  uniform: (batch,) in [0, 1)
    """
    precise = precision_on(logits.device)
    edges = (logits.to(precise) / temperature).softmax(-1).cumsum(-1)[:, :-1]
    return (edges <= uniform.to(precise).unsqueeze(-1)).sum(-1)


def precision_on(device: torch.device) -> torch.dtype:
    """Return 64 bits, and 32 on Apple's GPUs, which have no more."""
    return torch.float32 if device.type == "mps" else torch.float64


@dataclass
class Drawing:
    """An image under way: what is known of it, and the numbers that decide the rest.

    bins:     (batch, channels, height, width), int64; what is not known is ignored
    known:    where a bin is kept, bool, the same shape; None if nothing is known
    uniforms: (batch, channels, height, width) in [0, 1)
    """

    bins: Tensor
    known: Tensor | None
    uniforms: Tensor
    temperature: float

    def draw(self, logits: Tensor, row: int, column: int, channel: int) -> Tensor:
        """Decide one value of every image, and return its bins, (batch,)."""
        place = (slice(None), channel, row, column)
        drawn = level_at(logits, self.uniforms[place], self.temperature)
        if self.known is not None:
            drawn = torch.where(self.known[place], self.bins[place], drawn)
        self.bins[place] = drawn
        return drawn

    def part(self, some: slice) -> "Drawing":
        """Return the drawing of some of the images."""
        known = None if self.known is None else self.known[some]
        return Drawing(self.bins[some], known, self.uniforms[some], self.temperature)


def draw_naively(drawing: Drawing, network: Network, encode: Encode,
                 condition: Tensor | None) -> Tensor:
    """Fill the drawing by running the whole network for every value."""
    _, channels, height, width = drawing.bins.shape
    future = torch.ones_like(drawing.bins, dtype=torch.bool)
    for row in range(height):
        for column in range(width):
            for channel in range(channels):
                seen = drawing.bins.masked_fill(future, 0)
                logits = network(encode(seen), condition)
                drawing.draw(logits[:, channel, :, row, column], row, column, channel)
                future[:, channel, row, column] = False
    return drawing.bins


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: work so small is done before another has woken up."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@one_thread()
def draw_cached(drawing: Drawing, network: Network, encode: Encode,
                condition: Tensor | None) -> Tensor:
    """Fill the drawing row by row, computing every feature once, on one thread."""
    batch, channels, height, width = drawing.bins.shape
    cache = network.cache(batch, width)
    if condition is not None:
        condition = condition.expand(-1, -1, height, -1)
    for row in range(height):
        cache.start_row(None if condition is None
                        else condition[:, :, row:row + 1].contiguous())
        for column in range(width):
            for channel in range(channels):
                logits = cache.logits(column, channel)
                drawn = drawing.draw(logits, row, column, channel)
                features = encode(drawn[:, None, None, None])[:, :, 0, 0]
                cache.put(column, channel, features)
        cache.end_row()
    return drawing.bins


METHODS = {"cached": draw_cached, "naive": draw_naively}


def draw(drawing: Drawing, network: Network, encode: Encode,
         condition: Tensor | None, method: str) -> Tensor:
    """Return the bins of the finished drawing.

    network:   features, condition -> logits, in evaluation mode
    encode:    bins (batch, channels, rows, columns) -> what the network sees of them
    condition: (batch, features, 1 or height, 1 or width), or None
    method:    "cached" or "naive"
    """
    starts = range(0, len(drawing.bins), AT_ONCE)
    return torch.cat([
        METHODS[method](drawing.part(part), network, encode,
                        None if condition is None else condition[part])
        for part in (slice(start, start + AT_ONCE) for start in starts)])
