"""Figures of lesson 05: graphs, a dye's quantile, and what lies where in z."""

from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from torch import Tensor

from course_lib.checks import check_number, check_tensor
from course_lib.figures.alt_text import describe
from course_lib.figures.arrays import as_array, in_words
from course_lib.figures.shirts import name_dyes, show_images
from course_lib.figures.style import LOOKS, SPARE, start

PLACES = {"x": (0.0, 0.0), "y": (1.7, 0.0), "z": (0.85, 1.15)}     # of a graph's nodes
GRAPHS = {                         # title: (arrows, those of the encoder are dashed)
    "any latent: p(z | x)": (("x", "y"), ("z", "y"), ("x", "z")),
    "conditional VAE: p(z)": (("x", "y"), ("z", "y")),
    "its encoder: q(z | x, y)": (("x", "z"), ("y", "z")),
}
RADIUS = 0.26
REACH = 3.2                        # |z| that is drawn: all but 1 in 700 of N(0, 1)
LEVELS = (0.1, 0.5)                # contours, in parts of the encoder's peak


def show_graphs() -> Axes:
    """Show who depends on whom: any latent, the cVAE's latent, and its encoder."""
    axes = start(height=1.9, columns=3)
    for ax, (title, arrows) in zip(axes, GRAPHS.items()):
        dashed = "encoder" in title
        for begin, end in arrows:
            ax.add_patch(FancyArrowPatch(
                PLACES[begin], PLACES[end], shrinkA=19, shrinkB=19, linewidth=1.6,
                arrowstyle="-|>,head_length=6,head_width=3.5", color="#3a3a3a",
                linestyle=(0, (4, 2)) if dashed else "-"))
        for name, place in PLACES.items():
            seen = name == "x" or (dashed and name == "y")
            ax.add_patch(Circle(place, RADIUS, linewidth=1.6, edgecolor="#1b1b1b",
                                facecolor="#cfcfcf" if seen else "white", zorder=3))
            ax.text(*place, name, ha="center", va="center", fontsize=13, zorder=4,
                    fontstyle="italic")
        ax.set(xlim=(-0.45, 2.15), ylim=(-0.4, 1.55), aspect="equal", title=title)
        ax.set_axis_off()
    return describe(axes[0], (
        "Three graphs over x, which is known and grey, y and z. Any latent: arrows "
        "from x to y, from z to y, and from x to z. Conditional VAE: from x and z to "
        "y, and no arrow between x and z. Its encoder: y is known too, and dashed "
        "arrows go from x and y to z."))


def show_quantile(p: float = 0.7) -> Axes:
    """Show how one p(z) serves every shirt: it is cut where the teal side holds p.

    p: probability of teal of the shirt on the left, 0.02 to 0.98. On the right the
       same cut for all p at once
    """
    check_number("p", p, 0.02, 0.98)
    normal = NormalDist()
    cut = normal.inv_cdf(p)
    left, right = start(height=3.1, columns=2)
    z = np.linspace(-REACH, REACH, 321)
    density = np.exp(-z ** 2 / 2) / np.sqrt(2 * np.pi)
    for name, side in (("teal", z <= cut), ("pink", z >= cut)):
        left.fill_between(z[side], density[side], linewidth=0, alpha=0.55,
                          facecolor=LOOKS[name].color, hatch=LOOKS[name].hatch,
                          edgecolor=LOOKS[name].dark)
    left.plot(z, density, color="#1b1b1b", linewidth=1.6, linestyle="-")
    left.axvline(cut, color="#1b1b1b", linewidth=1.6)
    for name, share, side in (("teal", p, "left"), ("pink", 1 - p, "right")):
        left.text(0.02 if side == "left" else 0.98, 0.97, f"{name}\n{share:.2f}",
                  transform=left.transAxes, va="top", ha=side, color=LOOKS[name].dark)
    left.set(xlim=(-REACH, REACH), ylim=(0, 0.47), xlabel="z", ylabel="density of z",
             title=f"a shirt with p = {p:.2f}: cut at {_signed(cut)}")
    _draw_map(right, normal)
    right.axhline(p, color="#1b1b1b", linewidth=1.0, linestyle=":")
    right.plot(cut, p, "D", color="#1b1b1b", markersize=7)
    return describe(left, (
        f"Left, the bell of z, cut at {in_words(cut)}: the teal side to the left holds "
        f"{p:.2f} of it and the pink side {1 - p:.2f}. Right, the dye as a function of "
        f"z and of p from 0 to 1: the border between teal and pink rises like an S, "
        f"and a point marks this shirt on it."))


