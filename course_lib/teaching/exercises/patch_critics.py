"""The exercise of lesson 09 on a critic of patches, which is judged by what it sees."""

import torch
from torch import Tensor, nn

from course_lib.contract import seeded
from course_lib.networks.patchgan import PatchGAN
from course_lib.teaching.exercises.core import Exercise, attempt

PAIR, WIDE = 12, 10                # channels of plan and picture; side of a patch
PER_PICTURE = ("It gives one answer per picture. Leave out what brings all places "
               "together, such as Flatten, Linear or pooling: convolutions alone give "
               "a map of scores.")
SQUASHED = ("A score is any number, the log-odds, below zero or above: put no sigmoid, "
            "tanh or ReLU behind the last layer.")
BOUNDED = nn.Sigmoid, nn.Tanh, nn.ReLU, nn.Softplus


def stack(*layers: nn.Module) -> nn.Sequential:
    """Return layers with leaky rectifiers between them."""
    between = [part for layer in layers for part in (layer, nn.LeakyReLU(0.2))]
    return nn.Sequential(*between[:-1])


def pair_critic() -> nn.Sequential:
    """Return a critic of 10 x 10 patches."""
    return stack(nn.Conv2d(PAIR, 16, 4, 2), nn.Conv2d(16, 1, 4))


def judge_critic(build) -> str | None:
    """Return what is wrong with what builds a critic of patches of ten pixels."""
    with seeded(0):
        critic = build if isinstance(build, nn.Module) else attempt(build)
        pairs = torch.rand(2, PAIR, 48, 48)
    if not isinstance(critic, nn.Module):
        return "Return a network, for instance an nn.Sequential of layers."
    if isinstance(critic, PatchGAN):
        return ("The library's critic takes plan and picture apart, and its layers are "
                "found for you. Build yours from convolutions.")
    scores = critic(pairs)
    if scores.ndim == 3 and min(scores.shape[1:]) > 1:
        return "Keep the channel of the scores: (batch, 1, down, across)."
    if scores.ndim != 4 or min(scores.shape[2:]) < 2:
        return PER_PICTURE
    if scores.shape[1] != 1:
        return (f"It gives {scores.shape[1]} numbers per patch. One score is enough: "
                f"the last convolution has one output channel.")
    large = torch.stack([critic(scale * pairs) for scale in (1, -100, 100)])
    last = critic[-1] if isinstance(critic, nn.Sequential) else None
    if isinstance(last, BOUNDED) or (large.min() >= 0 and large.max() <= 1):
        return SQUASHED
    return _seen(critic, pairs)


def _seen(critic: nn.Module, pairs: Tensor) -> str | None:
    """Say what is wrong with what the middle score depends on, by its slope."""
    def slope(at: Tensor) -> Tensor:
        at = at.clone().requires_grad_()
        scores = critic(at)[0, 0]
        middle = scores[len(scores) // 2, scores.shape[1] // 2]
        return torch.autograd.grad(middle, at)[0]

    here, there = slope(pairs), slope(1 - 3 * pairs)
    seen = here[0].abs() + there[0].abs()
    places = seen.sum(0).nonzero()
    down, across = (places.amax(0) - places.amin(0) + 1).tolist()
    side = max(down, across)
    if here[1].any() or side >= 48:
        return ("One score depends on the whole picture, or on other pictures. A "
                "normalization does that: it tells every patch about all others. Leave "
                "it out.")
    if not seen.flatten(1).any(1).all():
        return ("Some of the 12 channels are not looked at. It must see plan and "
                "picture.")
    if {down, across} != {WIDE}:
        seen = f"{side} pixels a side" if down == across else f"{down} × {across}"
        return (f"One score sees {seen}, and {WIDE} are asked for. Count again: 1 + "
                f"the sum of (k - 1) times all strides before.")
    if len(places) < WIDE ** 2:
        return ("Some pixels of the patch are passed over: no stride may be longer "
                "than its kernel.")
    if torch.allclose(here, there):
        return ("It is one linear map, as nothing bends between its layers. Put a "
                "LeakyReLU behind each layer but the last.")
    return None


EXERCISES = [
    Exercise(                      # a critic of pairs that judges 10 x 10 patches
        "09.3", pair_critic,
        "A PatchGAN is nothing but this: a few convolutions, and no layer that brings "
        "all places together.",
        ["Convolutions alone give a map. How many channels go in, and how many come "
         "out at the end?",
         "A layer 4 / 2 sees 4 pixels, and its outputs are 2 pixels apart. How many "
         "pixels are missing, and how many neighbors of this kind are they?",
         "nn.Sequential(nn.Conv2d(12, 16, 4, 2), nn.LeakyReLU(0.2), nn.Conv2d(16, 1, "
         "4))"],
        [(lambda: nn.Sequential(pair_critic(), nn.Flatten(), nn.LazyLinear(1)),
          PER_PICTURE),
         (lambda: nn.Sequential(pair_critic(), nn.Sigmoid()), SQUASHED)],
        judge=judge_critic),
]
