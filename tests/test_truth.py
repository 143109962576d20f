"""Facts about the truth: densities, masses, entropies and the exact denoiser."""

import math

import pytest
import torch
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    Normal,
)

from course_lib.datasets import TShirts
from course_lib.datasets.tshirts.quantized_truth import distinct
from course_lib.distributions.quantization import Quantizer
from tests.small_worlds import FewPixels, one_pixel, two_pixels

worlds = {"solid": TShirts(), "stripes": TShirts("stripes", size=21),
          "stripes in a": TShirts("stripes", size=16, channels="a")}
every_world = pytest.mark.parametrize("world", worlds.values(), ids=worlds.keys())
LINE = torch.linspace(-3, 3, 6001)              # y of one pixel, a step of 0.001 apart


def whole_pictures(world, x):
    """Return p(y | x) as torch builds it: a mixture of whole pictures."""
    modes = Independent(Normal(world.modes(x), world.noise), 3)
    return MixtureSameFamily(Categorical(world.mode_probabilities(x)), modes)


def pixel_mixtures(world, x):
    """Return Π p(yᵢ | x) as torch builds it: a mixture in every pixel."""
    colors = Independent(Normal(world.modes(x).permute(0, 3, 4, 1, 2), world.noise), 1)
    chance = world.mode_probabilities(x)[:, None, None].expand(*colors.batch_shape)
    return Independent(MixtureSameFamily(Categorical(chance), colors), 2)


@every_world
def test_the_density_is_a_mixture_of_whole_pictures(world):
    x, y = world.batch(5, seed=0)
    torch.testing.assert_close(world.truth.log_prob(y, given=x),
                               whole_pictures(world, x).log_prob(y))


@every_world
def test_the_independent_density_is_a_product_of_pixel_mixtures(world):
    x, y = world.batch(5, seed=0)
    torch.testing.assert_close(world.independent.log_prob(y, given=x),
                               pixel_mixtures(world, x).log_prob(y.movedim(1, -1)))


@pytest.mark.parametrize("distance", [0.0, 0.15, 1.0])
def test_the_density_of_one_pixel_integrates_to_one(distance):
    world = one_pixel(distance)
    y = LINE.view(-1, 1, 1, 1)
    for model in (world.truth, world.independent):
        density = model.log_prob(y, given=world.given(len(y))).exp()
        assert density.sum().item() * 0.001 == pytest.approx(1, abs=1e-5)


@every_world
def test_samples_have_the_modes_and_the_probabilities_of_the_law(world):
    x, _ = world.batch(3, seed=2)
    samples = world.truth.sample(given=x, n=1000, seed=0)
    mode = torch.stack([world.truth.mode_posterior(part, given=x) for part in samples])
    assert (mode.max(-1).values > 0.999).all()                 # no sample is between
    error = 0.5 / math.sqrt(1000)
    torch.testing.assert_close(mode.mean(0), world.truth.mode_probabilities(x),
                               atol=4.5 * error, rtol=0)


def test_independent_samples_have_the_true_marginals_and_no_mode():
    world = worlds["stripes"]
    x, _ = world.batch(2, seed=2)
    truth, confetti = (model.sample(given=x, n=3000, seed=0)
                       for model in (world.truth, world.independent))
    error = 5 * 0.66 * math.sqrt(2 / 3000)
    torch.testing.assert_close(confetti.mean(0), truth.mean(0), atol=error, rtol=0)
    torch.testing.assert_close(confetti.std(0), truth.std(0), atol=error, rtol=0)
    gap = (world.truth.log_prob(confetti[0], given=x)
           - world.truth.log_prob(truth[0], given=x))
    assert (gap < -1000).all()


def test_the_posterior_of_the_mode_is_bayes_rule():
    world, y = one_pixel(distance=0.3, chance=0.3), torch.tensor([-0.2, 0.0, 0.11])
    likelihood = [Normal(m, 0.1).log_prob(y).exp() for m in (-0.15, 0.15)]
    teal = 0.3 * likelihood[0] / (0.3 * likelihood[0] + 0.7 * likelihood[1])
    found = world.truth.mode_posterior(y.view(3, 1, 1, 1), given=world.given(3))
    torch.testing.assert_close(found, torch.stack([teal, 1 - teal], 1))


