"""The true p(y | x) of the shirts, in closed form, as models like any other.

    p(y | x) = Σₖ P(k | x) Πᵢ N(yᵢ; modeₖ,ᵢ(x), σ²)          the truth
    q(y | x) = Πᵢ Σₖ P(k | x) N(yᵢ; modeₖ,ᵢ(x), σ²)          its pixels, independent

where k is the dye, i a pixel, and modeₖ the whole dyed picture without its noise.
The sum and the product change places, and that is all that separates a shirt from
confetti. Lessons 00 and 03.
"""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.distributions import Categorical

from course_lib.checks import check_tensor
from course_lib.contract import Given, LikelihoodModel
from course_lib.quantization import Palette, Quantizer

Codebook = Quantizer | Palette


class World(Protocol):
    """What the truth needs to know of a world."""

    noise: float                               # σ, standard deviation of every number
    given_shape: tuple
    y_shape: tuple
    mode_names: tuple[str, ...]

    def check_given(self, x: Tensor) -> Tensor: ...
    def modes(self, x: Tensor) -> Tensor: ...
    def mode_probabilities(self, x: Tensor) -> Tensor: ...


class TrueModel(LikelihoodModel):
    """What the truth and its independent relative have in common: a world, no
    parameters, and checked shapes."""

    def __init__(self, world: World):
        super().__init__()
        self.world = world
        self.given_shape = world.given_shape
        self.y_shape = world.y_shape

    def check_given(self, given: Given) -> Given:
        """Return x, checked by its world, in at least 32-bit precision."""
        return widen(self.world.check_given(given))

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and x, checked, on one device, in at least 32-bit precision."""
        y, x = super().check_pair(y, given)
        return widen(y).to(x.device), x

    def modes(self, x: Tensor) -> Tensor:
        """Return each whole mode, (batch, modes, channels, h, w), in units of y."""
        return self.world.modes(self.check_given(x))

    def mode_probabilities(self, x: Tensor) -> Tensor:
        """Return P(mode | x), (batch, modes); the columns are `mode_names`."""
        return self.world.mode_probabilities(self.check_given(x))

    @property
    def mode_names(self) -> tuple[str, ...]:
        """What the columns of `mode_probabilities` are called."""
        return self.world.mode_names

    def add_noise(self, y: Tensor) -> Tensor:
        """Return y with the world's noise on every number."""
        return y + self.world.noise * torch.randn_like(y)


    def noise_entropy(self) -> float:
        """Return the entropy of the noise on all the numbers of y, in nats."""
        one = 0.5 * math.log(2 * math.pi * math.e * self.world.noise ** 2)
        return math.prod(self.y_shape) * one


class Truth(TrueModel):
    """The exact p(y | x): a mixture of whole dyed pictures. Lesson 00."""

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        modes = self.world.modes(given)
        dye = Categorical(self.world.mode_probabilities(given)).sample((n,))
        return self.add_noise(modes[torch.arange(batch, device=modes.device), dye])

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        return self._log_joint(y, x, self.world.noise).logsumexp(-1)

    def mode_posterior(self, y: Tensor, given: Given = None) -> Tensor:
        """Return P(mode | x, y), (batch, modes), by Bayes' rule."""
        y, x = self.check_pair(y, given)
        return self._log_joint(y, x, self.world.noise).softmax(-1)

    def entropy(self, x: Tensor) -> Tensor:
        """Return the entropy of p(y | x), (batch,), in nats.

            H(y | x) = H(k | x) + D/2 · log(2πe σ²),    D numbers in y

        This takes the modes as disjoint. What it overlooks, H(k | y, x), is at most
        log 2 · exp(-d² / 8σ²) for each pair of modes d apart. On the shirts d is over
        30 σ, so what is overlooked is below 1e-48 nats.
        """
        x = self.check_given(x)
        dye = Categorical(self.world.mode_probabilities(x)).entropy()
        return dye + self.noise_entropy()

    def denoise(self, y_t: Tensor, alpha_bar: float | Tensor, given: Tensor) -> Tensor:
        """Return E[y | y_t, x], the best denoiser there is, the shape of y_t.

            y_t = √ᾱ y + √(1 - ᾱ) ε,    ε ~ N(0, 1)

        y_t: (batch, *y);  alpha_bar: ᾱ in [0, 1], a number or one a row. Lesson 08.
        """
        y_t, x = self.check_pair(y_t, given)
        alpha_bar = torch.as_tensor(alpha_bar).to(y_t)
        check_tensor("alpha_bar", alpha_bar.reshape(-1), ("batch",), 0.0, 1.0)
        if alpha_bar.numel() not in (1, len(y_t)):
            raise ValueError(f"alpha_bar holds {alpha_bar.numel()} numbers for "
                             f"{len(y_t)} examples; give one, or one for each.")
        alpha_bar = alpha_bar.reshape(-1, 1, 1, 1)
        scale, variance = alpha_bar.sqrt(), self.world.noise ** 2
        spread = alpha_bar * variance + 1 - alpha_bar        # variance of y_t in a mode
        dye = self._log_joint(y_t, x, spread.sqrt(), scale).softmax(-1)
        mode = torch.einsum("bk,bkchw->bchw", dye, self.world.modes(x))
        return mode + scale * variance / spread * (y_t - scale * mode)

    def quantized(self, codebook: Codebook) -> "QuantizedTruth":
        """Return the exact truth about cells of `codebook` instead of numbers."""
        return QuantizedTruth(self.world, codebook)

    def _log_joint(self, y: Tensor, x: Tensor, std, scale=1.0) -> Tensor:
        """Return log P(k | x) + log N(y; scale · modeₖ, std²), (batch, modes)."""
        std = torch.as_tensor(std, dtype=y.dtype, device=y.device).reshape(-1, 1, 1, 1, 1)
        scale = torch.as_tensor(scale, dtype=y.dtype, device=y.device)
        z = (y.unsqueeze(1) - scale.reshape(-1, 1, 1, 1, 1) * self.world.modes(x)) / std
        numbers = math.prod(y.shape[1:])
        constant = numbers * (0.5 * math.log(2 * math.pi) + std.log().reshape(-1, 1))
        log_gaussian = -0.5 * z.square().flatten(2).sum(-1) - constant
        return self.world.mode_probabilities(x).log() + log_gaussian


