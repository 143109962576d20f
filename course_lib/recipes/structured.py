"""Recipes for answers made of symbols: labels, depth, places, boxes. Lesson 11.

One model for all of them, that of lesson 06: only what reads x differs, since a box is
asked for whole and a label at its place.
"""

from collections.abc import Callable

from torch import nn

from course_lib.datasets import (
    Billiards,
    Facades,
    FarHouses,
    NextPlace,
    Stereo,
    WindowBoxes,
)
from course_lib.models.pixelcnn import PixelCNN
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageCondition, ImageToImage, ProfileCondition
from course_lib.recipes.recipe import Recipe

SCALE = {"mean": 0.5, "std": 0.25, "places": True}


def one_by_one(world) -> PixelCNN:
    """Return a model that draws one symbol after the other, for a world of symbols."""
    _, height, width = world.y_shape
    reader: nn.Module = (ProfileCondition() if height == 1 else
                         ImageCondition(world.given_shape[0], 16, width=32, **SCALE))
    return PixelCNN(world.codebook, (height, width), reader, inputs="one-hot",
                    width=64 if height == 1 else 32, layers=2,
                    first_kernel=7 if height == 1 else 9)


def all_at_once(world) -> Softmax:
    """Return a model that takes the symbols as independent, given x."""
    channels, levels = world.given_shape[0], world.levels
    network = (ProfileCondition(out_channels=levels) if world.y_shape[1] == 1 else
               ImageToImage(channels, levels, width=32, **SCALE))
    return Softmax(network, world.codebook)


def houses() -> Facades:
    """Return enough houses for what is made of their plans."""
    return Facades(pairs=4000)


def far_houses() -> FarHouses:
    """Return houses seen from afar, to be labelled."""
    return FarHouses(houses())


def one_eye() -> Stereo:
    """Return the stereo scene, seen with the left eye alone."""
    return Stereo(eyes=1)


def ball() -> NextPlace:
    """Return the billiard ball, whose next place is asked for."""
    return NextPlace(Billiards())


def boxes() -> WindowBoxes:
    """Return houses, a window of which is to be found."""
    return WindowBoxes(houses())


ABOUT = {                          # what: world, steps one by one, pairs a step
    "labels": (far_houses, 300, 8), "one eye": (one_eye, 150, 8),
    "two eyes": (Stereo, 250, 12), "next place": (ball, 300, 8),
    "boxes": (boxes, 400, 64)}       # a word of four is quick, and wants more pairs


def of(kind: Callable, make_world: Callable, steps: int, batch_size: int) -> Recipe:
    """Return the recipe of one of the two kinds of model for a world."""
    return Recipe(lambda: kind(make_world()), steps, make_world, {
        "lr": 4e-3, "schedule": "cosine", "average": 0.98, "batch_size": batch_size})


STRUCTURED = {f"symbols {name}, {what}": of(kind, *about)
              for name, kind in (("one by one", one_by_one),
                                 ("all at once", all_at_once))
              for what, about in ABOUT.items()}
