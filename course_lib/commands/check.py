"""What this machine has for the course, and for all that is missing what to do.

Nothing but the standard library is imported at the top: this must answer where torch
is missing or broken. `python -m course_lib check` prints the report. Lesson 00.
"""

import importlib
import os
import platform
import shutil
import sys
import textwrap
import warnings
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course_lib.checkout import checkout

WIDTH = 80
OLDEST_PYTHON = (3, 11)
WIDGETS = "labextensions/@jupyter-widgets/jupyterlab-manager/package.json"


def from_here(path: Path) -> Path:
    """Return a path in the repository as it reads from there, any other as it is."""
    root = checkout()
    return path.relative_to(root) if root and path.is_relative_to(root) else path


PYTHON = from_here(Path(sys.executable))
PIP = f"{'python' if PYTHON.is_absolute() else PYTHON} -m pip install"
PAIR = f"{PIP} --force-reinstall torch torchvision"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `remedy` is None where nothing is amiss.

    needed: whether the lessons fail without it"""

    name: str
    text: str
    remedy: str | None = None
    needed: bool = False


def load(name: str):
    """Import a module by its name. Tests put another in its place."""
    return importlib.import_module(name)


def version(package: str) -> str | None:
    """Return the installed version of a package, without importing it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def install(package: str) -> str:
    """Return the command that brings a package: in the repository, with all others that
    the lessons need."""
    return f'{PIP} -e ".[lab]"' if checkout() else f"{PIP} {package}"


def absent(package: str) -> Finding:
    """Return what there is to say of a package that the lessons need."""
    return Finding(package, "not installed", f"Install it: {install(package)}",
                   needed=True)


def why(error: BaseException) -> str:
    """Return the first line of an error, short enough for a line of the report."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return textwrap.shorten(lines[0], 160, placeholder=" ...")


def check_python() -> Finding:
    found = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", found, "The course needs Python 3.11 or newer: "
                       "install one, remove .venv and set up again.", needed=True)
    return Finding("Python", found)


def check_torch() -> Finding:
    try:
        torch = load("torch")
    except ModuleNotFoundError:
        return absent("torch")
    except Exception as error:
        return Finding("torch", f"{version('torch')} does not load: {why(error)}",
                       f"Install torch and torchvision again: {PAIR}", needed=True)
    return Finding("torch", f"{torch.__version__}, {build(torch)}")


def build(torch) -> str:
    """Return for what this torch was built, in two words."""
    if torch.version.cuda:
        return f"CUDA {torch.version.cuda} build"
    return "ROCm build" if getattr(torch.version, "hip", None) else "CPU build"


def check_torchvision() -> Finding:
    """torchvision holds compiled operators, which fit one build of torch only."""
    found = version("torchvision")
    try:
        load("torchvision")
    except ModuleNotFoundError as error:
        if error.name == "torchvision":
            return absent("torchvision")
        return Finding("torchvision", f"does not load: {why(error)}",
                       "Set torch right first.", needed=True)
    except Exception as error:
        said = f"{found} does not load: {why(error)}"
        if "torchvision::nms" in str(error):
            said = (f"{found} and torch {version('torch')}, a {build(load('torch'))}, "
                    f"were built apart and cannot be loaded together: {why(error)}")
        return Finding("torchvision", said,
                       f"Install both again, from the same place: {PAIR}", needed=True)
    return Finding("torchvision", f"{found}, loads beside this torch")


def check_device() -> Finding:
    """The device that training takes by itself, and a graphics card left unused."""
    try:
        torch = load("torch")
    except Exception:
        return Finding("device", "unknown without torch")
    with warnings.catch_warnings(record=True) as said:     # of a driver that is too old
        warnings.simplefilter("always")
        if torch.cuda.is_available():
            gigabytes = torch.cuda.get_device_properties(0).total_memory / 1e9
            others = torch.cuda.device_count() - 1
            return Finding("device", f"cuda, {torch.cuda.get_device_name(0)}, "
                           f"{gigabytes:.0f} GB" + (f" (+ {others})" if others else ""))
    if torch.backends.mps.is_available():
        return Finding("device", "mps, the graphics cores of this Mac")
    found = f"cpu, {torch.get_num_threads()} threads"
    if not shutil.which("nvidia-smi"):
        return Finding("device", f"{found}; every lesson is made for it")
    reason = why(said[-1].message) if said else f"torch is a {build(torch)}"
    return Finding("device", f"{found}; there is an NVIDIA card, but {reason}",
                   "The lessons run without the card. To use it, install its current "
                   f"driver and a CUDA build of both packages: {PAIR}")


def check_machine() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") \
        else os.cpu_count()
    amount = memory()
    found = f"{cores} processor cores, " + (
        f"{amount:.1f} GB of memory" if amount else "memory unknown")
    if amount and amount < 2:
        return Finding("machine", found, "A lesson takes up to 1.5 GB: close other "
                       "programs, and shut down the kernel of a lesson you have left.")
    return Finding("machine", found)


def memory() -> float | None:
    """Return the memory of this machine, or of its container, in GB."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (AttributeError, ValueError, OSError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(total, int(text) / 1e9) if text.isdigit() else total


