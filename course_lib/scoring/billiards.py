"""What a model's samples say about billiards: is there one whole ball, and where?

    result = score(model, Billiards())              # this file does the work
    result.whole_balls, result.std_ratio            # Estimate(value, error)

A sample is compared with the clean frames that its x allows. The truth's own posterior
finds the ball in it; what is left over then says whether it was one. Lesson 05.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from course_lib.checks import check_finite
from course_lib.contract import ConditionalModel, seeded, tile
from course_lib.datasets.billiards import Billiards
from course_lib.datasets.billiards.truth import BilliardsTruth
from course_lib.scoring.estimate import Estimate, mean_of, ratio_of, root
from course_lib.scoring.evidence import derive_seed, likelihood_of, log_prob_of
from course_lib.scoring.tabled import COSTS, BaseScore

FORGIVEN = 5.0                     # standard deviations of what noise alone does
NEAR = 2.0                         # pixels around a ball that count as near, at 32 x 32
EYES = 8                           # grid places a pixel: finds a ball to 0.04 pixels


@dataclass(frozen=True, repr=False, kw_only=True)
class BilliardsScore(BaseScore):
    """How far a model of billiards is from the truth; None where it does not apply.

    Every `Estimate` is (value, standard error over frames).

    space:           what its y are
    likelihood_gap:  E[log p_true(y | x) - log p_model(y | x)], nats per image; 0 is the
                     limit. Of a bound: the gap is at most this
    whole_balls:     the part of the samples that show exactly one ball, of the right
                     size and color (see `read`)
    std_ratio:       root mean square distance of an x's sampled places from their mean,
                     over the true one; 1 is right
    truth_log_prob:  mean log p_true(sample | x), less that of the truth's samples; far
                     below 0 where a ball is at a place that no velocity leads to
    The rest is as in `BaseScore`.
    """

    COLUMNS: ClassVar = {
        "space": "space", "likelihood_gap": "gap, nats", "whole_balls": "whole balls",
        "std_ratio": "std ratio", "truth_log_prob": "truth's log p of samples, nats",
        **COSTS}
    COUNTED = "frames"

    space: str
    likelihood_gap: Estimate | None
    whole_balls: Estimate
    std_ratio: Estimate
    truth_log_prob: Estimate


@torch.no_grad()
def read(world: Billiards, samples: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what is to be seen in samples (n, batch, 3, size, size) of frames x.

    place: of the ball, (n, batch, 2), in pixels, found by `survey` of the truth
           anywhere on the table
    whole: whether there is exactly one ball, and the right one, (n, batch):
           a ball explains the picture better than the bare table does;
           no other ball, a whole ball away from it, does so too;
           its color, by least squares, is the right one;
           there, and 2 pixels around, the picture is like a clean one of a ball of
           that color and the right size. The latter two are allowed five standard
           deviations of what the true noise does: at 32 x 32 about 0.12 in sRGB, and
           an rms of 1.2 times the noise
    """
    n, flat, many = len(samples), samples.flatten(0, 1), tile(x, len(samples))
    place, first, second = BilliardsTruth(world, EYES).survey(flat, given=many)
    color, table = world.color(many), world.table.to(x)
    cover = world.coverage(place).unsqueeze(1)
    # y = table + cover (color - table) + noise, by least squares for the color
    seen = ((flat - (1 - cover) * table) * cover).flatten(2).sum(-1)
    seen = seen / cover.square().flatten(2).sum(-1)
    alike = FORGIVEN * world.noise / cover.square().flatten(1).sum(1).sqrt()
    right_color = (seen - color).norm(dim=1) <= alike
    near = world.distance(place) < world.radius + NEAR * world.size / 32
    numbers = 3 * near.flatten(1).sum(1)
    off = (flat - world.frame(place, seen)).square() * near.unsqueeze(1)
    rms = (off.flatten(1).sum(1) / numbers).sqrt()
    right_size = rms <= (1 + FORGIVEN / (2 * numbers).sqrt()) * world.noise
    whole = (first > 0) & (second < 0) & right_color & right_size
    return place.unflatten(0, (n, -1)), whole.view(n, -1)


@torch.no_grad()
def score_billiards(model: ConditionalModel, world: Billiards,
                    about: BaseScore) -> BilliardsScore:
    """Measure a model of billiards on held-out frames; see `score`, which calls it."""
    samples, seed, name = about.samples, about.seed, about.name
    x, y = world.held_out(about.examples)
    drawn = model.sample(given=x, n=samples, seed=derive_seed(seed, "samples"))
    drawn = check_finite(f"what {name} samples", drawn).float().cpu()
    true = world.truth.sample(given=x, n=samples, seed=derive_seed(seed, "truth"))
    place, whole = read(world, drawn, x)
    log_prob, true_log_prob = (
        world.truth.log_prob(some.flatten(0, 1), given=tile(x, samples))
        .view(samples, -1).mean(0) for some in (drawn, true))
    return BilliardsScore(
        **vars(about), space=f"{world.size}x{world.size} RGB",
        likelihood_gap=(likelihood_gap(model, world, x, y, seed)
                        if about.likelihood else None),
        whole_balls=mean_of(whole.double().mean(0)),
        std_ratio=std_ratio(place, world.truth.place_moments(x)[1]),
        truth_log_prob=mean_of(log_prob - true_log_prob))


def likelihood_gap(model: ConditionalModel, world: Billiards, x: Tensor, y: Tensor,
                   seed: int) -> Estimate | None:
    """Return E[log p_true(y | x) - log p_model(y | x)] on the held-out pairs."""
    if likelihood_of(model) is None:
        return None
    with seeded(derive_seed(seed, "bound")):
        parts = [log_prob_of(model, some, there, type(model).__name__)
                 for some, there in zip(y.split(64), x.split(64))]
    return mean_of(world.truth.log_prob(y, given=x).double() - torch.cat(parts))


def std_ratio(place: Tensor, law_square: Tensor) -> Estimate:
    """Return the root of the sampled places' mean square distance from their mean, over
    that of the law; without bias for few samples, None of a law without width."""
    if len(place) < 2:
        return Estimate(math.nan, math.nan)
    return root(ratio_of(place.double().var(0).sum(-1), law_square))
