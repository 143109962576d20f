"""The scoreboard: every model of the course against the truth, in one table.

    python -m course_lib scoreboard                    all of it, into data/
    python -m course_lib scoreboard --only "PixelCNN"  models with these words
    python -m course_lib scoreboard --scale 0.02 --into scores.csv

Each model is trained by its lesson's own recipe, on solid, striped and real shirts, and
scored. The table grows row by row: what was interrupted goes on where it stopped.
Lesson 11.
"""

import argparse
import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from course_lib.checks import check_choice, check_integer, check_number
from course_lib.contract import ConditionalModel
from course_lib.datasets import DataUnavailable, TShirts
from course_lib.measurements.whole import above_floor
from course_lib.progress import progress_bar
from course_lib.recipes import RECIPES, Recipe
from course_lib.scoring import Score, baselines, score

TABLE = Path(__file__).parents[1] / "data" / "scoreboard.csv"
WORLDS = ("solid", "stripes", "real")
MODELS = {                         # name: recipes for solid shirts and for striped ones
    "L2": ("L2", "L2"),
    "L1": ("L1", "L1"),
    "mixture of 2": ("mixture of 2", "mixture of 2"),
    "softmax, k = 10": ("softmax, k = 10, 16 x 16", "softmax, k = 10, 16 x 16"),
    "random field": ("random field", "random field"),
    "conditional GAN": ("conditional GAN", "conditional GAN, stripes, 16 x 16"),
    "conditional VAE": ("conditional VAE", "conditional VAE, stripes"),
    "PixelCNN": ("PixelCNN, 16 x 16", "PixelCNN, stripes, 16 x 16"),
    "Gated PixelCNN": ("Gated PixelCNN, 16 x 16", "Gated PixelCNN, stripes, 16 x 16"),
    "diffusion": ("diffusion", "diffusion, stripes"),
    "pix2pix": ("pix2pix, shirts", "pix2pix, shirts, stripes"),
    "CycleGAN, no pairs": ("CycleGAN, grey shirts", "CycleGAN, grey shirts"),
}
FIGURES = ("likelihood_gap", "coherence", "calibration", "coverage", "chroma", "energy",
           "sampling_seconds")     # of a `Score`, each with its error
ABOUT = ("world", "model", "space", "likelihood", "steps", "seed", "examples",
         "parameters", "training_seconds")
COLUMNS = (*ABOUT, *(name for figure in FIGURES
                     for name in (figure, f"{figure}_error")))

Row = dict[str, str]


@dataclass(frozen=True)
class Entry:
    """One row to be: a model in a world; without a recipe, a baseline of that name."""

    world: str
    model: str
    recipe: Recipe | None = None


def entries(only: str = "", worlds: Sequence[str] = WORLDS) -> list[Entry]:
    """Return all rows of the scoreboard whose model has the words `only` in its name,
    world by world, the truth and the baselines first.

    Raises ValueError, in a sentence, for a world that there is not."""
    chosen = [check_choice("world", name, WORLDS) for name in worlds]
    found = []
    for world in (world for world in WORLDS if world in chosen):
        names = ["the truth", *baselines(TShirts())]
        found += [Entry(world, name) for name in names]
        for model, (solid, stripes) in MODELS.items():
            recipe = RECIPES[stripes if world == "stripes" else solid]
            found.append(Entry(world, model, moved(recipe, world)))
    return [entry for entry in found if only.lower() in entry.model.lower()]


def moved(recipe: Recipe, world: str) -> Recipe:
    """Return the recipe, trained on the shirts of another world of the same size."""
    own = recipe.world
    if world == "solid":
        return recipe

    def make() -> TShirts:
        like = own()
        pattern = "stripes" if world == "stripes" else "solid"
        shirts = "fashion-mnist" if world == "real" else "drawn"
        return TShirts(pattern, shirts, size=like.size, channels=like.channels)

    return replace(recipe, world=make)


def make(path: str | Path = TABLE, only: str = "", scale: float = 1.0,
         examples: int = 256, seed: int = 0, fresh: bool = False,
         progress: bool = True, worlds: Sequence[str] = WORLDS) -> list[Row]:
    """Train and score what is not in the table yet, and return the table's rows.

    path:   of the CSV file, which is written anew, whole, after every row
    scale:  of the steps of every recipe, above 0; a small one shows how it is done
    examples: that are scored
    fresh:  forget the rows that are there
    worlds: whose shirts are asked for, of `WORLDS`
    Rows that were made with other steps, examples or another seed are made again. Real
    shirts are left out where Fashion-MNIST is not to be had.
    """
    check_number("scale", scale, 0.0, 100.0, open_low=True)
    check_integer("examples", examples, 16, 1000)
    path = Path(path)
    done = {} if fresh else {key_of(row): row for row in load(path)}
    wanted = [(entry, steps_of(entry, scale)) for entry in entries(only, worlds)]
    with progress_bar(len(wanted), 0, progress, "rows") as bar:
        for entry, steps in wanted:
            bar.set_postfix_str(f"{entry.model}, {entry.world}")
            old = done.get((entry.world, entry.model), {})
            if not is_current(old, steps, examples, seed):
                try:
                    row = measure(entry, steps, examples, seed)
                except DataUnavailable as missing:
                    bar.write(f"{entry.model}, {entry.world}: {missing}")
                    continue
                done[key_of(row)] = row
                save(path, done)
            bar.update()
    return in_order(done)


