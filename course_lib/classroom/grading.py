"""Grade submitted notebooks: a verdict on each exercise of the lesson that they are of.

The process that runs a submission decides nothing. It shows what its answer is; the
exercise's own check is made here, and calls functions over there.
"""

import contextlib
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course_lib.checkout import needed_checkout
from course_lib.classroom import sandbox
from course_lib.classroom.answering import Task, begun
from course_lib.classroom.cells import Cell, checks, names_in, needed, read, understand
from course_lib.classroom.link import Stopped
from course_lib.teaching import exercises
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED, RIGHT

INSIDE = ("04.3", "06.2", "09.3")  # of networks and their gradients, which stay there
ERROR = "error"
GIBIBYTE = 2 ** 30
PRIVATE = (".git", "notebooks", "tests", "work")       # of a checkout: solutions are in


@dataclass(frozen=True)
class Row:
    """What is known of one exercise of one submission; of all of it if `exercise` is
    empty. judged: "inside" if the check ran beside the submission's own code."""

    student: str
    notebook: str
    exercise: str
    state: str
    points: int
    message: str
    seconds: float = 0.0
    judged: str = ""


@dataclass(frozen=True)
class Limits:
    """What one exercise of one submission may take: seconds, and gibibytes."""

    seconds: int = 60
    memory: float = 4.0


@cache
def asked(lesson: str) -> dict[str, str]:
    """Return the exercises of a lesson, as it stands in the course: by number, what is
    to be handed in. Raises CheckoutMissing without notebooks."""
    folder = needed_checkout("Grading needs the lessons, and they") / "notebooks"
    path, = folder.glob(f"{lesson}_*.ipynb")
    return {number: answer for cell in understand(read(path))
            for number, answer in checks(cell.source)}


def grade(folder: Path, limits: Limits, lesson: str = "") -> Iterator[Row]:
    """Yield the rows of all notebooks in a folder and in those in it.

    lesson: its two digits, if all are to be of that one"""
    paths = [path for path in sorted(folder.rglob("*.ipynb"))
             if path.is_file() and ".ipynb_checkpoints" not in path.parts]
    for path in paths:
        parts = path.relative_to(folder).parts
        student = parts[0] if len(parts) > 1 else path.stem
        name = "/".join(parts[1:] or parts)
        try:
            cells = understand(read(path))
            numbers = asked(lesson_of(cells, lesson, path.name))
        except ValueError as error:
            yield Row(student, name, "", ERROR, 0, str(error))
            continue
        for number, answer in numbers.items():
            start = time.perf_counter()
            state, said = examined(number, answer, cells, folder, limits)
            yield Row(student, name, number, state, int(state == RIGHT), said,
                      round(time.perf_counter() - start, 1),
                      "inside" * (number in INSIDE))


def lesson_of(cells: list[Cell], lesson: str, name: str) -> str:
    """Return the lesson whose exercises a notebook has most of.

    Raises ValueError for one that has none, or not those of `lesson`."""
    found = Counter(number[:2] for cell in cells
                    for number in re.findall(r'"(\d\d\.\d+)"', cell.source)
                    if number in exercises.every())
    most = max(found, key=found.get, default="")
    if not most or lesson not in ("", most):
        raise ValueError(f"{name} has no exercise of lesson {lesson}; hand in the "
                         f"lesson's own notebook." if lesson else
                         f"{name} has no exercise of the course; hand in a lesson's "
                         f"own notebook.")
    return most


def examined(number: str, answer: str, cells: list[Cell], folder: Path,
             limits: Limits) -> tuple[str, str]:
    """Return the state of one exercise of a submission and what to say."""
    own = [(place, given) for place, cell in enumerate(cells)
           for known, given in checks(cell.source) if known == number]
    mentions = [place for place, cell in enumerate(cells)
                if f'"{number}"' in cell.source]
    last = max([place for place, _ in own] or mentions, default=len(cells) - 1)
    answers = [answer, *(given for _, given in own[-1:])]
    for i, expression in enumerate(answers):
        try:
            chosen = needed(cells[:last + 1], names_in(expression))
            break
        except LookupError as error:
            if i == len(answers) - 1:
                return (ERROR if " is no Python" in str(error) else NOT_ATTEMPTED,
                        str(error))
    hidden = [folder.resolve(), Path(exercises.__file__).parent,
              *(needed_checkout("Grading") / part for part in PRIVATE)]
    with tempfile.TemporaryDirectory() as place:
        inside = number if number in INSIDE else ""
        task = Task([(cell.place, cell.source) for cell in chosen], expression, inside,
                    Path(place), [path for path in hidden if hides(path, place, inside)],
                    limits.seconds, int(limits.memory * GIBIBYTE))
        return run(number, task)


def hides(path: Path, place: str, inside: str) -> bool:
    """Whether a folder can be hidden: it is there, and holds nothing that is needed."""
    library = Path(exercises.__file__)
    own = [Path(place), library.parents[2] / "__init__.py"] + [library] * bool(inside)
    return path.is_dir() and not any(one.is_relative_to(path) for one in own)


def run(number: str, task: Task) -> tuple[str, str]:
    """Run a task in a process of its own, and check here what it shows."""
    deadline = time.monotonic() + task.seconds + 5     # five to begin, on a busy machine
    with begun(task, deadline) as link:
        try:
            link.receive()
            kind, value = link.receive()
        except Stopped as stopped:
            return ERROR, reason(stopped, task)
        if kind == "failed":
            return ERROR, f"{value}."
        if kind == "verdict" and task.inside:
            state, said = value
            return str(state), str(said)
        verdict = exercises.check(number, value)
        if link.stopped:                               # while a function was tried
            return ERROR, reason(link.stopped, task)
        return verdict.state, verdict.message


def reason(stopped, task: Task) -> str:
    return (f"{stopped} Each exercise has {task.seconds} s and "
            f"{task.memory / GIBIBYTE:.3g} GB.")
