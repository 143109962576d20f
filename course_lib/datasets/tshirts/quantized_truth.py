"""The truth about cells: the exact probability mass of quantised pictures.

    P(cells | x) = Σₖ P(k | x) Πᵢ P(cellᵢ | k, x)        the truth
    Q(cells | x) = Πᵢ Σₖ P(k | x) P(cellᵢ | k, x)        its pixels, independent

where P(cellᵢ | k, x) is the mass of N(modeₖ,ᵢ(x), σ²) in the cell of pixel i.
What a softmax model learns is compared with these. Lesson 02.
"""

from copy import deepcopy

import torch
from torch import Tensor

from course_lib.checks import check_type
from course_lib.contract import Given
from course_lib.datasets.true_model import TrueModel
from course_lib.distributions.quantization import Codebook, Quantizer


class QuantizedTruth(TrueModel):
    """A truth about cells: y is chroma going in and coming out, log_prob is the
    log-probability of y's cells.

    exact:    the truth, or its independent relative: the best independent softmax
    codebook: a `Quantizer` that cuts as many channels as y has
    """

    def __init__(self, exact: TrueModel, codebook: Codebook):
        super().__init__(exact.world)
        self.exact = type(exact)(exact.world)     # that of the world stays where it is
        codebook, channels = check_quantizer(codebook), self.y_shape[0]
        if codebook.channels != channels:
            raise ValueError(f"{codebook!r} cuts {codebook.channels} channels and y "
                             f"has {channels}; make both agree.")
        self.codebook = deepcopy(codebook)        # that of a model stays where that is

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.snap(self.exact.draw(given, n, batch))

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        return self.exact.mixed(self.cell_log_probabilities(y, x), x)

    def cell_log_probabilities(self, y: Tensor, x: Tensor) -> Tensor:
        """Return log P(cell of yᵢ | modeₖ), (batch, modes, h, w)."""
        cells = self.codebook.encode(y)
        modes = self.world.modes(x).movedim(2, -1)           # (batch, modes, h, w, c)
        colors, which = distinct(modes.flatten(0, 3))
        table = self.codebook.log_probabilities(colors, self.world.noise)
        cells = cells.unsqueeze(1).expand(modes.shape[:-1])
        return table[which.view(cells.shape), cells]

    def snap(self, y: Tensor) -> Tensor:
        """Return y with every pixel moved to the value that stands for its cell."""
        return self.codebook.decode(self.codebook.encode(y))


def check_quantizer(codebook: Codebook) -> Quantizer:
    """Return the codebook if the mass of its cells is known; raises TypeError if not.
    """
    return check_type("codebook", codebook, Quantizer,
                      "a Quantizer, as the mass of its cells is known")


def distinct(colors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the different rows of (n, channels), and for each row which it is, (n,).

    One pass for each different row: a world has three colors and millions of pixels,
    and `unique` would sort them all.
    """
    which = torch.full(colors.shape[:1], -1, device=colors.device)
    found = []
    while (missing := which < 0).any():
        color = colors[missing.byte().argmax()]
        same = missing
        for channel, value in enumerate(color):
            same = same & (colors[:, channel] == value)
        which[same] = len(found)
        found.append(color)
    return torch.stack(found), which
