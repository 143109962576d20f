"""Drawing an image value by value: the naive way, and the way with a cache. Lesson 06.

Both turn the same uniform numbers into the same image: a value is the first level at
which the cumulative probability passes its number.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Drawing:
    """An image under way: what is known of it, and the numbers that decide the rest.

    bins:     (batch, channels, height, width), int64; what is not known is ignored
    known:    where a bin is kept, bool, the same shape; None if nothing is known
    uniforms: (batch, channels, height, width) in [0, 1)
    """

    def __init__(self, bins: Tensor, known: Tensor | None, uniforms: Tensor,
                 temperature: float):
        self.bins, self.known, self.uniforms = bins, known, uniforms
        self.temperature = temperature

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
    """Fill the drawing row by row, computing every feature once, on one thread.

    On CUDA a row's kernels are recorded once and replayed for every other row: they
    are small, and starting them one by one would take longer than they do."""
    batch, _, height, width = drawing.bins.shape
    row = Row(drawing, network.cache(batch, width), encode, condition)
    draw = Replay(row) if drawing.bins.is_cuda else row.draw
    for index in range(height):
        row.load(drawing, condition, index)
        draw()
        drawing.bins[:, :, index] = row.drawing.bins[:, :, 0]
    return drawing.bins


class Row:
    """One row of a drawing, in tensors of its own that every row uses again."""

    def __init__(self, drawing: Drawing, cache: Any, encode: Encode,
                 condition: Tensor | None):
        self.cache, self.encode = cache, encode
        known = None if drawing.known is None else drawing.known[:, :, :1].clone()
        self.drawing = Drawing(drawing.bins[:, :, :1].clone(), known,
                               drawing.uniforms[:, :, :1].clone(), drawing.temperature)
        self.condition = None if condition is None else condition[:, :, :1].clone()

    def load(self, drawing: Drawing, condition: Tensor | None, index: int) -> None:
        """Copy in what belongs to the row of that number."""
        for name in ("bins", "known", "uniforms"):
            if getattr(drawing, name) is not None:
                getattr(self.drawing, name).copy_(
                    getattr(drawing, name)[:, :, index:index + 1])
        if self.condition is not None and condition is not None and (
                condition.shape[2] > 1):
            self.condition.copy_(condition[:, :, index:index + 1])

    def draw(self) -> None:
        """Draw the row, with the cache at the place where the last row ended."""
        _, channels, _, width = self.drawing.bins.shape
        self.cache.start_row(self.condition)
        for column in range(width):
            for channel in range(channels):
                logits = self.cache.logits(column, channel)
                drawn = self.drawing.draw(logits, 0, column, channel)
                features = self.encode(drawn[:, None, None, None])[:, :, 0, 0]
                self.cache.put(column, channel, features)
        self.cache.end_row()


class Replay:
    """A row's work as one CUDA graph, recorded at once and replayed at every call.

    A graph repeats kernels on the addresses that they had: what goes in and what comes
    out stays in the tensors of `row`, and nothing on the way may wait for a number.
    """

    def __init__(self, row: Row):
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(row.drawing.bins.device):
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                row.draw()                        # libraries set themselves up here
                row.draw()
            torch.cuda.current_stream().wait_stream(stream)
            with torch.cuda.graph(self.graph, stream=stream,
                                  capture_error_mode="thread_local"):
                row.draw()
        row.cache.reset()

    def __call__(self) -> None:
        self.graph.replay()


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
