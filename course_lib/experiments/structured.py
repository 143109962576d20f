"""Experiments whose answers are symbols: labels, depth, places, boxes. Lesson 11.

One model for all of them, that of lesson 06: only what reads x differs, since a box is
asked for whole and a label at its place.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from course_lib.contract import ConditionalModel, LikelihoodModel
from course_lib.datasets import (
    Billiards,
    Facades,
    FarHouses,
    NextPlace,
    Stereo,
    WindowBoxes,
)
from course_lib.experiments.experiment import Experiment, Options
from course_lib.models.pixelcnn import PixelCNN
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageCondition, ImageToImage, ProfileCondition

SCALE: Options = {"mean": 0.5, "std": 0.25, "positions": True}
SEEN = 256                         # held-out examples


def one_by_one(world: Any) -> PixelCNN:
    """Return a model that draws one symbol after the other, for a world of symbols."""
    _, height, width = world.y_shape
    reader: nn.Module = (ProfileCondition() if height == 1 else
                         ImageCondition(world.given_shape[0], 16, width=32, **SCALE))
    return PixelCNN(world.codebook, (height, width), reader, inputs="one-hot",
                    width=64 if height == 1 else 32, layers=2,
                    first_kernel=7 if height == 1 else 9)


def all_at_once(world: Any) -> Softmax:
    """Return a model that takes the symbols as independent, given x."""
    channels, levels = world.given_shape[0], world.levels
    network = (ProfileCondition(out_channels=levels) if world.y_shape[1] == 1 else
               ImageToImage(channels, levels, width=32, **SCALE))
    return Softmax(network, world.codebook)


def houses() -> Facades:
    """Return enough houses for what is made of their plans."""
    return Facades(pairs=4000)


def measure_symbols(model: LikelihoodModel, world: Any) -> dict[str, float]:
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


def of(kind: Callable[[Any], ConditionalModel],
       world: Callable[[], Any]) -> ConditionalModel:
    """Return one of the two kinds of model, for a world of symbols."""
    return kind(world())


KINDS: dict[str, tuple[str, Callable[[Any], ConditionalModel]]] = {
    "pixelcnn": ("one by one", one_by_one), "softmax": ("all at once", all_at_once)}
ABOUT: dict[str, tuple[Callable[[], Any], int, int]] = {
    "labels": (lambda: FarHouses(houses()), 300, 8),       # world, steps, pairs a step
    "one eye": (partial(Stereo, eyes=1), 150, 8), "two eyes": (Stereo, 250, 12),
    "next place": (lambda: NextPlace(Billiards()), 300, 8),
    # A word of four is quick, and wants more pairs.
    "boxes": (lambda: WindowBoxes(houses()), 400, 64)}

EXPERIMENTS = [
    Experiment(f"{name}-{what.replace(' ', '-')}", f"symbols {how}, {what}",
               partial(of, kind, world), measure_symbols, steps, world,
               {"lr": 4e-3, "schedule": "cosine", "average": 0.98, "batch_size": pairs})
    for name, (how, kind) in KINDS.items()
    for what, (world, steps, pairs) in ABOUT.items()]
