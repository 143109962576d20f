"""Experiments with latents. Lesson 05."""

from course_lib.experiments.experiment import AVERAGED, GREY, Experiment, striped
from course_lib.experiments.measures import scored
from course_lib.models.cvae import ConditionalVAE
from course_lib.networks import ImageToVector, MixedPictures


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


measure_vae = scored("coherence", "excess_calibration", "calibration_slope", "chroma",
                     "coverage", "rms_to_mode", "likelihood_gap")
EXPERIMENTS = [
    Experiment("cvae", "conditional VAE", vae, measure_vae, 400,
               options={"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("solid", "real")),
    Experiment("cvae-stripes", "conditional VAE, stripes", vae_of_stripes, measure_vae,
               600, striped, {"lr": 3e-3} | AVERAGED, row="conditional VAE",
               row_on=("stripes",)),
]
