"""Tables of typical mistakes: a sentence, and all wrong answers that it is due to."""

from collections.abc import Callable
from typing import Any


def mistakes(*rows: tuple) -> list[tuple[Any, str]]:
    """Return (answer, says) for each answer of rows (says, answer, another, ...)."""
    return [(answer, says) for says, *answers in rows for answer in answers]


def pairs(parts: list[tuple], first: tuple, second: tuple) -> list[tuple]:
    """Return pairs of alike parts, of which the first, the second or both are wrong.

    parts:         (part, says), the right one first
    first, second: the words for {0}, {1} ... of what is said of each"""
    (right, _), *wrong = parts
    rows = [((right, right), "")]
    for part, says in wrong:
        one, two = says.format(*first), says.format(*second)
        rows += [((part, right), one), ((right, part), two),
                 ((part, part), one if one == two else f"{one} {two}")]
    return rows


def combined(build: Callable, *stages: list[tuple]) -> list[tuple]:
    """Return (answer, says) for answers that go wrong in one stage, then for those that
    go wrong in one and in the last.

    build:  build(part of stage 1, part of stage 2, ...) -> an answer
    stages: (part, says) for each, the right part first"""
    *inner, last = stages
    right = [stage[0][0] for stage in inner]
    return [(build(*right[:i], part, *right[i + 1:], end), f"{said} {says}".strip())
            for tail in filter(None, ([last[0]], last[1:]))
            for i, stage in enumerate(inner)
            for part, said in (stage[i > 0:] if tail[0] is not last[0] else stage[1:])
            for end, says in tail]
