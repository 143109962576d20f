"""Exercises of lesson 05: one p(z) for every photo, the ELBO, and the price of z."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise, attempt

MANY = 10_000                      # values of u, evenly spread, with which to judge
APART = 0.01                       # how far a frequency may be from its chance
CHANCES = ([0.5, 0.5], [0.2, 0.8], [0.5, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4])

NUMBERS, COIN = 512, 0.59          # of small shirts, see 05.3
WORTH = NUMBERS * math.log(0.3 / 0.1)


def dye(u: Tensor, chances: Tensor) -> Tensor:
    return (u[:, None] > chances.cumsum(0)[:-1]).sum(1)


IGNORES_U = ("The dye of one u depends on the other u around it, or on a new random "
             "draw. All chance is in u: the same u must always give the same dye.")
ONE_HOT = "It returns one number for each u and each dye. Return the dye of each u."
BORDERS = ("The borders are not in the right places. The second dye begins where the "
           "first one ends, so each border is a running sum of the chances.")
DYES = [
    (lambda u, chances: chances.argmax().expand(len(u)),
     "It gives the same dye for every u: u decides nothing. Every dye must come out "
     "for some u, for as many as it is likely."),
    (lambda u, chances: (u * len(chances)).long(),
     "All dyes come out equally often, whatever their chances are. The borders between "
     "the dyes must depend on the chances."),
    (lambda u, chances: dye(u, chances) + 1,
     "The dyes are counted from 1. Count from 0."),
    (lambda u, chances: dye(u, chances.flip(0)),
     "The chances are in the opposite order: the first dye comes out as often as the "
     "last one should."),
    (lambda u, chances: len(chances) - 1 - dye(u, chances),
     "The dyes are numbered from the wrong end: the last dye goes to the smallest u. "
     "Count the borders that u has passed."),
    (lambda u, chances: (u > chances[0]).long(),
     "This is right for two dyes. With more of them, the later ones never come out."),
    (lambda u, chances: (u[:, None] > chances[:-1]).sum(1), BORDERS),
    (lambda u, chances: (u[:, None] > chances).sum(1).clamp(max=len(chances) - 1),
     BORDERS),
    (lambda u, chances: (u[:, None] > chances.sort().values.cumsum(0)[:-1]).sum(1),
     "You sorted the chances. Then the number of a border is no longer that of its "
     "dye."),
    (lambda u, chances: (chances - u[:, None]).abs().argmin(1),
     "This is the dye whose chance is nearest to u. Lay the chances end to end from 0 "
     "to 1, and see on which of them u falls."),
]


def judge_dye(answer) -> str | None:
    """Return what is wrong with a rule from u to dyes, None if its frequencies fit."""
    u = (torch.arange(MANY) + 0.5) / MANY
    given = []
    for chances in map(torch.tensor, CHANCES):
        index = torch.as_tensor(attempt(answer, u.clone(), chances.clone()))
        if index.shape == (MANY, len(chances)):
            return ONE_HOT
        if index.shape != u.shape:
            return (f"For u of shape ({MANY},) it returns shape {tuple(index.shape)}; "
                    f"return the number of one dye for each u.")
        other_way = torch.as_tensor(attempt(answer, u.flip(0), chances.clone()))
        if not torch.equal(other_way.flip(0), index):
            return IGNORES_U
        given.append(index)
    for mistake, says in DYES:
        if all(torch.equal(index.double(), mistake(u, torch.tensor(chances)).double())
               for index, chances in zip(given, CHANCES)):
            return says
    return next(filter(None, map(_off, given, CHANCES)), None)


def _off(index: Tensor, chances: list[float]) -> str | None:
    """Say how dyes or their frequencies miss the chances, None if they don't."""
    if index.is_floating_point() and not torch.equal(index, index.round()):
        return "Dyes are numbered 0, 1, 2 ...; it returns numbers in between."
    if index.min() < 0 or index.max() >= len(chances):
        return (f"It returns numbers from {int(index.min())} to {int(index.max())} for "
                f"{len(chances)} dyes; count from 0 to {len(chances) - 1}.")
    share = torch.bincount(index.long(), minlength=len(chances)) / MANY
    wrong = int((share - torch.tensor(chances)).abs().argmax())
    if abs(share[wrong] - chances[wrong]) <= APART:
        return None
    return (f"With chances {chances} dye {wrong} comes out for {share[wrong]:.2f} of "
            f"all u, and its chance is {chances[wrong]:.2f}.")


def kl(q: Tensor, p: Tensor) -> Tensor:
    return (q * (q / p).log()).sum()


