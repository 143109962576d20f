"""Facts about the figures of facades: plans have colors apart, and titles agree."""

import pytest
import torch

from course_lib.datasets import Facades
from course_lib.datasets.facades.plans import PARTS
from course_lib.teaching.figures.facades import (
    COLORS,
    plan_rgb,
    show_facades,
    show_patch_scores,
)

world = Facades(pairs=4)
x, y = world.held_out(3)


def test_every_part_has_a_color_that_differs_in_lightness_or_hue():
    assert list(COLORS) and set(COLORS) == set(PARTS)
    colors = torch.from_numpy(plan_rgb(torch.arange(len(PARTS))))
    apart = torch.cdist(colors, colors) + torch.eye(len(PARTS))
    assert apart.min() > 0.2


def test_plans_and_pictures_stand_below_each_other_with_the_parts_named():
    ax = show_facades(world, x, {"picture": y, "read": world.labels(x)})
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "plan", "picture", "read"]
    legend, = ax.figure.legends
    assert "window" in [text.get_text() for text in legend.get_texts()]
    assert "3 plans of houses" in ax.figure.alt


def test_scores_are_drawn_below_their_pictures_and_said():
    scores = {"real": torch.full((4, 4), 2.0), "made": torch.full((4, 4), -1.0)}
    ax = show_patch_scores(world, x[:1], {"real": y[0], "made": y[1]}, scores)
    assert "real: mean score 2.00; made: mean score -1.00" in ax.figure.alt


def test_scores_of_other_pictures_are_refused():
    with pytest.raises(ValueError, match="the same titles"):
        show_patch_scores(world, x[:1], {"real": y[0]}, {"made": torch.zeros(2, 2)})
    with pytest.raises(ValueError, match="picture"):
        show_facades(world, x, {"picture": y[:2]})
