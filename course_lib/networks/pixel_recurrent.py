"""The networks of PixelRNN: memories that walk over the image. Lesson 06.

A masked convolution looks a few pixels back. An LSTM carries along what it saw, so that
one layer reaches all rows above: from row to row (`RowLSTM`), or from diagonal to
diagonal (`DiagonalLSTM`). Both are used like `PixelCNNNetwork`.
Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
networks", 2016, section 3.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.networks.cached_recurrent import (
    CachedDiagonalLayer,
    CachedLayer,
    CachedRowLayer,
    RecurrentCache,
)
from course_lib.networks.line_lstm import LineLSTM, skew, unskew
from course_lib.networks.masked import MaskedConvolution
from course_lib.networks.pixel_stacks import PixelStack, shared_out

SHUT = float("-inf")               # a gate that lets nothing through


class RecurrentLayer(nn.Module):
    """What both kinds of layer share: a 1 x 1 convolution of h, and a way around."""

    def __init__(self, width: int, state: int, channels: int, dropout: float):
        super().__init__()
        self.state = state
        self.dropout = nn.Dropout(dropout)
        self.mix = MaskedConvolution(state, width, 1, "B", channels)

    def forward(self, features: Tensor, image: Tensor, condition: Tensor | None
                ) -> Tensor:
        hidden = self.hidden(features, image, condition)
        return features + self.mix(self.dropout(hidden))

    def hidden(self, features: Tensor, image: Tensor, condition: Tensor | None
               ) -> Tensor:
        """Return h at every place, (batch, state, height, width)."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to walk.")


class RowLayer(RecurrentLayer):
    """An LSTM from row to row: a place hears from those next to it in the row above."""

    def __init__(self, width: int, state: int, kernel: int, channels: int,
                 condition_features: int, dropout: float):
        super().__init__(width, state, channels, dropout)
        self.lstm = LineLSTM(width, state, kernel, kernel, channels, condition_features)

    def hidden(self, features: Tensor, image: Tensor, condition: Tensor | None
               ) -> Tensor:
        return self.lstm.walk(self.lstm.gates(features, condition), dim=2)


class DiagonalLayer(RecurrentLayer):
    """Two LSTMs from diagonal to diagonal, and the sum of what they say.

    One comes from the top left: a place hears from its left and from above. The other
    comes from the top right, and is read one row further down: it would have seen
    pixels of its own row that are drawn later. As it sees finished rows alone, it is
    shown the image too: behind mask A, no feature of a row knows the row's last pixel.
    """

    def __init__(self, in_features: int, width: int, state: int, channels: int,
                 condition_features: int, dropout: float):
        super().__init__(width, state, channels, dropout)
        self.left = LineLSTM(width, state, 1, 2, channels, condition_features)
        self.right = LineLSTM(width + in_features, state, 1, 2, 1, condition_features)

    def hidden(self, features: Tensor, image: Tensor, condition: Tensor | None
               ) -> Tensor:
        gates = self.left.gates(features, condition)
        from_left = self.along_diagonals(self.left, gates)
        gates = self.right.gates(torch.cat([features, image], dim=1), condition)
        from_right = self.along_diagonals(self.right, gates.flip(3)).flip(3)
        return from_left + functional.pad(from_right[:, :, :-1], (0, 0, 1, 0))

    def along_diagonals(self, lstm: LineLSTM, gates: Tensor) -> Tensor:
        """Return h at every place; outside of the image all gates are shut."""
        return unskew(lstm.walk(skew(gates, SHUT), dim=3))


class RecurrentStack(PixelStack):
    """What both networks share: a masked convolution, and layers one on the other."""

    cached_layer: Callable[..., CachedLayer]
    layers: nn.ModuleList

    def __init__(self, in_features: int, channels: int, levels: int,
                 width: int | None = None, layers: int = 3, **options: Any):
        super().__init__(in_features, channels, levels, width, layers, **options)
        self.state = shared_out(None, channels, max(1, self.width // 2))
        self.first = MaskedConvolution(in_features, self.width, self.kernels[0], "A",
                                       channels)
        self.layers = nn.ModuleList(self.layer() for _ in range(layers))

    def layer(self) -> RecurrentLayer:
        """Return one more layer."""
        raise NotImplementedError(f"{type(self).__name__} does not say its layers.")

    def forward(self, features: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the logits of every value, each from what is drawn before it."""
        image, features = features, self.first(features)
        for layer in self.layers:
            features = layer(features, image, condition)
        return self.logits(features)

    def cache(self, batch: int, width: int) -> RecurrentCache:
        """Return what computes the same, one value after the other."""
        return RecurrentCache(self, self.cached_layer, batch, width)


class RowLSTM(RecurrentStack):
    """Memories that walk down the image: what is above, in a triangle.

        x x x x x x x .      with one layer, and kernels of 3: each row further up is
        . x x x x x . .      seen one pixel further to the right, and to the left.
        . . x x o . . .      More layers reach further to the left, a larger
                             `first_kernel` to both sides.

    kernel: odd; of both convolutions of each LSTM
    The other arguments are those of `PixelCNNNetwork`, but three layers unless it is
    said; a memory has half as many features as `width`, as in the paper. Lesson 06.
    """

    cached_layer = CachedRowLayer

    def layer(self) -> RowLayer:
        return RowLayer(self.width, self.state, self.kernels[1], self.channels,
                        self.condition_features, self.dropout)


class DiagonalLSTM(RecurrentStack):
    """Memories that come down from both upper corners: all that is drawn before.

    The arguments are those of `RowLSTM`; there is no `kernel`, as each place hears from
    two neighbours. Lesson 06.
    """

    cached_layer = CachedDiagonalLayer

    def __init__(self, in_features: int, channels: int, levels: int,
                 first_kernel: int = 3, **options: Any):
        super().__init__(in_features, channels, levels, kernel=1,
                         first_kernel=first_kernel, **options)

    def layer(self) -> DiagonalLayer:
        return DiagonalLayer(self.in_features, self.width, self.state, self.channels,
                             self.condition_features, self.dropout)
