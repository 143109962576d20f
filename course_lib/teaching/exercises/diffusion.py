"""Exercises of lesson 08: a bias foretold, a sampler, straight paths."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor, equal
from course_lib.teaching.exercises.core import Case, Exercise
from course_lib.teaching.exercises.tables import combined, mistakes


def cleaned(y: Tensor, named: Tensor, a_t: Tensor) -> Tensor:
    """Return the clean y that follows from the noise that was named."""
    return (y - (1 - a_t).sqrt() * named) / a_t.sqrt()


def jumped(y, clean: Tensor, named: Tensor, a_t, a_s: Tensor) -> Tensor:
    """Return y_s, with the noise that was named."""
    return a_s.sqrt() * clean + (1 - a_s).sqrt() * named


def sampled(name_noise, alpha_bar: Tensor, y: Tensor, jump=jumped, solve=cleaned,
            ask=lambda name, y, a_t, a_s: name(y, a_t)) -> Tensor:
    """Return the end of the deterministic path of a network that names the noise; a
    mistake replaces one of the three lines of a step."""
    for a_t, a_s in pairwise(alpha_bar):
        named = ask(name_noise, y, a_t, a_s)
        y = jump(y, solve(y, named, a_t), named, a_t, a_s)
    return y


def by(**lines):
    """Return a sampler with these lines in place of the right ones."""
    return lambda f, a, y: sampled(f, a, y, **lines)


def draw(velocity: Callable[[Tensor, float], Tensor], noise: Tensor,
         steps: int) -> Tensor:
    """Return the end of the path that begins in the noise, by Euler's steps."""
    return walk(velocity, noise, backward(steps), -1 / steps)


def walk(velocity, y: Tensor, times: list[float], step: float) -> Tensor:
    """Return where a walk ends that goes with the velocity at each of these times."""
    for t in times:
        y = y + velocity(y, t) * step
    return y


@dataclass(frozen=True)
class Namer:
    """A network that names a noise, by the place and by how much noise there is."""

    trust: float

    def __call__(self, y_t: Tensor, alpha_bar: Tensor) -> Tensor:
        return self.trust * y_t * (1 - alpha_bar) - 0.2


@dataclass(frozen=True)
class Swirl:
    """A velocity that depends on the place and on the time, so that both count."""

    speed: float

    def __call__(self, y_t: Tensor, t: float) -> Tensor:
        return self.speed * t ** 2 + 0.5 * y_t


CHANCES = torch.tensor([0.146, 0.5])               # of lesson 08, to three digits
TWO = torch.tensor([1.0, -1.0])
SAMPLERS = [Case(Namer(0.5), torch.tensor([0.04, 0.36, 1.0]), TWO),
            Case(Namer(0.9), torch.tensor([0.01, 0.25, 0.64, 1.0]),
                 torch.tensor([0.3, 2.0])),
            Case(Namer(0.5), torch.tensor([0.16, 0.81]), TWO)]
PATHS = [Case(Swirl(speed=2.0), torch.tensor([0.0, 1.0, -3.0]), 4),
         Case(Swirl(speed=3.0), torch.tensor([0.5, -0.5]), 5),
         Case(Swirl(speed=-1.0), torch.tensor([1.0]), 1)]


def backward(n: int) -> list[float]:
    """Return 1, ..., 1 / n: the times at the beginning of n steps from noise."""
    return [k / n for k in range(n, 0, -1)]


def forward(n: int) -> list[float]:
    """Return 1 / n, ..., 1."""
    return backward(n)[::-1]


def last_clean(name_noise, alpha_bar: Tensor, y: Tensor) -> Tensor:
    """Return the clean y of the last step in place of y itself."""
    y = sampled(name_noise, alpha_bar[:-1], y)
    return cleaned(y, name_noise(y, alpha_bar[-2]), alpha_bar[-2])


