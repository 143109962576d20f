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

SCALE = {"center": 0.5, "spread": 0.25, "places": True}


def one_by_one(world) -> PixelCNN:
    """Return a model that draws one symbol after the other, for a world of symbols."""
    _, height, width = world.y_shape
    reader: nn.Module = (ProfileCondition() if height == 1 else
                         ImageCondition(world.given_shape[0], 16, width=32, **SCALE))
    return PixelCNN(world.codebook, (height, width), reader, inputs="one-hot",
                    width=64 if height == 1 else 32, layers=3,
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


def of(make_world: Callable, kind: Callable, steps: int) -> Recipe:
    """Return the recipe of one of the two kinds of model for a world."""
    fits = {"lr": 4e-3, "batch_size": 16}
    if make_world is boxes:                  # a word of four, not a picture: quick
        fits = {"lr": 3e-3, "batch_size": 64}
    fits |= {"schedule": "cosine", "average": 0.98}
    return Recipe(lambda: kind(make_world()), steps, make_world, fits)


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


STRUCTURED = {
    f"{name}, {what}": of(world, kind, steps)
    for name, kind in (("symbols one by one", one_by_one),
                       ("symbols all at once", all_at_once))
    for what, world, steps in (("labels", far_houses, 400), ("one eye", one_eye, 250),
                               ("two eyes", Stereo, 500), ("next place", ball, 300),
                               ("boxes", boxes, 500))
}
