"""Facts about pictures from folders: which side is which, and what is no data."""

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


def test_folders_for_the_splits_are_used_where_there_are_some(tmp_path):
    paint(tmp_path / "train" / "a.png", "red", (32, 16))
    paint(tmp_path / "val" / "b.jpg", "red", (32, 16))
    paint(tmp_path / "val" / "c.jpg", "red", (32, 16))
    world = SideBySide(tmp_path, size=16)
    assert (world.count("train"), world.count("test")) == (1, 2)


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


@pytest.mark.parametrize("size", [(48, 32), (32, 32)])
def test_files_that_are_not_two_squares_are_refused(tmp_path, size):
    for name in ("a.png", "b.png"):
        paint(tmp_path / name, "red", size)
    with pytest.raises(ValueError, match=r"a\.png is .* two squares"):
        SideBySide(tmp_path, size=16).at(torch.tensor([0]))


def test_a_folder_that_is_missing_or_without_pictures_is_said(tmp_path):
    with pytest.raises(DataUnavailable, match="There is no folder"):
        SideBySide(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(DataUnavailable, match="holds no pictures"):
        SideBySide(tmp_path)
    paint(tmp_path / "one.png", "red")
    with pytest.raises(DataUnavailable, match="holds one picture"):
        TwoFolders(tmp_path, tmp_path)


def test_a_file_that_is_no_picture_is_said(tmp_path):
    paint(tmp_path / "b.png", "red", (32, 16))
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(DataUnavailable, match=r"a\.png could not be read"):
        SideBySide(tmp_path, size=16).at(torch.tensor([0]))


def test_a_size_that_networks_cannot_halve_is_refused(pairs):
    with pytest.raises(ValueError, match="multiple of 8"):
        SideBySide(pairs, size=20)
