"""Exercises of lesson 04: the best critic, its loss, and the penalty on its slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import kl_div, logsigmoid, softplus

from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise
from course_lib.teaching.exercises.tables import combined, mistakes, pairs


def best_score(p: Tensor, q: Tensor) -> Tensor:
    """Return the score of the best critic, log p - log q."""
    return p.log() - q.log()


def belief(p: Tensor, q: Tensor) -> Tensor:
    """Return D*, the best critic's probability of real; exchanged, of generated."""
    return p / (p + q)


def best_loss(p: Tensor, q: Tensor) -> Tensor:
    """Return the loss of the best critic, both halves together, a scalar."""
    return costs(p, q).sum()


def costs(p: Tensor, q: Tensor) -> Tensor:
    """Return what each dye adds to the loss of the best critic."""
    return -p * belief(p, q).log() - q * belief(q, p).log()


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


def slopes(critic, x: Tensor, y: Tensor) -> Tensor:
    """Return ∂ critic(x, y) / ∂ y, a row per y, with a graph of its own."""
    y = y.clone().requires_grad_()
    slope, = torch.autograd.grad(critic(x, y).sum(), y, create_graph=True)
    return slope.flatten(1)


@dataclass(frozen=True)
class Bowl:
    """A critic that is highest at y = 2x, and the steeper the farther off."""

    depth: float | Tensor = 1.0

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.depth * (y - 2 * x).square().flatten(1).sum(1) / 2


COINS = [Case(torch.tensor([0.75, 0.25]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])),
         Case(torch.tensor([0.3, 0.2, 0.5]), torch.tensor([0.3, 0.6, 0.1]))]
PAIRS = torch.arange(-9.0, 15.0).view(2, 2, 2, 3) / 4
CRITICS = [Case(Bowl(3.0), torch.zeros_like(PAIRS), PAIRS),
           Case(Bowl(), PAIRS, PAIRS),
           Case(Bowl(2.0), PAIRS / 2 - 0.1, PAIRS),
           Case(Bowl(), torch.zeros(3, 1, 1, 4), torch.arange(12.0).view(3, 1, 1, 4))]

SCORE_MISTAKES = [
    *mistakes(
        ("That is a probability, D* or 1 - D*; the score is its logit.", belief,
         lambda p, q: belief(q, p)),
        ("That is 2 D* - 1 or half of it. The score is the logit of D*.",
         lambda p, q: 2 * belief(p, q) - 1, lambda p, q: belief(p, q) - 0.5),
        ("The sign is the book's: high for synthetic. Ours is high for real.",
         lambda p, q: best_score(q, p), lambda p, q: q / p),
        ("Compare p with q, and neither with p + q.",
         lambda p, q: belief(p, q).log(), lambda p, q: belief(q, p).log(),
         lambda p, q: -belief(p, q).log(), lambda p, q: (2 * belief(p, q)).log()),
        ("These are the log-odds of a dye against all other dyes, with 1 - p and "
         "1 - q. A score is real against generated, for this one dye: p against q.",
         lambda p, q: p.logit() - q.logit(), lambda p, q: p.log() - (1 - q).log(),
         lambda p, q: p.log() - q.logit(), lambda p, q: p.logit() - q.log(),
         lambda p, q: p.logit()),
        ("The sign is right, the size is not: a critic weighs by ratios, and a y that "
         "is never generated gives itself away however rare it is.",
         lambda p, q: p - q, lambda p, q: (p - q) / q),
        ("That is the logarithm of a difference. The score is that of a ratio.",
         lambda p, q: (p - q).log()),
        ("The logarithm of a quotient is a difference of logarithms, not their "
         "quotient.", lambda p, q: p.log() / q.log()),
        ("q is missing. A frequent dye is still suspect if it is generated even more "
         "often.", lambda p, q: p, lambda p, q: p.log()),
        ("p is missing: a score is real against generated.", lambda p, q: -q.log(),
         lambda p, q: q, lambda p, q: q.log()),
        ("Mind the parentheses: D* is p / (p + q).", lambda p, q: (p / p + q).log(),
         lambda p, q: p / p + q, lambda p, q: (p / p + q).logit()),
        ("Only a score has a sigmoid, and only a probability a logit. What is asked "
         "for is the logit of D*.", lambda p, q: (p - q).sigmoid(),
         lambda p, q: (p / q).sigmoid(), lambda p, q: (p / q).logit()),
        ("That is weighed by probabilities, as a term of KL(p ‖ q) is. A score is said "
         "of one dye, however often it comes.", lambda p, q: p * best_score(p, q),
         lambda p, q: p * p.log() - q * q.log()),
        ("A softmax compares dyes with each other. A score is said of one dye.",
         lambda p, q: best_score(p, q).softmax(0),
         lambda p, q: best_score(p, q).log_softmax(0)),
        ("That says which is likelier, and not how sure one can be. A score is any "
         "number: the larger, the more p exceeds q.", lambda p, q: (p > q).float(),
         lambda p, q: (p - q).sign())),
    (lambda p, q: p * q / (p + q),
     "Where p = q no critic can tell real from generated: there the score is 0, and "
     "yours is not.",
     lambda given, right: bool(
         (as_tensor(given)[right == 0].abs() > 0.02).all())),
    (lambda p, q: q.sqrt() - p.sqrt(),
     "The sign is the book's, high for synthetic, and the size is no logit's. Ours is "
     "the logarithm of p by q.",
     lambda given, right: torch.equal(as_tensor(given).sign(), -right.sign())),
    (lambda p, q: p.sqrt() - q.sqrt(),
     "The sign is right, the size is not: the score is the logarithm of p by q, no "
     "more and no less.",
     lambda given, right: torch.equal(as_tensor(given).sign(), right.sign()))]