def is_path(mine, right) -> bool:
    """Whether all places of the path were returned and the last is right."""
    return len(mine) > 1 and equal(mine[-1], right, 1e-4)


def where(holds: Callable[[float, float], bool]):
    """Return a rule for 08.1 by the two numbers that were handed in."""
    return lambda mine, right: holds(*as_tensor(mine).tolist())


PATH_MISTAKES = [
    *mistakes(
        ("t runs forwards and the velocity is added: that is the way from a clean y to "
         "noise. Begin at t = 1 and subtract.",
         lambda v, noise, n: walk(v, noise, [k / n for k in range(n)], 1 / n),
         lambda v, noise, n: walk(v, noise, forward(n), 1 / n)),
        ("Multiply the velocity with the change of t, 1 / steps. With t itself each "
         "step goes all the way to clean y, or too short a way.", *(
             lambda v, noise, n, of=of: reduce(
                 lambda y, t: y - v(y, t) * t / of(n), backward(n), noise)
             for of in (lambda n: 1, lambda n: n))),
        ("Each step begins in `noise` again. Go on from where the path has come to.",
         lambda v, noise, n: reduce(
             lambda y, t: noise - v(y, t) / n, backward(n), noise)),
        ("Only the first step is made. Does `return` stand inside the loop?",
         lambda v, noise, n: noise - v(noise, 1.0) / n),
        ("Every step asks for the velocity at the noise of the beginning. Ask where "
         "the path has come to.",
         lambda v, noise, n: noise - sum(v(noise, t) for t in backward(n)) / n),
        ("That is one huge step, whatever `steps` is. It ends at the mean, which is "
         "grey.", lambda v, noise, n: noise - v(noise, 1.0)),
        ("That is a velocity, and not a place: y = y - velocity / steps.",
         lambda v, noise, n: v(noise, 1.0),
         lambda v, noise, n: reduce(v, backward(n), noise))),
    *combined(
        lambda times, step: lambda v, noise, n: walk(v, noise, times(n), step(n)),
        mistakes(
            ("", backward),
            ("It asks for the velocity at the smallest t first. y is all noise at the "
             "beginning, and that is t = 1.", forward),
            ("t runs forwards, from 0 on. y is all noise at the beginning, and that is "
             "t = 1.", lambda n: [k / n for k in range(n)],
             lambda n: torch.linspace(0, 1, n).tolist()),
            ("It asks for the velocity at the end of each step, where y is not yet. "
             "Ask at the beginning: first at t = 1, and never at 0.",
             lambda n: [k / n for k in range(n - 1, -1, -1)]),
            ("It asks in the middle of each step, where y is not yet. Ask at the "
             "beginning: first at t = 1.", lambda n: [(k - 0.5) / n
                                                      for k in range(n, 0, -1)]),
            ("t is the same in every step. It falls from 1, by 1 / steps.",
             lambda n: [1.0] * n, lambda n: [0.0] * n),
            ("The velocity wants t between 0 and 1, and you gave it the number of the "
             "step: t is 1 - k / steps.", lambda n: list(range(n, 0, -1)),
             lambda n: list(range(n)), lambda n: list(range(n - 1, -1, -1))),
            ("The times are too far apart: `steps` times from 1 to 0 also contain 0, "
             "where nothing is asked. The last one asked about is 1 / steps.",
             lambda n: torch.linspace(1, 0, n).tolist()),
            ("That is one step too many: `steps` + 1 times are the ends of `steps` "
             "steps. Nothing is asked at t = 0.", lambda n: [*backward(n), 0.0]),
            ("A step is missing: with n steps the velocity is asked for n times, first "
             "at t = 1.", lambda n: backward(n)[:-1], lambda n: backward(n)[1:])),
        mistakes(
            ("", lambda n: -1 / n),
            ("It goes towards more noise: the velocity points from y to ε, and t falls "
             "here. Subtract it.", lambda n: 1 / n),
            ("Each step goes as far as the whole path: multiply the velocity with the "
             "change of t, 1 / steps.", lambda n: -1),
            ("The steps have another length than 1 / steps.", lambda n: -1 / (n + 1),
             lambda n: -1 / max(n - 1, 1), lambda n: -0.5 / n))),
    (lambda v, noise, n: torch.stack([noise, draw(v, noise, n)]),
     "You return the whole path. Return where it ends.", is_path)]

