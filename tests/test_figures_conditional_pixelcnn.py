"""Facts about the figures of lesson 07: which pixels are given, and what is seen."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.patches import Rectangle

from course_lib.teaching import figures
from course_lib.teaching.figures.conditional_pixelcnn import GIVEN


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


def frames(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)
            and not patch.get_fill() and patch.get_linewidth() == 1.8]


def numbers(ax):
    return [text.get_text() for text in ax.texts if text.get_text().startswith("$")]


@pytest.mark.parametrize("given", [0, 1, 3, 4])
def test_the_pixels_are_numbered_in_the_order_of_drawing(given):
    said = numbers(figures.show_order(size=4, given=given))
    known, drawn = 4 * given, 16 - 4 * given
    assert said == [f"$x_{{{i + 1}}}$" for i in range(known)] + [
        f"$y_{{{i + 1}}}$" for i in range(drawn)]


def test_only_what_is_given_is_hatched():
    ax = figures.show_order(size=3, given=1)
    hatched = [patch for patch in ax.patches if patch.get_hatch() == GIVEN.hatch]
    assert len(hatched) == 3 and all(patch.get_y() == 0 for patch in hatched)


def test_every_image_has_a_frame_around_what_is_given():
    ax = figures.show_drawings({"drawn": torch.rand(2, 3, 1, 8, 8)}, given=5)
    assert len(frames(ax)) == 6
    assert all(frame.get_height() == 5 for frame in frames(ax))
    assert frames(ax)[0].get_y() == 0


def test_the_frame_is_at_the_bottom_where_the_lowest_rows_are_given():
    ax = figures.show_drawings({"drawn": torch.rand(3, 1, 8, 8)}, given=3, below=True)
    assert frames(ax)[0].get_y() == 5
    assert "lowest 3 rows" in ax.figure.alt


def test_without_a_prefix_there_is_no_frame():
    assert not frames(figures.show_drawings({"real": torch.rand(3, 1, 8, 8)}))


def test_samples_become_numbered_rows_and_their_words_are_in_the_alt_text():
    ax = figures.show_drawings({"sample": torch.rand(2, 3, 1, 4, 4)},
                               titles=["a 0", "a 1", "a 2"],
                               words=lambda images: ["0", "1", "7"])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["sample 1",
                                                                  "sample 2"]
    assert "sample 1, sample 2" in ax.figure.alt and "a 2" in ax.figure.alt
    assert "Under sample 2: 0, 1, 7." in ax.figure.alt


def test_images_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        figures.show_drawings({"a": torch.rand(2, 1, 8, 8),
                               "b": torch.rand(2, 1, 4, 4)})


def test_images_without_names_are_refused():
    with pytest.raises(TypeError, match="a dict of names and images"):
        figures.show_drawings(torch.rand(2, 1, 8, 8))


def test_more_rows_than_there_are_cannot_be_given():
    with pytest.raises(ValueError, match="given"):
        figures.show_drawings({"a": torch.rand(2, 1, 8, 8)}, given=9)


def test_words_stand_under_samples_and_not_under_what_is_given():
    ax = figures.show_drawings({"given": torch.rand(2, 1, 4, 4),
                                "sample": torch.rand(1, 2, 1, 4, 4)},
                               words=lambda images: ["a", "b"])
    assert "Under sample: a, b." in ax.figure.alt and "Under given" not in ax.figure.alt


def test_a_condition_reaches_the_plus_of_both_stacks():
    ax = figures.show_told_layer()
    assert [text.get_text() for text in ax.texts].count("+") == 2
    assert "an arrow to each plus" in ax.figure.alt
