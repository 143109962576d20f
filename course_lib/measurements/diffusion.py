"""Measures of models that denoise to draw. Lesson 08."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from course_lib.contract import seeded
from course_lib.datasets import Captions, TShirts
from course_lib.measurements.whole import Measuring, above_floor
from course_lib.models.denoiser import Denoiser, ExactDenoiser
from course_lib.models.diffusion import Diffusion
from course_lib.scoring import Score, calibration, metrics, score
from course_lib.scoring.evidence import gather

HELD_OUT = 256                     # shirts
SAMPLES = 8                        # of each
ANCESTRAL = {"steps": 50, "sampler": "ancestral"}
WEIGHTS = (1, 2, 4)                # of the caption


def measure_shirts(model: Diffusion, world: TShirts) -> dict[str, float]:
    """Hold both samplers against the truth, and the denoiser against the exact one."""
    quick = score_with(model, world, 64, 2, steps=20, sampler="deterministic")
    exact = ExactDenoiser(world.truth, model.schedule, **model.defaults)
    own, excess = denoising_errors(model, world)
    return (measure_sampler(model, world, steps=10, sampler="deterministic")
            | measure_stripes(model, world)
            | {"seconds for 64, 20 deterministic steps": quick.sampling_seconds.value,
               "exact denoiser, 50 ancestral steps: calibration error above its floor":
                   above_floor(score_with(exact, world, **ANCESTRAL)),
               "error beyond the exact denoiser's, over its own":
                   (excess.sum() / own.sum()).item()})


def measure_stripes(model: Diffusion, world: TShirts) -> dict[str, float]:
    """Hold samples of fifty ancestral steps against the truth's."""
    return measure_sampler(model, world, **ANCESTRAL)


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
        error = (calibration.calibration(seen, bins).value
                 - calibration.calibration_floor(seen, bins).value)
        figures |= {
            f"caption obeyed, weight {weight}": obeyed(seen.frequencies, allowed),
            f"coherence, weight {weight}": metrics.coherence(seen).value,
            f"calibration error above its floor, weight {weight}": error}
    return figures


def measure_sampler(model: Denoiser, world, **options) -> dict[str, float]:
    """Hold the samples of one sampler against the truth's."""
    result = score_with(model, world, **options)
    figures = {"coherence": result.coherence.value,
               "calibration error above its floor": above_floor(result),
               "calibration slope": result.calibration_slope.value,
               "chroma over the truth's": result.chroma.value,
               "rms to the mode (truth 0.100)": result.rms_to_mode.value}
    how = f"{options['steps']} {options['sampler']} steps"
    return {f"{how}: {figure}": value for figure, value in figures.items()}


@contextmanager
def sampled_with(model: Denoiser, **options) -> Iterator[None]:
    """Run a block in which `model` samples with other options."""
    before = dict(model.defaults)
    model.defaults |= options
    try:
        yield
    finally:
        model.defaults = before


def score_with(model: Denoiser, world, shirts: int = HELD_OUT, samples: int = SAMPLES,
               **options) -> Score:
    """Return the score of a model that samples with these options."""
    with sampled_with(model, **options):
        return score(model, world, examples=shirts, samples=samples)


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


DIFFUSION: dict[str, Measuring] = {
    "diffusion": measure_shirts,
    "diffusion, stripes": measure_stripes,
    "diffusion, captions, 16 x 16": measure_captions,
}
