"""Curves, bars and calibration: measured numbers, each with its error."""

import numpy as np
from matplotlib.axes import Axes

from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, as_series, in_words
from course_lib.teaching.figures.drawing import PAPER, beside
from course_lib.teaching.figures.style import LOOKS, in_style, looks, start


def show_curves(x, curves: dict, xlabel: str = "", ylabel: str = "", title: str = "",
                references: dict | None = None, log: str = "") -> Axes:
    """Show one or more curves over x, with a band of two standard errors if given.

    curves:     {name: (k,) values} or {name: ((k,) values, (k,) standard errors)}
    references: {name: value}, what theory says, as level lines: {"ln 2": 0.693}
    log:        "x", "y" or "xy" for logarithmic axes

        figures.show_curves(steps, {"mixture": (gap, error)}, "steps", "nats")
    """
    x = as_array("x", x, 1)
    curves = as_series(curves, len(x))
    ax = start()
    for (name, (values, errors)), look in zip(curves.items(), looks(curves).values()):
        few = len(x) <= 20
        ax.plot(x, values, label=name, marker=look.marker if few else None,
                **look.curve())
        if errors is not None:
            ax.fill_between(x, values - 2 * errors, values + 2 * errors, linewidth=0,
                            color=look.color, alpha=0.45)
    draw_references(ax, references)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title,
           xscale="log" if "x" in log else "linear",
           yscale="log" if "y" in log else "linear")
    if len(curves) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said = [f"{name} goes from {in_words(values[0])} at {in_words(x[0])} to "
            f"{in_words(values[-1])} at {in_words(x[-1])}"
            for name, (values, _) in curves.items()]
    said += [f"the level line {name} is at {in_words(float(value))}"
             for name, value in (references or {}).items()]
    return describe(ax, f"{ylabel or 'Values'} against {xlabel or 'x'}: "
                        f"{'; '.join(said)}.")


@in_style
def draw_references(ax: Axes, references: dict | None) -> None:
    """Draw what theory says as level lines, each with its name at the end of the line
    where fewer curves are in the way, which is the right one if in doubt."""
    for name, value in (references or {}).items():
        value = float(value)
        left = _distance(ax, value, 0) > 2 * _distance(ax, value, -1)
        ax.axhline(value, color=LOOKS["truth"].dark, linewidth=1.1, zorder=1)
        beside(ax, name, (0 if left else 1, value), (2 if left else -2, 2),
               xycoords=ax.get_yaxis_transform(), ha="left" if left else "right",
               va="bottom", fontsize=9.5, bbox=PAPER | {"pad": 1, "alpha": 0.8})


def _distance(ax: Axes, value: float, end: int) -> float:
    """Return how far the nearest curve is from a level at its first (0) or last (-1)
    point, in heights of the axes; level lines and single points are no curves."""
    ends = [line.get_ydata()[end] for line in ax.get_lines()
            if len(line.get_ydata()) > 2]
    if not ends:
        return 1.0
    to_axes = (ax.transData + ax.transAxes.inverted()).transform
    x = ax.get_xlim()[0]
    level = to_axes((x, value))[1]
    return min(abs(to_axes((x, float(y)))[1] - level) for y in ends)


def show_calibration(curves: dict, samples: int | None = None,
                     ylabel: str = "frequency in samples") -> Axes:
    """Show how often a mode was sampled where its true probability is p.

    curves:  {name: (p, frequency)} or {name: (p, frequency, standard error)}, each (k,)
    samples: in each bin; draws the band, two standard errors wide, in which a perfect
             sampler stays
    """
    ax = start(height=3.4, width=6.2)
    p = np.linspace(0, 1, 101)
    ax.plot(p, p, label="truth", **LOOKS["truth"].curve() | {"linewidth": 1.2})
    if samples is not None:
        noise = 2 * np.sqrt(p * (1 - p) / samples)
        ax.fill_between(p, p - noise, p + noise, color=LOOKS["noise"].color,
                        linewidth=0, label="a perfect sampler's noise")
    said = []
    for (name, curve), look in zip(curves.items(), looks(curves).values()):
        at, frequency, *error = (as_array(repr(name), part, 1) for part in curve)
        ax.errorbar(at, frequency, yerr=2 * error[0] if error else None, label=name,
                    marker=look.marker, capsize=3, elinewidth=1.2, **look.curve())
        pairs = (f"{in_words(y)} at {in_words(x)}" for x, y in zip(at, frequency))
        said.append(f"{name} samples with frequency {', '.join(pairs)}")
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", anchor="W", ylabel=ylabel,
           xlabel="true probability of teal")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    return describe(ax, f"{ylabel} against true probability of teal, beside the "
                        f"diagonal of a perfect sampler. {'; '.join(said)}.")


def show_bars(values: dict, xlabel: str = "", title: str = "",
              references: dict | None = None) -> Axes:
    """Show numbers as level bars, one a name, with two standard errors if given.

    values:     {name: value} or {name: (value, standard error)}
    references: {name: value}, what theory says, as upright lines
    """
    parts = {name: as_array(repr(name), value).reshape(-1)
             for name, value in values.items()}
    ax = start(height=0.7 + 0.38 * len(parts) + 0.2 * bool(title))
    place = np.arange(len(parts))
    ends = []
    for row, look, (value, *error) in zip(place, looks(parts).values(), parts.values()):
        reach = 2 * error[0] if error else 0
        ax.barh(row, value, height=0.62, linewidth=1, xerr=reach or None,
                error_kw={"capsize": 3, "elinewidth": 1.2}, **look.area())
        said = f"{in_words(value)}{f' ± {error[0]:.1g}' if error else ''}"
        beside(ax, said, (max(value + reach, 0), row), (5, 0), va="center",
               bbox=PAPER | {"pad": 1})
        ends.append(max(value + reach, 0))
    ax.set_yticks(place, list(parts))
    for name, value in (references or {}).items():
        ax.axvline(float(value), color=LOOKS["truth"].dark, linewidth=1.2)
        beside(ax, name, (float(value), 1), (3, 0), fontsize=9.5,
               xycoords=ax.get_xaxis_transform())
        ends.append(float(value))
    ax.set(xlabel=xlabel, ylim=(len(parts) - 0.5, -0.6),
           xlim=(ax.get_xlim()[0], 1.2 * max(ends) or None))
    ax.set_title(title, pad=14 if references else 6)
    ax.grid(False, axis="y")
    said = [f"{name} {in_words(value)}" for name, (value, *_) in parts.items()]
    said += [f"reference {name} at {in_words(float(value))}"
             for name, value in (references or {}).items()]
    return describe(ax, f"Bars of {xlabel or 'values'}: {'; '.join(said)}.")
