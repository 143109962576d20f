"""Experiments with latents. Lesson 05."""


import torch
from torch import Tensor

from course_lib.contract import seeded
from course_lib.datasets import TShirts
from course_lib.datasets.tshirts import silhouettes
from course_lib.experiments.experiment import (
    AVERAGED,
    GREY,
    Experiment,
    striped,
)
from course_lib.experiments.measures import SAMPLES, all_modes, figures_of
from course_lib.models.cvae import ConditionalVAE
from course_lib.networks import (
    ImageToVector,
    MixedPictures,
)
from course_lib.scoring import score
from course_lib.scoring.probe import variance_explained

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


EXPERIMENTS = [
    Experiment("cvae", "conditional VAE", vae, measure_latent, 400,
               options={"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("solid", "real")),
    Experiment("cvae-stripes", "conditional VAE, stripes", vae_of_stripes, measure_vae,
               600, striped, {"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("stripes",)),
]
