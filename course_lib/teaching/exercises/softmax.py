"""Exercises of lesson 02: cross-entropy, its gradient, bins, and how many classes."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise

EVEN = torch.zeros(4)
UNEVEN = torch.tensor([0.0, math.log(2), 0.0])            # probabilities 1/4, 1/2, 1/4
LARGE = torch.tensor([1000.0, 1001.0, 998.0])             # exp(1000) overflows


def cross_entropy(logits: Tensor, label: int) -> Tensor:
    return logits.logsumexp(0) - logits[label]


def gradient(logits: Tensor, label: int) -> Tensor:
    one_hot = torch.zeros(len(logits))
    one_hot[label] = 1
    return logits.softmax(0) - one_hot


def bins_needed(span: float, error: float) -> int:
    return math.ceil(span / (error * math.sqrt(12)))


def zeros(k: int, height: int, width: int) -> float:
    return 2 * height * width * math.log10(k)


def softmax_only(logits: Tensor, label: int) -> Tensor:
    return logits.softmax(0)


EXERCISES = [
    # Write the cross-entropy of one pixel, -log softmax(logits)[label].
    Exercise(
        "02.1", cross_entropy,
        "It is log-sum-exp minus the logit of the true class: no exp overflows.",
        ["Write softmax as a fraction and take its logarithm: a difference.",
         "The logarithm of the sum of exponentials is logits.logsumexp(0).",
         "logits.logsumexp(0) - logits[label]"],
        [(lambda logits, label: -logits[label],
          "This is the logit alone. Raising every logit makes it as small as one "
          "likes; the sum over the classes is missing."),
         (lambda logits, label: -logits.softmax(0)[label],
          "This is minus the probability; take its logarithm too."),
         (lambda logits, label: logits[label] - logits.logsumexp(0),
          "This is the log-probability, which training should raise. A loss is "
          "lowered: turn the sign."),
         (lambda logits, label: -(logits.exp() / logits.exp().sum()).log()[label],
          "Right for small logits, but exp(1000) is infinite in floating point. Use "
          "logsumexp, which subtracts the largest logit first.")],
        [Case(UNEVEN, 1), Case(UNEVEN, 0), Case(EVEN, 3), Case(LARGE, 0)]),
    # Write the gradient of the cross-entropy with respect to the logits.
    Exercise(
        "02.2", gradient,
        "Predicted minus observed: averaged over data, it vanishes exactly when the "
        "probabilities equal the frequencies.",
        ["The gradient of logsumexp is softmax.",
         "The logit of the true class appears once more, with a minus.",
         "logits.softmax(0), and subtract 1 at the place of the label."],
        [(softmax_only, "This is the gradient of the logsumexp alone. It does not know "
                        "the label: the logit of the true class is missing."),
         (lambda logits, label: -gradient(logits, label),
          "The sign is turned: a step against this gradient would make the true class "
          "less likely."),
         (lambda logits, label: gradient(logits, label)[label],
          "This is one entry, that of the true class. Every logit has a gradient; "
          "return all k of them.")],
        [Case(UNEVEN, 1), Case(UNEVEN, 0), Case(EVEN, 3)]),
    # How many bins does a range of 2.5 need for an rms error of 0.01?
    Exercise(
        "02.3", bins_needed(2.5, 0.01),
        "width / √12 = 0.01 asks for 72.2 bins, and only whole ones exist.",
        ["The rms error of a bin is its width divided by √12.",
         "The width is 2.5 / k; solve for k.",
         "2.5 / (0.01 · 3.464) is 72.17. Which whole number is enough?"],
        [(72, "With 72 bins the error is 0.01002, a little too much: round up."),
         (72.17, "Bins come whole: round up.",
          lambda given, right: 72 < float(given) < 73),
         (250, "This makes each bin 0.01 wide. Inside a bin the error is smaller than "
               "that: its root mean square is width / √12."),
         (125, "This makes 0.01 the largest error, half a width. The root mean square "
               "is width / √12."),
         (145, "This is for bins that are colored by their floors, whose rms error is "
               "width / √3. Centres do with half as many.")]),
    # How many zeros has the number of classes of a whole ab picture?
    Exercise(
        "02.4", zeros,
        "It grows with the area: a one with 131,072 zeros for 256 x 256 and k = 10. "
        "The atoms of the visible universe are a one with about 80.",
        ["Each of the N pixels has two channels with k values each.",
         "The number of pictures is k to the power of 2N.",
         "The number of zeros of 10^n is n; log10(k ** m) is m · log10(k)."],
        [(lambda k, height, width: height * width * math.log10(k),
          "A pixel has two channels, a and b: k² classes, not k."),
         (lambda k, height, width: math.log10(k ** 2 * height * width),
          "This adds up the classes of the pixels, k² for each. Every class of one "
          "pixel goes with every class of another: they multiply."),
         (lambda k, height, width: 2 * height * width * math.log(k),
          "This is the natural logarithm. Zeros are counted in base ten."),
         (lambda k, height, width: k ** (2 * height * width),
          "This is the number of classes itself. How many zeros has it?"),
         (lambda k, height, width: 2 * (height + width) * math.log10(k),
          "A picture has height times width pixels, not height plus width.")],
        [Case(10, 256, 256), Case(10, 1, 1), Case(100, 2, 3), Case(2, 32, 32)],
        tolerance=1e-6),
]
