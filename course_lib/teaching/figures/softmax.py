"""Figures of lesson 02: bins and what they do to colors, pixels that hold two answers,
the color classes of the ab plane, and photographs."""

from collections.abc import Callable

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from torch import Tensor

from course_lib.checks import check_choice, check_tensor
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.teaching.arrays import as_array, in_words, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.distributions import (
    DYE,
    ab_to_rgb,
    chroma_to_rgb,
    draw_chroma_axis,
)
from course_lib.teaching.figures.shirts import draw_images, show_images
from course_lib.teaching.figures.style import LOOKS, side_by_side, start

POINTS = 2500                      # pixels that stand for the cloud of all of them


def show_quantised(world, x: Tensor, levels: int = 10, colored_by: str = "centers"
                   ) -> Axes:
    """Show the bins of one cloth pixel, each in the color that stands for it, beside
    one shirt in its true dyes and in the colors of the bins.

    x:          one grey photo, (1, 1, h, w), of a world with channels "a"
    levels:     the number of bins k
    colored_by: "centers" of the bins, or their "floors"
    """
    check_tensor("x", x, (1, *world.given_shape))
    check_choice("colored_by", colored_by, ("centers", "floors"))
    quantizer = Quantizer(levels=levels)
    span = quantizer.low, quantizer.high
    mass = quantizer.log_probabilities(torch.tensor([[-DYE], [DYE]]), world.noise).exp()
    modes = world.modes(x)[0]                            # (2, 1, h, w): teal, pink
    bins = quantizer.decode(quantizer.encode(modes), use=colored_by)
    colors = quantizer.floors if colored_by == "floors" else quantizer.centers

    chart, shirts = start(height=2.9, columns=2, width_ratios=(1.35, 1))
    chart.bar(quantizer.floors.numpy(), mass.mean(0).numpy(), quantizer.width,
              align="edge", color=chroma_to_rgb(colors), edgecolor="#5a5a5a",
              linewidth=min(0.8, 16 / levels))
    chart.set(xlim=span, ylim=(0, 1.15 * float(mass.mean(0).max())),
              ylabel="probability of the bin",
              title=f"k = {levels}, bins colored by their {colored_by}")
    draw_chroma_axis(chart)
    draw_images(shirts, np.stack([world.rgb(x, modes), world.rgb(x, bins)]),
                ["true dye", "its bin"])
    # A dye is a color of its own; the noise around it is not what one sees.
    shown = " and ".join(signed(float(bins[i].flatten()[modes[i].abs().argmax()]),
                                "+.3g") for i in (0, 1))
    shirts.set_title(f"a = {shown}")
    error = rms_error(world, x, quantizer, colored_by)
    shirts.set_xlabel(f"rms error of the chroma: {error:.3f}")
    return describe(chart, f"""{levels} bins of chroma a from {span[0]} to {span[1]},
        each in the color of its {colored_by[:-1]}, with its probability for a
        pixel that is teal or pink. Beside it a teal and a pink shirt, above in their
        true dyes a = −{DYE} and +{DYE}, below after quantisation {shown}. The rms error
        is {in_words(error)}.""")


def rms_error(world, x: Tensor, quantizer: Quantizer, use: str = "centers") -> float:
    """Return the rms error of quantising 64 colored copies of the photo x."""
    y = world.truth.sample(given=x, n=64, seed=0)
    return float((quantizer.decode(quantizer.encode(y), use=use) - y)
                 .square().mean().sqrt())


