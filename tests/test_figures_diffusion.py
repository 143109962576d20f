"""Facts about the figures of lesson 08."""

import re

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib.datasets import TShirts
from course_lib.teaching import figures

WORLD = TShirts(size=16)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def part_teal(**options):
    return float(re.search(r"([\d.]+) of them end teal",
                           figures.show_forks(**options).figure.alt).group(1))


@pytest.mark.parametrize("pi", [0.2, 0.5, 0.7])
def test_with_many_steps_the_paths_part_in_the_right_proportion(pi):
    assert part_teal(pi=pi, steps=200) == pytest.approx(pi, abs=0.02)


def test_with_few_steps_the_likelier_dye_is_drawn_too_often():
    assert part_teal(pi=0.7, steps=5, pixels=300) > 0.9
    assert part_teal(pi=0.3, steps=5, pixels=300) < 0.1


def test_one_step_leads_every_path_to_the_mean():
    ax = figures.show_forks(pi=0.7, steps=1)
    ends = [line.get_ydata()[-1] for line in ax.lines]
    assert ends == pytest.approx([1 - 2 * 0.7] * len(ends), abs=1e-3)
    assert "All of them end greyish" in ax.figure.alt


def test_paths_never_cross():
    lines = torch.stack([torch.as_tensor(line.get_ydata())
                         for line in figures.show_forks(pi=0.6, steps=60).lines])
    assert (lines.diff(dim=0) >= 0).all()


def test_a_probability_out_of_range_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="pi is 1; give a number from 0.02 to 0.98"):
        figures.show_forks(pi=1)


def test_a_strip_has_the_photo_and_one_picture_a_moment():
    x, y = WORLD.held_out(2)
    rows = {"first": torch.stack([y[0], -y[0]]), "second": torch.stack([y[1], y[1]])}
    ax = figures.show_strip(WORLD, x, rows, ["t = 1", "t = 0"])
    assert len(ax.images) == 2 * 3
    assert "t = 1" in ax.figure.alt and "second" in ax.figure.alt


def test_a_strip_says_the_dye_that_is_seen():
    x, _ = WORLD.held_out(1)
    teal, pink = WORLD.modes(x)[0]
    alt = figures.show_strip(WORLD, x, {"y": torch.stack([teal, pink])}, ["a", "b"]
                             ).figure.alt
    assert "teal at a, pink at b" in alt


def test_a_strip_of_another_length_than_its_titles_is_refused():
    x, y = WORLD.held_out(1)
    with pytest.raises(ValueError, match=r"give the shape \(2, 2, 16, 16\)"):
        figures.show_strip(WORLD, x, {"y": y}, ["t = 1", "t = 0"])


def test_the_network_is_drawn_with_a_skip_and_the_time():
    ax = figures.show_unet()
    words = " ".join(text.get_text() for text in ax.texts)
    assert "skip" in words and "time t" in words and "arrow" in ax.figure.alt
