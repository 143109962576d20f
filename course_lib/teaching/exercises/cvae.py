"""Exercises of lesson 05: a latent that knows no x, the bounds, and what z can tell."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise, attempt

MANY = 10_000                      # values of u, evenly spread, with which to judge
APART = 0.01                       # how far a frequency may be from its chance
ONE_DYE = ("It gives the same dye for every u: u decides nothing. Every dye must come "
           "out for some u, for as many as it is likely.")
EVENLY = ("All dyes come out equally often, whatever their chances are. The borders "
          "between the dyes must depend on the chances.")
OPPOSITE = ("The dyes come out in the opposite order: the first one as often as the "
            "last one should. Dye 0 is for the smallest chances[0] of all u.")


def dye(u: Tensor, chances: Tensor) -> Tensor:
    """Return the number of a dye for each u, (n,), by its quantile."""
    return (u[:, None] > chances.cumsum(0)[:-1]).sum(1)


def elbo(prior: Tensor, decoder: Tensor, encoder: Tensor) -> Tensor:
    """Return the ELBO of one y, where z has as many values as the tables entries."""
    reconstruction = (encoder * decoder.log()).sum()
    return reconstruction - (encoder * (encoder / prior).log()).sum()


def bound(log_weights: Tensor) -> Tensor:
    """Return log of the mean weight, without ever leaving the logarithms."""
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def accuracy_from_z(p: Tensor) -> Tensor:
    """Return how often the dye is guessed from its quantile alone."""
    return 1 - (p - 0.5).abs().mean()


def judge_dye(answer) -> str | None:
    """Return what is wrong with a rule from u to dyes, None if its frequencies fit."""
    u = (torch.arange(MANY) + 0.5) / MANY
    for chances in ([0.5, 0.5], [0.2, 0.8], [0.5, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4]):
        chances = torch.tensor(chances)
        index = torch.as_tensor(attempt(answer, u.clone(), chances.clone()))
        if index.shape != u.shape:
            return (f"For u of shape ({MANY},) it returns shape {tuple(index.shape)}; "
                    f"return the number of one dye for each u.")
        if index.is_floating_point() and not torch.equal(index, index.round()):
            return "Dyes are numbered 0, 1, 2 ...; it returns numbers in between."
        if index.min() < 0 or index.max() >= len(chances):
            return (f"It returns numbers from {int(index.min())} to "
                    f"{int(index.max())} for {len(chances)} dyes; count from 0 to "
                    f"{len(chances) - 1}.")
        share = torch.bincount(index.long(), minlength=len(chances)) / MANY
        if (said := _off(share, chances)) is not None:
            return said
    return None


def _off(share: Tensor, chances: Tensor) -> str | None:
    """Say how frequencies miss the chances, None if they don't."""
    if (share - chances).abs().max() <= APART:
        return None
    if share.max() == 1:
        return ONE_DYE
    even = torch.full_like(chances, 1 / len(chances))
    if (share - even).abs().max() <= APART:
        return EVENLY
    if (share - chances.flip(0)).abs().max() <= APART:
        return OPPOSITE
    wrong = int((share - chances).abs().argmax())
    return (f"With chances {[round(c, 2) for c in chances.tolist()]} dye {wrong} comes "
            f"out for {share[wrong]:.2f} of all u, and its chance is "
            f"{chances[wrong]:.2f}.")


TABLES = [Case(torch.full((4,), 0.25), torch.tensor([0.9, 0.9, 0.9, 0.1]),
               torch.tensor([0.5, 0.25, 0.2, 0.05])),
          Case(torch.tensor([0.5, 0.5]), torch.tensor([0.8, 0.3]),
               torch.tensor([0.5, 0.5])),
          Case(torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.1, 0.6, 0.2]),
               torch.tensor([0.3, 0.3, 0.4]))]
WEIGHTS = [Case(torch.tensor([0.0, 0.0])), Case(torch.tensor([-1.0])),
           Case(torch.tensor([-3.0, -1.0, -2.0, -0.5])),
           Case(torch.tensor([-2000.0, -2001.0, -2003.0]))]
SHIRTS = [Case(torch.tensor([0.5, 0.5, 0.5])), Case(torch.tensor([0.0, 1.0])),
          Case(torch.tensor([0.25, 0.75])), Case(torch.linspace(0.15, 0.85, 71))]

