"""Two commands on a fresh machine: the environment, make, the check, the lessons."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

import course_lib
from course_lib import __main__
from course_lib.commands import check as setup_check
from course_lib.commands import lessons
from course_lib.training.kept import kept_folder

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
NMS = RuntimeError("operator torchvision::nms does not exist")

# Stands for Python: it is of the version NEWEST, and remembers what pip was asked.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
    *sys.version_info*) test "$AGE" != old ;;
    *ensurepip*) test "$AGE" != bare ;;
    "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip"*) echo installed >> installs; test "$PIP" != broken ;;
esac
"""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def conda() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def bounds(lines) -> dict[str, str]:
    """Return name -> version bounds, with conda's names turned into pip's."""
    parsed = [Requirement(line) for line in lines]
    return {CONDA_NAMES.get(r.name, r.name): str(r.specifier) for r in parsed}


def test_environment_yml_and_pyproject_ask_for_the_same_packages():
    listed = bounds(line for line in conda() if isinstance(line, str))
    assert listed.pop("python") == project()["requires-python"]
    assert listed.pop("pip") == ""
    extra = project()["optional-dependencies"]["lab"]
    assert listed == bounds(project()["dependencies"] + extra)


def test_environment_yml_adds_the_course_and_its_tools_by_pip():
    assert [line for line in conda() if isinstance(line, dict)] == [
        {"pip": ["-e .[dev]"]}]


def test_the_tools_of_the_tests_bring_the_lessons_along():
    extras = project()["optional-dependencies"]
    assert f"{project()['name']}[lab]" in extras["dev"]
    assert set(bounds(extras["lab"])) == {"jupyterlab", "ipywidgets", "matplotlib"}


def test_no_dependency_has_an_upper_bound():
    extras = project()["optional-dependencies"]
    asked = bounds(project()["dependencies"] + extras["lab"] + extras["dev"])
    asked.pop(project()["name"])
    for name, bound in asked.items():
        assert bound.startswith(">=") and "<" not in bound, name


