"""All experiments of the course: what is built, how trained, and what is asked of it.

    model, world, history = EXPERIMENTS["softmax-10"].train(seed=0)
    EXPERIMENTS["softmax-10"].measure(model, world)     # {figure: value}

Benchmarks and scoreboard only loop over them. Steps are fixed, not seconds, so that a
slow machine takes longer and shows the same.
"""

from course_lib.experiments import (
    cgan,
    cvae,
    diffusion,
    pixelcnn,
    pixelwise,
    structured,
    translation,
)
from course_lib.experiments.experiment import Experiment

FAMILIES = (pixelwise, cgan, cvae, pixelcnn, diffusion, translation, structured)
EXPERIMENTS: dict[str, Experiment] = {
    experiment.id: experiment for family in FAMILIES
    for experiment in family.EXPERIMENTS}

__all__ = ["EXPERIMENTS", "Experiment"]