@every_world
def test_the_entropy_agrees_with_monte_carlo(world):
    x, _ = world.batch(1, seed=3)
    for model in (world.truth, world.independent):
        y = model.sample(given=x, n=1000, seed=0)[:, 0]
        surprise = -model.log_prob(y, given=x.expand(1000, -1, -1, -1)).double()
        error = surprise.std() / math.sqrt(1000)
        assert (surprise.mean() - model.entropy(x)).abs() < 4 * error


@pytest.mark.parametrize("sigmas", [4, 6, 10])
def test_what_the_entropy_overlooks_is_within_the_stated_bound(sigmas):
    world = one_pixel(distance=0.1 * sigmas, chance=0.5)
    p = world.truth.log_prob(LINE.view(-1, 1, 1, 1), given=world.given(len(LINE)))
    p = p.double().exp()
    exact = -torch.xlogy(p, p).sum().item() * 0.001
    overlooked = world.truth.entropy(world.given(1)).item() - exact
    assert -1e-5 < overlooked <= math.log(2) * math.exp(-sigmas ** 2 / 8) + 1e-5


@pytest.mark.parametrize("size", [16, 32])
def test_modes_of_every_shirt_are_over_thirty_sigmas_apart(size):
    world = TShirts("stripes", size=size, channels="a")      # a alone is the hardest
    for split in ("train", "test"):
        modes = world.modes(world.lightness(split)[::4]).flatten(2)
        pairs = torch.triu_indices(4, 4, offset=1)
        apart = (modes[:, pairs[0]] - modes[:, pairs[1]]).square().sum(-1).sqrt()
        assert apart.min() / world.noise > 30


@every_world
def test_the_price_of_independence_is_the_closed_form(world):
    x, _ = world.batch(4, seed=0)
    price = world.independent.entropy(x) - world.truth.entropy(x)
    pixel = world.probability_of_teal(x)
    if world.pattern == "stripes":
        pixel = pixel / 2 + 0.25
    coin = -(torch.xlogy(pixel, pixel) + torch.xlogy(1 - pixel, 1 - pixel))
    cloth = world.mask(x).sum((1, 2))
    chance = world.mode_probabilities(x)
    expected = cloth * coin + torch.xlogy(chance, chance).sum(1)
    torch.testing.assert_close(price, expected, atol=0.01, rtol=1e-4)


def test_the_price_of_independence_is_the_gap_that_true_samples_show():
    world = worlds["stripes"]
    x, _ = world.batch(32, seed=1)
    torch.manual_seed(0)
    gap = 0
    for mode, chance in zip(world.modes(x).unbind(1),
                            world.mode_probabilities(x).unbind(1), strict=True):
        y = world.truth.add_noise(mode)
        gap += chance * (world.truth.log_prob(y, given=x)
                         - world.independent.log_prob(y, given=x))
    price = world.independent.entropy(x) - world.truth.entropy(x)
    torch.testing.assert_close(gap, price, rtol=1e-4, atol=1e-3)


def test_the_median_halves_the_probability_of_every_number():
    world = worlds["stripes"]
    x, _ = world.batch(3, seed=5)
    samples = world.truth.sample(given=x, n=4000, seed=0)
    below = (samples < world.truth.median(x)).float().mean(0)
    assert (below - 0.5).abs().max() < 5.5 * 0.5 / math.sqrt(4000)


@every_world
def test_the_denoiser_gives_y_without_noise_and_the_mean_with_nothing_else(world):
    x, y = world.batch(4, seed=0)
    torch.testing.assert_close(world.truth.denoise(y, 1.0, given=x), y)
    torch.testing.assert_close(world.truth.denoise(y, 0.0, given=x),
                               world.truth.mean(x), atol=5e-5, rtol=0)


