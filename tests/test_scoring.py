"""The score: right on the truth, and each figure moves when the truth is spoiled."""

import math
from functools import lru_cache

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist
from scipy.stats import binom, rice
from torch import nn

from course_lib.contract import ConditionalModel
from course_lib.datasets import Digits, TShirts
from course_lib.datasets.tshirts import PINK
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.point_prediction import PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.scoring import AlteredWorld, rows, score, total_correlation
from course_lib.scoring.calibration import bins_of, calibration_floor, calibration_slope
from course_lib.scoring.estimate import bootstrap, mean_of, ratio_of
from course_lib.scoring.evidence import Evidence, energy_score, gather
from course_lib.scoring.metrics import coverage, low_quantile
from course_lib.training.history import History

WORLDS = [("solid", 16), ("stripes", 16), ("solid", 32), ("stripes", 32)]
EVERYWHERE = pytest.mark.parametrize("pattern, size", WORLDS)
LENGTH = math.hypot(*PINK)                                 # of a dye, in units of y


@lru_cache
def world_of(pattern="solid", size=16, **options):
    return TShirts(pattern, size=size, **options)


def shirts_of(size):
    return 192 if size == 16 else 64


@lru_cache
def score_truth(pattern="solid", size=16):
    world = world_of(pattern, size)
    return score(world.truth, world, examples=shirts_of(size))


def score_altered(pattern="solid", size=16, **changes):
    world = world_of(pattern, size)
    return score(AlteredWorld(world, **changes).truth, world, examples=shirts_of(size))


def away(measure, expected):
    """How many standard errors a measure is from what is expected."""
    return abs(measure.value - expected) / measure.error


def only_teal(chances):
    return torch.eye(chances.shape[1])[0].expand_as(chances)


def shift(chances, by=0.1):
    """Solid teal likelier by 0.1 and solid pink less likely, where there is room."""
    by = torch.minimum(torch.full_like(chances[:, 1], by), 0.9 * chances[:, 1])
    return chances + torch.stack([by, -by, *torch.zeros_like(chances[:, 2:]).T], 1)


@EVERYWHERE
def test_the_truth_itself_is_perfect_in_every_figure(pattern, size):
    truth = score_truth(pattern, size)
    assert truth.likelihood_gap == (0, 0)
    assert truth.coherence == (1, 0) and truth.likelihood == "exact"
    for figure, perfect in (("chroma", 1), ("energy", 1), ("coverage", 1),
                            ("calibration_slope", 1), ("rms_to_mode", 0.1),
                            ("excess_calibration", 0), ("truth_log_prob", 0),
                            ("truth_log_prob_low", 0)):
        assert away(getattr(truth, figure), perfect) < 3.5, figure


@EVERYWHERE
def test_greying_costs_the_nats_that_theory_says_and_shows_in_chroma(pattern, size):
    world, grey = world_of(pattern, size), score_altered(
        pattern, size, colors=lambda modes: 0.5 * modes)
    cloth = world.mask(world.held_out(shirts_of(size))[0]).sum((1, 2)).double()
    theory = (cloth * (0.5 * LENGTH) ** 2 / (2 * world.noise ** 2)).mean().item()
    assert abs(grey.likelihood_gap.value / theory - 1) < 0.02
    assert 0.5 < grey.chroma.value < 0.53 and grey.coherence.value == 0
    assert grey.truth_log_prob.value < -0.9 * theory and grey.energy.value > 1.1


@EVERYWHERE
def test_a_dropped_mode_shows_in_coverage_and_calibration_alone(pattern, size):
    teal = score_altered(pattern, size, chances=only_teal)
    modes = len(world_of(pattern, size).mode_names)
    assert teal.coverage.value < 1.15 / modes and teal.coherence.value == 1
    assert teal.calibration.value > 10 * teal.calibration_floor.value
    assert teal.calibration_slope.value == 0
    assert away(teal.chroma, 1) < 3.5 and away(teal.rms_to_mode, 0.1) < 3.5
    assert teal.likelihood_gap.value > 100 and teal.energy.value > 1.1


