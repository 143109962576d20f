"""Exercises of lesson 09: how far critics see, what patches pay, a critic built."""

import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from course_lib.contract import seeded
from course_lib.teaching.exercises.compare import as_tensor
from course_lib.teaching.exercises.core import Case, Exercise, attempt

# (kernel, stride) of each layer, the first layer first: the nets of 09.1
NETS = ([(3, 1), (3, 1), (3, 1)], [(4, 2), (3, 1)], [(3, 1), (4, 2)],
        [(2, 2), (2, 2), (2, 2), (3, 1)])
PLAN, PICTURE, WIDE = 9, 3, 10     # channels of a pair; the patch of 09.3
HONEST = 2 * math.log(2)           # what a critic pays that cannot tell


def reach(layers: list[tuple[int, int]], first: int = 1, fewer: int = 1) -> int:
    """Return how many pixels a side one score of these layers sees."""
    side, step = first, 1
    for kernel, stride in layers:
        side += (kernel - fewer) * step
        step *= stride
    return side


def _own_stride(layers: list[tuple[int, int]]) -> int:
    side, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        side += (kernel - 1) * step
    return side


def _last_stride(layers: list[tuple[int, int]]) -> int:
    before = [1, *(stride for _, stride in layers)]
    return 1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, before))


def of_all(rule) -> list[int]:
    """Return what a rule says of each net."""
    return [rule(net) for net in NETS]


REACHES = [
    (of_all(lambda net: reach(net, first=0, fewer=0)),
     "A layer of kernel k adds k - 1 pixels, and not k: one of the pixels that it "
     "looks at was seen before."),
    (of_all(partial(reach, fewer=0)),
     "A layer of kernel k adds k - 1 neighbors, and not k. Begin with one pixel."),
    (of_all(lambda net: reach(net, first=0)),
     "One pixel is missing: a stack without any layer sees one."),
    (of_all(lambda net: 1 + sum(kernel - 1 for kernel, _ in net)),
     "All neighbors are taken to be one pixel apart. Behind a layer of stride 2 they "
     "are two pixels apart."),
    (of_all(lambda net: sum(kernel for kernel, _ in net)),
     "That is the sum of the kernels. Each layer adds k - 1 steps, and behind a stride "
     "of 2 a step is two pixels long."),
    (of_all(lambda net: math.prod(kernel for kernel, _ in net)),
     "That is the product of the kernels. Reaches add up, layer by layer."),
    (of_all(_own_stride),
     "A layer's own stride sets how far apart its outputs are, not the inputs that one "
     "output looks at. It counts for the layers behind it."),
    (of_all(_last_stride),
     "Only the stride of the layer just before was used. All strides before a layer "
     "are multiplied: look at net D."),
    (of_all(lambda net: reach(net[::-1])),
     "The layers are taken from the last to the first. The strides that count are "
     "those nearer to the picture."),
    (of_all(lambda net: math.prod(stride for _, stride in net)),
     "That is how far apart two scores are. Asked is how far one score sees.")]


@dataclass(frozen=True)
class Slanted:
    """A critic whose scores follow plan and picture, one per pixel."""

    slope: float

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return self.slope * y.mean(1) + x[:, 0] - 1


def loss(critic, x: Tensor, y: Tensor, made: Tensor, weight: float) -> Tensor:
    """Return what a generator pays: every patch by itself, and the distance."""
    return softplus(-critic(x, made)).mean() + weight * distance(y, made)


def distance(y: Tensor, made: Tensor) -> Tensor:
    """Return the mean of |y - made| over all numbers."""
    return (y - made).abs().mean()


def other(term, l1=distance):
    """Return a loss whose critic's term, or distance, is another one.

    term: of the scores of (x, made)"""
    return lambda critic, x, y, made, weight: (
        term(critic(x, made)) + weight * l1(y, made))


def right_term(scores: Tensor) -> Tensor:
    return softplus(-scores).mean()


