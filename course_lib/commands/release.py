"""Write an edition of the lessons for students: no solutions, no verdicts yet.

    python -m course_lib release edition/
    python -m course_lib release course/ --lesson 01 --nbgrader
"""

import argparse
from pathlib import Path

from course_lib.classroom import release as editions


def main(arguments: list[str]) -> int:
    """Write the edition that is asked for, and say what is in it."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib release",
        description="Write an edition of the lessons for students, without solutions.")
    parser.add_argument("folder", type=Path, help="a new one, or one that is empty")
    parser.add_argument("--lesson", default="", metavar="NN", help="one alone")
    parser.add_argument("--nbgrader", action="store_true",
                        help="a course folder for nbgrader, whose sources hold the "
                             "solutions until it takes them out")
    chosen = parser.parse_args(arguments)
    try:
        written = editions.release(chosen.folder, chosen.lesson, chosen.nbgrader)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"{len(written)} files are in {chosen.folder}.")
    return 0
