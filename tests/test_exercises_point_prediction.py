"""Facts about the exercises of lesson 01: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import pytest
import torch

from course_lib.datasets import TShirts
from course_lib.teaching import exercises
from course_lib.teaching.exercises import point_prediction as lesson
from tests.exercise_facts import facts

QUARTER = [-0.65, 0, 0, 0.65]

RIGHT = {
    "01.1": [0.47, 0.4704, math.sqrt(0.22125), torch.tensor(0.22125).sqrt()],
    "01.2": [
        lambda y, answer, q: torch.where(y > answer, q * (y - answer),
                                         (1 - q) * (answer - y)),
        lambda y, answer, q: (y - answer) * (q - (y < answer).to(y.dtype)),
        lambda y, answer, q: q * (y - answer).relu() + (1 - q) * (answer - y).relu(),
        lambda y, answer, q: (y - answer).abs() / 2 + (q - 0.5) * (y - answer),
        lambda y, answer, q: [max(q * (v - answer), (q - 1) * (v - answer))
                              for v in y.tolist()]],
    "01.3": [form(lesson.striped_answers()) for form in (
        torch.Tensor.numpy, torch.Tensor.tolist, tuple, torch.Tensor.half)]}

WRONG = {
    "01.1": [
        (0.1, "inside one dye"), (0.46, "noise inside each dye"),
        (0.22, "the variance"), (0.56, "Deviations do not add up"),
        (0.66, "two dyes"), (0.54, "equally likely"),
        (0.34, "one of the two outer dyes"), (0.33, "mean distance from grey"),
        (0.42, "nor half of 0.65"), (0.425, "nor half of 0.65"),
        (0.43, "then take the"), (torch.tensor(QUARTER).std(), "as torch.std does"),
        (0.75, "Deviations do not add up")],
    "01.2": [
        (lambda y, answer, q: (y < answer).float() - q, "derivative"),
        (lambda y, answer, q: y < answer, "derivative"),
        (lambda y, answer, q: lesson.pinball(y, answer, q).sum(), "That is the sum"),
        (lambda y, answer, q: float(lesson.pinball(y, answer, q).mean()),
         "That is the mean"),
        (lambda y, answer, q: 2 * q * (y - answer), "negative"),
        (lambda y, answer, q: torch.where(y > answer, 1 - q, q) * (y - answer).abs(),
         "swapped"),
        (lambda y, answer, q: 2 * torch.where(y > answer, 1 - q, q)
         * (y - answer).abs(), "swapped"),
        (lambda y, answer, q: lesson.pinball(y, answer, q) / 2, "It is 0.5 times"),
        (lambda y, answer, q: torch.minimum(q * (y - answer), (q - 1) * (y - answer)),
         "the minimum of two where the maximum"),
        (lambda y, answer, q: (y - answer) ** 2, "find a mean"),
        (lambda y, answer, q: torch.where(y > answer, q, 1 - q) * (y - answer) ** 2,
         "expectile")],
    "01.3": [
        *((lesson.striped_answers(factor), lesson.UNLEARNED) for factor in (0.0, 0.1)),
        *((lesson.striped_answers(factor), lesson.UNCHANGED) for factor in (0.8, 1.0)),
        *((lesson.striped_answers(factor), lesson.AGAINST) for factor in (-0.5, -1.0)),
        (lesson.striped_answers(1.0).tolist(), lesson.UNCHANGED),
        (torch.stack([lesson.striped_answers()[0],
                      lesson.striped_answers()[1].view(16, 32).T.flatten()]),
         lesson.SCATTERED),
        (lesson.striped_answers()[:, :4], lesson.FEW),
        (lesson.striped_answers().flip(0), lesson.ORDER),
        *((shape, lesson.SHAPE) for shape in (
            lesson.striped_answers()[1], lesson.striped_answers().T, 0.5)),
        *((strange, "") for strange in (
            torch.zeros(2, 0), torch.full((2, 512), math.nan), torch.zeros(512),
            "half", 0.5, [0.1, 0.2], torch.full((2, 8), 0.5)))]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


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


def test_the_mean_of_the_striped_world_is_half_as_teal():
    world = TShirts(pattern="stripes", size=16)
    x, _ = world.held_out(64)
    pi, teal = world.probability_of_teal(x), world.modes(x)[:, 0]
    along = (world.truth.mean(x) * teal).sum((1, 2, 3)) / teal.square().sum((1, 2, 3))
    assert lesson.slope_of(torch.stack([pi, along])) == pytest.approx(0.5, abs=1e-4)
