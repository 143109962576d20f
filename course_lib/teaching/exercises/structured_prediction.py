"""Exercises of lesson 11: the whole answer, two boxes, and which model is worth it."""

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise


def most_probable(chances: Tensor) -> Tensor:
    """Return the most probable answer as a whole, a 0 or 1 for each window."""
    place = chances.argmax()
    return torch.stack(torch.unravel_index(place, chances.shape))


def _one_by_one(chances):
    windows = range(chances.ndim)
    return torch.stack([
        chances.sum([other for other in windows if other != window]).argmax()
        for window in windows])


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Return the area of the intersection of two boxes over that of their union."""
    both = shared(one, other).clamp(min=0).prod()
    return both / (area(one) + area(other) - both)


def shared(one: Tensor, other: Tensor) -> Tensor:
    """Return the sides of the intersection, (2,), below 0 where there is none."""
    return torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], other[:2])


def area(box: Tensor) -> Tensor:
    return (box[2:] - box[:2]).prod()


def _apart(one, other):
    both = shared(one, other).prod()
    return both / (area(one) + area(other) - both)


def _counted_twice(one, other):
    return shared(one, other).clamp(min=0).prod() / (area(one) + area(other))


def _of_the_first(one, other):
    return shared(one, other).clamp(min=0).prod() / area(one)


def unbeaten(seconds: Tensor, error: Tensor) -> Tensor:
    """Return which models no other one beats, (models,) of bool."""
    as_good = ((seconds[None] <= seconds[:, None]) & (error[None] <= error[:, None]))
    better = ((seconds[None] < seconds[:, None]) | (error[None] < error[:, None]))
    return ~(as_good & better).any(1)


def _best_in_one(seconds, error):
    return (seconds == seconds.min()) | (error == error.min())


def _better_in_both(seconds, error):
    better = (seconds[None] < seconds[:, None]) & (error[None] < error[:, None])
    return ~better.any(1)


def _equal_beats(seconds, error):
    as_good = (seconds[None] <= seconds[:, None]) & (error[None] <= error[:, None])
    return as_good.sum(1) == 1


LIT = torch.zeros(2, 2, 2)
LIT[1, 1, 0], LIT[1, 0, 1], LIT[0, 1, 1] = 0.36, 0.33, 0.31
FOUR = torch.tensor([[0.05, 0.40], [0.30, 0.25]])

EXERCISES = [
    # Return the most probable house as a whole.
    Exercise(
        "11.1", most_probable,
        "The largest entry of the table of all answers. The table has 2 to the number "
        "of windows entries: nobody could hold it for a picture, which is why models "
        "search, or draw.",
        ["Each entry of chances is the chance of one whole house.",
         "chances.argmax() counts along the flattened tensor.",
         "torch.unravel_index(chances.argmax(), chances.shape) gives one index for "
         "each window."],
        [(_one_by_one, "You took the most probable state of each window by itself; "
                       "together they may be a house that cannot be. Look for the "
                       "largest entry of the whole table."),
         (lambda chances: chances.argmax(),
          "That is the place of the right entry in the flattened table; "
          "torch.unravel_index turns it into a 0 or 1 for each window.")],
        [Case(LIT), Case(FOUR), Case(torch.tensor([0.2, 0.8]))]),
    # Return the overlap of two boxes.
    Exercise(
        "11.2", overlap,
        "Intersection over union, the measure of most detectors. It is 0 for all boxes "
        "that are apart, however far: as a loss it would say nothing there.",
        ["Where does the box that both cover begin? At the larger of both tops, and "
         "the larger of both lefts.",
         "If it ends before it begins, there is none: clamp(min=0).",
         "The union's area is the sum of both areas minus the common one."],
        [(_apart, "Two boxes that are apart have nothing in common, but two negative "
                  "sides have a positive product; clamp the sides at 0 first."),
         (_counted_twice,
          "The sum of both areas counts what they share twice; take it away once."),
         (_of_the_first,
          "You divided by the area of the first box alone; then a small box inside a "
          "large one has 1.")],
        [Case(torch.tensor([0.0, 0, 4, 4]), torch.tensor([2.0, 2, 6, 6])),
         Case(torch.tensor([0.0, 0, 2, 2]), torch.tensor([5.0, 5, 8, 9])),
         Case(torch.tensor([1.0, 1, 3, 3]), torch.tensor([0.0, 0, 8, 8]))]),
    # Return which models are not beaten by another one.
    Exercise(
        "11.3", unbeaten,
        "From these one chooses, by how much time there is. Each of the others has one "
        "that is better for everybody.",
        ["Compare all pairs: seconds[None] <= seconds[:, None] is (models, models).",
         "Beaten means as good in both, and better in one of them, by one and the same "
         "other model.",
         "~(as_good & better).any(1), with as_good two <= joined by & and better two < "
         "joined by |."],
        [(_best_in_one, "You kept only the quickest and the most accurate. What lies "
                        "between, slower but better than the quickest, is worth "
                        "choosing too."),
         (_better_in_both,
          "You asked for a model that is better in both. As good in one and better in "
          "the other is enough to beat."),
         (_equal_beats, "Two models with the same seconds and the same error do not "
                        "beat each other: one of the two comparisons must be strict.")],
        [Case(torch.tensor([1.0, 2, 3, 4]), torch.tensor([0.5, 0.2, 0.3, 0.1])),
         Case(torch.tensor([1.0, 1, 2]), torch.tensor([0.4, 0.3, 0.3])),
         Case(torch.tensor([1.0, 1, 2]), torch.tensor([0.3, 0.3, 0.1]))]),
]
