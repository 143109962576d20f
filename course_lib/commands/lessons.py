"""Lessons as files: open them in JupyterLab, execute them afresh, store them tidily."""

import argparse
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from course_lib.checkout import needed_checkout
from course_lib.commands import working_copy

FIRST = "00_start_here.ipynb"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python",
          "name": "python3"}
CELL_SECONDS = 600

# Pictures get their alt text, on the page and in what is exported from it.
JUPYTER = Path(__file__).parents[1] / "teaching" / "jupyter"
WITH_ALT_TEXT = (
    f"--LabApp.extra_labextensions_path={JUPYTER / 'share/jupyter/labextensions'}",
    "--HTMLExporter.preprocessors=course_lib.commands.export.with_alt_text")


def repository() -> Path:
    """Return the folder around the notebooks, or raise CheckoutMissing."""
    return needed_checkout("The folder of notebooks")


def find(number: str = "*") -> list[Path]:
    """Return the notebooks of a lesson ("01"), or of all: the lesson, its solution, and
    what goes further.

    Raises ValueError where there is none."""
    folder = repository() / "notebooks"
    paths = [path for place in (".", "solutions", "further")
             for path in sorted((folder / place).glob(f"{number}_*.ipynb"))]
    if not paths:
        raise ValueError(f"There is no lesson {number}; give two digits, such as 01.")
    return sorted(paths, key=lambda path: path.name[:2])


def lab_command(folder: str, extra: list[str]) -> list[str]:
    """Return the command that opens JupyterLab on the first lesson in `folder`.

    Without a screen no browser is started and the address is printed; as root,
    which JupyterLab refuses unless told, it is told. `extra` goes to JupyterLab."""
    root = repository()
    if find_spec("jupyterlab") is None:
        raise ModuleNotFoundError("No module named 'jupyterlab'", name="jupyterlab")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}",
               f"--LabApp.default_url=/lab/tree/{folder}/{FIRST}", *WITH_ALT_TEXT]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not screen:
        command.append("--no-browser")
    return command + extra


def folder_to_open(edit: bool) -> str:
    """Return "work", the copy to work in, brought up to date; or "notebooks" for those
    who `edit` the lessons themselves, and where no copy can be written."""
    root = repository()
    if edit:
        return "notebooks"
    try:
        for sentence in working_copy.renew(root / "notebooks", root / "work"):
            print(sentence)
    except OSError as error:
        print(f"{root / 'work'} cannot be written ({error.strerror}), so the lessons "
              f"are opened where they lie, in notebooks/.")
        return "notebooks"
    return "work"


def lab(arguments: list[str]) -> int:
    """Open the course in JupyterLab and stay until it is shut down."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib lab", allow_abbrev=False,
        description="Open a copy of the lessons, work/, in JupyterLab; whatever else "
                    "is given goes to JupyterLab.")
    parser.add_argument("--edit", action="store_true",
                        help="open the lessons themselves, in notebooks/")
    options, extra = parser.parse_known_args(arguments)
    command = lab_command(folder_to_open(options.edit), extra)
    if os.name == "posix":
        os.execv(command[0], command)       # Ctrl-C then reaches JupyterLab alone
    return subprocess.run(command, check=False).returncode


def chosen(arguments: list[str], command: str, description: str) -> list[Path]:
    """Return the notebooks of the lesson that a command is given, or of all; where
    there is none, end with a sentence."""
    parser = argparse.ArgumentParser(prog=f"python -m course_lib {command}",
                                     description=description)
    parser.add_argument("lesson", nargs="?", default="*", metavar="NN",
                        help="the two digits of one lesson; all without")
    try:
        return find(parser.parse_args(arguments).lesson)
    except ValueError as error:
        parser.error(str(error))


def lessons(arguments: list[str]) -> int:
    """Execute and store the notebooks of one lesson, or of all; say what each took."""
    paths = chosen(arguments, "lessons",
                   "Execute the notebooks from fresh kernels and store them.")
    failures = 0
    for path in paths:
        name = str(path.relative_to(repository()))
        try:
            print(f"{name:52}", end="", flush=True)
            print(store(path))
        except Exception as error:              # a kernel can fail in many ways
            failures += 1
            print(f"failed; the stored notebook is left as it was.\n{error}")
    return 1 if failures else 0


def store(path: Path) -> str:
    """Execute the notebook at `path` in a fresh kernel and write it back, whole; return
    what that took.

    An error in a cell, a cell of more than 600 s or a dying kernel raises what
    nbclient raises, and the file stays as it was."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)      # those of the execution before
    took = execute(notebook, path)
    working_copy.put(path, text_of(tidy(notebook)).encode())
    return took


def execute(notebook, path: Path) -> str:
    """Run all cells of `notebook` in place, from a fresh kernel in its own folder, and
    return one line, for people, about what that took."""
    from nbclient import NotebookClient

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")   # our kernel, not ~'s
    started, seconds, memory = {}, {}, ""

    def begin(cell, cell_index):
        started[cell_index] = perf_counter()

    def end(cell, cell_index, execute_reply):
        nonlocal memory
        seconds[cell_index] = perf_counter() - started[cell_index]
        memory = peak_memory(client.km.provisioner.pid) or memory

    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}}, record_timing=False,
        extra_arguments=["--log-level=50"], coalesce_streams=True,
        on_cell_start=begin, on_cell_executed=end)
    begin_all = perf_counter()
    client.execute(env={**os.environ, "COURSE_KEEP": "no"})    # what is stored is live
    slowest = max(seconds, key=seconds.get, default=0)
    return (f"{perf_counter() - begin_all:5.0f} s, slowest cell "
            f"{seconds.get(slowest, 0.0):.0f} s (number {slowest}){memory}")


def peak_memory(process: int) -> str:
    """Return the most memory that a process ever held, nothing off Linux."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return ""
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    return f", {int(peak[1]) / 1e6:.2f} GB" if peak else ""


def tidy(notebook):
    """Keep of the metadata what a reader needs; return the notebook.

    Dates, versions of Python and folded cells differ from machine to machine, and
    would make two executions of one notebook look like two notebooks."""
    notebook.metadata = {key: value for key, value in notebook.metadata.items()
                         if key == "widgets"}
    notebook.metadata["kernelspec"] = KERNEL
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = {key: value for key, value in cell.metadata.items()
                         if key in ("tags", "jupyter", "slideshow")}
    return notebook


def text_of(notebook) -> str:
    """Return the notebook as text, its widgets counted instead of named at random."""
    import nbformat

    text = nbformat.writes(notebook)
    for view in notebook.metadata.get("widgets", {}).values():
        for number, name in enumerate(view.get("state", {})):
            text = text.replace(name, f"{number:032x}")
    return nbformat.writes(nbformat.reads(text, as_version=4)).rstrip() + "\n"
