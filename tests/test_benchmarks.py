"""Facts about the table of the docs: new figures take the place of old ones."""

from dataclasses import replace

import pytest

from course_lib.commands import benchmarks
from course_lib.commands.benchmarks import mean_and_std, model_rows, sampling_rows
from course_lib.commands.pages import RESULTS, write_into
from course_lib.experiments import EXPERIMENTS

OLD = ("Measured long ago.", ["| L2 | rms | 0.5 |", "| L1 | rms | 0.7 |"])


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "figures.md"
    path.write_text("Before.\n" + "\n".join(RESULTS) + "\nAfter.\n", encoding="utf-8")
    write_into(path, *OLD)
    return path


def test_a_table_is_written_between_the_marks_and_nothing_else_changes(page):
    assert page.read_text(encoding="utf-8") == (
        f"Before.\n{RESULTS[0]}\n\nMeasured long ago.\n\n"
        "| what | figure | measured |\n|---|---|---|\n"
        f"| L2 | rms | 0.5 |\n| L1 | rms | 0.7 |\n\n{RESULTS[1]}\nAfter.\n")


def test_a_figure_measured_again_replaces_the_old_one_and_keeps_the_others(page):
    write_into(page, "Measured now.", ["| L2 | rms | 0.4 |", "| GAN | rms | 0.1 |"])
    rows = [line for line in page.read_text(encoding="utf-8").splitlines()
            if line.startswith("| ")][1:]
    assert rows == ["| L2 | rms | 0.4 |", "| L1 | rms | 0.7 |", "| GAN | rms | 0.1 |"]
    assert "Measured now." in page.read_text(encoding="utf-8")


def test_a_page_without_its_marks_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "figures.md"
    path.write_text("No marks here.", encoding="utf-8")
    with pytest.raises(ValueError, match="leave one pair"):
        write_into(path, *OLD)
    assert path.read_text(encoding="utf-8") == "No marks here."


def test_the_spread_is_the_standard_deviation_of_the_seeds():
    assert mean_and_std([1.0, 2.0, 3.0]) == "2 ± 1"
    assert mean_and_std([0.1234]) == "0.123"


def test_an_experiment_is_measured_on_every_seed_and_its_steps_are_timed(monkeypatch):
    quick = replace(EXPERIMENTS["softmax-10"], steps=1, options={"batch_size": 2},
                    measure=lambda model, world: {"rms": 1})
    monkeypatch.setattr(benchmarks, "EXPERIMENTS", {"softmax-10": quick})
    assert list(model_rows(2, "L1")) == []
    measured, timed = model_rows(2, "softmax-10")
    assert measured == (quick.title, "rms", "1 ± 0")
    assert timed[:2] == (quick.title, "seconds for 1 steps")


def test_what_samples_cost_is_said_of_what_draws_pixel_by_pixel(monkeypatch):
    names = ["l1", "pixelcnn-boxes"]
    monkeypatch.setattr(benchmarks, "EXPERIMENTS", {n: EXPERIMENTS[n] for n in names})
    monkeypatch.setattr(benchmarks, "DRAWN", 2)
    rows = list(sampling_rows())
    assert [row[0] for row in rows] == [EXPERIMENTS[name].title for name in names[1:]]
    assert {row[1] for row in rows} == {"s for 2 images, naive / cached"}
    assert all(float(row[2].split(" ")[k]) > 0 for row in rows for k in (0, 2))


def test_no_seed_at_all_is_refused_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        benchmarks.main(["--seeds", "0"])
    assert "--seeds is 0; give at least 1." in capsys.readouterr().err
