"""Facts about checkpoints: a run continues as if nothing had happened, and a file
that is not what it should be changes nothing."""

import errno
import os
import pickle

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from course_lib.contract import Player
from course_lib.training import TrainingDiverged, checkpoints, fit
from course_lib.training.checkpoints import CheckpointError
from tests.toys import (
    Line,
    LinearGaussian,
    NoisyGaussian,
    PlaneCycleGAN,
    Spoiled,
    TwoClouds,
    close,
    made,
    same,
)

settings = {"average": 0.9, "schedule": "cosine", "clip": 1.0, "device": "cpu",
            "progress": False}
plain = {"device": "cpu", "progress": False}
kinds = pytest.mark.parametrize(("kind", "world"), [(NoisyGaussian, Line()),
                                                    (PlaneCycleGAN, TwoClouds())])


class Breakdown(Exception):
    """Something that ends a run from outside."""


class Breaking:
    """A world whose power fails when a batch is asked for once too often."""

    def __init__(self, world, batches):
        self.world, self.left = world, batches

    def batch(self, *args, **options):
        self.left -= 1
        if self.left < 0:
            raise Breakdown
        return self.world.batch(*args, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


@pytest.fixture
def trained(path):
    """The file of a Gaussian's run of ten steps."""
    fit(made(LinearGaussian), Line(), 10, checkpoint=path, **plain)
    return path


@kinds
def test_an_interrupted_run_continues_bit_for_bit(kind, world, path):
    unbroken, broken, resumed = made(kind), made(kind), made(kind, seed=1)
    whole = fit(unbroken, world, 40, **settings)
    saving = settings | {"checkpoint": path, "checkpoint_every": 20}
    breaking = type(world)()
    breaking.batch = Breaking(world, 28).batch
    with pytest.raises(Breakdown):
        fit(broken, breaking, 40, **saving)
    torch.rand(7)                               # the random state is another by now
    history = fit(resumed, world, 40, resume=True, **saving)
    assert same(resumed, unbroken)
    assert history.losses == whole.losses and history.steps == 40


@kinds
def test_more_steps_of_a_finished_run_equal_one_longer_run(kind, world, path):
    unbroken, resumed = made(kind), made(kind)
    fit(unbroken, world, 40, average=0.9, **plain)
    fit(resumed, world, 20, average=0.9, checkpoint=path, **plain)
    fit(resumed, world, 40, average=0.9, checkpoint=path, resume=True, **plain)
    assert same(resumed, unbroken)


def test_resuming_without_a_file_begins_and_with_a_finished_run_trains_no_more(path):
    first, second = made(LinearGaussian), made(LinearGaussian, seed=1)
    fit(first, Line(), 10, checkpoint=path, resume=True, **settings)
    written = path.stat().st_mtime_ns
    history = fit(second, Line(), 10, checkpoint=path, resume=True, **settings)
    assert same(first, second) and history.steps == 10
    assert path.stat().st_mtime_ns == written


def test_a_new_run_never_overwrites_a_file(trained):
    before = trained.read_bytes()
    with pytest.raises(CheckpointError, match=r"exists; continue .* resume=True"):
        fit(made(LinearGaussian), Line(), 10, checkpoint=trained, **plain)
    assert trained.read_bytes() == before


@kinds
def test_a_saved_model_comes_back_to_the_bit(kind, world, path):
    model, other = made(kind), made(kind, seed=1)
    fit(model, world, 3, **plain)
    checkpoints.save(model, path)
    assert checkpoints.load(other, path) is other
    assert same(model, other) and not other.training


def test_a_runs_file_holds_the_averaged_weights_and_the_raw_ones(path):
    model, raw = made(LinearGaussian), made(LinearGaussian)
    fit(model, Line(), 10, checkpoint=path, **settings)
    fit(raw, Line(), 10, **settings | {"average": None})
    loaded = made(LinearGaussian, seed=1)
    assert same(checkpoints.load(loaded, path), model)
    assert same(checkpoints.load(loaded, path, averaged=False), raw)
    assert not same(model, raw)


def test_tied_weights_are_saved_and_come_back_tied(path):
    def tied(seed):
        model = made(LinearGaussian, seed)
        model.again = model.mean
        return model

    model, other = tied(0), tied(1)
    checkpoints.save(model, path)
    assert same(checkpoints.load(other, path), model)
    assert other.again.weight is other.mean.weight


def test_a_file_is_safetensors_and_nothing_is_left_beside_it(trained):
    assert "weights/mean.weight" in load_file(trained)
    assert os.listdir(trained.parent) == [trained.name]


def test_a_write_that_fails_leaves_the_file_from_before(trained, monkeypatch):
    before = trained.read_bytes()

    def full(tensors, name, metadata):
        name.write_bytes(b"half")
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(CheckpointError, match=r"No space .* what was there before"):
        checkpoints.save(made(LinearGaussian), trained)
    assert trained.read_bytes() == before
    assert os.listdir(trained.parent) == [trained.name]


def spoil_truncated(path):
    path.write_bytes(path.read_bytes()[:-20])


def spoil_header(path):
    path.write_bytes(path.read_bytes()[:30])


def spoil_pickle(path):
    path.write_bytes(pickle.dumps({"weights": [1.0]}))


def spoil_torch_save(path):
    torch.save(LinearGaussian().state_dict(), path)


def spoil_empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [spoil_truncated, spoil_header, spoil_pickle,
                                   spoil_torch_save, spoil_empty])