@EVERYWHERE
def test_pixels_shuffled_between_modes_show_in_coherence_not_chroma(pattern, size):
    world = world_of(pattern, size)
    confetti = score(world.independent, world, examples=shirts_of(size))
    assert confetti.coherence.value < 0.01 and away(confetti.chroma, 1) < 3.5
    assert confetti.rms_to_mode.value > 0.4 and confetti.coverage.value < 0.01
    assert confetti.truth_log_prob.value < -1000 and confetti.energy.value > 1.05
    assert confetti.above_independent == (0, 0)


@EVERYWHERE
def test_p_off_by_a_tenth_costs_the_divergence_and_shows_in_calibration(pattern, size):
    world, truth = world_of(pattern, size), score_truth(pattern, size)
    shifted = score_altered(pattern, size, chances=shift)
    p = world.mode_probabilities(world.held_out(shirts_of(size))[0])
    divergence = (p * (p / shift(p)).log()).sum(1).mean().item()
    assert shifted.likelihood_gap.value == pytest.approx(divergence, rel=0.02)
    assert shifted.likelihood_gap.value > 5 * shifted.likelihood_gap.error
    assert shifted.calibration.value > truth.calibration.value + 0.015
    assert shifted.coherence.value == 1 and away(shifted.truth_log_prob, 0) < 4


def test_a_solid_p_off_by_a_tenth_is_a_calibration_error_of_a_tenth():
    shifted = score_altered("solid", 32, chances=shift)
    assert away(shifted.calibration, 0.1) < 3.5 and shifted.energy.value < 1.1


@EVERYWHERE
def test_wrong_noise_shows_in_the_truths_opinion_on_either_side(pattern, size):
    clean, coarse = (score_altered(pattern, size, noise=std) for std in (0.05, 0.15))
    numbers = 2 * size ** 2
    assert clean.truth_log_prob.value == pytest.approx(numbers * 0.375, rel=0.02)
    assert coarse.truth_log_prob.value == pytest.approx(numbers * -0.625, rel=0.02)
    assert clean.rms_to_mode.value == pytest.approx(0.05, rel=0.01)
    assert coarse.rms_to_mode.value == pytest.approx(0.15, rel=0.01)
    assert clean.likelihood_gap.value > 0 and coarse.likelihood_gap.value > 0
    assert clean.coherence.value == coarse.coherence.value == 1


class NowAndThenBad(ConditionalModel):
    """The truth, but for one sample in fifty, which is a shirt too pale."""

    def __init__(self, world):
        super().__init__()
        self.truth, self.pale = world.truth, AlteredWorld(
            world, colors=lambda modes: 0.8 * modes).truth

    def draw(self, given, n, batch):
        bad = torch.rand(n, batch, 1, 1, 1) < 0.02
        return torch.where(bad, self.pale.draw(given, n, batch),
                           self.truth.draw(given, n, batch))


def test_rare_bad_samples_show_in_the_lowest_percent_and_hardly_in_the_mean():
    result = score(NowAndThenBad(world_of()), world_of())
    low = result.truth_log_prob_low
    assert low.value < -40 and low.value < -8 * low.error
    assert -4 < result.truth_log_prob.value < 0.5 and result.coherence.value > 0.97


@lru_cache
def spoiled_scores(pattern):
    """Scores of one spoiled truth on sixteen sets of other shirts, with other draws."""
    return [score(AlteredWorld(world, chances=shift, noise=0.12,
                               colors=lambda modes: 0.81 * modes).truth,
                  world, examples=64, samples=8, seed=100 + seed)
            for seed in range(16) for world in [TShirts(pattern, size=16, seed=seed)]]


