"""Facts about the figures of lesson 05."""

import matplotlib.pyplot as plt
import pytest
import torch
from torch.distributions import Normal

from course_lib.teaching import figures

PLACES = torch.linspace(-3, 3, 120)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_only_the_general_graph_has_an_arrow_from_x_to_z():
    drawn = [ax.patches for ax in figures.show_graphs().figure.axes]
    arrows = [sum(type(patch).__name__ == "FancyArrowPatch" for patch in patches)
              for patches in drawn]
    assert arrows == [3, 2, 2]


def test_the_cut_leaves_pi_on_the_teal_side():
    ax = figures.show_quantile(0.7)
    cut = ax.lines[1].get_xdata()[0]
    assert Normal(0.0, 1.0).cdf(torch.tensor(cut)).item() == pytest.approx(0.7)
    assert "holds 0.70 of it and the pink side 0.30" in ax.figure.alt


def test_the_quantile_is_drawn_for_every_pi_the_slider_has():
    for pi in (0.05, 0.5, 0.95):
        assert figures.show_quantile(pi).figure.alt


def test_a_pi_out_of_range_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="pi is 1; give a number from 0.02 to 0.98"):
        figures.show_quantile(1)


def test_posteriors_are_said_with_mean_and_deviation():
    density = Normal(1.0, 0.2).log_prob(PLACES).exp()[None]
    alt = figures.show_posteriors(PLACES, density, density, density,
                                  ["teal"]).figure.alt
    assert alt.count("1.00 ± 0.20") == 2


def test_shirts_on_their_side_of_the_border_are_counted():
    pi, u = torch.full((4,), 0.5), torch.tensor([0.2, 0.4, 0.6, 0.3])
    teal = torch.tensor([True, True, False, False])
    assert "0.750 of them on their side" in figures.show_border(pi, u, teal).figure.alt


def test_a_hole_is_the_part_of_the_prior_without_a_shirt():
    prior = Normal(0.0, 0.5).log_prob(PLACES).exp()
    left = torch.where(PLACES < 0, 2 * prior, 0.0)
    alt = figures.show_holes(PLACES, {"half": (prior, left), "all": (prior, prior)}
                             ).figure.alt
    assert "half: 0.50 of the prior has no" in alt or "half: 0.51 of the prior" in alt
    assert "all: 0.00 of the prior has no" in alt


def test_the_diagram_has_an_arrow_for_each_wire_and_names_both_losses():
    ax = figures.show_training()
    arrows = [type(patch).__name__ == "FancyArrowPatch" for patch in ax.patches]
    assert sum(arrows) == 9
    assert "the KL to the prior, and at f(x, z) minus the log" in ax.figure.alt


def test_a_ball_that_goes_down_has_an_arrow_down_where_z2_points_up():
    down = torch.tensor([0.0, 2.0]).expand(3, 2)                # pixels count downwards
    ax = figures.show_velocities(torch.zeros(3, 2), down)
    low, high = ax.get_ylim()
    assert low < high and (ax.collections[0].V < 0).all()
