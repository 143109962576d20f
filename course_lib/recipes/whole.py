"""Recipes of models that answer for all pixels at once. Lessons 01 to 05."""

from collections.abc import Callable

from course_lib.datasets import Billiards, TShirts
from course_lib.models.cgan import ConditionalGAN
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.fences import FencedNormal
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import GaussianMixture, PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.networks import (
    AttentionToVector,
    ChosenPicture,
    ImageToImage,
    ImageToVector,
    MixedPictures,
    ModulatedImageToImage,
    PairCritic,
)
from course_lib.quantization import Quantizer
from course_lib.recipes.recipe import AVERAGED, Recipe, ThenPrior, rising_and_falling

GREY = {"mean": 0.7, "std": 0.1}   # of the photos of shirts, about


def solid() -> TShirts:
    """Return the solid shirts."""
    return TShirts()


def striped() -> TShirts:
    """Return the shirts of which half are striped."""
    return TShirts("stripes")


def small_striped() -> TShirts:
    """Return the same of 16 x 16 pixels."""
    return TShirts("stripes", size=16)


def small() -> TShirts:
    """Return solid shirts of 16 x 16 pixels, with the first chroma channel alone."""
    return TShirts(size=16, channels="a")


def softmax(levels: int) -> Callable[[], Softmax]:
    """Return what makes a softmax over `levels` bins of a."""
    return lambda: Softmax(ImageToImage(1, levels, **GREY), Quantizer(levels=levels))


def gan() -> ConditionalGAN:
    """Return the conditional GAN of lesson 04: a generator that chooses, and a critic
    that sees single pixels."""
    return paired_game(ChosenPicture(pictures=4, **GREY),
                       PairCritic(pixel_features=8, y_std=0.3, **GREY), drift=0.1)


def gan_of_stripes() -> ConditionalGAN:
    """Return one whose players know the place and how far a shirt reaches, with more
    pictures than there are modes: of a few, all became solid before the critic had seen
    a stripe. Its choice pays for what it tells of the photo. For nothing, on three
    seeds, 16 samples met all four modes for 0.76 to 0.85 of the shirts, the truth's
    for 0.87."""
    senses = {"places": True, "shadows": True, **GREY}
    return paired_game(ChosenPicture(pictures=16, detail=32, **senses),
                       PairCritic(pixel_features=16, y_std=0.3, **senses),
                       information=0.02)


def paired_game(generator: ChosenPicture, critic: PairCritic,
                **options: float) -> ConditionalGAN:
    """Return the relativistic game of two players who learn equally fast. With drift
    the balance of two dyes is kept; of four answers one was lost by it."""
    rate = {"lr": 3e-3}
    return ConditionalGAN(
        generator, critic, latents=1, loss="relativistic", penalty=0.5, penalty_every=2,
        penalised="both", generator_options=rate, critic_options=rate, **options)


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
        MixedPictures(1, 2, 2, switches=16, gain=8.0, places=True, **GREY),
        encoder_of_shirts(4, places=True), latents=2, prior="conditional mixture",
        components=parts, separation=1.5,
        prior_network=ImageToVector(1, parts, 16, places=True, **GREY))


def encoder_of_shirts(out_features: int, places: bool = False) -> ImageToVector:
    """Return an encoder of a grey photo and its chroma."""
    return ImageToVector(1 + 2, out_features, mean=(0.7, 0, 0),
                         std=(0.1, 0.5, 0.5), places=places)


def vae_of_billiards(steps: int) -> ConditionalVAE:
    """Return the one whose two latents become the velocity: z costs next to nothing at
    first, or else it tells one direction only."""
    pixels = {"mean": 0.3, "std": 0.25}
    return ConditionalVAE(
        ModulatedImageToImage(3, 2, 3, **pixels),
        AttentionToVector(6, 4, offset=(0, 0, -4, -4), **pixels), latents=2,
        prior="mixture", components=1, separation=12.0, kl_start=0.003,
        warm_up=int(0.4 * steps))


def fences_of_billiards() -> FencedNormal:
    """Return the prior that it is given then: the cushions, as z has them."""
    network = ImageToVector(3, 18, 16, mean=0.3, std=0.25, places=True)
    return FencedNormal(network, latents=2, fences=6)


WHOLE = {
    "L2": Recipe(lambda: PointPredictor(ImageToImage(1, 2, **GREY)), 1000, solid,
                 rising_and_falling(3e-3)),
    "L1": Recipe(lambda: PointPredictor(ImageToImage(1, 2, **GREY), "l1"), 600, solid,
                 rising_and_falling(3e-3)),
    "mixture of 2": Recipe(lambda: GaussianMixture(ImageToImage(1, 10, **GREY)), 600,
                           solid, rising_and_falling(5e-3)),
    "softmax, k = 10, 16 x 16": Recipe(softmax(10), 800, small,
                                       rising_and_falling(5e-3)),
    "softmax, k = 256, 16 x 16": Recipe(softmax(256), 800, small,
                                        rising_and_falling(5e-3)),
    "random field": Recipe(
        lambda: ConditionalRandomField(ImageToImage(1, 7, width=32, **GREY)), 400,
        solid, rising_and_falling(4e-3)),
    "conditional GAN": Recipe(gan, 400, solid, AVERAGED),
    "conditional GAN, stripes, 16 x 16": Recipe(gan_of_stripes, 1000, small_striped,
                                                AVERAGED),
    "conditional VAE": Recipe(vae, 400, solid, {"lr": 3e-3} | AVERAGED),
    "conditional VAE, stripes": Recipe(vae_of_stripes, 600, striped,
                                       {"lr": 3e-3} | AVERAGED),
    "conditional VAE, billiards": ThenPrior(
        lambda: vae_of_billiards(1600), 1600, Billiards,
        rising_and_falling(4e-3, batch_size=32), fences_of_billiards,
        {"steps": 1200, "batch_size": 64}),
}
