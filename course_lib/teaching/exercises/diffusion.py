"""Exercises of lesson 08: the jump, one step back, guidance's odds, straight paths."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise


def jump(y: Tensor, kept: Tensor, noise: Tensor) -> Tensor:
    """Return y after all the small noising steps, in one go."""
    alpha_bar = kept.prod()
    return alpha_bar.sqrt() * y + (1 - alpha_bar).sqrt() * noise


def step(y_t: Tensor, clean: Tensor, a_t: Tensor, a_s: Tensor) -> Tensor:
    """Return y_s: the noise that is in y_t, but less of it."""
    noise = (y_t - a_t.sqrt() * clean) / (1 - a_t).sqrt()
    return a_s.sqrt() * clean + (1 - a_s).sqrt() * noise


def guided(prior: Tensor, likelihood: Tensor, weight: float) -> Tensor:
    """Return the modes' probabilities if the caption counts `weight` times."""
    product = prior * likelihood ** weight
    return product / product.sum()


def draw(velocity: Callable[[Tensor, float], Tensor], noise: Tensor,
         steps: int) -> Tensor:
    """Return the end of the path that begins in the noise, by Euler's steps."""
    return walk(velocity, noise, [k / steps for k in range(steps, 0, -1)], -1 / steps)


def walk(velocity, y: Tensor, times: list[float], step: float) -> Tensor:
    """Return where a walk ends that goes with the velocity at each of these times."""
    for t in times:
        y = y + velocity(y, t) * step
    return y


@dataclass(frozen=True)
class Toward:
    """The velocity of straight paths that all come from one clean y."""

    clean: float

    def __call__(self, y_t: Tensor, t: float) -> Tensor:
        return (y_t - self.clean) / t


@dataclass(frozen=True)
class Swirl:
    """A velocity that depends on the place and on the time, so that both count."""

    speed: float

    def __call__(self, y_t: Tensor, t: float) -> Tensor:
        return self.speed * t ** 2 + 0.5 * y_t


TWO = torch.tensor([1.0, -1.0])
JUMPS = [Case(TWO, torch.tensor([0.9, 0.8, 0.5]), torch.tensor([0.5, 2.0])),
         Case(TWO, torch.tensor([0.64]), torch.tensor([1.0, 0.0])),
         Case(torch.zeros(2), torch.tensor([0.5, 0.5]), TWO)]
STEPS = [Case(torch.tensor([1.4, -0.2]), TWO, torch.tensor(0.36), torch.tensor(0.64)),
         Case(torch.tensor([0.6, -0.6]), TWO, torch.tensor(0.36), torch.tensor(1.0)),
         Case(TWO, torch.zeros(2), torch.tensor(0.1), torch.tensor(0.5))]
CAPTIONS = [Case(torch.tensor([0.5, 0.5]), torch.tensor([0.85, 0.15]), 2.0),
            Case(torch.tensor([0.2, 0.8]), torch.tensor([0.85, 0.15]), 4.0),
            Case(torch.tensor([0.1, 0.4, 0.25, 0.25]),
                 torch.tensor([0.85, 0.15, 0.5, 0.5]), 1.0),
            Case(torch.tensor([0.3, 0.7]), torch.tensor([0.85, 0.15]), 0.5)]
PATHS = [Case(Toward(clean=2.0), torch.tensor([0.0, 1.0, -3.0]), 4),
         Case(Swirl(speed=3.0), torch.tensor([0.5, -0.5]), 5),
         Case(Swirl(speed=-1.0), torch.tensor([1.0]), 1)]

