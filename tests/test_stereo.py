"""Facts about the stereo scene: what a disparity says, and what one eye cannot see."""

import pytest
import torch

from course_lib.datasets import Stereo
from course_lib.datasets.stereo import (
    EDGE,
    best_match,
    draws_of,
    scene,
    unlikeness,
    unseen,
)


def test_the_left_picture_is_the_right_one_moved_by_the_disparity():
    left, right, disparity = Stereo(eyes=2).pictures(torch.arange(64), "test")
    column = (torch.arange(32) - disparity).long()                 # in the right one
    moved = right.gather(-1, column.clamp(min=0)[:, None].expand_as(right))
    off = (left - moved).abs().mean(1)[column >= 0]
    still = (left - right).abs().mean(1)[column >= 0]
    assert off.median() < 0.5 * still.median()


def test_the_unlikeness_is_that_of_pictures_moved_one_by_one():
    left, right = torch.rand(2, 2, 3, 4, 20)
    found = unlikeness(left, right)
    assert found.shape == (2, 16, 4, 20)
    for shift in (0, 1, 15):
        there = (left[..., shift:] - right[..., :20 - shift]).abs().sum(1)
        torch.testing.assert_close(found[:, shift, :, shift:], there)


def test_block_matching_finds_a_picture_that_was_moved():
    right = torch.rand(1, 3, 16, 48)
    left = torch.cat([right[..., :6], right[..., :-6]], -1)       # 6 pixels further on
    x = torch.cat([left, unlikeness(left, right)], 1)
    assert (best_match(x)[..., 8:-3] == 6 / 15).all()


def test_one_eye_is_the_same_scene_without_the_other_picture():
    index = torch.arange(5)
    (one, y), (two, same) = Stereo(eyes=1).at(index), Stereo(eyes=2).at(index)
    assert torch.equal(one, two[:, :3]) and torch.equal(y, same)
    assert y.shape == (5, 1, 32, 32) and two.shape == (5, 19, 32, 32)


def test_turning_the_camera_adds_the_same_to_every_disparity():
    world, (*_, true) = Stereo(eyes=1), scene()
    draws = draws_of("test", 32, 0)
    *_, disparity = world.pictures(torch.arange(16), "test")
    for k, patch in enumerate(disparity):
        top, left, turn = (int(draws[name][k]) for name in ("top", "left", "turn"))
        seen = true[top:top + 32, left:left + 32].floor()
        seen = seen.flip(0) if draws["flip"][k] else seen
        assert torch.equal(patch, seen - turn)
    assert len(draws["turn"].unique()) > 4


def test_disparities_are_symbols_of_the_codebook():
    world = Stereo()
    _, y = world.batch(256, seed=0)
    symbols = world.codebook.encode(y)
    assert symbols.min() >= 0 and symbols.max() == 15
    torch.testing.assert_close(world.codebook.decode(symbols), y)


def test_what_is_held_out_was_never_trained_on():
    draws = {split: draws_of(split, 32, 0) for split in ("train", "test")}
    assert draws["train"]["left"].max() + 32 <= EDGE <= draws["test"]["left"].min()


@pytest.mark.parametrize(("options", "words"), [
    ({"eyes": 3}, "eyes"), ({"size": 18}, "multiple of 4"), ({"size": 64}, "size")])
def test_other_eyes_and_sizes_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Stereo(**options)


def test_the_right_eye_cannot_see_behind_what_is_near_nor_beyond_its_edge():
    row = torch.tensor([1, 1, 1, 1, 3, 3, 0, 0.0]) / 15       # near at columns 4 and 5
    hidden = unseen(row.view(1, 1, 8))[0, 0]
    # The first is beyond the edge; the third and fourth fall where the near ones do.
    assert hidden.tolist() == [True, False, True, True, False, False, False, False]
    assert unseen(torch.tensor([[[2 / 15, 2 / 15, 0, 0]]]))[0, 0].tolist() == [
        True, True, False, False]
