"""Facts about the exercises of lesson 02: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from course_lib.distributions.quantization import Quantizer
from course_lib.teaching import exercises
from tests.exercise_facts import facts


def place(logits, a, low, high):
    """Return the bin of a, as the lesson finds it, and the width of a bin."""
    width = (high - low) / len(logits)
    return ((a - low) / width).floor().clamp(0, len(logits) - 1).long(), width


def by_log_softmax(logits, a, low, high):
    label, width = place(logits, a, low, high)
    return -logits.log_softmax(0)[label] + math.log(width)


def by_torch(logits, a, low, high):
    label = Quantizer(low, high, len(logits)).encode(a.view(1, 1, 1)).flatten()
    width = torch.tensor((high - low) / len(logits))
    return functional.cross_entropy(logits[None], label) + width.log()


def by_hand(logits, a, low, high):
    label, width = place(logits, a, low, high)
    top = logits.max()
    total = (logits - top).exp().sum()
    return (total.log() + top - logits[label] + torch.tensor(width).log()).item()


def by_backward(logits, label):
    logits = logits.clone().requires_grad_()
    functional.cross_entropy(logits, torch.tensor(label)).backward()
    return logits.grad


def in_place(logits, label):
    q = logits.softmax(0)
    q[label] -= 1
    return q


def naive(logits, a, low, high):
    label, width = place(logits, a, low, high)
    weights = logits.exp()
    return -(weights[label] / weights.sum()).log() + math.log(width)


def two_step(logits, a, low, high):
    label, width = place(logits, a, low, high)
    return -(logits.softmax(0)[label] / width).log()


def shifted_first(logits, a, low, high):
    label, width = place(logits, a, low, high)
    weights = (logits - logits.max()).exp()
    return -(weights[label] / weights.sum()).log() + math.log(width)


def floored(logits, a, low, high):
    label, width = place(logits, a, low, high)
    return -logits.softmax(0)[label].clamp(min=1e-12).log() + math.log(width)


def only_clamped_above(logits, a, low, high):
    width = (high - low) / len(logits)
    label = min(math.floor((a - low) / width), len(logits) - 1)
    return -logits.log_softmax(0)[label] + math.log(width)


def at_the_label_alone(logits, label):
    gradient = torch.zeros(len(logits))
    gradient[label] = logits.softmax(0)[label] - 1
    return gradient


def truncated(logits, a, low, high):
    width = (high - low) / len(logits)
    return by_width(logits, min(int((a - low) / width), len(logits) - 1), width)


def from_zero(logits, a, low, high):
    width = (high - low) / len(logits)
    return by_width(logits, min(max(math.floor(a / width), 0), len(logits) - 1), width)


def whole_range(logits, a, low, high):
    return by_width(logits, place(logits, a, low, high)[0], high - low)


def by_width(logits, label, width):
    return -logits.log_softmax(0)[label] + math.log(width)


def too_early(logits, label):
    logits[label] -= 1
    return logits.softmax(0)


RIGHT = {
    "02.1": [
        by_log_softmax, by_torch, by_hand],
    "02.2": [
        by_backward, in_place,
        lambda logits, label: logits.softmax(0).numpy()
        - np.eye(len(logits))[label]],
    "02.3": [
        [1, 0], (0.9997, 0.0002), torch.tensor([0.98, 0.01])],
    "02.4": [
        [16 ** 2 * 64 ** 2, 2 * 64 ** 2 * math.log10(16)], (1_048_576, 9864),
        torch.tensor([1048576, 9864])]}

WRONG = {
    "02.1": [
        (truncated, "a negative index"), (from_zero, "subtract low"),
        (whole_range, "the whole range"), (naive, "exp(1000) is infinite"),
        (two_step, "underflows to 0"), (shifted_first, "underflows to 0"),
        (floored, "A small number added"), (only_clamped_above, "a negative index"),
        (lambda *case: by_torch(*case) + 1, "off by +1")],
    "02.2": [
        (too_early, "after the softmax"),
        (lambda logits, label: logits.softmax(0) - label, "1 at its place"),
        (lambda logits, label: logits.softmax(0) - logits.softmax(0) ** 2,
         "by its own logit"),
        (lambda logits, label: logits.exp() - np.eye(len(logits))[label],
         "take the softmax"),
        (at_the_label_alone, "zero elsewhere"),
        (lambda logits, label: -by_backward(logits, label), "The sign is wrong"),
        (lambda logits, label: by_backward(logits, label).mean(), "one number")],
    "02.3": [
        ([0.83, 0.18], "which the logarithm teaches"),
        ([0.2, 0.8], "the other way round"),
        ([0.5, 0.5], "before it has learned anything"),
        ([0.94, 0.06], "a straight line in q"), ([1, 0.2], "Right for the lightest"),
        (0.8, "two numbers"), ([0.8], "two numbers")],
    "02.4": [
        ([2_097_152, 9864], "both channels already"),
        ([1_048_576, 19_728], "both channels already"),
        ([16_384, 9864], "height times width"), ([1_048_576, 6], "they multiply"),
        ([1_048_576, 1_048_576], "they multiply"),
        ([9864, 1_048_576], "the other way round"),
        ([131_072, 9864], "two classifiers"), ([1_048_576, 4932], "two channels"),
        ([1_048_576, 22713], "natural logarithm"),
        ([1_048_576, 16 ** 8192], "How many zeros has it?"),
        ([7, 9864], "The zeros are right"), ([1_048_576, 77], "The outputs are right"),
        (1_048_576, "two numbers")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


@pytest.mark.parametrize("number", ["02.1", "02.2", "02.3", "02.4"])
def test_no_hint_but_the_last_gives_the_answer_away(number):
    exercise = exercises.every()[number]
    assert len(exercise.hints) == 3
    for spoiler in ("softmax(0)", "log(width)", "16 ** ", "[1, 0]"):
        assert not any(spoiler in hint for hint in exercise.hints[:-1])
