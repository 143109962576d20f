"""Experiments from image to image, with pairs and without. Lessons 09 and 10."""

from collections.abc import Callable
from functools import partial
from typing import Any

from course_lib.datasets import Conventions, Facades, GreyAndDyed, Painters, TShirts
from course_lib.experiments.experiment import SHIRTS, Experiment, Options, striped
from course_lib.experiments.measures import scored
from course_lib.models.cyclegan import ChromaAdapter, CycleGAN
from course_lib.models.pix2pix import Pix2Pix
from course_lib.networks import ChromaMap, ColorMap, PatchGAN, UNet
from course_lib.training import fit
from course_lib.training.history import History

bricks = partial(Facades, size=48)
FEW = 5                            # pairs that tell which dye is which
PALER = 1 / 3                      # colors of one lightness vary that much in paintings
PIXELS: Options = {"mean": 0.5, "std": 0.25}
PLAYERS: Options = {"generator_options": {"lr": 4e-3}, "critic_options": {"lr": 2e-3}}


def pix2pix(patch: int = 16, l1_weight: float = 30.0, adversarial_weight: float = 1.0,
            padded: bool = True) -> Callable[[], Pix2Pix]:
    """Return what makes a model of facades, whose critic judges patches of this side.

    One place of the generator's coarsest scale is 8 x 8 pixels, in which the bond of
    bricks comes again: a choice made for this world."""
    return lambda: Pix2Pix(
        UNet(9 + 1, 3, (32, 32, 32)),
        PatchGAN(9, 3, patch, width=16, padded=padded, **PIXELS),
        adversarial_weight, l1_weight, noise_channels=1, penalty=0.003, **PLAYERS)


def pix2pix_of_shirts() -> Pix2Pix:
    """Return a model of shirts. With a weight of 100 L1 would leave those grey whose
    dye it cannot guess; stripes need to be told where in the picture they are."""
    return Pix2Pix(
        UNet(1 + 1, 2, (16, 32), mean=(0.7, 0.0), std=(0.1, 1.0), positions=True),
        PatchGAN(1, 2, 16, width=16, std=0.5),
        l1_weight=10.0, noise_channels=1, penalty=0.003, **PLAYERS)


def critic(patch: int, **scale: Any) -> PatchGAN:
    """Return a critic of colored pictures alone, which judges patches of this side."""
    return PatchGAN(0, 3, patch, width=16, **scale)


def of_conventions(pairs: int = 0) -> Callable[[], CycleGAN]:
    """Return what makes two translators between two dyeing houses, told some pairs.

    They begin grey. Where colors begin by chance, the first steps give every dye one,
    and which one is hardly ever taken back, however unequal the frequencies are."""
    def make() -> CycleGAN:
        known = Conventions().pairs(pairs, "train", seed=1) if pairs else None
        critics = critic(4, std=0.5), critic(4, std=0.5)
        return CycleGAN(ColorMap(3, 3, kept=1), ColorMap(3, 3, kept=1), *critics,
                        cycle_weight=20.0, pairs=known, pairs_weight=20.0,
                        penalty=0.003)
    return make


def of_painters() -> CycleGAN:
    """Return two translators between photographs and paintings that keep what is light
    and what is dark, and begin as pale, and as colorful, as the two heaps ask for.

    Where lightness may move, or colors begin by chance, they agree on other colors than
    the painter's: the cycle closes with any."""
    return CycleGAN(
        ChromaMap(PALER), ChromaMap(1 / PALER), critic(4, **PIXELS),
        critic(4, **PIXELS), cycle_weight=6.0, penalty=0.03)


def of_painters_with_unets() -> CycleGAN:
    """Return two translators that may change everything, as pictures of one's own ask
    for. Here the identity loss is what keeps the colors near the painter's."""
    return CycleGAN(
        UNet(3, 3, (16, 32), direct=True, **PIXELS),
        UNet(3, 3, (16, 32), direct=True, **PIXELS),
        critic(8, **PIXELS), critic(8, **PIXELS), cycle_weight=20.0,
        identity_weight=10.0, penalty=0.003)


