"""Every model that a test can train, small; a new family adds its line here."""

import torch

from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.cgan import ConditionalGAN
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.diffusion import Diffusion
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.pix2pix import Pix2Pix
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.autoencoder import PixelCNNAutoencoder
from course_lib.models.point_prediction import (
    FixedScale,
    Gaussian,
    GaussianMixture,
    PointPredictor,
)
from course_lib.models.softmax import Softmax
from course_lib.networks import (
    DiscreteLatentGenerator,
    ImageCondition,
    ImageToImage,
    ImageToVector,
    MixedPictures,
    NoiseToImage,
    PairCritic,
    PatchGAN,
    UNet,
    VectorCondition,
)

world = TShirts(size=16)
GREY = {"mean": 0.7, "std": 0.1}   # of the photos of shirts, about


def network(out_channels: int) -> ImageToImage:
    """The course's network, narrow."""
    return ImageToImage(1, out_channels, width=16, blocks=1, **GREY)


def critic(**senses) -> PairCritic:
    """The critic of shirts, narrow."""
    return PairCritic(width=16, y_std=0.3, **GREY, **senses)


def autoencoder(prior: str = "normal") -> ConditionalVAE:
    """A small conditional VAE of two latents."""
    network = ImageToVector(1, 4, 8) if prior == "conditional mixture" else None
    return ConditionalVAE(
        MixedPictures(1, 2, 2, width=16, **GREY), ImageToVector(3, 4, 16), 2, prior,
        prior_network=network, components=4)


def outspoken(model: torch.nn.Module) -> torch.nn.Module:
    """Return the model with larger weights, so that x is heard in a first sample."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    return model


def photo() -> ImageCondition:
    """A condition that tells photos apart before it has learned to."""
    return ImageCondition(1, 16, width=8, mean=0.7, std=0.01)


def pixelcnn_autoencoder() -> PixelCNNAutoencoder:
    """A small Gated PixelCNN behind an encoder of the photo."""
    decoder = GatedPixelCNN(Quantizer(levels=9, channels=2), 16, VectorCondition(4),
                            width=8, layers=1, kernel=3)
    encoder = ImageToVector(1, 4, 8, **GREY)
    return outspoken(PixelCNNAutoencoder(encoder, decoder))


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
        NoiseToImage(latents=3, width=16, blocks=1, **GREY), critic(), latents=3,
        penalty=1.0, penalty_every=2, penalised="both",
        generator_options={"lr": 1e-3}, critic_options={"lr": 2e-3}),
    "conditional GAN that chooses": lambda: ConditionalGAN(
        DiscreteLatentGenerator(pictures=3, width=16, **GREY), critic(pixel_features=4),
        latents=1, penalty_every=2, penalised="both",
        generator_options={"lr": 3e-3}, critic_options={"lr": 3e-3}),
    "conditional GAN that sees minimum projections": lambda: ConditionalGAN(
        DiscreteLatentGenerator(pictures=3, width=16, positions=True,
                                minimum_projections=True, **GREY),
        critic(pixel_features=4, positions=True, minimum_projections=True), latents=1,
        penalty_every=2, penalised="both", information=0.1,
        generator_options={"lr": 3e-3}, critic_options={"lr": 3e-3}),
    "VAE, normal": autoencoder,
    "VAE, mixture": lambda: autoencoder("mixture"),
    "VAE, conditional mixture": lambda: autoencoder("conditional mixture"),
    "PixelCNN": lambda: PixelCNN(
        palette(), 16, photo(), width=16, layers=1),
    "Gated PixelCNN": lambda: GatedPixelCNN(
        Quantizer(levels=9, channels=2), 16, photo(), width=16, layers=1),
    "PixelCNN autoencoder": pixelcnn_autoencoder,
    "diffusion": lambda: Diffusion(
        UNet(3, 2, (16, 16), features=16, passed=2), NoiseSchedule.cosine(50), steps=4),
    "pix2pix": lambda: Pix2Pix(
        UNet(2, 2, (16, 16)), PatchGAN(1, 2, 4, width=8, mean=0.5, std=0.25),
        l1_weight=10.0, noise_channels=1, penalty_every=2),
}


def make(name: str, seed: int = 0):
    """Return the model of that name, its weights drawn from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name]()
