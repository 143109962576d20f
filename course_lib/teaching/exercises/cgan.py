"""Exercises of lesson 04: the best critic, its loss, and the penalty on its slopes."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise, attempt
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED


def best_score(p: Tensor, q: Tensor) -> Tensor:
    """Return the score of the best critic, log p - log q."""
    return p.log() - q.log()


def best_loss(p: Tensor, q: Tensor) -> Tensor:
    """Return the loss of the best critic, both halves together, a scalar."""
    return real_half(p, q) + real_half(q, p)


def real_half(p: Tensor, q: Tensor) -> Tensor:
    """Return what the best critic pays for real pairs, -Σ p log D*; with p and q
    exchanged for generated ones."""
    return -(p * (p / (p + q)).log()).sum()


def paired_loss(p: Tensor, q: Tensor) -> Tensor:
    """Return what the best critic pays that sees a real and a generated y at once."""
    score = best_score(p, q)
    return (p[:, None] * q * (1 + (score - score[:, None]).exp()).log()).sum()


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return KL(p ‖ q), a scalar, in nats."""
    return (p * (p / q).log()).sum()


def penalty(critic, x: Tensor, y: Tensor) -> Tensor:
    """Return R1, the mean over the batch of |∂ critic(x, y) / ∂ y|²."""
    return slopes(critic, x, y).square().sum(1).mean()


def slopes(critic, x: Tensor, y: Tensor, graph: bool = True) -> Tensor:
    """Return ∂ critic(x, y) / ∂ y, a row per y, with a graph of its own or none."""
    y = y.clone().requires_grad_()
    slope, = torch.autograd.grad(critic(x, y).sum(), y, create_graph=graph)
    return slope.flatten(1)


@dataclass(frozen=True)
class Bowl:
    """A critic that is highest at y = 2x, and the steeper the farther off."""

    depth: float | Tensor = 1.0

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.depth * (y - 2 * x).square().flatten(1).sum(1) / 2


COINS = [Case(torch.tensor([0.75, 0.25]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.6, 0.3, 0.1]))]
PAIRS = torch.tensor([[1.0, 2.0], [0.0, -1.0]]).view(2, 1, 1, 2)
CRITICS = [Case(Bowl(3.0), torch.zeros(2, 1, 1, 2), PAIRS),
           Case(Bowl(), PAIRS, PAIRS),
           Case(Bowl(), torch.zeros(3, 1, 1, 4), torch.arange(12.0).view(3, 1, 1, 4))]

SCORE_MISTAKES = [
    (lambda p, q: p / (p + q),
     "That is the probability D* that the pair is real; the score is its logit."),
    (lambda p, q: q / (p + q), "That is the probability that the pair is generated. "
                               "The score is the logit of D*."),
    (lambda p, q: q.log() - p.log(),
     "The sign is the book's: high for synthetic. Ours is high for real."),
    (lambda p, q: p.logit() - q.logit(),
     "These are the log-odds of a dye against all other dyes. A score is real against "
     "generated, for this one dye: p against q."),
    (lambda p, q: p - q,
     "The sign is right, the size is not: a critic weighs by ratios, and a y that is "
     "never generated gives itself away however rare it is."),
    (lambda p, q: (p - q) / (p + q),
     "That is 2 D* - 1, from -1 to 1. The score is the logit of D*."),
    (lambda p, q: p / q, "These are the odds. A logit is their logarithm."),
    (lambda p, q: (p / (p + q)).log(),
     "That is log D*. A logit also needs the other side: log D* - log(1 - D*)."),
    (lambda p, q: (q / (p + q)).log(),
     "That is log(1 - D*), the other side alone: subtract it from log D*."),
    (lambda p, q: p.log() / q.log(),
     "The logarithm of a quotient is a difference of logarithms, not their quotient."),
    (lambda p, q: p.log() + q.log(),
     "The logarithms are subtracted: generated counts against the pair."),
    (lambda p, q: p.log(), "That looks at the truth alone. A frequent dye is still "
                           "suspect if it is generated even more often."),
    (lambda p, q: p * best_score(p, q),
     "That is weighed by p, a term of KL(p ‖ q). A score is said of one dye, however "
     "often it comes."),
    (lambda p, q: best_score(p, q) / math.log(2),
     "These are bits: use the natural logarithm.")]

