"""Facts about latents: priors before y is seen, posteriors afterwards, integrals."""

import math

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from course_lib.distributions.quadrature import log_integral
from course_lib.distributions.quantiles import to_quantiles
from course_lib.models.cvae.latents import (
    Mixture,
    StandardNormal,
    diagonal_normal,
    kl_from_standard_normal,
    well_apart,
)
from course_lib.networks import ImageToVector

x = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
PRIORS = {
    "normal": lambda: StandardNormal(2), "mixture": lambda: Mixture(2, 3),
    "conditional mixture": lambda: Mixture(2, 3, network=ImageToVector(1, 3, 8))}


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
def test_quantiles_of_draws_are_uniform_for_every_x(name):
    prior = PRIORS[name]()(x)
    torch.manual_seed(0)
    with torch.no_grad():
        z = prior.sample((20_000,))
        u = to_quantiles(prior, z)
    even = torch.linspace(0, 1, 20_000).view(-1, 1, 1)
    assert (u.sort(0).values - even).abs().max() < 0.015          # Kolmogorov-Smirnov
    correlation = (12 * (u - 0.5).prod(-1)).mean(0)
    torch.testing.assert_close(correlation, torch.zeros(3), atol=0.05, rtol=0)


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
    posterior = diagonal_normal(random(4, 6))
    ours = kl_from_standard_normal(posterior)
    assert ours.shape == (4, 3)
    normal = Independent(Normal(torch.zeros(4, 3), 1.0), 1)
    torch.testing.assert_close(ours.sum(-1), kl_divergence(posterior, normal))


def test_the_gradient_through_draws_is_that_of_the_expectation():
    numbers = torch.tensor([[0.3, -0.4]], dtype=torch.float64)
    even = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000

    def expectation(numbers):                   # of sin z, exact to the midpoint rule
        q = diagonal_normal(numbers).base_dist
        return (q.mean + q.stddev * torch.special.ndtri(even)[:, None]).sin().mean()

    steps = 1e-4 * torch.eye(2, dtype=torch.float64)
    by_hand = [(expectation(numbers + step) - expectation(numbers - step)).item() / 2e-4
               for step in steps]
    numbers.requires_grad_()
    torch.manual_seed(0)
    diagonal_normal(numbers).rsample((200_000,)).sin().mean().backward()
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
    with pytest.raises(ValueError, match="out_features=3 .*needs 4 .a weight"):
        Mixture(2, components=4, network=ImageToVector(1, 3))
    with pytest.raises(ValueError, match="separation is 0"):
        Mixture(2, separation=0.0)
