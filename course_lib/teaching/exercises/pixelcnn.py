"""The exercise of lesson 06 on the price of a blind spot, foretold and measured."""

import math

from course_lib.datasets import BlindSpot
from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Exercise

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
    (PRICE * 56 / COPIED, "The seven rows are right, but near the right border a pixel "
                          "has no source: it would lie outside of the image."),
    (PRICE / COPIED, "That is the price of one pixel. The gap is per image."),
    (PRICE / 64, "That is the mean over the pixels. The gap is per image."),
    (PRICE / math.log(2), "That is in bits. Take natural logarithms, for nats."),
    (PRICE / math.log(10), "Take natural logarithms, for nats; log10 gives another "
                           "unit."),
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
        FIVE: abs(five - three) > 0.1,
        "With 7 x 7 a stack sees three to the right for each row up, so it sees the "
        "source, and need not pay more than the truth.": abs(seven) > 0.1,
        "The trained gaps are the wrong way round: first 5 x 5, then 7 x 7.":
            trained_five < 1 and trained_seven > 5,
        "Trained with 5 x 5 the gap should come out near your prediction. Is `wider` "
        "handed to the training and to the gap?": abs(trained_five - PRICE) > 1.5,
        "Trained with 7 x 7 the gap should be small. Was kernel=7 handed on, and "
        "`wider` to both?": not -1 < trained_seven < 2}
    return next((said for said, applies in says.items() if applies), None)


FIVE = ("With 5 x 5 a stack sees two to the right for each row up, and the source is "
        "three to the right: it pays the same as with 3 x 3.")
RIGHT_GAPS = [PRICE, PRICE, 0.0, PRICE + 0.1, 0.1]

EXERCISES = [
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
         ([PRICE, 0.0, 0.0, PRICE, 0.1], FIVE)],
        judge=judge_gaps),
]
