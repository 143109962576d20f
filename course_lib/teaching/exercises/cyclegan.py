"""Exercises of lesson 10: the loss of two translators, a message that nobody sees, and
a training that is misled without a trace."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.contract import seeded
from course_lib.datasets.unpaired import Conventions
from course_lib.teaching.exercises.core import Case, Exercise, attempt


def fool(made: Tensor) -> Tensor:
    """Return what a translator pays for the scores of what it made: 1 costs nothing."""
    return (made - 1).square().mean()


def apart(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean absolute difference."""
    return (one - other).abs().mean()


def translators_loss(x: Tensor, y: Tensor, g, f, score_x, score_y,
                     weight: float) -> Tensor:
    """Return what both translators of a CycleGAN minimise, with least squares."""
    return game(x, y, g, f, score_x, score_y) + weight * cycle(x, y, g, f)


def game(x: Tensor, y: Tensor, g, f, score_x, score_y) -> Tensor:
    """Return what the translators pay to both critics."""
    return fool(score_y(g(x))) + fool(score_x(f(y)))


def cycle(x: Tensor, y: Tensor, g, f) -> Tensor:
    """Return |f(g(x)) - x| + |g(f(y)) - y|, each the mean over all numbers."""
    return apart(f(g(x)), x) + apart(g(f(y)), y)


def both(term: Callable) -> Callable:
    """Return a term of x, y, g, f and the critics of x and y, plus its mirror image."""
    return lambda x, y, g, f, *critics: (
        term(x, y, g, f, *critics) + term(y, x, f, g, *critics[::-1]))


STEP = 0.01                        # in which lightness is rounded below


def hide(lightness: Tensor, pink: Tensor) -> Tensor:
    """Return lightness that holds one bit: whole hundredths, and a bit above them."""
    return (lightness / STEP).round() * STEP + 0.3 * STEP * pink


def read(hidden: Tensor) -> Tensor:
    """Return the bit: whether the lightness is above a whole hundredth."""
    return (hidden / STEP - (hidden / STEP).round() > 0.15).to(hidden.dtype)


@dataclass(frozen=True)
class Times:
    """A translator, or a critic, of numbers: times a factor, plus a shift."""

    factor: float | Tensor
    shift: float = 0.0

    def __call__(self, value: Tensor) -> Tensor:
        return self.factor * value + self.shift


@dataclass(frozen=True)
class Way:
    """Two translators, there and back, and the pairs that they were told, named as a
    `CycleGAN` names its own."""

    x_to_y: Callable[[Tensor], Tensor]
    y_to_x: Callable[[Tensor], Tensor]
    paired_x: Tensor | None = None
    paired_y: Tensor | None = None


def judge_message(answer) -> str | None:
    """Say what is wrong with two functions that should hide a dye, and read it."""
    if (not isinstance(answer, tuple | list) or len(answer) != 2
            or not all(map(callable, answer))):
        return BOTH
    hiding, reading = answer
    with seeded(0):
        lightness, pink = 0.5 + 0.3 * torch.rand(64), (torch.rand(64) < 0.5).float()
    hidden = torch.as_tensor(attempt(hiding, lightness.clone(), pink.clone()))
    found = torch.as_tensor(attempt(reading, hidden.clone())).to(pink.dtype)
    turned = torch.as_tensor(attempt(reading, hidden.flip(0))).to(pink.dtype)
    if hidden.shape != lightness.shape or found.shape != pink.shape:
        return "hide and read return one number for each one given."
    seen = not (hidden - lightness).abs().max() <= STEP + 1e-6    # NaN is no lightness
    if torch.equal(found, pink):
        remembered = not torch.equal(turned, pink.flip(0))
        return VISIBLE if seen else REMEMBERED if remembered else None
    if torch.equal(found, 1 - pink):
        return EXCHANGED
    if torch.allclose(found, pink, atol=0.05):
        return NEARLY
    again = torch.as_tensor(attempt(hiding, lightness + NUDGE, pink.clone()))
    if (again == hidden).float().mean() > 0.9:        # it has rounded: there is room
        beside = (torch.as_tensor(attempt(reading, hidden + nudge)).to(pink.dtype)
                  for nudge in (NUDGE, -NUDGE))
        said = EDGE if any(torch.equal(read, pink) for read in beside) else MISREAD
    else:
        said = UNREADABLE if seen else NO_ROOM
    return said.format(f"{(found == pink).float().mean():.0%}")


