"""Facts about the figures of lesson 03."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_lib.teaching import figures


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_one_pixel_always_agrees():
    alt = figures.show_agreement(1, 0.3).figure.alt
    assert "mixed" not in alt and ":" not in alt.split(":", 1)[1]
    assert "all 1 agree, 1," in alt


def test_the_probability_said_is_that_all_pixels_agree():
    said = figures.show_agreement(3, 0.7).figure.alt
    assert f"{0.7 ** 3 + 0.3 ** 3:.3g}" in said


def test_a_larger_p_only_turns_pixels_teal():
    """The coins stay the same, so that a slider changes few pixels at a time."""
    def teal(p):
        captions = [text.get_text() for text in figures.show_agreement(100, p).texts]
        return [int(caption.split(" : ")[0]) for caption in captions]
    assert all(low <= high for low, high in zip(teal(0.4), teal(0.6)))


def test_patches_are_drawn_for_every_number_of_pixels_the_slider_has():
    for pixels in (2, 9, 400, 1024):
        assert figures.show_agreement(pixels, 0.5).figure.alt


@pytest.mark.parametrize("pixels, pi, says", [
    (0, 0.5, "pixels is 0; give a whole number from 1 to 1024"),
    (9, 1.5, "pi is 1.5; give a number from 0.01 to 0.99")])
def test_numbers_out_of_range_are_refused_in_a_sentence(pixels, pi, says):
    with pytest.raises(ValueError, match=says):
        figures.show_agreement(pixels, pi)


def test_tables_write_every_number_into_its_cell():
    ax = figures.show_matrices({"one": torch.tensor([[0.36, 0.24], [0.24, 0.16]])},
                               ["teal", "pink"])
    assert [text.get_text() for text in ax.texts] == ["0.36", "0.24", "0.24", "0.16"]


def test_a_small_table_is_said_number_by_number():
    ax = figures.show_matrices({"one": torch.tensor([[0.4, 0.1], [0.2, 0.3]])},
                               ["teal", "pink"], sides=("left pixel", "right pixel"))
    assert "teal-pink 0.1, pink-teal 0.2" in ax.figure.alt
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("left pixel", "right pixel")


def test_tables_say_what_stands_beside_the_diagonal():
    table = 4200 - 4300 * torch.eye(3)
    ax = figures.show_matrices({"L2": -100 * torch.eye(3), "truth": table},
                               ["1", "2", "3"])
    assert "L2: diagonal from −100 to −100, beside it at most 0" in ax.figure.alt
    assert "beside it at most 4,200" in ax.figure.alt


def test_only_bars_across_one_half_count_as_two_colors():
    p = torch.tensor([0.3, 0.5, 0.52, 0.8])
    ax = figures.show_wiggles(p, p - 0.05, p + 0.05)
    assert "2 bars cross one half, at true probabilities from 0.5 to 0.52" in (
        ax.figure.alt)


def test_wiggles_without_a_crossing_say_so():
    p = torch.tensor([0.3, 0.8])
    assert "none of which crosses" in figures.show_wiggles(p, p, p).figure.alt


def test_a_photograph_is_shown_once_for_each_way_of_coloring():
    ax = figures.show_colorized({name: np.zeros((8, 12, 3)) for name in "abc"})
    assert [len(axes.images) for axes in ax.figure.axes] == [1, 1, 1, 0]


def test_only_the_right_factor_graph_ties_pixels():
    left, right = figures.show_factor_graphs().figure.axes
    squares = [len(ax.lines[-2].get_xdata()) for ax in (left, right)]
    assert squares == [9, 9 + 12]                  # a 3 x 3 grid has 12 neighbours


def test_lines_run_around_clusters_and_nowhere_else():
    labels = torch.tensor([[1.0, 1.0], [-1.0, 1.0]])
    clusters = torch.tensor([[0, 0], [1, 0]])
    ax = figures.show_clusters(labels, clusters, -labels)
    assert [len(axes.lines) for axes in ax.figure.axes] == [0, 2, 2]
    assert "3 of them pink" in ax.figure.alt and "its 2 clusters" in ax.figure.alt


def test_a_label_is_written_as_its_sign():
    labels = torch.tensor([[1.0, -1.0]])
    ax = figures.show_clusters(labels, torch.tensor([[0, 1]]), labels)
    assert [text.get_text() for text in ax.texts] == ["+", "−"]
