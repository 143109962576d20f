"""Facts about one pixel of a shirt and its best answers."""

import pytest
import scipy.stats
import torch

from course_lib.datasets import TShirts
from course_lib.teaching import one_pixel


@pytest.mark.parametrize("pi", [0.1, 0.5, 0.85])
def test_one_pixel_s_density_integrates_to_one_and_has_the_mean_of_theory(pi):
    density = one_pixel.truth(pi, noise=0.2, mode=0.4)
    mass = density.log_prob(one_pixel.CHROMA).exp() * one_pixel.STEP
    assert mass.sum().item() == pytest.approx(1, abs=1e-6)
    mean = (mass @ one_pixel.CHROMA).item()
    assert mean == pytest.approx((1 - 2 * pi) * 0.4, abs=1e-6)


@pytest.mark.parametrize("p", [0.05, 0.4, 0.5, 0.51, 0.99])
def test_half_of_the_probability_lies_below_the_median(p):
    at = one_pixel.median(one_pixel.truth(p))
    below = p * scipy.stats.norm.cdf(at, -0.65, 0.1) + (1 - p) * scipy.stats.norm.cdf(
        at, 0.65, 0.1)
    assert below == pytest.approx(0.5, abs=1e-6)


def test_the_median_of_one_pixel_is_that_of_the_whole_shirt():
    world = TShirts(size=16)
    x, _ = world.held_out(4)
    for p, a, cloth in zip(world.probability_of_teal(x), world.truth.median(x)[:, 0],
                           world.mask(x)):
        expected = one_pixel.median(one_pixel.truth(p.item()))
        assert torch.allclose(a[cloth], torch.tensor(expected).float(), atol=1e-4)


def test_one_gaussian_has_the_variance_of_the_law_of_total_variance():
    best = one_pixel.best_mixture(one_pixel.truth(0.3), 1).component_distribution
    assert best.mean.item() == pytest.approx(0.4 * 0.65, abs=1e-6)
    assert best.variance.item() == pytest.approx(0.01 + 4 * 0.21 * 0.65 ** 2, abs=1e-6)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_two_gaussians_recover_the_two_dyes(p):
    truth = one_pixel.truth(p)
    best = one_pixel.best_mixture(truth, 2)
    parts, weights = best.component_distribution, best.mixture_distribution.probs
    assert weights.tolist() == pytest.approx([p, 1 - p], abs=1e-3)
    assert parts.mean.tolist() == pytest.approx([-0.65, 0.65], abs=1e-3)
    assert one_pixel.gap(truth, best) < 1e-4


def test_no_model_of_one_pixel_beats_the_truth_and_more_components_lose_less():
    truth = one_pixel.truth(0.6, noise=0.3)
    lost = [one_pixel.gap(truth, one_pixel.best_mixture(truth, n)) for n in (1, 2, 3)]
    assert lost[0] > 0.05 > lost[1] and min(lost) > -1e-6


def test_a_mixture_without_components_is_refused():
    with pytest.raises(ValueError, match="components"):
        one_pixel.best_mixture(one_pixel.truth(0.5), 0)


@pytest.mark.parametrize("options, words", [
    ({"pi": 1.2}, "pi is"), ({"pi": 0.5, "noise": 0.0}, "noise")])
def test_an_impossible_pixel_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        one_pixel.truth(**options)