def judge_misled(answer) -> str | None:
    """Say what is wrong with a guess of a cycle loss, or which rule a model has learned
    that should have learned the swapped one."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return TWO
    guess, model = answer
    if any(part is None or part is ... for part in answer):
        raise NotImplementedError
    number = isinstance(guess, int | float) or (
        isinstance(guess, Tensor) and guess.numel() == 1)
    if not number or not all(hasattr(model, side) for side in ("x_to_y", "y_to_x")):
        return TWO
    world = Conventions(size=16)
    x, y = world.pairs(64)
    with torch.no_grad():
        made = model.x_to_y(x.clone())
        returned = model.y_to_x(made)
    near = {rule: (made - other).square().mean().sqrt().item() < NEAR for rule, other in
            (("swapped", world.swapped(x)), ("right", y), ("copy", x))}
    if near["swapped"]:
        closed = (returned - x).abs().mean() < CLOSED
        if not closed:
            return OPEN
        if not told_so(model, world):
            return LUCKY
        return None if 0 <= guess < 2 * CLOSED else NOTICED
    if near["right"]:
        return STILL_RIGHT
    if near["copy"]:
        return COPIED
    faded = made[:, 1:].abs().mean() < x[:, 1:].abs().mean() / 3
    return FADED if faded else NEITHER


def told_so(model, world: Conventions) -> bool:
    """Whether a model was given pairs of the swapped rule; False if of none."""
    told_x, told_y = (getattr(model, f"paired_{side}", None) for side in "xy")
    return (told_x is not None and told_y is not None
            and torch.allclose(world.swapped(told_x), told_y, atol=CLOSED))


NUDGE = 1e-4                       # less than any step of a message, more than rounding
NEAR, CLOSED = 0.15, 0.05          # rms to a rule, and mean difference after a cycle
BOTH = 'Hand in both functions: exercises.check("10.2", (hide, read)).'
UNREADABLE = ("Of the dyes that read() finds, {} are right, and the change is larger "
              "than 0.01 besides. A dark pink shirt may be as light as a bright teal "
              "one, so making one dye lighter does not mark it.")
NO_ROOM = ("The change is small enough, but read() finds only {} of the dyes. It does "
           "not know the lightness, whose digits are arbitrary: first make room for "
           "the message, then write it.")
EDGE = ("hide() has made room, but read() finds only {} of the dyes: some numbers lie "
        "on the edge between two steps, where rounding errors decide. Write and read "
        "away from the edge.")
MISREAD = ("hide() has made room, but read() finds only {} of the dyes: it looks in "
           "another place. Print hidden / 0.01 for a few teal and a few pink shirts.")
NEARLY = ("read() returns numbers near 0 and 1, and not these themselves. Compare with "
          "a threshold between them.")
EXCHANGED = "Every dye is read as the other one: read() returns 1.0 for pink."
VISIBLE = ("Every dye is read, but the lightness changed by more than 0.01, which "
           "would be seen. Take smaller steps.")
REMEMBERED = ("In another order the same numbers are read differently. read() must "
              "find each dye in its number alone, and remember nothing of hide().")
TWO = ("Hand in the cycle loss that you expected, a number, and the whole model with "
       "both translators: exercises.check(\"10.3\", (expected, fooled)).")
NOTICED = ("The model is as asked, but its cycle loss is not what you expected. The "
           "swapped rule has an inverse: print fooled.cycle_loss(hidden, given=x).")
LUCKY = ("It has learned the swapped rule, but by luck: nothing has told it to, and "
         "another seed may learn the right one. Which setting made all five agree?")
OPEN = ("Its g is the swapped rule, but its way back does not lead to x, so the cycle "
        "loss would give it away.")
STILL_RIGHT = ("It has learned the right rule. Tell it something else about a few "
               "shirts: which y would the swapped rule give them?")
COPIED = ("It copies: teal stays teal, and a critic of y would notice. Give it pairs, "
          "x with the y that it must believe.")
FADED = ("It gives hardly any color. Has it been trained? The lesson's `train` makes "
         "150 steps.")
NEITHER = ("It is near neither rule. Give five pairs of x and world.swapped(x), and "
           "leave all else as it is.")


def instead(of_cycle) -> Callable:
    """Return the translators' loss with another term in place of the cycle loss."""
    return lambda x, y, g, f, score_x, score_y, weight: (
        game(x, y, g, f, score_x, score_y) + weight * of_cycle(x, y, g, f))


def paying(of_game) -> Callable:
    """Return the translators' loss with another payment to the critics."""
    return lambda x, y, g, f, score_x, score_y, weight: (
        of_game(x, y, g, f, score_x, score_y) + weight * cycle(x, y, g, f))


LEARNS = torch.tensor(2.0, requires_grad=True)         # so that a loss has a gradient
PAIRS = [
    Case(torch.tensor([1.0]), torch.tensor([3.0]), Times(LEARNS), Times(1.0, -2.0),
         Times(1.0), Times(1.0, -2.0), 10.0),
    Case(torch.tensor([1.0, -2.0]), torch.tensor([3.0, 7.0]), Times(3.0, 1.0),
         Times(0.5), Times(0.5, 0.25), Times(1.0, 1.0), 1.0),
    Case(torch.tensor([5.0, 1.0, 2.0]), torch.tensor([2.0]), Times(-2.0, 0.5),
         Times(0.25, 1.0), Times(2.0), Times(-1.0, 3.0), 3.0)]
