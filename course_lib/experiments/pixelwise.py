"""Experiments with a distribution for each pixel, and with neighbors. Lessons 01-03."""

from torch import Tensor

from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Quantizer
from course_lib.experiments.experiment import (
    GREY,
    SHIRTS,
    Experiment,
    rising_and_falling,
    small,
)
from course_lib.experiments.measures import HELD_OUT, scored
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import GaussianMixture, PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageToImage


def measure_l2(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L2 against the mean, and its chroma against E|2π - 1|."""
    x, _ = world.held_out(HELD_OUT)
    expected = (2 * world.probability_of_teal(x) - 1).abs().mean().item()
    return {"rms to (2π - 1) · mode": rms_to(world.truth.mean(x), model.predict(x)),
            **scored("chroma", examples=HELD_OUT, samples=2)(model, world),
            "E abs(2π - 1)": expected}


def measure_l1(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L1 against the exact median of every number."""
    x, _ = world.held_out(HELD_OUT)
    return {"rms to the median": rms_to(world.truth.median(x), model.predict(x))}


def rms_to(target: Tensor, prediction: Tensor) -> float:
    """Return the root of the mean squared difference, in units of y."""
    return (prediction - target).square().mean().sqrt().item()


# A model of independent pixels against the best of its kind.
measure_likelihood = scored("above_independent", examples=HELD_OUT, samples=2)
EXPERIMENTS = [
    Experiment("l2", "L2", lambda: PointPredictor(ImageToImage(1, 2, **GREY)),
               measure_l2, 1000, options=rising_and_falling(3e-3), row="L2",
               row_on=SHIRTS),
    Experiment("l1", "L1", lambda: PointPredictor(ImageToImage(1, 2, **GREY), "l1"),
               measure_l1, 600, options=rising_and_falling(3e-3), row="L1",
               row_on=SHIRTS),
    Experiment("mixture-2", "mixture of 2",
               lambda: GaussianMixture(ImageToImage(1, 10, **GREY)),
               measure_likelihood, 600, options=rising_and_falling(5e-3),
               row="mixture of 2", row_on=SHIRTS),
    Experiment("softmax-10", "softmax, k = 10, 16 x 16",
               lambda: Softmax(ImageToImage(1, 10, **GREY), Quantizer(levels=10)),
               measure_likelihood, 800, small, rising_and_falling(5e-3),
               row="softmax, k = 10", row_on=SHIRTS),
    Experiment("random-field", "random field",
               lambda: ConditionalRandomField(ImageToImage(1, 7, width=32, **GREY)),
               scored("coherence", "excess_calibration", "calibration_slope"), 400,
               options=rising_and_falling(4e-3), row="random field", row_on=SHIRTS),
]