EXERCISES = [
    # u is uniform on 0 to 1 and knows nothing of the photo; chances holds how likely
    # each dye is for it. Return the number of a dye for each u, such that every dye
    # comes out as often as its chance says.
    Exercise(
        "05.1", dye,
        "One p(z), the same for every photo, is enough: the decoder puts the borders "
        "where x wants them, and z is the dye's quantile.",
        ["With two dyes: dye 0 where u is at most chances[0], dye 1 elsewhere.",
         "With more, the borders stand at the running sums: chances.cumsum(0).",
         "Count how many borders u has passed: (u[:, None] > "
         "chances.cumsum(0)[:-1]).sum(1)"],
        [(lambda u, chances: chances.argmax().expand(len(u)), ONE_DYE),
         (lambda u, chances: (u * len(chances)).long(), EVENLY),
         (lambda u, chances: dye(u, chances.flip(0)), OPPOSITE),
         (lambda u, chances: (u[:, None] > chances.cumsum(0)).sum(1) + 1,
          "It returns numbers from 1 to 2 for 2 dyes; count from 0 to 1.")],
        judge=judge_dye),
    # z has a few values. prior holds p(z), decoder holds p(y | z, x) for one y and x,
    # encoder holds q(z | x, y). Return the ELBO.
    Exercise(
        "05.2", elbo,
        "It is log p(y | x), less how far the encoder is from the posterior.",
        ["The ELBO is a mean over the encoder: weigh with encoder, and sum.",
         "What is averaged is log decoder + log prior - log encoder.",
         "(encoder * (decoder * prior / encoder).log()).sum()"],
        [(lambda prior, decoder, encoder: (encoder * decoder.log()).sum(),
          "That is the reconstruction alone. The encoder must also pay for leaving the "
          "prior: subtract KL(encoder || prior)."),
         (lambda prior, decoder, encoder: (prior * decoder).sum().log(),
          "That is log p(y | x) itself, summed over all z. With four values of z one "
          "can do that; the ELBO is what to use when one cannot."),
         (lambda prior, decoder, encoder: (
              encoder * (decoder * encoder / prior).log()).sum(),
          "The sign of the KL is wrong: an encoder far from the prior must lower the "
          "bound."),
         (lambda prior, decoder, encoder: (
              prior * (decoder * prior / encoder).log()).sum(),
          "The mean is over the encoder, for it is the encoder that z is drawn from; "
          "you weighed with the prior."),
         (lambda prior, decoder, encoder: -elbo(prior, decoder, encoder),
          "The sign is wrong: the ELBO lies below log p, and training makes minus the "
          "ELBO small.")],
        TABLES),
    # log_weights, (k,), holds log of the k weights of one y. Return the
    # importance-weighted bound, the log of their mean, also where the weights
    # themselves are too small for the computer.
    Exercise(
        "05.3", bound,
        "Inside the logarithm the mean is nearly right already; outside it is the ELBO "
        "again.",
        ["The log of a mean is not the mean of the logs.",
         "exp(-2000) is 0 for the computer. torch.logsumexp adds numbers of which it "
         "is given the logarithms.",
         "log_weights.logsumexp(0) - log(k), with k = len(log_weights)"],
        [(lambda log_weights: log_weights.mean(),
          "The mean of the logs is the ELBO, estimated k times. The mean must be taken "
          "first, and the logarithm after it."),
         (lambda log_weights: log_weights.logsumexp(0),
          "That is the log of the sum. Of the mean it is log k less; without that it "
          "grows with k for no reason."),
         (lambda log_weights: log_weights.exp().mean().log(),
          "The formula is right, and it breaks where weights are as small as "
          "exp(-2000), which is 0 for the computer. Stay with the logarithms: "
          "torch.logsumexp."),
         (lambda log_weights: log_weights.max(),
          "That is the largest weight alone. It comes close when one weight outweighs "
          "all others, but it lacks the mean over k.")],
        WEIGHTS),
    # z is uniform on 0 to 1, and a shirt is teal where z is at most its p. Somebody
    # sees z but no photo. In what part of all cases can the dye be guessed right at
    # best? p holds the chances of many shirts, and lies around one half symmetrically.
    Exercise(
        "05.4", accuracy_from_z,
        "The further the shirts are from a coin toss, the less z alone tells: then it "
        "is x that decides.",
        ["Without x the best guess is teal for z below one half.",
         "For one shirt that guess is wrong exactly for z between p and one half.",
         "1 - (p - 0.5).abs().mean()"],
        [(lambda p: 0.5 + (p - 0.5).abs().mean(),
          "That is how often one is right who sees the photo but not z. Here it is the "
          "other way round."),
         (lambda p: torch.ones(()),
          "z alone does not fix the dye: z = 0.6 is teal for a shirt with p = 0.7 and "
          "pink for one with p = 0.3."),
         (lambda p: (p - 0.5).abs().mean(), "That is how often the guess is wrong."),
         (lambda p: torch.full((), 0.5),
          "z does tell something: below the smallest p it is teal for every shirt.")],
        SHIRTS),
]
