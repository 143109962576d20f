"""Facts about claims: what holds is said without numbers, what fails shows them."""

import math

import pytest
import torch

from course_lib.teaching.claims import ClaimFailed, claim


def test_a_claim_that_holds_prints_its_sentence_and_no_number(capsys):
    claim("L2 answers grey", 0.0123, "<", 0.05)
    assert capsys.readouterr().out == "holds: L2 answers grey\n"


def test_a_claim_that_fails_says_what_was_measured_and_what_was_claimed(capsys):
    with pytest.raises(ClaimFailed, match=r"L2 answers grey.*measured 0\.07.*< 0\.05"):
        claim("L2 answers grey", 0.07, "<", 0.05)
    assert capsys.readouterr().out == ""


def test_a_failed_claim_is_an_assertion_error():
    with pytest.raises(AssertionError, match="the condition is False"):
        claim("pigs fly", False)


@pytest.mark.parametrize("relation, true_of", [
    ("<", [1]), ("<=", [1, 2]), (">", [3]), (">=", [2, 3]), ("==", [2]),
    ("!=", [1, 3])])
def test_each_relation_means_what_it_says(relation, true_of):
    for measured in (1, 2, 3):
        if measured in true_of:
            claim("it stands so", measured, relation, 2)
        else:
            with pytest.raises(ClaimFailed):
                claim("it stands so", measured, relation, 2)


def test_within_is_a_distance_on_either_side():
    claim("close", torch.tensor([0.9, 1.1]), "within", 0.11, "of", 1.0)
    for measured in (0.8, 1.2):
        with pytest.raises(ClaimFailed, match="within 0.11 of 1"):
            claim("close", measured, "within", 0.11, "of", 1.0)


def test_one_entry_that_fails_makes_the_claim_fail_and_is_named():
    with pytest.raises(ClaimFailed, match="measured 5.*first of 2 that fail among 4"):
        claim("all are small", torch.tensor([1.0, 5.0, 2.0, 6.0]), "<", 3)


@pytest.mark.parametrize("relation", ["<", ">", "!=", "=="])
def test_nan_holds_in_no_relation(relation):
    with pytest.raises(ClaimFailed, match="nan"):
        claim("something was measured", math.nan, relation, 1.0)
    with pytest.raises(ClaimFailed, match="nan"):
        claim("something was measured", 1.0, relation, math.nan)


def test_a_number_is_no_condition():
    with pytest.raises(TypeError, match="give True or False"):
        claim("the loss is small", 0.3)


def test_an_empty_measurement_shows_nothing():
    with pytest.raises(ValueError, match="empty"):
        claim("all are small", torch.empty(0), "<", 1)


@pytest.mark.parametrize("words", [
    (1, "~", 2), (1, "within", 0.1), (1, "within", 0.1, "from", 1), (1, "<")])
def test_another_form_is_answered_with_the_forms_there_are(words):
    with pytest.raises(ValueError, match="the forms are claim"):
        claim("it stands so", *words)


def test_python_numbers_keep_their_double_precision():
    claim("tiny", 1.0 + 1e-12, ">", 1.0)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        claim("it stands so", torch.zeros(3), "<", torch.ones(2))