def build_loss(critic: Callable, halves: tuple, reduce: Callable) -> Callable:
    """Return a loss of p and q, by what the critic says and each half pays."""
    def loss(p, q):
        D = critic(p, q)
        return reduce(halves[0](p, q, D) + halves[1](q, p, 1 - D))
    return loss


DYES = ("Your critic says how likely the dye is. The best one says how likely the "
        "pair is real, D* = p / (p + q).")
NO_SCORE = ("Only a score, log p - log q, has a sigmoid or a softplus. A probability, "
            "a ratio or a difference is none.")
BY_HALVES = combined(
    build_loss,
    mistakes(
        ("", belief),
        (DYES, lambda p, q: p, lambda p, q: 1 - q),
        ("D* is high for real: p / (p + q), and not q / (p + q).",
         lambda p, q: belief(q, p)),
        (NO_SCORE, lambda p, q: p.sigmoid(),
         lambda p, q: (p / q).sigmoid(), lambda p, q: (p - q).sigmoid(),
         lambda p, q: belief(p, q).sigmoid())),
    pairs(mistakes(                # what p has to do with the loss, and likewise q
        ("", lambda p, q, D: -p * D.log()),
        ("The {0} half is missing: {1} times {2}.", lambda p, q, D: 0 * p),
        ("A {0} dye costs {2}, and not {3}.", lambda p, q, D: -p * (1 - D).log()),
        ("Weigh {2} by {1}, as often as a {0} dye comes.",
         lambda p, q, D: -D.log(), lambda p, q, D: -q * D.log(),
         lambda p, q, D: -(1 - q) * D.log(), lambda p, q, D: -D * D.log(),
         lambda p, q, D: -(1 - p) * D.log(), lambda p, q, D: -(p + q) / 2 * D.log()),
        ("The logarithm is missing: a {0} dye costs {2}.",
         lambda p, q, D: p * D, lambda p, q, D: p * (1 - D), lambda p, q, D: -p * D)),
        ("real", "p", "-log D*", "-log(1 - D*)"),
        ("generated", "q", "-log(1 - D*)", "-log D*")),
    mistakes(
        ("", torch.sum),
        ("Add up over the dyes, and divide by nothing.", torch.mean)))
BY_DIVERGENCES = combined(
    lambda logs, two, sign:
        lambda p, q: logs * math.log(2) + sign * two(p, q, (p + q) / 2),
    mistakes(("", 2), ("Add the 2 log 2.", 0),
             ("You have log 2 once. Each of the two sums has a log 2 of its own.", 1)),
    mistakes(
        ("", lambda p, q, m: divergence(p, m) + divergence(q, m)),
        ("There are two KLs, from p and from q to their mean, and both count in full.",
         lambda p, q, m: divergence(p, m), lambda p, q, m: divergence(q, m),
         lambda p, q, m: (divergence(p, m) + divergence(q, m)) / 2),
        ("The KLs are from p and from q to their mean (p + q) / 2, not between p and "
         "q.", lambda p, q, m: divergence(p, q), lambda p, q, m: divergence(q, p),
         lambda p, q, m: 2 * divergence(p, q),
         lambda p, q, m: divergence(p, q) + divergence(q, p)),
        ("The KLs are in bits: use the natural logarithm there, too.",
         lambda p, q, m: (divergence(p, m) + divergence(q, m)) / math.log(2)),
        ("The KLs are the wrong way round: they go from p and from q to the mean, "
         "weighed by p and by q.", lambda p, q, m: divergence(m, p) + divergence(m, q)),
        ("Your mean of p and q lacks its half: m = (p + q) / 2.",
         lambda p, q, m: -best_loss(p, q)),
        ("torch's kl_div takes the logarithm of its first argument, and takes a mean. "
         "Write the KL out.",
         lambda p, q, m: kl_div(m.log(), p) + kl_div(m.log(), q),
         *(lambda p, q, m, by=by: kl_div(m, p, reduction=by) + kl_div(
             m, q, reduction=by) for by in ("sum", "mean")))),
    mistakes(("", -1), ("The sign of the KLs is wrong: the more p and q differ, the "
                        "less the best critic pays.", 1)))
