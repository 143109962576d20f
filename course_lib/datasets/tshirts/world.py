"""The world of t-shirts: a grey photo x, and the chroma y that it does not show.

x is the lightness L / 100 of a shirt before a light background, y its chroma ab / 40,
in CIE Lab. A shirt is dyed teal or pink, and grey photos of both look alike; which of
them is likelier follows from how light the shirt is, by a law that is known. So
p(y | x) is known too, and every model of the course is measured against it. Lesson 00.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Generator, Tensor
from torch.distributions import Normal

from course_lib import color
from course_lib.checks import check_choice, check_integer, check_tensor, describe
from course_lib.contract import seeded
from course_lib.datasets.base import BaseWorld, check_held_out
from course_lib.datasets.tshirts import silhouettes
from course_lib.datasets.tshirts.silhouettes import uniform
from course_lib.datasets.tshirts.truth import IndependentTruth, Truth

PINK = (0.65, 0.35)                # ab / 40 of the pink dye; teal is its opposite
NOISE = 0.1                        # standard deviation of every number of y
BACKGROUND = 240 / 255             # lightness around the shirt; photos have 8 bits
DARKEST, LIGHTEST = 128 / 255, 204 / 255     # of cloth: sRGB holds both dyes there
CLOTH = (LIGHTEST + BACKGROUND) / 2          # anything darker is cloth
FOLD = 0.045                       # how far light and shade move the lightness
LEAST, MOST = 0.15, 0.85           # P(teal) of very dark and of very light shirts
STANDARD = {                       # mean and std of a shirt's mean lightness
    "drawn": (0.651, 0.0612), "fashion-mnist": (0.677, 0.0570)}
SHIRTS = {"train": 4096, "test": 1024}       # drawn shirts in each split
NAMES = {"solid": ("teal", "pink"),
         "stripes": ("teal", "pink", "stripes A", "stripes B")}
AT_ONCE = 32                       # shirts drawn in one go: they fit into the cache
WARDROBES = 16                     # splits whose photos are kept, of all worlds


class TShirts(BaseWorld):
    """Pairs (x, y) of grey photos and their colors, with the exact p(y | x).

    pattern:  "solid", teal or pink; "stripes", also teal and pink in stripes of
              either phase (1/4 each), which the lightness does not show
    shirts:   "drawn", or "fashion-mnist" for the 7,000 photographed ones
    size:     pixels a side, 16 to 128
    channels: "ab", or "a" for the first chroma channel alone
    seed:     which shirts are drawn

    x is (batch, 1, size, size) in [0, 1]; y is (batch, channels, size, size), nothing
    clipped. Raises ValueError or TypeError in a sentence for anything else, and
    `DataUnavailable` where Fashion-MNIST is asked for and is not to be had.

        P(teal | x) = 0.15 + 0.70 · Φ((mean lightness of the cloth - μ) / s)

    with Φ the normal distribution function and μ, s the source's own mean and
    std: the lighter the shirt, the likelier teal, one half on average.
    """

    noise = NOISE

    def __init__(self, pattern: str = "solid", shirts: str = "drawn", size: int = 32,
                 channels: str = "ab", seed: int = 0):
        self.pattern = check_choice("pattern", pattern, NAMES)
        self.shirts = check_choice("shirts", shirts, STANDARD)
        self.size = check_integer("size", size, 16, 128)
        self.channels = check_choice("channels", channels, ("ab", "a"))
        self.seed = check_integer("seed", seed, 0, 2**31 - 1)
        self.mode_names = NAMES[pattern]
        self.given_shape = (1, size, size)
        self.y_shape = (len(channels), size, size)
        self.truth = Truth(self)
        self.independent = IndependentTruth(self)
        if shirts == "fashion-mnist":
            self.lightness("test")               # so that missing data are said at once

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n photos of the split, drawn with replacement, newly dyed."""
        wardrobe = self._photographs(split)
        x = self._to_lightness(wardrobe[torch.randint(len(wardrobe), (n,))])
        return x, self.truth.draw(x, 1, n)[0]

    def lightness(self, split: str = "train") -> Tensor:
        """Return every grey photo of a split, (shirts, 1, size, size) in [0, 1]."""
        return self._to_lightness(self._photographs(split))

    def held_out(self, n: int = 256) -> tuple[Tensor, Tensor]:
        """Return the first n test shirts, each once, with fixed true colors: the
        pairs on which every score is computed."""
        check_held_out(n, len(self._photographs("test")))
        x = self._to_lightness(self._photographs("test")[:n])
        with seeded(self.seed):
            return x, self.truth.draw(x, 1, n)[0]

    def check_given(self, x: Tensor) -> Tensor:
        """Return x if it is a batch of grey photos, each with some cloth in it.

        Raises TypeError or ValueError, in a sentence, otherwise."""
        check_tensor("given", x, ("batch", *self.given_shape), 0.0, 1.0)
        bare = (~self.mask(x).flatten(1).any(1)).nonzero().flatten().tolist()
        if bare:
            raise ValueError(f"given shows no shirt in {describe(bare)} of its photos, "
                             f"counted from 0; cloth is darker than {CLOTH:.2f}.")
        return x

    def mask(self, x: Tensor) -> Tensor:
        """Return where there is cloth, (batch, size, size) of bool."""
        return x[:, 0] < CLOTH

    def mean_lightness(self, x: Tensor) -> Tensor:
        """Return the mean of x over the cloth, (batch,)."""
        mask = self.mask(x)
        return (x[:, 0] * mask).sum((-2, -1)) / mask.sum((-2, -1))

    def probability_of_teal(self, x: Tensor) -> Tensor:
        """Return P(teal | x) of a solid shirt, (batch,): the law of the dye."""
        mean, std = STANDARD[self.shirts]
        share = Normal(mean, std).cdf(self.mean_lightness(x))
        return LEAST + (MOST - LEAST) * share

    def mode_probabilities(self, x: Tensor) -> Tensor:
        """Return P(mode | x), (batch, modes); the columns are `mode_names`."""
        p = self.probability_of_teal(x)
        if self.pattern == "solid":
            return torch.stack([p, 1 - p], -1)
        quarter = torch.full_like(p, 0.25)
        return torch.stack([p / 2, (1 - p) / 2, quarter, quarter], -1)

    def dyes(self, x: Tensor) -> Tensor:
        """Return the dye of each pixel in each mode, (batch, modes, size, size):
        -1 is teal, 1 is pink, 0 is background."""
        teal = -torch.ones_like(x[:, 0])
        dyes = [teal, -teal]
        if self.pattern == "stripes":
            dyes += [self.stripes(x), -self.stripes(x)]
        return torch.stack(dyes, 1) * self.mask(x).unsqueeze(1)

    def stripes(self, x: Tensor) -> Tensor:
        """Return the stripes of phase A, (batch, size, size) of -1 and 1.

        A short shirt wears them across and a long one along; a narrow shirt wears
        fine ones (3/32 of the side) and a wide one broad ones (6/32).
        """
        span, length = silhouettes.bounding_box(self.mask(x))
        fine, broad = (max(1, round(share * self.size / 32)) for share in (3, 6))
        half = torch.where(span < silhouettes.BETWEEN, fine, broad).view(-1, 1, 1)
        place = torch.arange(self.size, device=x.device)
        along = (length > silhouettes.BETWEEN).view(-1, 1, 1)
        place = torch.where(along, place.view(1, 1, -1), place.view(1, -1, 1))
        return 2.0 * (place.div(half, rounding_mode="floor") % 2) - 1.0

    def modes(self, x: Tensor) -> Tensor:
        """Return each mode without its noise, (batch, modes, channels, size, size)."""
        pink = torch.tensor(PINK[:len(self.channels)], dtype=x.dtype, device=x.device)
        return self.dyes(x).unsqueeze(2) * pink.view(1, 1, -1, 1, 1)

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return sRGB pictures (..., size, size, 3) in [0, 1] of x and y.

        Leading dimensions broadcast, so that n samples y of one x make n pictures.
        Where y holds a alone, b follows on the line between the two dyes.
        """
        for name, value, shape in (("x", x, self.given_shape), ("y", y, self.y_shape)):
            leading = ("...",) * (value.ndim - 3) if isinstance(value, Tensor) else ()
            check_tensor(name, value, (*leading, *shape))
        if self.channels == "a":
            y = torch.cat([y, y * (PINK[1] / PINK[0])], dim=-3)
        return color.image_to_rgb(x, y)

    def _photographs(self, split: str) -> Tensor:
        """Return the photos of a split as bytes, (shirts, size, size)."""
        check_choice("split", split, SHIRTS)
        if self.shirts == "drawn":
            return drawn(split, self.size, self.seed)
        return photographed(split, self.size)

    @staticmethod
    def _to_lightness(photographs: Tensor) -> Tensor:
        return photographs.unsqueeze(1).float() / 255


@lru_cache(WARDROBES)
def drawn(split: str, size: int, seed: int) -> Tensor:
    """Return drawn shirts as photographed in 8 bits, (shirts, size, size), which all
    worlds of that size and seed share."""
    generator = Generator().manual_seed(2 * seed + (split == "test"))
    low, high = DARKEST + FOLD, LIGHTEST - FOLD
    photographs = []
    for start in range(0, SHIRTS[split], AT_ONCE):
        n = min(AT_ONCE, SHIRTS[split] - start)
        shirt = silhouettes.draw_parameters(n, generator)
        light = low + (high - low) * uniform(n, generator)
        light = light + FOLD * silhouettes.folds(n, size, generator)
        photo = torch.where(silhouettes.cloth(shirt, size), light, BACKGROUND)
        photographs.append((255 * photo).round().byte())
    return torch.cat(photographs)


@lru_cache(WARDROBES)
def photographed(split: str, size: int) -> Tensor:
    """Return the t-shirts of Fashion-MNIST in the same range of lightness."""
    from course_lib.datasets.tshirts import real as real_shirts

    cloth, light = real_shirts.cloth_and_light(split, size)
    light = DARKEST + (LIGHTEST - DARKEST) * light
    return (255 * torch.where(cloth, light, BACKGROUND)).round().byte()
