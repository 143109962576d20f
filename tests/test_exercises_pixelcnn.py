"""Facts about the exercises of lesson 06: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import torch
from torch import nn
from torch.nn.functional import conv2d, pad

from course_lib.networks.masked import MaskedConvolution, RowsAbove, causal_mask
from course_lib.teaching import exercises
from tests.exercise_facts import facts


def layer(strict=lambda kind: kind == "A", change=lambda mask, half: mask):
    """A masked layer value by value, with what goes wrong put in."""
    def answer(image, weight, bias, kind):
        mask, half = torch.zeros_like(weight), weight.shape[-1] // 2
        mask[:, :, :half] = 1
        mask[:, :, half, :half] = 1
        for looks in range(len(weight)):
            mask[looks, :looks + (not strict(kind)), half, half] = 1
        return conv2d(image, weight * change(mask, half), bias, padding=half)
    return answer


def by_the_library(image, weight, bias, kind):
    channels, kernel = len(weight), weight.shape[-1]
    return conv2d(image, weight * causal_mask(kind, kernel, channels, channels,
                                              channels), bias, padding="same")


def value_by_value(sees_with_a, sees_with_b):
    """A masked layer whose middle is asked for every pair (looks, seen)."""
    def answer(image, weight, bias, kind):
        mask, half = torch.zeros_like(weight), weight.shape[-1] // 2
        mask[:, :, :half] = 1
        mask[:, :, half, :half] = 1
        sees = sees_with_a if kind == "A" else sees_with_b
        for looks in range(len(weight)):
            for seen in range(len(weight)):
                mask[looks, seen, half, half] = sees(looks, seen)
        return conv2d(image, weight * mask, bias, padding=half)
    return answer


def nothing(looks, seen):
    return False


def mirrored(mask, half):
    return mask.flip((2, 3))


def not_up_right(mask, half):
    mask[:, :, :half, half + 1:] = 0
    return mask


def last_row_above(mask, half):
    mask[:, :, :half - 1] = 0
    return mask


def a_window_of_three(mask, half):
    small = torch.zeros_like(mask)
    small[:, :, 0], small[:, :, 1, 0] = 1, 1
    small[:, :, 1, 1] = mask[:, :, half, half]
    return small


def no_left(mask, half):
    mask[:, :, half, :half] = 0
    return mask


def one_pixel(mask, half):
    mask[:, :, half, half] = mask[-1, -1, half, half]
    return mask


def across(mask, half):
    mask[:, :, half, half] = mask[:, :, half, half].T.clone()
    return mask


class Stacks(nn.Module):
    """Two stacks in another form: rows above without a move, links at the end only."""

    def __init__(self, width, layers):
        super().__init__()
        self.above = nn.Sequential(*(part for i in range(layers) for part in (
            RowsAbove(width if i else 1, width, 3, current=i > 0), nn.ReLU())))
        self.here = nn.Sequential(*(part for i in range(layers) for part in (
            MaskedConvolution(width if i else 1, width, 3, "B" if i else "A",
                              rows=False), nn.ReLU())))

    def forward(self, image):
        return self.here(image) + self.above(image)


class Written(nn.Module):
    """The stacks of the solution, each step a method that a mistake replaces."""

    def __init__(self, width, layers):
        super().__init__()
        sizes = [1] + [width] * (layers - 1)
        self.rows = nn.ModuleList(nn.Conv2d(n, width, (2, 3)) for n in sizes)
        self.left = nn.ModuleList(nn.Conv2d(n, width, (1, 2)) for n in sizes)

    def down(self, image):
        return pad(image, (0, 0, 1, 0))[:, :, :-1]

    def right(self, image):
        return pad(image, (1, 0))[..., :-1]

    def both(self, left, above):
        return left + above

    def forward(self, image):
        above, here = self.down(image), self.right(image)
        for rows, left in zip(self.rows, self.left):
            above = rows(pad(above, (1, 1, 1, 0))).relu()
            here = self.both(left(pad(here, (1, 0))), above).relu()
        return here


def written(**changes):
    """The class with some methods replaced."""
    return type("Changed", (Written,), changes)


def unmoved(self, image):
    return image


class Plain(nn.Module):
    """One stack of masked convolutions."""

    def __init__(self, width, layers):
        super().__init__()
        self.layers = nn.Sequential(*(part for i in range(layers) for part in (
            MaskedConvolution(width if i else 1, width, 3, "B" if i else "A"),
            nn.ReLU())))

    def forward(self, image):
        return self.layers(image)


class Listed(Written):
    """Its layers are in plain lists."""

    def __init__(self, width, layers):
        super().__init__(width, layers)
        rows, left = list(self.rows), list(self.left)
        del self.rows, self.left
        self.rows, self.left = rows, left


class Leaking(Written):
    """Horizontal features lead back."""

    def forward(self, image):
        above, here = self.down(image), self.right(image)
        for rows, left in zip(self.rows, self.left):
            above = rows(pad(above, (1, 1, 1, 0))).relu()
            here = above = (left(pad(here, (1, 0))) + above).relu()
        return here


class RightAgain(Written):
    """What the horizontal stack is given moves to the right in every layer."""

    def forward(self, image):
        above, here = self.down(image), image
        for rows, left in zip(self.rows, self.left):
            above = rows(pad(above, (1, 1, 1, 0))).relu()
            here = self.both(left(pad(self.right(here), (1, 0))), above).relu()
        return here


class Partly(Listed):
    """Some of its layers are in plain lists, others are registered."""

    def __init__(self, width, layers):
        super().__init__(width, layers)
        self.rows = nn.ModuleList(self.rows)


class Eight(Written):
    """Always eight layers."""

    def __init__(self, width, layers):
        super().__init__(width, 8)


class BothSides(Written):
    """Horizontal windows of three, padded on both sides."""

    def __init__(self, width, layers):
        super().__init__(width, layers)
        self.left = nn.ModuleList(nn.Conv2d(part.in_channels, width, (1, 3))
                                  for part in self.left)

    def forward(self, image):
        above, here = self.down(image), self.right(image)
        for rows, left in zip(self.rows, self.left):
            above = rows(pad(above, (1, 1, 1, 0))).relu()
            here = self.both(left(pad(here, (1, 1))), above).relu()
        return here


class Straight(Written):
    """Without ReLU."""

    def forward(self, image):
        above, here = self.down(image), self.right(image)
        for rows, left in zip(self.rows, self.left):
            above = rows(pad(above, (1, 1, 1, 0)))
            here = left(pad(here, (1, 0))) + above
        return here


class LastOnly(Straight):
    """One ReLU, behind everything."""

    def forward(self, image):
        return super().forward(image).relu()


BLIND = 35 * (math.log(2) + 0.1 * math.log(0.1) + 0.9 * math.log(0.9))

RIGHT = {
    "06.1": [layer(), by_the_library],
    "06.2": [Written, Stacks, lambda width, layers: Written(width, layers)],
    "06.3": [[12.88, 12.88, 0, 12.99, 0.08],
             torch.tensor([BLIND, BLIND, 0.0, 13.1, 0.2])]}

WRONG = {
    "06.1": [
        (layer(strict=lambda kind: True), "mask A for both"),
        (layer(strict=lambda kind: False), "mask B for both"),
        (layer(strict=lambda kind: kind == "B"), "kinds are exchanged"),
        (value_by_value(lambda looks, seen: seen <= looks,
                        lambda looks, seen: seen <= looks + 1), "one too many"),
        (value_by_value(nothing, lambda looks, seen: seen <= looks), "With A no value"),
        (value_by_value(lambda looks, seen: seen < looks,
                        lambda looks, seen: seen == looks), "With B no value"),
        (value_by_value(nothing, nothing), "Here no value sees another"),
        (value_by_value(lambda looks, seen: seen < looks, lambda looks, seen: True),
         "drawn after it"),
        (value_by_value(lambda looks, seen: seen != looks, lambda looks, seen: True),
         "drawn after it"),
        (value_by_value(lambda looks, seen: True, lambda looks, seen: True),
         "drawn after it"),
        (layer(change=not_up_right), "whole width"),
        (layer(change=last_row_above), "3 x 3 alone"),
        (layer(change=a_window_of_three), "3 x 3 alone"),
        (lambda image, weight, bias, kind: conv2d(
            image, weight * causal_mask(kind, weight.shape[-1], *2 * [len(weight)],
                                        channels=len(weight)), bias, padding=1),
         "3 x 3 alone"),
        (lambda image, weight, bias, kind: conv2d(
            image, weight * causal_mask(kind, weight.shape[-1], *2 * [len(weight)],
                                        channels=len(weight)), bias),
         "smaller than the image"),
        (lambda image, weight, bias, kind: layer()(image, weight, bias, kind).relu(),
         "positive part of what"),
        (layer(change=across), "Rows and columns are exchanged"),
        (layer(change=one_pixel), "treated alike"),
        (layer(change=no_left), "on the left, in the same row"),
        (layer(change=mirrored), "below and on the right"),
        (layer(change=lambda mask, half: torch.ones_like(mask)), "No weight is hidden"),
        (lambda image, weight, bias, kind: by_the_library(image, weight, None, kind),
         "bias is missing")],
    "06.2": [
        (written(down=unmoved), "move the image one row down"),
        (written(right=unmoved), "move the image one pixel to the right"),
        (written(down=unmoved, right=unmoved), "move the image one row down"),
        (written(down=lambda self, image: pad(image, (0, 0, 0, 1))[:, :, 1:]),
         "sees rows below"),
        (written(down=lambda self, image: image.roll(1, 2)), "comes in on the other"),
        (written(right=lambda self, image: image.roll(1, 3)), "comes in on the other"),
        (written(both=lambda self, left, above: left), "sees no row above"),
        (written(both=lambda self, left, above: above), "nothing of its own row"),
        (written(both=lambda self, left, above: left + self.down(above)),
         "more than once"),
        (written(both=lambda self, left, above: self.right(left) + above),
         "to the right in every layer"),
        (RightAgain, "Move to the right once"), (Plain, "blind spot is left"),
        (Leaking, "lead back"),
        (Listed, "ModuleList"), (Partly, "ModuleList"), (Eight, "Build `layers`"),
        (Straight, "linear map"), (LastOnly, "linear map"),
        (BothSides, "pad it on the left alone"),
        (written(right=lambda self, image: pad(image, (0, 1))[..., 1:]),
         "move its image to the right"),
        (Written(8, 8), "Hand in the class"),
        (lambda width, layers: nn.Conv2d(1, 3, 3, padding=1), "should return (100, 8")],
    "06.3": [
        ([15.46, 15.46, 0, 13, 0.1], "lesson's streaks"),
        ([BLIND / math.log(2)] * 2 + [0, 13, 0.1], "in bits"),
        ([35 * math.log(2)] * 2 + [0, 13, 0.1], "the gap is the difference"),
        ([0.368, 0.368, 0, 13, 0.1], "The gap is per image"),
        ([BLIND / 64] * 2 + [0, 13, 0.1], "The gap is per image"),
        ([BLIND / math.log(10)] * 2 + [0, 13, 0.1], "log10"),
        ([56 * 0.368] * 2 + [0, 13, 0.1], "near the right border"),
        ([64 * 0.368] * 2 + [0, 13, 0.1], "Not every pixel has a source"),
        ([BLIND, 0, 0, 13, 0.1], "two to the right"),
        ([BLIND, BLIND, 11.4, 13, 0.1], "need not pay more than the truth"),
        ([BLIND, BLIND, 0, 0.1, 13], "the wrong way round"),
        ([BLIND, BLIND, 0, 0.1, 0.1], "near your prediction"),
        ([BLIND, BLIND, 0, 13, 13], "kernel=7"),
        ([5, 5, 0, 13, 0.1], "too small"), ([BLIND, 0], "Give five numbers")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)


def test_a_check_of_two_stacks_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    exercises.check("06.2", Written)
    assert torch.equal(torch.get_rng_state(), before)