LOSS_MISTAKES = [
    *mistakes(
        ("Only a critic that is always sure and right pays nothing. Where a dye is "
         "both real and generated, none can be.", lambda p, q: 0.0),
        ("That is a KL divergence between p and q, or two of them. The critic's loss "
         "is 2 log 2 less two other ones, from p and from q to their mean.", divergence,
         lambda p, q: divergence(q, p), lambda p, q: divergence(p, q) + divergence(
             q, p), lambda p, q: (divergence(p, q) + divergence(q, p)) / 2),
        ("That is the Jensen-Shannon divergence. The loss is 2 log 2 less twice of it.",
         lambda p, q: math.log(2) - best_loss(p, q) / 2),
        ("That is what a critic pays that cannot tell, in our game or in the paired "
         "one. Here are two halves, and the best critic can tell something.",
         lambda p, q: math.log(2), lambda p, q: 2 * math.log(2)),
        ("That is the paired loss, of a critic that sees a real and a generated y at "
         "once. Here each pair is judged by itself.", paired_loss),
        ("The logarithm comes before the mean: weigh -log D* by p, not D*.",
         lambda p, q: -(p * belief(p, q)).sum().log() - (q * belief(q, p)).sum().log()),
        ("That is the generator's loss, which pays -log D* for what it made. The "
         "critic pays -log(1 - D*) for that, and -log D* for real pairs.",
         lambda p, q: -(q * belief(p, q).log()).sum()),
        ("That is the best critic itself. Put it into the loss, and return that.",
         belief, lambda p, q: belief(q, p), best_score,
         lambda p, q: best_score(p, q).sum()),
        (DYES, lambda p, q: -(p * q.log()).sum(), lambda p, q: -(q * p.log()).sum(),
         lambda p, q: -(p * p.log()).sum(),
         lambda p, q: -(p * p.log() + q * q.log()).sum(),
         lambda p, q: -(p * p.log() + q * (1 - q).log()).sum()),
        (NO_SCORE, lambda p, q: (softplus(-p) + softplus(q)).mean(),
         lambda p, q: (softplus(-belief(p, q)) + softplus(belief(p, q))).mean())),
    *BY_HALVES,
    *BY_DIVERGENCES,
    (lambda p, q: -(p * q).sum(), "A cost of -log D is never negative.",
     lambda given, right: float(given) < 0),
    (lambda p, q: 3 * (p + q).sum(),
     "That is more than 2 log 2, which a critic pays that always says one half. Is D "
     "between 0 and 1, and is each half weighed, by p or by q?",
     lambda given, right: float(given) > 1.4),
    (lambda p, q: (p * q).sum(),
     "No critic pays that little. Are both halves in it, and weighed by p and by q, as "
     "often as the dyes come?", lambda given, right: 0 <= float(given) < right),
    (lambda p, q: best_loss(p, q) + (p - q).abs().max() / 9,
     "A critic can pay less than that: the one that says D* = p / (p + q).",
     lambda given, right: right < float(given) < 1.4)]

NO_GRADIENT = ("The value is right, but no gradient of it reaches the critic's "
               "weights, so a critic would not learn from it. Differentiate with "
               "create_graph=True, without .item(), .detach() or .data.")


