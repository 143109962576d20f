"""Training: one `fit` for every model of the course, a game of several players too.

    history = fit(model, world, steps=1000)

At every step a batch is drawn from the world, and the model's players take turns on
it, each minimising its own loss over its own parameters.
"""

import time
import warnings
from pathlib import Path
from typing import Any

import torch

from course_lib.checks import describe
from course_lib.contract import ConditionalModel, seeded
from course_lib.progress import progress_bar
from course_lib.training import checkpoints
from course_lib.training.devices import choose_device
from course_lib.training.history import History
from course_lib.training.kept import Kept, check_keep
from course_lib.training.memory import keep_freed_memory
from course_lib.training.processes import join_processes
from course_lib.training.resuming import check_same_run, open_checkpoint
from course_lib.training.rollback import uninterrupted
from course_lib.training.runs import Settings, TrainingRun
from course_lib.training.sources import Data


def fit(model: ConditionalModel, world: Data, steps: int = 1000, *,
        batch_size: int = 64, lr: float = 2e-3,
        device: str | torch.device | None = None, precision: str = "fp32",
        average: float | None = None, clip: float | None = None,
        schedule: str = "constant", checkpoint: str | Path | None = None,
        checkpoint_every: int | None = None, resume: bool = False,
        keep: str | None = None, seed: int = 0,
        progress: bool = True) -> History:
    """Train `model` on pairs of `world` and return the history of its losses.

    The model ends on `device`, in evaluation mode. Ctrl-C ends training early and
    leaves what was learned until then: a step is taken by all players or by none. The
    same seed gives the same bits on the same machine with the same number of threads,
    on a CPU. A second call goes on from the weights of the first with a new Adam; give
    it another seed, or it sees the same batches again. Under `torchrun` all processes
    train together (see `processes`). A loss may be compiled before, by
    `model.loss = torch.compile(model.loss)`: a minute lost and a fifth of a step won.

    world:      anything with batch(n, split="train", seed=...) -> (x, y), or pairs of
                your own: a Dataset or a list of (x, y), drawn anew at every step, or
                a DataLoader, a list or another iterable of batches (see `sources`)
    steps:      each is one batch and one turn of every player
    batch_size: examples a step, shared out evenly where several processes train;
                batches of your own keep their size
    lr:         Adam's learning rate; a player's options may say another
    device:     "cpu", "cuda", "mps"; None takes the quickest there is
    precision:  "fp32", or "bf16" for networks in 16-bit floating point (autocast)
    average:    the decay, such as 0.999, of a moving average of the weights, which
                the model then ends with; the raw ones are in the checkpoint
    clip:       the largest norm of a player's gradient
    schedule:   "constant"; "cosine" falls to 0 over `steps`; "warmup-cosine" also
                rises over the first 5 %
    checkpoint: a file to write the run to every `checkpoint_every` steps and at its
                end, also where Ctrl-C, a NaN or another error ends it early (of
                several processes only at its proper end); one that exists is never
                overwritten by a new run
    resume:     continue from `checkpoint` if it exists, with the same settings, and
                begin otherwise; a finished run comes back at once
    keep:       a name for the training: when the very same one is run again on this
                machine, its end comes back after a few steps (see `kept`)
    seed:       of the batches and of all noise; the model's first weights are its own
    progress:   whether to show a bar

    Raises TrainingDiverged when a loss or its gradient is NaN or infinite, with all
    as it was before that step; CheckpointError, TypeError or ValueError, in a
    sentence, for anything that cannot be trained, the model untouched.
    """
    settings = Settings(steps, batch_size, lr, precision, average, clip, schedule, seed)
    if not hasattr(model, "players"):
        raise TypeError(f"model is {describe(model)}; give a ConditionalModel.")
    check_keep(keep, checkpoint)
    device = choose_device(device)
    path = None if checkpoint is None else checkpoints.as_path(checkpoint)
    saved = open_checkpoint(path, checkpoint_every, resume)
    if path and not (saved and saved[1].get("step") == settings.steps):
        checkpoints.check_writable(path)        # a finished run is only read
    run = TrainingRun(model, world, settings, device, join_processes(device))
    if path and saved:
        check_same_run(path, *saved, run)
    keep_freed_memory()
    try:
        run.begin(*saved or ())
        with seeded(settings.seed, device):
            train(run, path, checkpoint_every, progress, keep)
    except KeyboardInterrupt:
        if run.processes.count > 1:     # the others may be at another step
            raise
        run.history.interrupted = True
    finally:
        run.release()
    run.finish()
    done = run.history.steps
    if run.history.interrupted:
        file = ", and so does the checkpoint" if path and done else ""
        warnings.warn(f"Training was interrupted after {done:,} of {settings.steps:,} "
                      f"steps; the model keeps what it had learned by then{file}.",
                      stacklevel=2)
    return run.history


def train(run: TrainingRun, path: Path | None, every: int | None,
          progress: bool, keep: str | None) -> None:
    """Take the steps that are left, keeping the bar, the clock and the file, which
    holds all steps also where something ends the run before its last one."""
    history, total, written = run.history, run.settings.steps, run.history.steps
    kept = Kept(keep, run)
    started = time.perf_counter() - history.seconds
    with progress_bar(total, history.steps, progress and run.processes.is_first) as bar:
        try:
            while not run.is_over:
                run.advance()
                history.seconds = time.perf_counter() - started
                kept.follow(bar)
                show(bar, history)
                if path and every and history.steps % every == 0:
                    run.recorder.read()
                    write_checkpoint(run, path)
                    written = history.steps
        finally:
            try:
                run.recorder.read()
            finally:
                # Of several processes the others may be at another step.
                whole = run.is_over or run.processes.count == 1
                if path and whole and history.steps > written:
                    write_checkpoint(run, path)


def show(bar: Any, history: History) -> None:
    """Bring the bar up to date, with each player's newest loss."""
    newest = {name: f"{losses[-1]:.4g}" for name, losses in history.losses.items()
              if losses}
    bar.set_postfix(newest, refresh=False)
    bar.update(history.steps - bar.n)


def write_checkpoint(run: TrainingRun, path: Path) -> None:
    """Let the first process write the run's state, and the others wait for it."""
    if run.processes.is_first:
        with uninterrupted():
            checkpoints.write(path, *run.state())
    run.processes.wait()
