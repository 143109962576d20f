"""Exercises of lesson 06: a masked layer, and the price of a blind spot foretold."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from course_lib.datasets import BlindSpot
from course_lib.networks.masked import causal_mask
from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise


def masked(image: Tensor, weight: Tensor, bias: Tensor, kind: str,
           middle: Tensor | None = None) -> Tensor:
    """Return a masked convolution; `middle` replaces what its middle lets through."""
    channels, kernel = weight.shape[0], weight.shape[-1]
    mask = causal_mask(kind, kernel, channels, channels, channels)
    if middle is not None:
        mask[:, :, kernel // 2, kernel // 2] = middle
    return conv2d(image, weight * mask, bias, padding=kernel // 2)


def middle_of(kind: str, channels: int) -> Tensor:
    return torch.ones(channels, channels).tril(-1 if kind == "A" else 0)


def windowed(change: Callable[[Tensor, int], Tensor]) -> Callable[..., Tensor]:
    """Return a wrong layer, whose mask `change` makes of the right one."""
    def layer(image: Tensor, weight: Tensor, bias: Tensor, kind: str) -> Tensor:
        channels, kernel = weight.shape[0], weight.shape[-1]
        mask = change(causal_mask(kind, kernel, channels, channels, channels),
                      kernel // 2)
        return conv2d(image, weight * mask, bias, padding=kernel // 2)
    return layer


def whole_row(mask: Tensor, half: int) -> Tensor:
    mask[:, :, half, half + 1:] = 1
    return mask


def nothing_left(mask: Tensor, half: int) -> Tensor:
    mask[:, :, half, :half] = 0
    return mask


def ordered_everywhere(mask: Tensor, half: int) -> Tensor:
    return mask * mask[:, :, half, half][:, :, None, None]


def layer_case(kind: str, channels: int, kernel: int) -> Case:
    draw = torch.Generator().manual_seed(channels * kernel)
    weight = torch.randn(channels, channels, kernel, kernel, generator=draw)
    image = torch.randn(2, channels, 5, 4, generator=draw)
    return Case(image, weight, torch.randn(channels, generator=draw), kind)


LAYER_CASES = [layer_case("A", 3, 3), layer_case("B", 3, 3), layer_case("A", 1, 3),
               layer_case("B", 2, 5)]
LAYER_MISTAKES = [
    (lambda image, weight, bias, kind: masked(
        image, weight, bias, kind, middle_of("A", len(weight))),
     "You use mask A for both kinds. With B a value also sees its own features, as "
     "they come from a layer that has hidden the value itself."),
    (lambda image, weight, bias, kind: masked(
        image, weight, bias, kind, middle_of("B", len(weight))),
     "You use mask B for both kinds. With A, in the first layer, a value must not see "
     "itself."),
    (lambda image, weight, bias, kind: masked(image, weight, bias, "AB"[kind == "A"]),
     "The kinds are exchanged: A is the first layer's, and must hide the value "
     "itself."),
    (lambda image, weight, bias, kind: masked(
        image, weight, bias, kind, middle_of(kind, len(weight)).T),
     "Rows and columns are exchanged in the middle. The first dimension of a weight is "
     "the value that looks; here the first value looks at those drawn after it."),
    (lambda image, weight, bias, kind: masked(image, weight, bias, kind,
                                              torch.tensor(float(kind == "B"))),
     "In the middle all values of the pixel are treated alike. Each may see those "
     "that are drawn before it in the same pixel, and no later ones."),
    (lambda image, weight, bias, kind: masked(
        image, weight, bias, kind, torch.eye(len(weight)) * (kind == "B")),
     "Here no value sees another of its pixel. The second may see the first, which is "
     "drawn by then."),
    (windowed(ordered_everywhere),
     "The order of the values counts in the middle alone. Of earlier pixels every "
     "value is known, so each may see all."),
    (windowed(nothing_left),
     "The pixels on the left, in the same row, are earlier, and may be seen."),
    (windowed(whole_row),
     "The weights on the right of the middle, in its row, look at what is drawn "
     "later."),
    (windowed(lambda mask, half: mask.transpose(2, 3)),
     "The window lies on its side: images have the shape (batch, channels, rows, "
     "columns), and the rows above are free."),
    (windowed(lambda mask, half: mask.flip(2, 3)),
     "Your mask lets through what is below and on the right, which is drawn later."),
    (lambda image, weight, bias, kind: conv2d(image, weight, bias,
                                              padding=weight.shape[-1] // 2),
     "No weight is hidden: multiply the weights by a mask of 0 and 1."),
    (lambda image, weight, bias, kind: masked(image, weight, 0 * bias, kind),
     "The bias is missing."),
    (lambda image, weight, bias, kind: masked(image, weight, bias, kind)[
        :, :, weight.shape[-1] // 2:-(weight.shape[-1] // 2),
        weight.shape[-1] // 2:-(weight.shape[-1] // 2)],
     "The result is smaller than the image. Pad it with zeros: padding=k // 2."),
]


WIDER = BlindSpot(reach=(1, 3))
PRICE, COPIED = WIDER.blind_cost(3), 7 * 5
COIN, FLIP = COPIED * math.log(2), COPIED * math.log(2) - PRICE
SAME_WORLD = ("That is the price in the lesson's streaks. Here the source lies three "
              "to the right, so fewer pixels have one. Count them again.")
FORESEEN = [
    (PRICE * 42 / COPIED, SAME_WORLD),
    (PRICE * 64 / COPIED, "Not every pixel has a source: where it would lie outside of "
                          "the image, the pixel is a fair coin for every model."),
    (PRICE * 40 / COPIED, "The pixels of the first row have no source either."),
    (PRICE / COPIED, "That is the price of one pixel. The gap is per image."),
    (PRICE / math.log(2), "That is in bits. Take natural logarithms, for nats."),
    (COIN, "That is all that the coins cost. A model that sees the source still pays "
           "for the flips; the gap is the difference."),
    (FLIP, "That is what the flips cost, and the truth pays that, too. The gap is what "
           "a blind model pays beyond it."),
    (-PRICE, "A gap is what a model pays more than the truth, so it is not negative."),
]


def judge_gaps(answer) -> str | None:
    """Return what is wrong with [3 x 3, 5 x 5, 7 x 7 foreseen, 5 x 5, 7 x 7 found]."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (5,):
        return ("Give five numbers, [3 x 3, 5 x 5, 7 x 7 predicted, 5 x 5, 7 x 7 "
                "trained].")
    three, five, seven, trained_five, trained_seven = numbers.tolist()
    for wrong, says in FORESEEN:
        if abs(three - wrong) < 0.02 * abs(wrong):
            return says
    says = {
        f"The gap of 3 x 3 should be the pixels that have a source, times what a coin "
        f"costs more than a flip. Yours, {three:.4g}, is too "
        f"{'small' if three < PRICE else 'large'}.": abs(three / PRICE - 1) > 0.02,
        "With 5 x 5 a stack sees two to the right for each row up, and the source is "
        "three to the right: it pays the same as with 3 x 3.":
            abs(five - three) > 0.1,
        "With 7 x 7 a stack sees three to the right for each row up, so it sees the "
        "source, and need not pay more than the truth.": abs(seven) > 0.1,
        "The trained gaps are the wrong way round: first 5 x 5, then 7 x 7.":
            trained_five < 1 and trained_seven > 5,
        "Trained with 5 x 5 the gap should come out near your prediction. Is `wider` "
        "handed to the training and to the gap?": abs(trained_five - PRICE) > 1.5,
        "Trained with 7 x 7 the gap should be small. Was kernel=7 handed on, and "
        "`wider` to both?": not -1 < trained_seven < 2}
    return next((said for said, applies in says.items() if applies), None)


