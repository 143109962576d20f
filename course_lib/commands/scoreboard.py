"""Make the scoreboard: train and score every model, write the table and a picture.

    python -m course_lib scoreboard                    all of it, into data/
    python -m course_lib scoreboard --only "PixelCNN"  models with these words
    python -m course_lib scoreboard --scale 0.02 --into scores.csv

Lesson 11.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.commands.readme import README, replace_between
from course_lib.experiments.experiment import SHIRTS
from course_lib.experiments.scoreboard import FIGURES, TABLE, Row, make
from course_lib.teaching import figures

HEADS = ("model", "space", "gap, nats", "coherence", "calibration error", "coverage",
         "chroma", "energy", "training s", "s for 64", "parameters")


def main(arguments: list[str]) -> int:
    """Make the scoreboard, its picture and, on request, its place in the README."""
    parser = argparse.ArgumentParser(prog="python -m course_lib scoreboard")
    parser.add_argument("--only", default="", metavar="WORDS",
                        help="only models that have these words in their name")
    parser.add_argument("--worlds", nargs="+", choices=SHIRTS, default=SHIRTS,
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
    table = "\n".join(lines(rows))
    print(table)
    picture: Any = figures.show_scoreboard(rows).figure
    picture.savefig(chosen.into.with_suffix(".png"), dpi=130)
    if chosen.readme:
        replace_between(README, ("<!-- scoreboard -->", "<!-- /scoreboard -->"), table)
    return 0


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
