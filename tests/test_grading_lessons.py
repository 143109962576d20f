"""Facts about grading the course's own lessons: every solution is right, every stub
blank, and the statements run are few."""

import shutil
from pathlib import Path

import pytest

from course_lib.classroom import grading
from course_lib.classroom.cells import read, understand
from course_lib.teaching import exercises

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


def graded(path: Path, folder: Path) -> dict[str, str]:
    """Return the state of each exercise of a notebook, or what was said where it is an
    error."""
    folder.mkdir()
    shutil.copy(path, folder / "anna.ipynb")
    return {row.exercise: row.message if row.state == grading.ERROR else row.state
            for row in grading.grade(folder, grading.Limits(seconds=600))}


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_the_solutions_of_a_lesson_are_right(name, tmp_path):
    states = graded(ROOT / "notebooks" / "solutions" / name, tmp_path / "in")
    assert states == {number: "right" for number in exercises.every()
                      if number[:2] == name[:2]}


@pytest.mark.slow
def test_lessons_that_nobody_has_touched_are_not_attempted(tmp_path):
    for name in LESSONS:
        states = graded(ROOT / "notebooks" / name, tmp_path / name[:2])
        assert states == {number: "not attempted" for number in exercises.every()
                          if number[:2] == name[:2]}


def test_every_exercise_of_the_course_is_asked_for_by_its_lesson():
    asked = [number for name in LESSONS for number in grading.asked(name[:2])]
    assert sorted(asked) == list(exercises.every())


def test_no_training_of_a_lesson_is_run_for_an_answer_that_uses_its_functions():
    code = understand(read(ROOT / "notebooks" / "01_point_prediction.ipynb"))
    stub = max(place for place, one in enumerate(code)
               if "striped_answers" in one.gives)
    answer = understand([{"cell_type": "code", "source": "train(model, 300)"}])
    chosen, _ = grading.handed_in("01.3", "(striped_answers, train)", [
        *code[:stub + 1], *answer, *code[stub + 1:]])
    assert any(one.source.startswith("def train") for one in chosen)
    assert not any(one.source.startswith("train(") for one in chosen)
