"""Facts about picture files: which are pictures, what they show, and what is said of
those that are none."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.datasets import picture_files
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.picture_files import PictureFolder, pictures_in, read_picture

ORIENTATION = 0x0112               # the EXIF tag: 6 says "turn right to look at it"
RAMP = np.linspace(0, 65535, 256).round()[None].repeat(2, 0)


def small(picture):
    return picture.resize((8, 8))


def paint(path, color="red", size=(8, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Four pictures."""
    for i in range(4):
        paint(tmp_path / f"{i}.png", (10 * i, 0, 0))
    return tmp_path


def names(paths):
    return [path.name for path in paths]


@pytest.mark.parametrize("kind, form", [
    ("<u2", "PNG"), ("<u2", "TIFF"), (">u2", "TIFF"), ("<i4", "TIFF")])
def test_a_ramp_of_16_bits_comes_out_as_a_ramp(tmp_path, kind, form):
    Image.fromarray(RAMP.astype(kind)).save(tmp_path / "ramp.png", form)
    pixels = np.asarray(read_picture(tmp_path / "ramp.png"))
    assert (pixels == np.arange(256)[None, :, None]).all()


@pytest.mark.parametrize("pixels, fault", [
    (RAMP.astype("f4") / 65535, "floating-point"), (RAMP.astype("i4") * 3, "16 bits")])
def test_pixels_whose_range_nobody_knows_are_refused(tmp_path, pixels, fault):
    Image.fromarray(pixels).save(tmp_path / "depth.png", "TIFF")
    with pytest.raises(ValueError, match=fault):
        read_picture(tmp_path / "depth.png")


@pytest.mark.parametrize("mode, color, seen", [
    ("1", 1, (255, 255, 255)), ("L", 70, (70, 70, 70)), ("P", (250, 0, 9), (250, 0, 9)),
    ("CMYK", (0, 255, 255, 0), (255, 0, 0)), ("RGB", (1, 2, 3), (1, 2, 3))])
def test_pictures_of_any_mode_show_their_colors(tmp_path, mode, color, seen):
    form = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (8, 8), color).save(tmp_path / "a.png", form)
    picture = read_picture(tmp_path / "a.png")
    assert picture.mode == "RGB"
    assert np.abs(np.subtract(picture.getpixel((4, 4)), seen)).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(tmp_path, mode):
    clear = Image.new("LA" if mode == "LA" else "RGBA", (8, 8))     # black, unseen
    clear.paste((0, 255) if mode == "LA" else (0, 0, 0, 255), (0, 0, 4, 8))
    clear.convert(mode).save(tmp_path / "a.png")
    pixels = np.asarray(read_picture(tmp_path / "a.png"))
    assert not pixels[:, :4].any() and (pixels[:, 4:] == 255).all()


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_a_photograph_is_turned_the_way_up_that_a_viewer_shows(tmp_path, ending):
    lying = Image.new("RGB", (16, 32), "black")
    lying.paste("white", (0, 16, 16, 32))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    lying.save(tmp_path / f"a.{ending}", exif=exif)
    picture = read_picture(tmp_path / f"a.{ending}")
    assert picture.size == (32, 16)
    assert picture.getpixel((4, 8))[0] > 200 and picture.getpixel((28, 8))[0] < 50


def chunk(kind, content):
    return (struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content)))


