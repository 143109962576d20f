"""Facts about the figures of lesson 06."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_lib.datasets.blind_spot import visible
from course_lib.networks.masked import causal_mask
from course_lib.teaching import figures


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_tiny_images_say_the_probability_of_each():
    joint = torch.zeros(2, 2, 2, 2)
    joint[0, 1, 1, 0] = 0.25
    joint[1, 1, 1, 1] = 0.75
    alt = figures.show_tiny_images(joint).figure.alt
    assert "0110 0.25" in alt and "1111 0.75" in alt
    assert "Their sum is 1." in alt


def test_a_table_of_other_images_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"\(4, 4, 4, 4\); give \(2, 2, 2, 2\)"):
        figures.show_tiny_images(torch.ones(4, 4, 4, 4))


def test_masks_are_read_out_row_by_row():
    masks = {kind: causal_mask(kind, 3)[0, 0] for kind in "AB"}
    alt = figures.show_masks(masks).figure.alt
    assert "A, row by row: 111, 100, 000; B, row by row: 111, 110, 000" in alt


def test_a_mask_of_channels_has_their_names_and_no_frame():
    ax = figures.show_masks({"A": torch.ones(2, 2).tril(-1)}, names=["a", "b"])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert "of a, b" in ax.figure.alt and "A, row by row: 00, 10" in ax.figure.alt


def test_a_field_counts_what_is_seen_and_what_is_missed():
    alt = figures.show_fields({"deep": visible(9, (6, 3))}, (6, 3)).figure.alt
    assert "deep: 47 seen, 10 missed." in alt


def test_a_field_counts_what_must_not_be_seen():
    everything = figures.show_fields({"all": torch.ones(3, 3)}, (1, 1))
    assert "all: 4 seen, 0 missed, 5 forbidden" in everything.figure.alt
    assert sum(text.get_text() == "!" for text in everything.texts) == 5


def test_beliefs_say_what_the_truth_costs_at_each_pixel():
    y = torch.tensor([[0.0, 1.0], [0.5, 0.0]])
    q = torch.full((3, 2, 2), 0.25)
    q[1] = 0.5
    alt = figures.show_beliefs(y, q, pixels=(1, 2, 3)).figure.alt
    assert "4 pixels costs, 1.75 bits on average" in alt
    assert "b, pixel 2: likeliest is level 1 with probability 0.5" in alt
    assert "there is level 2, probability 0.25, which costs 2.00 bits" in alt
    assert "there is level 1, probability 0.5, which costs 1.00 bits" in alt


def test_a_pixel_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="pixel is 5; give a whole number from 1 to 4"):
        figures.show_beliefs(torch.zeros(2, 2), torch.full((2, 2, 2), 0.5), (1, 5, 2))


def test_the_gate_is_open_by_the_sigmoid_of_b():
    ax = figures.show_gate(b=(0.0, 50.0 / 9))
    assert "gate, b = 0, between −0.5 and 0.5" in ax.figure.alt
    curve = ax.lines[1]
    assert np.allclose(curve.get_ydata(), np.tanh(curve.get_xdata()) / 2)


def test_two_stacks_say_that_nothing_leads_back():
    assert "No arrow leads back" in figures.show_two_stacks().figure.alt