def measure(entry: Entry, steps: int | None, examples: int, seed: int) -> Row:
    """Train the model of an entry, score it, and return its row."""
    history = None
    if entry.recipe is None:
        world = world_of(entry.world)
        model: ConditionalModel = (world.truth if entry.model == "the truth" else
                                   baselines(world)[entry.model])
    else:
        model, world, history = entry.recipe.train(seed, steps=steps, device="cpu",
                                                   progress=False)
    result = score(model, world, examples=examples, seed=seed, name=entry.model,
                   history=history)
    return as_row(entry, result)


def as_row(entry: Entry, result: Score) -> Row:
    """Return a score as text, with the calibration error above that of a perfect
    sampler; nothing where a figure does not apply."""
    row = {"world": entry.world, "model": entry.model, "space": result.space,
           "likelihood": result.likelihood or "", "steps": str(result.steps or 0),
           "seed": str(result.seed), "examples": str(result.examples),
           "parameters": str(result.parameters),
           "training_seconds": f"{result.training_seconds or 0:.1f}"}
    for figure in FIGURES:
        measured = getattr(result, figure)
        if measured is None:
            row |= {figure: "", f"{figure}_error": ""}
            continue
        value = above_floor(result) if figure == "calibration" else measured.value
        row |= {figure: f"{value:.6g}", f"{figure}_error": f"{measured.error:.3g}"}
    return row


def world_of(name: str) -> TShirts:
    """Return the shirts of one of the three worlds, 32 x 32."""
    return TShirts("stripes" if name == "stripes" else "solid",
                   "fashion-mnist" if name == "real" else "drawn")


def steps_of(entry: Entry, scale: float) -> int | None:
    """Return how many steps an entry is trained, None for a baseline."""
    return entry.recipe and max(1, round(scale * entry.recipe.steps))


def is_current(row: Row, steps: int | None, examples: int, seed: int) -> bool:
    """Whether a row was made with these steps, examples and seed."""
    wanted = {"steps": str(steps or 0), "examples": str(examples),
              "seed": str(seed)}
    return wanted.items() <= row.items()


def key_of(row: Row) -> tuple[str, str]:
    """Return what a row is about."""
    return row["world"], row["model"]


def in_order(done: dict[tuple[str, str], Row]) -> list[Row]:
    """Return the rows in the order of the scoreboard; unknown ones come last."""
    places = [(entry.world, entry.model) for entry in entries()]
    return sorted(done.values(), key=lambda row: places.index(key_of(row))
                  if key_of(row) in places else len(places))


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


def save(path: str | Path, done: dict[tuple[str, str], Row]) -> None:
    """Write the table under another name, and then rename it: it is whole or old."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(in_order(done))
    new.replace(path)


def lines(rows: list[Row]) -> Iterator[str]:
    """Yield the table in Markdown, one world after the other."""
    heads = ("model", "space", "gap, nats", "coherence", "calibration error",
             "coverage", "chroma", "energy", "training s", "s for 64", "parameters")
    for world in WORLDS:
        yield f"**{'striped' if world == 'stripes' else world} shirts**"
        yield ""
        yield "| " + " | ".join(heads) + " |"
        yield "|" + "---|" * len(heads)
        for row in rows:
            if row["world"] == world:
                cells = (row["model"], row["space"],
                         *(in_text(row, figure) for figure in FIGURES[:-1]),
                         row["training_seconds"], in_text(row, "sampling_seconds"),
                         f"{int(row['parameters']):,}")
                yield "| " + " | ".join(cells) + " |"
        yield ""


def in_text(row: Row, figure: str) -> str:
    """Return a figure in three digits; a gap that comes from a bound is at most it."""
    if not row[figure]:
        return ""
    bound = figure == "likelihood_gap" and row["likelihood"] not in ("", "exact")
    return "≤ " * bound + f"{float(row[figure]):.3g}"


def main(arguments: list[str]) -> int:
    """Make the scoreboard, its picture and, on request, its place in the README."""
    parser = argparse.ArgumentParser(prog="python -m course_lib scoreboard")
    parser.add_argument("--only", default="", metavar="WORDS",
                        help="only models that have these words in their name")
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=WORLDS,
                        help="whose shirts; all three unless told")
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps")
    parser.add_argument("--examples", type=int, default=256, help="that are scored")
    parser.add_argument("--seed", type=int, default=0, help="of every training")
    parser.add_argument("--fresh", action="store_true", help="make every row again")
    parser.add_argument("--into", type=Path, default=TABLE, help="the CSV file")
    parser.add_argument("--readme", action="store_true",
                        help="put the table into README.md")
    chosen = parser.parse_args(arguments)
    rows = make(chosen.into, chosen.only, chosen.scale, chosen.examples, chosen.seed,
                chosen.fresh, worlds=chosen.worlds)
    print("\n".join(lines(rows)))
    draw(rows, chosen.into.with_suffix(".png"))
    if chosen.readme:
        from course_lib.benchmarks import README, replace_between

        replace_between(README, ("<!-- scoreboard -->", "<!-- /scoreboard -->"),
                        "\n".join(lines(rows)))
    return 0


def draw(rows: list[Row], path: Path) -> None:
    """Write the picture of the table."""
    from course_lib import figures

    figures.show_scoreboard(rows).figure.savefig(path, dpi=130)
