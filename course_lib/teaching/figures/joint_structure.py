"""Figures of lesson 03: patches that agree or don't, wiggles, tables of coupling."""

import math

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_lib.checks import check_integer, check_number
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.distributions import DYE, chroma_to_rgb
from course_lib.teaching.figures.drawing import bare, beside
from course_lib.teaching.figures.style import LOOKS, side_by_side, start

PATCHES = (2, 3)                   # rows and columns of sampled patches
MOST_PIXELS = 1024                 # the whole picture of a shirt
LEAST = 1e-12                      # the lowest probability on the axis


def show_agreement(pixels: int = 9, p: float = 0.5) -> Axes:
    """Show six patches of independent pixels, and how likely such a patch agrees.

    pixels: of a patch, 1 to 1,024
    p:      probability that a pixel is teal, in (0, 1)
    The coins are the same at every call, so that the picture follows the sliders.
    """
    check_integer("pixels", pixels, 1, MOST_PIXELS)
    check_number("p", p, 0.01, 0.99)
    left, right = start(height=3.1, columns=2, width_ratios=(1, 1.1))
    coins = torch.rand(math.prod(PATCHES), MOST_PIXELS,
                       generator=torch.Generator().manual_seed(3))
    teal = (coins[:, :pixels] < p).numpy()
    words = [_draw_patch(left, place, patch) for place, patch in enumerate(teal)]
    bare(left, xlim=(-0.05, PATCHES[1]), ylim=(1.22 * PATCHES[0], -0.05),
         aspect="equal", title=f"{pixels} pixels each (teal : pink)")
    agree = p ** pixels + (1 - p) ** pixels
    _draw_agreement(right, p, pixels, agree)
    return describe(left, f"Six patches of {pixels} independent pixels, teal with "
                          f"probability {p:g}: {'; '.join(words)}. Beside them the "
                          f"probability that all {pixels} agree, {in_words(agree)}, on "
                          f"a curve that falls with the number of pixels.")


def _draw_patch(ax: Axes, place: int, teal: np.ndarray) -> str:
    """Draw one patch into its place and return its caption."""
    row, column = divmod(place, PATCHES[1])
    top, side = 1.22 * row, math.ceil(math.sqrt(len(teal)))
    picture = np.ones((side * side, 3))
    picture[:len(teal)] = chroma_to_rgb(np.where(teal, -DYE, DYE))
    ax.imshow(picture.reshape(side, side, 3),
              extent=(column, column + 0.92, top + 0.92, top))
    count = int(teal.sum())
    caption = ("all teal" if count == len(teal) else "all pink" if count == 0
               else f"{count} : {len(teal) - count}")
    ax.text(column + 0.46, top + 0.95, caption, ha="center", va="top", fontsize=10)
    return caption


def _draw_agreement(ax: Axes, p: float, pixels: int, agree: float) -> None:
    """Draw p^N + (1 - p)^N over N, with the chosen N marked."""
    n = np.arange(1, MOST_PIXELS + 1)
    with np.errstate(under="ignore"):
        ax.plot(n, p ** n + (1 - p) ** n, **LOOKS["truth"].curve())
    ax.plot(pixels, max(agree, LEAST), LOOKS["model"].marker, clip_on=False, zorder=3,
            color=LOOKS["model"].dark, markersize=10)
    said = f"{in_words(agree)}" if agree >= 1e-300 else "below 1e−300"
    beside(ax, said, (pixels, max(agree, LEAST)), (9, 5), fontsize=10.5,
           color=LOOKS["model"].dark, ha="left" if pixels < 60 else "right")
    ax.set(xscale="log", yscale="log", xlim=(1, MOST_PIXELS), ylim=(LEAST, 3),
           xlabel="pixels N", title=f"P(all agree) at p = {p:g}")


