"""Facts about latents: priors before y is seen, posteriors afterwards, integrals."""

import math

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from course_lib.models.latents import (
    ConditionalMixture,
    DiagonalNormal,
    Mixture,
    StandardNormal,
    TruncatedNormal,
    well_apart,
)
from course_lib.models.quadrature import log_integral
from course_lib.models.quantiles import from_quantiles, marginals, to_quantiles
from course_lib.networks import ImageToVector

x = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
PRIORS = {
    "normal": lambda: StandardNormal(2), "mixture": lambda: Mixture(2, 3),
    "conditional mixture": lambda: ConditionalMixture(ImageToVector(1, 3, 8), 2, 3),
    "with parts from x": lambda: ConditionalMixture(ImageToVector(1, 15, 8), 2, 3)}


def random(*shape, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def box(reach: float, batch: int, dimensions: int) -> list[torch.Tensor]:
    return [torch.full((batch, dimensions), end) for end in (-reach, reach)]


@pytest.mark.parametrize("name", PRIORS)
def test_every_prior_integrates_to_one_for_every_x(name):
    prior = PRIORS[name]()(x)
    mass = log_integral(prior.log_prob, *box(12.0, 3, 2), points=200, rounds=1)
    torch.testing.assert_close(mass.exp(), torch.ones(3), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", PRIORS)
def test_marginals_integrate_to_one_and_have_the_moments_of_the_prior(name):
    torch.manual_seed(0)
    prior = PRIORS[name]()(x)
    alone = marginals(prior)
    assert alone.batch_shape == (3, 2)
    torch.testing.assert_close(alone.mean, prior.mean)
    torch.testing.assert_close(alone.variance, prior.variance, rtol=1e-4, atol=1e-5)
    line = torch.linspace(-12, 12, 2000).view(-1, 1, 1)
    mass = alone.log_prob(line).exp().sum(0) * (line[1] - line[0])
    torch.testing.assert_close(mass, torch.ones(3, 2), atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", PRIORS)
def test_quantiles_of_draws_are_uniform_for_every_x_and_lead_back(name):
    prior = PRIORS[name]()(x)
    torch.manual_seed(0)
    with torch.no_grad():
        z = prior.sample((20_000,))
        u = to_quantiles(prior, z)
    even = torch.linspace(0, 1, 20_000).view(-1, 1, 1)
    assert (u.sort(0).values - even).abs().max() < 0.015          # Kolmogorov-Smirnov
    correlation = (12 * (u - 0.5).prod(-1)).mean(0)
    torch.testing.assert_close(correlation, torch.zeros(3), atol=0.05, rtol=0)
    back = from_quantiles(prior, u[:50])
    torch.testing.assert_close(to_quantiles(prior, back), u[:50], atol=1e-4, rtol=0)


def test_only_the_conditional_mixture_looks_at_x():
    z = random(3, 2)
    for name, make in PRIORS.items():
        prior = make()
        here, there = (prior(given).log_prob(z) for given in (x, 1 - x))
        assert torch.equal(here, there) == (name in ("normal", "mixture"))


def test_neighbours_of_a_mixture_start_one_separation_apart():
    for count, dimensions in ((2, 1), (5, 1), (2, 2), (4, 2), (8, 2), (4, 3)):
        points = well_apart(count, dimensions)
        apart = torch.cdist(points, points) + 1e9 * torch.eye(count)
        torch.testing.assert_close(apart.amin(1), torch.ones(count))
        torch.testing.assert_close(points.mean(0), torch.zeros(dimensions))


def test_kl_of_a_diagonal_normal_is_that_of_torch():
    posterior = DiagonalNormal(random(4, 6))
    ours = posterior.kl_from_standard_normal()
    assert ours.shape == (4, 3)
    normal = Independent(Normal(torch.zeros(4, 3), 1.0), 1)
    torch.testing.assert_close(ours.sum(-1), kl_divergence(posterior, normal))


def test_kl_of_a_truncated_normal_is_the_mean_log_ratio_of_its_draws():
    posterior = TruncatedNormal(2 * random(4, 4))
    torch.manual_seed(0)
    z = posterior.sample((20_000,))
    ratio = posterior.log_prob(z) - Normal(0.0, 1.0).log_prob(z).sum(-1)
    kl = posterior.kl_from_standard_normal().sum(-1)
    torch.testing.assert_close(ratio.mean(0), kl)


def test_a_truncated_normal_integrates_to_one_and_draws_from_its_density():
    posterior = TruncatedNormal(torch.tensor([[1.0, 2.0]]))
    line = torch.linspace(-5, 5, 20_001).view(-1, 1, 1)
    density = posterior.log_prob(line).exp().squeeze(1)
    step = (line[1] - line[0]).item()
    assert density.sum().item() * step == pytest.approx(1, abs=2e-3)
    torch.manual_seed(0)
    z = posterior.sample((50_000,))
    mean = (density * line.flatten()).sum().item() * step
    assert z.mean().item() == pytest.approx(mean, abs=0.01)


def test_draws_of_a_truncated_normal_stay_in_their_interval():
    posterior = TruncatedNormal(4 * random(5, 4))
    torch.manual_seed(0)
    z = posterior.rsample((2000,))
    u = torch.special.ndtr(z)
    assert z.isfinite().all()
    assert (u > posterior.low - 1e-5).all() and (u < posterior.high + 1e-5).all()
    assert posterior.log_prob(z).isfinite().all()
    assert posterior.log_prob(z + 10).eq(-torch.inf).all()


def test_the_ends_and_the_width_of_an_interval_fit_together():
    posterior = TruncatedNormal(3 * random(5, 4))
    assert (posterior.low > 0).all() and (posterior.high < 1).all()
    torch.testing.assert_close(posterior.high - posterior.low, posterior.width)


@pytest.mark.parametrize("family", [DiagonalNormal, TruncatedNormal])
def test_the_gradient_through_draws_is_that_of_the_expectation(family):
    numbers = torch.tensor([[0.3, -0.4]], dtype=torch.float64)
    even = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000

    def expectation(numbers):                   # of sin z, exact to the midpoint rule
        posterior = family(numbers)
        if family is DiagonalNormal:
            z = posterior.mean + posterior.stddev * torch.special.ndtri(even)[:, None]
        else:
            z = torch.special.ndtri(posterior.low + posterior.width * even[:, None])
        return z.sin().mean()

    steps = 1e-4 * torch.eye(2, dtype=torch.float64)
    by_hand = [(expectation(numbers + step) - expectation(numbers - step)).item() / 2e-4
               for step in steps]
    numbers.requires_grad_()
    torch.manual_seed(0)
    family(numbers).rsample((200_000,)).sin().mean().backward()
    assert numbers.grad[0].tolist() == pytest.approx(by_hand, abs=0.005)


def test_quadrature_finds_a_needle_in_a_plane_and_a_coin_on_a_line():
    center = torch.tensor([[1.234, -0.567], [0.0, 4.0]])
    needle = MultivariateNormal(center, torch.diag(torch.tensor([1e-6, 1e-4])))
    mass = log_integral(needle.log_prob, *box(6.0, 2, 2), rounds=5)
    torch.testing.assert_close(mass, torch.zeros(2), atol=1e-3, rtol=0)

    def two_bumps(z):
        bumps = [Normal(m, 0.05).log_prob(z[..., 0]) for m in (-3.0, 3.0)]
        return torch.logaddexp(*bumps) + math.log(0.5)

    mass = log_integral(two_bumps, *box(6.0, 1, 1), points=500)
    assert mass.item() == pytest.approx(0, abs=1e-3)


def test_quadrature_in_three_dimensions_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="over 3 latents.*1 or 2 latents"):
        log_integral(lambda z: z.sum(-1), *box(1.0, 1, 3))


def test_a_mixture_of_the_wrong_size_is_answered_by_a_sentence():
    with pytest.raises(ValueError, match="network gives 3 numbers.*4 components"):
        ConditionalMixture(ImageToVector(1, 3), 2, components=4)
    with pytest.raises(ValueError, match="separation is 0"):
        Mixture(2, separation=0.0)
