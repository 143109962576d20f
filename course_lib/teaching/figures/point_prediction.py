"""Figures of lesson 01: what one answer is, what it costs, and several at once."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.teaching import one_pixel
from course_lib.teaching.arrays import as_array, as_series, in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.distributions import (
    draw_chroma_axis,
    draw_density,
    draw_dirac,
)
from course_lib.teaching.figures.drawing import PAPER, beside
from course_lib.teaching.figures.style import (
    DASHES,
    DOTS,
    LOOKS,
    looks,
    start,
    with_looks,
)

SHOWN = 1.2                         # |a| up to which the widget draws
LOW, HIGH, TOP = 1.15, 1.4, 1.75    # its spikes and axis end, in peaks of one dye


def show_losses(values, candidates, losses: dict) -> Axes:
    """Show loss over every candidate answer, its minimum marked, above the values that
    the answer is for.

    values:     (n,), drawn as points at the foot
    candidates: (k,), answers that were tried;  losses: {name: (k,)}
    """
    values = as_array("values", values, 1)
    candidates = as_array("candidates", candidates, 1)
    losses = as_series(losses, len(candidates))
    ax, said = start(height=3.2), []
    for name, (loss, _), look in with_looks(losses):
        best = loss.argmin()
        ax.plot(candidates, loss, **look.curve())
        ax.plot(candidates[best], loss[best], look.marker, color=look.dark,
                markersize=9)
        ax.plot([], [], marker=look.marker, **look.curve(),
                label=f"{name}, least at {in_words(candidates[best])}")
        said.append(f"{name} is least, {in_words(loss[best])}, at "
                    f"{in_words(candidates[best])}")
    highest = max(loss.max() for loss, _ in losses.values())
    for value, count in zip(*np.unique(values, return_counts=True)):
        ax.plot([value] * count, -0.09 * highest * np.arange(1, count + 1), "D",
                color=LOOKS["truth"].dark, markersize=6, clip_on=False)
    ax.plot([], [], "D", color=LOOKS["truth"].dark, label="the values")
    ax.axhline(0, color="#8a8a8a", linewidth=0.8)
    ax.set(xlabel="candidate answer", ylabel="sum over the values",
           yticks=[tick for tick in ax.get_yticks() if 0 <= tick <= highest])
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    spots = ", ".join(in_words(value) for value in values)
    return describe(ax, f"Losses over candidate answers for the values {spots}: "
                        f"{'; '.join(said)}.")


def show_against_p(p, measured: dict, theory: dict | None = None, ylabel: str = "",
                   references: dict | None = None) -> Axes:
    """Show a number of each shirt against its probability of teal: measured ones as
    points, and what theory says of them as lines.

    p:          π = P(teal | x), (shirts,)
    measured:   {name: (shirts,)};  theory: {name: (shirts,)}, drawn in order of π
    references: {name: value}, level lines
    """
    p = as_array("p", p, 1)
    measured, theory = as_series(measured, len(p)), as_series(theory, len(p)) if (
        theory) else {}
    ax, order, said = start(height=3.4), p.argsort(), []
    for name, (values, _), look in with_looks(measured):
        ax.plot(p, values, look.marker, label=name, color=look.dark, alpha=0.45,
                markersize=4, markeredgewidth=0)
        said.append(f"{name} {_walk(p, values)}")
    for (name, (values, _)), line in zip(theory.items(), ("-", DASHES, DOTS)):
        ax.plot(p[order], values[order], label=name, color=LOOKS["truth"].dark,
                linestyle=line, linewidth=1.6, zorder=3)
        said.append(f"{name} {_walk(p, values)}")
    for name, value in (references or {}).items():
        ax.axhline(float(value), color=LOOKS["noise"].dark, linewidth=1.1, zorder=1)
        beside(ax, name, (1, float(value)), (-2, 2), ha="right", fontsize=9.5,
               xycoords=ax.get_yaxis_transform())
    ax.set(xlabel="π, the probability of teal given the photo", ylabel=ylabel)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=2)
    return describe(ax, f"{ylabel or 'Values'} against the probability of teal: "
                        f"{'; '.join(said)}.")


def show_chroma_plane(answers: dict, paths: dict, pink: Tensor) -> Axes:
    """Show answers as points in the plane of a and b, over paths that theory draws:
    the first one a pale band, the second one dashed.

    answers: {name: (n, 2)}, one color per shirt;  paths: {name: (k, 2)}, in order
    pink:    (2,), the chroma of the pink dye; teal is its opposite
    """
    check_tensor("pink", pink, (2,))
    ax, said = start(height=4.0), []
    band = {"color": LOOKS["truth"].color, "linewidth": 9, "linestyle": "-"}
    dashes = {"color": LOOKS["truth"].dark, "linewidth": 1.6, "linestyle": "--"}
    for (name, path), line in zip(paths.items(), (band, dashes)):
        ax.plot(*as_array(name, path, 2).T, label=name, zorder=1, **line)
    for name, colors, look in with_looks(answers):
        colors = as_array(name, colors, 2)
        ax.plot(*colors.T, look.marker, color=look.dark, alpha=0.5, markersize=5,
                markeredgewidth=0, label=name, zorder=3)
        apart = np.linalg.norm(colors, axis=1) / float(pink.norm())
        said.append(f"{name} lies between {in_words(apart.min())} and "
                    f"{in_words(apart.max())} of a dye's chroma from grey")
    for name, sign in (("teal", -1), ("pink", 1)):
        a, b = (sign * pink).tolist()
        ax.plot(a, b, LOOKS[name].marker, color=LOOKS[name].color, zorder=0,
                markeredgecolor=LOOKS[name].dark, markersize=15)
        beside(ax, name, (a, b), (0, 11 * sign), fontsize=11, color=LOOKS[name].dark,
               ha="center", va="bottom" if sign > 0 else "top")
    ax.plot(0, 0, "+", color=LOOKS["noise"].dark, markersize=12)
    beside(ax, "grey", (0, 0), (8, -6), fontsize=11, color="#5a5a5a", va="top")
    ax.set(xlabel="chroma a", ylabel="chroma b", aspect="equal",
           anchor="W", xlim=(-0.8, 0.8), ylim=(-0.52, 0.52))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    return describe(ax, f"The plane of chroma a and b, with teal at the lower left, "
                        f"pink at the upper right and grey between. {'; '.join(said)}.")


def show_best_answers(pi: float = 0.5, noise: float = one_pixel.NOISE,
                      components: int = 1) -> Axes:
    """Show one pixel's density and the best answers to it: its mean, its median, and
    the likeliest mixture of so many Gaussians.

    pi: probability of teal, in [0, 1];  noise: in units of y, above 0
    """
    check_integer("components", components, 1, 16)
    truth = one_pixel.truth(pi, noise)
    model = one_pixel.best_mixture(truth, components)
    lost = max(one_pixel.gap(truth, model), 0.0)
    name = "1 Gaussian" if components == 1 else f"{components} Gaussians"
    a, peak = one_pixel.CHROMA, 1 / (noise * math.sqrt(math.tau))
    a = a[a.abs() < SHOWN]
    densities = {"truth": truth.log_prob(a).exp(), name: model.log_prob(a).exp()}
    points = {"mean (L2)": (truth.mean.item(), LOW * peak),
              "median (L1)": (one_pixel.median(truth), HIGH * peak)}
    middle = sum(at for at, _ in points.values()) / 2      # their labels stay apart
    ax, look = start(height=3.4), looks([*densities, *points])
    for label, density in densities.items():
        draw_density(ax, a, density, label, look[label])
    for label, (at, height) in points.items():
        draw_dirac(ax, round(at, 2) + 0.0, label, height, look[label])
        ax.texts[-1].set_ha("right" if at < middle else "left")
    ax.set(xlim=(-SHOWN, SHOWN), ylim=(0, TOP * peak), ylabel="density",
           title=f"{name}, {3 * components - 1} free numbers: {lost:.2f} nats behind "
                 f"the truth")
    draw_chroma_axis(ax)
    plt.setp(ax.texts, bbox=PAPER)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    parts = zip(model.mixture_distribution.probs, model.component_distribution.mean)
    said = ", ".join(f"{weight:.2f} at {mean:.2f}" for weight, mean in parts)
    return describe(ax, (
        f"Density of chroma a where teal has probability {in_words(pi)} and the noise "
        f"is {in_words(noise)}. The mean is a spike at {truth.mean:.2f}, the median "
        f"one at {points['median (L1)'][0]:.2f}. {name}, with weights {said}: "
        f"{lost:.2f} nats behind the truth."))


def _walk(p: np.ndarray, values: np.ndarray) -> str:
    """Say how values go from small π over one half to large π."""
    low, high = np.quantile(p, (0.1, 0.9))
    places = {f"π below {low:.2f}": p < low, "π near 0.5": np.abs(p - 0.5) < 0.05,
              f"π above {high:.2f}": p > high}
    return ", ".join(f"is {in_words(np.median(values[where]))} for {place}"
                     for place, where in places.items() if where.any())
