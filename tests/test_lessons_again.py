"""Facts about running a lesson's cells again: a training begins from the beginning."""

import ast
from pathlib import Path

import lesson_runner
import pytest
import torch

from course_lib.contract import device_of
from course_lib.training import devices

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@pytest.mark.slow
@every_lesson
def test_a_training_cell_that_is_run_again_begins_with_new_weights(path):
    cells = lesson_runner.needed_to_train(lesson_runner.code_cells(path))
    lesson_runner.run(cells, path.parent)
    for cell in lesson_runner.training_cells(cells):
        first, again = cell.runs
        assert first.weights, cell.source
        torch.testing.assert_close(again.weights, first.weights, rtol=0, atol=0,
                                   msg=f"learned weights stay in\n{cell.source}")
        assert again.losses == first.losses, cell.source


def is_away(value):
    """Whether a value of a lesson is a tensor or a network on a GPU."""
    if isinstance(value, (list, tuple, dict)):
        return any(map(is_away, value.values() if isinstance(value, dict) else value))
    device = device_of(value) if isinstance(value, torch.nn.Module) else (
        getattr(value, "device", None))
    return isinstance(device, torch.device) and device.type != "cpu"


@pytest.mark.gpu
@pytest.mark.slow
@every_lesson
def test_where_a_model_is_on_a_gpu_all_cells_run_that_meet_it(
        path, gpu, monkeypatch):
    monkeypatch.setattr(devices, "KINDS", (gpu.type, "cpu"))
    lesson_runner.run_where_away(lesson_runner.code_cells(path), path.parent, is_away,
                                 knobs={})


@every_lesson
def test_no_later_cell_takes_the_name_of_what_the_first_one_imports(path):
    first, *others = lesson_runner.code_cells(path)
    imported = lesson_runner.names_of(first.source)[0]
    for cell in others:
        again = [name for node in cell.tree.body if isinstance(node, ast.Import |
                 ast.ImportFrom) for name in (alias.name for alias in node.names)]
        assert not lesson_runner.names_of(cell.source)[0] & imported - {*again}


@pytest.mark.parametrize("source, begins_anew", [
    ("model = new()\nfit(model, world)", True), ("fit(model, world)", False)])
def test_the_runner_tells_learned_weights_from_new_ones(source, begins_anew):
    setup = ("import torch\nfrom course_lib import fit\n"
             "from course_lib.datasets import TShirts\n"
             "from course_lib.models.point_prediction import PointPredictor\n"
             "world = TShirts(size=16)\n"
             "def new():\n    torch.manual_seed(0)\n"
             "    return PointPredictor(torch.nn.Conv2d(1, 2, 1))\nmodel = new()")
    cells = [lesson_runner.Cell(i, text, []) for i, text in enumerate((setup, source))]
    lesson_runner.run(cells, FOLDER)
    first, again = (run.weights[0] for run in cells[1].runs)
    assert all(map(torch.equal, first, again)) is begins_anew
