"""Facts about slips: wrong answers that every exercise can tell by their values."""

import math

import pytest
import torch

from course_lib.teaching.exercises import Case, Exercise
from course_lib.teaching.exercises.tables import combined, mistakes, pairs

LOGITS = [Case(torch.tensor([0.2, 0.3]), torch.tensor([0.5, 0.1])),
          Case(torch.tensor([0.4, 0.7, 0.6]), torch.tensor([0.3, 0.9, 0.1]))]
SCORE = Exercise("99.8", lambda p, q: p.log() - q.log(), "Yes.", ["log"], [], LOGITS)
MEAN = Exercise("99.9", lambda p, q: (p * q).mean(), "Yes.", ["mean"], [], LOGITS)


@pytest.mark.parametrize("wrong, words", [
    (lambda p, q: q.log() - p.log(), "The sign is wrong"),
    (lambda p, q: (p / q).log2(), "bits"), (lambda p, q: p / q, "logarithm is missing"),
    (lambda p, q: (p / q).log().flip(0), "opposite order"),
    (lambda p, q: 3 * (p / q).log(), "It is 3 times"),
    (lambda p, q: (p / q).log() + 2, "off by +2"),
    (lambda p, q: (p / q).log().round(decimals=2), "rounded"),
    (lambda p, q: p.log(), "whatever q may be"),
    (lambda p, q: torch.full_like(p, 0.5), "whatever the arguments may be"),
    (lambda p, q: (p / q).log() + torch.rand(()), "another answer at each call"),
    (lambda p, q: math.log(p), "take one number"),
    (lambda p, q: p if p > q else q, "`if` decides about one"),
])
def test_a_slip_is_told_by_its_values(wrong, words):
    assert words in SCORE.check(wrong).message


@pytest.mark.parametrize("wrong, words", [
    (lambda p, q: (p * q).sum(), "a sum, where a mean is due"),
    (lambda p, q: (p * q).mean() / len(p), "a mean, where a sum is due"),
    (lambda p, q: p * q, "their mean is asked for"),
])
def test_a_sum_and_a_mean_are_told_apart(wrong, words):
    assert words in MEAN.check(wrong).message


def test_exchanged_arguments_are_named_as_the_learner_names_them():
    share = Exercise("99.8", lambda p, q: p / (p + q) ** 2, "Yes.", ["p"], [], LOGITS)
    assert "real and made are exchanged" in share.check(
        lambda real, made: made / (real + made) ** 2).message


def test_an_answer_that_is_nearly_right_is_no_slip():
    assert "should be" in SCORE.check(lambda p, q: (p / q).log() * 1.001).message


def test_several_numbers_are_told_the_mistake_of_those_that_are_wrong():
    reach = Exercise("99.8", [7, 8, 6], "Yes.", ["7"], [([9, 6, 6], "No stride.")])
    assert reach.check([7, 6, 6]).message == "No stride."
    assert "too small" in reach.check([7, 5, 6]).message


def test_combined_mistakes_say_what_is_wrong_in_one_stage_or_in_that_and_the_last():
    rows = combined(lambda number, sign: (number, sign),
                    mistakes(("", 1), ("Not two.", 2)),
                    mistakes(("", "+"), ("No.", "-")))
    assert sorted(rows) == [((1, "-"), "No."), ((2, "+"), "Not two."),
                            ((2, "-"), "Not two. No.")]


def test_in_a_pair_the_first_the_second_or_both_are_wrong():
    rows = pairs(mistakes(("", 0), ("Take {0}.", 1)), ("p",), ("q",))
    assert rows == [((0, 0), ""), ((1, 0), "Take p."), ((0, 1), "Take q."),
                    ((1, 1), "Take p. Take q.")]
