"""Figures of lesson 06, of how it is built: two stacks, gate, cache, growth."""

import numpy as np
from matplotlib.axes import Axes

from course_lib.checks import check_integer, check_number
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, as_series, in_words
from course_lib.teaching.figures.drawing import cell, key
from course_lib.teaching.figures.pixelcnn import KINDS, SEEN, _bare
from course_lib.teaching.figures.style import LOOKS, WIDTH, looks, side_by_side, start

VERTICAL = {"facecolor": LOOKS["teal"].color, "hatch": "//",
            "edgecolor": LOOKS["teal"].dark}
HORIZONTAL = {"facecolor": "#efc58f", "hatch": "..", "edgecolor": "#b06000"}
NOW = {"facecolor": "#1b1b1b"}
KEPT = KINDS[SEEN]
DONE = {"facecolor": "white"}
NOT_YET = {"facecolor": "#ececec"}


def show_two_stacks() -> Axes:
    """Show what each of the two stacks sees, and how a layer of them is wired."""
    left, right = start(height=4.6, columns=2, width_ratios=(1, 1.6))
    size, place = 7, (4, 2)
    for row in range(size):
        for column in range(size):
            at = (row, column)
            look = (VERTICAL if row < place[0] else NOW if at == place else
                    HORIZONTAL if at < place else NOT_YET)
            cell(left, row, column, look, 0.6)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 2}
    left.text(3.5, 2, "vertical stack:\nall rows above", ha="center", va="center",
              fontsize=9.5, bbox=white)
    left.text(3.4, 5.6, "horizontal stack:\nleft of it, in its row", ha="left",
              va="center", fontsize=9.5, bbox=white)
    left.annotate("", (1.4, 4.6), (3.3, 5.5), arrowprops={"arrowstyle": "-|>",
                                                          "color": "#1b1b1b"})
    _bare(left, (-0.1, size + 0.1), (size + 0.1, -0.1), "What each sees")
    _draw_layer(right)
    return describe(left, (
        "Left, a grid with one black pixel: the vertical stack sees all pixels of all "
        "rows above it, the horizontal stack those to its left in its row. Right, one "
        "layer. Vertical: a convolution of the rows above, then the gate. Horizontal: "
        "a convolution of what is to the left; the vertical convolution's result is "
        "added through a 1 x 1 convolution; then the gate, a 1 x 1 convolution, and "
        "the layer's input is added. No arrow leads back to the vertical stack."))


def _draw_layer(ax: Axes) -> None:
    """Draw the wiring of one layer, from above to below."""
    boxes = {
        "v in": (1.5, 0, "vertical\nfeatures", None),
        "h in": (5.9, 0, "horizontal\nfeatures", None),
        "v conv": (1.5, 1.5, "rows above, k wide", VERTICAL),
        "h conv": (5.9, 1.5, "left of it, 1 × k", HORIZONTAL),
        "link": (3.65, 2.6, "1 × 1", {"facecolor": "white"}),
        "plus": (5.9, 2.6, "+", None),
        "v gate": (1.5, 3.6, "tanh · σ", {"facecolor": "white"}),
        "h gate": (5.9, 3.6, "tanh · σ", {"facecolor": "white"}),
        "mix": (5.9, 4.6, "1 × 1", {"facecolor": "white"}),
        "add": (5.9, 5.6, "+", None),
        "v out": (1.5, 6.8, "to the next layer", None),
        "h out": (5.9, 6.8, "to the next layer", None)}
    for x, y, text, look in boxes.values():
        color = look["facecolor"] if look else "none"
        edge = look.get("edgecolor", "#3a3a3a") if look else "none"
        ax.text(x, y, text, ha="center", va="center", fontsize=10, zorder=3,
                bbox={"boxstyle": "round,pad=0.35", "facecolor": color,
                      "edgecolor": edge})
    ways = [("v in", "v conv"), ("v conv", "v gate"), ("v gate", "v out"),
            ("h in", "h conv"), ("h conv", "plus"), ("link", "plus"),
            ("plus", "h gate"), ("h gate", "mix"), ("mix", "add"), ("add", "h out")]
    for begin, end in ways:
        (x0, y0, *_), (x1, y1, *_) = boxes[begin], boxes[end]
        flat = 0.5 if begin == "link" else 0
        down = 0 if flat else 0.32
        ax.annotate("", (x1 - 0.22 * (flat > 0), y1 - down), (x0 + flat, y0 + down),
                    arrowprops={"arrowstyle": "-|>", "color": "#3a3a3a"})
    ax.plot([1.5, 3.1], [2.6, 2.6], "-", color="#3a3a3a", linewidth=1.2)
    ax.plot([5.9, 8.0, 8.0], [0.75, 0.75, 5.6], "-", color="#3a3a3a", linewidth=1.2)
    ax.annotate("", (6.15, 5.6), (8.03, 5.6), arrowprops={"arrowstyle": "-|>",
                                                          "color": "#3a3a3a"})
    ax.text(7.9, 3.6, "residual", ha="right", va="center", rotation=90, fontsize=9.5)
    _bare(ax, (-0.4, 8.4), (7.3, -0.6), "One layer")
    ax.set_aspect("auto")


