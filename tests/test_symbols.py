"""Facts about answers made of symbols: labels, the next place, and boxes."""

import pytest
import torch

from course_lib.datasets import (
    Billiards,
    CoveredHouses,
    Facades,
    NextPlace,
    TShirts,
    WindowBoxes,
)
from course_lib.datasets.facades.plans import WINDOW
from course_lib.datasets.symbols import boxes_of, pieces

HOUSES = Facades(pairs=16)


def test_a_covered_house_is_seen_but_for_a_square_of_half_its_side():
    world, index = CoveredHouses(HOUSES), torch.arange(6)
    x, y = world.at(index)
    plan, picture = HOUSES.at(index)
    covered = world.covered(index, "train").expand_as(x)
    assert torch.equal(x[~covered], picture[~covered]) and (x[covered] == 0.5).all()
    assert (covered.flatten(1).sum(1) == 3 * 16 * 16).all()
    assert covered.any(-1).sum(-1).max() == 16             # rows of one square
    assert torch.equal(world.codebook.encode(y), plan.argmax(1))


def test_true_plans_are_whole_and_plans_of_mixed_symbols_are_not():
    world = CoveredHouses(HOUSES)
    _, y = world.held_out(64)
    assert world.is_whole(y).all()
    other = torch.rand(y.shape) < 0.02
    assert not world.is_whole(torch.where(other, WINDOW / 8, y)).any()
    assert not world.is_whole(torch.zeros(1, 1, 32, 32)).any()      # without a window


def test_the_overlap_of_windows_counts_only_where_it_is_asked_for():
    world = CoveredHouses(HOUSES)
    _, y = world.held_out(8)
    left = torch.arange(32).expand(8, 1, 32, 32) < 16
    half = torch.where(left, y, 0)
    assert (world.overlap(half, y, left) == 1).all()
    assert world.overlap(half, y, ~left).nan_to_num(0).max() == 0


def test_a_plan_in_two_colors_has_as_many_pieces_as_are_connected():
    y = torch.zeros(1, 4, 6)
    y[0, :2, 1:3], y[0, 3, 5] = 1, 1
    assert pieces(y[None], 2).tolist() == [3]      # two of ones, and what lies around


def test_the_next_place_is_one_whole_ball_within_reach():
    world = NextPlace(Billiards())
    x, _ = world.held_out(64)
    y = world.truth.sample(given=x, n=8, seed=0)
    assert world.is_whole(y).all() and set(y.unique().tolist()) == {0.0, 1.0}
    pixel = torch.arange(32) + 0.5
    count = y.sum((2, 3, 4))
    middle = torch.stack([(y.sum((2, 3)) * pixel).sum(-1) / count,
                          (y.sum((2, 4)) * pixel).sum(-1) / count], -1)
    torch.testing.assert_close(world.middle(y), middle)
    place = world.billiards.place(x)
    assert world.is_within_reach(y, x).float().mean() > 0.97   # half a pixel is lost
    assert world.is_within_reach(y.roll(16, -1), x).float().mean() < 0.1
    away = world.billiards.away_from_walls(x)
    spread = (middle - place)[:, away].square().sum(-1).mean()
    assert spread == pytest.approx(world.billiards.speed ** 2 / 2, rel=0.1)


def test_the_place_of_a_ball_says_nothing_of_its_velocity():
    """A batch that drew both from one random state would tie them together."""
    world = NextPlace(Billiards())
    x, y = world.batch(2000, seed=0)
    pixel = torch.arange(32) + 0.5
    across = (y.sum((1, 2)) * pixel).sum(-1) / y.sum((1, 2, 3))
    place = world.billiards.place(x)
    away = world.billiards.away_from_walls(x)
    moved = (across - place[:, 0])[away]
    both = torch.stack([moved, place[away, 0]])
    assert torch.corrcoef(both)[0, 1].abs() < 4 / away.sum().sqrt()


def test_two_balls_half_a_ball_and_none_are_not_whole():
    world = NextPlace(Billiards())
    one = world.billiards.coverage(torch.tensor([10.0, 10.0])) > 0.5
    two = one | (world.billiards.coverage(torch.tensor([22.0, 22.0])) > 0.5)
    half = one.clone()
    half[:, 10:] = False
    stacked = torch.stack([one, two, half, torch.zeros_like(one)])[:, None].float()
    assert world.is_whole(stacked).tolist() == [True, False, False, False]


def test_boxes_hold_all_pixels_of_a_window_and_no_other_part():
    world = WindowBoxes(HOUSES)
    plan, _ = HOUSES.at(torch.arange(16))
    for labels, boxes in zip(plan.argmax(1), world.windows("train")):
        painted = torch.zeros(32, 32, dtype=torch.bool)
        for top, left, bottom, right in boxes.tolist():
            assert (labels[top:bottom, left:right] == WINDOW).any()
            painted[top:bottom, left:right] = True
        assert torch.equal(painted & (labels == WINDOW), labels == WINDOW)


def test_connected_pixels_have_one_box_and_others_another():
    shown = torch.zeros(6, 8)
    shown[1:3, 1:4], shown[4, 6] = 1, 1
    assert boxes_of(shown).tolist() == [[1, 1, 3, 4], [4, 6, 5, 7]]


def test_every_window_of_a_house_is_asked_for_equally_often():
    world = WindowBoxes(Facades(pairs=1))
    windows = world.windows("train")[0]
    _, y = world.batch(4000, seed=0)
    asked = (y[:, 0, 0, None] * 32).round() == windows
    share = asked.all(-1).float().mean(0)
    error = (1 / len(windows) / 4000) ** 0.5
    assert (share - 1 / len(windows)).abs().max() < 4 * error


def test_the_overlap_is_one_for_a_window_and_zero_beside_all():
    world = WindowBoxes(HOUSES)
    _, y = world.held_out(8)
    assert torch.allclose(world.overlap(y[None]), torch.ones(1, 8))
    beside = torch.tensor([31.0, 31.0, 32.0, 32.0]).div(32).expand(8, 1, 1, 4)
    upside_down = y[..., [2, 1, 0, 3]]
    assert world.overlap(torch.stack([beside, upside_down])).max() == 0
    half = y.clone()
    half[..., 2] = (y[..., 0] + y[..., 2]) / 2
    torch.testing.assert_close(world.overlap(half[None]), torch.full((1, 8), 0.5))


@pytest.mark.parametrize("kind", [CoveredHouses, NextPlace, WindowBoxes])
def test_another_world_than_asked_for_is_refused(kind):
    with pytest.raises(TypeError, match=r"for instance (Facades|Billiards)\(\)"):
        kind(TShirts())
