"""What a class got wrong: for each exercise which mistakes, and what mends them."""

import csv
import html
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

from course_lib.checkout import needed_checkout
from course_lib.classroom.cells import read
from course_lib.classroom.grading import ERROR, Grade
from course_lib.teaching import exercises
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED, RIGHT, WRONG

MISTAKE, UNRECOGNISED = "mistake", "unrecognised"
KINDS = (RIGHT, MISTAKE, UNRECOGNISED, NOT_ATTEMPTED, ERROR)
BELIEF = re.compile(r"^\|(?P<belief>[^|]*)\|[^|]*\|(?P<checks>[^|]*“[^|]*)\|\s*\*"
                    r"(?P<section>[^|*]+)\*", re.MULTILINE)
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;
padding:0 1em;color-scheme:light dark}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3em .6em;border-top:1px solid #8886}
td:first-child{white-space:nowrap}progress{width:6em}small{opacity:.8}"""


@dataclass(frozen=True)
class Line:
    """How many answers to one exercise were of a kind, and where to read on.

    says:    what all of these were told, if it is a mistake that the check knows
    belief:  what one must believe to make it; dissolved: the section of the lesson, or
             of its worked solutions, that says why not"""

    exercise: str
    kind: str
    answers: int
    of: int
    says: str = ""
    belief: str = ""
    dissolved: str = ""


def class_table(rows: Iterable[Grade]) -> list[Line]:
    """Return the lines of all exercises, the most frequent mistake first."""
    found: dict[str, Counter] = defaultdict(Counter)
    for row in rows:
        if row.exercise:
            found[row.exercise][kind_of(row)] += 1
    lines = []
    for number, kinds in sorted(found.items()):
        for (kind, says), answers in sorted(kinds.items(), key=lambda item: (
                KINDS.index(item[0][0]), -item[1], item[0][1])):
            lines.append(Line(number, kind, answers, kinds.total(), says,
                              *(reading(number, says) if kind == MISTAKE else ())))
    return lines


def kind_of(row: Grade) -> tuple[str, str]:
    """Return of which kind an answer is, and the mistake's sentence if it has one.

    Numbers in it that are the answer's own are left out, so that the same mistake is
    the same sentence."""
    if row.state != WRONG:
        return row.state, ""
    if " raised " in row.message or "Or take a hint" in row.message:
        return UNRECOGNISED, ""
    known = {mistake.says for mistake in exercises.find(row.exercise).mistakes}
    return MISTAKE, row.message if row.message in known else re.sub(
        r"-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?", "…", row.message)


def reading(number: str, says: str) -> tuple[str, str]:
    """Return the belief behind a mistake and the section that dissolves it, as the
    teacher's pages say, or else no belief and the worked solution."""
    root = needed_checkout("The class table needs the lessons, and they")
    for page in sorted((root / "docs" / "teaching").glob(f"{number[:2]}_*.md")):
        text = page.read_text(encoding="utf-8").replace("\n", " \n")
        for match in BELIEF.finditer(text):
            said = re.findall(rf"{re.escape(number)} “([^”]+)”", match["checks"])
            if any(words in says for words in said):
                return (match["belief"].strip(),
                        f"lesson {number[:2]}, {match['section']}")
    path, = (root / "notebooks" / "solutions").glob(f"{number[:2]}_*.ipynb")
    heading = re.search(rf"^## ({re.escape(number)}.*)$", "\n".join(
        cell["source"] for cell in read(path)), re.MULTILINE)
    return "", f"solutions, {heading[1]}" if heading else f"solutions of {path.stem}"


def as_csv(rows: list, kind: type) -> str:
    """Return rows as a table that a spreadsheet opens, and takes nothing of for a
    formula."""
    into = io.StringIO()
    writer = csv.DictWriter(into, [field.name for field in fields(kind)])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"'{value}" if str(value)[:1] in tuple("=+-@\t\r")
                         else value for name, value in asdict(row).items()})
    return into.getvalue()


def page(lines: list[Line], rows: list[Grade]) -> str:
    """Return one page to look at, with the class's lines and what could not be graded.
    """
    parts = ["<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
             f"content='width=device-width'><title>The class</title><style>{STYLE}"
             "</style><h1>What the class got right, and what not</h1>"]
    for number in sorted({line.exercise for line in lines}):
        parts.append(f"<h2>{number}</h2><table><tr><th>answers<th>what<th>read")
        parts += [as_html(line) for line in lines if line.exercise == number]
        parts.append("</table>")
    parts += list(failures(rows))
    return "\n".join(parts) + "\n"


def as_html(line: Line) -> str:
    belief = f"<br><small>{html.escape(line.belief)}</small>" * bool(line.belief)
    return (f"<tr><td><progress max={line.of} value={line.answers}></progress> "
            f"{line.answers} of {line.of}<td>{line.kind}{': ' * bool(line.says)}"
            f"{html.escape(line.says)}{belief}<td>{html.escape(line.dissolved)}")


def failures(rows: list[Grade]) -> Iterator[str]:
    errors = [row for row in rows if row.state == ERROR]
    if errors:
        yield "<h2>Could not be graded</h2><ul>"
        yield from (f"<li>{html.escape(f'{row.student}, {row.notebook}')} "
                    f"{row.exercise}: {html.escape(row.message)}" for row in errors)
        yield "</ul>"

