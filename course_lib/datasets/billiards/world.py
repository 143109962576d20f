"""The world of billiards: one frame x of a ball on a table, and the next frame y.

A frame shows where the ball is and what color it has, and not where it is going. The
velocity is drawn uniformly from a disc, the cushions reflect it, and every pixel of
the next frame carries Gaussian noise of known size: so p(y | x) is known. Lesson 05.
"""

import math
from functools import cached_property

import numpy as np
import torch
from torch import Generator, Tensor

from course_lib.checks import check_choice, check_integer, check_tensor
from course_lib.color import clipped
from course_lib.contract import seeded
from course_lib.datasets.base import SPLITS, BaseWorld, check_held_out, check_side
from course_lib.datasets.billiards.truth import BilliardsTruth

NOISE = 0.1                        # standard deviation of every number of y
FELT = (0.10, 0.30, 0.25)          # sRGB of the table: darker than any ball
CUSHION = (0.42, 0.26, 0.14)       # sRGB of its border
DIMMEST, BRIGHTEST = 0.45, 1.0     # each of a ball's red, green and blue is between
RADIUS, EDGE, SPEED = 3.5, 2.0, 5.0          # in pixels of a picture 32 wide
STARTS = 1024                      # fixed first frames of the test split


class Billiards(BaseWorld):
    """Pairs (x, y) of a clean frame and the noisy next one, with the exact p(y | x).

    size: pixels a side, a multiple of 8 from 16 to 64
    seed: which frames are held out

    x and y are (batch, 3, size, size) in sRGB; x is in [0, 1], y has noise of 0.1 on
    every number and is not clipped. Raises TypeError or ValueError in a sentence for
    anything else. Lengths are in pixels, (across, down) from the upper left corner, and
    the center of the first pixel is at (0.5, 0.5). With s = size / 32:

        ball      outer radius 3.5 s; covers a pixel at distance d from its center by
                  α = (3.5 s - d) / 2 s, at least 0 and at most 1
        color     red, green and blue uniform in [0.45, 1], each by itself
        place     uniform where the whole ball is on the felt, from `low` to `high`
        velocity  uniform on the disc of radius `speed` = 5 s, in pixels a frame
        cushions  as far as the ball would get past `low` or `high`, across or down, so
                  far it ends on this side: angle in is angle out, no speed is lost
    """

    noise = NOISE

    def __init__(self, size: int = 32, seed: int = 0):
        self.size = check_side(size, 16, 64)
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        scale = size / 32
        self.radius, self.edge, self.speed = RADIUS * scale, EDGE * scale, SPEED * scale
        self.border = max(1, size // 32)                       # of cushion, in pixels
        self.low = self.border + self.radius
        self.high = size - self.low
        self.given_shape = self.y_shape = (3, size, size)
        self.truth = BilliardsTruth(self)

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n pairs: "train" draws new frames without end, "test" draws from
        1,024 fixed ones."""
        x = self.frame(*self.starts(n, split))
        return x, self.truth.draw(x, 1, n)[0]

    def starts(self, n: int, split: str = "train") -> tuple[Tensor, Tensor]:
        """Return where n balls are, (n, 2) in pixels, and their colors, (n, 3) in sRGB,
        by torch's global random state; `frame` draws them."""
        if check_choice("split", split, SPLITS) == "train":
            return self._draw(n)
        chosen = torch.randint(STARTS, (n,))
        place, color = self._starts
        return place[chosen], color[chosen]

    def held_out(self, n: int = 256) -> tuple[Tensor, Tensor]:
        """Return the first n test frames, each once, with fixed next frames: the
        pairs on which every score is computed."""
        check_held_out(n, STARTS)
        x = self.frame(*(part[:n] for part in self._starts))
        with seeded(self.seed):
            return x, self.truth.draw(x, 1, n)[0]

    def frame(self, place: Tensor, color: Tensor) -> Tensor:
        """Return clean frames, (..., 3, size, size) in [0, 1].

        place: (..., 2), across and down, in pixels;  color: (..., 3), sRGB
        """
        cover = self.coverage(place).unsqueeze(-3)             # (..., 1, size, size)
        table = self.table.to(place)
        return table + cover * (color[..., None, None] - table)

    def coverage(self, place: Tensor) -> Tensor:
        """Return how much of each pixel a ball at `place` covers, (..., size, size)."""
        return self.cover_at(self.distance(place))

    def distance(self, place: Tensor) -> Tensor:
        """Return how far each pixel is from `place` (..., 2), (..., size, size)."""
        pixel = (torch.arange(self.size, device=place.device) + 0.5).to(place)
        across, down = pixel - place[..., :1], pixel - place[..., 1:]
        return torch.hypot(down.unsqueeze(-1), across.unsqueeze(-2))

    def cover_at(self, distance: Tensor) -> Tensor:
        """Return how much of a pixel is covered, by its distance from the center."""
        return ((self.radius - distance) / self.edge).clamp(0, 1)

    @property
    def table(self) -> Tensor:
        """The table without a ball, (3, size, size)."""
        table = torch.tensor(CUSHION).view(3, 1, 1).repeat(1, self.size, self.size)
        inside = slice(self.border, self.size - self.border)
        table[:, inside, inside] = torch.tensor(FELT).view(3, 1, 1)
        return table

    def move(self, place: Tensor, velocity: Tensor) -> Tensor:
        """Return where a ball at `place` is one frame later, (..., 2) in pixels."""
        after = place + velocity
        after = self.low + (after - self.low).abs()
        return self.high - (self.high - after).abs()

    def color(self, x: Tensor) -> Tensor:
        """Return the ball's color, (batch, 3) in sRGB, read off a pixel that the ball
        covers entirely: the one that is least like the table."""
        unlike = (x - self.table.to(x)).square().sum(1).flatten(1)
        pixel = unlike.argmax(1).view(-1, 1, 1).expand(-1, 3, 1)
        return x.flatten(2).gather(2, pixel)[..., 0]

    def place(self, x: Tensor) -> Tensor:
        """Return the center of the ball in a clean frame, (batch, 2) in pixels.

        A pixel at the ball's edge tells its distance d from the center c by how much
        of it is covered. Three would do; all of them give c by least squares, since

            |p|² - d² = 2 p·c - |c|²,    p the pixel's own place

        is linear in the unknowns c and |c|².
        """
        table = self.table.to(x).double()
        ball = self.color(x).double()[..., None, None] - table
        cover = ((x.double() - table) * ball).sum(1) / ball.square().sum(1)
        cover = cover.flatten(1)                               # (batch, pixels)
        edge = ((cover > 0.02) & (cover < 0.98)).unsqueeze(-1).double()
        pixel = torch.arange(self.size, device=x.device, dtype=torch.float64) + 0.5
        spot = torch.cartesian_prod(pixel, pixel).flip(-1) - self.size / 2
        distance = self.radius - self.edge * cover
        known = spot.square().sum(-1) - distance.square()
        unknown = torch.cat([2 * spot, -torch.ones_like(spot[:, :1])], -1)
        normal = torch.einsum("bpi,pj,pk->bjk", edge, unknown, unknown)
        right = torch.einsum("bpi,pj,bp->bj", edge, unknown, known)
        center = torch.linalg.solve(normal, right)[:, :2] + self.size / 2
        return center.to(x.dtype)

    def velocity(self, x: Tensor, y: Tensor) -> Tensor:
        """Return how far the ball went from x to y, (batch, 2) in pixels: the velocity,
        where no cushion was hit. Its place in the noisy y is the posterior mean."""
        return self.truth.find(y, given=x) - self.place(x)

    def away_from_walls(self, x: Tensor) -> Tensor:
        """Return whether no velocity takes the ball to a cushion, (batch,) of bool."""
        place = self.place(x)
        margin = torch.minimum(place - self.low, self.high - place).amin(-1)
        return margin >= self.speed

    def check_given(self, x: Tensor) -> Tensor:
        """Return x if it is a batch of clean frames, each with one ball on the felt.

        Raises TypeError or ValueError, in a sentence, otherwise."""
        check_tensor("given", x, ("batch", *self.given_shape), 0.0, 1.0)
        wrong = torch.full((len(x),), True)
        seen = ((x - self.table.to(x)).abs().amax((1, 2, 3)) > 0.1).cpu()
        if seen.any():
            ball = x[seen.to(x.device)]
            place, color = self.place(ball), self.color(ball)
            off = (self.frame(place, color) - ball).abs().amax((1, 2, 3))
            wrong[seen] = ~(off < 0.01).cpu()                  # a NaN is wrong as well
        if wrong.any():
            raise ValueError(f"given shows something else than one ball on a clean "
                             f"table in {wrong.nonzero().flatten().tolist()[:8]} of "
                             f"its frames, counted from 0; give frames as world.frame("
                             f"place, color) draws them.")
        return x

    def rgb(self, frame: Tensor) -> np.ndarray:
        """Return sRGB pictures (..., size, size, 3) in [0, 1] as an array; noise may
        be clipped."""
        return clipped(frame)

    def draw_velocity(self, *shape: int) -> Tensor:
        """Return velocities uniform on the disc, (*shape, 2), in pixels a frame."""
        angle = 2 * math.pi * torch.rand(shape)
        length = self.speed * torch.rand(shape).sqrt()         # area grows as length²
        return length.unsqueeze(-1) * torch.stack([angle.cos(), angle.sin()], -1)

    def _draw(self, n: int,
              generator: Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return places (n, 2) and colors (n, 3) of first frames."""
        place = torch.rand(n, 2, generator=generator)
        color = torch.rand(n, 3, generator=generator)
        return (self.low + (self.high - self.low) * place,
                DIMMEST + (BRIGHTEST - DIMMEST) * color)

    @cached_property
    def _starts(self) -> tuple[Tensor, Tensor]:
        """The places and colors of the held-out frames."""
        return self._draw(STARTS, Generator().manual_seed(self.seed))
