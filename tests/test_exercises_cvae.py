"""Facts about the exercises of lesson 05: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

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
        (lambda u, chances: (u > 0.5).long(), "comes out for")],
    "05.2": [
        (lambda p, d, q: (p * d.log()).sum() - kl(q, p),
         "The z that is decoded is drawn from the encoder"),
        (lambda p, d, q: (q * (d.log() + p.log())).sum(),
         "The entropy of the encoder is missing"),
        (lambda p, d, q: (q * (d.log() - q.log())).sum(), "The prior is missing"),
        (lambda p, d, q: (p * d).sum().log() - kl(q, p), "From log p"),
        (lambda p, d, q: (q * (p * d / q)).sum(), "the mean weight"),
        (lambda p, d, q: (q * d.log()).mean() - kl(q, p), "Your reconstruction takes"),
        (lambda p, d, q: two_terms(p, d, d / d.sum()), "should be"),
        (lambda p, d, q: -two_terms(p, d, q), "The sign is wrong")],
    "05.3": [
        (953, "three numbers"), ([1.86, 1, 0], "one number. A small picture has 512"),
        ([562.5, 1, 0], "what the dye is worth"), ([0.00105, 1, 0], "upside down"),
        ([-953, 1, 0], "less noise is a gain"), ([1045, 1, 0], "two log densities"),
        ([1000, 1, 0], "too high"), ([800, 1, 0], "too low"),
        ([953, 0.0001, 1.7], "the wrong way round"),
        ([953, 1.7, 1.7], "Was it passed on"),
        ([953, 0.001, 0.001], "not used either"),
        ([953, 162.0, 0.1], "still multiplied"),
        ([953, -600.0, 0.0], "never negative")]}


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
