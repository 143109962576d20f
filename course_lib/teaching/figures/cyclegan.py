"""Figures of lesson 10: two heaps of shirts, both cycles, and a run for every seed."""

from functools import partial

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from course_lib.checks import check_integer, check_tensor
from course_lib.color import image_to_rgb
from course_lib.datasets.unpaired import Conventions
from course_lib.teaching.arrays import as_array, check_rows, in_words
from course_lib.teaching.figures.alt_text import describe as set_alt_text
from course_lib.teaching.figures.drawing import INK, arrow, bare, beside, centered
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, WIDTH, start

HUES = {"teal": 208.0, "pink": 28.0, "violet": 298.0, "olive": 118.0}   # degrees in ab
DYED = 0.2                         # mean chroma of a picture's most colorful quarter
NEAR = 0.15                        # rms within which a run has found an answer
OUTCOMES = {                       # of a run: how it is drawn
    "right": {"marker": "o", "color": LOOKS["teal"].dark},
    "swapped": {"marker": "X", "color": LOOKS["pink"].dark},
    "neither": {"marker": "^", "color": LOOKS["noise"].dark}}
MARK = {"linestyle": "none", "markersize": 8}

PLACES = ((0.05, 0.72), (0.8, 0.86), (0.1, 1.46), (0.78, 1.62), (0.4, 2.24))  # in a box


