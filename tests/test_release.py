"""Facts about the editions for students: nothing is given away, and nbgrader grades its
own as we do."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.__main__ import main
from course_lib.classroom.cells import checks, understand
from course_lib.commands import release
from course_lib.teaching import exercises

ROOT = Path(__file__).resolve().parents[1]
NBGRADER = os.environ.get("COURSE_NBGRADER", "")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    into = tmp_path_factory.mktemp("edition") / "whole"
    release.write(into)
    return into


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_the_edition_has_every_lesson_and_no_solution(edition):
    lessons = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert lessons == {path.name for path in edition.glob("*.ipynb")}
    assert not (edition / "solutions").exists()
    assert not any("solutions/" in path.read_text() for path in edition.rglob("*.*"))


def test_no_exercise_has_a_verdict_yet_and_the_lesson_keeps_its_pictures(edition):
    for path in edition.glob("*.ipynb"):
        code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
        checked = [cell for cell in code if any(
            any(checks(one.source)) for one in understand([cell]))]
        assert checked and not any(cell["outputs"] for cell in checked)
        assert any(cell["outputs"] for cell in code)


def test_every_link_of_an_edition_leads_to_a_file_of_it(edition, tmp_path):
    release.write(tmp_path / "one", lesson="03")
    for folder in (edition, tmp_path / "one"):
        for path in folder.rglob("*.*"):
            for target in re.findall(r"\]\(([^):#]+\.(?:ipynb|md))", path.read_text()):
                assert (path.parent / target).exists(), (path.name, target)


def test_an_edition_of_one_lesson_has_the_notation_beside_it(tmp_path):
    assert main(["release", str(tmp_path / "one"), "--lesson", "03"]) == 0
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        "03_joint_structure.ipynb", "notation.md"}


@pytest.mark.parametrize("arguments, says", [
    (["."], "not empty"), (["new", "--lesson", "99"], "There is no lesson 99"),
    (["file/new"], "ile")])
def test_bad_input_to_release_costs_a_sentence(arguments, says, tmp_path, monkeypatch,
                                               capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemExit):
        main(["release", *arguments])
    assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nbgrader_has_a_point_and_one_answer_for_each_exercise(tmp_path):
    release.write(tmp_path / "course", nbgrader=True)
    marks = [cell["metadata"]["nbgrader"] for path in
             (tmp_path / "course" / "source").rglob("*.ipynb")
             for cell in cells(path) if "nbgrader" in cell["metadata"]]
    numbers = [number.replace(".", "-") for number in exercises.every()]
    assert sorted(one["grade_id"] for one in marks) == sorted(
        [f"answer-{number}" for number in numbers]
        + [f"check-{number}" for number in numbers])
    assert sum(one.get("points", 0) for one in marks) == len(numbers)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder for nbgrader, and a kernel that has this course."""
    release.write(tmp_path / "course", lesson="00", nbgrader=True)
    kernel = tmp_path / "kernels" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "the course", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "kernels"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{Path(NBGRADER).parent}{os.pathsep}"
                               f"{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


@pytest.mark.slow
@pytest.mark.skipif(not NBGRADER, reason="COURSE_NBGRADER names no nbgrader")
def test_the_real_nbgrader_gives_a_solution_all_points_and_a_blank_none(course):
    subprocess.run([NBGRADER, "generate_assignment", "lesson00"], check=True)
    released, = (course / "release" / "lesson00").glob("*.ipynb")
    stubs = ["".join(cell["source"]) for cell in cells(released)
             if cell["metadata"].get("nbgrader", {}).get("solution")]
    assert len(stubs) == 3
    assert all("..." in stub and release.STUB in stub for stub in stubs)
    assert "SOLUTION" not in released.read_text()
    for student, folder in (("blank", "release"), ("solver", "source")):
        shutil.copytree(course / folder / "lesson00",
                        course / "submitted" / student / "lesson00")
    subprocess.run([NBGRADER, "autograde", "lesson00"], check=True)
    subprocess.run([NBGRADER, "export", "--to", "grades.csv"], check=True)
    with open(course / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"])
                  for row in csv.DictReader(file)}
    assert scores == {"blank": 0.0, "solver": 3.0}
