"""Exercises of lesson 05: one p(z) for every photo, the ELBO, and the price of z."""

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise, attempt
from course_lib.teaching.exercises.tables import combined, mistakes

MANY = 10_000                      # values of u, evenly spread, with which to judge
APART = 0.01                       # how far a frequency may be from its chance
CHANCES = ([0.5, 0.5], [0.2, 0.8], [0.5, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4])

NUMBERS, COIN = 512, 0.59          # of small shirts, see 05.3
WORTH = NUMBERS * math.log(0.3 / 0.1)


def dye(u: Tensor, chances: Tensor) -> Tensor:
    return (u[:, None] > chances.cumsum(0)[:-1]).sum(1)


def first_above(u: Tensor, chances: Tensor) -> Tensor:
    """Return the first dye whose own chance exceeds u, the last one if none does."""
    above = u[:, None] < chances
    return torch.where(above.any(1), above.long().argmax(1), len(chances) - 1)


IGNORES_U = ("The dye of one u depends on the other u around it, or on a new random "
             "draw. All chance is in u: the same u must always give the same dye.")
ONE_HOT = "It returns one number for each u and each dye. Return the dye of each u."
SAME = ("It gives the same dye for every u: u decides nothing. Every dye must come "
        "out for some u, for as many as it is likely.")
FIXED = ("The borders between the dyes are the same for chances [0.5, 0.5] and [0.2, "
         "0.8]. They must depend on the chances.")
DYES = mistakes(
    (SAME, lambda u, chances: chances.argmax().expand(len(u))),
    ("All dyes come out equally often, whatever their chances are. The borders "
     "between the dyes must depend on the chances.",
     lambda u, chances: (u * len(chances)).long()),
    ("The dyes are counted from 1. Count from 0.",
     lambda u, chances: dye(u, chances) + 1),
    ("The chances are in the opposite order: the first dye comes out as often as the "
     "last one should.", lambda u, chances: dye(u, chances.flip(0))),
    ("The dyes are numbered from the wrong end: the last dye goes to the smallest u. "
     "Count the borders that u has passed.",
     lambda u, chances: len(chances) - 1 - dye(u, chances),
     lambda u, chances: len(chances) - dye(u, chances)),
    ("This is right for two dyes. With more of them, the later ones never come out.",
     lambda u, chances: (u > chances[0]).long()),
    ("This gives dye 1 below the first border, which is the place of dye 0. And with "
     "more than two dyes, the later ones never come out.",
     lambda u, chances: (u <= chances[0]).long()),
    ("The borders are not in the right places. The second dye begins where the first "
     "one ends, so each border is a running sum of the chances.",
     lambda u, chances: (u[:, None] > chances[:-1]).sum(1),
     lambda u, chances: (u[:, None] > chances).sum(1),
     lambda u, chances: (u[:, None] > chances).sum(1).clamp(max=len(chances) - 1),
     lambda u, chances: (u[:, None] < chances).sum(1),
     lambda u, chances: torch.searchsorted(chances, u), first_above,
     lambda u, chances: torch.searchsorted(chances, u).clamp(max=len(chances) - 1),
     lambda u, chances: (u[:, None] < chances).long().argmax(1)),
    ("You left out the first border. The last running sum is 1, and no border.",
     lambda u, chances: (u[:, None] > chances.cumsum(0)[1:]).sum(1)),
    ("You sorted the chances. Then the number of a border is no longer that of its "
     "dye.", lambda u, chances: dye(u, chances.sort().values),
     lambda u, chances: dye(u, chances.sort(descending=True).values)),
    ("This is the dye whose chance is nearest to u. Lay the chances end to end from 0 "
     "to 1, and see on which of them u falls.",
     lambda u, chances: (chances - u[:, None]).abs().argmin(1)),
    ("This is the number of the border nearest to u. Count the borders that u has "
     "passed.", lambda u, chances: (chances.cumsum(0) - u[:, None]).abs().argmin(1)),
    (FIXED, lambda u, chances: u.round()))

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
        given.append(index.double())
    for mistake, says in DYES:
        if all(torch.equal(index, mistake(u, torch.tensor(chances)).double())
               for index, chances in zip(given, CHANCES)):
            return says
    if not all(torch.equal(index, index.round()) for index in given):
        return "Dyes are numbered 0, 1, 2 ...; it returns numbers in between."
    if all((index == index[0]).all() for index in given):
        return SAME
    if torch.equal(*given[:2]):
        return FIXED
    return next(filter(None, map(_off, given, CHANCES)), None)


