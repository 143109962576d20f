"""Slips of any exercise, recognised by value: a sign, a factor, a base of logarithms,
a mean in place of a sum, an argument exchanged with another or not used at all."""

import copy
import inspect
import math
from collections.abc import Callable, Iterable
from itertools import combinations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.teaching.exercises.compare import as_tensor, equal
from course_lib.teaching.exercises.mutants import mutants

NEAR = 30                          # tolerances: nearer, an answer is only inexact
MENDED = [                         # what is wrong, and what would make the answer right
    ("The sign is wrong.", torch.neg),
    ("These are bits: use the natural logarithm.", lambda mine: mine * math.log(2)),
    ("That is the logarithm to base 10: use the natural one.",
     lambda mine: mine * math.log(10)),
    ("The logarithm is missing.", torch.log, lambda mine: -mine.log()),
    ("That is its logarithm: leave the logarithm off.", torch.exp,
     lambda mine: (-mine).exp()),
    ("That is its logit, the logarithm of the odds: take the sigmoid.", torch.sigmoid),
    ("These are the odds.", lambda mine: mine / (1 + mine)),
    ("That is the root of it.", torch.square),
    ("That is the square of it.", torch.sqrt),
    ("That is one minus it: the other case.", lambda mine: 1 - mine),
    ("That is upside down: one divided by it.", torch.reciprocal),
    ("These are in the opposite order.", lambda mine: mine.flip(0)),
    ("Rows and columns are exchanged.", lambda mine: mine.transpose(-2, -1)),
    ("These are the terms: add them up.", torch.sum,
     lambda mine: mine.sum(0), lambda mine: mine.sum(-1)),
    ("These are the terms: their mean is asked for.", torch.mean,
     lambda mine: mine.mean(0), lambda mine: mine.mean(-1)),
    ("It must add up to 1: divide by the sum.", lambda mine: mine / mine.sum())]
MADE = {                           # what was made of the right answer
    "absolute value": torch.abs, "tanh": torch.tanh, "softplus": softplus,
    "sigmoid": torch.sigmoid, "sign": torch.sign, "softmax": lambda due: due.softmax(0),
    "running sum": lambda due: due.cumsum(0), "positive part": torch.relu,
    "truth of it, 1 if it is above 0,": lambda due: (due > 0).double(),
    "square": torch.square, "sorted list": lambda due: due.sort().values,
    "order, from least to largest,": torch.argsort,
    "distance to the mean": lambda due: due - due.mean(),
    "distance to the largest number": lambda due: due - due.max(),
    "sum": torch.sum, "mean": torch.mean, "largest number": torch.max,
    "smallest number": torch.min, "first number": lambda due: due.flatten()[0],
    "place of the largest number": torch.argmax, "length": torch.norm}
PARTS = [                          # of its arguments, to which an answer may be due
    (slice(1), "That is the answer for the first entry. Is there a return in the "
               "loop?"),
    (slice(-1, None), "That is the answer for the last entry alone. Add to what a loop "
                      "had before."),
    (slice(-1), "The last entry is left out. Does the loop end too early?")]
JOINED = {"plus": torch.add, "minus": torch.sub, "times": torch.mul,
          "divided by": torch.div}
CHANGED = {                        # what was made of an argument
    "-{}": torch.neg, "2 {}": lambda value: 2 * value,
    "{} / 2": lambda value: value / 2, "{}²": torch.square,
    "1 - {}": lambda value: 1 - value, "1 / {}": torch.reciprocal,
    "the root of {}": torch.sqrt, "the logarithm of {}": torch.log,
    "the absolute value of {}": torch.abs, "{} + 1": lambda value: value + 1,
    "{} - 1": lambda value: value - 1,
    "sorted {}": lambda value: value.sort().values,
    "{} from the end": lambda value: value.flip(0),
    "the running sum of {}": lambda value: value.cumsum(0),
    "the first of {} alone": lambda value: value[:1].expand_as(value)} | {
    f"the {name} of {{}} over dimension {dim}": lambda value, of=of, dim=dim:
        of(value[:, :], dim, keepdim=True).expand_as(value)      # none of a vector
    for name, of in (("sum", torch.sum), ("mean", torch.mean)) for dim in (0, 1)}


