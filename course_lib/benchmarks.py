"""The figures of the README: every model against the truth, and what a lesson costs.

    python -m course_lib benchmarks              everything, on three seeds
    python -m course_lib benchmarks --seeds 1 --only models

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

import argparse
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from course_lib import lessons
from course_lib.contract import ConditionalModel
from course_lib.datasets import TShirts
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import GaussianMixture, PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageToImage
from course_lib.quantization import Quantizer
from course_lib.scoring import score
from course_lib.training import fit
from course_lib.training.history import History

SHIRTS = 1024                      # held-out shirts; fewer where a sample is slow
MARKS = "<!-- results -->", "<!-- /results -->"
README = Path(__file__).resolve().parents[1] / "README.md"


@dataclass(frozen=True)
class Recipe:
    """A model, how it is trained, and what is then measured.

    name:    what the table calls it
    world:   keyword arguments of `TShirts`
    build:   makes the model, untrained
    steps:   of training;  options: further ones of `fit`
    measure: (model, world) -> {figure: value}
    """

    name: str
    world: dict
    build: Callable[[], ConditionalModel]
    steps: int
    measure: Callable[[ConditionalModel, TShirts], dict[str, float]]
    options: dict = field(default_factory=dict)


def rms_to(target: Tensor, prediction: Tensor) -> float:
    """Return the root of the mean squared difference, in units of y."""
    return (prediction - target).square().mean().sqrt().item()


def measure_l2(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L2 against the mean, and its chroma against E|2p - 1|."""
    x, _ = world.held_out(SHIRTS)
    expected = (2 * world.probability_of_teal(x) - 1).abs().mean().item()
    chroma = score(model, world, shirts=SHIRTS, samples=2).chroma.value
    return {"rms to (2p - 1) · mode": rms_to(world.truth.mean(x), model.predict(x)),
            "chroma over the truth's": chroma, "E abs(2p - 1)": expected}


def measure_l1(model: PointPredictor, world: TShirts) -> dict[str, float]:
    """Hold L1 against the exact median of every number."""
    x, _ = world.held_out(SHIRTS)
    return {"rms to the median": rms_to(world.truth.median(x), model.predict(x))}


