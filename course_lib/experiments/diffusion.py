"""Experiments that denoise to draw. Lesson 08."""

from functools import partial

from course_lib.experiments.experiment import AVERAGED, Experiment, Options, striped
from course_lib.experiments.measures import scored
from course_lib.models.diffusion import Diffusion
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.networks.unet import UNet

# Twice as many steps of half as many shirts take as long, and learn more.
HALVES: Options = {"lr": 3e-3, "batch_size": 32} | AVERAGED


def diffusion(stripes: bool = False) -> Diffusion:
    """Return a diffusion of chroma, given the photo.

    All pixels of a shirt share one dye, and together they show it through noise that
    hides each of them: the plain schedule seldom practises the noise at which a shirt
    is decided, and so it is shifted. Samplers do not mind that, as their timesteps are
    placed by signal over noise. Where stripes are depends on the place, and finding
    them takes a second look at the whole shirt.
    """
    network = UNet(3, 2, (32, 64), features=64, passed=2, positions=stripes,
                   mean=(0, 0, 0.7), std=(1, 1, 0.1), middle=2 if stripes else 1)
    return Diffusion(network, NoiseSchedule.cosine().shifted(0.25),
                     timestep_spacing="snr")


measure_samples = scored("coherence", "excess_calibration", "calibration_slope",
                         "chroma", "rms_to_mode", samples=8, likelihoods=False)
EXPERIMENTS = [
    Experiment("diffusion", "diffusion", diffusion, measure_samples, 1000,
               options=HALVES, row="diffusion", row_on=("solid", "real")),
    Experiment("diffusion-stripes", "diffusion, stripes",
               partial(diffusion, stripes=True), measure_samples, 1100, striped, HALVES,
               row="diffusion", row_on=("stripes",)),
]
