"""Exercises of lesson 10: the loss of a cycle, maps that a critic accepts, a wrong pair
of translators without any loss, and a message that nobody sees."""

from itertools import product

import torch
from torch import Tensor

from course_lib.contract import seeded
from course_lib.teaching.exercises.core import Case, Exercise, attempt


def cycle_loss(x: Tensor, y: Tensor, f, g) -> Tensor:
    """Return |g(f(x)) - x| + |f(g(y)) - y|, each the mean over all numbers."""
    return (g(f(x)) - x).abs().mean() + (f(g(y)) - y).abs().mean()


def count_maps(p: Tensor, q: Tensor, told: dict[int, int]) -> int:
    """Return how many maps of words with frequencies p give frequencies q, and agree
    with what is told."""
    count = 0
    for to in product(range(len(q)), repeat=len(p)):
        made = torch.zeros(len(q)).index_add(0, torch.tensor(to), p)
        agrees = all(to[word] == answer for word, answer in told.items())
        count += agrees and torch.allclose(made, q)
    return count


def wrong_and_closed(right: Tensor) -> tuple[Tensor, Tensor]:
    """Return other translators there and back than the right ones, without a loss."""
    forth = right.roll(1)
    return forth, forth.argsort()


STEP = 0.01                        # in which lightness is rounded below


def hide(lightness: Tensor, pink: Tensor) -> Tensor:
    """Return lightness that holds one bit: whole hundredths, and a bit above them."""
    return (lightness / STEP).round() * STEP + 0.3 * STEP * pink


def read(hidden: Tensor) -> Tensor:
    """Return the bit: whether the lightness is above a whole hundredth."""
    return (hidden / STEP - (hidden / STEP).round() > 0.15).to(hidden.dtype)


class Times:
    """A translator of one number: times a factor, plus a shift."""

    def __init__(self, factor: float, shift: float = 0.0):
        self.factor, self.shift = factor, shift

    def __call__(self, value: Tensor) -> Tensor:
        return self.factor * value + self.shift

    def __repr__(self) -> str:
        return f"Times({self.factor:g}, {self.shift:g})"


def judge_wrong(answer) -> str | None:
    """Say what is wrong with translators that should be wrong without being noticed."""
    for right in TABLES:
        pair = attempt(answer, right.clone())
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return TWO
        forth, back = (torch.as_tensor(part) for part in pair)
        words = torch.arange(len(right))
        if forth.shape != right.shape or back.shape != right.shape:
            return TWO
        if not torch.equal(forth.sort().values, words):
            return UNUSUAL
        if (forth == right).any():
            return PARTLY_RIGHT
        if not torch.equal(back[forth], words):
            return OPEN
    return None


def judge_message(answer) -> str | None:
    """Say what is wrong with two functions that should hide a dye, and read it."""
    if (not isinstance(answer, tuple | list) or len(answer) != 2
            or not all(map(callable, answer))):
        return "Hand in both functions: exercises.check(\"10.4\", (hide, read))."
    hiding, reading = answer
    with seeded(0):
        lightness, pink = 0.5 + 0.3 * torch.rand(64), (torch.rand(64) < 0.5).float()
    hidden = attempt(hiding, lightness.clone(), pink.clone())
    found = attempt(reading, hidden.clone())
    if hidden.shape != lightness.shape or found.shape != pink.shape:
        return "hide and read return one number for each one given."
    if not torch.equal(found.to(pink.dtype), pink):
        right = (found.to(pink.dtype) == pink).float().mean()
        return UNREADABLE.format(f"{right:.0%}")
    if not (hidden - lightness).abs().max() <= STEP:           # NaN is no lightness
        return VISIBLE
    return None


TWO = ("Return two tensors of whole numbers, forth and back: forth[i] is the y that "
       "word i of x becomes, back[j] the x that word j of y becomes.")
UNUSUAL = ("The critic notices: each y is equally frequent, so each must be made of "
           "exactly one x.")
PARTLY_RIGHT = "At least one word is translated rightly. All of them shall be wrong."
OPEN = ("The cycle does not close: back[forth[i]] must be i for every word. Where "
        "forth is a permutation, back is its inverse, forth.argsort().")
UNREADABLE = ("Of the dyes that read() finds, {} are right. It sees nothing but what "
              "hide() returns.")
VISIBLE = ("The lightness changed by more than 0.01, which would be seen. The message "
           "must be smaller than that.")

TABLES = [torch.arange(4), torch.tensor([2, 0, 1]), torch.tensor([4, 1, 0, 2, 3])]
CYCLES = [
    Case(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 6.0]), Times(3.0), Times(0.5)),
    Case(torch.tensor([1.0, -1.0]), torch.tensor([4.0]), Times(2.0, 1.0), Times(3.0)),
    Case(torch.tensor([5.0]), torch.tensor([2.0, 0.0]), Times(2.0), Times(0.5))]
HEAPS = [
    Case(torch.tensor([0.25, 0.25, 0.5]), torch.tensor([0.5, 0.5]), {}),
    Case(torch.full((4,), 0.25), torch.full((4,), 0.25), {0: 2}),
    Case(torch.full((4,), 0.25), torch.full((4,), 0.25), {0: 2, 1: 0}),
    Case(torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.2, 0.1, 0.7]), {}),
    Case(torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1]), {})]

