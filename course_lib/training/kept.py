"""Kept trainings: what was trained before, in the same way, is not trained again.

    fit(model, world, steps=2000, keep="healthy")

A finished training is written down, and comes back when the very same one is run again:
the same first weights, settings, data, code, machine and number of threads. Even then
the first steps are taken, and their losses must be the stored ones to the bit; where
they are not, or the file is damaged, training simply goes on. COURSE_KEEP=no trains
always, and `make clean` forgets all.
"""

import os
import platform
import re
import sys
from pathlib import Path
from pickle import PicklingError
from typing import Any

import torch

from course_lib.checkout import cache_folder, checkout
from course_lib.checks import check_type, describe
from course_lib.training.checkpoints import (
    About,
    CheckpointError,
    Tensors,
    check_model,
    read,
    write,
)
from course_lib.training.fingerprints import fingerprint, library_sources
from course_lib.training.rollback import uninterrupted
from course_lib.training.runs import TrainingRun
from course_lib.training.sources import Batches

LIVE = 3                           # steps that are taken in any case
MOST = 512 * 2**20                 # bytes of all kept trainings together
SOURCES = library_sources()        # as this process loaded them


def kept_folder() -> Path:
    """Return the folder of kept trainings: in the repository, or in the user's cache
    where there is none."""
    repository = checkout()
    return repository / ".kept" if repository else cache_folder() / "kept"


def check_keep(keep: str | None, checkpoint: object) -> None:
    """Raise TypeError or ValueError, in a sentence, for what is no training's name."""
    if keep is None:
        return
    check_type("keep", keep, str, 'the training a name, for instance keep="healthy"')
    if not 1 <= len(keep.strip()) <= 60:
        raise ValueError(f"keep is {describe(keep)}; give the training a name of 1 to "
                         f"60 characters, for instance keep=\"healthy\".")
    if checkpoint is not None:
        raise ValueError("keep and checkpoint are two ways to keep a training; give "
                         "one of them.")


class Kept:
    """A training in progress under a name, and what an earlier one like it left.

    name: None, for a training that is not to be kept
    run:  before its first step
    """

    path: Path | None = None           # None: nothing is read or written
    earlier: tuple[Tensors, About] | None = None

    def __init__(self, name: str | None, run: TrainingRun):
        self.name, self.run = name, run
        if name is None or not can_be_kept(run):
            return
        try:
            self.lasting = lasting(run)
            self.key = key_of(run, self.lasting)
        except (TypeError, ValueError, AttributeError, RuntimeError, OSError,
                PicklingError):
            return                     # nobody can tell such data from others
        word = re.sub(r"[^\w-]+", "-", name).strip("-")
        self.path = kept_folder() / f"{word}-{self.key[:16]}.safetensors"
        self.earlier = self.read(self.path)

    def follow(self, bar: Any) -> None:
        """After a step: take what is left of the run from the earlier one, or write
        the run down after its last, and let the progress bar say so."""
        steps = self.run.history.steps
        if self.name and steps == 1:
            bar.set_description(f"training {self.name}", refresh=False)
        if self.path is None:
            return
        if steps == LIVE or self.run.is_over:
            self.run.recorder.read()       # what a GPU still holds of the losses
        if self.earlier and steps == LIVE and self.agrees(*self.earlier):
            self.recall(*self.earlier)
            bar.bar_format = "{desc}"
            bar.set_description_str(
                f"{self.name}: kept from before, as the first {LIVE} steps gave the "
                f"same losses", refresh=False)
        elif self.run.is_over:
            try:
                self.write(self.path)
            except (CheckpointError, OSError):
                bar.set_description(f"{self.name}, not kept: no room", refresh=False)

    def read(self, path: Path) -> tuple[Tensors, About] | None:
        """Return what the earlier training left, or None where that is not whole."""
        try:
            tensors, about = read(path)
            check_model(path, tensors, about, self.run.model)
            whole = (about["key"], about["sum"]) == (self.key, checksum(tensors))
            return (tensors, about) if whole else None
        except (CheckpointError, FileNotFoundError, KeyError, TypeError):
            return None

    def agrees(self, tensors: Tensors, about: About) -> bool:
        """Whether the earlier training began with the losses that this one has."""
        return all(tensors[f"loss/{player}"][:LIVE].tolist() == losses
                   for player, losses in self.run.history.losses.items())

    def recall(self, tensors: Tensors, about: About) -> None:
        """End the run as the earlier one ended."""
        with uninterrupted():
            self.run.restore(self.run.memory() | tensors, about)
        if self.path is not None:
            self.path.touch()

    def write(self, path: Path) -> None:
        """Write the finished run down, and forget others where there is no room."""
        if lasting(self.run) != self.lasting:
            return                     # it did more than change weights, as a log does
        tensors, about = self.run.state()
        tensors = {name: tensor.detach().cpu() for name, tensor in tensors.items()
                   if not name.startswith("optimiser/")}
        about |= {"key": self.key, "sum": checksum(tensors)}
        with uninterrupted():
            write(path, tensors, about)
            forget_oldest(path.parent)


def forget_oldest(folder: Path) -> None:
    """Delete what was not asked for for the longest time, down to `MOST` bytes."""
    files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    sizes = [path.stat().st_size for path in files]
    for number, path in enumerate(files):
        if sum(sizes[number:]) > MOST:
            path.unlink(missing_ok=True)


def checksum(tensors: Tensors) -> str:
    """Return the fingerprint of tensors by their names, in whatever order."""
    return fingerprint(*sorted(tensors.items()))


def can_be_kept(run: TrainingRun) -> bool:
    """Whether a training may come from before: one process trains, on batches that
    follow from their seed, and the library is as this process loaded it."""
    wanted = os.environ.get("COURSE_KEEP", "yes").lower() not in ("no", "off", "0")
    return (wanted and run.processes.count == 1 and run.settings.steps > LIVE
            and not isinstance(run.source, Batches) and library_sources() == SOURCES)


def lasting(run: TrainingRun) -> str:
    """Return the fingerprint of what a training leaves as it is: all of its model but
    the weights, and its data."""
    weights = run.model.state_dict(keep_vars=True).values()
    return fingerprint(run.model, run.source, without=weights)


def key_of(run: TrainingRun, lasting: str) -> str:
    """Return the fingerprint of all that decides how a training goes."""
    device = run.device
    machine = [platform.node(), sys.version, torch.__version__, torch.get_num_threads(),
               torch.backends.cpu.get_cpu_capability(), torch.get_default_dtype(),
               torch.get_float32_matmul_precision(), str(device),
               torch.cuda.get_device_name(device) if device.type == "cuda" else None]
    return fingerprint(SOURCES, machine, run.about(), lasting,
                       list(run.model.state_dict().items()))
