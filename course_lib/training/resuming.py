"""Whether a run may begin or continue, before anything is trained."""

import math
import os
from pathlib import Path

from course_lib.checks import check_integer
from course_lib.training.checkpoints import (
    About,
    CheckpointError,
    Tensors,
    check_model,
    part,
    read,
)
from course_lib.training.runs import TrainingRun


def open_checkpoint(path: Path | None, every: int | None,
                    resume: bool) -> tuple[Tensors, About] | None:
    """Return what the file holds if there is one to continue from, else None.

    Raises ValueError or CheckpointError, in a sentence, before anything is trained."""
    if every is not None:
        check_integer("checkpoint_every", every, 1)
    if path is None:
        if every is not None or resume:
            raise ValueError("checkpoint_every and resume need a file; give "
                             "checkpoint=\"model.safetensors\" too.")
        return None
    if os.path.exists(path) and not resume:
        raise CheckpointError(f"{path} exists; continue that run with resume=True, or "
                              f"delete the file to begin again.")
    try:
        return read(path) if resume else None
    except FileNotFoundError:
        return None


def check_same_run(path: Path, tensors: Tensors, about: About,
                   run: TrainingRun) -> None:
    """Raise CheckpointError, in a sentence, unless `run` can continue from a file."""
    check_model(path, tensors, about, run.model)
    if "settings" not in about:
        raise CheckpointError(f"{path} holds weights alone, so that no training can "
                              f"continue from it; use checkpoints.load(model, path).")
    now, settings = run.about(), dict(about["settings"])
    if settings["schedule"] == "constant":          # then more steps change no step
        settings["steps"] = run.settings.steps
    if about["step"] > run.settings.steps:
        raise CheckpointError(f"{path} is at step {about['step']} and steps is "
                              f"{run.settings.steps}; give more steps, or another "
                              f"path.")
    before = settings | {name: about[name] for name in ("players", "world")}
    after = now["settings"] | {name: now[name] for name in ("players", "world")}
    odd = [name for name in after if before.get(name) != after[name]]
    if odd:
        changes = ", ".join(f"{name}={before.get(name)!r} (now {after[name]!r})"
                            for name in odd)
        raise CheckpointError(f"{path} is of a run with {changes}; continue with what "
                              f"it had, or give another checkpoint path.")
    trained = {p for player in run.players for p in player.parameters
               if p.requires_grad}
    names = {name for name, p in run.model.named_parameters() if p in trained}
    frozen = {name.rpartition("/")[0] for name in part("optimiser", tensors)} ^ names
    if frozen:
        raise CheckpointError(f"{path} is of a run in which not the same parameters "
                              f"were frozen, {min(frozen)!r} first; freeze what was "
                              f"frozen then.")
    means = about["first batch"], now["first batch"]
    if len(means[0]) != len(means[1]) or not all(
            math.isclose(*pair, rel_tol=1e-4, abs_tol=1e-6) for pair in zip(*means)):
        raise CheckpointError(f"{path} is of a run on another {now['world']}: its "
                              f"first batch differs; give the same world, or another "
                              f"path.")
