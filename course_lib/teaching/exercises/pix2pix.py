"""Exercises of lesson 09: how far critics see, and what patches pay."""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.contract import seeded
from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise

# (kernel, stride) of each layer, the first layer first: the nets of 09.1
NETS = ([(3, 1), (3, 1), (3, 1)], [(4, 2), (3, 1)], [(3, 1), (4, 2)],
        [(2, 2), (2, 2), (2, 2), (3, 1)])
HONEST = 2 * math.log(2)           # what a critic pays that cannot tell


def reaches(first=1, fewer=1, step=lambda strides: math.prod(strides[:-1]),
            nets=NETS) -> list[int]:
    """Return how many pixels a side one score of each net sees.

    step: of the strides up to a layer and its own, how far apart its inputs are"""
    return [first + sum(
        (kernel - fewer) * step([stride for _, stride in net[:i + 1]])
        for i, (kernel, _) in enumerate(net)) for net in nets]


REACHES = [
    *[(reaches(first, 0), "A layer of kernel k adds k - 1 neighbors, and not k. Begin "
                          "with one pixel.") for first in (0, 1)],
    (reaches(0), "One pixel is missing: a stack without any layer sees one."),
    (reaches(step=lambda strides: 1),
     "All neighbors are taken to be one pixel apart. Behind a layer of stride 2 they "
     "are two pixels apart."),
    (reaches(0, 0, lambda strides: 1),
     "That is the sum of the kernels. Each layer adds k - 1 steps, and behind a stride "
     "of 2 a step is two pixels long."),
    ([math.prod(kernel for kernel, _ in net) for net in NETS],
     "That is the product of the kernels. Reaches add up, layer by layer."),
    (reaches(step=math.prod),
     "A layer's own stride sets how far apart its outputs are, not the inputs that one "
     "output looks at. It counts for the layers behind it."),
    (reaches(step=lambda strides: [1, *strides][-2]),
     "Only the stride of the layer just before was used. All strides before a layer "
     "are multiplied: look at net D."),
    (reaches(nets=[net[::-1] for net in NETS]),
     "The layers are taken from the last to the first. The strides that count are "
     "those nearer to the picture."),
    (reaches(nets=[[pair[::-1] for pair in net] for net in NETS]),
     "Kernel and stride have changed places: each layer is written kernel / stride."),
    ([1 + sum(kernel - 1 for kernel, _ in net) * math.prod(
        stride for _, stride in net) for net in NETS],
     "Every layer's steps were multiplied with all strides. Only the strides before a "
     "layer count, so in C none does."),
    ([math.prod(stride for _, stride in net) for net in NETS],
     "That is how far apart two scores are. Asked is how far one score sees."),
    ([reach ** 2 for reach in reaches()],
     "These are the numbers of all pixels of a patch. Asked is its side."),
    (reaches(step=lambda strides: sum(strides[:-1]) or 1),
     "Strides are multiplied, and not added."),
    (reaches(step=lambda strides: 2 ** (len(strides) - 1)),
     "Not every layer has a stride of 2. How far apart are the inputs of each?"),
    *[([reach + (j == i) for j, reach in enumerate(reaches())],
       f"Net {'ABCD'[i]}: begin with one pixel, and add (kernel - 1) times all strides "
       f"before, layer by layer.",
       lambda given, right, i=i: [a == b for a, b in zip(given, right)].index(False)
       == i) for i in range(4)]]


def slanted(slope: float):
    """Return a critic whose scores follow plan and picture, one per pixel."""
    return lambda x, y: slope * y.mean(1) + x[:, 0] - 1


def paid(scores: Tensor) -> Tensor:
    """Return what the patches pay, each by itself."""
    return softplus(-scores).mean()


def distance(off: Tensor) -> Tensor:
    """Return the mean of |y - made| over all numbers, off = y - made."""
    return off.abs().mean()


