"""Checks of what a user hands in: each failure is one sentence that says what was
given, what was expected and what to do."""

import math
import operator
from collections.abc import Iterable
from typing import Any, TypeVar

import torch
from torch import Tensor

Kind = TypeVar("Kind")


def describe(value: object) -> str:
    """What `value` is, in a few words fit for the middle of a sentence."""
    if isinstance(value, Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"a {dtype} tensor of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def is_boolean(value: object) -> bool:
    """Whether `value` is True or False, or holds such: those are no numbers."""
    return isinstance(value, bool) or "bool" in str(getattr(value, "dtype", ""))


def is_integer(value: Any) -> bool:
    """Whether `value` is a whole number, of Python, NumPy or torch."""
    try:
        operator.index(value)
    except TypeError:
        return False
    return not is_boolean(value)


def check_integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int if it is a whole number from `low` to `high`, both
    allowed, of Python, NumPy or torch.

    Raises TypeError for another type and ValueError for a number outside."""
    span = f"from {low} to {high}" if high is not None else f"of at least {low}"
    if not is_integer(value):
        raise TypeError(f"{name} is {describe(value)}; give a whole number {span}.")
    number = operator.index(value)
    if number < low or (high is not None and number > high):
        raise ValueError(f"{name} is {number}; give a whole number {span}.")
    return number


def check_odd(name: str, value: Any) -> int:
    """Return `value` if it is an odd number of at most 255, as kernels are."""
    number = check_integer(name, value, 1, 255)
    if number % 2 == 0:
        raise ValueError(f"{name} is {number}; give an odd number, so that there is a "
                         f"middle.")
    return number


def check_number(name: str, value: Any, low: float, high: float,
                 open_low: bool = False) -> float:
    """Return `value` as a float if it is a finite number in [low, high], or in
    (low, high], of Python, NumPy or torch.

    Raises TypeError for another type and ValueError for a number outside."""
    span = f"finite number {'above' if open_low else 'of at least'} {low}"
    if high < math.inf:
        span = f"number {'above' if open_low else 'from'} {low} to {high}"
    single = hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0
    if not single or is_boolean(value):
        raise TypeError(f"{name} is {describe(value)}; give a {span}.")
    try:
        number = float(value)
    except OverflowError:                           # of a whole number of 400 digits
        number = math.inf
    too_low = number <= low if open_low else number < low
    if too_low or not number <= high or number == math.inf:        # NaN <= 1 is False
        raise ValueError(f"{name} is {value}; give a {span}.")
    return number


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; raises ValueError otherwise."""
    choices = list(choices)
    if value not in choices:
        options = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} is {describe(value)}; choose one of {options}.")
    return value


def check_type(name: str, value: Kind, kind: Any, example: str) -> Kind:
    """Return `value` if it is a `kind`; raises TypeError otherwise."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {describe(value)}; give {example}.")
    return value


def check_seed(seed: Any) -> int | None:
    """Return `seed` if it is None or a whole number from 0 to 2**63 - 1."""
    return None if seed is None else check_integer("seed", seed, 0, 2**63 - 1)


def is_at_hand(value: Tensor) -> bool:
    """Whether entries may be looked at: elsewhere than on a CPU that makes the device
    wait, and inside `torch.compile` there are none yet."""
    return value.is_cpu and not torch.compiler.is_compiling()


def is_within(value: Tensor, low: float, high: float) -> bool:
    """Whether all entries are from `low` to `high`, both allowed, where at hand."""
    if value.numel() == 0 or not is_at_hand(value):
        return True
    return bool(low <= value.min()) and bool(value.max() <= high)


def is_shape(shape: tuple[int | str, ...], wanted: tuple[int | str, ...]) -> bool:
    """Whether a shape is the one wanted; a word, in either, stands for any number, and
    "..." at the beginning of the one wanted for any dimensions."""
    if wanted[0:1] == ("...",):
        wanted = wanted[1:]
        shape = shape[max(0, len(shape) - len(wanted)):]
    return len(shape) == len(wanted) and all(
        have == want or isinstance(have, str) or isinstance(want, str)
        for have, want in zip(shape, wanted))


def check_tensor(name: str, value: Any, shape: tuple[int | str, ...],
                 low: float = -math.inf, high: float = math.inf) -> Tensor:
    """Return `value` if it is a floating-point tensor of `shape` without NaN.

    `shape` holds a number where a dimension is fixed and a word where it is free,
    for instance ("batch", 2, 32, 32), and may begin with "...". `low` and `high` bound
    every entry. Entries are looked at where they are at hand.
    Raises TypeError for another type and ValueError for a wrong shape, an empty
    batch, a NaN or an infinity, or an entry out of range."""
    wanted = "(" + ", ".join(str(d) for d in shape) + ")"
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} is {describe(value)}; give a float tensor of shape "
                        f"{wanted}, for instance with torch.as_tensor(...).")
    if not value.is_floating_point():
        raise TypeError(f"{name} is {describe(value)}; give floating-point numbers, "
                        f"for instance {name}.float(), in the units of the world.")
    if not is_shape(tuple(value.shape), shape):
        alone = value.ndim == len(shape) - 1 and shape[0] != "..."
        one = f", so {name}[None] if it is one example" if alone else ""
        raise ValueError(f"{name} is {describe(value)}; give the shape {wanted}{one}.")
    if value.numel() == 0:
        raise ValueError(f"{name} is {describe(value)}, which is empty; give at least "
                         f"one example.")
    if is_at_hand(value):
        check_finite(name, value)
    if (low, high) != (-math.inf, math.inf) and not is_within(value, low, high):
        raise ValueError(
            f"{name} runs from {value.min():.3g} to {value.max():.3g}; give values "
            f"from {low} to {high}, in the units of the world.")
    return value


def check_classes(name: str, value: Any, shape: tuple[int | str, ...], count: int,
                  example: str) -> Tensor:
    """Return `value` if it is an int64 tensor of `shape`, see `check_tensor`, and where
    its entries are at hand, if they are from 0 to count - 1.

    example: where such a tensor comes from, in a few words
    Raises TypeError or ValueError otherwise."""
    if not isinstance(value, Tensor) or value.dtype != torch.int64 or not is_shape(
            tuple(value.shape), shape):
        wanted = ", ".join(str(d) for d in shape)
        raise TypeError(f"{name} is {describe(value)}; give int64 of shape ({wanted}), "
                        f"{example}.")
    if value.numel() == 0 or not is_within(value, 0, count - 1):
        found = "is empty" if value.numel() == 0 else (
            f"runs from {value.min()} to {value.max()}")
        raise ValueError(f"{name} {found}; give whole numbers from 0 to {count - 1}, "
                         f"{example}.")
    return value


def check_finite(name: str, value: Tensor) -> Tensor:
    """Return `value` if no entry is NaN or infinite; raises ValueError otherwise."""
    finite = torch.isfinite(value)
    if not finite.all():
        bad = int((~finite).sum())
        raise ValueError(f"{name} holds {bad} entries that are NaN or infinite, of "
                         f"{value.numel()}; remove those examples, or look at what "
                         f"made them.")
    return value
