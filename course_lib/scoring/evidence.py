"""What the samples and the likelihoods of a model say about each held-out shirt."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_finite, describe
from course_lib.contract import (
    ConditionalModel,
    Given,
    LikelihoodModel,
    repeat_interleave,
    seeded,
    size_of,
    split,
    tile,
)
from course_lib.datasets.captions import Captions
from course_lib.datasets.tshirts import TShirts
from course_lib.datasets.tshirts.quantized_truth import check_quantizer, distinct
from course_lib.datasets.tshirts.truth import IndependentTruth, Truth
from course_lib.distributions.quantization import Quantizer
from course_lib.scoring.tabled import EXACT

ShirtWorld = TShirts | Captions

COHERENT_SHARE = 0.95      # of the shirt's pixels are on the mode's side
COHERENT_DISTANCE = 0.15   # of the mean chroma from the mode's: 1.5 times the noise,
#                            and less than the 0.22 that the best L2 answer keeps
PIXELS_AT_ONCE = 2 ** 20   # of samples in memory, 8 MB a copy with two channels
LIKELIHOODS = {            # method: how the table calls what it gives; the first is
    # taken that a model has
    "importance_weighted_bound": "importance-weighted bound", "log_prob": EXACT,
    "elbo": "elbo"}


@dataclass(frozen=True)
class Evidence:
    """What was seen of a model, shirt by shirt, before anything is averaged.

    probabilities:   the true P(mode | x), (shirts, modes)
    mode:            the mode to which each sample is near, -1 if none,
                     (shirts, samples)
    chroma:          mean chroma of a sample's cloth, (shirts,), in units of y
    square_distance: mean square over cloth from a sample to the nearest mode, (shirts,)
    truth_log_prob:  log p_true(sample | x), (shirts, samples), in nats
    energy:          energy score against the truth, (shirts,); NaN for one sample
    log_prob:        E_true[log p_model(y | x)], (shirts,), in nats; None if unknown
    """

    probabilities: Tensor
    mode: Tensor
    chroma: Tensor
    square_distance: Tensor
    truth_log_prob: Tensor
    energy: Tensor
    log_prob: Tensor | None

    @property
    def frequencies(self) -> Tensor:
        """How often each mode was sampled, (shirts, modes); the incoherent nowhere."""
        modes = torch.arange(self.probabilities.shape[1])
        return (self.mode.unsqueeze(-1) == modes).double().mean(1)


@dataclass(frozen=True)
class Space:
    """What y is in a world: numbers, or the cells of a codebook.

    Two spaces are equal, as the keys of a cache are, if the worlds are the same one and
    the codebooks have the same cells: their low, high, levels and channels.
    """

    world: ShirtWorld
    cells: tuple[float, float, int, int] | None = None

    @classmethod
    def of(cls, model: ConditionalModel, world: ShirtWorld) -> "Space":
        """Return the space of a model: cells, where it has a codebook."""
        codebook = getattr(model, "codebook", None)
        if codebook is None:
            return cls(world)
        q = check_quantizer(codebook)
        return cls(world, (q.low, q.high, q.levels, q.channels))

    @property
    def codebook(self) -> Quantizer | None:
        """The cells that are spoken of, if any."""
        return None if self.cells is None else Quantizer(*self.cells)

    def about(self, exact: Truth | IndependentTruth) -> LikelihoodModel:
        """Return an exact model of the world, about what is spoken of here."""
        codebook = self.codebook
        return exact if codebook is None else exact.quantized(codebook)

    def snap(self, y: Tensor) -> Tensor:
        """Return y with every pixel moved to the value that stands for its cell."""
        codebook = self.codebook
        return y if codebook is None else codebook.decode(codebook.encode(y))


def likelihood_of(model: ConditionalModel) -> str | None:
    """Return the method that gives the model's log-probability or a bound of it."""
    has = (method for method in LIKELIHOODS if callable(getattr(model, method, None)))
    return next(has, None)


@torch.no_grad()
def gather(model: ConditionalModel, world: ShirtWorld, shirts: int, samples: int,
           seed: int, name: str, likelihoods: bool = True) -> Evidence:
    """Return the evidence on the first held-out shirts.

    Raises ValueError, in a sentence that names the model, for samples or likelihoods of
    the wrong shape or with NaN."""
    space = Space.of(model, world)
    truth = space.about(world.truth)
    parts = [_gather_part(model, space, truth, x, samples, (seed, start), name,
                          likelihoods)
             for start, x in few_at_once(world, shirts, samples)]
    joined = {field.name: [getattr(part, field.name) for part in parts]
              for field in fields(Evidence)}
    return Evidence(**{key: None if values[0] is None else torch.cat(values)
                       for key, values in joined.items()})


