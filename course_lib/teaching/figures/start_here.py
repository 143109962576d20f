"""Figures of lesson 00: four ways to answer, the law of the dye, and one shirt to
play with."""

import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal

from course_lib.checks import check_number, check_tensor
from course_lib.contract import seeded
from course_lib.datasets.tshirts import DARKEST, LIGHTEST
from course_lib.distributions.quantization import Quantizer
from course_lib.teaching.arrays import in_words
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.distributions import (
    DYE,
    SLOPE,
    draw_bins,
    draw_chroma_axis,
    draw_density,
    draw_dirac,
    draw_dye_lines,
)
from course_lib.teaching.figures.drawing import PAPER
from course_lib.teaching.figures.shirts import draw_images, name_dyes
from course_lib.teaching.figures.style import LOOKS, start

LOW, HIGH = -1.25, 1.25                          # of the axis of chroma a
CHROMA = torch.linspace(LOW, HIGH, 501)          # where densities are drawn
SHIRTS = 6                                       # drawn from every answer
PHOTOS = 8                                       # below the law


def show_four_answers(world, x: Tensor, seed: int = 0) -> Axes:
    """Show p(a | x) of one shirt as a Dirac, a Gaussian, ten bins and the truth, and
    beside each a few shirts dyed by it. Lesson 00.

    x: one photo, (1, 1, h, w)
    The Dirac stands at the true mean, the Gaussian has the true mean and variance, and
    each bin has its true probability: the best answers of their kinds.
    """
    check_tensor("x", x, (1, *world.given_shape))
    p = world.probability_of_teal(x).item()
    truth = chroma_of_one_pixel(world, x)
    best, (bins, mass) = Normal(truth.mean, truth.stddev), ten_bins(world, x)
    axes = start(height=6.0, rows=4, columns=2, width_ratios=(1, 1.25))
    with seeded(seed):
        draws = {"one number": truth.mean.expand(SHIRTS),
                 "a Gaussian": best.sample((SHIRTS,)),
                 "ten bins": bins.centers[Categorical(mass).sample((SHIRTS,))],
                 "the truth": truth.sample((SHIRTS,))}
    looks = [LOOKS["model"]] * 3 + [LOOKS["truth"]]
    said = []
    for (ax, strip), (name, a), look in zip(axes, draws.items(), looks):
        ax.set(xlim=(LOW, HIGH), ylim=(0, 2.6), yticks=[0, 1, 2])
        if name == "one number":
            draw_dirac(ax, truth.mean.item(), "", 1.75, look)
        elif name == "ten bins":
            draw_bins(ax, bins.edges, mass)
            write_percent(ax, bins.centers, mass)
        else:
            density = (truth if name == "the truth" else best).log_prob(CHROMA).exp()
            draw_density(ax, CHROMA, density, "", look)
        ax.set_title(name)
        ax.tick_params(labelbottom=False, axis="x", length=0)
        words = draw_dyed(strip, world, x, a)
        said.append(f"{name}: {', '.join(words)}")
    axes[2, 0].set_ylabel("density of chroma a", y=1.1)
    axes[0, 1].set_title("shirts dyed by this answer")
    draw_chroma_axis(axes[-1, 0], names=False)
    for ax in axes[:, 0]:
        draw_dye_lines(ax)
    return describe(axes[0, 0], (
        f"Four answers, one below the other, to the question which chroma a a shirt "
        f"has that is teal with probability {in_words(p)}: a spike at "
        f"{in_words(truth.mean)}; one wide bell around it, of deviation "
        f"{in_words(truth.stddev)}; ten bins, with most of the probability in the two "
        f"that hold the dyes; and the truth, two narrow peaks at -0.65 and 0.65. "
        f"Shirts dyed by {'; '.join(said)}."))


