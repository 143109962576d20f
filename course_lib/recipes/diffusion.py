"""Recipes of models that denoise to draw. Lesson 08."""

from collections.abc import Callable

from course_lib.datasets import Captions, TShirts
from course_lib.models.diffusion import Diffusion
from course_lib.models.noise_schedule import NoiseSchedule
from course_lib.networks.text import TextEncoder
from course_lib.networks.unet import UNet
from course_lib.recipes.recipe import AVERAGED, Recipe
from course_lib.recipes.whole import solid, striped

FEATURES = 64                      # of the vector of time and caption
# Twice as many steps of half as many shirts take as long, and learn more.
HALVES = {"lr": 3e-3, "batch_size": 32} | AVERAGED


def captioned() -> Captions:
    """Return small shirts of which half are striped, with captions."""
    return Captions(TShirts("stripes", size=16))


def of_shirts(shift: float, stripes: bool = False,
              text: Callable[[], TextEncoder] | None = None
              ) -> Callable[[], Diffusion]:
    """Return what makes a diffusion of chroma, given the photo.

    shift: of the schedule. All pixels of a shirt share one dye, and together they show
        it through noise that hides each of them: with too little noise the dye is
        decided in the first few steps, and the likelier one too often. More noise is
        paid for at the other end, where steps become long and shirts too clean; so
        the stops crowd there a little
    text:  makes the encoder of captions
    """
    return lambda: Diffusion(
        denoiser(stripes), NoiseSchedule.cosine().shifted(shift), crowding=0.7,
        text=None if text is None else text(), drop=0.1)


def denoiser(stripes: bool) -> UNet:
    """Return the network: y_t and x to the two channels of chroma. Where stripes are
    depends on the place, and finding them takes a second look at the whole shirt."""
    return UNet(3, 2, (32, 64), features=FEATURES, passed=2, places=stripes,
                mean=(0, 0, 0.7), std=(1, 1, 0.1), middle=2 if stripes else 1)


def reader() -> TextEncoder:
    """Return the encoder of captions."""
    return TextEncoder(len(captioned().words), FEATURES)


DIFFUSION = {
    "diffusion": Recipe(of_shirts(0.25), 1000, solid, HALVES),
    "diffusion, stripes": Recipe(of_shirts(0.25, stripes=True), 1100, striped, HALVES),
    "diffusion, captions, 16 x 16": Recipe(
        of_shirts(0.5, stripes=True, text=reader), 1600, captioned, HALVES),
}
