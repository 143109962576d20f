"""Exercises of lesson 01: what each loss finds, and what a Gaussian makes of dyes."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise
from course_lib.teaching.exercises.tables import mistakes

DYES, CHANCES = torch.tensor([-0.65, 0.0, 0.65]), torch.tensor([0.25, 0.5, 0.25])
NOISE = 0.1
HALF, FULL, STEP = 0.2, 0.65, 1.3    # slopes of the answer from which each word is said
FAR, SPREAD_OF_PI = 0.15, 0.05


def pinball(y, answer, q):
    return torch.maximum(q * (y - answer), (q - 1) * (y - answer))


def expectile(y, answer, q):
    return torch.where(y > answer, q, 1 - q) * (y - answer).square()


def is_negative(given, right) -> bool:
    return bool((torch.as_tensor(given) < -1e-6).any())


SHAPE = ("Hand in torch.stack([pi, tealness]), of shape (2, shirts): the probability "
         "of teal of each shirt, and how teal the answer is.")
ORDER = ("The first row should be probabilities between 0 and 1, and holds other "
         "numbers. Are the two rows swapped?")
AGAINST = ("These answers are pink where teal is likely. Is the tealness measured "
           "along the teal dye, as in the lesson?")
FEW = ("Hand in all shirts of x_striped: their probabilities of teal go from about "
       "0.15 to 0.85.")
SCATTERED = ("These answers do not follow π. Are both rows of the same shirts, those "
             "of x_striped, and is the cloth that of the striped world?")
UNLEARNED = ("These answers are nearly grey for every photo, or have not got far from "
             "it. Train the model, for 300 steps at least, before you ask it.")
UNCHANGED = ("This color is as strong as in the lesson's world. Train on the striped "
             "world: train(model, steps=300, world=striped).")
MAJORITY = ("These answers jump from pink to teal, as absolute error's do. Squared "
            'error is norm="l2".')


def slope_of(found: Tensor) -> float:
    """Return the factor by which tealness follows 2π - 1: 1 for solid dyes."""
    pi, teal = found
    return float((teal * (2 * pi - 1)).sum() / (2 * pi - 1).square().sum())


def judge_striped(found) -> str | None:
    """Return what is wrong with (π, tealness) of a model of the striped world."""
    found = as_tensor(found)
    if found is None or found.ndim != 2 or len(found) != 2:
        return SHAPE
    if not found.isfinite().all():
        return "Some of these numbers are not finite; look where they come from."
    pi, teal = found
    if pi.min() < 0 or pi.max() > 1:
        return ORDER
    if len(pi) < 8 or pi.std() < SPREAD_OF_PI:
        return FEW
    slope = slope_of(found)
    off = (teal - slope * (2 * pi - 1)).square().mean().sqrt()
    says = {AGAINST: slope < -HALF, MAJORITY: slope > STEP, SCATTERED: off > FAR,
            UNLEARNED: slope < HALF, UNCHANGED: slope > FULL}
    return next((said for said, applies in says.items() if applies), None)


def striped_answers(factor: float = 0.5) -> Tensor:
    """Return (π, tealness), (2, 512), where tealness is factor · (2π - 1)."""
    pi = torch.linspace(0.15, 0.85, 512)
    return torch.stack([pi, factor * (2 * pi - 1)])


SPREAD = float((CHANCES * DYES.square()).sum())     # about their mean, 0

EXERCISES = [
    # A third dye, grey at a = 0, has half of the shirts; teal at -0.65 and pink at
    # 0.65 have a quarter each; the noise is 0.1. Predict the best Gaussian's deviation.
    Exercise(
        "01.1", math.sqrt(NOISE ** 2 + SPREAD),
        "Total variance again: 0.1² inside a dye, and half of 0.65² between them. The "
        "Gaussian is wide although it is centered on a dye that exists.",
        ["Total variance: the mean variance inside a dye, plus the variance of the "
         "dyes' centers.",
         "The centers have the mean 0, so their variance is their mean square. Which "
         "of the three add something to it?",
         "The mean square is 0.25 · 0.65² + 0.5 · 0 + 0.25 · 0.65²; add 0.1², then "
         "take the root."],
        [*mistakes(
            ("That is the deviation inside one dye. The best Gaussian has to cover all "
             "three dyes: their distances count, too.", NOISE),
            ("That is the variance; the deviation is its root.", NOISE ** 2 + SPREAD),
            ("That is the variance between the dyes. Add the variance of the noise, "
             "then take the root.", SPREAD),
            ("That is the deviation between the dyes. The noise inside each dye comes "
             "on top, as a variance.", math.sqrt(SPREAD)),
            ("Add squares, 0.1² and the mean square of the centers, and take the root "
             "of the sum. Deviations do not add up, and a deviation is no variance.",
             NOISE + math.sqrt(SPREAD), math.sqrt(NOISE + SPREAD), 0.65 + NOISE),
            ("That is the spread of two dyes, teal and pink. Half of the shirts are "
             "grey here, and add nothing to the spread between the dyes.",
             math.sqrt(NOISE ** 2 + 0.65 ** 2), 0.65),
            ("This takes the three dyes as equally likely, where half of the shirts "
             "are grey; or it divides by one less than the number of values, as "
             "torch.std does by itself.",
             math.sqrt(NOISE ** 2 + 0.65 ** 2 * 2 / 3), math.sqrt(0.65 ** 2 * 2 / 3)),
            ("This counts one of the two outer dyes. Teal and pink have a quarter "
             "each, and both are 0.65 from the center.",
             math.sqrt(NOISE ** 2 + 0.65 ** 2 / 4)),
            ("This is the mean distance from grey. A Gaussian's deviation is the root "
             "of the mean square.", 0.325, 0.33),
            ("Neither 0.65² nor half of 0.65 is right here: take the mean square of "
             "the dyes, half of which are grey, add 0.1², and then take the root.",
             0.65 ** 2, 0.65 ** 2 + NOISE ** 2)),
         (-0.47, "A deviation is a root, and never negative.",
          lambda given, right: given < 0),
         (1.3, "No dye is farther than 0.65 from the center, so a deviation is smaller "
               "than that.", lambda given, right: given > 0.68),
         (0.2, "Half of all shirts are 0.65 away from the center: that alone makes "
               "the deviation larger.", lambda given, right: 0 <= given < 0.42),
         (0.5, "Nearly. Calculate it: the mean variance inside a dye, plus the "
               "variance of the centers, then the root.",
          lambda given, right: abs(given - right) < 0.04)],
        tolerance=0.003),
    # Write a loss whose best answer has the fraction q of all y below it. At q = 1/2
    # it must be half the absolute error.
    Exercise(
        "01.2", pinball,
        "This is the pinball loss. Asked for q = 0.2 on our shirts, its best answer is "
        "teal wherever π is above 0.2: still one answer, only more easily convinced.",
        ["At the best answer the pulls of the y above and below it cancel. The "
         "fraction q lies below, so each y below may pull less, or more?",
         "Let each y above the answer pull with q, and each below with 1 - q. Then "
         "(1 - q) · q stands on both sides.",
         "q · (y - answer) where y is above, (1 - q) · (answer - y) where it is below; "
         "torch.where or torch.maximum joins the two."],
        [*mistakes(
            ("The two sides are swapped: your best answer has the fraction 1 - q below "
             "it.", lambda y, answer, q: pinball(-y, -answer, q),
             lambda y, answer, q: 2 * pinball(-y, -answer, q)),
            ("This weighs both sides alike, so its best answer is the median for every "
             "q. The two sides need different weights.",
             *(lambda y, answer, q, f=f: f(q) * (y - answer).abs() for f in (
                 lambda q: q, lambda q: 1 - q, lambda q: 2 * q, lambda q: q / 2))),
            ("The weights are right, and the errors are squared. That finds an "
             "expectile, which is to the mean what a quantile is to the median: leave "
             "them as they are.", expectile),
            ("Squared errors find a mean. For a quantile leave the errors as they are "
             "and weigh the two sides differently.",
             *(lambda y, answer, q, f=f: f(q) * (y - answer).square() for f in (
                 lambda q: q, lambda q: 1, lambda q: 0.5)),
             lambda y, answer, q: expectile(y, answer, 1 - q)),
            ("This only tells whether y lies below the answer, like the derivative of "
             "the loss. A loss has to grow with the distance of y from the answer.",
             lambda y, answer, q: (y < answer).double() - q,
             lambda y, answer, q: q - (y < answer).double(),
             lambda y, answer, q: (y < answer).double(),
             lambda y, answer, q: torch.where(y > answer, q, 1 - q),
             lambda y, answer, q: torch.where(y > answer, -q, 1 - q),
             lambda y, answer, q: torch.where(y > answer, q, q - 1)),
            ("This costs nothing on one side, so an answer far out on that side is "
             "free. Both sides have to cost something.",
             lambda y, answer, q: q * (y - answer).relu(),
             lambda y, answer, q: (1 - q) * (answer - y).relu()),
            ("This becomes negative without end for large answers, so it has no best "
             "one. What should it cost when y lies below the answer?",
             lambda y, answer, q: q * (y - answer),
             lambda y, answer, q: torch.where(y > answer, q, 1 - q) * (y - answer)),
            ("This measures from the quantile itself and leaves out `answer`. A loss "
             "compares y with the answer; the quantile is what training finds.",
             lambda y, answer, q: (y - torch.quantile(y, q)).abs() / 2)),
         (lambda y, answer, q: q * (answer - y),
          "Some of these losses are negative. A y that is hit exactly costs 0, and no "
          "other y may cost less.", is_negative)],
        [Case(torch.tensor([-1.0, -1.0, 1.0, 1.0, 1.0]), 0.25, 0.5),
         Case(torch.tensor([-1.0, 0.0, 2.0]), 0.5, 0.9),
         Case(torch.tensor([-0.65, 0.65]), 0.0, 0.2)]),
    # Train L2 on the striped world. Hand in (π, tealness of its answers), (2, shirts).
    Exercise(
        "01.3", striped_answers(),
        "Half of the shirts are striped, and where a stripe lies the photo does not "
        "say, so each pixel of those averages to grey. The mean is half as strong: "
        "(2π - 1) / 2. A short training comes near it.",
        ["What is the mean of one pixel of a striped shirt, if you do not know where "
         "the stripes lie?",
         "Half of the shirts are solid, with mean (2π - 1) times teal, and half "
         "average to grey. Now train and see.",
         "Make a new PointPredictor and train it with world=striped; then stack the "
         "probabilities of teal and tealness(model.predict(x), x, striped), x from "
         "the striped world."],
        [(striped_answers(1.0), UNCHANGED),
         (torch.stack([striped_answers()[0], striped_answers()[1].sign()]), MAJORITY)],
        judge=judge_striped),
]
