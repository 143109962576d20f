"""Exercises of lesson 11: the whole answer, two boxes, which model is worth it, and a
problem of one's own."""

import torch
from torch import Tensor

from course_lib.contract import seeded
from course_lib.teaching.exercises.core import Case, Exercise, attempt
from course_lib.teaching.exercises.tables import combined, mistakes


def most_probable(chances: Tensor) -> Tensor:
    """Return the most probable answer as a whole, a 0 or 1 for each window."""
    return torch.stack(torch.unravel_index(chances.argmax(), chances.shape))


def by_itself(chances: Tensor, pick=torch.argmax) -> Tensor:
    """Return the most probable state of each window by itself."""
    return torch.stack([pick(chances.movedim(window, 0).reshape(2, -1).sum(1))
                        for window in range(chances.ndim)])


def greedily(chances: Tensor) -> Tensor:
    """Return the likeliest state of the first window, then of each given those."""
    state = chances.reshape(2, -1).sum(1).argmax()
    rest = [greedily(chances[state])] if chances.ndim > 1 else []
    return torch.cat([state[None], *rest])


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Return the area of the intersection of two boxes over that of their union."""
    both = common(one, other)
    return both / union(both, one, other)


def shared(one: Tensor, other: Tensor) -> Tensor:
    """Return the sides of the intersection, (2,), below 0 where there is none."""
    return torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], other[:2])


def around(one: Tensor, other: Tensor) -> Tensor:
    """Return the area of the box that holds both."""
    return (torch.maximum(one[2:], other[2:])
            - torch.minimum(one[:2], other[:2])).prod()


def area(box: Tensor) -> Tensor:
    """Return the area of a box."""
    return (box[2:] - box[:2]).prod()


def common(one: Tensor, other: Tensor) -> Tensor:
    """Return the area of the intersection."""
    return shared(one, other).clamp(min=0).prod()


def union(both: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """Return the area of the union, if both is that of the intersection."""
    return area(one) + area(other) - both


def crossed(one, other):
    """The overlap with bottom - left for a height and right - top for a width."""
    return common(one, other) / union(common(one, other), *(
        torch.stack([box[1], box[0], box[2], box[3]]) for box in (one, other)))


def beats(seconds: Tensor, error: Tensor) -> Tensor:
    """Return whether model j beats model i, (i, j) of bool."""
    as_good = ((seconds[None] <= seconds[:, None]) & (error[None] <= error[:, None]))
    better = ((seconds[None] < seconds[:, None]) | (error[None] < error[:, None]))
    return as_good & better


def unbeaten(seconds: Tensor, error: Tensor) -> Tensor:
    """Return which models no other one beats, (models,) of bool."""
    return ~beats(seconds, error).any(1)


def strict_in_the_first(some, others):
    """Which models no other one beats, if it must be better in the first number."""
    return ~((some[None] < some[:, None]) & (others[None] <= others[:, None])).any(1)


def sorted_running(seconds, error, back=True, ties=False):
    """Which models are better than all quicker ones; equal seconds as they come."""
    order = seconds.argsort(stable=True)
    kept = running(seconds[order], error[order], ties)
    return kept[order.argsort()] if back else kept


def better_in_both(seconds, error):
    """Which models no other one beats in both numbers."""
    return ~((seconds[None] < seconds[:, None]) & (error[None] < error[:, None])).any(1)


def as_good(seconds, error):
    """Which models have no other one that is as good in both numbers."""
    return ((seconds[None] <= seconds[:, None])
            & (error[None] <= error[:, None])).sum(1) == 1


def running(seconds, error, ties=False):
    """Which models have a smaller error than all that are listed before them."""
    before = torch.cat([torch.full((1,), torch.inf), error.cummin(0).values[:-1]])
    return error <= before if ties else error < before


def judge_own(answer) -> str | None:
    """Say what is wrong with true answers of one's own and a measure of whole."""
    if (not isinstance(answer, tuple | list) or len(answer) != 2
            or not isinstance(answer[0], Tensor) or not callable(answer[1])):
        return PAIR
    y, whole = answer
    if y.ndim != 4 or y.shape[1] != 1 or len(y) < 64:
        return SHAPE.format(tuple(y.shape))
    if not (y.amin() >= 0 and y.amax() <= 1):
        return RANGE
    if (y == y[:1]).all():
        return ALIKE
    with seeded(0):
        mixed = y.gather(0, torch.randint(len(y), y.shape))
    true, false, empty = (as_fractions(attempt(whole, some.clone()), len(some))
                          for some in (y, mixed, torch.zeros_like(y[:8])))
    if true is None or false is None or empty is None:
        return ONE_EACH.format(len(y))
    if false > 0.5 > true:
        return INVERTED.format(f"{true:.0%}", f"{false:.0%}")
    if true < 0.95:
        return STRICT.format(f"{true:.0%}")
    if false > 0.5:
        return LENIENT.format(f"{false:.0%}")
    return EMPTY if empty > 0 and (y.flatten(1).amax(1) > 0).all() else None


