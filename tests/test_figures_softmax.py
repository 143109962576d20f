"""Facts about the figures of lesson 02: they show what quantisation does, what a pixel
may be, which color classes occur, and photographs in the colors they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.teaching import figures
from course_lib.teaching.figures.softmax import rms_error


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def world():
    return TShirts(size=16, channels="a")


@pytest.fixture(scope="module")
def photo(world):
    return world.held_out(1)[0]


def bars(ax):
    return np.array([bar.get_height() for bar in ax.patches])


@pytest.mark.parametrize("levels", [2, 10, 64])
def test_the_bins_hold_all_of_the_pixel_s_probability(world, photo, levels):
    ax = figures.show_quantised(world, photo, levels=levels)
    assert len(bars(ax)) == levels
    assert bars(ax).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("colored_by, a", [("floors", "−0.75 and +0.5"),
                                           ("centers", "−0.625 and +0.625")])
def test_floors_make_pink_duller_and_teal_stronger_and_centers_neither(
        world, photo, colored_by, a):
    ax = figures.show_quantised(world, photo, levels=10, colored_by=colored_by)
    assert ax.figure.axes[1].get_title(loc="left") == f"a = {a}"
    assert f"quantisation {a}" in ax.figure.alt


def test_the_bars_of_floors_are_greener_than_those_of_centers(world, photo):
    red = [np.mean([to_rgb(bar.get_facecolor())[0] for bar in figures.show_quantised(
        world, photo, 10, colored_by).patches]) for colored_by in ("floors", "centers")]
    assert red[0] < red[1]


def test_the_error_of_fine_bins_is_their_width_over_root_twelve(world, photo):
    quantizer = Quantizer(levels=50)
    expected = quantizer.width / 12 ** 0.5
    assert rms_error(world, photo, quantizer) == pytest.approx(expected, rel=0.03)
    assert rms_error(world, photo, quantizer, "floors") == pytest.approx(
        2 * expected, rel=0.03)


def test_an_unknown_way_to_color_bins_is_refused(world, photo):
    with pytest.raises(ValueError, match="colored_by is 'ceilings'.*'floors'"):
        figures.show_quantised(world, photo, colored_by="ceilings")


def test_several_photos_are_refused_where_one_is_shown(world):
    with pytest.raises(ValueError, match=r"give the shape \(1, 1, 16, 16\)"):
        figures.show_quantised(world, world.held_out(2)[0])


def test_each_pixel_has_its_panel_and_its_alt_text_says_both_probabilities():
    quantizer = Quantizer(levels=4)
    truth = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]])
    model = torch.full((2, 4), 0.25)
    ax = figures.show_pixel_probabilities(
        quantizer, {"truth": truth, "softmax": model}, ["one", "two"])
    first, second = ax.figure.axes[:2]
    assert bars(first) == pytest.approx(0.25)
    assert second.lines[0].get_ydata() == pytest.approx(truth[1].numpy())
    assert "one: softmax puts 0.5 on the teal bins, truth 0.3" in ax.figure.alt
    assert "two: softmax puts 0.5 on the teal bins, truth 0.8" in ax.figure.alt


def test_a_title_too_few_is_refused():
    pair = {"truth": torch.full((2, 10), 0.1), "softmax": torch.full((2, 10), 0.1)}
    with pytest.raises(ValueError, match="1 titles and 10 bins"):
        figures.show_pixel_probabilities(Quantizer(), pair, ["alone"])


def test_classes_that_no_pixel_falls_into_are_told_from_the_others():
    y = torch.tensor([[0.5, 0.5], [-0.5, 0.5]]).T.view(1, 2, 1, 2)
    grid = Quantizer(-1, 1, levels=2, channels=2)
    palette = Palette(torch.tensor([[0.5, 0.5], [-0.5, 0.5]]))
    ax = figures.show_color_classes(y, {"grid": grid, "palette": palette})
    _, dots, crosses = ax.collections
    assert sorted(dots.get_offsets().tolist()) == [[-0.5, 0.5], [0.5, 0.5]]
    assert sorted(crosses.get_offsets().tolist()) == [[-0.5, -0.5], [0.5, -0.5]]
    assert "grid, 2 of 4 classes used" in ax.figure.alt
    assert "palette, 2 of 2 classes used, rms error 0." in ax.figure.alt


def test_photographs_stand_in_columns_and_answers_in_rows():
    world = TShirts(size=32)                         # any world with rgb will do
    pairs = {name: world.held_out(1) for name in ("left", "right")}
    ax = figures.show_photographs(world, pairs, {"grey": lambda x, y: 0 * y}, side=20)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == ["grey photo x", "true colors", "grey"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["left", "right"]
    first, last = ax.images[0].get_array(), ax.images[-1].get_array()
    assert first.shape == (20, 20, 3)
    assert np.array_equal(first, last)               # grey is what the photo shows
    assert not np.array_equal(first, ax.images[2].get_array())