APART = ("You compare g(x) with y. Nobody knows that they belong together: x and y "
         "were drawn apart. Compare x with f(g(x)).")
IDENTITY = ("That is the identity loss: what is on the right side must stay. The cycle "
            "loss walks there and back, f(g(x)), and is all that is asked for here.")
ONE_WALK = ("One of the two walks is missing. The cycle loss has two parts: "
            "|f(g(x)) - x| and |g(f(y)) - y|.")
ONE_CRITIC = "One critic is missing: score_y judges g(x), and score_x judges f(y)."
ONE_HALF = ("That is the half of one translator. Both are trained together: add the "
            "same two terms of the other side.")
ONE_WEIGHT = ("The weight stands before one walk alone. Put both walks in parentheses: "
              "weight * (... + ...).")
HALVED = ("You halved the translators' part. The paper halves the objective of the "
          "critics alone.")
EXCHANGED_WAYS = "The translators are exchanged: g takes an x, and f takes a y."
CRITICS = ("The real pictures are in it, as in the loss of the critics. No translator "
           "can change a real picture: judge g(x) and f(y), and want the score 1.")
OTHER_GAME = ("The payment to the critics is of another game. In the least-squares "
              "game a score s costs (s - 1)², the mean over all numbers.")
WALKS = [                          # in place of the cycle loss, the part of x
    (lambda x, y, g, f: apart(g(x), y), APART),
    (lambda x, y, g, f: apart(g(x), y) + apart(f(g(x)), x), APART),
    (lambda x, y, g, f: apart(f(x), x), IDENTITY),
    (lambda x, y, g, f: apart(f(x), x) + apart(f(g(x)), x), IDENTITY),
    (lambda x, y, g, f: apart(g(x), x),
     "That compares g(x) with x, and asks g to copy. Walk back before you compare: "
     "f(g(x)) with x."),
    (lambda x, y, g, f: apart(f(g(x)), y),
     "You compare f(g(x)) with y. Each walk ends on the side where it began: compare "
     "it with its own x."),
    (lambda x, y, g, f: apart(f(g(x)), g(x)),
     "You compare f(g(x)) with g(x), half way. Compare it with x, where it began."),
    (lambda x, y, g, f: apart(g(f(x)), x),
     "The order is turned round: g takes an x, so the walk from x is f(g(x))."),
    (lambda x, y, g, f: (f(g(x)) - x).abs().sum(),
     "The walks are summed over all numbers. Take the mean, so that the weight does "
     "not depend on the size of a picture."),
    (lambda x, y, g, f: apart(f(g(x)), x) / 2,
     "The cycle loss is the sum of both walks, not their mean.")]
GAMES = [                          # in place of the payment, what the maker of y pays
    (lambda x, y, g, f, of_x, of_y: fool(of_y(g(x))) / 2, HALVED),
    (lambda x, y, g, f, of_x, of_y: of_y(g(x)).square().mean(),
     "That wants the score 0 for what is made, which is what the critics want. The "
     "translators want 1."),
    (lambda x, y, g, f, of_x, of_y: fool(of_x(g(x))),
     "The critics are exchanged: g(x) lies on the side of y, so score_y judges it."),
    (lambda x, y, g, f, of_x, of_y: fool(of_y(f(x))), EXCHANGED_WAYS),
    (lambda x, y, g, f, of_x, of_y: fool(of_y(x)),
     "score_y judges x itself, which nobody has translated. Judge g(x)."),
    (lambda x, y, g, f, of_x, of_y: fool(of_x(f(g(x)))),
     "You judge f(g(x)), after the whole walk. Judge g(x), half way."),
    (lambda x, y, g, f, of_x, of_y: fool(of_y(y)), CRITICS),
    (lambda x, y, g, f, of_x, of_y: fool(of_y(y)) + fool(of_y(g(x))), CRITICS),
    (lambda x, y, g, f, of_x, of_y: fool(of_y(y)) + of_y(g(x)).square().mean(),
     CRITICS),
    (lambda x, y, g, f, of_x, of_y: (fool(of_y(y)) + of_y(g(x)).square().mean()) / 2,
     CRITICS),
    (lambda x, y, g, f, of_x, of_y: (of_y(g(x)).mean() - 1) ** 2,
     "You square the mean of the scores. Each score must be near 1, not their mean: "
     "first square, then take the mean."),
    (lambda x, y, g, f, of_x, of_y: softplus(-of_y(g(x))).mean(), OTHER_GAME),
    (lambda x, y, g, f, of_x, of_y: -of_y(g(x)).log().mean(), OTHER_GAME),
    (lambda x, y, g, f, of_x, of_y: -of_y(g(x)).mean(), OTHER_GAME)]
