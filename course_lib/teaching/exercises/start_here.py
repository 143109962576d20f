"""Exercises of lesson 00: count, infer, draw."""

import math
import random

import torch

from course_lib.contract import seeded
from course_lib.teaching.exercises.core import Case, Exercise, attempt

DYE, NOISE = 0.65, 0.1             # chroma a of pink; deviation of the noise
DRAWS = 2000                       # with which a sampler is tried


def normal(a: float, mean: float, std: float = NOISE) -> float:
    """Return the density of N(mean, std²) at a."""
    z = (a - mean) / std
    return math.exp(-z * z / 2) / (std * math.sqrt(2 * math.pi))


def chance_of_teal(a: float, p: float) -> float:
    """Return P(teal | x, a), where one pixel of cloth was seen to have chroma a."""
    teal, pink = p * normal(a, -DYE), (1 - p) * normal(a, DYE)
    return teal / (teal + pink)


def draw_color(p: float) -> float:
    """Return one chroma a, drawn from the true density."""
    dye = -DYE if torch.rand(()) < p else DYE
    return dye + NOISE * torch.randn(()).item()


def draw_mean(p: float) -> float:
    return (1 - 2 * p) * DYE + NOISE * torch.randn(()).item()


def draw_majority(p: float) -> float:
    return (-DYE if p > 0.5 else DYE) + NOISE * torch.randn(()).item()


def draw_clean(p: float) -> float:
    return -DYE if torch.rand(()) < p else DYE


def draw_swapped(p: float) -> float:
    return draw_color(1 - p)


def draw_half(p: float) -> float:
    return draw_color(0.5)


MAJORITY = ("Every draw with p = 0.7 has one and the same dye. A sampler gives teal "
            "seven times in ten and pink three times: toss a coin that falls on teal "
            "with probability p.")
BETWEEN = ("Some of these shirts are nearly grey, and no shirt is. Choose one dye "
           "first, then add noise to that one; do not add up the two dyes.")
CLEAN = ("The dyes come out right, but all shirts of one dye are equal to the last "
         "digit. Add noise of deviation 0.1.")
SWAPPED = ("With p = 0.7 this gives teal in three draws of ten. p is the probability "
           "of teal, and teal is at a = -0.65.")
HALF = ("This tosses a fair coin whatever p is. Compare a uniform random number with "
        "p: it is below p with probability p.")
NOISY = ("Within one dye the draws should spread by 0.1 around -0.65 or 0.65. "
         "Look at the deviation of the noise, and at where you add it.")


def judge_sampler(draw) -> str | None:
    """Return what is wrong with a sampler of chroma a, by 2,000 draws with p = 0.7
    and as many with p = 0.2; None if nothing is."""
    state = random.getstate()
    random.seed(0)                                   # whichever random a learner takes
    try:
        with seeded(0):
            many = {p: as_numbers(draw, p) for p in (0.7, 0.2)}
    finally:
        random.setstate(state)
    a = many[0.7]
    teal = {p: (values < 0).double().mean().item() for p, values in many.items()}
    if a.abs().min() < 0.15:                         # five deviations from either dye
        return BETWEEN
    if teal[0.7] in (0, 1):
        return MAJORITY
    if abs(teal[0.7] - 0.3) < 0.05 and abs(teal[0.2] - 0.8) < 0.05:
        return SWAPPED
    if abs(teal[0.7] - teal[0.2]) < 0.1:
        return HALF
    if a[a < 0].std() < 0.01:
        return CLEAN
    if max(abs(teal[p] - p) for p in many) > 0.05:    # 0.01 is one standard error
        return (f"With p = 0.7 teal came in {teal[0.7]:.0%} of the draws, and with "
                f"p = 0.2 in {teal[0.2]:.0%}; it should come in 70 % and 20 %.")
    std, center = a[a < 0].std(), a[a < 0].mean()
    if abs(std - NOISE) > 0.015 or abs(center + DYE) > 0.02:
        return NOISY
    return None


def as_numbers(draw, p: float) -> torch.Tensor:
    """Return DRAWS draws with probability p, (DRAWS,); the first is tried alone, so
    that an untouched stub is told apart from a wrong one."""
    first = attempt(draw, p)
    return torch.tensor([float(first), *(float(draw(p)) for _ in range(DRAWS - 1))],
                        dtype=torch.float64)


EXERCISES = [
    # How many numbers must a model predict for one shirt of 32 x 32 pixels?
    Exercise(
        "00.1", 2048,
        "Two for each of the 1,024 pixels, and all of them at once: that is one y.",
        ["Count the pixels first: 32 rows of 32.",
         "The shape of y is (batch, 2, 32, 32): a and b of every pixel."],
        [(1024, "That is how many pixels there are, or how many numbers x holds. Each "
                "pixel of y has two: a and b."),
         (3072, "That is three a pixel, as in red, green and blue. The lightness is "
                "given here, so only a and b are asked for."),
         (64, "That is one side twice, 32 + 32 or 2 · 32; a picture has 32 · 32 "
              "pixels."),
         (2, "A shirt has one dye, but y holds a color for every pixel, and each pixel "
             "has noise of its own.")]),
    # A shirt is teal with probability p, and somebody shows you the chroma a of one
    # pixel of it. How likely is it teal now?
    Exercise(
        "00.2", chance_of_teal,
        "One pixel gives the dye of the whole shirt away, unless it is almost exactly "
        "grey. So the pixels of a shirt know of each other.",
        ["Bayes' rule: each dye's probability before, times the density of what was "
         "seen, over the sum of both.",
         "Teal's part is p * bell(a, -0.65); pink's is (1 - p) * bell(a, 0.65).",
         "Return teal's part / (teal's part + pink's part)."],
        [(lambda a, p: normal(a, -DYE) / (normal(a, -DYE) + normal(a, DYE)),
          "This looks at the pixel and forgets the photo: where a = 0 both bells are "
          "equal, and the answer is p. Weight teal's bell by p and pink's by 1 - p."),
         (lambda a, p: p * normal(a, -DYE),
          "This is a density, not yet a probability. Divide teal's part of it by the "
          "sum of teal's and pink's part."),
         (lambda a, p: 1 - chance_of_teal(a, p),
          "This is the probability of pink: teal is at a = -0.65."),
         (lambda a, p: p,
          "This is what the photo says alone; the pixel was seen as well."),
         (lambda a, p: float(a < 0),
          "This takes the nearer dye for certain. Close to a = 0 the pixel says "
          "little, and p decides.")],
        [Case(0.0, 0.3), Case(-0.01, 0.5), Case(0.01, 0.8), Case(0.02, 0.15),
         Case(-0.65, 0.15)]),
    # Write a sampler: draw_color(p) returns one chroma a, teal with probability p.
    Exercise(
        "00.3", draw_color,
        "First the dye, then the noise: every draw is a possible color, and the draws "
        "together are the distribution.",
        ["Two random things happen: which dye, and how much noise.",
         "torch.rand(()) < p is true with probability p.",
         "dye = -0.65 if torch.rand(()) < p else 0.65, then add 0.1 * "
         "torch.randn(())."],
        [(draw_mean, BETWEEN),
         (draw_majority, MAJORITY),
         (draw_clean, CLEAN),
         (draw_swapped, SWAPPED),
         (draw_half, HALF)],
        judge=judge_sampler),
]