def some_game(slope: float, weight: float, pictures: int) -> Case:
    """Return the arguments of one call of the loss."""
    with seeded(pictures):
        return Case(Slanted(slope), torch.rand(pictures, 2, 4, 4),
                    3 * torch.randn(pictures, 3, 4, 4),
                    3 * torch.randn(pictures, 3, 4, 4), weight)


GAMES = [some_game(3.0, 2.0, 1), some_game(-4.0, 30.0, 2), some_game(2.0, 0.5, 3)]
LOSSES = [
    (other(lambda s: softplus(-s.mean())),
     "The scores are averaged first, so that good patches make up for bad ones. Let "
     "each patch pay by itself, softplus(-s), and average what is paid."),
    (other(lambda s: softplus(-s.flatten(1).mean(1)).mean()),
     "The scores of each picture are averaged first, so that good patches make up for "
     "bad ones. Let each patch pay by itself, and average what is paid."),
    (other(lambda s: softplus(-s).sum()),
     "The payments of all patches are added up. Then the critic weighs the more, the "
     "larger picture and batch are. Take the mean."),
    (other(lambda s: softplus(-s).flatten(1).sum(1).mean()),
     "The payments of a picture's patches are added up, so that the critic weighs more "
     "in a larger picture. Take the mean over patches too."),
    (other(lambda s: softplus(s).mean()),
     "The sign is the critic's: this is large where a patch looks real. The generator "
     "wants high scores."),
    (other(lambda s: -softplus(s).mean()),
     "That is the critic's loss with its sign changed: the same game, but flat where "
     "the generator is worst (lesson 04)."),
    (other(lambda s: -s.mean()),
     "That is minus the score. The loss of a score s is softplus(-s), which is flat "
     "once a patch looks real."),
    (other(lambda s: s.sigmoid().log().mean()),
     "That is the logarithm of D; the loss is minus it, -log sigmoid(s), which is "
     "softplus(-s)."),
    (lambda critic, x, y, made, weight:
     softplus(-critic(x, y)).mean() + weight * distance(y, made),
     "It is the true picture that is scored here. The generator pays for its own, "
     "critic(x, made)."),
    (lambda critic, x, y, made, weight: weight * loss(critic, x, y, made, 1.0),
     "The weight multiplies the critic's part too. It belongs to the distance alone."),
    (lambda critic, x, y, made, weight:
     weight * right_term(critic(x, made)) + distance(y, made),
     "The weight stands before the critic's part. It belongs to the distance."),
    (lambda critic, x, y, made, weight: loss(critic, x, y, made, 1.0),
     "The weight of the distance is missing."),
    (lambda critic, x, y, made, weight: right_term(critic(x, made)),
     "That is the critic's part alone. Add weight times the mean of |y - made|."),
    (lambda critic, x, y, made, weight: weight * distance(y, made),
     "That is the distance alone. Add what the patches pay."),
    (other(right_term, lambda y, made: (y - made).abs().sum()),
     "The distance is a sum over all numbers here. Take the mean, as for the patches."),
    (other(right_term, lambda y, made: (y - made).abs().flatten(1).sum(1).mean()),
     "The distance is a sum over the numbers of a picture. Take the mean."),
    (other(right_term, lambda y, made: (y - made).square().mean()),
     "That is the L2 loss. The distance asked for is L1, the mean of |y - made|."),
    (other(right_term, lambda y, made: (y - made).mean()),
     "The absolute value is missing: differences of both signs cancel."),
    (lambda critic, x, y, made, weight: softplus(-critic(x, y)).mean() + softplus(
         critic(x, made)).mean() + weight * distance(y, made),
     "That is the critic's loss, beside the distance. The generator pays "
     "softplus(-s) for its own pictures alone.")]


def stack(*layers: nn.Module) -> nn.Sequential:
    """Return layers with leaky rectifiers between them."""
    between = [part for layer in layers for part in (layer, nn.LeakyReLU(0.2))]
    return nn.Sequential(*between[:-1])


