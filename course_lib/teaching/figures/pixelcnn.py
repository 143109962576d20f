"""Figures of lesson 06: the chain rule, masks, what is seen, what is drawn next."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.drawing import bare, cell, key
from course_lib.teaching.figures.style import LOOKS, WIDTH, side_by_side, start

ITSELF, SEEN, UNSEEN, LATER = "itself", "seen", "unseen", "later"
KINDS = {ITSELF: {"facecolor": "#1b1b1b"},
         SEEN: {"facecolor": LOOKS["model"].color},
         UNSEEN: {"facecolor": "white", "hatch": "xxx", "edgecolor": "#b06000"},
         LATER: {"facecolor": "#ececec"}}
WORDS = {ITSELF: "the pixel itself", SEEN: "seen", UNSEEN: "drawn before, not seen",
         LATER: "drawn later"}


def show_tiny_images(probabilities, title: str = "") -> Axes:
    """Show all images of 2 x 2 pixels, each black or white, with their probabilities.

    probabilities: (2, 2, 2, 2), for the values y₁, y₂ (above) and y₃, y₄ (below)
    """
    joint = as_array("probabilities", probabilities, 4)
    if joint.shape != (2, 2, 2, 2):
        raise ValueError(f"probabilities have shape {joint.shape}; give (2, 2, 2, 2), "
                         f"one for each image of 2 x 2 black or white pixels.")
    ax, said = start(height=2.2), []
    for place, values in enumerate(product((0, 1), repeat=4)):
        left, top = 1.45 * (place % 8), 1.75 * (place // 8)
        for pixel, value in enumerate(values):
            corner = (left + 0.5 * (pixel % 2), top + 0.5 * (pixel // 2))
            ax.add_patch(Rectangle(corner, 0.5, 0.5, linewidth=0.8,
                                   facecolor="white" if value else "#1b1b1b",
                                   edgecolor="#8a8a8a"))
        chance = joint[values]
        ax.text(left + 0.5, top + 1.12, f"{chance:.4f}", ha="center", va="top",
                fontsize=9.5)
        said.append(f"{''.join(map(str, values))} {chance:.4f}")
    _bare(ax, (-0.1, 11.35), (3.2, -0.1), title)
    return describe(ax, f"The 16 images of 2 by 2 pixels, 0 for black and 1 for white, "
                        f"row by row, with their probabilities: {', '.join(said)}. "
                        f"Their sum is {in_words(joint.sum())}.")


def show_masks(masks: dict, names: list[str] | None = None) -> Axes:
    """Show masks side by side: which weights are used, and which are zero.

    masks: {title: (k, k)} of 0 and 1
    names: of rows and columns; without names the mask is of a window of pixels, and
           its middle is framed
    """
    masks = {title: as_array(title, mask, 2) for title, mask in masks.items()}
    side = min(2.1, WIDTH / len(masks))
    axes = side_by_side(len(masks), side + 0.25, width=side * len(masks))
    said = []
    for ax, (title, mask) in zip(axes, masks.items()):
        for (row, column), one in np.ndenumerate(mask):
            cell(ax, row, column, KINDS[SEEN] if one else {"facecolor": "white"}, 1)
            ax.text(column + 0.5, row + 0.5, f"{one:.0f}", ha="center", va="center")
        height, width = mask.shape
        _bare(ax, (-0.1, width + 0.1), (height + 0.1, -0.1), title)
        if names is None:
            ax.add_patch(Rectangle((width // 2, height // 2), 1, 1, fill=False,
                                   linewidth=2.6, edgecolor="#1b1b1b", zorder=3))
        else:
            ax.set_xticks(np.arange(width) + 0.5, names)
            ax.set_yticks(np.arange(height) + 0.5, names)
            ax.tick_params(length=0)
        rows = ", ".join("".join(f"{one:.0f}" for one in row) for row in mask)
        said.append(f"{title}, row by row: {rows}")
    what = f"of {', '.join(names)}" if names else "with the middle framed"
    return describe(axes[0], f"Masks of ones and zeros, {what}. {'; '.join(said)}.")


def show_fields(fields: dict, place: tuple[int, int]) -> Axes:
    """Show which pixels an output at `place` sees: seen, missed, or drawn later.

    fields: {title: (height, width)}, above 0 or True where a pixel is seen, for
            instance the size of a gradient
    place:  (row, column) of the output
    What is seen although it is drawn later, or is the pixel itself, is marked "!".
    """
    fields = {title: as_array(title, field, 2) > 0 for title, field in fields.items()}
    columns = min(4, len(fields))
    rows = -(-len(fields) // columns)
    side = min(2.2, WIDTH / columns)
    axes = np.atleast_1d(start(height=rows * (side + 0.4) + 0.3, rows=rows,
                               width=max(side * columns, 5.6), columns=columns)).ravel()
    said = []
    for ax in axes[len(fields):]:
        ax.set_visible(False)
    for ax, (title, field) in zip(axes, fields.items()):
        seen, missed, wrong = _draw_field(ax, field, place)
        count = f"{seen} seen, {missed} missed" + f",\n{wrong} forbidden" * (wrong > 0)
        _bare(ax, (-0.2, field.shape[1] + 0.2), (field.shape[0] + 0.2, -0.2), title)
        ax.set_xlabel(count, fontsize=9.5)
        said.append(f"{title}: {' '.join(count.split())}")
    key(axes[0], {WORDS[kind]: look for kind, look in KINDS.items()})
    return describe(axes[0], f"Which pixels the output at row {place[0]}, column "
                             f"{place[1]}, counted from 0, sees. {'; '.join(said)}.")


def _draw_field(ax: Axes, field: np.ndarray, place: tuple[int, int]) -> tuple:
    """Draw one grid; return how many pixels are seen, missed, and seen wrongly."""
    counts = {True: 0, False: 0, "wrong": 0}
    for (row, column), sees in np.ndenumerate(field):
        at, here = (row, column), tuple(place)
        before = at < here                                  # row by row, left to right
        kind = ITSELF if at == here else LATER if not before else (
            SEEN if sees else UNSEEN)
        cell(ax, row, column, KINDS[kind])
        if before:
            counts[bool(sees)] += 1
        elif sees:
            counts["wrong"] += 1
            ax.text(column + 0.5, row + 0.54, "!", ha="center", va="center",
                    weight="bold", color="white" if at == here else "#a3474e")
    return counts[True], counts[False], counts["wrong"]


def show_dependence(dependence: dict, channels: int = 1) -> Axes:
    """Show which values each logit depends on, everything in the order of drawing.

    dependence: {title: (n, n)}, above 0 where the logits of value i (row) depend on
                value j (column); what is allowed lies below the diagonal
    channels:   of a pixel; lines part the pixels
    """
    tables = {title: as_array(title, table, 2) > 0
              for title, table in dependence.items()}
    side = min(3.4, WIDTH / len(tables))
    axes = side_by_side(len(tables), side + 0.3, width=side * len(tables))
    said = []
    for ax, (title, table) in zip(axes, tables.items()):
        n = len(table)
        late = np.triu(np.ones_like(table)).astype(bool)
        shown = np.full((*table.shape, 3), 1.0)
        shown[late] = 0.925
        shown[table & ~late] = [0.40, 0.42, 0.74]
        shown[table & late] = [0.64, 0.28, 0.31]
        ax.imshow(shown, extent=(0, n, n, 0))
        for edge in range(channels, n, channels):
            ax.axhline(edge, color="white", linewidth=0.5)
            ax.axvline(edge, color="white", linewidth=0.5)
        ax.set(title=title, xlabel="depends on value", ylabel="the logits of value",
               xticks=[0.5, n - 0.5], xticklabels=["1", str(n)],
               yticks=[0.5, n - 0.5], yticklabels=["1", str(n)])
        ax.tick_params(length=0)
        ax.grid(False)
        said.append(f"{title}: {int((table & ~late).sum())} dependences on earlier "
                    f"values, below the diagonal, and {int((table & late).sum())} on "
                    f"its own or later ones")
    return describe(axes[0], f"Which of {len(table)} values each one depends on. "
                             f"{'; '.join(said)}.")


def show_next_value(y: Tensor, probabilities: Tensor, pixel: int = 27) -> Axes:
    """Show an image up to a pixel, and what a model believes of that pixel's level.

    y:             one image, (height, width), in [0, 1]
    probabilities: (levels, height, width), of every pixel given those before it
    pixel:         in the order of drawing, from 1
    """
    image = as_array("y", y, 2)
    check_tensor("probabilities", probabilities, ("levels", *image.shape), 0.0, 1.0)
    height, width = image.shape
    check_integer("pixel", pixel, 1, height * width)
    row, column = divmod(pixel - 1, width)
    chances = probabilities[:, row, column].detach().cpu().numpy()
    true = round(float(image[row, column]) * (len(chances) - 1))
    left, right = start(height=2.9, columns=2, width_ratios=(1, 1.75))
    known = np.where(np.arange(height * width).reshape(height, width) < pixel - 1,
                     image, np.nan)
    left.imshow(np.ones_like(image) * 0.86, vmin=0, vmax=1, extent=(0, width, height,
                                                                   0))
    left.imshow(np.ma.masked_invalid(known), vmin=0, vmax=1,
                extent=(0, width, height, 0))
    left.add_patch(Rectangle((column, row), 1, 1, linewidth=2.6, fill=False,
                             edgecolor=LOOKS["model"].dark, zorder=3))
    left.text(column + 0.5, row + 0.5, "?", ha="center", va="center", weight="bold",
              color=LOOKS["model"].dark)
    _bare(left, (0, width), (height, 0), f"before pixel {pixel}")
    right.bar(range(len(chances)), chances, width=0.8, **LOOKS["model"].area())
    right.plot(true, chances[true], LOOKS["truth"].marker, markersize=8,
               color=LOOKS["truth"].dark, label="what is really there")
    bits = -np.log2(max(float(chances[true]), 1e-12))
    right.set(xlabel="level, 0 is black", ylabel="probability", ylim=(0, 1.1),
              xticks=range(0, len(chances), 4),
              title=f"what it believes of it: {bits:.2f} bits")
    right.legend(loc="upper right")
    right.grid(False, axis="x")
    best = int(chances.argmax())
    return describe(left, (
        f"An image of which {pixel - 1} pixels are drawn, and bars of what the model "
        f"believes of the next one: likeliest is level {best} with probability "
        f"{in_words(chances[best])}. Really there is level {true}, probability "
        f"{in_words(chances[true])}, which costs {bits:.2f} bits."))


def _bare(ax: Axes, across: tuple, down: tuple, title: str = "") -> None:
    """Leave a picture without axes: squares as squares, no ticks, no frame."""
    bare(ax, xlim=across, ylim=down, aspect="equal", title=title)