@pytest.fixture
def fresh_clone(tmp_path):
    """A folder with the Makefile alone, and a Python that is played."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    jupyter = Path("course_lib", "teaching", "jupyter")
    shutil.copytree(ROOT / jupyter, clone / jupyter)
    fake = tmp_path / "fake-python"
    fake.write_text(FAKE_PYTHON)
    fake.chmod(0o755)
    return clone


def make(clone: Path, *arguments: str, **environment: str):
    """Run make in a clone; return its exit code, its words, the number of installs."""
    inherited = {key: value for key, value in os.environ.items()
                 if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", f"PYTHON={clone.parent / 'fake-python'}", "VENV=.venv", *arguments],
        cwd=clone, env=inherited | environment, capture_output=True, text=True)
    log = clone / "installs"
    installs = len(log.read_text().split()) if log.exists() else 0
    return done.returncode, done.stdout + done.stderr, installs


def test_a_second_call_installs_nothing(fresh_clone):
    assert make(fresh_clone, "setup")[::2] == (0, 1)
    assert make(fresh_clone, "setup")[::2] == (0, 1)


def test_a_changed_list_of_dependencies_is_installed_again(fresh_clone):
    make(fresh_clone, "setup")
    later = (fresh_clone / ".venv/.installed").stat().st_mtime + 5
    os.utime(fresh_clone / "pyproject.toml", (later, later))
    assert make(fresh_clone, "setup")[2] == 2


def test_an_installation_that_stops_is_taken_up_by_the_next_call(fresh_clone):
    code, said, _ = make(fresh_clone, "setup", PIP="broken")
    assert code != 0 and "The installation stopped" in said
    assert make(fresh_clone, "setup")[::2] == (0, 2)


def test_a_folder_that_moved_is_installed_again(fresh_clone):
    make(fresh_clone, "setup")
    moved = fresh_clone.rename(fresh_clone.parent / "elsewhere")
    assert make(moved, "setup")[::2] == (0, 2)


@pytest.mark.parametrize("age, sentence", [
    ("old", "There is no Python 3.11 or newer among"),
    ("bare", "cannot make environments: install its venv module"),
])
def test_an_unfit_python_is_refused_with_a_sentence(fresh_clone, age, sentence):
    code, said, installs = make(fresh_clone, "setup", AGE=age)
    assert code != 0 and sentence in said and installs == 0


def test_a_lesson_that_does_not_exist_is_refused_before_anything_runs(fresh_clone):
    code, said, installs = make(fresh_clone, "test", "LESSON=1")
    assert code != 0 and "There is no lesson 1: give its two digits" in said
    assert installs == 0


def test_one_lesson_brings_its_notebook_its_solution_and_its_tests(fresh_clone):
    files = ("notebooks/05_cvae.ipynb", "notebooks/solutions/05_cvae.ipynb",
             "tests/test_cvae.py", "notebooks/04_cgan.ipynb", "tests/test_cgan.py")
    for name in files:
        (fresh_clone / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh_clone / name).touch()
    said = make(fresh_clone, "test", "LESSON=05", "--dry-run")[1]
    assert [name in said for name in files] == [True, True, True, False, False]


@pytest.mark.parametrize("arguments, shares", [
    ((), ("OMP_NUM_THREADS=4", "-n 2")),
    (("JOBS=3",), ("OMP_NUM_THREADS=2", "-n 3")),
    (("JOBS=16",), ("OMP_NUM_THREADS=1", "-n 16")),
    (("JOBS=0",), ("OMP_NUM_THREADS=8", "-n 0")),
    (("LESSON=05",), ("OMP_NUM_THREADS=8", "-n 1")),
])
def test_workers_share_the_tests_and_the_cores(fresh_clone, arguments, shares):
    (fresh_clone / "notebooks").mkdir()
    (fresh_clone / "notebooks/05_cvae.ipynb").touch()
    said = make(fresh_clone, "test", "CORES=8", "--dry-run", *arguments)[1]
    assert all(share in said for share in shares)


def test_the_unit_tests_are_linted_shared_and_without_notebooks(fresh_clone):
    (fresh_clone / "notebooks").mkdir()
    (fresh_clone / "notebooks/05_cvae.ipynb").touch()
    said = make(fresh_clone, "unit", "--dry-run", "JOBS=3")[1]
    for words in ("ruff check .", "-m mypy", "pytest tests -p no:nbval",
                  "-n 3 --dist loadfile"):
        assert words in said
    assert ".ipynb" not in said and "--nbval" not in said


def test_make_lets_jupyter_and_nbconvert_find_the_alt_text(fresh_clone):
    make(fresh_clone, "setup")
    jupyter = fresh_clone / ".venv" / "share" / "jupyter"
    assert (jupyter / "labextensions" / "course-alt-text" / "package.json").exists()
    config = json.loads((fresh_clone / ".venv/etc/jupyter/jupyter_config.json"
                         ).read_text())
    name, = config["HTMLExporter"]["preprocessors"]
    assert f"--HTMLExporter.preprocessors={name}" in lessons.WITH_ALT_TEXT


def test_make_help_names_every_target(fresh_clone):
    said = make(fresh_clone, "help")[1]
    for target in ("lab", "test", "unit", "check", "lessons", "slides", "benchmarks",
                   "scoreboard", "lint", "setup", "test-gpu", "clean"):
        assert f"make {target}" in said


def test_make_lessons_draws_the_widgets_pictures_of_what_it_executed(fresh_clone):
    steps = make(fresh_clone, "-n", "lessons", "LESSON=02")[1].splitlines()
    assert steps[-1].endswith("docs/book/make.py --frames 02")
    assert steps[-2].endswith("course_lib lessons 02")


def test_make_clean_forgets_the_kept_trainings(fresh_clone):
    folder = fresh_clone / kept_folder().name
    folder.mkdir()
    assert make(fresh_clone, "clean")[0] == 0
    assert not folder.exists()


def test_jupyterlab_opens_on_the_first_lesson(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    command = lessons.lab_command("work", ["--port=9999"])
    assert "--LabApp.default_url=/lab/tree/work/00_start_here.ipynb" in command
    assert command[-1] == "--port=9999" and "--no-browser" not in command


def test_without_a_screen_jupyterlab_starts_no_browser(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(lessons.sys, "platform", "linux")
    assert "--no-browser" in lessons.lab_command("work", [])


@pytest.mark.parametrize("user, allowed", [(0, True), (1000, False)])
def test_only_root_is_allowed_to_be_root(monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lessons.lab_command("work", [])) == allowed


def names(found) -> set[str]:
    return {finding.name for finding in found if finding.remedy and finding.needed}


def missing(*modules, error=None):
    """Return an importer that fails for `modules` and imports all others."""
    def load(name):
        if name in modules:
            raise error or ModuleNotFoundError(f"No module named {name!r}", name=name)
        return setup_check.importlib.import_module(name)
    return load


def test_the_check_fits_on_a_screen_and_ends_with_a_verdict():
    lines = setup_check.report(setup_check.findings()).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    assert "lessons" in lines[-1]


def test_the_check_exits_with_zero_where_the_lessons_run(capsys):
    assert __main__.main(["check"]) == 0
    assert "All lessons run" in capsys.readouterr().out


def test_the_check_answers_where_torch_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(setup_check, "load", missing("torch"))
    assert setup_check.check([]) == 1
    said = capsys.readouterr().out
    assert "torch         not installed. Install it:" in said


@pytest.mark.parametrize("absent", ["jupyterlab", "ipywidgets", "matplotlib"])
@pytest.mark.parametrize("root, command", [
    (ROOT, 'pip install -e ".[lab]"'), (None, "pip install {}")])
def test_the_check_says_what_of_the_lessons_extra_is_missing(monkeypatch, absent, root,
                                                             command):
    def version(package):
        return None if package == absent else "1.0"

    monkeypatch.setattr(setup_check, "version", version)
    monkeypatch.setattr(setup_check, "checkout", lambda: root)
    found = [finding for finding in setup_check.findings() if finding.needed]
    assert [finding.name for finding in found] == [absent]
    assert found[0].remedy.startswith("Install it: ")
    assert found[0].remedy.endswith(f"python -m {command.format(absent)}")


def test_a_command_without_what_it_imports_names_it(monkeypatch, capsys):
    monkeypatch.setattr(lessons, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        __main__.main(["lab"])
    assert "jupyterlab is not installed, and lab needs it" in capsys.readouterr().err


@pytest.mark.parametrize("cuda, sentence", [
    (None, "a CPU build, were built apart"), ("12.6", "a CUDA 12.6 build, were")])
def test_the_check_recognises_torchvision_of_another_build(monkeypatch, cuda, sentence):
    torch = SimpleNamespace(__version__="2.6.0", version=SimpleNamespace(cuda=cuda))

    def load(name):
        if name == "torchvision":
            raise NMS
        return torch

    monkeypatch.setattr(setup_check, "load", load)
    finding = setup_check.check_torchvision()
    assert sentence in finding.text and "nms does not exist" in finding.text
    assert "--force-reinstall torch torchvision" in finding.remedy and finding.needed


def test_the_check_says_when_no_slider_would_answer(monkeypatch, tmp_path):
    paths = SimpleNamespace(jupyter_path=lambda: [str(tmp_path)])
    monkeypatch.setattr(setup_check, "load", lambda name: paths)
    finding = setup_check.check_widgets()
    assert "lacks the extension" in finding.text and finding.needed


def test_missing_real_shirts_are_no_failure(monkeypatch):
    nowhere = SimpleNamespace(find=lambda: None)
    monkeypatch.setattr(setup_check, "load", lambda name: nowhere)
    finding = setup_check.check_fashion_mnist()
    assert "not on this machine" in finding.text and not finding.needed
    assert "apt-get install dataset-fashion-mnist" in finding.remedy


def test_the_check_asks_for_nothing_but_the_standard_library_until_it_looks():
    code = ("import sys, course_lib.commands.check; "
            "print('torch' in sys.modules, 'numpy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True,
                          capture_output=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_citation_names_the_version_of_the_library():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == course_lib.__version__


def test_the_newest_entry_of_the_changelog_is_the_version_of_the_library():
    newest = re.search(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.M)[0]
    assert course_lib.__version__ in newest


def test_the_checks_before_a_commit_are_those_of_make_lint():
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for group in settings["repos"] for hook in group["hooks"]]
    makefile = (ROOT / "Makefile").read_text()
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.M)[1]
    commands = [line.split("-m ")[1].removesuffix(" .") for line in lint.splitlines()]
    assert [hook["entry"].split("-m ")[1].removesuffix(" --force-exclude")
            for hook in hooks] == commands
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)


def test_the_example_of_the_readme_runs():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    quick = code.replace("steps=1000", "steps=2").replace("score(model", "(model")
    names = {}
    exec(quick, names)
    given, drawn = names["x"], names["model"].sample(given=names["x"], n=3)
    assert drawn.shape == (3, len(given), 2, 32, 32)


def notebook(folder: Path, *sources: str) -> Path:
    """Write a notebook with these code cells, and metadata as an editor leaves it."""
    cells = [nbformat.v4.new_code_cell(source, metadata={
        "tags": ["parameters"], "collapsed": False}) for source in sources]
    path = folder / "00_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(
        cells=cells, metadata={"language_info": {"name": "x", "version": "3"}}), path)
    return path


def test_a_stored_notebook_is_executed_in_order_and_tidy(tmp_path):
    path = notebook(tmp_path, "a = 3", "a + 4")
    took = lessons.store(path)
    stored = nbformat.read(path, as_version=4)
    nbformat.validate(stored)
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert stored.cells[1].outputs[0].data["text/plain"] == "7"
    assert stored.cells[0].metadata == {"tags": ["parameters"]}
    assert stored.metadata == {"kernelspec": lessons.KERNEL,
                               "language_info": {"name": "python"}}
    assert re.match(r" +\d+ s, slowest cell \d+ s \(number [01]\)", took)
    assert os.listdir(tmp_path) == ["00_small.ipynb"]


def test_a_notebook_with_a_failing_cell_is_not_stored(tmp_path):
    path = notebook(tmp_path, "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="division by zero"):
        lessons.store(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["00_small.ipynb"]


def test_storing_twice_gives_the_same_file_even_with_widgets(tmp_path):
    path = notebook(tmp_path, "import ipywidgets; ipywidgets.IntSlider()")
    lessons.store(path)
    first = path.read_bytes()
    lessons.store(path)
    assert path.read_bytes() == first and b"IntSlider" in first
