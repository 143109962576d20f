"""Exercises of lesson 03: what independent pixels can do, and what it costs."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise


def best_independent(joint: Tensor) -> Tensor:
    """Return the product of a table's marginals, (rows, columns)."""
    return joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)


def probability_of_agreement(p: float, pixels: int) -> float:
    """Return how likely independent pixels are all teal or all pink."""
    return p ** pixels + (1 - p) ** pixels


def entropy(p: float) -> float:
    """Return the entropy of a coin, in nats."""
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def price(p: float, pixels: int) -> float:
    """Return the price of independence of a shirt, in nats."""
    return (pixels - 1) * entropy(p)


def shared_field(p_pink: float, pixels: int) -> float:
    """Return the field h of every pixel of a shirt that flips as one."""
    return math.log(p_pink / (1 - p_pink)) / (2 * pixels)


COINS = [Case(0.5, 1), Case(0.5, 3), Case(0.7, 2), Case(0.7, 10), Case(0.2, 40)]
TABLES = [Case(torch.tensor([[0.7, 0.0], [0.0, 0.3]])),
          Case(torch.tensor([[0.4, 0.1], [0.2, 0.3]])),
          Case(torch.tensor([[0.1, 0.2, 0.1], [0.3, 0.0, 0.3]]))]

EXERCISES = [
    # joint[i, j] is the probability that the left pixel has color i and the right pixel
    # color j. Return the table of the best model whose pixels are independent.
    Exercise(
        "03.1", best_independent,
        "Each pixel keeps its own probabilities, and all that tied the two is gone.",
        ["The best independent model has the right probabilities for each pixel "
         "alone.",
         "One pixel's probabilities are a sum over the other's colors: joint.sum(1) "
         "for the left pixel and joint.sum(0) for the right.",
         "Entry (i, j) is left[i] * right[j]: joint.sum(1)[:, None] * joint.sum(0)."],
        [(lambda joint: joint,
          "This is the joint table itself. Unless it is a product already, no "
          "independent model has it."),
         (lambda joint: torch.full_like(joint, 1 / joint.numel()),
          "All entries are equal: that is independent, but it forgets how likely each "
          "pixel's own colors are."),
         (lambda joint: joint.sum(0).unsqueeze(1) * joint.sum(1),
          "The two pixels are exchanged: rows belong to the left pixel, whose "
          "probabilities are joint.sum(1)."),
         (lambda joint: joint.sum(1, keepdim=True) + joint.sum(0, keepdim=True),
          "Probabilities of independent events multiply; you added them, and the table "
          "sums to more than one.")],
        TABLES),
    # N independent pixels are teal with probability p each, and pink otherwise. How
    # likely is it that all of them agree?
    Exercise(
        "03.2", probability_of_agreement,
        "It falls by a constant factor with every pixel, so a whole shirt never comes "
        "out right by luck.",
        ["There are two ways to agree.",
         "All teal has probability p times p times p ...; and all pink?",
         "p ** pixels + (1 - p) ** pixels"],
        [(lambda p, pixels: p ** pixels,
          "That is all teal. All pink is a coherent shirt too: add its probability."),
         (lambda p, pixels: max(p, 1 - p) ** pixels,
          "That is the likelier color alone; the other one counts as well."),
         (lambda p, pixels: (p ** 2 + (1 - p) ** 2) ** (pixels - 1),
          "That treats every neighbouring pair as a fresh event. But once the first "
          "pixel is teal all others must be teal: sum over the two colors at the end."),
         (lambda p, pixels: p ** pixels * (1 - p) ** pixels,
          "All teal *and* all pink cannot both happen. Either will do, so the two "
          "probabilities add up.")],
        COINS, tolerance=1e-6),
    # A shirt of N pixels is all teal with probability p, and all pink otherwise. How
    # many nats does the best independent model lose to the truth, on average?
    Exercise(
        "03.3", price,
        "The truth pays for one coin and the independent model for N.",
        ["The price is the independent model's entropy less the truth's.",
         "One coin costs H(p) = -p log p - (1 - p) log(1 - p). How many coins does the "
         "truth toss, and how many the independent model?",
         "(pixels - 1) * H(p), with natural logarithms"],
        [(lambda p, pixels: pixels * entropy(p),
          "That is what the independent model pays in all. The truth is not free "
          "either: it must say once which dye it was."),
         (lambda p, pixels: price(p, pixels) / math.log(2),
          "These are bits: use the natural logarithm for nats."),
         (lambda p, pixels: (pixels - 1) * math.log(2),
          "That is right for p = 1/2 only. A shirt that is nearly surely teal costs "
          "little, even pixel by pixel."),
         (lambda p, pixels: -price(p, pixels),
          "The sign is wrong: log p is negative, and a price is positive.")],
        COINS),
    # In a field with strong couplings the N pixels of a shirt flip as one. Which field
    # h must every pixel have for the shirt to be pink (label 1) with probability
    # p_pink?
    Exercise(
        "03.4", shared_field,
        "The shirt's evidence is shared out among its pixels, and not given to each.",
        ["All labels are 1 or all are -1. The couplings add the same to both, so only "
         "the fields differ: N h against -N h.",
         "p_pink / (1 - p_pink) = exp(2 N h)",
         "h = log(p_pink / (1 - p_pink)) / (2 * pixels)"],
        [(lambda p, pixels: math.log(p / (1 - p)) / 2,
          "That is right for one pixel alone. N pixels that flip as one add it up N "
          "times, and the majority always wins: overcounting."),
         (lambda p, pixels: math.log(p / (1 - p)) / pixels,
          "Twice too much. The labels are 1 and -1, so a flip changes the sum of h ℓ "
          "by 2 N h."),
         (lambda p, pixels: -shared_field(p, pixels),
          "The sign is wrong: a positive h favours label 1, which is pink."),
         (lambda p, pixels: p / pixels,
          "A field is no probability. It adds up in an exponent, so share out the "
          "logarithm of the odds.")],
        [Case(0.5, 3), Case(0.6, 1), Case(0.6, 9), Case(0.85, 300), Case(0.2, 4)],
        tolerance=1e-6),
]
