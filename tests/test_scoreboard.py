"""Facts about the scoreboard: what it holds, and how it goes on where it stopped."""

from pathlib import Path

import pytest

from course_lib.commands import scoreboard as command
from course_lib.commands.pages import SCOREBOARD, between
from course_lib.commands.scoreboard import in_text, lines, main, places
from course_lib.datasets import TShirts
from course_lib.experiments import EXPERIMENTS, scoreboard
from course_lib.experiments.experiment import SHIRTS
from course_lib.experiments.scoreboard import (
    COLUMNS,
    TABLE,
    Entry,
    as_row,
    entries,
    load,
    make,
)
from course_lib.scoring import score
from course_lib.teaching.figures.scoreboard import show_scoreboard

ROOT = Path(__file__).resolve().parents[1]
QUICK = {"scale": 0.002, "examples": 16, "progress": False}


@pytest.fixture
def measured(monkeypatch):
    """The entries that were measured, which is all that is done to them."""
    seen = []

    def measure(entry, steps, examples, seed):
        seen.append((entry.world, entry.model))
        row = dict.fromkeys(COLUMNS, "0.5")
        return row | {"world": entry.world, "model": entry.model, "seed": str(seed),
                      "steps": str(steps), "examples": str(examples),
                      "parameters": "7", "likelihood": "exact"}

    monkeypatch.setattr(scoreboard, "measure", measure)
    return seen


def test_every_model_has_a_row_in_every_world_and_the_truth_comes_first():
    found = entries()
    for world in SHIRTS:
        names = [entry.model for entry in found if entry.world == world]
        assert names[0] == "the truth" and "independent pixels" in names
        assert len(names) == len(set(names))
        assert {e.row for e in EXPERIMENTS.values() if e.row} <= set(names)


def test_a_scoreboard_of_one_world_has_its_rows_alone(tmp_path, measured):
    make(tmp_path / "scores.csv", only="L2, real", **QUICK)
    assert measured == [("real", "L2")]


def test_an_experiment_is_moved_to_striped_shirts_of_its_own_size():
    entry, = (entry for entry in entries("softmax") if entry.world == "stripes")
    world = entry.experiment.world()
    assert (world.pattern, world.size, world.channels) == ("stripes", 16, "a")


def test_an_interrupted_scoreboard_goes_on_where_it_stopped(tmp_path, measured):
    path = tmp_path / "scores.csv"
    make(path, only="L2", **QUICK)
    assert len(measured) == 3
    rows = make(path, only="L", **QUICK)                # L1 and others are new
    assert measured.count(("solid", "L2")) == 1
    assert len(rows) == len(load(path)) == len(measured)


def test_rows_of_other_steps_or_another_seed_are_made_again(tmp_path, measured):
    path = tmp_path / "scores.csv"
    for options in ({}, {"seed": 1}, {"seed": 1, "scale": 0.004}, {"seed": 1,
                    "scale": 0.004, "fresh": True}):
        make(path, only="L2", **QUICK | options)
    assert measured.count(("real", "L2")) == 4 and len(load(path)) == 3


def test_fresh_rows_of_one_model_cost_no_other_model_its_rows(tmp_path, measured):
    path = tmp_path / "scores.csv"
    make(path, only="L", **QUICK)
    before = measured.count(("solid", "L1")), len(load(path))
    make(path, only="L2", fresh=True, **QUICK)
    assert measured.count(("solid", "L2")) == 2
    assert (measured.count(("solid", "L1")), len(load(path))) == before


def test_a_row_that_fails_leaves_the_rows_before_it(tmp_path, monkeypatch, measured):
    quick = scoreboard.measure

    def stop(entry, *rest):
        if entry.world == "real":
            raise KeyboardInterrupt
        return quick(entry, *rest)

    monkeypatch.setattr(scoreboard, "measure", stop)
    path = tmp_path / "scores.csv"
    with pytest.raises(KeyboardInterrupt):
        make(path, only="L2", **QUICK)
    assert [row["world"] for row in load(path)] == ["solid", "stripes"]
    assert [file.name for file in tmp_path.iterdir()] == ["scores.csv"]


def test_a_model_is_really_trained_and_scored(tmp_path):
    rows = scoreboard.make(tmp_path / "scores.csv", only="mixture", **QUICK)
    row = rows[0]
    assert (row["world"], row["steps"]) == ("solid", "1")
    assert float(row["likelihood_gap"]) > 0 and row["space"] == "32x32 ab"


def test_the_row_of_diffusion_has_a_gap_from_a_bound():
    untrained = EXPERIMENTS["diffusion"].build()
    untrained.defaults["steps"] = 2
    row = as_row(Entry("solid", "diffusion"),
                 score(untrained, TShirts(), examples=16, samples=2))
    assert row["likelihood"] == "elbo" and float(row["likelihood_gap"]) > 0


def test_the_truth_is_coherent_and_has_no_gap():
    row = scoreboard.measure(Entry("solid", "the truth"), 0, 32, 0)
    assert float(row["coherence"]) == 1 and abs(float(row["likelihood_gap"])) < 1e-6


def test_the_table_and_the_picture_show_every_row(tmp_path, measured):
    rows = make(tmp_path / "scores.csv", only="L2", **QUICK)
    text = "\n".join(lines(rows))
    assert text.count("| L2 |") == 3 and "**striped shirts**" in text
    assert "L2 0.50" in show_scoreboard(rows).figure.alt


def test_the_command_prints_the_table_and_writes_it_with_its_picture(
        tmp_path, measured, capsys):
    assert main(["--only", "L2", "--into", str(tmp_path / "scores.csv")]) == 0
    assert capsys.readouterr().out.count("| L2 |") == 3
    assert {path.name for path in tmp_path.iterdir()} == {"scores.csv", "scores.png"}


def test_the_command_writes_the_repository_s_own_table_and_picture():
    assert places(None) == (TABLE, ROOT / "docs" / "scoreboard.png")
    assert TABLE == ROOT / "course_lib" / "experiments" / "scoreboard.csv"
    assert len(load()) == len(entries())


def test_the_figures_of_the_docs_are_those_of_the_stored_table():
    page = ROOT / "docs" / "figures.md"
    assert between(page, SCOREBOARD)[1].strip() == "\n".join(lines(load())).strip()


def test_a_table_that_cannot_be_written_is_said_before_anything_is_trained(
        monkeypatch, measured, capsys, tmp_path):
    table = tmp_path / "file" / "scoreboard.csv"
    table.parent.write_text("in the way of a folder")
    monkeypatch.setattr(command, "TABLE", table)
    with pytest.raises(SystemExit):
        main(["--only", "L2"])
    said = " ".join(capsys.readouterr().err.split())
    assert f"{table} cannot be written" in said and "With --into scores.csv" in said
    assert measured == []


def test_a_gap_that_comes_from_a_bound_says_so(measured, tmp_path):
    row, *_ = make(tmp_path / "scores.csv", only="L2", **QUICK)
    assert in_text(row, "likelihood_gap") == "0.5"
    assert in_text(row | {"likelihood": "elbo"}, "likelihood_gap") == "≤ 0.5"


def test_a_file_that_is_no_scoreboard_is_left_alone(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="delete it"):
        make(path, **QUICK)
    assert path.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("arguments, said", [
    (["--only", "plaid"], "no row of the scoreboard has the words 'plaid'"),
    (["--scale", "0"], "scale is 0.0"), (["--examples", "3"], "examples is 3")])
def test_a_scoreboard_that_cannot_be_made_is_refused_in_a_sentence(
        arguments, said, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([*arguments, "--into", str(tmp_path / "scores.csv")])
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
