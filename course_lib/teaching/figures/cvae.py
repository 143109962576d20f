"""Figures of lesson 05: graphs, a dye's quantile, and what lies where in z."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from scipy.special import ndtr, ndtri

from course_lib.checks import check_number
from course_lib.teaching.arrays import as_array, in_words, normal_density, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import INK, PAPER, arrow, bare, centered
from course_lib.teaching.figures.style import LOOKS, side_by_side, start

PLACES = {"x": (0.0, 0.0), "y": (1.7, 0.0), "z": (0.85, 1.15)}     # of a graph's nodes
GRAPHS = {                         # title: (arrows, those of the encoder are dashed)
    "any latent: p(z | x)": (("x", "y"), ("z", "y"), ("x", "z")),
    "conditional VAE: p(z)": (("x", "y"), ("z", "y")),
    "its encoder: q(z | x, y)": (("x", "z"), ("y", "z")),
}
RADIUS = 0.26
REACH = 3.2                        # |z| that is drawn: all but 1 in 700 of N(0, 1)


def show_graphs() -> Axes:
    """Show who depends on whom: any latent, the cVAE's latent, and its encoder."""
    axes = start(height=1.9, columns=3)
    for ax, (title, arrows) in zip(axes, GRAPHS.items()):
        dashed = "encoder" in title
        for begin, end in arrows:
            arrow(ax, PLACES[begin], PLACES[end], head="6,head_width=3.5", shrinkA=19,
                  shrinkB=19, linewidth=1.6, linestyle=(0, (4, 2)) if dashed else "-")
        for name, place in PLACES.items():
            seen = name == "x" or (dashed and name == "y")
            ax.add_patch(Circle(place, RADIUS, linewidth=1.6, edgecolor="#1b1b1b",
                                facecolor="#cfcfcf" if seen else "white", zorder=3))
            centered(ax, *place, name, fontsize=13, zorder=4, fontstyle="italic")
        ax.set(xlim=(-0.45, 2.15), ylim=(-0.4, 1.55), aspect="equal", title=title)
        ax.set_axis_off()
    return describe(axes[0], (
        "Three graphs over x, which is known and grey, y and z. Any latent: arrows "
        "from x to y, from z to y, and from x to z. Conditional VAE: from x and z to "
        "y, and no arrow between x and z. Its encoder: y is known too, and dashed "
        "arrows go from x and y to z."))


NODES = {                          # of the diagram: (across, up), word, kind
    "pair": ((0.0, 1.0), "x, y", "known"),
    "encoder": ((1.5, 1.0), "encoder", "network"),
    "mean": ((3.0, 1.5), "μ", "number"), "std": ((3.0, 0.5), "s", "number"),
    "noise": ((4.6, 0.0), "ε", "chance"), "z": ((4.6, 1.0), "z = μ + s ε", "number"),
    "decoder": ((6.4, 1.0), "decoder", "network"), "x": ((6.4, 0.0), "x", "known"),
    "guess": ((7.9, 1.0), "f(x, z)", "number")}
WIRES = ("pair encoder", "encoder mean", "encoder std", "mean z", "std z", "noise z",
         "z decoder", "x decoder", "decoder guess")
FACES = {"known": "#cfcfcf", "network": LOOKS["model"].color, "number": "white",
         "chance": "white"}


def show_training() -> Axes:
    """Show how a conditional VAE is trained: encoder, chance, decoder, both losses."""
    ax = start(height=2.6)
    for wire in WIRES:
        begin, end = (NODES[name] for name in wire.split())
        upright = begin[0][0] == end[0][0]
        arrow(ax, begin[0], end[0], shrinkA=13 if upright else _half(begin),
              shrinkB=13 if upright else _half(end))
    for place, word, kind in NODES.values():
        centered(ax, *place, word, fontsize=11.5, bbox={
            "boxstyle": "round,pad=0.4" if kind == "network" else "circle,pad=0.3"
            if len(word) == 1 else "round,pad=0.35,rounding_size=0.8",
            "facecolor": FACES[kind], "edgecolor": INK, "linewidth": 1.3,
            "linestyle": "--" if kind == "chance" else "-"})
    for name, word in (("mean", "KL(N(μ, s²) ‖ p(z))"),
                       ("guess", "− log N(y; f(x, z), σ²)")):
        across, up = NODES[name][0]
        centered(ax, min(across, 7.4), 2.25, word, fontweight="bold")
        ax.plot((across, across), (up + 0.3, 2.05), color=INK, linewidth=1.2,
                linestyle=":")
    bare(ax, xlim=(-0.5, 8.9), ylim=(-0.35, 2.4))
    return describe(ax, (
        "A diagram. The pair x, y goes into the encoder, which gives μ and s. "
        "With chance ε they make z = μ + s ε. z and x go into the decoder, which gives "
        "f(x, z). There are two losses: at μ and s the KL to the prior, and at f(x, z) "
        "minus the log density of y."))


