"""Exercises of lesson 00: count, infer, draw."""

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from course_lib.contract import seeded
from course_lib.teaching.exercises.compare import as_tensor, in_words
from course_lib.teaching.exercises.core import Case, Exercise

DYE, NOISE = 0.65, 0.1             # chroma a of pink; deviation of the noise
DRAWS = 2000                       # with which a sampler is tried, for each of:
CHANCES = (0.7, 0.2)
FAR = 0.05                         # Kolmogorov-Smirnov; by luck 1 time in 10,000


def normal(a: float, mean: float, std: float = NOISE) -> float:
    """Return the density of N(mean, std²) at a."""
    z = (a - mean) / std
    return math.exp(-z * z / 2) / (std * math.sqrt(2 * math.pi))


def chance_of_teal(a: float, p: float) -> float:
    """Return P(teal | x, a), where one pixel of cloth was seen to have chroma a."""
    return ratio(p * normal(a, -DYE), (1 - p) * normal(a, DYE))


def ratio(teal: float, pink: float) -> float:
    return teal / (teal + pink)


def sampler(bells: Callable) -> Callable[[float], float]:
    """Return draw(p), which draws from the bells(p), a list of (weight, mean, std)."""
    def draw(p: float) -> float:
        weights, means, stds = zip(*bells(p))
        which, = random.choices(range(len(weights)), weights)
        return random.gauss(means[which], stds[which])
    return draw


def dyed(teal: float, std: float = NOISE, std_of_pink: float | None = None) -> list:
    """Return the bells of a shirt that is teal with some probability."""
    return [(teal, -DYE, std), (1 - teal, DYE, std_of_pink or std)]


def distance(a: Tensor, bells: list) -> float:
    """Return how far draws a, (n,), are from a mixture: the largest difference of the
    distribution functions, with 1e-4 to spare for draws that have no noise."""
    a, rank = a.sort().values, torch.arange(len(a) + 1) / len(a)

    def cdf(at):
        return sum(weight * Normal(mean, std).cdf(at) for weight, mean, std in bells)
    return torch.maximum(rank[1:] - cdf(a + 1e-4), cdf(a - 1e-4) - rank[:-1]).max()


ADDED = ("This adds up the two dyes: the shirts are nearly grey, and no shirt is. "
         "Choose one dye first, then add noise to that one.")
MAJORITY = ("This always takes the likelier dye. With π = 0.7 a sampler gives teal "
            "seven times in ten and pink three times: toss a coin that falls on teal "
            "with probability π.")
ALONE = ("The noise is on {} alone: all {} shirts are equal to the last digit. Add "
         "noise of standard deviation 0.1 to both dyes.")
WRONG_SAMPLERS = [
    (lambda p: [(1, (1 - 2 * p) * DYE, NOISE)], ADDED),
    (lambda p: [(1, (1 - 2 * p) * DYE, NOISE * math.hypot(p, 1 - p))], ADDED),
    (lambda p: [(1, (1 - 2 * p) * DYE, 1e-6)], ADDED),
    (lambda p: [(1, (1 - 2 * p) * DYE,
                 math.sqrt(NOISE ** 2 + 4 * p * (1 - p) * DYE ** 2))],
     "This is one wide Gaussian with the right mean and deviation. Many of its shirts "
     "are nearly grey, and no shirt is. Choose one dye first, then add its noise."),
    (lambda p: [(1, -DYE if p > 0.5 else DYE, NOISE)], MAJORITY),
    (lambda p: [(1, -DYE if p > 0.5 else DYE, 1e-6)], MAJORITY),
    (lambda p: dyed(p, 1e-6),
     "The dyes come out right, but all shirts of one dye are equal to the last digit. "
     "Add noise of standard deviation 0.1."),
    (lambda p: dyed(p, 1e-6, NOISE), ALONE.format("pink", "teal")),
    (lambda p: dyed(p, NOISE, 1e-6), ALONE.format("teal", "pink")),
    (lambda p: dyed(p, math.sqrt(NOISE)),
     "Here 0.1 is the variance of the noise. It is the standard deviation: multiply "
     "torch.randn(()) with 0.1, not with its root."),
    (lambda p: dyed(p, NOISE ** 2),
     "Here the noise has standard deviation 0.1² = 0.01. N(a; μ, 0.1²) names the "
     "variance; multiply torch.randn(()) with 0.1."),
    (lambda p: dyed(p, 1.0),
     "The noise has standard deviation 1, and hides the dyes. Multiply "
     "torch.randn(()) with 0.1."),
    (lambda p: dyed(1 - p),
     "With π = 0.7 this gives teal in three draws of ten. π is the probability of "
     "teal, and teal is at a = -0.65."),
    (lambda p: dyed(0.5),
     "This tosses a fair coin whatever π is. Compare a uniform random number with π: "
     "it is below π with probability π.")]


