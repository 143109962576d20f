"""The book, opened from a file as a reader would: no server, no kernel, no network."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from test_browser import FLAGS, chromium

ROOT = Path(__file__).resolve().parents[1]
MAKE = ROOT / "docs" / "book" / "make.py"
HTML = ROOT / "build" / "book" / "html"
# What its widget draws is computed by cells that no widget can wait for.
COMPUTED = {"07_conditional_pixelcnn"}

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def book() -> Path:
    """Make the book, or bring it up to date; return its folder of pages."""
    for name in ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx-mathjax-offline"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install -e '.[book]'")
    made = subprocess.run([sys.executable, MAKE], capture_output=True, text=True)
    assert made.returncode == 0, (made.stdout + made.stderr)[-3000:]
    return HTML


@pytest.fixture(scope="module")
def browser():
    """Start a headless Chromium."""
    path = chromium()
    from playwright import sync_api as playwright
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def opened(browser, path: Path):
    """Return the page of a file, and the list of addresses that it asks for."""
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


def lessons(book: Path) -> list[Path]:
    return sorted((book / "notebooks").glob("[0-9]*.html"))


def test_a_lesson_opened_from_a_file_asks_for_nothing_outside(book, browser):
    page, asked = opened(browser, book / "notebooks" / "04_cgan.html")
    page.wait_for_selector("mjx-container svg")            # the formulas are set, too
    assert asked and [url for url in asked if not url.startswith("file:")] == []


def test_every_picture_of_a_lesson_is_there_and_has_its_alt_text(book, browser):
    for lesson in lessons(book):
        page, _ = opened(browser, lesson)
        pictures = page.eval_on_selector_all(".bd-article img", """all => all.map(
            image => [image.alt, image.naturalWidth, image.src.slice(0, 80)])""")
        assert [p for p in pictures if not p[0] or not p[1]] == [], lesson.name
        assert pictures, lesson.name
        page.close()


# The picture shown, the alt text it has, and the alt text that was stored for it.
SHOWN = """() => {
    const form = document.querySelector("form.frames");
    const image = form.querySelector("img");
    const known = JSON.parse(form.querySelector("script").textContent).frames;
    return [image.src, image.alt, known[image.src.split("/").pop().split(".")[0]]]
}"""


def test_arrow_keys_move_every_slider_and_the_picture_and_its_alt_text_follow(
        book, browser):
    for lesson in lessons(book):
        page, _ = opened(browser, lesson)
        seen = set()
        for slider in page.locator("form.frames input, form.frames select").all():
            before = page.evaluate(SHOWN)
            slider.press("ArrowRight")
            source, alt, stored = page.evaluate(SHOWN)
            assert source != before[0] and alt == stored, (lesson.name, source)
            page.wait_for_function("""() => {
                const image = document.querySelector("form.frames img");
                return image.complete && image.naturalWidth > 0}""")
            seen |= {before[1], alt}
        assert len(seen) != 1, lesson.name
        page.close()


def test_a_slider_says_its_value(book, browser):
    page, _ = opened(browser, book / "notebooks" / "05_cvae.html")
    slider = page.locator("form.frames input")
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0.05"
    assert page.locator("form.frames output").inner_text() == "0.05"


def test_every_widget_lives_in_the_book_but_those_that_are_named(book):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in lessons(book)}
    assert {name for name, text in pages.items() if "no-frames" in text} <= COMPUTED
    assert sum('form class="frames"' in text for text in pages.values()) >= 10


def test_the_pictures_of_all_widgets_take_less_than_12_megabytes(book):
    frames = list((book / "frames").rglob("*.webp"))
    assert len(frames) > 100 and sum(path.stat().st_size for path in frames) < 12e6


def test_search_finds_the_confetti(book, browser):
    page, _ = opened(browser, book / "search.html")
    page.goto(f"{(book / 'search.html').as_uri()}?q=confetti")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a",
                                      "all => all.map(link => link.href)")
    assert any("03_joint_structure" in link for link in found)


def test_a_solution_is_folded_away_until_it_is_asked_for(book, browser):
    page, _ = opened(browser, book / "notebooks" / "solutions" / "04_cgan.html")
    answers = page.locator("details.answer")
    code = answers.first.locator(".highlight").first
    assert answers.count() >= 3 and not code.is_visible()
    answers.first.locator("summary").click()
    assert code.is_visible()


def test_the_check_of_the_links_names_what_is_wrong(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(MAKE.parent)
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">1</a><a href="b.html#nowhere">2</a><a href="c.html">3'
        '</a><img src="b.html"><script src="https://elsewhere.org/x.js"></script>')
    (tmp_path / "b.html").write_text('<p id="there"></p>')
    assert importlib.import_module("links").faults(tmp_path) == [
        "a.html: the link b.html#nowhere leads nowhere.",
        "a.html: the link c.html leads nowhere.",
        "a.html: the picture b.html has no alt text.",
        "a.html: https://elsewhere.org/x.js is fetched from elsewhere."]
