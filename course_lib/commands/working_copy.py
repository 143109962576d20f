"""A copy of the lessons to work in, so that an update meets no file that was changed.

What a reader wrote is never touched. A lesson that they left as it was is renewed when
a new edition comes; beside one that they changed the new edition is put, under a name
of its own. A record in the folder says which edition each file was copied from.
"""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path

RECORD = ".editions.json"


def renew(lessons: Path, work: Path) -> list[str]:
    """Bring the folder `work` up to the editions in `lessons`; both may have folders
    in them.

    Returns a sentence for each lesson whose new edition was put beside the reader's.
    Raises what the system raises where `work` cannot be written; every file is whole
    even then."""
    editions, said = read_record(work), []
    for source in sorted([*lessons.rglob("*.ipynb"), *lessons.rglob("*.md")]):
        if ".ipynb_checkpoints" in source.parts:
            continue
        name, edition = source.relative_to(lessons), digest(source)
        place = where_due(work / name, edition, editions, work)
        if place is None:
            continue
        put(place, source.read_bytes())
        editions[place.relative_to(work).as_posix()] = edition
        if place.name != name.name:
            said.append(f"{name.as_posix()} has a new edition: yours is kept as it is, "
                        f"and the new one is {place.name}, beside it.")
    put(work / RECORD, json.dumps(editions, indent=1).encode())
    return said


def where_due(own: Path, edition: str, editions: dict[str, str],
              work: Path) -> Path | None:
    """Return the path at which this edition of the lesson `own` is due, or None where
    the reader has it already."""
    for place in places(own):
        copied = editions.get(place.relative_to(work).as_posix())
        if copied == edition and (place.exists() or place != own):
            return None                 # a new edition that was deleted stays away
        if not place.exists() or digest(place) in (copied, edition):
            return place                # there is none, or nobody has written in it
    raise AssertionError("There is always another name.")


def places(own: Path) -> Iterator[Path]:
    """Yield the names that a lesson's editions may have, its own first."""
    yield own
    for n in count(2):
        yield own.with_name(f"{own.stem}-edition-{n}{own.suffix}")


def digest(path: Path) -> str:
    """Return what tells the contents of one file from those of another."""
    return sha256(path.read_bytes()).hexdigest()


def put(place: Path, contents: bytes) -> None:
    """Write a file so that `place` has all of it or is left as it was."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half_way = place.with_name(f".{place.name}.part")
    try:
        half_way.write_bytes(contents)
        os.replace(half_way, place)
    finally:
        half_way.unlink(missing_ok=True)


def read_record(work: Path) -> dict[str, str]:
    """Return the edition from which each file was copied; a record that is damaged
    counts as none, so that every file that differs is taken for the reader's."""
    try:
        editions = json.loads((work / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return editions if isinstance(editions, dict) else {}