def _half(node: tuple) -> float:
    """Return about how many points an arrow stays away from the middle of a node."""
    return 13 + 3.4 * max(0, len(node[1]) - 1)


def show_quantile(pi: float = 0.7) -> Axes:
    """Show how one p(z) serves every shirt: it is cut where the teal side holds π.

    pi: probability of teal of the shirt on the left, 0.02 to 0.98. On the right the
        same cut for all π at once
    """
    check_number("pi", pi, 0.02, 0.98)
    cut = ndtri(pi)
    left, right = start(height=3.1, columns=2)
    z = np.linspace(-REACH, REACH, 321)
    density = normal_density(z)
    for name, side in (("teal", z <= cut), ("pink", z >= cut)):
        left.fill_between(z[side], density[side], linewidth=0, alpha=0.55,
                          **LOOKS[name].area())
    left.plot(z, density, color="#1b1b1b", linewidth=1.6, linestyle="-")
    left.axvline(cut, color="#1b1b1b", linewidth=1.6)
    for name, share, side in (("teal", pi, "left"), ("pink", 1 - pi, "right")):
        left.text(0.02 if side == "left" else 0.98, 0.97, f"{name}\n{share:.2f}",
                  transform=left.transAxes, va="top", ha=side, color=LOOKS[name].dark)
    left.set(xlim=(-REACH, REACH), ylim=(0, 0.47), xlabel="z", ylabel="density of z",
             title=f"a shirt with π = {pi:.2f}: cut at {signed(cut)}")
    _draw_map(right)
    right.axhline(pi, color="#1b1b1b", linewidth=1.0, linestyle=":")
    right.plot(cut, pi, "D", color="#1b1b1b", markersize=7)
    return describe(left, (
        f"Left, the bell of z, cut at {in_words(cut)}: the teal side to the left holds "
        f"{pi:.2f} of it and the pink side {1 - pi:.2f}. Right, the dye as a function "
        f"of z and of π from 0 to 1: the border between teal and pink rises like an S, "
        f"and a point marks this shirt on it."))


def _draw_map(ax: Axes) -> None:
    """Draw which dye belongs to z, for shirts of every π."""
    z = np.linspace(-REACH, REACH, 161)
    border = ndtr(z)
    for name, low, high in (("pink", 0 * border, border), ("teal", border, 1)):
        ax.fill_between(z, low, high, linewidth=0, alpha=0.55, **LOOKS[name].area())
    ax.plot(z, border, color="#1b1b1b", linewidth=1.6, linestyle="-")
    for name, place in (("teal", (-2.0, 0.72)), ("pink", (2.0, 0.2))):
        ax.text(*place, name, ha="center", color=LOOKS[name].dark, bbox=PAPER)
    ax.set(xlim=(-REACH, REACH), ylim=(0, 1), xlabel="z",
           ylabel="probability of teal, π", title="every shirt: teal where Φ(z) ≤ π")


