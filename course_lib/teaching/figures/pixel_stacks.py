"""Figures of lesson 06, of how it is built: two stacks and the gate."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes

from course_lib.checks import check_number
from course_lib.teaching.arrays import in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import INK, arrow, bare, cell, centered, key
from course_lib.teaching.figures.style import LOOKS, start, with_looks

VERTICAL = {"facecolor": LOOKS["teal"].color, "hatch": "//",
            "edgecolor": LOOKS["teal"].dark}
HORIZONTAL = {"facecolor": "#efc58f", "hatch": "..", "edgecolor": "#b06000"}
NOW = {"facecolor": "#1b1b1b"}
NOT_YET = {"facecolor": "#ececec"}


def show_two_stacks() -> Axes:
    """Show what each of the two stacks sees, and how a layer of them is wired."""
    left, right = start(height=4.4, columns=2, width_ratios=(1, 1.7))
    size, place = 7, (4, 2)
    for at in product(range(size), repeat=2):
        look = (VERTICAL if at[0] < place[0] else NOW if at == place else
                HORIZONTAL if at < place else NOT_YET)
        cell(left, *at, look, 0.6)
    bare(left, xlim=(-0.1, size + 0.1), ylim=(size + 0.1, -0.1), aspect="equal",
         title="What each sees")
    key(left, {"the pixel itself": NOW, "vertical stack": VERTICAL,
               "horizontal stack": HORIZONTAL, "drawn later": NOT_YET})
    _draw_layer(right)
    return describe(left, (
        "Left, a grid with one black pixel: the vertical stack sees all pixels of all "
        "rows above it, the horizontal stack those to its left in its row. Right, one "
        "layer. Vertical features come from the image moved one row down; a "
        "convolution of their own row and the one above, then the unit. Horizontal "
        "features come from the image moved one pixel to the right; a convolution of "
        "the place itself and its left; the vertical convolution's result is added "
        "through a 1 x 1 convolution; then the unit, a 1 x 1 convolution, and the "
        "layer's input is added. No arrow leads back to the vertical stack."))


def _draw_layer(ax: Axes) -> None:
    """Draw the wiring of one layer, from above to below."""
    white = {"facecolor": "white"}
    boxes = {
        "v in": (1.5, 0, "vertical features\nfirst: image, one row down", None),
        "h in": (6.1, 0, "horizontal features\nfirst: image, one pixel right", None),
        "v conv": (1.5, 1.5, "own row and above", VERTICAL | {"hatch": None}),
        "h conv": (6.1, 1.5, "itself and left", HORIZONTAL | {"hatch": None}),
        "link": (3.9, 2.6, "1 × 1", white), "plus": (6.1, 2.6, "+", None),
        "v unit": (1.5, 3.6, "unit", white), "h unit": (6.1, 3.6, "unit", white),
        "mix": (6.1, 4.6, "1 × 1", white), "add": (6.1, 5.6, "+", None),
        "v out": (1.5, 6.7, "to the next layer", None),
        "h out": (6.1, 6.7, "to the next layer", None)}
    for x, y, text, look in boxes.values():
        look = {"facecolor": "none", "edgecolor": "none"} if look is None else (
            {"edgecolor": INK} | look)
        centered(ax, x, y, text, fontsize=10, zorder=3,
                bbox={"boxstyle": "round,pad=0.35"} | look)
    ways = [("v in", "v conv"), ("v conv", "v unit"), ("v unit", "v out"),
            ("h in", "h conv"), ("h conv", "plus"), ("plus", "h unit"),
            ("h unit", "mix"), ("mix", "add"), ("add", "h out")]
    for begin, end in ways:
        (x, top, *_), (_, low, *_) = boxes[begin], boxes[end]
        arrow(ax, (x, top + (0.5 if top == 0 else 0.34)), (x, low - 0.34))
    arrow(ax, (4.4, 2.6), (5.85, 2.6))
    ax.plot([1.5, 3.4], [2.6, 2.6], "-", color=INK, linewidth=1.4)
    ax.plot([6.1, 8.2, 8.2], [0.8, 0.8, 5.6], "-", color=INK, linewidth=1.4)
    arrow(ax, (8.2, 5.6), (6.35, 5.6))
    ax.text(8.1, 3.2, "residual", ha="right", va="center", rotation=90, fontsize=9.5)
    bare(ax, xlim=(-0.9, 8.9), ylim=(7.1, -0.6), title="One layer")


def show_gate(b: Sequence[float] = (-2.0, 0.0, 2.0)) -> Axes:
    """Show the gate tanh(a) · σ(b) over a, for some b, beside ReLU.

    b: of the curves, each from -10 to 10
    """
    a, said = np.linspace(-4, 4, 161), []
    ax = start(height=2.8)
    ax.plot(a, np.maximum(a, 0), label="ReLU(a)", **LOOKS["noise"].curve())
    names = {f"gate, b = {in_words(one)}": check_number("b", one, -10.0, 10.0)
             for one in b}
    for name, one, look in with_looks(names):
        opened = float(1 / (1 + np.exp(-one)))
        ax.plot(a, np.tanh(a) * opened, **look.curve(),
                label=f"{name}: open by σ(b) = {opened:.2f}")
        said.append(f"{name}, between {in_words(-opened)} and {in_words(opened)}")
    ax.set(xlabel="a", ylim=(-1.2, 2.2), title="tanh(a) · σ(b)")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return describe(ax, f"The gate tanh(a) times sigmoid(b) over a: {'; '.join(said)}. "
                        f"ReLU is 0 below 0 and rises without end.")
