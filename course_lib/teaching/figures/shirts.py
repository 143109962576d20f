"""Pictures in rows and columns: shirts, samples, and images of any kind."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.checks import check_tensor, describe
from course_lib.teaching.arrays import as_array
from course_lib.teaching.figures.alt_text import describe as set_alt_text
from course_lib.teaching.figures.drawing import INK, bare
from course_lib.teaching.figures.style import WIDTH, start

TILE = 1.0                        # inches; pictures of few columns grow no larger
GAP = 1.07                        # widths from a picture to the next one of its row
ON_ONE_SIDE = 0.95                # of a shirt's pixels, to be called by a dye's name
HALF = 0.5                        # of the dye's chroma; below it a shirt is greyish


def show_shirts(world, x: Tensor, rows: Tensor | dict[str, Tensor],
                titles: list[str] | None = None, photo: bool = True) -> Axes:
    """Show shirts in color: a column for each x, a row for each answer y, and under
    each shirt its dye in a word (see `name_dyes`).

    x:      lightness, (batch, 1, h, w)
    rows:   {label: y}, each y (batch, channels, h, w), or one such y
    titles: of the columns, for instance ["p = 0.21", ...]
    photo:  whether the grey photo x stands above as a row

        figures.show_shirts(world, x, {"truth": y, "L2": model.predict(x)})
    """
    rows = rows if isinstance(rows, dict) else {"": rows}
    check_tensor("x", x, ("batch", *world.given_shape))
    for label, y in rows.items():
        check_tensor(label or "rows", y, (len(x), *world.y_shape))
    pictures = [world.rgb(x, y) for y in rows.values()]
    names = [name_dyes(world, x, y) for y in rows.values()]
    labels = list(rows)
    if photo:
        grey = x[:, 0, ..., None].expand(*x.shape[:1], *x.shape[2:], 3)
        pictures = [grey.cpu().numpy(), *pictures]
        names, labels = [[""] * len(x), *names], ["grey photo x", *labels]
    said = "; ".join(f"row {label!r}: {', '.join(row)}" if label else ", ".join(row)
                     for label, row in zip(labels, names) if any(row))
    return show_images(np.stack(pictures), labels, titles, names,
                       alt=f"{len(x)} t-shirts side by side. {said}.")


def show_samples(world, x: Tensor, samples: Tensor, truth: Tensor | None = None,
                 titles: list[str] | None = None) -> Axes:
    """Show what a model answers: the photo, one true y, and the samples below it.

    x:       lightness, (batch, 1, h, w)
    samples: (n, batch, channels, h, w), as `model.sample(given=x, n=n)` returns them
    truth:   one true y for each x, (batch, channels, h, w)

        figures.show_samples(world, x, model.sample(given=x, n=4, seed=0), truth=y)
    """
    check_tensor("samples", samples, ("n", len(x), *world.y_shape))
    rows = {} if truth is None else {"one true y": truth}
    rows |= {f"sample {i}": y for i, y in enumerate(samples, 1)}
    return show_shirts(world, x, rows, titles)


def show_images(pictures, labels: list[str] | None = None,
                titles: list[str] | None = None, captions: list | None = None,
                alt: str | None = None, tile: float = TILE) -> Axes:
    """Show pictures of any kind in a grid, each pixel a square.

    pictures: (rows, columns, h, w) grey or (rows, columns, h, w, 3) sRGB, in [0, 1]
    labels:   of the rows;  titles: of the columns
    captions: a word or two under each picture, [[...], ...] row by row
    alt:      what is seen; without it the labels alone are said
    tile:     inches of a picture's side, at most
    """
    pictures = as_array("pictures", pictures)
    grey = pictures.ndim == 4
    if grey:
        pictures = np.repeat(pictures[..., None], 3, axis=-1)
    if pictures.ndim != 5 or pictures.shape[-1] != 3:
        raise ValueError(f"pictures have shape {pictures.shape}; give (rows, columns, "
                         f"h, w), or (rows, columns, h, w, 3) for sRGB.")
    rows, columns, height, width = pictures.shape[:4]
    labels = _one_each("labels", labels, rows)
    titles = _one_each("titles", titles, columns)
    label_width = 0.14 + 0.078 * max(len(label) for label in labels)
    tile = min(tile, (WIDTH - label_width) / columns)
    scale = tile / (GAP * width)                                 # inches a pixel
    title_height = 0.3 if any(titles) else 0.05
    across, down = columns * tile, rows * _pitch(height, width, captions) * scale
    ax = start(width=label_width + across, height=title_height + down)
    ax.figure.set_layout_engine("none")              # every inch is accounted for here
    ax.set_position((label_width / (label_width + across), 0,
                     across / (label_width + across), down / (title_height + down)))
    draw_images(ax, pictures, labels, titles, captions, min(9, 9 * tile / 0.8), grey)
    said = ", ".join(label for label in labels if label)
    return set_alt_text(ax, alt or f"{rows} rows of {columns} pictures"
                                   f"{': ' + said if said else ''}.")


def draw_images(ax: Axes, pictures: np.ndarray, labels: list[str] | None = None,
                titles: list[str] | None = None, captions: list | None = None,
                fontsize: float = 9, framed: bool = False) -> None:
    """Draw sRGB pictures (rows, columns, h, w, 3) in a grid, as `show_images` does.

    framed: with a thin line around each, or white pixels would run into the next
    """
    rows, columns, height, width = pictures.shape[:4]
    across, down = GAP * width, _pitch(height, width, captions)
    for row, column in np.ndindex(rows, columns):
        left, top = column * across, row * down
        ax.imshow(pictures[row, column].clip(0, 1),
                  extent=(left, left + width, top + height, top))
        if framed:
            ax.add_patch(Rectangle((left, top), width, height, fill=False,
                                   edgecolor="#b0b0b0", linewidth=0.6))
        if captions:
            ax.text(left + width / 2, top + height + 0.02 * width,
                    captions[row][column], ha="center", va="top", fontsize=fontsize,
                    color=INK)
    bare(ax, xlim=(0, columns * across), ylim=(rows * down, 0))
    ax.set_xticks(np.arange(columns) * across + width / 2, titles or [""] * columns)
    ax.set_yticks(np.arange(rows) * down + height / 2, labels or [""] * rows)
    ax.tick_params(length=0, labeltop=any(titles or []), labelbottom=False, top=False)


def _pitch(height: int, width: int, captions: list | None) -> float:
    """Return how far below one another the pictures of a grid begin, in pixels."""
    return height + (0.25 if captions else GAP - 1) * width


def name_dyes(world, x: Tensor, y: Tensor) -> list[str]:
    """Return a word for each shirt, by which it can be told without seeing color.

    The name of a mode where 95 % of the cloth's pixels are on its side and the mean
    chroma is at least half the dye's; "greyish" where the chroma is weaker; else
    "mixed".
    """
    modes = world.modes(x)                                  # (batch, modes, c, h, w)
    mask = world.mask(x)
    along = (y.unsqueeze(1) * modes).sum(2) / modes.square().sum(2).clamp(min=1e-9)
    cloth = mask.flatten(1).sum(-1)[:, None].clamp(min=1)
    agrees = ((along > 0) & mask[:, None]).flatten(2).sum(-1) / cloth
    strength = (along.abs() * mask[:, None]).flatten(2).sum(-1)[:, 0] / cloth[:, 0]
    share, best = agrees.max(-1)                            # (batch,) each
    words = []
    for name, part, chroma in zip(best.tolist(), share.tolist(), strength.tolist()):
        whole = world.mode_names[name] if part >= ON_ONE_SIDE else "mixed"
        words.append(whole if chroma >= HALF else "greyish")
    return words


def _one_each(name: str, given: list[str] | None, count: int) -> list[str]:
    """Return the given texts, one for each row or column, or as many empty ones."""
    texts = [""] * count if given is None else [str(text) for text in given]
    if len(texts) != count:
        raise ValueError(f"{name} are {describe(given)} for {count} of them; give one "
                         f"each.")
    return texts