RIGHT_GAPS = [PRICE, PRICE, 0.0, PRICE + 0.1, 0.1]

EXERCISES = [
    # An image has as many values per pixel as channels, drawn one after the other;
    # weight is (channels, channels, k, k). Return the convolution with what the mask of
    # kind "A" or "B" lets through, of the size of the image.
    Exercise(
        "06.1", masked,
        "This is the layer that PixelCNN is made of. With more features, the entries "
        "of the middle become blocks.",
        ["Begin with zeros of the weight's shape. Which places may be 1 for every "
         "value, whatever the kind is?",
         "All rows above the middle, and the left of it in its row. In the middle "
         "stands a matrix: rows look, columns are looked at. Which entries are 1 for "
         "three values and kind A, and which does B add?",
         "mask[:, :, k // 2, k // 2] = torch.ones(channels, channels).tril(-1) for A "
         "and .tril(0) for B; conv2d(image, weight * mask, bias, padding=k // 2)"],
        LAYER_MISTAKES, LAYER_CASES),
    # A pixel copies the one a row up and three to the right. Predict the gap of plain
    # stacks of 3 x 3, 5 x 5 and 7 x 7; train the last two, and measure.
    Exercise(
        "06.3", RIGHT_GAPS,
        "What a model cannot see no training finds, and the price was known before the "
        "first step.",
        ["Which pixels have a source inside the image, and how many are they?",
         "A pixel with a source costs a blind model ln 2, and the truth H(0.1). How "
         "far to the right does a stack of k x k see, for one row up?",
         "35 pixels have a source, and 3 x 3 and 5 x 5 miss it: 35 * (0.693 - "
         "0.325). Then gap(train_streaks(PixelCNN, wider, kernel=5), wider), and the "
         "same with 7."],
        [*(([wrong, wrong, 0.0, PRICE, 0.1], says) for wrong, says in FORESEEN),
         ([PRICE, 0.0, 0.0, PRICE, 0.1],
          "With 5 x 5 a stack sees two to the right for each row up, and the source is "
          "three to the right: it pays the same as with 3 x 3."),
         ([PRICE, PRICE, PRICE, PRICE, 0.1],
          "With 7 x 7 a stack sees three to the right for each row up, so it sees the "
          "source, and need not pay more than the truth."),
         ([PRICE, PRICE, 0.0, 0.1, PRICE],
          "The trained gaps are the wrong way round: first 5 x 5, then 7 x 7.")],
        judge=judge_gaps),
]
