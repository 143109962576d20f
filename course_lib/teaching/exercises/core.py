"""One exercise: what is asked, what is right, and what typical wrong answers mean."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from course_lib.checks import check_integer
from course_lib.teaching.exercises.compare import as_tensor, equal, in_words
from course_lib.teaching.exercises.verdicts import (
    NOT_ATTEMPTED,
    RIGHT,
    WRONG,
    Hint,
    Verdict,
)

LONGEST = 300                      # letters of an error that a verdict still holds


class Case(tuple):
    """The arguments of one call, on which an answer is tried: Case(p, mode)."""

    def __new__(cls, *arguments):
        return super().__new__(cls, arguments)


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and what is to be said of it.

    answer: the wrong function or value itself, by which it is recognised, and with
            which the tests try the check
    says:   what is wrong with it, in a sentence or two
    when:   when(given, right) -> bool recognises other answers of the kind too: the
            learner's and the right value of one case; True for any case is enough
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
    mistakes:  at least two typical ones, most telling first: a Mistake, or a tuple
               (answer, says) or (answer, says, when)
    cases:     calls on which functions are compared; none if a value is asked for
    tolerance: how far numbers may be off, absolute and relative
    judge:     judge(answer) -> None or what is wrong, in place of the comparison, for
               answers of which many are right (a sampler, a network)
    """

    number: str
    solution: Any
    praise: str
    hints: list[str]
    mistakes: list[Mistake | tuple]
    cases: list[Case] = field(default_factory=list)
    tolerance: float = 1e-4
    judge: Callable[[Any], str | None] | None = None

    def __post_init__(self):
        object.__setattr__(self, "mistakes", [
            mistake if isinstance(mistake, Mistake) else Mistake(*mistake)
            for mistake in self.mistakes])

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
        if callable(answer) and not callable(self.solution):
            return WRONG, "You handed in a function; hand in what it gives: call it."
        if self.judge is None:
            return self._compare(answer)
        try:
            said = self.judge(answer)
        except NotImplementedError:
            return NOT_ATTEMPTED, ("Put your code in place of the ... and end with "
                                   "return.")
        return (WRONG, said) if said else (RIGHT, self.praise)

    def _compare(self, answer) -> tuple[str, str]:
        """Try every case, then tell the most helpful thing there is to tell."""
        given = []
        for case in self.cases or [Case()]:
            try:
                given.append(_value(answer, case))
            except NotImplementedError:
                return NOT_ATTEMPTED, ("It raises NotImplementedError; put your code "
                                       "there.")
            except Exception as error:
                return WRONG, f"{_call(answer, case)} raised {_named(error)}"
            if given[-1] is None or given[-1] is ...:
                what = "nothing" if given[-1] is None else "..."
                said = f"{_call(answer, case)} returns {what}"
                if len(given) == 1:
                    return NOT_ATTEMPTED, (f"{said}: put your code in place of the ... "
                                           f"and end with return.")
                return WRONG, (f"{said}, unlike the calls before: one branch lacks its "
                               f"return.")
        return self._diagnose(answer, given)

    def _diagnose(self, answer, given: list) -> tuple[str, str]:
        """Return the state of an answer and what to say, by its value in each case."""
        cases = self.cases or [Case()]
        right = [_value(self.solution, case) for case in cases]
        off = [i for i in range(len(cases))
               if not equal(given[i], right[i], self.tolerance)]
        if not off:
            return RIGHT, self.praise
        for mistake in self.mistakes:
            if self._is(mistake, cases, given, right):
                return WRONG, mistake.says
        first = off[0]
        mine, theirs = as_tensor(given[first]), as_tensor(right[first])
        call = _call(answer, cases[first])
        if mine is None or theirs is None:
            return WRONG, f"{call} is {in_words(given[first])}, which is not right."
        if mine.shape != theirs.shape:
            return WRONG, (f"{call} has shape {tuple(mine.shape)}, and the answer "
                           f"{tuple(theirs.shape)}.")
        if mine.isnan().any():
            return WRONG, f"{call} is {in_words(mine)}: look for 0/0 or log 0."
        if not self.cases:
            return WRONG, f"{in_words(mine)} is not right; try a hint."
        rest = f" {len(cases) - len(off)} of {len(cases)} cases are right." if (
            len(off) < len(cases)) else ""
        return WRONG, (f"{call} should be {in_words(theirs)} and yours is "
                       f"{in_words(mine)}.{rest}")

    def _is(self, mistake: Mistake, cases: list, given: list, right: list) -> bool:
        """Whether an answer is this mistake: equal to it in every case, or caught by
        its `when`."""
        try:
            if all(equal(mine, _value(mistake.answer, case), self.tolerance)
                   for mine, case in zip(given, cases)):
                return True
            return mistake.when is not None and any(
                mistake.when(mine, theirs) for mine, theirs in zip(given, right))
        except Exception:                  # a strange answer is not this mistake
            return False


def _value(answer, case: Case):
    """Return a value, or what a function gives for a copy of the case's arguments."""
    return answer(*copy.deepcopy(tuple(case))) if callable(answer) else answer


def attempt(answer: Callable, *arguments):
    """Return what a function that a judge tries gives.

    Raises NotImplementedError, which is "not attempted" to `check`, where it gives None
    or an untouched `...`."""
    given = answer(*arguments)
    if given is None or given is ...:
        raise NotImplementedError
    return given


def _call(answer, case: Case) -> str:
    """Return a call as it would be written; "Your answer" for a value."""
    if not callable(answer):
        return "Your answer"
    name = getattr(answer, "__name__", type(answer).__name__)
    name = "answer" if name == "<lambda>" else name
    return f"{name}({', '.join(in_words(argument) for argument in case)})"


def _named(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception:
        said = ""
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]} ..."
    return f"{type(error).__name__}: {said}".rstrip(".: ") + "."
