"""What figures and claims are given, turned into numbers and checked."""

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_finite, describe


def as_numbers(name: str, value) -> Tensor:
    """Return tensors, arrays, lists or numbers as a float64 tensor on the CPU.

    Raises TypeError for what holds no numbers, ValueError for none at all.
    """
    try:
        if isinstance(value, Tensor):
            value = value.cpu()                              # mps has no double
        tensor = torch.as_tensor(value, dtype=torch.float64).detach()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} is {describe(value)}; give numbers, as a tensor, an "
                        f"array or a list.") from None
    if tensor.numel() == 0:
        raise ValueError(f"{name} is empty; give at least one number.")
    return tensor


def as_array(name: str, value, dimensions: int | None = None) -> np.ndarray:
    """Return tensors, arrays, lists or numbers as a float array without NaN.

    Raises TypeError for what holds no numbers, ValueError for another count of
    dimensions, for none at all, and for a NaN or an infinity.
    """
    tensor = as_numbers(name, value)
    if dimensions is not None and tensor.ndim != dimensions:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}; give {dimensions} "
                         f"dimension{'s' * (dimensions != 1)}.")
    return check_finite(name, tensor).numpy()


def check_rows(name: str, rows, example: str) -> None:
    """Raise TypeError unless `rows` is a dict with something in it."""
    if not isinstance(rows, dict) or not rows:
        raise TypeError(f"{name} is {describe(rows)}; give {example}.")


def as_series(series: dict, length: int) -> dict[str, tuple]:
    """Return {name: (values, errors or None)}, each (length,), of a dict whose values
    are numbers, or pairs (numbers, standard errors)."""
    check_rows("the series", series, "a dict of names and numbers, for instance "
                                     "{'truth': y}")
    return {name: _values_and_errors(name, value, length)
            for name, value in series.items()}


def _values_and_errors(name: str, value, length: int) -> tuple:
    paired = isinstance(value, tuple) and len(value) == 2
    parts = [as_array(repr(name), part, 1) for part in (value if paired else (value,))]
    for part in parts:
        if len(part) != length:
            raise ValueError(f"{name!r} holds {len(part)} numbers and the axis "
                             f"{length}; give one for each.")
    return parts[0], parts[1] if paired else None


def in_words(number: float) -> str:
    """Return a number with three digits, as alt texts speak it: 0.0123, 45.7, 1,809."""
    number = float(number)
    if number == 0 or 1e-3 <= abs(number) < 1000:
        return signed(number, ".3g")
    return signed(number, ",.0f" if 1000 <= abs(number) < 1e7 else ".2e")


def signed(number: float, form: str = "z.2f") -> str:
    """Return a number in a format with a true minus sign, and by "z" none at zero."""
    return f"{number:{form}}".replace("-", "−")


def normal_density(z: np.ndarray) -> np.ndarray:
    """Return the density of N(0, 1), as scipy.stats does, which takes long to load."""
    return np.exp(-z ** 2 / 2) / np.sqrt(2 * np.pi)