def chroma_adapter() -> ChromaAdapter:
    """Return two translators, taken as a model of shirts. The bleacher sees single
    pixels, so that no dye can be hidden in a pattern of grey; the cycle counts little,
    since it cannot close."""
    grey: Options = {"mean": 0.7, "std": 0.1}
    return ChromaAdapter(CycleGAN(
        UNet(1, 3, (16, 32), direct=True, **grey), ColorMap(3, 1, kept=1),
        PatchGAN(0, 1, 16, width=16, **grey), critic(16, std=0.5),
        cycle_weight=2.0, penalty=0.003))


def fit_without_pairs(model: ChromaAdapter, world: TShirts, **options: Any) -> History:
    """Train the translators of a chroma adapter on grey photos and dyed shirts of
    that world, of which it is never said what belongs together."""
    unpaired = GreyAndDyed(world.size, world.seed, world.pattern, world.shirts)
    return fit(model.translator, unpaired, **options)


# Small batches and many steps: a game learns by its moves, not by their precision.
GAME: Options = {"batch_size": 4, "schedule": "cosine", "average": 0.98}
PIX2PIX: Options = GAME | {"batch_size": 8}
# Is the plan kept, and the texture true? Is a shirt of one color, and how many colors
# is it ever given? Are translations those of the pairs that training never saw?
measure_facades = scored("labels_kept", "labels_real", "spectral_distance", "bond",
                         "variety", examples=256, samples=2)
measure_shirts = scored("coherence", "coverage", "chroma", "excess_calibration")
measure_translation = scored("rms_to_hidden", "rms_of_copying", "cycle_loss", "right")
EXPERIMENTS = [
    Experiment("pix2pix-l1", "pix2pix, L1 alone", pix2pix(1, adversarial_weight=0.0),
               measure_facades, 500, bricks, GAME),
    Experiment("pix2pix-4", "pix2pix, patches of 4", pix2pix(4), measure_facades, 500,
               bricks, GAME),
    Experiment("pix2pix-16", "pix2pix, patches of 16", pix2pix(), measure_facades, 500,
               bricks, GAME),
    Experiment("pix2pix-whole", "pix2pix, whole pictures", pix2pix(48, padded=False),
               measure_facades, 500, bricks, GAME),
    Experiment("pix2pix-64x64", "pix2pix, 64 x 64", pix2pix(), measure_facades, 1100,
               partial(bricks, size=64), GAME),
    Experiment("pix2pix-shirts", "pix2pix, shirts", pix2pix_of_shirts, measure_shirts,
               600, options=PIX2PIX, row="pix2pix", row_on=("solid", "real")),
    Experiment("pix2pix-stripes", "pix2pix, shirts, stripes", pix2pix_of_shirts,
               measure_shirts, 600, striped, PIX2PIX, row="pix2pix",
               row_on=("stripes",)),
    Experiment("cyclegan-houses", "CycleGAN, two dyeing houses", of_conventions(),
               measure_translation, 600, Conventions, GAME),
    Experiment("cyclegan-unequal", "CycleGAN, unequal dyes", of_conventions(),
               measure_translation, 600, partial(Conventions, p=0.8), GAME),
    Experiment("cyclegan-five-pairs", "CycleGAN, five pairs", of_conventions(FEW),
               measure_translation, 600, Conventions, GAME),
    Experiment("cyclegan-painters", "CycleGAN, two painters", of_painters,
               measure_translation, 600, Painters, GAME),
    Experiment("cyclegan-painters-unets", "CycleGAN, two painters, U-Nets",
               of_painters_with_unets, measure_translation, 1500, Painters, GAME),
    Experiment("cyclegan-shirts", "CycleGAN, grey shirts", chroma_adapter,
               measure_shirts, 1000, options=GAME, fit=fit_without_pairs,
               row="CycleGAN, no pairs", row_on=SHIRTS),
]