def _off(index: Tensor, chances: list[float]) -> str | None:
    """Say how dyes or their frequencies miss the chances, None if they don't."""
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
ONE_TERM = ("One of the two terms is still one number for each z. Add up both, to one "
            "number.")
ALL_ALIKE = ("counts every z alike. Its mean is over the encoder: times q, then the "
             "sum.")
BOUNDS = [
    *mistakes(
        ("That is log p(y | x) itself. With a few values of z one can sum over them "
         "all; the ELBO is for when one cannot.", lambda p, d, q: (p * d).sum().log()),
        ("That is p(y | x), the mean weight. The ELBO is the mean of the logarithms.",
         lambda p, d, q: (p * d).sum()),
        ("You weighed with the prior or the decoder. z is drawn from the encoder: "
         "weigh with q.",
         lambda p, d, q: told(d * p / q, p), lambda p, d, q: told(d * p, p),
         lambda p, d, q: told(d * p / q, p * d),
         lambda p, d, q: told(d * p / q, d)),
        ("The mean " + ALL_ALIKE, *(
            lambda p, d, q, mean=mean: mean((d * p / q).log())
            for mean in (torch.sum, torch.mean, torch.clone))),
        ("That takes the logarithm after the sum, or none. The ELBO is the mean over "
         "the encoder of the logarithm of each weight.",
         *(lambda p, d, q, mean=mean: mean(d * p / q) for mean in (
             torch.sum, torch.mean, torch.clone)), lambda p, d, q: p * d,
         lambda p, d, q: (d * p / q).sum().log(),
         lambda p, d, q: (d * p / q).mean().log()),
        ("That is what the ELBO loses against log p(y | x), or minus that. It is log p "
         "less this KL to the posterior.", lambda p, d, q: kl(q, posterior(p, d)),
         lambda p, d, q: -kl(q, posterior(p, d))),
        ("The KL to the posterior is subtracted from log p, and is a mean over the "
         "encoder: a bound is below log p.",
         lambda p, d, q: (p * d).sum().log() + kl(q, posterior(p, d)),
         lambda p, d, q: (p * d).sum().log() - kl(posterior(p, d), q))),
    *combined(
        lambda told, price, join:
            lambda p, d, q: join(told(p, d, q), price(p, d, q)),
        mistakes(                  # the reconstruction
            ("", lambda p, d, q: told(d, q)),
            ("The reconstruction is missing: the mean of log p(y | z, x).",
             lambda p, d, q: 0.0),
            ("The sign of the reconstruction is wrong: what y tells z is subtracted "
             "from the log density of y.", lambda p, d, q: -told(d, q)),
            ("Your reconstruction is a mean over the prior. The z that is decoded is "
             "drawn from the encoder.", lambda p, d, q: told(d, p)),
            ("Your reconstruction " + ALL_ALIKE, *(
                lambda p, d, q, mean=mean: mean(d.log())
                for mean in (torch.sum, torch.mean, torch.clone)),
             lambda p, d, q: (q * d).log().sum(), lambda p, d, q: (q * d).log()),
            ("Your reconstruction takes the logarithm after the mean. Take it before.",
             lambda p, d, q: (q * d).sum().log()),
            ("The prior is there twice: in the KL, and in your reconstruction, where "
             "only p(y | z, x) belongs.", lambda p, d, q: told(d * p, q)),
            ("Decoder and encoder are exchanged: the weights q(z | x, y) are outside "
             "the logarithm, and p(y | z, x) inside it.",
             lambda p, d, q: told(q, d)),
            (ONE_TERM, lambda p, d, q: q * d.log()),
            ("p(y | z, x) is one y for several z, and need not add up to 1: do not "
             "normalise it.", lambda p, d, q: told(d / d.sum(), q)),
            ("That decodes one z. With a table the mean is over all: times q, then the "
             "sum.", lambda p, d, q: d[q.argmax()].log(),
             lambda p, d, q: d.max().log()),
            ("No squared error or cross-entropy is needed: the decoder is the chance "
             "of the y that was seen. Take its logarithm.",
             lambda p, d, q: -(q * (1 - d).square()).sum(),
             lambda p, d, q: -binary_cross_entropy(d, q),
             lambda p, d, q: told(d * (1 - d), q)),
            ("From log p it is the KL to the posterior that is subtracted; the one to "
             "the prior is subtracted from the reconstruction.",
             lambda p, d, q: (p * d).sum().log())),
        mistakes(                  # what the encoder pays
            ("", lambda p, d, q: kl(q, p)),
            ("That is the reconstruction alone. The encoder must also pay for leaving "
             "the prior: subtract KL(q || p).", lambda p, d, q: 0.0),
            ("The KL is the wrong way round: it is a mean over the encoder, of "
             "log(q / p).", lambda p, d, q: kl(p, q),
             lambda p, d, q: kl(p, q) / len(q)),
            ("Your KL " + ALL_ALIKE, *(
                lambda p, d, q, mean=mean: mean((q / p).log())
                for mean in (torch.sum, torch.mean)),
             lambda p, d, q: (q * q / p).log().sum()),
            ("The logarithm is missing in your KL, the mean of log(q / p).",
             lambda p, d, q: (q * q / p).sum(), lambda p, d, q: (q / p).sum(),
             lambda p, d, q: (q - p).abs().sum(), lambda p, d, q: (q * (q - p)).sum()),
            (ONE_TERM, lambda p, d, q: q * (q / p).log(),
             lambda p, d, q: (q / p).log()),
            ("The prior is missing: the KL is the mean of log(q / p), not of log q.",
             lambda p, d, q: told(q, q)),
            ("The entropy of the encoder is missing: divide by q inside the logarithm. "
             "Without it the best encoder would put all on one z.",
             lambda p, d, q: -told(p, q)),
            ("A sign in your KL is wrong: it is the mean of log q less that of log p.",
             lambda p, d, q: -told(p * q, q), lambda p, d, q: told(p * q, q),
             lambda p, d, q: told(p, q)),
            ("A KL is no difference of two entropies: log p, too, is a mean over the "
             "encoder.", lambda p, d, q: told(q, q) - told(p, p)),
            ("torch's kl_div takes the logarithm of its first argument, and the mean. "
             "Write the KL out.", *(
                lambda p, d, q, mean=mean: mean(q * (q.log() - p))
                for mean in (torch.sum, torch.mean)), *(
                lambda p, d, q, mean=mean: mean(p * (p.log() - q))
                for mean in (torch.sum, torch.mean))),
            ("You subtract the KL to the posterior. From the reconstruction it is the "
             "KL to the prior; the one to the posterior is subtracted from log p.",
             lambda p, d, q: kl(q, posterior(p, d))),
            ("Your KL is in bits, or to base 10. Take the natural logarithm.",
             lambda p, d, q: kl(q, p) / math.log(2),
             lambda p, d, q: kl(q, p) / math.log(10))),
        mistakes(
            ("", lambda gain, price: gain - price),
            ("The sign of the KL is wrong: leaving the prior must lower the bound.",
             lambda gain, price: gain + price),
            ("The sign is wrong: training makes minus the ELBO small.",
             lambda gain, price: price - gain),
            ("The KL is subtracted from the reconstruction.",
             lambda gain, price: gain / price, lambda gain, price: gain * price)))]

