"""Tables of measured numbers, each with its standard error, to be read not parsed."""

import html
import math
from dataclasses import dataclass

from torch import Tensor

from course_lib.checks import describe
from course_lib.teaching.arrays import signed

CELL = "padding:0.25em 0.9em;border:none;border-bottom:1px solid #8883;"
NOTHING = "–"                      # where a model has no such number


@dataclass(frozen=True, repr=False)
class Table:
    """A table that a notebook draws and that prints as text.

    rows:    {name of the row: {name of the column: value}}; a value is text, a
             number, a pair (mean, standard error), or None where there is none.
             Columns come in the order in which the rows first name them
    caption: one sentence under the table: what is measured, in which unit
    corner:  what stands above the names of the rows

        figures.Table({"truth": {"gap": (0.0, 0.2)}, "L2": {"gap": (205.1, 3.0)}},
                      caption="Nats an image above the truth.")
    """

    rows: dict[str, dict]
    caption: str = ""
    corner: str = ""

    def __post_init__(self):
        if not isinstance(self.rows, dict) or not self.rows or not all(
                isinstance(row, dict) for row in self.rows.values()):
            raise TypeError(f"rows is {describe(self.rows)}; give a dict of rows, each "
                            f"a dict of columns: {{'L2': {{'gap': (205.1, 3.0)}}}}.")

    def cells(self) -> list[list[str]]:
        """Return the table as texts: the header row first."""
        columns = list(dict.fromkeys(
            column for row in self.rows.values() for column in row))
        body = [[name, *(format_value(row.get(column)) for column in columns)]
                for name, row in self.rows.items()]
        return [[self.corner, *columns], *body]

    def __repr__(self) -> str:
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines = ["  ".join([row[0].ljust(widths[0]),
                            *(cell.rjust(width)
                              for cell, width in zip(row[1:], widths[1:]))])
                 for row in cells]
        lines.insert(1, "─" * len(lines[0]))
        return "\n".join(lines + [self.caption] * bool(self.caption))

    def _repr_html_(self) -> str:
        header, *body = self.cells()
        head = "".join(f'<th scope="col" style="{CELL}text-align:'
                       f'{"right" if i else "left"}">{html.escape(text)}</th>'
                       for i, text in enumerate(header))
        rows = "".join(
            f'<tr><th scope="row" style="{CELL}text-align:left">'
            f"{html.escape(name)}</th>"
            + "".join(f'<td style="{CELL}text-align:right;white-space:nowrap">'
                      f"{html.escape(value)}</td>" for value in values) + "</tr>"
            for name, *values in body)
        caption = (f'<caption style="caption-side:bottom;text-align:left;'
                   f'padding:0.5em 0.9em">{html.escape(self.caption)}</caption>'
                   if self.caption else "")
        return (f'<table style="border-collapse:collapse;margin:0.3em 0">{caption}'
                f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def format_value(value) -> str:
    """Return a value as a table shows it: text as it is, whole numbers with commas,
    others with three digits, pairs (mean, standard error) as 12.3 ± 0.4 with as many
    decimals as the error has meaning."""
    if value is None:
        return NOTHING
    if isinstance(value, (str, bool)):
        return str(value)
    if isinstance(value, tuple) and len(value) == 2:
        return _with_error(*(float(part) for part in value))
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, int):
        return signed(value, ",")
    if not isinstance(value, float) and not hasattr(value, "__float__"):
        raise TypeError(f"A cell holds {describe(value)}; give text, a number, a pair "
                        f"(mean, standard error) or None.")
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    digits = 3 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return signed(value, f"z,.{min(digits, 3)}f")


def _with_error(mean: float, error: float) -> str:
    if not (math.isfinite(mean) and math.isfinite(error)) or error <= 0:
        return format_value(mean)
    digits = max(0, 1 - math.floor(math.log10(error)))       # two of the error's digits
    digits = min(digits, 5) if error < 10 else 0
    return f"{signed(mean, f'z,.{digits}f')} ± {error:,.{digits}f}"
