"""Facts about the link: what crosses it, and that nobody is reached through it."""

import threading
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib.classroom.grading import INSIDE
from course_lib.classroom.link import Link, Remote, RemoteFunction, Stopped
from course_lib.teaching import exercises
from course_lib.teaching.exercises import start_here

CROSSING = [number for number in exercises.every() if number not in INSIDE]


@pytest.fixture
def ends():
    """The judge's end and the stranger's, who answers in a thread."""
    ours, theirs = Pipe()
    yield Link(ours), Link(theirs, trusting=True)
    ours.close(), theirs.close()


def shown(ends, value):
    """Return what the judge receives of a value of the stranger's."""
    judge, stranger = ends

    def answer():
        stranger.send("answer", value)
        with pytest.raises(Stopped):
            while True:
                stranger.receive()
    threading.Thread(target=answer, daemon=True).start()
    return judge.receive()[1]


@pytest.mark.parametrize("value", [
    None, ..., True, "word", 7, pytest.param(16 ** 12_000, id="huge"), -2.5,
    [1, (2.0, [])], {"gap": 1, 2: "x"}])
def test_plain_values_arrive_as_they_are(ends, value):
    found = shown(ends, value)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("value", [
    torch.rand(2, 3), torch.tensor(2), torch.zeros(0, 4), torch.rand(3).half(),
    torch.rand(3, 2).T.bfloat16(), torch.tensor([True, False]), torch.rand(2) * 1j,
    np.arange(6.0).reshape(2, 3)[:, ::-1]])
def test_tensors_and_arrays_keep_kind_shape_and_numbers(ends, value):
    found = shown(ends, value)
    assert type(found) is type(value) and found.dtype == value.dtype
    assert found.shape == value.shape and bool((found == value).all())


def test_a_tensor_that_records_gradients_says_so_on_the_other_side(ends):
    assert shown(ends, torch.ones(2, requires_grad=True).sum()).requires_grad


def test_a_tensor_that_records_none_records_none_on_the_other_side(ends):
    assert not shown(ends, torch.ones(2)).requires_grad


def test_a_function_is_called_where_it_is_and_its_errors_arrive_by_name(ends):
    def double(x, fail=False):
        if fail:
            raise KeyError("no")
        return 2 * x
    found = shown(ends, double)
    assert type(found) is RemoteFunction and found.__name__ == "double"
    assert torch.equal(found(torch.ones(2)), torch.full((2,), 2.0))
    with pytest.raises(KeyError, match="no"):
        found(1, fail=True)


def test_leaving_python_in_a_function_does_not_leave_the_judge(ends):
    found = shown(ends, lambda: exit(3))
    with pytest.raises(Exception, match="3") as error:
        found()
    assert type(error.value).__name__ == "SystemExit"
    assert not isinstance(error.value, SystemExit)


def test_a_function_of_the_judges_can_be_called_by_the_other_side(ends):
    assert shown(ends, lambda critic: critic(1))(lambda x: x + 1) == 2


@pytest.mark.parametrize("name", ["__globals__", "__code__", "__class__", "real"])
def test_nothing_of_the_judges_can_be_reached_by_an_attribute(ends, name):
    judge, _ = ends
    judge.shown += [lambda x: x, 1.5]
    for place in (0, 1, 2):
        assert judge.answer(place, name, [], {})[0] == "raised"


def test_parts_of_a_model_are_asked_for_by_name(ends):
    class Model:
        paired = torch.ones(2)

        def to_y(self, x):
            return -x
    found = shown(ends, Model())
    assert type(found) is Remote and not callable(found)
    assert found.to_y(3) == -3 and torch.equal(found.paired, torch.ones(2))
    assert not hasattr(found, "other")


@pytest.mark.parametrize("message", [
    b"", b"nonsense", b'["answer"]', b'["answer", {"tensor": "AAAA", "dtype": "load", '
    b'"shape": [1], "array": false}]', b'["answer", {"tensor": "", "dtype": "float32", '
    b'"shape": [99999999999], "array": false}]', b'["answer", {"unknown": 1}]',
    b'["ask", [0, "__class__", [], {}]]', b"[" * 100_000])
def test_a_message_that_makes_no_sense_stops_the_judge_with_a_sentence(ends, message):
    judge, stranger = ends
    stranger.connection.send_bytes(message)
    stranger.connection.close()
    with pytest.raises(Stopped, match="cannot be read|It ended"):
        judge.receive()
    assert judge.stopped


def test_nobody_waits_longer_than_the_deadline(ends):
    judge, _ = ends
    judge.deadline = 0
    with pytest.raises(Stopped, match="longer than is allowed"):
        judge.receive()


def answers_to(number: str) -> list:
    """Return the answers of the exercise itself, and those of its lesson's tests."""
    exercise = exercises.find(number)
    answers = [exercise.solution, *(one.answer for one in exercise.mistakes)]
    for path in Path(__file__).parent.glob("test_exercises_*.py"):
        facts = vars(import_module(f"tests.{path.stem}"))
        answers += facts["RIGHT"].get(number, [])
        answers += [answer for answer, _ in facts["WRONG"].get(number, [])]
    return answers


@pytest.mark.parametrize("number", CROSSING)
def test_every_answer_of_an_exercise_gets_the_same_verdict_across_the_link(
        number, monkeypatch):
    monkeypatch.setattr(start_here, "DRAWS", 100)    # each of them crosses the link
    for answer in answers_to(number):
        ours, theirs = Pipe()
        across = exercises.check(
            number, shown((Link(ours), Link(theirs, trusting=True)), answer))
        here = exercises.check(number, answer)
        assert (across.state, across.message) == (here.state, here.message)
        ours.close()
