"""Facts about lesson 00: its figures show the true numbers, its slider moves the
lightness and nothing else, and its sampler exercise judges by distribution."""

import random

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from scipy import stats

from course_lib.datasets import TShirts
from course_lib.teaching import exercises, figures
from course_lib.teaching.figures.start_here import (
    chroma_of_one_pixel,
    ten_bins,
    with_lightness,
)


@pytest.fixture(scope="module")
def world():
    return TShirts(size=16)


@pytest.fixture(scope="module")
def photo(world):
    """The photo whose dye is most uncertain, (1, 1, 16, 16)."""
    x = world.held_out(256)[0]
    return x[(world.probability_of_teal(x) - 0.5).abs().argmin()][None]


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


def test_the_drawn_density_is_that_of_a_pixel_of_cloth(world, photo):
    assert world.mask(photo)[0, 8, 8]
    a = world.truth.sample(given=photo, n=2000, seed=0)[:, 0, 0, 8, 8]
    density = chroma_of_one_pixel(world, photo)
    result = stats.kstest(a.numpy(), lambda at: density.cdf(torch.tensor(at)).numpy())
    assert result.pvalue > 0.001


def test_the_ten_bins_hold_what_the_density_puts_into_them(world, photo):
    bins, mass = ten_bins(world, photo)
    inside = chroma_of_one_pixel(world, photo).cdf(bins.edges).diff()
    assert torch.allclose(mass, inside, atol=1e-6)
    assert mass.sum().item() == pytest.approx(1)


def test_of_four_answers_to_an_undecided_photo_one_number_alone_is_all_grey(
        world, photo):
    alt = figures.show_four_answers(world, photo).figure.alt
    one, _, bins, truth = alt.split("Shirts dyed by ")[1].split(";")
    assert one.count("greyish") == 6
    assert "greyish" not in bins + truth
    assert "teal" in truth and "pink" in truth


def test_the_dots_of_the_law_lie_on_its_line(world):
    ax = figures.show_law(world, n=2048)
    light, p = ax.lines[0].get_xydata().T
    dots, rates = ax.containers[0].lines[0].get_xydata().T
    expected = np.interp(dots, light, p)
    error = np.sqrt(expected * (1 - expected) / 204)
    assert (abs(rates - expected) < 4 * error).all()


@pytest.mark.parametrize("lightness", [0.56, 0.74])
def test_the_slider_moves_the_cloth_and_not_the_background(world, photo, lightness):
    moved, mask = with_lightness(world, photo, lightness), world.mask(photo)
    assert world.mean_lightness(moved).item() == pytest.approx(lightness, abs=1e-3)
    assert torch.equal(world.mask(moved), mask)
    assert torch.equal(moved[:, 0][~mask], photo[:, 0][~mask])


def test_a_shirt_too_dark_for_the_dyes_is_refused_in_a_sentence(world, photo):
    with pytest.raises(ValueError, match="lightness is 0.2; give a number from"):
        figures.show_one_shirt(world, photo, lightness=0.2)


def test_the_shirt_of_the_widget_says_its_own_probability(world, photo):
    light = with_lightness(world, photo, 0.74)
    p = world.probability_of_teal(light).item()
    alt = figures.show_one_shirt(world, photo, 0.74, seed=1).figure.alt
    assert f"teal with probability {p:.2f} and pink with {1 - p:.2f}" in alt


def test_the_sampler_exercise_takes_any_source_of_randomness_and_disturbs_none():
    def draw(p):
        return random.gauss(-0.65 if random.random() < p else 0.65, 0.1)
    before = random.getstate(), torch.get_rng_state()
    assert exercises.check("00.3", draw).right
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def noisy(p, noise, dye=0.65):
    return (-dye if torch.rand(()) < p else dye) + noise()


def gauss(std):
    return lambda: std * torch.randn(()).item()


