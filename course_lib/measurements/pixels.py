"""Measures of models that draw one pixel after the other. Lessons 06 and 07."""

import torch

from course_lib.datasets import BlindSpot, Digits, TShirts
from course_lib.measurements.whole import SHIRTS, Measuring, above_floor
from course_lib.models.pixel_model import PixelModel
from course_lib.scoring import Classifier, mean_bits_per_dim, score
from course_lib.scoring.estimate import Estimate, mean_of

DRAWN = 50                         # digits of each class, to be recognised
AT_ONCE = 256                      # images whose log-probability is computed in one go


def measure_shirts(model: PixelModel, world: TShirts) -> dict[str, float]:
    """Hold the probabilities and the samples of shirts against the truth's."""
    result = score(model, world, examples=256)
    return {"gap, nats an image": likelihood_gap(model, world, SHIRTS).value,
            "coherence": result.coherence.value,
            "calibration error above its floor": above_floor(result),
            "calibration slope": result.calibration_slope.value,
            "truth's log p of samples, over its own, nats": result.truth_log_prob.value,
            "the same of the lowest 1 %": result.truth_log_prob_low.value}


def measure_digits(model: PixelModel, world: Digits) -> dict[str, float]:
    """Count bits, and ask a classifier which digit it sees in each sample."""
    classifier = Classifier(world)
    classes = torch.arange(len(world.class_names))
    samples = model.sample(given=classes, n=DRAWN, seed=0)
    return {"bits per dimension, held out": mean_bits_per_dim(model, world).value,
            "the same of digits it learned from":
                mean_bits_per_dim(model, world, "train").value,
            "samples recognised": classifier.accuracy_on(samples, classes).value,
            "real digits recognised": classifier.accuracy.value,
            "parameters": sum(p.numel() for p in model.parameters())}


def measure_blind_spot(model: PixelModel, world: BlindSpot) -> dict[str, float]:
    """Hold what a model loses against what its blind spot must cost."""
    lost = likelihood_gap(model, world, world.count("test")).value
    return {"nats above the truth": lost,
            "over the price of the blind spot": lost / world.blind_cost(3)}


@torch.no_grad()
def likelihood_gap(model: PixelModel, world, images: int) -> Estimate:
    """Return E[log p_true(y | x) - log p_model(y | x)] of held-out images, in nats."""
    x, y = world.held_out(images)
    truth = world.truth
    truth = truth.quantized(model.codebook) if hasattr(truth, "quantized") else truth
    gaps = []
    for part in torch.arange(images).split(AT_ONCE):
        given = None if x is None else x[part]
        gaps.append(truth.log_prob(y[part], given=given)
                    - model.log_prob(y[part], given=given))
    return mean_of(torch.cat(gaps))


PIXELS: dict[str, Measuring] = {
    "PixelCNN, 16 x 16": measure_shirts,
    "PixelCNN, stripes, 16 x 16": measure_shirts,
    "Gated PixelCNN, 16 x 16": measure_shirts,
    "Gated PixelCNN, stripes, 16 x 16": measure_shirts,
    "PixelCNN, digits": measure_digits,
    "PixelRNN, digits": measure_digits,
    "Gated PixelCNN, digits": measure_digits,
    "PixelCNN, blind spot": measure_blind_spot,
    "Gated PixelCNN, blind spot": measure_blind_spot,
}
