"""From numbers to classes and back: what a softmax needs before it can predict chroma.

A codebook cuts the values of one pixel into cells and numbers them. Both kinds offer
the same things, so that one softmax model serves both:

    codebook.classes                       how many cells there are
    codebook.channels                      how many numbers a pixel has
    codebook.encode(y)                     y (..., channels, h, w) -> cell (..., h, w)
    codebook.decode(index)                 the value that stands for a cell

Of a quantizer's cells it is also known what a Gaussian puts into each of them, so that
the truth can be told about them. A codebook is a module: a model over cells keeps it in
its state. Lesson 02.
"""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks import (
    check_choice,
    check_classes,
    check_integer,
    check_number,
    check_tensor,
    check_type,
    describe,
)
from course_lib.contract import at_least_32_bits
from course_lib.distributions.cells import log_normal_mass
from course_lib.distributions.exact_buffers import ExactBuffers

CLOSE = 1e-5                       # two codebooks that differ by less are one


class Codebook(ExactBuffers):
    """What `Quantizer` and `Palette` share: a place in the state of a model.

    Where its cells lie is no weight. They keep their precision when the model changes
    its own, and `load_state_dict` refuses the weights of a model with another codebook
    in a sentence, a ValueError. A cell's number has `digits` in base `levels`: the bins
    of a quantizer's channels, and the number itself of a palette.
    """

    def __init__(self, channels: int, classes: int, **cells: Tensor):
        super().__init__()
        self.channels, self.classes = channels, classes
        self.digits, self.levels = 1, classes
        for name, where in cells.items():
            self.register_buffer(name, where)

    def encode(self, y: Tensor) -> Tensor:
        """Return the cell of each pixel, (..., h, w) of int64, of y (..., c, h, w)."""
        raise NotImplementedError

    def decode(self, index: Tensor) -> Tensor:
        """Return the value (..., c, h, w) that stands for each cell of (..., h, w)."""
        raise NotImplementedError

    def check_pictures(self, y: Tensor) -> Tensor:
        """Return y, (..., c, h, w), in at least 32 bits; raises a sentence for others.
        """
        shape = ("...", self.channels, "height", "width")
        return at_least_32_bits(check_tensor("y", y, shape))

    def check_cells(self, index: Tensor) -> None:
        """Raise, in a sentence, for what are no numbers of cells."""
        check_classes("index", index, ("...", "height", "width"), self.classes,
                      "as `encode` returns")

    def join(self, bins: Tensor) -> Tensor:
        """Return the cell, (..., h, w), that has these digits, (..., digits, h, w)."""
        index, *rest = bins.unbind(-3)
        for part in rest:
            index = index * self.levels + part
        return index

    def split(self, index: Tensor) -> Tensor:
        """Return the digits, (..., digits, h, w), of each cell of (..., h, w)."""
        return torch.stack([index // self.levels ** power % self.levels
                            for power in reversed(range(self.digits))], dim=-3)

    @property
    def values(self) -> Tensor:
        """What stands for each cell, (classes, channels), in units of y."""
        return self.decode(torch.arange(self.classes).view(1, -1))[:, 0].mT

    def check_state(self, state: dict[str, Tensor], prefix: str = "") -> None:
        """Raise ValueError unless `state` holds these cells under `prefix`."""
        for name, own in self.named_buffers():
            saved = state.get(prefix + name)
            if saved is None or saved.shape != own.shape or not (
                    (saved.to(own) - own).abs().max() <= CLOSE * own.abs().max()):
                found = describe(saved) if saved is None or saved.numel() == 0 else (
                    f"{describe(saved)} from {saved.min():g} to {saved.max():g}")
                raise ValueError(f"the weights are those of a model with another "
                                 f"codebook than {self!r}: {prefix + name} is {found}; "
                                 f"build the model with the codebook it had.")

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str,
                              *others: Any) -> None:
        if any(name.startswith(prefix) for name in state_dict):   # else torch says so
            self.check_state(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *others)


