"""The scoreboard: every model of the course against the truth, in one table.

Each model is trained by its experiment, on solid, striped and real shirts, and scored.
The table grows row by row: what was interrupted goes on where it stopped. Lesson 11.
"""

import csv
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from course_lib.checks import check_integer, check_number
from course_lib.contract import ConditionalModel
from course_lib.datasets import DataUnavailable, TShirts
from course_lib.experiments import EXPERIMENTS
from course_lib.experiments.experiment import SHIRTS, Experiment
from course_lib.progress import progress_bar
from course_lib.scoring import baselines, score
from course_lib.training.checkpoints import as_path, check_writable

TABLE = Path(str(files("course_lib.experiments"))) / "scoreboard.csv"
FIGURES = ("likelihood_gap", "coherence", "excess_calibration", "coverage",
           "chroma", "energy", "sampling_seconds")     # of a `Score`, with errors
ABOUT = ("world", "model", "space", "likelihood", "steps", "seed", "examples",
         "parameters", "training_seconds")
COLUMNS = (*ABOUT, *(name for figure in FIGURES
                     for name in (figure, f"{figure}_error")))

Row = dict[str, str]
Key = tuple[str, str]              # of a row: world and model


class Entry(NamedTuple):
    """One row to be: a model in a world; without an experiment, a baseline."""

    world: str
    model: str
    experiment: Experiment | None = None


def entries(only: str = "") -> list[Entry]:
    """Return the rows of the scoreboard whose "model, world" has the words `only` in
    it, world by world, the truth and the baselines first."""
    found = []
    for world in SHIRTS:
        found += [Entry(world, name) for name in ("the truth", *baselines(TShirts()))]
        found += [Entry(world, experiment.row, moved(experiment, world))
                  for experiment in EXPERIMENTS.values() if world in experiment.row_on]
    return [entry for entry in found
            if only.lower() in f"{entry.model}, {entry.world}".lower()]


def moved(experiment: Experiment, world: str) -> Experiment:
    """Return the experiment on the shirts of another world, of the same size."""
    like = experiment.world
    return experiment if world == "solid" else replace(
        experiment, world=lambda: shirts_of(world, like()))


def shirts_of(world: str, like: TShirts) -> TShirts:
    """Return the shirts of one of the three worlds, as large as others."""
    return TShirts("stripes" if world == "stripes" else "solid",
                   "fashion-mnist" if world == "real" else "drawn",
                   size=like.size, channels=like.channels)


def make(path: str | Path = TABLE, only: str = "", scale: float = 1.0,
         examples: int = 256, seed: int = 0, fresh: bool = False,
         progress: bool = True) -> list[Row]:
    """Train and score what is not in the table yet, and return the table's rows.

    path:   of the CSV file, which is written anew, whole, after every row
    only:   the rows that have these words in them, such as "L2" or "L2, real"
    scale:  of the steps of every experiment, above 0; a small one shows how it is done
    examples: that are scored
    fresh:  make the rows that are asked for again, each in place of its old one
    Rows that were made with other steps, examples or another seed are made again. Real
    shirts are left out where Fashion-MNIST is not to be had.
    Raises CheckpointError before a training whose row could not be written, and
    ValueError, in a sentence, for words that no row has.
    """
    check_number("scale", scale, 0.0, 100.0, open_low=True)
    check_integer("examples", examples, 16, 1000)
    path = as_path(path)
    done = {key_of(row): row for row in load(path)}
    wanted = entries(only)
    if not wanted:
        raise ValueError(f"no row of the scoreboard has the words {only!r}; give some "
                         f"of a model's name, such as 'L2' or 'L2, real'.")
    with progress_bar(len(wanted), 0, progress, "rows") as bar:
        for entry in wanted:
            bar.set_postfix_str(f"{entry.model}, {entry.world}")
            steps = steps_of(entry, scale)
            settings = {"steps": str(steps), "examples": str(examples),
                        "seed": str(seed)}
            if fresh or not settings.items() <= done.get(entry[:2], {}).items():
                check_writable(path)
                try:
                    done[entry[:2]] = measure(entry, steps, examples, seed)
                except DataUnavailable as missing:
                    bar.write(f"{entry.model}, {entry.world}: {missing}")
                    continue
                save(path, done)
            bar.update()
    return in_order(done)


def steps_of(entry: Entry, scale: float) -> int:
    """Return how many steps an entry is trained, 0 for a baseline."""
    experiment = entry.experiment
    return 0 if experiment is None else max(1, round(scale * experiment.steps))


def measure(entry: Entry, steps: int, examples: int, seed: int) -> Row:
    """Train the model of an entry, score it, and return its row."""
    history = None
    if entry.experiment is None:
        world = shirts_of(entry.world, like=TShirts())
        model: ConditionalModel = (world.truth if entry.model == "the truth" else
                                   baselines(world)[entry.model])
    else:
        model, world, history = entry.experiment.train(seed, steps=steps, device="cpu",
                                                       progress=False)
    result = score(model, world, examples=examples, seed=seed, name=entry.model,
                   history=history)
    return as_row(entry, result)


def as_row(entry: Entry, result: Any) -> Row:
    """Return a score as text; nothing where a figure does not apply."""
    row = {"world": entry.world, "model": entry.model, "space": result.space,
           "likelihood": result.likelihood or "", "steps": str(result.steps or 0),
           "seed": str(result.seed), "examples": str(result.examples),
           "parameters": str(result.parameters),
           "training_seconds": f"{result.training_seconds or 0:.1f}"}
    for figure in FIGURES:
        measured = getattr(result, figure)
        row |= {figure: f"{measured.value:.6g}" if measured else "",
                f"{figure}_error": f"{measured.error:.3g}" if measured else ""}
    return row


def key_of(row: Row) -> Key:
    """Return what a row is about."""
    return row["world"], row["model"]


def in_order(done: dict[Key, Row]) -> list[Row]:
    """Return the rows in the order of the scoreboard; unknown ones come last."""
    keys = [entry[:2] for entry in entries()]
    return sorted(done.values(), key=lambda row: keys.index(key_of(row))
                  if key_of(row) in keys else len(keys))


def load(path: str | Path = TABLE) -> list[Row]:
    """Return the rows of a table; none where there is no file.

    Raises ValueError, in a sentence, for a file with other columns."""
    path = Path(path)
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ValueError(f"{path} has the columns {reader.fieldnames}; delete it, or "
                         f"give the name of a file that is a scoreboard.")
    return rows


def save(path: Path, done: dict[Key, Row]) -> None:
    """Write the table under another name, and then rename it: it is whole or old."""
    new = check_writable(path)
    with new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(in_order(done))
    new.replace(path)
