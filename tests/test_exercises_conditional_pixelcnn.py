"""Facts about the exercises of lesson 07: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import torch
from torch.nn.functional import conv2d

from course_lib.scoring.estimate import Estimate
from course_lib.teaching import exercises
from tests.exercise_facts import facts

BITS = math.log2(10) / 64


def everywhere(vector):
    return vector[:, :, None, None]


def by_convolution(a, b, told, V, V_gate):
    told = everywhere(told) if told.dim() == 2 else told
    side, gate = (conv2d(told, weight[:, :, None, None]) for weight in (V, V_gate))
    return torch.tanh(a + side) * torch.sigmoid(b + gate)


def by_matrix(a, b, told, V, V_gate):
    if told.dim() == 2:
        told = told[:, :, None, None].expand(-1, -1, *a.shape[2:])
    places = told.permute(0, 2, 3, 1)
    side, gate = ((places @ weight.T).permute(0, 3, 1, 2) for weight in (V, V_gate))
    return (a + side).tanh() / (1 + torch.exp(-b - gate))


def heard(told, V):
    return (everywhere(told @ V.T) if told.dim() == 2 else
            torch.einsum("fn,bnhw->bfhw", V, told))


def unit(side, gate):
    return side.tanh() * gate.sigmoid()


def hears(sides):
    """Return a gate from sides(a, b, s, g), where s = V told and g = V_gate told."""
    return lambda a, b, told, V, V_gate: sides(a, b, heard(told, V),
                                               heard(told, V_gate))


def only_vectors(a, b, told, V, V_gate):
    return unit(a + everywhere(told @ V.T), b + everywhere(told @ V_gate.T))


def mean_of_map(a, b, told, V, V_gate):
    told = told.mean((2, 3)) if told.dim() == 4 else told
    return unit(a + heard(told, V), b + heard(told, V_gate))


RIGHT = {
    "07.1": [[BITS, 1 / 64, 0], (BITS, 1 / 64, 0.0), [0.0519, 0.0156, 0],
             [0.05, 0.016, 0],
             torch.tensor([3.3219, 1, 0]) / 64],
    "07.2": [by_convolution, by_matrix],
    "07.3": [{"gap, nats": gap, "right place": 0.9}
             for gap in (Estimate(1.56, 0.05), 2.08, torch.tensor(0.9))]}

WRONG = {
    "07.1": [
        ([math.log2(10), 1, 0], "whole image. Divide"),
        ([math.log(10) / 64, math.log(2) / 64, 0], "nats. Use"),
        ([math.log(10), math.log(2), 0], "in nats, and for the whole image"),
        ([10 / 64, 2 / 64, 0], "ten bits per image"),
        ([math.log2(10) * 64, 64, 0], "multiplied by 64"),
        ([BITS, 64, 0], "multiplied by 64"),
        ([BITS, math.log2(5) / 64, 0], "what stays open"),
        ([BITS, BITS / 2, 0], "bits do not halve"),
        ([BITS, 1, 0], "For odd or even, your 1 is for the whole image"),
        ([BITS, 1 / 64, math.log2(7) / 64], "nothing of the weekday"),
        ([BITS, 1 / 64, math.log(7) / 64], "nothing of the weekday"),
        ([BITS, 1 / 64, -0.01], "would be a cost"),
        ([0.1, 0.5, 0], "a probability"), ([BITS, 0.5, 0], "a probability"),
        ([BITS, BITS, 0], "all that the class tells"), ([BITS, 0, 0], "is nothing"),
        ([BITS, 0.5 / 64, 0], "half a bit"), ([4 / 64, 1 / 64, 0], "four bits"),
        ([8 * BITS, 1 / 8, 0], "8 pixels of a row"),
        ([math.log2(10) / 10, 0.1, 0], "divided by the ten classes"),
        ([BITS, 1 / 64, 1 / 7], "more than nothing"),
        ([BITS, math.nan, 0], "no number of bits"),
        ([0.03, 1 / 64, 0], "too small"),
        ([BITS, 1 / 64], "three numbers"), (BITS, "three numbers")],
    "07.2": [(hears(sides), words) for sides, words in (
        (lambda a, b, s, g: unit(a, b), "does not listen"),
        (lambda a, b, s, g: unit(a + s, b), "Only the tanh"),
        (lambda a, b, s, g: unit(a, b + g), "Only the gate hears"),
        (lambda a, b, s, g: unit(a + s, b + s), "there is V where V_gate belongs"),
        (lambda a, b, s, g: unit(a + g, b + g), "there is V_gate where V belongs"),
        (lambda a, b, s, g: unit(a + g, b + s), "V and V_gate are exchanged"),
        (lambda a, b, s, g: unit(b + s, a + g), "a and b are exchanged"),
        (lambda a, b, s, g: unit(a + s, a + g), "there is a where b belongs"),
        (lambda a, b, s, g: unit(a - s, b - g), "subtracted"),
        (lambda a, b, s, g: (a.tanh() + s) * (b.sigmoid() + g), "inside, before"),
        (lambda a, b, s, g: (a.tanh() + s) * (b + g).sigmoid(), "inside, before"),
        (lambda a, b, s, g: (a + s).tanh() * (b.sigmoid() + g), "inside, before"),
        (lambda a, b, s, g: unit(a, b) + s, "finished unit"),
        (lambda a, b, s, g: unit(a, b) + s + g, "finished unit"),
        (lambda a, b, s, g: unit(a * s, b * g), "The formula adds it"),
        (lambda a, b, s, g: unit(a, b) * s * g, "The formula adds it"),
        (lambda a, b, s, g: unit(b + g, a + s), "two functions"),
        (lambda a, b, s, g: (a + s).tanh() + (b + g).sigmoid(), "there is + where"),
        (lambda a, b, s, g: (a + s).tanh(), "tanh alone"),
        (lambda a, b, s, g: (a + s).tanh() * (b + g), "sigmoid is missing"),
        (lambda a, b, s, g: (a + s) * (b + g).sigmoid(), "tanh is missing"),
        (lambda a, b, s, g: (a + s) * (b + g), "product of two sums"),
        (lambda a, b, s, g: (a + s).tanh() * (b + g).tanh(), "tanh where the sig"),
        (lambda a, b, s, g: (a + s).sigmoid() * (b + g).sigmoid(),
         "the sigmoid where the tanh"))] + [
        (lambda a, b, told, V, V_gate: unit(a + told @ V.T, b + told @ V_gate.T),
         "rows and columns"),
        (lambda a, b, told, V, V_gate: unit(a + V @ told, b + V_gate @ told),
         "adds up over the last dimension"),
        (lambda a, b, told, V, V_gate: hears(lambda a, b, s, g: unit(a + s, b + g))(
            a, b, told[:1], V, V_gate), "belongs to the first"),
        (lambda a, b, told, V, V_gate: only_vectors(a, b, told, V, V_gate)
         if told.dim() == 2 else None, "Return something for it"),
        (only_vectors, "A vector is heard as it should be, a map is not yet."),
        (mean_of_map, "no longer says where")],
    "07.3": [
        ({"gap, nats": gap, "right place": 0.5}, words) for gap, words in (
            (Estimate(6.64, 0.08), "the lesson's vector"), (6.2, "the lesson's vector"),
            (4.85, "behind who is not told"), (2.25, "behind who is not told"),
            (2.197, "the marginal"), (0.0163, "gap of a map"),
            (-1.5, "better than the truth"), (40.0, "further than"),
            (math.nan, "no number"))] + [
        (1.5, "Hand in all"), ({"gap": 1.5}, "Hand in all")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_a_gate_that_cannot_take_a_map_is_told_that_its_vector_is_right():
    said = exercises.check("07.2", only_vectors).message
    assert "raised RuntimeError" in said