SUM = "Both halves are there. Add up over the dyes, and divide by nothing."
KL = ("That is a KL between p and q. The critic's loss is 2 log 2 less two other KL "
      "divergences, from p and from q to their mean.")
WEIGHTS = "Weigh each dye: -log D* by p, and -log(1 - D*) by q, as often as it comes."
LOSS_MISTAKES = [
    (lambda p, q: torch.tensor(2 * math.log(2)),
     "That is the loss of a critic that cannot tell. It is the least one where q = p; "
     "elsewhere a critic can do better."),
    (real_half, "That is the real half. Add the generated one: q times -log(1 - D*)."),
    (lambda p, q: real_half(q, p),
     "That is the generated half. Add the real one: p times -log D*."),
    (lambda p, q: best_loss(p, q) / 2,
     "That is the mean of both halves. Here they are added."),
    (lambda p, q: -best_loss(p, q),
     "The sign is wrong: log D is negative, and a loss of this kind is positive."),
    (lambda p, q: real_half(p, q) - real_half(q, p),
     "The halves have opposite signs. The critic pays for both: add them."),
    (paired_loss, "That is the paired loss, of a critic that sees a real and a "
                  "generated y at once. Here each pair is judged by itself."),
    (divergence, KL), (lambda p, q: divergence(q, p), KL),
    (lambda p, q: divergence(p, q) + divergence(q, p), KL),
    (lambda p, q: math.log(2) - best_loss(p, q) / 2,
     "That is the Jensen-Shannon divergence. The loss is 2 log 2 less twice of it."),
    (lambda p, q: 2 * math.log(2) - best_loss(p, q),
     "That is twice the Jensen-Shannon divergence. The loss is 2 log 2 less it."),
    (lambda p, q: math.log(2) + best_loss(p, q) / 2,
     "You subtracted the Jensen-Shannon divergence once. The loss is 2 log 2 less "
     "twice of it."),
    (lambda p, q: 2 * math.log(2) - divergence(p, (p + q) / 2),
     "You subtracted one KL. There are two, from p and from q to their mean."),
    (lambda p, q: 2 * math.log(2) + best_loss(p, q),
     "Your mean of p and q lacks its half: m = (p + q) / 2."),
    (lambda p, q: -(p * (q / (p + q)).log() + q * (p / (p + q)).log()).sum(),
     "Real and generated are exchanged: real dyes, of probability p, cost -log D*."),
    (lambda p, q: -((p / (p + q)).log() + (q / (p + q)).log()).sum(), WEIGHTS),
    (lambda p, q: -((p / (p + q)).log() + (q / (p + q)).log()).mean(), WEIGHTS),
    (lambda p, q: best_loss(p, q) / len(p), SUM),
    (lambda p, q: -(p * (p / (p + q)).log() + q * (q / (p + q)).log()), SUM),
    (lambda p, q: best_loss(p, q) / math.log(2),
     "These are bits: use the natural logarithm.")]

NO_GRADIENT = ("The value is right, but no gradient of it reaches the critic's "
               "weights, so a critic would not learn from it. Differentiate with "
               "create_graph=True, without .item(), .detach() or .data.")
