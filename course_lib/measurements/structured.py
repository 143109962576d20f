"""Measures of answers made of symbols. Lesson 11."""

from course_lib.contract import ConditionalModel
from course_lib.datasets import NextPlace, Stereo, WindowBoxes
from course_lib.measurements.whole import Measuring
from course_lib.recipes.structured import STRUCTURED as RECIPES

SEEN = 256                         # held-out examples


def measure_symbols(model: ConditionalModel, world) -> dict[str, float]:
    """Return nats an answer, and the figure that its world has of samples."""
    x, y = world.held_out(SEEN)
    figures = {"nats an answer": -model.log_prob(y, given=x).mean().item()}
    samples = model.sample(given=x, n=4, seed=0)
    if isinstance(world, Stereo):
        figures["right within a pixel"] = (
            (samples - y).abs() < 1.5 / 15).float().mean().item()
    if isinstance(world, NextPlace):
        figures["whole balls"] = world.is_whole(samples).float().mean().item()
    if isinstance(world, WindowBoxes):
        figures["overlap"] = world.overlap(samples).mean().item()
    return figures


STRUCTURED: dict[str, Measuring] = dict.fromkeys(RECIPES, measure_symbols)
