"""What a model's facades say: is the plan kept, and is the texture true? Lesson 09.

    result = score(model, Facades(48))             # this file does the work
    result.labels_kept, result.spectral_distance

A segmenter that learned from other real pictures of this world reads each answer; its
rate on real pictures stands beside.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from course_lib.checks import check_finite
from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets.facades import Facades, Segmentation
from course_lib.models.label_map import LabelMap
from course_lib.networks.dilated import DilatedNetwork
from course_lib.scoring import textures
from course_lib.scoring.bricks import bond
from course_lib.scoring.estimate import Estimate, mean_of, ratio_of, root
from course_lib.scoring.evidence import derive_seed
from course_lib.scoring.tabled import COSTS, BaseScore
from course_lib.training import fit
from course_lib.training.checkpoints import load, save

SEGMENTER = {"pairs": 4000, "seed": 2**20}      # its facades are nobody else's
STEPS = 200
AT_ONCE = 64


@dataclass(frozen=True, repr=False, kw_only=True)
class FacadeScore(BaseScore):
    """How true a model's facades are; every `Estimate` is (value, standard error).

    labels_kept:       the fraction of the pixels that the segmenter reads as the plan
                       has them;  labels_real: the same of real pictures
    spectral_distance: rms over frequencies of the difference of log spectra
    bond:              of bricks, over real pictures', see `bricks.bond`
    variety:           rms deviation of several answers to one plan, over that of real
                       pictures of one plan; 0 is one answer a plan
    l1:                mean absolute difference from the real picture of the pair
    The rest is as in `BaseScore`.
    """

    COLUMNS: ClassVar = {
        "space": "space", "labels_kept": "labels kept",
        "labels_real": "of real pictures",
        "spectral_distance": "distance of log spectra", "bond": "bond of bricks",
        "variety": "variety", "l1": "L1", **COSTS}
    COUNTED = "plans"

    space: str
    labels_kept: Estimate
    labels_real: Estimate
    spectral_distance: Estimate
    bond: Estimate
    variety: Estimate
    l1: Estimate


@torch.no_grad()
def score_facades(model: ConditionalModel, world: Facades,
                  about: BaseScore) -> FacadeScore:
    """Measure a model of facades on held-out plans; see `score`, which calls it."""
    samples, seed, name = about.samples, about.seed, about.name
    x, y = world.held_out(about.examples)
    labels, reader = world.labels(x), segmenter(world.size)
    drawn = torch.cat([
        check_finite(f"what {name} samples", model.sample(
            given=part, n=samples, seed=derive_seed(seed, i, "samples"))).float().cpu()
        for i, part in enumerate(x.split(AT_ONCE))], 1)
    true = world.truth.sample(given=x[:AT_ONCE], n=max(samples, 2),
                              seed=derive_seed(seed, "truth"))
    return FacadeScore(
        **vars(about), space=f"{world.size}x{world.size} RGB",
        labels_kept=mean_of(read(reader, drawn[0], labels)),
        labels_real=mean_of(read(reader, y, labels)),
        spectral_distance=textures.spectral_distance(drawn[0], y),
        bond=ratio_of(bond(drawn[0], labels), bond(y, labels)),
        variety=variety(drawn, true),
        l1=mean_of((drawn[0] - y).abs().mean((1, 2, 3))))


def variety(drawn: Tensor, true: Tensor) -> Estimate:
    """Return the deviation of several samples of a plan, over the true one's, of
    (samples, plans, channels, h, w) each; without bias for few samples."""
    if len(drawn) < 2:
        return Estimate(float("nan"), float("nan"))
    plans = true.shape[1]
    ours, theirs = (some[:, :plans].var(0).mean((1, 2, 3)) for some in (drawn, true))
    return root(ratio_of(ours, theirs))


def read(reader: LabelMap, pictures: Tensor, labels: Tensor) -> Tensor:
    """Return the part of each picture's pixels that are read as labelled, (n,)."""
    seen = torch.cat([reader.most_likely(part) for part in pictures.split(AT_ONCE)])
    return (seen == labels).double().mean((1, 2))


@lru_cache(maxsize=4)
def segmenter(size: int) -> LabelMap:
    """Return what reads labels off pictures of this size: a frozen one of 48 x 48, or
    one that is trained now, for a minute or more, with a bar."""
    frozen = frozen_path(size)
    if frozen.exists():
        return load(untrained(), frozen)
    return train_segmenter(size)


def untrained() -> LabelMap:
    """Return the segmenter before it has learned anything."""
    with seeded(0):
        return LabelMap(DilatedNetwork(mean=0.5, std=0.25))


def train_segmenter(size: int = 48) -> LabelMap:
    """Return a segmenter that learned from 4,000 facades of a seed of its own."""
    model, facades = untrained(), Facades(size=size, **SEGMENTER)
    with torch.enable_grad():                  # a score is made without gradients
        history = fit(model, Segmentation(facades), STEPS, batch_size=32, lr=6e-3,
                      schedule="warmup-cosine")
    if history.interrupted:                    # half a segmenter would be kept for all
        raise KeyboardInterrupt
    return model.cpu()


def frozen_path(size: int) -> Path:
    """Return where the frozen segmenter of facades of this size lies, or would."""
    folder = Path(str(files("course_lib.scoring"))) / "frozen"
    return folder / f"facade_segmenter_{size}.safetensors"


def freeze(size: int = 48) -> None:
    """Train a segmenter and write it, for scores that compare."""
    save(train_segmenter(size), frozen_path(size))
