"""Facts about point predictors, the Gaussian and the mixture of Gaussians."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Laplace, Normal

from course_lib.distributions.pixelwise import PixelMixture
from course_lib.models.point_prediction import (
    FixedScale,
    Gaussian,
    GaussianMixture,
    PointPredictor,
)
from course_lib.networks import ImageToImage
from course_lib.training import fit
from tests.small_worlds import one_pixel


class Constant(nn.Module):
    """The same numbers for every x and every pixel: what a best constant is."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = nn.Parameter(torch.tensor(numbers))
        self.out_channels = len(numbers)

    def forward(self, x):
        return self.numbers.view(1, -1, 1, 1).expand(len(x), -1, *x.shape[2:])


class Fixed:
    """A data set of one pixel that a batch returns whole."""

    def __init__(self, values):
        self.y = torch.tensor(values).view(-1, 1, 1, 1)
        self.x = torch.zeros_like(self.y)

    def batch(self, n, split="train", seed=None):
        return self.x, self.y


def learned(model, world, steps=250, lr=0.05):
    fit(model, world, steps, batch_size=len(world.y), lr=lr, schedule="cosine",
        progress=False, device="cpu")
    return model


def test_l2_learns_the_mean_and_l1_the_median():
    world = Fixed([0.0, 0.1, 0.2, 1.0, 3.0])
    l2 = learned(PointPredictor(Constant([0.5]), "l2"), world)
    l1 = learned(PointPredictor(Constant([0.5]), "l1"), world)
    assert l2.network.numbers.item() == pytest.approx(4.3 / 5, abs=1e-3)
    assert l1.network.numbers.item() == pytest.approx(0.2, abs=5e-3)


def test_the_loss_adds_up_a_picture_and_averages_over_the_batch():
    y, x = torch.full((3, 2, 4, 4), 2.0), torch.zeros(3, 1, 4, 4)
    assert PointPredictor(Constant([1.0, 0.0]), "l2").loss(y, given=x) == 16 * (1 + 4)
    assert PointPredictor(Constant([1.0, 0.0]), "l1").loss(y, given=x) == 16 * (1 + 2)


def test_a_dirac_gives_one_answer_however_often_it_is_asked():
    model = PointPredictor(ImageToImage(1, 2, width=8))
    x = torch.rand(3, 1, 8, 8)
    samples = model.sample(given=x, n=4)
    assert torch.equal(samples, model.predict(x).expand(4, -1, -1, -1, -1))
    assert not model.predict(x).requires_grad


@pytest.mark.parametrize("density, of_torch", [
    ("gaussian", Normal), ("laplace", Laplace)])
def test_a_fixed_scale_is_the_density_that_torch_has(density, of_torch):
    model = FixedScale(PointPredictor(ImageToImage(1, 2, width=8)), 0.3, density)
    x, y = torch.rand(3, 1, 8, 8), torch.randn(3, 2, 8, 8)
    expected = of_torch(model.predictor.predict(x), 0.3).log_prob(y).sum((1, 2, 3))
    torch.testing.assert_close(model.log_prob(y, given=x), expected)


@pytest.mark.parametrize("norm, density, slope", [
    ("l2", "gaussian", 1 / (2 * 0.3 ** 2)), ("l1", "laplace", 1 / 0.3)])
def test_minus_log_p_of_a_fixed_scale_is_the_point_loss_scaled(norm, density, slope):
    predictor = PointPredictor(ImageToImage(1, 2, width=8), norm)
    x, y = torch.rand(5, 1, 8, 8), torch.randn(5, 2, 8, 8)
    nats = FixedScale(predictor, 0.3, density).loss
    less_than_other = nats(y, given=x) - nats(2 * y, given=x)
    points = predictor.loss(y, given=x) - predictor.loss(2 * y, given=x)
    torch.testing.assert_close(less_than_other, slope * points, rtol=1e-4, atol=1e-2)


def test_the_gaussian_of_two_modes_learns_the_total_variance():
    world = one_pixel(distance=1.3, chance=0.3)
    y = world.truth.sample(given=world.given(1), n=4000, seed=0)[:, 0]
    model = learned(Gaussian(Constant([0.0, 0.0]), channels=1), Fixed(y.tolist()))
    density = model(world.given(1)).base_dist
    mean, total = 0.4 * 0.65, 0.1 ** 2 + 0.3 * 0.7 * 1.3 ** 2
    assert density.mean.item() == pytest.approx(mean, abs=0.03)
    assert density.variance.item() == pytest.approx(total, rel=0.05)
    between = model.log_prob(torch.full((1, 1, 1, 1), mean), given=world.given(1))
    mode = model.log_prob(torch.full((1, 1, 1, 1), -0.65), given=world.given(1))
    assert between > mode                            # it peaks where there is nothing


