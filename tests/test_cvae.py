"""Facts about the conditional variational autoencoder: bounds, integrals, samples."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.distributions import MultivariateNormal
from torch.nn import functional

from course_lib.models.cvae.latents import CAP
from course_lib.models.cvae.model import NOISE_RATE, ConditionalVAE
from course_lib.networks import ImageToVector, MixedPictures
from course_lib.scoring.evidence import likelihood_of
from course_lib.training import fit
from tests.models_under_test import make, world

PRIORS = ["normal", "mixture", "conditional mixture"]
NOISE = 0.5


class Plane(nn.Module):
    """The decoder y = x + W z, of three pixels and two latents."""

    in_channels, out_channels, latents = 1, 1, 2
    weight = torch.tensor([[1.0, 0.0], [0.5, 0.0], [0.0, -2.0]])  # WᵀW is diagonal

    def forward(self, x, z):
        return x + (z @ self.weight.mT)[:, None, None]


class ExactEncoder(nn.Module):
    """The exact posterior of the plane, N(S Wᵀ(y - x) / σ², S), S = (I + WᵀW / σ²)⁻¹;
    `off` moves its mean and `wider` stretches it."""

    def __init__(self, off: float = 0.0, wider: float = 1.0):
        super().__init__()
        self.off, self.wider = off, wider

    def forward(self, pair):
        x, y = pair[:, 0, 0], pair[:, 1, 0]
        weight = Plane.weight
        variance = 1 / (1 + (weight.mT @ weight).diagonal() / NOISE ** 2)
        mean = variance * ((y - x) @ weight) / NOISE ** 2 + self.off
        log_scale = (self.wider * variance.sqrt()).log()
        log_scale = log_scale / (1 - functional.relu(-log_scale) / CAP)  # undoes c
        return torch.cat([mean, log_scale.expand_as(mean)], -1)


def plane(off: float = 0.0, wider: float = 1.0) -> ConditionalVAE:
    model = ConditionalVAE(Plane(), ExactEncoder(off, wider), latents=2)
    nn.init.constant_(model.log_noise, math.log(NOISE) / NOISE_RATE)
    return model


def exact_plane(y, x):
    """log N(y; x, σ² I + W Wᵀ), what the plane's integral is in closed form."""
    covariance = NOISE ** 2 * torch.eye(3) + Plane.weight @ Plane.weight.mT
    return MultivariateNormal(x[:, 0, 0], covariance).log_prob(y[:, 0, 0])


generator = torch.Generator().manual_seed(0)
x, y = torch.randn(2, 64, 1, 1, 3, generator=generator)


@torch.no_grad()
def test_elbo_of_the_exact_posterior_is_the_exact_log_likelihood():
    torch.manual_seed(0)
    for k in (1, 5):                                    # each draw weighs the same
        bound = plane().importance_weighted_bound(y, given=x, k=k)
        torch.testing.assert_close(bound, exact_plane(y, x))
    elbo = plane().elbo(y, given=x, samples=4000)       # with its KL in closed form
    torch.testing.assert_close(elbo, exact_plane(y, x), atol=0.25, rtol=0)
    assert (elbo - exact_plane(y, x)).mean().abs() < 0.03


