"""Figures of lesson 11: symbols as answers, thinking time, and which model when."""

from itertools import cycle

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullLocator
from torch import Tensor

from course_lib.checks import check_choice, check_tensor
from course_lib.datasets.facades.plans import PARTS
from course_lib.teaching.arrays import check_rows
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import bare, beside, centered
from course_lib.teaching.figures.facades import COLORS, add_key, plan_rgb
from course_lib.teaching.figures.scoreboard import NAMES
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, start, with_looks

BOX = (0.85, 0.0, 0.25)            # the color of a box
NEEDS = {                          # of `show_choice`: what is asked, and when it is met
    "whole shirts": lambda row: number(row, "coherence") >= 0.95,
    "all dyes": lambda row: number(row, "coverage") >= 0.95,
    "right chances": lambda row: number(row, "excess_calibration") <= 0.03,
    "near truth": lambda row: number(row, "energy") <= 1.05,
    "likelihood": lambda row: number(row, "likelihood_gap") <= 20,
    "64 in 0.3 s": lambda row: number(row, "sampling_seconds") <= 0.3}
FOLLOWS = 0.5                      # of the error of always one half: x is followed


def answer_rgb(world, x: Tensor, y: Tensor) -> np.ndarray:
    """Return pictures (..., h, w, 3) of answers: the parts of a house in their colors,
    a ball in white, disparities from dark (far) to light (near), and a box on a pale
    picture of x."""
    if y.shape[-2] == 1:
        return boxed(world.rgb(x, y), (y.flatten(-3) * world.size).round())
    symbols = (y[..., 0, :, :] * (world.levels - 1)).round()
    if world.levels == len(PARTS):
        return plan_rgb(symbols)
    return colormaps["gray" if world.levels == 2 else "cividis"](
        symbols.cpu().numpy() / (world.levels - 1))[..., :3]


def boxed(pictures: np.ndarray, boxes: Tensor) -> np.ndarray:
    """Return pale pictures (n, h, w, 3) with the rim of a box (n, 4) on each, or a
    cross for what is no box, its end before its beginning."""
    pale = 0.45 * pictures + 0.55
    for picture, (top, left, bottom, right) in zip(pale, boxes.int().tolist()):
        rim = np.eye(len(picture), dtype=bool) | np.eye(len(picture), dtype=bool)[::-1]
        if top < bottom and left < right:
            rim[:] = False
            rim[top:bottom, left:right] = True
            rim[top + 1:bottom - 1, left + 1:right - 1] = False
        picture[rim] = BOX
    return pale


def show_answers(problems: dict[str, tuple], rows: dict[str, list[Tensor]]) -> Axes:
    """Show several problems side by side: what is given, and rows of answers to it.

    problems: {name: (world, x)}
    rows:     {label: an answer y of each problem, (columns, ...) as x}
    """
    check_rows("rows", rows, "a dict of labels and answers")
    given = [world.rgb(x, x) for world, x in problems.values()]
    pictures = [np.concatenate(given)]
    for answers in rows.values():
        pictures.append(np.concatenate([
            answer_rgb(world, x, y)
            for (world, x), y in zip(problems.values(), answers, strict=True)]))
    titles = [name if k == 0 else "" for name, shown in zip(problems, given)
              for k in range(len(shown))]
    return show_images(np.stack(pictures), ["given", *rows], titles, alt=(
        f"Below what is given in {len(problems)} problems, {', '.join(problems)}: "
        f"{', '.join(rows)}."))


def show_symbols(world, x: Tensor, rows: dict[str, Tensor], legend: bool = True
                 ) -> Axes:
    """Show what is given above answers of symbols, a column for each x.

    world: `CoveredHouses`, `NextPlace` or `Stereo`
    rows:  {label: (columns, 1, h, w)}, or (columns, 1, h, w) of fractions with a label
           that begins with "how often", from pale (never) to dark (half the time)
    """
    check_rows("rows", rows, "a dict of labels and answers")
    pictures = [world.rgb(x, x)]
    for label, y in rows.items():
        check_tensor(label, y, (len(x), *world.y_shape))
        often = 0.12 + 1.76 * y[:, 0].cpu().numpy()      # at 0, not white as the page
        pictures.append(colormaps["Purples"](often)[..., :3]
                        if label.startswith("how often") else answer_rgb(world, x, y))
    ax = show_images(np.stack(pictures), ["given", *rows],
                     alt=f"{len(x)} pictures, and below each of them: "
                         f"{', '.join(rows)}.")
    if world.levels == len(PARTS) and legend:
        add_key(ax, COLORS)
    elif world.levels == 16:
        add_key(ax, {f"disparity {level}{where}": colormaps["cividis"](level / 15)
                     for level, where in ((0, ", far"), (5, ""), (10, ""),
                                          (15, ", near"))})
    return ax


