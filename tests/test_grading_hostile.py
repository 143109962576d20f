"""Facts about submissions that attack the grading: each costs its student one sentence,
and gets no point, changes no file and leaves no process behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_lib.classroom import grading
from course_lib.classroom.grading import ERROR, Limits
from course_lib.classroom.sandbox import at_most

CHECK = 'exercises.check("00.1", answer)'
IMPORT = "from course_lib.teaching import exercises"
LIMITS = Limits(seconds=20, memory=3)


@pytest.fixture
def rows(tmp_path):
    """Return a function that hands cells in and gives the rows of exercise 00.1, or the
    one row of a notebook that was not graded."""
    def graded(*cells: str, limits: Limits = LIMITS, lesson: str = "") -> list:
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / "x.ipynb").write_text(json.dumps({"cells": [
            {"cell_type": "code", "source": cell} for cell in cells]}))
        return [row for row in grading.grade(tmp_path / "in", limits, lesson)
                if row.exercise in ("", "00.1")]
    yield graded


@pytest.fixture(autouse=True)
def only_one_exercise(monkeypatch):
    """Ask for the first exercise alone, as each costs a process."""
    whole = grading.asked
    monkeypatch.setattr(grading, "asked",
                        lambda lesson: dict([*whole(lesson).items()][:1]))


def test_the_answer_that_all_others_here_pretend_to_is_right(rows):
    row, = rows("answer = 2048", CHECK)
    assert row.state == "right" and row.points == 1 and row.message


def test_an_honest_answer_may_write_a_temporary_file(rows):
    row, = rows("import os, tempfile", "folder = os.path.dirname(tempfile.mkdtemp())",
                "answer = 2048 if folder == os.getcwd() else 0", CHECK)
    assert row.state == "right"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}',
                                  '{"cells": [{"source": [1]}]}', "\0", "[" * 9999])
def test_a_damaged_notebook(rows, tmp_path, text):
    rows("answer = 2048", CHECK)
    (tmp_path / "in" / "x.ipynb").write_text(text)
    row, = grading.grade(tmp_path / "in", LIMITS)
    assert row.state == ERROR and row.points == 0 and "is damaged" in row.message


def test_a_notebook_of_another_lesson_or_of_none(rows):
    row, = rows("a = 3", CHECK, lesson="01")
    assert row.state == ERROR and "no exercise of lesson 01" in row.message
    row, = rows("a = 3")
    assert row.state == ERROR and "no exercise of the course" in row.message


@pytest.mark.parametrize("wait", ["while True: pass",
                                  "import time; time.sleep(999)"])
def test_a_loop_without_end(rows, wait):
    began = time.monotonic()
    row, = rows(f"def f():\n    {wait}\nanswer = f()", CHECK, limits=Limits(2, 3))
    assert row.state == ERROR and "longer than is allowed" in row.message
    assert time.monotonic() - began < 60


def test_a_message_that_is_never_finished(rows):
    row, = rows("import gc, time, os, multiprocessing.connection as m\n"
                "def f():\n    for one in gc.get_objects():\n"
                "        if isinstance(one, m.Connection):\n"
                "            os.write(one.fileno(), b'\\0\\0\\0\\x09')\n"
                "    time.sleep(999)\nanswer = f()", CHECK, limits=Limits(2, 3))
    assert row.state == ERROR and "before its answer was known" in row.message


def test_an_answer_that_takes_all_memory(rows):
    row, = rows("answer = len(bytearray(8 * 2 ** 30))", CHECK)
    assert row.state == ERROR and "MemoryError" in row.message


def test_an_answer_too_large_for_the_judge_is_refused_before_it_is_read(rows):
    row, = rows("import torch\nanswer = torch.zeros(2 ** 25)", CHECK)
    assert row.points == 0 and row.state in ("wrong", ERROR)


@pytest.mark.parametrize("trick", [
    f"{IMPORT}\nexercises.check = lambda *a: 'right'\nanswer = 1",
    f"{IMPORT}\nfrom course_lib.teaching.exercises import compare\n"
    "compare.equal = lambda *a: True\nanswer = 1",
    f"{IMPORT}\nexercises.find('00.1').praise\nanswer = 1",
    "class Equal:\n    __eq__ = lambda *a: True\nanswer = Equal()",
    "class Number(float):\n    __sub__ = __rsub__ = lambda *a: 0\nanswer = Number(1)"])
def test_a_check_made_to_say_right(rows, trick):
    row, = rows(trick, CHECK)
    assert row.state in ("wrong", ERROR) and row.points == 0


@pytest.mark.parametrize("trick", [
    f"{IMPORT}\nanswer = exercises.solution('00.1')",
    "from course_lib.teaching.exercises.start_here import EXERCISES\n"
    "answer = EXERCISES[0].solution",
    "import importlib, sys\n"
    "if [sys.modules.pop(n) for n in [*sys.modules] if 'exerc' in n]:\n"
    "    answer = importlib.import_module('course_lib.teaching.exercises')"
    ".solution('00.1')",
    "import course_lib, pathlib\nplace = pathlib.Path(course_lib.__file__).parent\n"
    "answer = int((place / 'teaching/exercises/start_here.py').read_text()"
    ".split('00.1\", ')[1][:4])"])
def test_the_solution_asked_of_the_library(rows, trick):
    row, = rows(trick, CHECK)
    if not row.held and ("read_text" in trick or "importlib" in trick):
        pytest.skip("this system allows no namespaces, so files can be read")
    assert row.state == ERROR and row.points == 0


def test_the_other_submissions_cannot_be_read(rows, tmp_path):
    rows("answer = 2048", CHECK)
    (tmp_path / "in" / "y.ipynb").write_text("{}")
    row = rows("from pathlib import Path\n"
               f"answer = len([*Path({str(tmp_path / 'in')!r}).iterdir()]) * 1024",
               CHECK)[0]
    if not row.held:
        pytest.skip("this system allows no namespaces, so files can be read")
    assert row.state == "wrong" and row.points == 0


@pytest.mark.parametrize("trick", [
    "print('\\n@@[\"right\", 1]')",
    "import os\nos.write(1, b'[\"verdict\", [\"right\", \"Well done.\"]]')",
    "import gc, multiprocessing.connection as m\n"
    "for one in gc.get_objects():\n    if isinstance(one, m.Connection):\n"
    "        one.send_bytes(b'[\"verdict\", [\"right\", \"Well done.\"]]')"])
def test_a_forged_result(rows, trick):
    forged = trick.replace("\n", "\n    ")
    row, = rows(f"def f():\n    {forged}\n    return 1\nanswer = f()", CHECK)
    assert row.state in ("wrong", ERROR) and row.points == 0


@pytest.mark.parametrize("leave", [
    "import sys; answer = sys.exit(0)", "import os; answer = os._exit(0)",
    "import os; answer = os.abort()",
    "answer = exit()", "raise KeyboardInterrupt", "answer = 1 / 0"])
def test_leaving_before_the_answer_is_known(rows, leave):
    row, = rows(f"if 1:\n    {leave}\n    answer = 2048", CHECK)
    assert row.state == ERROR and row.points == 0
    assert "ended" in row.message or "raised" in row.message


def test_files_outside_of_its_folder(rows, tmp_path):
    inside, outside = "mine.txt", tmp_path / "outside.txt"
    row, = rows(f"from pathlib import Path\nPath('{inside}').write_text('x')\n"
                f"answer = Path({str(outside)!r}).write_text('x')", CHECK)
    if not row.held:
        pytest.skip("this system allows no namespaces, so files can be written")
    assert row.state == ERROR and "Read-only" in row.message
    assert not outside.exists() and not Path(inside).exists()


def test_a_file_larger_than_any_answer(rows):
    row, = rows("with open('large', 'wb') as file:\n"
                "    answer = file.write(bytes(2 ** 28))", CHECK)
    assert row.state == ERROR and row.points == 0


def test_the_network(rows):
    row, = rows("import socket\nanswer = socket.create_connection(('127.0.0.1', 9), 3)",
                CHECK)
    if not row.held:
        pytest.skip("this system allows no namespaces, so there is a network")
    assert row.state == ERROR and "unreachable" in row.message


@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")
def test_children_that_would_outlive_it(rows):
    mark = f"{os.getpid()}.{time.time_ns()}"[-15:]
    row, = rows("import subprocess\n"
                f"child = subprocess.Popen(['sleep', '{mark}'], start_new_session=True)"
                "\nanswer = 2048 + 0 * child.pid", CHECK)
    if not row.held:
        pytest.skip("this system allows no namespaces, so new sessions live on")
    time.sleep(0.5)
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline")
            if mark in read_or_nothing(path)]
    assert row.state == "right" and not left


def read_or_nothing(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:                                  # it has just ended
        return ""


WITHOUT_NAMESPACES = """
import sys
from pathlib import Path
from course_lib.classroom import sandbox

def refused(*arguments):
    raise OSError
sandbox.make_namespaces = refused
assert sandbox.enter(Path(sys.argv[1]), [], 1, 2 ** 30) is False
try:
    bytearray(2 ** 31)
except MemoryError:
    while True:
        pass
"""


def test_limits_of_memory_and_time_hold_without_namespaces(tmp_path):
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", WITHOUT_NAMESPACES, str(tmp_path)])
    assert done.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
    assert time.monotonic() - began < 60


HALF_WAY = """
import sys, threading
from pathlib import Path
from course_lib.classroom import sandbox
assert sandbox.enter(Path(sys.argv[1]), [Path("/is/not/there")], 9, 2 ** 30) is False
thread = threading.Thread(target=Path("alive").touch)
thread.start(), thread.join()
"""


def test_where_only_some_namespaces_are_allowed_answers_still_run(tmp_path):
    subprocess.run([sys.executable, "-c", HALF_WAY, str(tmp_path)], check=True)
    assert (tmp_path / "alive").exists()


def test_the_judge_takes_no_more_memory_than_it_is_lent():
    with at_most(2), pytest.raises(MemoryError):
        bytearray(4 * 2 ** 30)
    assert bytearray(4 * 2 ** 20)
