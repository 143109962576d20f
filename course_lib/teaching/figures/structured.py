"""Figures of lesson 11: symbols as answers, thinking time, and which model when."""

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_choice, check_tensor
from course_lib.datasets.facades.plans import PARTS
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import bare, beside, check_rows
from course_lib.teaching.figures.facades import add_legend, plan_rgb
from course_lib.teaching.figures.scoreboard import NAMES, on_log_scale
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, SPARE, looks, side_by_side, start

AXES = {                           # columns of the scoreboard: (heading, log, best)
    "training_seconds": ("training, s", True, "low"),
    "sampling_seconds": ("64 samples, s", True, "low"),
    "parameters": ("parameters", True, "low"),
    "excess_calibration": ("excess calibration error", True, "low"),
    "coherence": ("coherence", False, "high"),
    "coverage": ("coverage", False, "high"),
    "energy": ("energy score over the truth's", False, "low")}
NEEDS = {                          # of `show_choice`: what is asked, and when it is met
    "whole shirts": lambda row: number(row, "coherence") >= 0.95,
    "all modes": lambda row: number(row, "coverage") >= 0.95,
    "right chances": lambda row: number(row, "excess_calibration") <= 0.03,
    "near truth": lambda row: number(row, "energy") <= 1.05,
    "a likelihood": lambda row: bool(row["likelihood"]),
    "64 in 0.3 s": lambda row: number(row, "sampling_seconds") <= 0.3}


def symbol_rgb(levels: int, y: Tensor) -> np.ndarray:
    """Return pictures (..., h, w, 3) of symbols y (..., 1, h, w): the parts of a house
    in their colors, places in white, more levels from dark (far) to light (near)."""
    symbols = (y[..., 0, :, :] * (levels - 1)).round()
    if levels == len(PARTS):
        return plan_rgb(symbols)
    return colormaps["gray" if levels == 2 else "cividis"](
        symbols.cpu().numpy() / (levels - 1))[..., :3]


def show_symbols(world, x: Tensor, rows: dict[str, Tensor],
                 titles: list[str] | None = None, legend: bool = True) -> Axes:
    """Show what is given above answers of symbols, a column for each x.

    world: `FarHouses`, `NextPlace` or `Stereo`
    rows:  {label: (columns, 1, h, w)}, or (columns, 1, h, w) of chances with a label
           that begins with "chance", drawn from black (0) to white (1)
    """
    check_rows("rows", rows, "a dict of labels and answers")
    pictures = [world.rgb(x, x)]
    for label, y in rows.items():
        check_tensor(label, y, (len(x), *world.y_shape))
        chances = label.startswith("chance")
        pictures.append(np.repeat(y[:, 0, ..., None].cpu().numpy(), 3, -1) if chances
                        else symbol_rgb(world.levels, y))
    ax = show_images(np.stack(pictures), ["given", *rows], titles,
                     alt=f"{len(x)} pictures, and below each of them: "
                         f"{', '.join(rows)}.")
    if world.levels == len(PARTS) and legend:
        add_legend(ax, list(PARTS))
    return ax


def show_boxes(world, x: Tensor, boxes: Tensor, titles: list[str] | None = None
               ) -> Axes:
    """Show boxes on pictures, and the mean of the boxes, dashed.

    x: (pictures, 3, size, size);  boxes: (n, pictures, 1, 1, 4), as `WindowBoxes` has
    them: top, left, bottom and right over size
    """
    check_tensor("boxes", boxes, ("n", len(x), 1, 1, 4))
    axes = side_by_side(len(x), 2.3)
    sides = (boxes[:, :, 0, 0] * world.size).cpu()
    for k, ax in enumerate(axes):
        ax.imshow(world.rgb(x, x)[k], extent=(0, world.size, world.size, 0))
        for box in sides[:, k].tolist():
            ax.add_patch(outline(box, "white", "-", 2.6))
            ax.add_patch(outline(box, SPARE[0].dark, "-", 1.2))
        mean = sides[:, k].mean(0).tolist()
        ax.add_patch(outline(mean, "white", "-", 3.0))
        ax.add_patch(outline(mean, "black", "--", 1.6))
        bare(ax, frame=True, title=titles[k] if titles else "")
    return describe(axes[0], (
        f"{len(x)} pictures of houses with {len(boxes)} boxes on each, and dashed the "
        f"mean of them."))


def outline(box: list[float], color: str, line: str, width: float) -> Rectangle:
    """Return the rim of a box, given as top, left, bottom and right."""
    top, left, bottom, right = box
    return Rectangle((left, top), right - left, bottom - top, fill=False,
                     edgecolor=color, linestyle=line, linewidth=width)