def slip(cases: list, given: list, right: list, tolerance: float) -> str | None:
    """Return what is wrong with an answer, if one slip that is common to all exercises
    explains what it gives in every case; None if none does."""
    mine, due = [[as_tensor(value) for value in values] for values in (given, right)]
    if any(value is None or not value.isfinite().all() for value in mine + due):
        return None
    if any(one.shape != two.shape for one, two in zip(mine, due)):
        return _by_value(cases, mine, due, tolerance)
    if any(_agree(mine, [two.round(decimals=digits) for two in due], 1e-6)
           for digits in (1, 2, 3)):
        return "It is rounded: hand in all digits."
    if _agree(mine, due, NEAR * tolerance):
        return None
    return (_by_value(cases, mine, due, tolerance)
            or _by_constant(mine, due, tolerance) or _made(mine, due, tolerance))


def misformed(solution: Callable, cases: list, given: list, right: list,
              tolerance: float) -> str | None:
    """Return in which one place the formula of an answer differs from the solution's,
    or that it counts one entry alone; None if neither."""
    mine, due = [[as_tensor(value) for value in values] for values in (given, right)]
    if any(value is None for value in mine + due) or _few(mine) or any(
            one.shape != two.shape for one, two in zip(mine, due)):
        return None

    def agrees(function: Callable, part: slice = slice(None)) -> bool:
        return _agree((value_of(function, (
            value[part] if isinstance(value, Tensor) and value.ndim else value
            for value in case)) for case in cases), given, tolerance)

    return next((says for part, says in PARTS if agrees(solution, part)), None) or next(
        (f"In one place {says}" for says, other in mutants(solution)
         if agrees(other)), None)


def misuse(answer: Callable, solution: Callable, cases: list, given: list, right: list,
           tolerance: float) -> str | None:
    """Return what is wrong with an answer that takes its arguments for each other,
    does without one, or tosses a coin; None if it does not."""
    try:
        if not _agree((tried(answer, case) for case in cases), given, tolerance):
            return ("It gives another answer at each call: by chance, or because it "
                    "keeps something. The same arguments must give the same answer.")
        mine, due = [[as_tensor(value) for value in values]
                     for values in (given, right)]
        if said := _made(mine, due, tolerance):
            return said
        if all(one.shape == two.shape and one.isfinite().all()
               for one, two in zip(mine, due)):
            return _by_arguments(answer, solution, cases, given, tolerance)
    except Exception:                  # a strange answer is no slip
        return None
    return None


def _by_value(cases: list, mine: list, due: list, tolerance: float) -> str | None:
    if all(one.numel() == two.numel() and one.shape != two.shape
           for one, two in zip(mine, due)):
        return None                    # `difference` says that the shape is wrong
    for says, *mends in MENDED:
        if any(_agree(map(mend, mine), due, tolerance) for mend in mends):
            return says
    for sizes in zip(*map(_sizes, cases)):
        for says, mend in ((f"It is divided by {sizes[-1]} in the last case: a mean, "
                            f"where a sum is due.", torch.mul),
                           (f"It is multiplied by {sizes[-1]} in the last case: a sum, "
                            f"where a mean is due.", torch.div)):
            if len(set(sizes)) > 1 and _agree(map(mend, mine, sizes), due, tolerance):
                return says
    return None


def _made(mine: list, due: list, tolerance: float) -> str | None:
    """Say what was made of the right answer."""
    return None if _few(mine, 2) else next(
        (f"That is the {name} of what is asked for. Leave it as it is."
         for name, of in MADE.items() if _agree(map(of, due), mine, tolerance)), None)


def _sizes(case) -> list[int]:
    """Return all sizes that the arguments of a case have."""
    return [size for argument in case if isinstance(argument, Tensor)
            for size in (argument.numel(), *argument.shape)]


