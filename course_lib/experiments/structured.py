"""Experiments whose answers are symbols: labels, depth, places, boxes. Lesson 11.

One model for all of them, that of lessons 06 and 07: only what reads x differs. Where a
softmax of every pixel by itself reads x well, it is trained first, and what it finds is
shown to the model that draws one symbol after the other.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from course_lib.contract import LikelihoodModel, seeded
from course_lib.datasets import (
    Billiards,
    CoveredHouses,
    Facades,
    NextPlace,
    Stereo,
    WindowBoxes,
)
from course_lib.datasets.stereo import unseen
from course_lib.datasets.symbols import pieces
from course_lib.experiments.experiment import Experiment, Options
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.softmax import Softmax
from course_lib.networks import (
    ChancesCondition,
    CostVolume,
    ImageCondition,
    ProfileCondition,
    UNet,
)
from course_lib.training import fit
from course_lib.training.history import History

SCALE: Options = {"mean": 0.5, "std": 0.25, "positions": True}


def houses() -> Facades:
    """Return enough houses for what is made of their plans."""
    return Facades(pairs=4000)


def labels_all_at_once(world: Any) -> Softmax:
    """Return a model of label maps whose pixels are independent, given x."""
    return Softmax(UNet(3, world.levels, (24, 48, 64), **SCALE), world.codebook)


def labels_one_by_one(world: Any) -> PixelCNN:
    """Return a model of label maps that draws one label after the other."""
    seen = ChancesCondition(labels_all_at_once(world).network)
    return PixelCNN(world.codebook, world.size, seen, inputs="one-hot", width=32,
                    layers=3, first_kernel=11)


def depth_all_at_once(world: Any) -> Softmax:
    """Return a model of disparities that are independent, given x."""
    return Softmax(CostVolume(world.levels), world.codebook)


def depth_one_by_one(world: Any) -> PixelCNN:
    """Return a model of disparities that draws one after the other. It is
    short-sighted on purpose: of one scene, more could be learned by heart."""
    seen = ChancesCondition(depth_all_at_once(world).network)
    return PixelCNN(world.codebook, world.size, seen, inputs="one-hot", width=32,
                    layers=1, first_kernel=5)


def one_eye_one_by_one(world: Any) -> PixelCNN:
    """Return a model of disparities from one picture, drawn one after the other."""
    return PixelCNN(world.codebook, world.size, ImageCondition(3, 16, **SCALE),
                    inputs="one-hot", width=32, layers=2, first_kernel=9)


def next_place(world: Any) -> GatedPixelCNN:
    """Return a model of where the ball is next; it has to see whether a ball is drawn
    already, however far to the right above."""
    return GatedPixelCNN(world.codebook, world.size, ImageCondition(3, 16, **SCALE),
                         inputs="one-hot", width=24, layers=4, first_kernel=15)


def boxes(world: Any) -> PixelCNN:
    """Return a model of boxes, words of four symbols."""
    return PixelCNN(world.codebook, (1, 4), ProfileCondition(size=world.size),
                    inputs="one-hot", width=64, layers=2, first_kernel=7)


def fit_after_reading(model: PixelCNN, world: Any, steps: int, reading: float,
                      reading_batch: int, freeze: bool = False,
                      **options: Any) -> History:
    """Train first what reads x, as a softmax of every pixel by itself, and then all.

    reading: of the steps, how many more the reader is trained alone before, with
             batches of `reading_batch`
    freeze:  whether it then stays as it is"""
    reader = model.condition.network
    fit(Softmax(reader, world.codebook), world, max(1, round(reading * steps)),
        **options | {"batch_size": reading_batch})
    reader.requires_grad_(not freeze)
    return fit(model, world, steps, **options)


def mixed(answers: Tensor) -> Tensor:
    """Return answers (n, ...) each of whose numbers comes from a random one of them:
    every number as often as it was, and independent of the others."""
    return answers.gather(0, torch.randint(len(answers), answers.shape))


class Trial:
    """Answers to held-out x of a world, of several kinds: are they whole, and do they
    follow x? Lesson 11.

    world: of symbols;  n: how many x;  seed: of what is drawn at random

    From the beginning it holds the truth, the truth for another x, and "place alone",
    whose numbers come from random training answers. `answers` are {kind: (n, ...)}.
    """

    def __init__(self, world: Any, n: int = 64, seed: int = 0):
        x, y = world.held_out(2 * n)
        self.world, self.x, self.y = world, x[:n], y[:n]
        _, trained = world.batch(1024, seed=seed)
        with seeded(seed):
            place_alone = mixed(trained)[:n]
        self.answers = {"truth": y[None, :n], "another's answer": y[None, n:],
                        "place alone": place_alone[None]}
        self.nats: dict[str, float] = {}

    def add(self, kind: str, answers: Tensor,
            model: LikelihoodModel | None = None) -> None:
        """Add answers of a kind, (samples, n, ...), and the nats of their model."""
        self.answers[kind] = answers
        if model is not None:
            with torch.no_grad():
                log_prob = model.log_prob(self.y, given=self.x)
            self.nats[kind] = -log_prob.mean().item()

    def few(self, count: int, *kinds: str) -> dict[str, Tensor]:
        """Return the first answer of each of these kinds to the first x."""
        return {kind: self.answers[kind][0, :count] for kind in kinds}

    def rows(self, *kinds: str) -> dict[str, dict[str, float | None]]:
        """Return a table of these kinds, or of all: nats, whole, following x."""
        return {kind: {"nats": self.nats.get(kind)} | {
            name: value.float().nanmean().item() for name, value in measures(
                self.world, self.answers[kind], self.x, self.y).items()}
            for kind in kinds or self.answers}


def measure_symbols(model: LikelihoodModel, world: Any) -> dict[str, float]:
    """Return nats an answer, and whether samples are whole and follow x."""
    trial = Trial(world)
    trial.add("samples", model.sample(given=trial.x, n=2, seed=0), model)
    return {name: value for name, value in trial.rows("samples")["samples"].items()
            if value is not None}


def measures(world: Any, samples: Tensor, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return how whole samples (n, batch, ...) are, and how well they follow x, of the
    first held-out pairs x, y of a world: numbers of whatever shape, for their mean."""
    if isinstance(world, CoveredHouses):
        covered = world.covered(torch.arange(len(x)))
        return {"whole": world.is_whole(samples),
                "windows seen": world.overlap(samples, y, ~covered),
                "windows covered": world.overlap(samples, y, covered)}
    if isinstance(world, Stereo):
        right, alone = ((samples - y).abs() < 1.5 / 15).float(), unseen(y)
        return {"pieces": pieces(samples, world.levels), "right": right,
                "right, one eye only": right[:, alone]}
    if isinstance(world, NextPlace):
        return {"whole": world.is_whole(samples),
                "within reach": world.is_within_reach(samples, x)}
    top, left, bottom, right = samples.flatten(-3).unbind(-1)
    return {"a box at all": (top < bottom) & (left < right),
            "overlap": world.overlap(samples)}