def name_colors(pictures: Tensor) -> list[str]:
    """Return a word for each shirt (batch, 3, h, w): the dye whose hue is nearest to
    that of its cloth, or "grey". The cloth is what has most color in it."""
    check_tensor("pictures", pictures, ("batch", 3, "height", "width"))
    chroma = pictures[:, 1:].flatten(2)                      # (batch, 2, pixels)
    quarter = max(1, chroma.shape[-1] // 4)
    cloth = chroma.norm(dim=1).topk(quarter, dim=1).indices
    mean = chroma.gather(2, cloth[:, None].expand(-1, 2, -1)).mean(2)
    hue = torch.rad2deg(torch.atan2(mean[:, 1], mean[:, 0]))
    off = [((hue - wanted + 180) % 360 - 180).abs() for wanted in HUES.values()]
    nearest = torch.stack(off).argmin(0).tolist()
    return [list(HUES)[which] if strong else "grey" for which, strong in
            zip(nearest, (mean.norm(dim=1) >= DYED).tolist())]


def show_dyed(rows: dict[str, Tensor]) -> Axes:
    """Show shirts with their lightness and chroma, and each one's color in a word.

    rows: {label: (columns, 3, h, w)}, or (columns, 1, h, w) of grey photos
    """
    check_rows("rows", rows, "a dict of labels and shirts")
    pictures, words = [], []
    for label, shirts in rows.items():
        check_tensor(label, shirts, ("columns", "channels", "height", "width"))
        shirts = shirts.detach().cpu()
        if shirts.shape[1] == 1:
            pictures.append(shirts.movedim(1, -1).expand(-1, -1, -1, 3).numpy())
            words.append([""] * len(shirts))
        else:
            pictures.append(image_to_rgb(shirts[:, :1], shirts[:, 1:]))
            words.append(name_colors(shirts))
    said = "; ".join(f"row {label!r}: {', '.join(row) if any(row) else 'grey photos'}"
                     for label, row in zip(rows, words))
    return show_images(np.stack(pictures), list(rows), captions=words,
                       alt=f"Shirts side by side. {said}.")


def show_pairing() -> Axes:
    """Show what is known with pairs and without: lines, or two heaps."""
    ax = _canvas(3.1)
    x, y = Conventions(size=16).pairs(13)
    for row, which in enumerate((0, 4, 2)):
        for shirt, left in ((x[which], 0.35), (y[which], 2.25)):
            _picture(ax, shirt, (left, 0.5 + 0.85 * row), 0.72)
        ax.plot((1.12, 2.2), 2 * [0.86 + 0.85 * row], color=INK, linewidth=1.4,
                linestyle="-")
    heaps = ("heap x", x[[3, 7, 5, 6, 1]], 4.0), ("heap y", y[8:13], 5.8)
    for label, heap, left in heaps:
        ax.add_patch(FancyBboxPatch(
            (left, 0.62), 1.5, 2.3, facecolor="none", edgecolor="#8a8a8a",
            boxstyle="round,pad=0.02,rounding_size=0.12"))
        ax.text(left + 0.75, 0.5, label, ha="center", va="bottom", fontsize=10.5)
        for shirt, place in zip(heap, PLACES):
            _picture(ax, shirt, (left + place[0], place[1]), 0.66)
    ax.text(1.66, 0.08, "paired: x with its y", ha="center", va="top", fontsize=11.5)
    ax.text(5.65, 0.08, "unpaired: two heaps", ha="center", va="top", fontsize=11.5)
    return set_alt_text(ax, (
        "On the left three pairs, a line from each x to its y. On the right two boxes "
        "of shirts, heap x in teal and pink and heap y in violet and olive, without "
        "any line between them."))


def show_cycles() -> Axes:
    """Show two translators, two critics, and what is compared with what, on shirts."""
    ax = _canvas(4.0)
    x, y = Conventions(size=16).pairs(8)
    there, back = WAYS["right"]
    rows = ((("x", "y′ = g(x)", "x″ = f(y′)"), "gf", "y", x[:1], there, back),
            (("y", "x′ = f(y)", "y″ = g(x′)"), "fg", "x", y[2:3], back, there))
    for row, (names, translators, side, shirt, first, second) in enumerate(rows):
        top = 0.4 + 2.0 * row
        for place, picture in enumerate((shirt, first(shirt), second(first(shirt)))):
            left = 0.15 + 2.2 * place
            _picture(ax, picture[0], (left, top), 0.95)
            ax.text(left + 0.475, top + 1.02, names[place], ha="center", va="top",
                    fontsize=11)
            if place < 2:
                arrow(ax, (left + 1.05, top + 0.475), (left + 2.1, top + 0.475))
                ax.text(left + 1.57, top + 0.4, translators[place], ha="center",
                        fontsize=12, style="italic")
        ax.text(2.83, top + 1.3, f"critic of {side}: does it look like heap {side}?",
                ha="center", va="top", fontsize=10)
        ax.annotate("", (5.0, top - 0.05), (0.62, top - 0.05), arrowprops={
            "arrowstyle": "<->", "linestyle": ":", "color": INK,
            "connectionstyle": "arc3,rad=-0.08"})
        ax.text(5.65, top + 0.475, f"cycle loss:\n|{names[2][:2]} − {names[0]}|",
                va="center", fontsize=10.5, linespacing=1.4)
    return set_alt_text(ax, (
        "Two rows of shirts. Above: x goes through g to y′, which the critic of y "
        "judges, and through f back to x″, which is compared with x. Below: y goes "
        "through f to x′, which the critic of x judges, and through g back to y″, "
        "which is compared with y."))


def show_ways(shirt: int = 1) -> Axes:
    """Show five pairs of translators made by hand: a shirt, 0 to 7, on its way there
    and back, and what each loss has to say, over eight shirts of each side."""
    check_integer("shirt", shirt, 0, 7)
    ax = _canvas(0.5 + 0.82 * len(WAYS))
    x, y = Conventions(size=16).pairs(8)
    said = []
    for place, title in zip((1.62, 2.42, 3.22, 4.02, 4.95, 5.85, 6.52, 7.1), (
            "x", "g(x)", "f(g(x))", "hidden y", "critic of y", "critic of x", "cycle",
            "rms")):
        ax.text(place, 0.32, title, ha="center", fontsize=10)
    for row, (way, (there, back)) in enumerate(WAYS.items()):
        top, made_y, made_x = 0.42 + 0.82 * row, there(x), back(y)
        for place, shirts in enumerate((x, made_y, back(made_y), y)):
            _picture(ax, shirts[shirt], (1.26 + 0.8 * place, top), 0.72)
        cycle = (back(made_y) - x).abs().mean() + (there(made_x) - y).abs().mean()
        rms = (made_y - y).square().mean().sqrt()
        words = [objection(made_y, y), objection(made_x, x), f"{cycle:.2f}",
                 f"{rms:.2f}"]
        ax.text(0.05, top + 0.36, way.replace(", ", ",\n"), va="center", fontsize=10,
                linespacing=1.3)
        for place, word in zip((4.95, 5.85, 6.52, 7.1), words):
            centered(ax, place, top + 0.36, word.replace(": ", ":\n"), fontsize=9.5,
                     linespacing=1.3)
        said.append(f"{way}: critic of y {words[0]}, critic of x {words[1]}, cycle "
                    f"loss {words[2]}, rms to the hidden y {words[3]}")
    return set_alt_text(ax, f"Five ways, each with one {name_colors(x)[shirt]} shirt. "
                            f"{'; '.join(said)}.")


def objection(made: Tensor, heap: Tensor) -> str:
    """Return what a critic of that heap can object to, in a word and colors."""
    colors, known = set(name_colors(made)), set(name_colors(heap))
    for word, some in (("sees", colors - known), ("misses", known - colors)):
        if some:
            return f"{word}: {', '.join(sorted(some))}"
    return "content"


def turn(pictures: Tensor, degrees: float) -> Tensor:
    """Return shirts (batch, 3, h, w) with their chroma turned by an angle."""
    lightness, a, b = pictures.unbind(1)
    angle = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([lightness, a * angle.cos() - b * angle.sin(),
                        a * angle.sin() + b * angle.cos()], 1)


def paint(pictures: Tensor, hue: float) -> Tensor:
    """Return shirts whose chroma all has one hue, in degrees, and its old strength."""
    strength = pictures[:, 1:].norm(dim=1)
    angle = torch.deg2rad(torch.tensor(hue))
    return torch.stack([pictures[:, 0], strength * angle.cos(),
                        strength * angle.sin()], 1)


WAYS = {                           # by hand: there, and back
    "right": (partial(turn, degrees=90.0), partial(turn, degrees=-90.0)),
    "swapped": (partial(turn, degrees=-90.0), partial(turn, degrees=90.0)),
    "copying": (partial(turn, degrees=0.0), partial(turn, degrees=0.0)),
    "right there, copying back": (partial(turn, degrees=90.0),
                                  partial(turn, degrees=0.0)),
    "violet for all, teal for all": (partial(paint, hue=298.0),
                                     partial(paint, hue=208.0))}


def _canvas(height: float) -> Axes:
    """Return bare Axes as wide as a notebook's column, in inches from the top left."""
    ax = start(height=height)
    ax.figure.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    bare(ax, xlim=(0, WIDTH), ylim=(height, 0))
    return ax


def _picture(ax: Axes, shirt: Tensor, corner: tuple[float, float], side: float) -> None:
    """Draw a shirt, (3, h, w), with its upper left corner there."""
    left, top = corner
    ax.imshow(image_to_rgb(shirt[None, :1], shirt[None, 1:])[0], zorder=2,
              extent=(left, left + side, top + side, top), aspect="auto")


def show_runs(runs: dict[str, list[dict]], copying: float | None = None) -> Axes:
    """Show what came of every run: its distance from the hidden pairs on the left, its
    cycle loss on the right, and by its mark which answer it is near.

    runs:    {setting: [{"rms": to the right answer, "swapped": rms to the swapped one,
             "cycle": its cycle loss}, ...]}
    copying: the rms of leaving x as it is, drawn as an upright line
    """
    left, right = start(height=1.1 + 0.42 * len(runs), columns=2, sharey=True)
    said = []
    seen = {outcome(result) for results in runs.values() for result in results}
    for kind in [kind for kind in OUTCOMES if kind in seen]:
        left.plot([], [], label=kind, **MARK, **OUTCOMES[kind])
    for row, (setting, results) in enumerate(runs.items()):
        offsets = np.linspace(-0.24, 0.24, len(results)) if len(results) > 1 else [0.0]
        outcomes = [outcome(result) for result in results]
        for shift, result, kind in zip(offsets, results, outcomes):
            for ax, key in ((left, "rms"), (right, "cycle")):
                ax.plot(as_array(key, [result[key]]), row + shift, alpha=0.85,
                        **MARK, **OUTCOMES[kind])
        counts = [f"{outcomes.count(kind)} {kind}" for kind in OUTCOMES
                  if kind in outcomes]
        most = max(result["cycle"] for result in results)
        said.append(f"{setting}: {', '.join(counts)}, cycle loss up to "
                    f"{in_words(most)}")
    if copying is not None:
        left.axvline(copying, color=LOOKS["truth"].dark, linewidth=1.1, zorder=1)
        beside(left, "copying x", (copying, 0), (-3, 3), ha="right", fontsize=9.5,
               xycoords=left.get_xaxis_transform())
    left.set_yticks(range(len(runs)), list(runs))
    left.set(ylim=(len(runs) - 0.5, -0.5), xlabel="rms to the hidden y")
    right.set(xlabel="cycle loss")
    for ax in (left, right):
        ax.set_xlim(left=0)
        ax.grid(False, axis="y")
    left.figure.legend(loc="outside upper right", ncols=3)
    return set_alt_text(left, f"A mark for each run. {'; '.join(said)}.")


def outcome(run: dict) -> str:
    """Return what a run came to: "right", "swapped", or "neither", by which answer its
    translations are near, run["rms"] and run["swapped"]."""
    if run["rms"] < NEAR:
        return "right"
    return "swapped" if run["swapped"] < NEAR else "neither"
