"""The networks of PixelRNN: memories that walk over the image. Lesson 06.

A masked convolution looks a few pixels back. An LSTM carries along what it saw, so that
one layer reaches all rows above: from row to row (`RowLSTM`), or from diagonal to
diagonal (`DiagonalLSTM`). Both are used like `PixelCNNNetwork`.
Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
networks", 2016, section 3.
"""

from collections.abc import Callable

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

    def __init__(self, width: int, state: int, channels: int, residual: bool,
                 dropout: float):
        super().__init__()
        self.residual, self.state = residual, state
        self.dropout = nn.Dropout(dropout)
        self.mix = MaskedConvolution(state, width, 1, "B", channels)

    def forward(self, features: Tensor, image: Tensor, condition: Tensor | None
                ) -> Tensor:
        out = self.mix(self.dropout(self.hidden(features, image, condition)))
        return features + out if self.residual else out

    def hidden(self, features: Tensor, image: Tensor, condition: Tensor | None
               ) -> Tensor:
        """Return h at every place, (batch, state, height, width)."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to walk.")


class RowLayer(RecurrentLayer):
    """An LSTM from row to row: a place hears from those next to it in the row above."""

    def __init__(self, width: int, state: int, kernel: int, channels: int,
                 residual: bool, condition_features: int, dropout: float):
        super().__init__(width, state, channels, residual, dropout)
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
                 residual: bool, condition_features: int, dropout: float):
        super().__init__(width, state, channels, residual, dropout)
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

    def __init__(self, in_features: int, channels: int, levels: int, width: int | None,
                 layers: int, kernel: int, first_kernel: int, state: int | None,
                 condition_features: int, dropout: float):
        super().__init__(in_features, channels, levels, width, layers, kernel,
                         first_kernel, (1,), condition_features, dropout)
        self.state = shared_out("state", state, channels, max(1, self.width // 2))
        self.first = MaskedConvolution(in_features, self.width, first_kernel, "A",
                                       channels)

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
    state:  features of a memory, a multiple of the channels; the first one from half of
            `width` on, as in the paper, unless it is given
    The other arguments are those of `PixelCNNNetwork`. Lesson 06.
    """

    cached_layer = CachedRowLayer

    def __init__(self, in_features: int, channels: int, levels: int,
                 width: int | None = None, layers: int = 3, kernel: int = 3,
                 first_kernel: int | None = None,
                 state: int | None = None, residual: bool = True,
                 condition_features: int = 0, dropout: float = 0.0):
        super().__init__(in_features, channels, levels, width, layers, kernel,
                         first_kernel or kernel, state, condition_features, dropout)
        self.layers = nn.ModuleList(
            RowLayer(self.width, self.state, kernel, channels, residual,
                     condition_features, dropout) for _ in range(layers))


class DiagonalLSTM(RecurrentStack):
    """Memories that come down from both upper corners: all that is drawn before.

    The arguments are those of `RowLSTM`; there is no `kernel`, as each place hears from
    two neighbours. Lesson 06.
    """

    cached_layer = CachedDiagonalLayer

    def __init__(self, in_features: int, channels: int, levels: int,
                 width: int | None = None, layers: int = 3, first_kernel: int = 3,
                 state: int | None = None,
                 residual: bool = True, condition_features: int = 0,
                 dropout: float = 0.0):
        super().__init__(in_features, channels, levels, width, layers, 1, first_kernel,
                         state, condition_features, dropout)
        self.layers = nn.ModuleList(
            DiagonalLayer(in_features, self.width, self.state, channels, residual,
                          condition_features, dropout) for _ in range(layers))
