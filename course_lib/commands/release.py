"""Write an edition of the lessons for students: without solutions, or for nbgrader.

    python -m course_lib release edition/
    python -m course_lib release course/ --lesson 01 --nbgrader
"""

import argparse
import copy
import json
import re
import shutil
import tempfile
from pathlib import Path

from course_lib.checkout import needed_checkout
from course_lib.classroom.cells import checks, names_in, read, statements, understand
from course_lib.classroom.grading import handed_in
from course_lib.commands.lessons import find
from course_lib.commands.working_copy import put

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^):#]+)(?:#[^)]*)?\)")
TO_SOLUTIONS = re.compile(r" ?[^.\n]*\]\((?:\.\./)?solutions/[^)]*\)[^.\n]*\.")
STUB = "# Put your answer in place of the ... above."
CONFIG = f"""# What nbgrader puts in the place of a solution; the ... above it stays.
c = get_config()
c.ClearSolutions.code_stub = {{"python": "{STUB}"}}
c.Execute.timeout = 600            # seconds for a cell, some of which train
"""


def main(arguments: list[str]) -> int:
    """Write the edition that is asked for, and say how much it is."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib release",
        description="Write an edition of the lessons for students, without solutions.")
    parser.add_argument("folder", type=Path, help="a new one, or one that is empty")
    parser.add_argument("--lesson", default="", metavar="NN", help="one alone")
    parser.add_argument("--nbgrader", action="store_true",
                        help="a course folder for nbgrader, whose sources hold the "
                             "solutions until it takes them out")
    chosen = parser.parse_args(arguments)
    try:
        written = write(chosen.folder, chosen.lesson, chosen.nbgrader)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"{len(written)} files are in {chosen.folder}.")
    return 0


def write(into: Path, lesson: str = "", nbgrader: bool = False) -> list[Path]:
    """Write an edition of one lesson, or of all, into a folder; return its files.

    Raises ValueError where there is no such lesson, or something is in the folder: all
    of it is written or nothing is."""
    notebooks = needed_checkout("An edition for students") / "notebooks"
    lessons = [path for path in find(lesson or "[0-9][0-9]")
               if path.parent == notebooks]
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ValueError(f"{into} is there, and not empty; name another folder.")
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".release-") as place:
        whole = Path(place) / "edition"
        if nbgrader:
            write_for_nbgrader(lessons, whole)
        else:
            write_for_students(lessons, notebooks, whole, further=not lesson)
        if into.exists():
            into.rmdir()
        shutil.move(whole, into)
    return sorted(path for path in into.rglob("*") if path.is_file())


def write_for_students(lessons: list[Path], notebooks: Path, into: Path,
                       further: bool) -> None:
    """Write the lessons, the notation and, if `further`, what goes further."""
    paths = [*lessons, notebooks / "notation.md"]
    paths += sorted((notebooks / "further").glob("*.ipynb")) * further
    names = {path.relative_to(notebooks) for path in paths}
    for path in paths:
        name = path.relative_to(notebooks)
        text = path.read_text(encoding="utf-8")
        put(into / name, as_bytes(for_students(json.loads(text), name, names))
            if path.suffix == ".ipynb" else with_links(text, name, names).encode())


def for_students(notebook: dict, name: Path, names: set[Path]) -> dict:
    """Return a notebook whose checks have said nothing yet, and whose links lead to
    files of the edition alone."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = with_links(TO_SOLUTIONS.sub("", source), name, names)
            cell["source"] = source.splitlines(keepends=True)
        elif any(any(checks(one.source)) for one in statements(0, source)):
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def with_links(text: str, name: Path, names: set[Path]) -> str:
    """Return a text in which links to files that are not among the names are plain."""
    def kept(link: re.Match) -> str:
        target = (Path("/") / name.parent / link[2]).resolve().relative_to("/")
        return link[0] if target in names else link[1]
    return LINK.sub(kept, text)


def write_for_nbgrader(lessons: list[Path], into: Path) -> None:
    """Write a course folder for nbgrader: an assignment for each lesson."""
    put(into / "nbgrader_config.py", CONFIG.encode())
    for path in lessons:
        solved = path.parent / "solutions" / path.name
        notebook = for_nbgrader(json.loads(path.read_text(encoding="utf-8")), solved)
        put(into / "source" / f"lesson{path.name[:2]}" / path.name, as_bytes(notebook))


def for_nbgrader(notebook: dict, solved: Path) -> dict:
    """Return a notebook with a point for each exercise: its answer's cell holds the
    solution between marks, its check raises unless the answer is right."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        cell["outputs"], cell["execution_count"] = [], None
        cell["source"] = "".join(cell["source"])
    known, solution = understand(code), understand(read(solved))
    for one in known:
        for number, answer in checks(one.source):
            stub = max(other.place for other in known
                       if other.place < one.place and other.gives & names_in(answer))
            chosen, given = handed_in(number, answer, solution)
            right = [*{step.place: step.cell.rstrip() for step in chosen}.values()]
            right += [f"{answer} = {given}"] * (given != answer)
            code[stub]["source"] += "\n".join(
                ["", "### BEGIN SOLUTION", *right, "### END SOLUTION"])
            code[one.place]["source"] = "\n".join([
                f'verdict = exercises.check("{number}", {answer})', "display(verdict)",
                "assert verdict.right, verdict.message"])
            ident = number.replace(".", "-")
            mark(code[stub], f"answer-{ident}", solution=True)
            mark(code[one.place], f"check-{ident}", solution=False)
    return notebook


def mark(cell: dict, ident: str, solution: bool) -> None:
    """Say in nbgrader's words that a cell is to be answered, or is worth a point."""
    cell["metadata"] = {**copy.deepcopy(cell["metadata"]), "nbgrader": {
        "schema_version": 3, "grade_id": ident, "solution": solution,
        "grade": not solution, "locked": not solution, "task": False,
        **({} if solution else {"points": 1}), "cell_type": "code"}}


def as_bytes(notebook: dict) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
