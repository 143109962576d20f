"""What a training run leaves behind: its losses, and how long it took."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_lib.training.rollback import uninterrupted


class TrainingDiverged(FloatingPointError):
    """A loss or a gradient became NaN or infinite; the message says whose and when."""


@dataclass(repr=False)
class History:
    """The record that `fit` returns.

    losses:      of each player, one number a step
    steps:       how many steps were taken, those before a resumption included
    seconds:     what they took
    device:      where
    interrupted: whether Ctrl-C ended the run before its last step
    """

    losses: dict[str, list[float]] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    device: str = "cpu"
    interrupted: bool = False

    def cut(self, steps: int) -> None:
        """Forget all after so many steps."""
        self.steps = steps
        for losses in self.losses.values():
            del losses[steps:]

    def ends(self, player: str) -> tuple[float, float]:
        """Return the player's mean loss over the first and the last 5 % of steps."""
        losses = self.losses[player]
        n = max(1, len(losses) // 20)
        if not losses:
            return math.nan, math.nan
        return sum(losses[:n]) / n, sum(losses[-n:]) / n

    def __repr__(self) -> str:
        ends = [f"{name} {first:.4g} → {last:.4g}" for name in self.losses
                for first, last in [self.ends(name)]]
        how = "interrupted after " if self.interrupted else ""
        return (f"{how}{self.steps:,} steps in {self.seconds:.1f} s on {self.device}: "
                f"{', '.join(ends)}")


class Recorder:
    """Brings losses and norms of gradients from the device into a history.

    To read a number makes a GPU wait, so there they are read every 20 steps. Until
    then `diverged`, a number on the device, is 1 as soon as one of them was NaN or
    infinite, so that nothing needs to be read for the weights to stay as they were.
    """

    def __init__(self, history: History, device: torch.device):
        self.history, self.on_cpu = history, device.type == "cpu"
        self.diverged = torch.zeros((), device=device)
        self.unread: list[tuple[int, str, Tensor]] = []

    def add(self, player: str, loss: Tensor, gradient_norm: Tensor) -> None:
        """Note what a player's turn gave; on a CPU raise TrainingDiverged at once."""
        numbers = torch.stack([loss.float(), gradient_norm.float()])
        self.unread.append((self.history.steps, player, numbers))
        if self.on_cpu:
            self.read()
        else:
            self.diverged.logical_or_(~numbers.isfinite().all())

    def forget(self, step: int) -> None:
        """Drop what was noted of a step that was not taken."""
        self.history.cut(step)
        self.unread = [noted for noted in self.unread if noted[0] < step]

    @uninterrupted()
    def read(self) -> None:
        """Put what was noted into the history, or raise TrainingDiverged, with the
        history as it was before that step."""
        noted, self.unread = self.unread, []
        if not noted:
            return
        numbers = torch.stack([numbers for *_, numbers in noted]).tolist()
        for (step, player, _), (loss, norm) in zip(noted, numbers, strict=True):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self.history.cut(step)
                what = f"loss is {loss}" if not math.isfinite(loss) else (
                    f"loss is {loss:.4g} and its gradient {norm}")
                raise TrainingDiverged(
                    f"Training stopped at step {step}: player '{player}' has a {what}. "
                    f"The model keeps the weights from before; try a lower lr or "
                    f"clip=1.0, and look for log(0), sqrt(0) or a division by 0 in "
                    f"that loss.")
            self.history.losses[player].append(loss)
