"""Sliders over stored pictures, in the place of a lesson's live widget."""

import html
import json
from pathlib import Path

import nbformat

TAGS = {"parameters", "widget-needs", "widget"}
VIEW = "application/vnd.jupyter.widget-view+json"
ONE = "Stored pictures: one control moves at a time. Run the lesson for all of them."
ALL = "Stored pictures of some values. Run the lesson for all of them."
NONE = ('<p class="no-frames"><em>This widget needs what its lesson computes: run the '
        "lesson to play with it.</em></p>")


def tagged(notebook) -> list:
    """Return the code cells that a lesson's widgets are made from."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for i, cell in enumerate(code)
            if not i or TAGS & set(cell.metadata.get("tags", []))]


def with_sliders(lesson: Path, known: dict, up: str) -> str:
    """Return a notebook whose widgets are forms; `up` leads to the top of the book."""
    notebook = nbformat.read(lesson, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                output.data = {"text/html": form(known[cell.id], up)}
    return nbformat.writes(notebook)


def form(widget: dict, up: str) -> str:
    """Return a widget as HTML: its controls, a picture, and what the others say."""
    if "missing" in widget:
        return NONE
    start, controls, alts = widget["start"], widget["controls"], widget["frames"]
    base, first = up + widget["base"], "-".join(map(str, start))
    data = json.dumps({"base": base, "start": start, "frames": alts,
                       "labels": [control["labels"] for control in controls]},
                      ensure_ascii=False).replace("</", "<\\/")
    rows = "".join(row(control, at) for control, at in zip(controls, start))
    width, height = widget["size"]
    said = "" if len(controls) == 1 else ONE
    if len(alts) > 1 + sum(len(control["labels"]) - 1 for control in controls):
        said = ALL
    return (f'<form class="frames" aria-label="Controls of the picture">{rows}'
            f'<div aria-live="polite"><img width="{width}" height="{height}" '
            f'src="{base}/{first}.webp" alt="{html.escape(alts[first])}"></div>'
            f'<small>{said}</small>'
            f'<script type="application/json">{data}</script></form>')


def row(control: dict, at: int) -> str:
    """Return a control as HTML: a menu, or a slider with its value beside it."""
    labels = [html.escape(label) for label in control["labels"]]
    name = html.escape(control["name"])
    if control["menu"]:
        options = "".join(f'<option value="{i}">{label}</option>'
                          for i, label in enumerate(labels))
        return (f'<label>{name} <select autocomplete="off">{options}</select></label>')
    return (f'<label>{name} <input type="range" max="{len(labels) - 1}" value="{at}" '
            f'aria-valuetext="{labels[at]}" autocomplete="off">'
            f'<output>{labels[at]}</output></label>')