def png(*chunks, side=8):
    """Return a PNG of a few chunks between its header and its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(8 * 9))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels


def truncated():
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()[:-1000]


HOSTILE = {
    "zero bytes": b"",
    "text": b"not a picture",
    "truncated": truncated(),
    "bomb": png(side=30000),
    "long text": png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**21)))),
    "broken animation": png(chunk(b"acTL", struct.pack(">II", 2, 0)),
                            chunk(b"fcTL", bytes(10))),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_cannot_be_read_is_left_out_with_a_sentence(folder, content):
    (folder / "2.png").write_bytes(content)
    with pytest.warns(UserWarning, match=r"^1 of 4 files .*: 2\.png .*\.$") as caught:
        files = PictureFolder(folder, small).files
    assert names(files["train"] + files["test"]) == ["0.png", "1.png", "3.png"]
    assert "\n" not in str(caught[0].message)
    with pytest.raises(ValueError, match="cannot be read|is no picture"):
        read_picture(folder / "2.png")


def test_a_photograph_up_to_twice_pillow_s_limit_is_no_bomb(tmp_path, monkeypatch):
    paint(tmp_path / "large.png", size=(10, 10))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_picture(tmp_path / "large.png").size == (10, 10)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    with pytest.raises(ValueError, match="bomb"):
        read_picture(tmp_path / "large.png")


def test_files_that_systems_leave_behind_are_no_pictures(folder):
    for name in ("._0.png", ".hidden.png", ".DS_Store", "Thumbs.db", "notes.txt"):
        (folder / name).write_bytes(b"\0\5\26\7")
    (folder / "c.png").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(PictureFolder(folder, small).files["train"]) == 3


def test_a_link_that_leads_nowhere_is_left_out_by_name(folder):
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "good.png").symlink_to(folder / "0.png")
    with pytest.warns(UserWarning, match=r"1 of 6 files .* gone\.png cannot be read"):
        kept = PictureFolder(folder, small)
    assert kept.files["test"] == [folder / "good.png"]


def test_a_warning_names_the_first_files_and_counts_the_others(folder):
    for i in range(6):
        (folder / f"bad{i}.jpg").write_bytes(b"")
    with pytest.warns(UserWarning) as caught:
        PictureFolder(folder, small)
    said = str(caught[0].message)
    assert len(caught) == 1 and said.startswith("6 of 10 files")
    assert "bad2.jpg" in said and "bad3.jpg" not in said and "and 3 more" in said


def test_files_are_in_the_order_of_the_numbers_in_their_names(tmp_path):
    for name in ("10.png", "9.png", "x2y10.png", "x2y9.png", "1.png", "01.png"):
        paint(tmp_path / name)
    assert names(pictures_in(tmp_path)) == [
        "01.png", "1.png", "9.png", "10.png", "x2y9.png", "x2y10.png"]


def test_a_folder_is_read_once_and_then_from_memory(folder):
    kept = PictureFolder(folder, small)
    for path in folder.iterdir():
        path.unlink()
    pictures = kept.stack([2, 0], "train")
    assert torch.equal(pictures[:, 0, 0, 0], torch.tensor([20 / 255, 0]))
    assert kept.stack([0], "test")[0, 0, 0, 0] == 30 / 255


def test_pictures_beyond_the_bound_of_the_memory_are_read_anew(folder, monkeypatch):
    whole = PictureFolder(folder, small).stack([0, 1, 2], "train")
    monkeypatch.setattr(picture_files, "KEPT_BYTES", 2 * 3 * 8 * 8 + 5)
    kept = PictureFolder(folder, small)
    assert torch.equal(kept.stack([0, 1, 2], "train"), whole)
    assert sum(picture.nbytes for picture in kept._kept.values()) == 2 * 3 * 8 * 8
    (folder / "2.png").unlink()
    with pytest.raises(DataUnavailable, match=r"2\.png was a picture .* put it back"):
        kept.stack([2], "train")


def test_a_folder_that_is_missing_or_unreadable_is_said(tmp_path, monkeypatch):
    with pytest.raises(DataUnavailable, match="There is no folder"):
        PictureFolder(tmp_path / "nowhere", small)
    with pytest.raises(DataUnavailable, match="There is no folder"):
        PictureFolder(paint(tmp_path / "file.png"), small)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataUnavailable, match=r"cannot be read \(Permission denied\)"):
        PictureFolder(tmp_path, small)


def test_a_folder_without_pictures_says_which_layout_was_expected(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(DataUnavailable, match="holds no pictures") as caught:
        PictureFolder(tmp_path, small)
    for example in ("1.jpg", "train/1.jpg", "test/2.jpg"):
        assert str(tmp_path / example) in str(caught.value)
    paint(tmp_path / "trainB" / "1.png")
    paint(tmp_path / "trainA" / "1.png")
    with pytest.raises(DataUnavailable, match="folders trainA, trainB: name one of"):
        PictureFolder(tmp_path, small)


def test_one_picture_is_too_few_to_learn_and_to_look(tmp_path):
    paint(tmp_path / "one.png")
    with pytest.raises(DataUnavailable, match="too few .* two or more"):
        PictureFolder(tmp_path, small)
    (tmp_path / "two.png").write_bytes(b"not a picture")
    with pytest.raises(DataUnavailable, match=r"too few .* two\.png is no picture"):
        PictureFolder(tmp_path, small)


def test_a_quick_look_shows_no_bar_and_a_slow_one_does(folder, capsys, monkeypatch):
    PictureFolder(folder, small)
    assert capsys.readouterr().err == ""
    bar = picture_files.progress_bar
    monkeypatch.setattr(picture_files, "progress_bar",
                        lambda *args, delay: bar(*args, delay=0.0))
    PictureFolder(folder, small)
    assert "4/4" in capsys.readouterr().err
