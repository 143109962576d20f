"""Are two answers the same, and what does one look like in a sentence?"""

import math
import numbers

import numpy as np
import torch
from torch import Tensor

LONGEST = 6                        # numbers of a tensor that a sentence still holds


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
    relative to the second), words without regard to case, anything else by ==."""
    one, two = as_tensor(first), as_tensor(second)
    if one is not None and two is not None:
        return one.shape == two.shape and torch.allclose(
            one, two, atol=tolerance, rtol=tolerance)
    if (one is None) != (two is None):
        return False
    if isinstance(first, str) and isinstance(second, str):
        return first.strip().casefold() == second.strip().casefold()
    return isinstance(first, type(second)) and bool(first == second)


def in_words(value) -> str:
    """Return a value in a form short enough for a sentence."""
    tensor = None if isinstance(value, str | bool) else as_tensor(value)
    if tensor is None:
        return _in_short(value)
    if tensor.ndim == 0:
        return f"{tensor.item():.5g}"
    if tensor.numel() > LONGEST:
        return f"a tensor of shape {tuple(tensor.shape)}"
    if tensor.ndim == 1:
        return "[" + ", ".join(f"{number:.5g}" for number in tensor.tolist()) + "]"
    return "[" + ", ".join(in_words(part) for part in tensor) + "]"


def _in_short(value) -> str:
    """Return repr(value) if there is one and it is short, and what it is if not."""
    if isinstance(value, int) and not isinstance(value, bool):
        digits = value.bit_length() * math.log10(2)
        return f"a whole number of about {digits:,.0f} digits"
    try:
        text = repr(value)
        return text if len(text) <= 60 else f"a {type(value).__name__}"
    except Exception:
        return f"a {type(value).__name__}"