EXERCISES = [
    # x and y are unpaired, f translates x to y and g translates y to x. Return the
    # cycle loss of both sides, each the mean absolute difference over all numbers.
    Exercise(
        "10.1", cycle_loss,
        "Neither half needs to know which x belongs to which y: every picture is "
        "compared with itself.",
        ["Walk there and back: g(f(x)) lies on the side of x again.",
         "Compare it with the x that you started from, (g(f(x)) - x).abs().mean(), and "
         "do the same for y.",
         "(g(f(x)) - x).abs().mean() + (f(g(y)) - y).abs().mean()"],
        [(lambda x, y, f, g: (g(f(x)) - x).abs().mean(),
          "That is half of it. Without the other walk nothing asks that every y can be "
          "reached."),
         (lambda x, y, f, g: ((g(f(x)) - x).square().mean()
                              + (f(g(y)) - y).square().mean()),
          "That is squared. DiscoGAN does so; here the difference is absolute, as in "
          "CycleGAN."),
         (lambda x, y, f, g: ((g(f(x)) - x).abs().sum() + (f(g(y)) - y).abs().sum()),
          "That is the sum over all numbers, the norm as the book writes it. Here it "
          "is the mean, so that the size of a picture does not matter."),
         (lambda x, y, f, g: ((f(g(x)) - x).abs().mean() + (g(f(y)) - y).abs().mean()),
          "The order is turned round: f takes an x, so it comes first on the walk that "
          "begins with x.")],
        CYCLES),
    # p holds how often each word of one language occurs, q the same of the other. told
    # is a dict of the translations that are known. Count the maps (one y for each x,
    # two x may share one) that agree with it and whose output has exactly the
    # frequencies q.
    Exercise(
        "10.2", count_maps,
        "Exactly these a perfect critic accepts. Each pair that is told leaves a part "
        "of them, and a few leave one.",
        ["itertools.product(range(len(q)), repeat=len(p)) lists every map: for each x "
         "the number of its y.",
         "Add up what each y receives, made[to[word]] += p[word], beginning with made "
         "= torch.zeros(len(q)), and compare: torch.allclose(made, q).",
         "A map agrees if all(to[word] == answer for word, answer in told.items())."],
        [(lambda p, q, told: count_maps(p, q, {}),
          "That forgets what is told. Drop the maps that translate a told word "
          "otherwise."),
         (lambda p, q, told: sum(
              all(to[word] == answer for word, answer in told.items())
              for to in product(range(len(q)), repeat=len(p))),
          "That counts all maps that agree with what is told. Count those whose output "
          "occurs as often as q says."),
         (lambda p, q, told: sum(
              len(set(to)) == len(p)
              and all(to[word] == answer for word, answer in told.items())
              for to in product(range(len(q)), repeat=len(p))),
          "That counts the maps that are one to one. Many to one is allowed, and the "
          "frequencies must agree.")],
        HEAPS),
    # All words are equally frequent, and right[i] is the true y of word i of x. Return
    # (forth, back): translators as tables like right, with which both critics are
    # content, both cycles close, and every single word is wrong.
    Exercise(
        "10.3", wrong_and_closed,
        "The whole loss is as low as that of the truth. Only a pair, or a frequency "
        "that differs, would tell.",
        ["Begin with right and deal its entries to other words.",
         "right.roll(1) gives every word the answer of its neighbour.",
         "The way back is the inverse of that permutation: forth.argsort()."],
        [(lambda right: (right, right.argsort()), PARTLY_RIGHT),
         (lambda right: (right.roll(1), right.argsort()), OPEN),
         (lambda right: (torch.zeros_like(right), torch.zeros_like(right)), UNUSUAL),
         (lambda right: right.roll(1), TWO)],
        [Case(table) for table in TABLES], judge=judge_wrong),
    # Be the translator that must not forget. hide(lightness, pink) gets lightness, (n,)
    # from 0.5 to 0.8, and the dye of each, 1.0 for pink and 0.0 for teal. It returns
    # lightness that differs by at most 0.01 and from which read(hidden), which sees
    # nothing else, returns every dye.
    Exercise(
        "10.4", (hide, read),
        "A rounding nobody sees, and the cycle closes. Noise of a hundredth would wipe "
        "it out.",
        ["Make room first: round the lightness to whole hundredths.",
         "Then write into the room: add 0.003 for pink, and nothing for teal.",
         "read: steps = hidden / 0.01; return (steps - steps.round() > 0.15).float()"],
        [((lambda lightness, pink: lightness + 0.1 * pink,
           lambda hidden: (hidden > 0.65).float()),
          UNREADABLE.format("75%")),
         ((lambda lightness, pink: torch.where(pink > 0, 0.9, 0.3),
           lambda hidden: (hidden > 0.6).float()),
          VISIBLE),
         ((hide,), "Hand in both functions: exercises.check(\"10.4\", (hide, read)).")],
        judge=judge_message),
]