EXERCISES = [
    # kept, (steps,), holds which part of the variance each small noising step keeps.
    # Return y after all of them, in one jump with one noise.
    Exercise(
        "08.1", jump,
        "However many small steps there are, they amount to one jump: training may "
        "pick any t at random and needs none of the steps before it.",
        ["What all the steps together keep of the variance is one number, ᾱ.",
         "Each step keeps a part of what the step before has kept: multiply them.",
         "kept.prod().sqrt() * y + (1 - kept.prod()).sqrt() * noise"],
        [(lambda y, kept, noise: kept.prod() * y + (1 - kept.prod()) * noise,
          "The parts are parts of the variance. What y and the noise are multiplied "
          "with are their square roots."),
         (lambda y, kept, noise: (kept.prod().sqrt() * y
                                  + (1 - kept.prod().sqrt()) * noise),
          "The variances must add up to one, not the factors: the noise is multiplied "
          "with √(1 - ᾱ), which is not 1 - √ᾱ."),
         (lambda y, kept, noise: jump(y, kept[-1:], noise),
          "That is the last step alone. Those before it have already taken their part "
          "of y away."),
         (lambda y, kept, noise: kept.prod().sqrt() * y + noise,
          "The noise keeps its full size here, so the variance grows above 1. It must "
          "have the part that y has lost.")],
        JUMPS),
    # One deterministic step from t back to s < t: y_t is known, clean is what the
    # denoiser takes for the clean y, a_t and a_s are ᾱ at t and at s. Return y_s.
    Exercise(
        "08.2", step,
        "The same noise, less of it. With a_s = 1 it is the denoiser's answer, which "
        "is why the last step needs no special case.",
        ["First: if `clean` were right, which noise would be in y_t?",
         "Solve y_t = √a_t · clean + √(1 - a_t) · noise for the noise.",
         "Then jump to s with that noise: √a_s · clean + √(1 - a_s) · noise."],
        [(lambda y_t, clean, a_t, a_s: jump(clean, a_s, y_t),
          "It adds y_t itself as if it were noise. y_t also holds a part of the clean "
          "y, which must be taken out first."),
         (lambda y_t, clean, a_t, a_s: clean,
          "That is one huge step to t = 0, whatever s is: the posterior mean, which is "
          "grey where much noise is left."),
         (lambda y_t, clean, a_t, a_s: jump(clean, a_s, y_t - a_t.sqrt() * clean),
          "The noise found in y_t has lost its size: divide by √(1 - a_t)."),
         (lambda y_t, clean, a_t, a_s: step(y_t, clean, a_s, a_t),
          "t and s have changed places: it steps towards more noise.")],
        STEPS),
    # prior holds p(mode | x), likelihood holds p(caption | mode). Guidance with weight
    # w counts the caption w times. Return the probabilities of the modes.
    Exercise(
        "08.3", guided,
        "Weight 1 is Bayes' rule, weight 0 forgets the caption, and above 1 the "
        "answers are surer than the caption deserves.",
        ["Counting a caption twice is hearing it twice: multiply with its likelihood "
         "twice.",
         "w times: likelihood ** weight. x is heard once.",
         "product = prior * likelihood ** weight; return product / product.sum()"],
        [(lambda prior, likelihood, weight: prior * likelihood ** weight,
          "These do not sum to one: divide by their sum."),
         (lambda prior, likelihood, weight: guided(prior ** weight, likelihood, weight),
          "Here x is counted w times as well. Guidance weighs the caption alone; the "
          "photo's part, the prior, is left as it is."),
         (lambda prior, likelihood, weight: guided(prior, weight * likelihood, 1.0),
          "A factor that is the same for all modes drops out when they are made to sum "
          "to one: this is weight 1 always."),
         (lambda prior, likelihood, weight: (
              prior + weight * (guided(prior, likelihood, 1.0) - prior)),
          "u + w (c - u) is for what the network answers, not for probabilities: here "
          "it leaves the range from 0 to 1.")],
        CAPTIONS),
    # Straight paths: y_t = (1 - t) y + t ε for t from 0 to 1, and velocity(y_t, t)
    # answers E[ε - y | y_t, x], the direction of the path. Return the y at t = 0 that
    # the noise at t = 1 leads to, in equal steps.
    Exercise(
        "08.4", draw,
        "That is flow matching: another schedule, velocity targets, and the plainest "
        "sampler there is.",
        ["ε - y is how y_t changes when t grows. You go the other way.",
         "t begins at 1; each step lowers it by 1 / steps: subtract velocity / steps.",
         "for k in range(steps, 0, -1): y = y - velocity(y, k / steps) / steps"],
        [(lambda v, noise, n: walk(v, noise, [k / n for k in range(n, 0, -1)], 1 / n),
          "It goes towards more noise: the velocity points from y to ε, and t falls "
          "here. Subtract it."),
         (lambda v, noise, n: walk(v, noise, [k / n for k in range(1, n + 1)], -1 / n),
          "It asks for the velocity at the smallest t first. y is all noise at the "
          "beginning, and that is t = 1."),
         (lambda v, noise, n: walk(v, noise, [k / n for k in range(n, 0, -1)], -1),
          "Each step goes as far as the whole path: multiply the velocity with the "
          "change of t, 1 / steps."),
         (lambda velocity, noise, steps: noise - velocity(noise, 1.0),
          "That is one huge step, whatever `steps` is. It ends at the mean, which is "
          "grey.")],
        PATHS),
]
