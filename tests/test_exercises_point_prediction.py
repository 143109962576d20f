"""Facts about the exercises of lesson 01: what is right in any form, what is told to
answers that a class gives, and that each word fits its own mistake alone."""

import math

import pytest
import torch

from course_lib.datasets import TShirts
from course_lib.teaching import exercises
from course_lib.teaching.exercises import point_prediction as lesson


def said(number: str, answer) -> str:
    verdict = exercises.check(number, answer)
    assert verdict.state == "wrong", verdict
    return verdict.message


@pytest.mark.parametrize("number", ["01.1", "01.2", "01.3"])
def test_a_typical_mistake_is_told_its_own_sentence_and_not_an_earlier_one(number):
    for mistake in exercises.find(number).mistakes:
        assert said(number, mistake.answer) == mistake.says


@pytest.mark.parametrize("deviation", [
    0.47, 0.4704, math.sqrt(0.22125), torch.tensor(0.22125).sqrt()])
def test_the_width_of_the_three_dyes_may_be_given_to_two_digits(deviation):
    assert exercises.check("01.1", deviation).right


@pytest.mark.parametrize("deviation, word", [
    (0.1, "inside one dye"), (0.46, "noise inside each dye"), (0.22, "the variance"),
    (0.56, "Deviations do not add up"), (0.66, "two dyes"), (0.54, "equally likely"),
    (0.34, "one of the two outer dyes"), (0.33, "mean distance from grey"),
    (0.42, "nor half of 0.65"), (0.425, "nor half of 0.65"), (0.43, "then take the"),
    (torch.tensor([-0.65, 0, 0, 0.65]).std(), "as torch.std does"),
    (0.75, "Deviations do not add up")])
def test_a_wrong_width_is_known_by_its_two_digits(deviation, word):
    assert word in said("01.1", deviation)


@pytest.mark.parametrize("loss", [
    lambda y, answer, q: torch.where(y > answer, q * (y - answer),
                                     (1 - q) * (answer - y)),
    lambda y, answer, q: (y - answer) * (q - (y < answer).to(y.dtype)),
    lambda y, answer, q: q * (y - answer).relu() + (1 - q) * (answer - y).relu(),
    lambda y, answer, q: (y - answer).abs() / 2 + (q - 0.5) * (y - answer),
    lambda y, answer, q: [max(q * (v - answer), (q - 1) * (v - answer))
                          for v in y.tolist()]])
def test_the_pinball_loss_is_right_in_any_form(loss):
    assert exercises.check("01.2", loss).right


@pytest.mark.parametrize("loss, word", [
    (lambda y, answer, q: (y < answer).float() - q, "derivative"),
    (lambda y, answer, q: y < answer, "derivative"),
    (lambda y, answer, q: lesson.pinball(y, answer, q).sum(), "one number"),
    (lambda y, answer, q: float(lesson.pinball(y, answer, q).mean()), "one number"),
    (lambda y, answer, q: 2 * q * (y - answer), "negative"),
    (lambda y, answer, q: torch.where(y > answer, 1 - q, q) * (y - answer).abs(),
     "swapped"),
    (lambda y, answer, q: 2 * torch.where(y > answer, 1 - q, q) * (y - answer).abs(),
     "swapped"),
    (lambda y, answer, q: lesson.pinball(y, answer, q) / 2, "a factor too many"),
    (lambda y, answer, q: (y - answer) ** 2, "find a mean"),
    (lambda y, answer, q: torch.where(y > answer, q, 1 - q) * (y - answer) ** 2,
     "expectile")])
def test_a_wrong_loss_is_known_by_its_values(loss, word):
    assert word in said("01.2", loss)


def test_a_quantile_is_where_the_pinball_loss_is_least_and_an_expectile_is_not():
    y = torch.tensor([-1.0, -1.0, -1.0, 0.5, 1.0])
    answers = torch.linspace(-1.5, 1.5, 301)
    least = {loss: answers[loss(y[:, None], answers, 0.8).sum(0).argmin()].item()
             for loss in (lesson.pinball, lesson.expectile)}
    assert 0.49 < least[lesson.pinball] <= 1
    assert -1 < least[lesson.expectile] < 0.49


@pytest.mark.parametrize("factor", [0.3, 0.45, 0.5, 0.55])
def test_answers_half_as_teal_are_right_also_after_a_short_training(factor):
    noise = 0.05 * torch.randn(512)
    found = lesson.striped_answers(factor)
    assert exercises.check("01.3", found + torch.stack([0 * noise, noise])).right


@pytest.mark.parametrize("form", [
    torch.Tensor.numpy, torch.Tensor.tolist, tuple, torch.Tensor.half])
def test_the_two_rows_may_be_handed_in_as_numbers_of_any_kind(form):
    assert exercises.check("01.3", form(lesson.striped_answers())).right
    assert said("01.3", form(lesson.striped_answers(1.0))) == lesson.UNCHANGED


@pytest.mark.parametrize("factor, says", [
    (0.0, lesson.UNLEARNED), (0.1, lesson.UNLEARNED), (0.8, lesson.UNCHANGED),
    (1.0, lesson.UNCHANGED), (-0.5, lesson.AGAINST), (-1.0, lesson.AGAINST)])
def test_other_strengths_of_color_are_told_why(factor, says):
    assert said("01.3", lesson.striped_answers(factor)) == says


@pytest.mark.parametrize("strange", [
    torch.zeros(2, 0), torch.full((2, 512), math.nan), torch.zeros(512), "half", 0.5,
    [0.1, 0.2], torch.full((2, 8), 0.5)])
def test_nothing_that_is_no_pair_of_rows_is_accepted(strange):
    assert said("01.3", strange)


def test_the_mean_of_the_striped_world_is_half_as_teal():
    world = TShirts(pattern="stripes", size=16)
    x, _ = world.held_out(64)
    pi, teal = world.probability_of_teal(x), world.modes(x)[:, 0]
    along = (world.truth.mean(x) * teal).sum((1, 2, 3)) / teal.square().sum((1, 2, 3))
    assert lesson.slope_of(torch.stack([pi, along])) == pytest.approx(0.5, abs=1e-4)
