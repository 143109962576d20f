"""Critics: networks that give a score to a pair. Lesson 04."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer, check_number
from course_lib.networks.image_to_image import ContextBlock
from course_lib.networks.places import WAVES, Places, fold, shadows


class PairCritic(nn.Module):
    """A score d(x, y) of a whole pair of pictures: does y look real, beside this x?

        x, y ── fold 4 x 4 ── conv ── blocks ── pool ── ψ ──┬── linear ─────┐
                                                            └── ⟨ψ, φ⟩ ── add ── d
           x ── fold 4 x 4 ── conv ── gelu ──── pool ── φ ──────┘

    given_channels, y_channels: of x and of y, (batch, channels, height, width)
    width:      channels inside
    blocks:     residual blocks, each with a view of the whole picture
    sees_given: False makes a critic of y alone, to whom x is no matter
    center, spread: what is subtracted from x, and what it is then divided by
    y_spread:   what y is divided by; a critic has to see its noise
    pixel_features: of each pixel of the pair by itself, which are folded in its place;
        0: the pair itself is folded
    places:     whether pixels and squares are told where they are, see `Places`
    shadows:    whether x is seen with its `shadows`, which say how far things reach

    The product ⟨ψ(x, y), φ(x)⟩ lets the critic say at once that the more of this in x,
    the rarer that in y. Both pools are attention pools: which places count is learned.
    A critic learns at once what is in its first features, and late what is not. Grain,
    and color beyond an edge, are matters of single pixels; stripes of the place.
    Sources: T. Miyato and M. Koyama, cGANs with projection discriminator, 2018, for the
    product; P. Isola et al., Image-to-image translation with conditional adversarial
    networks, 2017, for judging single pixels. Lesson 04.
    """

    FOLD = 4

    def __init__(self, given_channels: int = 1, y_channels: int = 2, width: int = 48,
                 blocks: int = 1, sees_given: bool = True, center: float = 0.7,
                 spread: float = 0.1, y_spread: float = 0.3, pixel_features: int = 0,
                 places: bool = False, shadows: bool = False):
        super().__init__()
        for name, value in (("given_channels", given_channels), ("width", width),
                            ("y_channels", y_channels), ("blocks", blocks)):
            check_integer(name, value, 1)
        check_integer("pixel_features", pixel_features, 0)
        self.given_channels, self.y_channels = given_channels, y_channels
        self.sees_given, self.shadows = bool(sees_given), bool(shadows)
        self.center = check_number("center", center, -1e3, 1e3)
        self.spread = check_number("spread", spread, 0.0, 1e3, open_low=True)
        self.y_spread = check_number("y_spread", y_spread, 0.0, 1e3, open_low=True)
        pixels = self.FOLD ** 2
        of_given = given_channels * (3 if self.shadows else 1)
        channels = y_channels + of_given * self.sees_given
        self.pixels = (pixel_layers(channels, pixel_features, places)
                       if pixel_features else nn.Identity())
        side = 1 if pixel_features else 3      # so many channels would cost too much
        self.pair = nn.Sequential(
            nn.Conv2d(pixels * (pixel_features or channels), width, side,
                      padding=side // 2), *told_places(width, places),
            *(ContextBlock(width) for _ in range(blocks)), nn.GELU(), Pool(width))
        self.out = nn.Linear(width, 1)
        if self.sees_given:
            self.photo = nn.Sequential(
                nn.Conv2d(pixels * of_given, width, 3, padding=1),
                *told_places(width, places), nn.GELU(), Pool(width),
                nn.Linear(width, width))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return d(x, y), (batch,), in 32 bits also under autocast."""
        y = y / self.y_spread
        if not self.sees_given:
            return self.out(self.pair(fold(self.pixels(y), self.FOLD)))[:, 0].float()
        x = ((shadows(x) if self.shadows else x) - self.center) / self.spread
        pair = fold(self.pixels(torch.cat([x, y], dim=1)), self.FOLD)
        features = self.pair(pair)                                  # (batch, width)
        agreement = (features * self.photo(fold(x, self.FOLD))).mean(1)
        return (self.out(features)[:, 0] + agreement).float()


def pixel_layers(channels: int, features: int, places: bool = False) -> nn.Sequential:
    """Return what makes features of each pixel by itself, told its place or not."""
    return nn.Sequential(nn.Conv2d(channels, features, 1),
                         *told_places(features, places, WAVES, 3.0), nn.GELU())


def told_places(channels: int, told: bool, *options) -> list[nn.Module]:
    """Return a list of `Places`, or an empty one."""
    return [Places(channels, *options)] if told else []


class Pool(nn.Module):
    """An average over places whose weights are learned, for each feature its own.

    (batch, width, height, width) -> (batch, width).
    """

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Conv2d(width, width, 1, bias=False)    # softmax would undo it

    def forward(self, features: Tensor) -> Tensor:
        attention = self.weight(features).flatten(2).softmax(-1)
        return (attention * features.flatten(2)).sum(-1)
