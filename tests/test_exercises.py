"""Facts about exercises: every check, tried with a stub, the solution and the typical
wrong answers; and what the framework says of answers of any kind."""

import inspect
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from course_lib.teaching import exercises
from course_lib.teaching.exercises import Case, Exercise, Mistake
from course_lib.teaching.exercises.compare import equal
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED, RIGHT, WRONG

TEAL = torch.tensor([-0.65, -0.35])
MEAN = Exercise(            # the mean of two answers, teal with probability p and pink
    "99.1", solution=lambda p, mode: (2 * p - 1) * mode,
    praise="At p = 1/2 it is grey.",
    hints=["Write the mean as a sum.", "Pink is minus teal.", "(2p - 1) times teal."],
    mistakes=[Mistake(lambda p, mode: p * mode, "This leaves out pink."),
              Mistake(lambda p, mode: mode if p > 0.5 else -mode,
                      "This is the majority.",
                      when=lambda given, right: given.abs().max() > 0.64)],
    cases=[Case(0.9, TEAL), Case(0.5, TEAL), Case(0.2, TEAL)])
COUNT = Exercise("99.2", solution=100, praise="It is k squared.",
                 hints=["Two channels."],
                 mistakes=[Mistake(20, "That is 2k."), Mistake(10, "One channel.")])


def stub_of(exercise):
    """Return the answer of one who has not begun."""
    return (lambda *arguments: ...) if callable(exercise.solution) else ...


def every_exercise():
    return [pytest.param(exercise, id=exercise.number)
            for exercise in (MEAN, COUNT, *exercises.every().values())]


def same(one, two, exercise):
    """Whether two mistakes are one by value, so that the first of them speaks."""
    return all(equal(one(*case), two(*case), 1e-4) for case in exercise.cases)


@pytest.mark.parametrize("exercise", every_exercise())
def test_an_untouched_stub_is_not_attempted(exercise):
    assert exercise.check(stub_of(exercise)).state == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise", every_exercise())
def test_the_solution_is_right_and_says_what_it_means(exercise):
    verdict = exercise.check(exercise.solution)
    assert verdict.state == RIGHT, verdict
    assert exercise.praise in str(verdict)


@pytest.mark.parametrize("exercise", every_exercise())
def test_a_typical_wrong_answer_is_told_what_is_wrong_with_it(exercise):
    first = {mistake.says: mistake.answer for mistake in reversed(exercise.mistakes)}
    for says, answer in first.items():
        verdict = exercise.check(answer)
        assert verdict.state == WRONG, says
        assert verdict.message == says or any(
            same(mistake.answer, answer, exercise) for mistake in exercise.mistakes
            if mistake.says == verdict.message), says


@pytest.mark.parametrize("exercise", every_exercise())
def test_an_exercise_is_complete(exercise):
    assert len(exercise.mistakes) >= 2
    assert len({mistake.says for mistake in exercise.mistakes}) >= 2
    assert exercise.hints and all(exercise.hints)
    assert exercise.praise


@pytest.mark.parametrize("exercise", every_exercise())
def test_an_error_in_an_answer_is_a_verdict(exercise):
    def broken(*arguments):
        return {}["missing"]
    verdict = exercise.check(broken)
    assert verdict.state == WRONG
    assert not callable(exercise.solution) or "KeyError" in verdict.message


class Hostile:
    """An object of which nothing can be asked."""

    def refuse(self, *arguments, **options):
        raise OverflowError("no")

    __eq__ = __repr__ = __str__ = __len__ = __float__ = __int__ = __iter__ = refuse
    __bool__ = __index__ = __array__ = __getitem__ = __deepcopy__ = __format__ = refuse
    __hash__ = None

    def __getattr__(self, name):
        raise RuntimeError(name)


class AlwaysEqual:
    """What would be right if it were asked."""

    def __eq__(self, other):
        return True

    __hash__ = None


class Silent(Exception):
    def __str__(self):
        raise ValueError("nothing to say")


class Outside(BaseException):
    pass


def endless(*arguments):
    return endless(*arguments)


def raising(error):
    def answer(*arguments):
        raise error
    return answer


def in_itself():
    ring = []
    ring.append(ring)
    return ring


def deep(levels=5_000):
    nest = 0.5
    for _ in range(levels):
        nest = [nest]
    return nest


