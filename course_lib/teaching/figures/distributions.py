"""Distributions over one number: the chroma a of a pixel.

The `draw_...` functions put one thing on Axes, and lesson figures are made of them;
`show_density` is a whole figure. Chroma is in units of y, ab / 40.
"""

import numpy as np
from matplotlib.axes import Axes

from course_lib.color import CHROMA_SCALE, LIGHTNESS_SCALE, lab_to_rgb
from course_lib.teaching.arrays import as_array, as_series, in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import PAPER
from course_lib.teaching.figures.style import LOOKS, Look, looks, start

DYE = 0.65                        # chroma a of the pink dye; the teal dye has -DYE
SLOPE = 0.35 / 0.65               # chroma b for each a, along the line of the two dyes


def chroma_to_rgb(a, lightness: float = 0.66) -> np.ndarray:
    """Return sRGB (..., 3) of chroma a (units of y) on the line of the two dyes.

    lightness: L / 100"""
    a = as_array("a", a)
    return ab_to_rgb(np.stack([a, a * SLOPE], axis=-1), lightness)


def ab_to_rgb(chroma: np.ndarray, lightness: float = 0.66) -> np.ndarray:
    """Return sRGB (..., 3) of chroma (..., 2) in units of y, at one lightness."""
    light = np.full_like(chroma[..., :1], LIGHTNESS_SCALE * lightness)
    return lab_to_rgb(np.concatenate([light, CHROMA_SCALE * chroma], axis=-1))


def show_density(a, densities: dict, points: dict | None = None,
                 bins: tuple | None = None) -> Axes:
    """Show densities p(a | x) over one axis, which wears the colors that a means.

    a:         where they were computed, (k,), in units of y
    densities: {name: (k,) densities}
    points:    {name: a} for answers that are one number, drawn as Dirac arrows
    bins:      (edges (k + 1,), probabilities (k,)) of a softmax, drawn as a histogram

        figures.show_density(a, {"truth": p, "Gaussian": q}, points={"mean": 0.0})
    """
    a = as_array("a", a, 1)
    densities = as_series(densities, len(a))
    points = {name: float(as_array(name, at)) for name, at in (points or {}).items()}
    ax = start(height=3.0)
    names = looks([*densities, *points])
    heights = [values.max() for values, _ in densities.values()]
    if bins is not None:
        heights.append(draw_bins(ax, *bins))
    top = max(heights)
    for name, (values, _) in densities.items():
        draw_density(ax, a, values, name, names[name])
    for name, at in points.items():
        draw_dirac(ax, at, name, 1.05 * top, names[name])
    ax.set(xlim=(a.min(), a.max()), ylim=(0, 1.22 * top), ylabel="density")
    draw_chroma_axis(ax)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    said = [f"{name} peaks at a = {in_words(a[values.argmax()])} with density "
            f"{in_words(values.max())}" for name, (values, _) in densities.items()]
    said += [f"{name} is a spike at a = {in_words(at)}" for name, at in points.items()]
    return describe(ax, f"Density over chroma a. {'; '.join(said)}.")


def draw_density(ax: Axes, a, density, name: str, look: Look) -> None:
    """Draw a density as a line over a pale area."""
    a, density = as_array("a", a, 1), as_array(repr(name), density, 1)
    ax.fill_between(a, density, color=look.color, alpha=0.25, linewidth=0, zorder=0.5)
    ax.plot(a, density, label=name, **look.curve())


def draw_dirac(ax: Axes, at: float, name: str, height: float, look: Look) -> None:
    """Draw a point prediction as what it claims to be: all mass at one number, a
    Dirac δ(a - at), an arrow since its height has no number."""
    ax.annotate("", xy=(at, height), xytext=(at, 0), zorder=4,
                arrowprops={"arrowstyle": "-|>,head_length=0.6,head_width=0.3",
                            "color": look.dark, "linewidth": 2.2, "shrinkA": 0,
                            "shrinkB": 0})
    ax.text(at, height, f"δ at {in_words(at)}", color=look.dark, ha="center",
            va="bottom", fontsize=10)
    ax.plot([], [], "^-", color=look.dark, linewidth=2.2, label=name)


def draw_bins(ax: Axes, edges, probabilities) -> float:
    """Draw a pmf over bins beside densities, each bar in the color its bin stands for.

    edges: (k + 1,), rising;  probabilities: (k,), at least 0
    Returns the height of the highest bar.
    """
    edges = as_array("edges", edges, 1)
    heights = as_array("probabilities", probabilities, 1)
    if len(edges) != len(heights) + 1:
        raise ValueError(f"edges holds {len(edges)} numbers and probabilities "
                         f"{len(heights)}; give one edge more than bins.")
    widths = np.diff(edges)
    heights = heights / widths
    ax.bar(edges[:-1], heights, widths, align="edge", edgecolor="#5a5a5a",
           linewidth=0.8, color=chroma_to_rgb(edges[:-1] + widths / 2))
    return heights.max()


def draw_chroma_axis(ax: Axes, lightness: float = 0.66, names: bool = True) -> None:
    """Dress the x axis in the colors that its numbers mean, at one lightness, and
    write the dyes' names where they are."""
    low, high = ax.get_xlim()
    strip = ax.inset_axes((0, -0.075, 1, 0.06))
    strip.imshow(chroma_to_rgb(np.linspace(low, high, 256)[None], lightness),
                 aspect="auto", extent=(low, high, 0, 1))
    strip.set(yticks=[], xlabel="chroma a  (units of y: a / 40)")
    strip.grid(False)
    strip.spines[:].set_visible(False)
    strip.tick_params(length=2)
    ax.tick_params(labelbottom=False, length=0, axis="x")
    if names and low < -DYE and high > DYE:
        draw_dye_lines(ax)


def draw_dye_lines(ax: Axes) -> None:
    """Mark where the two dyes are on an axis of chroma a, and name them."""
    for name, at in (("teal", -DYE), ("pink", DYE)):
        ax.axvline(at, color=LOOKS["noise"].dark, linewidth=0.8, linestyle=":",
                   zorder=0)
        ax.text(at, 0.995, name, transform=ax.get_xaxis_transform(), ha="center",
                va="top", fontsize=10, color=LOOKS[name].dark, bbox=PAPER)