@pytest.mark.parametrize("pattern", ["solid", "stripes"])
@pytest.mark.parametrize("figure", [
    "likelihood_gap", "coherence", "calibration", "calibration_slope", "coverage",
    "chroma", "rms_to_mode", "truth_log_prob", "truth_log_prob_low", "energy"])
def test_standard_errors_are_what_other_shirts_show(pattern, figure):
    measures = [getattr(result, figure) for result in spoiled_scores(pattern)]
    values, errors = (torch.tensor(part) for part in zip(*measures))
    assert 0.5 < values.std() / errors.mean() < 1.5       # known to 18 % from sixteen


@EVERYWHERE
def test_the_total_correlation_is_the_closed_form_within_two_percent(pattern, size):
    world = world_of(pattern, size)
    x = world.held_out(shirts_of(size))[0]
    closed = total_correlation(world, x).mean().item()
    measured = score_truth(pattern, size).total_correlation.value
    assert measured == pytest.approx(closed, rel=0.02)
    if pattern == "solid":
        cloth, p = world.mask(x).sum((1, 2)), world.probability_of_teal(x)
        entropy = torch.special.entr(p) + torch.special.entr(1 - p)
        by_hand = ((cloth - 1) * entropy).mean().item()
        assert closed == pytest.approx(by_hand, rel=1e-4)


def test_the_floor_is_what_perfect_samplers_have_on_average():
    generator = torch.Generator().manual_seed(0)
    p = 0.15 + 0.7 * torch.rand(128, generator=generator, dtype=torch.float64)
    p, bins = torch.stack([p, 1 - p], 1), bins_of(p)
    rng = np.random.default_rng(0)
    teal = binom.rvs(16, p[:, 0], size=(2000, 128), random_state=rng) / 16
    off = torch.as_tensor(teal - p[:, 0].numpy()) @ bins / bins.sum(0)
    sampler = Evidence(p, torch.zeros(128, 16, dtype=torch.long), *(None,) * 5)
    floor = calibration_floor(sampler, bins)
    assert floor.value == pytest.approx(off.abs().mean().item(), rel=0.02)


@pytest.mark.parametrize("size", [16, 32])
def test_theenergy_score_agrees_with_scipys_distances(size):
    samples, true = torch.randn(5, 3, 2, size, size), torch.randn(3, 2, 2, size, size)
    ours = energy_score(samples, true, torch.tensor([[0.3, 0.7]]).repeat(3, 1))
    for shirt in range(3):
        drawn = samples[:, shirt].flatten(1).numpy()
        off = cdist(drawn, true[shirt].flatten(1).numpy()).mean(0) @ [0.3, 0.7]
        theirs = off - pdist(drawn).mean() / 2
        assert ours[shirt].item() == pytest.approx(theirs, rel=1e-5)


def test_the_truths_mean_chroma_is_that_of_a_rice_distribution():
    world = world_of()
    seen = gather(world.truth, world, 128, 16, 0, "truth")
    noise = world.noise
    assert seen.chroma.mean().item() == pytest.approx(
        rice.mean(LENGTH / noise, scale=noise), rel=2e-3)


def test_the_slope_is_that_of_an_ordinary_regression():
    generator = torch.Generator().manual_seed(0)
    p, chance = torch.rand(2, 60, 16, dtype=torch.float64, generator=generator)
    p = p[:, 0]
    mode = (chance < 1 - p.sqrt().unsqueeze(1)).long()                # 0 is teal
    sampler = Evidence(torch.stack([p, 1 - p], 1), mode, *(None,) * 5)
    frequency = sampler.frequencies[:, 0]
    expected = np.polyfit(p.numpy(), frequency.numpy(), 1)[0]
    assert calibration_slope(sampler).value == pytest.approx(expected)


def test_the_curve_gives_probability_frequency_and_error_of_every_bin():
    at, frequency, error = score_truth("solid", 32).calibration_curve
    assert at.shape == frequency.shape == error.shape == (4,)
    assert (at.diff() > 0).all() and ((frequency - at).abs() < 4 * error).all()


