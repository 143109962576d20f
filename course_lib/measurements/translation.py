"""Measures of models from image to image. Lessons 09 and 10."""

import torch

from course_lib.datasets import Facades, TShirts
from course_lib.datasets.unpaired import UnpairedWorld
from course_lib.measurements.whole import Measuring, above_floor
from course_lib.models.cyclegan import CycleGAN
from course_lib.models.pix2pix import Pix2Pix
from course_lib.scoring import score
from course_lib.scoring.textures import fine_energy, spectral_distance


def measure_facades(model: Pix2Pix, world: Facades) -> dict[str, float]:
    """Ask whether the plan is kept, and whether the texture is true."""
    result = score(model, world, examples=512, samples=2)
    return {"labels kept": result.labels_kept.value,
            "labels kept by real pictures": result.labels_real.value,
            "distance of log spectra": result.spectral_distance.value,
            "fine energy over the truth's": result.fine_energy.value,
            "variety over the truth's": result.variety.value}


def measure_texture(model: Pix2Pix, world: Facades) -> dict[str, float]:
    """Ask for the texture alone, where no frozen segmenter reads the labels."""
    x, y = world.held_out(256)
    drawn = torch.cat([model.sample(given=part, seed=0)[0] for part in x.split(64)])
    return {"distance of log spectra": spectral_distance(drawn, y).value,
            "fine energy over the truth's": fine_energy(drawn, y).value}


def measure_shirts(model: Pix2Pix, world: TShirts) -> dict[str, float]:
    """Ask whether a shirt is of one color, and how many colors it is ever given."""
    result = score(model, world, examples=256)
    return {"coherence": result.coherence.value,
            "modes found of all": result.coverage.value,
            "chroma over the truth's": result.chroma.value,
            "calibration error above its floor": above_floor(result)}


def measure_translation(model: CycleGAN, world: UnpairedWorld) -> dict[str, float]:
    """Hold the translations against the pairs that training never saw."""
    result = score(model, world, examples=256)
    figures = {"rms to the hidden pair": result.rms_to_hidden.value,
               "rms of copying": result.rms_of_copying.value,
               "cycle loss": result.cycle_loss}
    if result.right is not None:
        figures["right rather than swapped"] = result.right.value
    return figures


TRANSLATION: dict[str, Measuring] = {
    "pix2pix, L1 alone": measure_facades,
    "pix2pix, patches of 4": measure_facades,
    "pix2pix, patches of 16": measure_facades,
    "pix2pix, whole pictures": measure_facades,
    "pix2pix, 64 x 64": measure_texture,
    "pix2pix, shirts": measure_shirts,
    "pix2pix, shirts, stripes": measure_shirts,
    "CycleGAN, two dyeing houses": measure_translation,
    "CycleGAN, unequal dyes": measure_translation,
    "CycleGAN, five pairs": measure_translation,
    "CycleGAN, two painters": measure_translation,
    "CycleGAN, two painters, U-Nets": measure_translation,
}
