"""Facts about exported pages: alt text arrives in what nbconvert writes."""

import base64

import matplotlib.pyplot as plt
import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter, SlidesExporter
from traitlets.config.loader import JSONFileConfigLoader

from course_lib.commands.export import with_alt_text
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
    return nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# Why?"),
        nbformat.v4.new_code_cell("show()", outputs=[output])])


@pytest.mark.parametrize("kind", [HTMLExporter, SlidesExporter])
def test_every_picture_of_an_exported_page_has_its_alt_text(notebook, kind):
    config = JSONFileConfigLoader(
        "jupyter_config.json", str(JUPYTER / "etc" / "jupyter")).load_config()
    page, _ = kind(config=config).from_notebook_node(notebook)
    picture, = BeautifulSoup(page, "html.parser").select("img")
    assert picture["alt"] == ALT
    assert picture["src"].startswith("data:image/png;base64,iVBOR")


def test_a_picture_without_alt_text_and_a_table_are_left_as_they_are(notebook):
    output = notebook.cells[1].outputs[0]
    output.metadata = {}
    before = nbformat.writes(notebook)
    assert nbformat.writes(with_alt_text(notebook, {})[0]) == before
