"""Facts about the resampled prior: cut off where x says, and trained alone."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.distributions import Independent, Normal

from course_lib.distributions.quadrature import log_integral
from course_lib.distributions.quantiles import to_quantiles
from course_lib.models.cvae import ConditionalVAE
from course_lib.models.cvae.resampled_prior import (
    PriorFit,
    Resampled,
    ResampledPrior,
    all_around,
    even_normal,
    log_density,
)
from course_lib.networks import ImageToVector, MixedPictures
from course_lib.training import fit
from tests.models_under_test import make, world

x = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
GRID = torch.cartesian_prod(*[torch.linspace(-7, 7, 281)] * 2)[:, None]


def resampled(factors: int = 5, start: float = 3.0) -> Resampled:
    """Factors moved far by x, around a normal that is not the standard one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = ImageToVector(1, 3 * factors, 8, start=start)
        prior = ResampledPrior(network, 2, factors)
    with torch.no_grad():
        prior.mean.copy_(torch.tensor([0.5, -0.3]))
        prior.log_scale.copy_(torch.tensor([0.2, -0.4]))
        return prior(x)


def half(distance: float, steep: float = 30.0) -> Resampled:
    """One factor, that falls within a tenth of 1, across the first of two latents."""
    inwards = torch.tensor([[[steep, 0.0]]])
    return Resampled(torch.zeros(2), torch.ones(2), inwards,
                     torch.tensor([[steep * distance]]), even_normal(4096, 2))


def test_it_integrates_to_one_for_every_x():
    low, high = (torch.full((3, 2), end) for end in (-8.0, 8.0))
    mass = log_integral(resampled().estimated_log_prob, low, high, points=200, rounds=1)
    torch.testing.assert_close(mass, torch.zeros(3), atol=0.02, rtol=0)


def test_a_steep_factor_makes_it_a_half_of_the_normal():
    prior, z = half(0.0), torch.tensor([[[1.0, 0.4]], [[-1.0, 0.4]]])
    inside, outside = prior.estimated_log_prob(z)[:, 0].tolist()
    bell = Normal(0.0, 1.0).log_prob(z[0, 0]).sum().item()
    assert inside == pytest.approx(bell + math.log(2), abs=0.01)
    assert outside < -50
    assert prior.mean[0, 0].item() == pytest.approx(math.sqrt(2 / math.pi), abs=0.01)
    variance = [1 - 2 / math.pi, 1.0]
    assert prior.variance[0].tolist() == pytest.approx(variance, abs=0.02)


def test_draws_lie_where_the_factor_accepts_with_the_moments_of_the_density():
    torch.manual_seed(0)
    assert (half(-0.5).sample((4000,))[..., 0] > 0.4).all()
    prior = resampled()
    z, density = prior.sample((40_000,)), prior.estimated_log_prob(GRID).softmax(0)
    mean = (density[..., None] * GRID).sum(0)
    torch.testing.assert_close(z.mean(0), mean, atol=0.02, rtol=0)
    torch.testing.assert_close(prior.mean, mean, atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), prior.stddev, atol=0.03, rtol=0)


def test_its_density_is_called_an_estimate_as_its_constant_is_one():
    prior = resampled()
    with pytest.raises(NotImplementedError):
        prior.log_prob(torch.zeros(3, 2))
    z = torch.zeros(3, 2)
    assert torch.equal(log_density(prior, z), prior.estimated_log_prob(z))
    normal = Independent(Normal(torch.zeros(3, 2), 1.0), 1)
    assert torch.equal(log_density(normal, z), normal.log_prob(z))


def test_expanded_it_is_the_same_for_each():
    prior = resampled()
    many = prior.expand((4, 3))
    z = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))
    assert (many.batch_shape, many.event_shape) == ((4, 3), (2,))
    torch.testing.assert_close(many.estimated_log_prob(z), prior.estimated_log_prob(z))
    torch.testing.assert_close(many.mean, prior.mean.expand(4, 3, 2))
    assert many.sample((5,)).shape == (5, 4, 3, 2)
    assert repr(prior).startswith("Resampled(center: torch.Size([2])")


