"""How training went: the loss of each player against the steps."""

import numpy as np
from matplotlib.axes import Axes

from course_lib.checks import describe as say
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.curves import draw_references
from course_lib.teaching.figures.style import looks, start

WINDOWS = 40                      # a smoothed point stands for 1/40 of the run


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
    for (player, values), look in zip(losses.items(), looks(losses).values()):
        values = as_array(f"the losses of {player!r}", values, 1)
        steps = np.arange(1, len(values) + 1)
        ax.plot(steps, values, color=look.color, linewidth=0.8, alpha=0.7, zorder=1)
        smooth = running_median(values, max(1, len(values) // WINDOWS))
        ax.plot(steps, smooth, label=player, **look.curve())
        said.append(f"{player} goes from {in_words(smooth[0])} to "
                    f"{in_words(smooth[-1])} in {len(values):,} steps")
        _leave_out_outliers(ax, smooth, references)
    draw_references(ax, references)
    ax.set(xlabel="training steps", ylabel=ylabel, title=title)
    if len(losses) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said += [f"the level line {name} is at {in_words(float(value))}"
             for name, value in (references or {}).items()]
    return describe(ax, f"Training loss: {'; '.join(said)}.")


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
