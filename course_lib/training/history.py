"""What a training run leaves behind: its losses, and how long it took."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor


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
    """Collects losses on the device and reads them there every few steps.

    Reading a number from a GPU makes the processor wait for it, so losses are read
    `every` so many turns. Until then `spoiled` (0 or 1, on the device) keeps every
    optimiser from stepping once anything was NaN or infinite: the weights stay as
    they were before, though the news arrives later. Where every turn is read at once
    there is no need for it, and `spoiled` is None.
    """

    def __init__(self, history: History, every: int, device: torch.device):
        self.history, self.every = history, every
        self.spoiled = None if every == 1 else torch.zeros((), device=device)
        self.unread: list[tuple[int, str, Tensor]] = []

    def add(self, step: int, player: str, loss: Tensor, gradient_norm: Tensor) -> None:
        """Note what one turn gave; may raise what `read` raises."""
        pair = torch.stack([loss.detach().float(), gradient_norm.float()])
        if self.spoiled is not None:
            broken = 1 - pair.isfinite().all().float()
            self.spoiled = torch.maximum(self.spoiled, broken)
        self.unread.append((step, player, pair))
        if len(self.unread) >= self.every:
            self.read()

    def read(self) -> None:
        """Move what was collected into the history, or raise TrainingDiverged."""
        unread, self.unread = self.unread, []
        if not unread:
            return
        pairs = torch.stack([pair for _, _, pair in unread]).tolist()
        for (step, player, _), (loss, norm) in zip(unread, pairs, strict=True):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                what = f"loss is {loss}" if not math.isfinite(loss) else (
                    f"loss is {loss:.4g} and its gradient {norm}")
                raise TrainingDiverged(
                    f"Training stopped at step {step}: player '{player}' has a {what}. "
                    f"The model keeps the weights from before; try a lower lr or "
                    f"clip=1.0, and look for log(0), sqrt(0) or a division by 0 in "
                    f"that loss.")
            self.history.losses[player].append(loss)