def _draw_map(ax: Axes, normal: NormalDist) -> None:
    """Draw which dye belongs to z, for shirts of every p."""
    z = np.linspace(-REACH, REACH, 161)
    border = np.array([normal.cdf(place) for place in z])
    for name, low, high in (("pink", 0 * border, border), ("teal", border, 1)):
        ax.fill_between(z, low, high, linewidth=0, alpha=0.55, hatch=LOOKS[name].hatch,
                        facecolor=LOOKS[name].color, edgecolor=LOOKS[name].dark)
    ax.plot(z, border, color="#1b1b1b", linewidth=1.6, linestyle="-")
    for name, place in (("teal", (-2.0, 0.72)), ("pink", (2.0, 0.2))):
        ax.text(*place, name, ha="center", color=LOOKS[name].dark,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    ax.set(xlim=(-REACH, REACH), ylim=(0, 1), xlabel="z",
           ylabel="probability of teal, p", title="every shirt: teal where Φ(z) ≤ p")


def show_posteriors(z, exact, encoder, titles: list[str] | None = None,
                    alt: str | None = None) -> Axes:
    """Show the exact posterior of z as shades, and the encoder's as lines over it.

    z:       (n,), the places of a grid, the same for both latents
    exact:   (shirts, n, n), density at [second latent, first latent]
    encoder: the same of q(z | x, y);  titles: one a shirt
    The dotted circles hold one half and nine tenths of a standard normal prior.
    """
    z, exact, encoder = (as_array(*given) for given in (
        ("z", z, 1), ("exact", exact, 3), ("encoder", encoder, 3)))
    columns = len(exact)
    titles = titles or [""] * columns
    axes = np.atleast_1d(start(height=0.75 + 7.4 / columns, columns=columns,
                               sharey=True))
    look, said = LOOKS["model"], []
    for ax, p, q, title in zip(axes, exact, encoder, titles):
        ax.imshow(p, origin="lower", extent=(z[0], z[-1], z[0], z[-1]), cmap="Greys",
                  vmax=1.3 * p.max(), interpolation="bilinear")
        ax.contour(z, z, q, [level * q.max() for level in LEVELS], linewidths=1.6,
                   colors=look.dark)
        for radius in (1.177, 2.146):
            ax.add_patch(Circle((0, 0), radius, fill=False, linewidth=0.9,
                                linestyle=":", edgecolor=LOOKS["noise"].dark))
        ax.set(title=title, xlabel="$z_1$", aspect="equal")
        ax.grid(False)
        said.append(f"{title or 'a shirt'}: {_center(z, p)} by the exact posterior and "
                    f"{_center(z, q)} by the encoder")
    axes[0].set_ylabel("$z_2$")
    return describe(axes[0], alt or (
        f"{columns} planes of two latents, each with the exact posterior as a dark "
        f"region and the encoder as lines. Center and spread of z are, "
        f"{'; '.join(said)}."))


def _center(z: np.ndarray, density: np.ndarray) -> str:
    """Say mean and deviation of a density on a grid, both latents."""
    share = density / density.sum()
    parts = []
    for axis in (0, 1):                             # the first latent runs along rows
        along = share.sum(axis)
        mean = (along * z).sum()
        spread = np.sqrt((along * (z - mean) ** 2).sum())
        parts.append(f"{_signed(mean)} ± {spread:.2f}")
    return f"({', '.join(parts)})"


def show_borders(z, tealness, p, points=None, alt: str | None = None) -> Axes:
    """Show where in a plane of latents each shirt turns from teal to pink.

    z:        (n,), the places of a grid, the same for both latents
    tealness: (shirts, n, n), 1 teal and -1 pink, at [second latent, first latent]
    p:        (shirts,), the true probability of teal, which labels the border
    points:   (z, teal): (examples, 2) latents of encoded shirts and whether each was
              teal, drawn as small marks
    """
    z, tealness, p = (as_array(*given) for given in (
        ("z", z, 1), ("tealness", tealness, 3), ("p", p, 1)))
    ax, said = start(height=4.2, width=6.6), []
    for name, dyed in (() if points is None else (("teal", True), ("pink", False))):
        where, teal = as_array("points", points[0], 2), np.asarray(points[1], bool)
        ax.plot(*where[teal == dyed].T, LOOKS[name].marker, color=LOOKS[name].color,
                markersize=4, markeredgewidth=0, alpha=0.8, label=f"encoded, {name}")
    for surface, chance, look in zip(tealness, p, SPARE * len(p)):
        if surface.min() < 0 < surface.max():
            line = ax.contour(z, z, surface, [0], colors=look.dark,
                              linestyles=[look.line], linewidths=1.8)
            ax.clabel(line, fmt=f"{chance:.2f}", fontsize=9.5)
        ax.plot([], [], label=f"border at p = {chance:.2f}", **look.curve())
        said.append(f"the one with p = {chance:.2f} is teal on {_mass(z, surface):.2f} "
                    f"of a standard normal")
    for radius in (1.177, 2.146):
        ax.add_patch(Circle((0, 0), radius, fill=False, linewidth=0.9, linestyle=":",
                            edgecolor=LOOKS["noise"].dark))
    ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal", anchor="W",
           xlim=(z[0], z[-1]), ylim=(z[0], z[-1]))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), markerscale=1.6)
    return describe(ax, alt or (
        f"The plane of two latents with the border between teal and pink for "
        f"{len(p)} shirts: {'; '.join(said)}."))


