"""Exercises of lesson 04: the best critic, its loss, what a blind one misses, and the
penalty on its slopes."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise, attempt


def best_score(p: Tensor, q: Tensor) -> Tensor:
    """Return the score of the best critic, log p - log q."""
    return p.log() - q.log()


def best_loss(p: Tensor, q: Tensor) -> Tensor:
    """Return the loss of the best critic, both halves together, a scalar."""
    d = p / (p + q)
    return -(torch.xlogy(p, d) + torch.xlogy(q, 1 - d)).sum()


def hidden_from_the_blind(p: Tensor) -> Tensor:
    """Return another table than p, with the same mean over its rows."""
    return p.flip(0)


def penalty(critic, x: Tensor, y: Tensor) -> Tensor:
    """Return R1, the mean over the batch of |∂ critic(x, y) / ∂ y|²."""
    return slopes(critic, x, y).square().flatten(1).sum(1).mean()


def slopes(critic, x: Tensor, y: Tensor) -> Tensor:
    """Return ∂ critic(x, y) / ∂ y, the shape of y."""
    y = y.clone().requires_grad_()
    slope, = torch.autograd.grad(critic(x, y).sum(), y)
    return slope


def judge_hidden(answer) -> str | None:
    """Say what is wrong with a sampler that should be wrong and not be noticed."""
    for p in TABLES:
        q = torch.as_tensor(attempt(answer, p.clone()), dtype=p.dtype)
        if q.shape != p.shape:
            return (f"The table has shape {tuple(q.shape)}; give one like p, "
                    f"{tuple(p.shape)}.")
        if (q < 0).any() or not torch.allclose(q.sum(1), torch.ones(len(q))):
            return NO_DISTRIBUTION
        if torch.allclose(q, p):
            return UNCHANGED
        if not torch.allclose(q.mean(0), p.mean(0)):
            return NOTICED
    return None


NO_DISTRIBUTION = ("A row is no distribution: each shirt's dyes must have "
                   "probabilities of at least 0 that sum to one.")
UNCHANGED = ("This is the truth itself, for at least one of the tables tried. Look for "
             "a q that is wrong about shirts and right about the dyes on the whole.")
NOTICED = ("The blind critic notices: over all shirts together the dyes come out with "
           "other frequencies than in truth. It compares the means over the rows.")

COINS = [Case(torch.tensor([0.75, 0.25]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.6, 0.3, 0.1]))]
TABLES = [torch.tensor([[0.3, 0.7], [0.9, 0.1]]),
          torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])]


@dataclass(frozen=True)
class Plane:
    """A critic of the same slope in every number of y, wherever y is."""

    slope: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return self.slope * y.flatten(1).sum(1) + x.flatten(1).sum(1)


@dataclass(frozen=True)
class Bowl:
    """A critic that is highest at y = x, and the steeper the farther off."""

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return -(y - x).square().flatten(1).sum(1) / 2


PAIRS = torch.tensor([[1.0, 2.0], [0.0, -1.0]]).view(2, 1, 1, 2)
CRITICS = [Case(Plane(3.0), torch.zeros(2, 1, 1, 2), PAIRS),
           Case(Bowl(), torch.zeros(2, 1, 1, 2), PAIRS),
           Case(Bowl(), PAIRS, PAIRS),
           Case(Bowl(), torch.zeros(3, 1, 1, 4), torch.arange(12.0).view(3, 1, 1, 4))]

EXERCISES = [
    # A dye y has probability p in truth and q in the generator. Return the score, a
    # logit that is high for real, of the best critic.
    Exercise(
        "04.1", best_score,
        "A score is a ratio of probabilities: how much oftener this y is real than "
        "generated. It is 0 for every y only where the generator is right.",
        ["The best critic believes that y is real with probability p / (p + q).",
         "A logit is log(d / (1 - d)). What is d / (1 - d) here?",
         "d / (1 - d) = p / q, so the score is log p - log q."],
        [(lambda p, q: p / (p + q),
          "That is the probability d* that the pair is real. The score is its logit, "
          "log(d / (1 - d))."),
         (lambda p, q: q.log() - p.log(),
          "The sign is the book's: high for synthetic. Ours is high for real."),
         (lambda p, q: p - q,
          "The sign is right, the size is not: a critic weighs by ratios, and a y that "
          "is never generated gives itself away however rare it is."),
         (lambda p, q: (p / (p + q)).log(),
          "That is log d*. A logit also needs the other side: log d* - log(1 - d*).")],
        COINS),
    # Return the least loss that any critic can reach, both halves together, if dyes
    # have the probabilities p (a tensor) in truth and q in the generator.
    Exercise(
        "04.2", best_loss,
        "It is 2 log 2 where q = p and less everywhere else, so the generator's best "
        "answer to a perfect critic is the truth.",
        ["Put d* = p / (p + q) into the critic's loss.",
         "Real pairs come with probability p and cost -log d*; generated ones come "
         "with q and cost -log(1 - d*).",
         "d = p / (p + q); -(p * d.log() + q * (1 - d).log()).sum()"],
        [(lambda p, q: torch.tensor(2 * math.log(2)),
          "That is the loss of a critic that cannot tell. It is the least one where q "
          "= p; elsewhere a critic can do better."),
         (lambda p, q: -(p * (p / (p + q)).log()).sum(),
          "That is the real half. Add the generated one: q times -log(1 - d*)."),
         (lambda p, q: best_loss(p, q) / 2,
          "That is the mean of both halves, which is log 2 for a critic that cannot "
          "tell. Here they are added."),
         (lambda p, q: -best_loss(p, q),
          "The sign is wrong: log d is negative, and a loss of this kind is "
          "positive.")],
        COINS),
    # p[x, y] is the probability of dye y for shirt x, and all shirts are equally
    # frequent. Return a table q that is wrong, yet cannot be told from p by a critic
    # that sees y without x.
    Exercise(
        "04.3", hidden_from_the_blind,
        "A blind critic only sees which dyes there are on the whole. Any generator "
        "that deals the same dyes to other shirts passes.",
        ["A blind critic knows how often each dye occurs over all shirts: p.mean(0).",
         "Keep the mean over the rows and change the rows.",
         "Deal the rows to other shirts, p.flip(0), or give every shirt the mean, "
         "p.mean(0).expand_as(p)."],
        [(lambda p: p, UNCHANGED),
         (lambda p: p.flip(1), NOTICED),
         (lambda p: torch.full_like(p, 1 / p.shape[1]), NOTICED),
         (lambda p: 2 * p, NO_DISTRIBUTION)],
        [Case(table) for table in TABLES], judge=judge_hidden),
    # critic(x, y) returns one score a pair. Return R1: the mean over the batch of the
    # squared length of the score's gradient in y.
    Exercise(
        "04.4", penalty,
        "It is zero only for a critic that is flat at every real pair, which is what "
        "the best critic is once the generator is right.",
        ["y must record gradients: y = y.clone().requires_grad_().",
         "torch.autograd.grad(critic(x, y).sum(), y) returns a tuple with one tensor, "
         "the shape of y. Summing the scores mixes nothing: each depends on its own "
         "y.",
         "Square it, sum over all dimensions but the first, and take the mean: "
         "slope.square().flatten(1).sum(1).mean()"],
        [(lambda critic, x, y: slopes(critic, x, y).square().mean(),
          "That is the mean over all numbers. A squared length is a sum over the "
          "numbers of one y; only over the batch is it a mean."),
         (lambda critic, x, y:
          slopes(critic, x, y).flatten(1).norm(dim=1).mean(),
          "That is the mean length. R1 squares it."),
         (lambda critic, x, y:
          (slopes(critic, x, y).flatten(1).norm(dim=1) - 1).square().mean(),
          "That draws the slope to 1, as another penalty does (WGAN-GP). R1 is centred "
          "at zero."),
         (lambda critic, x, y:
          slopes(critic, x, y).square().flatten(1).sum(1).sum(),
          "That is the sum over the batch; a batch twice as large would weigh twice as "
          "much. Take the mean.")],
        CRITICS),
]