def told(decoder: Tensor, encoder: Tensor) -> Tensor:
    """Return the reconstruction, Σ q log p(y | z, x)."""
    return (encoder * decoder.log()).sum()


def elbo(prior: Tensor, decoder: Tensor, encoder: Tensor) -> Tensor:
    return told(decoder, encoder) - kl(encoder, prior)


def posterior(prior: Tensor, decoder: Tensor) -> Tensor:
    return prior * decoder / (prior * decoder).sum()


TABLES = [Case(torch.full((4,), 0.25), torch.tensor([0.9, 0.6, 0.3, 0.1]),
               torch.tensor([0.4, 0.3, 0.2, 0.1])),
          Case(torch.tensor([0.5, 0.5]), torch.tensor([0.8, 0.3]),
               torch.tensor([0.5, 0.5])),
          Case(torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.1, 0.6, 0.2]),
               torch.tensor([0.3, 0.3, 0.4]))]
UNDER_Q = "The mean is over the encoder, which z is drawn from: times q, then the sum."
BOUNDS = [
    (lambda p, d, q: told(d, q),
     "That is the reconstruction alone. The encoder must also pay for leaving the "
     "prior: subtract KL(q || p)."),
    (lambda p, d, q: (p * d).sum().log(),
     "That is log p(y | x) itself. With a few values of z one can sum over them all; "
     "the ELBO is for when one cannot."),
    (lambda p, d, q: (p * d).sum(),
     "That is p(y | x), the mean weight. The ELBO is the mean of the logarithms."),
    (lambda p, d, q: told(d, q) + kl(q, p),
     "The sign of the KL is wrong: leaving the prior must lower the bound."),
    (lambda p, d, q: told(d, p) - kl(q, p),
     "Your reconstruction is a mean over the prior. The z that is decoded is drawn "
     "from the encoder."),
    *((wrong, UNDER_Q) for wrong in (
        lambda p, d, q: told(d, p), lambda p, d, q: told(d * p / q, p),
        lambda p, d, q: d.log().sum() - kl(q, p),
        lambda p, d, q: d.log().mean() - kl(q, p),
        lambda p, d, q: (d * p / q).log(), lambda p, d, q: (d * p / q).log().mean(),
        lambda p, d, q: (d * p / q).log().sum())),
    (lambda p, d, q: told(d * p, q),
     "The entropy of the encoder is missing: divide by q inside the logarithm. Without "
     "it the best encoder would put all on one z."),
    (lambda p, d, q: told(d / q, q),
     "The prior is missing: the KL is the mean of log(q / p), and not of log q."),
    (lambda p, d, q: told(d, q) - kl(p, q),
     "The KL is the wrong way round: it is a mean over the encoder, of log(q / p)."),
    (lambda p, d, q: (q * d).sum().log() - kl(q, p),
     "Your reconstruction takes the logarithm after the mean. Take it before."),
    (lambda p, d, q: (q * d).sum() - kl(q, p),
     "The reconstruction is the mean of log p(y | z, x); the logarithm is missing."),
    (lambda p, d, q: told(d, q) - kl(q, posterior(p, d)),
     "You subtract the KL to the posterior. From the reconstruction it is the KL to "
     "the prior; the one to the posterior is subtracted from log p."),
    (lambda p, d, q: (p * d).sum().log() - kl(q, p),
     "From log p it is the KL to the posterior that is subtracted; the one to the "
     "prior is subtracted from the reconstruction."),
    (lambda p, d, q: kl(q, p),
     "That is the KL to the prior alone: subtract it from the reconstruction."),
    (lambda p, d, q: kl(q, posterior(p, d)),
     "That is what the ELBO loses against log p(y | x), not the ELBO."),
    (lambda p, d, q: -elbo(p, d, q),
     "The sign is wrong: training makes minus the ELBO small."),
    (lambda p, d, q: q * (d * p / q).log(),
     "These are the terms of the mean. Add them up, to one number."),
    (lambda p, d, q: elbo(p, d, q) / len(q),
     "You took .mean() after weighing with q, which divides once more: take .sum()."),
    (lambda p, d, q: told(d, q) / len(q) - kl(q, p),
     "Your reconstruction takes .mean() after weighing with q: take .sum()."),
    (lambda p, d, q: elbo(p, d, q) / math.log(2),
     "That is in bits. Take the natural logarithm, for nats."),
]

