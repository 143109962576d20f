"""Experiments that draw one pixel after the other. Lessons 06 and 07."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Quantizer
from course_lib.experiments.experiment import (
    Experiment,
    Options,
    rising_and_falling,
    small,
)
from course_lib.experiments.measures import scored
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.model import PixelModel
from course_lib.networks import (
    ConcatenatedConditions,
    ImageCondition,
    MinimumProjectionCondition,
)

LIGHT: Options = {"mean": 0.65, "std": 0.06}     # of cloth in a photo, about
small_striped = partial(TShirts, "stripes", size=16, channels="a")


def of_shirts(kind: type[PixelModel], striped: bool = False,
              **options: Any) -> Callable[[], PixelModel]:
    """Return what makes a model of a's eight levels, given the photo.

    The second pixel of cloth is often on the other shoulder, up to eight pixels from
    the first, which may also be in the row above and to the right. So the first kernel
    is wide: the dye is then always in sight, and a plain stack has no blind spot there.

    striped: whether the photo is read for stripes as well. They ask for positions,
        and for the minimum projections: they depend on whether a shirt is eleven
        pixels wide or twelve
    """
    def make() -> PixelModel:
        reader: nn.Module = ImageCondition(1, 16, positions=striped, **LIGHT)
        if striped:
            reader = ConcatenatedConditions(
                reader, MinimumProjectionCondition(1, 16, **LIGHT))
        return kind(Quantizer(levels=8), 16, reader, inputs="one-hot", **options)
    return make


def slowly(lr: float, batch_size: int) -> Options:
    """Return options of `fit` for shirts: a chance of 1 in 1,000 for the wrong dye, at
    each of 80 pixels, turns every twelfth shirt. Many small steps make it small."""
    return rising_and_falling(lr, batch_size=batch_size, average=0.997)


# The probabilities and the samples of shirts, held against the truth's.
measure_shirts = scored("likelihood_gap", "coherence", "excess_calibration",
                        "calibration_slope", "truth_log_prob", "truth_log_prob_low")
EXPERIMENTS = [
    Experiment("pixelcnn", "PixelCNN, 16 x 16",
               of_shirts(PixelCNN, layers=3, first_kernel=15), measure_shirts, 4500,
               small, slowly(4e-3, 16), row="PixelCNN", row_on=("solid", "real")),
    Experiment("pixelcnn-stripes", "PixelCNN, stripes, 16 x 16",
               of_shirts(PixelCNN, striped=True, layers=3, first_kernel=15),
               measure_shirts, 4500, small_striped, slowly(4e-3, 16) | {"clip": 1.0},
               row="PixelCNN", row_on=("stripes",)),
    Experiment("gated-pixelcnn", "Gated PixelCNN, 16 x 16",
               of_shirts(GatedPixelCNN, width=24, layers=3, first_kernel=13,
                         vertical_residual=True),
               measure_shirts, 5000, small, slowly(4e-3, 8),
               row="Gated PixelCNN", row_on=("solid", "real")),
    Experiment("gated-pixelcnn-stripes", "Gated PixelCNN, stripes, 16 x 16",
               of_shirts(GatedPixelCNN, striped=True, width=20, layers=5,
                         first_kernel=13, vertical_residual=True),
               measure_shirts, 4500, small_striped, slowly(4e-3, 8),
               row="Gated PixelCNN", row_on=("stripes",)),
]
