"""Facts about the exercises of lesson 05: right answers of any form pass, and a wrong
one is told what is wrong with it, not with another."""

import math

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from course_lib.teaching import exercises
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED, RIGHT, WRONG


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


RIGHT_ANSWERS = [
    ("05.1", by_searching), ("05.1", by_loop), ("05.1", last_dye_first),
    ("05.2", two_terms), ("05.2", by_torch),
    ("05.3", [953, 1.7, 0.0001]), ("05.3", (953.4, torch.tensor(2.1), 0.03)),
    ("05.3", torch.tensor([940.0, 0.9, 0.0])),
]


@pytest.mark.parametrize("number, answer", RIGHT_ANSWERS)
def test_a_right_answer_of_any_form_passes(number, answer):
    verdict = exercises.check(number, answer)
    assert verdict.state == RIGHT, verdict


def seeded_multinomial(u, chances):
    torch.manual_seed(0)
    return chances.multinomial(len(u), replacement=True)


def by_categorical(u, chances):
    return Categorical(chances).sample((len(u),))


def from_one(u, chances):
    return by_searching(u, chances) + 1


def swapped(prior, decoder, encoder):
    return two_terms(prior, decoder, decoder / decoder.sum())


def under_the_prior(prior, decoder, encoder):
    kl = (encoder * (encoder / prior).log()).sum()
    return (prior * decoder.log()).sum() - kl


def without_entropy(prior, decoder, encoder):
    return (encoder * (decoder.log() + prior.log())).sum()


WRONG_ANSWERS = [
    ("05.1", seeded_multinomial, "All chance is in u already"),
    ("05.1", by_categorical, "All chance is in u already"),
    ("05.1", from_one, "Count from 0"),
    ("05.1", lambda u, chances: chances.argmax().repeat(len(u)), "u decides nothing"),
    ("05.1", lambda u, chances: (u[:, None] < chances.cumsum(0)[:-1]).sum(1),
     "numbered from the wrong end"),
    ("05.1", lambda u, chances: u * len(chances), "numbers in between"),
    ("05.1", lambda u, chances: by_searching(u, chances)[:, None], "shape"),
    ("05.1", lambda u, chances: (u > 0.5).long(), "comes out for"),
    ("05.2", under_the_prior, "The z that is decoded is drawn from the encoder"),
    ("05.2", without_entropy, "The entropy of the encoder is missing"),
    ("05.2", swapped, "should be"),
    ("05.2", lambda p, d, q: -two_terms(p, d, q), "The sign is wrong"),
    ("05.3", 953, "three numbers"),
    ("05.3", [1.86, 1, 0], "one number. A small picture has 512"),
    ("05.3", [562.5, 1, 0], "what the dye is worth"),
    ("05.3", [1000, 1, 0], "too high"),
    ("05.3", [800, 1, 0], "too low"),
    ("05.3", [953, 0.0001, 1.7], "the wrong way round"),
    ("05.3", [953, 1.7, 1.7], "Was kl_weight handed on"),
    ("05.3", [953, 0.001, 0.001], "not used either"),
    ("05.3", [953, 162.0, 0.1], "still multiplied"),
    ("05.3", [953, -600.0, 0.0], "never negative"),
]


@pytest.mark.parametrize("number, answer, said", WRONG_ANSWERS)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(number, answer, said):
    verdict = exercises.check(number, answer)
    assert verdict.state == WRONG
    assert said in verdict.message


@pytest.mark.parametrize("number, answer", [
    ("05.1", lambda u, chances: ...), ("05.2", lambda p, d, q: None), ("05.3", ...)])
def test_an_untouched_answer_is_not_called_wrong(number, answer):
    assert exercises.check(number, answer).state == NOT_ATTEMPTED


def test_the_price_is_where_worth_and_cost_are_equal():
    price = exercises.every()["05.3"].solution[0]
    assert price * 0.59 == pytest.approx(512 * math.log(3))


@pytest.mark.parametrize("number", ["05.1", "05.2", "05.3"])
def test_no_hint_but_the_last_gives_the_answer_away(number):
    hints = exercises.every()[number].hints
    assert len(hints) == 3
    for spoiler in ("cumsum", "prior / encoder", "log(0.3"):
        assert not any(spoiler in hint for hint in hints[:-1])
