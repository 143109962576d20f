"""A step of training is taken as a whole or not at all."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import torch
from torch import Tensor, nn


class Rollback:
    """What a step changes before its last player moves, as it was before the step:
    the model's saved buffers, and `moved`, the earlier players' tensors.

    A later player's loss is computed after earlier ones have moved, and may turn out
    NaN or be interrupted. The last player moves when nothing can fail any more, so
    that where there is only one no parameter is ever copied. On a GPU nobody waits to
    see whether that is so: see `TrainingRun.take_turns`.
    """

    def __init__(self, model: nn.Module, moved: list[Tensor]):
        self.model, self.moved = model, moved
        saved = model.state_dict()
        self.buffers = [name for name, _ in model.named_buffers() if name in saved]
        self.before = [tensor.detach().clone() for tensor in self.tensors()]

    def tensors(self) -> list[Tensor]:
        """Return what may change; a buffer by its name, as it may be another tensor
        after a step."""
        return [*self.moved, *map(self.model.get_buffer, self.buffers)]

    @torch.no_grad()
    def keep(self) -> None:
        """Remember how all is now."""
        for before, tensor in zip(self.before, self.tensors(), strict=True):
            before.copy_(tensor)

    @torch.no_grad()
    def put_back(self, only_if: Tensor | None = None) -> None:
        """Make all as it was when it was kept; with `only_if`, a number on the device
        that is not to be waited for, only where that is not 0."""
        for before, tensor in zip(self.before, self.tensors(), strict=True):
            tensor.copy_(before if only_if is None
                         else torch.where(only_if != 0, before, tensor))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold a Ctrl-C back until the block is through."""
    if threading.current_thread() is not threading.main_thread():
        yield                           # Ctrl-C reaches the main thread alone
        return
    pressed: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        pressed.append(number)

    handler = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
    if pressed:
        signal.raise_signal(signal.SIGINT)
