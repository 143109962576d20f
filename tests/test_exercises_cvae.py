"""Facts about the exercises of lesson 05: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import pytest
import torch
from torch.distributions import Categorical, kl_divergence
from torch.nn.functional import kl_div

from course_lib.teaching import exercises
from tests.exercise_facts import facts


def by_searching(u, chances):
    return torch.searchsorted(chances.cumsum(0)[:-1].contiguous(), u)


def by_loop(u, chances):
    borders = chances.cumsum(0)[:-1].tolist()
    return [sum(value > border for border in borders) for value in u.tolist()]


def last_dye_first(u, chances):
    return len(chances) - 1 - by_searching(u, chances.flip(0))


def two_terms(prior, decoder, encoder):
    kl = (encoder * (encoder.log() - prior.log())).sum()
    return (encoder * decoder.log()).sum() - kl


def by_torch(prior, decoder, encoder):
    return (encoder @ decoder.log()
            - kl_divergence(Categorical(encoder), Categorical(prior))).item()


def seeded_multinomial(u, chances):
    torch.manual_seed(0)
    return chances.multinomial(len(u), replacement=True)


def kl(q, p):
    return (q * (q / p).log()).sum()


RIGHT = {
    "05.1": [by_searching, by_loop, last_dye_first],
    "05.2": [two_terms, by_torch],
    "05.3": [[953, 1.7, 0.0001], (953.4, torch.tensor(2.1), 0.03),
             torch.tensor([940.0, 0.9, 0.0])]}

WRONG = {
    "05.1": [
        (seeded_multinomial, "All chance is in u"),
        (lambda u, chances: Categorical(chances).sample((len(u),)),
         "All chance is in u"),
        (lambda u, chances: by_searching(u, chances) + 1, "Count from 0"),
        (lambda u, chances: chances.argmax().repeat(len(u)), "u decides nothing"),
        (lambda u, chances: (u[:, None] < chances.cumsum(0)[:-1]).sum(1),
         "numbered from the wrong end"),
        (lambda u, chances: by_searching(u, chances.sort().values), "You sorted"),
        (lambda u, chances: torch.nn.functional.one_hot(
            by_searching(u, chances), len(chances)), "for each u and each dye"),
        (lambda u, chances: u * len(chances), "numbers in between"),
        (lambda u, chances: by_searching(u, chances)[:, None], "shape"),
        (lambda u, chances: (u > 0.5).long(), "are the same for chances"),
        (lambda u, chances: (u[:, None] > chances.cumprod(0)[:-1]).sum(1),
         "comes out for"),
        (lambda u, chances: torch.zeros(len(u)), "u decides nothing"),
        (lambda u, chances: (u[:, None] > chances.cumsum(0)).long().argmax(1),
         "u decides nothing"),
        (lambda u, chances: (u * (len(chances) - 1)).round(), "must depend on"),
        (lambda u, chances: (u[:, None] <= chances.cumsum(0)).sum(1), "the wrong end"),
        (lambda u, chances: [int(value < chances[0]) for value in u], "place of dye 0"),
        (lambda u, chances: torch.bucketize(u, chances), "a running sum"),
        (lambda u, chances: torch.bucketize(u, chances).clamp(max=len(chances) - 1),
         "a running sum"),
        (lambda u, chances: (u[:, None] < chances).sum(1), "a running sum"),
        (lambda u, chances: [next((i for i, chance in enumerate(chances.tolist())
                                   if value < chance), len(chances) - 1)
                             for value in u.tolist()], "a running sum"),
        (lambda u, chances: by_searching(u, chances.sort(descending=True)[0]),
         "You sorted"),
        (lambda u, chances: (u[:, None] > chances.cumsum(0)[1:]).sum(1),
         "left out the first border"),
        (lambda u, chances: (u[:, None] - chances.cumsum(0)).abs().argmin(1),
         "the border nearest to u"),
        (lambda u, chances: 0 if u < chances[0] else 1, "decides about one"),
        (lambda u, chances: (u > chances.cumsum(0)).sum(), "u[:, None]")],
    "05.2": [
        (lambda p, d, q: (p * d.log()).sum() - kl(q, p),
         "The z that is decoded is drawn from the encoder"),
        (lambda p, d, q: (q * (d.log() + p.log())).sum(),
         "The entropy of the encoder is missing"),
        (lambda p, d, q: (q * (d.log() - q.log())).sum(), "The prior is missing"),
        (lambda p, d, q: (p * d).sum().log() - kl(q, p), "From log p"),
        (lambda p, d, q: (q * (p * d / q)).sum(), "the mean weight"),
        (lambda p, d, q: (q * d.log()).mean() - kl(q, p), "mean where the sum"),
        (lambda p, d, q: two_terms(p, d, d / d.sum()), "whatever q may be"),
        (lambda p, d, q: -two_terms(p, d, q), "The sign is wrong"),
        (lambda p, d, q: -(q * d.log()).sum() - kl(q, p), "sign of the reconstruction"),
        (lambda p, d, q: p @ d.log(), "whatever q may be"),
        (lambda p, d, q: p @ (d * p / q).log(), "weighed with the prior"),
        (lambda p, d, q: d.log() + p.log() - q.log(), "every z alike"),
        (lambda p, d, q: (d * p / q).log().mean(), "every z alike"),
        (lambda p, d, q: (d * p / q).log().sum(), "every z alike"),
        (lambda p, d, q: d.log().mean() - kl(q, p), "reconstruction counts every z"),
        (lambda p, d, q: (q * d * p / q).log().sum(), "whatever q may be"),
        (lambda p, d, q: (q * (d * p / q)).log(), "of shape (4,)"),
        (lambda p, d, q: d.log().sum(), "whatever p, q may be"),
        (lambda p, d, q: p @ d.log() - kl(p, q), "p and q are exchanged"),
        (lambda p, d, q: q @ d.log() - kl(p, q) / len(q), "the wrong way round"),
        (lambda p, d, q: q @ d.log() - (q / p).log(), "One of the two terms"),
        (lambda p, d, q: p * d, "logarithm of each weight"),
        (lambda p, d, q: d * p / q, "logarithm of each weight"),
        (lambda p, d, q: (d * p / q).mean().log(), "logarithm of each weight"),
        (lambda p, d, q: (q * d).sum().log(), "whatever p may be"),
        (lambda p, d, q: q * d.log() - kl(q, p), "One of the two terms"),
        (lambda p, d, q: d @ (d * p / q).log(), "weigh with q"),
        (lambda p, d, q: (q * (d * p * q).log()).sum(), "A sign in your KL"),
        (lambda p, d, q: (q * (d / (p * q)).log()).sum(), "A sign in your KL"),
        (lambda p, d, q: (q * (d * p).log()).sum() - kl(q, p), "there twice"),
        (lambda p, d, q: q @ d.log() - (q / p).log().sum(), "KL counts every z"),
        (lambda p, d, q: q @ d.log() - q @ (q / p), "missing in your KL"),
        (lambda p, d, q: q @ d.log() - (q * (q / p).log()).mean(),
         "mean where the sum"),
        (lambda p, d, q: q @ d.log() - kl_div(q.log(), p, reduction="sum"),
         "the wrong way round"),
        (lambda p, d, q: q @ d.log() - kl_div(p, q, reduction="sum"), "Write the KL"),
        (lambda p, d, q: q @ d.log() - kl(q, d), "decoder where prior"),
        (lambda p, d, q: -kl(q, p), "reconstruction is missing"),
        (lambda p, d, q: -kl(q, p * d / (p @ d)), "what the ELBO loses"),
        (lambda p, d, q: (p @ d).log() + kl(q, p * d / (p @ d)), "below log p")],
    "05.3": [
        (953, "three numbers"), ([1.86, 1, 0], "one number. A small picture has 512"),
        ([562.5, 1, 0], "what the dye is worth"), ([0.00105, 1, 0], "upside down"),
        ([-953, 1, 0], "less noise is a gain"), ([1045, 1, 0], "two log densities"),
        ([1000, 1, 0], "too high"), ([800, 1, 0], "too low"),
        ([953, 0.0001, 1.7], "the wrong way round"),
        ([953, 1.7, 1.7], "Was it passed on"),
        ([953, 0.001, 0.001], "not used either"),
        ([953, 162.0, 0.1], "still multiplied"),
        ([953, -600.0, 0.0], "never negative"),
        ([953, 440.0, 310.0], "not the ELBO or the loss"),
        ([953, 95.3, 9530], "These are the KL weights"),
        ([953, 1.13 / 512, 0.0], "divided by the numbers"),
        ([953, math.nan, math.nan], "three numbers"), ([math.nan, 1, 0], "three num"),
        ([1.1, 0.0, 953], "Begin with the price"), ([95.3, 1, 0], "weight of a train"),
        ([9534, 1, 0], "weight of a training"), ([1, 1, 0], "price in the ELBO itself"),
        ([1.0986, 1, 0], "Then divide by the 0.59"), ([0.00364, 1, 0], "times 512"),
        ([1125, 1, 0], "not of the variance, for 512 numbers. Then divide"),
        ([102.4, 1, 0], "not by a difference"), ([868, 1, 0], "and not 1 nat"),
        ([1397, 1, 0], "logarithm of a difference"), ([-1045, 1, 0], "-log 0.1 "),
        ([302, 1, 0], "must come to what it is worth"), ([0.00115, 1, 0], "upside"),
        ([5.08, 1, 0], "is the logarithm"),
        ([3471, 1, 0], "Squared errors"), ([0.537, 1, 0], "upside down"),
        ([811.5, 1, 0], "a fair coin"), ([661, 1, 0], "in nats already"),
        ([1430, 1, 0], "three channels"), ([1192, 1, 0], "what the dye is worth to")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_the_price_is_where_worth_and_cost_are_equal():
    price = exercises.every()["05.3"].solution[0]
    assert price * 0.59 == pytest.approx(512 * math.log(3))


def test_the_bound_is_the_likelihood_for_the_exact_posterior_alone():
    elbo = exercises.every()["05.2"].solution
    prior, decoder = torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.1, 0.6, 0.2])
    joint = prior * decoder
    assert torch.allclose(elbo(prior, decoder, joint / joint.sum()), joint.sum().log())
    assert elbo(prior, decoder, prior) < joint.sum().log() - 0.01


@pytest.mark.parametrize("number", ["05.1", "05.2", "05.3"])
def test_no_hint_but_the_last_gives_the_answer_away(number):
    exercise = exercises.every()[number]
    assert len(exercise.hints) == 3
    for spoiler in ("cumsum", "prior / encoder", "log(0.3"):
        assert not any(spoiler in hint for hint in exercise.hints[:-1])
