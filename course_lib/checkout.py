"""The repository around this package, where there is one.

A checkout holds the notebooks, the docs and a place for downloads. A package that
pip installed has none of them, and what needs them says so. Nothing but the standard
library is imported: `python -m course_lib check` stands on this.
"""

import os
import sys
from pathlib import Path


class CheckoutMissing(Exception):
    """What was asked for works on files of the repository, and they are not here."""


def checkout() -> Path | None:
    """Return the folder of the repository that this package lies in, or None where it
    was installed elsewhere."""
    folder = Path(__file__).resolve().parents[1]
    parts = ("pyproject.toml", "notebooks/00_start_here.ipynb")
    return folder if all((folder / part).is_file() for part in parts) else None


def needed_checkout(purpose: str) -> Path:
    """Return the folder of the repository, for what cannot do without.

    Raises CheckoutMissing, in a sentence that begins with the purpose."""
    folder = checkout()
    if folder is None:
        raise CheckoutMissing(
            f"{purpose} is part of the course's repository, and this course_lib, in "
            f"{Path(__file__).parent}, was installed without it; clone the repository "
            f"and run the command there.")
    return folder


def cache_folder() -> Path:
    """Return the user's folder for what can be fetched again, of this course."""
    home = Path(os.path.expanduser("~"))
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        chosen = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(chosen) if os.path.isabs(chosen) else home / ".cache"
    return base / "conditional-generative-models"
