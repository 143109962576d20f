"""A lesson in the real JupyterLab, driven as a reader would: run it, move a slider."""

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

ROOT = Path(__file__).resolve().parents[1]
LESSON = ROOT / "notebooks" / "01_point_prediction.ipynb"
TOKEN = "a-token-for-this-test"
PATIENCE = 180                              # seconds: two busy cores are slow
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage"]
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

# The picture of the cell that holds the first slider, and whether it is another one.
PICTURE = """() => {
    const slider = document.querySelector('.noUi-handle');
    const picture = slider && slider.closest('.jp-CodeCell').querySelector(
        '.jp-OutputArea img');
    return picture && picture.complete && picture.naturalWidth ? picture.src : null;
}"""
ANOTHER_PICTURE = f"""before => {{
    const now = ({PICTURE})();
    return now && now !== before;
}}"""


def chromium() -> str:
    """Return the path of the system's browser; skip the test where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is installed")
    return found


def excerpt(lesson: Path, folder: Path) -> str:
    """Write the set-up cell, the first widget and what it needs; return the name.

    Nothing is trained: a lesson tags with `widget-needs` what its widget builds on."""
    notebook = nbformat.read(lesson, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tags = [set(cell.metadata.get("tags", [])) for cell in code]
    widget = next((i for i, tag in enumerate(tags) if "widget" in tag), None)
    assert widget is not None, f"no cell of {lesson.name} carries the tag widget"
    wanted = [cell for i, cell in enumerate(code[:widget + 1])
              if i in (0, widget) or tags[i] & {"widget-needs", "parameters"}]
    for cell in wanted:
        cell.outputs, cell.execution_count = [], None
    notebook.cells = wanted
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, folder / lesson.name)
    return lesson.name


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
               "--LabApp.expose_app_in_browser=True"]
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


@pytest.mark.browser
@pytest.mark.slow
def test_moving_a_slider_of_a_lesson_changes_its_picture(tmp_path):
    chromium()
    folder, home = tmp_path / "notebooks", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    name = excerpt(LESSON, folder)
    with jupyterlab(folder, home) as address, \
            page_of(f"{address}/lab/tree/{name}?token={TOKEN}") as page:
        run_all(page)
        picture = page.wait_for_function(PICTURE).json_value()
        slider = page.locator(".noUi-handle").first
        slider.focus()
        for _ in range(3):
            slider.press("ArrowRight")
        page.wait_for_function(ANOTHER_PICTURE, arg=picture)
        after = page.evaluate(PICTURE)
        errors = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
        assert picture.startswith("data:image/png") and after != picture
        assert errors.count() == 0, errors.first.inner_text()
