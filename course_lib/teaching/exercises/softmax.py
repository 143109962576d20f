"""Exercises of lesson 02: the loss of a number, its gradient, a loss without its
logarithm, and how many classes."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor, equal
from course_lib.teaching.exercises.core import Case, Exercise

EVEN = torch.zeros(4)
UNEVEN = torch.tensor([0.0, math.log(2), 0.0])            # probabilities 1/4, 1/2, 1/4
STAIRS = torch.tensor([0.0, 1.0, 2.0, 4.0])
FAR = torch.tensor([0.0, 1000.0])                         # exp(-1000) underflows
LARGE = torch.tensor([1000.0, 1001.0, 998.0])             # exp(1000) overflows
FAR_LOSS = 1000.0                                         # of the first bin of FAR

PIXELS, BINS = 64 * 64, 16
OUTPUTS, ZEROS = BINS ** 2 * PIXELS, 2 * PIXELS * math.log10(BINS)


def loss_of_number(logits: Tensor, a: Tensor, low: float, high: float) -> Tensor:
    width = (high - low) / len(logits)
    i = min(max(math.floor((float(a) - low) / width), 0), len(logits) - 1)
    return logits.logsumexp(0) - logits[i] + math.log(width)


def at_bin(logits: Tensor, i: int, low: float, high: float) -> Tensor:
    """Return the loss of bin i, or of the outermost one."""
    width = (high - low) / len(logits)
    return loss_of_number(logits, torch.tensor(low + (i + 0.5) * width), low, high)


def variant(log_q=lambda logits: logits.log_softmax(0), of_width=math.log,
            rounded=math.floor, least=0, parts=0):
    """Return the loss of a number with a mistake in one of its steps: in log q, in what
    is added for the width, in finding the bin, or with so many parts too many."""
    def loss(logits: Tensor, a: Tensor, low: float, high: float) -> Tensor:
        width = (high - low) / (len(logits) + parts)
        i = min(max(rounded((float(a) - low) / width), least), len(logits) - 1)
        return of_width(width) - log_q(logits)[i]
    return loss


OF_BIN = variant(of_width=lambda width: 0.0)              # -log P, of a class


def one_hot(logits: Tensor, label: int) -> Tensor:
    return (torch.arange(len(logits)) == label).float()


def gradient(logits: Tensor, label: int) -> Tensor:
    return logits.softmax(0) - one_hot(logits, label)


def is_whole(number) -> bool:
    """Whether this is the number of classes itself, and not that of its zeros."""
    return isinstance(number, int) and number > 10 ** 100


def learned(lightest: tuple[float, float], darkest: tuple[float, float]):
    """Return a rule: the two probabilities lie in these ranges."""
    def rule(given, right) -> bool:
        return all(low <= float(number) <= high for number, (low, high)
                   in zip(given, (lightest, darkest), strict=True))
    return rule


BELOW = ("A number below the range must fall into bin 0. Yours gets a negative index, "
         "which counts from the end: use clamp(0, k - 1).")
LOGITS = ("You subtracted the observed class from other numbers than the "
          "probabilities: take the softmax of the logits first.")
SIDES = "A picture has height times width pixels, not their sum, and not one side."

EXERCISES = [
    # Write the loss -log q(a) of a number under a softmax over bins, as a density.
    Exercise(
        "02.1", loss_of_number,
        "This is all of softmax regression: a bin, log-sum-exp minus the logit of that "
        "bin, and the width that makes it a density, to be compared with a Gaussian's.",
        ["Three questions: in which bin is a, what is -log softmax there, and how wide "
         "is a bin?",
         "The logarithm of a fraction is a difference, and the logarithm of the sum of "
         "exponentials is logits.logsumexp(0). A density is P / width.",
         "i = ((a - low) / width).floor().clamp(0, k - 1).long(), then "
         "logits.logsumexp(0) - logits[i] + math.log(width), with "
         "width = (high - low) / k."],
        [(variant(lambda logits: (logits.exp() / logits.exp().sum()).log()),
          "Right for small logits, but exp(1000) is infinite in floating point, and "
          "infinity divided by infinity is not a number. Use logsumexp, which "
          "subtracts the largest logit first.",
          lambda given, right: bool(as_tensor(given).isnan().any())),
         (variant(lambda logits: logits.softmax(0).log()),
          "Right while no probability is tiny. With the logits 0 and 1000 the "
          "probability of the first bin, exp(-1000), underflows to 0, and log 0 is "
          "infinite; the loss is 1000. Take the logarithm on paper, not afterwards: "
          "logsumexp minus the logit.",
          lambda given, right: math.isinf(given)),
         (variant(lambda logits: (logits.softmax(0) + 1e-9).log()),
          "A small number added to the probability hides that it underflows to 0: the "
          "loss of the logits 0 and 1000 is 1000, not about 20. Use logsumexp minus "
          "the logit.",
          lambda given, right: float(right) == FAR_LOSS and 5 < float(given) < 800),
         (OF_BIN,
          "This is -log P(bin), the loss of a class. A density is P(bin) / width: add "
          "the logarithm of the width."),
         (variant(of_width=lambda width: width),
          "You added the width; add its logarithm."),
         (lambda logits, *rest: loss_of_number(logits, *rest) + math.log(len(logits)),
          "This takes the width of the whole range; a bin's is (high - low) / k."),
         (lambda logits, a, low, high: loss_of_number(logits, a + low, low, high),
          "You looked for the bin of a as if the range began at 0: subtract low."),
         *[(lambda *case, sign=sign: sign * (-loss_of_number(*case)).exp(),
            "This is the density itself; the loss is minus its logarithm.")
           for sign in (1, -1)],
         (variant(lambda logits: logits),
          "The logit alone is no log-probability. Raising every logit makes this loss "
          "as small as one likes; the sum over the classes is missing."),
         *[(variant(rounded=rounded),
            "You rounded to the nearest edge, or up. A bin reaches from its edge to "
            "the next: round down.") for rounded in (round, math.ceil)],
         *[(variant(parts=parts),
            "You cut the range into k - 1 or k + 1 parts. There are k bins, one for "
            "each logit.") for parts in (-1, 1)],
         (lambda logits, a, low, high: at_bin(logits, round(
             (a.item() - low) / (high - low) * (len(logits) - 1)), low, high),
          "These are points from low to high, and a is given to the nearest. k bins "
          "have k + 1 edges, and a lies between two of them."),
         *[(lambda logits, a, low, high, beside=beside: at_bin(logits, beside + min(
             max(math.floor((a.item() - low) / (high - low) * len(logits)), 0),
             len(logits) - 1), low, high),
            "You took the bin beside. They are counted from 0, which begins at low.")
           for beside in (-1, 1)],
         (variant(lambda logits: logits - logits.sum().log()),
          "The sum is over the exponentials of the logits: logsumexp."),
         (lambda logits, a, low, high: at_bin(
            logits, logits.argmax().item(), low, high),
          "That is the loss of the likeliest bin. Take the bin in which a lies."),
         (lambda logits, a, low, high: math.log((high - low) / len(logits))
          - logits.log_softmax(0), "That is the loss of every bin. Take the one in "
                                   "which a lies."),
         *[(lambda *case, sign=sign: OF_BIN(*case) + sign * math.log(len(case[0])),
            "The width of a bin is (high - low) / k, and not 1 / k or k.")
           for sign in (-1, 1)],
         *[(lambda logits, a, low, high, power=power: OF_BIN(logits, a, low, high)
            * ((high - low) / len(logits)) ** power,
            "The width belongs inside the logarithm: -log(P(bin) / width).")
           for power in (-1, 1)],
         (variant(least=-math.inf), BELOW),
         (variant(rounded=int, least=-math.inf), BELOW)],
        [Case(UNEVEN, torch.tensor(0.1), -0.75, 0.75),
         Case(STAIRS, torch.tensor(-0.1), -1.0, 1.0),
         Case(STAIRS, torch.tensor(0.45), -1.0, 1.0),
         Case(FAR, torch.tensor(-0.5), -1.0, 1.0),
         Case(LARGE, torch.tensor(0.6), -1.25, 1.25),
         Case(STAIRS, torch.tensor(-1.7), -1.0, 1.0),
         Case(STAIRS, torch.tensor(1.7), -1.0, 1.0)]),
    # Write the gradient of the cross-entropy with respect to the logits.
    Exercise(
        "02.2", gradient,
        "Predicted minus observed: averaged over data, it vanishes exactly when the "
        "probabilities equal the frequencies.",
        ["The cross-entropy is logsumexp minus one logit. Which logits does each of "
         "the two terms contain?",
         "The derivative of log(sum of exp) by the i-th logit is exp(logit i) divided "
         "by that sum. Do you know this fraction?",
         "logits.softmax(0), and subtract 1 at the place of the label."],
        [(lambda logits, label: logits.softmax(0),
          "This is the gradient of the logsumexp alone. It does not know the label: "
          "the logit of the true class is missing."),
         (lambda logits, label: gradient(logits, label) * one_hot(logits, label),
          "Right at the label, but zero elsewhere. The logits of the other classes "
          "stand in the logsumexp too: they must fall."),
         (lambda logits, label: gradient(logits, label)[label],
          "This is one entry, that of the true class. Every logit has a gradient; "
          "return all k of them."),
         (lambda logits, label: -one_hot(logits, label),
          "This is the gradient of minus the logit alone. The logsumexp depends on "
          "every logit: add its gradient, the softmax."),
         (lambda logits, label: one_hot(logits, label),
          "This is what was observed. The gradient is what was predicted minus that."),
         *[(lambda logits, label, f=f: f(logits) - one_hot(logits, label), LOGITS)
           for f in (Tensor.float, Tensor.exp, lambda logits: logits.log_softmax(0),
                     Tensor.sigmoid)],
         *[(lambda logits, label, place=place: logits.softmax(0)
            - one_hot(logits, place(label, len(logits))),
            "You subtracted 1 at another place. The label counts the classes from 0.")
           for place in (lambda label, k: k - 1 - label,
                         lambda label, k: (label + 1) % k,
                         lambda label, k: (label - 1) % k)],
         (lambda logits, label: logits.softmax(0) * (1 - one_hot(logits, label)),
          "At the label you have 0. It is q - 1 there: the more unlikely the label "
          "was, the steeper."),
         (lambda logits, label: torch.diag(logits.softmax(0))
          - torch.outer(logits.softmax(0), logits.softmax(0)),
          "This is the derivative of every probability by every logit. The loss is one "
          "number, so it has k derivatives."),
         (lambda logits, label: (logits - one_hot(logits, label)).softmax(0),
          "You subtracted 1 from the logit; subtract it from the probability, after "
          "the softmax."),
         (lambda logits, label: logits.softmax(0) - 1,
          "You subtracted 1 everywhere; subtract it at the label only."),
         (lambda logits, label: logits.softmax(0) - label,
          "The label is the number of a class. Subtract 1 at its place, and not the "
          "number everywhere."),
         (lambda logits, label: logits.softmax(0) * (1 - logits.softmax(0)),
          "This is the derivative of each probability by its own logit. The loss is "
          "-log of one probability, which depends on every logit."),
         (lambda logits, label: -one_hot(logits, label) / logits.softmax(0),
          "This is the gradient with respect to the probabilities, -1 / q at the "
          "label. Go on to the logits by the chain rule, or start from logsumexp."),
         (lambda logits, label: -logits.softmax(0)[label] * gradient(logits, label),
          "This is the gradient of the probability of the label. The loss is minus its "
          "logarithm: divide by -q of the label."),
         (lambda logits, label: logits.softmax(0)[label] * gradient(logits, label),
          "This is the gradient of minus the probability of the label; the logarithm "
          "is missing: divide by q of the label."),
         (lambda logits, label: logits.logsumexp(0) - logits[label],
          "This is the loss itself. Take its derivative by each of the k logits.")],
        [Case(UNEVEN, 1), Case(UNEVEN, 0), Case(EVEN, 3), Case(STAIRS, 1),
         Case(LARGE, 0)]),
    # Which probability of teal does the loss -q[label] teach, where pi is 0.8 and 0.2?
    Exercise(
        "02.3", [1.0, 0.0],
        "The mean of -q is lowest where all of q is on the likeliest class: without "
        "its logarithm the loss teaches a decision, and the probabilities are lost.",
        ["Take a thousand of the lightest shirts: 800 are teal and 200 pink. What is "
         "the mean of -q if the network says q for teal and 1 - q for pink?",
         "It is -0.8 q - 0.2 (1 - q) = -0.2 - 0.6 q, a straight line in q.",
         "A straight line is lowest at an end of 0 ≤ q ≤ 1. Which one, if 0.6 q is "
         "subtracted, and which one where teal and pink are exchanged?"],
        [([0.8, 0.2],
          "These are the true probabilities, which the logarithm teaches. Work out the "
          "mean of -q for a network that says q for teal where π is 0.8: is it really "
          "lowest at q = 0.8?", learned((0.7, 0.93), (0.07, 0.3))),
         ([0.5, 0.5],
          "One half is what a network says before it has learned anything. This loss "
          "has a preference: compare q = 1/2 with q = 1.",
          learned((0.4, 0.6), (0.4, 0.6))),
         ([0.0, 1.0],
          "You have the two the other way round, or the network learned to avoid the "
          "true class: light shirts are mostly teal, and -q is lowered by raising q.",
          learned((0.0, 0.5), (0.5, 1.0))),
         ([16 / 17, 1 / 17],
          "Steeper than the truth, but not all the way: the loss is a straight line in "
          "q, and has no lowest point inside.",
          learned((0.93, 0.96), (0.04, 0.07))),
         ([1.0, 1.0],
          "Right for the lightest shirts. The darkest are mostly pink: what is lowest "
          "there?", learned((0.95, 1.0), (0.07, 1.0))),
         ([0.0, 0.0],
          "Right for the darkest shirts. The lightest are mostly teal: what is lowest "
          "there?", learned((0.0, 0.93), (0.0, 0.05))),
         (1.0,
          "Give two numbers, [for the lightest shirts, for the darkest].",
          lambda given, right: as_tensor(given).shape != (2,)),
         ([-1.0, 0.0], "A probability is between 0 and 1.",
          lambda given, right: not 0 <= as_tensor(given).min()
          <= as_tensor(given).max() <= 1)],
        tolerance=0.04),
    # Outputs of a classifier in each pixel, and zeros of the number of whole pictures.
    Exercise(
        "02.4", [OUTPUTS, ZEROS],
        "Outputs add up over pixels, about a million; whole pictures multiply, a one "
        "with 9,864 zeros. That is why pixels are classified one by one.",
        ["Begin with one pixel: how many cells has a grid of 16 by 16?",
         "A network has one output for each class of each pixel: outputs add up. Each "
         "class of one pixel goes with each class of the next: pictures multiply.",
         "Outputs: 16² · 64 · 64. Pictures: 16 ** (2 · 64 · 64), and "
         "log10(k ** m) is m · log10(k)."],
        [([OUTPUTS, BINS ** (2 * PIXELS)],
          "This is the number of classes itself. How many zeros has it?",
          lambda given, right: is_whole(given[1])),
         ([BINS ** (2 * PIXELS), ZEROS],
          "You gave the classes of whole pictures where outputs are asked for. A "
          "classifier in each pixel has k² outputs per pixel, and they add up.",
          lambda given, right: is_whole(given[0])),
         ([ZEROS, OUTPUTS], "You have the two the other way round: [outputs, zeros]."),
         *[([OUTPUTS, zeros],
            "k² · h · w adds up the classes of the pixels, but every class of one "
            "pixel goes with every class of another: they multiply, and the logarithms "
            "add up.")
           for zeros in (math.log10(OUTPUTS), math.floor(math.log10(OUTPUTS)),
                         OUTPUTS)],
         ([BINS ** 2, ZEROS],
          "k² = 256 is the outputs of one pixel; the network has so many in each of "
          "its 64 · 64 pixels."),
         ([BINS * PIXELS, ZEROS],
          "Your outputs have one channel. A cell of the ab grid is a bin of a and a "
          "bin of b: k² cells."),
         ([2 * BINS * PIXELS, ZEROS],
          "16 outputs for a and 16 for b are two classifiers, which treat a and b as "
          "independent. A cell of the ab grid is a pair: k² of them."),
         ([OUTPUTS, PIXELS * math.log10(BINS)],
          "A pixel has two channels, a and b: k² classes, not k. That is twice as many "
          "zeros."),
         *[([OUTPUTS, channels * PIXELS * math.log(BINS)],
            "This is the natural logarithm. Zeros are counted in base ten.")
           for channels in (1, 2)],
         ([OUTPUTS, 2 * PIXELS * math.log2(BINS)],
          "This is the logarithm in base two, the number of bits. Zeros are counted in "
          "base ten."),
         ([OUTPUTS, 2 * PIXELS],
          "You gave the exponent, 2N. It is the number of zeros for k = 10; here k is "
          "16, so multiply by log10(16)."),
         *[([OUTPUTS, n * math.log10(BINS)], SIDES) for n in (64, 128, 256)],
         *[([BINS ** 2 * n, ZEROS], SIDES) for n in (64, 128)],
         *[(answer, "k² is the number of pairs of a bin of a and a bin of b, so it "
                    "counts both channels already.")
           for answer in ([2 * OUTPUTS, ZEROS], [OUTPUTS, 2 * ZEROS])],
         ([OUTPUTS, 2 * math.log10(BINS)],
          "These are the zeros of one pixel. The picture has 64 · 64 of them."),
         (OUTPUTS, "Give two numbers, [outputs, zeros].",
          lambda given, right: not hasattr(given, "__len__") or len(given) != 2),
         ([OUTPUTS, 0], "The outputs are right; the zeros are not. Each class of one "
                        "pixel goes with each class of the next: take the logarithm of "
                        "a product.", lambda given, right: given[0] == OUTPUTS),
         ([0, ZEROS], "The zeros are right; the outputs are not. Each pixel has one "
                      "output for each cell of its grid.",
          lambda given, right: equal(given[1], ZEROS, 1e-4))]),
]
