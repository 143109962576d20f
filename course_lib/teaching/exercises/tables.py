"""Tables of typical mistakes: a sentence, and all wrong answers that it is due to."""

from typing import Any


def mistakes(*rows: tuple) -> list[tuple[Any, str]]:
    """Return (answer, says) for each answer of rows (says, answer, another, ...)."""
    return [(answer, says) for says, *answers in rows for answer in answers]
