"""Exercises of lesson 09: the reach of a critic, two averages, one logit, variety."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.teaching.exercises.core import Case, Exercise


def reach(layers: list[tuple[int, int]]) -> int:
    """Return the side of the patch that one score of these layers sees."""
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side


def generator_loss(scores: Tensor) -> Tensor:
    """Return the mean of what each patch's score costs the generator."""
    return softplus(-scores).mean()


def one_score(logits: Tensor) -> Tensor:
    """Return the score whose sigmoid is the softmax's probability of real."""
    return logits[:, 0] - logits[:, 1]


def part_within(answers: Tensor) -> Tensor:
    """Return which part of all variance lies within the answers to one plan."""
    within = answers.var(0, correction=0).mean()
    between = answers.mean(0).var(0, correction=0).mean()
    return within / (within + between)


def _same_steps(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


def _own_stride(layers):
    side, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        side += (kernel - 1) * step
    return side


def _no_first_pixel(layers):
    return reach(layers) - 1


PAPER = [(4, 2), (4, 2), (4, 2), (4, 1), (4, 1)]
REACHES = [Case([(4, 2), (3, 1)]), Case(PAPER), Case([(1, 1), (1, 1)]),
           Case([(3, 1), (3, 1)]), Case([(2, 2), (2, 2), (2, 2)])]
SCORES = [Case(torch.tensor([[[4.0, -4.0]]])),
          Case(torch.tensor([[[0.0, 0.0], [0.0, 0.0]], [[1.0, -2.0], [3.0, -1.0]]])),
          Case(torch.tensor([[[-3.0]]]))]
LOGITS = [Case(torch.tensor([[[[2.0, -1.0]], [[0.5, 1.0]]]])),
          Case(torch.tensor([[[[0.0, 3.0]], [[0.0, 3.0]]],
                             [[[1.0, -2.0]], [[-1.0, 4.0]]]]))]
# (answers, plans, numbers)
ANSWERS = [Case(torch.tensor([[[0.0], [1.0]], [[0.0], [1.0]]])),
           Case(torch.tensor([[[0.0], [0.0]], [[1.0], [1.0]]])),
           Case(torch.tensor([[[0.0, 2.0], [1.0, 0.0], [2.0, 1.0]],
                              [[1.0, 2.0], [4.0, 0.5], [2.0, 3.0]]]))]

EXERCISES = [
    # A critic is a stack of convolutions, given as a list of (kernel, stride), the
    # first layer first. Return how many pixels a side one of its scores sees.
    Exercise(
        "09.1", reach,
        "The list of the paper gives 70: no layer is called 70, the strides before a "
        "layer make its steps long.",
        ["Begin with 1, a single pixel. A layer of kernel k adds k - 1 neighbours.",
         "How far apart are two neighbours of that layer, in pixels of the picture? As "
         "far as all strides before it together.",
         "side += (kernel - 1) * step, and then step *= stride"],
        [(_same_steps, "It takes every layer's neighbours to be one pixel apart. "
                       "Behind a layer of stride 2 they are two apart."),
         (_own_stride, "A layer's own stride sets how far apart its outputs are, not "
                       "the inputs that one output looks at. Multiply it in "
                       "afterwards."),
         (_no_first_pixel, "One pixel is missing: a stack without any layer sees one."),
         (lambda layers: reach(layers[::-1]),
          "It goes through the layers from the last to the first; the strides before a "
          "layer count.")],
        REACHES),
    # scores is (batch, down, across), the critic's for what a generator made, high for
    # real. Return the generator's non-saturating loss, a scalar, with every patch
    # judged by itself.
    Exercise(
        "09.2", generator_loss,
        "Each patch pulls by its own score, so one bad corner cannot hide behind a "
        "good one.",
        ["What does a single score s cost? softplus(-s).",
         "Each patch pays first, then the payments are averaged.",
         "softplus(-scores).mean()"],
        [(lambda scores: softplus(-scores.mean((1, 2))).mean(),
          "It averages the scores first, so a good patch makes up for a bad one. Let "
          "each patch pay by itself, and average what is paid."),
         (lambda scores: softplus(-scores).sum((1, 2)).mean(),
          "It adds up the patches, so the loss grows with the picture, and with it the "
          "weight against L1. Take the mean."),
         (lambda scores: softplus(scores).mean(),
          "The sign is the critic's: this is large where a patch looks real. The "
          "generator wants high scores."),
         (lambda scores: -softplus(scores).mean(),
          "That is the critic's loss with its sign changed. It is the same game, but "
          "flat where the generator is worst (lesson 04).")],
        SCORES),
    # A critic with a softmax of two classes gives logits (batch, 2, down, across):
    # first of real, then of generated. Return the one score a patch, (batch, down,
    # across), whose sigmoid is the same probability of real.
    Exercise(
        "09.3", one_score,
        "Two numbers a patch are one too many: only their difference counts.",
        ["Write the softmax of two numbers a and b: eᵃ / (eᵃ + eᵇ).",
         "Divide both sides of the fraction by eᵃ and compare with 1 / (1 + e⁻ˢ).",
         "s = a - b, so logits[:, 0] - logits[:, 1]"],
        [(lambda logits: logits.softmax(1)[:, 0],
          "That is the probability itself. The score is what the sigmoid is taken of, "
          "any number from -∞ to ∞."),
         (lambda logits: logits.log_softmax(1)[:, 0],
          "That is the logarithm of the probability, never above 0. The score is the "
          "log-odds, log p - log (1 - p)."),
         (lambda logits: logits[:, 1] - logits[:, 0],
          "It is high for generated. With the book's direction that is right; here the "
          "score is high for real."),
         (lambda logits: logits[:, 0],
          "The second logit counts too: adding 3 to both changes nothing about the "
          "probability, but it changes this.")],
        LOGITS),
    # answers is (n, plans, numbers): n answers to each plan. Return which part of all
    # the variance lies within the answers to one plan, from 0 to 1, with the variances
    # divided by n and not by n - 1.
    Exercise(
        "09.4", part_within,
        "It is 0 for a model that has one answer a plan, however different the plans' "
        "answers are: variety from x is not variety from z.",
        ["Within: the variance over the n answers, averaged over plans and numbers.",
         "Between: first the mean answer to each plan, then the variance of those over "
         "plans.",
         "within / (within + between), both with var(..., correction=0).mean()"],
        [(lambda answers: answers.var(0).mean() / (
     answers.var(0).mean() + answers.mean(0).var(0).mean()),
          "var divides by n - 1 unless it is told correction=0; then within and "
          "between do not add up to the whole."),
         (lambda answers: answers.var(0, correction=0).mean()
          / answers.var(correction=0),
          "The whole is taken over different numbers of a picture too; that a window "
          "is darker than the sky is no variety. Take it over answers and plans, for "
          "each number."),
         (lambda answers: (1 - part_within(answers)),
          "That is the part between plans: what x decides, not what z does."),
         (lambda answers: answers.var(0, correction=0).mean(),
          "That is the variance within, but not yet a part of the whole. Divide by "
          "within plus between."),
         (lambda answers: part_within(answers.transpose(0, 1)),
          "The dimensions have changed places: the first one counts answers, the "
          "second one plans."),
         (lambda answers: part_within(answers).sqrt(),
          "That is a ratio of deviations. Variances add up to the whole, deviations do "
          "not.")],
        ANSWERS),
]
