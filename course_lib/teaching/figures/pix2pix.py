"""Figures of lesson 09: the two players, a patch, and pictures of one plan."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.contract import seeded
from course_lib.networks.patchgan import PatchGAN
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import INK, arrow, bare, block, detour
from course_lib.teaching.figures.style import LOOKS, start

BOXES = (                          # of show_players: left, bottom, width, height, words
    (0.0, 0.55, 1.0, 1.0, "plan x\n9 channels\n48 × 48"),
    (1.66, 0.55, 0.74, 1.0, "24 × 24"),
    (2.62, 0.75, 0.62, 0.6, "6 × 6"),
    (3.46, 0.55, 0.74, 1.0, "24 × 24"),
    (4.85, 0.55, 1.0, 1.0, "answer g(x)\n3 channels\n48 × 48"),
    (4.85, -1.15, 1.0, 1.0, "true y\n3 channels\n48 × 48"),
    (6.75, 0.62, 0.8, 0.86, "critic"),
    (8.2, 0.62, 0.86, 0.86, "a score\nper patch"))
ENDS = (0, 4, 5, 7)                # what is data and no network


def show_players() -> Axes:
    """Show how a plan becomes a picture, and who judges it: U-Net, critic, L1."""
    ax = start(height=3.0)
    for i, (left, bottom, width, height, words) in enumerate(BOXES):
        block(ax, (left, bottom), (width, height), words, i in ENDS, 8.5)
    middle = 1.05
    for begin, end in ((1.0, 1.66), (2.4, 2.62), (3.24, 3.46), (4.2, 4.85),
                       (5.85, 6.75), (7.55, 8.2)):
        arrow(ax, (begin, middle), (end, middle))
    detour(ax, (2.06, 1.55), (3.8, 1.55), 1.75, "skip")
    detour(ax, (0.5, 1.55), (4.5, middle), 2.15, "skip")
    detour(ax, (0.5, 0.55), (7.15, 0.62), -1.45, "x stands beside whatever is judged",
           under=True)
    arrow(ax, (5.35, -0.15), (5.35, 0.55))
    arrow(ax, (5.35, 0.55), (5.35, -0.15))
    ax.text(5.42, 0.2, "L1", fontsize=10, va="center", weight="bold")
    arrow(ax, (5.85, -0.65), (6.95, 0.62))
    ax.text(2.93, 0.3, "generator g, a U-Net", ha="center", fontsize=9.5,
            color=LOOKS["model"].dark)
    ax.set(xlim=(-0.1, 9.2), ylim=(-1.95, 2.5))
    ax.set_axis_off()
    return describe(ax, """Two networks. A plan x with 9 channels of 48 by 48 goes
        through a generator, a U-Net of 24 by 24, 6 by 6 and 24 by 24 places, to an
        answer with 3 channels of 48 by 48; two skips lead over the smallest box. The
        answer is compared with the true y by L1. Either of the two goes into a critic,
        beside the plan, which gives a score for each patch.""")


def seen_by_one(side: int, size: int) -> tuple[Tensor, PatchGAN, tuple[int, int]]:
    """Return how strongly the middle score of an untrained critic hangs on each pixel
    of a picture, (size, size), that critic, and how many scores it has."""
    with seeded(0):
        critic = PatchGAN(9, 3, side, width=16)
        x, y = torch.zeros(1, 9, size, size), torch.rand(1, 3, size, size)
    scores = critic(x, y.requires_grad_())
    down, across = scores.shape[1:]
    slope, = torch.autograd.grad(scores[0, down // 2, across // 2], y)
    return slope[0].abs().sum(0), critic, (down, across)


def show_patch(world, x: Tensor, y: Tensor, side: int = 16) -> Axes:
    """Show which pixels one score of a critic sees, and how many scores there are.

    x, y: one pair of the world, (1, 9, h, w) and (1, 3, h, w)
    side: of a patch in pixels, from 1 to the picture's
    """
    size = check_tensor("y", y, (1, *world.y_shape)).shape[-1]
    check_integer("side", side, 1, size)
    slope, critic, (down, across) = seen_by_one(side, size)
    rows, columns = (slope > 0).any(1).nonzero()[:, 0], (slope > 0).any(0).nonzero()
    top, left = int(rows[0]), int(columns[0])
    high, wide = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    picture, map_ = start(2.9, columns=2, width_ratios=(1, 1.3))
    picture.imshow(world.rgb(x, y)[0])
    logs = (slope / slope.max()).clamp(min=1e-6).log10()
    drawn = map_.imshow(np.where(slope > 0, logs, np.nan), cmap="viridis", vmin=-3,
                        vmax=0)
    map_.figure.colorbar(drawn, ax=map_, label="log₁₀ of the slope", shrink=0.85)
    for ax, color in ((picture, "white"), (map_, INK)):
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), wide, high, fill=False,
                               linewidth=2, edgecolor=color))
        bare(ax, frame=True)
    layers = ", ".join(f"{kernel} / {stride}" for kernel, stride in critic.layers)
    weights = sum(parameter.numel() for parameter in critic.parameters())
    picture.set_title(f"patches of {side}: {down} × {across} scores", fontsize=10.5)
    map_.set_title(f"kernel / stride: {layers or '1 / 1 alone'}", fontsize=10)
    picture.set_xlabel(f"{weights:,} weights", fontsize=9.5)
    return describe(picture, (
        f"A facade with a frame of {high} by {wide} pixels around what the middle one "
        f"of {down} by {across} scores sees, and the size of that score's slope in "
        f"each pixel, which is zero outside of the frame. The critic has {weights:,} "
        f"weights; its layers, kernel / stride: {layers or '1 / 1'}."))
