"""What a model's samples say about billiards: is there one whole ball, and where?

    result = score(model, Billiards())              # this file does the work
    result.whole_balls, result.std_ratio            # Estimate(value, error)

A sample is compared with the clean frames that its x allows. The truth's own posterior
finds the ball in it; what is left over then says whether it was one. Lesson 05.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.checks import check_finite
from course_lib.contract import ConditionalModel, seeded, tile
from course_lib.datasets.billiards import Billiards
from course_lib.datasets.billiards.truth import BilliardsTruth
from course_lib.scoring.estimate import Estimate, mean_of, ratio_of, root, root_of
from course_lib.scoring.evidence import derive_seed, likelihood_of, log_prob_of
from course_lib.scoring.tabled import COSTS, BaseScore

FORGIVEN = 5.0                     # standard deviations of what noise alone does
NEAR = 2.0                         # pixels around a ball that count as near, at 32 x 32
EYES = 8                           # grid places a pixel: finds a ball to 0.04 pixels
LAW = 256                          # true places drawn for each frame
REACH = 0.25                       # pixels past the rim of the disc that are forgiven

COLUMNS = {                        # what a table calls each figure
    "space": "space", "likelihood_gap": "gap, nats", "whole_balls": "whole balls",
    "std_ratio": "std ratio", "within_reach": "within reach",
    "places": "energy of places", "rms_to_frame": "rms to a clean frame",
    "truth_log_prob": "truth's log p of samples, nats",
    **COSTS}


@dataclass(frozen=True, repr=False, kw_only=True)
class BilliardsScore(BaseScore):
    """How far a model of billiards is from the truth; None where it does not apply.

    Every `Estimate` is (value, standard error over frames).

    space:           what its y are
    likelihood_gap:  E[log p_true(y | x) - log p_model(y | x)], nats per image; 0 is the
                     limit. Of a bound: the gap is at most this
    whole_balls:     the part of the samples that show exactly one ball, of the right
                     size and color (see `Reading`)
    std_ratio:       root mean square distance of an x's sampled places from their mean,
                     over the true one; 1 is right
    within_reach:    the part of the samples whose place some velocity leads to
    places:          energy score of the sampled places over that of the true law, at
                     least 1: it sees width, bias and gaps together
    rms_to_frame:    rms from a sample to the nearest clean frame of a ball of the right
                     color, in units of y; the truth's is its noise, 0.1
    truth_log_prob:  mean log p_true(sample | x), less that of the truth's samples
    The rest is as in `BaseScore`.
    """

    COLUMNS = COLUMNS
    COUNTED = "frames"

    space: str
    likelihood_gap: Estimate | None
    whole_balls: Estimate
    std_ratio: Estimate
    within_reach: Estimate
    places: Estimate
    rms_to_frame: Estimate
    truth_log_prob: Estimate


@dataclass(frozen=True)
class Reading:
    """What is to be seen in each sample, all (samples, batch) or with a last dimension.

    place:  of the ball, (samples, batch, 2), in pixels, found by `survey` of the truth
            anywhere on the table
    whole:  whether there is exactly one ball, and the right one:
            a ball explains the picture better than the bare table does;
            no other ball, a whole ball away from it, does so too;
            its color, by least squares, is the right one;
            there, and 2 pixels around, the picture is like a clean one of a ball of
            that color and the right size. The latter two are allowed five standard
            deviations of what the true noise does: at 32 x 32 about 0.12 in sRGB, and
            an rms of 1.2 times the noise
    square: mean square distance to the clean frame with the right color there
    """

    place: Tensor
    whole: Tensor
    square: Tensor


@torch.no_grad()
def read(world: Billiards, samples: Tensor, x: Tensor) -> Reading:
    """Return what is to be seen in samples (n, batch, 3, size, size) of frames x."""
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
    square = (flat - world.frame(place, color)).square().flatten(1).mean(1)
    return Reading(place.unflatten(0, (n, -1)), whole.view(n, -1), square.view(n, -1))


@torch.no_grad()
def score_billiards(model: ConditionalModel, world: Billiards,
                    about: BaseScore) -> BilliardsScore:
    """Measure a model of billiards on held-out frames; see `score`, which calls it."""
    samples, seed, name = about.samples, about.seed, about.name
    x, y = world.held_out(about.examples)
    drawn = model.sample(given=x, n=samples, seed=derive_seed(seed, "samples"))
    drawn = check_finite(f"what {name} samples", drawn).float().cpu()
    true = world.truth.sample(given=x, n=samples, seed=derive_seed(seed, "truth"))
    seen = read(world, drawn, x)
    log_prob, true_log_prob = (
        world.truth.log_prob(some.flatten(0, 1), given=tile(x, samples))
        .view(samples, -1).mean(0) for some in (drawn, true))
    law, law_square = draw_places(world, x, seed), world.truth.place_moments(x)[1]
    return BilliardsScore(
        **vars(about), space=f"{world.size}x{world.size} RGB",
        likelihood_gap=(likelihood_gap(model, world, x, y, seed)
                        if about.likelihood else None),
        whole_balls=mean_of(seen.whole.double().mean(0)),
        std_ratio=std_ratio(seen.place, law_square),
        within_reach=mean_of(within_reach(world, seen.place, x).double().mean(0)),
        places=ratio_of(energy(seen.place, law), apart(law) / 2),
        rms_to_frame=root_of(seen.square.mean(0)),
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


def within_reach(world: Billiards, place: Tensor, x: Tensor) -> Tensor:
    """Return whether some velocity takes the ball of x to a place, (samples, batch)."""
    here = world.place(x)
    images = [torch.stack([place[..., k], 2 * world.low - place[..., k],
                           2 * world.high - place[..., k]]) - here[:, k]
              for k in (0, 1)]
    nearest = torch.hypot(*(image.abs().amin(0) for image in images))
    return nearest <= world.speed + REACH * world.size / 32


def draw_places(world: Billiards, x: Tensor, seed: int) -> Tensor:
    """Return next places drawn from the true law, (LAW, batch, 2), in pixels."""
    with seeded(derive_seed(seed, "places")):
        velocity = world.draw_velocity(LAW, len(x))
    return world.move(world.place(x), velocity)


def apart(place: Tensor) -> Tensor:
    """Return E|C - C'| of places (samples, batch, 2), (batch,), none compared with
    itself; NaN for one sample."""
    place, n = place.movedim(1, 0).double(), len(place)
    total = torch.cdist(place, place).sum((1, 2))
    return total / (n * (n - 1)) if n > 1 else torch.full_like(total, math.nan)


def energy(place: Tensor, law: Tensor) -> Tensor:
    """Return E|C - T| - E|C - C'| / 2 for C, C' of places (samples, batch, 2) and T of
    the law (LAW, batch, 2), (batch,), in pixels.

    Source: T. Gneiting and A. Raftery, Strictly proper scoring rules, prediction, and
    estimation, 2007.
    """
    off = torch.cdist(place.movedim(1, 0).double(), law.movedim(1, 0).double())
    return off.mean((1, 2)) - apart(place) / 2
