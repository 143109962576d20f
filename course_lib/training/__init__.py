"""Training: one `fit` for every model of the course, a game of several players too.

    history = fit(model, world, steps=1000)

The files: `loop` (fit), `runs` (a run: its settings, one step, its state as tensors),
`turns` (a player's turn), `rollback` (a step is whole or not taken), `sources` (pairs
of one's own), `checkpoints`, `resuming` (whether a run may go on from one), `history`,
`averaging`, `processes` (several at once, under torchrun), `devices` and `memory`.
"""

from course_lib.training.checkpoints import CheckpointError
from course_lib.training.history import History, TrainingDiverged
from course_lib.training.loop import fit

__all__ = ["CheckpointError", "History", "TrainingDiverged", "fit"]