def show_posteriors(z, exact, encoder, prior, titles: list[str] | None = None) -> Axes:
    """Show the exact posterior of z beside the encoder's and the prior, for shirts.

    z:       (n,), places along one latent, evenly spaced
    exact, encoder, prior: (shirts, n), densities;  titles: one a shirt
    """
    z = as_array("z", z, 1)
    exact, encoder, prior = (as_array(*given) for given in (
        ("exact", exact, 2), ("encoder", encoder, 2), ("prior", prior, 2)))
    titles = titles or [""] * len(exact)
    axes = side_by_side(len(exact), 2.8, sharey=True)
    said = []
    for ax, p, q, before, title in zip(axes, exact, encoder, prior, titles):
        ax.fill_between(z, p, color=LOOKS["truth"].color, linewidth=0,
                        label="exact posterior")
        ax.plot(z, q, label="encoder", **LOOKS["model"].curve())
        ax.plot(z, before, label="prior", color=LOOKS["noise"].dark, linestyle=":",
                linewidth=1.4)
        ax.set(title=title, xlabel="z", xlim=(z[0], z[-1]))
        said.append(f"{title or 'a shirt'}: {_center(z, p)} by the exact posterior and "
                    f"{_center(z, q)} by the encoder")
    axes[0].set(ylabel="density of z", ylim=(0, 1.35 * max(exact.max(), encoder.max())))
    axes[0].legend(loc="upper left", fontsize=8.5, handlelength=1.8)
    return describe(axes[0], (
        f"Densities of z for {len(exact)} shirts. Mean and deviation are, "
        f"{'; '.join(said)}."))


def _center(z: np.ndarray, density: np.ndarray) -> str:
    """Say mean and deviation of a density on a grid."""
    share = density / density.sum()
    mean = (share * z).sum()
    return f"{signed(mean)} ± {np.sqrt((share * (z - mean) ** 2).sum()):.2f}"


def show_border(pi, u, teal) -> Axes:
    """Show the quantile u of every shirt against its π, and where teal should end.

    pi: (shirts,), true probability of teal;  u: (shirts,), in [0, 1]
    teal: (shirts,) of bool, the true dye. The line is u = π: teal at and below it
    """
    pi, u = as_array("pi", pi, 1), as_array("u", u, 1)
    teal = as_array("teal", teal, 1).astype(bool)
    ax = start(height=3.9, width=6.4)
    for name, dyed in (("teal", teal), ("pink", ~teal)):
        ax.plot(pi[dyed], u[dyed], LOOKS[name].marker, color=LOOKS[name].dark,
                markersize=4.5, markeredgewidth=0, alpha=0.7, label=f"{name} shirts")
    ax.plot((0, 1), (0, 1), label="u = π", **LOOKS["truth"].curve())
    ax.set(xlim=(0.1, 0.9), ylim=(0, 1), xlabel="true probability of teal, π",
           ylabel="u, the quantile of the encoded z")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), markerscale=1.4)
    right = float(((u <= pi) == teal).mean())
    return describe(ax, (
        f"{len(pi)} shirts by their probability of teal and their quantile u. The line "
        f"u = π should have {int(teal.sum())} teal ones below it and "
        f"{int((~teal).sum())} pink ones above, and has {right:.3f} of them on their "
        f"side."))


def show_holes(z, densities: dict) -> Axes:
    """Show where samples take their z from beside where training has put any.

    z:         (n,), places along one latent
    densities: {name: (prior, encoded)}, each (n,): p(z), the mean over photos if it
               depends on them, and the encoder's density, the mean over all shirts
    """
    z = as_array("z", z, 1)
    axes = side_by_side(len(densities), 2.7, sharey=True)
    said = []
    for ax, (name, pair) in zip(axes, densities.items()):
        prior, encoded = (as_array(repr(name), part, 1) for part in pair)
        look = LOOKS["model"]
        ax.fill_between(z, encoded, linewidth=0, facecolor=look.color, alpha=0.7,
                        label="encoded shirts")
        ax.plot(z, encoded, **look.curve() | {"linewidth": 1.2})
        ax.plot(z, prior, label="prior", **LOOKS["truth"].curve())
        step = z[1] - z[0]
        empty = float(np.clip(prior - encoded, 0, None).sum() * step)
        middle = np.abs(z - np.average(z, weights=prior)).argmin()
        ax.set(title=name, xlabel="z", xlim=(z[0], z[-1]))
        said.append(f"{name}: {empty:.2f} of the prior has no encoded shirt below it; "
                    f"in its middle the prior is {in_words(prior[middle])} high and "
                    f"the encoded shirts {in_words(encoded[middle])}")
    axes[0].set_ylabel("density of z")
    axes[0].set_ylim(0, 1.3 * axes[0].get_ylim()[1])
    axes[0].legend(loc="upper left", fontsize=8.5, handlelength=1.8)
    return describe(axes[0], f"Prior and encoded shirts along z, for {len(densities)} "
                             f"models. {'; '.join(said)}.")
