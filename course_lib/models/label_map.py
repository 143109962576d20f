"""From a picture to the label of every pixel: semantic segmentation. Lessons 09, 11."""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional

from course_lib.contract import Given, LikelihoodModel
from course_lib.models.outputs import picture_shape


class LabelMap(LikelihoodModel):
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

    def logits(self, given: Given) -> Tensor:
        """Return the logits, (batch, labels, h, w)."""
        x = self.check_given(given)
        return self.network(x).float()

    @torch.no_grad()
    def most_likely(self, given: Given) -> Tensor:
        """Return the most probable label of each pixel, (batch, h, w), int64."""
        return self.logits(given).argmax(1)

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, given = self.check_pair(y, given)
        log_chance = self.logits(given).log_softmax(1)
        return (y * log_chance).sum((1, 2, 3))

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        logits = self.logits(given)
        labels = Categorical(logits=logits.movedim(1, -1)).sample((n,))
        return functional.one_hot(labels, logits.shape[1]).movedim(-1, 2).float()
