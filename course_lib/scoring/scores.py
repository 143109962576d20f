"""The score: every figure about one model in one world, each with its error."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from course_lib.checks import check_integer, check_type, describe, is_shape
from course_lib.contract import (
    ConditionalModel,
    Given,
    World,
    evaluating,
    size_of,
    split,
)
from course_lib.datasets.billiards import Billiards
from course_lib.datasets.captions import Captions
from course_lib.datasets.facades import Facades
from course_lib.datasets.tshirts import TShirts
from course_lib.distributions.quantization import Quantizer
from course_lib.scoring import calibration, metrics
from course_lib.scoring.billiards import score_billiards
from course_lib.scoring.calibration import CalibrationCurve
from course_lib.scoring.estimate import Estimate, mean_of, ratio_of, root
from course_lib.scoring.evidence import (
    LIKELIHOODS,
    ShirtWorld,
    Space,
    gather,
    independent_log_prob,
    likelihood_of,
    truth_evidence,
)
from course_lib.scoring.facades import score_facades
from course_lib.scoring.tabled import COSTS, BaseScore
from course_lib.training.history import History

TIMED = 64                         # images whose sampling is timed
PATIENCE, MOST_CALLS = 0.3, 9      # seconds and calls that this may take


@dataclass(frozen=True, repr=False, kw_only=True)
class Score(BaseScore):
    """How far one model is from the truth; None where a figure does not apply.

    Every `Estimate` is (value, standard error over shirts). "The truth" is the truth in
    the model's space: about cells, where the model speaks of cells.

    space:              what its y are: "16x16 a, 10 levels"
    likelihood_gap:     E[log p_true(y | x) - log p_model(y | x)], nats per image; 0 is
                        the limit. Of a bound: the gap is at most this
    total_correlation:  the same for `world.independent` in this space: the price of
                        independence
    above_independent:  the gap less the total correlation
    coherence:          the fraction of samples near one whole mode: 95 % of the pixels
                        of cloth on its side of the teal-pink axis, and the mean chroma
                        along it within 0.15 of the mode's
    calibration:        |frequency of a mode - its probability|, the mean over modes and
                        over four bins of P(teal); the incoherent count for no mode
    calibration_floor:  what a perfect sampler has on average, with as many samples
    excess_calibration: the calibration error less this floor; about 0 is right
    calibration_slope:  of the dye's frequency over its probability; 1 is right
    calibration_curve:  (probability, frequency, error) of solid teal, each (bins,)
    coverage:           modes with p >= 0.05 that the samples of a shirt reach, over
                        what the truth's reach on average
    chroma:             mean chroma of cloth over the truth's
    rms_to_mode:        rms over cloth to the nearest mode; the truth's is its noise,
                        0.1, in units of y
    truth_log_prob:     mean log p_true(sample | x), less that of the truth's samples;
                        negative: bad samples; positive: too clean ones
    truth_log_prob_low: the same for their 1 % quantiles: rare bad samples
    energy:             energy score over the truth's, at least 1; too blunt to rank two
                        good models
    The rest is as in `BaseScore`.
    """

    COLUMNS: ClassVar = {
        "space": "space", "likelihood_gap": "gap, nats",
        "above_independent": "above independent, nats", "coherence": "coherence",
        "calibration": "calibration error", "calibration_floor": "its floor",
        "excess_calibration": "excess calibration error",
        "calibration_slope": "slope", "coverage": "coverage", "chroma": "chroma",
        "rms_to_mode": "rms to mode",
        "truth_log_prob": "truth's log p of samples, nats",
        "truth_log_prob_low": "its lowest 1 %", "energy": "energy", **COSTS}
    BOUNDED = ("likelihood_gap", "above_independent")
    COUNTED = "shirts"

    space: str
    likelihood_gap: Estimate | None
    total_correlation: Estimate
    above_independent: Estimate | None
    coherence: Estimate
    calibration: Estimate
    calibration_floor: Estimate
    calibration_slope: Estimate | None
    calibration_curve: CalibrationCurve
    coverage: Estimate
    chroma: Estimate
    rms_to_mode: Estimate
    truth_log_prob: Estimate
    truth_log_prob_low: Estimate
    energy: Estimate | None

    @property
    def excess_calibration(self) -> Estimate:
        """How far the calibration error is above a perfect sampler's."""
        return Estimate(self.calibration.value - self.calibration_floor.value,
                        self.calibration.error)


def score(model: ConditionalModel, world: World, *, examples: int = 256,
          samples: int = 16, seed: int = 0, name: str | None = None,
          likelihoods: bool = True, history: History | None = None) -> Any:
    """Measure a model against the truth of its world, on held-out examples.

    examples: the first so many of the test split; each figure's error falls as
              1/√examples
    samples:  of p(y | x) for each
    seed:     of the samples; the same one gives the same score on the same machine
    likelihoods: whether log p(y | x) is asked too; a bound may cost as much as samples
    history:  what `fit` returned, for the steps and the seconds
    Returns a `BaseScore`, whose figures are those of the kind of world: `Score` of
    shirts, `BilliardsScore`, `FacadeScore`; see `SCORERS`.
    Raises TypeError or ValueError, in a sentence, for a world whose truth is unknown, a
    model of another world, and samples that are NaN. The model is left as it was.
    """
    name = type(model).__name__ if name is None else name
    scorer = scorer_of(world)
    _check(model, world, name, samples, seed, history)
    method = likelihood_of(model) if likelihoods else None
    x, _ = world.held_out(examples)
    with evaluating(model):
        about = BaseScore(
            name=name, likelihood=LIKELIHOODS.get(method),
            sampling_seconds=_sampling_seconds(model, split(x, TIMED)[0]),
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            steps=history.steps if history else None,
            training_seconds=history.seconds if history else None,
            examples=examples, samples=samples, seed=seed)
        return scorer(model, world, about)