def test_resampled_prior_start_all_around_at_one_distance_and_let_most_pass():
    around = all_around(6, 2)
    torch.testing.assert_close(around.norm(dim=1), torch.ones(6))
    torch.testing.assert_close(around.sum(0), torch.zeros(2))
    assert all_around(4, 1)[:, 0].tolist() == [1, -1, 1, -1]
    prior = ResampledPrior(ImageToVector(1, 18, 8, start=1e-6), 2)(x)
    assert (prior.log_share.exp() > 0.75).all()


def test_points_are_normal_and_the_same_every_time():
    points = even_normal(512, 2)
    assert torch.equal(points, even_normal(512, 2))
    torch.testing.assert_close(points.mean(0), torch.zeros(2), atol=0.01, rtol=0)
    torch.testing.assert_close(points.T.cov(), torch.eye(2), atol=0.02, rtol=0)


class Cut(nn.Module):
    """An encoder whose z lie where z₁ has the sign of x's first pixel."""

    def forward(self, pair):
        side, z = pair[:, :1, 0, 0].sign(), pair[:, 1, 0, :2]
        z = torch.cat([side * z[:, :1].abs(), z[:, 1:]], 1)
        return torch.cat([z, torch.full_like(z, -4.0)], 1)


class Sides:
    """Pictures of noise, y one and x another; x is all 1 or all -1."""

    def batch(self, n, split="train", seed=None):
        return torch.randn(n, 1, 1, 1).sign().expand(n, 1, 16, 16), torch.randn(
            n, 1, 16, 16)


def test_a_prior_trained_alone_ends_where_the_encoder_does_and_moves_nothing_else():
    torch.manual_seed(0)
    decoder = MixedPictures(1, 2, 1, width=8)
    vae = ConditionalVAE(decoder, Cut(), 2)
    vae.prior_over_latents = ResampledPrior(ImageToVector(1, 12, 8), 2, 4)
    before = copy.deepcopy(decoder.state_dict())
    fit(PriorFit(vae), Sides(), steps=300, lr=2e-2, schedule="cosine",
        progress=False, device="cpu")
    sides = torch.ones(2, 1, 16, 16) * torch.tensor([1.0, -1.0]).view(2, 1, 1, 1)
    z = vae.prior(sides).sample((2000,))
    wrong = (z[..., 0].sign() != sides[:, 0, 0, 0]).double().mean().item()
    assert wrong < 0.06                                       # 0.5 of a normal
    assert all(before[key].equal(value) for key, value in decoder.state_dict().items())


def test_the_loss_of_a_prior_alone_is_the_mean_of_minus_log_p_of_what_is_encoded():
    vae = make("VAE, resampled")
    photos, colors = world.batch(4, seed=0)
    torch.manual_seed(0)
    loss = PriorFit(vae).loss(colors, given=photos)
    torch.manual_seed(0)
    z = vae.posterior(colors, given=photos).sample()
    torch.testing.assert_close(loss, -vae.prior(photos).estimated_log_prob(z).mean())
    drawn = PriorFit(vae).sample(given=photos, n=2, seed=0)
    assert torch.equal(drawn, vae.sample(given=photos, n=2, seed=0))


@pytest.mark.parametrize("call, words", [
    (lambda: ResampledPrior(ImageToVector(1, 4), 2, 6),
     "out_features=4 .* 18 .6 factors"),
    (lambda: ResampledPrior(nn.Identity(), 2, 0), "factors is 0"),
    (lambda: PriorFit(make("VAE, normal")), "nothing to train; give"),
    (lambda: resampled().estimated_log_prob(torch.zeros(3, 1)),
     r"is a float32 tensor of shape \(3, 1\); give the shape \(..., 3, 2\)"),
    (lambda: to_quantiles(resampled(), torch.zeros(3, 2)),
     "prior is Resampled and quantil"),
])
def test_what_does_not_fit_is_answered_by_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()
