"""Facts about worlds of pictures from folders: which side is which, and what is held
out."""

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.folders import SideBySide, TwoFolders


def paint(path, color, size=(32, 32)):
    """Write a picture of one color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


@pytest.fixture
def pairs(tmp_path):
    """Ten files: red on the left, and a blue that grows on the right."""
    for i in range(10):
        pixels = np.zeros((16, 32, 3), np.uint8)
        pixels[:, :16, 0], pixels[:, 16:, 2] = 255, 25 * i
        Image.fromarray(pixels).save(tmp_path / f"{i:02d}.png")
    return tmp_path


def test_the_given_side_is_x_and_the_other_is_y(pairs):
    x, y = SideBySide(pairs, size=16).at(torch.tensor([4]))
    assert torch.equal(x[:, 2], torch.full((1, 16, 16), 100 / 255))
    assert torch.equal(y[:, 0], torch.ones(1, 16, 16)) and not y[:, 2].any()
    y_, x_ = SideBySide(pairs, size=16, given="left").at(torch.tensor([4]))
    assert torch.equal(x, x_) and torch.equal(y, y_)


def test_the_last_tenth_is_held_out_where_no_folder_says_what_is(pairs):
    world = SideBySide(pairs, size=16)
    assert (world.count("train"), world.count("test")) == (9, 1)
    assert world.held_out(1)[0][0, 2, 0, 0].item() == pytest.approx(225 / 255)


def test_of_a_small_folder_all_that_is_held_out_is_shown(pairs):
    world = SideBySide(pairs, size=16)
    assert torch.equal(world.held_out(6)[0], world.held_out(1)[0])
    with pytest.raises(ValueError, match="at least 1"):
        world.held_out(0)


def test_folders_for_the_splits_are_used_where_there_are_some(tmp_path):
    paint(tmp_path / "train" / "a.png", "red", (32, 16))
    paint(tmp_path / "val" / "b.jpg", "red", (32, 16))
    paint(tmp_path / "val" / "c.jpg", "red", (32, 16))
    world = SideBySide(tmp_path, size=16)
    assert (world.count("train"), world.count("test")) == (1, 2)
    (tmp_path / "test").mkdir()                        # without a picture it is none
    assert SideBySide(tmp_path, size=16).count("test") == 2
    paint(tmp_path / "test" / "d.png", "red", (32, 16))
    assert SideBySide(tmp_path, size=16).count("test") == 1


def test_a_train_folder_alone_holds_out_a_tenth_of_itself(tmp_path):
    for i in range(20):
        paint(tmp_path / "train" / f"{i}.png", "red", (32, 16))
    world = SideBySide(tmp_path, size=16)
    assert (world.count("train"), world.count("test")) == (18, 2)


def test_test_a_and_test_b_are_held_out_of_train_a_and_train_b(tmp_path):
    for name, color in (("trainA", "red"), ("trainB", "blue"), ("testA", "lime")):
        paint(tmp_path / name / "1.jpg", color)
        paint(tmp_path / name / "2.jpg", color)
    paint(tmp_path / "valB" / "1.png", "lime")
    world = TwoFolders(tmp_path / "trainA", tmp_path / "trainB", size=16)
    for side in world.batch(4, split="test", seed=0):
        assert side[:, 1].min() > 0.9 and side[:, 0].max() < 0.1
    x, y = world.batch(4, seed=0)
    assert x[:, 0].min() > 0.9 and y[:, 2].min() > 0.9 and not x[:, 1].max() > 0.1


def test_two_folders_of_different_length_give_sides_that_are_no_pairs(tmp_path):
    for i in range(3):
        paint(tmp_path / "reds" / f"{i}.png", "red", (40, 32))
    for i in range(7):
        paint(tmp_path / "blues" / f"{i}.png", "blue")
    world = TwoFolders(tmp_path / "reds", tmp_path / "blues", size=16)
    x, y = world.batch(5, seed=0)
    assert x.shape == y.shape == (5, 3, 16, 16)
    assert x[:, 0].min() == 1 and y[:, 2].min() == 1
    with pytest.raises(ValueError, match="no pairs"):
        world.pairs(2)


def test_a_photograph_is_the_square_in_its_middle_made_small_by_pillow(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        noise = rng.integers(0, 256, (50, 70, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{name}.png")
    square = Image.fromarray(noise[:, 10:60])              # b, which is held out
    small = np.asarray(square.resize((24, 24), Image.Resampling.LANCZOS), np.float32)
    x, _ = TwoFolders(tmp_path, tmp_path, size=24).batch(1, split="test", seed=0)
    assert torch.equal(x[0], torch.from_numpy(small / 255).movedim(-1, 0))


@pytest.mark.parametrize("size", [(48, 32), (32, 32)])
def test_files_that_are_not_two_squares_are_refused(tmp_path, size):
    for name in ("a.png", "b.png"):
        paint(tmp_path / name, "red", size)
    with pytest.raises(DataUnavailable, match=r"a\.png is .* x 32, not two squares"):
        SideBySide(tmp_path, size=16)


def test_a_pair_of_two_sizes_is_left_out_by_name(pairs):
    paint(pairs / "odd.png", "red", (33, 16))
    with pytest.warns(UserWarning, match=r"^1 of 11 .* odd\.png is 33 x 16") as said:
        world = SideBySide(pairs, size=16)
    assert said[0].filename == __file__                # the line that named the folder
    assert world.count("train") + world.count("test") == 10


def test_a_home_is_found_in_every_folder_that_is_named(pairs, monkeypatch):
    monkeypatch.setenv("HOME", str(pairs.parent))
    monkeypatch.setenv("USERPROFILE", str(pairs.parent))
    at_home = f"~/{pairs.name}"
    assert SideBySide(at_home, size=16).count("train") == 9
    assert TwoFolders(at_home, at_home, size=16).batch(2, seed=0)[0].shape[0] == 2
    assert repr(str(pairs)) in repr(SideBySide(at_home, size=16))


@pytest.mark.parametrize("folder", [3, None, b"pictures", ["a", "b"]])
def test_what_is_no_path_is_said(folder):
    with pytest.raises(TypeError, match="folder is .*; give a path"):
        SideBySide(folder)


def test_a_size_that_networks_cannot_halve_is_refused(pairs):
    with pytest.raises(ValueError, match="multiple of 8"):
        SideBySide(pairs, size=20)