NATS = "Take the natural logarithm, for nats."
ONE_SIDE = "The gain is a difference of two log densities: -log 0.1 less -log 0.3."
PRICES = [
    (math.log(3) / COIN, "That is the worth of one number. A small picture has 512."),
    (WORTH, "That is what the dye is worth, in nats. How many nats are paid for it, at "
            "a price of 1?"),
    (WORTH * COIN, "You multiplied by what the dye tells. The price times 0.59 nats "
                   "must come to what it is worth: divide."),
    (COIN / WORTH, "That is upside down: the worth is divided by what the dye tells."),
    (-WORTH / COIN, "The sign is wrong: less noise is a gain."),
    (2 * WORTH / COIN, "That is twice the price. A Gaussian's log density loses the "
                       "log of the deviation, not of the variance, for 512 numbers."),
    (WORTH / COIN / 2, "That is half the price. A small picture has two channels, 2 · "
                       "16 · 16 numbers, and each gains the whole log(0.3 / 0.1)."),
    (4 * WORTH / COIN, "That is for the large shirts. The small ones have 512."),
    (NUMBERS * 3 / COIN, "The worth of one number is the logarithm of 0.3 / 0.1."),
    (NUMBERS * math.log10(3) / COIN, NATS), (NUMBERS * math.log2(3) / COIN, NATS),
    (NUMBERS * 0.2 / COIN, "The densities of two Gaussians differ by the logarithm of "
                           "the ratio of their deviations, not by a difference."),
    (-NUMBERS * math.log(0.1) / COIN, ONE_SIDE),
    (-NUMBERS * math.log(0.3) / COIN, ONE_SIDE),
]
KLS = [                            # (cheap, dear) -> bool, and what is to be said
    (lambda cheap, dear: min(cheap, dear) < 0,
     "A KL is never negative. Is this the ELBO, or the loss?"),
    (lambda cheap, dear: cheap < 0.1 < dear,
     "The two KLs are the wrong way round: an expensive latent tells less."),
    (lambda cheap, dear: max(cheap, dear) > 10,
     "These KLs are still multiplied by something. Take model.kl(...).mean(), in nats "
     "per image, without the price."),
    (lambda cheap, dear: dear > 0.1,
     "The expensive latent is still used. Was it passed on, as kl_weight=price?"),
    (lambda cheap, dear: cheap < 0.1,
     "The cheap latent is not used either. Is its price a tenth of yours?")]


def judge_price(answer) -> str | None:
    """Return what is wrong with [price, KL at a tenth of it, KL at ten times it]."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (3,):
        return "Give three numbers, [price, KL at a tenth of it, KL at ten times it]."
    price, cheap, dear = numbers.tolist()
    for wrong, says in PRICES:
        if abs(price / wrong - 1) < 0.02:
            return says
    if abs(price * COIN / WORTH - 1) > 0.03:
        return (f"The price should be what the dye is worth to the reconstruction, by "
                f"what it tells in nats. Yours, {price:.4g}, is too "
                f"{'low' if price * COIN < WORTH else 'high'}.")
    return next((says for applies, says in KLS if applies(cheap, dear)), None)


EXERCISES = [
    Exercise(
        "05.1", dye,
        "One p(z), the same for every photo, is enough for any chances: the decoder "
        "puts the borders where x wants them, and u is the quantile of the dye.",
        ["Take two dyes first, with chances 0.2 and 0.8. Which u should be dye 0?",
         "Lay the chances end to end from 0 to 1. Where does the third dye begin?",
         "Count how many borders u has passed: (u[:, None] > "
         "chances.cumsum(0)[:-1]).sum(1)"],
        DYES, judge=judge_dye),
    Exercise(
        "05.2", elbo,
        "This is the loss of every VAE, up to its sign. Here all z are summed over; a "
        "network draws one from the encoder.",
        ["Which distribution is z drawn from in training? The mean is over that one.",
         "What is averaged is the logarithm of the weight: what z gives by the model, "
         "by what the encoder says.",
         "(encoder * (decoder * prior / encoder).log()).sum()"],
        BOUNDS, TABLES),
    Exercise(
        "05.3", [WORTH / COIN, 1.0, 0.0],
        "The loss decides: below the price the dye is told, above it nothing is. A "
        "price of 1 is far below, so that collapse at 1 has other reasons.",
        ["What does a decoder gain per number, if its noise may be 0.1 instead of 0.3? "
         "And how many numbers are there?",
         "The log density of a Gaussian contains minus the log of its deviation. The "
         "gain is 512 times a logarithm; the cost is the price times what z tells.",
         "price = 512 * log(0.3 / 0.1) / 0.59, then train_small(kl_weight=price / 10) "
         "and .kl(small_y, given=small_x).mean() of it"],
        [([wrong, 1.0, 0.0], says) for wrong, says in PRICES],
        judge=judge_price),
]
