"""Facts about the exercises of lesson 11: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import itertools

import torch
from torchvision.ops import box_iou

from course_lib.datasets import CoveredHouses, Facades
from course_lib.teaching.exercises.structured_prediction import bars, one_bar
from tests.exercise_facts import facts

HOUSES = CoveredHouses(Facades(pairs=8))
PLANS = HOUSES.held_out(64)[1]


def searched(chances):
    """The most probable house by trying all."""
    houses = itertools.product((0, 1), repeat=chances.ndim)
    return torch.tensor(max(houses, key=lambda house: chances[house]))


def window_by_window(chances):
    """The most probable state of each window, whatever the others do."""
    return torch.tensor([chances.movedim(k, 0).reshape(2, -1).sum(1).argmax()
                         for k in range(chances.ndim)])


def by_numbers(one, other):
    """The overlap, number by number."""
    height = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    width = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    both = height * width
    return both / ((one[2] - one[0]) * (one[3] - one[1])
                   + (other[2] - other[0]) * (other[3] - other[1]) - both)


def both_of(one, other):
    """The area that two boxes have in common."""
    return sum(one[0] <= row < one[2] and other[0] <= row < other[2]
               and one[1] <= column < one[3] and other[1] <= column < other[3]
               for row in range(10) for column in range(10))


def size(box):
    """The area of a box."""
    return (box[2] - box[0]) * (box[3] - box[1])


def quicker_only(seconds, error):
    """The models with no other one that is quicker and as good."""
    points = list(zip(seconds.tolist(), error.tolist()))
    return [not any(t < s and e <= r for t, e in points) for s, r in points]


def by_loops(seconds, error):
    """The models that no other beats, one after the other."""
    points = list(zip(seconds.tolist(), error.tolist()))
    return [not any(t <= s and e <= r and (t, e) != (s, r) for t, e in points)
            for s, r in points]


def running_loop(seconds, error):
    """What a running minimum keeps, in the order of the list."""
    best, kept = float("inf"), []
    for value in error.tolist():
        kept.append(value < best)
        best = min(best, value)
    return torch.tensor(kept)


RIGHT = {
    "11.1": [searched, lambda chances: torch.tensor(
        (chances == chances.max()).nonzero()[0].tolist())],
    "11.2": [by_numbers, lambda one, other: box_iou(one[None], other[None])[0, 0]],
    "11.3": [by_loops, lambda *all: torch.tensor(by_loops(*all))],
    "11.4": [(bars(), one_bar), [PLANS, HOUSES.is_whole],
             (bars(100), lambda y: one_bar(y).tolist())]}

WRONG = {
    "11.1": [
        (window_by_window, "by itself"),
        (lambda chances: searched(chances).flip(0), "opposite order"),
        (lambda chances: int(chances.argmax()), "unravel_index"),
        (lambda chances: chances.amax(), "Which house"),
        (lambda chances: chances.argmax(-1), "one window alone"),
        (lambda chances: (chances == chances.max()).int(), "one index for each"),
        (lambda chances: 1 - searched(chances), "the other case")],
    "11.2": [
        (lambda one, other: by_numbers(one + torch.tensor([0, 0, 1, 1]), other
                                       + torch.tensor([0, 0, 1, 1])), "pixel more"),
        (lambda one, other: box_iou(*(torch.cat([box[:2], box[:2] + box[2:]])[None]
                                      for box in (one, other)))[0, 0],
         "height and width"),
        (lambda one, other: ((torch.minimum(one[2:], other[2:]) - torch.maximum(
            one[:2], other[:2])).clamp(min=0).prod()), "Divide it"),
        (lambda one, other: 2 / (1 + 1 / by_numbers(one, other)), "Dice"),
        (lambda one, other: both_of(one, other) / size(other), "second box"),
        (lambda one, other: both_of(one, other) / min(size(one), size(other)),
         "the smaller area"),
        (lambda one, other: both_of(one, other) / size(one) + size(other)
         - both_of(one, other), "Parentheses"),
        (lambda one, other: size(one) + size(other) - both_of(one, other),
         "That is the union")],
    "11.3": [(running_loop, "not sorted"),
             (lambda *all: ~torch.tensor(by_loops(*all)), "the other case"),
             (lambda *all: [i for i, kept in enumerate(by_loops(*all)) if kept],
              "numbers of the right models"),
             (lambda seconds, error: seconds != seconds, "with itself"),
             (lambda seconds, error: seconds == seconds, "any, not all"),
             (quicker_only, "smaller error is enough"),
             (lambda seconds, error: error <= error.cummin(0).values, "not sorted"),
             (lambda seconds, error: (seconds == seconds.min()) & (
                 error == error.min()), "best in both"),
             (lambda seconds, error: torch.tensor(by_loops(-seconds, error)),
              "comparison of seconds"),
             (lambda seconds, error: error == error.min(), "the same whatever")],
    "11.4": [((PLANS, lambda y: y.flatten(1).amax(1) > 0), "mixed from all"),
             ((PLANS, lambda y: ~HOUSES.is_whole(y)), "should say False"),
             ((PLANS, HOUSES), "two things"), ((8 * PLANS, HOUSES.is_whole), "k - 1"),
             ((PLANS, lambda y: torch.ones(len(y)) > 0), "mixed from all"),
             ((bars(), lambda y: one_bar(y) & (y.sum((1, 2, 3)) == 5)), "accepts only"),
             ([HOUSES.is_whole, PLANS], "in this order"), (bars(), "two things"),
             ((bars()[:8], one_bar), "at least 64"), ((2 * bars(), one_bar), "within"),
             ((bars()[:1].expand(64, -1, -1, -1), one_bar), "are the same"),
             ((bars(), lambda y: one_bar(y).all()), "one True or False for each"),
             ((bars(), lambda y: ~one_bar(y)), "should say False"),
             ((bars(), lambda y: (y.sum((1, 2, 3)) == 0) | one_bar(y)),
              "empty picture")]}

test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)
