"""Exercises of lesson 04: the best critic, its loss, and the penalty on its slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.teaching.exercises.compare import as_tensor, equal
from course_lib.teaching.exercises.core import Case, Exercise, attempt
from course_lib.teaching.exercises.tables import mistakes
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED


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


def real_half(p: Tensor, q: Tensor) -> Tensor:
    """Return what the best critic pays for real pairs, -Σ p log D*; with p and q
    exchanged for generated ones."""
    return -(p * belief(p, q).log()).sum()


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
         Case(torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.6, 0.3, 0.1]))]
PAIRS = torch.arange(-9.0, 15.0).view(2, 2, 2, 3) / 4
CRITICS = [Case(Bowl(3.0), torch.zeros_like(PAIRS), PAIRS),
           Case(Bowl(), PAIRS, PAIRS),
           Case(Bowl(), torch.zeros(3, 1, 1, 4), torch.arange(12.0).view(3, 1, 1, 4))]

SCORE_MISTAKES = [*mistakes(
    ("That is the probability D* that the pair is real; the score is its logit.",
     belief),
    ("That is the probability that the pair is generated. The score is the logit of "
     "D*.", lambda p, q: belief(q, p)),
    ("The sign is the book's: high for synthetic. Ours is high for real.",
     lambda p, q: q.log() - p.log()),
    ("These are the log-odds of a dye against all other dyes. A score is real against "
     "generated, for this one dye: p against q.", lambda p, q: p.logit() - q.logit()),
    ("The sign is right, the size is not: a critic weighs by ratios, and a y that is "
     "never generated gives itself away however rare it is.", lambda p, q: p - q),
    ("That is high for synthetic, and a difference. Ours is high for real, and weighs "
     "by the ratio of p to q.", lambda p, q: q - p),
    ("That is 2 D* - 1, from -1 to 1. The score is the logit of D*.",
     lambda p, q: (p - q) / (p + q)),
    ("These are the odds. A logit is their logarithm.", lambda p, q: p / q),
    ("These are the odds of generated to real. The score is the logarithm of the odds "
     "of real to generated.", lambda p, q: q / p),
    ("That is log D*. A logit also needs the other side: log D* - log(1 - D*).",
     lambda p, q: belief(p, q).log()),
    ("That is log(1 - D*), the other side alone: subtract it from log D*.",
     lambda p, q: belief(q, p).log()),
    ("That is real against the mean of both, (p + q) / 2. A score is real against "
     "generated.", lambda p, q: (2 * belief(p, q)).log()),
    ("You divided by 1 - q, the probability of the other dyes. Divide by q, that of "
     "this dye in the generator.", lambda p, q: p.log() - (1 - q).log()),
    ("That is the logarithm of a difference. The score is that of a ratio.",
     lambda p, q: (p - q).log()),
    ("The logarithm of a quotient is a difference of logarithms, not their quotient.",
     lambda p, q: p.log() / q.log(),
     lambda p, q: belief(p, q).log() / belief(q, p).log()),
    ("The logarithms are subtracted: generated counts against the pair.",
     lambda p, q: p.log() + q.log(),
     lambda p, q: belief(p, q).log() + belief(q, p).log()),
    ("That looks at the truth alone. A frequent dye is still suspect if it is "
     "generated even more often.",
     lambda p, q: p.log(), lambda p, q: p, lambda p, q: p.logit()),
    ("That looks at the generator alone. A rare dye proves no pair real: it may be as "
     "rare in truth.",
     lambda p, q: q.log(), lambda p, q: -q.log(), lambda p, q: q.logit()),
    ("That is a loss, what the critic pays for a pair. The score is the logit of D*.",
     lambda p, q: -belief(p, q).log(), lambda p, q: -belief(q, p).log(),
     lambda p, q: -p * belief(p, q).log(), costs),
    ("That says which is likelier, and not how sure one can be. A score is any "
     "number: the larger, the more p exceeds q.",
     lambda p, q: (p > q).float(), lambda p, q: (p - q).sign()),
    ("That is weighed by probabilities, as a term of KL(p ‖ q) is. A score is said of "
     "one dye, however often it comes.",
     lambda p, q: p * best_score(p, q), lambda p, q: p * p.log() - q * q.log()),
    ("These are bits: use the natural logarithm.",
     lambda p, q: best_score(p, q) / math.log(2)),
    ("That is the logarithm to base 10: use the natural one.",
     lambda p, q: best_score(p, q) / math.log(10))),
    (lambda p, q: best_score(*COINS[2]),
     "These are the scores of three dyes, whatever p and q are. Calculate them from "
     "any p and q.", lambda given, right: len(given) == 3 and (
         len(right) < 3 or equal(given, right, 0.01))),
    (lambda p, q: (p / q).argmax(),
     "That is one number for all dyes. Return one score per dye, shaped as p.",
     lambda given, right: as_tensor(given).ndim == 0)]

LOSS_MISTAKES = mistakes(
    ("That is the loss of a critic that cannot tell. It is the least one where q = p; "
     "elsewhere a critic can do better.", lambda p, q: torch.tensor(2 * math.log(2))),
    ("That is what the paired loss is for a critic that cannot tell. Here are two "
     "halves, and the best critic can tell something.", lambda p, q: math.log(2)),
    ("Only a critic that is always sure and right pays nothing. Where a dye is both "
     "real and generated, none can be.", lambda p, q: 0.0),
    ("That is the real half. Add the generated one: q times -log(1 - D*).", real_half),
    ("That is the generated half. Add the real one: p times -log D*.",
     lambda p, q: real_half(q, p)),
    ("That is the mean of both halves. Here they are added.",
     lambda p, q: best_loss(p, q) / 2),
    ("The sign is wrong: log D is negative, and a loss of this kind is positive.",
     lambda p, q: -best_loss(p, q)),
    ("The halves have opposite signs. The critic pays for both: add them.",
     lambda p, q: real_half(p, q) - real_half(q, p),
     lambda p, q: real_half(q, p) - real_half(p, q)),
    ("That is the paired loss, of a critic that sees a real and a generated y at "
     "once. Here each pair is judged by itself.", paired_loss),
    ("That is KL(p ‖ q). The critic's loss is 2 log 2 less two other KL divergences, "
     "from p and from q to their mean.", divergence),
    ("That is KL(q ‖ p). The critic's loss is 2 log 2 less two other KL divergences, "
     "from p and from q to their mean.", lambda p, q: divergence(q, p)),
    ("That is KL(p ‖ q) + KL(q ‖ p), or half of it. The critic's loss is 2 log 2 less "
     "two other KL divergences, from p and from q to their mean.",
     lambda p, q: divergence(p, q) + divergence(q, p),
     lambda p, q: (divergence(p, q) + divergence(q, p)) / 2),
    ("That is the Jensen-Shannon divergence. The loss is 2 log 2 less twice of it.",
     lambda p, q: math.log(2) - best_loss(p, q) / 2),
    ("That is twice the Jensen-Shannon divergence. The loss is 2 log 2 less it.",
     lambda p, q: 2 * math.log(2) - best_loss(p, q)),
    ("You subtracted the Jensen-Shannon divergence once. The loss is 2 log 2 less "
     "twice of it.", lambda p, q: math.log(2) + best_loss(p, q) / 2),
    ("You have log 2 once. Each of the two sums has a log 2 of its own.",
     lambda p, q: best_loss(p, q) - math.log(2)),
    ("That is minus twice the Jensen-Shannon divergence: add the 2 log 2.",
     lambda p, q: best_loss(p, q) - 2 * math.log(2)),
    ("The sign of the Jensen-Shannon divergence is wrong: the more p and q differ, "
     "the less the best critic pays.", lambda p, q: 4 * math.log(2) - best_loss(p, q),
     lambda p, q: 3 * math.log(2) - best_loss(p, q) / 2,
     lambda p, q: 2 * math.log(2) - best_loss(p, q) / 2),
    ("That is a KL to the mean of p and q. The loss is 2 log 2 less two of them, from "
     "p and from q.",
     lambda p, q: divergence(p, (p + q) / 2), lambda p, q: divergence(q, (p + q) / 2)),
    ("You subtracted one KL. There are two, from p and from q to their mean.",
     lambda p, q: 2 * math.log(2) - divergence(p, (p + q) / 2),
     lambda p, q: 2 * math.log(2) - divergence(q, (p + q) / 2)),
    ("The KL divergences are the wrong way round: they go from p and from q to the "
     "mean, weighed by p and by q.",
     lambda p, q: 2 * math.log(2) - divergence((p + q) / 2, p)
     - divergence((p + q) / 2, q)),
    ("The KL divergences to subtract are from p to the mean (p + q) / 2, and from q "
     "to it, not between p and q.", lambda p, q: 2 * math.log(2) - divergence(p, q),
     lambda p, q: 2 * math.log(2) - divergence(q, p),
     lambda p, q: 2 * math.log(2) - 2 * divergence(p, q),
     lambda p, q: 2 * math.log(2) - divergence(p, q) - divergence(q, p)),
    ("Your mean of p and q lacks its half: m = (p + q) / 2.",
     lambda p, q: 2 * math.log(2) + best_loss(p, q)),
    ("Real and generated are exchanged: real dyes, of probability p, cost -log D*.",
     lambda p, q: -(p * belief(q, p).log() + q * belief(p, q).log()).sum()),
    ("That is the generator's loss, which pays -log D* for what it made. The critic "
     "pays -log(1 - D*) for that, and -log D* for real pairs.",
     lambda p, q: -(q * belief(p, q).log()).sum()),
    ("Generated pairs do not cost -log D*, but -log(1 - D*).",
     lambda p, q: -((p + q) * belief(p, q).log()).sum()),
    ("A generated dye comes with probability q, and not with 1 - p or 1 - q.",
     lambda p, q: -(p * belief(p, q).log() + (1 - p) * belief(q, p).log()).sum(),
     lambda p, q: -(p * belief(p, q).log() + (1 - p) * belief(q, p).log()).mean(),
     lambda p, q: -(p * belief(p, q).log() + (1 - q) * belief(q, p).log()).sum()),
    ("You weighed by D* and 1 - D*. Weigh each dye: -log D* by p, and -log(1 - D*) by "
     "q, as often as it comes.", lambda p, q: -(belief(p, q) * belief(p, q).log()
                    + belief(q, p) * belief(q, p).log()).sum()),
    ("Weigh each dye: -log D* by p, and -log(1 - D*) by q, as often as it comes.",
     lambda p, q: -belief(p, q).log().sum(), lambda p, q: -belief(p, q).log().mean(),
     lambda p, q: -(belief(p, q).log() + belief(q, p).log()).sum(),
     lambda p, q: -(belief(p, q).log() + belief(q, p).log()).mean(),
     lambda p, q: -(belief(p, q).log() + belief(q, p).log()).mean() / 2,
     lambda p, q: -(p * (belief(p, q).log() + belief(q, p).log())).sum(),
     lambda p, q: -(q * (belief(p, q).log() + belief(q, p).log())).sum(),
     lambda p, q: -((p + q) * (belief(p, q) * belief(q, p)).log()).sum() / 2),
    ("That is an entropy or a cross-entropy of the dyes. The critic does not guess "
     "the dye, but whether the pair is real: D*.",
     lambda p, q: -(p * q.log()).sum(), lambda p, q: -(q * p.log()).sum(),
     lambda p, q: -(p * p.log()).sum(),
     lambda p, q: -(p * p.log() + q * q.log()).sum()),
    ("Your critic says how likely the dye is. The best one says how likely the pair "
     "is real, D* = p / (p + q).",
     lambda p, q: -(p * p.log() + q * (1 - p).log()).sum(),
     lambda p, q: -(p * p.log() + q * (1 - q).log()).sum()),
    ("softplus takes a score, log p - log q. A probability or a ratio is none.",
     lambda p, q: softplus(-p).mean() + softplus(q).mean(),
     lambda p, q: softplus(-belief(p, q)).mean() + softplus(belief(p, q)).mean(),
     lambda p, q: (p * softplus(-belief(p, q)) + q * softplus(belief(p, q))).sum(),
     lambda p, q: (p * softplus(-p / q) + q * softplus(p / q)).sum()),
    ("The logarithm is missing: a real pair costs -log D*, and not D* or 1 - D*.",
     lambda p, q: -(p * belief(p, q) + q * belief(q, p)).sum(),
     lambda p, q: (p * belief(p, q) + q * belief(q, p)).sum(),
     lambda p, q: (p * belief(q, p) + q * belief(p, q)).sum()),
    ("That is the best critic itself. Put it into the loss, and return that.",
     belief, lambda p, q: belief(q, p), best_score),
    ("Both halves are there. Add up over the dyes, and divide by nothing.",
     lambda p, q: best_loss(p, q) / len(p), costs, lambda p, q: costs(p, q).min(),
     lambda p, q: 2 * best_loss(p, q) / len(p)),
    ("These are bits: use the natural logarithm.",
     lambda p, q: best_loss(p, q) / math.log(2)))

NO_GRADIENT = ("The value is right, but no gradient of it reaches the critic's "
               "weights, so a critic would not learn from it. Differentiate with "
               "create_graph=True, without .item(), .detach() or .data.")


def of(formula: Callable) -> Callable:
    """Return a formula of the slopes s, a row per y, and of the same shaped as y."""
    def wrong(critic, x, y):
        s = slopes(critic, x, y)
        return formula(s, s.view_as(y))
    return wrong


OF_SLOPES = [(of(formula), says) for formula, says in mistakes(
    ("That is the mean over all numbers. A squared length is a sum over the numbers "
     "of one y; only over the batch is it a mean.", lambda s, g: s.square().mean()),
    ("That holds the factor 1/2 of γ / 2. Return the mean squared length alone.",
     lambda s, g: s.square().sum(1).mean() / 2),
    ("That is the mean length. R1 squares it.", lambda s, g: s.norm(dim=1).mean()),
    ("You squared the mean length. Square each length first, then take the mean.",
     lambda s, g: s.norm(dim=1).mean().square()),
    ("That is the length of all slopes together. Take one length per pair, squared.",
     lambda s, g: s.norm()),
    ("That draws the slope to 1, as another penalty does (WGAN-GP). R1 draws it to 0.",
     lambda s, g: (s.norm(dim=1) - 1).square().mean()),
    ("That is the sum over the batch, which grows with it. Take the mean.",
     lambda s, g: s.square().sum()),
    ("That is one squared length per pair. Return their mean, one number.",
     lambda s, g: s.square().sum(1)),
    ("You differentiated the mean of the scores, so each slope is divided by the size "
     "of the batch. Differentiate their sum.",
     lambda s, g: s.square().sum(1).mean() / len(s) ** 2,
     lambda s, g: s.square().mean() / len(s) ** 2,
     lambda s, g: s.norm(dim=1).mean() / len(s)),
    ("That is divided by the size of the batch twice: differentiate the scores' sum.",
     lambda s, g: s.square().sum(1).mean() / len(s)),
    ("You added up over a part of the dimensions only. The length of a gradient is "
     "over all numbers of one y: flatten(1) first.",
     lambda s, g: g.square().sum(1).mean(), lambda s, g: g.square().sum(-1).mean(),
     lambda s, g: g.square().sum((2, 3)).mean(), lambda s, g: g.norm(dim=1).mean()),
    ("Sum and mean are exchanged: the sum is over the numbers of one y, the mean over "
     "the batch.",
     lambda s, g: s.square().sum(0).mean(), lambda s, g: s.square().mean(0)),
    ("The slopes are not squared, so positive and negative ones cancel.",
     lambda s, g: s.sum(1).mean(), lambda s, g: s.sum(), lambda s, g: s.mean()),
    ("You added absolute slopes. A squared length is the sum of the squares.",
     lambda s, g: s.abs().sum(1).mean(), lambda s, g: s.abs().mean(),
     lambda s, g: s.abs().sum()),
    ("You squared the sum of the slopes. A squared length is the sum of the squares.",
     lambda s, g: s.sum(1).square().mean(), lambda s, g: s.mean(1).square().mean(),
     lambda s, g: s.sum().square(), lambda s, g: s.mean().square()),
    ("You averaged the slopes over the batch first, where they cancel. Take the "
     "squared length of each, then the mean.",
     lambda s, g: s.mean(0).square().sum(), lambda s, g: s.mean(0).norm()),
    ("That is the root of it. Return the mean of the squared lengths.",
     lambda s, g: s.square().sum(1).mean().sqrt()),
    ("That is one length per pair. Square them, and return their mean, one number.",
     lambda s, g: s.norm(dim=1)),
    ("That is one number for each number of y. Return one for all: the mean squared "
     "length.", lambda s, g: g, lambda s, g: g.square()),
    ("The sign is wrong: the critic minimises the penalty, so steep must cost more.",
     lambda s, g: -s.square().sum(1).mean()))]
PENALTY_MISTAKES = OF_SLOPES + mistakes(
    ("That is the gradient in the photo x. The penalty is on the slope in y, which "
     "the generator follows.",
     lambda critic, x, y: penalty(lambda y, x: critic(x, y), y, x)),
    ("That is a penalty on the scores themselves, and not on their slopes in y.",
     lambda critic, x, y: critic(x, y).square().mean(),
     lambda critic, x, y: critic(x, y).mean(), lambda critic, x, y: critic(x, y)))
OF_VALUES = Exercise("04.3", penalty, "", [""], PENALTY_MISTAKES, CRITICS)
ERRORS = {                         # words of what torch raised, and what they mean
    "not require grad": "y does not record gradients: y = y.clone().requires_grad_(), "
                        "before the critic sees it.",
    "to not have been used": "The critic did not see the y by which you differentiate: "
                             "call it on the very y that records gradients.",
    "only for scalar outputs": "Only one number can be differentiated, and critic(x, "
                               "y) is a score per pair: add them up.",
    "dim must be a 2-tuple": "norm takes at most two dimensions: flatten(1) first.",
    "'tuple' object": "torch.autograd.grad returns a tuple with one tensor. Take it "
                      "out: slope, = torch.autograd.grad(...).",
    "'NoneType' object": "y.grad is empty: y recorded no gradients, or backward was "
                         "not called before."}


def judge_penalty(answer) -> str | None:
    """Say what is wrong with a penalty's value, or with the gradient that a critic
    would learn from."""
    verdict = OF_VALUES.check(answer)
    if verdict.state == NOT_ATTEMPTED:
        raise NotImplementedError
    if not verdict.right:
        return next((says for sign, says in ERRORS.items() if sign in verdict.message),
                    verdict.message)
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
        [*PENALTY_MISTAKES,
         (lambda critic, x, y: penalty(critic, x, y).detach(), NO_GRADIENT)],
        CRITICS, judge=judge_penalty),
]
