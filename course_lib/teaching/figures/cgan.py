"""Figures of lesson 04: scores of a critic, and paths of a game."""

import numpy as np
from matplotlib.axes import Axes

from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.drawing import beside
from course_lib.teaching.figures.style import LOOKS, looks, start

DOTS = 120                         # scores drawn of each kind of pair


def show_scores(scores: dict, xlabel: str = "the critic's score, high for real",
                title: str = "") -> Axes:
    """Show a critic's scores of several kinds of pairs, a dot each, and their means.

    scores: {kind: (n,) scores}, logits, high for real, or differences of two scores
    """
    scores = {kind: as_array(repr(kind), values, 1) for kind, values in scores.items()}
    ax, said = start(height=0.9 + 0.46 * len(scores)), []
    jitter = np.random.default_rng(0).uniform(-0.26, 0.26, DOTS)
    for row, (look, (kind, values)) in enumerate(zip(looks(scores).values(),
                                                     scores.items())):
        few = values[:DOTS]
        ax.plot(few, row + jitter[:len(few)], look.marker, color=look.dark, alpha=0.35,
                markersize=4, markeredgewidth=0)
        mean = values.mean()
        ax.plot([mean, mean], [row - 0.36, row + 0.36], "-", color="#1b1b1b",
                linewidth=2.4)
        beside(ax, f"{mean:+.2f}".replace("-", "−"), (1, row), (6, 0), va="center",
               xycoords=ax.get_yaxis_transform())
        said.append(f"{kind} {in_words(mean)} on average")
    ax.axvline(0, color=LOOKS["noise"].dark, linewidth=1.1, zorder=1)
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set(ylim=(len(scores) - 0.5, -0.5), title=title, xlabel=xlabel)
    ax.grid(False, axis="y")
    return describe(ax, f"A dot for each pair, {xlabel}: {'; '.join(said)}.")


def show_game_paths(paths: dict, xlabel: str = "", ylabel: str = "") -> Axes:
    """Show how the two numbers of a small game move, step by step, around (0, 0).

    paths: {name: (k, 2)}, the first row is the start
    """
    paths = {name: as_array(repr(name), path, 2) for name, path in paths.items()}
    ax, said = start(height=3.6), []
    for look, (name, path) in zip(looks(paths).values(), paths.items()):
        ax.plot(*path.T, label=name, linewidth=1.4, **look.curve() | {"linestyle": "-"})
        ax.plot(*path[-1], look.marker, color=look.dark, markersize=9, zorder=4)
        first, last = np.linalg.norm(path[[0, -1]], axis=1)
        said.append(f"{name}: the distance to the middle goes from {in_words(first)} "
                    f"to {in_words(last)}")
    ax.plot(*next(iter(paths.values()))[0], "o", color="#1b1b1b", markersize=7,
            zorder=4, label="start")
    ax.plot(0, 0, "+", color="#1b1b1b", markersize=14, markeredgewidth=2, zorder=4,
            label="where it should end")
    ax.set(xlabel=xlabel, ylabel=ylabel, aspect="equal", anchor="W")
    ax.locator_params(nbins=6)
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    return describe(ax, f"Paths of two numbers. {'; '.join(said)}.")
