"""The house: imports run downwards only, and the library knows nothing of notebooks."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = [                         # from the ground up; a room sees those below it
    {"checks", "checkout", "progress"}, {"contract", "color"},
    {"distributions", "networks"}, {"datasets", "models"}, {"training"}, {"scoring"},
    {"experiments"}, {"teaching"}, {"classroom"}, {"commands"}, {"__main__"}]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SHARED = {"adversarial", "outputs"}            # what several families of models use
NOTEBOOKS = {"IPython", "ipywidgets", "jupyterlab", "nbclient", "nbformat"}


@cache
def modules() -> dict[str, Path]:
    """Return every module of the library by its name without `course_lib.`."""
    found = {}
    for path in (ROOT / "course_lib").rglob("*.py"):
        parts = path.relative_to(ROOT / "course_lib").with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imported(name: str) -> set[str]:
    """Return every module that a module imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one.removeprefix("course_lib.") in modules()
                      else node.module for one in inner}
    return found


def ours(name: str) -> set[str]:
    return {one.removeprefix("course_lib.") for one in imported(name)
            if one.startswith("course_lib.")}


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_from_its_own_room_and_from_floors_below(name):
    room = name.split(".")[0]
    if room == "__init__":
        assert not ours(name)                  # the package loads nothing by itself
        return
    upwards = {other for other in ours(name) if other.split(".")[0] != room
               and FLOOR[other.split(".")[0]] >= FLOOR[room]}
    assert not upwards


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: ours(name) & set(modules()) for name in modules()
             if modules()[name].name != "__init__.py"}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_no_family_of_models_imports_another():
    for name in modules():
        room, *rest = name.split(".")
        if room == "models" and rest:
            families = {other.split(".")[1] for other in ours(name)
                        if other.startswith("models.")}
            assert families <= SHARED | {rest[0]}, name


def test_the_library_knows_nothing_of_notebooks():
    for name in modules():
        if name.split(".")[0] not in ("teaching", "commands", "progress"):
            tops = {one.split(".")[0] for one in imported(name)}
            assert not tops & (NOTEBOOKS | {"matplotlib"}), name
