"""What is measured of each model against the truth, for the table of the README.

Every function here takes a trained model and its world, and returns {figure: value}.
"""

from collections.abc import Callable

from torch import Tensor

from course_lib.contract import ConditionalModel
from course_lib.datasets import TShirts
from course_lib.models.point_prediction import PointPredictor
from course_lib.scoring import score

SHIRTS = 1024                      # held-out shirts; fewer where a sample is slow


def rms_to(target: Tensor, prediction: Tensor) -> float:
    """Return the root of the mean squared difference, in units of y."""
    return (prediction - target).square().mean().sqrt().item()


def measure_l2(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L2 against the mean, and its chroma against E|2p - 1|."""
    x, _ = world.held_out(SHIRTS)
    expected = (2 * world.probability_of_teal(x) - 1).abs().mean().item()
    chroma = score(model, world, shirts=SHIRTS, samples=2).chroma.value
    return {"rms to (2p - 1) · mode": rms_to(world.truth.mean(x), model.predict(x)),
            "chroma over the truth's": chroma, "E abs(2p - 1)": expected}


def measure_l1(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L1 against the exact median of every number."""
    x, _ = world.held_out(SHIRTS)
    return {"rms to the median": rms_to(world.truth.median(x), model.predict(x))}


def measure_likelihood(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a model of independent pixels against the best of its kind."""
    result = score(model, world, shirts=SHIRTS, samples=2)
    return {"nats above independent": result.above_independent.value}


def measure_samples(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a sampler against the truth's samples."""
    result = score(model, world, shirts=256)
    return {"coherence": result.coherence.value,
            "calibration error above its floor":
                result.calibration.value - result.calibration_floor.value,
            "calibration slope": result.calibration_slope.value}


MEASURES: dict[str, Callable[[ConditionalModel, object], dict[str, float]]] = {
    "L2": measure_l2,
    "L1": measure_l1,
    "mixture of 2": measure_likelihood,
    "softmax, k = 10, 16 x 16": measure_likelihood,
    "softmax, k = 256, 16 x 16": measure_likelihood,
    "random field": measure_samples,
}
