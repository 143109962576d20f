"""The two facts that the tests of every lesson's exercises state."""

import pytest

from course_lib.teaching import exercises


def facts(right, wrong):
    """Return two tests: each right answer passes, each wrong one gets its own sentence.

    right: for each exercise's number its answers; wrong: the same, each answer with
    words of the sentence that is due to it.
    """
    @pytest.mark.parametrize("number, answer", [
        pytest.param(number, answer, id=f"{number}-{i}")
        for number, answers in right.items() for i, answer in enumerate(answers, 1)])
    def test_a_right_answer_passes_in_any_form(number, answer):
        verdict = exercises.check(number, answer)
        assert verdict.right, verdict

    @pytest.mark.parametrize("number, answer, words", [
        pytest.param(number, answer, words, id=f"{number}-{i}")
        for number, answers in wrong.items()
        for i, (answer, words) in enumerate(answers, 1)])
    def test_a_typical_wrong_answer_gets_its_own_sentence(number, answer, words):
        verdict = exercises.check(number, answer)
        assert verdict.state == "wrong"
        assert words in verdict.message, verdict

    return (test_a_right_answer_passes_in_any_form,
            test_a_typical_wrong_answer_gets_its_own_sentence)
