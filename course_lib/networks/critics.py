"""Critics: networks that give a score to a pair. Lesson 04."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer, describe
from course_lib.contract import at_least_32_bits
from course_lib.networks.image_to_image import ContextBlock
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.positions import PositionalEncoding, fold, minimum_projections
from course_lib.networks.standardize import PerChannel, Standardize, check_sizes


class PairCritic(nn.Module):
    """A score d(x, y) of a whole pair of pictures: does y look real, beside this x?

        x, y ── fold 4 x 4 ── conv ── blocks ── pool ── ψ ──┬── linear ─────┐
                                                            └── ⟨ψ, φ⟩ ── add ── d
           x ── fold 4 x 4 ── conv ── gelu ──── pool ── φ ──────┘

    given_channels, y_channels: of x and of y, (batch, channels, height, width)
    width:      channels inside
    blocks:     residual blocks, each with a view of the whole picture
    sees_given: False makes a critic of y alone, to whom x is no matter
    mean, std:  of x, see `Standardize`
    y_std:      what y is divided by; a critic has to see its noise
    pixel_features: of each pixel of the pair by itself, which are folded in its place;
        0: the pair itself is folded
    positions:  whether pixels and squares are told where they are, see
        `PositionalEncoding`
    minimum_projections: whether x is seen with them, which say how far things reach;
        see the function of that name

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
                 blocks: int = 1, sees_given: bool = True, mean: PerChannel = 0.0,
                 std: PerChannel = 1.0, y_std: PerChannel = 1.0,
                 pixel_features: int = 0, positions: bool = False,
                 minimum_projections: bool = False):
        super().__init__()
        check_sizes(given_channels=given_channels, y_channels=y_channels, width=width,
                    blocks=blocks)
        check_integer("pixel_features", pixel_features, 0)
        self.sees_given = bool(sees_given)
        self.minimum_projections = bool(minimum_projections)
        self.standardize = Standardize(given_channels, mean, std)
        self.standardize_y = Standardize(y_channels, std=y_std)
        pixels = self.FOLD ** 2
        of_given = given_channels * (3 if self.minimum_projections else 1)
        channels = y_channels + of_given * self.sees_given
        self.pixels = (pixel_layers(channels, pixel_features, positions)
                       if pixel_features else nn.Identity())
        side = 1 if pixel_features else 3      # so many channels would cost too much
        self.pair = nn.Sequential(
            nn.Conv2d(pixels * (pixel_features or channels), width, side,
                      padding=side // 2), *told_positions(width, positions),
            *(ContextBlock(width) for _ in range(blocks)), nn.GELU(), Pool(width))
        self.out = nn.Linear(width, 1)
        if self.sees_given:
            self.photo = nn.Sequential(
                nn.Conv2d(pixels * of_given, width, 3, padding=1),
                *told_positions(width, positions), nn.GELU(), Pool(width),
                nn.Linear(width, width))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return d(x, y), (batch,), in at least 32 bits."""
        pair = y = self.standardize_y(y)
        if self.sees_given:
            x = self.standardize(x)
            x = minimum_projections(x) if self.minimum_projections else x
            pair = side_by_side(x, y)
        features = self.pair(fold(self.pixels(pair), self.FOLD))    # (batch, width)
        score = self.out(features)[:, 0]
        if self.sees_given:
            score = score + (features * self.photo(fold(x, self.FOLD))).mean(1)
        return at_least_32_bits(score)


def side_by_side(x: Tensor, y: Tensor) -> Tensor:
    """Return x and y as the channels of one picture; raises ValueError, in a sentence,
    where they do not lie upon each other."""
    if x.shape[0] != y.shape[0] or x.shape[2:] != y.shape[2:]:
        raise ValueError(f"the critic is shown x, {describe(x)}, and y, {describe(y)}; "
                         f"give as many, and of the same size.")
    return torch.cat([x, y], 1)


def pixel_layers(channels: int, features: int,
                 positions: bool = False) -> nn.Sequential:
    """Return what makes features of each pixel by itself, told its position or not."""
    return nn.Sequential(Pointwise(channels, features),
                         *told_positions(features, positions, 3.0), nn.GELU())


def told_positions(channels: int, told: bool, gain: float = 1.0) -> list[nn.Module]:
    """Return a list of `PositionalEncoding`, or an empty one."""
    return [PositionalEncoding(channels, gain)] if told else []


class Pool(nn.Module):
    """An average over places whose weights are learned, for each feature its own.

    (batch, width, height, width) -> (batch, width).
    """

    def __init__(self, width: int):
        super().__init__()
        self.weight = Pointwise(width, width, bias=False)    # softmax would undo it

    def forward(self, features: Tensor) -> Tensor:
        attention = self.weight(features).flatten(2).softmax(-1)
        return (attention * features.flatten(2)).sum(-1)
