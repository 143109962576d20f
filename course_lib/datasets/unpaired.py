"""Worlds of two sides without pairs: some x, some y, and nobody says which belong.

    Conventions()         a shirt dyed by one house -> the same shirt by another house
    GreyAndDyed()         a grey photo -> the dyed shirt

A batch holds x and y that were drawn apart. The pairs are kept for the score alone.
Lesson 10.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from course_lib.checks import check_choice, check_integer, check_number, check_seed
from course_lib.color import image_to_rgb
from course_lib.contract import seeded
from course_lib.datasets.base import SPLITS, BaseWorld, check_held_out
from course_lib.datasets.tshirts import TShirts


class UnpairedWorld(BaseWorld):
    """Two sides of one thing; a subclass draws pairs, in `draw_pairs`."""

    given_shape: tuple[int, ...]
    y_shape: tuple[int, ...]

    def draw_pairs(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n pairs, by torch's global random state."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n x and n y that have nothing to do with each other."""
        return self.draw_pairs(n, split)[0], self.draw_pairs(n, split)[1]

    def pairs(self, n: int = 256, split: str = "test",
              seed: int = 0) -> tuple[Tensor, Tensor]:
        """Return n x with the y that belong to them, which no training sees."""
        check_integer("n", n, 1)
        with seeded(check_seed(seed)):
            return self.draw_pairs(n, check_choice("split", split, SPLITS))

    def held_out(self, n: int = 256) -> tuple[Tensor, Tensor]:
        """Return n fixed pairs of the test split."""
        return self.pairs(check_held_out(n))


class Conventions(UnpairedWorld):
    """One shirt, dyed by two houses that have different rules.

    p:     the chance of the first dye, the same for every shirt. With 1/2 nothing in
           the two sides says which color of one is which of the other; with any other
           p, how often they occur does
    noise: std of every number of the chroma. It is less than elsewhere: nothing
           in the two sides tells a quarter turn from one with a mirror across the dyes,
           and what the mirror gets wrong is the noise across them
    size:  pixels a side, 16 to 128
    rule:  "turn": the chroma of y is that of x, turned by a quarter: teal becomes
           violet, and pink olive. With it turns the noise, so that one side follows
           from the other exactly. "trim": the dye stays, but along the edge of the
           shirt, for a sixteenth of the picture, y is undyed: what a pixel becomes
           depends on the pixels around it

    x and y are (batch, 3, size, size): lightness L / 100, and chroma ab / 40.
    """

    def __init__(self, p: float = 0.5, noise: float = 0.03, size: int = 32,
                 seed: int = 0, rule: str = "turn"):
        self.rule = check_choice("rule", rule, ("turn", "trim"))
        self.p = check_number("p", p, 0.0, 1.0)
        self.noise = check_number("noise", noise, 0.0, 1.0)
        self.shirts = TShirts(size=size, seed=seed)
        self.size, self.seed = size, self.shirts.seed
        self.given_shape = self.y_shape = (3, size, size)

    def draw_pairs(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        x, _ = self.shirts.batch(n, split)
        pink = (torch.rand(n) >= self.p).long()
        chroma = self.shirts.modes(x)[torch.arange(n), pink]
        chroma = chroma + self.noise * torch.randn_like(chroma)
        dyed = torch.cat([x, chroma], 1)
        return dyed, self.translate(dyed)

    def translate(self, x: Tensor) -> Tensor:
        """Return the shirt by the other house's rule: (a, b) becomes (-b, a), or 0
        where the shirt is trimmed."""
        if self.rule == "turn":
            return torch.stack([x[:, 0], -x[:, 2], x[:, 1]], 1)
        width = self.size // 16
        cloth = self.shirts.mask(x[:, :1])[:, None]
        outside = max_pool2d((~cloth).float(), 2 * width + 1, 1, width) > 0
        return torch.cat([x[:, :1], x[:, 1:] * ~(cloth & outside)], 1)

    def swapped(self, x: Tensor) -> Tensor:
        """Return the wrong answer that no set of shirts tells from the right one where
        p is 1/2: every dye the opposite one."""
        y = self.translate(x)
        return torch.cat([y[:, :1], -y[:, 1:]], 1)

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return sRGB pictures (..., size, size, 3) in [0, 1] of y, or of x as y."""
        return image_to_rgb(y[..., :1, :, :], y[..., 1:, :, :])


class GreyAndDyed(UnpairedWorld):
    """Grey photos and dyed shirts, which are not one to one: the grey one does not say
    the dye, so nothing can come back from it.

    x is (batch, 1, size, size), lightness L / 100; y is (batch, 3, size, size), the
    same and chroma ab / 40, dyed by the law of `TShirts`.

    size, seed, pattern, shirts: of those `TShirts`, which stay at hand as `shirts`
    """

    def __init__(self, size: int = 32, seed: int = 0, pattern: str = "solid",
                 shirts: str = "drawn"):
        self.shirts = TShirts(pattern, shirts, size=size, seed=seed)
        self.size, self.seed = size, self.shirts.seed
        self.given_shape, self.y_shape = (1, size, size), (3, size, size)

    def __repr__(self) -> str:
        return f"GreyAndDyed({self.shirts!r})"

    def draw_pairs(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        x, chroma = self.shirts.batch(n, split)
        return x, torch.cat([x, chroma], 1)

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return sRGB pictures (..., size, size, 3) in [0, 1] of y."""
        return image_to_rgb(y[..., :1, :, :], y[..., 1:, :, :])
