"""The true p(y | x) of billiards: a ball that may be anywhere on a disc.

    p(y | x) = ∫ p(c | x) N(y; frame(c, color), σ²) dc

where c is the ball's next place and p(c | x) the uniform law of place + velocity,
folded back at the cushions. The integral runs over the two numbers of c and is taken on
a grid of 16 x 16 places a pixel. What makes that cheap: a ball changes few pixels, so
compared with the bare table the Gaussian's exponent is a correlation,

    log N(y; frame(c)) - log N(y; table) = (Σᵢ αᵢ(c) gᵢ - |Δ|²/2 Σᵢ αᵢ(c)²) / σ²
    gᵢ = (yᵢ - table)·Δ,    Δ = color - felt,

of g with the ball's coverage α: a convolution with one small kernel for each place
within a pixel. Lesson 05.
"""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_integer
from course_lib.contract import Given, seeded
from course_lib.datasets.true_model import TrueModel

if TYPE_CHECKING:
    from course_lib.datasets.billiards import Billiards

CELLS = 16                         # grid places a pixel, across and down
PLACES_AT_ONCE = 2 ** 23           # in memory: 32 MB a copy


class BilliardsTruth(TrueModel):
    """The exact p(y | x) of a `Billiards` world, to the error of a quadrature.

    cells: grid places a pixel, a multiple of 8. The sharpest likelihood, of a white
           ball, has a standard deviation of 0.037 pixels in c. At 16 cells a pixel the
           mean of log p is right to 0.01 nats, and single ones to 0.2: those of a ball
           at the very rim of the disc. Lesson 05.
    """

    def __init__(self, world: "Billiards", cells: int = CELLS):
        super().__init__(world)
        self.cells = check_integer("cells", cells, 8, 64)
        if cells % 8:
            raise ValueError(f"cells is {cells}; give a multiple of 8, so that the "
                             f"cushions are between two cells.")

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        place, color = self.world.place(given), self.world.color(given)
        velocity = self.world.draw_velocity(n, batch).to(place)
        return self.add_noise(self.world.frame(self.world.move(place, velocity), color))

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        bare = self._log_gaussian(y, self.world.table.to(y))
        law = (self.law(x[part]).log() for part in self._parts(len(x)))
        gain = self._gains(y, x)
        return bare + torch.cat([(a + b).flatten(1).logsumexp(1)
                                 for a, b in zip(law, gain)])

    def find(self, y: Tensor, *, given: Given = None, anywhere: bool = False) -> Tensor:
        """Return E[c | x, y], where the ball is in y, (batch, 2) in pixels.

        anywhere: take every place on the table as equally likely beforehand, not only
                  those that p(c | x) allows: for samples that may be wrong
        """
        return self.survey(y, given=given, anywhere=anywhere)[0]

    def survey(self, y: Tensor, *, given: Given = None,
               anywhere: bool = True) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is to be seen of balls of the right color in y.

        place:  E[c | x, y] as in `find`, (batch, 2)
        first:  the largest log N(y; frame(c)) - log N(y; table), (batch,), in nats
        second: the largest a whole ball or more away from `place`, (batch,); above 0
                a second ball explains the picture better than bare felt does
        """
        y, x = self.check_pair(y, given)
        seen = [self._survey(gain, None if anywhere else self.law(x[part]))
                for part, gain in zip(self._parts(len(x)), self._gains(y, x))]
        return tuple(torch.cat(parts) for parts in zip(*seen))

    def law(self, x: Tensor) -> Tensor:
        """Return P(next place in a grid cell | x), (batch, down, across), sum 1.

        The disc of radius `speed` about the ball, folded back at the cushions. A cell
        on the rim of the disc counts by the part of it that is inside.
        """
        beyond = math.ceil(self.world.speed * self.cells)       # cells past a cushion
        sides = []
        for place in self.world.place(x).T:                     # across, then down
            step = torch.arange(-beyond, self._inside + beyond, device=x.device) + 0.5
            sides.append(self.world.low + step / self.cells - place[:, None])
        across, down = (side.square() for side in sides)
        # Near the rim (R² - d²) / 2R is R - d: how far a cell's middle is inside.
        rim = (self.world.speed ** 2 - down)[:, :, None] - across[:, None]
        law = rim.mul_(self.cells / (2 * self.world.speed)).add_(0.5).clamp_(0, 1)
        for dim in (1, 2):
            law = self._fold(law, beyond, dim)
        law = law / law.sum((-2, -1), keepdim=True)
        unused = self._positions * self.cells - self._inside
        return functional.pad(law, (0, unused, 0, unused))

    @staticmethod
    def _fold(law: Tensor, beyond: int, dim: int) -> Tensor:
        """Return what is past either end of a side added to where it is reflected."""
        size = law.shape[dim] - 2 * beyond
        below, inside, above = law.split([beyond, size, beyond], dim)
        inside.narrow(dim, 0, beyond).add_(below.flip(dim))
        inside.narrow(dim, size - beyond, beyond).add_(above.flip(dim))
        return inside

    def mean(self, x: Tensor) -> Tensor:
        """Return E[y | x], (batch, 3, size, size): the smeared ball that least squares
        is after. The expected coverage is the law spread out by the ball's kernels."""
        x = self.check_given(x)
        cover = torch.cat([self._expected_coverage(self.law(x[part]))
                           for part in self._parts(len(x))]).unsqueeze(1)
        table = self.world.table.to(x)
        return table + cover * (self.world.color(x)[..., None, None] - table)

    def place_moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return E[c | x], (batch, 2), and the expected square distance of c from it,
        (batch,), in pixels and square pixels. Away from walls: the ball's own place,
        and speed² / 2."""
        x = self.check_given(x)
        parts = [self._moments(self.law(x[part])) for part in self._parts(len(x))]
        return tuple(torch.cat(part) for part in zip(*parts))

    def entropy(self, x: Tensor, draws: int = 64, seed: int = 0) -> Tensor:
        """Return an estimate of the entropy of p(y | x), (batch,), in nats.

            H(y | x) = D/2 · log(2πe σ²) + E[log N(y; frame(c), σ²) - log p(y | x)]

        The first term, of the noise, is exact. The second, what y tells about the place
        (about 7 nats), has no closed form and is the mean over `draws` pairs (c, y):
        each deviates by about 1.2 nats, so 64 draws leave an error of 0.15 for one x.
        """
        x = self.check_given(x)
        check_integer("draws", draws, 1)
        place, color = self.world.place(x), self.world.color(x)
        told = torch.zeros(len(x), device=x.device)
        with seeded(seed, x.device):
            for _ in range(draws):
                velocity = self.world.draw_velocity(len(x)).to(place)
                clean = self.world.frame(self.world.move(place, velocity), color)
                y = self.add_noise(clean)
                told += self._log_gaussian(y, clean) - self.log_prob(y, given=x)
        return self.noise_entropy() + told / draws

    @property
    def grid(self) -> Tensor:
        """The grid's places along one side of the table, (side,), in pixels."""
        steps = torch.arange(self._positions * self.cells, dtype=torch.float64)
        return (self.world.low + (steps + 0.5) / self.cells).float()

    @cached_property
    def kernels(self) -> Tensor:
        """The coverage of pixels around a ball, for each of its places within a pixel,
        (cells · cells, 1, kernel, kernel), the place down first."""
        world, cells = self.world, self.cells
        width = math.ceil(2 * world.radius + 1)
        inside = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
        away = torch.arange(width) + 0.5 - world.radius - inside[:, None]
        distance = torch.hypot(away[:, None, :, None], away[None, :, None, :])
        return world.cover_at(distance).float().flatten(0, 1).unsqueeze(1)

    @property
    def _inside(self) -> int:
        """Cells between the two ends of the ball's way; an end is between two cells."""
        return round((self.world.high - self.world.low) * self.cells)

    @property
    def _positions(self) -> int:
        """Whole pixels between the two ends of the ball's way."""
        return math.ceil(self.world.high - self.world.low)

    def _parts(self, batch: int) -> Iterator[slice]:
        """Yield slices of a batch whose grids fit in memory."""
        at_once = max(1, PLACES_AT_ONCE // (self._positions * self.cells) ** 2)
        return (slice(start, start + at_once) for start in range(0, batch, at_once))

    def _gains(self, y: Tensor, x: Tensor) -> Iterator[Tensor]:
        """Yield log N(y; frame(c), σ²) - log N(y; table, σ²) for c on the grid,
        (part, down, across), part by part."""
        table = self.world.table.to(y)
        border, cells = self.world.border, self.cells
        ball = self.world.color(x) - table[:, border, border]           # Δ, (batch, 3)
        kernels = self.kernels.to(y)
        need = self._positions - 1 + kernels.shape[-1]
        full = kernels.square().sum((1, 2, 3)).view(1, -1, 1, 1)
        for part in self._parts(len(y)):
            shade = torch.einsum("bchw,bc->bhw", y[part] - table, ball[part])
            shade = shade[:, border:-border, border:-border]
            missing = need - shade.shape[-1]
            shade = functional.pad(shade, (0, missing, 0, missing)).unsqueeze(1)
            contrast = ball[part].square().sum(1).view(-1, 1, 1, 1)
            gain = functional.conv2d(shade, kernels) - 0.5 * contrast * full
            yield functional.pixel_shuffle(gain, cells)[:, 0] / self.world.noise ** 2

    def _expected_coverage(self, law: Tensor) -> Tensor:
        """Return E[α(c)] of each pixel, (batch, size, size)."""
        chances = functional.pixel_unshuffle(law.unsqueeze(1), self.cells)
        cover = functional.conv_transpose2d(chances, self.kernels.to(law))[:, 0]
        border, size = self.world.border, self.world.size
        inside = size - 2 * border
        cover = cover[:, :inside, :inside]
        return functional.pad(cover, (border,) * 4)

    def _survey(self, gain: Tensor,
                law: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        grid = self.grid.to(gain)
        on_table = (grid < self.world.high).to(gain)
        law = on_table[:, None] * on_table if law is None else law
        weight = (gain + law.log()).flatten(1).softmax(1).view_as(gain)
        place, _ = self._moments(weight)
        gain = gain + (on_table[:, None] * on_table).log()
        across, down = (grid - place[:, k, None] for k in (0, 1))
        near = torch.hypot(down.unsqueeze(-1), across.unsqueeze(-2))
        other = gain.masked_fill(near < 2 * self.world.radius, -math.inf)
        return place, gain.amax((1, 2)), other.amax((1, 2))

    def _moments(self, chances: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean (batch, 2) and square distance from it (batch,) of a place."""
        grid = self.grid.to(chances)
        sides = chances.sum(1), chances.sum(2)                          # across, down
        mean = torch.stack([side @ grid for side in sides], -1)
        square = sum((side * (grid - mean[:, k, None]).square()).sum(-1)
                     for k, side in enumerate(sides))
        return mean, square

    def _log_gaussian(self, y: Tensor, mean: Tensor) -> Tensor:
        """Return log N(y; mean, σ²), (batch,), in nats."""
        numbers = math.prod(self.y_shape)
        constant = 0.5 * math.log(2 * math.pi * self.world.noise ** 2)
        z = (y - mean) / self.world.noise
        return -0.5 * z.square().flatten(1).sum(1) - numbers * constant
