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

    def add(self, player: str, loss: Tensor, gradient_norm: Tensor) -> None:
        """Note what a player's turn gave, or raise TrainingDiverged."""
        value, norm = torch.stack([loss.float(), gradient_norm.float()]).tolist()
        if not (math.isfinite(value) and math.isfinite(norm)):
            what = f"loss is {value}" if not math.isfinite(value) else (
                f"loss is {value:.4g} and its gradient {norm}")
            raise TrainingDiverged(
                f"Training stopped at step {self.steps}: player '{player}' has a "
                f"{what}. The model keeps the weights from before; try a lower lr or "
                f"clip=1.0, and look for log(0), sqrt(0) or a division by 0 in that "
                f"loss.")
        self.losses[player].append(value)

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