def show_pixel_probabilities(quantizer: Quantizer, probabilities: dict[str, Tensor],
                             titles: list[str]) -> Axes:
    """Show what one pixel of several shirts may be: bars in the bins' colors for the
    second row of `probabilities`, black diamonds for the first.

    probabilities: {"truth": (shirts, k), "softmax": (shirts, k)}
    titles:        one a shirt
    """
    (truth_name, truth), (model_name, model) = probabilities.items()
    truth, model = as_array(truth_name, truth, 2), as_array(model_name, model, 2)
    if not truth.shape == model.shape == (len(titles), quantizer.levels):
        raise ValueError(f"{truth_name!r} has shape {truth.shape} and {model_name!r} "
                         f"{model.shape} for {len(titles)} titles and "
                         f"{quantizer.levels} bins; give (shirts, bins) to both.")
    panels = side_by_side(len(titles), 2.7, sharey=True)
    centers = quantizer.centers.numpy()
    for ax, title, right, answer in zip(panels, titles, truth, model, strict=True):
        ax.bar(centers, answer, quantizer.width, color=chroma_to_rgb(centers),
               edgecolor="#5a5a5a", linewidth=0.8)
        dots = ax.plot(centers, right, LOOKS["truth"].marker, markersize=4.5,
                       color=LOOKS["truth"].dark)
        ax.set(title=title, ylim=(0, 1.12 * max(truth.max(), model.max())),
               xlim=(quantizer.low, quantizer.high))
        draw_chroma_axis(ax, names=False)
        ax.child_axes[0].set_xlabel("chroma a")
    panels[0].set_ylabel("probability of the bin")
    bar = Patch(facecolor="white", edgecolor="#5a5a5a")   # its color is its bin's
    panels[0].legend([*dots, bar], [truth_name, model_name], loc="upper left",
                     fontsize=9, handlelength=1.2)
    half = centers < 0
    said = [f"{title}: {model_name} puts {in_words(answer[half].sum())} on the teal "
            f"bins, {truth_name} {in_words(right[half].sum())}"
            for title, right, answer in zip(titles, truth, model, strict=True)]
    return describe(panels[0], f"Probability of each bin for one pixel of "
                               f"{len(titles)} shirts. {'; '.join(said)}.")


def show_color_classes(y: Tensor, codebooks: dict[str, Quantizer | Palette]) -> Axes:
    """Show classes of color in the ab plane, over a cloud of pixels that occur.

    y:         chroma, (n, 2, h, w);  codebooks: {name: of 2 channels}, side by side
    A class is a dot in its own color, and a cross where no pixel of y falls into it.
    """
    check_tensor("y", y, ("n", 2, "height", "width"))
    pixels = y.movedim(1, -1).flatten(0, 2)
    cloud = pixels[:: max(1, len(pixels) // POINTS)]
    panels = side_by_side(len(codebooks), 3.5, sharey=True, sharex=True)
    said = []
    for ax, (name, codebook) in zip(panels, codebooks.items(), strict=True):
        cells = torch.arange(codebook.classes).view(1, -1)
        colors = codebook.decode(cells)[:, 0].T.numpy()             # (classes, 2)
        index = codebook.encode(y).flatten()
        used = torch.bincount(index, minlength=codebook.classes).numpy() > 0
        ax.scatter(*cloud.T, s=3, color="#c4c4c4", linewidths=0, rasterized=True)
        ax.scatter(*colors[used].T, s=95, c=ab_to_rgb(colors[used]),
                   edgecolors="#1b1b1b", linewidths=1)
        ax.scatter(*colors[~used].T, s=45, marker="x", c="#7d7d7d", linewidths=1.4)
        error = float((codebook.decode(codebook.encode(y)) - y).square().mean().sqrt())
        ax.set(title=f"{name}: {used.sum()} of {len(used)} classes used",
               xlabel=f"chroma a      rms error {error:.3f}", aspect="equal")
        said.append(f"{name}, {used.sum()} of {len(used)} classes used, rms error "
                    f"{in_words(error)}")
    panels[0].set_ylabel("chroma b")
    return describe(panels[0], f"Color classes as dots in the ab plane over a grey "
                               f"cloud of pixels: {'; '.join(said)}.")


def show_photographs(world, photographs: dict[str, tuple[Tensor, Tensor]],
                     answers: dict[str, Callable[[Tensor], Tensor]],
                     side: int = 136) -> Axes:
    """Show a square of photographs in grey, in their true colors, and in others.

    photographs: {name: (x, y)}, as `Photos.photograph` returns them
    answers:     {label: function of the pair (x, y)} -> chroma, the shape of y
    side:        pixels of a picture
    """
    answers = {"grey photo x": lambda x, y: 0 * y, "true colors": lambda x, y: y
               } | answers
    rows, said = [], []
    for label, answer in answers.items():
        colored = [(x, answer(x, y)) for x, y in photographs.values()]
        rows.append([_square(world.rgb(*pair)[0], side) for pair in colored])
        strength = np.mean([float(y.norm(dim=1).mean()) for _, y in colored])
        said.append(f"{label!r} with mean chroma {in_words(strength)}")
    return show_images(np.stack(rows), list(answers), list(photographs),
                       alt=f"The photographs {', '.join(photographs)}, a column each; "
                           f"the rows are the grey photo, {', '.join(said[1:])}.")


def _square(picture: np.ndarray, side: int) -> np.ndarray:
    """Return a square of a picture, from its middle across and its upper half."""
    top, left = (picture.shape[0] - side) // 4, (picture.shape[1] - side) // 2
    return picture[top:top + side, left:left + side]
