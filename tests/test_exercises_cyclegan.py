"""Facts about the exercises of lesson 10: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import torch
from torch.nn.functional import l1_loss, mse_loss

from course_lib.datasets import Conventions
from course_lib.models.cyclegan import CycleGAN
from course_lib.networks import ColorMap, PatchGAN
from course_lib.teaching import exercises
from course_lib.teaching.exercises.cyclegan import Way, hide, read
from tests.exercise_facts import facts

world = Conventions(size=16)


def by_torch(x, y, g, f, score_x, score_y, weight):
    made_y, made_x = g(x), f(y)
    fooled = sum(mse_loss(score, torch.ones_like(score)) for score in (
        score_y(made_y), score_x(made_x)))
    return fooled + weight * (l1_loss(f(made_y), x) + l1_loss(g(made_x), y))


def with_critics(x, y, g, f, score_x, score_y, weight):
    real = (score_y(y) - 1).square().mean() + (score_x(x) - 1).square().mean()
    return by_torch(x, y, g, f, score_x, score_y, weight) + real


def untrained():
    torch.manual_seed(0)
    return CycleGAN(*(ColorMap(3, 3, kept=1) for _ in range(2)),
                    *(PatchGAN(0, 3, 4, width=8) for _ in range(2)))


def remembering():
    """Return functions that talk behind the lightness's back."""
    kept = []

    def hiding(lightness, pink):
        kept.append(pink)
        return lightness
    return hiding, lambda hidden: kept[-1]


def by_last_digit(lightness, pink):
    return (50 * lightness).round() / 50 + 0.005 * pink - 0.0025


RIGHT = {
    "10.1": [[6, 6, 6, 2], torch.tensor([6, 6, 6, 2])],
    "10.2": [by_torch, lambda *all: by_torch(*all).item()],
    "10.3": [(lambda lightness, pink: hide(lightness, 1 - pink),
              lambda hidden: read(hidden) == 0),
             [lambda lightness, pink: (hide(lightness, pink)), read]],
    "10.4": [Way(lambda x: world.swapped(x) + 0.02, world.translate)]}

WRONG = {
    "10.1": [
        ((24, 24, 6, 2), "all permutations"), ((81, 6, 6, 2), "all maps"),
        ((1, 1, 1, 1), "all frequencies differ"), ((3, 3, 3, 1), "not in 3"),
        ((6, 3, 6, 2), "all of them can be undone"), ((6, 6, 1, 2), "rules out nothing"),
        ((6, 6, 2, 6), "exchanged"), ((6, 6, 6, 1), "change places"),
        ((6, 6, 6, 4), "two words and two y")],
    "10.2": [
        (lambda x, y, g, f, sx, sy, w: mse_loss(sy(g(x)), torch.ones_like(g(x)))
         + mse_loss(sx(f(y)), torch.ones_like(f(y)))
         + w * ((g(x) - y).abs().mean() + (f(y) - x).abs().mean()), "drawn apart"),
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sx, sy, 0.0)
         + w * (l1_loss(g(y), y) + l1_loss(f(x), x)), "identity loss"),
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sx, sy, 0.0)
         + w * (l1_loss(g(x), x) + l1_loss(f(y), y)), "asks g to copy"),
        (lambda x, y, g, f, *rest: by_torch(x, y, g, f, *rest[:2], 0.0) / 2
         + by_torch(x, y, g, f, *rest) - by_torch(x, y, g, f, *rest[:2], 0.0),
         "critics alone"),
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sy, sx, w), "exchanged")],
    "10.3": [
        ((lambda lightness, pink: lightness + 0.01 * (2 * pink - 1),
          lambda hidden: (hidden > 0.65).float()), "make room"),
        ((lambda lightness, pink: (20 * lightness).round() / 20 + 0.02 * pink,
          lambda hidden: (20 * hidden - (20 * hidden).round() > 0.2).float()),
         "more than 0.01"),
        (remembering(), "remember nothing"),
        ((hide, lambda hidden: (hidden > 0.65).float()), "make room"),
        ((hide, lambda hidden: read(hidden).mean()), "one number for each"),
        (hide, "hand in what it gives" if False else "both functions")],
    "10.4": [
        (untrained(), "hardly any color"),
        (Way(world.translate, world.swapped), "the right rule"),
        (lambda x: world.swapped(x), "whole model")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_the_library_s_loss_of_the_translators_is_that_of_the_exercise():
    x, y = world.batch(4, seed=0)
    model = untrained()
    torch.nn.init.normal_(model.x_to_y.straight.weight)
    nets = (model.x_to_y, model.y_to_x, lambda picture: model.critic_of_x(None, picture),
            lambda picture: model.critic_of_y(None, picture))
    torch.testing.assert_close(model.translators_loss(y, x), by_torch(x, y, *nets, 10.0))


def test_numbers_of_the_lesson_s_example_by_hand():
    verdict = exercises.check("10.2", lambda *all: 21.0)
    assert verdict.state == "wrong" and "1 of 3 cases are right" in verdict.message