@torch.no_grad()
def test_bounds_rise_with_k_and_stay_below_the_exact_likelihood():
    torch.manual_seed(0)
    model, exact = plane(off=0.3, wider=1.5), exact_plane(y, x)
    ladder = [model.elbo(y, given=x, samples=2000), *(torch.stack([
        model.importance_weighted_bound(y, given=x, k=k)
        for _ in range(2000 // k)]).mean(0)
        for k in (4, 50)), exact]
    for lower, higher in pairwise(ladder):
        step = higher - lower
        assert step.mean() > 4 * step.std() / len(step) ** 0.5 > 0


@torch.no_grad()
def test_the_gap_of_the_elbo_is_the_kl_from_the_exact_posterior():
    torch.manual_seed(0)
    gap = (exact_plane(y, x) - plane(wider=2.0).elbo(y, given=x, samples=4000)).mean()
    assert gap.item() == pytest.approx(2 * (1.5 - math.log(2)), abs=0.05)


def test_quadrature_agrees_with_the_closed_form():
    torch.testing.assert_close(plane().quadrature_log_prob(y, given=x),
                               exact_plane(y, x), atol=1e-3, rtol=0)


def test_an_integral_taken_by_quadrature_is_no_log_prob():
    assert not hasattr(plane(), "log_prob")
    assert not plane().quadrature_log_prob(y, given=x).requires_grad


@pytest.mark.parametrize("prior", PRIORS)
def test_the_ladder_holds_on_shirts_for_every_prior(prior):
    model = make(f"VAE, {prior}")
    fit(model, world, steps=60, batch_size=16, lr=1e-2, progress=False, device="cpu")
    photos, colors = world.batch(16, "test", seed=0)
    torch.manual_seed(0)
    with torch.no_grad():
        elbo = model.elbo(colors, given=photos, samples=64)
        bound = model.importance_weighted_bound(colors, given=photos, k=64)
    exact = model.quadrature_log_prob(colors, given=photos, points=25)
    for lower, higher in ((elbo, bound), (bound, exact)):
        step = higher - lower
        assert step.mean() > -3 * step.std() / len(step) ** 0.5 - 0.05


@torch.no_grad()
def test_kl_per_latent_is_that_of_the_draws():
    model = make("VAE, normal")
    photos, colors = world.batch(4, seed=0)
    torch.manual_seed(0)
    q, p = model.posterior(colors, given=photos), model.prior(photos)
    z = q.sample((20_000,))
    drawn = (q.log_prob(z) - p.log_prob(z)).mean(0)
    kl = model.kl(colors, given=photos)
    assert kl.shape == (4, 2)
    torch.testing.assert_close(kl.sum(-1), drawn, atol=0.05, rtol=0)


def test_kl_per_latent_from_a_learned_prior_is_refused_in_a_sentence():
    model = make("VAE, mixture")
    with pytest.raises(TypeError, match="prior is a Mixture .* look at elbo"):
        model.kl(torch.zeros(4, 2, 16, 16), given=torch.zeros(4, 1, 16, 16))


@torch.no_grad()
def test_samples_are_the_decoded_prior_with_noise():
    model = plane()
    samples = model.sample(given=x[:1], n=20_000, seed=0)[:, 0, 0, 0]
    covariance = NOISE ** 2 * torch.eye(3) + Plane.weight @ Plane.weight.mT
    torch.testing.assert_close(samples.mean(0), x[0, 0, 0], atol=0.05, rtol=0)
    torch.testing.assert_close(samples.T.cov(), covariance, atol=0.15, rtol=0)


def test_a_kl_weight_changes_the_loss_and_no_bound():
    torch.manual_seed(0)
    light, heavy = plane(), plane()
    heavy.kl_weight = 3.0
    losses, bounds = [], []
    for model in (light, heavy):
        torch.manual_seed(0)
        losses.append(model.loss(y, given=x).item())
        torch.manual_seed(0)
        bounds.append(model.elbo(y, given=x))
    kl = light.kl(y, given=x).sum(-1).mean().item()
    assert losses[1] - losses[0] == pytest.approx(2 * kl, rel=1e-4)
    assert torch.equal(*bounds)


def test_warm_up_moves_the_weight_of_the_kl_at_equal_ratios():
    model = plane()
    model.warm_up, model.kl_start = 4, 16.0
    kl = model.kl(y, given=x).sum(-1).mean().item()
    losses = []
    for step in (0, 1, 2, 4, 100):
        torch.manual_seed(0)
        losses.append(model.players()[0].loss(y, x, step).item())
    weights = [1 + (loss - losses[-1]) / kl for loss in losses]
    assert weights == pytest.approx([16, 8, 4, 1, 1], rel=1e-3)


def test_a_bound_is_what_a_score_takes_and_not_the_slow_integral():
    assert likelihood_of(plane()) == "importance_weighted_bound"
    assert likelihood_of(world.truth) == "log_prob"


def test_pictures_of_any_number_of_channels_and_any_size_are_met():
    decoder = MixedPictures(3, 2, 3, width=8)
    model = ConditionalVAE(decoder, ImageToVector(6, 4, 8))
    frames = torch.rand(2, 3, 20, 28)
    assert model.sample(given=frames, n=3, seed=0).shape == (3, 2, 3, 20, 28)
    assert model.elbo(frames, given=frames).shape == (2,)


def test_many_latents_decoded_at_once_are_those_decoded_one_by_one():
    decoder = MixedPictures(1, 2, 3, width=8)
    photos, z = torch.rand(4, 1, 16, 16), torch.randn(5, 4, 2)
    at_once = decoder(photos, z)
    assert at_once.shape == (5, 4, 3, 16, 16)
    one_by_one = torch.stack([decoder(photos, one) for one in z])
    torch.testing.assert_close(at_once, one_by_one)
    model = ConditionalVAE(decoder, ImageToVector(4, 4, 8))
    many = model._means(z, photos)
    decoder.takes_many = False
    torch.testing.assert_close(model._means(z, photos), many)


def test_pictures_far_from_every_switch_no_longer_depend_on_z():
    decoder = MixedPictures(1, 1, 2, gain=5.0, width=8)
    photos = torch.rand(2, 1, 16, 16)
    far, farther, other = (decoder(photos, torch.full((2, 1), z))
                           for z in (3.0, 4.0, -3.0))
    torch.testing.assert_close(far, farther)
    assert (far - other).abs().max() > 1e-3


@pytest.mark.parametrize("name", [f"VAE, {prior}" for prior in PRIORS])
@pytest.mark.parametrize("cast", ["bfloat16", "half", "double"])
def test_it_trains_and_samples_in_any_precision_and_its_bounds_in_at_least_32_bits(
        name, cast):
    model = getattr(make(name), cast)()
    photos, colors = world.batch(4, seed=0)
    torch.manual_seed(0)
    wide = torch.float64 if cast == "double" else torch.float32
    model.loss(colors, given=photos).backward()
    assert all(parameter.grad is None or parameter.grad.isfinite().all()
               for parameter in model.parameters())
    assert model.elbo(colors, given=photos).dtype == wide
    assert model.quadrature_log_prob(colors, given=photos, points=9).dtype == wide
    samples = model.sample(given=photos, n=2, seed=0)
    assert samples.dtype == getattr(torch, cast) and samples.isfinite().all()


@pytest.mark.parametrize("name", [f"VAE, {prior}" for prior in PRIORS])
def test_a_step_in_bf16_is_close_to_one_in_32_bits(name):
    losses = []
    for precision in ("fp32", "bf16"):
        model = make(name)
        history = fit(model, world, steps=1, batch_size=8, precision=precision,
                      progress=False, device="cpu")
        losses += history.losses["model"]
        assert model.sample(given=world.batch(2, seed=0)[0], seed=0).isfinite().all()
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize("make_model, words", [
    (lambda d, e: ConditionalVAE(d, e, latents=3), "network has latents=2.*needs 3"),
    (lambda d, e: ConditionalVAE(d, ImageToVector(3, 5)), "out_features=5.*needs 4"),
    (lambda d, e: ConditionalVAE(d, e, latents=0), "latents is 0"),
    (lambda d, e: ConditionalVAE(d, e, prior="uniform"), "prior is 'uniform'; choose"),
    (lambda d, e: ConditionalVAE(d, e, kl_weight=-1.0), "kl_weight is -1.0"),
    (lambda d, e: ConditionalVAE(d, e, prior="conditional mixture"),
     "prior_network None; a conditional mixture, and no other, needs a network"),
    (lambda d, e: ConditionalVAE(d, e, prior_network=e), "prior is 'normal'.*no other"),
])
def test_what_does_not_fit_together_is_answered_by_a_sentence(make_model, words):
    parts = MixedPictures(1, 2, 2, width=8), ImageToVector(3, 4, 8)
    with pytest.raises((TypeError, ValueError), match=words):
        make_model(*parts)


@pytest.mark.parametrize("call, words", [
    (lambda m: m.decode(torch.zeros(3, 2), x), r"z is .*\(3, 2\); give \(64, 2\)"),
    (lambda m: m.log_joint(torch.zeros(64, 2), y, given=x), r"give \(n, 64, 2\)"),
    (lambda m: m.importance_weighted_bound(y, given=x, k=0),
     "k is 0; give a whole number"),
    (lambda m: m.elbo(y[..., :2], given=x), "give pictures of one height and width"),
    (lambda m: m.elbo(y[:3], given=x), "y holds 3 examples and given 64"),
])
def test_what_is_no_pair_and_no_latent_is_answered_by_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call(plane())


def test_more_than_two_latents_have_bounds_and_no_integral():
    decoder = MixedPictures(1, 3, 2, width=8)
    model = ConditionalVAE(decoder, ImageToVector(3, 6, 8), latents=3)
    photos, colors = world.batch(2, seed=0)
    assert model.importance_weighted_bound(colors, given=photos).isfinite().all()
    with pytest.raises(ValueError, match=r"3 latents.*importance_weighted_bound"):
        model.quadrature_log_prob(colors, given=photos)
