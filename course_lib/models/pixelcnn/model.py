"""What all models share that predict one value at a time. Lessons 06 and 07.

    p(y | x) = Πᵢ p(yᵢ | y₁ … yᵢ₋₁, x)

over the pixels row by row and, within a pixel, over its channels. Each factor is a
softmax over levels, so that the product is an exact probability of whole images.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import (
    check_choice,
    check_classes,
    check_finite,
    check_integer,
    check_number,
    check_seed,
    check_tensor,
    describe,
)
from course_lib.contract import (
    Given,
    LikelihoodModel,
    Shape,
    check_one_each,
    device_of,
    dtype_of,
    evaluating,
    seeded,
    tensor_of,
    tile,
    to_device,
)
from course_lib.distributions.quantization import Codebook, Quantizer, check_codebook
from course_lib.models.pixelcnn.sampling import METHODS, Drawing, draw, precision_on

INPUTS = ("ordinal", "one-hot")


class PixelModel(LikelihoodModel):
    """What all pixel-by-pixel models share; a subclass says which `network_class`.

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
    The options of `sample` are those of `draw`.
    """

    sample_options = ("temperature", "method", "uniforms")
    network_class: type[nn.Module]    # see `PixelCNNNetwork` for what it is given
    y_shape: tuple[int, int, int]
    condition: Any                    # with `check` and `out_channels`, besides forward

    def __init__(self, codebook: Codebook, size: int | tuple[int, int],
                 condition: nn.Module | None = None, inputs: str = "ordinal",
                 **options: Any):
        super().__init__()
        if condition is not None and not hasattr(condition, "out_channels"):
            raise TypeError(f"condition is {describe(condition)}; give a network with "
                            f"`check` and `out_channels`, such as VectorCondition, or "
                            f"None.")
        sides = size if isinstance(size, tuple) else (size, size)
        if len(sides) != 2:
            raise ValueError(f"size is {size}; give a side, or (height, width).")
        self.height, self.width = (check_integer("size", side, 1) for side in sides)
        self.codebook, self.condition = check_codebook(codebook), condition
        self.channels, self.levels = codebook.digits, codebook.levels
        self.one_hot = (check_choice("inputs", inputs, INPUTS) == "one-hot"
                        or not isinstance(codebook, Quantizer))
        features = self.levels if self.one_hot else 1
        self.network = self.network_class(
            in_features=self.channels * features, channels=self.channels,
            levels=self.levels,
            condition_features=condition.out_channels if condition else 0, **options)
        self.y_shape = (codebook.channels, self.height, self.width)

    def bins(self, y: Tensor) -> Tensor:
        """Return the bin of every value, (batch, channels, rows, width), of y."""
        return self.codebook.split(self.codebook.encode(y))

    def values(self, bins: Tensor) -> Tensor:
        """Return y for bins (..., channels, rows, width): the middle of each."""
        return self.codebook.decode(self.codebook.join(bins))

    def encode(self, bins: Tensor) -> Tensor:
        """Return what the network sees of bins (batch, channels, rows, width)."""
        dtype = dtype_of(self)
        if self.one_hot:
            levels = torch.arange(self.levels, device=bins.device)[:, None, None]
            return (bins.unsqueeze(2) == levels).flatten(1, 2).to(dtype)
        return bins.to(dtype) * (2 / (self.levels - 1)) - 1

    def check_given(self, given: Given) -> Given:
        """Return `given` as {"prefix": ..., "condition": ...} of what there is."""
        parts: dict[str, Given] = {}
        rest = given
        if isinstance(given, Mapping):
            others = {name: part for name, part in given.items() if name != "prefix"}
            if given.get("prefix") is not None:
                parts["prefix"] = self.check_prefix(given["prefix"])
            rest = next(iter(others.values())) if len(others) == 1 else others or None
        if self.condition is not None:
            parts["condition"] = self.condition.check(rest)
        elif rest is not None:
            raise ValueError(f"given is {describe(rest)} and {type(self).__name__} "
                             f"has no condition; build it with condition=..., or give "
                             f"nothing.")
        return to_device(parts, device_of(self), dtype_of(self)) or None

    def check_prefix(self, prefix: Given) -> Tensor:
        """Return the first rows of images; raises a sentence for what are none."""
        empty = (self.y_shape[0], 0, self.width)
        if isinstance(prefix, Tensor) and tuple(prefix.shape[1:]) == empty:
            return prefix
        prefix = check_tensor("prefix", prefix,
                              ("batch", self.y_shape[0], "rows", self.width))
        if prefix.shape[2] >= self.height:
            raise ValueError(f"prefix holds {prefix.shape[2]} rows and an image has "
                             f"{self.height}; give fewer, so that one is left to draw.")
        return prefix

    def y_shape_for(self, given: Given) -> Shape:
        return (self.y_shape[0], self.height - rows_of(given), self.width)

    def condition_features(self, given: Given) -> Tensor | None:
        """Return what every layer is told, (batch, features, 1 or h, 1 or w)."""
        if self.condition is None:
            return None
        features: Tensor = self.condition(part_of(given, "condition"))
        for side, wanted in zip(features.shape[2:], (self.height, self.width)):
            if side not in (1, wanted):
                raise ValueError(
                    f"the condition gives {tuple(features.shape[2:])} places and an "
                    f"image has {(self.height, self.width)}; give an x, or build a "
                    f"map, of its size.")
        return features.to(dtype_of(self.network))

    def logits(self, bins: Tensor, *, given: Given = None) -> Tensor:
        """Return the logits of every value, (batch, channels, levels, height, width),
        each from the bins that are drawn before it; `given` as in `log_prob`."""
        check_classes("bins", bins, ("batch", self.channels, self.height, self.width),
                      self.levels, "for instance model.bins(y)")
        given = self.check_given(given)
        check_one_each(bins, given)
        return self._logits(bins.to(device_of(self)), given)

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return log p(y | x) of the cells of each y, (batch,), in nats, exactly."""
        y, given = self.check_pair(y, given)
        prefix = part_of(given, "prefix")
        bins = self.bins(y if prefix is None else torch.cat([prefix.to(y), y], dim=2))
        logits = self._logits(bins, given).transpose(1, 2)
        nats = -functional.cross_entropy(logits, bins, reduction="none")
        return nats[:, :, self.height - y.shape[2]:].sum((1, 2, 3))

    def draw(self, given: Given, n: int, batch: int, **how: Any) -> Tensor:
        """Return (n, batch, channels, rows, width), n samples for each x.

        temperature: logits are divided by it; below 1 samples keep to what is likely
        method:      "cached" computes each feature once, "naive" runs the whole network
                     for every value; both turn the same numbers into the same image
        uniforms:    those numbers, (n * batch, channels, height, width) in [0, 1);
                     drawn here where none are given, on the CPU, so that devices agree
        """
        bins = torch.zeros(batch, self.channels, self.height, self.width,
                           dtype=torch.int64, device=device_of(self))
        known, rows = None, rows_of(given)
        if rows:
            bins[:, :, :rows] = self.bins(tensor_of(part_of(given, "prefix")))
            known = torch.zeros_like(bins, dtype=torch.bool)
            known[:, :, :rows] = True
        drawn = self.values(self._draw_bins(given, n, bins, known, **how))
        return drawn[..., rows:, :]

    @torch.no_grad()
    def complete(self, y: Tensor, known: Tensor, *, given: Given = None, n: int = 1,
                 seed: int | None = None, **how: Any) -> Tensor:
        """Return (n, batch, *y): the known pixels, to the bit, and the others drawn.

        y:     (batch, channels, height, width); only its known pixels are looked at
        known: (batch, 1, height, width), bool
        The others are those of `sample`.
        A pixel is drawn from what comes before it. Known pixels that come later are
        kept, but nothing that is drawn knows of them.
        """
        n, seed = check_integer("n", n, 1), check_seed(seed)
        self.check_options(how)
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
        with seeded(seed, device_of(self)), evaluating(self):
            bins = self._draw_bins(given, n, self.bins(clean),
                                   known.expand(-1, self.channels, -1, -1), **how)
        return torch.where(known, clean, self.values(bins).to(clean))

    def _logits(self, bins: Tensor, given: Given) -> Tensor:
        return self.network(self.encode(bins), self.condition_features(given))

    def _draw_bins(self, given: Given, n: int, bins: Tensor, known: Tensor | None, *,
                   temperature: float = 1.0, method: str = "cached",
                   uniforms: Tensor | None = None) -> Tensor:
        """Return the bins of whole images, (n, batch, channels, height, width)."""
        check_choice("method", method, METHODS)
        shape = (n * len(bins), *bins.shape[1:])
        if uniforms is None:
            uniforms = torch.rand(shape, dtype=torch.float64)
        precise = check_tensor("uniforms", uniforms, shape).double()
        check_tensor("uniforms", precise, shape, 0.0, math.nextafter(1, 0))
        drawing = Drawing(
            tile(bins, n), tile(known, n),
            uniforms.to(bins.device, precision_on(bins.device)),
            check_number("temperature", temperature, 0.0, 1e3, open_low=True))
        condition = tile(self.condition_features(given), n)
        drawn = draw(drawing, self.network, self.encode, condition, method)
        return drawn.view(n, *bins.shape)


def part_of(given: Given, name: str) -> Any:
    """Return the prefix or the condition of what `check_given` returned, or None."""
    return given.get(name) if isinstance(given, Mapping) else None


def rows_of(given: Given) -> int:
    """Return how many rows of the image are given, of what `check_given` returned."""
    prefix = part_of(given, "prefix")
    return 0 if prefix is None else tensor_of(prefix).shape[2]
