"""How each model of the course is built and trained: its lesson's recipe, one by one.

    model, world, history = RECIPES["softmax, k = 10, 16 x 16"].train(seed=0)

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets import Billiards, TShirts
from course_lib.models.cgan import ConditionalGAN
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import GaussianMixture, PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.networks import (
    AttentionToVector,
    ImageToImage,
    ImageToVector,
    MixedPictures,
    ModulatedImageToImage,
    NoiseToImage,
    PairCritic,
)
from course_lib.quantization import Quantizer
from course_lib.training import fit
from course_lib.training.history import History


@dataclass(frozen=True)
class Recipe:
    """A model, its world, and how it is trained.

    build:   makes the model, untrained
    steps:   of training
    world:   makes the world
    options: of `fit`, beside steps and seed
    """

    build: Callable[[], ConditionalModel]
    steps: int
    world: Callable[[], object] = TShirts
    options: dict = field(default_factory=dict)

    def train(self, seed: int = 0,
              **options) -> tuple[ConditionalModel, object, History]:
        """Return the trained model, its world and its history.

        seed:    of the first weights, the batches and all noise
        options: further ones of `fit`, or others than the recipe's
        """
        with seeded(seed):
            world, model = self.world(), self.build()
        options = {"steps": self.steps} | self.options | options
        return model, world, fit(model, world, seed=seed, **options)


def solid() -> TShirts:
    """Return the solid shirts."""
    return TShirts()


def striped() -> TShirts:
    """Return the shirts of which half are striped."""
    return TShirts("stripes")


def small() -> TShirts:
    """Return solid shirts of 16 x 16 pixels, with the first chroma channel alone."""
    return TShirts(size=16, channels="a")


def rising_and_falling(lr: float, **others) -> dict:
    """Return options of `fit`: a rate that rises to `lr` and falls to 0."""
    return {"lr": lr, "schedule": "warmup-cosine"} | others


def softmax(levels: int) -> Callable[[], Softmax]:
    """Return what makes a softmax over `levels` bins of a."""
    return lambda: Softmax(ImageToImage(1, levels), Quantizer(levels=levels))


def gan() -> ConditionalGAN:
    """Return the conditional GAN of lesson 04: the paired game, with both penalties."""
    return ConditionalGAN(
        NoiseToImage(1, 2, latents=8, noise_channels=2, width=32), PairCritic(width=48),
        latents=8, noise_channels=2, loss="relativistic", penalty=1.0, penalty_every=2,
        penalised="both", generator_options={"lr": 1e-3}, critic_options={"lr": 2e-3})


def vae() -> ConditionalVAE:
    """Return the conditional VAE of lesson 05: one latent, which holds the dye."""
    return ConditionalVAE(
        MixedPictures(1, 1, 2), encoder_of_shirts(2), latents=1,
        prior="conditional mixture", components=2,
        prior_network=ImageToVector(1, 2, 16, 0.7, 0.1), kl_start=30.0, warm_up=250)


def vae_of_stripes() -> ConditionalVAE:
    """Return one with two latents, whose prior has more parts than there are modes:
    with four parts, two modes shared one, and z between them was grey."""
    parts = 16
    return ConditionalVAE(
        MixedPictures(1, 2, 2, switches=16, gain=8.0, places=True),
        encoder_of_shirts(4, places=True), latents=2, prior="conditional mixture",
        components=parts, separation=1.5,
        prior_network=ImageToVector(1, parts, 16, 0.7, 0.1, places=True))


def encoder_of_shirts(out_features: int, places: bool = False) -> ImageToVector:
    """Return an encoder of a grey photo and its chroma."""
    return ImageToVector(1 + 2, out_features, center=(0.7, 0, 0),
                         spread=(0.1, 0.5, 0.5), places=places)


def vae_of_billiards(steps: int) -> ConditionalVAE:
    """Return the one whose two latents become the velocity: z costs next to nothing at
    first, or else it tells one direction only."""
    pixels = {"center": 0.3, "spread": 0.25}
    return ConditionalVAE(
        ModulatedImageToImage(3, 2, 3, **pixels),
        AttentionToVector(6, 4, offset=(0, 0, -4, -4), **pixels), latents=2,
        prior="mixture", components=1, separation=12.0, kl_start=0.003,
        warm_up=int(0.4 * steps))


AVERAGED = {"schedule": "cosine", "average": 0.99}
RECIPES = {
    "L2": Recipe(lambda: PointPredictor(ImageToImage(1, 2)), 1000, solid,
                 rising_and_falling(3e-3)),
    "L1": Recipe(lambda: PointPredictor(ImageToImage(1, 2), "l1"), 600, solid,
                 rising_and_falling(3e-3)),
    "mixture of 2": Recipe(lambda: GaussianMixture(ImageToImage(1, 10)), 600, solid,
                           rising_and_falling(5e-3)),
    "softmax, k = 10, 16 x 16": Recipe(softmax(10), 800, small,
                                       rising_and_falling(5e-3)),
    "softmax, k = 256, 16 x 16": Recipe(softmax(256), 800, small,
                                        rising_and_falling(5e-3)),
    "random field": Recipe(
        lambda: ConditionalRandomField(ImageToImage(1, 7, width=32)), 400, solid,
        rising_and_falling(4e-3)),
    "conditional GAN": Recipe(gan, 600, solid, AVERAGED),
    "conditional VAE": Recipe(vae, 400, solid, {"lr": 3e-3} | AVERAGED),
    "conditional VAE, stripes": Recipe(vae_of_stripes, 600, striped,
                                       {"lr": 3e-3} | AVERAGED),
    "conditional VAE, billiards": Recipe(
        lambda: vae_of_billiards(1200), 1200, Billiards,
        rising_and_falling(4e-3, batch_size=32)),
}
