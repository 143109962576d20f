"""A process that runs a stranger's code is shut in, as far as its system allows.

Limits of time, memory and file size hold on every POSIX system. On Linux, where users
may make namespaces, the process also has no network, sees no other process, can write
in its own folder alone, finds the folders named empty, and whatever it starts ends
with it. Nothing is undone: a process enters once, and ends there.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
NEW_REST = 0x20000000 | 0x40000000 | 0x08000000        # processes, network, messages
PRIVATE, BIND = 0x4000 | 0x40000, 0x1000 | 0x4000      # each with all below it
SET_ATTRIBUTES, WHOLE_TREE, READ_ONLY = 442, 0x8000, 1
DIE_WITH_PARENT = 1
LARGEST_FILE = 100 * 2 ** 20


@contextlib.contextmanager
def at_most(gibibytes: float) -> Iterator[None]:
    """Let this process have no more memory meanwhile, so that no answer, however large,
    takes all that the machine has."""
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = int(gibibytes * 2 ** 30)
    resource.setrlimit(resource.RLIMIT_DATA, (
        limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def enter(folder: Path, hidden: list[Path], seconds: int, memory: int) -> bool:
    """Shut this process in `folder`; return whether namespaces hold it there, and not
    the limits alone.

    hidden:  folders that it finds empty
    seconds: of every processor, in case nobody ends it; memory: in bytes"""
    os.chdir(folder)
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    os.setsid()
    held = False
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            make_namespaces(folder, hidden)
            held = True
    for limit, value in ((resource.RLIMIT_CPU, seconds * (os.cpu_count() or 1)),
                         (resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, memory),
                         (resource.RLIMIT_FSIZE, LARGEST_FILE)):
        with contextlib.suppress(ValueError, OSError):       # a lower one is in force
            resource.setrlimit(limit, (value, value))
    return held


def make_namespaces(folder: Path, hidden: list[Path]) -> None:
    """Leave the system's network, processes and files; raises OSError where that is not
    allowed. What returns is a new process, the first of its namespace."""
    system = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *arguments) -> None:
        if getattr(system, name)(*arguments) != 0:
            raise OSError(ctypes.get_errno(), f"{name} is not allowed here")

    def set_read_only(path: Path, extent: int, switch: list[int]) -> None:
        attributes = (ctypes.c_uint64 * 4)(*switch, 0, 0)
        call("syscall", SET_ATTRIBUTES, -100, bytes(path), extent, attributes, 32)

    user, group = os.geteuid(), os.getegid()
    call("unshare", NEW_USER | NEW_MOUNTS | NEW_REST)
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        call("mount", None, b"/", None, PRIVATE, None)
        call("mount", bytes(folder), bytes(folder), None, BIND, None)
        for path in hidden:
            call("mount", b"none", bytes(path), b"tmpfs", 0, None)
        set_read_only(Path("/"), WHOLE_TREE, [READ_ONLY, 0])
        set_read_only(folder, 0, [0, READ_ONLY])
        os.chdir(folder)                           # the writable one, not what is below
        call("unshare", NEW_USER | NEW_MOUNTS)     # from here nobody can undo a mount
    finally:                                       # who has left may start no thread
        if first := os.fork():
            os.waitpid(first, 0)
            os._exit(0)
        call("prctl", DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
