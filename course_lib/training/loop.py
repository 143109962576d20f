"""Training: one `fit` for every model of the course, a game of several players too.

    history = fit(model, world, steps=1000)

At every step a batch is drawn from the world, and the model's players take turns on
it, each minimising its own loss over its own parameters.
"""

import time
import warnings
from pathlib import Path

import torch

from course_lib.checks import check_integer, describe
from course_lib.contract import ConditionalModel, seeded
from course_lib.progress import progress_bar
from course_lib.training import checkpoints
from course_lib.training.checkpoints import CheckpointError
from course_lib.training.devices import choose_device
from course_lib.training.history import History
from course_lib.training.processes import join_processes
from course_lib.training.runs import Settings, TrainingRun, check_same_run


def fit(model: ConditionalModel, world, steps: int = 1000, *, batch_size: int = 64,
        lr: float = 2e-3, device: str | torch.device | None = None,
        precision: str = "fp32", average: float | None = None,
        clip: float | None = None, schedule: str = "constant",
        checkpoint: str | Path | None = None,
        checkpoint_every: int | None = None, resume: bool = False, seed: int = 0,
        progress: bool = True) -> History:
    """Train `model` on pairs of `world` and return the history of its losses.

    The model ends on `device`, in evaluation mode. Ctrl-C ends training early and
    leaves what was learned until then. The same seed gives the same bits on the
    same machine with the same number of threads, on a CPU. A second call goes on from
    the weights of the first with a new Adam; give it another seed, or it sees the same
    batches again. Under `torchrun` all processes train together (see `processes`).

    world:      anything with batch(n, split="train", seed=...) -> (x, y)
    steps:      each is one batch and one turn of every player
    batch_size: examples a step, shared out evenly where several processes train
    lr:         Adam's learning rate; a player's options may say another
    device:     "cpu", "cuda", "mps"; None takes the quickest there is
    precision:  "fp32", or "bf16" for networks in 16-bit floating point (autocast)
    average:    the decay, such as 0.999, of a moving average of the weights, which
                the model then ends with; the raw ones are in the checkpoint
    clip:       the largest norm of a player's gradient
    schedule:   "constant"; "cosine" falls to 0 over `steps`; "warmup-cosine" also
                rises over the first 5 %
    checkpoint: a file to write the run to at its end, and every `checkpoint_every`
                steps; one that exists is never overwritten by a new run
    resume:     continue from `checkpoint` if it exists, with the same settings, and
                begin otherwise; a finished run comes back at once
    seed:       of the batches and of all noise; the model's first weights are its own
    progress:   whether to show a bar

    Raises TrainingDiverged when a loss or its gradient is NaN or infinite, with the
    weights as they were before; CheckpointError, TypeError or ValueError, in a
    sentence, for anything that cannot be trained, the model untouched.
    """
    settings = Settings(steps, batch_size, lr, precision, average, clip, schedule, seed)
    if not hasattr(model, "players"):
        raise TypeError(f"model is {describe(model)}; give a ConditionalModel.")
    if not hasattr(world, "batch"):
        raise TypeError(f"world is {describe(world)}; give one with batch(n, "
                        f"split=..., seed=...), for instance TShirts().")
    device = choose_device(device)
    saved = open_checkpoint(checkpoint, checkpoint_every, resume)
    processes = join_processes(device)
    if batch_size % processes.count:
        raise ValueError(f"batch_size is {batch_size} and {processes.count} processes "
                         f"train; give a multiple of {processes.count}.")

    run = TrainingRun(model, world, settings, device, processes)
    try:
        if saved:
            check_same_run(checkpoint, *saved, run)
            run.restore(*saved)
        with seeded(seed, device):
            train(run, checkpoint, checkpoint_every, progress)
    except KeyboardInterrupt:
        if processes.count > 1:         # the others may be at another step
            raise
        run.history.interrupted = True
    finally:
        run.release()
    run.finish()
    if run.history.interrupted:
        warnings.warn(f"Training was interrupted after {run.history.steps:,} of "
                      f"{steps:,} steps; the model keeps what it had learned by then.",
                      stacklevel=2)
    return run.history


def train(run: TrainingRun, checkpoint: str | Path | None,
          checkpoint_every: int | None, progress: bool) -> None:
    """Take the steps that are left, keeping the bar, the clock and the file."""
    history, total = run.history, run.settings.steps
    started = time.perf_counter() - history.seconds
    with progress_bar(total, history.steps, progress and run.processes.is_first) as bar:
        try:
            while not run.is_over:
                run.advance()
                history.seconds = time.perf_counter() - started
                due = checkpoint_every and history.steps % checkpoint_every == 0
                if checkpoint and (due or run.is_over):
                    write_checkpoint(run, checkpoint)
                show(bar, history)
        finally:
            run.recorder.read()
            for losses in history.losses.values():
                del losses[history.steps:]          # of a step that was not finished
            show(bar, history)


def show(bar, history: History) -> None:
    """Bring the bar up to date, with each player's newest loss."""
    newest = {name: f"{losses[-1]:.4g}" for name, losses in history.losses.items()
              if losses}
    bar.set_postfix(newest, refresh=False)
    bar.update(history.steps - bar.n)


def open_checkpoint(path: str | Path | None, every: int | None, resume: bool):
    """Return what the file holds if there is one to continue from, else None.

    Raises ValueError or CheckpointError, in a sentence, before anything is trained."""
    if every is not None:
        check_integer("checkpoint_every", every, 1)
    if path is None:
        if every is not None or resume:
            raise ValueError("checkpoint_every and resume need a file; give "
                             "checkpoint=\"model.safetensors\" too.")
        return None
    path = checkpoints.check_path(path)
    if path.exists() and not resume:
        raise CheckpointError(f"{path} exists; continue that run with resume=True, or "
                              f"delete the file to begin again.")
    return checkpoints.read(path) if path.exists() else None


def write_checkpoint(run: TrainingRun, path: str | Path) -> None:
    """Let the first process write the run's state, and the others wait for it."""
    state = run.state()
    if run.processes.is_first:
        checkpoints.write(path, *state)
    run.processes.wait()
