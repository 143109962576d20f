"""Exercises that check themselves, say what is wrong, and give graded hints.

    def mean_chroma(p, mode):
        ...                                     # your code here

    exercises.check("01.1", mean_chroma)        # a verdict, never a traceback
    exercises.hint("01.1")                      # the first hint, then the next

The exercises of a lesson live in a file of their own beside this one, named like the
lesson, which lists them as EXERCISES; it is found by itself.
"""

import pkgutil
from importlib import import_module

from course_lib.checks import describe
from course_lib.teaching.exercises.core import Case, Exercise, Mistake
from course_lib.teaching.exercises.verdicts import Hint, Verdict

__all__ = ["Case", "Exercise", "Hint", "Mistake", "Verdict", "check", "every",
           "find", "hint", "solution"]

_hints_given: dict[str, int] = {}


def check(number: str, answer=...) -> Verdict:
    """Return what is to be said of an answer: not attempted yet, wrong (and how), or
    right (and what that means).

    number: of the exercise, for instance "01.1"
    answer: a function or a value, as the exercise asks
    An error in a learner's function is a verdict too, and stops no notebook.
    """
    return find(number).check(answer)


def hint(number: str, level: int | None = None) -> Hint:
    """Return the next hint, one more at each call, or the one of a given level.

    Raises ValueError for a level that the exercise has not."""
    exercise = find(number)
    if level is None:
        level = min(_hints_given.get(number, 0) + 1, len(exercise.hints))
        _hints_given[number] = level
    return exercise.hint(level)


def solution(number: str):
    """Return the reference answer: the function, or the value."""
    return find(number).solution


def find(number: str) -> Exercise:
    """Return an exercise; raises ValueError, which lists the lesson's, if none."""
    exercises = every()
    if number not in exercises:
        there = ", ".join(known for known in exercises
                          if known[:2] == str(number)[:2]) or ", ".join(exercises)
        raise ValueError(
            f"There is no exercise {describe(number)}; choose one of {there}.")
    return exercises[number]


def every() -> dict[str, Exercise]:
    """Return all exercises of all lessons by number, in order."""
    found: dict[str, Exercise] = {}
    for module in pkgutil.iter_modules(__path__):
        file = import_module(f"{__name__}.{module.name}")
        for exercise in getattr(file, "EXERCISES", ()):
            if found.setdefault(exercise.number, exercise) is not exercise:
                raise ValueError(f"Two exercises are numbered {exercise.number}; give "
                                 f"the one in {module.name}.py another number.")
    return dict(sorted(found.items()))
