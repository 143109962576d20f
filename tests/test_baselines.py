"""The baselines: four wrong answers whose figures theory knows."""

import math
from functools import lru_cache

import pytest
import torch
from scipy.stats import rayleigh, rice

from course_lib.datasets import TShirts
from course_lib.datasets.tshirts import PINK
from course_lib.distributions.quantization import Quantizer
from course_lib.scoring import AlteredWorld, baselines, score

PATTERNS = pytest.mark.parametrize("pattern", ["solid", "stripes"])


@lru_cache
def world_of(pattern="solid", **options):
    return TShirts(pattern, size=16, **options)


@lru_cache
def score_baseline(name, pattern="solid"):
    world = world_of(pattern)
    return score(baselines(world)[name], world, examples=192, name=name)


def chances_of(pattern):
    return world_of(pattern).mode_probabilities(world_of(pattern).held_out(192)[0])


def test_there_are_four_and_each_is_a_model_of_its_world():
    models = baselines(world_of())
    assert list(models) == ["always one half", "always the majority", "always grey",
                            "independent pixels"]
    x, _ = world_of().batch(5, seed=0)
    for model in models.values():
        y = model.sample(given=x, n=3, seed=0)
        assert y.shape == (3, 5, 2, 16, 16)
        assert model.log_prob(y[0], given=x).isfinite().all()


@PATTERNS
def test_one_half_costs_what_x_tells_about_the_dye_and_has_slope_zero(pattern):
    half, p = score_baseline("always one half", pattern), chances_of(pattern)
    known = (math.log(p.shape[1]) - torch.special.entr(p).sum(1)).mean().item()
    assert half.likelihood_gap.value == pytest.approx(known, rel=0.01)
    slope = half.calibration_slope
    assert abs(slope.value) < 3.5 * slope.error and half.coherence.value == 1
    assert half.calibration.value > 2 * half.calibration_floor.value


@PATTERNS
def test_the_majority_reaches_one_mode_and_flatters_it(pattern):
    most, p = score_baseline("always the majority", pattern), chances_of(pattern)
    reached = 1 / (1 - (1 - p) ** 16).sum(1).mean().item()
    assert most.coverage.value == pytest.approx(reached, rel=1e-4)
    assert most.calibration_slope.value > 1.5 and most.coherence.value == 1
    assert most.likelihood_gap.value > 1000


@PATTERNS
def test_grey_has_the_chroma_of_noise_and_no_dye(pattern):
    grey, noise = score_baseline("always grey", pattern), 0.1
    ratio = rayleigh.mean() / rice.mean(math.hypot(*PINK) / noise)
    assert grey.chroma.value == pytest.approx(ratio, rel=0.01)
    assert grey.coherence.value == grey.coverage.value == 0
    rms = math.sqrt(math.hypot(*PINK) ** 2 / 2 + noise ** 2)     # to any one mode
    assert 0.97 * rms < grey.rms_to_mode.value < rms             # to the nearest


@PATTERNS
def test_independent_pixels_are_their_own_price(pattern):
    pixels = score_baseline("independent pixels", pattern)
    assert pixels.likelihood_gap == pixels.total_correlation
    assert pixels.above_independent == (0, 0)


@PATTERNS
def test_in_every_figure_that_should_rank_them_the_truth_comes_first(pattern):
    world = world_of(pattern)
    truth = score(world.truth, world, examples=192)
    for name in baselines(world):
        other = score_baseline(name, pattern)
        assert other.likelihood_gap.value > 5 * other.likelihood_gap.error
        assert other.energy.value > truth.energy.value + 2 * truth.energy.error
        assert other.calibration.value > truth.calibration.value


def test_baselines_of_a_quantised_space_are_scored_in_it():
    world, codebook = world_of("solid", channels="a"), Quantizer(levels=10)
    for name, model in baselines(world).items():
        result = score(model.quantized(codebook), world, examples=96)
        assert result.space == "16x16 a, 10 levels"
        assert result.likelihood_gap.value > 0.02, name


def test_an_altered_world_without_changes_is_the_world():
    world, x = world_of(), world_of().held_out(8)[0]
    y = world.truth.sample(x, 1, seed=0)[0]
    same = AlteredWorld(world).truth
    assert torch.equal(same.log_prob(y, given=x), world.truth.log_prob(y, given=x))
    assert torch.equal(same.sample(x, 2, seed=1), world.truth.sample(x, 2, seed=1))
