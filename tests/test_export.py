"""Facts about exported pages and slides: alt text arrives, and no text is copied."""

import base64

import matplotlib.pyplot as plt
import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter, SlidesExporter
from traitlets.config.loader import JSONFileConfigLoader

from course_lib.commands import export
from course_lib.commands.export import as_slides, with_alt_text
from course_lib.commands.lessons import JUPYTER
from course_lib.teaching import figures

ALT = 'A "<b>" & more, 1 < 2.'


@pytest.fixture
def notebook():
    """A notebook with one described picture, as a cell stores it."""
    ax = figures.describe(figures.start(height=1), ALT)
    data, metadata = ax.figure._repr_mimebundle_()
    plt.close(ax.figure)
    data["image/png"] = base64.b64encode(data["image/png"]).decode() + "\n"
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    texts = ["# Why?\nBefore.", "## By hand\nThe sum of $$a + b$$ is clear.",
             "It rises.\n## In three lines\n- One.\n## References\n- A book."]
    first, formula, last = map(nbformat.v4.new_markdown_cell, texts)
    return nbformat.v4.new_notebook(cells=[
        first, formula, nbformat.v4.new_code_cell("show()", outputs=[output]), last])


def tag(cell):
    cell.metadata["tags"] = ["slide"]


@pytest.mark.parametrize("kind", [HTMLExporter, SlidesExporter])
def test_every_picture_of_an_exported_page_has_its_alt_text(notebook, kind):
    config = JSONFileConfigLoader(
        "jupyter_config.json", str(JUPYTER / "etc" / "jupyter")).load_config()
    page, _ = kind(config=config).from_notebook_node(notebook)
    picture, = BeautifulSoup(page, "html.parser").select("img")
    assert picture["alt"] == ALT
    assert picture["src"].startswith("data:image/png;base64,iVBOR")


def test_a_picture_without_alt_text_and_a_table_are_left_as_they_are(notebook):
    output = notebook.cells[2].outputs[0]
    output.metadata = {}
    before = nbformat.writes(notebook)
    assert nbformat.writes(with_alt_text(notebook, {})[0]) == before


def test_slides_are_the_question_the_tagged_cells_and_the_summary(notebook):
    tag(notebook.cells[1])
    tag(notebook.cells[2])
    cells = as_slides(notebook).cells
    kinds = [cell.metadata.slideshow.slide_type for cell in cells]
    assert kinds == 4 * ["slide", "-", "notes"]
    titles, shown, notes = ([cell.source for cell in cells[i::3]] for i in range(3))
    assert titles == ["## Why?", "## By hand", "## By hand", "## In three lines"]
    assert shown[1:] == ["$$a + b$$", "show()", "- One.\n"]
    assert "The sum of" in notes[2] and "It rises." in notes[2]


def test_a_slide_shows_the_picture_with_its_alt_text_and_not_the_code(
        notebook, tmp_path, monkeypatch):
    tag(notebook.cells[2])
    lesson = tmp_path / "notebooks" / "01_why.ipynb"
    lesson.parent.mkdir()
    nbformat.write(notebook, lesson)
    monkeypatch.setattr(export.lessons, "repository", lambda: tmp_path)
    assert export.slides(["01"]) == 0
    page = (tmp_path / "slides" / "01_why.html").read_text(encoding="utf-8")
    picture, = BeautifulSoup(page, "html.parser").select("section img")
    assert picture["alt"] == ALT
    assert "show()" not in page and "By hand" in page


def test_a_lesson_without_a_tagged_cell_has_no_slides_and_says_so(notebook):
    with pytest.raises(ValueError, match="No cell of 'Why\\?' is tagged"):
        as_slides(notebook)
