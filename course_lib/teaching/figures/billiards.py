"""Figures of billiards: frames, where the ball may go, and what the latents mean."""

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from course_lib.checks import check_tensor
from course_lib.teaching.arrays import as_array, check_rows, in_words, signed
from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.drawing import bare
from course_lib.teaching.figures.shirts import show_images
from course_lib.teaching.figures.style import LOOKS, start

ARROW = {"angles": "xy", "scale_units": "xy", "scale": 1, "zorder": 3}


def show_frames(world, rows: dict[str, Tensor], captions: bool = False) -> Axes:
    """Show frames: a column for each x, a row for each of what may come next.

    rows:     {label: frames}, each (batch, 3, size, size)
    captions: whether each row after the first says how far the ball went from its frame
              in the first row, in pixels (→ ↓ are positive)

        figures.show_frames(world, {"frame x": x, "next frame y": y})
    """
    check_rows("rows", rows, "{label: frames}, for instance {'frame x': x, 'y': y}")
    first = next(iter(rows.values()))
    for label, frames in rows.items():
        check_tensor(label, frames, (len(first), *world.y_shape))
    words = [[_steps(step) for step in _went(world, first, frames)]
             if captions and number else [""] * len(first)
             for number, frames in enumerate(rows.values())]
    said = "; ".join(f"{label}: {', '.join(row)}"
                     for label, row in zip(rows, words) if any(row))
    return show_images(np.stack([world.rgb(frames) for frames in rows.values()]),
                       list(rows), captions=words if captions else None,
                       alt=f"{len(first)} frames of a ball on a table, in the rows "
                           f"{', '.join(rows)}. "
                           f"{'The ball goes, ' + said if said else ''}")


def show_latent_frames(world, x: Tensor, frames: Tensor, values) -> Axes:
    """Show the plane of two latents as frames around the ball of one x, with an arrow
    from where it was.

    x:      (1, 3, size, size)
    frames: (rows, columns, 3, size, size); z₁ grows to the right and z₂ upwards
    values: of z₁ in the columns and, read from below, of z₂ in the rows
    """
    check_tensor("x", x, (1, *world.given_shape))
    check_tensor("frames", frames, ("rows", "columns", *world.y_shape))
    values = as_array("values", values, 1)
    rows, columns = frames.shape[:2]
    flat, place = frames.flatten(0, 1), world.place(x)[0]
    steps = _went(world, x.expand(len(flat), -1, -1, -1), flat)
    names = [signed(value, "+z.1f") for value in values]
    axes = start(height=1.75 * rows, width=2.0 * columns, rows=rows, columns=columns)
    for i, (ax, frame, step) in enumerate(zip(np.ravel(axes), flat, steps)):
        row, column = divmod(i, columns)
        ax.imshow(world.rgb(frame), extent=(0, world.size, world.size, 0))
        ax.quiver(*place.tolist(), *step, color="white", width=0.02, **ARROW)
        bare(ax, frame=True, **_around(world, place))
        if row == rows - 1:
            ax.set_xlabel(f"z₁ = {names[column]}")
        if column == 0:
            ax.set_ylabel(f"z₂ = {names[rows - 1 - row]}")
    said = "; ".join(map(_steps, steps))
    return describe(np.ravel(axes)[0], (
        f"{rows} by {columns} next frames of one frame, one for each pair of latents "
        f"from {names[0]} to {names[-1]}. From the top left the ball goes {said}."))


def _around(world, place: Tensor) -> dict[str, tuple[float, float]]:
    """Return the limits of the Axes that show what is around a place."""
    window = 1.7 * world.speed
    left, top = (place.clamp(window, world.size - window) - window).tolist()
    return {"xlim": (left, left + 2 * window), "ylim": (top + 2 * window, top)}


def show_velocities(z: Tensor, velocity: Tensor) -> Axes:
    """Show which velocity each latent stands for: an arrow at each z.

    z: (n, 2);  velocity: (n, 2), across and down, in pixels
    """
    check_tensor("z", z, ("n", 2))
    check_tensor("velocity", velocity, (len(z), 2))
    ax = start(height=4.6, width=5.2)
    z, velocity = z.detach().cpu(), velocity.detach().cpu()
    reach = max(1.0, z.abs().max().item())
    longest = velocity.norm(dim=1).max().item()
    upwards = torch.tensor([1.0, -1.0])                        # pixels count downwards
    ax.quiver(*z.T, *(velocity * upwards * reach / longest / 4).T, width=0.005,
              color=LOOKS["model"].dark, **ARROW)
    ax.set(xlim=(-1.3 * reach, 1.3 * reach), ylim=(-1.3 * reach, 1.3 * reach),
           aspect="equal", xlabel="z₁", ylabel="z₂")
    longer = torch.corrcoef(torch.stack([z.norm(dim=1), velocity.norm(dim=1)]))[0, 1]
    return describe(ax, (
        f"{len(z)} latents, each with an arrow for the velocity of its ball. Distance "
        f"of z from 0 and speed correlate by {in_words(longer)}."))


def _went(world, x: Tensor, y: Tensor) -> list[tuple[float, float]]:
    """Return how far the ball went from x to y, wherever it is, in pixels."""
    place = world.truth.find(y, given=x, anywhere=True) - world.place(x)
    return [tuple(step) for step in place.tolist()]


def _steps(step: tuple[float, float]) -> str:
    """Return a displacement in words: "→2.1 ↑0.4"."""
    across, down = step
    return (f"{'→' if across >= 0 else '←'}{abs(across):.1f} "
            f"{'↓' if down >= 0 else '↑'}{abs(down):.1f}")
