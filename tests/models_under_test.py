"""Every model that a test can train, small; a new family adds its line here."""

import torch

from course_lib.datasets import TShirts
from course_lib.models.cgan import ConditionalGAN
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import (
    FixedScale,
    Gaussian,
    GaussianMixture,
    PointPredictor,
)
from course_lib.models.softmax import Softmax
from course_lib.networks import (
    ImageToImage,
    ImageToVector,
    MixedPictures,
    NoiseToImage,
    PairCritic,
)
from course_lib.quantization import Palette, Quantizer

world = TShirts(size=16)


def network(out_channels: int) -> ImageToImage:
    """The course's network, narrow."""
    return ImageToImage(1, out_channels, width=16, blocks=1)


def autoencoder(prior: str = "normal", posterior: str = "gaussian") -> ConditionalVAE:
    """A small conditional VAE of two latents."""
    weights = ImageToVector(1, 4, 8) if prior == "conditional mixture" else None
    return ConditionalVAE(
        MixedPictures(1, 2, 2, width=16), ImageToVector(3, 4, 16), 2, prior, posterior,
        prior_network=weights, components=4)


def palette() -> Palette:
    """Grey, the two dyes, and two colors between."""
    return Palette(torch.linspace(-1, 1, 5)[:, None] * torch.tensor([[0.65, 0.35]]))


MODELS = {
    "L2": lambda: PointPredictor(network(2), norm="l2"),
    "L1": lambda: PointPredictor(network(2), norm="l1"),
    "fixed Gaussian": lambda: FixedScale(PointPredictor(network(2))),
    "fixed Laplace": lambda: FixedScale(PointPredictor(network(2)), 0.1, "laplace"),
    "Gaussian": lambda: Gaussian(network(4)),
    "mixture of Gaussians": lambda: GaussianMixture(network(10)),
    "softmax over a grid": lambda: Softmax(
        network(25), Quantizer(levels=5, channels=2)),
    "softmax over a palette": lambda: Softmax(network(5), palette()),
    "random field": lambda: ConditionalRandomField(network(7), sweeps=3),
    "conditional GAN": lambda: ConditionalGAN(
        NoiseToImage(latents=3, width=16, blocks=1), PairCritic(width=16), latents=3,
        penalty=1.0, penalty_every=2, penalised="both",
        generator_options={"lr": 1e-3}, critic_options={"lr": 2e-3}),
    "VAE, normal, gaussian": autoencoder,
    "VAE, mixture, gaussian": lambda: autoencoder("mixture"),
    "VAE, conditional mixture, gaussian": lambda: autoencoder("conditional mixture"),
    "VAE, normal, truncated": lambda: autoencoder(posterior="truncated"),
}


def make(name: str, seed: int = 0):
    """Return the model of that name, its weights drawn from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name]()
