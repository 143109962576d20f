"""The library as pip installs it: with its data, and no repository around it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import matplotlib
import pytest

from course_lib.commands.lessons import JUPYTER

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ("00_start_here", "11_structured_prediction")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
OFFLINE = ("--quiet", "--no-index", "--no-deps")

# Runs in an empty folder, whose Python finds the installed course_lib before any other.
INSTALLED = """
import contextlib, io, json, sys, traceback
from pathlib import Path
import course_lib
from course_lib.checkout import checkout
assert Path(course_lib.__file__).is_relative_to({site!r}), course_lib.__file__
assert checkout() is None
answers = dict()
for name, code in {scripts!r}.items():
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            exec(code, dict())
        except Exception:
            traceback.print_exc(file=said)
    answers[name] = said.getvalue()
print(json.dumps(answers))
"""
SCRIPTS = {"data": """
from course_lib.experiments import EXPERIMENTS, scoreboard
from course_lib.scoring.facades import frozen_path, segmenter
rows = {row["model"] for row in scoreboard.load()}
print({experiment.row for experiment in EXPERIMENTS.values() if experiment.row} <= rows)
print(frozen_path(48).exists(), segmenter(48).training)
print(EXPERIMENTS["pix2pix-64x64"].stored().training)
""", "commands": """
import contextlib, io
from course_lib.__main__ import main
for command in ("lab", "lessons 01", "benchmarks --docs", "scoreboard"):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            main(command.split())
        except SystemExit as end:
            code = end.code
    print(code, " ".join(said.getvalue().split()))
""", "check": """
from unittest import mock
from course_lib.commands import check
absent = lambda name: check.metadata.Distribution.from_name("absent")
with mock.patch.object(check.metadata, "version", absent):
    finding = check.check_package("jupyterlab", "opens the lessons")
print(finding.text, finding.remedy)
""", "download": """
import gzip, hashlib, os
from pathlib import Path
from course_lib.datasets.files import FileSet
os.environ["COURSE_DATA"] = ""
def download(folder):
    (folder / "a.gz").write_bytes(gzip.compress(b"data"))
    return folder
toys = FileSet("Toys", "toys", {"a.gz": hashlib.sha256(b"data").hexdigest()}, "no",
               download)
cache = Path(os.environ["XDG_CACHE_HOME"]) / "conditional-generative-models"
print(toys.read("a.gz"), toys.find() == cache / "toys")
"""} | {lesson: f"""
from pathlib import Path
import lesson_runner
path = Path("{lesson}.ipynb").resolve()
cells = lesson_runner.code_cells(path)
lesson_runner.run(cells, path.parent)
print(len(cells), all(cell.runs for cell in cells))
""" for lesson in LESSONS}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built from a copy, so that no build is left here."""
    copy, into = (tmp_path_factory.mktemp(name) for name in ("copy", "wheels"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "course_lib", copy / "course_lib",
                    ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "-w", into, copy],
                   check=True)
    built, = into.iterdir()
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory) -> Path:
    """A folder with the installed wheel."""
    site = tmp_path_factory.mktemp("site")
    subprocess.run([*PIP, "install", *OFFLINE, "--no-compile", "--target", site, wheel],
                   check=True)
    return site


@pytest.fixture(scope="module")
def answers(site, tmp_path_factory) -> dict[str, str]:
    """What each of the scripts prints in one new Python, in a folder of two lessons,
    that finds the installed wheel first."""
    folder, tools = map(tmp_path_factory.mktemp, ("folder", "tools"))
    shutil.copy(ROOT / "tests" / "lesson_runner.py", tools)
    for lesson in LESSONS:
        shutil.copy(ROOT / "notebooks" / f"{lesson}.ipynb", folder)
    done = subprocess.run(
        [sys.executable, "-c", INSTALLED.format(site=str(site), scripts=SCRIPTS)],
        cwd=folder, capture_output=True, text=True, env=os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, (site, tools))), "MPLBACKEND": "Agg",
            "XDG_CACHE_HOME": str(tools / "cache"),
            "MPLCONFIGDIR": matplotlib.get_cachedir()})      # has the list of fonts
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_wheel_holds_every_file_of_the_package(wheel):
    packed = {name for name in ZipFile(wheel).namelist() if name[:11] == "course_lib/"}
    here = {path.relative_to(ROOT).as_posix()
            for path in (ROOT / "course_lib").rglob("*")
            if path.is_file() and path.suffix != ".pyc" and path.name[0] != "."}
    assert packed == here
    assert {Path(name).suffix for name in here} == {
        ".py", ".typed", ".csv", ".safetensors", ".js", ".json"}


def test_an_installed_library_brings_jupyterlab_its_extension(site):
    ours = JUPYTER / "share" / "jupyter" / "labextensions"
    theirs = site / "share" / "jupyter" / "labextensions"
    names = {path.relative_to(ours) for path in ours.rglob("*.*")}
    assert Path("course-alt-text/static/remoteEntry.js") in names
    for name in names:
        assert (theirs / name).read_bytes() == (ours / name).read_bytes()


def test_an_installed_library_downloads_into_the_cache_folder_of_the_user(answers):
    assert answers["download"] == "b'data' True\n"


def test_an_installed_library_has_its_scoreboard_segmenter_and_weights(answers):
    assert answers["data"] == "True\nTrue False\nFalse\n"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_beside_an_installed_library(lesson, answers):
    count, ran = answers[lesson].split()
    assert int(count) > 10 and ran == "True"


def test_a_command_that_needs_the_repository_says_so(answers):
    said = answers["commands"].splitlines()
    for line, words in zip(said, ("folder of notebooks", "folder of notebooks",
                                  "docs/figures.md", "scoreboard"), strict=True):
        assert line[:2] == "2 "
        assert f"{words} is part of the course's repository" in line
    assert said[-1].endswith("With --into scores.csv it goes there.")


def test_a_check_beside_an_installed_library_needs_no_repository(answers):
    assert answers["check"] == (
        "not installed Install it: python -m pip install jupyterlab\n")