def loss(critic, x: Tensor, y: Tensor, made: Tensor, weight: float, term=paid,
         l1=distance) -> Tensor:
    """Return what a generator pays: `term` of the scores, and weight times `l1`."""
    return term(critic(x, made)) + weight * l1(y - made)


def with_parts(term=paid, l1=distance):
    """Return a loss whose critic's part, or distance, is another one."""
    return lambda *given: loss(*given, term=term, l1=l1)


def some_game(slope: float, weight: float, pictures: int) -> Case:
    """Return the arguments of one call of the loss."""
    with seeded(pictures):
        return Case(slanted(slope), torch.rand(pictures, 9, 4, 4),
                    3 * torch.randn(pictures, 3, 4, 4),
                    (3 * torch.randn(pictures, 3, 4, 4)).requires_grad_(), weight)


GAMES = [some_game(3.0, 2.25, 1), some_game(-4.0, 30.0, 2), some_game(2.0, 0.5, 3)]
TERMS = {                          # what is said of other parts of the critic
    "The scores are averaged first, so that good patches make up for bad ones. Let "
    "each patch pay by itself, softplus(-s), and average what is paid.":
        [lambda s: softplus(-s.mean()),
         lambda s: softplus(-s.flatten(1).mean(1)).mean(),
         lambda s: -s.sigmoid().mean().log()],
    "What patches pay is added up. Then the critic weighs the more, the larger picture "
    "and batch are. Take the mean over all patches of all pictures.":
        [lambda s: softplus(-s).sum(),
         lambda s: softplus(-s).flatten(1).sum(1).mean(),
         lambda s: softplus(-s).flatten(1).mean(1).sum()],
    "The sign is the critic's: this is large where a patch looks real. The generator "
    "wants high scores.":
        [lambda s: softplus(s).mean(), lambda s: s.mean(),
         lambda s: s.sigmoid().mean()],
    "That is the critic's loss with its sign changed: the same game, but flat where "
    "the generator is worst (lesson 04).":
        [lambda s: -softplus(s).mean()],
    "That is minus the score. The loss of a score s is softplus(-s), which is flat "
    "once a patch looks real.":
        [lambda s: -s.mean()],
    "The sigmoid's logarithm is missing: a score s costs -log sigmoid(s), which is "
    "softplus(-s).":
        [lambda s: -s.sigmoid().mean(), lambda s: 1 - s.sigmoid().mean()],
    "Scores are held to 1 by a square here, another game. Ours costs softplus(-s).":
        [lambda s: (s - 1).square().mean()]}
DISTANCES = {                      # and of other distances
    "The distance is a sum here. Take the mean over all numbers, as for the patches.":
        [lambda off: off.abs().sum(), lambda off: off.abs().flatten(1).sum(1).mean()],
    "That is the L2 loss. The distance asked for is L1, the mean of |y - made|.":
        [lambda off: off.square().mean(), lambda off: off.square().mean().sqrt(),
         lambda off: off.norm()],
    "The absolute value is missing, or taken too late: differences of both signs "
    "cancel.":
        [lambda off: off.mean(), lambda off: -off.mean(), lambda off: off.mean().abs()]}
PARTS = [                          # p: what patches pay, q: the distance, w: weight
    (lambda p, q, w: w * (p + q),
     "The weight multiplies the critic's part too. It belongs to the distance alone."),
    (lambda p, q, w: w * p + q,
     "The weight stands before the critic's part. It belongs to the distance."),
    (lambda p, q, w: p + q, "The weight of the distance is missing."),
    (lambda p, q, w: p,
     "That is the critic's part alone. Add weight times the mean of |y - made|."),
    (lambda p, q, w: w * q, "That is the distance alone. Add what the patches pay.")]
SCORED = [                         # other parts of the critic, from critic, x, y, made
    (lambda d, x, y, made: paid(d(x, y)),
     "It is the true picture that is scored here. The generator pays for its own, "
     "critic(x, made)."),
    *[(rule, "The critic takes the plan, and then the generator's picture: critic(x, "
             "made).") for rule in (lambda d, x, y, made: paid(d(made, x)),
                                    lambda d, x, y, made: paid(d(y, made)))],
    *[(lambda d, x, y, made, sign=sign: paid(sign * d(x, made)) + paid(-sign * d(x, y)),
       "The true picture is scored too. The generator pays softplus(-s) for its own "
       "pictures alone.") for sign in (1, -1)]]
