"""The world of spots: what is given says *where* the image is bright. Lesson 07.

A vector h that shifts the gates of a PixelCNN everywhere alike cannot say where; a map
s = m(h) can. The truth with x, and the truth without, are both exact.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.checks import check_integer, check_number, check_tensor
from course_lib.contract import Given, LikelihoodModel
from course_lib.datasets.blind_spot import binary_entropy
from course_lib.datasets.indexed import DrawnWorld, UnconditionalTruth, check_binary


class Spots(DrawnWorld):
    """Place -> binary image with a bright spot there.

        x = place 5 of 0 … 8          . . . . . .
                                      . . . . . .
        | 0 | 1 | 2 |                 . . . . # #      the cell that x names is bright
        | 3 | 4 | 5 |       ->        . # . . # .      with chance `bright` a pixel, the
        | 6 | 7 | 8 |                 . . . . . .      others with chance `dark`
                                      . . # . . .

    size:   of a side in pixels, a multiple of `cells`
    cells:  of a side; there are cells² places, all equally likely
    bright, dark: the chance of a pixel to be 1, inside the spot and outside, from 0.001
            to 0.999
    seed:   which pairs are held out

    x: (batch, cells²), one-hot; y: (batch, 1, size, size) of 0 and 1. Given x all
    pixels are independent: what is hard about this world is the place alone. To know it
    is worth at most ln cells² nats per image, and everything to the eye.
    """

    def __init__(self, size: int = 12, cells: int = 3, bright: float = 0.9,
                 dark: float = 0.1, seed: int = 0):
        super().__init__(seed)
        self.cells = check_integer("cells", cells, 1, 16)
        self.size = check_integer("size", size, cells, 128)
        if size % cells:
            raise ValueError(f"size is {size} and cells is {cells}; give a size that "
                             f"is a multiple of the number of cells.")
        self.bright = check_number("bright", bright, 0.001, 0.999)
        self.dark = check_number("dark", dark, 0.001, 0.999)
        self.given_shape = (cells ** 2,)
        self.y_shape = (1, size, size)
        self.truth = SpotsTruth(self)
        self.marginal = SpotsMarginal(self)

    @property
    def inside(self) -> Tensor:
        """Which pixels belong to each place, (cells², size, size) of bool."""
        cell = torch.arange(self.size) * self.cells // self.size
        place = cell.unsqueeze(1) * self.cells + cell
        return place == torch.arange(self.cells ** 2).view(-1, 1, 1)

    @property
    def chances(self) -> Tensor:
        """The chance of each pixel to be 1, by place, (cells², size, size)."""
        return torch.where(self.inside, self.bright, self.dark)

    def draw_pairs(self, n: int) -> tuple[Tensor, Tensor]:
        x = functional.one_hot(torch.randint(self.cells ** 2, (n,)),
                               self.cells ** 2).float()
        return x, self.truth.draw(x, 1, n)[0]

    def place_of(self, y: Tensor) -> Tensor:
        """Return where the spot of each image y is, most likely, (...) of int64, for y
        (..., 1, size, size)."""
        places = self.marginal.posterior(y.flatten(0, -4)).argmax(1)
        return places.view(y.shape[:-3])


class SpotsTruth(LikelihoodModel):
    """The exact p(y | x) of `Spots`: independent pixels, each with its own chance."""

    def __init__(self, world: Spots):
        super().__init__()
        self.given_shape, self.y_shape = world.given_shape, world.y_shape
        self.bright, self.dark = world.bright, world.dark
        self.register_buffer("chances", world.chances.double(), persistent=False)
        self.register_buffer("inside", world.inside, persistent=False)

    def check_given(self, given: Given) -> Tensor:
        """Return x if each row names one place, by a one."""
        x = super().check_given(check_tensor("given", given,
                                             ("batch", *self.given_shape)))
        one = ((x == 0) | (x == 1)).all(1) & (x.sum(1) == 1)
        if not one.all():
            raise ValueError(f"given names no single place in {int((~one).sum())} of "
                             f"its rows; give one-hot rows, a 1 and otherwise 0.")
        return x

    def draw(self, given: Tensor, n: int, batch: int) -> Tensor:
        chances = self.chances[given.argmax(1)]
        return torch.bernoulli(chances.expand(n, -1, -1, -1)).unsqueeze(2).float()

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, x = self.check_pair(y, given)
        every = self.log_prob_by_place(y)
        return every.gather(1, x.argmax(1, keepdim=True))[:, 0].float()

    def log_prob_by_place(self, y: Tensor) -> Tensor:
        """Return log p(y | x) for every x there is, (batch, places), 64-bit."""
        ones = check_binary(y).double()                        # (batch, 1, h, w)
        logs = torch.xlogy(ones, self.chances) + torch.xlogy(1 - ones, 1 - self.chances)
        return logs.sum((-2, -1))

    def entropy(self) -> float:
        """Return the entropy of y given x, in nats: the same for every place."""
        spot = int(self.inside[0].sum())
        rest = self.inside[0].numel() - spot
        return spot * binary_entropy(self.bright) + rest * binary_entropy(self.dark)


class SpotsMarginal(UnconditionalTruth):
    """The exact p(y) of `Spots` without x: the best that an unconditional model can do.

        p(y) = 1/cells² Σₓ p(y | x)

    It infers the place from what it has drawn, so that little is lost: H(y) exceeds
    H(y | x) by at most ln cells².
    """

    def __init__(self, world: Spots):
        super().__init__()
        self.y_shape = world.y_shape
        self.truth = SpotsTruth(world)
        self.places = world.cells ** 2

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        chances = self.truth.chances
        place = torch.randint(self.places, (n, batch), device=chances.device)
        return torch.bernoulli(chances[place]).unsqueeze(2).float()

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, _ = self.check_pair(y, given)
        every = self.truth.log_prob_by_place(y)
        return (every.logsumexp(1) - math.log(self.places)).float()

    def posterior(self, y: Tensor) -> Tensor:
        """Return P(place | y), (batch, places): where the spot seems to be."""
        y, _ = self.check_pair(y, None)
        return self.truth.log_prob_by_place(y).softmax(1).float()
