"""The one look of the course: what each thing is drawn like, in every figure.

Color never speaks alone. Each look joins a color with a line, a marker and a hatch
of its own, and figures write the name beside what they draw. The dyes are the colors
that the world itself uses, Lab (66, ∓26, ∓14).
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes

from course_lib.checks import check_number
from course_lib.teaching.figures.alt_text import (
    DescribedAxes,
    DescribedFigure,
    describe,
    store_small,
)

P, R = ParamSpec("P"), TypeVar("R")

WIDTH = 7.4                                    # inches: a notebook's column


@dataclass(frozen=True)
class Look:
    """How one thing is drawn: `color` fills areas and `dark` draws lines."""

    color: str
    dark: str
    line: str | tuple
    marker: str
    hatch: str = ""

    def curve(self) -> dict:
        """Return what `ax.plot` needs."""
        return {"color": self.dark, "linestyle": self.line}

    def area(self) -> dict:
        """Return what `ax.bar` and `ax.fill_between` need."""
        return {"facecolor": self.color, "edgecolor": self.dark, "hatch": self.hatch}


DOTS, DASHES, DASH_DOT = (0, (1.2, 1.4)), (0, (4.5, 1.8)), (0, (6, 1.6, 1.2, 1.6))
TWO_DOTS = (0, (6, 1.6, 1.2, 1.6, 1.2, 1.6))

LOOKS = {
    "teal": Look("#4aaeb9", "#00717b", "-", "o", "//"),
    "pink": Look("#d58e89", "#a3474e", DASHES, "s", "\\\\"),
    "truth": Look("#c9c9c9", "#1b1b1b", "-", "D"),
    "model": Look("#a9aede", "#3a3fa0", DASHES, "^", ".."),
    "noise": Look("#e2e2e2", "#7d7d7d", DOTS, "x", "--"),
}
SPARE = [
    LOOKS["model"],
    Look("#efc58f", "#b06000", DASH_DOT, "v", "xx"),
    Look("#cfa9dc", "#7b3294", DOTS, "P", "++"),
    Look("#b9d19a", "#4d7a1e", TWO_DOTS, "X", "oo"),
    Look("#c4b29f", "#6b4a2b", (0, (9, 2)), "*", "||"),
]

STYLE = {
    "figure.dpi": 110, "figure.constrained_layout.use": True,
    "figure.facecolor": "white", "axes.facecolor": "white",
    "font.size": 11, "axes.titlesize": 11.5, "axes.labelsize": 11,
    "axes.titleweight": "bold", "axes.titlelocation": "left",
    "xtick.labelsize": 10, "ytick.labelsize": 10, "legend.fontsize": 10,
    "text.color": "#1b1b1b", "axes.labelcolor": "#1b1b1b",
    "axes.edgecolor": "#8a8a8a", "xtick.color": "#8a8a8a", "ytick.color": "#8a8a8a",
    "xtick.labelcolor": "#3a3a3a", "ytick.labelcolor": "#3a3a3a",
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.grid": True, "grid.color": "#ececec", "grid.linewidth": 0.8,
    "legend.frameon": False, "legend.handlelength": 2.8,
    "lines.linewidth": 2.0, "lines.markersize": 6, "hatch.linewidth": 0.7,
    "image.interpolation": "nearest", "image.cmap": "gray",
    "axes.prop_cycle": (cycler(color=[look.dark for look in SPARE])
                        + cycler(linestyle=[look.line for look in SPARE])),
}


def in_style(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` so that what it draws has the look of the course; matplotlib's
    own settings are afterwards what they were."""
    @functools.wraps(function)
    def styled(*args: P.args, **options: P.kwargs) -> R:
        with plt.rc_context(STYLE):
            result = function(*args, **options)
            interactive = plt.isinteractive()       # set by a notebook's first figure
        plt.rcParams["interactive"] = interactive
        return result

    return styled


def whole_figure(function: Callable[P, Axes]) -> Callable[..., Axes]:
    """Return `function` in style, with an option `alt` in place of what it says."""
    styled, signature = in_style(function), inspect.signature(function)
    if "alt" in signature.parameters:
        return styled

    @functools.wraps(function)
    def figure(*args, alt: str | None = None, **options) -> Axes:
        ax = styled(*args, **options)
        return describe(ax, alt) if alt else ax

    option = inspect.signature(figure, follow_wrapped=False).parameters["alt"]
    figure.__signature__ = signature.replace(
        parameters=[*signature.parameters.values(), option])
    return figure


def looks(names) -> dict[str, Look]:
    """Return a look for each name.

    teal, pink, truth, model and noise have theirs, also as the first word of a name
    ("truth, quantised"); other names take the spare looks in the order they come."""
    chosen, spare = {}, 0
    for name in names:
        known = LOOKS.get(name.lower().split(",")[0].split(" ")[0]) if name else None
        chosen[name] = known or SPARE[spare % len(SPARE)]
        spare += known is None
    return chosen


def with_looks(named: dict) -> Iterator[tuple[str, Any, Look]]:
    """Go through what is drawn: each name, what it stands for, and its look."""
    for name, look in looks(named).items():
        yield name, named[name], look


class StyledFigure(DescribedFigure):
    """A figure in the look of the course, also of what it only makes when it is drawn:
    ticks and grid lines."""

    draw = in_style(DescribedFigure.draw)


@in_style
def start(height: float = 3.0, width: float = WIDTH, rows: int = 1, columns: int = 1,
          **options) -> Axes | np.ndarray:
    """Start a figure and return its Axes, an array of them where there are several.

    height, width: in inches; 7.4 wide fills a notebook's column
    options:       for `plt.subplots`: sharex, sharey, width_ratios, height_ratios ...
    Draw on the Axes, say what is seen with `describe`, and return the (first) Axes:
    the notebook shows the figure once, at the end of the cell.
    """
    store_small()
    check_number("height", height, 0, 50, open_low=True)
    check_number("width", width, 0, 50, open_low=True)
    _, axes = plt.subplots(rows, columns, figsize=(width, height),
                           FigureClass=StyledFigure,
                           subplot_kw={"axes_class": DescribedAxes}, **options)
    return axes


def side_by_side(columns: int, height: float, **options) -> np.ndarray:
    """Start a figure of Axes side by side, an array of them even if there is one."""
    return np.atleast_1d(start(height, columns=columns, **options))
