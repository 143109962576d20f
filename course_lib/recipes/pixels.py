"""Recipes of models that draw one pixel after the other. Lessons 06 and 07."""

from collections.abc import Callable

from torch import nn

from course_lib.datasets import BlindSpot, Digits, TShirts
from course_lib.datasets.indexed import level_bins
from course_lib.models.pixel_model import PixelModel
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN, PixelRNN
from course_lib.networks import ImageCondition, MapCondition, Readings, ShadowCondition
from course_lib.quantization import Quantizer
from course_lib.recipes.recipe import Recipe, rising_and_falling
from course_lib.recipes.whole import small


def small_striped_a() -> TShirts:
    """Return small shirts of which half are striped, with the first channel alone."""
    return TShirts("stripes", size=16, channels="a")


LIGHT = {"mean": 0.65, "std": 0.06}         # of the cloth in a photo, about


def of_shirts(kind: type[PixelModel], striped: bool = False,
              **options) -> Callable[[], PixelModel]:
    """Return what makes a model of a's eight levels, given the photo.

    The second pixel of cloth is often on the other shoulder, up to eight pixels from
    the first, which may also be in the row above and to the right. So the first kernel
    is wide: the dye is then always in sight, and a plain stack has no blind spot there.

    striped: whether the photo is read for stripes as well. They ask for places, and
        for the shadows: they depend on whether a shirt is eleven pixels wide or twelve
    """
    def make() -> PixelModel:
        reader: nn.Module = ImageCondition(1, 16, places=striped, **LIGHT)
        if striped:
            reader = Readings(reader, ShadowCondition(1, 16, **LIGHT))
        return kind(Quantizer(levels=8), 16, reader, inputs="one-hot", **options)
    return make


def of_digits(kind: type[PixelModel], **options) -> Callable[[], PixelModel]:
    """Return what makes a model of digits, given their class: all of one size, and told
    by a map what belongs where. There are few digits, so much is dropped."""
    return lambda: kind(level_bins(17), 8, MapCondition(10, 16, 8), **options)


def of_blind_spot(kind: type[PixelModel]) -> Callable[[], PixelModel]:
    """Return what makes a small model of the world of the blind spot."""
    return lambda: kind(level_bins(2), 8, width=16, layers=3)


def slowly(lr: float, batch_size: int) -> dict:
    """Return options of `fit` for shirts: a chance of 1 in 1,000 for the wrong dye, at
    each of 80 pixels, turns every twelfth shirt. Many small steps make it small."""
    return rising_and_falling(lr, batch_size=batch_size, average=0.997)


COPIES = {"lr": 5e-3, "schedule": "cosine", "average": 0.98}
PIXELS = {
    "PixelCNN, 16 x 16": Recipe(
        of_shirts(PixelCNN, layers=3, first_kernel=15), 4500, small, slowly(4e-3, 16)),
    "PixelCNN, stripes, 16 x 16": Recipe(
        of_shirts(PixelCNN, striped=True, layers=3, first_kernel=15), 4500,
        small_striped_a,
        slowly(4e-3, 16) | {"clip": 1.0}),
    "Gated PixelCNN, 16 x 16": Recipe(
        of_shirts(GatedPixelCNN, width=24, layers=3, first_kernel=13,
                  vertical_residual=True), 5000, small, slowly(4e-3, 8)),
    "Gated PixelCNN, stripes, 16 x 16": Recipe(
        of_shirts(GatedPixelCNN, striped=True, width=20, layers=5, first_kernel=13,
                  vertical_residual=True), 4500, small_striped_a, slowly(4e-3, 8)),
    "PixelCNN, digits": Recipe(of_digits(PixelCNN, width=43, layers=4, dropout=0.3),
                               1200, Digits, rising_and_falling(4e-3, average=0.99)),
    "PixelRNN, digits": Recipe(of_digits(PixelRNN, width=48, layers=3, dropout=0.3),
                               600, Digits, rising_and_falling(6e-3, average=0.99)),
    "Gated PixelCNN, digits": Recipe(
        of_digits(GatedPixelCNN, width=24, layers=4, dropout=0.5,
                  vertical_residual=True), 1200, Digits,
        rising_and_falling(5e-3, average=0.99)),
    "PixelCNN, blind spot": Recipe(of_blind_spot(PixelCNN), 300, BlindSpot, COPIES),
    "Gated PixelCNN, blind spot": Recipe(of_blind_spot(GatedPixelCNN), 300, BlindSpot,
                                         COPIES),
}
