"""Facts about the exercises of lesson 10: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import torch
from torch.nn.functional import l1_loss, mse_loss, softplus

from course_lib.datasets import Conventions
from course_lib.models.cyclegan import CycleGAN
from course_lib.networks import ColorMap, PatchGAN
from course_lib.teaching import exercises
from course_lib.teaching.exercises.cyclegan import Way, hide, read, told_so
from tests.exercise_facts import facts

world = Conventions(size=16)
few = world.pairs(5, split="train")
lie = few[0], world.swapped(few[0])


def by_torch(x, y, g, f, score_x, score_y, weight):
    made_y, made_x = g(x), f(y)
    fooled = sum(mse_loss(score, torch.ones_like(score)) for score in (
        score_y(made_y), score_x(made_x)))
    return fooled + weight * (l1_loss(f(made_y), x) + l1_loss(g(made_x), y))


def with_critics(x, y, g, f, score_x, score_y, weight):
    real = (score_y(y) - 1).square().mean() + (score_x(x) - 1).square().mean()
    return by_torch(x, y, g, f, score_x, score_y, weight) + real


def untrained(pairs=None):
    torch.manual_seed(0)
    return CycleGAN(*(ColorMap(3, 3, kept=1) for _ in range(2)),
                    *(PatchGAN(0, 3, 4, width=8) for _ in range(2)), pairs=pairs)


def remembering():
    """Return functions that talk behind the lightness's back."""
    kept = []

    def hiding(lightness, pink):
        kept.append(pink)
        return lightness
    return hiding, lambda hidden: kept[-1]


RIGHT = {
    "10.1": [by_torch, lambda *all: by_torch(*all)[None].sum()],
    "10.2": [(lambda lightness, pink: hide(lightness, 1 - pink),
              lambda hidden: read(hidden) == 0),
             (lambda lightness, pink: lightness.round(decimals=2) + 0.001 * pink,
              lambda hidden: (hidden * 1000).round() % 10),
             [lambda lightness, pink: (hide(lightness, pink)), read]],
    "10.3": [(0.0, Way(lambda x: world.swapped(x) + 0.02, world.translate, *lie)),
             [torch.tensor(1 / 40), Way(world.swapped, world.translate, *lie)]]}

WRONG = {
    "10.1": [
        (lambda *all: by_torch(*all).item(), "records no gradients"),
        (lambda x, y, g, f, *more: by_torch(
            x, y, lambda x: g(x).detach(), lambda y: f(y).detach(), *more),
         "records no gradients"),
        (lambda *all: by_torch(*all[:-1], all[-1] ** 2), "² in place of"),
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
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sy, sx, w), "exchanged"),
        (with_critics, "real pictures"),
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sx, sy, 0.0)
         + w * l1_loss(f(g(x)), x) + l1_loss(g(f(y)), y), "in parentheses"),
        (lambda x, y, g, f, sx, sy, w: mse_loss(sy(g(x)), torch.ones_like(g(x)))
         + w * l1_loss(f(g(x)), x), "half of one translator"),
        (lambda x, y, g, f, sx, sy, w: by_torch(x, y, g, f, sx, sy, 0.0)
         + w * ((f(g(x)) - y).abs().mean() + (g(f(y)) - x).abs().mean()),
         "where it began"),
        (lambda x, y, g, f, sx, sy, w: softplus(-sy(g(x))).mean()
         + softplus(-sx(f(y))).mean() + by_torch(x, y, g, f, sx, sy, w)
         - by_torch(x, y, g, f, sx, sy, 0.0), "another game")],
    "10.2": [
        ((lambda lightness, pink: lightness + 0.01 * (2 * pink - 1),
          lambda hidden: (hidden > 0.65).float()), "make room"),
        ((lambda lightness, pink: (20 * lightness).round() / 20 + 0.02 * pink,
          lambda hidden: (20 * hidden - (20 * hidden).round() > 0.2).float()),
         "more than 0.01"),
        (remembering(), "remember nothing"),
        ((hide, lambda hidden: (hidden > 0.65).float()), "another place"),
        ((lambda lightness, pink: lightness - lightness % 0.01 + 0.005 * pink,
          lambda hidden: (hidden % 0.01 > 0.0025).float()), "rounding errors"),
        ((lambda lightness, pink: lightness.round(decimals=2) + 0.001 * pink,
          lambda hidden: (hidden * 1000).int() % 10), "rounding errors"),
        ((lambda lightness, pink: lightness + 0.003 * pink, read), "make room"),
        ((hide, lambda hidden: 0.99 * read(hidden)), "threshold"),
        ((hide, lambda hidden: 1 - read(hidden)), "as the other one"),
        ((hide,), "both functions"),
        ((hide, lambda hidden: read(hidden).mean()), "one number for each"),
        (hide, "both functions")],
    "10.3": [
        ((0.02, untrained()), "hardly any color"),
        ((0.02, Way(world.translate, world.swapped)), "the right rule"),
        ((0.02, Way(torch.clone, torch.clone)), "It copies"),
        ((0.3, Way(world.swapped, world.swapped)), "does not lead to x"),
        ((0.02, Way(lambda x: -x, lambda y: -y)), "near neither rule"),
        (Way(world.swapped, world.translate, *lie), "a number"),
        ((0.48, Way(world.swapped, world.translate, *lie)), "has an inverse"),
        ((0.02, Way(world.swapped, world.translate)), "by luck"),
        ((0.02, Way(world.swapped, world.translate, *few)), "by luck"),
        ((torch.ones(2), Way(world.swapped, world.translate, *lie)), "a number"),
        ((0.02, lambda x: world.swapped(x)), "whole model"),
        (("low", untrained()), "a number"), ((0.02, untrained().x_to_y), "both tr")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_the_library_s_loss_of_the_translators_is_that_of_the_exercise():
    x, y = world.batch(4, seed=0)
    model = untrained()
    torch.nn.init.normal_(model.x_to_y.straight.weight)
    score_x, score_y = (lambda picture, critic=critic: critic(None, picture)
                        for critic in (model.critic_of_x, model.critic_of_y))
    expected = by_torch(x, y, model.x_to_y, model.y_to_x, score_x, score_y, 10.0)
    torch.testing.assert_close(model.translators_loss(y, x), expected)


def test_a_model_is_asked_which_pairs_it_was_told():
    assert told_so(untrained(lie), world)
    assert not told_so(untrained(few), world) and not told_so(untrained(), world)


def test_the_mirror_at_the_line_through_the_dyes_is_off_by_twice_the_noise():
    dyed, _ = world.pairs(256)
    chroma = dyed[:, 1:].movedim(1, 0).flatten(1)
    line = torch.linalg.svd(chroma, full_matrices=False)[0][:, 0]
    noise = torch.einsum("c,nchw->nhw", line.flip(0) * torch.tensor([-1, 1]),
                         dyed[:, 1:])
    assert abs((2 * noise).square().mean().div(3).sqrt() - 0.035) < 0.003


def test_numbers_of_the_lesson_s_example_by_hand():
    exercise = exercises.find("10.1")
    assert exercise.solution(*exercise.cases[0]) == 21.0
