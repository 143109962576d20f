"""Facts about grading: what an answer needs, and what is said of a class."""

import csv
import json

import pytest

from course_lib.__main__ import main
from course_lib.classroom import grading, table
from course_lib.classroom.cells import needed, understand
from course_lib.classroom.grading import Grade
from course_lib.teaching import exercises


def notebook(*cells: str) -> list[dict]:
    return [{"cell_type": "code", "source": source} for source in cells]


def chosen(*cells: str, wanted: str) -> list[str]:
    return [one.source for one in needed(understand(notebook(*cells)), {wanted})]


def row(number: str, answer, student: str = "a") -> Grade:
    verdict = exercises.check(number, answer)
    return Grade(student, "", number, verdict.state, int(verdict.right),
                 verdict.message)


def test_an_answer_needs_what_gives_its_names_and_nothing_else():
    assert chosen("import torch", "a = 1\nb = 2", "fit(other, 300)",
                  "def f(): return a", "c = f()", wanted="c") == [
        "a = 1", "def f():\n    return a", "c = f()"]


def test_of_two_values_the_last_one_before_the_check_counts():
    assert chosen("a = 1", "a = 2", wanted="a") == ["a = 2"]


@pytest.mark.parametrize("change", [
    "fit(model, 300)", "model.train()", "model.rate = 2", "model[0] = 3",
    "torch.nn.init.zeros_(model.weight)",
    "for _ in range(9):\n    model(1).backward()\n    optimizer.step()"])
def test_what_changes_a_name_belongs_to_it(change):
    assert change in chosen("import torch", "model = make()", change, wanted="model")


@pytest.mark.parametrize("look", ["print(model)", "figures.show(model)", "model(3)"])
def test_figures_of_a_model_are_not_drawn(look):
    cells = "from course_lib.teaching import figures", "model = make()", look
    assert look not in chosen(*cells, wanted="model") or look.startswith("print")


def test_the_seed_of_a_needed_statement_is_set():
    assert chosen("import torch", "torch.manual_seed(3)\na = torch.rand(2)",
                  "torch.manual_seed(4)\nb = torch.rand(2)", wanted="a") == [
        "import torch", "torch.manual_seed(3)", "a = torch.rand(2)"]


def test_lines_of_jupyter_are_left_out():
    assert chosen("%matplotlib inline\n!pip install x\na = 1", wanted="a") == ["a = 1"]


def test_a_name_that_no_cell_gives_is_named_with_the_cell_that_is_no_python():
    with pytest.raises(LookupError, match="No cell gives a a value. Cell 0 is no Pyth"):
        needed(understand(notebook("a = (")), {"a"})


def test_the_table_counts_each_mistake_of_each_exercise():
    lines = table.class_table([
        row("00.1", 2048), row("00.1", 1024), row("00.1", 1024), row("00.1", 3072),
        row("00.1", -5), row("00.1", ...)])
    assert [(line.kind, line.answers) for line in lines] == [
        ("right", 1), ("mistake", 2), ("mistake", 1), ("unrecognised", 1),
        ("not attempted", 1)]
    assert all(line.of == 6 for line in lines)
    assert "a and b" in lines[1].says and lines[1].dissolved


def test_a_mistake_whose_sentence_holds_the_answers_numbers_is_one_mistake():
    lines = table.class_table([row("06.3", [8.0, 1, 2, 3, 4]),
                               row("06.3", [9.0, 1, 2, 3, 4])])
    assert [(line.kind, line.answers) for line in lines] == [("mistake", 2)]


def test_every_mistake_that_an_exercise_lists_is_counted_under_its_name():
    unnamed = [(number, mistake.says) for number, exercise in exercises.every().items()
               for mistake in exercise.mistakes
               if table.kind_of(row(number, mistake.answer))[0] != table.MISTAKE]
    assert not unnamed


def test_every_exercise_has_a_section_that_dissolves_its_mistakes():
    for number in exercises.every():
        assert f"{number} " in table.reading(number, "a mistake of no page")[1]


def test_the_teachers_page_knows_the_belief_behind_a_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "needed_checkout", lambda purpose: tmp_path)
    (tmp_path / "docs" / "teaching").mkdir(parents=True)
    (tmp_path / "docs" / "teaching" / "00_start_here.md").write_text(
        "| belief | how it sounds | the check says | dissolved |\n|---|---|---|---|\n"
        "| one dye, so one number | “Red.” | 00.1 “The answer is the picture” | *Four "
        "ways* |\n")
    says = row("00.1", 1).message
    assert table.reading("00.1", says) == ("one dye, so one number",
                                           "lesson 00, Four ways")


def test_a_table_holds_no_formula_and_a_page_no_markup_of_a_student():
    evil = Grade("=1+1", "<script>.ipynb", "", grading.ERROR, 0, "<b>@")
    assert "'=1+1" in table.as_csv([evil], Grade)
    assert "<script>" not in table.page([], [evil])


def test_the_command_writes_both_tables_and_the_page(tmp_path, capsys):
    (tmp_path / "in" / "anna").mkdir(parents=True)
    (tmp_path / "in" / "anna" / "x.ipynb").write_text(json.dumps({"cells": notebook(
        "answer = 1024", 'exercises.check("00.1", answer)')}))
    (tmp_path / "in" / "ben.ipynb").write_text("{")
    assert main(["grade", str(tmp_path / "in"), "--into",
                 str(tmp_path / "grades.csv")]) == 0
    with open(tmp_path / "grades.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["student"], r["exercise"], r["state"]) for r in rows] == [
        ("anna", "00.1", "wrong"), ("anna", "00.2", "not attempted"),
        ("anna", "00.3", "not attempted"), ("ben", "", "error")]
    assert "Each pixel of y has two" in (tmp_path / "grades-class.csv").read_text()
    assert "is damaged" in (tmp_path / "grades-class.html").read_text()


@pytest.mark.parametrize("arguments, says", [
    (["nowhere", "--into", "x.csv"], "is no folder"),
    ([".", "--into", "nowhere/x.csv"], "make it first"),
    ([".", "--into", "x.csv", "--seconds", "0"], "at least a second"),
    ([".", "--into", "x.csv", "--lesson", "99"], "There is no lesson 99"),
    ([".", "--into", "x.csv"], "There is no notebook")])
def test_bad_input_to_the_command_costs_a_sentence(arguments, says, tmp_path,
                                                   monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["grade", *arguments])
    assert says in capsys.readouterr().err and not list(tmp_path.iterdir())