@pytest.mark.parametrize("draw, words", [
    (lambda p: 0.66 * torch.randn(()).item(), "in 50% of the draws"),
    (lambda p: (1 - 2 * p) * 0.65 + 0.1 * torch.randn(()).item(), "adds up the two"),
    (lambda p: noisy(p, gauss(0.05)), "deviation 0.050; they should have -0.65"),
    (lambda p: noisy(p, gauss(0.01)), "0.1² = 0.01"),
    (lambda p: noisy(p, gauss(0.1 ** 0.5)), "Here 0.1 is the variance"),
    (lambda p: noisy(p, gauss(1.0)), "standard deviation 1,"),
    (lambda p: noisy(p, gauss(0.1), dye=0.5), "teal draws have mean -0."),
    (lambda p: noisy(p, lambda: 0.1 * torch.rand(()).item()), "mean -0.600 and"),
    (lambda p: noisy(p, lambda: 0.3464 * (torch.rand(()).item() - 0.5)),
     "another shape"),
    (lambda p: -0.65 + gauss(0.1)() if torch.rand(()) < p else 0.65, "on teal alone"),
    (lambda p: -0.65 if torch.rand(()) < p else 0.65 + gauss(0.1)(), "on pink alone"),
    (lambda p: noisy(p, gauss(0.0)), "equal to the last digit"),
    (lambda p: noisy(1 - p, gauss(0.1)), "three draws of ten"),
    (lambda p: noisy(0.5, gauss(0.1)), "a fair coin"),
    (lambda p: noisy(p > 0.5, gauss(0.1)), "always takes the likelier dye"),
    (lambda p: noisy(p * p, gauss(0.1)), "of the draws; it should be in 70%"),
    (lambda p: float("nan"), "no finite numbers"),
    (lambda p: "teal", "gives 'teal'; return one number"),
    (lambda p: (-0.65, -0.35), "gives (-0.65, -0.35); return one number"),
    (lambda p: [0.1, {}], "return one number"),
    (lambda p: noisy(p, gauss(0.1)) if torch.rand(()) < p else None, "one branch"),
    (lambda p: p * (gauss(0.1)() - 0.65) + (1 - p) * (gauss(0.1)() + 0.65), "adds up"),
    (lambda p: (1 - 2 * p) * 0.65, "adds up the two"),
    (lambda p: -0.65 if p > 0.5 else 0.65, "always takes the likelier dye"),
])
def test_the_sampler_exercise_says_what_is_wrong_with_the_distribution(draw, words):
    assert words in exercises.check("00.3", draw).message


def test_a_sampler_whose_very_first_call_gives_nothing_has_been_attempted():
    calls = iter(range(5000))
    verdict = exercises.check("00.3", lambda p: next(calls) or None)
    assert "one branch lacks its return" in verdict.message


@pytest.mark.parametrize("answer, words", [
    (8192, "all eight"), (torch.Size((2, 32, 32)), "the shape of y")])
def test_a_wrong_count_is_known_by_its_number(answer, words):
    assert words in exercises.check("00.1", answer).message


def bell(a, dye):
    return torch.distributions.Normal(dye, 0.1).log_prob(torch.tensor(a)).exp()


@pytest.mark.parametrize("divide, words", [
    (lambda teal, pink: teal / teal + pink, "Put the sum in parentheses"),
    (lambda teal, pink: teal / pink, "These are the odds")])
def test_a_wrong_division_by_bayes_rule_is_told_apart(divide, words):
    def chance_of_teal(a, pi):
        return divide(pi * bell(a, -0.65), (1 - pi) * bell(a, 0.65))
    assert words in exercises.check("00.2", chance_of_teal).message


@pytest.mark.parametrize("seed", range(5))
def test_the_sampler_exercise_takes_a_right_sampler_whatever_its_luck(seed):
    generator = torch.Generator().manual_seed(seed)

    def draw(p):
        dye = -0.65 if torch.rand((), generator=generator) < p else 0.65
        return dye + 0.1 * torch.randn((), generator=generator)
    assert exercises.check("00.3", draw).right
