"""Figures of lesson 07: the order of the pixels, and drawings of which a part is given.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import PAPER, check_rows
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, SPARE, start

GIVEN = SPARE[1]                   # the look of what is given: its frame, its hatch


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
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor="white",
                               hatch=look.hatch, edgecolor=look.color))
        ax.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor="#5a5a5a"))
        ax.text(column + 0.5, row + 0.5, f"${'x' if known else 'y'}_{{{number}}}$",
                ha="center", va="center", fontsize=13, bbox=PAPER)
    for row, said in ((given / 2, f"given: m = {given * size}"),
                      ((given + size) / 2, f"drawn: n = {(size - given) * size}")):
        if 0 < row < size:
            ax.text(size + 0.3, row, said, va="center", fontsize=11)
    ax.set(xlim=(-0.1, 2.4 * size), ylim=(size + 0.1, -0.1), aspect="equal", anchor="W")
    ax.axis("off")
    return describe(ax, f"""An image of {size} by {size} pixels, numbered row by
        row. The first {given} rows are given, x 1 to x {given * size}, and hatched; the
        others, y 1 to y {(size - given) * size}, are drawn.""")


def show_drawings(rows: dict[str, Tensor], titles: list[str] | None = None,
                  given: int = 0, below: bool = False,
                  words: dict[str, list[str]] | None = None) -> Axes:
    """Show grey images in rows, each row with its name.

    rows:   {name: (columns, 1, h, w)}, or {name: (n, columns, 1, h, w)} for n rows of
            one kind, as `model.sample` returns them; values from 0 to 1
    titles: of the columns
    given:  how many rows of pixels were given, which are framed; in a row that is named
            "given" the others are left out
    below:  whether those are the lowest rows of the image instead of the highest
    words:  {name: a word under each image}, for instance what a classifier reads
    """
    pictures, labels = _one_by_one(rows)
    columns, _, height, width = pictures[0].shape
    check_integer("given", given, 0, height)
    captions = None
    if words:
        captions = [words.get(label, [""] * columns) for label in labels]
    shown = torch.stack(pictures)[:, :, 0].clamp(0, 1)
    ax = show_images(shown, labels, titles, captions,
                     alt=_said(labels, columns, titles, given, below, words))
    tall, wide = height * (1.25 if captions else 1.07), width * 1.07
    top = height - given if below else 0
    for i, label in enumerate(labels):
        for j in range(columns):
            _frame(ax, (j * wide, i * tall), (width, height), "#8a8a8a", 0.7)
            if given and label == "given":
                hidden = 0 if below else given
                ax.add_patch(Rectangle(
                    (j * wide, i * tall + hidden), width, height - given,
                    facecolor="white", hatch="....", edgecolor="#b5b5b5", linewidth=0))
            if given:
                _frame(ax, (j * wide, i * tall + top), (width, given), GIVEN.dark, 1.8)
    return ax


def _frame(ax: Axes, corner: tuple, size: tuple, color: str, linewidth: float) -> None:
    """Draw a frame; without a thin one, bright pixels at a border would vanish."""
    ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color,
                           linewidth=linewidth, clip_on=False))


def _one_by_one(rows: dict[str, Tensor]) -> tuple[list[Tensor], list[str]]:
    """Return one (columns, 1, h, w) for each row of pictures, and its name."""
    check_rows("rows", rows, "a dict of names and images, for instance {'real': y}")
    pictures, labels = [], []
    for name, images in rows.items():
        several = isinstance(images, Tensor) and images.ndim == 5
        check_tensor(name, images, ("n",) * several + ("columns", 1, "height", "width"))
        pictures += list(images) if several else [images]
        labels += [f"{name} {i + 1}" if len(images) > 1 else name
                   for i in range(len(images))] if several else [name]
    shapes = {tuple(images.shape) for images in pictures}
    if len(shapes) > 1:
        raise ValueError(f"the rows have the shapes {sorted(shapes)}; give as many "
                         f"images of one size to each.")
    return pictures, labels


def _said(labels, columns, titles, given, below, words) -> str:
    """Return what is seen, in words."""
    text = f"{len(labels)} rows of {columns} grey images: {', '.join(labels)}."
    if titles:
        text += f" The columns are {', '.join(titles)}."
    if given:
        which = "lowest" if below else "first"
        text += f" The {which} {given} rows of pixels are given."
    for label in labels:
        if words and any(words.get(label, [])):
            text += f" Under {label}: {', '.join(words[label])}."
    return text
