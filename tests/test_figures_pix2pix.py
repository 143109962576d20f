"""Facts about the figures of lesson 09."""

import re

import matplotlib.pyplot as plt
import pytest

from course_lib.datasets import Facades
from course_lib.teaching import figures
from course_lib.teaching.figures.pix2pix import seen_by_one

WORLD = Facades(pairs=4)
X, Y = WORLD.held_out(2)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("side", [1, 2, 5, 8, 16])
def test_the_frame_of_a_patch_has_the_size_that_the_critic_sees(side):
    slope, critic, _ = seen_by_one(side, 32)
    assert (slope > 0).sum() == side ** 2 == critic.receptive_field ** 2
    alt = figures.show_patch(WORLD, X[:1], Y[:1], side).figure.alt
    assert f"a frame of {side} by {side} pixels" in alt


def test_a_larger_patch_has_more_weights_and_fewer_scores():
    def numbers(side):
        alt = figures.show_patch(WORLD, X[:1], Y[:1], side).figure.alt
        return (int(re.search(r"([\d,]+) weights", alt).group(1).replace(",", "")),
                int(re.search(r"of (\d+) by", alt.split("middle one")[1]).group(1)))

    (small, many), (large, few) = numbers(4), numbers(32)
    assert small < large and many > few


def test_a_patch_larger_than_the_picture_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="side"):
        figures.show_patch(WORLD, X[:1], Y[:1], 33)


def test_both_players_and_what_they_exchange_are_drawn():
    ax = figures.show_players()
    words = " ".join(text.get_text() for text in ax.texts)
    assert all(word in words for word in ("critic", "generator", "skip", "L1", "plan"))
    assert "score for each patch" in ax.figure.alt
