"""The next step that the shape of an answer suggests, or its kind of numbers, in any
exercise."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor


def next_step(given: list, right: list) -> str | None:
    """Return what is to be done with an answer whose shape is wrong, or its kind of
    numbers; None if that tells nothing."""
    mine, due = [[as_tensor(value) for value in values] for values in (given, right)]
    if any(value is None for value in mine + due):
        return None
    here, there = [[tuple(value.shape) for value in values] for values in (mine, due)]
    if here == there:
        return _by_kind(given, *(torch.cat([value.flatten() for value in values])
                                 for values in (mine, due)))
    first, second = next(pair for pair in zip(here, there) if pair[0] != pair[1])
    if math.prod(first) == math.prod(second):
        return None
    if isinstance(given[0], tuple | list) and here[0][1:] == there[0]:
        return (f"These are {len(given[0])} answers, each of the right shape: put them "
                f"together.")
    if len(set(there)) > len(set(here)) == 1 and here[0]:
        return ("The shape is the same in every case: take sizes from the arguments, "
                "and do not write them out.")
    if not first:
        return "Return one number for each, and not one for all."
    if not second:
        return "Add them up, take their mean, or choose one."
    for longer, shorter, says in (
            (first, second, "Dimension {} is one too many: combine over it or choose."),
            (second, first, "Dimension {} is lost: combine nothing over it.")):
        for dim in range(len(longer)):
            if longer[:dim] + longer[dim + 1:] == shorter:
                return says.format(dim)
    left_out = len(first) == len(second) and math.prod(first) < math.prod(second)
    return "Leave nothing out: return a number for each." if left_out else None


def _by_kind(given: list, mine: Tensor, due: Tensor) -> str | None:
    """Say that counting begins elsewhere, that numbers are given where True and False
    are due, or the reverse."""
    for by, says in ((1, "should count from 0, and counts from 1"),
                     (-1, "should count from 1, and counts from 0")):
        if torch.equal(mine, due + by):
            return f"All are off by one: is there something that {says}?"
    if _are_logical(due):
        far = mine.isfinite().all() and not _are_logical(mine, 0.1)
        return "Only 0 and 1, or False and True, are asked for." if far else None
    logical = all(getattr(value, "dtype", type(value)) in (bool, torch.bool)
                  for value in given)
    return "True and False are no answer: numbers are asked for." if logical else None


def _are_logical(numbers: Tensor, tolerance: float = 0.0) -> bool:
    return bool((torch.minimum(numbers.abs(), (numbers - 1).abs()) <= tolerance).all())
