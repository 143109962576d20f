"""Figures of lesson 03: patches that agree or don't, factor graphs, tables, wiggles,
clusters."""

import math

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_lib.checks import check_integer, check_number
from course_lib.teaching.arrays import as_array, in_words, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.distributions import DYE, chroma_to_rgb
from course_lib.teaching.figures.drawing import INK, bare, beside, centered
from course_lib.teaching.figures.shirts import draw_images
from course_lib.teaching.figures.style import LOOKS, side_by_side, start

PATCHES = (2, 3)                   # rows and columns of sampled patches
MOST_PIXELS = 1024                 # the whole picture of a shirt
AXIS_PIXELS = 400                  # a large shirt
GRID = 3                           # pixels of a side of a factor graph
BORDER = {"color": "#1b1b1b", "linewidth": 2.2, "solid_capstyle": "projecting"}


def show_agreement(pixels: int = 9, pi: float = 0.5) -> Axes:
    """Show six patches of independent pixels, and how likely such a patch agrees.

    pixels: of a patch, 1 to 1,024
    pi:     probability that a pixel is teal, in [0.01, 0.99]
    The coins are the same at every call, so that the picture follows the sliders.
    """
    check_integer("pixels", pixels, 1, MOST_PIXELS)
    check_number("pi", pi, 0.01, 0.99)
    left, right = start(height=3.1, columns=2, width_ratios=(1, 1.1))
    coins = torch.rand(*PATCHES, MOST_PIXELS,
                       generator=torch.Generator().manual_seed(3))
    teal = (coins[..., :pixels] < pi).numpy()
    side = math.ceil(math.sqrt(pixels))
    pictures = np.ones((*PATCHES, side * side, 3))
    pictures[:, :, :pixels] = chroma_to_rgb(np.where(teal, -DYE, DYE))
    words = [_agreement_of(int(patch.sum()), pixels) for row in teal for patch in row]
    draw_images(left, pictures.reshape(*PATCHES, side, side, 3), fontsize=10,
                captions=[words[:PATCHES[1]], words[PATCHES[1]:]])
    left.set_title(f"{pixels} pixels each (teal : pink)")
    agree = pi ** pixels + (1 - pi) ** pixels
    _draw_agreement(right, pi, pixels, agree)
    return describe(left, f"Six patches of {pixels} independent pixels, teal with "
                          f"probability {pi:g}: {'; '.join(words)}. Beside them the "
                          f"probability that all {pixels} agree, {in_words(agree)}, on "
                          f"a curve that falls with the number of pixels.")


def _agreement_of(teal: int, pixels: int) -> str:
    """Return whether the pixels of a patch agree, or how many are teal and pink."""
    return ("all teal" if teal == pixels else "all pink" if teal == 0
            else f"{teal} : {pixels - teal}")


def _draw_agreement(ax: Axes, pi: float, pixels: int, agree: float) -> None:
    """Draw π^N + (1 - π)^N over N, with the chosen N marked."""
    n = np.arange(1, max(AXIS_PIXELS, pixels) + 1)
    ax.plot(n, pi ** n + (1 - pi) ** n, **LOOKS["truth"].curve())
    look = LOOKS["model"]
    ax.plot(pixels, agree, look.marker, clip_on=False, zorder=3, color=look.dark,
            markersize=10)
    early = pixels < n[-1] / 2
    beside(ax, in_words(agree), (pixels, agree), (10, 4) if early else (-8, -12),
           color=look.dark, ha="left" if early else "right")
    ax.set(yscale="log", xlim=(0, n[-1]), xlabel="number of pixels",
           title=f"P(all agree) at π = {pi:g}")


def show_factor_graphs() -> Axes:
    """Show pixels with a potential each, and the same with one for each pair of
    neighbours, as factor graphs."""
    axes = start(height=2.7, width=6.4, columns=2)
    spots = [(column, row) for row in range(GRID) for column in range(GRID)]
    pairs = [((column, row), (column + right, row + 1 - right)) for column, row in spots
             for right in (1, 0) if column + right < GRID and row + 1 - right < GRID]
    alone = [(spot, (spot[0] - 0.34, spot[1] + 0.34)) for spot in spots]
    for ax, tied in zip(axes, ([], pairs)):
        lines = alone + tied
        ax.plot(*np.array(lines).transpose(2, 1, 0), color=INK, linewidth=1.3,
                linestyle="-", zorder=1)
        squares = [square for _, square in alone] + [
            ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2) for one, two in tied]
        ax.plot(*np.array(squares).T, "s", color=LOOKS["model"].dark, markersize=7)
        ax.plot(*np.array(spots).T, "o", color="white", markeredgecolor=INK,
                markersize=17, markeredgewidth=1.4)
        bare(ax, xlim=(-0.6, GRID - 0.6), ylim=(-0.4, GRID - 0.4), aspect="equal")
    axes[0].set_title("one pixel in each potential")
    axes[1].set_title("two neighbours in some")
    return describe(axes[0], (
        f"Two factor graphs of {GRID} by {GRID} pixels, drawn as circles; potentials "
        f"are squares. Left: each pixel has one potential of its own, and nothing ties "
        f"it to another. Right: there is one more potential between any two "
        f"neighbours, side by side or one below the other."))


