"""Grade submitted notebooks: a verdict on each exercise of the lesson that they are of.

The process that runs a submission decides nothing. It shows what its answer is; the
exercise's own check is made here, and calls functions over there.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course_lib.checkout import needed_checkout
from course_lib.classroom.answering import Task, begun
from course_lib.classroom.cells import (
    Statement,
    checks,
    names_in,
    needed,
    read,
    understand,
)
from course_lib.classroom.link import Stopped
from course_lib.teaching import exercises
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED, RIGHT, WRONG

INSIDE = ("04.3", "06.2", "09.3")  # of networks and their gradients, which stay there
ERROR = "error"
LONGEST = 1000                     # letters of a message
GIBIBYTE = 2 ** 30
LIBRARY = Path(exercises.__file__)
PRIVATE = (".git", "notebooks", "tests", "work")       # of a checkout: solutions are in


@dataclass(frozen=True)
class Grade:
    """What is known of one exercise of one submission; of all of it if `exercise` is
    empty.

    judged: "inside" if the check ran beside the submission's own code
    held:   whether namespaces held what was run, and not limits alone"""

    student: str
    notebook: str
    exercise: str
    state: str
    points: int
    message: str
    seconds: float = 0.0
    judged: str = ""
    held: bool = True


@dataclass(frozen=True)
class Limits:
    """What one exercise of one submission may take: seconds, and gibibytes."""

    seconds: int = 180
    memory: float = 4.0


@cache
def asked(lesson: str) -> dict[str, str]:
    """Return the exercises of a lesson, as it stands in the course: by number, what is
    to be handed in.

    Raises ValueError where there is no such lesson, CheckoutMissing without any."""
    folder = needed_checkout("Grading needs the lessons, and they") / "notebooks"
    paths = [path for path in folder.glob("*.ipynb") if path.name[:2] == lesson]
    if not paths:
        raise ValueError(f"There is no lesson {lesson}; give two digits, such as 01.")
    return {number: answer for one in understand(read(paths[0]))
            for number, answer in checks(one.source)}


def grade(folder: Path, limits: Limits, lesson: str = "") -> Iterator[Grade]:
    """Yield the rows of all notebooks in a folder and in those in it.

    lesson: its two digits, if all are to be of that one"""
    paths = [path for path in sorted(folder.rglob("*.ipynb"))
             if path.is_file() and ".ipynb_checkpoints" not in path.parts]
    for path in paths:
        parts = path.relative_to(folder).parts
        student = parts[0] if len(parts) > 1 else path.stem
        name = "/".join(parts[1:] or parts)
        try:
            code = understand(read(path))
            numbers = asked(lesson_of(code, lesson, path.name))
        except ValueError as error:
            yield Grade(student, name, "", ERROR, 0, str(error))
            continue
        for number, answer in numbers.items():
            start = time.perf_counter()
            state, said, held = examined(number, answer, code, folder, limits)
            yield Grade(student, name, number, state, int(state == RIGHT), said,
                      round(time.perf_counter() - start, 1),
                      "inside" * (number in INSIDE), held)


def lesson_of(code: list[Statement], lesson: str, name: str) -> str:
    """Return the lesson whose exercises a notebook has most of.

    Raises ValueError for one that has none, or not those of `lesson`."""
    found = Counter(number[:2] for _, cell in {(one.place, one.cell) for one in code}
                    for number in re.findall(r"[\"'](\d\d\.\d+)[\"']", cell)
                    if number in exercises.every())
    most = max(found, key=found.get, default="")
    if not most or lesson not in ("", most):
        raise ValueError(f"{name} has no exercise of lesson {lesson}; hand in the "
                         f"lesson's own notebook." if lesson else
                         f"{name} has no exercise of the course; hand in a lesson's "
                         f"own notebook.")
    return most


def examined(number: str, answer: str, code: list[Statement], folder: Path,
             limits: Limits) -> tuple[str, str, bool]:
    """Return the state of one exercise of a submission, what to say, and whether it was
    held."""
    try:
        chosen, expression = handed_in(number, answer, code)
    except LookupError as error:
        state = ERROR if " is no Python" in str(error) else NOT_ATTEMPTED
        return state, str(error), True
    hidden = [folder.resolve(), LIBRARY.parent,
              *(needed_checkout("Grading") / part for part in PRIVATE)]
    inside = number if number in INSIDE else ""
    with tempfile.TemporaryDirectory() as place:
        return run(number, Task(
            [(one.place, one.source) for one in chosen], expression, inside,
            Path(place), [path for path in hidden if hides(path, place, inside)],
            limits.seconds, int(limits.memory * GIBIBYTE)))


def handed_in(number: str, answer: str,
              code: list[Statement]) -> tuple[list[Statement], str]:
    """Return the statements that an answer needs, and the expression that it is.

    It is what the course's own check asks for, as it stood before the submission's last
    check, or else what that check was given. Raises LookupError where there is none."""
    own = [(place, given) for place, one in enumerate(code)
           for known, given in checks(one.source) if known == number]
    near = [place for place, one in enumerate(code) if f'"{number}"' in one.cell]
    last = max([place for place, _ in own] or near, default=len(code) - 1)
    try:
        return needed(code[:last + 1], names_in(answer)), answer
    except LookupError:
        if not own:
            raise
        return needed(code[:last + 1], names_in(own[-1][1])), own[-1][1]


def hides(path: Path, place: str, inside: str) -> bool:
    """Whether a folder can be hidden: it is there, and holds nothing that is needed."""
    own = [Path(place), LIBRARY.parents[2] / "__init__.py"] + [LIBRARY] * bool(inside)
    return path.is_dir() and not any(one.is_relative_to(path) for one in own)


def run(number: str, task: Task) -> tuple[str, str, bool]:
    """Run a task in a process of its own, and check here what it shows."""
    held = True
    try:
        with begun(task) as link:
            held = link.held
            kind, value = link.receive()
            if kind == "failed":
                return ERROR, f"{value}.", held
            if kind == "verdict" and task.inside:
                state, said = value
                return (str(state) if state in (RIGHT, WRONG) else NOT_ATTEMPTED,
                        str(said)[:LONGEST], held)
            verdict = exercises.check(number, value)
            if link.stopped:                           # while a function was tried
                raise Stopped(link.stopped)
            return verdict.state, verdict.message[:LONGEST], held
    except Stopped as stopped:
        return ERROR, (f"{stopped} An exercise has {task.seconds} s and "
                       f"{task.memory / GIBIBYTE:.3g} GiB."), held