PENALTY_MISTAKES = [
    (lambda critic, x, y: slopes(critic, x, y).square().mean(),
     "That is the mean over all numbers. A squared length is a sum over the numbers of "
     "one y; only over the batch is it a mean."),
    (lambda critic, x, y: penalty(critic, x, y) / 2,
     "That holds the factor 1/2 of γ / 2. Return the mean squared length alone."),
    (lambda critic, x, y: slopes(critic, x, y).norm(dim=1).mean(),
     "That is the mean length. R1 squares it."),
    (lambda critic, x, y: slopes(critic, x, y).norm(dim=1).mean().square(),
     "You squared the mean length. Square each length first, then take the mean."),
    (lambda critic, x, y: slopes(critic, x, y).norm(),
     "That is the length of all slopes together. Take one length per pair, squared."),
    (lambda critic, x, y: (slopes(critic, x, y).norm(dim=1) - 1).square().mean(),
     "That draws the slope to 1, as another penalty does (WGAN-GP). R1 draws it to 0."),
    (lambda critic, x, y: slopes(critic, x, y).square().sum(),
     "That is the sum over the batch, which grows with it. Take the mean."),
    (lambda critic, x, y: slopes(critic, x, y).square().sum(1),
     "That is one squared length per pair. Return their mean, one number."),
    (lambda critic, x, y: penalty(lambda y, x: critic(x, y), y, x),
     "That is the gradient in the photo x. The penalty is on the slope in y, which the "
     "generator follows."),
    (lambda critic, x, y: penalty(critic, x, y) / len(y) ** 2,
     "You differentiated the mean of the scores, so each slope is divided by the size "
     "of the batch. Differentiate their sum."),
    (lambda critic, x, y: penalty(critic, x, y) / len(y),
     "That is divided by the size of the batch twice: differentiate the scores' sum."),
    (lambda critic, x, y: slopes(critic, x, y).sum(1).mean(),
     "The slopes are not squared, so positive and negative ones cancel."),
    (lambda critic, x, y: slopes(critic, x, y).abs().sum(1).mean(),
     "You added absolute slopes. A squared length is the sum of the squares."),
    (lambda critic, x, y: slopes(critic, x, y).sum(1).square().mean(),
     "You squared the sum of the slopes. A squared length is the sum of the squares."),
    (lambda critic, x, y: critic(x, y).square().mean(),
     "That is a penalty on the scores themselves, and not on their slopes in y."),
    (lambda critic, x, y: -penalty(critic, x, y),
     "The sign is wrong: the critic minimises the penalty, so steep must cost more."),
    (lambda critic, x, y: slopes(critic, x, y, graph=False).square().sum(1).mean(),
     NO_GRADIENT)]
OF_VALUES = Exercise("04.3", penalty, "", [""], PENALTY_MISTAKES[:-1], CRITICS)


def judge_penalty(answer) -> str | None:
    """Say what is wrong with a penalty's value, or with the gradient that a critic
    would learn from."""
    verdict = OF_VALUES.check(answer)
    if verdict.state == NOT_ATTEMPTED:
        raise NotImplementedError
    if not verdict.right:
        return verdict.message
    depth = torch.tensor(2.0, requires_grad=True)
    given = attempt(answer, Bowl(depth), torch.zeros_like(PAIRS), PAIRS.clone())
    if not isinstance(given, Tensor) or not given.requires_grad:
        return NO_GRADIENT
    arrived, = torch.autograd.grad(given, depth, allow_unused=True)
    expected = 2 * depth.detach() * PAIRS.square().flatten(1).sum(1).mean()
    if arrived is None or not torch.isclose(arrived, expected, rtol=1e-3):
        return ("The value is right, but its gradient in the critic's weights is not: "
                "a part of the calculation is cut off from them.")
    return None


EXERCISES = [
    Exercise(
        "04.1", best_score,
        "A score is a ratio of probabilities: how much more often this y is real than "
        "generated. Where both are equally frequent it is 0.",
        ["How likely is it that a dye is real, if it was seen once, and comes from the "
         "truth or the generator with one half each?",
         "A logit is log(D / (1 - D)). Put D* in: what is D* / (1 - D*)?",
         "D* / (1 - D*) = p / q, so the score is p.log() - q.log()."],
        SCORE_MISTAKES, COINS),
    Exercise(
        "04.2", best_loss,
        "It is 2 log 2 where q = p and less everywhere else, so the generator's best "
        "answer to a perfect critic is the truth.",
        ["Which critic pays least? Put what it says into the critic's loss.",
         "Real pairs come with probability p and cost -log D*; what do generated ones "
         "cost, and how often do they come?",
         "D = p / (p + q); -(p * D.log() + q * (1 - D).log()).sum()"],
        LOSS_MISTAKES, COINS),
    Exercise(
        "04.3", penalty,
        "Its value is right, and a critic can learn from it. It is zero only for a "
        "critic that is flat at every pair of the batch.",
        ["y must record gradients: y = y.clone().requires_grad_().",
         "torch.autograd.grad(critic(x, y).sum(), y, ...) returns a tuple with one "
         "tensor, the shape of y. Over which dimensions is a length, and over which a "
         "mean? And what does the critic need to learn from the result?",
         "Give it create_graph=True, and return "
         "slope.square().flatten(1).sum(1).mean()."],
        PENALTY_MISTAKES, CRITICS, judge=judge_penalty),
]
