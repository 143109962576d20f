"""Facts about the exercises of lesson 04: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import torch
from torch.nn.functional import binary_cross_entropy, softplus

from course_lib.teaching import exercises
from tests.exercise_facts import facts


def slope_of(critic, x, y, score=torch.sum, **options):
    y = y.detach().requires_grad_()
    return torch.autograd.grad(score(critic(x, y)), y, **options)[0]


def kept(critic, x, y):
    return slope_of(critic, x, y, create_graph=True)


def one_by_one(critic, x, y):
    each = [kept(critic, x[i:i + 1], y[i:i + 1]).square().sum() for i in range(len(y))]
    return torch.stack(each).mean()


def by_backward(critic, x, y):
    y = y.clone().requires_grad_()
    critic(x, y).sum().backward(create_graph=True)
    return y.grad.pow(2).sum() / len(y)


def in_the_photo(critic, x, y):
    x = x.clone().requires_grad_()
    slope, = torch.autograd.grad(critic(x, y).sum(), x, create_graph=True)
    return slope.square().flatten(1).sum(1).mean()


def bce(p, q):
    D = p / (p + q)
    return (binary_cross_entropy(D, torch.ones_like(D), weight=p, reduction="sum")
            + binary_cross_entropy(D, torch.zeros_like(D), weight=q, reduction="sum"))


def kl(p, q):
    return (p * (p / q).log()).sum()


def paired(p, q):
    loss = 0.0
    for i in range(len(p)):
        for j in range(len(q)):
            loss += p[i] * q[j] * softplus((p[j] / q[j]).log() - (p[i] / q[i]).log())
    return loss


RIGHT = {
    "04.1": [
        lambda p, q: torch.log(p / q), lambda p, q: (p / (p + q)).logit(),
        lambda p, q: [math.log(a / b) for a, b in zip(p.tolist(), q.tolist())],
        lambda p, q: (p / (p + q)).log() - (q / (p + q)).log()],
    "04.2": [
        bce, lambda p, q: float(bce(p, q)),
        lambda p, q: (p * softplus(q.log() - p.log())
                      + q * softplus(p.log() - q.log())).sum(),
        lambda p, q: 2 * math.log(2) - kl(p, (p + q) / 2) - kl(q, (p + q) / 2)],
    "04.3": [
        one_by_one, by_backward,
        lambda critic, x, y: kept(critic, x, y).flatten(1).norm(dim=1).pow(2).mean(),
        lambda critic, x, y: (kept(critic, x, y) ** 2).sum() / len(y)]}

WRONG = {
    "04.1": [
        (lambda p, q: p.logit() - q.logit(), "against all other dyes"),
        (lambda p, q: p / (p + q), "That is a probability"),
        (lambda p, q: (p / q).log().sigmoid(), "That is a probability"),
        (lambda p, q: 1 - p / (p + q), "That is a probability"),
        (lambda p, q: (q / p).log(), "high for synthetic"),
        (lambda p, q: p - q, "weighs by ratios"),
        (lambda p, q: p / q, "logarithm is missing"),
        (lambda p, q: q / p, "high for synthetic"),
        (lambda p, q: (p / (p + q)).log(), "neither with p + q"),
        (lambda p, q: (1 - p / (p + q)).log(), "neither with p + q"),
        (lambda p, q: 2 * p / (p + q) - 1, "2 D* - 1"),
        (lambda p, q: p * (p / q).log(), "a term of KL"),
        (lambda p, q: p.log() / q.log(), "difference of logarithms"),
        (lambda p, q: p.log() - q, "In one place the logarithm is missing"),
        (lambda p, q: (p / q).log2(), "bits"),
        (lambda p, q: (p / q).log10(), "base 10"),
        (lambda p, q: (p - q).log(), "that of a ratio"),
        (lambda p, q: (p / (1 - q)).log(), "with 1 - p and 1 - q"),
        (lambda p, q: (p / p + q).log(), "parentheses"),
        (lambda p, q: (p - q).sigmoid(), "Only a score has a sigmoid"),
        (lambda p, q: (p / q).log().softmax(0), "compares dyes with each other"),
        (lambda p, q: p, "q is missing"), (lambda p, q: p.log(), "q is missing"),
        (lambda p, q: (1 / q).log(), "p is missing"),
        (lambda p, q: (1 + q / p).log(), "neither with p + q"),
        (lambda p, q: -p * (p / (p + q)).log() - q * (q / (p + q)).log(), "can tell"),
        (lambda p, q: p > q, "how sure"),
        (lambda p, q: p * p.log() - q * q.log(), "is weighed by"),
        (lambda p, q: torch.tensor([-1.099, 0, 1.609]), "shape (2,)"),
        (lambda p, q: math.log(p / q), "take one number"),
        (lambda p, q: 2, "and not one for all"), (kl, "and not one for all")],
    "04.2": [
        *((between, "a KL divergence between p and q, or two") for between in (
            kl, lambda p, q: kl(q, p), lambda p, q: kl(p, q) + kl(q, p))),
        (lambda p, q: 2 * math.log(2) - kl(p, (p + q) / 2), "both count in full"),
        (lambda p, q: 2 * math.log(2) - kl(p, p + q) - kl(q, p + q), "lacks its half"),
        (lambda p, q: softplus((q / p).log()).mean() + softplus((p / q).log()).mean(),
         "as often as a real dye comes"),
        (paired, "paired loss"), (lambda p, q: 2 * math.log(2), "cannot tell"),
        (lambda p, q: -(p * (p / (p + q)).log()).sum(), "generated half is missing"),
        (lambda p, q: -(q * (q / (p + q)).log()).sum(), "real half is missing"),
        (lambda p, q: bce(p, q) / 2, "It is 0.5 times"),
        (lambda p, q: -bce(p, q), "The sign is wrong"),
        (lambda p, q: bce(p, q) / len(p), "divide by nothing"),
        (lambda p, q: bce(p, q) / math.log(2), "bits"),
        (lambda p, q: math.log(2) - bce(p, q) / 2, "Jensen-Shannon divergence. The"),
        (lambda p, q: -(p * (q / (p + q)).log() + q * (p / (p + q)).log()).sum(),
         "and not q / (p + q)"),
        (lambda p, q: math.log(2), "two halves"), (lambda p, q: 0, "sure and right"),
        (lambda p, q: (p * (p / (p + q)).log() - q * (q / (p + q)).log()).sum(),
         "a minus is missing"),
        (lambda p, q: bce(p, q) - math.log(2), "log 2 once"),
        (lambda p, q: -kl(p, (p + q) / 2) - kl(q, (p + q) / 2), "Add the 2 log 2"),
        (lambda p, q: 2 * math.log(2) + kl(p, (p + q) / 2) + kl(q, (p + q) / 2),
         "is wrong: the more p and q differ"),
        (lambda p, q: 2 * math.log(2) - kl((p + q) / 2, p) - kl((p + q) / 2, q),
         "wrong way round"),
        (lambda p, q: 2 * math.log(2) - kl(p, q), "not between p and q"),
        (lambda p, q: -(q * (p / (p + q)).log()).sum(), "generator's loss"),
        (lambda p, q: -((p + q) * (p / (p + q)).log()).sum(), "and not -log D*"),
        (lambda p, q: binary_cross_entropy(p / (p + q), p, reduction="sum"),
         "Weigh -log(1 - D*) by q"),
        (lambda p, q: binary_cross_entropy(p / (p + q), p / (p + q), reduction="sum"),
         "Weigh -log D* by p"),
        (lambda p, q: -(p * q.log()).sum(), "how likely the dye is"),
        (lambda p, q: -(p * p.log() + q * (1 - p).log()).sum(), "likely the dye is"),
        (lambda p, q: softplus(-p).mean() + softplus(q).mean(), "Only a score"),
        (lambda p, q: (p * softplus(q - p) + q * softplus(p - q)).sum(), "Only a sc"),
        (lambda p, q: (p * q / (p + q)).sum() * 2, "logarithm is missing"),
        (lambda p, q: (p - q).abs().sum() / 2, "No critic pays that little"),
        (lambda p, q: -(p * p / (p + q)).sum().log() - (q * q / (p + q)).sum().log(),
         "before the mean"),
        (lambda p, q: p / (p + q), "critic itself"),
        (lambda p, q: (p / q).log(), "critic itself")],
    "04.3": [
        (lambda critic, x, y: kept(critic, x, y).square().mean(), "over all numbers"),
        (lambda critic, x, y: one_by_one(critic, x, y) / 2, "It is 0.5 times"),
        (in_the_photo, "the photo x"),
        (lambda critic, x, y: slope_of(critic, x, y, torch.mean, create_graph=True)
         .square().flatten(1).sum(1).mean(), "the mean of the scores"),
        (lambda critic, x, y: slope_of(critic, x, y).square().flatten(1).sum(1).mean(),
         "create_graph=True"),
        (lambda critic, x, y: one_by_one(critic, x, y).item(), "create_graph=True"),
        (lambda critic, x, y: one_by_one(critic, x, y).detach(), "create_graph=True"),
        (lambda critic, x, y: kept(critic, x, y).square().sum(), "over the batch"),
        (lambda critic, x, y: kept(critic, x, y).flatten(1).norm(dim=1).mean(),
         "R1 squares it"),
        (lambda critic, x, y: kept(critic, x, y).square().flatten(1).sum(1),
         "one number"),
        (lambda critic, x, y: kept(critic, x, y).norm(), "all slopes together"),
        (lambda critic, x, y: kept(critic, x, y).abs().flatten(1).sum(1).mean(),
         "absolute slopes"),
        (lambda critic, x, y: slope_of(critic, x, y, torch.mean, create_graph=True)
         .square().sum(), "the mean of the scores"),
        (lambda critic, x, y: kept(critic, x, y).square().sum(1).mean(), "flatten(1)"),
        (lambda critic, x, y: kept(critic, x, y).norm(dim=-1).pow(2).mean(),
         "flatten(1)"),
        (lambda critic, x, y: kept(critic, x, y).norm(dim=1).mean(), "flatten(1)"),
        (lambda critic, x, y: kept(critic, x, y).square().mean((1, 2, 3)).sum(),
         "are exchanged"),
        (lambda critic, x, y: kept(critic, x, y).mean(), "not squared"),
        (lambda critic, x, y: kept(critic, x, y).abs().mean(), "absolute slopes"),
        (lambda critic, x, y: kept(critic, x, y).mean((1, 2, 3)).square().mean(),
         "squared the sum"),
        (lambda critic, x, y: kept(critic, x, y).sum() ** 2, "Square the slopes first"),
        (lambda critic, x, y: kept(critic, x, y).abs().sum(), "absolute slopes"),
        (lambda critic, x, y: critic(x, y), "scores themselves"),
        (lambda critic, x, y: kept(critic, x, y).norm(dim=(1, 2, 3)).square().mean(),
         "at most two dimensions"),
        (lambda critic, x, y: kept(critic, x, y).mean(0).norm(), "where they cancel"),
        (lambda critic, x, y: one_by_one(critic, x, y).sqrt(), "the root"),
        (lambda critic, x, y: kept(critic, x, y).flatten(1).norm(dim=1),
         "one number per pair"),
        (kept, "one number for each number"),
        (lambda critic, x, y: critic(x, y).mean(), "scores themselves"),
        (lambda critic, x, y: torch.autograd.grad(critic(x, y).sum(), y)[0],
         "must record gradients"),
        (lambda critic, x, y: torch.autograd.grad(
            critic(x, y.requires_grad_()).sum(), y.clone())[0], "on the very y"),
        (lambda critic, x, y: slope_of(critic, x, y, torch.clone), "add them up"),
        (lambda critic, x, y: torch.autograd.grad(
            critic(x, y.requires_grad_()).sum(), y).square(), "A tuple is no tensor"),
        (lambda critic, x, y: y.grad.square().sum(), "before backward")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_half_a_gradient_is_not_accepted():
    """The value is right, but half of it is cut off from the critic's weights."""
    def half_cut(critic, x, y):
        whole = one_by_one(critic, x, y)
        return whole / 2 + whole.detach() / 2
    assert "is cut off" in exercises.check("04.3", half_cut).message
