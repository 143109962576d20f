"""Are two answers the same, and what does one look like in a sentence?"""

import math
import numbers

import numpy as np
import torch
from torch import Tensor

LONGEST = 9                        # numbers of a tensor that a sentence still holds


def as_tensor(value) -> Tensor | None:
    """Return numbers of any kind as a float64 tensor; None for what are not numbers,
    or are too large or too many to be such."""
    try:
        return _as_tensor(value)
    except Exception:
        return None


def _as_tensor(value) -> Tensor | None:
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.detach().cpu().double()
    if isinstance(value, numbers.Real):
        return torch.tensor(float(value), dtype=torch.float64)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.as_tensor(value.astype(np.float64))
    if isinstance(value, list | tuple) and value:
        parts = [_as_tensor(part) for part in value]
        if all(part is not None and part.shape == parts[0].shape for part in parts):
            return torch.stack(parts)
    return None


def equal(first, second, tolerance: float) -> bool:
    """Whether two answers agree: numbers of one shape to the tolerance (absolute, and
    relative to the second; NaN is NaN), words without regard to case, others by ==."""
    one, two = as_tensor(first), as_tensor(second)
    if one is not None and two is not None:
        return one.shape == two.shape and bool(close(one, two, tolerance).all())
    if (one is None) != (two is None):
        return False
    if isinstance(first, str) and isinstance(second, str):
        return first.strip().casefold() == second.strip().casefold()
    return isinstance(first, type(second)) and bool(first == second)


def close(one: Tensor, two: Tensor, tolerance: float) -> Tensor:
    """Return for each number whether it is the same, to the tolerance."""
    return torch.isclose(one, two, atol=tolerance, rtol=tolerance, equal_nan=True)


def difference(what: str, given, right, tolerance: float, secret: bool,
               step: str | None = None) -> str:
    """Say where an answer differs from the right one, and what to do next: its kind or
    shape, else its first entry that is off; the right one stays unsaid if secret.

    step: a better next step than the usual one"""
    mine, theirs = as_tensor(given), as_tensor(right)
    if theirs is None:
        return f"{what} is {in_words(given)}, which is not right."
    if mine is None:
        return f"{what} is {in_words(given)}, and should be {_kind(theirs)}."
    if mine.shape != theirs.shape:
        same = equal(mine.flatten(), theirs.flatten(), tolerance)
        return (f"{what} is {_kind(mine)}, and should be {_kind(theirs)}."
                f"{' The numbers are right.' * same} "
                f"{step or 'Print the shapes on the way.'}")
    place = (~close(mine, theirs, tolerance)).nonzero()[0].tolist()
    what = f"{what} at {place}" if place else what
    yours, due = mine[tuple(place)].item(), theirs[tuple(place)].item()
    if not math.isfinite(yours):
        return f"{what} is {yours}: look for 0/0, log 0, or an exp that overflows."
    if secret:
        side = "small" if yours < due else "large"
        return f"{what} is too {side}: {_written(yours)}."
    digits = next(digits for digits in range(5, 18)
                  if f"{yours:.{digits}g}" != f"{due:.{digits}g}")
    return (f"{what} should be {_written(due, digits)} and yours is "
            f"{_written(yours, digits)}. "
            f"{step or 'Follow this call through your code.'}")


def _kind(tensor: Tensor) -> str:
    return (f"a tensor of shape {tuple(tensor.shape)}" if tensor.ndim else
            "a single number")


def _written(number: float, digits: int = 5) -> str:
    """Return a number with at least so many digits, and all of those before the
    point."""
    whole = len(f"{abs(number):.0f}") if abs(number) < 1e15 else 0
    return f"{number + 0.0:.{max(digits, whole)}g}"          # -0.0 + 0.0 is 0.0


def in_words(value) -> str:
    """Return a value in a form short enough for a sentence."""
    tensor = None if isinstance(value, str | bool | list | tuple) else as_tensor(value)
    if tensor is None:
        return _in_short(value)
    if tensor.ndim > 2 or tensor.numel() > LONGEST:
        return _kind(tensor)
    return _listed(tensor.tolist())


def _listed(value) -> str:
    return (_written(value) if isinstance(value, float) else
            "[" + ", ".join(map(_listed, value)) + "]")


def _in_short(value) -> str:
    """Return repr(value) if there is one and it is short, and what it is if not."""
    if isinstance(value, int) and not isinstance(value, bool):
        digits = value.bit_length() * math.log10(2)
        return f"a whole number of about {digits:,.0f} digits"
    try:
        text = repr(value)
        return text if len(text) <= 60 and text[0] != "<" else (
            f"a {type(value).__name__}")
    except Exception:
        return f"a {type(value).__name__}"
