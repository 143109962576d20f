"""Distributions of whole pictures whose pixels are independent. Lessons 01 and 02."""

from copy import copy
from typing import ClassVar, Self, cast

import torch
from torch import Tensor
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    Normal,
)

from course_lib.checks import describe
from course_lib.distributions.quantization import Codebook

Shape = torch.Size | list[int] | tuple[int, ...]           # of draws, as torch takes it


class Pixelwise(Distribution):
    """A distribution for every pixel, as one of pictures: an event is (c, h, w).

        log p(y) = Σᵢ log pᵢ(yᵢ)

    pixels:   of batch shape (batch, h, w), over the values of one pixel each
    channels: c, where an event of `pixels` is not (c,)

    `log_prob` is not asked whether y is finite, so that a NaN reaches the loss, where
    `fit` names it; a y of another shape is refused in a sentence.
    """

    arg_constraints: ClassVar = {}

    def __init__(self, pixels: Distribution, channels: int | None = None):
        self.pixels = pixels
        event = pixels.event_shape if channels is None else torch.Size([channels])
        super().__init__(pixels.batch_shape[:-2], event + pixels.batch_shape[-2:],
                         validate_args=False)

    def __repr__(self) -> str:
        return (f"{type(self).__name__}({self.pixels}, batch {tuple(self.batch_shape)}"
                f", event {tuple(self.event_shape)})")

    def expand(self, batch_shape: Shape, _instance: None = None) -> Self:
        wider = copy(self)                         # with what a subclass adds
        pixels = self.pixels.expand((*batch_shape, *self.event_shape[1:]))
        Pixelwise.__init__(wider, pixels, self.event_shape[0])
        return wider

    def of_pixels(self, y: Tensor) -> Tensor:
        """Return pictures (..., c, h, w) as what `pixels` is about, (..., h, w, c)."""
        return y.movedim(-3, -1)

    def of_pictures(self, values: Tensor) -> Tensor:
        """Return what `pixels` is about as pictures (..., c, h, w)."""
        return values.movedim(-1, -3)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log p(y), (..., batch), in nats, for y (..., batch, c, h, w)."""
        value = check_value(value, self)
        return self.pixels.log_prob(self.of_pixels(value)).sum((-2, -1))

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        return self.of_pictures(self.pixels.sample(torch.Size(sample_shape)))

    @property
    def mean(self) -> Tensor:
        return self.of_pictures(self.pixels.mean)

    @property
    def variance(self) -> Tensor:
        return self.of_pictures(self.pixels.variance)

    def entropy(self) -> Tensor:
        """Return the entropy, (batch,), in nats: the sum of the pixels', where torch
        knows these."""
        return self.pixels.entropy().sum((-2, -1))


class PixelMixture(Pixelwise):
    """A mixture of Gaussians in every pixel, whose channels share a component.

    logits: (batch, components, h, w);  mean, scale: (batch, components, c, h, w)
    """

    pixels: MixtureSameFamily

    def __init__(self, logits: Tensor, mean: Tensor, scale: Tensor):
        parts = Normal(mean.permute(0, 3, 4, 1, 2), scale.permute(0, 3, 4, 1, 2),
                       validate_args=False)
        weights = Categorical(logits=logits.permute(0, 2, 3, 1), validate_args=False)
        super().__init__(MixtureSameFamily(
            weights, Independent(parts, 1, validate_args=False), validate_args=False))

    @property
    def _parts(self) -> Normal:
        return cast("Independent[Normal]", self.pixels.component_distribution).base_dist

    @property
    def weights(self) -> Tensor:
        """The components' weights, (batch, components, h, w)."""
        return self.pixels.mixture_distribution.probs.movedim(-1, -3)

    @property
    def means(self) -> Tensor:
        """The components' means, (batch, components, c, h, w)."""
        return self._parts.loc.movedim((-2, -1), (-4, -3))

    @property
    def scales(self) -> Tensor:
        """The components' standard deviations, (batch, components, c, h, w)."""
        return self._parts.scale.movedim((-2, -1), (-4, -3))


class PixelCategorical(Pixelwise):
    """A categorical distribution in every pixel over the cells of a codebook; y is
    chroma, and its probability that of its cells.

    logits: (batch, classes, h, w)
    """

    pixels: Categorical

    def __init__(self, logits: Tensor, codebook: Codebook):
        self.codebook = codebook
        super().__init__(Categorical(logits=logits.movedim(1, -1), validate_args=False),
                         codebook.channels)

    @property
    def logits(self) -> Tensor:
        """The log-probability of each cell, (batch, classes, h, w)."""
        return self.pixels.logits.movedim(-1, -3)

    @property
    def probabilities(self) -> Tensor:
        """The probability of each cell, (batch, classes, h, w)."""
        return self.pixels.probs.movedim(-1, -3)

    @property
    def mean(self) -> Tensor:
        return self._expected(self.codebook.values)

    @property
    def variance(self) -> Tensor:
        square = self._expected(self.codebook.values.square())
        return (square - self.mean.square()).clamp(min=0)

    def of_pixels(self, y: Tensor) -> Tensor:
        return self.codebook.encode(y)

    def of_pictures(self, values: Tensor) -> Tensor:
        return self.codebook.decode(values)

    def _expected(self, numbers: Tensor) -> Tensor:
        """Return the means, (batch, c, h, w), of numbers (classes, c) of the cells."""
        probabilities = self.pixels.probs
        return (probabilities @ numbers.to(probabilities)).movedim(-1, -3)


def check_value(value: Tensor, distribution: Distribution) -> Tensor:
    """Return `value` if the distribution has a density at each of its events.

    Raises ValueError, in a sentence, for another shape: torch would broadcast it."""
    batch, event = distribution.batch_shape, distribution.event_shape
    end = value.ndim - len(event)
    pairs = zip(reversed(value.shape[:end]), reversed(batch))
    if value.shape[end:] != event or any(
            have != want and 1 not in (have, want) for have, want in pairs):
        raise ValueError(f"a value of the distribution is {describe(value)}; give the "
                         f"shape (..., {', '.join(map(str, batch + event))}).")
    return value
