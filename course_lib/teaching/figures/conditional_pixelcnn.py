"""Figures of lesson 07: the order of the pixels, where a condition enters, and drawings
of which a part is given."""

from collections.abc import Callable
from itertools import product

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.teaching.arrays import check_rows
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import INK, PAPER, arrow, bare, cell, centered
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, SPARE, start

GIVEN = SPARE[1]                   # the look of what is given, or told: a condition


def show_order(size: int = 4, given: int = 2) -> Axes:
    """Show in which order the pixels are drawn, and which are given: the first rows.

    size:  of the image, a side
    given: how many of its rows are known
    """
    check_integer("size", size, 2, 16)
    check_integer("given", given, 0, size)
    ax = start(height=2.4, width=5.6)
    for place in range(size * size):
        row, column = divmod(place, size)
        known = row < given
        look = GIVEN if known else LOOKS["truth"]
        number = place + 1 if known else place + 1 - given * size
        cell(ax, row, column, {"facecolor": "white", "hatch": look.hatch,
                               "edgecolor": look.color}, 1)
        cell(ax, row, column, {"fill": False, "edgecolor": "#5a5a5a"}, 1)
        centered(ax, column + 0.5, row + 0.5, fontsize=13, bbox=PAPER,
                 text=f"${'x' if known else 'y'}_{{{number}}}$")
    for row, said in ((given / 2, f"given: m = {given * size}"),
                      ((given + size) / 2, f"drawn: n = {(size - given) * size}")):
        if 0 < row < size:
            ax.text(size + 0.3, row, said, va="center", fontsize=11)
    ax.set(xlim=(-0.1, 2.4 * size), ylim=(size + 0.1, -0.1), aspect="equal", anchor="W")
    ax.axis("off")
    return describe(ax, f"""An image of {size} by {size} pixels, numbered row by
        row. The first {given} rows are given, x 1 to x {given * size}, and hatched; the
        others, y 1 to y {(size - given) * size}, are drawn.""")


BOXES = {
    "told": (4, 3.5, "what is told:\nh, or a map s"),
    "in v": (1, 4, "features of the\nvertical stack"),
    "in h": (7, 4, "features of the\nhorizontal stack"),
    "conv v": (1, 3, "convolution"),
    "conv h": (7, 3, "convolution"),
    "plus v": (1, 2, "+"), "plus h": (7, 2, "+"),
    "gate v": (1, 1, "tanh · σ"), "gate h": (7, 1, "tanh · σ"),
    "out v": (1, 0, "to the next layer"), "out h": (7, 0, "to the next layer")}
WIRES = ("in v conv v, conv v plus v, plus v gate v, gate v out v, in h conv h, "
         "conv h plus h, plus h gate h, gate h out h")
AWAY = {"plus": 0.14}              # how far arrows begin and end from the middle


def show_told_layer() -> Axes:
    """Show where a condition enters a layer: before the gate, in both stacks."""
    ax = start(height=4.2)
    for wire in WIRES.split(", "):
        first, side, second, _ = wire.split()
        (x, top, _), (_, low, _) = BOXES[f"{first} {side}"], BOXES[f"{second} {side}"]
        arrow(ax, (x, top - AWAY.get(first, 0.27)), (x, low + AWAY.get(second, 0.27)))
    for x, word in ((1.22, "$V_1,\\; V_1'$"), (6.78, "$V_2,\\; V_2'$")):
        arrow(ax, (4, 3.22), (x, 2.07), color=GIVEN.dark, linewidth=2)
        centered(ax, (4 + x) / 2, 2.68, word, color=GIVEN.dark, bbox=PAPER)
    arrow(ax, (1.22, 1.97), (6.78, 1.97))
    centered(ax, 4, 1.96, "link, 1 × 1", fontsize=10, bbox=PAPER)
    for name, (x, y, word) in BOXES.items():
        known = name == "told"
        centered(ax, x, y, word, fontsize=10.5, bbox={
            "boxstyle": "circle,pad=0.25" if word == "+" else "round,pad=0.35",
            "facecolor": "white", "edgecolor": GIVEN.dark if known else INK
            if name[:2] not in ("in", "ou") else "none",
            "linewidth": 2 if known else 1.2})
    bare(ax, xlim=(-0.8, 8.8), ylim=(-0.35, 4.45))
    return describe(ax, """One layer. In each of the two stacks features go through a
        convolution, a plus, tanh times sigmoid, and on to the next layer. A link of 1
        by 1 leads from the vertical stack's plus to the horizontal one's. What is told,
        h or a map s, has an arrow to each plus, with weights of its own for each: V1
        and V1', V2 and V2'.""")


