"""Experiments from image to image, with pairs and without. Lessons 09 and 10."""

from functools import partial
from typing import Any

from course_lib.datasets import Facades, GreyAndDyed, TShirts
from course_lib.experiments.experiment import SHIRTS, Experiment, Options, striped
from course_lib.experiments.measures import scored
from course_lib.models.cyclegan import ChromaAdapter, CycleGAN
from course_lib.models.pix2pix import Pix2Pix
from course_lib.networks import ColorMap, PatchGAN, UNet
from course_lib.training import fit
from course_lib.training.history import History

bricks = partial(Facades, size=48)
PLAYERS: Options = {"generator_options": {"lr": 4e-3}, "critic_options": {"lr": 2e-3}}


def pix2pix() -> Pix2Pix:
    """Return the model of facades of lesson 09. One place of the generator's coarsest
    scale is 8 x 8 pixels, in which the bond of bricks comes again: a choice made for
    this world."""
    return Pix2Pix(
        UNet(9 + 1, 3, (32, 32, 32)),
        PatchGAN(9, 3, 16, width=16, mean=0.5, std=0.25),
        l1_weight=30.0, noise_channels=1, penalty=0.003, **PLAYERS)


def pix2pix_of_shirts() -> Pix2Pix:
    """Return a model of shirts. With a weight of 100 L1 would leave those grey whose
    dye it cannot guess; stripes need to be told where in the picture they are."""
    return Pix2Pix(
        UNet(1 + 1, 2, (16, 32), mean=(0.7, 0.0), std=(0.1, 1.0), positions=True),
        PatchGAN(1, 2, 16, width=16, std=0.5),
        l1_weight=10.0, noise_channels=1, penalty=0.003, **PLAYERS)


def chroma_adapter() -> ChromaAdapter:
    """Return two translators, taken as a model of shirts. The bleacher sees single
    pixels, so that no dye can be hidden in a pattern of grey; the cycle counts little,
    since it cannot close."""
    grey: Options = {"mean": 0.7, "std": 0.1}
    return ChromaAdapter(CycleGAN(
        UNet(1, 3, (16, 32), direct=True, **grey), ColorMap(3, 1, kept=1),
        PatchGAN(0, 1, 16, width=16, **grey), PatchGAN(0, 3, 16, width=16, std=0.5),
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
# is it ever given?
measure_facades = scored("labels_kept", "labels_real", "spectral_distance", "bond",
                         "variety", examples=256, samples=2)
measure_shirts = scored("coherence", "coverage", "chroma", "excess_calibration")
EXPERIMENTS = [
    Experiment("pix2pix-64x64", "pix2pix, 64 x 64", pix2pix, measure_facades, 1100,
               partial(Facades, size=64), GAME),
    Experiment("pix2pix-shirts", "pix2pix, shirts", pix2pix_of_shirts, measure_shirts,
               600, options=PIX2PIX, row="pix2pix", row_on=("solid", "real")),
    Experiment("pix2pix-stripes", "pix2pix, shirts, stripes", pix2pix_of_shirts,
               measure_shirts, 600, striped, PIX2PIX, row="pix2pix",
               row_on=("stripes",)),
    Experiment("cyclegan-shirts", "CycleGAN, grey shirts", chroma_adapter,
               measure_shirts, 1000, options=GAME, fit=fit_without_pairs,
               row="CycleGAN, no pairs", row_on=SHIRTS),
]