def check_codebooks(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Raise ValueError, in a sentence, unless the state is of a model whose codebooks,
    if it has any, are those of `model`."""
    for name, module in model.named_modules():
        if isinstance(module, Codebook):
            module.check_state(state, f"{name}." if name else "")


def check_codebook(codebook: Any) -> Codebook:
    """Return the codebook; raises TypeError, in a sentence, for what is none."""
    return check_type("codebook", codebook, Codebook, "a Quantizer or a Palette")


class Quantizer(Codebook):
    """`levels` equal bins a channel between low and high, k^channels cells in all.

    The outermost bins reach to infinity, so that every number falls into one:

        low                                    high
        ... |  0  |  1  |  2  |  ...  | levels - 1 | ...

    low, high: the range that is cut, in units of y
    levels:    bins for each channel, at least 2
    channels:  1 for a alone, 2 for the k^2 grid over ab
    Raises ValueError or TypeError, in a sentence, for anything else.
    """

    grid: Tensor                       # the edges of each channel

    def __init__(self, low: float = -1.25, high: float = 1.25, levels: int = 10,
                 channels: int = 1):
        check_number("low", low, -1e6, 1e6)
        check_number("high", high, -1e6, 1e6)
        if not low < high:
            raise ValueError(f"low is {low} and high is {high}; give low below high.")
        levels = check_integer("levels", levels, 2, 4096)
        channels = check_integer("channels", channels, 1, 3)
        edges = exact_edges(low, high, levels).float()
        super().__init__(channels, levels ** channels, grid=edges.repeat(channels, 1))
        self.low, self.high = float(low), float(high)
        self.digits, self.levels = channels, levels

    def __repr__(self) -> str:
        return (f"Quantizer({self.low:g}, {self.high:g}, levels={self.levels}, "
                f"channels={self.channels})")

    @property
    def width(self) -> float:
        """The width of a bin, in units of y."""
        return (self.high - self.low) / self.levels

    @property
    def edges(self) -> Tensor:
        """The levels + 1 edges of the bins, in units of y."""
        return self.grid[0]

    @property
    def centers(self) -> Tensor:
        """The middle of each bin, (levels,), in units of y."""
        return self.edges[:-1] + self.width / 2

    @property
    def floors(self) -> Tensor:
        """The lower edge of each bin, (levels,), in units of y."""
        return self.edges[:-1]

    def encode(self, y: Tensor) -> Tensor:
        """Return the cell of each pixel, (..., h, w) of int64, of y (..., c, h, w).

        A number on an edge falls into the bin above it. With two channels a cell is
        bin_a * levels + bin_b. Raises TypeError or ValueError for another y.
        """
        y = self.check_pictures(y)
        return self.join(torch.bucketize(y.contiguous(), self.edges[1:-1].to(y),
                                         right=True))

    def decode(self, index: Tensor, use: str = "centers") -> Tensor:
        """Return the value (..., c, h, w) that stands for each cell of (..., h, w).

        use: "centers", or "floors" to color a bin by its lower edge.
        Raises TypeError or ValueError for what is no cell.
        """
        check_choice("use", use, ("centers", "floors"))
        self.check_cells(index)
        values = self.floors if use == "floors" else self.centers
        return values.to(index.device)[self.split(index)]

    def log_probabilities(self, mean: Tensor, std: float) -> Tensor:
        """Return log P(cell) under N(mean, std²) a channel, (..., classes), exactly.

        mean: (..., channels);  std: above 0, in units of y
        """
        check_tensor("mean", mean, ("...", self.channels))
        check_number("std", std, 0.0, 1e6, open_low=True)
        edges = exact_edges(self.low, self.high, self.levels)[1:-1]
        z = (edges - mean.cpu().double().unsqueeze(-1)) / std  # (..., channels, edges)
        infinity = torch.full_like(z[..., :1], torch.inf)
        per_channel = log_normal_mass(torch.cat([-infinity, z], -1),
                                      torch.cat([z, infinity], -1))
        total = per_channel[..., 0, :]
        for channel in range(1, self.channels):
            total = total.unsqueeze(-1) + per_channel[..., channel, :].unsqueeze(-2)
            total = total.flatten(-2)
        return total.to(mean)


def exact_edges(low: float, high: float, levels: int) -> Tensor:
    """Return the edges of `levels` equal bins, (levels + 1,), in 64 bits."""
    return torch.linspace(low, high, levels + 1, dtype=torch.float64)


class Palette(Codebook):
    """Cells around `colors`: a value belongs to the nearest of them (vector
    quantisation). Lesson 02.

    colors: (classes, channels), in units of y, all different, for instance from
        `Palette.fit`. Raises ValueError or TypeError, in a sentence, for others.
    """

    colors: Tensor

    def __init__(self, colors: Tensor):
        check_tensor("colors", colors, ("classes", "channels"))
        check_integer("the number of colors", len(colors), 2)
        if len(colors.unique(dim=0)) < len(colors):
            raise ValueError("colors holds the same color twice; give each color once.")
        super().__init__(colors.shape[1], len(colors), colors=colors.detach().clone())

    @classmethod
    def fit(cls, y: Tensor, colors: int, seed: int = 0) -> "Palette":
        """Return the palette that k-means (scikit-learn) finds in y (n, c, h, w)."""
        from sklearn.cluster import KMeans

        check_tensor("y", y, ("batch", "channels", "height", "width"))
        check_integer("colors", colors, 2)
        pixels = y.detach().movedim(1, -1).flatten(0, 2).cpu().float()
        different = len(pixels.unique(dim=0))
        if different < colors:
            raise ValueError(f"y holds {different} different colors and {colors} are "
                             f"asked for; give more pixels or ask for fewer colors.")
        means = KMeans(colors, n_init=1, random_state=seed).fit(pixels.numpy())
        return cls(torch.as_tensor(means.cluster_centers_, dtype=torch.float32))

    def __repr__(self) -> str:
        return f"Palette({self.classes} colors, channels={self.channels})"

    def encode(self, y: Tensor) -> Tensor:
        """Return the nearest color's number, (..., h, w), of y (..., c, h, w)."""
        pixels = self.check_pictures(y).movedim(-3, -1)
        nearest = [torch.cdist(part, self.colors.to(part)).argmin(-1)
                   for part in pixels.reshape(-1, self.channels).split(65536)]
        return torch.cat(nearest).view(pixels.shape[:-1])    # split bounds the memory

    def decode(self, index: Tensor) -> Tensor:
        """Return the color (..., c, h, w) of each cell of (..., h, w)."""
        self.check_cells(index)
        return self.colors.to(index.device)[index].movedim(-1, -3)
