"""Figures: one call each, tensors in, Axes out, one look all course.

    from course_lib.teaching import figures

    figures.show_samples(world, x, model.sample(given=x, n=4, seed=0), truth=y)

They have one style, and leave matplotlib's own settings alone. As the last line of a
cell a figure shows itself once, without a line of text, and closes when the cell ends.
Each carries alt text: an automatic one that says its numbers, or yours (`alt="..."`).

A figure of one lesson lives in a file of its own beside these, named like the lesson,
and is made in the same three steps: `ax = start(height=3)`, draw, then
`return describe(ax, "what is seen")`. A function named `show_...` is found by itself,
and gets the look and the option `alt`; `@in_style` gives the look to one of your own.
"""

import pkgutil
from importlib import import_module

from course_lib.teaching.figures.alt_text import describe, png
from course_lib.teaching.figures.cyclegan import outcome
from course_lib.teaching.figures.shirts import name_dyes
from course_lib.teaching.figures.style import LOOKS, in_style, start, whole_figure
from course_lib.teaching.figures.tables import Table

__all__ = [
    "LOOKS", "Table", "describe", "in_style", "name_dyes", "outcome", "png", "start",
]

for _file in pkgutil.iter_modules(__path__):
    _module = import_module(f"{__name__}.{_file.name}")
    for _name, _function in list(vars(_module).items()):
        if _name.startswith("show_") and _function.__module__ == _module.__name__:
            globals()[_name] = whole_figure(_function)
            setattr(_module, _name, globals()[_name])
            __all__ += [_name]