def pair_critic(last: int = 1, channels: int = PLAN + PICTURE) -> nn.Sequential:
    """Return a critic of 10 x 10 patches."""
    return stack(nn.Conv2d(channels, 16, 4, 2), nn.Conv2d(16, last, 4))


PER_PICTURE = ("It gives one answer per picture. Leave out what brings all places "
               "together, such as Flatten, Linear or pooling: convolutions alone give "
               "a map of scores.")
SQUASHED = ("Its answers stay between 0 and 1. A score is any number, the log-odds: "
            "leave out the sigmoid, softplus does its work.")
NORMALIZED = ("One score depends on the whole picture, or on other pictures. A "
              "normalization does that: it tells every patch about all others. Leave "
              "it out.")
LINEAR = ("It is one linear map, as nothing bends between its layers. Put a LeakyReLU "
          "behind each layer but the last.")


def judge_critic(build) -> str | None:
    """Return what is wrong with what builds a critic of patches of ten pixels."""
    with seeded(0):
        critic = build if isinstance(build, nn.Module) else attempt(build)
        pairs = torch.rand(2, PLAN + PICTURE, 48, 48)
    if not isinstance(critic, nn.Module):
        return "Return a network, for instance an nn.Sequential of layers."
    scores = critic(pairs)
    if scores.ndim != 4 or min(scores.shape[2:]) < 2:
        return PER_PICTURE
    if scores.shape[1] != 1:
        return (f"It gives {scores.shape[1]} numbers per patch. One score is enough: "
                f"the last convolution has one output channel.")
    if all(critic(scale * pairs).min() >= 0 and critic(scale * pairs).max() <= 1
           for scale in (1, -100, 100)):
        return SQUASHED
    return _seen(critic, pairs, tuple(scores.shape[2:]))


def _seen(critic: nn.Module, pairs: Tensor, places: tuple[int, int]) -> str | None:
    """Say what is wrong with what the middle score depends on, by its slope."""
    middle = places[0] // 2, places[1] // 2

    def slope(at: Tensor) -> Tensor:
        at = at.clone().requires_grad_()
        return torch.autograd.grad(critic(at)[0, 0][middle], at)[0]

    slopes = slope(pairs)
    rows, columns = slopes[0].abs().sum(0).nonzero().T
    side = int(max(rows.max() - rows.min(), columns.max() - columns.min())) + 1
    if slopes[1].any() or side >= 48:
        return NORMALIZED
    if not slopes[0].flatten(1).any(1).all():
        return ("Some of the 12 channels are not looked at. It must see plan and "
                "picture.")
    if torch.allclose(slopes, slope(1 - 3 * pairs)):
        return LINEAR
    if side != WIDE:
        return (f"One score sees {side} pixels a side, and {WIDE} are asked for. Count "
                f"again: 1 + the sum of (k - 1) times all strides before.")
    return None


CRITICS = [
    (lambda: nn.Sequential(pair_critic(), nn.Flatten(), nn.LazyLinear(1)), PER_PICTURE),
    (lambda: nn.Sequential(pair_critic(), nn.Sigmoid()), SQUASHED),
    (lambda: nn.Sequential(nn.BatchNorm2d(PLAN + PICTURE), pair_critic()), NORMALIZED),
    (lambda: nn.Sequential(nn.Conv2d(PLAN + PICTURE, 16, 4, 2), nn.Conv2d(16, 1, 4)),
     LINEAR),
    (lambda: pair_critic(2), "It gives 2 numbers per patch. One score is enough: the "
                             "last convolution has one output channel.")]


SWAPPED = "The two prices have changed places: first that of single pixels."
BLIND = ("A critic of single pixels cannot notice: the forgery has the same colors in "
         "every part of the plan. So paid(1) stays near 2 log 2.")
