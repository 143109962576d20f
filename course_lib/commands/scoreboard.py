"""Make the scoreboard: train and score every model, write the table and a picture.

    python -m course_lib scoreboard                    all of it, into the repository
    python -m course_lib scoreboard --only "L2, real"  rows with these words
    python -m course_lib scoreboard --scale 0.02 --into scores.csv

Lesson 11.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.checkout import CheckoutMissing, needed_checkout
from course_lib.commands.pages import SCOREBOARD, figures_page, replace_between
from course_lib.experiments.experiment import SHIRTS
from course_lib.experiments.scoreboard import FIGURES, TABLE, Row, make
from course_lib.teaching import figures
from course_lib.training.checkpoints import CheckpointError

HEADS = ("model", "space", "gap, nats", "coherence", "excess calibration error",
         "coverage", "chroma", "energy", "training s", "s for 64", "parameters")


def main(arguments: list[str]) -> int:
    """Make the scoreboard, its picture and, on request, its place in the docs."""
    parser = argparse.ArgumentParser(prog="python -m course_lib scoreboard")
    parser.add_argument("--only", default="", metavar="WORDS",
                        help='only rows that have these words, such as "L2, real"')
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps")
    parser.add_argument("--examples", type=int, default=256, help="that are scored")
    parser.add_argument("--seed", type=int, default=0, help="of every training")
    parser.add_argument("--fresh", action="store_true",
                        help="make the rows asked for again")
    parser.add_argument("--into", type=Path, metavar="CSV",
                        help="the table, its picture beside it; those of the "
                        "repository unless told")
    parser.add_argument("--docs", action="store_true",
                        help="put the table into docs/figures.md")
    chosen = parser.parse_args(arguments)
    page = figures_page() if chosen.docs else None     # said before anything is trained
    try:
        path, picture = places(chosen.into)
        rows = make(path, chosen.only, chosen.scale, chosen.examples, chosen.seed,
                    chosen.fresh)
    except (CheckoutMissing, CheckpointError) as error:
        parser.error(f"{error} With --into scores.csv it goes there.")
    except ValueError as error:
        parser.error(str(error))
    table = "\n".join(lines(rows))
    print(table)
    drawn: Any = figures.show_scoreboard(rows).figure
    drawn.savefig(picture, dpi=130)
    if page:
        replace_between(page, SCOREBOARD, table.rstrip())
    return 0


def places(into: Path | None) -> tuple[Path, Path]:
    """Return the files of the table and of its picture: beside each other where the
    user says, else those of the repository.

    Raises CheckoutMissing where there is none: an installed table stays as it is."""
    if into is not None:
        return into, into.with_suffix(".png")
    return TABLE, needed_checkout("The scoreboard") / "docs" / "scoreboard.png"


def lines(rows: list[Row]) -> Iterator[str]:
    """Yield the table in Markdown, one world after the other."""
    for world in SHIRTS:
        yield f"**{'striped' if world == 'stripes' else world} shirts**"
        yield ""
        yield "| " + " | ".join(HEADS) + " |"
        yield "|" + "---|" * len(HEADS)
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
