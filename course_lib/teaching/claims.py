"""Claims: sentences of a lesson that would stop the notebook if they were false.

    claim("L2 answers grey where p is one half", chroma, "<", 0.05)
    claim("both modes are found", coverage == 1)
    claim("the gap is what theory says", gap, "within", 0.02, "of", expected)

A claim that holds prints its sentence and no number, so that the output is the same
on every machine; one that does not raises `ClaimFailed`, with the numbers.
"""

import operator

import torch
from torch import Tensor

from course_lib.checks import describe
from course_lib.teaching.arrays import as_numbers

RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
             "==": operator.eq, "!=": operator.ne}
FORMS = ('claim(sentence, condition), claim(sentence, measured, "<", bound) or '
         'claim(sentence, measured, "within", tolerance, "of", expected)')


class ClaimFailed(AssertionError):
    """A sentence of the lesson is not true here; the message says by how much."""


def claim(sentence: str, measured, relation: str | None = None, bound=None,
          of: str | None = None, expected=None) -> None:
    """Print that a sentence holds, or raise `ClaimFailed` with the numbers.

    sentence: what is claimed, in words
    measured: True or False; or what was measured, a number or a tensor of any shape,
              every entry of which must stand in the relation
    relation: one of < <= > >= == !=, to `bound`; or "within", a tolerance of "of"
              `expected`. Bounds broadcast
    Raises ClaimFailed where it is false, and where a number is NaN: what could not
    be measured was not shown. TypeError or ValueError for another form.
    """
    if not isinstance(sentence, str) or not sentence.strip():
        raise TypeError(f"sentence is {describe(sentence)}; give the claim in words.")
    if relation is None:
        holds, numbers = _as_verdict(measured), "the condition is False"
    else:
        holds, numbers = _compare(measured, relation, bound, of, expected)
    if not holds:
        raise ClaimFailed(f"does not hold: {sentence} ({numbers})")
    print(f"holds: {sentence}")


def _as_verdict(condition) -> bool:
    """Return a condition as True or False; a tensor of them must be true throughout."""
    try:
        tensor = torch.as_tensor(condition)
    except (TypeError, ValueError, RuntimeError):
        tensor = None
    if tensor is None or tensor.dtype != torch.bool or tensor.numel() == 0:
        raise TypeError(f"The condition is {describe(condition)}; give True or False, "
                        f"or a number with a relation. The forms are {FORMS}.")
    return bool(tensor.all())


def _compare(measured, relation: str, bound, of, expected) -> tuple[bool, str]:
    """Return whether every entry stands in the relation, and the worst in words."""
    within = relation == "within"
    if within != (of == "of" and expected is not None) or bound is None or not (
            within or relation in RELATIONS):
        raise ValueError(f"The claim reads {relation!r}, {describe(bound)}, {of!r}; "
                         f"the forms are {FORMS}, with < <= > >= == or !=.")
    given = {"measured": measured, "the bound": bound}
    given |= {"expected": expected} if within else {}
    measured, *others = _broadcast(given)
    if within:
        good = (measured - others[1]).abs() <= others[0]
        wanted = "within {} of {}"
    else:
        good = RELATIONS[relation](measured, others[0])
        wanted = f"{relation} {{}}"
    good = good & ~torch.stack([measured, *others]).isnan().any(0)    # NaN != 1 is True
    if good.all():
        return True, ""
    first = int((~good).flatten().nonzero()[0])
    values = [f"{other.flatten()[first]:.6g}" for other in others]
    many = f", the first of {int((~good).sum())} that fail among {good.numel()}"
    return False, (f"measured {measured.flatten()[first]:.6g}, claimed "
                   f"{wanted.format(*values)}{many if good.numel() > 1 else ''}")


def _broadcast(given: dict) -> list[Tensor]:
    """Return the numbers, all of one shape."""
    tensors = [as_numbers(name, value) for name, value in given.items()]
    try:
        return list(torch.broadcast_tensors(*tensors))
    except RuntimeError:
        shapes = ", ".join(f"{name} {tuple(tensor.shape)}"
                           for name, tensor in zip(given, tensors))
        raise ValueError(f"The shapes do not fit: {shapes}; give a bound that is one "
                         f"number or has the shape of what was measured.") from None