@pytest.mark.parametrize("alpha_bar", [0.02, 0.5, 0.99])
def test_the_denoiser_is_what_the_score_of_the_noised_density_says(alpha_bar):
    world = worlds["stripes"]
    x, y = (part.double() for part in world.batch(3, seed=1))
    noise = 1 - alpha_bar
    y_t = math.sqrt(alpha_bar) * y + math.sqrt(noise) * torch.randn_like(y)
    y_t.requires_grad_()
    std = math.sqrt(alpha_bar * 0.01 + noise)
    modes = Independent(Normal(math.sqrt(alpha_bar) * world.modes(x), std), 3)
    noised = MixtureSameFamily(Categorical(world.mode_probabilities(x)), modes)
    score, = torch.autograd.grad(noised.log_prob(y_t).sum(), y_t)
    tweedie = (y_t + noise * score) / math.sqrt(alpha_bar)
    torch.testing.assert_close(world.truth.denoise(y_t, alpha_bar, given=x), tweedie,
                               atol=1e-6, rtol=0)


def test_the_exact_denoiser_recovers_the_shirt():
    world = worlds["stripes"]
    x, _ = world.batch(8, seed=1)
    mode = world.modes(x)[torch.arange(8), torch.arange(8) % 4]
    noise = torch.randn(mode.shape, generator=torch.Generator().manual_seed(0))
    y_t = math.sqrt(0.5) * mode + math.sqrt(0.5) * noise
    found = world.truth.denoise(y_t, 0.5, given=x)
    assert (found - mode).square().mean().sqrt() < 0.02
    # One number at a time there is a bit of the noise left: √ᾱ σ² / (ᾱ σ² + 1 - ᾱ).
    assert (found - mode).abs().max() < 0.1


def test_each_example_has_its_own_alpha_bar():
    world = worlds["solid"]
    x, y = world.batch(3, seed=0)
    levels = torch.tensor([0.0, 0.4, 1.0])
    alone = [world.truth.denoise(y[k:k + 1], levels[k].item(), given=x[k:k + 1])
             for k in range(3)]
    together = world.truth.denoise(y, levels, given=x)
    torch.testing.assert_close(together, torch.cat(alone))


@pytest.mark.parametrize("kind", ["truth", "independent"])
def test_probabilities_of_all_pictures_of_two_pixels_sum_to_one(kind):
    world, codebook = two_pixels(), Quantizer(levels=3, channels=2)
    cells = torch.cartesian_prod(*[torch.arange(codebook.classes)] * 2)
    y = codebook.decode(cells.view(-1, 1, 2))
    model = getattr(world, kind).quantized(codebook)
    log_prob = model.log_prob(y, given=world.given(len(y)))
    assert log_prob.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_the_mass_of_a_quantised_picture_is_what_simulation_finds():
    codebook = Quantizer(-0.6, 0.6, levels=2, channels=2)
    color = torch.tensor([[0.05, 0.1], [-0.1, 0.0]])         # close, so that cells mix
    world = FewPixels(color.view(2, 2, 1, 1).repeat(1, 1, 1, 2), [0.3, 0.7])
    truth = world.truth.quantized(codebook)
    samples = truth.sample(given=world.given(1), n=200_000, seed=0)[:, 0]
    picture = codebook.encode(samples).flatten(1) @ torch.tensor([4, 1])
    cells = torch.cartesian_prod(torch.arange(4), torch.arange(4)).view(16, 1, 2)
    mass = truth.log_prob(codebook.decode(cells), given=world.given(16)).exp()
    found = picture.bincount(minlength=16) / 200_000
    torch.testing.assert_close(found, mass, atol=5e-3, rtol=0)


def test_quantised_truths_of_one_pixel_are_the_same_and_of_two_are_not():
    codebook, (one, two) = Quantizer(levels=4), (one_pixel(), two_pixels())
    y = one.truth.sample(given=one.given(20), seed=0)[0]
    torch.testing.assert_close(
        one.truth.quantized(codebook).log_prob(y, given=one.given(20)),
        one.independent.quantized(codebook).log_prob(y, given=one.given(20)))
    codebook = Quantizer(levels=4, channels=2)
    y = two.truth.sample(given=two.given(20), seed=0)[0]
    gap = (two.truth.quantized(codebook).log_prob(y, given=two.given(20))
           - two.independent.quantized(codebook).log_prob(y, given=two.given(20)))
    coin = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    assert (gap > 0.3).all() and 0.5 * coin < gap.mean() < 2 * coin


