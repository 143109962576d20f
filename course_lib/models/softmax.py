"""Softmax regression: chroma as a class, one of k cells. Lesson 02."""

import torch
from torch import Tensor, nn

from course_lib.contract import DistributionModel, Given, tensor_of
from course_lib.distributions.pixelwise import PixelCategorical
from course_lib.distributions.quantization import Codebook, check_codebook
from course_lib.models.outputs import check_outputs, numbers_of, picture_shape


class Softmax(DistributionModel):
    """A categorical distribution over the cells of a codebook, for every pixel.

        p(y | x) = Πᵢ softmax(fᵢ(x))[cell of yᵢ]

    network:  (batch, 1, h, w) -> (batch, codebook.classes, h, w), the logits
    codebook: a `Quantizer` or a `Palette`
    y is chroma going in and coming out, and log_prob is the log-probability of its
    cells, to be compared with `world.truth.quantized(codebook)`. Lesson 02.
    """

    def __init__(self, network: nn.Module, codebook: Codebook):
        super().__init__()
        self.codebook = check_codebook(codebook)
        self.network = check_outputs(network, codebook.classes, "a logit for each cell")
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = (codebook.channels, "height", "width")

    def distribution(self, given: Given) -> PixelCategorical:
        logits = numbers_of(self.network, tensor_of(given), self.codebook.classes)
        return PixelCategorical(logits, self.codebook)

    @torch.no_grad()
    def most_likely(self, given: Given) -> Tensor:
        """Return the value of the most probable cell of each pixel, the shape of y."""
        logits = self.distribution(self.check_given(given)).logits
        return self.codebook.decode(logits.argmax(1))