NATS = "Take the natural logarithm, for nats."
ONE_SIDE = "The gain is a difference of two log densities: -log 0.1 less -log 0.3."
DIFFERENCE = ("The densities of two Gaussians differ by the logarithm of the ratio of "
              "their deviations, not by a difference.")
SQUARES = ("Squared errors are not the gain: each decoder's errors are as large as its "
           "own noise, so both pay the same 1/2. What differs is the logarithm of the "
           "deviation.")
WORTHS = [                         # what the dye may wrongly be taken to be worth
    (math.log(3), "That is for one number. A small picture has 512."),
    (math.log(3) / NUMBERS, "You divided by the 512 numbers. Each of them gains, so it "
                            "is times 512."),
    (-WORTH, "The sign is wrong: less noise is a gain."),
    (2 * WORTH, "The worth is twice too large. A Gaussian's log density loses the log "
                "of the deviation, not of the variance, for 512 numbers."),
    (WORTH / 2, "That is half of the worth. A small picture has two channels, 2 · 16 · "
                "16 numbers, and each gains the whole log(0.3 / 0.1)."),
    (4 * WORTH, "That is for the large shirts. The small ones have 512."),
    (1.5 * WORTH, "That is for three channels. A small picture has two, 512 numbers."),
    (NUMBERS, "Each of the 512 numbers gains a logarithm, and not 1 nat."),
    *((count * 3, "The worth of one number is the logarithm of 0.3 / 0.1.")
      for count in (NUMBERS, 1)),
    (NUMBERS * math.log10(3), NATS),
    (NUMBERS * 0.2, DIFFERENCE), (0.2, DIFFERENCE),
    *((sign * NUMBERS * math.log(0.2), "That is the logarithm of a difference. The "
       "gain is a difference of logarithms.") for sign in (1, -1)),
    *((sign * NUMBERS * math.log(deviation), ONE_SIDE)
      for sign in (1, -1) for deviation in (0.1, 0.3)),
    *((NUMBERS * squares, SQUARES) for squares in (0.04, 0.08, 4, 4.5, 8, 9))]