@every_world
def test_quantised_samples_are_values_that_stand_for_cells(world):
    x, _ = world.batch(2, seed=0)
    codebook = Quantizer(levels=6, channels=world.y_shape[0])
    samples = world.truth.quantized(codebook).sample(given=x, n=2, seed=0)
    again = codebook.decode(codebook.encode(samples))
    assert torch.equal(samples, again)
    whole = world.truth.sample(given=x, n=2, seed=0)
    assert (samples - whole).abs()[whole.abs() < 1.25].max() < codebook.width / 2 + 1e-6


def test_a_fine_quantiser_turns_mass_into_density_times_width():
    world = TShirts(size=16)
    x, y = world.batch(3, seed=0)
    codebook = Quantizer(-2, 2, levels=2000, channels=2)
    y = codebook.decode(codebook.encode(y))
    mass = world.truth.quantized(codebook).log_prob(y, given=x)
    density = world.truth.log_prob(y, given=x) + 512 * math.log(codebook.width)
    torch.testing.assert_close(mass, density, atol=0.1, rtol=0)


def test_a_codebook_of_other_channels_is_answered_by_a_sentence():
    with pytest.raises(ValueError, match="cuts 1 channels and y has 2; make both"):
        worlds["solid"].truth.quantized(Quantizer())


def test_distinct_rows_come_back_with_the_row_that_each_one_is():
    rows = torch.tensor([[0.0, 1.0], [2.0, 3.0], [0.0, 1.0], [0.0, 3.0]])
    colors, which = distinct(rows)
    assert len(colors) == 3
    assert torch.equal(colors[which], rows)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_lose_only_what_they_cannot_hold(dtype):
    world = worlds["solid"]
    x, y = (part.to(dtype) for part in world.batch(4, seed=0))
    exact = world.truth.log_prob(y.double(), given=x.double())
    found = world.truth.log_prob(y, given=x)
    torch.testing.assert_close(found.double(), exact, atol=0.01, rtol=0)


def test_the_density_has_a_gradient_in_y():
    world = one_pixel(distance=0.4)
    y = torch.tensor(0.3).view(1, 1, 1, 1).requires_grad_()
    world.truth.log_prob(y, given=world.given(1)).backward()
    step = 1e-3
    ends = torch.tensor([0.3 - step, 0.3 + step]).view(2, 1, 1, 1)
    left, right = world.truth.log_prob(ends, given=world.given(2))
    assert y.grad.item() == pytest.approx((right - left).item() / (2 * step), rel=1e-2)


@pytest.mark.parametrize("alpha_bar, words", [
    (1.5, "alpha_bar runs from 1.5 to 1.5; give values from 0.0 to 1.0"),
    (math.nan, "alpha_bar holds 1 entries that are NaN"),
    (torch.rand(3), "alpha_bar holds 3 numbers for 2 examples; give one, or one for"),
])
def test_a_wrong_noise_level_is_answered_by_a_sentence(alpha_bar, words):
    x, y = worlds["solid"].batch(2, seed=0)
    with pytest.raises(ValueError, match=words):
        worlds["solid"].truth.denoise(y, alpha_bar, given=x)


@pytest.mark.parametrize("bad, words", [
    (lambda x, y: (y[:1], x), "y holds 1 examples and given 2; give one x for each y"),
    (lambda x, y: (y[:, :1], x), r"y is .*; give the shape \(batch, 2, 32, 32\)"),
    (lambda x, y: (y / 0, x), "y holds .* entries that are NaN or infinite"),
    (lambda x, y: (y.int(), x), "y is a int32 tensor"),
    (lambda x, y: (y, None), "given is None; give a float tensor"),
])
def test_what_is_no_pair_is_answered_by_a_sentence(bad, words):
    world = worlds["solid"]
    y, x = bad(*world.batch(2, seed=0))
    for model in (world.truth, world.independent,
                  world.truth.quantized(Quantizer(channels=2))):
        with pytest.raises((TypeError, ValueError), match=words):
            model.log_prob(y, given=x)
