"""What many figures draw: squares, arrows, a key below them, Axes without axes."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from course_lib.teaching.figures.style import LOOKS

INK = "#3a3a3a"                    # of arrows, boxes and words in a diagram
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # behind a word


def bare(ax: Axes, frame: bool = False, **settings) -> None:
    """Leave Axes without ticks and grid, and without lines unless it keeps a `frame`.

    settings: as for `ax.set`; ticks given there stay
    """
    ax.set(**{"xticks": [], "yticks": []} | settings)
    ax.grid(False)
    if not frame:
        ax.spines[:].set_visible(False)


def cell(ax: Axes, row: float, column: float, look: dict, linewidth: float = 0.5
         ) -> None:
    """Draw a square of side 1, as one of many."""
    ax.add_patch(Rectangle((column, row), 1, 1, **{
        "edgecolor": "#8a8a8a", "linewidth": linewidth} | look))


def key(ax: Axes, looks: dict[str, dict]) -> None:
    """Say below the figure what each kind of square means."""
    handles = [Rectangle((0, 0), 1, 1, label=word, **{"edgecolor": "#8a8a8a"} | look)
               for word, look in looks.items()]
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=4,
                     fontsize=9.5, handlelength=1.2)


def arrow(ax: Axes, begin: tuple, end: tuple, head: str = "5,head_width=3",
          **options) -> None:
    """Draw an arrow of a diagram, options as for FancyArrowPatch."""
    ax.add_patch(FancyArrowPatch(begin, end, arrowstyle=f"-|>,head_length={head}", **{
        "shrinkA": 0, "shrinkB": 1, "linewidth": 1.4, "color": INK} | options))


def block(ax: Axes, corner: tuple, size: tuple, words: str, data: bool, fontsize: float
          ) -> None:
    """Draw a block of a diagram with words in it, white where it is data."""
    look = LOOKS["noise" if data else "model"]
    ax.add_patch(Rectangle(corner, *size, linewidth=1.2, alpha=0.9, edgecolor=look.dark,
                           facecolor="white" if data else look.color))
    centered(ax, corner[0] + size[0] / 2, corner[1] + size[1] / 2, words,
             fontsize=fontsize)


def detour(ax: Axes, begin: tuple, end: tuple, height: float, words: str,
           under: bool = False) -> None:
    """Draw a way round: up or down from one block, along at a height, to another."""
    ax.plot((begin[0], begin[0], end[0]), (begin[1], height, height), color=INK,
            linewidth=1.4, linestyle=":" if under else "-")
    arrow(ax, (end[0], height), end)
    ax.text((begin[0] + end[0]) / 2, height + (-0.08 if under else 0.06), words,
            ha="center", va="top" if under else "bottom", fontsize=9)


def beside(ax: Axes, text: str, at: tuple, by: tuple, **options):
    """Write a word at a place of the Axes, moved by so many points."""
    return ax.annotate(text, at, xytext=by, textcoords="offset points", **{
        "fontsize": 10} | options)


def centered(ax: Axes, x: float, y: float, text: str, **options):
    """Write a word around a place of the Axes, options as for `ax.text`."""
    return ax.text(x, y, text, ha="center", va="center", **options)