def as_fractions(verdicts, count: int) -> float | None:
    """Return the fraction of True, or None if there is not one verdict for each."""
    verdicts = torch.as_tensor(verdicts)
    if verdicts.numel() != count or verdicts.ndim != 1:
        return None
    return (verdicts != 0).float().mean().item()


def bars(n: int = 64, size: int = 12) -> Tensor:
    """Return pictures with one level bar each, (n, 1, size, size) of 0 and 1."""
    with seeded(0):
        row, left = torch.randint(size, (2, n, 1, 1))
        length = 3 + torch.randint(5, (n, 1, 1))
    down, across = torch.arange(size)[:, None], torch.arange(size)
    left = left.clamp(max=size - 7)
    return ((down == row) & (across >= left) & (across < left + length))[:, None] * 1.0


def one_bar(y: Tensor) -> Tensor:
    """Return whether each picture has one row with one run of ones, (n,) of bool."""
    filled, begins = y[:, 0] > 0, y[:, 0].diff(dim=-1, prepend=0 * y[:, 0, :, :1]) > 0
    return (filled.any(-1).sum(-1) == 1) & (begins.sum((-2, -1)) == 1)


PAIR = ("Hand in two things, in this order: (y, whole), a tensor of your true answers "
        "and the function itself, its name without (...).")
SHAPE = ("y has the shape {}; give at least 64 answers, of shape (answers, 1, height, "
         "width).")
RANGE = "y is not within 0 and 1: divide your symbols 0 … k - 1 by k - 1."
ALIKE = "All your answers are the same. Where nothing is left open, nothing is drawn."
ONE_EACH = ("whole(y) has to return one True or False for each of the {0} answers, in "
            "the shape ({0},).")
INVERTED = ("whole accepts {} of your true answers and {} of the mixed ones: it says "
            "True where it should say False.")
STRICT = "whole accepts only {} of your true answers. What is true must count as whole."
EMPTY = "whole accepts an empty picture, all 0, which is none of your answers."
LENIENT = ("whole accepts {} of the answers whose numbers are mixed from all of yours. "
           "Ask for something that connects numbers: a shape, a count, an order.")

LIT = torch.zeros(2, 2, 2)
LIT[1, 1, 0], LIT[1, 0, 1], LIT[0, 1, 1] = 0.36, 0.33, 0.31
FOUR = torch.tensor([[0.30, 0.25], [0.05, 0.40]])
BOXES = [Case(torch.tensor([0.0, 0, 4, 4]), torch.tensor([2.0, 2, 6, 6])),
         Case(torch.tensor([0.0, 0, 2, 2]), torch.tensor([5.0, 5, 8, 9])),
         Case(torch.tensor([0.0, 0, 4, 2]), torch.tensor([1.0, 5, 3, 8])),
         Case(torch.tensor([1.0, 3, 6, 7]), torch.tensor([2.0, 1, 5, 9])),
         Case(torch.tensor([0.0, 0, 6, 8]), torch.tensor([2.0, 4, 8, 7]))]
CORNER = torch.tensor([0.0, 0, 1, 1])                  # bottom and right
PRODUCT = "An area is the product of both sides, height times width."
NO_AREA = (torch.sum, lambda sides: sides[0], lambda sides: sides[1])
OVER_UNION = combined(
    lambda both, whole: lambda one, other: (
        both(one, other) / whole(both(one, other), one, other)),
    mistakes(                      # the intersection
        ("", common),
        ("Two boxes that are apart have nothing in common, but two negative sides have "
         "a positive product; clamp the sides at 0 first.",
         lambda one, other: shared(one, other).prod()),
        ("You clamp the product, and two negative sides have a positive one; clamp "
         "each side at 0.", lambda one, other: shared(one, other).prod().clamp(min=0)),
        (PRODUCT, *(lambda one, other, by=by: by(shared(one, other).clamp(min=0))
                    for by in NO_AREA)),
        ("What both cover begins at the larger top and left, and ends at the smaller "
         "bottom and right: minimum and maximum are exchanged.", around)),
    mistakes(                      # what it is divided by
        ("", union),
        ("The sum of both areas counts what they share twice; take it away once.",
         lambda both, one, other: area(one) + area(other)),
        ("You took away twice what they share: that leaves what exactly one of them "
         "covers. Once is enough.",
         lambda both, one, other: area(one) + area(other) - 2 * both),
        ("You divided by the area of the first box alone; then a small box inside a "
         "large one has 1.", lambda both, one, other: area(one)),
        ("You divided by the area of the second box alone; divide by the union.",
         lambda both, one, other: area(other)),
        ("You divided by the smaller area; then a small box inside a large one has 1.",
         lambda both, one, other: min(area(one), area(other))),
        ("You divided by the larger area. The union is what at least one covers.",
         lambda both, one, other: max(area(one), area(other))),
        ("You divided by the box around both. The union has only what at least one of "
         "them covers.", lambda both, one, other: around(one, other)),
        ("That is the area that both cover. Divide it by the area of the union.",
         lambda both, one, other: 1)))