def judge_sampler(draw) -> str | None:
    """Return what is wrong with a sampler of chroma a, by 2,000 draws with π = 0.7
    and as many with π = 0.2; None if nothing is."""
    state = random.getstate()
    random.seed(0)                                   # whichever random a learner takes
    try:
        with seeded(0):
            drawn = [draw(p) for p in CHANCES for _ in range(DRAWS)]
    finally:
        random.setstate(state)
    said = no_numbers(drawn)
    if said:
        return said
    many = torch.stack([as_tensor(a).flatten() for a in drawn]).view(2, DRAWS)
    if not many.isfinite().all():
        return "Some draws are no finite numbers."
    for bells, says in WRONG_SAMPLERS:
        if all(distance(a, bells(p)) < FAR for a, p in zip(many, CHANCES)):
            return says
    for a, p in zip(many, CHANCES):
        teal = (a < 0).double().mean().item()
        if abs(teal - p) > 0.05:                     # 0.01 is one standard error
            return (f"With π = {p} a is negative, teal, in {teal:.0%} of the draws; it "
                    f"should be in {p:.0%}.")
    return wrong_noise(many.flatten())


def wrong_noise(a: Tensor) -> str | None:
    """Say at which dye the draws have another mean or deviation than they should, or
    that the noise is not normal."""
    for name, dye in (("teal", -DYE), ("pink", DYE)):
        part = a[a * dye > 0]
        if abs(part.mean() - dye) > 0.015 or abs(part.std() - NOISE) > 0.01:
            return (f"The {name} draws have mean {part.mean():.3f} and standard "
                    f"deviation {part.std():.3f}; they should have {dye} and {NOISE}.")
    if distance(a - a.sign() * DYE, [(1, 0.0, NOISE)]) > 0.8 * FAR:
        return ("The noise has the right mean and deviation, but another shape: take "
                "torch.randn(()).")
    return None


def no_numbers(drawn: list) -> str | None:
    """Say which draw is no number; raise NotImplementedError if all are nothing."""
    missing = [a is None or a is ... for a in drawn]
    if all(missing):
        raise NotImplementedError
    if any(missing):
        return "Some calls return nothing: one branch lacks its return."
    for a in drawn:
        number = as_tensor(a)
        if number is None or number.numel() != 1:
            return f"A call gives {in_words(a)}; return one number, an a."
    return None


CERTAIN = ("This takes one dye for certain. Return how likely teal is: close to a = 0 "
           "the pixel says little, and π decides.")
