"""Measures of a model that was trained without pairs, on shirts. Lesson 11."""

from course_lib.datasets import TShirts
from course_lib.measurements.whole import Measuring, above_floor
from course_lib.models.dyer import Dyer
from course_lib.scoring import score


def measure_dyer(model: Dyer, world: TShirts) -> dict[str, float]:
    """Ask for whole shirts, for both dyes, and how often each."""
    result = score(model, world, examples=512, samples=2)
    return {"coherence": result.coherence.value,
            "coverage": result.coverage.value,
            "calibration error above its floor": above_floor(result)}


DYERS: dict[str, Measuring] = {"CycleGAN, grey shirts": measure_dyer}