def show_boxes(world, x: Tensor, rows: dict[str, Tensor],
               windows: list[Tensor] | None = None) -> Axes:
    """Show boxes on pictures, a row for each kind of answer.

    x: (pictures, 3, size, size);  rows: {label: (n, pictures, 1, 1, 4)}, as
    `WindowBoxes` has them: top, left, bottom and right over size
    windows: the true boxes of each picture, (n, 4) in pixels, which get a thin frame
    Dotted is what is no box, because it ends before it begins.
    """
    check_rows("rows", rows, "a dict of labels and boxes")
    axes = start(1.2 * len(rows), rows=len(rows), columns=len(x), squeeze=False)
    for line, (label, boxes) in zip(axes, rows.items()):
        check_tensor(label, boxes, ("n", len(x), 1, 1, 4))
        for k, ax in enumerate(line):
            ax.imshow(0.6 * world.rgb(x, x)[k] + 0.4,
                      extent=(0, world.size, world.size, 0))
            for box in [] if windows is None else windows[k].tolist():
                ax.add_patch(outline(box, "black", 0.9))
            for box in (boxes[:, k].flatten(1) * world.size).tolist():
                if box[0] < box[2] and box[1] < box[3]:
                    ax.add_patch(outline(box, "white", 3.4))
                    ax.add_patch(outline(box, BOX, 1.9))
                else:
                    ax.add_patch(outline(box, BOX, 1.3, ":"))
            bare(ax, frame=True)
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    return describe(axes[0, 0], f"{len(x)} pictures of houses, with boxes on each: "
                                f"{', '.join(rows)}.")


def outline(box: list[float], color: str | tuple, width: float,
            style: str = "-") -> Rectangle:
    """Return the rim of a box, given as top, left, bottom and right."""
    top, left, bottom, right = box
    return Rectangle((left, top), right - left, bottom - top, fill=False,
                     edgecolor=color, linewidth=width, linestyle=style)


def show_thinking(curves: dict[str, tuple], points: dict[str, tuple]) -> Axes:
    """Show the excess calibration error against seconds of thinking.

    curves: {name: (seconds, error, counts)}, what a method reaches with more steps; the
            counts are written beside its points
    points: {name: (seconds, error)}, of methods that have one answer to this
    """
    ax = start(height=3.6)
    said, aside = [], cycle([(5, 5), (4, -14), (-13, -11)])    # of curves' labels
    for (name, (seconds, error, counts), look), by in zip(with_looks(curves), aside):
        ax.plot(seconds, error, label=name, marker=look.marker, **look.curve())
        for count, at in zip(counts, zip(seconds, error)):
            beside(ax, str(count), at, by, fontsize=9, color=look.dark)
        said.append(f"{name} goes from {error[0]:.2g} with {counts[0]} to "
                    f"{error[-1]:.2g} with {counts[-1]}")
    for name, (seconds, error) in points.items():
        ax.plot(seconds, error, "o", color="black", markersize=5)
        beside(ax, name, (seconds, error), (6, 5), fontsize=9)
        said.append(f"{name} has {error:.2g} in {seconds:.2g} s")
    ax.set(xlabel="seconds for 64 shirts", ylabel="excess calibration error",
           xscale="log")
    ax.xaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}",
                 minor_locator=NullLocator())
    ax.margins(x=0.05, y=0.1)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return describe(ax, f"excess calibration error against seconds. {'; '.join(said)}.")


def show_choice(rows: list[dict[str, str]],
                worlds: tuple[str, ...] = ("solid", "stripes")) -> Axes:
    """Show which trained model does what, by the figures of the scoreboard.

    A tick stands where a need is met in all of the worlds, ½ where it is met in some:
    whole shirts and all dyes (coherence, coverage at least 0.95), right chances (excess
    calibration error at most 0.03), near truth (energy score at most 1.05 of the
    truth's), a likelihood of at most 20 nats less than the truth's, and 64 samples in
    0.3 s. What does not follow x, with more than half of the excess calibration error
    of "always one half", earns nothing.
    """
    by_world = [{row["model"]: row for row in rows if row["world"] == check_choice(
        "world", world, NAMES)} for world in worlds]
    models = [row["model"] for row in rows if row["world"] == worlds[0]
              and row["steps"] != "0"]
    if not models:
        raise ValueError(f"rows holds nothing about {NAMES[worlds[0]]}; make that part "
                         f"of the scoreboard first, with scoreboard.make(...).")
    met = np.array([[np.mean([earns(table, model, test) for table in by_world])
                     for test in NEEDS.values()] for model in models])
    ax = start(height=0.8 + 0.27 * len(models))
    ax.imshow(met, cmap="Blues", vmin=0, vmax=2.2, aspect="auto")
    for (row, column), fraction in np.ndenumerate(met):
        centered(ax, column, row, "✓" if fraction == 1 else "½" if fraction else "·",
                 color=LOOKS["truth"].dark)
    bare(ax)
    ax.set_xticks(range(len(NEEDS)), NEEDS)
    ax.set_yticks(range(len(models)), models)
    ax.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    said = "; ".join(
        f"{model}: " + (", ".join(need if part == 1 else f"{need} in part"
                                  for need, part in zip(NEEDS, line) if part) or "none")
        for model, line in zip(models, met))
    where = " and ".join(NAMES[world] for world in worlds)
    return describe(ax, f"What each model does on {where}. {said}.")


def earns(table: dict[str, dict[str, str]], model: str, test) -> bool:
    """Return whether a model follows x and passes a test, in the world of a table."""
    row, blind = table.get(model), table.get("always one half")
    if row is None:
        return False
    error = number(row, "excess_calibration")
    limit = FOLLOWS * number(blind, "excess_calibration") if blind else torch.inf
    return bool(error <= limit and test(row))


def number(row: dict[str, str], column: str) -> float:
    """Return an entry of the scoreboard as a number, NaN where there is none."""
    return float(row[column] or "nan")