def show_law(world, seed: int = 0, n: int = 4096) -> Axes:
    """Show P(teal | x) against a shirt's mean lightness: the law, what n shirts of
    the world were really dyed, and photos of a few of them. Lesson 00."""
    x, y = world.batch(n, seed=seed)
    light, p = world.mean_lightness(x), world.probability_of_teal(x)
    order, places = light.argsort(), (light.min().item(), light.max().item())
    at, rate, error = rates_of_teal(world, x, y)
    ax, photos = start(height=4.4, rows=2, sharex=True, height_ratios=(3.6, 1))
    draw_shares(ax, light[order], p[order])
    ax.plot(light[order], p[order], label="the law, π(x)",
            **LOOKS["truth"].curve())
    ax.errorbar(at, rate, yerr=2 * error, fmt="o", color="white", capsize=3,
                ecolor="#1b1b1b", markeredgecolor="#1b1b1b", elinewidth=1.2,
                label=f"fraction of {n:,} shirts that were teal, ± 2 standard errors")
    ax.set(xlim=places, ylim=(0, 1), ylabel="probability")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    draw_photos(photos, light, x, places)
    photos.set_xlabel("mean lightness of the shirt,  L / 100")
    return describe(ax, (
        f"The probability that a shirt is teal rises with its mean lightness, from "
        f"{in_words(p.min())} at {in_words(places[0])} to {in_words(p.max())} at "
        f"{in_words(places[1])}, by an S-shaped curve; the rest of the square is pink. "
        f"Among {n:,} shirts the fraction that was teal lies on the curve, with "
        f"{in_words(rate[0])} in the darkest tenth and {in_words(rate[-1])} in the "
        f"lightest. Grey photos stand below, from dark shirts to light ones."))


def show_one_shirt(world, x: Tensor, lightness: float = 0.65, seed: int = 0) -> Axes:
    """Show one photo made lighter or darker, p(a | x) of its cloth, and samples of
    its color: a plain function for a widget. Lesson 00.

    x: one photo, (1, 1, h, w);  lightness: the mean wanted of its cloth, L / 100
    """
    x = with_lightness(world, x, lightness)
    truth, p = chroma_of_one_pixel(world, x), world.probability_of_teal(x).item()
    samples = world.truth.sample(given=x, n=SHIRTS, seed=seed)[:, 0]
    axes = start(height=3.6, rows=2, columns=2, width_ratios=(1, 3.3),
                 height_ratios=(1.35, 1))
    light = in_words(world.mean_lightness(x))
    axes[0, 0].imshow(x[0, 0].numpy(), vmin=0, vmax=1)
    axes[0, 0].axis("off")
    axes[0, 0].set_title(f"lightness {light}", loc="center")
    draw_chances(axes[1, 0], p)
    draw_density(axes[0, 1], CHROMA, truth.log_prob(CHROMA).exp(), "", LOOKS["truth"])
    axes[0, 1].set(xlim=(LOW, HIGH), ylim=(0, 4), ylabel="density",
                   title="p(a | x), one pixel of the cloth")
    draw_chroma_axis(axes[0, 1], float(light))
    words = draw_dyed(axes[1, 1], world, x, samples)
    axes[1, 1].set_title("samples of p(y | x), the whole shirt")
    return describe(axes[0, 0], (
        f"A grey shirt of mean lightness {light}. It is teal with probability {p:.2f} "
        f"and pink with {1 - p:.2f}; the density of its chroma a has two peaks, at "
        f"-0.65 and 0.65, as high as {in_words(4 * p)} and {in_words(4 - 4 * p)}. "
        f"Samples: {', '.join(words)}."))


def chroma_of_one_pixel(world, x: Tensor) -> MixtureSameFamily:
    """Return the true p(a | x) of a pixel of cloth of one solid shirt: two Gaussians,
    teal with probability p and pink."""
    chances = world.mode_probabilities(x)[0]
    dyes = torch.tensor([-DYE, DYE])
    return MixtureSameFamily(Categorical(chances), Normal(dyes, world.noise))


def rates_of_teal(world, x: Tensor, y: Tensor,
                  groups: int = 10) -> tuple[Tensor, Tensor, Tensor]:
    """Return for equal groups of solid shirts, from dark to light: the mean lightness,
    the fraction that is teal, and the standard error that the law gives, (groups,)."""
    light, p = world.mean_lightness(x), world.probability_of_teal(x)
    teal = world.truth.mode_posterior(y, given=x)[:, 0].round()
    parts = light.argsort().chunk(groups)
    return (torch.stack([light[part].mean() for part in parts]),
            torch.stack([teal[part].mean() for part in parts]),
            torch.stack([(p[part] * (1 - p[part])).sum().sqrt() / len(part)
                         for part in parts]))


