"""Facts about the facades: what a plan fixes, and what it leaves open."""

import pytest
import torch

from course_lib.datasets.facades import Facades, bricks
from course_lib.datasets.facades.plans import (
    BALCONY,
    CORNICE,
    DOOR,
    PARTS,
    PAVEMENT,
    SILL,
    SKY,
    WALL,
    WINDOW,
    draw_plan,
)
from course_lib.datasets.facades.textures import GRAIN, hsv, windows

world = Facades()
x, y = world.held_out(256)
labels = world.labels(x)


def test_every_pixel_shows_one_part_and_every_part_occurs():
    assert torch.equal(x.sum(1), torch.ones(256, 32, 32))
    assert set(labels.unique().tolist()) == set(range(len(PARTS)))


def test_houses_stand_on_the_pavement_and_every_one_has_one_door_on_it():
    assert (labels[:, -1] == PAVEMENT).all() and (labels[:, 0] == SKY).all()
    for plan in labels:
        rows, columns = (plan == DOOR).nonzero(as_tuple=True)
        assert (plan[rows.max() + 1, columns] == PAVEMENT).all()
        assert len(rows) == len(rows.unique()) * len(columns.unique())


def test_windows_are_set_in_walls_sills_balconies_or_cornices():
    around = {WALL, SILL, BALCONY, CORNICE, WINDOW, DOOR}
    for plan in labels:
        rows, columns = (plan == WINDOW).nonzero(as_tuple=True)
        for down, across in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            assert set(plan[rows + down, columns + across].tolist()) <= around


def test_a_larger_size_shows_houses_of_the_same_kind():
    large = Facades(size=64, pairs=64)
    share = [(some == WINDOW).float().mean().item() for some in
             (labels, large.labels(large.held_out(256)[0]))]
    assert share[0] == pytest.approx(share[1], rel=0.25)


def test_the_pairs_are_finitely_many_and_never_change():
    few = Facades(pairs=3, seed=1)
    _, drawn = few.batch(64, seed=0)
    assert len({picture.sum().item() for picture in drawn}) == 3
    _, again = Facades(pairs=3, seed=1).at(torch.arange(3))
    assert torch.equal(few.at(torch.arange(3))[1], again)


def test_more_pairs_begin_with_the_same_houses():
    plans, _ = Facades(pairs=8).at(torch.arange(4))
    assert torch.equal(plans, Facades(pairs=4).at(torch.arange(4))[0])


def test_one_plan_has_many_pictures_and_each_follows_it():
    drawn = world.truth.sample(given=x[:8], n=16, seed=0)
    assert drawn.std(0).mean() > 0.1
    door, sky = ((labels[:8] == part).unsqueeze(1) for part in (DOOR, SKY))
    for picture in drawn:
        one, other = ((picture * mask).sum((2, 3)) / mask.sum((2, 3))
                      for mask in (door, sky))
        assert (one - other).abs().amax(1).min() > 0.03


def test_pictures_have_the_world_s_grain():
    pane = torch.full((400, 32, 32), SKY)
    torch.manual_seed(0)
    pictures = bricks.draw_pictures(pane)
    near, middle, far = (pictures[..., 16:, k:k + 30] for k in range(3))
    second = near - 2 * middle + far
    assert second.std().item() == pytest.approx(GRAIN * 6 ** 0.5, rel=0.25)


def test_bricks_repeat_down_a_wall_as_often_as_courses_do():
    plain = torch.full((200, 32, 32), WALL)
    torch.manual_seed(0)
    rows = bricks.draw_pictures(plain).mean((1, 3))
    power = torch.fft.rfft(rows - rows.mean(1, keepdim=True)).abs().square().mean(0)
    assert power[8:].argmax() + 8 == 32 // bricks.BRICK[0]


def test_a_brick_may_begin_at_any_pixel_so_that_a_median_has_no_mortar():
    plain = torch.full((600, 48, 48), WALL)
    torch.manual_seed(0)
    green = bricks.draw_pictures(plain)[:, 1]        # clay is dark in it, mortar light
    high, long = bricks.BRICK
    chance = (green > 0.55).float().mean(0)
    assert (chance - (high + long - 1) / (high * long)).abs().max() < 0.09
    assert green.median(0).values.max() < 0.5


def test_a_row_of_bricks_is_moved_on_by_half_a_brick():
    row = torch.arange(16).view(1, 16, 1).expand(1, 16, 16)
    between, within = bricks.mortar(row, row.transpose(1, 2))
    assert between[0, ::4].all() and between.sum() == 4 * 16
    assert within[0, 1].nonzero().flatten().tolist() == [0, 8]
    assert within[0, 5].nonzero().flatten().tolist() == [4, 12]


def test_touching_panes_are_one_window_with_one_cross():
    plan = torch.full((1, 32, 32), WALL)
    plan[0, 4:9, 4:9] = plan[0, 4:9, 12:15] = WINDOW
    number, cross = windows(plan)
    assert number.max() == 2 and len(number[0, 4:9, 4:9].unique()) == 1
    assert cross[0, 4:9, 6].all() and not cross[0, 7, 4]
    assert not cross[plan != WINDOW].any()


def test_hsv_agrees_with_the_standard_library():
    from colorsys import hsv_to_rgb
    for values in torch.rand(20, 3, generator=torch.Generator().manual_seed(0)):
        mine = hsv(*values.view(3, 1, 1, 1)).flatten()
        assert mine.tolist() == pytest.approx(hsv_to_rgb(*values.tolist()), abs=1e-6)


def test_a_plan_is_drawn_by_the_seed():
    torch.manual_seed(3)
    one = draw_plan(32)
    torch.manual_seed(3)
    assert torch.equal(one, draw_plan(32))


@pytest.mark.parametrize("options, message", [
    ({"size": 33}, "multiple of 8"), ({"size": 16}, "32"), ({"pairs": 0}, "pairs")])
def test_a_world_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Facades(**options)


def test_a_plan_whose_pixels_show_two_parts_is_refused():
    with pytest.raises(ValueError, match="more than one"):
        world.truth.sample(given=torch.ones(1, 9, 32, 32))
