"""Figures of lesson 04: who plays, what the best critic believes and pays, scores of a
critic, and paths of a game."""

import numpy as np
from matplotlib.axes import Axes
from scipy.special import expit, xlogy

from course_lib.checks import check_number
from course_lib.teaching.arrays import as_array, in_words, normal_density, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import INK, arrow, bare, beside, centered
from course_lib.teaching.figures.style import LOOKS, SPARE, start, with_looks

FAR = 8.0                          # widest distance of two densities, in deviations
DOTS = 120                         # scores drawn of each kind of pair


def show_game() -> Axes:
    """Show what a generator and a critic of pairs are given, and what they give."""
    ax = start(height=2.3)
    for x, word, look in ((2.2, "generator g", "model"), (6.2, "critic", "teal")):
        centered(ax, x, 0, word, fontsize=12, bbox={
            "boxstyle": "round,pad=0.6", "facecolor": LOOKS[look].color,
            "edgecolor": LOOKS[look].dark, "alpha": 0.6})
    for x, y, word in ((0, 0.7, "photo x"), (0, -0.7, "noise z"),
                       (4.25, 1.2, "real pair (x, y)"),
                       (4.25, -0.45, "generated pair\n(x, g(x, z))"),
                       (8.2, 0, "score s:\nhigh for real")):
        centered(ax, x, y, word, fontsize=11, color=INK)
    for begin, end in (((0.5, 0.6), (1.35, 0.15)), ((0.5, -0.6), (1.35, -0.15)),
                       ((3.05, 0), (5.6, 0)), ((4.9, 0.95), (5.7, 0.4)),
                       ((6.8, 0), (7.5, 0))):
        arrow(ax, begin, end)
    bare(ax, xlim=(-0.6, 8.9), ylim=(-1.1, 1.5))
    return describe(ax, (
        "Photo x and noise z go into the generator g. Its answer, beside the same "
        "photo, is a generated pair (x, g(x, z)). The critic is given a generated pair "
        "or a real one (x, y), and returns a score s, high for real."))


def show_divergences(near: float = 1.5, far: float = 6.0) -> Axes:
    """Show a real and a generated Gaussian at two distances, with what the best critic
    believes between them, and two divergences over the distance.

    near, far: of their means, in standard deviations, from 0 to 8

        D*(y) = p(y) / (p(y) + q(y)),    JSD = KL(p ‖ m) / 2 + KL(q ‖ m) / 2,
        m = (p + q) / 2,                 Wasserstein distance: that of the means
    """
    distances = [check_number(name, value, 0, FAR)
                 for name, value in (("near", near), ("far", far))]
    axes = start(height=3.0, columns=3, width_ratios=(1, 1, 1.15))
    for ax, distance in zip(axes, distances):
        _draw_belief(ax, distance)
    ax, many = axes[2], np.linspace(0, FAR, 81)
    jsd = jensen_shannon(many) / np.log(2)
    curves = {"JSD / log 2": jsd, "Wasserstein": many / FAR}
    for name, values, look in with_looks(curves):
        ax.plot(many, values, label=name, **look.curve())
    for distance in distances:
        ax.plot([distance, distance], [0, 1.05], color=LOOKS["noise"].dark,
                linewidth=1.1, zorder=1)
    ax.set(ylim=(0, 1.3), yticks=[0, 0.5, 1], xlabel="distance of the means",
           title="divergence / largest")
    ax.legend(loc="upper center", ncols=2, fontsize=8.5, handlelength=1.8,
              columnspacing=0.8)
    return describe(axes[0], (
        f"Two Gaussians at a distance of {in_words(near)} and of {in_words(far)} "
        f"deviations, with what the best critic believes: it falls from 1 on the side "
        f"of the real one to 0. It falls slowly in the first panel, and in the second "
        f"all at once between the two. Over the distance the Jensen-Shannon divergence "
        f"rises from 0 and levels off, {jensen_shannon(np.array([near]))[0]:.2f} and "
        f"{jensen_shannon(np.array([far]))[0]:.2f} of at most 0.69 nats; the "
        f"Wasserstein distance goes on rising."))


def _draw_belief(ax: Axes, distance: float) -> None:
    """Draw two densities and D*, what the best critic believes."""
    y = np.linspace(-3, FAR + 1, 241)
    for name, mean, label in (("truth", 0, "p"), ("model", distance, "q")):
        ax.fill_between(y, normal_density(y - mean), label=label, linewidth=1,
                        **LOOKS[name].area() | {"alpha": 0.7})
    ax.plot(y, expit(distance ** 2 / 2 - distance * y), label="D*",
            **SPARE[2].curve())
    ax.set(xlim=(y[0], y[-1]), ylim=(0, 1.3), yticks=[0, 0.5, 1], xlabel="y",
           title=f"{distance:g} deviations apart")
    ax.legend(loc="upper center", ncols=3, fontsize=8.5, handlelength=1.4,
              columnspacing=0.8)


def jensen_shannon(distance: np.ndarray) -> np.ndarray:
    """Return the divergence, in nats, of two N(·, 1) with means so far apart, (k,).

    As both halves are alike by symmetry it is log 2 - E[log(1 + q / p)] under p."""
    y, step = np.linspace(-8, 8, 1601, retstep=True)
    ratio = distance[:, None] * y - distance[:, None] ** 2 / 2          # log q / p
    return np.log(2) - (normal_density(y) * np.logaddexp(0, ratio)).sum(1) * step