def measure_likelihood(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a model of independent pixels against the best of its kind."""
    result = score(model, world, shirts=SHIRTS, samples=2)
    return {"nats above independent": result.above_independent.value}


def measure_samples(model: ConditionalModel, world: TShirts) -> dict[str, float]:
    """Hold a sampler against the truth's samples."""
    result = score(model, world, shirts=256)
    return {"coherence": result.coherence.value,
            "calibration error above its floor":
                result.calibration.value - result.calibration_floor.value,
            "calibration slope": result.calibration_slope.value}


def softmax(levels: int) -> Callable[[], Softmax]:
    """Return what makes a softmax over `levels` bins of a."""
    return lambda: Softmax(ImageToImage(1, levels), Quantizer(levels=levels))


SMALL = {"size": 16, "channels": "a"}
RECIPES = [
    Recipe("L2", {}, lambda: PointPredictor(ImageToImage(1, 2)), 1000, measure_l2,
           {"lr": 3e-3}),
    Recipe("L1", {}, lambda: PointPredictor(ImageToImage(1, 2), "l1"), 600, measure_l1,
           {"lr": 3e-3}),
    Recipe("mixture of 2", {}, lambda: GaussianMixture(ImageToImage(1, 10)), 600,
           measure_likelihood, {"lr": 5e-3}),
    Recipe("softmax, k = 10, 16 x 16", SMALL, softmax(10), 800, measure_likelihood,
           {"lr": 5e-3}),
    Recipe("softmax, k = 256, 16 x 16", SMALL, softmax(256), 800, measure_likelihood,
           {"lr": 5e-3}),
    Recipe("random field", {},
           lambda: ConditionalRandomField(ImageToImage(1, 7, width=32)), 400,
           measure_samples, {"lr": 4e-3}),
]


def train(recipe: Recipe, seed: int) -> tuple[ConditionalModel, TShirts, History]:
    """Return the recipe's model, trained, its world and its history."""
    torch.manual_seed(seed)
    world, model = TShirts(**recipe.world), recipe.build()
    options = {"schedule": "warmup-cosine", "device": "cpu", "progress": False}
    options |= recipe.options
    return model, world, fit(model, world, steps=recipe.steps, seed=seed, **options)


def model_rows(seeds: int) -> Iterator[tuple[str, str, str]]:
    """Yield (what, figure, mean and spread over the seeds) for every recipe."""
    for recipe in RECIPES:
        results = []
        for seed in range(seeds):
            model, world, history = train(recipe, seed)
            took = {f"seconds for {recipe.steps:,} steps": history.seconds}
            results.append(recipe.measure(model, world) | took)
        for figure in results[0]:
            yield recipe.name, figure, spread([result[figure] for result in results])


def truth_rows() -> Iterator[tuple[str, str, str]]:
    """Yield what needs no training: the drawing, the price of independence, and its
    confetti."""
    start = time.perf_counter()
    drawn = len(TShirts().lightness("train"))
    yield f"drawing {drawn:,} shirts", "seconds", f"{time.perf_counter() - start:.2f}"
    for pattern in ("solid", "stripes"):
        world = TShirts(pattern)
        x, y = world.held_out(SHIRTS)
        measured = (world.truth.log_prob(y, given=x)
                    - world.independent.log_prob(y, given=x)).mean().item()
        predicted = world.independent.entropy(x) - world.truth.entropy(x)
        predicted = predicted.mean().item()
        confetti = score(world.independent, world).coherence.value
        yield (f"price of independence, {pattern}", "measured / closed form, nats",
               f"{measured:.1f} / {predicted:.1f} = {measured / predicted:.4f}")
        yield f"independent samples, {pattern}", "coherence", f"{confetti:.4f}"


def lesson_rows() -> Iterator[tuple[str, str, str]]:
    """Yield what each lesson costs, executed from a fresh kernel and not stored."""
    import nbformat

    for path in lessons.find():
        notebook = nbformat.read(path, as_version=4)
        run = lessons.execute(notebook, path)
        name = "solutions/" * (path.parent.name == "solutions") + path.stem
        yield name, "start to end, slowest cell, memory", lessons.said(run).strip()


def import_rows() -> Iterator[tuple[str, str, str]]:
    """Yield what the library costs beyond `import torch`, in a new Python: all of it
    that has no pictures, as `course_lib` itself loads nothing before it is used."""
    parts = ", ".join(f"course_lib.{name}" for name in
                      ("training", "scoring", "datasets", "models.joint_structure"))
    code = ("import time, torch; start = time.perf_counter(); "
            f"import {parts}; print(time.perf_counter() - start)")
    seconds = [float(subprocess.run([sys.executable, "-c", code], check=True, text=True,
                                    capture_output=True).stdout) for _ in range(5)]
    yield "import of training, scoring and worlds", "s beyond torch's", spread(seconds)


def spread(values: list[float]) -> str:
    """Return the mean, and the standard deviation where there are several values."""
    mean = statistics.fmean(values)
    if len(values) == 1:
        return f"{mean:.3g}"
    return f"{mean:.3g} ± {statistics.stdev(values):.1g}"


def machine() -> str:
    """Return what was measured on, and when."""
    return (f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, "
            f"{torch.get_num_threads()} threads, Python {platform.python_version()}, "
            f"torch {torch.__version__}")


def main(arguments: list[str]) -> int:
    """Measure, print a table as it grows, and put it into the README on request."""
    parser = argparse.ArgumentParser(prog="python -m course_lib benchmarks")
    parser.add_argument("--seeds", type=int, default=3, help="of every training")
    parser.add_argument("--only", choices=["truth", "models", "lessons", "import"])
    parser.add_argument("--readme", action="store_true",
                        help="put the table into README.md")
    chosen = parser.parse_args(arguments)
    parts = {"truth": truth_rows, "models": lambda: model_rows(chosen.seeds),
             "lessons": lesson_rows, "import": import_rows}
    lines = [f"Measured on {machine()}; {chosen.seeds} seeds, mean ± spread.", "",
             "| what | figure | measured |", "|---|---|---|"]
    print("\n".join(lines), flush=True)
    for name, part in parts.items():
        if chosen.only in (None, name):
            for row in part():
                lines.append("| " + " | ".join(row) + " |")
                print(lines[-1], flush=True)
    if chosen.readme:
        write_into(README, "\n".join(lines))
    return 0


def write_into(path: Path, table: str) -> None:
    """Replace what stands between the two marks of the README."""
    begin, end = MARKS
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text = path.read_text(encoding="utf-8")
    new, count = pattern.subn(lambda _: f"{begin}\n\n{table}\n\n{end}", text)
    if count != 1:
        raise ValueError(f"{path.name} holds {count} pairs of {begin} and {end}; leave "
                         f"one pair, where the table goes.")
    path.write_text(new, encoding="utf-8")