LOSSES = [
    *[(lambda d, x, y, made, w, rule=rule: rule(
        paid(d(x, made)), distance(y - made), w), says) for rule, says in PARTS],
    *[(lambda d, x, y, made, w, rule=rule: rule(d, x, y, made) + w * distance(y - made),
       says) for rule, says in SCORED],
    (with_parts(lambda s: softplus(-s).sum(), lambda off: off.abs().sum()),
     "Both parts are sums. Take means, or each grows with the picture in its own way."),
    *[(with_parts(term), says) for says, terms in TERMS.items() for term in terms],
    *[(with_parts(l1=l1), says) for says, l1s in DISTANCES.items() for l1 in l1s]]


SWAPPED = "The two prices have changed places: first that of single pixels."
TOO_WIDE = ("Yes, it notices. But a smaller patch does too: two pixels side by side "
            "are enough to see that neighbors no longer fit.")


def judge_prices(answer) -> str | None:
    """Return what is wrong with [side, price of 1, price of that side]."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (3,):
        return "Give three numbers, [side, paid(1), paid(side)]."
    side, alone, wide = numbers.tolist()
    said = {
        "Begin with the side of the patch, a whole number; the two prices come next.":
            side != round(side) or side < 1,
        "A price is never negative: it is a mean of -log of probabilities.":
            min(alone, wide) < 0,
        "These prices are of one half of the loss. Add what true and forged pairs pay.":
            abs(alone - HONEST / 2) < 0.08 and wide < HONEST / 2,
        SWAPPED: abs(wide - HONEST) < 0.05 and alone < 1.3,
        "A critic of single pixels cannot notice: the forgery has the same colors in "
        "every part of the plan. So paid(1) stays near 2 log 2.":
            side == 1 or alone < 1.3,
        "The first price should be near 2 log 2, of a critic that cannot tell.":
            not alone < 1.5,
        "The second price is no lower than that of single pixels. Was patch handed on?":
            not wide < HONEST - 0.05,
        TOO_WIDE: side > 2}
    return next((sentence for sentence, applies in said.items() if applies), None)


EXERCISES = [
    Exercise(                      # how many pixels a side one score of each net sees
        "09.1", reaches(),
        "B and C have the same layers, and B sees more: a stride early in the net "
        "makes all later steps longer.",
        ["Begin with a single pixel. How many neighbors does a layer of kernel k add?",
         "How far apart are two neighbors of a layer, in pixels of the picture? As far "
         "as all strides before it, multiplied.",
         "For each layer: side += (kernel - 1) * step, then step *= stride."],
        REACHES),
    Exercise(                      # the generator's loss, from a map of scores
        "09.2", loss,
        "Each patch pulls by its own score, so that one bad corner cannot hide behind "
        "a good one; and the distance says what belongs where.",
        ["Which picture does the generator pay for, and what does one score s cost it?",
         "There are two means here: one over patches, of what each of them pays, and "
         "one over the numbers of the picture.",
         "softplus(-critic(x, made)).mean() + weight * (y - made).abs().mean()"],
        LOSSES, GAMES, learns=True),
    Exercise(                      # the smallest patch that sees pixels dealt out anew
        "09.4", [2, HONEST, 0.5],
        "What a critic cannot see it cannot forbid. Single pixels have no texture; two "
        "side by side begin to.",
        ["What is the same in a true wall and a forged one, and what is not?",
         "A single pixel's color is as likely as before. How many neighbors must one "
         "see, to notice that they no longer fit together?",
         "[2, paid(1), paid(2)]"],
        [([16, HONEST, 0.5], TOO_WIDE), ([2, 0.5, HONEST], SWAPPED)],
        judge=judge_prices),
]
