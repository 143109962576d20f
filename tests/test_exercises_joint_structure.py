"""Facts about the exercises of lesson 03: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import torch

from course_lib.datasets import TShirts
from course_lib.teaching import exercises
from tests.exercise_facts import facts


def descent(pink, pixels, steps=200, size=1.0):
    """Return a field found by gradient descent, by Python's floats."""
    h = 0.0
    for _ in range(steps):
        h -= size * pixels * (math.tanh(pixels * h) - (2 * pink - 1)) / pixels ** 2
    return h


def one_pixel_alone(pink, pixels):
    h = 0.0
    for _ in range(200):
        h -= pixels * (math.tanh(h) - (2 * pink - 1)) / pixels ** 2
    return h


def descent_of_tensors(pink, pixels):
    h = torch.zeros(())
    for _ in range(300):
        h = h - (torch.tanh(pixels * h) - (2 * pink - 1)) / pixels
    return h


def loops(joint):
    table = torch.zeros_like(joint)
    for i in range(len(joint)):
        for j in range(len(joint)):
            table[i, j] = joint[i, :].sum() * joint[:, j].sum()
    return table


def entropy(q):
    return -sum(p * math.log(p) for p in q)


def pixel(pi):
    return entropy((pi / 2 + 0.25, 0.75 - pi / 2))


def shirts(pi):
    return entropy((pi / 2, 0.5 - pi / 2, 0.25, 0.25))


RIGHT = {
    "03.1": [
        lambda joint: torch.outer(joint.sum(1), joint.sum(0)), loops,
        lambda joint: joint.sum(1, keepdim=True) @ joint.sum(0, keepdim=True),
        lambda joint: torch.einsum("ij,kl->il", joint, joint),
        lambda joint: (joint.numpy().sum(1)[:, None] * joint.numpy().sum(0)).tolist()],
    "03.2": [
        lambda pi, n: pi ** n + (1 - pi) ** n,
        lambda pi, n: math.exp(n * math.log(pi)) + math.exp(n * math.log(1 - pi)),
        lambda pi, n: torch.tensor([pi, 1 - pi]).pow(n).sum()],
    "03.3": [
        lambda pi, n: n * pixel(pi) - shirts(pi),
        lambda pi, n: torch.tensor(n * pixel(pi) - shirts(pi))],
    "03.4": [
        descent, descent_of_tensors, lambda pink, n: descent(pink, n, 5000, 0.3),
        lambda pink, n: math.log(pink / (1 - pink)) / (2 * n),
        lambda pink, n: math.atanh(2 * pink - 1) / n,
        lambda pink, n: torch.logit(torch.tensor(pink)) / (2 * n)]}