@pytest.mark.parametrize("p", [(0.05, 0.95), (0.1, 0.4, 0.25, 0.25)])
def test_the_error_of_coverage_is_at_least_the_chance_of_a_perfect_sampler(p):
    p = torch.tensor(p, dtype=torch.float64).expand(40_000, -1)
    mode = torch.multinomial(p, 8, replacement=True,
                             generator=torch.Generator().manual_seed(0))
    drawn = coverage(Evidence(p, mode, *(None,) * 5))
    every = torch.arange(8).remainder(p.shape[1]).expand(40_000, -1)
    complete = coverage(Evidence(p, every, *(None,) * 5))
    assert away(drawn, 1) < 3.5
    assert complete.error == pytest.approx(drawn.error, rel=0.03)


def test_a_resampled_quantile_is_that_of_the_shirts_repeated():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(30, 20, dtype=torch.float64, generator=generator)
    counts = torch.randint(30, (30,), generator=generator).bincount(minlength=30)
    again = values.repeat_interleave(counts, 0).flatten().sort().values
    expected = again[math.ceil(0.01 * len(again)) - 1]
    assert low_quantile(values, counts.double()[None]).item() == expected


def test_the_bootstrap_and_the_delta_method_agree():
    generator = torch.Generator().manual_seed(1)
    above, noise = torch.randn(2, 300, dtype=torch.float64, generator=generator)
    above, below = 3 + above, 3 + above + 0.1 * noise
    by_resampling = bootstrap(lambda counts: (counts @ above) / (counts @ below), 300)
    assert ratio_of(above, below).error == pytest.approx(by_resampling, rel=0.15)
    assert mean_of(above).error > 5 * ratio_of(above, below).error


@pytest.mark.parametrize("channels, codebook, space", [
    ("a", Quantizer(levels=10), "16x16 a, 10 levels"),
    ("a", Quantizer(levels=3), "16x16 a, 3 levels"),
    ("ab", Quantizer(-1, 1, levels=8, channels=2), "16x16 ab, 8 levels in [-1, 1]")])
def test_the_quantised_truth_is_perfect_in_its_own_space(channels, codebook, space):
    world = world_of("stripes", channels=channels)
    result = score(world.truth.quantized(codebook), world, examples=96)
    assert result.likelihood_gap == (0, 0) and result.space == space
    assert result.coherence.value > 0.99         # 3 levels leave 1 % of pixels grey
    for figure, perfect in (("chroma", 1), ("energy", 1), ("coverage", 1),
                            ("truth_log_prob", 0), ("calibration_slope", 1)):
        assert away(getattr(result, figure), perfect) < 3.5, figure


def test_a_model_about_cells_is_compared_with_the_truth_about_cells():
    world = world_of("solid", channels="a")
    model = Softmax(nn.Conv2d(1, 10, 1), Quantizer(levels=10))
    nn.init.zeros_(model.network.weight), nn.init.zeros_(model.network.bias)
    result = score(model, world, examples=96)
    truth = score(world.truth.quantized(model.codebook), world, examples=96)
    uniform, ceiling = 256 * math.log(10), 256 * math.log(10) - 2
    assert 0 < result.likelihood_gap.value < ceiling
    assert result.likelihood_gap.value < uniform and result.coherence.value == 0
    gap = result.likelihood_gap.value - result.total_correlation.value
    assert result.above_independent.value == pytest.approx(gap)
    assert result.total_correlation == pytest.approx(truth.total_correlation)
    assert result.truth_log_prob.value < -100


def test_a_world_whose_noise_could_change_would_spoil_what_is_kept_of_its_truth():
    world = TShirts(size=16)
    assert score(world.truth, world, examples=8, samples=2).likelihood_gap == (0, 0)
    with pytest.raises(AttributeError, match="noise of a TShirts cannot become 0.3"):
        world.noise = 0.3
    assert score(world.truth, world, examples=8, samples=2).likelihood_gap == (0, 0)