def _agree(first: Iterable, second: list, tolerance: float) -> bool:
    try:
        return all(equal(one, two, tolerance) for one, two in zip(first, second))
    except Exception:                  # what is no number, or too short, or alike
        return False


def _few(values: list, enough: int = 3) -> bool:
    """Whether there are too few numbers to tell a rule from an accident."""
    numbers = torch.cat([as_tensor(value).flatten() for value in values])
    return len(numbers.round(decimals=4).unique()) < enough


def _by_constant(mine: list, due: list, tolerance: float) -> str | None:
    """Say that all numbers are off by one factor, or by one difference."""
    if _few(due):
        return None
    one, two = [torch.cat([value.flatten() for value in values])
                for values in (mine, due)]
    factor = one.norm() / two.norm() * (one @ two).sign()
    if factor and equal(one, factor * two, tolerance):
        return (f"It is {factor:.5g} times what it should be, whatever the arguments "
                f"are: look for a factor, or for a mean or a sum.")
    if equal(one, two + (one - two).mean(), tolerance):
        return (f"It is off by {(one - two).mean():+.5g}, whatever the arguments are: "
                f"look for a term too many, or one that is missing.")
    return None


def _by_arguments(answer: Callable, solution: Callable, cases: list, given: list,
                  tolerance: float) -> str | None:
    mine, theirs = [list(inspect.signature(function).parameters)
                    for function in (answer, solution)]
    names = (mine if len(mine) == len(cases[0]) else theirs)[:len(cases[0])]
    for i, j in combinations(range(len(names)), 2):
        if _agree((tried(solution, _with(_with(case, i, case[j]), j, case[i]))
                   for case in cases), given, tolerance):
            return f"{names[i]} and {names[j]} are exchanged."
    right = [tried(solution, case) for case in cases]
    for i, name in enumerate(names if not _few(given) else []):
        for what, join in JOINED.items():
            if _agree((join(due, torch.as_tensor(case[i]))
                       for due, case in zip(right, cases)), given, tolerance):
                return (f"That is what is asked for {what} {name}. Leave {name} off "
                        f"there.")
        for what, change in CHANGED.items():
            if _agree((value_of(solution, _with(case, i, change(torch.as_tensor(
                    case[i])))) for case in cases), given, tolerance):
                return (f"It would be right with {what.format(name)} in place of "
                        f"{name}. Where does {name} come in?")
    unused = [name for i, name in enumerate(names)
              if _ignores(answer, solution, cases, i, tolerance)]
    what = "the arguments" if len(unused) == len(names) > 1 else ", ".join(unused)
    return (f"It gives the same whatever {what} may be. What is asked for depends on "
            f"that." if unused else None)


def _with(case, i: int, argument) -> list:
    return [*case[:i], argument, *case[i + 1:]]


def value_of(answer, case: Iterable):
    """Return a value, or what a function gives for a copy of a case's arguments."""
    return answer(*copy.deepcopy(tuple(case))) if callable(answer) else answer


def tried(answer, case: Iterable):
    """Return the value of an answer, None where it has none."""
    try:
        return value_of(answer, case)
    except Exception:
        return None


def _ignores(answer: Callable, solution: Callable, cases: list, i: int,
             tolerance: float) -> bool:
    """Whether another argument i changes what the solution gives, and no answer."""
    found = False
    for case in cases:
        value = case[i]
        others = [other[i] for other in cases]
        if isinstance(value, Tensor):
            others = [other for other in others if other.shape == value.shape]
            others += ([value.roll(1, -1), (value + value.roll(1, -1)) / 2]
                       if value.ndim else [])
        for other in (_with(case, i, other) for other in others):
            before, after = tried(solution, case), tried(solution, other)
            if after is not None and not equal(before, after, tolerance):
                if not equal(tried(answer, case), tried(answer, other), tolerance):
                    return False
                found = True
    return found