MODELS = [Case(torch.tensor([1.0, 2, 3, 4]), torch.tensor([0.5, 0.2, 0.3, 0.1])),
          Case(torch.tensor([1.0, 1, 2]), torch.tensor([0.4, 0.3, 0.3])),
          Case(torch.tensor([3.0, 1, 2]), torch.tensor([0.1, 0.5, 0.6])),
          Case(torch.tensor([1.0, 1, 2]), torch.tensor([0.3, 0.3, 0.1]))]
BOX_MISTAKES = OVER_UNION + mistakes(
    ("You divided the union by the intersection.",
     lambda one, other: 1 / overlap(one, other)),
    (PRODUCT, *(
        lambda one, other, by=by: by(shared(one, other).clamp(min=0)) / (
            by(one[2:] - one[:2]) + by(other[2:] - other[:2])
            - by(shared(one, other).clamp(min=0))) for by in NO_AREA)),
    ("That is the Dice coefficient, twice the intersection over the sum of both areas. "
     "Divide the intersection by the union.",
     lambda one, other: 2 * common(one, other) / (area(one) + area(other))),
    ("Parentheses are missing: / comes before + and -, so only the first area is below "
     "the line.", lambda one, other: common(one, other) / area(one) + area(other)
     - common(one, other)),
    ("That is the union. It belongs below the line, and the intersection above.",
     lambda one, other: union(common(one, other), one, other)),
    ("You count one pixel more per side. Bottom and right lie just outside, so the "
     "height is bottom - top.",
     lambda one, other: overlap(one + CORNER, other + CORNER)),
    ("You took the last two numbers for height and width. They are bottom and right.",
     lambda one, other: overlap(one + CORNER * one.roll(2),
                                other + CORNER * other.roll(2))),
    ("The order of the four numbers is top, left, bottom, right: the height is number "
     "2 minus number 0.",
     lambda one, other: overlap(one[[0, 2, 1, 3]], other[[0, 2, 1, 3]])),
    ("Heights and widths are mixed up: the height is bottom - top, numbers 2 and 0, "
     "and the width right - left, numbers 3 and 1.", crossed))
MODEL_MISTAKES = mistakes(
    ("You kept only the quickest and the most accurate. What lies between, slower but "
     "better than the quickest, is worth choosing too. It must be one and the same "
     "other model that is quicker and better.",
     lambda seconds, error: ((seconds == seconds.min())
                             | (error == error.min()))),
    ("You kept only what is best in both. A model that is better in one number and "
     "worse in the other does not beat.",
     lambda seconds, error: ((seconds == seconds.min())
                             & (error == error.min()))),
    ("You weigh seconds against errors, and keep the least. Beaten means as good in "
     "both numbers, each by itself, so several may be left.",
     *(lambda seconds, error, of=of: of(seconds, error) == of(
         seconds, error).min() for of in (torch.add, torch.mul))),
    ("You compare with a mean or a median of all, and not with each other model.", *(
         lambda seconds, error, of=of, by=by: by(seconds <= of(seconds),
                                                 error <= of(error))
         for of in (torch.mean, torch.median)
         for by in (torch.logical_and, torch.logical_or))),
    ("You call every model beaten. Is each compared with itself? It is as good as "
     "itself; to beat, one comparison must be strict.",
     lambda seconds, error: seconds > torch.inf),
    ("You call no model beaten. One other model is enough to beat: any, not all.",
     lambda seconds, error: seconds < torch.inf),
    ("With equal seconds, a smaller error is enough to beat.",
     strict_in_the_first),
    ("With equal errors, fewer seconds are enough to beat.",
     lambda seconds, error: strict_in_the_first(error, seconds)),
    ("Among models with equal seconds you go by their order. Only those with the "
     "smallest error are not beaten, and equal ones do not beat each other.",
     sorted_running, lambda *all: sorted_running(*all, ties=True)),
    ("You answer in the order of seconds. Return the models in the order in which they "
     "were given.", *(
         lambda *all, ties=ties: sorted_running(*all, back=False, ties=ties)
         for ties in (False, True))),
    ("That is the table of who beats whom. Has a row any True? Then its model is "
     "beaten.", beats),
    ("You asked for a model that is better in both. As good in one and better in the "
     "other is enough to beat.", better_in_both),
    ("Two models with the same seconds and the same error do not beat each other: one "
     "of the two comparisons must be strict.", as_good),
    ("You keep what is better than all before it in the list. The list is not sorted "
     "by seconds: compare with all models.", running,
     lambda *all: running(*all, ties=True)),
    ("Those are the numbers of the right models. Return True or False for each.",
     lambda *all: unbeaten(*all).nonzero()[:, 0]),
    ("Those are the models that beat no other one. Small is better here; and if row i "
     "is the model and column j another, ask any(1), not any(0).",
     lambda seconds, error: unbeaten(-seconds, -error)),
    ("Those are the models that beat another one. Return those that none beats.",
     lambda seconds, error: beats(seconds, error).any(0)),
    ("Fewer seconds are better: the comparison of seconds is turned round.",
     lambda seconds, error: unbeaten(-seconds, error)),
    ("A small error is better: the comparison of errors is turned round.",
     lambda seconds, error: unbeaten(seconds, -error)))