def test_other_cells_of_a_model_are_another_space_and_equal_ones_the_same():
    world = world_of("solid", channels="a")

    def price(codebook):
        model = Softmax(nn.Conv2d(1, 3, 1), codebook)
        return score(model, world, examples=8, samples=2).total_correlation

    first, other, again = map(price, (
        Quantizer(levels=3), Quantizer(-0.5, 0.5, levels=3), Quantizer(levels=3)))
    assert first == again != other


def test_a_model_of_colors_whose_mass_nobody_knows_is_refused_in_a_sentence():
    model = Softmax(nn.Conv2d(1, 2, 1), Palette(torch.tensor([[-0.6], [0.7]])))
    with pytest.raises(TypeError, match="give a Quantizer, as the mass of its cells"):
        score(model, world_of("solid", channels="a"), examples=8, samples=2)


class Mean(nn.Module):
    """The network that least squares is after."""

    def __init__(self, world):
        super().__init__()
        self.truth = world.truth

    def forward(self, x):
        return self.truth.mean(x)


@pytest.mark.parametrize("channels", ["ab", "a"])
def test_a_point_prediction_has_no_likelihood_and_all_else(channels):
    world = world_of("solid", channels=channels)
    result = score(PointPredictor(Mean(world)), world, examples=96, samples=4)
    assert result.likelihood is None and result.likelihood_gap is None
    assert result.above_independent is None
    p = world.probability_of_teal(world.held_out(96)[0])
    lean = (2 * p - 1).abs().mean().item()
    assert result.chroma.value == pytest.approx(lean, rel=0.03)
    assert result.coherence.value == 0, "an average of two dyes is near neither"
    assert result.energy.value > 1 and result.truth_log_prob.value < 0


def test_without_likelihoods_all_other_figures_are_the_same():
    world = TShirts(size=16)
    whole, rest = (score(world.truth, world, examples=32, likelihoods=asked).row()
                   for asked in (True, False))
    gone = {heading for heading, value in rest.items() if value is None}
    assert gone - {heading for heading, value in whole.items() if value is None} == {
        "gap, nats", "above independent, nats"}
    timed = "s for 64"
    assert rest | {timed: 0} == whole | dict.fromkeys(gone) | {timed: 0}


def test_one_sample_a_shirt_has_noenergy_score():
    result = score(world_of().truth, world_of(), examples=32, samples=1)
    assert result.energy is None and result.coherence.value == 1


class Bounded(ConditionalModel):
    """Knows its log-probability up to three nats only."""

    def __init__(self, world):
        super().__init__()
        self.truth = world.truth

    def draw(self, given, n, batch):
        return self.truth.draw(given, n, batch)

    def elbo(self, y, *, given=None):
        return self.truth.log_prob(y, given=given) - 3


def test_a_bound_is_marked_as_a_bound():
    result = score(Bounded(world_of()), world_of(), examples=64, name="cVAE")
    assert result.likelihood_gap.value == pytest.approx(3, abs=1e-3)
    assert result.is_bound and result.likelihood == "elbo"
    assert "gap, nats, at most" in result.row() and "gap, nats" not in result.row()


def test_the_same_seed_gives_the_same_score_and_leaves_everything_as_it_was():
    model = PointPredictor(nn.Sequential(nn.Conv2d(1, 2, 1), nn.Dropout(0.5))).train()
    before = torch.get_rng_state()
    first, again, other = (score(model, world_of(), examples=32, samples=4, seed=seed)
                           for seed in (1, 1, 2))
    assert first.energy == again.energy and first.energy != other.energy
    assert torch.equal(before, torch.get_rng_state()) and model.training