EXERCISES = [
    # With ten steps even in t a dye of π = 0.7 comes in 0.854 of the samples. Which
    # fraction is teal where π is 0.3, and where it is 0.5?
    Exercise(
        "08.1", CHANCES,
        "Teal and pink may change places: 1 - 0.854 where π is 0.3, and one half where "
        "π is one half. Few steps favor the likelier dye, and there is none at one "
        "half.",
        ["What would the formula of the lesson say if teal were called pink?",
         "Few steps favor the likelier dye. Which one is that for π = 0.3, and for "
         "π = 0.5?",
         "Pink has 0.854 of the samples if its probability is 0.7. The rest is teal. "
         "And where both dyes are alike, nothing can favor one."],
        [(torch.tensor([0.3, 0.5]),
          "Those are the true probabilities, and ten steps of this kind do not give "
          "them. With π = 0.7 they gave 0.854."),
         (torch.tensor([0.854, 0.854]),
          "The bias depends on π: it is towards the likelier dye, not towards teal."),
         (torch.tensor([14.6, 50.0]),
          "Hand in fractions between 0 and 1, not percent.",
          where(lambda a, b: max(a, b) > 1)),
         (torch.tensor([0.454, 0.654]),
          "You added 0.154, as if the bias were towards teal. It is towards the "
          "likelier dye, and for π = 0.3 that is pink.",
          where(lambda a, b: a > 0.31 and b > 0.52)),
         (torch.tensor([0.3, 0.61]),
          "Few steps favor the likelier dye. For π = 0.3 that is pink, so teal comes "
          "less often than 0.3.", where(lambda a, b: 0.29 < a <= 0.31)),
         (torch.tensor([0.7, 0.5]),
          "0.7 is how likely pink is where π = 0.3. Teal, which is rarer, comes even "
          "more rarely.", where(lambda a, b: 0.65 <= a < 0.8)),
         (torch.tensor([0.454, 0.5]),
          "Few steps do not draw the dyes nearer to one half. They favor the likelier "
          "one, and for π = 0.3 that is pink.",
          where(lambda a, b: 0.31 < a < 0.65 and abs(b - 0.5) < 0.02)),
         (torch.tensor([0.154, 0.5]),
          "0.154 is by how much teal came too often where π is 0.7. As much too often "
          "comes pink where π is 0.3, and then what is left for teal?"),
         (torch.tensor([0.5, 0.146]), "The two answers have changed places."),
         (torch.tensor([0.854, 0.5]),
          "That is the fraction of pink where π is 0.3. Asked for is teal."),
         (torch.tensor([0.366, 0.61]),
          "You scaled by 0.854 / 0.7, as if the bias were towards teal. It is towards "
          "the likelier dye."),
         (torch.tensor([0.0, 0.5]),
          "That is what one or two steps do: all samples get the likelier dye. Ten "
          "steps leave some of the other.", where(lambda a, b: a < 0.02 and b > 0.4)),
         (torch.tensor([0.146, 0.6]),
          "The first is right. Where π is one half no dye is the likelier one.",
          where(lambda a, b: abs(a - 0.146) < 0.006)),
         (torch.tensor([0.22, 0.5]),
          "For π = 0.3 the direction is right. Let teal and pink change names in what "
          "the cell printed: that gives the size, and it says what must come where π "
          "is one half.", where(lambda a, b: 0.02 <= a < 0.29)),
         (torch.tensor(0.146), "Hand in two numbers, for π = 0.3 and for π = 0.5.",
          lambda mine, right: torch.as_tensor(mine).numel() != 2)],
        tolerance=0.005),
    # name_noise(y_t, a) names the noise in y_t, where ᾱ is a. alpha_bar holds ᾱ at the
    # sampler's times, rising to 1. Return the end of the path that begins in `noise`.
    Exercise(
        "08.2", sampled,
        "The same noise, less of it, again and again. At ᾱ = 1 a step gives the clean "
        "y itself, so the last one needs no special case.",
        ["One step has three lines: the noise that is named, the clean y that follows "
         "from it, and a jump to the next ᾱ.",
         "y_t = √a_t · clean + √(1 - a_t) · named. Solve for clean, and do not draw "
         "anything new: the noise that was named is the noise of the jump.",
         "for a_t, a_s in zip(alpha_bar, alpha_bar[1:]): named = name_noise(y, a_t); "
         "clean = (y - (1 - a_t).sqrt() * named) / a_t.sqrt(); "
         "y = a_s.sqrt() * clean + (1 - a_s).sqrt() * named"],
        [(by(solve=lambda y, e, t: (y - (1 - t) * e) / t,
             jump=lambda y, clean, e, t, s: s * clean + (1 - s) * e),
          "The square roots are missing: ᾱ is a fraction of the variance, and y and "
          "the noise are multiplied with the roots of ᾱ and of 1 - ᾱ."),
         (by(jump=lambda y, clean, e, t, s: s * clean + (1 - s) * e),
          "The clean y is right, but the jump to s lacks its square roots."),
         (by(solve=lambda y, e, t: (y - (1 - t) * e) / t),
          "The jump is right, but the clean y lacks its square roots: y and the noise "
          "are multiplied with the roots of ᾱ and of 1 - ᾱ."),
         (by(solve=lambda y, e, t: (y - (1 - t).sqrt() * e) / t),
          "For the clean y divide by the root of a_t: that is what y was multiplied "
          "with."),
         (by(solve=lambda y, e, t: y - (1 - t).sqrt() * e),
          "For the clean y it is not enough to subtract the noise: y was multiplied "
          "with √a_t, so divide by it."),
         (by(solve=lambda y, e, t: (y + (1 - t).sqrt() * e) / t.sqrt()),
          "For the clean y subtract the noise; you added it."),
         (by(solve=lambda y, e, t: e, jump=lambda y, clean, e, t, s: jumped(
             y, clean, (y - t.sqrt() * e) / (1 - t).sqrt(), t, s)),
          "You took the answer of the network for the clean y. It names the noise: "
          "solve y_t = √a_t · clean + √(1 - a_t) · named for clean."),
         (by(ask=lambda name, y, t, s: name(y, s)),
          "The network is asked with the next ᾱ. y_t still has the noise of a_t."),
         (last_clean,
          "You return the clean y of the last step. Return y itself: the two agree "
          "only where the last ᾱ is 1."),
         (lambda f, a, y: by(ask=lambda name, z, t, s: name(y, t),
                             solve=lambda z, e, t: cleaned(y, e, t))(f, a, y),
          "Each step begins in `noise` again. Go on from where the path has come to."),
         (lambda f, a, y: sampled(f, a[:2], y),
          "Only the first step is made. Does `return` stand inside the loop?"),
         (lambda f, a, y: sampled(f, a[1:], y),
          "The first step is missing: `noise` is y_t at the first ᾱ."),
         (lambda f, a, y: torch.stack([y, sampled(f, a, y)]),
          "You return the whole path. Return where it ends.", is_path),
         (by(solve=lambda y, e, t: y - e),
          "The noise in y_t is √(1 - a_t) times what was named, and clean y is "
          "multiplied with √a_t: solve for it."),
         (by(solve=lambda y, e, t: (y - (1 - t) * e) / t.sqrt()),
          "For the clean y subtract √(1 - a_t) times the noise, with its root."),
         (by(solve=lambda y, e, t: (y - t.sqrt() * e) / (1 - t).sqrt()),
          "In the clean y the roots of ᾱ and 1 - ᾱ are exchanged."),
         (by(jump=lambda y, clean, e, t, s: (1 - s).sqrt() * clean + s.sqrt() * e),
          "In the jump the roots of ᾱ and 1 - ᾱ are exchanged."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean - (1 - s).sqrt() * e),
          "In the jump the noise is added, not subtracted."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s) * e),
          "In the jump the noise lacks its root: √(1 - a_s)."),
         (lambda f, a, y: cleaned(y, f(y, a[0]), a[0]),
          "That is the clean y of the first step: only the mean of what is possible. "
          "Go in all steps."),
         *[(by(jump=lambda y, clean, e, t, s, part=part: y - e * part(t, s)),
            "A step is not a walk along the noise: solve for the clean y, then mix it "
            "with the noise anew.")
           for part in (lambda t, s: s - t, lambda t, s: s.sqrt() - t.sqrt(),
                        lambda t, s: 1, lambda t, s: (1 - t).sqrt())],
         (lambda f, a, y: f(y, a[0]),
          "That is the noise that the network names. Go on to the clean y, and the "
          "jump."),
         (lambda f, a, noise: sampled(lambda y, t: f(noise, t), a, noise),
          "The network is asked about the noise of the beginning. Ask it about y_t."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean),
          "The noise is dropped in the jump: y_s must still hold √(1 - a_s) of it, or "
          "the network is told of noise that is not there."),
         (by(jump=lambda y, clean, e, t, s: clean + (1 - s).sqrt() * e),
          "In the jump the clean y is multiplied with √a_s, or the variance grows."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean + (1 - t).sqrt() * e),
          "The jump keeps as much noise as there was: √(1 - a_t). At the next ᾱ it is "
          "√(1 - a_s)."),
         (by(jump=lambda y, clean, e, t, s: clean),
          "Each step jumps all the way to the clean y. It is only the mean of what is "
          "possible: go to a_s, and no further."),
         (lambda f, a, y: sampled(f, a[[0, -1]], y),
          "That is one step from the first ᾱ to the last. Go through those between, "
          "and ask the network anew, of the y_t of each."),
         (lambda f, a, noise: sampled(
             f, a, noise, lambda y, clean, e, t, s:
             s.sqrt() * clean + (1 - s).sqrt() * noise),
          "The jump adds the noise of the beginning each time. It must be the noise "
          "that was named in y_t, or dye and noise drift apart."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s).sqrt() * y),
          "The jump adds y_t itself as if it were noise. y_t also holds a part of the "
          "clean y."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s.sqrt()) * e),
          "The variances must add up to one, not the factors: the noise is multiplied "
          "with √(1 - a_s), which is not 1 - √a_s."),
         (by(jump=lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s.sqrt()) * e,
             solve=lambda y, e, t: (y - (1 - t.sqrt()) * e) / t.sqrt()),
          "The variances must add up to one, not the factors: the noise is multiplied "
          "with √(1 - ᾱ), which is not 1 - √ᾱ."),
         (lambda f, a, noise: sampled(f, a[:-1], noise),
          "The last step is missing: the path ends at the last ᾱ.")],
        SAMPLERS),
    # Straight paths: y_t = (1 - t) y + t ε for t from 0 to 1, and velocity(y_t, t)
    # answers E[ε - y | y_t, x], the direction of the path. Return the y at t = 0 that
    # the noise at t = 1 leads to, in equal steps.
    Exercise(
        "08.3", draw,
        "That is flow matching: another schedule, velocity targets, and the plainest "
        "sampler there is.",
        ["ε - y is how y_t changes when t grows. You go the other way.",
         "t begins at 1, and each step lowers it by 1 / steps. How far does y go in "
         "one step, and in which direction?",
         "for k in range(steps, 0, -1): y = y - velocity(y, k / steps) / steps"],
        PATH_MISTAKES, PATHS),
]