def show_thinking(curves: dict[str, tuple], points: dict[str, tuple],
                  ylabel: str = "excess calibration error") -> Axes:
    """Show quality against seconds of thinking.

    curves: {name: (seconds, error, counts)}, what a method reaches with more steps; the
            counts are written beside the first and the last point
    points: {name: (seconds, error)}, of methods that have one answer to this
    """
    ax = start(height=3.6, width=7.0)
    said, below = [], True                     # the labels of every other curve
    for (name, (seconds, error, counts)), look in zip(curves.items(),
                                                      looks(curves).values()):
        ax.plot(seconds, error, label=name, marker=look.marker, **look.curve())
        for k in (0, -1):
            beside(ax, str(counts[k]), (float(seconds[k]), float(error[k])),
                   (4, -13 if below else 5), fontsize=9, color=look.dark)
        below = not below
        said.append(f"{name} goes from {error[0]:.2g} with {counts[0]} to "
                    f"{error[-1]:.2g} with {counts[-1]}")
    spare = SPARE[len(curves):]
    for k, (name, (seconds, error)) in enumerate(points.items()):
        look = spare[k % len(spare)]
        hollow = {"markerfacecolor": "white"} if k >= len(spare) else {}
        ax.plot(seconds, error, look.marker, color=look.dark, markersize=8, label=name,
                **hollow)
        said.append(f"{name} has {error:.2g} in {seconds:.2g} s")
    ax.set(xlabel="seconds for 64 shirts", ylabel=ylabel)
    on_log_scale(ax, "x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return describe(ax, f"{ylabel} against seconds. {'; '.join(said)}.")


def show_against(rows: list[dict[str, str]], across: str = "training_seconds",
                 up: str = "excess_calibration", world: str = "solid") -> Axes:
    """Show one column of the scoreboard against another, a point for each model.

    rows:       of `scoreboard.load()`
    across, up: columns: training_seconds, sampling_seconds, parameters,
                excess_calibration, coherence, coverage or energy
    world:      "solid", "stripes" or "real"
    """
    check_choice("across", across, AXES)
    check_choice("up", up, AXES)
    check_choice("world", world, NAMES)
    shown = [row for row in rows if row["world"] == world and row[across] and row[up]
             and "0" not in (row["steps"], row["parameters"])]
    ax = start(height=4.0, width=6.6)
    for k, row in enumerate(shown):
        look = SPARE[k % len(SPARE)]
        hollow = ({}, {"markerfacecolor": "white"},
                  {"fillstyle": "left", "markerfacecoloralt": "white"}
                  )[k // len(SPARE) % 3]
        ax.plot(drawn(row, across), drawn(row, up), look.marker, color=look.dark,
                markersize=8, label=row["model"], **hollow)
    for axis, column in (("x", across), ("y", up)):
        heading, log, best = AXES[column]
        ax.set(**{f"{axis}label": f"{heading} ({best} is better)"})
        if log:
            on_log_scale(ax, axis)
    ax.set_title(NAMES[world])
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said = ", ".join(f"{row['model']} {number(row, up):.3g} at "
                     f"{number(row, across):.3g}" for row in shown)
    return describe(ax, f"{AXES[up][0]} against {AXES[across][0]}, {NAMES[world]}: "
                        f"{said}.")


def show_choice(rows: list[dict[str, str]], world: str = "solid") -> Axes:
    """Show which model does what, by the figures of the scoreboard.

    A tick stands where a need is met: whole shirts and all modes (coherence, coverage
    at least 0.95), right chances (excess calibration error at most 0.03),
    near truth (energy score at most 1.05 of the truth's), a likelihood
    (exact or a bound), and 64 samples in 0.3 s.
    """
    check_choice("world", world, NAMES)
    models = [row for row in rows if row["world"] == world]
    if not models:
        raise ValueError(f"rows holds nothing about {NAMES[world]}; make that part of "
                         f"the scoreboard first, with scoreboard.make(...).")
    met = torch.tensor([[test(row) for test in NEEDS.values()] for row in models])
    ax = start(height=0.8 + 0.27 * len(models))
    ax.imshow(met.numpy(), cmap="Blues", vmin=0, vmax=2.2, aspect="auto")
    for (row, column), yes in np.ndenumerate(met.numpy()):
        ax.text(column, row, "✓" if yes else "·", ha="center", va="center",
                color=LOOKS["truth"].dark, fontsize=11)
    bare(ax)
    ax.set_xticks(range(len(NEEDS)), NEEDS)
    ax.set_yticks(range(len(models)), [row["model"] for row in models])
    ax.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    said = "; ".join(f"{row['model']}: "
                     f"{', '.join(need for need, yes in zip(NEEDS, line) if yes)}"
                     for row, line in zip(models, met))
    return describe(ax, f"What each model does on {NAMES[world]}. {said}.")


def drawn(row: dict[str, str], column: str) -> float:
    """Return where an entry is drawn: on a log axis at 0.001 at least."""
    value = number(row, column)
    return max(value, 1e-3) if AXES[column][1] else value


def number(row: dict[str, str], column: str) -> float:
    """Return an entry of the scoreboard as a number, NaN where there is none."""
    return float(row[column] or "nan")
