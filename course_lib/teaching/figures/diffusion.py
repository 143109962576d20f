"""Figures of lesson 08: strips from noise to a picture, paths that fork, a U-Net."""

import math
from itertools import pairwise

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.distributions import Normal

from course_lib.checks import check_integer, check_number, check_tensor
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.diffusion.samplers import implicit_step
from course_lib.teaching.arrays import check_rows
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import arrow, beside, block, detour
from course_lib.teaching.figures.shirts import name_dyes, show_images
from course_lib.teaching.figures.style import LOOKS, Look, start

DRAWN, COUNTED = 25, 2001          # paths that are drawn, and those that are counted
HIGHEST = 2.6                      # of the axis, in units of what is usual
GREYISH = 0.5                      # of the dye: an end closer to 0 has none


def show_strip(world, x: Tensor, rows: dict[str, Tensor], titles: list[str]) -> Axes:
    """Show one shirt a row, after its photo, at several moments or as several see it.

    x:      lightness, (rows, 1, h, w), or (1, 1, h, w) if all rows are of one shirt
    rows:   {label: (columns, channels, h, w)}, chroma with whatever noise it has
    titles: of the columns
    """
    check_rows("rows", rows, "a dict of labels and pictures (columns, channels, h, w)")
    x = x.expand(len(rows), *x.shape[1:])
    pictures, said = [], []
    for photo_of, (label, y) in zip(x, rows.items()):
        check_tensor(label or "rows", y, (len(titles), *world.y_shape))
        many = photo_of.expand(len(y), *photo_of.shape)
        grey = np.repeat(photo_of[0, ..., None].cpu().numpy(), 3, axis=-1)
        pictures.append(np.concatenate([grey[None], world.rgb(many, y)]))
        words = zip(titles, name_dyes(world, many, y))
        said.append(f"{label or 'From left to right'}: "
                    f"{', '.join(f'{word} at {title}' for title, word in words)}")
    return show_images(np.stack(pictures), list(rows), ["photo x", *titles],
                       alt=f"A strip of {len(titles)} pictures. {'; '.join(said)}.")


