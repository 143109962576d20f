"""Drawn t-shirts: where there is cloth, and how light it is. Lesson 00.

A shirt is described in fractions of the picture's side, in coordinates that hang on
it: u is the distance from its axis, v the distance below its top.

            neck
          ___  ___            shoulder line: falls with `slope`
      ___/   \\/   \\___
     /  |          |  \\        sleeves: from the shoulder to the full `span`
     \\_ |          | _/
        |          |
        |__________|          hem: at `length`
"""

import math

import torch
from torch import Generator, Tensor

SPAN = ((0.54, 0.64), (0.76, 0.88))        # across the sleeves: narrow or wide
LENGTH = ((0.54, 0.64), (0.76, 0.88))      # from shoulder to hem: short or long
BETWEEN = 0.70                             # no shirt's span or length is near this
NECK_DEPTHS = torch.tensor([0.03, 0.08, 0.17], dtype=torch.float64)
FOLDS = 3                                  # waves of light and shade on the cloth


def uniform(n: int, generator: Generator) -> Tensor:
    """Return n random numbers from 0 to 1, (n, 1, 1), in 64 bits.

    Shirts are drawn in 64 bits so that every machine, however it rounds a sine, comes
    to the same 8-bit photos."""
    return torch.rand(n, 1, 1, generator=generator).double()


def draw_parameters(n: int, generator: Generator) -> dict[str, Tensor]:
    """Return the numbers that describe n random shirts, each of shape (n, 1, 1)."""
    def within(low: float, high: float) -> Tensor:
        return low + (high - low) * uniform(n, generator)

    def either(ranges: tuple) -> Tensor:
        first = uniform(n, generator) < 0.5
        return torch.where(first, within(*ranges[0]), within(*ranges[1]))

    span, length = either(SPAN), either(LENGTH)
    neck = torch.randint(3, (n, 1, 1), generator=generator)     # boat, crew, or V
    return {
        "span": span, "length": length,
        "center": 0.5 + within(-0.03, 0.03),
        "top": (1 - length) / 2 + within(-0.03, 0.03),
        "torso": span * within(0.29, 0.34),                     # half of its width
        "flare": within(-0.06, 0.12), "hem": within(0.0, 0.03),
        "slope": within(0.18, 0.42), "cuff": within(0.15, 0.5),
        "opening": within(0.13, 0.17), "armpit": within(0.20, 0.26),
        "neck": neck, "neck_width": span * within(0.10, 0.16),
        "neck_depth": NECK_DEPTHS[neck] * within(0.8, 1.2),
    }


def cloth(shirt: dict[str, Tensor], size: int) -> Tensor:
    """Return where there is cloth, (n, size, size) of bool, for shirts of
    `draw_parameters`."""
    pixel = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    u = (pixel.view(1, 1, -1) - shirt["center"]).abs()
    v = pixel.view(1, -1, 1) - shirt["top"]
    half_span, torso, length = shirt["span"] / 2, shirt["torso"], shirt["length"]
    shoulder = shirt["slope"] * (u - shirt["neck_width"]).clamp(min=0)
    below_shoulder = (v >= shoulder) & (v >= 0)

    side = torso * (1 + shirt["flare"] * v / length)
    body = (u <= side) & (v <= length - shirt["hem"] * (u / torso) ** 2)

    tip = shirt["slope"] * (half_span - shirt["neck_width"])     # v of the outer corner
    reach = ((u - torso) / (half_span - torso)).clamp(0, 1)
    underside = shirt["armpit"] + (tip + shirt["opening"] - shirt["armpit"]) * reach
    cuff = half_span - shirt["cuff"] * (v - tip).clamp(min=0)
    sleeve = (u <= cuff) & (v <= underside)

    across, down = u / shirt["neck_width"], v / shirt["neck_depth"]
    pointed = shirt["neck"] == 2
    neckline = torch.where(pointed, across + down < 1, across ** 2 + down ** 2 < 1)
    return below_shoulder & (body | sleeve) & ~neckline


def folds(n: int, size: int, generator: Generator) -> Tensor:
    """Return smooth shading, (n, size, size) within [-1, 1]: a sum of slow waves."""
    pixel = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    shade = torch.zeros(n, size, size, dtype=torch.float64)
    for _ in range(FOLDS):
        turn, phase, fourier_features = (uniform(n, generator) for _ in range(3))
        angle, speed = math.pi * turn, 2 * math.pi * (0.7 + 1.6 * fourier_features)
        across = speed * angle.cos() * pixel.view(1, 1, -1)
        down = speed * angle.sin() * pixel.view(1, -1, 1) + 2 * math.pi * phase
        shade += across.sin() * down.cos() + across.cos() * down.sin()  # of their sum
    return shade / FOLDS


def bounding_box(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the (span, length) of each mask's bounding box, (batch,) each, as
    fractions of the picture's side; mask is (batch, size, size) of bool."""
    size = mask.shape[-1]
    return mask.any(-2).sum(-1) / size, mask.any(-1).sum(-1) / size
