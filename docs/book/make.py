"""The course as a book: its pages gathered in build/book/source, frames of the widgets
drawn, pages made by Sphinx in build/book/html, links followed. `make book` calls it;
`make lessons` calls it for the frames of what it has executed: `make.py --frames 04`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import nbformat
from links import faults
from widget import tagged, with_sliders

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "book"
FRAMES, SOURCE, HTML = BUILD / "extra" / "frames", BUILD / "source", BUILD / "html"
TEXTS = ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "data/README.md", "docs/*.md",
         "docs/teaching/*.md", "docs/*.png", "notebooks/*.md")
# what the book shows in another place than the repository
MOVED = ((r"\]\(notebooks/solutions\)", "](notebooks/solutions/index.md)"),
         (r"\]\((?:\.\./)*(course_lib[\w/]*?)(?:\.py|/)?\)",     # a module, by its name
          lambda found: f"]({found[1].replace('/', '.')})"))


def library() -> bytes:
    """Return a fingerprint of the sources on which the frames depend."""
    paths = [*sorted((ROOT / "course_lib").rglob("*.py")), HERE / "frames.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).digest()


def draw_frames(lesson: Path, sources: bytes) -> dict:
    """Return what is known of a lesson's widgets; draw them where they have changed."""
    cells = tagged(nbformat.read(lesson, as_version=4))
    if not any("widget" in cell.metadata.get("tags", []) for cell in cells):
        return {}
    text = "\0".join(cell.source for cell in cells).encode()
    mark = hashlib.sha256(sources + text).hexdigest()[:12]
    folder = FRAMES / f"{lesson.stem}-{mark}"
    if not folder.exists():
        print(f"Drawing the pictures of the widget of {lesson.name}.", flush=True)
        half_way = BUILD / f"{lesson.stem}.part"
        for old in (half_way, *BUILD.glob(f"*/frames/{lesson.stem}-*")):
            shutil.rmtree(old, ignore_errors=True)
        half_way.mkdir(parents=True)
        subprocess.run([sys.executable, HERE / "frames.py", lesson, half_way],
                       check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        FRAMES.mkdir(parents=True, exist_ok=True)
        half_way.rename(folder)
    found = json.loads((folder / "widgets.json").read_text(encoding="utf-8"))
    return {cell: known | {"base": f"frames/{folder.name}/{cell}"}
            for cell, known in found.items()}


def api_pages() -> dict[str, str]:
    """Return a page about every package, its modules one after the other."""
    pages = {}
    for init in sorted((ROOT / "course_lib").rglob("__init__.py")):
        modules = [path for path in sorted(init.parent.glob("*.py"))
                   if not path.stem.startswith("__")]
        names = [".".join(path.relative_to(ROOT).with_suffix("").parts)
                 for path in modules]
        package = ".".join(init.parent.relative_to(ROOT).parts)
        parts = [f"{package}\n{'=' * len(package)}\n\n.. automodule:: {package}\n"]
        parts += [f"{name.split('.')[-1]}\n{'-' * len(name)}\n\n"
                  f".. automodule:: {name}\n" for name in names]
        pages[f"api/{package}.rst"] = "\n".join(parts)
    return pages


def draw_all(number: str = "[0-9][0-9]") -> dict[Path, dict]:
    """Return what is known of the widgets of every notebook, or of a lesson's."""
    lessons = sorted(path for path in (ROOT / "notebooks").rglob(f"{number}_*.ipynb")
                     if ".ipynb_checkpoints" not in path.parts)
    sources = library()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(lessons, pool.map(lambda path: draw_frames(path, sources),
                                          lessons)))


def gather() -> dict[str, str | bytes]:
    """Return all pages of the book, by their place in it."""
    pages = api_pages()
    for path, known in draw_all().items():
        place = path.relative_to(ROOT)
        up = "../" * (len(place.parts) - 1)
        pages[place.as_posix()] = with_sliders(path, known, up)
    for path in sorted(path for text in TEXTS for path in ROOT.glob(text)):
        place = path.relative_to(ROOT).as_posix()
        pages[place] = path.read_bytes() if path.suffix != ".md" else moved(path)
    readme = moved(ROOT / "README.md")
    names = re.findall(r"\[(\d\d [^\]]+)\]\(notebooks/(\w+)\.ipynb\)", readme)
    pages["index.md"] = readme + "\n" + listing("contents.md", names, "notebooks/")
    pages["notebooks/solutions/index.md"] = listing("solutions.md", names)
    return pages


def listing(file: str, names: list[tuple[str, str]], folder: str = "") -> str:
    """Return a text of this folder with the lessons, each under its short name."""
    lessons = "\n".join(f"{title} <{folder}{place}>" for title, place in names)
    return (HERE / file).read_text(encoding="utf-8").replace("LESSONS", lessons)


def moved(path: Path) -> str:
    """Return a text with its links as they are in the book."""
    text = path.read_text(encoding="utf-8")
    for pattern, there in MOVED:
        text = re.sub(pattern, there, text)
    return text


def write(pages: dict[str, str | bytes]) -> None:
    """Make SOURCE hold these pages and no others, touching only what has changed."""
    for name, content in pages.items():
        path = SOURCE / name
        content = content.encode() if isinstance(content, str) else content
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in SOURCE.rglob("*"):
        if path.is_file() and path.relative_to(SOURCE).as_posix() not in pages:
            path.unlink()
            (HTML / path.relative_to(SOURCE)).with_suffix(".html").unlink(True)


def main() -> int:
    """Make the book and say what it took; return 1 if anything is wrong with it."""
    begin = perf_counter()
    try:
        if "--frames" in sys.argv:
            draw_all(*sys.argv[2:])
            return 0
        write(gather())
    except subprocess.CalledProcessError as error:
        print(f"The widget of {error.cmd[2]} could not be drawn: see above.")
        return 1
    if not (HTML / "searchindex.js").exists():     # the run before was interrupted
        shutil.rmtree(HTML, ignore_errors=True)
    drawn = perf_counter()
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q",
               "-j", "auto", "-c", HERE, "-d", BUILD / "doctrees", SOURCE, HTML]
    if subprocess.run(command, check=False).returncode:
        return 1
    for path in (ROOT / "course_lib").rglob("*.py"):        # what [source] leads to
        copy = HTML / path.relative_to(ROOT).with_suffix(".py.txt")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    wrong = faults(HTML)
    print("\n".join(wrong), end="\n" * bool(wrong))
    pages = len(list(HTML.rglob("*.html")))
    print(f"{pages} pages in {perf_counter() - begin:.0f} s, of which the widgets' "
          f"pictures {drawn - begin:.0f} s. Open {HTML / 'index.html'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
