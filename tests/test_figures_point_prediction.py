"""Facts about the figures of lesson 01: they show what they are given, and say it."""

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib.teaching import figures


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


def test_losses_are_marked_where_they_are_least():
    candidates = torch.linspace(-1, 1, 21)
    squares = (candidates - 0.3).square() + 1
    ax = figures.show_losses([-1, 1, 1], candidates, {"squares": squares})
    assert "squares is least, 1, at 0.3" in ax.figure.alt
    assert ax.lines[1].get_xdata() == pytest.approx([0.3])


def test_every_shirt_is_a_point_and_theory_a_line_in_order_of_p():
    p = torch.tensor([0.9, 0.1, 0.5])
    ax = figures.show_against_p(p, {"L2": 2 * p - 1}, {"2p - 1": 2 * p - 1},
                                ylabel="tealness")
    points, line = ax.lines[:2]
    assert points.get_xdata() == pytest.approx([0.9, 0.1, 0.5])
    assert line.get_xdata() == pytest.approx([0.1, 0.5, 0.9])
    assert ax.figure.alt.startswith("tealness against the probability of teal: L2 is")


def test_the_chroma_plane_says_how_far_answers_lie_from_grey():
    pink = torch.tensor([0.6, 0.3])
    ax = figures.show_chroma_plane({"L1": torch.stack([pink / 2, -pink])},
                                   {"mean": torch.zeros(2, 2)}, pink)
    assert "L1 lies between 0.5 and 1 of a dye's chroma from grey" in ax.figure.alt


def test_the_widget_says_what_it_draws():
    ax = figures.show_best_answers(pi=0.6, noise=0.1, components=2)
    assert "5 free numbers: 0.00 nats" in ax.get_title(loc="left")
    assert "weights 0.60 at -0.65, 0.40 at 0.65" in ax.figure.alt
    assert "mean is a spike at -0.13" in ax.figure.alt


@pytest.mark.parametrize("noise", [0.05, 0.6])
def test_the_widget_s_axis_holds_every_density_below_its_spikes(noise):
    ax = figures.show_best_answers(pi=0.95, noise=noise, components=3)
    truth, model = (line.get_ydata().max() for line in ax.lines[:2])
    low, high = sorted(text.xy[1] for text in ax.texts if not text.get_text())
    assert max(truth, model) < low < high < ax.get_ylim()[1]


def test_the_best_answer_to_each_loss_stands_in_the_legend():
    candidates = torch.linspace(-1, 1, 21)
    squares = (candidates - 0.3).square()
    ax = figures.show_losses([-1, 1], candidates, {"squares": squares})
    assert ax.get_legend().get_texts()[0].get_text() == "squares, least at 0.3"
