"""The process in which a submission's cells run; what it says is for others to judge.

It is forked off a server that has loaded torch and the figures, and has never run a
stranger's code nor seen a solution.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch

from course_lib.classroom import sandbox
from course_lib.classroom.link import LONGEST_WORD, Link, Stopped

LOADED = ("course_lib.classroom.answering", "course_lib", "course_lib.datasets",
          "course_lib.teaching.figures", "course_lib.teaching.widgets")
KEPT = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")
SECONDS_TO_BEGIN = 120             # torch may have to be loaded from a slow disk
EXERCISES = "course_lib.teaching.exercises"


@dataclass(frozen=True)
class Task:
    """What one process is to do.

    cells:   the places and sources to run, and `answer`, the expression asked for
    inside:  the exercise's number if it must be checked there, on a network that
             cannot be sent
    folder:  the only one that it may write in; hidden: those that it finds empty
    seconds: of time; memory: in bytes"""

    cells: list[tuple[int, str]]
    answer: str
    inside: str
    folder: Path
    hidden: list[Path]
    seconds: int
    memory: int


@contextlib.contextmanager
def begun(task: Task) -> Iterator[Link]:
    """Begin the process of a task, lend the link to it, and end all that it began.

    Its time begins once it is shut in; raises Stopped where that fails."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, task), daemon=True)
    process.start()
    theirs.close()
    link = Link(ours, time.monotonic() + SECONDS_TO_BEGIN)

    def end() -> None:
        for kill in (lambda: os.killpg(process.pid, signal.SIGKILL), process.kill):
            with contextlib.suppress(OSError):
                kill()

    # Half a message would keep us waiting beyond the deadline; its end does not.
    watch = threading.Timer(task.seconds + 1, end)
    try:
        link.held = link.receive()[1]
        link.deadline = time.monotonic() + task.seconds
        watch.start()
        yield link
    finally:
        watch.cancel()
        end()
        process.join()
        ours.close()


def work(connection: Connection, task: Task) -> None:
    """Run the cells of a task, show their answer, and answer calls of it until killed.
    """
    quiet(connection.fileno())
    torch.set_num_threads(1)           # two threads on busy cores wait for each other
    link = Link(connection, trusting=True)
    link.send("held", sandbox.enter(task.folder, task.hidden, task.seconds,
                                    task.memory))
    check = withdraw_exercises(task.inside)
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    space = {"__name__": "__main__", "display": lambda *things, **options: None}
    try:
        for place, source in task.cells:
            where = f"Cell {place}"
            exec(compile(source, where, "exec"), space)
        where = "What is handed in"
        value = eval(task.answer, space)
        if task.inside:
            verdict = check(value)
            link.send("verdict", [verdict.state, verdict.message])
        else:
            link.send("answer", value)
    except Stopped:
        os._exit(1)
    except BaseException as error:
        said = f"{where} raised {type(error).__name__}: {error}"
        link.send("failed", said[:LONGEST_WORD].rstrip(": ."))
    with contextlib.suppress(Stopped):
        while True:
            link.receive()
    os._exit(0)


def quiet(connection: int) -> None:
    """Let what is printed go nowhere, and close all that was inherited open."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.closerange(3, connection)
    os.closerange(connection + 1, 4096)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, COURSE_KEEP="no", MPLBACKEND="agg")


def withdraw_exercises(inside: str) -> Callable | None:
    """Put a module without solutions in the place of the exercises; return the check of
    the exercise that must be made inside, if one must."""
    check = None
    if inside:
        from course_lib.teaching import exercises
        check = exercises.find(inside).check
    empty = types.ModuleType(EXERCISES)
    empty.check = empty.hint = lambda number, answer=None: None
    for name in [name for name in sys.modules if name.startswith(EXERCISES)]:
        del sys.modules[name]
    sys.modules[EXERCISES] = empty
    import course_lib.teaching
    course_lib.teaching.exercises = empty
    return check
