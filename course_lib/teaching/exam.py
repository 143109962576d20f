"""Exam questions whose numbers change with a seed, each with a key that is computed.

`python -m course_lib exam --seed 7` prints a paper and its key. A key comes from what
the library knows exactly: a density, the truth of a world, an exercise's solution.
"""

from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

import torch
from torch.distributions import Bernoulli

from course_lib.checks import check_choice, check_integer
from course_lib.datasets import BlindSpot
from course_lib.networks.patchgan import receptive_field
from course_lib.teaching import exercises, one_pixel

CHANCES = (0.2, 0.3, 0.4, 0.6, 0.7, 0.8)
TABLES = ([0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.4, 0.4, 0.2])


class Question(NamedTuple):
    """given: the numbers in the text;  key: what is asked for;  why: the way there"""

    text: str
    given: dict[str, Any]
    key: dict[str, float]
    why: str


def chance_of_teal(density: Any, a: float) -> float:
    """Return P(teal | a) under a density whose first bell is teal's."""
    bells = density.component_distribution.log_prob(torch.tensor(a))
    return (density.mixture_distribution.logits + bells).softmax(-1)[0].item()


def one_pixel_is_seen(random: Random) -> Question:
    pi, noise, a = map(random.choice, (CHANCES, (0.3, 0.4, 0.5), (-0.2, -0.1, 0.1)))
    return Question(
        f"By its photo a shirt is teal with probability {pi}. Teal has a = -0.65, pink "
        f"has a = 0.65, and the noise has deviation {noise}. One pixel of its cloth "
        f"shows a = {a}. How likely is the shirt teal now?",
        {"pi": pi, "noise": noise, "a": a},
        {"P(teal)": chance_of_teal(one_pixel.truth(pi, noise), a)},
        "Bayes' rule: the log-odds of teal are log(π / (1 - π)) - 2 · 0.65 · a / σ².")


def best_single_answers(random: Random) -> Question:
    pi, noise = random.choice(CHANCES), random.choice((0.1, 0.2, 0.3))
    density = one_pixel.truth(pi, noise)
    return Question(
        f"A pixel is teal, a = -0.65, with probability {pi}, and otherwise pink, "
        f"a = 0.65; the noise has deviation {noise}. Which single number does squared "
        f"error lead to? Which deviation has the likeliest Gaussian?",
        {"pi": pi, "noise": noise},
        {"number": density.mean.item(), "deviation": density.stddev.item()},
        "The mean, (1 - 2π) · 0.65; the root of σ² + 4π(1 - π) · 0.65².")


def pixels_that_agree(random: Random) -> Question:
    pi, pixels = random.choice(CHANCES), random.randint(3, 8)
    nats = (pixels - 1) * Bernoulli(torch.tensor(pi)).entropy().item()
    return Question(
        f"All {pixels} pixels of a patch have one dye, teal with probability {pi}. A "
        f"model is right about each pixel and takes them as independent. How many nats "
        f"does it lose on average? How often are all of its pixels alike?",
        {"pi": pi, "pixels": pixels},
        {"nats": nats, "alike": exercises.solution("03.2")(pi, pixels)},
        "(N - 1) H(π); πᴺ + (1 - π)ᴺ.")


def best_critic(random: Random) -> Question:
    p, q = random.sample(TABLES, 2)
    pair = torch.tensor(p), torch.tensor(q)
    return Question(
        f"Three dyes have the probabilities {p} in truth and {q} in the generator. "
        f"Which score, the log-odds of real, does the best critic give the first dye? "
        f"Which loss does it pay, both halves added, in nats?", {"p": p, "q": q},
        {"score": exercises.solution("04.1")(*pair)[0].item(),
         "loss": exercises.solution("04.2")(*pair).item()},
        "log p - log q; 2 log 2 - KL(p ‖ m) - KL(q ‖ m), with m = (p + q) / 2.")


