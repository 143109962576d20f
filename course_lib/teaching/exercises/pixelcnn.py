"""Exercises of lesson 06: the middle of a mask, the blind spot counted, bits per
dimension, and a level drawn at a temperature."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise


def middle_of_mask(kind: str, channels: int) -> Tensor:
    """Return which values of a pixel may look (row) at which (column), 0 or 1."""
    below = torch.ones(channels, channels).tril(-1)
    return below + torch.eye(channels) if kind == "B" else below


def blind_pixels(row: int, column: int, columns: int, kernel: int) -> int:
    """Return how many earlier pixels a deep plain stack misses at a place."""
    return sum(max(0, columns - 1 - column - up * (kernel // 2))
               for up in range(1, row + 1))


def bits_per_dim(log_prob: float, channels: int, height: int, width: int) -> float:
    """Return -log_prob / (values · ln 2)."""
    return -log_prob / (channels * height * width * math.log(2))


def draw_level(probabilities: Tensor, u: float, temperature: float) -> int:
    """Return the first level at which the sum of the tempered probabilities passes
    u."""
    tempered = probabilities ** (1 / temperature)
    tempered = tempered / tempered.sum()
    return int((tempered.cumsum(0) > u).int().argmax())


def without_temperature(probabilities: Tensor, u: float, temperature: float) -> int:
    """Return the level that is drawn at T = 1, whatever T is."""
    return draw_level(probabilities, u, 1.0)


def unnormalised(probabilities: Tensor, u: float, temperature: float) -> int:
    """Return the level of sums that do not end at one."""
    return int(((probabilities ** (1 / temperature)).cumsum(0) > u).int().argmax())


KINDS = [Case("A", 3), Case("B", 3), Case("A", 1), Case("B", 2)]
PLACES = [Case(1, 0, 4, 3), Case(6, 3, 9, 3), Case(0, 2, 9, 3), Case(6, 3, 9, 5),
          Case(3, 8, 9, 3), Case(5, 1, 20, 7)]
IMAGES = [Case(-64 * math.log(2), 1, 8, 8), Case(-6400.0, 3, 32, 32),
          Case(-10.0, 2, 4, 5)]
BELIEF = torch.tensor([0.6, 0.3, 0.1])
DRAWS = [Case(BELIEF, 0.65, 1.0), Case(BELIEF, 0.65, 0.5), Case(BELIEF, 0.5, 4.0),
         Case(BELIEF, 0.95, 1.0), Case(BELIEF, 0.95, 0.1), Case(BELIEF, 0.97, 0.5),
         Case(BELIEF, 0.85, 0.5)]

EXERCISES = [
    # A pixel has `channels` values, drawn one after the other. Return what the middle
    # of a mask of kind "A" or "B" lets through, (channels, channels) of 0 and 1; rows
    # look, columns are looked at.
    Exercise(
        "06.1", middle_of_mask,
        "With A a value sees those before it, with B itself too. A stack of one A and "
        "then Bs can never come back to the value itself.",
        ["Value i is drawn after the values 0 to i - 1.",
         "All ones below the diagonal, and for B on it as well.",
         "torch.ones(channels, channels).tril(-1) for A and .tril(0) for B."],
        [(lambda kind, channels: middle_of_mask(kind, channels).T,
          "Rows and columns are exchanged: here the first value would look at all that "
          "are drawn after it."),
         (lambda kind, channels: middle_of_mask("AB"[kind == "A"], channels),
          "The kinds are exchanged: A is the first layer's, and must hide the value "
          "itself."),
         (lambda kind, channels: torch.eye(channels) * (kind == "B"),
          "Here no value sees another of its pixel. G should see R, and B both: they "
          "are drawn before it."),
         (lambda kind, channels: torch.full((channels, channels), float(kind == "B")),
          "That is the mask of a pixel with one value. Of several, each may see those "
          "that are drawn before it, and no later ones.")],
        KINDS),
    # An image has `columns` columns. How many earlier pixels does a deep plain stack
    # with an odd `kernel` miss at a place with `row` rows above it and `column` columns
    # on its left?
    Exercise(
        "06.2", blind_pixels,
        "A larger kernel sees further to the right and misses fewer pixels; only two "
        "stacks miss none.",
        ["Go up row by row. In each, count the columns that are too far to the right.",
         "u rows up the stack sees u * (kernel // 2) columns to the right, and there "
         "are columns - 1 - column of them.",
         "sum(max(0, columns - 1 - column - u * (kernel // 2)) for u in range(1, row + "
         "1))"],
        [(lambda row, column, columns, kernel:
          sum(columns - 1 - column - up * (kernel // 2) for up in range(1, row + 1)),
          "Far enough up the slope has passed the border, and nothing is missed: a row "
          "never counts less than 0."),
         (lambda row, column, columns, kernel:
          blind_pixels(row, column, columns, 3),
          "That is right for a kernel of 3. A larger one sees kernel // 2 columns "
          "further to the right for every row."),
         (lambda row, column, columns, kernel:
          sum(max(0, columns - column - up * (kernel // 2))
              for up in range(1, row + 1)),
          "One too many in a row: on the right of column c there are columns - 1 - c "
          "columns."),
         (lambda row, column, columns, kernel:
          sum(max(0, columns - 1 - column - up * (kernel // 2))
              for up in range(row + 1)),
          "The pixel's own row is counted too. What is on the right there is not "
          "missed: it is drawn later.")],
        PLACES),
    # A model finds images of channels x height x width values with a mean
    # log-probability of `log_prob` nats. How many bits per dimension is that?
    Exercise(
        "06.3", bits_per_dim,
        "With 8-bit values, 8 bits is what a model pays that knows nothing.",
        ["Three steps: the sign, the unit, and for each value.",
         "A bit is ln 2 nats, so divide nats by ln 2.",
         "-log_prob / (channels * height * width * log(2)), with log from math."],
        [(lambda log_prob, channels, height, width:
          -log_prob / (channels * height * width),
          "These are nats per dimension. A bit is ln 2 = 0.693 nats: divide by it."),
         (lambda log_prob, channels, height, width:
          -log_prob * math.log(2) / (channels * height * width),
          "Multiplied where it should be divided: a nat is more than a bit, so the "
          "number in bits is the larger one."),
         (lambda log_prob, channels, height, width:
          bits_per_dim(log_prob, 1, height, width),
          "That is for each pixel. A dimension is one value, and a color pixel has "
          "three."),
         (lambda log_prob, channels, height, width:
          -bits_per_dim(log_prob, channels, height, width),
          "The sign is wrong: a log-probability is negative, and a cost in bits "
          "positive.")],
        IMAGES),
    # A softmax gave `probabilities`, (levels,). Return the level that is drawn with the
    # number `u` at a `temperature`: the first at which the sum of the tempered
    # probabilities passes u.
    Exercise(
        "06.4", draw_level,
        "The same u gives another level when the temperature moves the edges, which is "
        "why images at two temperatures begin alike and end differently.",
        ["Dividing logits by T raises probabilities to the power 1 / T.",
         "After the power they no longer sum to one: divide by their sum.",
         "int((tempered.cumsum(0) > u).int().argmax()) is the first level whose sum "
         "passes u."],
        [(without_temperature,
          "That is the level at T = 1. At another temperature the probabilities are "
          "raised to the power 1 / T first, and sum to one again."),
         (unnormalised, "After the power the probabilities do not sum to one. Divide "
                        "by their sum, or a large u passes them all."),
         (lambda probabilities, u, temperature:
          draw_level(probabilities, u, 1 / temperature),
          "The power is 1 / T, not T: a low temperature makes the likely level "
          "likelier."),
         (lambda probabilities, u, temperature: int(probabilities.argmax()),
          "That is the likeliest level, which is drawn as T goes to 0 only.")],
        DRAWS),
]
