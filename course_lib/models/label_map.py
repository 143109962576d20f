"""From a picture to the label of every pixel: semantic segmentation. Lessons 09, 11."""

import torch
from torch import Tensor, nn
from torch.distributions import OneHotCategorical

from course_lib.contract import DistributionModel, Given
from course_lib.distributions.pixelwise import Pixelwise
from course_lib.models.outputs import picture_shape


class LabelMap(DistributionModel):
    """A categorical distribution over labels, for every pixel by itself.

        p(y | x) = Πᵢ softmax(fᵢ(x))[label of pixel i]

    network: (batch, channels, h, w) -> (batch, labels, h, w), the logits
    y is (batch, labels, h, w), one-hot. It is lesson 02's classification once more: a
    color was a class there, and here it is a part of a house. Lesson 11.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = picture_shape(network, "out_channels")

    def distribution(self, given: Given) -> Pixelwise:
        logits = self.network(given).float().movedim(1, -1)
        return Pixelwise(OneHotCategorical(logits=logits, validate_args=False))

    def logits(self, given: Given) -> Tensor:
        """Return the logits, (batch, labels, h, w)."""
        return self.network(self.check_given(given)).float()

    @torch.no_grad()
    def most_likely(self, given: Given) -> Tensor:
        """Return the most probable label of each pixel, (batch, h, w), int64."""
        return self.logits(given).argmax(1)
