"""What several experiments ask of a model, in the words of its score."""

from collections.abc import Callable
from typing import Any

from course_lib.scoring import score
from course_lib.scoring.tabled import BaseScore

HELD_OUT = 1024                    # shirts, where no sample is slow


def figures_of(result: BaseScore, *names: str) -> dict[str, float]:
    """Return {heading: value} of the named figures of a score, where they apply."""
    return {heading: float(figure) for heading, figure
            in result.row([*names]).items() if figure is not None}


def scored(*names: str, **options: int) -> Callable[[Any, Any], dict[str, float]]:
    """Return what measures the named figures of `score(model, world, **options)`."""
    return lambda model, world: figures_of(score(model, world, **options), *names)