def show_best_critic(p: float = 0.75, q: float = 0.5) -> Axes:
    """Show what the best critic says of a coin, and the loss that it is left with.

    p: how often teal is real;  q: how often it is generated; each from 0.01 to 0.99

        D*(y) = p(y) / (p(y) + q(y)),    loss = -Σ p log D* - Σ q log(1 - D*)
    """
    check_number("p", p, 0.01, 0.99)
    check_number("q", q, 0.01, 0.99)
    left, right = start(height=3.1, columns=2, width_ratios=(1, 1.15))
    real, made = np.array([p, 1 - p]), np.array([q, 1 - q])
    belief = real / (real + made)
    for values, name, side in ((real, "truth", -0.2), (made, "model", 0.2)):
        left.bar(np.arange(2) + side, values, width=0.36, label=name,
                 **LOOKS[name].area())
    for place, (height, share) in enumerate(zip(np.maximum(real, made), belief)):
        beside(left, f"real: {share:.0%}", (place, height), (0, 4), ha="center")
    left.set(xticks=[0, 1], xticklabels=["teal", "pink"], ylim=(0, 1.28),
             yticks=[0, 0.5, 1], ylabel="probability", title="What the critic believes")
    left.legend(loc="upper center", ncols=2)
    left.grid(False, axis="x")
    loss = _draw_best_loss(right, p, q)
    return describe(left, (
        f"Teal has probability {in_words(p)} in truth and {in_words(q)} in the "
        f"generator. The best critic takes a teal shirt for real with probability "
        f"{belief[0]:.2f}, a pink one with {belief[1]:.2f}. Its loss is {loss:.3f}, on "
        f"a curve over q that is highest, 2 log 2 = 1.386, at q = {in_words(p)}."))


def best_loss(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the least loss of a critic of a coin, in nats: real half and generated
    half together, 2 log 2 where q = p."""
    loss = 0.0
    for real, made in ((p, q), (1 - p, 1 - q)):
        loss = loss - xlogy(real, real / (real + made)) - xlogy(
            made, made / (real + made))
    return loss


def _draw_best_loss(ax: Axes, p: float, q: float) -> float:
    """Draw the best critic's loss over q, with the chosen q marked; return its loss."""
    many = np.linspace(0.001, 0.999, 400)
    ax.plot(many, best_loss(p, many), **LOOKS["truth"].curve())
    ax.axhline(2 * np.log(2), color=LOOKS["noise"].dark, linewidth=1.1, zorder=1)
    beside(ax, "2 log 2", (0, 2 * np.log(2)), (2, 3))
    ax.axvline(p, color=LOOKS["noise"].dark, linewidth=1.1, zorder=1)
    beside(ax, "p", (p, 0.42), (4, 0))
    loss = float(best_loss(p, np.float64(q)))
    ax.plot(q, loss, LOOKS["model"].marker, color=LOOKS["model"].dark, markersize=10,
            zorder=3)
    ax.set(xlim=(0, 1), ylim=(0.4, 1.52), xlabel="q, how often the generator says teal",
           title=f"The best critic's loss: {loss:.3f}")
    return loss


def show_scores(scores: dict, xlabel: str = "the critic's score, high for real"
                ) -> Axes:
    """Show a critic's scores of several kinds of pairs, a dot each, and their means.

    scores: {kind: (n,) scores}, logits, high for real, or differences of two scores
    """
    scores = {kind: as_array(repr(kind), values, 1) for kind, values in scores.items()}
    ax, said = start(height=0.9 + 0.46 * len(scores)), []
    jitter = np.random.default_rng(0).uniform(-0.26, 0.26, DOTS)
    for row, (kind, values, look) in enumerate(with_looks(scores)):
        few = values[:DOTS]
        ax.plot(few, row + jitter[:len(few)], look.marker, color=look.dark, alpha=0.35,
                markersize=4, markeredgewidth=0)
        mean = values.mean()
        ax.plot([mean, mean], [row - 0.36, row + 0.36], "-", color="#1b1b1b",
                linewidth=2.4)
        beside(ax, signed(mean, "+z.2f"), (1, row), (6, 0), va="center",
               xycoords=ax.get_yaxis_transform())
        said.append(f"{kind} {in_words(mean)} on average")
    ax.axvline(0, color=LOOKS["noise"].dark, linewidth=1.1, zorder=1)
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set(ylim=(len(scores) - 0.5, -0.5), xlabel=xlabel)
    ax.grid(False, axis="y")
    return describe(ax, f"A dot for each pair, {xlabel}: {'; '.join(said)}.")


def show_game_paths(paths: dict, xlabel: str = "", ylabel: str = "") -> Axes:
    """Show how the two numbers of a small game move, step by step, around (0, 0).

    paths: {name: (k, 2)}, the first row is the start
    """
    paths = {name: as_array(repr(name), path, 2) for name, path in paths.items()}
    ax, said = start(height=3.6), []
    for name, path, look in with_looks(paths):
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
