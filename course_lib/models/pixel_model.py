"""What all models share that predict one value at a time. Lessons 06 and 07.

    p(y | x) = Πᵢ p(yᵢ | y₁ … yᵢ₋₁, x)

over the pixels row by row and, within a pixel, over its channels. Each factor is a
softmax over levels, so that the product is an exact probability of whole images.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import (
    check_choice,
    check_finite,
    check_integer,
    check_number,
    check_tensor,
    describe,
)
from course_lib.contract import (
    Given,
    LikelihoodModel,
    check_one_each,
    device_of,
    dtype_of,
    repeat,
    seeded,
    size_of,
    to_device,
)
from course_lib.models.pixel_sampling import (
    METHODS,
    Drawing,
    check_uniforms,
    draw,
    precision_on,
)
from course_lib.quantization import Palette, Quantizer

INPUTS = ("ordinal", "one-hot")


class PixelModel(LikelihoodModel):
    """What all pixel-by-pixel models share; a subclass says `network_for`.

    codebook:  a `Quantizer`, whose channels are drawn one after the other, or a
               `Palette`, whose colors are drawn whole
    size:      height and width of y, or one number for both
    condition: from what is given to features of every place, see
               `course_lib.networks.conditions`; None for p(y)
    inputs:    "ordinal" shows a network each value as one number in [-1, 1], "one-hot"
               as a unit vector; a palette has no order, and is always one-hot
    options:   of the network

    y is (batch, channels, height, width) in the units of the codebook, going in and
    coming out, and log_prob is the log-probability of its cells. `given` is what the
    condition takes. A dict with the entry "prefix", (batch, channels, rows, width),
    gives the first rows of the image as well; y is then the rest of its rows.
    """

    def __init__(self, codebook: Quantizer | Palette, size: int | tuple[int, int],
                 condition: nn.Module | None = None, inputs: str = "ordinal",
                 **options):
        super().__init__()
        if not isinstance(codebook, Quantizer | Palette):
            raise TypeError(f"codebook is {describe(codebook)}; give a Quantizer or a "
                            f"Palette.")
        if condition is not None and not hasattr(condition, "out_channels"):
            raise TypeError(f"condition is {describe(condition)}; give a network with "
                            f"`check` and `out_channels`, such as VectorCondition, or "
                            f"None.")
        sides = size if isinstance(size, tuple) else (size, size)
        if len(sides) != 2:
            raise ValueError(f"size is {size}; give a side, or (height, width).")
        self.height, self.width = (check_integer("size", side, 1) for side in sides)
        self.codebook, self.condition = codebook, condition
        ordered = isinstance(codebook, Quantizer)
        self.channels = codebook.channels if ordered else 1
        self.levels = codebook.levels if ordered else codebook.classes
        check_choice("inputs", inputs, INPUTS)
        self.one_hot = not ordered or inputs == "one-hot"
        features = self.levels if self.one_hot else 1
        self.network = self.network_for(
            in_features=self.channels * features, channels=self.channels,
            levels=self.levels,
            condition_features=condition.out_channels if condition else 0, **options)
        self.y_shape = (codebook.channels, self.height, self.width)

    def network_for(self, **shape_and_options) -> nn.Module:
        """Return the network; see `PlainStack` for what it is given."""
        raise NotImplementedError(f"{type(self).__name__} does not say its network.")

    def bins(self, y: Tensor) -> Tensor:
        """Return the bin of every value, (batch, channels, rows, width), of y."""
        cells = self.codebook.encode(y)
        parts = []
        for _ in range(self.channels):
            parts.append(cells % self.levels)
            cells = cells // self.levels
        return torch.stack(parts[::-1], dim=1)

    def values(self, bins: Tensor) -> Tensor:
        """Return y for bins (..., channels, rows, width): the middle of each."""
        cells = bins.select(-3, 0)
        for channel in range(1, self.channels):
            cells = cells * self.levels + bins.select(-3, channel)
        return self.codebook.decode(cells)

    def encode(self, bins: Tensor) -> Tensor:
        """Return what the network sees of bins (batch, channels, rows, width)."""
        dtype = dtype_of(self)
        if self.one_hot:
            levels = torch.arange(self.levels, device=bins.device)[:, None, None]
            return (bins.unsqueeze(2) == levels).flatten(1, 2).to(dtype)
        return bins.to(dtype) * (2 / (self.levels - 1)) - 1

    def check_given(self, given: Given) -> Given:
        """Return `given` as {"prefix": ..., "condition": ...} of what there is."""
        parts, rest = {}, given
        if isinstance(given, dict):
            rest = {name: part for name, part in given.items() if name != "prefix"}
            if given.get("prefix") is not None:
                parts["prefix"] = self.check_prefix(given["prefix"])
            if set(rest) == {"condition"} or (
                    len(rest) == 1 and not hasattr(self.condition, "conditions")):
                rest = next(iter(rest.values()))
            rest = None if isinstance(rest, dict) and not rest else rest
        if self.condition is not None:
            parts["condition"] = self.condition.check(rest)
        elif rest is not None:
            raise ValueError(f"given is {describe(rest)} and {type(self).__name__} "
                             f"has no condition; build it with condition=..., or give "
                             f"nothing.")
        return to_device(parts, device_of(self), dtype_of(self)) or None

    def check_prefix(self, prefix: Tensor) -> Tensor:
        """Return the first rows of images; raises a sentence for what are none."""
        empty = (self.y_shape[0], 0, self.width)
        if isinstance(prefix, Tensor) and tuple(prefix.shape[1:]) == empty:
            return prefix
        check_tensor("prefix", prefix, ("batch", self.y_shape[0], "rows", self.width))
        if prefix.shape[2] >= self.height:
            raise ValueError(f"prefix holds {prefix.shape[2]} rows and an image has "
                             f"{self.height}; give fewer, so that one is left to draw.")
        return prefix

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        given = self.check_given(given)
        rows = self.height - rows_of(given)
        check_tensor("y", y, ("batch", self.y_shape[0], rows, self.width))
        check_one_each(y, given)
        return y.to(device_of(self)), given

    def condition_features(self, given: Given) -> Tensor | None:
        """Return what every layer is told, (batch, features, 1 or h, 1 or w)."""
        if self.condition is None:
            return None
        features = self.condition(given["condition"]).to(dtype_of(self.network))
        for side, wanted in zip(features.shape[2:], (self.height, self.width)):
            if side not in (1, wanted):
                raise ValueError(
                    f"the condition gives {tuple(features.shape[2:])} places and an "
                    f"image has {(self.height, self.width)}; give an x, or build a "
                    f"map, of its size.")
        return features

    def forward(self, bins: Tensor, given: Given = None) -> Tensor:
        """Return the logits of every value, (batch, channels, levels, height, width),
        each from the bins that are drawn before it; `given` as in `log_prob`."""
        if not isinstance(bins, Tensor) or bins.dtype != torch.int64 or bins.ndim != 4:
            raise TypeError(f"bins is {describe(bins)}; give int64 of shape (batch, "
                            f"{self.channels}, {self.height}, {self.width}), for "
                            f"instance model.bins(y).")
        given = self.check_given(given)
        return self.network(self.encode(bins), self.condition_features(given))

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        """Return log p(y | x) of the cells of each y, (batch,), in nats, exactly."""
        y, given = self.check_pair(y, given)
        rows = rows_of(given)
        whole = torch.cat([given["prefix"].to(y), y], dim=2) if rows else y
        bins = self.bins(whole)
        logits = self(bins, given)
        nats = -functional.cross_entropy(logits.transpose(1, 2), bins, reduction="none")
        return nats[:, :, rows:].sum((1, 2, 3))

    @torch.no_grad()
    def sample(self, given: Given = None, n: int = 1, seed: int | None = None,
               batch: int | None = None, *, temperature: float = 1.0,
               method: str = "cached", uniforms: Tensor | None = None,
               progress: bool = False) -> Tensor:
        """Return (n, batch, channels, rows, width): n samples for each x.

        temperature: logits are divided by it; below 1 samples keep to what is likely
        method:      "cached" computes each feature once, "naive" runs the whole network
                     for every value; both turn the same numbers into the same image
        uniforms:    those numbers, (n * batch, channels, height, width) in [0, 1);
                     drawn here where none are given
        progress:    whether to show a bar that counts rows
        The others are those of `ConditionalModel.sample`.
        """
        check_integer("n", n, 1)
        given = self.check_given(given)
        batch = check_integer("batch", batch, 1) if given is None else size_of(given)
        rows = rows_of(given)
        known = kept = None
        if rows:
            kept = torch.zeros(batch, *self.y_shape, device=device_of(self))
            kept[:, :, :rows] = given["prefix"]
            known = torch.zeros_like(kept, dtype=torch.bool)
            known[:, :, :rows] = True
        bins = self.draw_bins(given, n, batch, kept, known, seed, temperature, method,
                              uniforms, progress)
        return self.values(bins)[..., rows:, :].to(dtype_of(self))

    @torch.no_grad()
    def complete(self, y: Tensor, known: Tensor, given: Given = None, n: int = 1,
                 seed: int | None = None, *, temperature: float = 1.0,
                 method: str = "cached", uniforms: Tensor | None = None,
                 progress: bool = False) -> Tensor:
        """Return (n, batch, *y): the known pixels, to the bit, and the others drawn.

        y:     (batch, channels, height, width); only its known pixels are looked at
        known: (batch, 1, height, width), bool
        The others are those of `sample`.
        A pixel is drawn from what comes before it. Known pixels that come later are
        kept, but nothing that is drawn knows of them.
        """
        given = self.check_given(given)
        check_tensor("y", y.nan_to_num() if isinstance(y, Tensor) else y,
                     ("batch", *self.y_shape))
        wanted = (len(y), 1, self.height, self.width)
        if not isinstance(known, Tensor) or known.dtype != torch.bool or (
                tuple(known.shape) != wanted):
            raise ValueError(f"known is {describe(known)}; give a bool tensor of shape "
                             f"{wanted}.")
        clean = check_finite("y", y.masked_fill(~known.to(y.device), 0))
        check_one_each(y, given)
        clean, known = clean.to(device_of(self)), known.to(device_of(self))
        bins = self.draw_bins(given, check_integer("n", n, 1), len(y), clean, known,
                              seed, temperature, method, uniforms, progress)
        return torch.where(known, clean, self.values(bins).to(clean))

    def draw_bins(self, given: Given, n: int, batch: int, kept: Tensor | None,
                  known: Tensor | None, seed: int | None, temperature: float,
                  method: str, uniforms: Tensor | None, progress: bool) -> Tensor:
        """Return the bins of whole images, (n, batch, channels, height, width)."""
        check_number("temperature", temperature, 0.0, 1e3, open_low=True)
        check_choice("method", method, METHODS)
        shape = (n * batch, self.channels, self.height, self.width)
        with seeded(seed):                  # on the CPU, so that devices agree
            uniforms = (torch.rand(shape, dtype=torch.float64) if uniforms is None
                        else check_uniforms(uniforms, shape))
        bins = torch.zeros(shape, dtype=torch.int64, device=device_of(self))
        if known is not None:
            bins = repeat(self.bins(kept), n)
            known = repeat(known.expand(-1, self.channels, -1, -1), n)
        uniforms = uniforms.to(bins.device, precision_on(bins.device))
        drawing = Drawing(bins, known, uniforms, temperature)
        training = self.training
        self.eval()                         # nothing is dropped while drawing
        try:
            condition = repeat(self.condition_features(given), n)
            bins = draw(drawing, self.network, self.encode, condition, method, progress)
        finally:
            self.train(training)
        return bins.view(n, batch, *shape[1:])


def rows_of(given: Given) -> int:
    """Return how many rows of the image are given, of what `check_given` returned."""
    if given is None or given.get("prefix") is None:
        return 0
    return given["prefix"].shape[2]