def show_gate(b: float = 0.0) -> Axes:
    """Show the gate tanh(a) · σ(b): over both numbers, and over a beside ReLU.

    b: of the curve that is drawn, from -5 to 5
    """
    check_number("b", b, -5.0, 5.0)
    a = np.linspace(-4, 4, 161)
    shut = 1 / (1 + np.exp(-np.linspace(-5, 5, 161)))
    left, right = start(height=3.0, columns=2, width_ratios=(1, 1.2))
    levels = np.arange(-0.9, 1.0, 0.2)
    filled = left.contourf(a, np.linspace(-5, 5, 161), np.tanh(a) * shut[:, None],
                           levels=np.linspace(-1, 1, 21), cmap="PuOr")
    lines = left.contour(a, np.linspace(-5, 5, 161), np.tanh(a) * shut[:, None],
                         levels=levels, colors="#3a3a3a", linewidths=0.7,
                         linestyles="-")
    for label in left.clabel(lines, lines.levels[1::2], fontsize=8.5, fmt="%.1f"):
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    filled.set_edgecolor("face")
    left.axhline(b, color="#1b1b1b", linewidth=1.6)
    left.set(xlabel="a", ylabel="b", title="tanh(a) · σ(b)")
    left.grid(False)
    open_by = float(1 / (1 + np.exp(-b)))
    right.plot(a, np.maximum(a, 0), label="ReLU(a)", **LOOKS["noise"].curve())
    right.plot(a, np.tanh(a) * open_by, label=f"the gate at b = {b:.1f}",
               **LOOKS["model"].curve())
    right.set(xlabel="a", ylim=(-1.2, 2.2), title=f"open by σ(b) = {open_by:.2f}")
    right.legend(loc="upper left")
    return describe(left, (
        f"Left, the gate tanh(a) times sigmoid(b) as level lines: near 1 at the upper "
        f"right, near −1 at the upper left, near 0 for low b whatever a is. Right, the "
        f"gate over a at b = {in_words(b)}, between {in_words(-open_by)} and "
        f"{in_words(open_by)}, beside ReLU, which is 0 below 0 and rises without end."))


def show_cache(pixel: int = 28, layers: int = 3, kernel: int = 3, size: int = 8
               ) -> Axes:
    """Show which features a plain stack's cache holds as a pixel is about to be drawn.

    pixel:  in the order of drawing, from 1
    layers: of masked convolutions; a grid for the image, and one for the output of each
    kernel: of all of them, odd
    """
    check_integer("size", size, 2, 16)
    check_integer("pixel", pixel, 1, size * size)
    check_integer("layers", layers, 1, 4)
    row, column = divmod(pixel - 1, size)
    half = check_integer("kernel", kernel, 1, 15) // 2
    side = min(2.2, WIDTH / (layers + 1))
    axes = start(height=side + 0.95, width=side * (layers + 1), columns=layers + 1)
    looks = {"computed now": NOW, "kept": KEPT, "no longer needed": DONE,
             "not yet": NOT_YET}
    kept = 0
    for depth, ax in enumerate(axes):
        kept = 0
        for at in ((r, c) for r in range(size) for c in range(size)):
            word = _state(at, (row, column), half, depth > 0)
            kept += word == "kept"
            cell(ax, *at, looks[word])
        title = f"layer {depth}" if depth else "the image"
        _bare(ax, (-0.1, size + 0.1), (size + 0.1, -0.1), title)
        ax.set_xlabel(f"{kept} kept" + ", 1 computed" * (depth > 0), fontsize=9.5)
    key(axes[0], looks)
    return describe(axes[0], (
        f"Before pixel {pixel} of an image of {size} by {size}: of every layer the row "
        f"above and what is done of the current row are kept, {kept} features at most; "
        f"one is computed in each of {layers} layers; rows further up are no longer "
        f"needed. A naive sampler would compute all {size * size} in each layer."))


def _state(at: tuple[int, int], now: tuple[int, int], half: int, layer: bool) -> str:
    """Return the word for a place of the image, or of a layer's features."""
    if at == now:
        return "computed now" if layer else "not yet"
    if at > now:
        return "not yet"
    recent = now[0] - at[0] <= half
    return "kept" if recent else "no longer needed"


def show_growth(sides, panels: dict[str, dict], xlabel: str = "pixels a side") -> Axes:
    """Show how costs grow with the size of an image, both axes logarithmic.

    sides:  (k,) sizes
    panels: {title: {name: (k,) costs}}, one beside the other
    """
    sides = as_array("sides", sides, 1)
    axes, said = side_by_side(len(panels), 3.0), []
    for ax, (title, curves) in zip(axes, panels.items()):
        curves = as_series(curves, len(sides))
        for (name, (values, _)), look in zip(curves.items(), looks(curves).values()):
            ax.plot(sides, values, label=name, marker=look.marker, **look.curve())
            said.append(f"{title}, {name}: from {in_words(values[0])} at "
                        f"{in_words(sides[0])} to {in_words(values[-1])} at "
                        f"{in_words(sides[-1])}")
        ax.set(xscale="log", yscale="log", title=title, xlabel=xlabel)
        ax.set_xticks(sides, [in_words(side) for side in sides])
        ax.set_xticks([], minor=True)
        ax.legend(loc="upper left")
    return describe(axes[0], f"{'; '.join(said)}.")