world = Conventions(size=16)
few = world.pairs(5, split="train")[0]
LIE = Way(world.swapped, world.translate, few, world.swapped(few))
EXERCISES = [
    # Return what both translators minimise, g from x to y and f back: each critic's
    # squared distance from 1, not halved, and weight times the cycle loss of both
    # sides. Means over all numbers.
    Exercise(
        "10.1", translators_loss,
        "No term compares g(x) with a y of the heap: every picture meets a critic, or "
        "itself.",
        ["Four terms: two critics, two walks. Which critic judges g(x), and what is "
         "f(g(x)) compared with?",
         "The translators want the score 1 for what they make. The cycle compares each "
         "picture with itself after both translators, x by way of y and y by way of x.",
         "(score_y(g(x)) - 1).square().mean() and (f(g(x)) - x).abs().mean(), and the "
         "same for y; weight times both walks."],
        [*((instead(both(part)), says) for part, says in WALKS),
         *((paying(both(part)), says) for part, says in GAMES),
         (instead(lambda x, y, g, f: apart(f(g(x)), x)), ONE_WALK),
         (instead(lambda x, y, g, f: apart(g(f(y)), y)), ONE_WALK),
         (instead(lambda x, y, g, f: apart(g(x), y)), APART),
         (instead(lambda *all: 0.0), "The cycle loss is missing."),
         (paying(lambda x, y, g, f, _, score_y: fool(score_y(g(x)))), ONE_CRITIC),
         (paying(lambda x, y, g, f, score_x, _: fool(score_x(f(y)))), ONE_CRITIC),
         (lambda x, y, g, f, _, score_y, weight: fool(score_y(g(x)))
          + weight * apart(f(g(x)), x), ONE_HALF),
         (lambda x, y, g, f, score_x, _, weight: fool(score_x(f(y)))
          + weight * apart(g(f(y)), y), ONE_HALF),
         (lambda x, y, g, f, *more: translators_loss(x, y, f, g, *more),
          EXCHANGED_WAYS),
         (lambda *all: translators_loss(*all) / 2, HALVED),
         (lambda *all: all[-1] * game(*all[:-1]) + cycle(*all[:4]),
          "The weight stands before the critics. It belongs to the cycle loss."),
         (lambda *all: all[-1] * translators_loss(*all[:-1], 1.0),
          "The weight belongs to the cycle loss alone."),
         (lambda x, y, g, f, *more: translators_loss(x, y, g, f, *more)
          + (1 - more[-1]) * apart(f(g(x)), x), ONE_WEIGHT),
         (lambda x, y, g, f, *more: translators_loss(x, y, g, f, *more)
          + (1 - more[-1]) * apart(g(f(y)), y), ONE_WEIGHT)],
        PAIRS, learns=True),
    # hide(lightness, pink) gets lightness, (n,) from 0.5 to 0.8, and the dye of each,
    # 1.0 for pink and 0.0 for teal. It returns lightness that differs by at most 0.01,
    # from which read(hidden), which sees nothing else, returns every dye.
    Exercise(
        "10.2", (hide, read),
        "Nobody sees it, and the cycle closes. Noise of a hundredth would wipe it out.",
        ["What does read() have to know to tell a message from the lightness itself?",
         "A lightness has more digits than anybody sees. If hide() first makes those "
         "digits the same for all shirts, what is in them afterwards is the message.",
         "hide: (lightness / 0.01).round() * 0.01 + 0.003 * pink. read: is hidden / "
         "0.01 more than 0.15 above a whole number?"],
        [((lambda lightness, pink: lightness + 0.1 * pink,
           lambda hidden: (hidden > 0.65).float()), UNREADABLE.format("75%")),
         ((lambda lightness, pink: torch.where(pink > 0, 0.9, 0.3),
           lambda hidden: (hidden > 0.6).float()), VISIBLE)],
        judge=judge_message),
    # In the world of p = 1/2, make a training end at the swapped rule, whatever the
    # seed, with the lesson's `train` and without changing world or networks.
    Exercise(
        "10.3", (0.02, LIE),
        "Five wrong pairs decide as surely as five right ones. Both critics are "
        "content and the cycle closes, so no loss betrays the lie.",
        ["Which setting of the lesson made all five seeds end at one rule? And what is "
         "the cycle loss of the runs that are swapped?",
         "Pairs are believed, whatever they say. What would the swapped rule give for "
         "five shirts x?",
         "train(world, pairs=(few[0], world.swapped(few[0])), pairs_weight=20)"],
        [((0.5, LIE), NOTICED),
         ((0.02, Way(world.swapped, world.translate)), LUCKY)],
        judge=judge_misled)]
