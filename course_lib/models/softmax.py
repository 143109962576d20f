"""Softmax regression: chroma as a class, one of k cells. Lesson 02."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution

from course_lib.checks import describe
from course_lib.contract import DistributionModel, Given
from course_lib.models.outputs import check_outputs, numbers_of, picture_shape
from course_lib.quantization import Palette, Quantizer


class Softmax(DistributionModel):
    """A categorical distribution over the cells of a codebook, for every pixel.

        p(y | x) = Πᵢ softmax(fᵢ(x))[cell of yᵢ]

    network:  (batch, 1, h, w) -> (batch, codebook.classes, h, w), the logits
    codebook: a `Quantizer` or a `Palette`
    y is chroma going in and coming out, and log_prob is the log-probability of its
    cells, to be compared with `world.truth.quantized(codebook)`. Lesson 02.
    """

    def __init__(self, network: nn.Module, codebook: Quantizer | Palette):
        super().__init__()
        if not isinstance(codebook, Quantizer | Palette):
            raise TypeError(f"codebook is {describe(codebook)}; give a Quantizer or a "
                            f"Palette.")
        self.codebook = codebook
        self.network = check_outputs(network, codebook.classes, "a logit for each cell")
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = (codebook.channels, "height", "width")

    def forward(self, given: Given) -> "PixelCategorical":
        logits = numbers_of(self.network, given, self.codebook.classes)
        return PixelCategorical(logits, self.codebook)

    @torch.no_grad()
    def most_likely(self, given: Given) -> Tensor:
        """Return the value of the most probable cell of each pixel, the shape of y."""
        logits = self(self.check_given(given)).logits
        return self.codebook.decode(logits.argmax(1))


class PixelCategorical(Distribution):
    """A categorical distribution in every pixel; an event is chroma (c, h, w).

    logits: (batch, classes, h, w)
    """

    arg_constraints: ClassVar = {}

    def __init__(self, logits: Tensor, codebook: Quantizer | Palette):
        self.logits, self.codebook = logits, codebook
        self.pixels = Categorical(logits=logits.movedim(1, -1),     # batch (b, h, w)
                                  validate_args=False)
        event = (codebook.channels, *logits.shape[2:])
        super().__init__(logits.shape[:1], event, validate_args=False)

    @property
    def probabilities(self) -> Tensor:
        """The probability of each cell, (batch, classes, h, w)."""
        return self.logits.softmax(1)

    def log_prob(self, y: Tensor) -> Tensor:
        return self.pixels.log_prob(self.codebook.encode(y)).sum((-2, -1))

    def sample(self, sample_shape: tuple = ()) -> Tensor:
        return self.codebook.decode(self.pixels.sample(sample_shape))