def show_drawings(rows: dict[str, Tensor], titles: list[str] | None = None,
                  given: int = 0, below: bool = False,
                  words: Callable[[Tensor], list[str]] | None = None) -> Axes:
    """Show grey images in rows, each row with its name.

    rows:   {name: (columns, 1, h, w)}, or {name: (n, columns, 1, h, w)} for n rows of
            one kind, as `model.sample` returns them; values from 0 to 1
    titles: of the columns
    given:  how many rows of pixels were given, which are framed; in a row that is named
            "given" the others are left out
    below:  whether those are the lowest rows of the image instead of the highest
    words:  images (columns, 1, h, w) -> a word for each, written under samples: for
            instance what a classifier reads
    """
    pictures, labels, sampled = _one_by_one(rows)
    columns, _, height, width = pictures[0].shape
    check_integer("given", given, 0, height)
    captions = words and [words(images) if said else [""] * columns
                          for images, said in zip(pictures, sampled)]
    ax = show_images(torch.stack(pictures)[:, :, 0], labels, titles, captions,
                     alt=_said(labels, columns, titles, given, below, captions))
    if not given:
        return ax
    top, hidden = (height - given, 0) if below else (0, given)
    for across, (down, label) in product(ax.get_xticks(), zip(ax.get_yticks(), labels)):
        left, upper = across - width / 2, down - height / 2
        if label == "given":
            ax.add_patch(Rectangle((left, upper + hidden), width, height - given,
                                   facecolor="white", hatch="....", linewidth=0,
                                   edgecolor="#b5b5b5"))
        ax.add_patch(Rectangle((left, upper + top), width, given, fill=False,
                               edgecolor=GIVEN.dark, linewidth=1.8, clip_on=False))
    return ax


def _one_by_one(rows: dict[str, Tensor]) -> tuple[list[Tensor], list[str], list[bool]]:
    """Return one (columns, 1, h, w) for each row of pictures, its name, and whether it
    is one of several."""
    check_rows("rows", rows, "a dict of names and images, for instance {'real': y}")
    pictures, labels, sampled = [], [], []
    for name, images in rows.items():
        several = isinstance(images, Tensor) and images.ndim == 5
        check_tensor(name, images, ("n",) * several + ("columns", 1, "height", "width"))
        group = images if several else images[None]
        pictures += group
        sampled += [several] * len(group)
        labels += [f"{name} {i}" for i in range(1, len(group) + 1)] if len(
            group) > 1 else [name]
    shapes = {tuple(images.shape) for images in pictures}
    if len(shapes) > 1:
        raise ValueError(f"the rows have the shapes {sorted(shapes)}; give as many "
                         f"images of one size to each.")
    return pictures, labels, sampled


def _said(labels, columns, titles, given, below, captions) -> str:
    """Return what is seen, in words."""
    text = f"{len(labels)} rows of {columns} grey images: {', '.join(labels)}."
    if titles:
        text += f" The columns are {', '.join(titles)}."
    if given:
        which = "lowest" if below else "first"
        text += f" The {which} {given} rows of pixels are given."
    for label, words in zip(labels, captions or []):
        if any(words):
            text += f" Under {label}: {', '.join(words)}."
    return text