TOO_WIDE = ("Yes, it notices. But a smaller patch does too: two pixels side by side "
            "are enough to see that neighbors no longer fit.")


def judge_prices(answer) -> str | None:
    """Return what is wrong with [side, price of 1, price of that side]."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (3,):
        return "Give three numbers, [side, paid(1), paid(side)]."
    side, alone, wide = numbers.tolist()
    said = {
        "These prices are of one half of the loss. Add what real and forged pairs pay.":
            abs(alone - HONEST / 2) < 0.08 and wide < HONEST / 2,
        SWAPPED: abs(wide - HONEST) < 0.05 and alone < 1.3,
        BLIND: side == 1 or alone < 1.3, TOO_WIDE: side > 2,
        "The second price is that of single pixels again. Was patch handed on?":
            abs(wide - HONEST) < 0.05}
    for sentence, applies in said.items():
        if applies:
            return sentence
    if side != 2 or not 1.3 < alone < 1.5:
        return "The first price should be near 2 log 2, of a critic that cannot tell."
    return None


EXERCISES = [
    # Predict, before any code runs, how many pixels a side one score of each drawn net
    # sees. Return the four numbers, in the order of A to D.
    Exercise(
        "09.1", of_all(reach),
        "B and C have the same layers, and B sees more: a stride early in the net "
        "makes all later steps longer.",
        ["Begin with a single pixel. How many neighbors does a layer of kernel k add?",
         "How far apart are two neighbors of a layer, in pixels of the picture? As far "
         "as all strides before it, multiplied.",
         "For each layer: side += (kernel - 1) * step, then step *= stride."],
        REACHES),
    # critic(x, y) gives a map of scores, high for real; made is the generator's picture
    # for x. Return the generator's loss, a scalar: each patch is judged by itself, and
    # weight counts for the mean L1 distance to the true y.
    Exercise(
        "09.2", loss,
        "Each patch pulls by its own score, so that one bad corner cannot hide behind "
        "a good one; and the distance says what belongs where.",
        ["Which picture does the generator pay for, and what does one score s cost it?",
         "There are two means here: one over patches, of what each of them pays, and "
         "one over the numbers of the picture.",
         "softplus(-critic(x, made)).mean() + weight * (y - made).abs().mean()"],
        LOSSES, GAMES),
    # Build a critic, an nn.Module, of pairs (batch, 12, h, w), plan and picture side by
    # side: a map of scores (batch, 1, down, across), each of a patch of 10 x 10 pixels.
    Exercise(
        "09.3", pair_critic,
        "A PatchGAN is nothing but this: a few convolutions, and no layer that brings "
        "all places together.",
        ["Convolutions alone give a map. How many channels go in, and how many come "
         "out at the end?",
         "A layer 4 / 2 sees 4 pixels, and its outputs are 2 pixels apart. How many "
         "pixels are missing, and how many neighbors of this kind are they?",
         "nn.Sequential(nn.Conv2d(12, 16, 4, 2), nn.LeakyReLU(0.2), nn.Conv2d(16, 1, "
         "4))"],
        CRITICS,
        judge=judge_critic),
    # paid(patch) trains a critic for a few seconds to tell real pairs from forged ones,
    # whose walls have their pixels dealt out anew. Predict the smallest patch that can
    # tell, then train. Hand in [side, paid(1), paid(side)].
    Exercise(
        "09.4", [2, HONEST, 0.5],
        "What a critic cannot see it cannot forbid. Single pixels have no texture; two "
        "side by side begin to.",
        ["What is the same in a real wall and a forged one, and what is not?",
         "A single pixel's color is as likely as before. How many neighbors must one "
         "see, to notice that they no longer fit together?",
         "[2, paid(1), paid(2)]"],
        [([16, HONEST, 0.5], TOO_WIDE), ([1, 0.5, 0.5], BLIND),
         ([2, 0.5, HONEST], SWAPPED)],
        judge=judge_prices),
]
