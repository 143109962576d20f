"""A lesson in the real JupyterLab, driven as a reader would: run it, move its sliders.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from course_lib.commands.lessons import WITH_ALT_TEXT

ROOT = Path(__file__).resolve().parents[1]
LESSON = ROOT / "notebooks" / "00_start_here.ipynb"
TOKEN = "a-token-for-this-test"
PATIENCE = 180                              # seconds: two busy cores are slow
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},   # every cell is drawn
    "apputils-extension/notification": {"fetchNews": "false",
                                        "checkForUpdates": False},
}
NOTEBOOK_IS_READY = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.sessionContext && panel.sessionContext.session;
    return Boolean(session && panel.context.isReady && panel.sessionContext.isReady
        && session.kernel && session.kernel.status === 'idle');
}"""

# "[3]:" stands beside a cell that has run, "[*]:" beside one that waits for its turn.
FATE_OF_THE_REQUEST = """() => {
    const marks = [...document.querySelectorAll('.jp-InputPrompt')].map(
        prompt => prompt.innerText).join('');
    return /\\d/.test(marks) ? 'ran' : marks.includes('*') ? null : 'lost';
}"""

# Every cell with code in it has a number.
ALL_HAVE_RUN = """() => [...document.querySelectorAll('.jp-CodeCell')].every(
    cell => /\\d/.test(cell.querySelector('.jp-InputPrompt').innerText))"""

# The alt texts of all pictures, and whether the lesson's are all there.
ALT_TEXTS = """() => [...document.querySelectorAll('.jp-Notebook img')].map(
    picture => picture.alt)"""
ALL_PICTURES = f"count => ({ALT_TEXTS})().length >= count"

# Picture and alt text under the sliders, and whether they are others, or these.
PICTURE = """() => {
    const slider = document.querySelector('.noUi-handle');
    const picture = slider && slider.closest('.jp-CodeCell').querySelector(
        '.jp-OutputArea img');
    return picture && picture.complete && picture.naturalWidth
        ? picture.alt + picture.src : null;
}"""
ANOTHER_PICTURE = f"before => ![before, null].includes(({PICTURE})())"
THIS_PICTURE = f"picture => ({PICTURE})() === picture"


def chromium() -> str:
    """Return the path of the system's browser; skip the test where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is installed")
    return found


def as_stored(lesson: Path, folder: Path) -> tuple[str, int]:
    """Write a lesson with its pictures but without the numbers of its runs; return its
    name and how many pictures it has."""
    notebook = nbformat.read(lesson, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        cell.execution_count = None
    nbformat.write(notebook, folder / lesson.name)
    return lesson.name, sum("image/png" in output.get("data", {})
                            for cell in code for output in cell.outputs)


@contextmanager
def jupyterlab(folder: Path, home: Path):
    """Start JupyterLab on `folder`, with settings of its own; yield its address."""
    for name, value in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items()
                   if key != "MPLBACKEND"} | {
        "PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
               "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}",
               f"--IdentityProvider.token={TOKEN}",
               "--LabApp.expose_app_in_browser=True", *WITH_ALT_TEXT]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, server, home / "log")
        yield address
    finally:
        server.terminate()                  # it shuts its kernels down itself
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address: str, server: subprocess.Popen, log: Path):
    """Return once JupyterLab answers; fail with its last words if it never does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def page_of(address: str):
    """Open an address in a headless Chromium; yield the page."""
    from playwright import sync_api as playwright

    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(address)
            yield page
        except playwright.TimeoutError as error:
            seen = page.inner_text("body")[-3000:]
            pytest.fail(f"{error}\nThis was on the page:\n{seen}")
        finally:
            browser.close()


def run_all(page):
    """Choose Run All Cells in the menu, again if JupyterLab lost the first request.

    It does so while its kernel is still starting: the cells then wait for nothing."""
    page.wait_for_function(NOTEBOOK_IS_READY)
    said = "lost"
    while said == "lost":
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        page.wait_for_timeout(2000)
        said = page.wait_for_function(FATE_OF_THE_REQUEST).json_value()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """A lesson in JupyterLab after Run All, and the alt texts before and after."""
    chromium()
    folder, home = (tmp_path_factory.mktemp(name) for name in ("notebooks", "home"))
    name, pictures = as_stored(LESSON, folder)
    with jupyterlab(folder, home) as address, \
            page_of(f"{address}/lab/tree/{name}?token={TOKEN}") as page:
        page.wait_for_function(ALL_PICTURES, arg=pictures)
        stored = page.evaluate(ALT_TEXTS)
        assert len(stored) == pictures >= 5
        run_all(page)
        page.wait_for_function(ALL_HAVE_RUN)
        page.wait_for_function(PICTURE)
        page.wait_for_function(ALL_PICTURES, arg=pictures + 1)
        yield page, stored, page.evaluate(ALT_TEXTS)


def test_pictures_have_alt_text_as_stored_and_as_run_live(lesson):
    _, stored, live = lesson
    assert len(live) > len(stored) and all(stored) and all(live)


def test_each_slider_of_a_lesson_moves_its_picture_there_and_back(lesson):
    page = lesson[0]
    handles = page.locator(".noUi-handle")
    assert handles.count() == 3
    for slider in handles.all():
        slider.focus()
        seen = []
        for key in ("ArrowRight", "ArrowRight"):
            before = page.evaluate(PICTURE)
            slider.press(key)
            page.wait_for_function(ANOTHER_PICTURE, arg=before)
            seen.append(page.evaluate(PICTURE))
        slider.press("ArrowLeft")
        page.wait_for_function(THIS_PICTURE, arg=seen[0])
    errors = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    assert errors.count() == 0, errors.first.inner_text()
