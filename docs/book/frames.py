"""Pictures for a lesson's sliders, drawn ahead, for pages behind which no kernel runs.

    python docs/book/frames.py notebooks/04_cgan.ipynb FOLDER

runs the lesson's first code cell and those tagged `parameters`, `widget-needs` and
`widget`, so nothing is trained, and writes to FOLDER a WebP picture for every place of
the sliders, with `widgets.json` about them. A widget that needs more than these cells
is left out, and its reason is written instead.
"""

import itertools
import json
import math
import os
import sys
from pathlib import Path

os.environ["MPLBACKEND"] = "agg"
sys.path.insert(0, str(Path(__file__).parents[2]))

import matplotlib.pyplot as plt
import nbformat
import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from widget import tagged

from course_lib.teaching import widgets

A_SLIDER = 24                              # places of a slider, at most
A_GRID = 64                                # pictures of a widget whose sliders combine
QUALITY = 60


def places(choice, most: int) -> tuple[list, int]:
    """Return at most `most` values of a control, evenly spaced, and which one is the
    start."""
    if isinstance(choice, list):
        return choice, 0
    low, high, step, start = choice
    last, first = round((high - low) / step), round((start - low) / step)
    kept = range(last + 1)
    if last + 1 > most:
        kept = sorted({round(k * last / (most - 2)) for k in range(most - 1)} | {first})
    return [round(low + k * step, 10) for k in kept], list(kept).index(first)


def choose(controls: dict) -> tuple[dict, list[tuple[int, ...]]]:
    """Return the places of every control and the combinations to draw: all of two
    controls, or of few places; else one control moves and the others stay."""
    menus = math.prod(len(choice) for choice in controls.values()
                      if isinstance(choice, list))
    sliders = sum(isinstance(choice, tuple) for choice in controls.values())
    grid = len(controls) == 2 or (not sliders and menus <= A_GRID)
    most = A_SLIDER if not (grid and sliders) else min(
        A_SLIDER, int((A_GRID / menus) ** (1 / sliders)))
    at = {name: places(choice, most) for name, choice in controls.items()}
    if grid:
        return at, list(itertools.product(*(range(len(v)) for v, _ in at.values())))
    start = tuple(first for _, first in at.values())
    moved = [(*start[:i], k, *start[i + 1:])
             for i, (values, _) in enumerate(at.values()) for k in range(len(values))]
    return at, list(dict.fromkeys(moved))


def draw(function, values: dict, path: Path) -> tuple[str, tuple[int, int]]:
    """Write what `function` draws as WebP; return its alt text and its size."""
    drawn = function(**values)
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    image.save(path, "webp", quality=QUALITY)
    plt.close("all")
    if not getattr(figure, "alt", None):
        raise ValueError(f"the picture at {values} has no alt text; say what it shows "
                         f"with figures.describe(ax, '...').")
    return figure.alt, image.size


def frames(function, controls: dict, folder: Path) -> dict:
    """Draw a widget's frames into `folder`; return what a page must know of them."""
    folder.mkdir(parents=True)
    at, chosen = choose(controls)
    start = [first for _, first in at.values()]
    alts, size = {}, (0, 0)
    for combination in chosen:
        key = "-".join(map(str, combination))
        values = {name: v[k] for k, (name, (v, _)) in zip(combination, at.items())}
        alts[key], size = draw(function, values, folder / f"{key}.webp")
    return {"size": size, "start": start, "frames": alts, "controls": [
        {"name": name.replace("_", " "), "menu": isinstance(controls[name], list),
         "labels": [v if isinstance(v, str) else f"{v:g}" for v in values]}
        for name, (values, _) in at.items()]}


def main(lesson: str, folder: str) -> None:
    """Draw the frames of a lesson; see the top of this file."""
    asked, found, names = [], {}, {}
    widgets.explore = lambda function, **controls: asked.append((function, controls))
    for cell in tagged(nbformat.read(lesson, as_version=4)):
        try:
            exec(compile(cell.source, lesson, "exec"), names)
        except NameError as error:
            if "widget" not in cell.metadata.get("tags", []):
                raise
            found[cell.id] = {"missing": error.name}
        plt.close("all")
        for function, controls in asked:
            try:
                found[cell.id] = frames(function, controls, Path(folder) / cell.id)
            except NameError as error:
                found[cell.id] = {"missing": error.name}
        asked.clear()
    text = json.dumps(found, ensure_ascii=False, indent=1)
    Path(folder, "widgets.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
