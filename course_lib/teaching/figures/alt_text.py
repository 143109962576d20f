"""Alt text: each picture carries a sentence for those who do not see it.

A notebook stores a picture with metadata beside it. `describe(ax, "...")` puts the
sentence there, as {"image/png": {"alt": "..."}}, and as text/plain for front ends that
read this. JupyterLab and nbconvert read neither. An extension in teaching/jupyter/
brings the sentence into JupyterLab, commands/export.py into exported pages.
IPython asks an object for its pictures through `_repr_mimebundle_`, and lets
the printer that matplotlib registered for figures overrule it: see `store_small`.
"""

import io
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from course_lib.teaching.figures.palette import in_few_colors

NO_ALT_TEXT = ("This figure has no alt text; say in a sentence what it shows with "
               "figures.describe(ax, '...').")


class DescribedFigure(Figure):
    """A figure with alt text, which a notebook stores as a small PNG."""

    alt: str | None = None

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.alt is None:
            warnings.warn(NO_ALT_TEXT, stacklevel=2)
        alt = self.alt or ""
        data = {"image/png": png(self), "text/plain": alt or repr(self)}
        return data, {"image/png": {"alt": alt}} if alt else {}


def store_small() -> None:
    """Make a notebook store the small PNG of a DescribedFigure.

    The inline backend registers a printer for `Figure`, whose larger PNG would replace
    ours. One for the subclass comes first, and by answering None leaves ours alone.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        printer = shell.display_formatter.formatters["image/png"]
        printer.for_type(DescribedFigure, lambda figure: None)


class DescribedAxes(Axes):
    """Axes that, as the last line of a cell, add no line of text to the picture."""

    def _ipython_display_(self):
        # an open figure is shown when the cell ends; a closed one is shown again now
        if not plt.fignum_exists(self.figure.number):
            from IPython.display import display
            display(self.figure)


def describe(ax: Axes, alt: str) -> Axes:
    """Set the alt text of the figure that `ax` belongs to, and return `ax`.

    alt: one or two sentences that say what is seen, with its numbers
    Raises TypeError for a figure not begun with `figures.start`, ValueError for
    an empty text.
    """
    if not isinstance(ax, Axes) or not isinstance(ax.figure, DescribedFigure):
        raise TypeError(f"ax is {type(ax).__name__}, which carries no alt text; give "
                        f"the Axes of a figure begun with figures.start(...).")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt is {alt!r}; say in a sentence what the figure shows.")
    ax.figure.alt = " ".join(alt.split())
    return ax


def png(figure: Figure, small: bool = True) -> bytes:
    """Return the figure as a PNG file.

    `small` brings it to 256 colors, which thirds the bytes. A widget, which stores
    nothing, takes the quicker way.
    """
    canvas = figure.canvas
    if not isinstance(canvas, FigureCanvasAgg):
        canvas = FigureCanvasAgg(figure)
    canvas.draw()                      # once, where savefig lays out and draws again
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    if small:
        image = in_few_colors(image)
    buffer = io.BytesIO()
    image.save(buffer, format="png", **{"optimize": True} if small else {
        "compress_level": 1})
    return buffer.getvalue()
