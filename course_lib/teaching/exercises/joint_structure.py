"""Exercises of lesson 03: what independent pixels can do, and what it costs."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise
from course_lib.teaching.exercises.tables import mistakes


def best_independent(joint: Tensor) -> Tensor:
    """Return the product of a table's marginals, (rows, columns)."""
    return joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)


def reversed_kl(joint: Tensor) -> Tensor:
    """Return the table that puts all it has on the likeliest entry."""
    return (joint == joint.max()).to(joint.dtype)


def agreement(pi: float, pixels: int) -> float:
    """Return how likely independent pixels are all teal or all pink."""
    return pi ** pixels + (1 - pi) ** pixels


def entropy(*probabilities: float) -> float:
    """Return the entropy of a distribution, in nats."""
    return -sum(q * math.log(q) for q in probabilities)


def coin(pi: float) -> float:
    """Return the entropy of a coin, in nats."""
    return entropy(pi, 1 - pi)


def pixel(pi: float) -> float:
    """Return the entropy of one pixel of a world with stripes."""
    return coin(pi / 2 + 1 / 4)


def shirt(pi: float) -> float:
    """Return the entropy of the four kinds of shirt: plain ones and stripes."""
    return entropy(pi / 2, (1 - pi) / 2, 1 / 4, 1 / 4)


def price(pi: float, pixels: int) -> float:
    """Return the price of independence where half the shirts have stripes."""
    return pixels * pixel(pi) - shirt(pi)


def shared_field(pink: float, pixels: int) -> float:
    """Return the field h of every pixel of a shirt that flips as one."""
    return math.log(pink / (1 - pink)) / (2 * pixels)


def descent(pink: float, pixels: int, flips: int | None = None, size: float = 1
            ) -> float:
    """Return the field after 200 steps of gradient descent, of `size` / N².

    flips: how many pixels are taken to flip as one, all without it"""
    h = 0.0
    for _ in range(200):
        h -= size * (math.tanh((flips or pixels) * h) - (2 * pink - 1)) / pixels
    return h


TABLES = [Case(torch.tensor([[0.7, 0.0], [0.0, 0.3]])),
          Case(torch.tensor([[0.4, 0.1], [0.2, 0.3]])),
          Case(torch.tensor([[0.1, 0.2, 0.1], [0.2, 0.0, 0.1], [0.1, 0.0, 0.2]]))]
COINS = [Case(0.5, 1), Case(0.5, 3), Case(0.7, 2), Case(0.7, 10), Case(0.2, 40)]
STRIPES = [Case(0.5, 2), Case(0.5, 3), Case(0.8, 2), Case(0.7, 10), Case(0.2, 40)]
SHARED = [Case(0.5, 3), Case(0.6, 1), Case(0.6, 9), Case(0.85, 300),
          Case(0.2, 4)]

PLAIN = ("That is the price where all shirts are plain. Here half of them have "
         "stripes: how likely is one pixel teal, and how many kinds of shirt are "
         "there?")
