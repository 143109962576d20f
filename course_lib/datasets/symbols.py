"""Answers made of symbols: labels, places and boxes, as coloring made them of levels.

    CoveredHouses(facades)  a half-covered house   -> the part that each pixel shows
    NextPlace(billiards)    a frame with a ball    -> which pixels it covers next
    WindowBoxes(facades)    a picture of a house   -> the box around one window

Each y is (batch, 1, height, width), a symbol 0 … levels - 1 over levels - 1, and
`codebook` has a cell for every symbol: what predicts the levels of a color, pixel by
pixel, predicts these too. Lesson 11.
"""

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_type
from course_lib.contract import seeded
from course_lib.datasets.base import BaseWorld
from course_lib.datasets.billiards import Billiards
from course_lib.datasets.facades import Facades, FacadeTask
from course_lib.datasets.facades.plans import PARTS, WINDOW
from course_lib.datasets.true_model import SampledTruth


class CoveredHouses(FacadeTask):
    """Label maps of houses before which a grey square stands: what is behind it is to
    be guessed.

    facades: a `Facades`

    x is (batch, 3, size, size) in sRGB, 0.5 where it is covered, a square of half the
    size that is anywhere within the picture; y is (batch, 1, size, size), the number of
    the part over 8.
    """

    levels, part_names = len(PARTS), PARTS

    def __init__(self, facades: Facades):
        super().__init__(facades)
        self.y_shape = (1, self.size, self.size)

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        plan, picture = self.facades.at(index, split)
        seen = picture.masked_fill(self.covered(index, split), 0.5)
        return seen, plan.argmax(1, keepdim=True) / (self.levels - 1)

    def covered(self, index: Tensor, split: str = "test") -> Tensor:
        """Return which pixels are covered, (batch, 1, size, size) of bool."""
        side = self.size // 2
        with seeded(self.facades.seed + 2**31 * (split == "test")):
            corner = torch.randint(1, side, (self.count(split), 2))[index]
        after = torch.arange(self.size) - corner[..., None]        # (batch, 2, size)
        inside = (after >= 0) & (after < side)
        return (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None]

    def is_whole(self, y: Tensor) -> Tensor:
        """Return whether a plan has windows, and all of them are filled rectangles of
        two pixels at least, as those of all true plans are, (...,) of bool.

        y: (..., 1, size, size)"""
        windows = (y[..., 0, :, :] * (self.levels - 1)).round() == WINDOW
        return torch.tensor([all_rectangles(plan) for plan in windows.flatten(0, -3)]
                            ).view(y.shape[:-3])

    def overlap(self, y: Tensor, true: Tensor, where: Tensor) -> Tensor:
        """Return how well windows cover the true ones `where` that is asked for: the
        area of both over the area of one of them, (...,); NaN where there is none.

        y, true: (..., 1, size, size), parts over 8;  where: the same shape, bool"""
        drawn, wanted = (((each * (self.levels - 1)).round() == WINDOW) & where
                         for each in (y, true))
        return ((drawn & wanted).sum((-3, -2, -1))
                / (drawn | wanted).sum((-3, -2, -1)).float())