def test_a_damaged_file_or_a_pickle_is_refused_and_the_model_is_as_it_was(spoil,
                                                                          trained):
    spoil(trained)
    model = made(LinearGaussian)
    with pytest.raises(CheckpointError, match=r"is not a checkpoint .* or is damaged"):
        checkpoints.load(model, trained)
    with pytest.raises(CheckpointError, match=r"is not a checkpoint .* or is damaged"):
        fit(model, Line(), 10, checkpoint=trained, resume=True, **plain)
    assert same(model, made(LinearGaussian))


def test_a_checkpoint_of_another_model_or_shape_is_refused(trained):
    with pytest.raises(CheckpointError, match=r"holds a LinearG.* PlaneCycleGAN"):
        checkpoints.load(made(PlaneCycleGAN), trained)
    wider = made(LinearGaussian)
    wider.mean = torch.nn.Linear(2, 1)
    before = wider.mean.weight.clone()
    with pytest.raises(CheckpointError, match=r"shape \(1, 1\) and .* needs \(1, 2\)"):
        checkpoints.load(wider, trained)
    assert torch.equal(wider.mean.weight, before)
    wider.more = torch.nn.Linear(1, 1)
    with pytest.raises(CheckpointError, match="differ in 2 tensors, 'more"):
        checkpoints.load(wider, trained)


def test_there_is_a_sentence_for_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*; train one with"):
        checkpoints.load(made(LinearGaussian), path)


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="is a folder; give the path of a file"):
        fit(made(LinearGaussian), Line(), 3, checkpoint=tmp_path, **plain)


@pytest.mark.parametrize(("name", "words"), [
    ("run.safetensors/run", "cannot be written .Not a directory"),
    ("x" * 250, "cannot be written .File name too long.; give a short name"),
    ("~nobody-of-this-name/run", "is nobody's home folder; write the path in full"),
    (3, "checkpoint is 3; give the path of a file, for instance 'model"),
])
def test_a_place_where_nothing_can_be_written_is_told_before_training(name, words,
                                                                      trained):
    world = Spoiled(bad_batch=0)
    here = trained.parent / name if isinstance(name, str) and name[0] != "~" else name
    with pytest.raises((CheckpointError, TypeError), match=words):
        fit(made(LinearGaussian), world, 3, checkpoint=here, **plain)
    assert world.drawn == 0 and os.listdir(trained.parent) == [trained.name]


def deny(monkeypatch, method):
    """Let every file refuse it, as it refuses users that may not; root always may."""
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(f"pathlib.Path.{method}", denied)


def test_a_finished_run_in_a_read_only_folder_comes_back(trained, monkeypatch):
    first, second = made(LinearGaussian), made(LinearGaussian, seed=1)
    deny(monkeypatch, "touch")
    fit(first, Line(), 10, **plain)
    fit(second, Line(), 10, checkpoint=trained, resume=True, **plain)
    assert same(first, second)
    with pytest.raises(CheckpointError, match="cannot be written .Permission denied"):
        fit(second, Line(), 20, checkpoint=trained, resume=True, **plain)
    assert same(first, second)


def test_a_file_that_may_not_be_read_is_not_called_damaged(trained, monkeypatch):
    deny(monkeypatch, "open")
    with pytest.raises(CheckpointError, match=r"cannot be read \(Permission denied\)"):
        fit(made(LinearGaussian), Line(), 20, checkpoint=trained, resume=True, **plain)
    with pytest.raises(CheckpointError, match="have it made readable to you") as told:
        checkpoints.load(made(LinearGaussian), trained)
    assert "delete" not in str(told.value) and "damaged" not in str(told.value)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    model, loaded = made(LinearGaussian), made(LinearGaussian, seed=1)
    fit(model, Line(), 3, checkpoint="~/runs/one", **plain)
    checkpoints.save(model, "~/runs/two")
    assert sorted(os.listdir(tmp_path / "runs")) == ["one", "two"]
    assert same(checkpoints.load(loaded, "~/runs/one"), model)
    fit(made(LinearGaussian), Line(), 3, checkpoint="~/runs/one", resume=True, **plain)


class Interrupting(TwoClouds):
    """Two clouds, and Ctrl-C where the seventh batch is drawn."""

    drawn = 0

    def batch(self, n, split="train", seed=None):
        self.drawn += 1
        if self.drawn == 7:
            raise KeyboardInterrupt
        return super().batch(n, split, seed)


Interrupting.__name__ = TwoClouds.__name__          # a file remembers the world's name


