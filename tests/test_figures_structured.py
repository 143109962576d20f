"""Facts about the figures of lesson 11."""

import numpy as np
import pytest
import torch

from course_lib.datasets import (
    Billiards,
    CoveredHouses,
    Facades,
    NextPlace,
    WindowBoxes,
)
from course_lib.experiments.scoreboard import COLUMNS
from course_lib.teaching.figures.structured import (
    BOX,
    NEEDS,
    boxed,
    show_answers,
    show_boxes,
    show_choice,
    show_symbols,
    show_thinking,
)


def row(model, **figures):
    return dict.fromkeys(COLUMNS, "") | {
        "world": "solid", "model": model, "steps": "10", "parameters": "7",
        "coherence": "1", "coverage": "1", "excess_calibration": "0.01",
        "energy": "1.01", "likelihood_gap": "2", "sampling_seconds": "0.05",
        "training_seconds": "20"} | figures


def marks(rows):
    """The ticks of the models that were trained, row by row."""
    shown = [text.get_text() for text in show_choice(rows).texts]
    return ["".join(shown[i:i + len(NEEDS)]) for i in range(0, len(shown), len(NEEDS))]


BLIND = [row("always one half", world=world, steps="0", excess_calibration="0.16",
             energy="1.01", likelihood_gap="0.1") for world in ("solid", "stripes")]


def test_a_model_that_meets_every_need_in_both_worlds_has_every_tick():
    both = [row("good"), row("good", world="stripes")]
    assert marks([*BLIND, *both]) == ["✓✓✓✓✓✓"]
    assert marks([*BLIND, both[0], row("good", world="stripes", energy="1.2")]) == [
        "✓✓✓½✓✓"]


@pytest.mark.parametrize(("figure", "value"), [
    ("coherence", "0.9"), ("coverage", "0.5"), ("excess_calibration", "0.05"),
    ("energy", "1.2"), ("likelihood_gap", ""), ("sampling_seconds", "")])
def test_each_need_depends_on_a_figure_of_its_own(figure, value):
    assert marks([*BLIND, row("bad", **{figure: value}),
                  row("bad", world="stripes", **{figure: value})])[0].count("·") == 1


def test_what_does_not_follow_x_earns_nothing():
    blind = {"excess_calibration": "0.16"}
    assert marks([*BLIND, row("as blind", **blind),
                  row("as blind", world="stripes", **blind)]) == ["······"]
    assert marks([*BLIND, row("seeing")]) == ["½½½½½½"]        # of solid shirts alone


def test_symbols_are_shown_below_what_is_given():
    world = CoveredHouses(Facades(pairs=4))
    x, y = world.held_out(3)
    ax = show_symbols(world, x, {"true": y, "how often": y})
    assert "3 pictures" in ax.figure.alt
    with pytest.raises(ValueError, match="true"):
        show_symbols(world, x, {"true": y[:2]})


def test_boxes_are_drawn_with_a_row_for_each_kind():
    world = WindowBoxes(Facades(pairs=4))
    x, y = world.held_out(2)
    ax = show_boxes(world, x, {"true": y[None], "twice": torch.stack([y, y])})
    drawn = [len(other.patches) for other in ax.figure.axes]
    assert drawn == [2, 2, 4, 4]                    # a rim and a light edge each


def test_problems_of_different_answers_stand_side_by_side():
    worlds = {"place": NextPlace(Billiards()), "box": WindowBoxes(Facades(pairs=4))}
    pairs = [world.held_out(2) for world in worlds.values()]
    ax = show_answers({name: (world, x) for (name, world), (x, _) in zip(
        worlds.items(), pairs)}, {"true": [y for _, y in pairs]})
    assert len(ax.images) == 8 and "place, box: true" in ax.figure.alt


def test_a_box_is_painted_on_its_rim():
    picture = boxed(np.zeros((1, 8, 8, 3)), torch.tensor([[1, 2, 6, 7]]))[0]
    painted = (picture == BOX).all(-1)
    assert painted.sum() == 16 and painted[1, 2] and painted[5, 6] and not painted[3, 4]


def test_what_is_no_box_is_crossed_out_or_dotted():
    world = WindowBoxes(Facades(pairs=4))
    x, _ = world.held_out(1)
    none = torch.tensor([6.0, 2, 1, 7]).view(1, 1, 1, 4)      # its bottom above
    crossed = (boxed(np.zeros((1, 8, 8, 3)), none.flatten(1))[0] == BOX).all(-1)
    assert crossed[0, 0] and crossed[7, 0] and crossed.sum() == 16
    ax = show_boxes(world, x, {"none": none[None] / world.size})
    assert [patch.get_linestyle() for patch in ax.patches] == [":"]


def test_thinking_is_said_with_its_numbers():
    ax = show_thinking({"slow": ((0.1, 1.0), (0.4, 0.01), (1, 20))},
                       {"fast": (0.02, 0.03)})
    assert "slow goes from 0.4 with 1 to 0.01 with 20" in ax.figure.alt
    assert "fast has 0.03 in 0.02 s" in ax.figure.alt