class IndependentTruth(TrueModel):
    """The product of the true marginals of the pixels: the best that any model can
    do that takes pixels as independent given x. Lesson 03."""

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        modes = self.world.modes(given)                     # (batch, modes, c, h, w)
        height, width = modes.shape[-2:]
        dye = Categorical(self.world.mode_probabilities(given))
        dye = dye.sample((n, height, width)).movedim(-1, 1)  # (n, batch, h, w)
        index = dye[:, :, None, None].expand(-1, -1, 1, modes.shape[2], -1, -1)
        return self.add_noise(modes.expand(n, *modes.shape).gather(2, index)[:, :, 0])

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        z = (y.unsqueeze(1) - self.world.modes(x)) / self.world.noise
        constant = y.shape[1] * (0.5 * math.log(2 * math.pi) + math.log(self.world.noise))
        log_gaussian = -0.5 * z.square().sum(2) - constant   # (batch, modes, h, w)
        dye = self.world.mode_probabilities(x).log()[..., None, None]
        return (dye + log_gaussian).logsumexp(1).sum((-2, -1))

    def entropy(self, x: Tensor) -> Tensor:
        """Return the entropy of the product, (batch,), in nats: its pixels' sum.

            Σᵢ -Σₖ P(k | x) log P(colorᵢ of k | x) + D/2 · log(2πe σ²)

        Modes that give a pixel one color count together. Different colors are taken
        as disjoint, as in `Truth.entropy`: at 13 σ or more, wrong by below 1e-9 nats
        a pixel. Less the truth's entropy it is the price of independence.
        """
        x = self.check_given(x)
        modes = self.world.modes(x)
        dye = self.world.mode_probabilities(x)
        alike = (modes.unsqueeze(1) == modes.unsqueeze(2)).all(3)  # (b, k, k, h, w)
        color = torch.einsum("bj,bkjhw->bkhw", dye, alike.to(dye))
        colors = -torch.einsum("bk,bkhw->b", dye, color.log())
        return colors + self.noise_entropy()

    def quantized(self, codebook: Codebook) -> "QuantizedIndependentTruth":
        """Return the same product, about cells of `codebook`."""
        return QuantizedIndependentTruth(self.world, codebook)


class QuantizedModel(TrueModel):
    """A truth about cells: y is chroma going in and coming out, log_prob is the
    log-probability of y's cells. `codebook` is in course_lib.quantization."""

    def __init__(self, world: World, codebook: Codebook):
        super().__init__(world)
        channels = world.y_shape[0]
        if codebook.channels != channels:
            raise ValueError(f"{codebook!r} cuts {codebook.channels} channels and y has "
                             f"{channels}; make both agree.")
        self.codebook = codebook

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


class QuantizedTruth(QuantizedModel):
    """The exact probability mass of quantised pictures. Lesson 02."""

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.snap(self.world.truth.draw(given, n, batch))

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        cells = self.cell_log_probabilities(y, x).sum((-2, -1))
        return (self.world.mode_probabilities(x).log() + cells).logsumexp(-1)


class QuantizedIndependentTruth(QuantizedModel):
    """The product of the true pixel masses: the best independent softmax. Lesson 02."""

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.snap(self.world.independent.draw(given, n, batch))

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        dye = self.world.mode_probabilities(x).log()[..., None, None]
        return (dye + self.cell_log_probabilities(y, x)).logsumexp(1).sum((-2, -1))


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


def widen(tensor: Tensor) -> Tensor:
    """Return the tensor in at least 32-bit precision: sums over a picture need it."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
