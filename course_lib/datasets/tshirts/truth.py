"""The true p(y | x) of the shirts, in closed form, as models like any other.

    p(y | x) = Σₖ P(k | x) Πᵢ N(yᵢ; modeₖ,ᵢ(x), σ²)          the truth
    q(y | x) = Πᵢ Σₖ P(k | x) N(yᵢ; modeₖ,ᵢ(x), σ²)          its pixels, independent

where k is the dye, i a pixel, and modeₖ the whole dyed picture without its noise.
The sum and the product change places, and that is all that separates a shirt from
confetti. Lessons 00 and 03.
"""

import math

import torch
from torch import Tensor
from torch.distributions import Categorical, Normal

from course_lib.checks import check_tensor
from course_lib.contract import Given, device_of
from course_lib.datasets.true_model import TrueModel
from course_lib.datasets.tshirts.quantized_truth import Codebook, QuantizedTruth


class Truth(TrueModel):
    """The exact p(y | x): a mixture of whole dyed pictures. Lesson 00."""

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        modes = self.world.modes(given)
        dye = Categorical(self.world.mode_probabilities(given)).sample((n,))
        return self.add_noise(modes[torch.arange(batch, device=modes.device), dye])

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        return self._log_joint(y, x, self.world.noise).logsumexp(-1)

    def mixed(self, log_probs: Tensor, x: Tensor) -> Tensor:
        pictures = log_probs.sum((-2, -1))
        return (self.world.mode_probabilities(x).log() + pictures).logsumexp(-1)

    def mode_posterior(self, y: Tensor, *, given: Given = None) -> Tensor:
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

    def mean(self, x: Tensor) -> Tensor:
        """Return E[y | x], the shape of y: what least squares is after. Lesson 01."""
        modes = self.modes(x)
        return torch.einsum("bk,bkchw->bchw", self.mode_probabilities(x), modes)

    def median(self, x: Tensor, halvings: int = 40) -> Tensor:
        """Return the median of every number of y given x, the shape of y: what the
        sum of absolute errors is after. Found by halving an interval. Lesson 01."""
        modes = self.modes(x)
        dye = self.mode_probabilities(x).view(*modes.shape[:2], 1, 1, 1)
        low, high = modes.amin(1), modes.amax(1)      # a mixture's median lies between
        for _ in range(halvings):
            middle = (low + high) / 2
            share = Normal(modes, self.world.noise).cdf(middle.unsqueeze(1))
            below = (dye * share).sum(1) < 0.5
            low = torch.where(below, middle, low)
            high = torch.where(below, high, middle)
        return (low + high) / 2

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
        noisy = alpha_bar * variance + 1 - alpha_bar         # variance of y_t in a mode
        dye = self._log_joint(y_t, x, noisy.sqrt(), scale).softmax(-1)
        mode = torch.einsum("bk,bkchw->bchw", dye, self.world.modes(x))
        return mode + scale * variance / noisy * (y_t - scale * mode)

    def quantized(self, codebook: Codebook) -> QuantizedTruth:
        """Return the exact truth about cells of `codebook` instead of numbers."""
        return QuantizedTruth(self, codebook).to(device_of(self))

    def _log_joint(self, y: Tensor, x: Tensor, std: float | Tensor,
                   scale: float | Tensor = 1.0) -> Tensor:
        """Return log P(k | x) + log N(y; scale · modeₖ, std²), (batch, modes)."""
        std, scale = (torch.as_tensor(number).to(y).reshape(-1, 1, 1, 1, 1)
                      for number in (std, scale))
        z = (y.unsqueeze(1) - scale * self.world.modes(x)) / std
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

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        z = (y.unsqueeze(1) - self.world.modes(x)) / self.world.noise
        one = 0.5 * math.log(2 * math.pi) + math.log(self.world.noise)
        constant = y.shape[1] * one
        log_gaussian = -0.5 * z.square().sum(2) - constant   # (batch, modes, h, w)
        return self.mixed(log_gaussian, x)

    def mixed(self, log_probs: Tensor, x: Tensor) -> Tensor:
        dye = self.world.mode_probabilities(x).log()[..., None, None]
        return (dye + log_probs).logsumexp(1).sum((-2, -1))

    def entropy(self, x: Tensor) -> Tensor:
        """Return the entropy of the product, (batch,), in nats: its pixels' sum.

            Σᵢ -Σₖ P(k | x) log P(colorᵢ of k | x) + D/2 · log(2πe σ²)

        Modes that give a pixel one color count together. Different colors are taken
        as disjoint, as in `Truth.entropy`: at 13 σ or more, wrong by below 1e-9 nats
        a pixel. Less the truth's entropy it is the conditional total correlation,
        the price of independence.
        """
        x = self.check_given(x)
        modes = self.world.modes(x)
        dye = self.world.mode_probabilities(x)
        alike = (modes.unsqueeze(1) == modes.unsqueeze(2)).all(3)  # (b, k, k, h, w)
        color = torch.einsum("bj,bkjhw->bkhw", dye, alike.to(dye))
        colors = -torch.xlogy(dye[..., None, None], color)
        return colors.sum((1, 2, 3)) + self.noise_entropy()

    def quantized(self, codebook: Codebook) -> QuantizedTruth:
        """Return the same product, about cells of `codebook`."""
        return QuantizedTruth(self, codebook).to(device_of(self))
