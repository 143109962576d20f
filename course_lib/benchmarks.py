"""The figures of the README: every model against the truth, and what a lesson costs.

    python -m course_lib benchmarks              everything, on three seeds
    python -m course_lib benchmarks --seeds 1 --only models

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from course_lib import lessons
from course_lib.datasets import TShirts
from course_lib.measurements import MEASURES, SHIRTS
from course_lib.recipes import RECIPES
from course_lib.sampling_benchmark import sampling_rows
from course_lib.scoring import score

MARKS = "<!-- results -->", "<!-- /results -->"
README = Path(__file__).resolve().parents[1] / "README.md"


def model_rows(seeds: int, chosen: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (what, figure, mean and spread over the seeds) for every recipe whose name
    has `chosen` in it."""
    for name, recipe in RECIPES.items():
        if chosen not in name:
            continue
        results = []
        for seed in range(seeds):
            model, world, history = recipe.train(seed, device="cpu", progress=False)
            took = {f"seconds for {recipe.steps:,} steps": history.seconds}
            results.append(MEASURES[name](model, world) | took)
        for figure in results[0]:
            yield name, figure, spread([result[figure] for result in results])


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
    parser.add_argument("--model", default="", metavar="WORDS",
                        help="only recipes that have these words in their name")
    parser.add_argument("--only", choices=["truth", "models", "sampling", "lessons",
                                           "import"])
    parser.add_argument("--readme", action="store_true",
                        help="put the table into README.md")
    chosen = parser.parse_args(arguments)
    parts = {"truth": truth_rows,
             "models": lambda: model_rows(chosen.seeds, chosen.model),
             "sampling": sampling_rows, "lessons": lesson_rows, "import": import_rows}
    head = f"Measured on {machine()}; {chosen.seeds} seeds, mean ± spread."
    print(f"{head}\n\n| what | figure | measured |\n|---|---|---|", flush=True)
    rows = []
    for name, part in parts.items():
        if chosen.only in (None, name):
            for row in part():
                rows.append("| " + " | ".join(row) + " |")
                print(rows[-1], flush=True)
    if chosen.readme:
        write_into(README, head, rows)
    return 0


def write_into(path: Path, head: str, rows: list[str]) -> None:
    """Put the rows between the two marks of the README, each in the place of the one
    about the same figure, or below all others."""
    old = between(path, MARKS)[1]
    kept = {figure_of(row): row for row in old.splitlines() if row.startswith("| ")}
    kept |= {figure_of(row): row for row in ["| what | figure | measured |"]}
    kept |= {figure_of(row): row for row in rows}
    title, *body = kept.values()
    replace_between(path, MARKS, "\n".join([head, "", title, "|---|---|---|", *body]))


def replace_between(path: Path, marks: tuple[str, str], text: str) -> None:
    """Put a text between two marks of a file, in place of what is there."""
    before, _, after = between(path, marks)
    begin, end = marks
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def between(path: Path, marks: tuple[str, str]) -> tuple[str, str, str]:
    """Return what stands before two marks of a file, between them, and after."""
    begin, end = marks
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path.name} does not hold one pair of {begin} and {end}; "
                         f"leave one pair, where the table goes.")
    before, rest = text.split(begin)
    return before, *rest.split(end)


def figure_of(row: str) -> tuple[str, ...]:
    """Return what a row of the table is about: its first two cells."""
    return tuple(cell.strip() for cell in row.split("|")[1:3])
