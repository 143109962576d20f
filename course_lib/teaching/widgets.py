"""Sliders over a figure: a plain function first, called once, then `explore`d.

    figures.show_answers(p=0.5)                                   # the plain function
    widgets.explore(figures.show_answers, p=(0, 1, 0.05, 0.5))    # the same, to play

A control is (low, high, step, start) for a slider, of whole numbers if all four are,
or a list of choices for a menu, the first one chosen. Tab and the arrow keys work.
"""

import base64
import html
import math
from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from course_lib.checks import describe, is_integer
from course_lib.teaching.figures.alt_text import NO_ALT_TEXT, png

ASLEEP = "If the picture does not follow, run this cell first (Shift + Enter)."
FALLBACK = "Run this cell in JupyterLab to get the sliders."


class Explorer(ipywidgets.VBox):
    """A function's picture under the sliders that set its arguments."""

    def __init__(self, function: Callable, **controls):
        """See `explore`."""
        if not callable(function):
            raise TypeError(f"function is {describe(function)}; give a function that "
                            f"draws, without calling it.")
        if not controls:
            raise ValueError("explore was given no control; give at least one, for "
                             "instance p=(0, 1, 0.05, 0.5).")
        self.function = function
        width = f"{2 + 0.55 * max(map(len, controls)):.1f}em"
        self.controls = {name: make_control(name, choice, width)
                         for name, choice in controls.items()}
        self.picture = ipywidgets.HTML(render(function, self.values(), small=True))
        hint = ipywidgets.HTML(f'<small style="opacity:0.7">{ASLEEP}</small>')
        for control in self.controls.values():
            control.observe(self.redraw, names="value")
        super().__init__([*self.controls.values(), self.picture, hint])

    def values(self) -> dict:
        """Return what the controls say now, as arguments of the function."""
        return {name: control.value for name, control in self.controls.items()}

    def redraw(self, change=None) -> None:
        """Draw the function again; an error in it is shown in place of the picture."""
        self.picture.value = render(self.function, self.values())

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data:
            data["text/plain"] = FALLBACK
        return bundle


def explore(function: Callable, **controls) -> Explorer:
    """Show what `function` draws under a control for each of its arguments.

    function: takes the controls' values by name; returns Axes, a figure, a table or
              text. Below about 0.15 s a call the picture follows the hand
    controls: name=(low, high, step, start), or name=[choice, choice, ...]
    Raises TypeError or ValueError, in a sentence, for any other control.
    """
    return Explorer(function, **controls)


def make_control(name: str, choice, width: str = "initial") -> ipywidgets.Widget:
    """Return the slider or the menu that a control asks for.

    width: of the name before it, in CSS units, so that all begin at one place"""
    layout = {"style": {"description_width": width},
              "layout": ipywidgets.Layout(width="min(34em, 100%)")}
    label = name.replace("_", " ")
    if isinstance(choice, list) and choice:
        return ipywidgets.Dropdown(options=choice, description=label, **layout)
    if not isinstance(choice, tuple) or len(choice) != 4 or not all(
            isinstance(number, (int, float)) for number in choice):
        raise TypeError(f"{name} is {describe(choice)}; give (low, high, step, start) "
                        f"for a slider or a list of choices for a menu.")
    low, high, step, start = choice
    if not (low < high and 0 < step <= high - low and low <= start <= high):
        raise ValueError(f"{name} is {choice}; give low < high, a step above 0 and no "
                         f"wider than both, and a start between them.")
    numbers = {"min": low, "max": high, "step": step, "value": start}
    if all(is_integer(number) for number in choice):
        return ipywidgets.IntSlider(description=label, **numbers, **layout)
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    return ipywidgets.FloatSlider(description=label, readout_format=f".{decimals}f",
                                  **numbers, **layout)


def render(function: Callable, values: dict, small: bool = False) -> str:
    """Return what the function gives for these values, as HTML with alt text."""
    before = set(plt.get_fignums())
    try:
        result = function(**values)
        if isinstance(result, (Figure, Artist)):
            return picture(result if isinstance(result, Figure) else result.figure,
                           small)
        if hasattr(result, "_repr_html_"):
            return result._repr_html_()
        if result is None:
            raise TypeError("the function returned nothing; in place of plt.show() or "
                            "print, return the Axes, a table or text.")
        return f"<pre>{html.escape(str(result))}</pre>"
    except Exception as error:             # a widget must outlive a bad value
        said = ", ".join(f"{name} = {value!r}" for name, value in values.items())
        return (f"<pre>With {html.escape(said)}: {type(error).__name__}: "
                f"{html.escape(str(error))}</pre>")
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def picture(figure: Figure, small: bool = False) -> str:
    """Return a figure as an HTML image of fixed size, so that nothing jumps."""
    data = png(figure, small)
    width, height = figure.canvas.get_width_height()
    alt = getattr(figure, "alt", None)
    missing = "" if alt else f"<small>{NO_ALT_TEXT}</small>"
    return (f'{missing}<img width="{width}" height="{height}" decoding="sync" '
            f'alt="{html.escape(alt or "")}" style="max-width:none" '
            f'src="data:image/png;base64,{base64.b64encode(data).decode()}">')
