"""Figures of facades: plans beside pictures, and what a critic says of each patch.

Lessons 09 and 11.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.patches import Patch
from torch import Tensor

from course_lib.checks import check_tensor
from course_lib.datasets.facades.plans import PARTS
from course_lib.teaching.arrays import check_rows, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import bare
from course_lib.teaching.figures.shirts import TILE, show_images
from course_lib.teaching.figures.style import start

COLORS = {                         # of the parts in a plan, far apart in lightness too
    "sky": "#cfe6f5", "roof": "#7a3b2e", "cornice": "#f2d16b", "wall": "#c9a27e",
    "window": "#1f3b73", "sill": "#ef8a3c", "balcony": "#3f9c6b", "door": "#0f0f14",
    "pavement": "#8c8c8c"}
MOST = 4.0                         # a score beyond is drawn as this


def plan_rgb(labels: Tensor) -> np.ndarray:
    """Return plans as pictures (..., h, w, 3) in [0, 1], of label maps (..., h, w)."""
    table = to_rgba_array([COLORS[part] for part in PARTS])[:, :3]
    return table[labels.detach().cpu().numpy().astype(int)]


def show_facades(world, x: Tensor, rows: dict[str, Tensor], tile: float = TILE
                 ) -> Axes:
    """Show plans above pictures, a column for each plan, and what their colors mean.

    x:    plans, (columns, 9, h, w), one-hot
    rows: {label: (columns, 3, h, w)} pictures, or (columns, h, w) of labels, which are
          drawn as plans
    tile: inches of a picture's side, at most
    """
    check_rows("rows", rows, "a dict of labels and pictures")
    pictures = [plan_rgb(world.labels(x))]
    for label, y in rows.items():
        if y.ndim == 4:
            check_tensor(label, y, (len(x), *world.y_shape))
        pictures.append(world.rgb(x, y) if y.ndim == 4 else plan_rgb(y))
    said = ", ".join(rows)
    ax = show_images(np.stack(pictures), ["plan", *rows], tile=tile,
                     alt=f"{len(x)} plans of houses, and below each of them: {said}.")
    add_key(ax, {part: COLORS[part] for k, part in enumerate(PARTS) if x[:, k].any()})
    return ax


def add_key(ax: Axes, colors: dict) -> None:
    """Say below the figure what each color means, {meaning: color}."""
    figure = ax.figure
    width, height = figure.get_size_inches()
    more = 0.3 if len(colors) <= 5 else 0.5
    left, bottom, across, up = ax.get_position().bounds
    figure.set_size_inches(width, height + more)
    ax.set_position((left, (bottom * height + more) / (height + more), across,
                     up * height / (height + more)))
    patches = [Patch(facecolor=color, edgecolor="#555555", label=meaning)
               for meaning, color in colors.items()]
    figure.legend(handles=patches, loc="lower center", ncols=5, fontsize=8.5,
                  handlelength=1.2, columnspacing=1.2)


def show_patch_scores(world, x: Tensor, pictures: dict[str, Tensor],
                      scores: dict[str, Tensor]) -> Axes:
    """Show what a critic says of each patch: pictures above, their scores below.

    x:        one plan, (1, 9, h, w)
    pictures: {title: (3, h, w)};  scores: the same titles, (down, across) each, high
              where a patch looks real
    """
    titles = list(pictures)
    if not titles or list(scores) != titles:
        raise ValueError(f"scores are of {list(scores)} and pictures of {titles}; give "
                         f"the same titles, and at least one.")
    height = min(3.4, 0.6 + 12.4 / len(titles))
    axes = start(height, columns=len(titles), rows=2, squeeze=False)
    for (top, bottom), title in zip(axes.T, titles):
        top.imshow(world.rgb(x, pictures[title][None])[0])
        shown = scores[title].detach().cpu().numpy()
        drawn = bottom.imshow(shown, cmap="RdBu", vmin=-MOST, vmax=MOST)
        bottom.set_xlabel(f"mean {signed(shown.mean())}", fontsize=9.5)
        top.set_title(title, fontsize=10)
        for ax in (top, bottom):
            bare(ax, frame=True)
    bar = axes[0, 0].figure.colorbar(drawn, ax=list(axes.flat), shrink=0.6)
    bar.set_label("score: high is real", fontsize=9)
    said = "; ".join(f"{title}: mean score {scores[title].mean().item():.2f}"
                     for title in titles)
    return describe(axes[0, 0], f"Pictures, and below them the critic's score of "
                                f"each patch. {said}.")