EXERCISES = [
    # joint[i, j] is the probability that the left pixel has color i and the right pixel
    # color j. Return the table of the best model whose pixels are independent.
    Exercise(
        "03.1", best_independent,
        "Each pixel keeps its own probabilities, and all that tied the two is gone.",
        ["The best independent model gives each pixel alone its true probabilities.",
         "Summing a table over one of its axes leaves the probabilities of one pixel. "
         "Which axis belongs to the left pixel?",
         "Entry (i, j) is left[i] * right[j]: joint.sum(1)[:, None] * joint.sum(0)."],
        [(lambda joint: joint,
          "This is the joint table itself. Unless it is a product already, no "
          "independent model has it."),
         (lambda joint: torch.full_like(joint, 1 / joint.numel()),
          "All entries are equal: that is independent, but it forgets how likely each "
          "pixel's own colors are."),
         (lambda joint: torch.diag(joint.diagonal()),
          "This keeps the diagonal and drops the rest. An independent model cannot "
          "forbid mixed shirts: it must give them what the two pixels' own "
          "probabilities say."),
         (lambda joint: torch.outer(joint.diagonal(), joint.diagonal()),
          "A pixel's own probability is a sum over the other's colors, a whole row or "
          "column, and not the diagonal entry alone."),
         *mistakes((
             "You multiplied the sums as vectors, entry by entry, and lost the table. "
             "Turn the left pixel's sums into a column: joint.sum(1)[:, None].",
             lambda joint: joint.sum(0) * joint.sum(1),
             lambda joint: joint.sum(1)[:, None] * joint.sum(0)[:, None],
             lambda joint: (joint.sum(0) * joint.sum(1))[None])),
         (lambda joint: joint.sum(0) @ joint.sum(1),
          "@ adds the products up to one number. A table needs each product by itself: "
          "a column times a row."),
         *[(lambda joint, dim=dim: torch.outer(joint.sum(dim), joint.sum(dim)),
            "Both factors belong to the same pixel. joint.sum(1) belongs to the left "
            "one, joint.sum(0) to the right one.") for dim in (0, 1)],
         (lambda joint: (joint.sum(1), joint.sum(0)),
          "These are the two pixels' own probabilities. The table is their product: a "
          "column times a row."),
         *[(lambda joint, part=part: part * (joint.sum(1)[:, None] + joint.sum(0)),
            "Probabilities of independent events multiply, and you added them or took "
            "their mean.") for part in (1, 0.5)],
         (lambda joint: joint / joint.sum(1, keepdim=True),
          "This is p(right given left), row by row: it still says how the right pixel "
          "depends on the left one."),
         (lambda joint: joint / joint.sum(0, keepdim=True),
          "This is p(left given right), column by column: it still says how the left "
          "pixel depends on the right one."),
         (lambda joint: joint ** 2 / torch.outer(joint.sum(1), joint.sum(0)),
          "These are conditional probabilities: each still depends on the other pixel. "
          "Multiply what each pixel has alone."),
         (lambda joint: torch.outer(joint.sum(1), joint.sum(0)) / joint,
          "That compares the two tables. Return the independent one itself."),
         (lambda joint: torch.outer(joint.max(1).values, joint.max(0).values),
          "A pixel's own probability is the sum of a row or column, not its largest "
          "entry."),
         (lambda joint: joint.sum(1, keepdim=True),
          "That is one pixel alone. Multiply by the other: a column times a row.",
          lambda given, right: 1 in given.shape),
         (lambda joint: joint.T,
          "This only exchanges the two pixels. The table is as tied as before."),
         (lambda joint: (joint + joint.T) / 2,
          "This makes the table symmetric, but leaves its pixels tied."),
         (lambda joint: torch.outer(joint.mean(1), joint.mean(0)),
          "A mean divides by the number of colors; a pixel's probabilities are sums."),
         (reversed_kl,
          "All is on the likeliest pair, and every other pair would cost infinitely "
          "many nats when it comes. Which table is cheapest on average?"),
         *mistakes(("The table does not sum to one, so it is no distribution.",
                    lambda joint: joint @ joint, lambda joint: joint ** 2,
                    lambda joint: torch.ones_like(joint) / len(joint)))],
        TABLES, tolerance=1e-5),
    # N independent pixels are teal with probability pi each, and pink otherwise. How
    # likely is it that all of them agree?
    Exercise(
        "03.2", agreement,
        "Each further pixel divides it by nearly the same number, so luck does not "
        "make whole shirts.",
        ["There are two ways to agree.",
         "Independent probabilities multiply. How likely are all pixels teal? The "
         "other way goes alike, and both cannot happen together.",
         "pi ** pixels + (1 - pi) ** pixels"],
        [(lambda pi, pixels: pi ** pixels,
          "That is all teal. All pink is a shirt of one color too: add its "
          "probability."),
         (lambda pi, pixels: (1 - pi) ** pixels,
          "That is all pink. All teal is a shirt of one color too: add its "
          "probability."),
         (lambda pi, pixels: max(pi, 1 - pi) ** pixels,
          "That is the likelier color alone; the other one counts as well."),
         (lambda pi, pixels: 2 * pi ** pixels,
          "All pink is as likely as all teal at one half only: its pixels have "
          "probability 1 - pi."),
         (lambda pi, pixels: pi ** (pixels - 1),
          "There are as many factors as pixels, and all pink is the other way to "
          "agree."),
         (lambda pi, pixels: pixels ** pi + pixels ** (1 - pi),
          "Base and exponent are exchanged: pi is multiplied `pixels` times."),
         (lambda pi, pixels: math.comb(pixels, pixels // 2) * pi ** (pixels // 2)
          * (1 - pi) ** (pixels - pixels // 2),
          "That is how likely half of them are teal. All of them must agree."),
         *mistakes((
             "That treats every pair of neighbours as a fresh event. But if the first "
             "two agree, the third is more likely to agree with them. Sum over the two "
             "colors of a whole shirt instead.",
             lambda pi, pixels: agreement(pi, 2) ** (pixels - 1),
             lambda pi, pixels: agreement(pi, 2) ** pixels,
             lambda pi, pixels: agreement(pi, 2) ** (pixels / 2))),
         (lambda pi, pixels: (pi * (1 - pi)) ** pixels,
          "All teal *and* all pink cannot both happen. Either will do, so the two "
          "probabilities add up."),
         (lambda pi, pixels: agreement(pi, pixels) - (pi * (1 - pi)) ** pixels,
          "There is nothing to subtract: all teal and all pink never happen together."),
         (lambda pi, pixels: 1.0,
          "That is always one. Raise pi and 1 - pi each to the power, and then add."),
         (lambda pi, pixels: 1 - pi ** pixels,
          "That is how likely some pixel is pink. All pink is (1 - pi) ** pixels."),
         (lambda pi, pixels: 1 - (1 - pi) ** pixels,
          "That is how likely some pixel is teal. All teal is pi ** pixels."),
         (lambda pi, pixels: pixels * pi,
          "Independent probabilities multiply: a power, and not a multiple."),
         (lambda pi, pixels: pixels * math.log(pi),
          "That is the logarithm of all teal. Take the probability, and add that of "
          "all pink.")],
        COINS, tolerance=1e-6),
    # Half of all shirts have stripes. A shirt of N pixels is plain teal with
    # probability pi / 2, plain pink with (1 - pi) / 2, and striped in either phase with
    # 1/4 each. How many nats does the best independent model lose to the truth?
    Exercise(
        "03.3", price,
        "Its pixels pay N times, the truth chooses once among four shirts. On two "
        "pixels at one half the price is zero: all four are equally likely, and that "
        "is independence.",
        ["The price is the sum of the pixels' entropies less the entropy of the truth.",
         "How likely is one pixel teal, plain and striped shirts together? And among "
         "how many kinds of shirt does the truth choose?",
         "A pixel is teal with q = pi / 2 + 1 / 4, so the price is pixels * H(q) less "
         "the entropy of (pi / 2, (1 - pi) / 2, 1 / 4, 1 / 4)."],
        [(lambda pi, pixels: (pixels - 1) * coin(pi), PLAIN),
         (lambda pi, pixels: pixels * coin(pi) - shirt(pi),
          "The truth's part is right. But a pixel is teal on plain teal shirts and on "
          "striped ones: its probability is not pi."),
         (lambda pi, pixels: pixels * pixel(pi),
          "That is what the independent model pays in all. The truth is not free "
          "either: it must say once which of the four shirts it was."),
         (lambda pi, pixels: (pixels - 1) * pixel(pi),
          "The pixels' part is right. But the truth does not toss the coin of one "
          "pixel: it chooses among four shirts."),
         (lambda pi, pixels: pixels * pixel(pi) - coin(pi),
          "The pixels' part is right. But the truth chooses among four shirts, and not "
          "between two."),
         (lambda pi, pixels: (pixels - 1) * shirt(pi),
          "There are four kinds of shirt, but a pixel has only two colors, so its "
          "entropy is at most log 2."),
         (lambda pi, pixels: pixels * pixel(pi) - math.log(4),
          "The four shirts are equally likely at one half only."),
         (lambda pi, pixels: pixels * pixel(pi) - (coin(pi) + math.log(2)) / 2,
          "The truth must also say whether the shirt has stripes, which is one more "
          "coin: take the entropy of all four shirts."),
         (lambda pi, pixels: pixels * pixel(pi) - entropy(pi / 2, (1 - pi) / 2, 1 / 2),
          "The two phases of the stripes are different shirts, with 1/4 each."),
         *mistakes((
             "This is the mean of two prices or entropies, of plain and of striped "
             "shirts. But the photo does not say which it is, so a pixel is teal with "
             "one probability for both together.",
             lambda pi, pixels: (pixels - 1) * (coin(pi) + math.log(2)) / 2,
             lambda pi, pixels: pixels * (coin(pi) + math.log(2)) / 2 - shirt(pi))),
         (lambda pi, pixels: (pixels - 1) * coin(pi) / 2,
          "This counts the plain shirts alone. Pixels of striped ones are unsure, too, "
          "and the best independent model does not know which kind it has."),
         (lambda pi, pixels: pixels * math.log(2) - shirt(pi),
          "A pixel is teal or pink equally likely at one half only."),
         (lambda pi, pixels: pixels * coin(pi / 2) - shirt(pi),
          "A pixel is also teal on striped shirts, and each pixel is so in one of the "
          "two phases: add 1/4."),
         (lambda pi, pixels: pixels * coin((pi + 1) / 2) - shirt(pi),
          "Each pixel is teal in one of the two phases only, so the stripes add 1/4."),
         (lambda pi, pixels: (pixels - 1) * coin(pi) / math.log(2),
          "These are bits: use the natural logarithm for nats. " + PLAIN),
         *[(lambda pi, pixels, q=q: -math.log(agreement(q(pi), pixels)),
            "The logarithm of how likely pixels agree is no price. A price is a mean "
            "of log truth - log model: N entropies of one pixel less that of the "
            "shirt.") for q in (lambda pi: pi, lambda pi: pi / 2 + 1 / 4)],
         *[(lambda pi, pixels, n=n: (pixels - n) * (pixel(pi) - shirt(pi)),
            "The truth chooses a shirt once, and not once per pixel: subtract its "
            "entropy once.") for n in (0, 1)],
         (lambda pi, pixels: pixels * shirt(pi),
          "There are four kinds of shirt, but a pixel has only two colors; and the "
          "entropy of the shirt is to be subtracted once."),
         *[(lambda pi, pixels, q=q: -pixels * q(pi) * math.log(q(pi)) - shirt(pi),
            "An entropy has a term for each color: -q log q - (1 - q) log(1 - q).")
           for q in (lambda pi: pi, lambda pi: pi / 2 + 1 / 4)],
         (lambda pi, pixels: pixels * pixel(pi) - entropy(pi, 1 - pi, 1 / 4, 1 / 4),
          "The probabilities of the four shirts must add up to 1: plain ones have "
          "pi / 2 and (1 - pi) / 2.")],
        STRIPES),
    # In a field with strong couplings the N pixels of a shirt flip as one. Which field
    # h must every pixel have for the shirt to be pink (label 1) with probability
    # `pink`? Found by gradient descent.
    Exercise(
        "03.4", shared_field,
        "The shirt's evidence is shared out among its pixels, and not given to each.",
        ["Training is over where the model's mean label is that of the data. What is "
         "the mean label of data in which a fraction `pink` is 1 and the rest -1?",
         "Start with h = 0 and repeat: h = h - step * gradient. All N pixels have the "
         "same h, so the gradient of one pixel counts N times.",
         "for _ in range(200): h -= (tanh(pixels * h) - (2 * pink - 1)) / pixels"],
        [(lambda pink, pixels: math.log(pink / (1 - pink)) / 2,
          "That is right for one pixel alone. N pixels that flip as one add it up N "
          "times, and the majority always wins: overcounting."),
         (lambda pink, pixels: math.log(pink / (1 - pink)),
          "Neither the 2 nor N is there. The labels are 1 and -1, so a flip of the "
          "whole shirt changes the sum of h ℓ by 2 N h."),
         (lambda pink, pixels: math.log(pink / (1 - pink)) / pixels,
          "Twice too much. The labels are 1 and -1, so a flip changes the sum of h ℓ "
          "by 2 N h."),
         (lambda pink, pixels: pixels * math.log(pink / (1 - pink)) / 2,
          "The evidence is to be shared out among the pixels: divide by N."),
         (lambda pink, pixels: 0.0,
          "h has stayed at 0, so the shirt is pink half of the time. Does the loop "
          "change h, and does the data's mean label, 2 * pink - 1, come in?"),
         (lambda pink, pixels: pink / pixels,
          "A field is no probability. It adds up in an exponent, so the logarithm of "
          "the odds is shared out."),
         (lambda pink, pixels: (2 * pink - 1) / pixels,
          "That is one step from h = 0. Repeat it: the model's mean label, tanh(N h), "
          "changes with h."),
         (lambda pink, pixels: math.log(pink) / (2 * pixels),
          "This takes pink's probability alone. What counts is pink against teal: "
          "pink / (1 - pink)."),
         (lambda pink, pixels: math.log(pink) / pixels,
          "This takes pink's probability alone, and once. A flip of the shirt compares "
          "pink with teal, and changes the sum of h ℓ by 2 N h."),
         (lambda pink, pixels: pink / (1 - pink) / (2 * pixels),
          "These are the odds; the exponent holds their logarithm."),
         (lambda pink, pixels: math.atanh(pink) / pixels,
          "The data's mean label is not `pink`: a fraction `pink` has label 1 and the "
          "rest -1."),
         (lambda pink, pixels: descent(pink, pixels, flips=1),
          "The model's mean label is tanh(N h), since all N pixels flip together; "
          "tanh(h) belongs to one pixel alone."),
         (lambda pink, pixels: descent(pink, pixels, size=-1),
          "Your steps go uphill: the gradient is model less data, and h moves against "
          "it."),
         (lambda pink, pixels: descent(pink, pixels, size=pixels),
          "Your h is far too large. If it comes from a loop, its steps are too long "
          "and it jumps to and fro: take 1 / N² times the gradient, which has a factor "
          "N of its own.", lambda mine, right: abs(float(mine)) > 1.5 * abs(right)),
         (lambda pink, pixels: descent(pink, pixels, size=1 / pixels),
          "These steps follow the gradient of one pixel. All N pixels share this h, so "
          "their N equal gradients add up, and h moves N times as far."),
         (lambda pink, pixels: shared_field(pink, pixels) / 2,
          "Your h has the right sign and is too small. If it comes from a loop, it has "
          "not arrived: take all 200 steps, each of 1 / N² times the gradient, which "
          "is N times that of one pixel.",
          lambda mine, right: 0 < float(mine) / right < 0.999)],
        SHARED, tolerance=1e-6),
]
