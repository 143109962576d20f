"""Facts about the checks: what passes comes back, what fails gets a sentence."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from course_lib.checks import (
    check_choice,
    check_integer,
    check_number,
    check_seed,
    check_tensor,
    describe,
)


def test_what_is_right_comes_back_unchanged():
    tensor = torch.zeros(2, 3)
    assert check_integer("k", 3, 0, 5) == 3
    assert check_number("p", 0.5, 0.0, 1.0) == 0.5
    assert check_choice("norm", "l1", ("l1", "l2")) == "l1"
    assert check_seed(None) is None and check_seed(7) == 7
    assert check_tensor("y", tensor, ("batch", 3), 0.0, 1.0) is tensor


class Three:
    """Whoever has `__index__` counts as a whole number."""

    def __index__(self):
        return 3


@pytest.mark.parametrize("value", [
    3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3), Three()])
def test_whole_numbers_of_all_libraries_become_one(value):
    assert check_integer("k", value, 1, 3) == 3
    assert type(check_integer("k", value, 1, 3)) is int
    with pytest.raises(ValueError, match="^k is 3; give a whole number from 4 to 5"):
        check_integer("k", value, 4, 5)


@pytest.mark.parametrize("value", [
    True, np.True_, torch.tensor(True), 1.0, np.float64(1), torch.tensor(1.0), "3",
    None, np.array([1, 2])])
def test_only_whole_numbers_are_whole_numbers(value):
    with pytest.raises(TypeError, match="k is .*; give a whole number from 1 to 5"):
        check_integer("k", value, 1, 5)


@pytest.mark.parametrize("value", [
    0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), torch.tensor(0.5),
    Fraction(1, 2)])
def test_numbers_of_all_libraries_become_one(value):
    assert check_number("p", value, 0.0, 1.0) == 0.5
    assert type(check_number("p", value, 0.0, 1.0)) is float


@pytest.mark.parametrize("value", [
    True, np.False_, torch.tensor(True), "0.5", None, np.array([0.5, 0.5]),
    torch.tensor([0.5]), 0.5j])
def test_only_numbers_are_numbers(value):
    with pytest.raises(TypeError, match="p is .*; give a number from 0.0 to 1.0"):
        check_number("p", value, 0.0, 1.0)


def test_a_number_too_large_to_be_one_is_outside():
    with pytest.raises(ValueError, match="give a number from 0.0 to 1.0"):
        check_number("p", 10 ** 400, 0.0, 1.0)


def test_entries_are_looked_at_on_the_cpu_alone():
    elsewhere = torch.full((2, 3), math.nan, device="meta")
    assert check_tensor("y", elsewhere, ("batch", 3), 0.0, 1.0) is elsewhere
    with pytest.raises(ValueError, match="give the shape"):
        check_tensor("y", elsewhere, ("batch", 4))


@pytest.mark.parametrize("value", [0, 6])
def test_a_whole_number_outside_is_refused(value):
    with pytest.raises(ValueError, match=f"k is {value}; give a whole number from 1"):
        check_integer("k", value, 1, 5)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_a_number_outside_or_no_number_at_all_is_refused(value):
    with pytest.raises(ValueError, match="p is .*; give a number from 0.0 to 1.0"):
        check_number("p", value, 0.0, 1.0)


def test_an_open_end_excludes_its_number():
    assert check_number("scale", 0.0, 0.0, 1.0) == 0.0
    with pytest.raises(ValueError, match="scale is 0.0; give a number above 0.0"):
        check_number("scale", 0.0, 0.0, 1.0, open_low=True)


def test_an_unknown_choice_is_told_the_known_ones():
    with pytest.raises(ValueError, match="norm is 'l3'; choose one of 'l1', 'l2'"):
        check_choice("norm", "l3", ("l1", "l2"))


def test_a_value_that_cannot_be_hashed_is_no_choice():
    with pytest.raises(ValueError, match=r"norm is \['l1'\]; choose one of"):
        check_choice("norm", ["l1"], {"l1": 1, "l2": 2})


@pytest.mark.parametrize("value, words", [
    ([1.0, 2.0], r"y is \[1.0, 2.0\]; give a float tensor of shape \(batch, 2\)"),
    (torch.ones(3, 2).int(), "y is a int32 tensor .*; give floating-point numbers"),
    (torch.ones(2), r"y is a float32 tensor of shape \(2,\).*y\[None\] if it is one"),
    (torch.ones(1, 1, 2), r"shape \(1, 1, 2\); give the shape \(batch, 2\)\.$"),
    (torch.ones(3, 3), r"shape \(3, 3\); give the shape \(batch, 2\)\.$"),
    (torch.ones(0, 2), "is empty; give at least one example"),
    (torch.tensor([[1.0, math.nan]]), "y holds 1 entries that are NaN or infinite"),
    (torch.tensor([[1.0, -math.inf]]), "NaN or infinite, of 2"),
    (torch.tensor([[0.5, 1.5]]), "y runs from 0.5 to 1.5; give values from 0.0 to 1.0"),
    (torch.tensor([[-0.5, 0.5]]), "y runs from -0.5 to 0.5"),
])
def test_a_wrong_tensor_is_answered_by_a_sentence(value, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_tensor("y", value, ("batch", 2), 0.0, 1.0)


def test_long_values_are_described_by_their_type():
    assert describe(list(range(1000))) == "a list"
    assert describe(torch.zeros(2, 3).half()) == "a float16 tensor of shape (2, 3)"
    assert describe("teal") == "'teal'"
