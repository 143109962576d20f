"""Tensors of a model that are no weights, and keep their precision. Lessons 02, 08."""

from collections.abc import Callable
from typing import Self

from torch import Tensor, nn


class ExactBuffers(nn.Module):
    """A module whose buffers move with a model and are not rounded by `.half()`."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        exact = dict(self.named_buffers())
        super()._apply(fn, recurse)
        for name, moved in self.named_buffers():
            self._buffers[name] = exact[name].to(moved.device)
        return self
