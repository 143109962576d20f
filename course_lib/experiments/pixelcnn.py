"""Experiments that draw one pixel after the other. Lessons 06 and 07."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from course_lib.datasets import BlindSpot, Digits, TShirts
from course_lib.datasets.base import level_bins
from course_lib.distributions.quantization import Quantizer
from course_lib.experiments.experiment import (
    Experiment,
    Options,
    rising_and_falling,
    small,
)
from course_lib.experiments.measures import HELD_OUT, figures_of
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.model import PixelModel
from course_lib.networks import (
    ConcatenatedConditions,
    ImageCondition,
    MapCondition,
    MinimumProjectionCondition,
)
from course_lib.scoring import Classifier, mean_bits_per_dim, score

DRAWN = 50                         # digits of each class, to be recognised
AT_ONCE = 256                      # images whose log-probability is computed in one go
LIGHT: Options = {"mean": 0.65, "std": 0.06}     # of cloth in a photo, about
COPIES: Options = {"lr": 5e-3, "schedule": "cosine", "average": 0.98}


def small_striped_a() -> TShirts:
    """Return small shirts of which half are striped, with the first channel alone."""
    return TShirts("stripes", size=16, channels="a")


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


def of_digits(kind: type[PixelModel], **options: Any) -> Callable[[], PixelModel]:
    """Return what makes a model of digits, given their class: all of one size, and told
    by a map what belongs where. There are few digits, so much is dropped."""
    return lambda: kind(level_bins(17), 8, MapCondition(10, 16, 8), **options)


def of_blind_spot(kind: type[PixelModel]) -> Callable[[], PixelModel]:
    """Return what makes a small model of the world of the blind spot."""
    return lambda: kind(level_bins(2), 8, width=16, layers=3)


def slowly(lr: float, batch_size: int) -> Options:
    """Return options of `fit` for shirts: a chance of 1 in 1,000 for the wrong dye, at
    each of 80 pixels, turns every twelfth shirt. Many small steps make it small."""
    return rising_and_falling(lr, batch_size=batch_size, average=0.997)


def measure_shirts(model: PixelModel, world: TShirts) -> dict[str, float]:
    """Hold the probabilities and the samples of shirts against the truth's."""
    return {"gap, nats per image": likelihood_gap(model, world, HELD_OUT),
            **figures_of(score(model, world), "coherence", "excess_calibration",
                         "calibration_slope", "truth_log_prob", "truth_log_prob_low")}


def measure_digits(model: PixelModel, world: Digits) -> dict[str, float]:
    """Count bits, and ask a classifier which digit it sees in each sample."""
    classifier = Classifier(world)
    classes = torch.arange(*world.given_shape)
    samples = model.sample(given=classes, n=DRAWN, seed=0)
    return {"bits per dimension, held out": mean_bits_per_dim(model, world).value,
            "the same of digits it learned from":
                mean_bits_per_dim(model, world, "train").value,
            "samples recognised": classifier.accuracy_on(samples, classes).value,
            "real digits recognised": classifier.accuracy.value,
            "parameters": sum(p.numel() for p in model.parameters())}


def measure_blind_spot(model: PixelModel, world: BlindSpot) -> dict[str, float]:
    """Hold what a model loses against what its blind spot must cost."""
    lost = likelihood_gap(model, world, world.count("test"))
    return {"nats above the truth": lost,
            "over the price of the blind spot": lost / world.blind_cost(3)}


@torch.no_grad()
def likelihood_gap(model: PixelModel, world: Any, images: int) -> float:
    """Return E[log p_true(y | x) - log p_model(y | x)] of held-out images, in nats."""
    x, y = world.held_out(images)
    truth = world.truth
    truth = truth.quantized(model.codebook) if hasattr(truth, "quantized") else truth
    gaps = []
    for part in torch.arange(images).split(AT_ONCE):
        given = None if x is None else x[part]
        gaps.append(truth.log_prob(y[part], given=given)
                    - model.log_prob(y[part], given=given))
    return torch.cat(gaps).double().mean().item()


EXPERIMENTS = [
    Experiment("pixelcnn", "PixelCNN, 16 x 16",
               of_shirts(PixelCNN, layers=3, first_kernel=15), measure_shirts, 4500,
               small, slowly(4e-3, 16), row="PixelCNN", row_on=("solid", "real")),
    Experiment("pixelcnn-stripes", "PixelCNN, stripes, 16 x 16",
               of_shirts(PixelCNN, striped=True, layers=3, first_kernel=15),
               measure_shirts, 4500, small_striped_a, slowly(4e-3, 16) | {"clip": 1.0},
               row="PixelCNN", row_on=("stripes",)),
    Experiment("gated-pixelcnn", "Gated PixelCNN, 16 x 16",
               of_shirts(GatedPixelCNN, width=24, layers=3, first_kernel=13,
                         vertical_residual=True),
               measure_shirts, 5000, small, slowly(4e-3, 8),
               row="Gated PixelCNN", row_on=("solid", "real")),
    Experiment("gated-pixelcnn-stripes", "Gated PixelCNN, stripes, 16 x 16",
               of_shirts(GatedPixelCNN, striped=True, width=20, layers=5,
                         first_kernel=13, vertical_residual=True),
               measure_shirts, 4500, small_striped_a, slowly(4e-3, 8),
               row="Gated PixelCNN", row_on=("stripes",)),
    Experiment("pixelcnn-digits", "PixelCNN, digits",
               of_digits(PixelCNN, width=43, layers=4, dropout=0.3), measure_digits,
               1200, Digits, rising_and_falling(4e-3, average=0.99)),
    Experiment("gated-pixelcnn-digits", "Gated PixelCNN, digits",
               of_digits(GatedPixelCNN, width=24, layers=4, dropout=0.5,
                         vertical_residual=True),
               measure_digits, 1200, Digits, rising_and_falling(5e-3, average=0.99)),
    Experiment("pixelcnn-blind-spot", "PixelCNN, blind spot", of_blind_spot(PixelCNN),
               measure_blind_spot, 300, BlindSpot, COPIES),
    Experiment("gated-pixelcnn-blind-spot", "Gated PixelCNN, blind spot",
               of_blind_spot(GatedPixelCNN), measure_blind_spot, 300, BlindSpot,
               COPIES),
]