WRONG = {
    "03.1": [
        (lambda joint: torch.diag(joint.diagonal()), "drops the rest"),
        (lambda joint: torch.diag(joint).diag(), "drops the rest"),
        (lambda joint: joint.sum(1) * joint.sum(0), "Turn the left pixel's sums"),
        (lambda joint: joint.sum(0)[:, None] * joint.sum(1)[None], "exchanged"),
        (lambda joint: joint.sum(1)[:, None] * joint.sum(0)[:, None], "into a column"),
        (lambda joint: joint.sum(1) @ joint.sum(0), "up to one number"),
        (lambda joint: joint.sum(1)[:, None] * joint.sum(1), "the same pixel"),
        (lambda joint: [joint.sum(1), joint.sum(0)], "own probabilities"),
        (lambda joint: joint.diagonal()[:, None] * joint.diagonal(), "whole row"),
        (lambda joint: joint.sum(1)[:, None] + joint.sum(0), "you added them"),
        (lambda joint: joint / joint.sum(1)[:, None], "p(right given left)"),
        (lambda joint: joint @ joint, "does not sum to one"),
        (lambda joint: joint.sum(1)[None] * joint.sum(0), "Turn the left pixel's sums"),
        (lambda joint: joint.mean(1)[:, None] * joint.mean(0), "A mean divides"),
        (lambda joint: joint.T, "as tied as before"),
        (lambda joint: joint, "the joint table itself"),
        (lambda joint: torch.ones_like(joint) / joint.numel(), "All entries are equal"),
        (lambda joint: torch.ones_like(joint) / len(joint), "does not sum to one")],
    "03.2": [
        (lambda pi, n: pi ** (n - 1) + (1 - pi) ** (n - 1), "n - 1 in place of n"),
        (lambda pi, n: pi ** n, "all teal. All pink"),
        (lambda pi, n: (1 - pi) ** n, "all pink. All teal"),
        (lambda pi, n: 2 * pi ** n, "at one half only"),
        (lambda pi, n: pi ** n * (1 - pi) ** n, "cannot both happen"),
        (lambda pi, n: 1 - pi ** n - (1 - pi) ** n, "one minus it"),
        (lambda pi, n: (pi ** 2 + (1 - pi) ** 2) ** (n - 1), "pair of neighbours"),
        (lambda pi, n: 2 * 0.5 ** n, "whatever pi may be"),
        (lambda pi, n: (pi + 1 - pi) ** n, "and then add"),
        (lambda pi, n: pi ** n + (1 - pi ** n), "and then add"),
        (lambda pi, n: 1 - pi ** n, "some pixel is pink"),
        (lambda pi, n: 1 - (1 - pi) ** n, "some pixel is teal"),
        (lambda pi, n: (pi ** n + (1 - pi) ** n) / 2, "It is 0.5 times"),
        (lambda pi, n: max(pi, 1 - pi) ** n, "likelier color alone")],
    "03.3": [
        (lambda pi, n: (n - 1) * entropy((pi, 1 - pi)), "all shirts are plain"),
        (lambda pi, n: n * pixel(pi), "pays in all"),
        (lambda pi, n: (n - 1) * pixel(pi), "chooses among four"),
        (lambda pi, n: n * pixel(pi) - entropy((pi, 1 - pi)), "not between two"),
        (lambda pi, n: (n - 1) * shirts(pi), "only two colors"),
        (lambda pi, n: n * entropy((pi, 1 - pi)) - shirts(pi), "is not pi"),
        (lambda pi, n: (n * pixel(pi) - shirts(pi)) / math.log(2), "bits"),
        (lambda pi, n: shirts(pi) - n * pixel(pi), "sign"),
        (lambda pi, n: -math.log(pi ** n + (1 - pi) ** n), "is no price"),
        (lambda pi, n: -math.log((pi / 2 + 0.25) ** n + (0.75 - pi / 2) ** n),
         "is no price"),
        (lambda pi, n: n * pixel(pi) - math.log(4), "at one half only"),
        (lambda pi, n: (n - 1) * (entropy((pi, 1 - pi)) + math.log(2)) / 2,
         "the mean of two prices"),
        (lambda pi, n: n * (entropy((pi, 1 - pi)) + math.log(2)) / 2 - shirts(pi),
         "or entropies"),
        (lambda pi, n: (n - 1) * entropy((pi, 1 - pi)) / 2, "plain shirts alone"),
        (lambda pi, n: n * pixel(pi) - entropy((pi / 2, 0.5 - pi / 2, 0.5)), "phases"),
        (lambda pi, n: n * pixel(pi) - (entropy((pi, 1 - pi)) + math.log(2)) / 2,
         "one more coin"),
        (lambda pi, n: n * entropy((pi / 2, 1 - pi / 2)) - shirts(pi), "add 1/4")],
    "03.4": [
        (lambda pink, n: math.log(pink) / (2 * n), "pink's probability alone"),
        (lambda pink, n: math.log(pink / (1 - pink)) / 2, "overcounting"),
        (lambda pink, n: math.log(pink / (1 - pink)) / n, "Twice too much"),
        (lambda pink, n: -descent(pink, n), "sign"),
        (lambda pink, n: pink / n, "no probability"),
        (lambda pink, n: pink / (1 - pink) / (2 * n), "their logarithm"),
        (lambda pink, n: descent(pink, n, steps=1), "one step from h = 0"),
        (lambda pink, n: descent(pink, n, steps=0), "has stayed at 0"),
        (lambda pink, n: descent(pink, n, steps=4), "take all 200 steps"),
        (lambda pink, n: descent(pink, n, size=1 / n), "the gradient of one pixel"),
        (lambda pink, n: math.atanh(2 * pink - 1) / n ** 2, "has not arrived"),
        (lambda pink, n: descent(pink, n, size=n), "jumps to and fro"),
        (lambda pink, n: descent(pink, n, size=-1), "uphill"),
        (lambda pink, n: math.atanh(pink) / n, "mean label is not `pink`"),
        (one_pixel_alone, "since all N pixels flip together"),
        (lambda pink, n: math.log10(pink / (1 - pink)) / (2 * n), "base 10")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_the_price_with_stripes_is_the_total_correlation_of_that_world():
    world = TShirts(size=16, channels="a", pattern="stripes")
    x = world.lightness("test")[:20]
    measured = world.independent.entropy(x) - world.truth.entropy(x)
    pi, pixels = world.probability_of_teal(x), world.mask(x).sum((1, 2))
    prices = map(exercises.solution("03.3"), pi.tolist(), pixels.tolist())
    by_hand = torch.tensor(list(prices))
    assert torch.allclose(measured, by_hand, rtol=1e-4)
