"""Point predictors and the densities that grow out of them. Lesson 01.

    PointPredictor    one answer a pixel: the mean (L2) or the median (L1)
    FixedScale        that answer as the center of a Gaussian or a Laplace density
    Gaussian          mean and deviation, both learned
    GaussianMixture   several of them a pixel, with weights

Each takes a network that turns x into the numbers it needs, and takes the pixels as
independent given x.
"""

import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Laplace, Normal

from course_lib.checks import check_choice, check_integer, check_number
from course_lib.contract import (
    ConditionalModel,
    DistributionModel,
    Given,
    check_event,
    tensor_of,
)
from course_lib.distributions.pixelwise import PixelMixture
from course_lib.models.outputs import check_outputs, numbers_of, picture_shape, positive


class PointPredictor(ConditionalModel):
    """One answer for each x: a Dirac at f(x).

        norm "l2": the loss Σ (y - f(x))², whose best f(x) is the mean of p(y | x)
        norm "l1": the loss Σ |y - f(x)|, whose best f(x) is the median of each number

    network: (batch, 1, h, w) -> (batch, channels of y, h, w)
    A Dirac has no density, so there is no log_prob: see `FixedScale`. Lesson 01.
    """

    instead = "model.predict(x)"

    def __init__(self, network: nn.Module, norm: str = "l2"):
        super().__init__()
        self.network = network
        self.norm = check_choice("norm", norm, ("l2", "l1"))
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = picture_shape(network, "out_channels")

    @torch.no_grad()
    def predict(self, given: Given) -> Tensor:
        """Return f(x), the shape of y, for a checked x and without gradients."""
        return self.network(self.check_given(given))

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, given = self.check_pair(y, given)
        prediction = self.network(given)
        error = check_event(y, prediction.shape[1:]) - prediction
        error = error.square() if self.norm == "l2" else error.abs()
        return error.flatten(1).sum(1).mean()

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        prediction: Tensor = self.network(given)
        return prediction.expand(n, *prediction.shape)


class FixedScale(DistributionModel):
    """A point prediction read as a density of one fixed scale.

        density "gaussian": N(f(x), scale²), whose -log p is the L2 loss, scaled
        density "laplace":  Laplace(f(x), scale), whose -log p is the L1 loss, scaled

    predictor: a `PointPredictor`;  scale: in units of y. Lesson 01.
    """

    DENSITIES: ClassVar[dict[str, Any]] = {"gaussian": Normal, "laplace": Laplace}

    def __init__(self, predictor: PointPredictor, scale: float = 0.1,
                 density: str = "gaussian"):
        super().__init__()
        self.predictor = predictor
        self.given_shape, self.y_shape = predictor.given_shape, predictor.y_shape
        self.scale = check_number("scale", scale, 0.0, 1e3, open_low=True)
        self.density = check_choice("density", density, self.DENSITIES)

    def distribution(self, given: Given) -> Distribution:
        center = self.predictor.network(given)
        density = self.DENSITIES[self.density]
        return pictures(density(center, self.scale, validate_args=False))


class Gaussian(DistributionModel):
    """A Gaussian for every number of y, its mean and its deviation learned.

        p(y | x) = Πᵢ N(yᵢ; μᵢ(x), σᵢ(x)²)

    network: (batch, 1, h, w) -> (batch, 2 · channels of y, h, w)
    Of two modes it gets the mean right and the variance right, by the law of total
    variance, and peaks where there is nothing. Lesson 01.
    """

    def __init__(self, network: nn.Module, channels: int = 2):
        super().__init__()
        self.channels = check_integer("channels", channels, 1)
        self.network = check_outputs(
            network, 2 * self.channels, "a mean and a deviation for each channel of y")
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = (channels, "height", "width")

    def distribution(self, given: Given) -> Distribution:
        numbers = numbers_of(self.network, tensor_of(given), 2 * self.channels)
        mean, scale = numbers.chunk(2, dim=1)
        return pictures(Normal(mean, positive(scale), validate_args=False))


class GaussianMixture(DistributionModel):
    """A mixture of Gaussians for every pixel.

        p(y | x) = Πᵢ Σₖ wᵢₖ(x) N(yᵢ; μᵢₖ(x), σᵢₖ(x)²)

    network: (batch, 1, h, w) -> (batch, components · (1 + 2 · channels), h, w)
    components: Gaussians a pixel; with one channel that makes 3N numbers, as in the
        book. A pixel's channels share a component, so its colors hold together.
    Lesson 01.
    """

    def __init__(self, network: nn.Module, components: int = 2, channels: int = 2):
        super().__init__()
        self.components = check_integer("components", components, 1)
        self.channels = check_integer("channels", channels, 1)
        self.network = check_outputs(
            network, components * (1 + 2 * channels),
            f"a weight, {channels} means and {channels} deviations for each component")
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = (channels, "height", "width")
        offsets = torch.linspace(-0.5, 0.5, components) * (components > 1)
        self.register_buffer("start", offsets.view(1, -1, 1, 1, 1))  # all differ

    def distribution(self, given: Given) -> PixelMixture:
        sizes = self.components, 1 + 2 * self.channels
        numbers = numbers_of(self.network, tensor_of(given), math.prod(sizes))
        numbers = numbers.unflatten(1, sizes)
        logits, mean, scale = numbers.split([1, self.channels, self.channels], dim=2)
        return PixelMixture(logits[:, :, 0], mean + self.start, positive(scale))


def pictures(numbers: Distribution) -> Distribution:
    """Return the same distribution with a whole picture (c, h, w) as its event.

    Not checked by torch, so that a NaN reaches the loss, where `fit` names it."""
    return Independent(numbers, 3, validate_args=False)
