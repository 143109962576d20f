"""Figures of lesson 04: scores of a critic, paths of a game, a walk through z."""

import numpy as np
from matplotlib.axes import Axes
from scipy.special import ndtr, ndtri
from torch import Tensor

from course_lib.checks import check_tensor
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.drawing import bare, beside
from course_lib.teaching.figures.style import LOOKS, looks, start

PICTURES = 9                       # of a walk; the curve below them is finer
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


def show_walk(world, x: Tensor, t: Tensor, y: Tensor) -> Axes:
    """Show one shirt along a straight walk through z, and where on it the dye changes.

    x: the photo, (1, 1, h, w);  t: places on the walk, (k,), in ascending order
    y: the answers there, (k, channels, h, w)
    The walk is t · u with |u| = 1, so that t of a random z is a standard normal: the
    grey hill says where z falls. A generator with one step on this walk is right if the
    hill left of the step holds π, or 1 - π: the upright line.
    """
    check_tensor("x", x, (1, *world.given_shape))
    check_tensor("y", y, (len(t), *world.y_shape))
    places = as_array("t", t, 1)
    teal = world.modes(x)[:, 0]                              # (1, channels, h, w)
    strength = ((y * teal).flatten(1).sum(1) / teal.square().sum()).cpu().numpy()
    p = world.probability_of_teal(x).item()
    top, ax = start(height=3.5, rows=2, height_ratios=(1, 2.1))
    shown = np.linspace(0, len(places) - 1, PICTURES).round().astype(int)
    for i, at in enumerate(shown):
        picture = world.rgb(x, y[at:at + 1])[0]
        top.imshow(picture, extent=(i + 0.03, i + 0.97, 0, 0.94))
    bare(top, xlim=(0, PICTURES), ylim=(0, 0.94), aspect="equal")
    hill = np.exp(-places ** 2 / 2)
    ax.fill_between(places, -1.25, -1.25 + 1.1 * hill, color=LOOKS["noise"].color,
                    linewidth=0)
    ax.plot(places, strength, **LOOKS["model"].curve() | {"linestyle": "-"})
    share = mass_where(places, strength > 0)
    teal_left = strength[:len(places) // 2].mean() > strength[len(places) // 2:].mean()
    step = float(ndtri(p if teal_left else 1 - p))
    ax.axvline(step, color=LOOKS["truth"].dark, linewidth=1.3)
    beside(ax, "the right place for the step", (step, 1.7), (4, -2), va="top",
           fontsize=9.5)
    ax.set(xlim=(places[0], places[-1]), ylim=(-1.25, 1.75), yticks=[-1, 0, 1],
           yticklabels=["pink", "grey", "teal"], xlabel="t, the place on the walk",
           title=f"teal on {share:.0%} of this walk, π = {p:.2f}")
    return describe(ax, (
        f"A shirt at {PICTURES} places of a walk through z, from t = "
        f"{in_words(places[0])} to {in_words(places[-1])}: its color goes from "
        f"{_dye(strength[0])} to {_dye(strength[-1])}. It is teal on {share:.2f} of "
        f"the walk, as a random z falls on it; the true probability of teal is "
        f"{p:.2f}."))


def mass_where(t: np.ndarray, chosen: np.ndarray) -> float:
    """Return how likely a standard normal number falls where `chosen` holds, by the
    places t around it, (k,) each; the two ends reach to infinity."""
    edges = np.concatenate([[-np.inf], (t[1:] + t[:-1]) / 2, [np.inf]])
    return float((np.diff(ndtr(edges)) * chosen).sum())


def _dye(strength: float) -> str:
    """Return a word for how teal a shirt is."""
    return "teal" if strength > 0.5 else "pink" if strength < -0.5 else "greyish"