def show_forks(pi: float = 0.7, steps: int = 50, pixels: int = 1,
               spacing: str = "time") -> Axes:
    """Show the paths of the exact denoiser from noise to one of two dyes, on the
    density of y_t.

    pi:      true probability of teal, 0.02 to 0.98
    steps:   of the deterministic sampler on the cosine schedule
    pixels:  how many equal pixels show the dye, teal −1 and pink +1 in each; what is
             drawn is their mean, in units of what is usual at that t
    spacing: of the steps, see `NoiseSchedule.timesteps`
    """
    check_number("pi", pi, 0.02, 0.98)
    check_integer("pixels", pixels, 1, 10_000)
    schedule, length = NoiseSchedule.cosine(), math.sqrt(pixels)
    times = schedule.timesteps(steps, spacing)
    paths = _paths(schedule, times, pi, length)
    ends = paths[-1]
    teal = float((ends < 0).double().mean())
    whole = bool((ends.abs() > GREYISH).double().mean() > 0.5)
    ax = start(height=3.3)
    ax.imshow(_densities(schedule, pi, length).numpy(), cmap="Greys", vmax=2.0,
              extent=(schedule.steps, 0, -HIGHEST, HIGHEST), aspect="auto",
              origin="lower")
    ax.grid(visible=False)
    every = COUNTED // DRAWN
    for path in paths[:, every // 2::every].T:
        look = _look_of(float(path[-1]))
        ax.plot(times, path, color=look.dark, linewidth=1.1,
                linestyle="-" if look is LOOKS["noise"] else look.line,
                marker="." if steps <= 20 else None, markersize=4, alpha=0.85)
    for name, place in (("teal", -1), ("pink", 1)):
        beside(ax, name, (1, place), (6, 0), xycoords=ax.get_yaxis_transform(),
               fontsize=11, va="center", color=LOOKS[name].dark)
    outcome = f"{teal:.2f} of them end teal" if whole else "all of them end greyish"
    many = "1 step" if steps == 1 else f"{steps} steps"
    ax.set(xlim=(schedule.steps, 0), ylim=(-HIGHEST, HIGHEST),
           xlabel="t, from noise to clean", ylabel="y_t along the dye",
           title=f"{many}, π = {pi:.2f}: {outcome}")
    size = "one pixel" if pixels == 1 else f"{pixels} pixels"
    return describe(ax, (
        f"{DRAWN} paths from noise at t = {schedule.steps} to t = 0, where teal is at "
        f"−1 and pink at 1; {many}, π = {pi:.2f}, {size}. "
        f"{outcome[0].upper()}{outcome[1:]}. The ends lie between {ends.min():.2f} and "
        f"{ends.max():.2f}. Behind them, in grey, the density of y_t: one hill at the "
        f"left that parts into two, at teal and at pink."))


def _paths(schedule: NoiseSchedule, times: list[int], pi: float,
           length: float) -> Tensor:
    """Return (times, paths): the sum over pixels, over √pixels, over its usual size."""
    odds = math.log((1 - pi) / pi)
    y = Normal(0.0, 1.0).icdf((torch.arange(COUNTED) + 0.5) / COUNTED)
    kept = [y]
    for t, s in pairwise(times):
        alpha_bar = schedule.alpha_bar[t]
        half = odds / 2 + alpha_bar.sqrt() * length * y / (1 - alpha_bar)
        y = implicit_step(schedule, y, length * half.tanh(), t, s)
        kept.append(y)
    return torch.stack(kept) / _usual(schedule.alpha_bar[times], length)[:, None]


def _usual(alpha_bar: Tensor, length: float) -> Tensor:
    return (alpha_bar * length ** 2 + 1 - alpha_bar).sqrt()


def _densities(schedule: NoiseSchedule, pi: float, length: float) -> Tensor:
    """Return the density of y_t in those units, over its highest at each t, (places,
    T): the columns run from T to 1."""
    alpha_bar = schedule.alpha_bar[1:].flip(0)
    usual = _usual(alpha_bar, length)
    place = alpha_bar.sqrt() * length / usual
    width = ((1 - alpha_bar).sqrt() / usual).clamp(min=0.03)     # else too thin to see
    at = torch.linspace(-HIGHEST, HIGHEST, 261)[:, None]
    density = (pi * Normal(-place, width).log_prob(at).exp()
               + (1 - pi) * Normal(place, width).log_prob(at).exp())
    return density / density.amax(0)


def _look_of(end: float) -> Look:
    if abs(end) < GREYISH:
        return LOOKS["noise"]
    return LOOKS["teal" if end < 0 else "pink"]


BLOCKS = (                         # of show_unet: left, height and what it says
    (0.0, 2.4, "y_t and x\n3 channels\n32 × 32"),
    (1.6, 1.7, "2 × 2 pixels\nfolded into one\n32 features\n16 × 16"),
    (3.2, 1.1, "64 features\n8 × 8"),
    (4.8, 1.7, "32 features\n16 × 16\nand unfolded"),
    (6.4, 2.4, "answer\n2 channels\n32 × 32"))
BLOCK = 1.15                       # its width


def show_unet() -> Axes:
    """Show how data flows through the U-Net of lesson 08, from y_t and x to v."""
    ax = start(height=2.6)
    for i, (left, height, words) in enumerate(BLOCKS):
        block(ax, (left, -height / 2), (BLOCK, height), words,
              i in (0, len(BLOCKS) - 1), 9)
    for (left, *_), (right, *_) in pairwise(BLOCKS):
        arrow(ax, (left + BLOCK, 0), (right, 0))
    middles = [left + BLOCK / 2 for left, *_ in BLOCKS]
    edge, low = BLOCKS[1][1] / 2, -1.5
    detour(ax, (middles[1], edge), (middles[3], edge), 1.25, "skip: the details")
    detour(ax, (middles[1], low), (middles[3], -edge), low,
           "the time t (later, the caption too)", under=True)
    for middle, (_, height, _) in zip(middles[1:3], BLOCKS[1:3]):
        arrow(ax, (middle, low), (middle, -height / 2))
    ax.set(xlim=(-0.1, BLOCKS[-1][0] + BLOCK + 0.1), ylim=(-1.95, 1.65))
    ax.set_axis_off()
    return describe(ax, """A U-Net as five boxes in a row: y_t and x with 3 channels
        of 32 by 32; 32 features of 16 by 16, after squares of 2 by 2 pixels were folded
        into one place; 64 features of 8 by 8; 32 features of 16 by 16, which are
        unfolded; the answer with 2 channels of 32 by 32. An arrow leads over the
        smallest box from the second to the fourth, for the details. The time goes
        into all three boxes of features.""")


