"""What each process of test_distributed.py runs, under torchrun.

    torchrun --nproc-per-node=2 tests/distributed_job.py FOLDER

Every process trains the same models and writes what it ends with to a file of its
own; the test compares the files.
"""

import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from course_lib.training import fit
from tests.toys import Line, LinearGaussian, NoisyGaussian, PlaneCycleGAN, TwoClouds

STEPS = 30
SETTINGS = {"batch_size": 32, "average": 0.9, "schedule": "cosine", "clip": 1.0,
            "device": "cpu", "progress": False}


class Listening(NoisyGaussian):
    """Keeps a number from every step's noise, for this process alone."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def loss(self, y, *, given=None):
        self.heard.append(torch.rand(()))
        return super().loss(y, given=given)


JOBS = {"gaussian": (LinearGaussian, Line), "noisy": (Listening, Line),
        "game": (PlaneCycleGAN, TwoClouds)}


def train(job: str, folder: Path, rank: int) -> None:
    """Train one of the jobs from first weights that only this process has."""
    make_model, make_world = JOBS[job]
    torch.manual_seed(rank)
    model, world = make_model(), make_world()
    again = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    path = folder / f"{job}-run-{again}.safetensors"
    history = fit(model, world, STEPS, checkpoint=path, **SETTINGS)
    save_file(model.state_dict(), folder / f"{job}-{rank}.safetensors")
    losses = torch.tensor(list(history.losses.values()))
    save_file({"losses": losses}, folder / f"{job}-losses-{rank}.safetensors")
    if job == "noisy":
        save_file({"noise": torch.stack(model.heard)},
                  folder / f"noise-{rank}.safetensors")
    fit(model, world, STEPS, checkpoint=path, resume=True, **SETTINGS)
    save_file(model.state_dict(), folder / f"{job}-resumed-{rank}.safetensors")


if __name__ == "__main__":
    for job in JOBS:
        train(job, Path(sys.argv[1]), int(os.environ.get("RANK", 0)))