def check_package(name: str, purpose: str) -> Finding:
    found = version(name)
    return Finding(name, f"{found}, {purpose}") if found else absent(name)


def check_widgets() -> Finding:
    """ipywidgets speaks for the kernel; an extension of JupyterLab answers it."""
    found = check_package("ipywidgets", "moves the sliders")
    try:
        folders = load("jupyter_core.paths").jupyter_path()
    except ImportError:                             # of JupyterLab it is said already
        return found
    if found.remedy or any((Path(folder) / WIDGETS).exists() for folder in folders):
        return found
    return Finding(
        "ipywidgets", f"{version('ipywidgets')}, but JupyterLab lacks the extension "
        f"that answers it", f"Sliders would show as text: {PIP} --force-reinstall "
        "jupyterlab_widgets, then reload the page.", needed=True)


def check_fashion_mnist() -> Finding:
    remedy = ("Only the sections on real shirts need it. On Debian and Ubuntu: apt-get "
              "install dataset-fashion-mnist; elsewhere those sections download it "
              "once, or say that they could not.")
    try:
        folder = load("course_lib.datasets.fashion_mnist").find()
    except Exception as error:
        return Finding("real shirts", f"Fashion-MNIST cannot be read: {why(error)}",
                       remedy)
    if folder is None:
        return Finding("real shirts", "Fashion-MNIST is not on this machine", remedy)
    return Finding("real shirts", f"Fashion-MNIST, in {from_here(folder)}")


def findings() -> list[Finding]:
    """Return all that was looked at, in the order of the report."""
    return [check_python(), check_torch(), check_torchvision(), check_device(),
            check_machine(), check_package("jupyterlab", "opens the lessons"),
            check_widgets(), check_package("matplotlib", "draws the figures"),
            check_fashion_mnist(),
            check_package("scikit-learn", "holds 1,797 real digits"),
            check_package("scikit-image", "holds photographs")]


def report(found: list[Finding]) -> str:
    """Return the findings as aligned plain text, with a verdict as the last line."""
    column = max(len(finding.name) for finding in found) + 6
    lines = []
    for finding in found:
        mark = "ok" if finding.remedy is None else "!!" if finding.needed else "--"
        text = finding.text if finding.remedy is None else \
            f"{finding.text.rstrip('.')}. {finding.remedy}"
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=f"{mark}  {finding.name}".ljust(column),
            subsequent_indent=" " * column, break_on_hyphens=False,
            break_long_words=False)
    return "\n".join([*lines, "", verdict(found)])


def verdict(found: list[Finding]) -> str:
    broken = [finding.name for finding in found if finding.remedy and finding.needed]
    if broken:
        return f"The lessons need this first (!!): {', '.join(broken)}."
    if any(finding.remedy for finding in found):
        return "All lessons run. What is marked -- would add to them."
    return "All lessons run, with everything in them."


def check(arguments: list[str]) -> int:
    """Print the report; return 1 if something that the lessons need is amiss."""
    if arguments:
        print(f"check takes no arguments; it was given {' '.join(arguments)}.")
        return 2
    found = findings()
    print(report(found))
    return int(any(finding.remedy and finding.needed for finding in found))