def evidence_bound(random: Random) -> Question:
    prior, encoder = [0.5, 0.25, 0.25], random.choice(TABLES)
    decoder = random.sample((0.9, 0.6, 0.3, 0.1), 3)
    p, y, q = map(torch.tensor, (prior, decoder, encoder))
    exact, elbo = (p @ y).log().item(), exercises.solution("05.2")(p, y, q).item()
    return Question(
        f"z has three values, with p(z) = {prior}. For one x and y the decoder says "
        f"p(y | z, x) = {decoder}, and the encoder q(z | x, y) = {encoder}. What is "
        f"log p(y | x), what the ELBO, and what KL(q ‖ posterior), in nats?",
        {"prior": prior, "decoder": decoder, "encoder": encoder},
        {"log p": exact, "ELBO": elbo, "KL": exact - elbo},
        "log Σ p(z) p(y | z); Σ q log(p(z) p(y | z) / q); their difference.")


def blind_spot(random: Random) -> Question:
    size, right, flip = map(random.choice, ((6, 8, 10), (2, 3), (0.05, 0.1, 0.2)))
    world = BlindSpot(size, (1, right), flip)
    return Question(
        f"Each pixel of a {size} x {size} image, black or white, copies the one a row "
        f"up and {right} columns to the right, wrongly with probability {flip}; where "
        f"that lies outside, it is a fair coin. How many nats an image does one stack "
        f"of masked 3 x 3 convolutions lose at least? Which is the smallest kernel "
        f"that need not lose any?", {"size": size, "reach": (1, right), "flip": flip},
        {"nats": world.blind_cost(3), "kernel": 5 if world.sees(5) else 7},
        "(rows - 1)(columns - right)(log 2 - H(flip)); k // 2 columns for each row.")


def best_denoiser(random: Random) -> Question:
    pi, y_t = random.choice(CHANCES), random.choice((-0.6, -0.2, 0.2, 0.6))
    kept = random.sample((0.9, 0.8, 0.6, 0.5), 3)
    signal = torch.tensor(kept, dtype=torch.float64).prod().item()
    noisy = one_pixel.truth(pi, (1 - signal) ** 0.5, mode=signal ** 0.5)
    return Question(
        f"y is -1, teal, with probability {pi}, and otherwise 1. Three steps of noise "
        f"keep {kept} of the variance. What is ᾱ after them? What does the best "
        f"denoiser answer to y_t = {y_t}?", {"pi": pi, "y_t": y_t, "kept": kept},
        {"ᾱ": signal, "answer": 1 - 2 * chance_of_teal(noisy, y_t)},
        "The product; tanh(log((1 - π) / π) / 2 + √ᾱ y_t / (1 - ᾱ)).")


def size_of_a_patch(random: Random) -> Question:
    layers = [(random.randint(2, 4), random.choice((1, 2))) for _ in range(4)]
    written = ", ".join(f"{kernel} / {stride}" for kernel, stride in layers)
    return Question(
        f"A critic has these layers, kernel / stride, from the picture to the score: "
        f"{written}. How many pixels a side does one score see?", {"layers": layers},
        {"side": receptive_field(layers)}, "1 + Σ (k - 1) · all strides before.")


QUESTIONS = {"00": one_pixel_is_seen, "01": best_single_answers,
             "03": pixels_that_agree, "04": best_critic, "05": evidence_bound,
             "06": blind_spot, "08": best_denoiser, "09": size_of_a_patch}


def exam(seed: int = 0, lessons: Iterable[str] = tuple(QUESTIONS)) -> list[Question]:
    """Return a question about each of these lessons; the same seed asks the same.

    Raises ValueError for a lesson that has none."""
    check_integer("seed", seed, 0)
    return [QUESTIONS[check_choice("lesson", lesson, QUESTIONS)](
        Random(f"{seed} {lesson}")) for lesson in lessons]


def answer(question: Question) -> str:
    """Return the key of a question to four digits, and the way to it."""
    numbers = ", ".join(f"{name} = {value:.4g}" for name, value in question.key.items())
    return f"{numbers}. {question.why}"
