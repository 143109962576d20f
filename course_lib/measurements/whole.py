"""Measures of models that answer for all pixels at once. Lessons 01 to 05."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets import Billiards, TShirts, silhouettes
from course_lib.models.cgan import ConditionalGAN
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.point_prediction import PointPredictor
from course_lib.scoring import Score, baselines, score
from course_lib.scoring.evidence import gather
from course_lib.scoring.probe import variance_explained

Measuring = Callable[[ConditionalModel, object], dict[str, float]]
SHIRTS = 1024                      # held-out shirts; fewer where a sample is slow
SAMPLES = 16                       # of each shirt
PAIRS = 4096                       # for probes


def rms_to(target: Tensor, prediction: Tensor) -> float:
    """Return the root of the mean squared difference, in units of y."""
    return (prediction - target).square().mean().sqrt().item()


def measure_l2(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L2 against the mean, and its chroma against E|2p - 1|."""
    x, _ = world.held_out(SHIRTS)
    expected = (2 * world.probability_of_teal(x) - 1).abs().mean().item()
    chroma = score(model, world, examples=SHIRTS, samples=2).chroma.value
    return {"rms to (2p - 1) · mode": rms_to(world.truth.mean(x), model.predict(x)),
            "chroma over the truth's": chroma, "E abs(2p - 1)": expected}


def measure_l1(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L1 against the exact median of every number."""
    x, _ = world.held_out(SHIRTS)
    return {"rms to the median": rms_to(world.truth.median(x), model.predict(x))}


def measure_likelihood(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a model of independent pixels against the best of its kind."""
    result = score(model, world, examples=SHIRTS, samples=2)
    return {"nats above independent": result.above_independent.value}


def measure_samples(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a sampler against the truth's samples."""
    result = score(model, world, examples=256)
    return {"coherence": result.coherence.value,
            "calibration error above its floor": above_floor(result),
            "calibration slope": result.calibration_slope.value}


def measure_gan(model: ConditionalGAN, world: TShirts) -> dict[str, float]:
    """Hold a generator's samples against the truth's, and p against never looking."""
    half = score(baselines(world)["always one half"], world, examples=256)
    return measure_gan_of_stripes(model, world) | {
        "error of always one half, above its floor": above_floor(half)}


def measure_gan_of_stripes(model: ConditionalGAN, world: TShirts) -> dict[str, float]:
    """Hold a generator's samples of four modes against the truth's."""
    return measure_samples(model, world) | {
        "rms to the mode (truth 0.100)": score(model, world).rms_to_mode.value,
        "deviation of a pixel (truth 0.100)": deviation_of_noise(model, world),
        f"all modes in {SAMPLES} samples": all_modes(model, world),
        f"all modes in {SAMPLES} samples of the truth": all_modes(world.truth, world)}


def measure_vae(model: ConditionalVAE, world: TShirts) -> dict[str, float]:
    """Hold a VAE's samples and bound against the truth, and ask what its z tells."""
    result = score(model, world, examples=256)
    return measure_samples(model, world) | {
        "chroma over the truth's": result.chroma.value,
        "rms to the mode (truth 0.100)": result.rms_to_mode.value,
        "bound above the truth, nats": result.likelihood_gap.value,
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
    photo = {"lightness": world.mean_lightness(x), "width": width, "length": length,
             "area": area}
    read = {what: variance_explained(u[:2048, None], seen[:2048].float())
            for what, seen in photo.items()}
    return measure_vae(model, world) | {
        "dye from (z, x)": (told == teal).double().mean().item(),
        "dye from the quantile of z alone": max(told_by_u, 1 - told_by_u),
        "1 - E abs(p - 1/2)": 1 - (p - 0.5).abs().mean().item(),
        "R² of the photo from the quantile, the largest": max(read.values())}


def measure_billiards(model: ConditionalVAE, world: Billiards) -> dict[str, float]:
    """Ask whether z is the velocity, and hold samples against the true places."""
    x, y = world.batch(PAIRS, "test", seed=0)
    with torch.no_grad():
        z = model.posterior(y, given=x).mean
    free = world.away_from_walls(x)
    result = score(model, world)
    return {
        "R² of velocity from z, away from walls":
            variance_explained(z[free], world.velocity(x, y)[free]),
        "R² of place from z": variance_explained(z[:2048], world.place(x)[:2048]),
        "R² of color from z": variance_explained(z[:2048], world.color(x)[:2048]),
        "whole balls": result.whole_balls.value,
        "spread of places over the true one": result.spread.value,
        "bound above the truth, nats": result.likelihood_gap.value}


def above_floor(result: Score) -> float:
    """Return the calibration error above what a perfect sampler has."""
    return result.calibration.value - result.calibration_floor.value


def all_modes(model: ConditionalModel, world: TShirts) -> float:
    """Return the part of the shirts whose samples reach every mode."""
    evidence = gather(model, world, 256, SAMPLES, 0, "the model")
    return (evidence.frequencies > 0).all(1).double().mean().item()


def deviation_of_noise(model: ConditionalGAN, world: TShirts) -> float:
    """Return the deviation of a number of y over the noise, for the same x and z."""
    x, _ = world.held_out(64)
    with torch.no_grad(), seeded(0):
        z = torch.randn(len(x), model.latents)
        y = torch.stack([model.generate(x, z=z) for _ in range(SAMPLES)])
    return y.var(0).mean().sqrt().item()


def towards_teal(y: Tensor, world: TShirts, x: Tensor) -> Tensor:
    """Return the part of solid teal in y, (batch,): near 1 for teal, -1 for pink."""
    teal = world.modes(x)[:, 0]
    return (y * teal).sum((-3, -2, -1)) / teal.square().sum((-3, -2, -1))


WHOLE: dict[str, Measuring] = {
    "L2": measure_l2,
    "L1": measure_l1,
    "mixture of 2": measure_likelihood,
    "softmax, k = 10, 16 x 16": measure_likelihood,
    "softmax, k = 256, 16 x 16": measure_likelihood,
    "random field": measure_samples,
    "conditional GAN": measure_gan,
    "conditional GAN, stripes, 16 x 16": measure_gan_of_stripes,
    "conditional VAE": measure_latent,
    "conditional VAE, stripes": measure_vae,
    "conditional VAE, billiards": measure_billiards,
}
