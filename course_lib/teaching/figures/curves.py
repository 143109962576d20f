"""Curves, losses, bars and calibration: measured numbers, each with its error."""

import numpy as np
from matplotlib.axes import Axes

from course_lib.checks import describe as say
from course_lib.teaching.arrays import as_array, as_series, in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import PAPER, beside
from course_lib.teaching.figures.style import LOOKS, start, with_looks

WINDOWS = 40                      # a smoothed point stands for 1/40 of the run


def show_curves(x, curves: dict, xlabel: str = "", ylabel: str = "",
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
    for name, (values, errors), look in with_looks(curves):
        few = len(x) <= 20
        ax.plot(x, values, label=name, marker=look.marker if few else None,
                **look.curve())
        if errors is not None:
            ax.fill_between(x, values - 2 * errors, values + 2 * errors, linewidth=0,
                            color=look.color, alpha=0.45)
    levels = draw_references(ax, references)
    ax.set(xlabel=xlabel, ylabel=ylabel, **{f"{axis}scale": "log" for axis in log})
    if len(curves) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said = [f"{name} goes from {in_words(values[0])} at {in_words(x[0])} to "
            f"{in_words(values[-1])} at {in_words(x[-1])}"
            for name, (values, _) in curves.items()]
    return describe(ax, f"{ylabel or 'Values'} against {xlabel or 'x'}: "
                        f"{'; '.join(said + levels)}.")


def draw_references(ax: Axes, references: dict | None) -> list[str]:
    """Draw what theory says as level lines, each with its name at the end of the line
    where fewer curves are in the way, which is the right one if in doubt; return what
    is seen."""
    for name, value in (references or {}).items():
        value = float(value)
        left = _distance(ax, value, 0) > 2 * _distance(ax, value, -1)
        ax.axhline(value, color=LOOKS["truth"].dark, linewidth=1.1, zorder=1)
        beside(ax, name, (0 if left else 1, value), (2 if left else -2, 2),
               xycoords=ax.get_yaxis_transform(), ha="left" if left else "right",
               va="bottom", fontsize=9.5, bbox=PAPER | {"pad": 1, "alpha": 0.8})
    return [f"the level line {name} is at {in_words(float(value))}"
            for name, value in (references or {}).items()]


def _distance(ax: Axes, value: float, end: int) -> float:
    """Return how far the nearest curve is from a level at its first (0) or last (-1)
    point, in heights of the axes; level lines and single points are no curves."""
    ends = [line.get_ydata()[end] for line in ax.get_lines()
            if len(line.get_ydata()) > 2]
    to_axes = (ax.transData + ax.transAxes.inverted()).transform
    x = ax.get_xlim()[0]
    level = to_axes((x, value))[1]
    return min((abs(to_axes((x, float(y)))[1] - level) for y in ends), default=1.0)


def show_history(history, references: dict | None = None, title: str = "",
                 ylabel: str = "loss") -> Axes:
    """Show the loss of each player against the steps: pale as it was, bold smoothed.

    history:    what `fit` returns, or a dict {player: losses}
    references: {name: value}, where theory says that training must end, as level
                lines: {"entropy of the truth": h}
    """
    losses = history if isinstance(history, dict) else getattr(history, "losses", None)
    if not losses:
        raise TypeError(f"history is {say(history)}; give what fit(...) returned, "
                        f"with at least one step, or a dict of players and losses.")
    ax = start()
    said = []
    for player, values, look in with_looks(losses):
        values = as_array(f"the losses of {player!r}", values, 1)
        steps = np.arange(1, len(values) + 1)
        ax.plot(steps, values, color=look.color, linewidth=0.8, alpha=0.7, zorder=1)
        smooth = running_median(values, max(1, len(values) // WINDOWS))
        ax.plot(steps, smooth, label=player, **look.curve())
        said.append(f"{player} goes from {in_words(smooth[0])} to "
                    f"{in_words(smooth[-1])} in {len(values):,} steps")
        _leave_out_outliers(ax, smooth, references)
    levels = draw_references(ax, references)
    ax.set(xlabel="training steps", ylabel=ylabel, title=title)
    if len(losses) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return describe(ax, f"Training loss: {'; '.join(said + levels)}.")


def running_median(values: np.ndarray, window: int) -> np.ndarray:
    """Return the median over a window around each value; the ends repeat."""
    padded = np.pad(values, (window // 2, (window - 1) // 2), mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=-1)


def _leave_out_outliers(ax: Axes, smooth: np.ndarray, references: dict | None) -> None:
    """Widen the axis to hold this curve from its first twentieth on: the first steps
    of a likelihood are so high that nothing else could be seen."""
    kept = smooth[len(smooth) // 20:]
    levels = [float(value) for value in (references or {}).values()]
    low, high = min([*kept, *levels]), max([*kept, *levels])
    margin = 0.08 * (high - low) or 1.0
    low, high = low - margin, high + margin
    if len(ax.lines) > 2:                        # not the first player
        low, high = min(low, ax.get_ylim()[0]), max(high, ax.get_ylim()[1])
    ax.set_ylim(low, high)


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
    for name, curve, look in with_looks(curves):
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


def show_bars(values: dict, xlabel: str = "", references: dict | None = None) -> Axes:
    """Show numbers as level bars, one a name, with two standard errors if given.

    values:     {name: value} or {name: (value, standard error)}
    references: {name: value}, what theory says, as upright lines
    """
    parts = {name: as_array(repr(name), value).reshape(-1)
             for name, value in values.items()}
    ax = start(height=0.7 + 0.38 * len(parts))
    ends = []
    for row, (_, (value, *error), look) in enumerate(with_looks(parts)):
        reach = 2 * error[0] if error else 0
        ax.barh(row, value, height=0.62, linewidth=1, xerr=reach or None,
                error_kw={"capsize": 3, "elinewidth": 1.2}, **look.area())
        said = f"{in_words(value)}{f' ± {error[0]:.1g}' if error else ''}"
        beside(ax, said, (max(value + reach, 0), row), (5, 0), va="center",
               bbox=PAPER | {"pad": 1})
        ends.append(max(value + reach, 0))
    ax.set_yticks(range(len(parts)), list(parts))
    for name, value in (references or {}).items():
        ax.axvline(float(value), color=LOOKS["truth"].dark, linewidth=1.2)
        beside(ax, name, (float(value), 1), (3, 0), fontsize=9.5,
               xycoords=ax.get_xaxis_transform())
        ends.append(float(value))
    ax.set(xlabel=xlabel, ylim=(len(parts) - 0.5, -0.6),
           xlim=(ax.get_xlim()[0], 1.2 * max(ends) or None))
    ax.grid(False, axis="y")
    said = [f"{name} {in_words(value)}" for name, (value, *_) in parts.items()]
    said += [f"reference {name} at {in_words(float(value))}"
             for name, value in (references or {}).items()]
    return describe(ax, f"Bars of {xlabel or 'values'}: {'; '.join(said)}.")