EIGHT = "That is all eight pictures together. How many for one?"
EXERCISES = [
    # How many numbers must a model predict for one shirt of 32 x 32 pixels?
    Exercise(
        "00.1", 2048,
        "Two for each of the 1,024 pixels, and all of them at once: that is one y.",
        ["Count the pixels first: 32 rows of 32.",
         "What is missing at one pixel, if its lightness is given?",
         "a and b are: two numbers for each of 32 · 32 pixels."],
        [(1024, "That is how many pixels there are, or how many numbers x holds. Each "
                "pixel of y has two: a and b."),
         (3072, "That is three per pixel, as in red, green and blue. The lightness is "
                "given here, so only a and b are asked for."),
         (4096, "That is a mean and a deviation for each number, which is how a "
                "Gaussian answers. The answer y itself has half as many."),
         (16384, EIGHT), (8192, EIGHT),
         ([2, 32, 32], "That is the shape of y; multiply its three numbers."),
         (64, "That is one side twice, 32 + 32 or 2 · 32; a picture has 32 · 32 "
              "pixels."),
         (2, "A shirt has one dye, but y holds a color for every pixel, and each pixel "
             "has noise of its own."),
         (1, "One probability says which dye it is. The answer is the picture: a and b "
             "of every pixel, with noise."),
         (128, "That is fewer than there are pixels: count all rows of 32.",
          lambda given, right: 0 < given < 1024),
         (2049, "Count exactly: all pixels, and the numbers of y in each of them.",
          lambda given, right: abs(given / right - 1) < 0.3),
         (262144, "That is far more than there are numbers. How many values each can "
                  "take is another question.",
          lambda given, right: given > right and given not in (5120, 6144)),
         (6144, "y holds a and b of every pixel, and nothing else.",
          lambda given, right: given > right)]),
    # A shirt is teal with probability π, and somebody shows you the chroma a of one
    # pixel of it. How likely is it teal now?
    Exercise(
        "00.2", chance_of_teal,
        "One pixel gives the dye of the whole shirt away, unless it is almost exactly "
        "grey. So the pixels of a shirt know of each other.",
        ["Bayes' rule: what was believed before, times how well it predicts what was "
         "seen.",
         "Do that for teal and for pink. The two results do not sum to one yet.",
         "teal = pi * bell(a, -0.65); pink = (1 - pi) * bell(a, 0.65); return teal / "
         "(teal + pink)"],
        [(lambda a, p: ratio(normal(a, -DYE), normal(a, DYE)),
          "This looks at the pixel and forgets the photo: where a = 0 both bells are "
          "equal, and the answer is π. Weight teal's bell by π and pink's by 1 - π."),
         (lambda a, p: p * normal(a, -DYE) / (normal(a, -DYE) + normal(a, DYE)),
          "The weights π and 1 - π are missing below the line: divide by the sum of "
          "the two weighted bells."),
         (lambda a, p: ratio(p * normal(a, -DYE, 1), (1 - p) * normal(a, DYE, 1)),
          "Your bells are too wide: the noise has a standard deviation of 0.1."),
         (lambda a, p: math.log(p * normal(a, -DYE)),
          "This is the logarithm of teal's part. Take the part itself, and divide it "
          "by the sum of teal's and pink's part."),
         (lambda a, p: normal(a, -DYE),
          "This is the likelihood alone: the density of a on a teal shirt. Multiply it "
          "with π, and divide by the same for both dyes together."),
         (lambda a, p: p * normal(a, -DYE),
          "This is a density, not yet a probability. Divide teal's part of it by the "
          "sum of teal's and pink's part."),
         (lambda a, p: p * normal(a, -DYE) + (1 - p) * normal(a, DYE),
          "This is the density of a, both dyes together. How large a part of it is "
          "teal's?"),
         (lambda a, p: ratio(p * normal(a, -DYE), normal(a, DYE)),
          "Pink's bell lacks its weight, which is 1 - π."),
         (lambda a, p: 1 + (1 - p) * normal(a, DYE),
          "Python divides before it adds: teal / teal + pink is 1 + pink. Put the sum "
          "in parentheses."),
         (lambda a, p: p,
          "This is what the photo says alone; the pixel was seen as well."),
         (lambda a, p: float(chance_of_teal(a, p) > 0.5), CERTAIN),
         (lambda a, p: float(a < 0), CERTAIN)],
        [Case(0.0, 0.3), Case(-0.01, 0.5), Case(0.01, 0.8), Case(0.02, 0.15),
         Case(-0.65, 0.15), Case(0.65, 0.3)]),
    # Write a sampler: draw_color(π) returns one chroma a, teal with probability π.
    Exercise(
        "00.3", sampler(dyed),
        "First the dye, then the noise: every draw is a possible color, and the draws "
        "together are the distribution.",
        ["Two random things happen: which dye, and how much noise.",
         "torch.rand(()) is below π with probability π.",
         "dye = -0.65 if torch.rand(()) < pi else 0.65, then add 0.1 * "
         "torch.randn(())."],
        [(sampler(bells), says) for bells, says in WRONG_SAMPLERS],
        judge=judge_sampler),
]
