"""Distributions of pictures whose pixels are independent given x. Lessons 01 and 02.

    p(y) = Πᵢ p(yᵢ),    i a pixel, yᵢ all its channels

An event is a whole picture, (channels, height, width).
"""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    Normal,
)
from torch.distributions.constraints import Constraint

from course_lib.contract import Sizes
from course_lib.quantization import Palette, Quantizer


class Pixelwise(Distribution):
    """A distribution of every pixel, read as one of pictures.

    pixels: batch shape (batch, h, w), event shape (channels,)
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(self, pixels: Distribution, channels: int | None = None):
        self.pixels = pixels
        event = pixels.event_shape if channels is None else torch.Size([channels])
        super().__init__(pixels.batch_shape[:-2], event + pixels.batch_shape[-2:],
                         validate_args=False)

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(batch_shape: {tuple(self.batch_shape)}, "
                f"event_shape: {tuple(self.event_shape)})")

    def expand(self, batch_shape: Sizes, _instance: Any = None) -> "Pixelwise":
        return Pixelwise(self.pixels.expand((*batch_shape, *self.event_shape[1:])))

    def log_prob(self, value: Tensor) -> Tensor:
        return self.pixels.log_prob(value.movedim(-3, -1)).sum((-2, -1))

    def sample(self, sample_shape: Sizes = ()) -> Tensor:
        return self.pixels.sample(torch.Size(sample_shape)).movedim(-1, -3)

    def entropy(self) -> Tensor:
        return self.pixels.entropy().sum((-2, -1))

    @property
    def mean(self) -> Tensor:
        return self.pixels.mean.movedim(-1, -3)

    @property
    def variance(self) -> Tensor:
        return self.pixels.variance.movedim(-1, -3)


class PixelMixture(Pixelwise):
    """A mixture of Gaussians in every pixel.

    logits: (batch, components, h, w);  mean, scale: (batch, components, c, h, w),
        afterwards the attributes `logits`, `means` and `scales`
    """

    def __init__(self, logits: Tensor, mean: Tensor, scale: Tensor):
        self.logits, self.means, self.scales = logits, mean, scale
        parts = Normal(mean.permute(0, 3, 4, 1, 2), scale.permute(0, 3, 4, 1, 2),
                       validate_args=False)
        weights = Categorical(logits=logits.permute(0, 2, 3, 1), validate_args=False)
        super().__init__(MixtureSameFamily(weights, Independent(
            parts, 1, validate_args=False), validate_args=False))

    @property
    def weights(self) -> Tensor:
        """The components' weights, (batch, components, h, w)."""
        return self.logits.softmax(1)


class PixelCategorical(Pixelwise):
    """A categorical distribution over the cells of a codebook in every pixel.

    logits: (..., classes, h, w)
    y is the value that stands for a cell, (..., channels, h, w), and log_prob is the
    log-probability of y's cells.
    """

    def __init__(self, logits: Tensor, codebook: Quantizer | Palette):
        self.logits, self.codebook = logits, codebook
        super().__init__(Categorical(logits=logits.movedim(-3, -1),
                                     validate_args=False), codebook.channels)

    def expand(self, batch_shape: Sizes, _instance: Any = None) -> "PixelCategorical":
        return PixelCategorical(self.logits.expand(*batch_shape, *self.logits.shape[-3:]
                                                   ), self.codebook)

    def log_prob(self, value: Tensor) -> Tensor:
        return self.pixels.log_prob(self.codebook.encode(value)).sum((-2, -1))

    def sample(self, sample_shape: Sizes = ()) -> Tensor:
        return self.codebook.decode(self.pixels.sample(torch.Size(sample_shape)))

    @property
    def probabilities(self) -> Tensor:
        """The probability of each cell, (..., classes, h, w)."""
        return self.logits.softmax(-3)

    @property
    def mean(self) -> Tensor:
        return self._expected(self._values())

    @property
    def variance(self) -> Tensor:
        return self._expected(self._values().square()) - self.mean.square()

    def _values(self) -> Tensor:
        """Return what stands for each cell, (classes, channels)."""
        cells = torch.arange(self.codebook.classes, device=self.logits.device)
        return self.codebook.decode(cells[:, None, None])[..., 0, 0]

    def _expected(self, numbers: Tensor) -> Tensor:
        return torch.einsum("...khw,kc->...chw", self.probabilities,
                            numbers.to(self.logits))