def score_shirts(model: ConditionalModel, world: ShirtWorld,
                 about: BaseScore) -> Score:
    """Return every figure that shirts have; see `score`, which calls it."""
    shirts, samples, seed = about.examples, about.samples, about.seed
    space = Space.of(model, world)
    seen = gather(model, world, shirts, samples, seed, about.name,
                  likelihoods=about.likelihood is not None)
    truth = truth_evidence(space, shirts, samples, seed)
    independent = independent_log_prob(space, shirts, samples)
    bins = calibration.bins_of(world.probability_of_teal(world.held_out(shirts)[0]))
    log_prob = seen.log_prob
    return Score(
        **vars(about), space=space_of(world, space.codebook),
        likelihood_gap=None if log_prob is None else mean_of(truth.log_prob - log_prob),
        above_independent=None if log_prob is None else mean_of(independent - log_prob),
        total_correlation=mean_of(truth.log_prob - independent),
        coherence=mean_of((seen.mode >= 0).double().mean(1)),
        calibration=calibration.calibration(seen, bins),
        calibration_floor=calibration.calibration_floor(seen, bins),
        calibration_slope=calibration.calibration_slope(seen),
        calibration_curve=calibration.calibration_curve(seen, bins),
        coverage=metrics.coverage(seen), chroma=ratio_of(seen.chroma, truth.chroma),
        rms_to_mode=root(mean_of(seen.square_distance)),
        energy=ratio_of(seen.energy, truth.energy) if samples > 1 else None,
        truth_log_prob=mean_of((seen.truth_log_prob - truth.truth_log_prob).mean(1)),
        truth_log_prob_low=metrics.truth_log_prob_low(seen, truth))


Scorer = Callable[[ConditionalModel, Any, BaseScore], BaseScore]
SCORERS: dict[type, Scorer] = {    # how a kind of world is scored; add your own
    TShirts: score_shirts, Captions: score_shirts, Billiards: score_billiards,
    Facades: score_facades}


def scorer_of(world: World) -> Scorer:
    """Return how a world is scored: as its class is, or the nearest one above it.

    Raises ValueError, in a sentence, for a world whose truth is unknown."""
    for kind in type(world).__mro__:
        if kind in SCORERS:
            return SCORERS[kind]
    raise ValueError(f"the truth of {describe(world)} is unknown; score a model in a "
                     f"world that knows its p(y | x), for instance TShirts().")


def rows(scores: Iterable[BaseScore],
         columns: list[str] | None = None) -> dict[str, dict]:
    """Return {name: {heading: value}}, what `figures.Table` takes.

    columns: names of figures, for instance ["space", "likelihood_gap", "coherence"];
             by default all that at least one of the scores has
    """
    scores = list(scores)
    names = [result.name for result in scores]
    twice = {name for name in names if names.count(name) > 1}
    if not scores or twice:
        raise ValueError(f"scores holds {describe(names)}; give at least one, and give "
                         f"each its own name with score(..., name=...).")
    table = {result.name: result.row(columns) for result in scores}
    known = {heading for row in table.values() for heading, value in row.items()
             if value is not None}
    return {name: {heading: value for heading, value in row.items() if heading in known}
            for name, row in table.items()}


def space_of(world: ShirtWorld, codebook: Quantizer | None = None) -> str:
    """Return in words what y is: likelihoods compare only where these agree."""
    cells = ""
    if codebook is not None:
        low, high = codebook.low, codebook.high
        span = "" if (low, high) == (-1.25, 1.25) else f" in [{low:g}, {high:g}]"
        cells = f", {codebook.levels} levels{span}"
    return f"{world.size}x{world.size} {world.channels}{cells}"


def _sampling_seconds(model: ConditionalModel, x: Given) -> Estimate:
    """Return seconds for 64 images, the median of as many calls as patience allows."""
    taken = []
    while not taken or (sum(taken) < PATIENCE and len(taken) < MOST_CALLS):
        start = time.perf_counter()
        model.sample(given=x, n=1, seed=0).cpu()        # a GPU is waited for
        taken.append(time.perf_counter() - start)
    seconds = torch.tensor(taken, dtype=torch.float64) * TIMED / size_of(x)
    middle = seconds.median()
    # Of normal numbers: s = 1.48 median |deviation|, the median's error 1.25 s / √n.
    error = 1.25 * 1.48 * (seconds - middle).abs().median() / len(taken) ** 0.5
    return Estimate(middle.item(), error.item())


def _check(model: ConditionalModel, world: World, name: str, samples: int, seed: int,
           history: History | None) -> None:
    """Raise, in a sentence, where `score` was given something else than it needs."""
    check_type("model", model, ConditionalModel, "a ConditionalModel, which can be "
               "sampled")
    if not isinstance(name, str) or not name:
        raise TypeError(f"name is {describe(name)}; give the model a name in words.")
    check_integer("samples", samples, 1, 1024)
    check_integer("seed", seed, 0, 2**63 - 1)
    check_type("history", history, History | None, "what fit returned")
    for what, have, need in (("given_shape", model.given_shape, world.given_shape),
                             ("y_shape", model.y_shape, world.y_shape)):
        if have is not None and not is_shape(have, need):
            raise ValueError(f"{name} was made for a {what} of {tuple(have)} and this "
                             f"world has {tuple(need)}; score it in its own world.")
