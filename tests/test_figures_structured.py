"""Facts about the figures of lesson 11."""

import pytest
import torch

from course_lib.datasets import Billiards, Facades, FarHouses, NextPlace, WindowBoxes
from course_lib.experiments.scoreboard import COLUMNS
from course_lib.teaching.figures.structured import (
    NEEDS,
    show_against,
    show_boxes,
    show_choice,
    show_symbols,
    show_thinking,
)


def row(model, **figures):
    return dict.fromkeys(COLUMNS, "") | {
        "world": "solid", "model": model, "steps": "10", "parameters": "7",
        "coherence": "1", "coverage": "1", "excess_calibration": "0.01",
        "energy": "1.01", "likelihood": "exact", "sampling_seconds": "0.05",
        "training_seconds": "20"} | figures


def test_a_model_that_meets_every_need_has_every_tick():
    ax = show_choice([row("good"), row("slow", sampling_seconds="3")])
    ticks = [text.get_text() for text in ax.texts]
    assert ticks == ["✓"] * len(NEEDS) + ["✓"] * (len(NEEDS) - 1) + ["·"]


@pytest.mark.parametrize(("figure", "value"), [
    ("coherence", "0.9"), ("coverage", "0.5"), ("excess_calibration", "0.2"),
    ("energy", "1.2"), ("likelihood", ""), ("sampling_seconds", "")])
def test_each_need_depends_on_a_figure_of_its_own(figure, value):
    ax = show_choice([row("bad", **{figure: value})])
    assert [text.get_text() for text in ax.texts].count("·") == 1


def test_symbols_are_shown_below_what_is_given():
    world = FarHouses(Facades(pairs=4))
    x, y = world.held_out(3)
    ax = show_symbols(world, x, {"true": y, "chance of it": y})
    assert "3 pictures" in ax.figure.alt
    with pytest.raises(ValueError, match="true"):
        show_symbols(world, x, {"true": y[:2]})


def test_places_and_boxes_are_drawn():
    world = NextPlace(Billiards())
    x, y = world.held_out(2)
    assert show_symbols(world, x, {"next": y}).images
    boxes = WindowBoxes(Facades(pairs=4))
    x, y = boxes.held_out(2)
    assert len(show_boxes(boxes, x, torch.stack([y, y])).patches) == 6


def test_thinking_is_said_with_its_numbers():
    ax = show_thinking({"slow": ((0.1, 1.0), (0.4, 0.01), (1, 20))},
                       {"fast": (0.02, 0.03)})
    assert "slow goes from 0.4 with 1 to 0.01 with 20" in ax.figure.alt
    assert "fast has 0.03 in 0.02 s" in ax.figure.alt


def test_any_two_columns_can_be_set_against_each_other():
    ax = show_against([row("one"), row("two", parameters="90")], "parameters", "energy")
    assert "two 1.01 at 90" in ax.figure.alt
    with pytest.raises(ValueError, match="up"):
        show_against([row("one")], up="beauty")