def test_the_history_gives_steps_and_seconds_and_the_model_its_parameters():
    model = PointPredictor(nn.Conv2d(1, 2, 1))
    history = History({"model": [1.0]}, steps=7, seconds=2.5)
    result = score(model, world_of(), examples=8, samples=2, history=history)
    assert (result.parameters, result.steps, result.training_seconds) == (4, 7, 2.5)
    assert result.sampling_seconds.value > 0


def test_rows_fill_a_table_and_leave_out_what_nobody_has():
    from course_lib.teaching.figures import Table
    point = PointPredictor(nn.Conv2d(1, 2, 1))
    scores = [score(point, world_of(), examples=8, name="L2"),
              score(Bounded(world_of()), world_of(), examples=8, name="cVAE")]
    table = rows(scores)
    assert list(table) == ["L2", "cVAE"] and "steps" not in table["L2"]
    assert "gap, nats, at most" in str(Table(table)) and "coherence" in str(scores[0])
    assert list(rows(scores, ["space", "energy"])["L2"]) == ["space", "energy"]


class Broken(ConditionalModel):
    """Draws what it was told to draw."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def draw(self, given, n, batch):
        return self.what(n, batch)


@pytest.mark.parametrize("arguments, message", [
    (lambda w: (world_of(size=32).truth, w), "its own world"),
    (lambda w: (nn.Conv2d(1, 2, 1), w), "ConditionalModel"),
    (lambda w: (w.truth, Digits()), "truth of .* is unknown"),
    (lambda w: (Broken(lambda n, b: torch.full((n, b, 2, 16, 16), math.nan)), w),
     "what Broken samples holds .* NaN"),
    (lambda w: (Broken(lambda n, b: torch.zeros(n, b, 2, 32, 32)), w),
     "the world it was made for"),
    (lambda w: (PointPredictor(nn.Conv2d(1, 1, 1)), w), "its own world")])
def test_a_model_or_world_that_does_not_fit_gets_a_sentence(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        score(*arguments(world_of()), examples=8, samples=2)


@pytest.mark.parametrize("options, message", [
    ({"examples": 0}, "held-out examples is 0; give a whole number from 1 to 1024"),
    ({"examples": 5000}, "held-out examples is 5000"), ({"samples": 0}, "samples is 0"),
    ({"samples": 2.0}, "samples is 2.0"), ({"seed": -1}, "seed is -1"),
    ({"seed": None}, "seed is None"), ({"name": ""}, "a name in words"),
    ({"history": [1.0]}, "what fit returned")])
def test_an_option_out_of_range_gets_a_sentence(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        score(world_of().truth, world_of(), **options)


def test_a_likelihood_that_is_nan_names_the_model():
    model = Bounded(world_of())
    model.elbo = lambda y, given=None: torch.full((len(y),), math.nan)
    with pytest.raises(ValueError, match="elbo of cVAE is NaN for 16 of 16 pairs"):
        score(model, world_of(), examples=8, name="cVAE")


def test_two_scores_of_one_name_and_unknown_columns_get_a_sentence():
    with pytest.raises(ValueError, match="its own name"):
        rows([score_truth(), score_truth()])
    with pytest.raises(ValueError, match="columns is 'beauty'; choose one of"):
        rows([score_truth()], ["beauty"])


def test_one_shirt_has_values_and_no_errors():
    result = score(world_of().truth, world_of(), examples=1, samples=4)
    assert result.coherence.value == 1 and math.isnan(result.coherence.error)
    assert result.calibration_slope is None


@pytest.mark.gpu
def test_a_model_on_the_gpu_is_scored_like_one_on_the_cpu(gpu):
    model = Softmax(nn.Conv2d(1, 10, 1), Quantizer(levels=10))
    world = world_of("solid", channels="a")
    on_cpu = score(model, world, examples=64).likelihood_gap.value
    on_gpu = score(model.to(gpu), world, examples=64).likelihood_gap.value
    assert on_gpu == pytest.approx(on_cpu, rel=1e-4)