class NextPlace(BaseWorld):
    """Which pixels the ball of billiards covers, one frame later.

    billiards: a `Billiards`
    x is a clean frame, (batch, 3, size, size); y is (batch, 1, size, size), 1 where the
    ball covers more than half of a pixel and 0 elsewhere. `truth` can be sampled.
    """

    levels = 2

    def __init__(self, billiards: Billiards):
        self.billiards = check_type("billiards", billiards, Billiards,
                                    "Billiards, for instance Billiards()")
        self.size, self.given_shape = billiards.size, billiards.given_shape
        self.y_shape = (1, self.size, self.size)
        self.truth = SampledTruth(self)

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n pairs x, y of the split, as `Billiards` does."""
        place, color = self.billiards.starts(n, split)
        return self.billiards.frame(place, color), self.covered(place, 1)[0]

    def check_given(self, x: Tensor) -> Tensor:
        """Return x if it is a batch of clean frames with one ball; raises if not."""
        return self.billiards.check_given(x)

    def draw_answers(self, x: Tensor, n: int) -> Tensor:
        """Return n next places for each frame, (n, batch, 1, size, size)."""
        return self.covered(self.billiards.place(x), n)

    def covered(self, place: Tensor, n: int) -> Tensor:
        """Return n next places of balls at `place`, (n, batch, 1, size, size)."""
        ball = self.billiards
        after = ball.move(place, ball.draw_velocity(n, len(place)).to(place))
        return (ball.coverage(after) > 0.5).unsqueeze(2).float()

    def held_out(self, n: int = 256) -> tuple[Tensor, Tensor]:
        """Return the first n test frames, each once, with fixed next places."""
        x, _ = self.billiards.held_out(n)
        with seeded(self.billiards.seed):
            return x, self.truth.draw(x, 1, n)[0]

    def is_whole(self, y: Tensor) -> Tensor:
        """Return whether the covered pixels are those of one ball, (...,) of bool: a
        ball about their middle covers all of them, and no other but at its edge.

        y: (..., 1, size, size)"""
        covered = y[..., 0, :, :] > 0.5
        cover = self.billiards.coverage(self.middle(y))
        inside, outside = (cover > 0.9) & ~covered, (cover < 0.1) & covered
        return ~(inside | outside).flatten(-2).any(-1) & covered.flatten(-2).any(-1)

    def middle(self, y: Tensor) -> Tensor:
        """Return the middle of what is covered, across and down, (..., 2) in pixels."""
        covered = y[..., 0, :, :] > 0.5
        pixel, count = torch.arange(self.size) + 0.5, covered.sum((-2, -1)).clamp(min=1)
        return torch.stack([(covered.sum(-2) * pixel).sum(-1) / count,
                            (covered.sum(-1) * pixel).sum(-1) / count], -1)

    def is_within_reach(self, y: Tensor, x: Tensor) -> Tensor:
        """Return whether the middle is where the ball of x can be one frame later, to
        half a pixel, (..., batch) of bool, for y (..., batch, 1, size, size)."""
        moved = self.middle(y) - self.billiards.place(x)
        return moved.norm(dim=-1) <= self.billiards.speed + 0.5

    def rgb(self, x: Tensor, y: Tensor) -> np.ndarray:
        """Return the frame before, (..., size, size, 3) in [0, 1]."""
        return self.billiards.rgb(x)


class WindowBoxes(FacadeTask):
    """Object detection: a picture of a house, and the box around one of its windows.

    facades: a `Facades`
    x is (batch, 3, size, size) in sRGB; y is (batch, 1, 1, 4): top, left, bottom and
    right in pixels, over size. Which window is asked for, nobody says: each is as
    probable as the others, so -log(number of windows) nats are the best mean log p.
    That boxes are words of four symbols is from Ting Chen et al., "Pix2seq: a language
    modeling framework for object detection", 2022.
    """

    def __init__(self, facades: Facades):
        super().__init__(facades)
        self.levels = facades.size + 1
        self.y_shape = (1, 1, 4)
        self._windows: dict[str, list[Tensor]] = {}

    def at(self, index: Tensor, split: str = "train") -> tuple[Tensor, Tensor]:
        _, picture = self.facades.at(index, split)
        windows = self.windows(split)
        boxes = torch.stack([windows[i][i % len(windows[i])] for i in index.tolist()])
        return picture, boxes[:, None, None] / self.size

    def draw_batch(self, n: int, split: str) -> tuple[Tensor, Tensor]:
        """Return n pairs, with replacement; any window of a house may be asked for."""
        index, which = torch.randint(self.count(split), (n,)), torch.rand(n)
        _, picture = self.facades.at(index, split)
        found = [self.windows(split)[i] for i in index.tolist()]
        boxes = [some[int(u * len(some))] for u, some in zip(which.tolist(), found)]
        return picture, torch.stack(boxes)[:, None, None] / self.size

    def windows(self, split: str = "test") -> list[Tensor]:
        """Return the boxes of the windows of each house, (windows, 4), in pixels."""
        if split not in self._windows:
            plans, _ = self.facades.at(torch.arange(self.count(split)), split)
            self._windows[split] = [boxes_of(plan) for plan in plans[:, WINDOW]]
        return self._windows[split]

    def overlap(self, y: Tensor) -> Tensor:
        """Return how well boxes fit the window that they fit best, (..., houses): the
        area that both cover over the area that one of them covers, from 0 to 1; 0 for
        what is no box, its bottom above its top.

        y: (..., houses, 1, 1, 4), of the first held-out houses"""
        from torchvision.ops import box_iou

        boxes = y.flatten(-3).mul(self.size).cpu()
        houses = [box_iou(found.reshape(-1, 4), true.float()).nan_to_num(0).amax(1)
                  for found, true in zip(boxes.movedim(-2, 0), self.windows("test"))]
        return torch.stack(houses, -1).view(boxes.shape[:-1])


def boxes_of(shown: Tensor) -> Tensor:
    """Return the boxes around what is connected, (boxes, 4), int64: top, left, bottom
    and right, the last two one pixel beyond.

    shown: (height, width), above 0 where something is"""
    from scipy import ndimage

    numbered, _ = ndimage.label(shown.numpy() > 0)
    return torch.tensor([[rows.start, columns.start, rows.stop, columns.stop]
                         for rows, columns in ndimage.find_objects(numbered)])


def all_rectangles(shown: Tensor) -> bool:
    """Return whether something is shown, and each connected piece of it fills its box,
    which has two pixels at least; shown: (height, width) of bool."""
    boxes = boxes_of(shown).reshape(-1, 4).tolist()
    return bool(boxes) and all(
        shown[top:bottom, left:right].all() and (bottom - top) * (right - left) > 1
        for top, left, bottom, right in boxes)


def pieces(y: Tensor, levels: int) -> Tensor:
    """Return how many connected pieces of one symbol there are, (...,), of answers y
    (..., 1, height, width)."""
    symbols = (y[..., 0, :, :] * (levels - 1)).round().long().flatten(0, -3)
    return torch.tensor([sum(len(boxes_of(plan == symbol)) for symbol in plan.unique())
                         for plan in symbols]).view(y.shape[:-3]).float()