def test_ctrl_c_writes_what_was_learned_and_the_run_continues_bit_for_bit(path):
    unbroken, broken, resumed = (made(PlaneCycleGAN) for _ in range(3))
    fit(unbroken, TwoClouds(), 20, **settings)
    with pytest.warns(UserWarning, match="by then, and so does the checkpoint"):
        fit(broken, Interrupting(), 20, checkpoint=path, **settings)
    assert same(checkpoints.load(made(PlaneCycleGAN), path), broken)
    fit(resumed, TwoClouds(), 20, checkpoint=path, resume=True, **settings)
    assert same(resumed, unbroken)


def test_a_run_that_diverges_leaves_its_last_good_step_in_the_file(path):
    class Lost(PlaneCycleGAN):
        def critics_loss(self, y, given, step=0):
            return super().critics_loss(y, given, step) * (float("nan") ** (step == 6))

    sound = made(Lost)
    fit(sound, TwoClouds(), 6, **plain)
    with pytest.raises(TrainingDiverged, match="step 6: player 'critics'"):
        fit(made(Lost), TwoClouds(), 20, checkpoint=path, **plain)
    assert same(checkpoints.load(made(Lost, seed=1), path), sound)
    with pytest.raises(TrainingDiverged, match="step 6"):
        fit(made(Lost), TwoClouds(), 20, checkpoint=path, resume=True, **plain)


@pytest.mark.parametrize(("change", "words"), [
    ({"lr": 0.1}, r"lr=0.002 \(now 0.1\)"),
    ({"seed": 1}, r"seed=0 \(now 1\)"),
    ({"batch_size": 8}, r"batch_size=64 \(now 8\)"),
    ({"average": 0.9}, r"average=None \(now 0.9\)"),
    ({"schedule": "cosine", "steps": 10}, r"schedule='constant' \(now 'cosine'\)"),
    ({"steps": 5}, "is at step 10 and steps is 5; give more steps"),
])
def test_a_run_continues_only_with_the_settings_it_had(change, words, trained):
    model = made(LinearGaussian)
    with pytest.raises(CheckpointError, match=words):
        fit(model, Line(), **{"steps": 20, "checkpoint": trained, "resume": True}
            | plain | change)
    assert same(model, made(LinearGaussian))


def test_a_run_continues_only_in_the_world_it_had(trained):
    world = Line()
    world.noise = 0.6
    with pytest.raises(CheckpointError, match="a run on another Line: its first batch"):
        fit(made(LinearGaussian), world, 20, checkpoint=trained, resume=True, **plain)


class Untouchable(LinearGaussian):
    """A model that nobody may move or put in another mode."""

    def to(self, *where, **options):
        raise AssertionError

    train = to


def test_a_refused_resume_does_not_touch_the_model(trained):
    tensors, about = checkpoints.read(trained)
    checkpoints.write(trained, tensors, about | {"model": "Untouchable"})
    model = made(Untouchable)
    with pytest.raises(CheckpointError, match="lr=0.002 .now 0.1."):
        fit(model, Line(), 20, checkpoint=trained, resume=True, lr=0.1, **plain)
    with pytest.raises(CheckpointError, match="is at step 10 and steps is 5"):
        fit(model, Line(), 5, checkpoint=trained, resume=True, **plain)
    assert model.training and same(model, made(LinearGaussian))


def test_no_run_continues_with_other_parameters_frozen_than_before(trained):
    model = made(LinearGaussian)
    model.log_scale.requires_grad_(False)
    with pytest.raises(CheckpointError, match="not the same .* frozen, 'log_scale'"):
        fit(model, Line(), 20, checkpoint=trained, resume=True, **plain)


def test_a_run_continues_where_a_part_of_the_model_is_no_players(path):
    class Half(LinearGaussian):
        def players(self):
            return [Player("mean", [self.mean.weight],
                           lambda y, given, step: self.loss(y, given=given))]

    unbroken, resumed = made(Half), made(Half)
    fit(unbroken, Line(), 20, **plain)
    fit(resumed, Line(), 10, checkpoint=path, **plain)
    fit(resumed, Line(), 20, checkpoint=path, resume=True, **plain)
    assert same(resumed, unbroken)


def test_no_training_continues_from_weights_alone(path):
    checkpoints.save(made(LinearGaussian), path)
    with pytest.raises(CheckpointError, match="holds weights alone"):
        fit(made(LinearGaussian), Line(), 10, checkpoint=path, resume=True, **plain)


@pytest.mark.gpu
@pytest.mark.parametrize("devices", [("gpu", "gpu"), ("gpu", "cpu"), ("cpu", "gpu")])
def test_a_run_on_a_gpu_continues_there_or_on_the_cpu(path, gpu, devices):
    first, second = (gpu if device == "gpu" else device for device in devices)
    unbroken, resumed = made(PlaneCycleGAN), made(PlaneCycleGAN)
    options = {"average": 0.9, "progress": False}
    fit(unbroken, TwoClouds(), 10, device=first, **options)
    fit(resumed, TwoClouds(), 5, checkpoint=path, device=first, **options)
    fit(resumed, TwoClouds(), 10, checkpoint=path, resume=True, device=second,
        **options)
    assert close(unbroken, resumed, 1e-4)