def show_matrices(matrices: dict[str, Tensor], names: list[str],
                  sides: tuple[str, str] = ("", "")) -> Axes:
    """Show square tables side by side, each number in its cell.

    matrices: {title: (k, k)};  names: of the k rows and columns
    sides:    what the rows are, and what the columns
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
            centered(ax, column, row, _short(number, largest), fontsize=9, color=ink)
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.set(title=title, xlabel=sides[1], ylabel=sides[0])
        ax.tick_params(length=0)
        ax.grid(False)
        said.append(f"{title}: {_table_in_words(table, names)}")
    return describe(axes[0], f"Tables of {len(names)} by {len(names)}. "
                             f"{'; '.join(said)}.")


def _table_in_words(table: np.ndarray, names: list[str]) -> str:
    """Return all numbers of a small table, and what a large one has where."""
    if len(names) == 2:
        return ", ".join(f"{names[row]}-{names[column]} {in_words(number)}"
                         for (row, column), number in np.ndenumerate(table))
    diagonal, beside_it = np.diag(table), table[~np.eye(len(table), dtype=bool)]
    return (f"diagonal from {in_words(diagonal.min())} to {in_words(diagonal.max())}, "
            f"beside it at most {in_words(np.abs(beside_it).max())}")


def _short(number: float, largest: float) -> str:
    """Return a number with as many digits as its table needs."""
    text = signed(number, f"z,.{0 if largest >= 50 else 1 if largest >= 1 else 2}f")
    return text if text.strip("0.") else "0"


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
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    widest = high - low
    return describe(ax, (
        f"{len(p)} shirts, each a bar from the smallest to the largest estimate of its "
        f"pixels, {in_words(np.median(widest))} long in the median, along the diagonal "
        f"of the truth. {int(both.sum())} bars cross one half, at true probabilities "
        f"from {in_words(p[both].min())} to {in_words(p[both].max())}."
        if both.any() else f"{len(p)} bars, none of which crosses one half."))


def show_clusters(labels: Tensor, clusters: Tensor, fresh: Tensor) -> Axes:
    """Show one sweep of Swendsen-Wang: labels, their clusters, and fresh labels.

    labels, fresh: -1 (teal) or 1 (pink), before and after, (height, width)
    clusters:      the number of each pixel's cluster, (height, width)
    """
    labels, clusters, fresh = (as_array(name, value, 2) for name, value in (
        ("labels", labels), ("clusters", clusters), ("fresh", fresh)))
    count = len(np.unique(clusters))
    axes = start(height=2.9, columns=3)
    for ax, title, shown in zip(axes, ("labels", f"1. join: {count} clusters",
                                       "2. one fresh label each"),
                                (labels, labels, fresh)):
        ax.imshow(chroma_to_rgb(shown * DYE))
        for (row, column), label in np.ndenumerate(shown):
            centered(ax, column, row, "+" if label > 0 else "−", fontsize=8)
        bare(ax, frame=True, title=title)
    for ax in axes[1:]:
        _draw_borders(ax, clusters)
    return describe(axes[0], (
        f"A patch of {labels.shape[0]} by {labels.shape[1]} labels, "
        f"{int((labels > 0).sum())} of them pink; the same with lines around its "
        f"{count} clusters of equal labels; and after each cluster took a fresh label, "
        f"{int((fresh > 0).sum())} pink."))


def _draw_borders(ax: Axes, clusters: np.ndarray) -> None:
    """Draw a line between any two neighbours of different clusters."""
    for row, column in np.argwhere(clusters[:, 1:] != clusters[:, :-1]):
        ax.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], "-", **BORDER)
    for row, column in np.argwhere(clusters[1:] != clusters[:-1]):
        ax.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, "-", **BORDER)


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