ODD = 0.7391                                            # the answer to no exercise
KINDS = ["bool", "int8", "uint16", "int64", "float16", "float64", "complex128", "U9",
         "S9", "O", "datetime64[s]", "timedelta64[s]", "V8"]
VALUES = {
    "huge": 10 ** 400, "too long to write": 10 ** 5000, "minus huge": -10 ** 400,
    "a fraction": Fraction(10 ** 400, 3), "a decimal": Decimal("NaN"), "nan": math.nan,
    "inf": math.inf, "complex": 1 + 2j, "true": True, "text": "teal", "bytes": b"teal",
    "surrogate": "\ud800", "long text": "x" * 10_000, "nothing in it": [],
    "nothing twice": [[], []], "ragged": [[1], [2, 3]], "mixed": [1, "two", None],
    "nested": {"a": [1, (2, {3})]}, "a set": {1, 2}, "a range": range(3),
    "in itself": in_itself(), "deep": deep(), "an ellipsis in a list": [...],
    "a generator": (i for i in ()), "hostile": Hostile(), "equal": AlwaysEqual(),
    "two hostile": [Hostile()] * 2, "a pair": (Hostile(), Hostile()),
    "an error": ValueError("no"), "a module": math, "not implemented": NotImplemented,
    "a distribution": torch.distributions.Normal(0.0, 1.0),
    "grad": torch.tensor(ODD, requires_grad=True), "empty": torch.empty(0),
    "half": torch.tensor(ODD).half(), "bfloat16": torch.full((3,), ODD).bfloat16(),
    "bool tensor": torch.tensor([True, False, True]), "int tensor": torch.arange(7),
    "complex tensor": torch.ones(2, dtype=torch.complex64),
    "nan tensor": torch.full((2, 2), math.nan), "meta": torch.empty(2, device="meta"),
    "sparse": torch.eye(2).to_sparse(),
    **{f"array of {kind}": np.zeros(3, kind) for kind in KINDS},
    **{f"0-d array of {kind}": np.zeros((), kind) for kind in KINDS},
    **{f"number of {kind}": np.zeros((), kind)[()] for kind in KINDS}}
FUNCTIONS = {
    "raises": raising(ZeroDivisionError("no")), "exits": raising(SystemExit(3)),
    "says nothing": raising(Silent()), "raises no Exception": raising(Outside()),
    "stops": raising(StopIteration()), "leaves": raising(GeneratorExit()),
    "no arguments": lambda: 1, "too many": lambda a, b, c, d, e, f, g: 1,
    "only named": lambda *, name: 1, "endless": endless, "a class": Hostile,
    "a type": type, "print": print, "a module": torch.nn.Linear(2, 2),
    "a generator function": lambda *arguments: (yield), "itself": lambda *a: endless,
    "a pair of functions": (endless, endless)}
ZOO = [pytest.param(value, id=name) for name, value in VALUES.items()]
ZOO += [pytest.param(lambda *arguments, value=value: value, id=f"gives {name}")
        for name, value in VALUES.items()]