def of(name: str, title: str, build: Callable[[Any], LikelihoodModel],
       world: Callable[[], Any], steps: int, batch_size: int, lr: float = 4e-3,
       schedule: str = "cosine", **others: Any) -> Experiment:
    """Return an experiment with a model that is built for its world."""
    options: Options = {"lr": lr, "schedule": schedule, "average": 0.98,
                        "batch_size": batch_size}
    return Experiment(name, f"symbols, {title}", lambda: build(world()),
                      measure_symbols, steps, world, options, **others)


def covered_houses() -> CoveredHouses:
    """Return the houses of the labels' experiments."""
    return CoveredHouses(houses())


EXPERIMENTS = [
    of("softmax-labels", "labels all at once", labels_all_at_once, covered_houses,
       1000, 16),
    of("pixelcnn-labels", "labels one by one", labels_one_by_one, covered_houses, 1500,
       8, fit=partial(fit_after_reading, reading=2 / 3, reading_batch=16)),
    of("pixelcnn-two-eyes", "two eyes, one by one", depth_one_by_one, Stereo, 1000, 12,
       lr=3e-3, fit=partial(fit_after_reading, reading=0.4, reading_batch=12,
                          freeze=True)),
    of("pixelcnn-one-eye", "one eye, one by one", one_eye_one_by_one,
       partial(Stereo, eyes=1), 150, 8),
    of("pixelcnn-next-place", "next place, one by one", next_place,
       lambda: NextPlace(Billiards()), 1100, 8),
    of("pixelcnn-boxes", "boxes, one by one", boxes, lambda: WindowBoxes(houses()), 700,
       64, lr=3e-3, schedule="warmup-cosine")]
