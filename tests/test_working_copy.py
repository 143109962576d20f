"""Facts about the copy of the lessons to work in: what a reader wrote is never lost."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from course_lib.commands import lessons, working_copy

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path):
    """A course of one lesson with a solution, and the reader's copy of it."""
    originals, work = tmp_path / "notebooks", tmp_path / "work"
    (originals / "solutions").mkdir(parents=True)
    (originals / "01_a.ipynb").write_text("first edition")
    (originals / "solutions" / "01_a.ipynb").write_text("a solution")
    assert working_copy.renew(originals, work) == []
    return originals, work


def test_the_copy_has_every_lesson_where_its_links_expect_it(tmp_path):
    working_copy.renew(ROOT / "notebooks", tmp_path / "work")
    for source in (ROOT / "notebooks").rglob("*.ipynb"):
        if ".ipynb_checkpoints" not in source.parts:
            copy = tmp_path / "work" / source.relative_to(ROOT / "notebooks")
            assert copy.read_bytes() == source.read_bytes()
    assert (tmp_path / "work" / "notation.md").exists()


def test_a_lesson_nobody_changed_is_renewed(course):
    originals, work = course
    (originals / "01_a.ipynb").write_text("second edition")
    assert working_copy.renew(originals, work) == []
    assert (work / "01_a.ipynb").read_text() == "second edition"


def test_what_the_reader_wrote_is_kept_and_the_new_edition_put_beside_it(course):
    originals, work = course
    (work / "01_a.ipynb").write_text("my answers")
    assert working_copy.renew(originals, work) == []
    (originals / "01_a.ipynb").write_text("second edition")
    said, = working_copy.renew(originals, work)
    assert "01_a.ipynb has a new edition" in said and "01_a-edition-2.ipynb" in said
    assert (work / "01_a.ipynb").read_text() == "my answers"
    assert (work / "01_a-edition-2.ipynb").read_text() == "second edition"
    assert working_copy.renew(originals, work) == []


def test_answers_in_a_later_edition_are_kept_too(course):
    originals, work = course
    (work / "01_a.ipynb").write_text("my answers")
    (originals / "01_a.ipynb").write_text("second edition")
    working_copy.renew(originals, work)
    (work / "01_a-edition-2.ipynb").write_text("my later answers")
    (originals / "01_a.ipynb").write_text("third edition")
    working_copy.renew(originals, work)
    assert (work / "01_a-edition-2.ipynb").read_text() == "my later answers"
    assert (work / "01_a-edition-3.ipynb").read_text() == "third edition"


def test_a_deleted_lesson_comes_back_fresh_but_a_deleted_new_edition_does_not(course):
    originals, work = course
    (work / "01_a.ipynb").write_text("my answers")
    (originals / "01_a.ipynb").write_text("second edition")
    working_copy.renew(originals, work)
    (work / "01_a-edition-2.ipynb").unlink()
    assert working_copy.renew(originals, work) == []
    assert not (work / "01_a-edition-2.ipynb").exists()
    (work / "01_a.ipynb").unlink()
    working_copy.renew(originals, work)
    assert (work / "01_a.ipynb").read_text() == "second edition"


@pytest.mark.parametrize("record", ["", "{", "[]", "\x00"])
def test_a_damaged_record_costs_nobody_their_answers(course, record):
    originals, work = course
    (work / "01_a.ipynb").write_text("my answers")
    (work / working_copy.RECORD).write_text(record)
    said, = working_copy.renew(originals, work)
    assert "yours is kept" in said
    assert (work / "01_a.ipynb").read_text() == "my answers"
    json.loads((work / working_copy.RECORD).read_text())


def test_a_full_disk_leaves_every_file_whole(course, monkeypatch):
    originals, work = course
    (originals / "01_a.ipynb").write_text("second edition")

    def half(path, contents):
        with path.open("wb") as file:
            file.write(contents[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        working_copy.renew(originals, work)
    assert (work / "01_a.ipynb").read_text() == "first edition"
    assert not list(work.rglob("*.part"))


def test_where_no_copy_can_be_written_the_lessons_themselves_are_opened(
        course, monkeypatch, capsys):
    def refused(originals, work):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(lessons, "repository", lambda: course[0].parent)
    monkeypatch.setattr(working_copy, "renew", refused)
    assert lessons.folder_to_open(edit=False) == "notebooks"
    assert "work cannot be written (Permission denied)" in capsys.readouterr().out


def test_authors_open_the_lessons_and_readers_the_copy(course, monkeypatch):
    monkeypatch.setattr(lessons, "repository", lambda: course[0].parent)
    assert lessons.folder_to_open(edit=True) == "notebooks"
    assert lessons.folder_to_open(edit=False) == "work"
    assert lessons.folder_to_open(edit=False) == "work"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_an_update_by_git_meets_no_changed_file(course, tmp_path_factory):
    """Pulling works, though the reader has answered the lesson that is updated."""
    originals, _ = course

    def git(*arguments, folder):
        options = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        return subprocess.run(["git", *options, *arguments], cwd=folder, text=True,
                              capture_output=True, check=True).stdout

    author = originals.parent
    (author / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        git(*command, folder=author)
    reader = tmp_path_factory.mktemp("update") / "reader"
    git("clone", "-q", author, reader, folder=author)
    working_copy.renew(reader / "notebooks", reader / "work")
    (reader / "work" / "01_a.ipynb").write_text("my answers")
    (originals / "01_a.ipynb").write_text("second edition")
    git("commit", "-qam", "second", folder=author)
    git("pull", "-q", "--ff-only", folder=reader)
    working_copy.renew(reader / "notebooks", reader / "work")
    assert git("status", "--porcelain", folder=reader) == ""
    assert (reader / "work" / "01_a.ipynb").read_text() == "my answers"
    assert (reader / "work" / "01_a-edition-2.ipynb").read_text() == "second edition"
