"""Recipes of models from image to image, with pairs and without. Lessons 09 and 10."""

from collections.abc import Callable
from functools import partial

from course_lib.datasets import Conventions, Facades, Painters
from course_lib.models.cyclegan import CycleGAN
from course_lib.models.pix2pix import Pix2Pix
from course_lib.networks import ChromaMap, ColorMap, PatchGAN, UNet
from course_lib.recipes.recipe import Recipe
from course_lib.recipes.whole import striped

FEW = 5                            # pairs that tell which dye is which
PALER = 1 / 3                      # colors of one lightness vary that much in paintings
PIXELS = {"mean": 0.5, "std": 0.25}
PLAYERS = {"generator_options": {"lr": 4e-3}, "critic_options": {"lr": 2e-3}}


def pix2pix(patch: int, l1_weight: float = 100.0, adversarial_weight: float = 1.0,
            padded: bool = True,
            widths: tuple[int, ...] = (16, 32)) -> Callable[[], Pix2Pix]:
    """Return what makes a model of facades, whose critic judges patches of this side;
    one channel of noise beside the plan makes the grain.

    The generator works on single pixels: a bar of a window is one pixel wide."""
    return lambda: Pix2Pix(
        UNet(9 + 1, 3, widths, side=1),
        PatchGAN(9, 3, patch, width=16, padded=padded, **PIXELS),
        adversarial_weight, l1_weight, noise_channels=1, penalty=0.003, **PLAYERS)


def of_shirts() -> Pix2Pix:
    """Return a model of shirts. With a weight of 100 L1 would leave those grey whose
    dye it cannot guess; stripes need to be told where in the picture they are."""
    return Pix2Pix(
        UNet(1 + 1, 2, (16, 32), mean=(0.7, 0.0), std=(0.1, 1.0), places=True),
        PatchGAN(1, 2, 16, width=16, std=0.5),
        l1_weight=10.0, noise_channels=1, penalty=0.003, **PLAYERS)


def of_conventions(pairs: int = 0) -> Callable[[], CycleGAN]:
    """Return what makes two translators between two dyeing houses, told some pairs.

    They begin grey. Where colors begin by chance, the first steps give every dye one,
    and which one is hardly ever taken back, however unequal the frequencies are."""
    def make() -> CycleGAN:
        known = Conventions().pairs(pairs, "train", seed=1) if pairs else None
        critics = [PatchGAN(0, 3, 4, width=16, std=0.5)
                   for _ in range(2)]
        return CycleGAN(*(ColorMap(3, 3, kept=1) for _ in range(2)),
                        *critics, pairs=known, penalty=0.003)
    return make


def of_painters() -> CycleGAN:
    """Return two translators between photographs and paintings that keep what is light
    and what is dark, and begin as pale, and as colorful, as the two heaps ask for.

    Where lightness may move, or colors begin by chance, they agree on other colors than
    the painter's: the cycle closes with any."""
    return CycleGAN(
        ChromaMap(PALER), ChromaMap(1 / PALER),
        *(PatchGAN(0, 3, 4, width=16, **PIXELS) for _ in range(2)),
        cycle_weight=3.0, penalty=0.03)


def of_painters_with_unets() -> CycleGAN:
    """Return two translators that may change everything, as pictures of one's own ask
    for. Here the identity loss is what keeps the colors near the painter's."""
    return CycleGAN(
        *(UNet(3, 3, (16, 32), direct=True, **PIXELS) for _ in range(2)),
        *(PatchGAN(0, 3, 8, width=16, **PIXELS) for _ in range(2)),
        identity_weight=5.0, penalty=0.003)


# Small batches and many steps: a game learns by its moves, not by their precision.
GAME = {"batch_size": 4, "schedule": "cosine", "average": 0.98}
PIX2PIX = GAME | {"batch_size": 8}
TRANSLATION = {
    "pix2pix, L1 alone": Recipe(pix2pix(1, 1.0, 0.0), 600, Facades, PIX2PIX),
    "pix2pix, patches of 4": Recipe(pix2pix(4), 600, Facades, PIX2PIX),
    "pix2pix, patches of 16": Recipe(pix2pix(16), 600, Facades, PIX2PIX),
    "pix2pix, whole pictures": Recipe(pix2pix(32, padded=False), 600, Facades, PIX2PIX),
    "pix2pix, 64 x 64": Recipe(pix2pix(32, widths=(16, 32, 64)), 600,
                               partial(Facades, size=64), PIX2PIX),
    "pix2pix, shirts": Recipe(of_shirts, 600, options=PIX2PIX),
    "pix2pix, shirts, stripes": Recipe(of_shirts, 600, striped, PIX2PIX),
    "CycleGAN, two dyeing houses": Recipe(of_conventions(), 600, Conventions, GAME),
    "CycleGAN, unequal dyes": Recipe(of_conventions(), 600,
                                     partial(Conventions, p=0.8), GAME),
    "CycleGAN, five pairs": Recipe(of_conventions(FEW), 600, Conventions, GAME),
    "CycleGAN, two painters": Recipe(of_painters, 600, Painters, GAME),
    "CycleGAN, two painters, U-Nets": Recipe(of_painters_with_unets, 1500, Painters,
                                             GAME),
}
