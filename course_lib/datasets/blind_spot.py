"""The world of the blind spot: what plain masked convolutions miss, and its price.

Every pixel copies one that lies up and to the right of it, at a slope that a stack of
masked 3 x 3 convolutions cannot look along; and what the stack does see tells nothing
about the pixel. So what it must lose is known to the nat. Lesson 06.
"""

import math

import torch
from torch import Tensor

from course_lib.checks import (
    check_integer,
    check_number,
    check_odd,
    describe,
    is_integer,
)
from course_lib.contract import Given
from course_lib.datasets.indexed import DrawnWorld, UnconditionalTruth, check_binary


class BlindSpot(DrawnWorld):
    """Binary images in which pixels copy pixels that a plain masked stack cannot see.

        . . .   . . .         y(r, c) = y(r - up, c + right), flipped with chance
        . . . s . .           `flip`, where that pixel s is in the image;
        . p . . . .           a fair coin where it is not

    size:  of the image, a number or (height, width)
    reach: (up, right) from a pixel p to the one it copies, s
    flip:  the chance of a copy to be wrong, from 0 to 0.5
    seed:  which images are held out

    Nothing is given: a batch is (None, y), with y (batch, 1, height, width) of 0 and 1.

    One layer of masked k x k convolution looks at most k // 2 to the right for every
    row that it goes up, and so do many. Beyond that slope, right > up · (k // 2), is
    the blind spot. There a pixel's source is, and the source's source, and so on: all
    that the pixel depends on is hidden, and what is left is a fair coin.
    """

    given_shape = None

    def __init__(self, size: int | tuple[int, int] = 8, reach: tuple[int, int] = (1, 2),
                 flip: float = 0.1, seed: int = 0):
        super().__init__(seed)
        sides = check_size(size)
        self.size = size
        self.reach = check_two("reach", reach, ("up", "right"))
        self.flip = check_number("flip", flip, 0.0, 0.5)
        self.y_shape = (1, *sides)
        self.truth = Copies(sides, self.reach, flip)
        self.blind_model = Copies(sides, self.reach, 0.5)

    def sees(self, kernel: int) -> bool:
        """Whether a plain stack of masked kernel x kernel convolutions, with layers
        enough, sees the pixel that a pixel copies."""
        up, right = self.reach
        return right <= farthest_right(up, kernel)

    def blind_cost(self, kernel: int = 3) -> float:
        """Return what such a stack must lose, in nats per image; 0 if it sees.

            copied pixels · (ln 2 - h(flip)),  h the entropy of one flip

        The best that it can be is `blind_model`, which takes every pixel for a fair
        coin: E[log p_true(y) - log p_blind(y)] is this cost.
        """
        seen = self.sees(kernel)
        return 0.0 if seen else self.blind_model.entropy() - self.truth.entropy()

    def draw_pairs(self, n: int) -> tuple[None, Tensor]:
        return None, self.truth.draw(None, 1, n)[0]


class Copies(UnconditionalTruth):
    """The exact p(y) of a `BlindSpot`; with flips of 0.5, of its best blind model.

        log p(y) = coins · log 1/2 + Σ over copied pixels of
                   log flip if y differs from its source, log(1 - flip) if not
    """

    copied: Tensor                     # which pixels copy another, (height, width)

    def __init__(self, size: tuple[int, int], reach: tuple[int, int], flip: float):
        super().__init__()
        self.y_shape = (1, *size)
        self.reach, self.flip = reach, flip
        up, right = reach
        copied = torch.zeros(size, dtype=torch.bool)
        copied[up:, :max(0, size[1] - right)] = True
        self.register_buffer("copied", copied, persistent=False)

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        up, right = self.reach
        height, width = self.copied.shape
        device = self.copied.device
        y = torch.rand(n, batch, height, width, device=device) < 0.5     # the coins
        flips = torch.rand(n, batch, height, width, device=device) < self.flip
        for row in range(up, height):
            source = y[..., row - up, right:]
            wrong = flips[..., row, :source.shape[-1]]
            y[..., row, :source.shape[-1]] = source ^ wrong
        return y.unsqueeze(2).float()

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, _ = self.check_pair(y, given)
        y = check_binary(y)[:, 0]
        up, right = self.reach
        wrong = y[:, up:, :-right] ^ y[:, :-up, right:]
        wrong, all_copies = wrong.sum((-2, -1)).double(), self.copied.sum()
        coins = self.copied.numel() - all_copies
        flip = torch.as_tensor(self.flip, dtype=torch.float64)
        return (torch.xlogy(wrong, flip) + torch.xlogy(all_copies - wrong, 1 - flip)
                - coins * math.log(2)).float()

    def entropy(self) -> float:
        """Return the entropy of an image, in nats.

            coins · ln 2 + copied pixels · h(flip)
        """
        copies = int(self.copied.sum())
        coins = self.copied.numel() - copies
        return coins * math.log(2) + copies * binary_entropy(self.flip)


def visible(size: int | tuple[int, int], place: tuple[int, int],
            kernel: int = 3) -> Tensor:
    """Return which pixels a plain masked stack sees from `place`, with layers enough,
    (height, width) of bool.

        in its own row    what is left of it
        u rows above      as far as it goes to the left, and `farthest_right` of u to
                          the right; what is beyond that is the blind spot
    """
    height, width = check_size(size)
    row = check_integer("the row", place[0], 0, height - 1)
    column = check_integer("the column", place[1], 0, width - 1)
    seen = torch.zeros(height, width, dtype=torch.bool)
    seen[row, :column] = True
    for up in range(1, row + 1):
        seen[row - up, :column + farthest_right(up, kernel) + 1] = True
    return seen


def farthest_right(up: int, kernel: int) -> int:
    """Return how many pixels to the right a plain masked stack sees, `up` rows above:
    up · (kernel // 2), as only a step up leads to the right."""
    return check_integer("up", up, 1) * (check_odd("kernel", kernel) // 2)


def binary_entropy(p: float) -> float:
    """Return h(p) = -p ln p - (1 - p) ln(1 - p), the nats of one yes or no."""
    return -sum(q * math.log(q) for q in (p, 1 - p) if q > 0)


def check_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) of a number or a pair; raises in a sentence otherwise."""
    sides = (size, size) if is_integer(size) else size
    return check_two("size", sides, ("height", "width"))


def check_two(name: str, pair: tuple[int, int],
              parts: tuple[str, str]) -> tuple[int, int]:
    """Return two whole numbers of at least 1; raises in a sentence otherwise."""
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(f"{name} is {describe(pair)}; give a pair ({', '.join(parts)}) "
                        f"of whole numbers, such as (1, 2).")
    first, second = (check_integer(f"{part} in {name}", number, 1, 256)
                     for part, number in zip(parts, pair))
    return first, second
