"""Facts about kept trainings: only the very same one comes back, and whole."""

import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_lib.training import checkpoints, fit, kept
from course_lib.training.fingerprints import fingerprint
from tests.toys import (
    Line,
    LinearGaussian,
    NoisyGaussian,
    PlaneCycleGAN,
    TwoClouds,
    made,
    same,
)

HOW = {"steps": 12, "batch_size": 4, "device": "cpu", "average": 0.9,
       "schedule": "cosine", "progress": False}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of kept trainings for each test, with none in it."""
    monkeypatch.setattr(kept, "kept_folder", lambda: tmp_path / "kept")
    monkeypatch.delenv("COURSE_KEEP", raising=False)
    return tmp_path / "kept"


@pytest.fixture
def taken(monkeypatch):
    """The steps that trainings of this test really took."""
    steps, advance = [], kept.TrainingRun.advance

    def counted(run):
        steps.append(run.history.steps)
        advance(run)

    monkeypatch.setattr(kept.TrainingRun, "advance", counted)
    return steps


def train(kind=NoisyGaussian, world=None, seed=0, **options):
    """Return a model of weights of a seed, trained under a name, and its history."""
    model = made(kind, seed)
    history = fit(model, world or Line(), **HOW | {"keep": "line"} | options)
    return model, history


@pytest.mark.parametrize(("kind", "world"), [
    (LinearGaussian, Line()), (NoisyGaussian, Line()), (PlaneCycleGAN, TwoClouds())])
def test_the_same_training_comes_back_to_the_bit_after_three_steps(kind, world, taken):
    model, history = train(kind, world)
    again, same_history = train(kind, world)
    assert taken == [*range(12), 0, 1, 2]
    assert same(model, again) and history == same_history
    assert not again.training and all(p.grad is None for p in again.parameters())


def test_a_kept_training_leaves_the_random_numbers_that_a_live_one_leaves(taken):
    drawn = []
    for _ in range(2):
        train(seed=5)
        drawn.append((torch.rand(3), np.random.get_state()[1].sum()))
    assert len(taken) == 15
    assert torch.equal(drawn[0][0], drawn[1][0]) and drawn[0][1] == drawn[1][1]


class Steeper(Line):
    """Another line from some batch on."""

    def __init__(self, slope=1.0):
        self.slope = slope

    def batch(self, n, split="train", seed=None):
        x, y = super().batch(n, split, seed)
        return x, y * self.slope


def test_one_name_for_two_trainings_keeps_both(taken, folder):
    trained = [train(world=Steeper(slope))[0] for slope in (1.0, 3.0, 1.0, 3.0)]
    assert len(taken) == 12 + 12 + 3 + 3
    assert same(trained[0], trained[2]) and same(trained[1], trained[3])
    assert len([*folder.iterdir()]) == 2


@pytest.mark.parametrize("change", [
    {"seed": 1}, {"steps": 11}, {"lr": 1e-3}, {"average": 0.8}, {"clip": 1.0},
    {"world": Steeper(1.000001)}, {"kind": LinearGaussian}],
    ids=lambda change: next(iter(change)))
def test_a_training_that_differs_in_anything_is_a_live_one(change, taken):
    train()
    before = len(taken)
    train(**change)
    assert len(taken) - before == change.get("steps", 12)


@pytest.mark.parametrize("part", ["SOURCES", "get_num_threads", "__version__", "node"])
def test_another_library_torch_machine_or_number_of_threads_trains_anew(
        part, taken, monkeypatch):
    train()
    if part == "SOURCES":
        monkeypatch.setattr(kept, "SOURCES", "of other files")
        monkeypatch.setattr(kept, "library_sources", lambda: "of other files")
    elif part == "node":
        monkeypatch.setattr(kept.platform, "node", lambda: "elsewhere")
    else:
        value = "9.9" if part == "__version__" else lambda: 77
        monkeypatch.setattr(torch, part, value)
    train()
    assert len(taken) == 24


def test_files_that_were_edited_since_they_were_loaded_keep_nothing(
        taken, monkeypatch, folder):
    monkeypatch.setattr(kept, "library_sources", lambda: "newer ones")
    train(), train()
    assert len(taken) == 24 and not folder.exists()


def later(factor):
    """A game like another, but for a loss that differs from the sixth step on."""
    class Later(PlaneCycleGAN):
        def maps_loss(self, y, given, step=0):
            loss = super().maps_loss(y, given, step)
            return loss * factor if step > 5 else loss

    return Later


def test_a_loss_of_ones_own_that_changes_later_than_the_live_steps_trains_anew(taken):
    (one, _), (other, _) = (train(later(factor), TwoClouds()) for factor in (1.0, 2.0))
    assert len(taken) == 24 and not same(one, other)
    train(later(2.0), TwoClouds())
    assert len(taken) == 27


def test_other_losses_in_the_live_steps_train_to_the_end(taken, folder, monkeypatch):
    whole, _ = train(LinearGaussian)
    file, = folder.iterdir()
    tensors, about = checkpoints.read(file)
    tensors["loss/model"][2] = np.nextafter(tensors["loss/model"][2].item(), 100.0)
    tensors["weights/mean.weight"] += 1.0
    checkpoints.write(file, tensors, about | {"sum": kept.checksum(tensors)})
    again, _ = train(LinearGaussian)
    assert len(taken) == 24 and same(whole, again)


@pytest.mark.parametrize("harm", ["cut", "bit", "pickle", "other name"])
def test_a_damaged_file_is_trained_anew_and_replaced(harm, taken, folder):
    whole, _ = train()
    file, = folder.iterdir()
    data = bytearray(file.read_bytes())
    if harm == "other name":
        train(seed=1)
        file.write_bytes(next(p for p in folder.iterdir() if p != file).read_bytes())
        del taken[:12]
    else:
        data[-3] ^= 1
        file.write_bytes({"cut": data[:100], "bit": data, "pickle": b"\x80\x05."}[harm])
    again, _ = train()
    assert len(taken) == 24 and same(whole, again)
    train()
    assert len(taken) == 27


def test_a_full_disk_costs_the_file_and_not_the_training(folder, taken, monkeypatch,
                                                         capsys):
    def full(path, tensors, about):
        raise checkpoints.CheckpointError("No space left on device")

    monkeypatch.setattr(kept, "write", full)
    model, history = train(progress=True)
    assert history.steps == 12 and "line, not kept" in capsys.readouterr().err
    assert same(model, train(keep=None)[0])


def test_the_oldest_are_forgotten_where_all_are_too_large(folder, monkeypatch, taken):
    train(seed=0), train(seed=1)
    monkeypatch.setattr(kept, "MOST", sum(file.stat().st_size
                                          for file in folder.iterdir()) + 100)
    for file in folder.iterdir():
        kept.os.utime(file, (1, 1))
    train(seed=0)                                   # asked for, so not the oldest now
    train(seed=2)
    del taken[:]
    train(seed=0), train(seed=2), train(seed=1)
    assert len(taken) == 3 + 3 + 12


class Log(Line):
    """A line that notes how often it was asked."""

    def __init__(self):
        self.asked = 0

    def batch(self, n, split="train", seed=None):
        self.asked += 1
        return super().batch(n, split, seed)


def test_data_that_change_while_they_are_drawn_are_always_drawn(taken):
    asked = []
    for _ in range(2):
        world = Log()
        train(world=world)
        asked.append(world.asked)
    assert len(taken) == 24 and asked[0] == asked[1]


def test_pairs_of_ones_own_are_told_apart_by_all_their_numbers(taken):
    x, y = torch.randn(2, 400, 1)
    other = y.clone()
    other[-1] += 1
    for values in (y, y.clone(), other):
        train(world=TensorDataset(x, values))
    assert len(taken) == 12 + 3 + 12


def test_what_can_only_be_drawn_in_order_is_never_kept(taken, folder):
    x, y = torch.randn(2, 40, 1)
    for _ in range(2):
        train(world=DataLoader(TensorDataset(x, y), batch_size=4))
    assert len(taken) == 24 and not folder.exists()


def test_an_interrupted_training_is_not_kept(taken, folder):
    class Stopping(Line):
        def batch(self, n, split="train", seed=None):
            if len(taken) == 6:
                raise KeyboardInterrupt
            return super().batch(n, split, seed)

    with warnings.catch_warnings(record=True):
        _, history = train(world=Stopping())
    assert history.interrupted and not folder.exists()


def test_the_switch_trains_always_and_writes_nothing(taken, folder, monkeypatch):
    monkeypatch.setenv("COURSE_KEEP", "no")
    train(), train()
    assert len(taken) == 24 and not folder.exists()


def test_the_bar_says_which_of_both_it_was(capsys):
    train(progress=True)
    assert "training line: 100%" in capsys.readouterr().err
    train(progress=True)
    said = capsys.readouterr().err
    assert "line: kept from before, as the first 3 steps gave the same losses" in said


@pytest.mark.parametrize(("options", "kind", "words"), [
    ({"keep": 3}, TypeError, "give the training a name"),
    ({"keep": " "}, ValueError, "1 to 60 characters"),
    ({"keep": "x" * 61}, ValueError, "1 to 60 characters"),
    ({"checkpoint": "run.safetensors"}, ValueError, "give one of them")])
def test_names_that_are_none_are_refused_before_anything_is_trained(options, kind,
                                                                    words, taken):
    with pytest.raises(kind, match=words):
        train(**options)
    assert taken == []


def test_equal_things_have_one_fingerprint_and_others_have_another():
    def add(n):
        return lambda x: x + n

    things = [[], {}, (1, 2), [1, 2], {"a": 1}, {"a": 2}, torch.zeros(2),
              torch.zeros(2, 1), torch.zeros(2).double(), np.zeros(2), add(1), add(2),
              lambda x: x - 1, made(LinearGaussian), made(LinearGaussian, 1),
              torch.relu]
    assert len({fingerprint(thing) for thing in things}) == len(things)
    assert fingerprint(made(LinearGaussian)) == fingerprint(made(LinearGaussian))
    assert fingerprint(add(1)) == fingerprint(add(1))
    with pytest.raises(TypeError):
        fingerprint(iter(open))
