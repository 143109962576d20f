"""Facts about the figures of lesson 10: colors have names, and runs their outcomes."""

import pytest
import torch

from course_lib.datasets import Conventions
from course_lib.teaching.figures.cyclegan import (
    name_colors,
    objection,
    outcome,
    show_cycles,
    show_dyed,
    show_pairing,
    show_runs,
    show_ways,
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


def test_right_swapped_and_copying_close_the_cycle_and_only_right_ends_at_the_truth():
    ways = dict(way.split(": ", 1) for way in show_ways().figure.alt.split("; "))
    closed = [name for name, said in ways.items() if "cycle loss 0.00" in said]
    assert [name.split()[-1] for name in closed] == ["right", "swapped", "copying"]
    ends = [name for name, said in ways.items() if "hidden y 0.00" in said]
    assert len(ends) == 2 and ends[0].endswith("right") and "copying back" in ends[1]


def test_a_critic_objects_to_colors_that_are_foreign_to_its_heap_or_missing():
    assert objection(y, y) == "content"
    assert objection(x, y) == "sees: pink, teal"
    violet = y[[name == "violet" for name in name_colors(y)]]
    assert objection(violet, y) == "misses: olive"


def test_both_diagrams_say_what_they_show():
    assert "without any line" in show_pairing().figure.alt
    assert "x″, which is compared with x" in show_cycles().figure.alt


def test_a_run_is_called_by_the_answer_that_it_is_near():
    right, swapped = ({"rms": 0.02, "swapped": 0.5, "cycle": 0.02},
                      {"rms": 0.5, "swapped": 0.02, "cycle": 0.02})
    copied = {"rms": 0.35, "swapped": 0.35, "cycle": 0.0}
    assert [outcome(run) for run in (right, swapped, copied)] == ["right", "swapped",
                                                                  "neither"]
    ax = show_runs({"fair": [right, swapped, swapped], "tied": [copied]}, copying=0.35)
    assert "fair: 1 right, 2 swapped" in ax.figure.alt
    assert "tied: 1 neither" in ax.figure.alt


def test_a_shirt_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="shirt"):
        show_ways(8)
