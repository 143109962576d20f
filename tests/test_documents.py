"""Facts about the texts: every symbol and file that they name is there."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from course_lib.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md",
                                    "data/README.md", "notebooks/notation.md")),
         *sorted((ROOT / "docs").rglob("*.md"))]
LESSONS = sorted((ROOT / "notebooks").rglob("[0-9][0-9]_*.ipynb"))
TWELVE = [path for path in LESSONS if path.parent.name == "notebooks"]
TIME = re.compile(r"\*\*Time:\*\* (.+?) to study, (?:about )?(.+?) to compute")
BLOCK = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)")
# of our making, by its look: a class, something_like_this, or a module with its dots
SYMBOL = re.compile(r"(?<!`)`(course_lib(?:\.\w+)+|[A-Z][a-z]+[A-Z]\w*|[a-z]+_\w+)"
                    r"(?:\(.*?\)|=.*?)?`(?!`)")
OTHERS = {"DataLoader", "TensorDataset", "create_graph", "train_test_split"}


def called(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix(""))


every_lesson = pytest.mark.parametrize("path", TWELVE, ids=called)
every_text = pytest.mark.parametrize("path", TEXTS, ids=called)
# The changelog tells of names that are gone.
every_document = pytest.mark.parametrize("path", LESSONS + [
    path for path in TEXTS if path.stem != "CHANGELOG"], ids=called)


def read(path: Path, kind: str) -> str:
    """Return the Markdown of a document without its code blocks, or its code."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == kind)
    text = path.read_text(encoding="utf-8")
    return BLOCK.sub("", text) if kind == "markdown" else ""


@cache
def names() -> set[str]:
    """Return what the library defines: functions, classes, arguments, attributes."""
    found = set()
    for path in (ROOT / "course_lib").rglob("*.py"):
        found.update(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
    return found


def is_module_or_in_one(name: str) -> bool:
    """Return whether course_lib.a.b is a module, or b a name of the module a."""
    *folders, last = name.split(".")
    place = ROOT.joinpath(*folders)
    return (place / last).exists() or (place / f"{last}.py").exists() or (
        last in names() and (place.exists() or place.with_suffix(".py").exists()))


@every_text
def test_every_link_to_a_file_leads_somewhere(path):
    targets = [name for name in LINK.findall(read(path, "markdown"))
               if not re.match(r"[a-z]+:", name)]
    assert [name for name in targets if not (path.parent / name).exists()] == []


@every_text
def test_every_file_of_the_library_that_is_named_exists(path):
    files = re.findall(r"\bcourse_lib/[\w/]+\.py", read(path, "markdown"))
    examples = ("my_world.py", "my_model.py", "name.py")      # of those to be written
    assert [name for name in files if not (ROOT / name).exists()
            and not name.endswith(examples)] == []


@every_document
def test_a_name_that_is_printed_as_code_is_one_of_the_library_or_of_the_lesson(path):
    own = set(re.findall(r"\w+", read(path, "code"))) | OTHERS
    unknown = [name for name in SYMBOL.findall(read(path, "markdown"))
               if not (is_module_or_in_one(name) if "." in name
                       else name in names() | own)]
    assert unknown == []


def row_of(path: Path) -> list[str]:
    """Return the cells of the README's row about a lesson."""
    link = f"({path.relative_to(ROOT).as_posix()})"
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    row, = (line for line in lines if link in line)
    return [cell.strip() for cell in row.strip("|").split("|")]


def minutes_to_study(path: Path) -> float:
    """Return what a lesson takes by rule of thumb: 120 words or 6 lines of code a
    minute, 8 minutes an exercise."""
    code = read(path, "code")
    lines = [line for line in map(str.strip, code.splitlines())
             if line and not line.startswith("#")]
    exercises = set(re.findall(r"check\(\s*[\"'](\d\d\.\d+)", code))
    return (len(read(path, "markdown").split()) / 120 + len(lines) / 6
            + 8 * len(exercises))


@every_lesson
def test_the_readme_says_of_a_lesson_what_the_lesson_says(path):
    text = read(path, "markdown")
    question = re.search(r"^# (.+)$", text, re.MULTILINE)[1]
    _, asked, _, *times = row_of(path)
    assert (asked, *times) == (question, *TIME.search(text).groups())


@every_lesson
def test_a_lesson_takes_the_time_to_study_that_the_readme_says(path):
    assert abs(int(row_of(path)[3].split()[0]) - minutes_to_study(path)) < 10


def test_the_hours_of_the_course_are_those_of_its_lessons():
    told = re.search(r"about (\d+) hours of study", (ROOT / "README.md").read_text())[1]
    hours = sum(int(row_of(path)[3].split()[0]) for path in TWELVE) / 60
    assert abs(int(told) - hours) < 1


@every_text
def test_a_command_that_a_text_names_is_there(path):
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= set(targets)
    assert set(re.findall(r"-m course_lib ([a-z]+)", text)) <= COMMANDS.keys()