def show_matrices(matrices: dict[str, Tensor], names: list[str]) -> Axes:
    """Show square tables side by side, each number in its cell.

    matrices: {title: (k, k)};  names: of the k rows and columns
    The shade is the size alone, for the number in a cell says its sign: white is
    zero, dark the largest of its table.
    """
    tables = {title: as_array(title, table, 2) for title, table in matrices.items()}
    side = min(2.4, 7.4 / len(tables))                                     # inches
    axes = side_by_side(len(tables), 0.3 + side, width=side * len(tables))
    said = []
    for ax, (title, table) in zip(axes, tables.items()):
        largest = max(np.abs(table).max(), 1e-12)
        ax.imshow(np.abs(table) / largest, cmap="Purples", vmin=0, vmax=1.3)
        for (row, column), number in np.ndenumerate(table):
            ink = "white" if abs(number) > 0.75 * largest else "#1b1b1b"
            ax.text(column, row, _short(number, largest), ha="center", va="center",
                    fontsize=9, color=ink)
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.set_title(title)
        ax.tick_params(length=0)
        ax.grid(False)
        off = table[~np.eye(len(table), dtype=bool)]
        said.append(f"{title}: diagonal from {in_words(np.diag(table).min())} to "
                    f"{in_words(np.diag(table).max())}, beside it at most "
                    f"{in_words(np.abs(off).max())}")
    return describe(axes[0], f"Tables of {len(names)} by {len(names)} pixels. "
                             f"{'; '.join(said)}.")


def _short(number: float, largest: float) -> str:
    """Return a number with as many digits as its table needs."""
    text = f"{number:,.{0 if largest >= 50 else 1 if largest >= 1 else 2}f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def show_wiggles(p, low, high) -> Axes:
    """Show how far a model's probability of teal wanders over each shirt's pixels.

    p:         true probability of each shirt, (shirts,)
    low, high: smallest and largest estimate among its pixels, (shirts,)
    A bar that crosses one half is a shirt whose argmax has both colors: it is drawn
    dark and has caps.
    """
    p, low, high = (as_array(name, value, 1) for name, value in
                    (("p", p), ("low", low), ("high", high)))
    ax = start(height=3.4)
    both = (low < 0.5) & (high > 0.5)
    whole, mixed = LOOKS["noise"], LOOKS["model"]
    ax.plot((0.1, 0.9), (0.1, 0.9), label="truth",
            **LOOKS["truth"].curve() | {"linewidth": 1.2})
    ax.axhline(0.5, color=LOOKS["truth"].dark, linewidth=1.0, linestyle=":")
    ax.vlines(p[~both], low[~both], high[~both], color=whole.dark, linewidth=1.4,
              label="one color")
    middle = (low + high) / 2
    ax.errorbar(p[both], middle[both], yerr=(high - low)[both] / 2, fmt="none",
                color=mixed.dark, elinewidth=2.0, capsize=3,
                label="crosses 1/2: two colors")
    ax.set(xlabel="true probability of teal", ylabel="the model's, from pixel to pixel",
           xlim=(0.13, 0.87), ylim=(0, 1))
    ax.legend(loc="upper left")
    widest = high - low
    return describe(ax, (
        f"{len(p)} shirts, each a bar from the smallest to the largest estimate of its "
        f"pixels, {in_words(np.median(widest))} long in the median, along the diagonal "
        f"of the truth. {int(both.sum())} bars cross one half, at true probabilities "
        f"from {in_words(p[both].min())} to {in_words(p[both].max())}."
        if both.any() else f"{len(p)} bars, none of which crosses one half."))


def show_colorized(pictures: dict[str, np.ndarray]) -> Axes:
    """Show a photograph colored in several ways, two in a row, large.

    pictures: {title: sRGB (height, width, 3) in [0, 1]}, all of one size
    """
    images = {title: as_array(title, image, 3) for title, image in pictures.items()}
    rows = math.ceil(len(images) / 2)
    height, width = next(iter(images.values())).shape[:2]
    axes = start(height=rows * (0.3 + 3.65 * height / width), rows=rows, columns=2)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (title, image) in zip(axes.flat, images.items()):
        ax.imshow(image.clip(0, 1))
        ax.set_title(title)
    return describe(axes.flat[0], f"One photograph colored in {len(images)} ways: "
                                  f"{', '.join(images)}.")