PRICES = [
    (WORTH, "That is what the dye is worth, in nats. How many nats are paid for it, at "
            "a price of 1?"),
    *((worth / COIN, says) for worth, says in WORTHS),
    *((worth, f"{says} Then divide by the 0.59 nats of the dye.")
      for worth, says in WORTHS),
    *((worth * COIN, "You multiplied by what the dye tells. The price times 0.59 nats "
       "must come to what it is worth: divide.")
      for worth in (WORTH, math.log(3), NUMBERS)),
    *((COIN / worth, "That is upside down: the worth is divided by what the dye tells.")
      for worth in (WORTH, math.log(3), NUMBERS)),
    (NUMBERS * math.log2(3) / COIN, NATS),
    (WORTH / math.log(2), "You divided by log 2, for bits or for a fair coin. Divide "
                          "by 0.59, the nats that the dye tells."),
    (WORTH / COIN * math.log(2), "You took 0.59 for bits. It is in nats already."),
    *((WORTH / COIN * factor, "That is the weight of a training. Hand in the price "
       "itself, and the KLs of both trainings.") for factor in (0.1, 10)),
    (1, "That is the price in the ELBO itself. Asked for is the one at which the dye "
        "would not be worth it any more.")]
FIRST = "Begin with the price: [price, KL at a tenth of it, KL at ten times it]."
KLS = [                            # (price, cheap, dear) -> bool, and what to say
    (lambda price, cheap, dear: min(cheap, dear) < 0,
     "A KL is never negative. Is this the ELBO, or the loss?"),
    (lambda price, cheap, dear: {round(10 * cheap / price), round(10 * dear / price)}
     == {1, 100}, "These are the KL weights. Hand in what model.kl(...).mean() gives "
                  "after training with them."),
    (lambda price, cheap, dear: min(cheap, dear) > 10,
     "Neither is a KL per image, which is a nat or two at most here. Take "
     "model.kl(...).mean(), and not the ELBO or the loss."),
    (lambda price, cheap, dear: cheap < 0.1 < dear,
     "The two KLs are the wrong way round: an expensive latent tells less."),
    (lambda price, cheap, dear: max(cheap, dear) > 10,
     "These KLs are still multiplied by something. Take model.kl(...).mean(), in nats "
     "per image, without the price."),
    (lambda price, cheap, dear: dear > 0.1,
     "The expensive latent is still used. Was it passed on, as kl_weight=price?"),
    (lambda price, cheap, dear: COIN < NUMBERS * cheap < 10 and dear < cheap / 10,
     "The first KL is too small for a latent that is used, and too large for one that "
     "is not. Was it divided by the numbers or by the images? Take .mean() alone, in "
     "nats per image."),
    (lambda price, cheap, dear: cheap < 0.1,
     "The cheap latent is not used either. Is its price a tenth of yours?")]


def judge_price(answer) -> str | None:
    """Return what is wrong with [price, KL at a tenth of it, KL at ten times it]."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (3,) or not numbers.isfinite().all():
        return ("Give three numbers, [price, KL at a tenth of it, KL at ten times it]; "
                "each KL is a mean over the images.")
    price = numbers[0].item()
    off, *others = (numbers * COIN / WORTH - 1).abs().tolist()
    if off <= 0.03:
        return next((says for applies, says in KLS if applies(*numbers.tolist())), None)
    if min(others) <= 0.03:
        return FIRST
    wrong, says = min(PRICES, key=lambda known: abs(price / known[0] - 1))
    if abs(price / wrong - 1) < 0.005:
        return says
    side = "low" if price * COIN < WORTH else "high"
    return (f"Yours, {price:.4g}, is a little too {side}: calculate it to three digits."
            if off < 0.12 else
            f"The price should be what the dye is worth to the reconstruction, by what "
            f"it tells in nats. Yours, {price:.4g}, is too {side}.")


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
