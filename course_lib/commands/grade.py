"""Grade a folder of submitted notebooks, and say which mistakes the class makes.

    python -m course_lib grade submissions/ --into grades.csv

writes grades.csv, a line for each student and exercise, and beside it
grades-class.csv and grades-class.html, what the class got wrong.
"""

import argparse
import os
from pathlib import Path

from course_lib.commands.working_copy import put


def main(arguments: list[str]) -> int:
    """Grade all notebooks of a folder, and write the tables, whole or not at all."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib grade",
        description="Grade submitted notebooks: of each, the cells that an exercise "
                    "needs are run in a process that is shut in.")
    parser.add_argument("folder", type=Path, help="a notebook, or a folder, for each "
                        "student; any names")
    parser.add_argument("--into", type=Path, required=True, metavar="CSV")
    parser.add_argument("--lesson", default="", metavar="NN",
                        help="take notebooks of this lesson alone")
    parser.add_argument("--seconds", type=int, default=180, help="for an exercise")
    parser.add_argument("--memory", type=float, default=4.0, help="for one, in GiB")
    chosen = parser.parse_args(arguments)
    if os.name != "posix":
        parser.error("Grading limits what a submission may take, which this system "
                     "cannot; run it on Linux, for instance in WSL.")
    if not chosen.folder.is_dir():
        parser.error(f"{chosen.folder} is no folder; give the one that holds the "
                     f"submitted notebooks.")
    if chosen.seconds < 1 or chosen.memory <= 0:
        parser.error("An exercise needs at least a second, and more than no memory.")
    if not chosen.into.parent.is_dir():
        parser.error(f"{chosen.into.parent} is no folder, so {chosen.into.name} cannot "
                     f"be written there; make it first.")
    from course_lib.classroom import grading, sandbox, table
    try:
        if chosen.lesson:
            grading.asked(chosen.lesson)
    except ValueError as error:
        parser.error(str(error))
    rows = []
    limits = grading.Limits(chosen.seconds, chosen.memory)
    with sandbox.at_most(2 * limits.memory):
        for row in grading.grade(chosen.folder, limits, chosen.lesson):
            rows.append(row)
            print(f"{row.student:24.24} {row.exercise:5} {row.state:13} "
                  f"{row.seconds:5.1f} s", flush=True)
    if not rows:
        parser.error(f"There is no notebook in {chosen.folder}; give the folder that "
                     f"holds the submitted ones.")
    lines = table.class_table(rows)
    stem = chosen.into.with_suffix("")
    for path, text in ((chosen.into, table.as_csv(rows, grading.Grade)),
                       (Path(f"{stem}-class.csv"), table.as_csv(lines, table.Line)),
                       (Path(f"{stem}-class.html"), table.page(lines, rows))):
        put(path, text.encode())
        print(f"Written: {path}")
    if not all(row.held for row in rows):
        print("This system did not allow namespaces: the network and all files that "
              "you may write were open to what was run. docs/classroom.md says more.")
    return 0
