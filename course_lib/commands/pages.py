"""The tables of docs/figures.md, between two marks each, which commands write."""

from pathlib import Path

from course_lib.checkout import needed_checkout

RESULTS = "<!-- results -->", "<!-- /results -->"
SCOREBOARD = "<!-- scoreboard -->", "<!-- /scoreboard -->"
HEAD = "| what | figure | measured |"

Marks = tuple[str, str]


def figures_page() -> Path:
    """Return docs/figures.md; raises CheckoutMissing where there is no repository."""
    return needed_checkout("docs/figures.md") / "docs" / "figures.md"


def write_into(path: Path, about: str, rows: list[str]) -> None:
    """Put the rows into the table of results, each in the place of the one about the
    same figure, or below all others, under a line about how they were measured."""
    old = between(path, RESULTS)[1].splitlines()
    kept = {figure_of(row): row for row in (*old, HEAD, *rows) if row.startswith("| ")}
    title, *body = kept.values()
    replace_between(path, RESULTS,
                    "\n".join([about, "", title, "|---|---|---|", *body]))


def figure_of(row: str) -> tuple[str, ...]:
    """Return what a row of the table is about: its first two cells."""
    return tuple(cell.strip() for cell in row.split("|")[1:3])


def replace_between(path: Path, marks: Marks, text: str) -> None:
    """Put a text between two marks of a file, in place of what is there."""
    before, _, after = between(path, marks)
    begin, end = marks
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def between(path: Path, marks: Marks) -> tuple[str, str, str]:
    """Return what stands before two marks of a file, between them, and after.

    Raises ValueError, in a sentence, where there is not one pair of them."""
    begin, end = marks
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path.name} does not hold one pair of {begin} and {end}; "
                         f"leave one pair, where the table goes.")
    before, rest = text.split(begin)
    inside, after = rest.split(end)
    return before, inside, after
