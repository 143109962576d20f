"""Web pages and slides of notebooks, in which every picture keeps its alt text.

nbconvert drops the metadata of a picture, and says that "no description has been
provided". It writes HTML as it is, though, and takes it before a picture:

    jupyter nbconvert --to html \\
        --HTMLExporter.preprocessors=course_lib.commands.export.with_alt_text LESSON

`make setup` writes the option into its environment, so that the first line is enough.
"""

import html
import re

from course_lib.commands import lessons
from course_lib.commands.working_copy import put

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
SUMMARY = re.compile(r"^## (In three lines|Summary)\n(.+?)(?=^#|\Z)",
                     re.MULTILINE | re.DOTALL)
FITTING = "<style>.reveal img {max-height: 28rem; width: auto}</style>"


def with_alt_text(notebook, resources):
    """Return a notebook in which each picture that has alt text is HTML, too.

    nbconvert calls it with a copy of the notebook, and with what it knows besides."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for output in outputs:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            output["data"]["text/html"] = (
                f'<img alt="{html.escape(alt)}" '
                f'src="data:image/png;base64,{output["data"]["image/png"].strip()}">')
    return notebook, resources


def slides(arguments: list[str]) -> int:
    """Write the slides of one lesson, or of all, into slides/."""
    from nbconvert.exporters import SlidesExporter
    from nbformat import read

    paths = lessons.chosen(arguments, "slides",
                           "Write lessons as slides for a browser that has a network.")
    folder = lessons.repository() / "notebooks"
    exporter = SlidesExporter(
        preprocessors=[with_alt_text], exclude_input=True, exclude_output_prompt=True)
    for path in paths:
        if path.parent == folder:
            try:
                shown = as_slides(read(path, 4))
            except ValueError as error:
                raise SystemExit(str(error)) from error
            page, _ = exporter.from_notebook_node(shown)
            place = folder.with_name("slides") / f"{path.stem}.html"
            put(place, page.encode())
            print(place.relative_to(folder.parent))
    return 0


def as_slides(notebook):
    """Return a lesson's slides as a notebook: its question, the cells tagged "slide"
    under the headings of their sections, and its summary. The text around a cell goes
    into the notes of the speaker.

    Raises ValueError for a lesson in which nothing is tagged."""
    cells, title, made = notebook.cells, "", []
    for i, cell in enumerate(cells):
        text = cell.source if cell.cell_type == "markdown" else ""
        own = HEADING.findall(text)
        if "slide" in cell.metadata.get("tags", []):
            shown = "\n\n".join(FORMULA.findall(text)) or text or cell
            notes = [near.source for near in cells[max(0, i - 1):i + 2]
                     if near.cell_type == "markdown"]
            made += slide((own or [title])[0], shown, "\n\n".join(notes))
        title = own[-1] if own else title
    question = HEADING.search(cells[0].source)[1]
    if not made:
        raise ValueError(f"No cell of {question!r} is tagged \"slide\"; tag those that "
                         f"are to be shown.")
    summary = SUMMARY.search(cells[-1].source)
    notebook.cells = [*slide(question, FITTING, cells[0].source), *made,
                      *(slide(summary[1], summary[2], "") if summary else [])]
    notebook.metadata.pop("widgets", None)
    return notebook


def slide(title: str, shown, notes: str) -> list:
    """Return the cells of a slide; what is shown is text, or a cell with its output."""
    from nbformat.v4 import new_markdown_cell

    body = new_markdown_cell(shown) if isinstance(shown, str) else shown
    cells = [new_markdown_cell(f"## {title}"), body, new_markdown_cell(notes)]
    for cell, kind in zip(cells, ("slide", "-", "notes")):
        cell.metadata["slideshow"] = {"slide_type": kind}
    return cells