def test_the_mixture_of_two_modes_finds_both_and_their_weights():
    world = one_pixel(distance=1.3, chance=0.3)
    y = world.truth.sample(given=world.given(1), n=4000, seed=0)[:, 0]
    model = learned(GaussianMixture(Constant([0.0] * 6), 2, channels=1),
                    Fixed(y.tolist()))
    mixture = model(world.given(1))
    torch.testing.assert_close(mixture.weights.flatten(), torch.tensor([0.3, 0.7]),
                               atol=0.03, rtol=0)
    torch.testing.assert_close(mixture.means.flatten(), torch.tensor([-0.65, 0.65]),
                               atol=0.02, rtol=0)
    torch.testing.assert_close(mixture.scales.flatten(), torch.full((2,), 0.1),
                               atol=0.01, rtol=0)
    entropy = world.truth.entropy(world.given(1)).item()
    assert model.loss(y, given=world.given(4000)).item() == pytest.approx(entropy,
                                                                          abs=0.05)


def a_mixture(channels=2, size=3):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, size, size, generator=generator)
    mean, scale = torch.randn(2, 2, 4, channels, size, size, generator=generator)
    return PixelMixture(logits, mean, scale.exp() / 3)


def test_the_mixture_is_the_sum_over_components_written_out():
    mixture = a_mixture()
    y = torch.randn(2, 2, 3, 3)
    total = torch.zeros(2)
    for row in range(3):
        for column in range(3):
            here = (..., row, column)
            parts = Normal(mixture.means[here], mixture.scales[here])
            log_part = parts.log_prob(y[here].unsqueeze(1)).sum(-1)
            total += (mixture.weights[here].log() + log_part).logsumexp(1)
    torch.testing.assert_close(mixture.log_prob(y), total)


def test_the_density_of_a_mixture_in_one_dimension_integrates_to_one():
    mixture = a_mixture(channels=1, size=1)
    line = torch.linspace(-12, 12, 24001)
    density = mixture.log_prob(line.view(-1, 1, 1, 1, 1)).exp()
    torch.testing.assert_close(density.sum(0) * 0.001, torch.ones(2), atol=1e-4, rtol=0)


def test_samples_of_a_mixture_have_its_mean_and_variance():
    mixture = a_mixture()
    samples = mixture.sample((20_000,))
    assert samples.shape == (20_000, 2, 2, 3, 3)
    weights = mixture.weights.unsqueeze(2)
    mean = (weights * mixture.means).sum(1)
    square = (weights * (mixture.scales.square() + mixture.means.square())).sum(1)
    std = (square - mean.square()).sqrt()
    torch.testing.assert_close(samples.mean(0), mean, rtol=0,
                               atol=5 * std.max().item() / math.sqrt(20_000))
    torch.testing.assert_close(samples.std(0), std, rtol=0.05, atol=0)


def test_a_mixture_of_n_gaussians_in_one_dimension_has_3n_numbers():
    for n in (1, 2, 5):
        GaussianMixture(Constant([0.0] * 3 * n), components=n, channels=1)
        with pytest.raises(ValueError, match=f"={3 * n + 1} and .* needs {3 * n} "):
            GaussianMixture(Constant([0.0] * (3 * n + 1)), components=n, channels=1)


def test_components_begin_apart_or_they_would_stay_the_same():
    means = GaussianMixture(Constant([0.0] * 9), 3, channels=1)(torch.zeros(1, 1, 1, 1))
    assert means.means.flatten().tolist() == [-0.5, 0.0, 0.5]


def test_a_nan_in_a_network_reaches_the_loss():
    x, y = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    for model in (Gaussian(Constant([math.nan, 0.0]), channels=1),
                  GaussianMixture(Constant([math.nan] * 6), channels=1),
                  FixedScale(PointPredictor(Constant([math.nan])))):
        assert model.loss(y, given=x).isnan()


@pytest.mark.parametrize("make, words", [
    (lambda: PointPredictor(Constant([0.0]), "l3"), "norm is 'l3'; choose one of 'l2'"),
    (lambda: FixedScale(PointPredictor(Constant([0.0])), 0.0), "scale is 0.0; .*abov"),
    (lambda: FixedScale(PointPredictor(Constant([0.0])), density="cauchy"),
     "density is 'cauchy'; choose one of 'gaussian', 'laplace'"),
    (lambda: Gaussian(ImageToImage(1, 3)), "has out_channels=3 .* needs 4 "),
    (lambda: GaussianMixture(ImageToImage(1, 3)), "needs 10 .a weight, 2 means and 2"),
    (lambda: GaussianMixture(ImageToImage(1, 3), components=0), "components is 0"),
    (lambda: Gaussian(ImageToImage(1, 3), channels=0), "channels is 0"),
    (lambda: Gaussian(nn.Sequential(ImageToImage(1, 3))).sample(
        given=torch.zeros(1, 1, 8, 8)), r"shape \(1, 3, 8, 8\) .* \(batch, 4, height"),
])
def test_a_model_that_cannot_be_is_answered_by_a_sentence(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