def _mass(z: np.ndarray, surface: np.ndarray) -> float:
    """Return the part of a standard normal where a surface on a grid is above 0."""
    weight = np.exp(-(z[:, None] ** 2 + z ** 2) / 2)
    return float((weight * (surface > 0)).sum() / weight.sum())


def show_latent_plane(world, x: Tensor, y: Tensor, z: list[float],
                      title: str = "") -> Axes:
    """Show one shirt decoded at every place of a grid of two latents.

    x: (1, 1, h, w), the photo;  y: (rows, columns, channels, h, w), decoded, where
    the second latent rises with the rows upwards and the first with the columns
    z: the places along both, rising
    """
    check_tensor("y", y, (len(z), len(z), *world.y_shape))
    shown = y.flip(0)                               # pictures are listed from above
    pictures = world.rgb(x, shown)
    many = x.expand(len(z), *x.shape[1:])
    words = [name_dyes(world, many, row) for row in shown]
    flat = [word for row in words for word in row]
    counts = {word: flat.count(word) for word in dict.fromkeys(flat)}
    ax = show_images(pictures, [f"z₂ = {_signed(place)}" for place in reversed(z)],
                     [f"z₁ = {_signed(place)}" for place in z], captions=words,
                     alt=f"One shirt decoded at {len(flat)} places of a plane of two "
                         f"latents: {', '.join(f'{n} {w}' for w, n in counts.items())}."
                         f" Rows from above: {'; '.join(map(_runs, words))}.")
    if title:
        ax.set_xlabel(title)
    return ax


def _runs(words: list[str]) -> str:
    """Say a row of words with repeats counted: "3 teal, 4 pink"."""
    runs: list[list] = []
    for word in words:
        if runs and runs[-1][1] == word:
            runs[-1][0] += 1
        else:
            runs.append([1, word])
    return ", ".join(f"{count} {word}" for count, word in runs)


def _signed(number: float) -> str:
    """Return a number with two digits and a true minus sign."""
    return f"{number:.2f}".replace("-0.00", "0.00").replace("-", "−")
