"""Where data files live, and when they are taken for data.

A data set is looked for in the folder `data/` of the repository, or without one in
the user's cache folder (the environment variable COURSE_DATA names another), then where
the packages of Debian and Ubuntu put it, and is else fetched. Contents are checked
against their published SHA-256 before anything reads them, and a download is moved into
place only once all of it is verified: a truncated, damaged or half-written file is
never taken for data.
"""

import gzip
import hashlib
import os
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from course_lib.checkout import cache_folder, checkout
from course_lib.checks import check_type

SYSTEM_FOLDER = Path("/usr/share/datasets")
SECONDS_OF_SILENCE = 20.0


class DataUnavailable(Exception):
    """Data that is not here, or cannot be trusted; the message says what to do.

    A lesson catches it, shows the sentence and goes on without that section.
    """


def data_folder() -> Path:
    """Return the folder for data: COURSE_DATA if it is set, else `data/` of the
    repository, or the user's cache folder where there is no repository."""
    chosen = os.environ.get("COURSE_DATA")
    if chosen:
        return user_path("COURSE_DATA", chosen)
    repository = checkout()
    return repository / "data" if repository else cache_folder()


def user_path(name: str, path: str | os.PathLike[str]) -> Path:
    """Return a path that a user gave, `~` expanded where there is such a home.

    Raises TypeError, in a sentence, for what is no path."""
    check_type(name, path, str | os.PathLike,
               'a path, a string such as "~/pictures"')
    return Path(os.path.expanduser(path))


@dataclass(frozen=True)
class FileSet:
    """A data set that is kept in gzip files.

    title:     how messages call it
    folder:    the folder that holds its files, in any of the places
    checksums: file name -> SHA-256 of what the file holds once uncompressed, because
               packages of one and the same data differ in how they were compressed
    package:   the package of Debian and Ubuntu that installs it
    download:  download(empty folder) -> the folder below it that holds the files
    """

    title: str
    folder: str
    checksums: dict[str, str]
    package: str
    download: Callable[[Path], Path]

    def places(self) -> list[Path]:
        """Return the folders to look in, first one first."""
        return [data_folder() / self.folder, SYSTEM_FOLDER / self.folder]

    def find(self) -> Path | None:
        """Return the first place that has all the files, or None; nothing is fetched.

        Only `read` looks into the files."""
        for place in self.places():
            if all(os.path.isfile(place / name) for name in self.checksums):
                return place
        return None

    def read(self, name: str) -> bytes:
        """Return the verified, uncompressed contents of one of the files.

        Raises DataUnavailable if the file is damaged, or nowhere to be had."""
        place = self.find() or self.fetch()
        return read_verified(place / name, self.checksums[name])

    def fetch(self) -> Path:
        """Download the files, verify them, move them to the first place, return it.

        Raises DataUnavailable if there is no network or no place to write."""
        try:
            data_folder().mkdir(parents=True, exist_ok=True)
            workspace = TemporaryDirectory(prefix=".download-", dir=data_folder(),
                                           ignore_cleanup_errors=True)
        except OSError as error:
            raise self._unavailable(
                f"the data folder {data_folder()} cannot be written: {error.strerror}; "
                f"make it writable, or name another in COURSE_DATA") from error
        with workspace:
            return self._fetch_into(Path(workspace.name))

    def _fetch_into(self, workspace: Path) -> Path:
        try:
            with patience(SECONDS_OF_SILENCE):
                fetched = self.download(workspace)
            for name, sha256 in self.checksums.items():
                read_verified(fetched / name, sha256)
            home = self.places()[0]
            home.mkdir(exist_ok=True)
            for name in self.checksums:
                os.replace(fetched / name, home / name)
            return home
        except DataUnavailable as error:
            raise self._unavailable("what arrived is not the published data") from error
        # A library may say "no network" by any of these, torchvision by RuntimeError,
        # and its import fails by ImportError or RuntimeError on a mixed installation.
        except (OSError, RuntimeError, HTTPException, EOFError, ImportError) as error:
            raise self._unavailable(" ".join(str(error).split())) from error

    def _unavailable(self, reason: str) -> DataUnavailable:
        home, system = self.places()
        return DataUnavailable(
            f"{self.title} is neither in {home} nor in {system} and could not be "
            f"fetched ({reason}); install it with `sudo apt install {self.package}` on "
            f"Debian and Ubuntu, or connect to the network and run again, or put "
            f"{', '.join(self.checksums)} into {home}.")


def read_verified(path: Path, sha256: str) -> bytes:
    """Return what the gzip file holds, if that has the published SHA-256.

    Raises DataUnavailable, naming the file, what is wrong with it and what to do."""
    try:
        with gzip.open(path) as file:
            contents = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise damaged(path, f"cannot be unpacked ({error})") from error
    except OSError as error:
        raise DataUnavailable(f"{path} cannot be read ({error.strerror}); make it "
                              f"readable, or delete it.") from error
    found = hashlib.sha256(contents).hexdigest()
    if found != sha256:
        raise damaged(path, f"does not hold the published data (its contents have the "
                            f"SHA-256 {found[:12]}… instead of {sha256[:12]}…)")
    return contents


def damaged(path: Path, fault: str) -> DataUnavailable:
    """Return the error that says which file is damaged, how, and what to do."""
    return DataUnavailable(f"{path} {fault}; delete it, or reinstall the package that "
                           f"it came with, and run again: what is missing is looked "
                           f"for elsewhere and then fetched.")


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let no connection opened in the block stay silent for longer than `seconds`."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
