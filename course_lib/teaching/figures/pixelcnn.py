"""Figures of lesson 06: the chain rule, masks, what is seen, what is drawn next."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.teaching.arrays import as_array, in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import PAPER, bare, cell, centered, key
from course_lib.teaching.figures.style import LOOKS, WIDTH, side_by_side, start

ITSELF, SEEN, UNSEEN, LATER = "itself", "seen", "unseen", "later"
KINDS = {ITSELF: {"facecolor": "#1b1b1b"},
         SEEN: {"facecolor": LOOKS["model"].color},
         UNSEEN: {"facecolor": "white", "hatch": "xxx", "edgecolor": "#b06000"},
         LATER: {"facecolor": "#ececec"}}
FRAME = {"fill": False, "zorder": 3}
WORDS = {ITSELF: "the pixel itself", SEEN: "seen", UNSEEN: "drawn before, not seen",
         LATER: "drawn later"}


def show_tiny_images(probabilities) -> Axes:
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
    bare(ax, xlim=(-0.1, 11.35), ylim=(3.2, -0.1), aspect="equal")
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
            centered(ax, column + 0.5, row + 0.5, f"{one:.0f}")
        height, width = mask.shape
        bare(ax, xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal",
             title=title)
        if names is None:
            cell(ax, height // 2, width // 2, FRAME | {"edgecolor": "#1b1b1b"}, 2.6)
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
        bare(ax, xlim=(-0.2, field.shape[1] + 0.2), ylim=(field.shape[0] + 0.2, -0.2),
             aspect="equal", title=title)
        ax.set_xlabel(count, fontsize=9.5)
        said.append(f"{title}: {' '.join(count.split())}")
    key(axes[0], {WORDS[kind]: look for kind, look in KINDS.items()})
    return describe(axes[0], f"Which pixels the output at row {place[0]}, column "
                             f"{place[1]}, counted from 0, sees. {'; '.join(said)}.")


def _draw_field(ax: Axes, field: np.ndarray, place: tuple[int, int]) -> tuple:
    """Draw one grid; return how many pixels are seen, missed, and seen wrongly."""
    order = np.arange(field.size).reshape(field.shape)      # row by row, left to right
    now = order[tuple(place)]
    for at, sees in np.ndenumerate(field):
        kind = ITSELF if order[at] == now else LATER if order[at] > now else (
            SEEN if sees else UNSEEN)
        cell(ax, *at, KINDS[kind])
        if sees and order[at] >= now:
            centered(ax, at[1] + 0.5, at[0] + 0.54, "!", weight="bold",
                     color="white" if kind == ITSELF else "#a3474e")
    before = order < now
    return tuple(int(part.sum()) for part in
                 (field & before, ~field & before, field & ~before))


def show_beliefs(y: Tensor, probabilities: Tensor, pixels: Sequence[int]) -> Axes:
    """Show an image, what each pixel costs a model, and what it believes of three.

    y:             one image, (height, width), in [0, 1]
    probabilities: (levels, height, width), of every pixel given those before it
    pixels:        three, in the order of drawing, from 1
    """
    image = as_array("y", y, 2)
    check_tensor("probabilities", probabilities, ("levels", *image.shape), 0.0, 1.0)
    levels = len(probabilities)
    chances = as_array("probabilities", probabilities).reshape(levels, -1)
    true = (image.ravel() * (levels - 1)).round().astype(int)
    bits = -np.log2(chances[true, np.arange(image.size)].clip(1e-12))
    axes = start(height=5.0, rows=2, columns=3)
    _draw_costs(axes[0], image, bits.reshape(image.shape), pixels)
    said = []
    for name, pixel, ax in zip("abc", pixels, axes[1]):
        check_integer("pixel", pixel, 1, image.size)
        here, level, cost = chances[:, pixel - 1], true[pixel - 1], bits[pixel - 1]
        ax.bar(range(levels), here, width=0.8, label="believed",
               **LOOKS["model"].area())
        ax.plot(level, here[level], LOOKS["truth"].marker, markersize=8,
                color=LOOKS["truth"].dark, linestyle="", label="what is there")
        ax.set(xlabel="level, 0 is black", ylim=(0, 1.05), xticks=range(0, levels, 4),
               title=f"{name}: {cost:.2f} bits")
        ax.grid(False, axis="x")
        said.append(f"{name}, pixel {pixel}: likeliest is level {here.argmax()} with "
                    f"probability {in_words(here.max())}; really there is level "
                    f"{level}, probability {in_words(here[level])}, which costs "
                    f"{cost:.2f} bits")
    axes[1, 0].set_ylabel("probability")
    axes[0, 2].legend(*axes[1, 0].get_legend_handles_labels(), loc="lower left")
    return describe(axes[0, 0], f"An image, and what each of its {image.size} pixels "
                                f"costs, {in_words(bits.mean())} bits on average. "
                                f"{'; '.join(said)}.")


def _draw_costs(axes, image: np.ndarray, bits: np.ndarray, pixels: Sequence[int]
                ) -> None:
    """Draw an image with some pixels framed, and the bits of every pixel beside it."""
    height, width = image.shape
    axes[0].imshow(image, vmin=0, vmax=1, cmap="gray", extent=(0, width, height, 0))
    for name, pixel in zip("abc", pixels):
        row, column = divmod(pixel - 1, width)
        cell(axes[0], row, column, FRAME | {"edgecolor": LOOKS["model"].dark}, 2.6)
        centered(axes[0], column + 0.5, row + 0.52, name, weight="bold",
                 color=LOOKS["model"].dark, bbox=PAPER | {"pad": 0.8})
    axes[1].imshow(bits, cmap="Purples", vmin=0, vmax=8, extent=(0, width, height, 0))
    for (row, column), cost in np.ndenumerate(bits):
        centered(axes[1], column + 0.5, row + 0.52, f"{cost:.1f}", fontsize=7.5,
                 color="white" if cost > 5 else "#1b1b1b")
    for ax, title in zip(axes, ("the image", "bits of each pixel", "")):
        bare(ax, title=title)
