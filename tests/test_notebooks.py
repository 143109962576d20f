"""Facts about the stored notebooks: what a reader sees where nobody runs them."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((FOLDER / "solutions").glob("*.ipynb"))
FURTHER = sorted((FOLDER / "further").glob("[0-9][0-9]_*.ipynb"))
FINISHED = ("00_start_here", "01_point_prediction", "02_softmax", "03_joint_structure",
            "04_cgan", "05_cvae", "06_pixelcnn", "07_conditional_pixelcnn",
            "08_diffusion", "09_pix2pix", "10_cyclegan", "11_structured_prediction")

HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
# /one/two, but neither a web address, nor a fraction, nor where Debian keeps its data
FOLDER_OF_A_MACHINE = re.compile(r"(?<![\w.:/<])/(?!usr/share/)\w+/\w+|\b[A-Z]:\\\w+")

every_notebook = pytest.mark.parametrize(
    "path", LESSONS + SOLUTIONS + FURTHER,
    ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
every_lesson_and_further_notebook = pytest.mark.parametrize(
    "path", LESSONS + FURTHER, ids=lambda path: f"{path.parent.name}/{path.stem}")
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@cache
def read(path: Path):
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path: Path) -> list:
    return [output for cell in code_cells(path) for output in cell.outputs]


def prose(path: Path) -> str:
    """Return all Markdown of a notebook, without the code blocks inside it."""
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    return FENCE.sub("", "\n\n".join(texts))


def tagged(path: Path, tag: str) -> list:
    return [cell for cell in read(path).cells if tag in cell.metadata.get("tags", [])]


def lines_of_code(source: str) -> int:
    lines = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


@pytest.mark.parametrize("name", FINISHED)
def test_every_finished_lesson_is_stored_with_its_solution(name):
    assert (FOLDER / f"{name}.ipynb").exists()
    assert (FOLDER / "solutions" / f"{name}.ipynb").exists()


@every_notebook
def test_it_was_executed_in_order_from_a_fresh_kernel(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts and counts == list(range(1, len(counts) + 1))


@every_notebook
def test_no_cell_ended_in_an_error_or_a_warning(path):
    for output in outputs(path):
        assert output.output_type != "error", output.get("evalue")
        assert "Warning" not in output.get("text", "")


@every_notebook
def test_every_picture_in_the_outputs_has_alt_text(path):
    for output in outputs(path):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                alt = output.metadata.get(kind, {}).get("alt", "")
                assert len(alt.split()) >= 4, f"a picture says only {alt!r}"


@every_notebook
def test_every_picture_in_the_prose_has_alt_text(path):
    text = prose(path)
    assert all(alt.strip() for bang, alt, _ in LINK.findall(text) if bang)
    assert all("alt=" in tag for tag in re.findall(r"<img\b[^>]*>", text))


@every_notebook
def test_it_is_smaller_than_one_and_a_half_megabytes(path):
    assert path.stat().st_size < 1_500_000


@every_notebook
def test_there_is_one_title_and_it_comes_first(path):
    levels = [len(marks) for marks, _ in HEADING.findall(prose(path))]
    assert levels[0] == 1 and levels.count(1) == 1


@every_lesson_and_further_notebook
def test_the_title_is_a_question(path):
    assert HEADING.search(prose(path)).group(2).endswith("?")


@every_notebook
def test_headings_never_skip_a_level(path):
    levels = [len(marks) for marks, _ in HEADING.findall(prose(path))]
    assert all(below <= above + 1 for above, below in pairwise(levels))


@every_lesson
def test_the_notation_card_is_one_click_away(path):
    assert "notation.md" in [target.split("#")[0] for _, _, target in
                             LINK.findall(prose(path))]


@every_notebook
def test_every_link_to_a_file_of_the_course_leads_somewhere(path):
    for _, _, target in LINK.findall(prose(path)):
        name = target.split("#")[0]
        if name and not re.match(r"[a-z]+:", target):
            assert (path.parent / name).exists(), target


@every_lesson
def test_six_to_twelve_of_its_cells_are_slides(path):
    assert 6 <= len(tagged(path, "slide")) <= 12


@every_lesson
def test_its_first_cell_says_what_to_install_if_the_import_fails(path):
    said, = re.findall(r"If the first code cell fails, [^.]*\.",
                       read(path).cells[0].source)
    assert "`make check`" in said and "`%pip install git+" in said


@every_notebook
def test_the_set_up_cell_has_under_eight_lines(path):
    assert len(code_cells(path)[0].source.splitlines()) < 8


@every_notebook
def test_no_cell_has_more_than_fifteen_lines_of_code(path):
    for cell in code_cells(path):
        assert lines_of_code(cell.source) <= 15, cell.source


@every_lesson
def test_its_knobs_are_in_a_cell_of_their_own(path):
    assert tagged(path, "parameters")


@every_lesson
def test_it_has_a_widget_to_play_with(path):
    assert tagged(path, "widget")


@every_notebook
def test_it_asks_for_the_kernel_that_every_installation_has(path):
    assert read(path).metadata.kernelspec.name == "python3"
    assert read(path).metadata.language_info == {"name": "python"}


@every_notebook
def test_nothing_stored_names_a_folder_of_somebody_s_machine(path):
    for output in outputs(path):
        data = output.get("data", {})
        texts = [output.get("text", ""), *(data[kind] for kind in data
                                           if kind.startswith("text/"))]
        for text in texts:
            assert not FOLDER_OF_A_MACHINE.search(text), text