def ten_bins(world, x: Tensor) -> tuple[Quantizer, Tensor]:
    """Return ten bins over chroma a, and the true probability of each, (10,)."""
    bins = Quantizer(LOW, HIGH, levels=10)
    dyed = bins.log_probabilities(torch.tensor([[-DYE], [DYE]]), world.noise).exp()
    return bins, world.mode_probabilities(x)[0] @ dyed


def with_lightness(world, x: Tensor, lightness: float) -> Tensor:
    """Return photos (batch, 1, h, w) with their cloth moved to a mean lightness, its
    folds kept; where the dyes would leave the colors of a screen it stays within."""
    check_tensor("x", x, ("batch", *world.given_shape))
    check_number("lightness", lightness, DARKEST, LIGHTEST)
    shift = (lightness - world.mean_lightness(x)).view(-1, 1, 1, 1)
    moved = (x + shift).clamp(DARKEST, LIGHTEST)
    return torch.where(world.mask(x).unsqueeze(1), moved, x)


def draw_dyed(ax: Axes, world, x: Tensor, dyes: Tensor) -> list[str]:
    """Draw the shirt x once for each dye, a row of them with a word below each.

    dyes: chroma a of a shirt all in one color, (n,), or chroma y, (n, 2, h, w)
    Returns the words.
    """
    if dyes.ndim == 1:
        color = dyes.view(-1, 1, 1, 1) * torch.tensor([1.0, SLOPE]).view(-1, 1, 1)
        dyes = color[:, :len(world.channels)] * world.mask(x)
    many = x.expand(len(dyes), -1, -1, -1)
    words = name_dyes(world, many, dyes)
    draw_images(ax, world.rgb(many, dyes)[None], captions=[words])
    return words


def write_percent(ax: Axes, centers: Tensor, mass: Tensor) -> None:
    """Write its probability above every bar, since saturated colors look alike."""
    heights = mass / (centers[1] - centers[0])
    for at, height, part in zip(centers.tolist(), heights.tolist(), mass.tolist()):
        ax.text(at, height + 0.06, f"{part:.0%}", ha="center", fontsize=8)


def draw_chances(ax: Axes, p: float) -> None:
    """Draw the probabilities of teal and of pink as two bars with their numbers."""
    for row, (name, value) in enumerate((("teal", p), ("pink", 1 - p))):
        ax.barh(row, value, height=0.7, **LOOKS[name].area())
        ax.text(-0.05, row, name, ha="right", va="center", fontsize=10)
        ax.text(value + 0.04, row, f"{value:.2f}", va="center", fontsize=10)
    ax.set(xlim=(-0.45, 1.25), ylim=(1.9, -0.9))
    ax.axis("off")


def draw_shares(ax: Axes, light: Tensor, p: Tensor) -> None:
    """Fill the square below p with teal and above it with pink, each with its name."""
    teal, pink = (LOOKS[name].area() | {"edgecolor": "white"} for name in
                  ("teal", "pink"))
    ax.fill_between(light, 0, p, alpha=0.5, linewidth=0, **teal)
    ax.fill_between(light, p, 1, alpha=0.5, linewidth=0, **pink)
    for name, spot in (("teal", (0.9, 0.3)), ("pink", (0.1, 0.7))):
        ax.text(*spot, name, transform=ax.transAxes, ha="center", fontsize=12,
                color=LOOKS[name].dark, bbox=PAPER | {"pad": 2, "alpha": 0.85})


def draw_photos(ax: Axes, light: Tensor, x: Tensor, places: tuple) -> None:
    """Draw PHOTOS grey photos below an axis, each at its own lightness."""
    low, high = places
    step = (high - low) / PHOTOS
    at = low + step * (torch.arange(PHOTOS) + 0.5)
    nearest = (light - at[:, None]).abs().argmin(1)
    for photo, middle in zip(x[nearest][:, 0], at.tolist()):
        ax.imshow(photo.numpy(), vmin=0, vmax=1, aspect="auto",
                  extent=(middle - 0.46 * step, middle + 0.46 * step, 0, 1))
    ax.set(xlim=places, ylim=(0, 1), yticks=[])
    ax.spines[:].set_visible(False)
    ax.grid(False)
