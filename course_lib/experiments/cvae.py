"""Experiments with latents: shirts, and the billiard ball's prior. Lesson 05."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from course_lib.contract import device_of, seeded
from course_lib.datasets import Billiards, TShirts
from course_lib.datasets.tshirts import silhouettes
from course_lib.experiments.experiment import (
    AVERAGED,
    GREY,
    Experiment,
    Options,
    rising_and_falling,
    striped,
)
from course_lib.experiments.measures import SAMPLES, all_modes, figures_of
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.cvae.resampled_prior import PriorFit, ResampledPrior
from course_lib.networks import (
    AttentionToVector,
    ImageToVector,
    MixedPictures,
    ModulatedImageToImage,
)
from course_lib.scoring import score
from course_lib.scoring.probe import variance_explained
from course_lib.training import fit
from course_lib.training.checkpoints import CheckpointError
from course_lib.training.history import History

PAIRS = 4096                       # for probes


def vae() -> ConditionalVAE:
    """Return the conditional VAE of lesson 05: one latent, which holds the dye."""
    return ConditionalVAE(
        MixedPictures(1, 1, 2, **GREY), encoder_of_shirts(2), latents=1,
        prior="conditional mixture", components=2,
        prior_network=ImageToVector(1, 2, 16, **GREY), kl_start=30.0, warm_up=250)


def vae_of_stripes() -> ConditionalVAE:
    """Return one with two latents, whose prior has more parts than there are modes:
    with four parts, two modes shared one, and z between them was grey."""
    parts = 16
    return ConditionalVAE(
        MixedPictures(1, 2, 2, switches=16, gain=8.0, positions=True, **GREY),
        encoder_of_shirts(4, positions=True), latents=2, prior="conditional mixture",
        components=parts, separation=1.5,
        prior_network=ImageToVector(1, parts, 16, positions=True, **GREY))


def encoder_of_shirts(out_features: int, positions: bool = False) -> ImageToVector:
    """Return an encoder of a grey photo and its chroma."""
    return ImageToVector(1 + 2, out_features, mean=(0.7, 0, 0),
                         std=(0.1, 0.5, 0.5), positions=positions)


def measure_vae(model: ConditionalVAE, world: TShirts) -> dict[str, float]:
    """Hold a VAE's samples and bound against the truth."""
    return figures_of(
        score(model, world), "coherence", "excess_calibration", "calibration_slope",
        "chroma", "rms_to_mode", "likelihood_gap") | {
        f"all modes in {SAMPLES} samples": all_modes(model, world)}


def measure_latent(model: ConditionalVAE, world: TShirts) -> dict[str, float]:
    """Also ask what one latent tells of the dye, and what of the photo."""
    x, y = world.batch(PAIRS, "test", seed=0)
    with torch.no_grad(), seeded(0):
        z = model.posterior(y, given=x).sample()
        u = model.quantiles(z, x)[:, 0]
        told = towards_teal(model.decode(z, x).mean, world, x) > 0
    teal, p = towards_teal(y, world, x) > 0, world.probability_of_teal(x)
    told_by_u = ((u > 0.5) == teal).double().mean().item()
    width, length = silhouettes.bounding_box(world.mask(x))
    area = world.mask(x).float().mean((-2, -1))
    photo = (world.mean_lightness(x), width, length, area)
    read = [variance_explained(u[:2048, None], seen[:2048].float()) for seen in photo]
    return measure_vae(model, world) | {
        "dye from (z, x)": (told == teal).double().mean().item(),
        "dye from the quantile of z alone": max(told_by_u, 1 - told_by_u),
        "1 - E abs(π - 1/2)": 1 - (p - 0.5).abs().mean().item(),
        "R² of the photo from the quantile, the largest": max(read)}


def towards_teal(y: Tensor, world: TShirts, x: Tensor) -> Tensor:
    """Return the part of solid teal in y, (batch,): near 1 for teal, -1 for pink."""
    teal = world.modes(x)[:, 0]
    return (y * teal).sum((-3, -2, -1)) / teal.square().sum((-3, -2, -1))


def vae_of_billiards() -> ConditionalVAE:
    """Return the one whose two latents become the velocity: z costs next to nothing at
    first, or else it tells one direction only."""
    pixels: Options = {"mean": 0.3, "std": 0.25}
    return ConditionalVAE(
        ModulatedImageToImage(3, 2, 3, **pixels),
        AttentionToVector(6, 4, offset=(0, 0, -4, -4), **pixels), latents=2,
        prior="mixture", components=1, separation=12.0, kl_start=0.003,
        warm_up=640)


def resampled_prior_of_billiards() -> ResampledPrior:
    """Return the prior that it is given then: the cushions, as z has them."""
    network = ImageToVector(3, 18, 16, mean=0.3, std=0.25, positions=True)
    return ResampledPrior(network, latents=2, factors=6)


def fit_then_prior(model: ConditionalVAE, world: Billiards, *, steps: int,
                   batch_size: int, seed: int, checkpoint: str | Path | None = None,
                   resume: bool = False, **options: Any) -> History:
    """Train a VAE, then another prior for it, alone, and return the first history, with
    the seconds of both. A step of the second is cheap, and sees twice as many pairs.

    checkpoint: of the first run; that of the second has "-prior" behind its name
    Raises CheckpointError, in a sentence, where either file stands in the way, before
    anything is trained. After Ctrl-C in the first run there is no second.
    """
    second = None
    if checkpoint is not None:
        stem, suffix = os.path.splitext(os.path.expanduser(str(checkpoint)))
        second = f"{stem}-prior{suffix}"
        if os.path.exists(second) and not resume:
            raise CheckpointError(f"{second} exists; continue both runs with "
                                  f"resume=True, or delete the file to begin again.")
    history = fit(model, world, steps, batch_size=batch_size, seed=seed,
                  checkpoint=checkpoint, resume=resume, **options)
    if history.interrupted:
        return history
    with seeded(seed):
        model.prior_over_latents = resampled_prior_of_billiards().to(device_of(model))
    then = fit(PriorFit(model), world, max(1, 3 * steps // 4),
               batch_size=2 * batch_size, seed=seed + 1, checkpoint=second,
               resume=resume, **options)
    history.seconds += then.seconds
    history.interrupted = then.interrupted
    return history


def measure_billiards(model: ConditionalVAE, world: Billiards) -> dict[str, float]:
    """Ask whether z is the velocity, and hold samples against the true places."""
    x, y = world.batch(PAIRS, "test", seed=0)
    with torch.no_grad():
        z = model.posterior(y, given=x).mean
    free = world.away_from_walls(x)
    return {
        "R² of velocity from z, away from walls":
            variance_explained(z[free], world.velocity(x, y)[free]),
        "R² of place from z": variance_explained(z[:2048], world.place(x)[:2048]),
        "R² of color from z": variance_explained(z[:2048], world.color(x)[:2048]),
        **figures_of(score(model, world), "whole_balls", "std_ratio", "likelihood_gap")}


EXPERIMENTS = [
    Experiment("cvae", "conditional VAE", vae, measure_latent, 400,
               options={"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("solid", "real")),
    Experiment("cvae-stripes", "conditional VAE, stripes", vae_of_stripes, measure_vae,
               600, striped, {"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("stripes",)),
    Experiment("cvae-billiards", "conditional VAE, billiards", vae_of_billiards,
               measure_billiards, 1600, Billiards,
               rising_and_falling(4e-3, batch_size=32), fit_then_prior),
]