EXERCISES = [
    # Return the most probable house as a whole.
    Exercise(
        "11.1", most_probable,
        "The largest entry of the table of all answers. The table has 2 to the number "
        "of windows entries: nobody could hold it for a picture, which is why models "
        "search, or draw.",
        ["Each entry of chances is the chance of one whole house. Which one do you "
         "want, and where in the table is it?",
         "chances.argmax() counts along the flattened tensor. How does one get back "
         "from that count to one index for each window?",
         "torch.unravel_index(chances.argmax(), chances.shape)"],
        [(by_itself, "You took the most probable state of each window by itself; "
                      "together they may be a house that cannot be. Look for the "
                      "largest entry of the whole table."),
         (greedily, "You chose one window first, and then each other one given those "
                    "before. The likeliest first step need not lead to the likeliest "
                    "whole."),
         (lambda chances: chances.argmax(),
          "That is the place of the right entry in the flattened table; "
          "torch.unravel_index turns it into a 0 or 1 for each window."),
         (lambda chances: chances.max(),
          "That is the chance of the most probable house. Which house is it?"),
         (lambda chances: chances.argmax(0),
          "argmax over one dimension chooses for one window alone, for each state of "
          "the others. Without a dimension it looks through the whole table."),
         (lambda chances: chances == chances.max(),
          "That marks the right entry in the table. Its place there, one index for "
          "each window, is the answer."),
         (lambda chances: most_probable(-chances),
          "That is the least probable house."),
         (lambda chances: by_itself(chances, lambda both: both[1]),
          "Those are chances, and of each window by itself. Return 0 or 1 for each "
          "window of the most probable house.")],
        [Case(LIT), Case(FOUR), Case(FOUR.flip(0)), Case(FOUR.T)]),
    # Return the overlap of two boxes.
    Exercise(
        "11.2", overlap,
        "Intersection over union, the measure of most detectors. It is 0 for all boxes "
        "that are apart, however far: as a loss it would say nothing there.",
        ["Where does the box that both cover begin, and where does it end?",
         "It begins at the larger top and the larger left, and may end before it "
         "begins. The union is both areas, of which something is counted twice.",
         "sides = torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], "
         "other[:2]), both = sides.clamp(min=0).prod(), and the union is the sum of "
         "both areas minus both."],
        BOX_MISTAKES, BOXES),
    # Return which models are not beaten by another one.
    Exercise(
        "11.3", unbeaten,
        "The first, the second and the fourth: the third is beaten by the second. From "
        "these one chooses, by how much time there is.",
        ["Compare all pairs: seconds[None] <= seconds[:, None] is (models, models).",
         "Beaten means as good in both, and better in one of them, by one and the same "
         "other model. Which comparisons must be strict?",
         "~(as_good & better).any(1), with as_good two <= joined by & and better two < "
         "joined by |."],
        MODEL_MISTAKES, MODELS),
    # True answers of one's own, and what tells them from mixed numbers.
    Exercise(
        "11.4", (bars(), one_bar),
        "Your measure accepts what is true and sees through place alone. It is half of "
        "an evaluation; nearness to the truth for this x is the other half.",
        ["Which numbers of your y depend on each other? A measure of whole has to look "
         "at several of them together.",
         "For bars: how many rows hold something, and how often does a 1 begin? For "
         "digits: how many connected pieces are there?",
         "y[:, 0].diff(dim=-1) > 0 marks where a run of ones begins; one bar has one "
         "such place, and one row that is not empty."],
        [((bars(), lambda y: one_bar(y) & (y.mean((1, 2, 3)) > 0.1)),
          STRICT.format("0%")),
         ((bars(), lambda y: y.sum((1, 2, 3)) >= 0), LENIENT.format("100%"))],
        judge=judge_own),
]
