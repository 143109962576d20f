"""What several experiments ask of a model, in the words of its score."""

from collections.abc import Callable
from typing import Any

from course_lib.scoring import score

HELD_OUT = 1024                    # shirts, where no sample is slow


def scored(*names: str, **options: int) -> Callable[[Any, Any], dict[str, float]]:
    """Return what measures the named figures of `score(model, world, **options)`, by
    their headings, where they apply."""
    def measure(model: Any, world: Any) -> dict[str, float]:
        row = score(model, world, **options).row([*names])
        return {heading: float(figure) for heading, figure in row.items()
                if figure is not None}
    return measure
