"""Facts about the figures of lesson 10: colors have names, and runs their outcomes."""

import pytest
import torch

from course_lib.datasets import Conventions
from course_lib.teaching.figures.cyclegan import (
    name_colors,
    outcome,
    show_dyed,
    show_large,
    show_runs,
    show_walk_round,
    turn,
)

world = Conventions(size=16)
x, y = world.pairs(6)


def test_the_rule_turns_teal_to_violet_and_pink_to_olive():
    rule = {"teal": "violet", "pink": "olive"}
    assert [rule[word] for word in name_colors(x)] == name_colors(y)
    assert set(name_colors(x)) == {"teal", "pink"}


def test_a_shirt_without_chroma_is_grey():
    grey = x.clone()
    grey[:, 1:] = 0
    assert set(name_colors(grey)) == {"grey"}


def test_a_quarter_turn_is_the_rule():
    assert torch.allclose(turn(x, 90.0), y, atol=1e-6)
    assert torch.allclose(turn(x, -90.0), world.swapped(x), atol=1e-6)


def test_every_row_says_its_colors_and_grey_photos_have_none():
    ax = show_dyed({"x": x, "photo": x[:, :1]})
    assert f"row 'x': {', '.join(name_colors(x))}" in ax.figure.alt
    assert "row 'photo': grey photos" in ax.figure.alt


@pytest.mark.parametrize("way, cycle", [("right", "0.000"), ("swapped", "0.000"),
                                        ("copying", "0.000")])
def test_right_swapped_and_copying_all_close_the_cycle(way, cycle):
    assert f"cycle loss of x: {cycle}" in show_walk_round(way).figure.alt


def test_only_the_right_way_ends_at_the_hidden_pair():
    hit = {way: "hidden y: 0.000" in show_walk_round(way).figure.alt
           for way in ("right", "swapped", "violet for all")}
    assert hit == {"right": True, "swapped": False, "violet for all": False}


def test_a_run_is_called_by_the_answer_that_it_is_near():
    right, swapped = ({"rms": 0.02, "swapped": 0.5, "cycle": 0.02},
                      {"rms": 0.5, "swapped": 0.02, "cycle": 0.02})
    copied = {"rms": 0.35, "swapped": 0.35, "cycle": 0.0}
    assert [outcome(run) for run in (right, swapped, copied)] == ["right", "swapped",
                                                                  "neither"]
    ax = show_runs({"fair": [right, swapped, swapped], "tied": [copied]}, copying=0.35)
    assert "fair: 1 right, 2 swapped" in ax.figure.alt
    assert "tied: 1 neither" in ax.figure.alt


def test_large_pictures_stand_side_by_side_under_their_titles():
    ax = show_large({"one": torch.rand(3, 8, 12), "other": torch.rand(3, 8, 12)})
    assert [panel.get_title() or panel.get_title("left") for panel in
            ax.figure.axes] == ["one", "other"]
    with pytest.raises(ValueError, match="other"):
        show_large({"one": torch.rand(3, 8, 12), "other": torch.rand(3, 8, 8)})


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="way"):
        show_walk_round("home")
