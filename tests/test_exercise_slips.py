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


RATE = [Case(torch.tensor([1.0, 3.0, 2.0]), 2.0), Case(torch.tensor([0.5, 4.0]), 0.5)]


@pytest.mark.parametrize("wrong, words", [
    (lambda y, rate: y * rate ** 2 + 1, "right with rate² in place of rate"),
    (lambda y, rate: 1 - y * rate, "right with -y in place of y"),
    (lambda y, rate: y.cumsum(0) * rate + 1, "the running sum of y in place of y"),
    (lambda y, rate: y * rate + 1 + y, "what is asked for plus y"),
    (lambda y, rate: (y * rate + 1) * rate, "what is asked for times rate"),
    (lambda y, rate: (y * rate + 1).tanh(), "the tanh of what is asked for"),
    (lambda y, rate: (y * rate + 1).sum(), "the sum of what is asked for"),
])
def test_what_was_made_of_an_argument_or_of_the_answer_is_named(wrong, words):
    line = Exercise("99.8", lambda y, rate: y * rate + 1, "Yes.", ["1"], [], RATE)
    assert words in line.check(wrong).message


@pytest.mark.parametrize("wrong, words", [
    (lambda p, q: torch.ones(len(p), 5) > 0, "Dimension 1 is one too many"),
    (lambda p, q: torch.zeros(2), "take sizes from the arguments"),
    (lambda p, q: (p > q, p < q), "These are 2 answers"),
    (lambda p, q: p[p > q], "Leave nothing out"),
    (lambda p, q: (p > q).any(), "Return one number for each"),
    (lambda p, q: (p > q) + 1, "All are off by one"),
    (lambda p, q: p - q, "Only 0 and 1"),
])
def test_the_next_step_follows_from_the_shape_or_from_the_kind(wrong, words):
    above = Exercise("99.8", lambda p, q: p > q, "Yes.", [">"], [], LOGITS)
    assert words in above.check(wrong).message


def test_an_answer_to_be_trained_with_must_record_gradients():
    learned = [Case(torch.tensor([0.2, 0.3], requires_grad=True))]
    total = Exercise("99.8", torch.sum, "Yes.", ["+"], [], learned, learns=True)
    assert total.check(lambda p: p[0] + p[1]).right
    for wrong in (lambda p: p.sum().item(), lambda p: p.detach().sum()):
        assert "records no gradients" in total.check(wrong).message


def log_of_shares(p, q):
    """Return the sum of logarithms, with the help of another function."""
    return share_of(p, q).log().sum()


def share_of(p, q):
    """Return how large p is, of p and q."""
    return p / (p + q)


@pytest.mark.parametrize("wrong, words", [
    (lambda p, q: (p / (p + q)).tanh().log().sum(), "there is one tanh too many"),
    (lambda p, q: (p * (p + q)).log().sum(), "there is * where / belongs"),
    (lambda p, q: (p / (p + q)).log().prod(), "the product where the sum belongs"),
    (lambda p, q: (p / (p + q)).sum(), "the logarithm is missing"),
])
def test_a_formula_that_is_wrong_in_one_place_is_told_how(wrong, words):
    cases = [*LOGITS, Case(torch.tensor([0.9]), torch.tensor([0.2]))]
    share = Exercise("99.8", log_of_shares, "Yes.", ["log"], [], cases)
    assert words in share.check(wrong).message


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
    first = Exercise("99.8", [7, 8, 6], "Yes.", ["7"], [([9, 8, 6], "Nine?")])
    assert first.check([9, 5, 6]).message == "Nine?"


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
