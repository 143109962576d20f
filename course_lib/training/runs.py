"""A training run: its settings, one step of it, and its state as tensors.

All randomness of step t is a function of (seed, t), and the learning rate of t
alone. So a run's state is its weights, averages, optimisers and losses: there is no
random state to save, and no place in the data (see `sources` for those of one's own).
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from course_lib.checks import check_choice, check_integer, check_number
from course_lib.contract import (
    ConditionalModel,
    Given,
    SomeGiven,
    device_of,
    map_tensors,
    seed_generators,
    seeded,
    to_device,
)
from course_lib.training.averaging import WeightAverage
from course_lib.training.checkpoints import About, Tensors, part, under
from course_lib.training.history import History, Recorder
from course_lib.training.processes import Processes
from course_lib.training.rollback import Rollback, uninterrupted
from course_lib.training.sources import Batches, Data, Pair, check_batch, source_of
from course_lib.training.turns import Turn, check_players

READ_EVERY = 20                      # steps, where losses are on a GPU

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

    def __post_init__(self) -> None:
        for name, *span in ("steps", 1), ("batch_size", 1), ("seed", 0, 2**63 - 1):
            number = check_integer(name, getattr(self, name), *span)
            object.__setattr__(self, name, number)
        check_number("lr", self.lr, 0, math.inf, open_low=True)
        check_choice("precision", self.precision, ["fp32", "bf16"])
        if self.average is not None:
            check_number("average", self.average, 0, 0.999999)
        if self.clip is not None:
            check_number("clip", self.clip, 0, math.inf, open_low=True)
        check_choice("schedule", self.schedule, SCHEDULES)


class TrainingRun:
    """A model in training. It stays whole: a step is taken by all players or by none.

    Made, it has only looked at the model, which `begin` moves to its device and puts
    in training mode."""

    def __init__(self, model: ConditionalModel, data: Data, settings: Settings,
                 device: torch.device, processes: Processes):
        self.model, self.settings = model, settings
        self.device, self.processes = device, processes
        self.players = check_players(model)
        self.source, self.world = source_of(data, model), type(data).__name__
        self.history = History({player.name: [] for player in self.players},
                               device=str(device))
        first = self.draw_batch(0)
        self.first_batch = means_of(first)
        self.first: Pair | None = processes.share(*first)
        self.home = device_of(model)
        self.modes = [(module, module.training) for module in model.modules()]
        self.turns: list[Turn] = []
        self.average: WeightAverage | None = None
        self.recorder = Recorder(self.history, device)

    def begin(self, tensors: Tensors | None = None, about: About | None = None) -> None:
        """Make the model and its optimisers ready, and continue from what `state`
        returned, where that is given; see `check_same_run` first."""
        settings, model = self.settings, self.model.to(self.device).train()
        self.turns = [Turn(model, player, lr=settings.lr, clip=settings.clip,
                           precision=settings.precision, device=self.device,
                           processes=self.processes) for player in self.players]
        if settings.average is not None:
            self.average = WeightAverage(model, settings.average)
        if tensors is not None and about is not None:
            self.restore(tensors, about)
        moved = [tensor for turn in self.turns[:-1]
                 for parameter, state in turn.optimiser.state.items()
                 for tensor in (parameter, *state.values())]
        if not self.recorder.on_cpu:
            # With this, 0 or 1, AdamW takes a step or none, without a look at it.
            self.turns[-1].optimiser.found_inf = self.recorder.diverged
            moved += self.average.average.values() if self.average else []
        self.rollback = Rollback(model, moved)

    @property
    def is_over(self) -> bool:
        return self.history.steps >= self.settings.steps

    def advance(self) -> None:
        """Take one step, or leave all as it was before it."""
        step = self.history.steps
        self.rollback.keep()
        try:
            self.take_turns(step)
        except BaseException:
            if self.history.steps == step:
                self.rollback.put_back()
                self.recorder.forget(step)
            raise
        if self.history.steps % READ_EVERY == 0 or self.is_over:
            self.recorder.read()

    def take_turns(self, step: int) -> None:
        """Let every player take its turn on one batch, then update the average.

        On a GPU all of this is only asked for, and takes place later. Where a loss
        turns out NaN, the last player's step does nothing and the rest is put back, in
        this step and in those that follow until somebody reads the losses."""
        settings = self.settings
        scale = SCHEDULES[settings.schedule](step, settings.steps)
        batch = self.first or self.processes.share(*self.draw_batch(step))
        x, y = sent(batch[0], self.device), sent(batch[1], self.device)
        self.first = None
        seed_generators(mixed("noise", settings.seed, step, self.processes.rank),
                        self.device)
        *_, last = self.turns
        for turn in self.turns:
            self.recorder.add(turn.name, *turn.differentiate(y, x, step))
            if turn is not last:
                turn.step(scale)
        with uninterrupted():
            last.step(scale)
            if self.average is not None:
                self.average.update(step + 1)
            if not self.recorder.on_cpu:
                self.rollback.put_back(only_if=self.recorder.diverged)
            self.history.steps += 1

    def draw_batch(self, step: int) -> Pair:
        """Return (x, y), the batch of a step, all processes' shares together."""
        seed, size = mixed("batch", self.settings.seed, step), self.settings.batch_size
        with seeded(seed):              # for data that ask torch for random numbers
            batch = self.source.batch(size, split="train", seed=seed)
        of_own_size = isinstance(self.source, Batches)
        return check_batch(batch, None if of_own_size else size, self.model)

    def release(self) -> None:
        """Drop the gradients and leave training mode; a model that failed in its first
        step is put back where, and in the mode, it was."""
        for turn in self.turns:
            turn.optimiser.zero_grad()
        self.model.eval()
        if self.history.steps == 0 and not self.history.interrupted:
            self.model.to(self.home)
            for module, mode in self.modes:
                module.training = mode

    def finish(self) -> None:
        """Give the model its averaged weights, if there are any, and one truth about
        its buffers, which processes may have filled from different shares."""
        self.processes.copy_from_first(self.model.buffers())
        if self.average is not None:
            self.average.apply()

    def memory(self) -> Tensors:
        """Return what training keeps beside the model, each tensor by its name."""
        names: dict[Tensor, str] = {
            parameter: name for name, parameter in self.model.named_parameters()}
        kept = under("average", self.average.average) if self.average else {}
        for turn in self.turns:
            for parameter, state in turn.optimiser.state.items():
                kept |= under(f"optimiser/{names[parameter]}", state)
        return kept

    def state(self) -> tuple[Tensors, About]:
        """Return all that the rest of the run depends on, and a description of it."""
        losses = {player: torch.tensor(taken, dtype=torch.float64)
                  for player, taken in self.history.losses.items()}
        weights = under("weights", self.model.state_dict())
        return weights | self.memory() | under("loss", losses), self.about()

    def about(self) -> About:
        """Return what the run is, in words and numbers."""
        about = {"model": type(self.model).__name__, "step": self.history.steps,
                 "seconds": self.history.seconds,
                 "players": {player.name: player.options for player in self.players},
                 "world": self.world, "first batch": self.first_batch,
                 "settings": asdict(self.settings)}
        return json.loads(json.dumps(about))            # as it will come back

    def restore(self, tensors: Tensors, about: About) -> None:
        """Continue from what `state` returned."""
        self.model.load_state_dict(part("weights", tensors))
        for name, tensor in self.memory().items():
            tensor.copy_(tensors[name])
        for player, losses in part("loss", tensors).items():
            self.history.losses[player] = losses.tolist()
        self.history.steps, self.history.seconds = about["step"], about["seconds"]
        self.first = None
        if isinstance(self.source, Batches) and not self.is_over:
            for step in range(1, self.history.steps):
                self.draw_batch(step)


def mixed(*parts: str | int) -> int:
    """Return a seed, from 0 to 2**63 - 1, that looks random and depends on all parts.

    Sums will not do: seed 0 at step 1 would be seed 1 at step 0."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def sent(given: SomeGiven, device: torch.device) -> SomeGiven:
    """Return `given` on the device, to which it travels while a GPU still computes."""
    if device.type != "cuda":
        return to_device(given, device)
    return map_tensors(lambda tensor: tensor.to(device) if tensor.is_cuda
                       else tensor.pin_memory().to(device, non_blocking=True), given)


def means_of(pair: Pair) -> list[float]:
    """Return the mean of each tensor of a batch (x, y), in a fixed order."""
    return [float(tensor.double().mean()) if tensor.numel() else 0.0
            for part in pair for tensor in tensors_in(part)]


def tensors_in(given: Given) -> list[Tensor]:
    """Return the tensors of what is given, in a fixed order."""
    if isinstance(given, Mapping):
        return [tensor for name in sorted(given) for tensor in tensors_in(given[name])]
    return [] if given is None else [given]
