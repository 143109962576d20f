"""What many figures draw: squares, arrows, a key below them, Axes without axes."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from course_lib.checks import describe

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


def beside(ax: Axes, text: str, at: tuple, by: tuple, **options):
    """Write a word at a place of the Axes, moved by so many points."""
    return ax.annotate(text, at, xytext=by, textcoords="offset points", **{
        "fontsize": 10} | options)


def check_rows(name: str, rows, example: str) -> None:
    """Raise TypeError unless `rows` is a dict with something in it."""
    if not isinstance(rows, dict) or not rows:
        raise TypeError(f"{name} is {describe(rows)}; give {example}.")