@lru_cache(maxsize=8)
def truth_evidence(space: Space, shirts: int, samples: int, seed: int) -> Evidence:
    """Return the evidence on the truth in a space, gathered once for all models that
    are compared with it.

    It draws with another seed than the models do: or else the truth, scored, would
    meet its own samples again."""
    truth, other = space.about(space.world.truth), derive_seed(seed, "truth")
    return gather(truth, space.world, shirts, samples, other, "the truth")


@lru_cache(maxsize=8)
@torch.no_grad()
def independent_log_prob(space: Space, shirts: int, samples: int) -> Tensor:
    """Return `Evidence.log_prob` of `world.independent` in a space."""
    model = space.about(space.world.independent)
    return torch.cat([
        _expected_log_prob(model, space.world, x, dye_in_every_mode(space, x, start),
                           (0, start), "the independent truth")
        for start, x in few_at_once(space.world, shirts, samples)])


def few_at_once(world: ShirtWorld, shirts: int,
                samples: int) -> Iterator[tuple[int, Given]]:
    """Yield the held-out photos in parts whose samples fit in memory, each with the
    number of its first shirt."""
    photos = world.held_out(shirts)[0]
    at_once = max(1, min(64, PIXELS_AT_ONCE // (samples * world.size ** 2)))
    return zip(range(0, shirts, at_once), split(photos, at_once))


def derive_seed(*parts: int | str) -> int:
    """Return a seed of its own for each purpose, from numbers and words."""
    numbers = [number for part in parts for number in
               (part.encode() if isinstance(part, str) else [part])]
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _gather_part(model: ConditionalModel, space: Space, truth: LikelihoodModel,
                 x: Given, n: int, place: tuple[int, int], name: str,
                 likelihoods: bool) -> Evidence:
    """Return the evidence on the few shirts x."""
    world = space.world
    samples = model.sample(given=x, n=n, seed=derive_seed(*place, "samples"))
    batch = size_of(x)
    wanted = (n, batch, *world.y_shape)
    if not isinstance(samples, Tensor) or samples.shape != wanted:
        raise ValueError(f"{name} samples {describe(samples)} where this world needs "
                         f"{wanted}; score it in the world it was made for.")
    samples = check_finite(f"what {name} samples", samples).float().cpu()
    probabilities = world.mode_probabilities(x)
    dyed = dye_in_every_mode(space, x, place[1])
    modes, mask = seen_modes(space, x), world.mask(x)
    mode, square_distance = _compare_with_modes(samples, modes, mask)
    truth_log_prob = truth.log_prob(samples.flatten(0, 1), given=tile(x, n))
    return Evidence(
        probabilities.double(), mode, _mean_chroma(samples, mask), square_distance,
        truth_log_prob.view(n, batch).T.double(),
        energy_score(samples, dyed, probabilities),
        _expected_log_prob(model, world, x, dyed, place, name) if likelihoods else None)


def dye_in_every_mode(space: Space, x: Given, place: int) -> Tensor:
    """Return each shirt in each of its dyes with the world's noise,
    (batch, modes, channels, h, w), in the space; the same for every model.

    Weighted by P(mode | x) they stand for the truth, and chance keeps no say in how
    often a dye occurs: what p is worth in nats shows with a few hundred shirts.
    """
    modes = space.world.modes(x)
    with seeded(derive_seed(space.world.seed, place, "dyed")):
        return space.snap(modes + space.world.noise * torch.randn_like(modes))


def seen_modes(space: Space, x: Given) -> Tensor:
    """Return the modes, (batch, modes, c, h, w); where y is quantised, the mean value
    of the cells that a mode falls into."""
    modes, codebook = space.world.modes(x), space.codebook
    if codebook is None:
        return modes
    pixels = modes.movedim(2, -1)                            # (batch, modes, h, w, c)
    colors, which = distinct(pixels.flatten(0, 3))
    chance = codebook.log_probabilities(colors, space.world.noise).exp()
    cells = torch.arange(codebook.classes).view(-1, 1, 1)
    means = chance @ codebook.decode(cells).flatten(1).to(chance)
    return means[which].view(pixels.shape).movedim(-1, 2)


def _compare_with_modes(samples: Tensor, modes: Tensor,
                        mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mode near each sample, (batch, n), -1 where there is none, and the
    mean square distance to the nearest, (batch,).

    Near a mode m: y · m > 0 in 95 % of the pixels of cloth, and y's component along m,
    averaged over cloth, within COHERENT_DISTANCE of the length of m.
    """
    modes = modes * mask[:, None, None]
    y = samples.movedim(0, 1).unsqueeze(2)                   # (batch, n, 1, c, h, w)
    inner = sum(y[:, :, :, c] * modes[:, None, :, c] for c in range(y.shape[3]))
    length = modes.square().sum(2).sqrt()                    # (batch, modes, h, w)
    cloth = mask.sum((-2, -1)).clamp(min=1).view(-1, 1, 1)
    side = (inner > 0).sum((-2, -1)) / cloth                 # (batch, n, modes)
    along = (inner / length.clamp(min=1e-6).unsqueeze(1)).sum((-2, -1)) / cloth
    too_far = along - length.sum((-2, -1)).unsqueeze(1) / cloth
    near = (side >= COHERENT_SHARE) & (too_far.abs() <= COHERENT_DISTANCE)
    mode = torch.where(near.any(-1), near.byte().argmax(-1), -1)

    square = (y.square().sum(3) * mask[:, None, None]).sum((-2, -1))
    modes_square = length.square().sum((-2, -1)).unsqueeze(1)
    square = square - 2 * inner.sum((-2, -1)) + modes_square
    nearest = square.amin(-1).clamp(min=0) / (cloth[..., 0] * samples.shape[2])
    return mode, nearest.mean(1).double()


def _mean_chroma(samples: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over samples and cloth of √(a² + b²), (batch,)."""
    chroma = samples.square().sum(2).sqrt() * mask           # (n, batch, h, w)
    return (chroma.sum((-2, -1)) / mask.sum((-2, -1)).clamp(min=1)).mean(0).double()


def energy_score(samples: Tensor, dyed: Tensor, probabilities: Tensor) -> Tensor:
    """Return E|X - Y| - E|X - X'| / 2 for X, X' of the model and Y true, (batch,).

    Without bias: no sample is compared with itself; NaN for one sample.
    Source: T. Gneiting and A. Raftery, Strictly proper scoring rules, prediction, and
    estimation, 2007.
    """
    n = len(samples)
    drawn, true = samples.movedim(1, 0).flatten(2), dyed.flatten(2)
    exactly = "donot_use_mm_for_euclid_dist"                 # equal points are 0 apart
    apart = torch.cdist(drawn, drawn, compute_mode=exactly).double().sum((1, 2))
    apart = apart / (n * (n - 1))                            # 0 / 0 for one sample
    off = torch.cdist(drawn, true, compute_mode=exactly).double().mean(1)
    return (probabilities * off).sum(-1) - apart / 2


def _expected_log_prob(model: ConditionalModel, world: ShirtWorld, x: Given,
                       dyed: Tensor, place: tuple[int, int],
                       name: str) -> Tensor | None:
    """Return Σₖ P(k | x) log p(yₖ | x), (batch,), or None for a mere sampler."""
    if likelihood_of(model) is None:
        return None
    count = dyed.shape[1]
    with seeded(derive_seed(*place, "bound")):
        log_prob = log_prob_of(model, dyed.flatten(0, 1), repeat_interleave(x, count),
                               name)
    return (world.mode_probabilities(x) * log_prob.view(-1, count)).sum(-1)


@torch.no_grad()
def log_prob_of(model: ConditionalModel, y: Tensor, given: Given, name: str) -> Tensor:
    """Return log p(y | x), or its bound, (batch,), in nats, 64-bit, on the CPU.

    Raises ValueError, in a sentence, for another shape and for NaN."""
    method = likelihood_of(model)
    log_prob = getattr(model, method)(y, given=given)
    if log_prob.shape != (len(y),):
        raise ValueError(f"{method} of {name} gives {describe(log_prob)} for {len(y)} "
                         f"pairs; return one number for each.")
    if log_prob.isnan().any():
        raise ValueError(f"{method} of {name} is NaN for {int(log_prob.isnan().sum())} "
                         f"of {len(y)} pairs; look for log(0) - log(0) or a "
                         f"deviation of 0.")
    return log_prob.double().cpu()