ZOO += [pytest.param(function, id=name) for name, function in FUNCTIONS.items()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("answer", ZOO)
def test_whatever_is_handed_in_the_verdict_is_a_sentence_and_not_right(answer):
    for exercise in exercises.every().values():
        verdict = exercise.check(answer)
        assert verdict.state in (NOT_ATTEMPTED, WRONG), exercise.number
        assert len(verdict.message) < 1000 and verdict._repr_html_()


def test_ctrl_c_stops_a_check():
    with pytest.raises(KeyboardInterrupt):
        MEAN.check(raising(KeyboardInterrupt()))


def test_whole_numbers_too_large_to_compare_are_told_what_they_are():
    verdict = exercises.check("02.4", [2 ** 20, 16 ** 8192])
    assert verdict.message == "This is the number of classes itself. How many zeros " \
                              "has it?"
    assert "a whole number of about 2,000 digits" in COUNT.check(10 ** 2000).message


def test_checking_leaves_the_random_state_as_it_was():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    for exercise in exercises.every().values():
        if exercise.number != "00.3":                   # whose answer itself is random
            exercise.check(exercise.solution)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_answer_nobody_foresaw_is_told_its_first_entry_that_is_off():
    verdict = MEAN.check(lambda p, mode: (2 * p - 1) ** 2 * mode)
    assert "answer(0.9, [-0.65, -0.35]) at [0] should be -0.52" in verdict.message
    assert "yours is -0.416. Follow this call" in verdict.message
    assert '1 of 3 cases are right. Or take a hint: exercises.hint("99.1")' in (
        verdict.message)


@pytest.mark.parametrize("wrong, words", [
    (lambda n: torch.eye(n) + torch.eye(n).roll(1, 1) * 1e-3,
     "answer(3) at [0, 1] should be 0 and yours is 0.001."),
    (lambda n: torch.eye(n) * (1 + 3e-4),
     "answer(3) at [0, 0] should be 1 and yours is 1.0003."),
    (lambda n: torch.eye(n)[None], "answer(3) is a tensor of shape (1, 3, 3), and "
     "should be a tensor of shape (3, 3). The numbers are right. Print the shapes"),
    (lambda n: torch.ones(()), "answer(3) is a single number, and should be a tensor "
     "of shape (3, 3). Return one number for each, and not one for all."),
    (lambda n: {"eye": 1}, "answer(3) is {'eye': 1}, and should be a tensor"),
    (lambda n: math.log, "answer(3) is a builtin_function_or_method, and should be"),
    (lambda n: torch.eye(n) / torch.eye(n), "answer(3) at [0, 1] is nan: look for 0/0"),
])
def test_the_fallback_says_shape_or_kind_or_else_the_first_entry_off(wrong, words):
    square = Exercise("99.4", solution=torch.eye, praise="One.", hints=["eye"],
                      mistakes=[], cases=[Case(3)])
    assert words in square.check(wrong).message


def test_numbers_that_differ_late_are_shown_with_the_digits_that_differ():
    count = Exercise("99.7", solution=lambda k: k ** 17, praise="Yes.", hints=["k"],
                     mistakes=[], cases=[Case(2)], tolerance=1e-6)
    said = count.check(lambda k: k ** 17 + 1).message
    assert "answer(2) should be 131072 and yours is 131073." in said
    near = Exercise("99.5", solution=lambda n: n / 7, praise="A seventh.", hints=["7"],
                    mistakes=[], cases=[Case(1)], tolerance=1e-9)
    assert "should be 0.1428571 and yours is 0.1428572." in near.check(
        lambda n: n / 7 + 1e-8).message


def test_arguments_too_long_for_a_sentence_are_left_out_of_it():
    said = exercises.check("07.2", scaled(exercises.solution("07.2"))).message
    assert "In case 1 of 3, answer(...) at [0, 0, 0, 0] should be" in said


def test_the_value_that_is_asked_for_is_not_given_away():
    said = COUNT.check(37).message
    assert "Your answer is too small: 37." in said and "100" not in said


def test_a_mistake_is_recognised_by_its_nature_too():
    verdict = MEAN.check(lambda p, mode: mode)
    assert verdict.message == "This is the majority."


def test_a_mistake_s_nature_must_show_wherever_an_answer_is_off():
    verdict = MEAN.check(lambda p, mode: mode if p == 0.9 else 0 * mode)
    assert "yours is -0.65" in verdict.message


def test_what_equals_a_mistake_is_told_that_one_before_any_nature_is_asked():
    certain = Exercise("99.6", solution=lambda p: p, praise="Yes.", hints=["p"],
                       mistakes=[Mistake(lambda p: 2.0, "No chance exceeds 1.",
                                         when=lambda given, right: given > 1),
                                 Mistake(lambda p: p + 1, "One too many.")],
                       cases=[Case(0.2), Case(0.5)])
    assert certain.check(lambda p: 1 + p).message == "One too many."
    assert certain.check(lambda p: 3 * (1 + p)).message == "No chance exceeds 1."


def scaled(solution):
    """Return an answer of the right shape and sign that is no typical mistake."""
    return lambda *arguments: 1.0371 * solution(*arguments) + 0.0113


@pytest.mark.parametrize("exercise", [
    exercise for exercise in every_exercise()
    if exercise.values[0].cases and exercise.values[0].judge is None])
def test_no_rule_speaks_where_its_mistake_was_not_made(exercise):
    verdict = exercise.check(scaled(exercise.solution))
    assert verdict.state == WRONG
    assert verdict.message not in [mistake.says for mistake in exercise.mistakes]
    assert "should be" in verdict.message


@pytest.mark.parametrize("answer", [lambda lightness, pink: lightness, (1, 2)])
def test_who_hands_in_one_function_where_two_are_due_is_told_so(answer):
    assert "Hand in both functions" in exercises.check("10.2", answer).message


@pytest.mark.parametrize("answer, words", [
    (0.3, "hand in the function itself"),
    (lambda p, mode: p, r"a single number, and should be a tensor of shape \(2,\)"),
    (lambda p, mode: mode * float("nan"), "0/0, log 0"),
    (lambda p: p, "TypeError.*1 positional argument"),
    (lambda p, mode: None if p < 0.5 else (2 * p - 1) * mode, "one branch"),
    (lambda p, mode: "grey", "'grey', and should be a tensor"),
])
def test_each_kind_of_slip_has_its_own_sentence(answer, words):
    verdict = MEAN.check(answer)
    assert verdict.state == WRONG
    assert re.search(words, verdict.message), verdict


def test_a_function_handed_in_for_a_number_is_told_to_call_it():
    assert "call it" in COUNT.check(lambda: 100).message


def test_not_implemented_is_not_attempted():
    def untouched(p, mode):
        raise NotImplementedError
    assert MEAN.check(untouched).state == NOT_ATTEMPTED


def test_what_torch_does_not_implement_is_an_error_of_the_answer():
    verdict = MEAN.check(lambda p, mode: (mode > 0).abs())
    assert verdict.state == WRONG and "not implemented for 'Bool'" in verdict.message


def test_an_answer_that_changes_its_arguments_harms_no_later_case():
    def careless(p, mode):
        return mode.mul_(2 * p - 1)
    assert MEAN.check(careless).right
    assert torch.equal(TEAL, torch.tensor([-0.65, -0.35]))


def test_numbers_of_any_kind_are_compared_by_value():
    assert MEAN.check(lambda p, mode: [(2 * p - 1) * m for m in mode.tolist()]).right
    assert COUNT.check(torch.tensor(100)).right


def test_a_judge_decides_where_many_answers_are_right():
    fair = Exercise("99.3", solution=lambda n: torch.rand(n).round(),
                    praise="Fair.", hints=["rand"], mistakes=[],
                    judge=lambda coin: None if 300 < coin(1000).sum() < 700 else (
                        "One side comes too often."))
    assert fair.check(lambda n: torch.randint(2, (n,))).right
    assert "too often" in fair.check(lambda n: torch.ones(n)).message


def test_a_judge_speaks_after_the_comparison_where_there_are_cases():
    double = Exercise("99.3", solution=lambda n: 2 * n, praise="Yes.", hints=["2"],
                      mistakes=[(lambda n: n, "Once.")], cases=[Case(1), Case(3)],
                      judge=lambda answer: None if answer(0.5) == 1 else "A half, too.")
    assert double.check(lambda n: n).message == "Once."
    assert double.check(lambda n: n // 1 * 2).message == "A half, too."
    assert double.check(lambda n: n + n).right


def test_a_verdict_speaks_by_symbol_and_word_in_text_and_html():
    for answer, word in ((..., "not attempted yet"), (10, "not right yet"),
                         (100, "right")):
        verdict = COUNT.check(answer)
        assert word in repr(verdict) and word in verdict._repr_html_()
        assert repr(verdict)[0] in "○✗✓" and repr(verdict)[0] in verdict._repr_html_()


def test_html_of_a_verdict_escapes_what_a_learner_returned():
    html = COUNT.check("<script>")._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_hints_come_one_by_one_and_stay_at_the_last(monkeypatch):
    monkeypatch.setattr(exercises, "find", lambda number: MEAN)
    monkeypatch.setattr(exercises, "_hints_given", {})
    given = [exercises.hint("99.1").text for _ in range(4)]
    assert given == [*MEAN.hints, MEAN.hints[-1]]
    assert exercises.hint("99.1", 2).text == MEAN.hints[1]


def test_a_hint_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="from 1 to 3"):
        MEAN.hint(4)


def test_an_unknown_exercise_is_answered_by_those_there_are(monkeypatch):
    monkeypatch.setattr(exercises, "every", lambda: {"01.1": MEAN, "02.1": COUNT})
    with pytest.raises(ValueError, match=r"no exercise '01.9'; choose one of 01.1\."):
        exercises.check("01.9", 3)


def test_numbers_of_exercises_begin_with_their_lesson():
    for number, exercise in exercises.every().items():
        lesson, place = number.split(".")
        assert (len(lesson), place.isdigit()) == (2, True)
        assert number == exercise.number


def test_cases_fit_the_solution_s_arguments():
    for exercise in exercises.every().values():
        for case in exercise.cases:
            inspect.signature(exercise.solution).bind(*case)
