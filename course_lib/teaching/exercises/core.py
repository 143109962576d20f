"""One exercise: what is asked, what is right, and what typical wrong answers mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from torch import Tensor

from course_lib.checks import check_integer
from course_lib.teaching.exercises.compare import (
    as_tensor,
    close,
    difference,
    equal,
    in_words,
)
from course_lib.teaching.exercises.errors import meaning
from course_lib.teaching.exercises.shapes import next_step
from course_lib.teaching.exercises.slips import (
    misformed,
    misuse,
    slip,
    tried,
    value_of,
)
from course_lib.teaching.exercises.verdicts import (
    NOT_ATTEMPTED,
    RIGHT,
    WRONG,
    Hint,
    Verdict,
)

LONGEST = 300                      # letters of an error that a verdict still holds
NO_GRADIENT = ("The value is right, but it records no gradients, so that no training "
               "can lower it: leave out .item(), .detach() and torch.no_grad().")
LONGEST_CALL = 120                 # and of a call, with its arguments


class Case(tuple):
    """The arguments of one call, on which an answer is tried: Case(p, mode)."""

    def __new__(cls, *arguments):
        return super().__new__(cls, arguments)


class Mistake(NamedTuple):
    """A typical wrong answer, and what is to be said of it.

    answer: the wrong function or value itself, by which it is recognised, and with
            which the tests try the check
    says:   what is wrong with it, in a sentence or two
    when:   when(given, right) -> bool recognises other answers of the kind too, if none
            was recognised by value: the learner's and the right value of one case, and
            it must hold in every case in which the learner is wrong
    """

    answer: Any
    says: str
    when: Callable[[Any, Any], bool] | None = None


@dataclass(frozen=True)
class Exercise:
    """A question whose answer is a function or a value; the lesson asks it.

    number:    lesson and place, "01.1"
    solution:  the right function or value
    praise:    what the right answer means, in a sentence
    hints:     from a nudge to nearly the solution
    mistakes:  at least two typical ones, most telling first, each (answer, says) or
               (answer, says, when)
    cases:     calls on which functions are compared; none if a value is asked for
    tolerance: how far numbers may be off, absolute and relative
    learns:    whether the answer must record gradients where the solution does, as a
               loss must
    judge:     judge(answer) -> None or what is wrong, after the comparison if there are
               cases, for answers of which many are right (a sampler, a network)
    """

    number: str
    solution: Any
    praise: str
    hints: list[str]
    mistakes: list[tuple]
    cases: list[Case] = field(default_factory=list)
    tolerance: float = 1e-4
    learns: bool = False
    judge: Callable[[Any], str | None] | None = None

    def __post_init__(self):
        object.__setattr__(self, "mistakes", [
            Mistake(*mistake) for mistake in self.mistakes])

    def hint(self, level: int) -> Hint:
        """Return the hint of a level, from 1 on."""
        check_integer("level", level, 1, len(self.hints))
        return Hint(self.number, level, len(self.hints), self.hints[level - 1])

    def check(self, answer) -> Verdict:
        """Return the verdict on an answer; of what it raises only Ctrl-C escapes."""
        try:
            return Verdict(self.number, *self._examine(answer))
        except KeyboardInterrupt:
            raise
        except BaseException as error:           # sys.exit() in an answer is one, too
            return Verdict(self.number, WRONG, f"Trying it raised {_named(error)}")

    def _examine(self, answer) -> tuple[str, str]:
        """Return the state of an answer and what to say."""
        if answer is None or answer is ...:
            return NOT_ATTEMPTED, "Put your answer in place of the ..."
        if callable(self.solution) and not callable(answer):
            return WRONG, (f"You handed in {in_words(answer)}; hand in the function "
                           f"itself, its name without (...).")
        parts = self.solution if isinstance(self.solution, tuple) else [self.solution]
        if callable(answer) and not any(map(callable, parts)):
            return WRONG, "You handed in a function; hand in what it gives: call it."
        try:
            if self.cases or self.judge is None:
                state, said = self._compare(answer)
                if self.judge and state == NOT_ATTEMPTED:
                    raise NotImplementedError    # a judge's cases say little of a stub
                if state != RIGHT or self.judge is None:
                    return state, said
            said = self.judge(answer)
        except NotImplementedError as error:
            if error.args:                       # torch lacks it; a stub says nothing
                raise
            return NOT_ATTEMPTED, ("Put your code in place of the ... and end with "
                                   "return.")
        return (WRONG, said) if said else (RIGHT, self.praise)

    def _compare(self, answer) -> tuple[str, str]:
        """Try every case, then tell the most helpful thing there is to tell."""
        cases, given = self.cases or [Case()], []
        for i, case in enumerate(cases):
            try:
                value = value_of(answer, case)
            except Exception as error:
                if isinstance(error, NotImplementedError) and not error.args:
                    raise
                return WRONG, f"{_call(answer, cases, i)} raised {_named(error)}"
            if value is None or value is ...:
                what = "nothing" if value is None else "..."
                said = f"{_call(answer, cases, i)} returns {what}"
                if i == 0:
                    return NOT_ATTEMPTED, (f"{said}: put your code in place of the ... "
                                           f"and end with return.")
                return WRONG, (f"{said}, unlike the calls before: one branch lacks its "
                               f"return.")
            given.append(value)
        return self._diagnose(answer, cases, given)

    def _diagnose(self, answer, cases: list, given: list) -> tuple[str, str]:
        """Return the state of an answer and what to say, by its value in each case."""
        right = self._right
        off = [i for i in range(len(cases))
               if not equal(given[i], right[i], self.tolerance)]
        if not off:
            learns = not self.learns or all(
                _records(mine) or not _records(due) for mine, due in zip(given, right))
            return (RIGHT, self.praise) if learns else (WRONG, NO_GRADIENT)
        function = callable(self.solution)
        said = (self._by_value(given)
                or (function and slip(cases, given, right, self.tolerance))
                or (function and misformed(self.solution, cases, given, right,
                                           self.tolerance))
                or self._by_nature([(given[i], right[i]) for i in off])
                or (function and misuse(answer, self.solution, cases, given, right,
                                        self.tolerance))
                or (not function and self._by_part(given, right)))
        if said:
            return WRONG, said
        i = off[0]
        said = difference(_call(answer, cases, i), given[i], right[i], self.tolerance,
                          secret=not function,
                          step=next_step(given, right) if function else None)
        if len(off) < len(cases):
            said += f" {len(cases) - len(off)} of {len(cases)} cases are right."
        return WRONG, f'{said} Or take a hint: exercises.hint("{self.number}").'

    @cached_property
    def _right(self) -> list:
        """What the solution gives in every case."""
        return [value_of(self.solution, case) for case in self.cases or [Case()]]

    @cached_property
    def _known(self) -> list[list]:
        """What each typical mistake gives in every case."""
        return [[tried(mistake.answer, case) for case in self.cases or [Case()]]
                for mistake in self.mistakes]

    def _by_value(self, given: list) -> str | None:
        """Return what is said of the mistake that an answer equals in every case."""
        return next((mistake.says for mistake, values in zip(self.mistakes, self._known)
                     if all(value is not None and equal(mine, value, self.tolerance)
                            for mine, value in zip(given, values))), None)

    def _by_part(self, given: list, right: list) -> str | None:
        """Return what is said of the mistake that several numbers equal wherever they
        are wrong, or wherever it is."""
        mine, due = as_tensor(given[0]), as_tensor(right[0])
        if mine is None or due is None or mine.shape != due.shape:
            return None
        for mistake, values in zip(self.mistakes, self._known):
            value = as_tensor(values[0])
            if value is not None and value.shape == due.shape and any(
                    equal(mine[wrong], value[wrong], self.tolerance) for wrong in (
                        ~close(mine, due, self.tolerance),
                        ~close(value, due, self.tolerance))):
                return mistake.says
        return None

    def _by_nature(self, off: list[tuple]) -> str | None:
        """Return what is said of the mistake whose `when` holds wherever it is off."""
        for mistake in self.mistakes:
            try:
                if mistake.when and all(mistake.when(*pair) for pair in off):
                    return mistake.says
            except Exception:          # a strange answer is not this mistake
                continue
        return None


def _records(value) -> bool:
    """Whether a value can be differentiated."""
    return isinstance(value, Tensor) and value.requires_grad


def attempt(answer: Callable, *arguments):
    """Return what a function that a judge tries gives.

    Raises NotImplementedError, which is "not attempted" to `check`, where it gives None
    or an untouched `...`."""
    given = answer(*arguments)
    if given is None or given is ...:
        raise NotImplementedError
    return given


def _call(answer, cases: list, i: int) -> str:
    """Return case i as it would be written; "Your answer" for a value."""
    if not callable(answer):
        return "Your answer"
    name = getattr(answer, "__name__", type(answer).__name__)
    name = "answer" if name == "<lambda>" else name
    call = f"{name}({', '.join(in_words(argument) for argument in cases[i])})"
    return (call if len(call) <= LONGEST_CALL else
            f"In case {i + 1} of {len(cases)}, {name}(...)")


def _named(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception:
        said = ""
    means = meaning(said)
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]} ..."
    said = f"{type(error).__name__}: {said}".rstrip(".: ") + "."
    return f"{said} That means: {means}" if means else said