BY_SLOPES = combined(
    lambda slope, one, batch:
        lambda critic, x, y: batch(one(slope(critic, x, y).view_as(y))),
    mistakes(
        ("", slopes),
        ("You differentiated the mean of the scores, so each slope is divided by the "
         "size of the batch. Differentiate their sum.",
         lambda critic, x, y: slopes(critic, x, y) / len(y)),
        ("You differentiated the score of one pair alone. Differentiate the sum.",
         lambda critic, x, y: slopes(lambda x, y: critic(x, y)[:1], x, y)),
        ("The critic takes the photo first: critic(x, y).",
         lambda critic, x, y: slopes(lambda x, y: critic(y, x), x, y)),
        ("You differentiated something made of the scores: a square, a probability, a "
         "cost. Differentiate the scores.", *(
             lambda critic, x, y, of=of, by=by: slopes(lambda x, y: of(critic(x, y)),
                                                       x, y) / by(y)
             for of in (torch.square, torch.sigmoid, logsigmoid, softplus,
                        lambda score: softplus(-score))
             for by in (lambda y: 1, len)))),
    mistakes(                      # from the slopes of a batch to a number per pair
        ("", lambda s: s.square().flatten(1).sum(1)),
        ("That is the mean over all numbers. A squared length is a sum over the "
         "numbers of one y; only over the batch is it a mean.",
         lambda s: s.square().flatten(1).mean(1)),
        ("That is a length. R1 squares it.", lambda s: s.flatten(1).norm(dim=1)),
        ("That draws the slope to 1, as another penalty does (WGAN-GP). R1 draws it to "
         "0.", lambda s: (s.flatten(1).norm(dim=1) - 1).square(),
         lambda s: s.flatten(1).norm(dim=1) - 1),
        ("You added up over a part of the dimensions only. The length of a gradient is "
         "over all numbers of one y: flatten(1) first.",
         lambda s: s.square().sum(1), lambda s: s.square().sum(-1),
         lambda s: s.square().sum((2, 3)), lambda s: s.norm(dim=1),
         lambda s: s.square().flatten(1)),
        ("You added absolute slopes. Add up the squares.",
         lambda s: s.abs().flatten(1).sum(1), lambda s: s.abs().flatten(1).mean(1)),
        ("The slopes are not squared, so positive and negative ones cancel.",
         lambda s: s.flatten(1).sum(1)),
        ("You squared the sum of the slopes. Add up the squares.",
         lambda s: s.flatten(1).sum(1).square(),
         lambda s: s.flatten(1).mean(1).square())),
    mistakes(                      # and to one for the batch
        ("", torch.mean),
        ("That is the sum over the batch, which grows with it. Take the mean.",
         torch.sum),
        ("That is one number per pair. Return their mean, one number.", lambda p: p),
        ("That is one pair alone. Return the mean over the batch.",
         lambda p: p[0], torch.max),
        ("You squared the mean or the sum. Square the slopes first.",
         lambda p: p.mean().square(), lambda p: p.sum().square())))
PENALTIES = [
    *mistakes(
        ("That is the gradient in the photo x. The penalty is on the slope in y, which "
         "the generator follows.",
         lambda critic, x, y: penalty(lambda y, x: critic(x, y), y, x),
         lambda critic, x, y: penalty(critic, x, y)
         + penalty(lambda y, x: critic(x, y), y, x)),
        ("That is a penalty on the scores themselves, and not on their slopes in y.",
         lambda critic, x, y: critic(x, y).square().mean(),
         lambda critic, x, y: critic(x, y).mean(), lambda critic, x, y: critic(x, y)),
        ("You averaged the slopes over the batch first, where they cancel. Take the "
         "squared length of each, then the mean.",
         lambda critic, x, y: slopes(critic, x, y).mean(0).square().sum(),
         lambda critic, x, y: slopes(critic, x, y).mean(0).norm()),
        ("The slopes are not squared, so positive and negative ones cancel.",
         lambda critic, x, y: slopes(critic, x, y).mean()),
        ("You squared the mean length. Square each length first, then take the mean.",
         lambda critic, x, y: slopes(critic, x, y).norm(dim=1).mean().square()),
        ("That is the length of all slopes together. Take one per pair, squared.",
         lambda critic, x, y: slopes(critic, x, y).norm(),
         lambda critic, x, y: slopes(critic, x, y).norm() / len(y)),
        ("That is one number for each number of y. Return one for all: the mean "
         "squared length.", lambda critic, x, y: slopes(critic, x, y).view_as(y),
         lambda critic, x, y: slopes(critic, x, y).view_as(y).square()),
        ("Sum and mean are exchanged: the sum is over the numbers of one y, the mean "
         "over the batch.",
         lambda critic, x, y: slopes(critic, x, y).square().sum(0).mean(),
         lambda critic, x, y: slopes(critic, x, y).square().mean(0))),
    *BY_SLOPES]


def judge_penalty(answer) -> str | None:
    """Say what is wrong with the gradient that a critic would learn from."""
    depth = torch.tensor(2.0, requires_grad=True)
    given = answer(Bowl(depth), torch.zeros_like(PAIRS), PAIRS.clone())
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
        [*PENALTIES,
         (lambda critic, x, y: penalty(critic, x, y).detach(), NO_GRADIENT)],
        CRITICS, judge=judge_penalty),
]
