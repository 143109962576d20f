"""Facts about the pages for teachers: parts, sums, and what they point at."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from course_lib.datasets import TShirts
from course_lib.scoring import baselines
from course_lib.teaching import exercises

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "teaching"
PAGES = sorted(FOLDER.glob("[0-9][0-9]_*.md"))
PARTS = ["Plan", "Predict first", "Misconceptions", "Exit quiz"]
TIME = re.compile(r"\*\*Time:\*\* .+? to study, (?:about )?(.+?) minutes? to compute")
NUMBERS = {"half a": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
POINTER = re.compile(r"(?<![*\w])\*([^*\s][^*]*?)\*(?![*\w])")
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def part(page: Path, name: str) -> str:
    """Return what stands under a heading of a page."""
    return re.split(r"^## ", text_of(page).split(f"\n## {name}\n")[1], flags=re.M)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


@cache
def prose(stem: str) -> str:
    """Return the Markdown of a lesson."""
    cells = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def headings(stem: str) -> set[str]:
    return set(re.findall(r"^#{1,4} (.+)$", prose(stem), re.MULTILINE))


def pointed_at(text: str) -> list[str]:
    """Return the headings that a text names, in italics."""
    return [" ".join(name.split()) for name in POINTER.findall(text)]


def lessons_in(text: str) -> list[str]:
    return re.findall(r"\b\d\d\b", text)


def test_every_lesson_has_a_page():
    assert [page.stem for page in PAGES] == [
        path.stem for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]


@every_page
def test_a_page_has_its_parts_in_order_and_names_its_lesson(page):
    found = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
    assert found[:4] == PARTS
    assert len(found) == 4 + (page.stem[:2] in ("03", "07", "11"))       # a wrap-up
    question = re.search(r"^# (.+)$", prose(page.stem), re.MULTILINE)[1]
    assert f"[{question}](../../notebooks/{page.stem}.ipynb)" in text_of(page)


@every_page
def test_what_a_page_points_at_is_a_heading_of_its_lesson(page):
    found = pointed_at(text_of(page))
    assert len(found) > 15
    assert set(found) <= headings(page.stem)


@every_page
def test_a_plan_fills_90_and_45_minutes_and_leaves_time_to_compute(page):
    minutes = [[int(cell or 0) for cell in row[2:]]
               for row in rows(part(page, "Plan"))]
    talk, compute, exercise, short = map(sum, zip(*minutes))
    assert (talk + compute + exercise, short) == (90, 45)
    assert all(row[-1] <= sum(row[:-1]) for row in minutes)
    assert compute >= NUMBERS[TIME.search(prose(page.stem))[1]]
    for start in ("Start before talking", "Leave out for 90", "Leave out for 45"):
        assert f"- **{start}:**" in part(page, "Plan")


@every_page
def test_each_question_to_predict_has_an_answer_and_a_cell_that_gives_it(page):
    questions = re.split(r"^\d\. ", part(page, "Predict first"), flags=re.M)[1:]
    assert 3 <= len(questions) <= 5
    for question in questions:
        assert re.match(r"\*\*.+\?\*\* .+ \*[^*]+\*$", " ".join(question.split()))


@every_page
def test_a_misconception_is_dissolved_by_a_cell_and_quotes_its_check_truly(page):
    table = rows(part(page, "Misconceptions"))
    assert len(table) >= 5 and {len(row) for row in table} == {4}
    for *_, says, cell in table:
        assert pointed_at(cell)
        for quotation in filter(None, says.split("”; ")):
            number, words = re.fullmatch(r"(\d\d\.\d) “([^”]+)”?", quotation).groups()
            assert any(words in mistake.says
                       for mistake in exercises.find(number).mistakes), words


@every_page
def test_a_quiz_has_four_questions_one_right_option_and_reasons(page):
    questions = re.split(r"^\d\. ", part(page, "Exit quiz"), flags=re.M)[1:]
    assert len(questions) == 4
    places = []
    for question in questions:
        options = [" ".join(option.split())
                   for option in re.split(r"^   - ", question, flags=re.M)[1:]]
        verdicts = [re.search(r"\*\*(Yes|No)[:.]\*\* \S.+", option)[1]
                    for option in options]
        assert len(options) >= 3 and verdicts.count("Yes") == 1
        places.append(verdicts.index("Yes"))
    assert len(set(places)) > 1                          # not always the same place


def needed() -> dict[str, tuple[list[str], list[str]]]:
    """Return what each lesson needs, and what helps, as the table says."""
    table = rows(text_of(FOLDER / "README.md").split("\n\n```")[0])
    return {row[0][1:3]: (lessons_in(row[2]), lessons_in(row[3])) for row in table}


@every_page
def test_a_lesson_needs_what_its_first_cell_names(page):
    before = re.search(r"\*\*Before:\*\*(.+)", prose(page.stem))[1]
    named = set(re.findall(r"\((\d\d)_\w+\.ipynb\)", before))
    for first, last in re.findall(r"\[(\d\d)\]\(\S+\) to \[(\d\d)\]", before):
        named |= {f"{i:02}" for i in range(int(first), int(last))}
    needs, helps = needed()[page.stem[:2]]
    assert set(needs + helps) == named


@pytest.mark.parametrize("name", ["One day", "Six weeks", "Twelve weeks"])
def test_a_syllabus_takes_no_lesson_before_those_that_it_needs(name):
    text = text_of(FOLDER / "README.md").split(f"**{name}**")[1].split("**")[0]
    taken: list[str] = []
    for row in rows(text.split("## Exam")[0]):
        for lesson in lessons_in(row[1]):
            assert set(needed()[lesson][0]) <= set(taken), lesson
            taken.append(lesson)
    assert len(taken) == len(set(taken)) >= 6


def test_one_day_is_six_hours_at_the_table():
    text = text_of(FOLDER / "README.md").split("**One day**")[1].split("**Six")[0]
    assert sum(int(row[2]) for row in rows(text)) == 6 * 60


def test_the_rubric_gives_all_points_to_the_truth_and_half_to_a_fair_coin():
    block = re.search(r"```python\n(.+?)```", text_of(FOLDER / "projects.md"), re.S)[1]
    world = TShirts(size=16)
    models = {"truth": world.truth, **baselines(world)}
    given = {}
    for name, model in models.items():
        space = {"model": model, "world": world}
        exec(block.replace("\npoints(score(model, world",
                           "\ngiven = points(score(model, world, examples=64"), space)
        given[name] = space["given"]
    assert given == {"truth": 8, "always one half": 4, "always the majority": 2,
                     "always grey": 0, "independent pixels": 0}
