"""Files are taken for data only when they are the published ones."""

import gzip
import hashlib
import socket
import tempfile
from pathlib import Path
from urllib.error import URLError

import pytest

from course_lib import checkout
from course_lib.datasets import files
from course_lib.datasets.files import DataUnavailable, FileSet

CONTENTS = {"images.gz": bytes(range(256)) * 40, "labels.gz": b"0123456789" * 10}


def sha256(contents):
    return hashlib.sha256(contents).hexdigest()


def write(folder, contents=CONTENTS):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(gzip.compress(content))
    return folder


def file_set(download):
    return FileSet("Toy data", "toy", {n: sha256(c) for n, c in CONTENTS.items()},
                   "dataset-toy", download)


def no_network(folder):
    raise URLError("Name or service not known")


def never(folder):
    raise AssertionError("The network was asked for data that are on this machine.")


def from_network(folder):
    return write(folder / "deep" / "raw")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The places to look in, empty: ours, which is returned, and the system's."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(files, "SYSTEM_FOLDER", tmp_path / "system")
    return tmp_path / "data" / "toy"


def test_the_data_folder_is_that_of_the_repository_unless_the_environment_names_one(
        monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    assert files.data_folder() == Path(__file__).parents[1] / "data"
    monkeypatch.setenv("COURSE_DATA", "~/elsewhere")
    assert files.data_folder() == Path.home() / "elsewhere"
    monkeypatch.setenv("COURSE_DATA", "~nobody_of_this_name/elsewhere")
    assert files.data_folder() == Path("~nobody_of_this_name/elsewhere")


@pytest.mark.parametrize("system, variable, base", [
    ("linux", None, ".cache"), ("linux", "cache", "cache"),
    ("darwin", None, "Library/Caches")])
def test_without_a_repository_data_go_to_the_cache_folder_of_the_user(
        tmp_path, monkeypatch, system, variable, base):
    for name in ("COURSE_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    if variable:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / variable))
    monkeypatch.setattr(checkout.sys, "platform", system)
    monkeypatch.setattr(checkout, "__file__", str(tmp_path / "site/course_lib/x.py"))
    assert files.data_folder() == tmp_path / base / "conditional-generative-models"


def test_a_cache_folder_that_is_no_whole_path_is_passed_over(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setattr(checkout.sys, "platform", "linux")
    assert checkout.cache_folder().parent == Path.home() / ".cache"


def test_our_folder_comes_before_the_systems_and_both_before_the_network(home):
    toy = file_set(never)
    assert toy.find() is None
    system = write(files.SYSTEM_FOLDER / "toy")
    assert toy.find() == system
    assert toy.read("labels.gz") == CONTENTS["labels.gz"]
    write(home)
    assert toy.find() == home


def test_a_place_that_lacks_one_file_is_passed_over(home):
    write(home, {"images.gz": CONTENTS["images.gz"]})
    system = write(files.SYSTEM_FOLDER / "toy")
    assert file_set(never).find() == system


def test_what_is_nowhere_is_fetched_once_and_then_found(home):
    assert file_set(from_network).read("images.gz") == CONTENTS["images.gz"]
    assert file_set(never).read("images.gz") == CONTENTS["images.gz"]
    assert [path.name for path in home.parent.iterdir()] == ["toy"]


def test_the_same_contents_are_data_however_they_were_compressed(home):
    write(home)
    loose = gzip.compress(CONTENTS["images.gz"], compresslevel=1, mtime=1)
    assert loose != (home / "images.gz").read_bytes()
    (home / "images.gz").write_bytes(loose)
    assert file_set(never).read("images.gz") == CONTENTS["images.gz"]


def spoil_by_cutting(sound):
    return sound[:-20]


def spoil_by_one_bit(sound):
    middle = len(sound) // 2
    return sound[:middle] + bytes([sound[middle] ^ 4]) + sound[middle + 1:]


def spoil_by_emptying(sound):
    return b""


def spoil_by_a_web_page(sound):
    return b"<html>404 Not Found</html>"


def spoil_by_other_contents(sound):
    return gzip.compress(b"the pixels of somebody else")


@pytest.mark.parametrize("spoil, fault", [
    (spoil_by_cutting, "cannot be unpacked"),
    (spoil_by_one_bit, "cannot be unpacked"),
    (spoil_by_emptying, "does not hold the published data"),
    (spoil_by_a_web_page, "cannot be unpacked"),
    (spoil_by_other_contents, "does not hold the published data"),
])
def test_a_damaged_file_is_named_and_never_taken_for_data(home, spoil, fault):
    path = write(home) / "images.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataUnavailable, match=fault) as caught:
        file_set(never).read("images.gz")
    assert str(path) in str(caught.value) and "delete it" in str(caught.value)


def test_an_unreadable_file_is_named(home, monkeypatch):
    path = write(home) / "images.gz"

    def refuse(name):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.gzip, "open", refuse)
    with pytest.raises(DataUnavailable, match="cannot be read") as caught:
        file_set(never).read("images.gz")
    assert f"{path} cannot be read (Permission denied)" in str(caught.value)


def test_without_a_network_the_sentence_says_where_it_looked_and_what_to_do(home):
    with pytest.raises(DataUnavailable, match="could not be fetched") as caught:
        file_set(no_network).read("images.gz")
    for words in ("Toy data", str(home), str(files.SYSTEM_FOLDER / "toy"),
                  "Name or service not known", "sudo apt install dataset-toy",
                  "connect to the network", "images.gz, labels.gz"):
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("failure", [
    RuntimeError("operator torchvision::nms does not exist"),
    ImportError("No module named 'torchvision'"), TimeoutError("timed out"),
    ConnectionResetError("reset"), EOFError("cut short")])
def test_however_a_download_fails_the_lesson_hears_data_unavailable(home, failure):
    def fail(folder):
        raise failure

    with pytest.raises(DataUnavailable, match=str(failure)):
        file_set(fail).read("images.gz")


def test_an_interrupted_download_leaves_nothing_that_looks_like_data(home):
    def interrupted(folder):
        (folder / "images.gz").write_bytes(b"\x1f\x8b half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file_set(interrupted).read("images.gz")
    assert list(home.parent.iterdir()) == []


def test_what_a_killed_download_left_behind_is_not_found(home):
    write(home.parent / ".download-killed", CONTENTS)
    assert file_set(never).find() is None


def test_a_download_with_one_wrong_file_moves_none_into_place(home):
    def half_right(folder):
        return write(folder, {**CONTENTS, "labels.gz": b"something else"})

    with pytest.raises(DataUnavailable, match="not the published data"):
        file_set(half_right).read("images.gz")
    assert not home.exists() and file_set(never).find() is None


def test_a_file_in_place_of_the_data_folder_is_a_sentence(home):
    home.parent.write_text("not a folder")
    with pytest.raises(DataUnavailable, match="cannot be written") as caught:
        file_set(never).read("images.gz")
    assert "COURSE_DATA" in str(caught.value)


def test_a_read_only_data_folder_is_a_sentence(home, monkeypatch):
    def refuse(*args, **options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(DataUnavailable, match="Read-only file system") as caught:
        file_set(never).read("images.gz")
    assert "make it writable, or name another in COURSE_DATA" in str(caught.value)


def test_a_read_only_data_folder_does_not_hinder_reading_the_systems(home):
    home.parent.write_text("not a folder")
    write(files.SYSTEM_FOLDER / "toy")
    assert file_set(never).read("labels.gz") == CONTENTS["labels.gz"]


def test_a_silent_server_is_given_up_and_the_timeout_put_back(home):
    patience = []

    def silent(folder):
        patience.append(socket.getdefaulttimeout())
        raise TimeoutError("timed out")

    before = socket.getdefaulttimeout()
    with pytest.raises(DataUnavailable, match="timed out"):
        file_set(silent).read("images.gz")
    assert patience == [files.SECONDS_OF_SILENCE]
    assert socket.getdefaulttimeout() == before
