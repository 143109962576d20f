"""A training run: its settings, one step of it, and its state as tensors.

All randomness of step t is a function of (seed, t), and the learning rate of t
alone. So a run's state is its weights, averages, optimisers and losses: there is no
random state to save, and no place in the data.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from course_lib.checks import (
    check_choice,
    check_integer,
    check_number,
)
from course_lib.contract import ConditionalModel, Given, size_of, to_device
from course_lib.training.averaging import WeightAverage
from course_lib.training.checkpoints import (
    CheckpointError,
    Tensors,
    check_model,
    part,
    under,
)
from course_lib.training.history import History, Recorder
from course_lib.training.processes import Processes
from course_lib.training.turns import Turn, check_players

# Reading a loss from a GPU makes the processor wait for it: not at every step.
READ_EVERY = {"cpu": 1, "mps": 1, "cuda": 20}

# The learning rate at `step` of `steps`, as a part of the one asked for.
SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "constant": lambda step, steps: 1.0,
    "cosine": lambda step, steps: (1 + math.cos(math.pi * step / steps)) / 2,
    "warmup-cosine": lambda step, steps: (min(1.0, (step + 1) / (0.05 * steps))
                                          * SCHEDULES["cosine"](step, steps)),
}


@dataclass(frozen=True)
class Settings:
    """What makes a run the run it is; `fit` says what each means."""

    steps: int
    batch_size: int
    lr: float
    precision: str
    average: float | None
    clip: float | None
    schedule: str
    seed: int

    def __post_init__(self):
        check_integer("steps", self.steps, 1)
        check_integer("batch_size", self.batch_size, 1)
        check_number("lr", self.lr, 0, math.inf, open_low=True)
        check_choice("precision", self.precision, ["fp32", "bf16"])
        if self.average is not None:
            check_number("average", self.average, 0, 0.999999)
        if self.clip is not None:
            check_number("clip", self.clip, 0, math.inf, open_low=True)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_integer("seed", self.seed, 0, 2**63 - 1)


class TrainingRun:
    """A model in training. It is on its device, in training mode, and stays whole:
    between two calls of `advance` every player has had its turn."""

    def __init__(self, model: ConditionalModel, world, settings: Settings,
                 device: torch.device, processes: Processes):
        players = check_players(model)
        self.model, self.world, self.settings = model, world, settings
        self.device, self.processes = device, processes
        self.options = {player.name: player.options for player in players}
        self.first_batch = [float(tensor.double().mean()) if tensor.numel() else 0.0
                            for tensor in tensors_of(self.draw_batch(0))]
        model.to(device).train()
        self.turns = [Turn(model, player, lr=settings.lr, clip=settings.clip,
                           precision=settings.precision, device=device,
                           processes=processes) for player in players]
        self.average = (None if settings.average is None
                        else WeightAverage(model, settings.average))
        self.history = History({player.name: [] for player in players},
                               device=str(device))
        self.recorder = Recorder(self.history, READ_EVERY[device.type], device)

    @property
    def is_over(self) -> bool:
        return self.history.steps >= self.settings.steps

    def advance(self) -> None:
        """Take one step: every player's turn on one batch, then the average."""
        step, settings = self.history.steps, self.settings
        scale = SCHEDULES[settings.schedule](step, settings.steps)
        x, y = (to_device(self.processes.share(part), self.device)
                for part in self.draw_batch(step))
        torch.manual_seed(mixed("noise", settings.seed, step, self.processes.rank))
        for turn in self.turns:
            loss, norm = turn.differentiate(y, x, step)
            self.recorder.add(step, turn.name, loss, norm)
            turn.step(scale, self.recorder.spoiled)
        if self.average is not None:
            self.average.update(step + 1)
        self.history.steps += 1

    def draw_batch(self, step: int) -> tuple[Given, Tensor]:
        """Return (x, y), the batch of a step, all processes' shares together."""
        size = self.settings.batch_size
        pair = self.world.batch(size, split="train",
                                seed=mixed("batch", self.settings.seed, step))
        sizes = [size_of(tensors) for tensors in pair if tensors is not None]
        if len(pair) != 2 or set(sizes) != {size}:
            raise ValueError(f"The world's batch({size}) holds {sizes} examples; it "
                             f"must return (x, y), {size} of each.")
        return pair

    def release(self) -> None:
        """Drop the gradients and leave training mode."""
        for turn in self.turns:
            turn.clear()
        self.model.eval()

    def finish(self) -> None:
        """Give the model its averaged weights, if there are any, and one truth about
        its buffers, which processes may have filled from different shares."""
        self.processes.copy_from_first(self.model.buffers())
        if self.average is not None:
            self.average.apply()

    def state(self) -> tuple[Tensors, dict]:
        """Return all that the rest of the run depends on, and a description of it."""
        self.recorder.read()
        tensors = under("weights", self.model.state_dict())
        if self.average is not None:
            tensors |= under("average", self.average.average)
        for turn in self.turns:
            for i, state in turn.optimiser.state_dict()["state"].items():
                tensors |= under(f"optimiser/{turn.name}/{i}", state)
            losses = self.history.losses[turn.name]
            tensors[f"loss/{turn.name}"] = torch.tensor(losses, dtype=torch.float64)
        return tensors, self.about()

    def about(self) -> dict:
        """Return what the run is, in words and numbers."""
        about = {"model": type(self.model).__name__, "step": self.history.steps,
                 "seconds": self.history.seconds, "players": self.options,
                 "world": type(self.world).__name__, "first batch": self.first_batch,
                 "settings": asdict(self.settings)}
        return json.loads(json.dumps(about))            # as it will come back

    def restore(self, tensors: Tensors, about: dict) -> None:
        """Continue from what `state` returned; see `check_same_run` first."""
        self.model.load_state_dict(part("weights", tensors))
        for name, average in part("average", tensors).items():
            self.average.average[name].copy_(average)
        for turn in self.turns:
            saved, state = part(f"optimiser/{turn.name}", tensors), {}
            for name, tensor in saved.items():
                i, _, key = name.partition("/")
                state.setdefault(int(i), {})[key] = tensor
            groups = turn.optimiser.state_dict()["param_groups"]
            turn.optimiser.load_state_dict({"state": state, "param_groups": groups})
            self.history.losses[turn.name] = tensors[f"loss/{turn.name}"].tolist()
        self.history.steps, self.history.seconds = about["step"], about["seconds"]


def check_same_run(path: str | Path, tensors: Tensors, about: dict,
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
    means = about["first batch"], now["first batch"]
    if len(means[0]) != len(means[1]) or not all(
            math.isclose(*pair, rel_tol=1e-4, abs_tol=1e-6)
            for pair in zip(*means, strict=True)):
        raise CheckpointError(f"{path} is of a run on another {now['world']}: its "
                              f"first batch differs; give the same world, or another "
                              f"path.")


def mixed(*parts: str | int) -> int:
    """Return a seed, from 0 to 2**63 - 1, that looks random and depends on all parts.

    Sums will not do: seed 0 at step 1 would be seed 1 at step 0."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def tensors_of(pair: tuple[Given, Tensor]) -> list[Tensor]:
    """Return the tensors of a batch (x, y) in a fixed order."""
    x, y = pair
    if isinstance(x, dict):
        return [*(x[name] for name in sorted(x)), y]
    return [y] if x is None else [x, y]
