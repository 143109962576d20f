"""Figures of lesson 10: two heaps of shirts, both cycles, and a run for every seed."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from course_lib.checks import check_choice, check_integer, check_tensor, describe
from course_lib.color import image_to_rgb
from course_lib.datasets.unpaired import Conventions
from course_lib.teaching.figures.alt_text import describe as set_alt_text
from course_lib.teaching.figures.arrays import as_array, in_words
from course_lib.teaching.figures.drawing import bare, beside, check_rows
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, SPARE, WIDTH, side_by_side, start

HUES = {"teal": 208.0, "pink": 28.0, "violet": 298.0, "olive": 118.0}   # degrees in ab
DYED = 0.2                         # mean chroma of a picture's most colorful quarter
NEAR = 0.15                        # rms within which a run has found an answer
OUTCOMES = {                       # of a run: how it is drawn
    "right": {"marker": "o", "color": LOOKS["teal"].dark},
    "swapped": {"marker": "X", "color": LOOKS["pink"].dark},
    "neither": {"marker": "^", "color": LOOKS["noise"].dark}}

WAYS = {                           # there, back: turns of the chroma, in degrees
    "right": (90.0, -90.0), "swapped": (-90.0, 90.0), "copying": (0.0, 0.0),
    "right there, copying back": (90.0, 0.0)}
FORGETFUL = "violet for all"


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


def show_dyed(rows: dict[str, Tensor], titles: list[str] | None = None) -> Axes:
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
    return show_images(np.stack(pictures), list(rows), titles, captions=words,
                       alt=f"Shirts side by side. {said}.")


def show_both_cycles() -> Axes:
    """Show two translators, two critics, and what is compared with what."""
    ax = start(height=3.1)
    for row, names in enumerate((("x", "y′ = f(x)", "x″ = g(y′)"),
                                 ("y", "x′ = g(y)", "y″ = f(x′)"))):
        height = 1.9 * (1 - row)
        for place, name in enumerate(names):
            look = SPARE[0] if name[0] == "y" else SPARE[1]
            _box(ax, 2.6 * place, height, name, look)
        for place, translator in enumerate("fg" if row == 0 else "gf"):
            _arrow(ax, (2.6 * place + 0.62, height), (2.6 * place + 1.98, height))
            ax.text(2.6 * place + 1.3, height + 0.1, translator, ha="center",
                    fontsize=12, style="italic")
        critic, side = ("critic of y", "a y") if row == 0 else ("critic of x", "an x")
        _arrow(ax, (2.6, height - 0.26), (2.6, height - 0.6))
        ax.text(2.6, height - 0.66, f"{critic}: does it look like {side}?",
                ha="center", va="top", fontsize=9.5)
        ax.annotate("", (5.2, height + 0.27), (0, height + 0.27), arrowprops={
            "arrowstyle": "<->", "linestyle": ":", "color": "#1b1b1b",
            "connectionstyle": "arc3,rad=-0.16"})
        ax.text(6.0, height, f"cycle: |{names[2][:2]} − {names[0]}|", va="center",
                fontsize=10.5)
    bare(ax, xlim=(-0.75, 7.8), ylim=(-1.0, 2.75))
    return set_alt_text(ax, (
        "Two rows. Above: x goes through f to y′, which the critic of y judges, and "
        "through g back to x″, which is compared with x. Below: y goes through g to "
        "x′, which the critic of x judges, and through f back to y″, which is compared "
        "with y."))


def show_walk_round(way: str = "right", shirt: int = 0) -> Axes:
    """Show one shirt on its way to the other house and back, by translators made by
    hand, and what each loss has to say of them.

    way:   "right", "swapped", "copying", "right there, copying back", or "violet for
           all", which goes back to teal whatever came
    shirt: 0 to 7
    """
    check_choice("way", way, [*WAYS, FORGETFUL])
    check_integer("shirt", shirt, 0, 7)
    x, y = Conventions(size=16).pairs(8)
    there = paint(x, 298.0) if way == FORGETFUL else turn(x, WAYS[way][0])
    back = paint(there, 208.0) if way == FORGETFUL else turn(there, WAYS[way][1])
    off = (there - y).square().mean().sqrt()
    cycle = (back - x).abs().mean()
    four = torch.stack([x[shirt], there[shirt], back[shirt], y[shirt]])
    ax = show_dyed({"": four}, ["x", "f(x)", "g(f(x))", "hidden y"])
    words = name_colors(four)
    seen = ("sees no olive, in any shirt" if way == FORGETFUL
            else "sees colors of x" if way == "copying" else "is content")
    said = (f"critic of y: {seen}\ncycle loss of x: {cycle:.3f}\n"
            f"rms to the hidden y: {off:.3f}")
    ax.figure.text(1.04, 0.5, said, va="center", fontsize=11, linespacing=1.6)
    _widen(ax, 3.0)
    return set_alt_text(ax, f"Way {way!r}: a {words[0]} x becomes {words[1]}, comes "
                            f"back {words[2]}; its hidden y is {words[3]}. "
                            f"{said.replace(chr(10), ', ')}.")


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


def _widen(ax: Axes, more: float) -> None:
    """Make room, in inches, on the right of a picture that is placed by hand."""
    width, height = ax.figure.get_size_inches()
    left, bottom, across, up = ax.get_position().bounds
    ax.figure.set_size_inches(width + more, height)
    share = width / (width + more)
    ax.set_position((left * share, bottom, across * share, up))
    for text in ax.figure.texts:
        text.set_x(share + 0.02)


def _box(ax: Axes, x: float, y: float, text: str, look) -> None:
    ax.add_patch(FancyBboxPatch((x - 0.55, y - 0.2), 1.1, 0.4, facecolor=look.color,
                                edgecolor=look.dark, alpha=0.75,
                                boxstyle="round,pad=0.02,rounding_size=0.1"))
    ax.text(x, y, text, ha="center", va="center", fontsize=11)


def _arrow(ax: Axes, begin: tuple, end: tuple) -> None:
    ax.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": "#1b1b1b"})


def show_runs(runs: dict[str, list[dict]], copying: float | None = None) -> Axes:
    """Show what came of every run: its distance from the hidden pairs on the left, its
    cycle loss on the right, and by its mark which answer it is near.

    runs:    {setting: [{"rms": to the right answer, "swapped": rms to the swapped one,
             "cycle": its cycle loss}, ...]}
    copying: the rms of leaving x as it is, drawn as an upright line
    """
    left, right = start(height=1.1 + 0.42 * len(runs), columns=2, sharey=True)
    said = []
    for row, (setting, results) in enumerate(runs.items()):
        offsets = np.linspace(-0.24, 0.24, len(results)) if len(results) > 1 else [0.0]
        outcomes = [outcome(result) for result in results]
        for shift, result, kind in zip(offsets, results, outcomes):
            mark = OUTCOMES[kind] | {"linestyle": "none", "markersize": 8,
                                     "alpha": 0.85}
            for ax, key in ((left, "rms"), (right, "cycle")):
                ax.plot(as_array(key, [result[key]]), row + shift, **mark)
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
    left.set(ylim=(len(runs) - 0.5, -0.5), xlabel="rms to the hidden pair")
    right.set(xlabel="cycle loss")
    for ax in (left, right):
        ax.set_xlim(left=0)
        ax.grid(False, axis="y")
    seen = {outcome(result) for results in runs.values() for result in results}
    for kind in OUTCOMES:
        if kind in seen:
            left.plot([], [], label=kind, linestyle="none", markersize=8,
                      **OUTCOMES[kind])
    left.figure.legend(loc="outside upper right", ncols=3)
    return set_alt_text(left, f"A mark for each run. {'; '.join(said)}.")


def outcome(run: dict) -> str:
    """Return what a run came to: "right", "swapped", or "neither", by which answer its
    translations are near, run["rms"] and run["swapped"]."""
    if run["rms"] < NEAR:
        return "right"
    return "swapped" if run["swapped"] < NEAR else "neither"


def show_large(pictures: dict[str, Tensor]) -> Axes:
    """Show a few whole pictures, as large as fit beside each other.

    pictures: {title: (3, h, w)}, sRGB, all of one size
    """
    if not isinstance(pictures, dict) or not pictures:
        raise TypeError(f"pictures are {describe(pictures)}; give a dict of titles and "
                        f"pictures.")
    height, width = next(iter(pictures.values())).shape[-2:]
    each = WIDTH / len(pictures)
    axes = side_by_side(len(pictures), each * height / width + 0.3)
    for ax, (title, picture) in zip(axes, pictures.items()):
        check_tensor(title, picture, (3, height, width))
        ax.imshow(picture.detach().cpu().movedim(0, -1).numpy().clip(0, 1))
        bare(ax, title=title)
    return set_alt_text(axes[0], f"Side by side: {', '.join(pictures)}.")
