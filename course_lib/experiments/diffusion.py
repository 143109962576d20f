"""Experiments that denoise to draw. Lesson 08."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from course_lib.contract import seeded
from course_lib.datasets import Captions, TShirts
from course_lib.experiments.experiment import (
    AVERAGED,
    Experiment,
    Options,
    small_striped,
    striped,
)
from course_lib.experiments.measures import WORDS, figures_of
from course_lib.models.diffusion import Diffusion
from course_lib.models.diffusion.denoiser import Denoiser, ExactDenoiser
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.networks.text import TextEncoder
from course_lib.networks.unet import UNet
from course_lib.scoring import calibration, metrics, score
from course_lib.scoring.evidence import gather

FEATURES = 64                      # of the vector of time and caption
# Twice as many steps of half as many shirts take as long, and learn more.
HALVES: Options = {"lr": 3e-3, "batch_size": 32} | AVERAGED
HELD_OUT = 256                     # shirts
SAMPLES = 8                        # of each
ANCESTRAL: Options = {"steps": 50, "sampler": "ancestral"}
WEIGHTS = (1, 2, 4)                # of the caption


def captioned() -> Captions:
    """Return small shirts of which half are striped, with captions."""
    return Captions(small_striped())


def of_shirts(shift: float, stripes: bool = False,
              captions: bool = False) -> Callable[[], Diffusion]:
    """Return what makes a diffusion of chroma, given the photo.

    shift: of the schedule. All pixels of a shirt share one dye, and together they show
        it through noise that hides each of them: the plain schedule seldom practises
        the noise at which a shirt is decided. Samplers do not mind a shift, as their
        timesteps are placed by signal over noise
    """
    return lambda: Diffusion(
        denoiser(stripes), NoiseSchedule.cosine().shifted(shift),
        timestep_spacing="snr",
        text=TextEncoder(len(captioned().words), FEATURES) if captions else None,
        condition_dropout=0.1)


def denoiser(stripes: bool) -> UNet:
    """Return the network: y_t and x to the two channels of chroma. Where stripes are
    depends on the place, and finding them takes a second look at the whole shirt."""
    return UNet(3, 2, (32, 64), features=FEATURES, passed=2, positions=stripes,
                mean=(0, 0, 0.7), std=(1, 1, 0.1), middle=2 if stripes else 1)


def measure_shirts(model: Diffusion, world: TShirts) -> dict[str, float]:
    """Hold both samplers against the truth, and the denoiser against the exact one."""
    with sampled_with(model, steps=20, sampler="deterministic"):
        quick: Any = score(model, world, examples=64, samples=2)
    exact = ExactDenoiser(world.truth, model.schedule, **model.defaults | ANCESTRAL)
    own, excess = denoising_errors(model, world)
    return (measure_sampler(model, world, steps=10, sampler="deterministic")
            | measure_stripes(model, world)
            | {"seconds for 64, 20 deterministic steps": quick.sampling_seconds.value,
               f"exact denoiser, 50 ancestral steps: {WORDS['excess_calibration']}":
                   score(exact, world, samples=SAMPLES).excess_calibration.value,
               "error beyond the exact denoiser's, over its own":
                   (excess.sum() / own.sum()).item()})


def measure_stripes(model: Diffusion, world: TShirts) -> dict[str, float]:
    """Hold samples of fifty ancestral steps against the truth's."""
    return measure_sampler(model, world, **ANCESTRAL)


def measure_sampler(model: Denoiser, world: TShirts,
                    **options: Any) -> dict[str, float]:
    """Hold the samples of one sampler against the truth's."""
    with sampled_with(model, **options):
        result = score(model, world, samples=SAMPLES)
    figures = figures_of(result, "coherence", "excess_calibration", "calibration_slope",
                         "chroma", "rms_to_mode")
    how = f"{options['steps']} {options['sampler']} steps"
    return {f"{how}: {figure}": value for figure, value in figures.items()}


def measure_captions(model: Diffusion, world: Captions) -> dict[str, float]:
    """Ask how often a caption is obeyed, by samples and by the exact posterior, and how
    far the samples are from p(mode | x, caption)."""
    given, _ = world.held_out(HELD_OUT)
    allowed = world.allowed(given["caption"])
    bins = calibration.bins_of(world.probability_of_teal(given))
    exact = obeyed(world.mode_probabilities(given), allowed)
    figures = {"caption obeyed by the exact posterior": exact}
    for weight in WEIGHTS:
        with sampled_with(model, guidance=float(weight), **ANCESTRAL):
            seen = gather(model, world, HELD_OUT, SAMPLES, 0, "the model")
        excess = (calibration.calibration(seen, bins).value
                  - calibration.calibration_floor(seen, bins).value)
        figures |= {
            f"caption obeyed, weight {weight}": obeyed(seen.frequencies, allowed),
            f"coherence, weight {weight}": metrics.coherence(seen).value,
            f"{WORDS['excess_calibration']}, weight {weight}": excess}
    return figures


@contextmanager
def sampled_with(model: Denoiser, **options: Any) -> Iterator[None]:
    """Run a block in which `model` samples with other options."""
    before = dict(model.defaults)
    model.defaults |= options
    try:
        yield
    finally:
        model.defaults = before


@torch.no_grad()
def denoising_errors(model: Denoiser, world: TShirts,
                     times: int = 20) -> tuple[Tensor, Tensor]:
    """Return the exact denoiser's mean squared error from y, and the model's mean
    squared difference from the exact one, each (times,), at t = T / times … T.

    The model's error from y is the sum of both, as no other denoiser's is less.
    """
    x, y = world.held_out(HELD_OUT)
    exact = ExactDenoiser(world.truth, model.schedule)
    errors = []
    with seeded(0):
        for t in torch.linspace(0, model.schedule.steps, times + 1)[1:].round().long():
            y_t = model.schedule.add_noise(y, t, torch.randn_like(y))
            best = exact.denoise(y_t, t, x)
            errors.append([(best - y).square().mean(),
                           (model.denoise(y_t, t, x) - best).square().mean()])
    own, excess = torch.tensor(errors).T
    return own, excess


def obeyed(chance: Tensor, allowed: Tensor) -> float:
    """Return which part of the samples that have a mode have one that the caption
    allows, over those captions that do not allow all.

    chance:  of each mode, (batch, modes): probabilities, or frequencies in samples
    allowed: (batch, modes) of bool, see `Captions.allowed`
    """
    tells = ~allowed.all(1)
    return ((chance * allowed)[tells].sum() / chance[tells].sum()).item()


EXPERIMENTS = [
    Experiment("diffusion", "diffusion", of_shirts(0.25), measure_shirts, 1000,
               options=HALVES, row="diffusion", row_on=("solid", "real")),
    Experiment("diffusion-stripes", "diffusion, stripes",
               of_shirts(0.25, stripes=True), measure_stripes, 1100, striped, HALVES,
               row="diffusion", row_on=("stripes",)),
    Experiment("diffusion-captions", "diffusion, captions, 16 x 16",
               of_shirts(0.5, stripes=True, captions=True), measure_captions, 1600,
               captioned, HALVES),
]
