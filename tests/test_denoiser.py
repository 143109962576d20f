"""Facts about what denoises: the exact one samples the truth, with enough steps."""

import pytest
import torch

from course_lib.contract import seeded
from course_lib.datasets import TShirts
from course_lib.models.diffusion.denoiser import Denoiser, ExactDenoiser
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.diffusion.samplers import draw_ancestral, draw_implicit
from tests.small_worlds import two_pixels

world = two_pixels(chance=0.3)
schedule = NoiseSchedule.cosine(200)


def exact(**options) -> ExactDenoiser:
    """The exact denoiser of two pixels."""
    return ExactDenoiser(world.truth, schedule, **options)


def mode_of(y: torch.Tensor) -> torch.Tensor:
    """Which of the two colors each y has."""
    return (y.sum((1, 2, 3)) > 0).long()


@pytest.mark.parametrize("sampler", ["ancestral", "deterministic"])
def test_with_many_steps_the_samples_are_the_truth_s(sampler):
    given = world.given(4000)
    y = exact(steps=200, sampler=sampler).sample(given, seed=0)[0]
    part = mode_of(y).double().mean().item()
    assert part == pytest.approx(0.7, abs=4 * (0.21 / 4000) ** 0.5)
    noise = y - world.modes(given)[torch.arange(4000), mode_of(y)]
    assert noise.std().item() == pytest.approx(world.noise, rel=0.08)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.005)


@pytest.mark.parametrize("sampler", ["ancestral", "deterministic"])
def test_one_step_answers_the_mean(sampler):
    given = world.given(8)
    y = exact(steps=1, sampler=sampler).sample(given, seed=0)[0]
    assert torch.allclose(y, world.truth.mean(given), atol=0.03)


def test_few_steps_favour_the_dye_that_is_more_likely():
    shirts = TShirts(size=16)
    x, _ = shirts.held_out(512)
    p = shirts.probability_of_teal(x)
    x = x[(p - 0.7).abs().argsort()[:1]].repeat(1000, 1, 1, 1)
    teal = {}
    for steps in (5, 50):
        y = ExactDenoiser(shirts.truth, steps=steps).sample(x, seed=0)[0]
        teal[steps] = shirts.truth.mode_posterior(y, given=x)[:, 0].mean().item()
    assert teal[5] > 0.8 and teal[50] == pytest.approx(0.7, abs=0.06)


def test_a_last_step_that_is_too_long_leaves_shirts_too_clean():
    given = world.given(2000)
    std = {}
    for steps in (5, 200):
        y = exact(steps=steps).sample(given, seed=0)[0]
        noise = y - world.modes(given)[torch.arange(2000), mode_of(y)]
        std[steps] = noise.std().item()
    assert std[5] < 0.8 * world.noise < std[200]


@pytest.mark.parametrize("options, draw", [
    ({"sampler": "ancestral"}, draw_ancestral),
    ({"sampler": "deterministic"}, draw_implicit),
    ({"sampler": "deterministic", "eta": 0.7}, draw_implicit)])
def test_a_sample_is_what_the_sampler_draws_by_hand(options, draw):
    given, times = world.given(6), schedule.timesteps(9, timestep_spacing="snr")
    found = exact().sample(given, n=1, seed=3, steps=9, timestep_spacing="snr",
                           **options)
    eta = {} if "eta" not in options else {"eta": options["eta"]}
    with seeded(3):
        by_hand = draw(
            lambda y, t: world.truth.denoise(y, schedule.alpha_bar[t], given),
            schedule, torch.randn(6, *world.y_shape), times, **eta)
    assert torch.equal(found[0], by_hand)


def test_options_of_one_call_are_those_of_a_model_made_with_them():
    given, options = world.given(3), {"steps": 7, "sampler": "deterministic"}
    assert torch.equal(exact(**options).sample(given, n=2, seed=0),
                       exact().sample(given, n=2, seed=0, **options))


def test_a_denoiser_of_the_mean_draws_the_mean_whatever_the_steps():
    class Mean(Denoiser):
        y_shape = (1, 2, 2)

        def denoise(self, y_t, t, given, guidance=1.0):
            return torch.full_like(y_t, 0.25)

    y = Mean(schedule, steps=11).sample(batch=3, seed=0)
    assert torch.allclose(y, torch.full((1, 3, 1, 2, 2), 0.25), atol=1e-6)


def test_a_denoiser_that_does_not_say_how_says_so():
    with pytest.raises(NotImplementedError, match="does not say how to denoise"):
        Denoiser(schedule).denoise(torch.zeros(1, 1), 3, None)


def test_guidance_has_nothing_to_act_on_in_the_exact_denoiser():
    with pytest.raises(ValueError, match="guidance is 2.*leave it at 1"):
        exact().sample(world.given(1), guidance=2.0)


@pytest.mark.parametrize("options, message", [
    ({"steps": 0}, "count is 0"), ({"steps": 201}, "count is 201.*200"),
    ({"sampler": "euler"}, "sampler is 'euler'"), ({"eta": -0.1}, "eta is -0.1"),
    ({"timestep_spacing": 0.7}, "timestep_spacing is 0.7"),
    ({"guidance": -1.0}, "guidance is -1"),
    ({"pace": 1}, "pace is no option .* are: steps, sampler, eta, "
     "timestep_spacing, guidance")])
def test_a_wrong_option_is_answered_by_a_sentence(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        exact().sample(world.given(1), **options)


def test_the_exact_denoiser_errs_more_with_more_noise_and_in_the_end_as_the_mean():
    shirts, errors = TShirts(size=16), []
    model, (x, y) = ExactDenoiser(shirts.truth), shirts.held_out(256)
    for t in range(125, 1001, 125):
        y_t = model.schedule.add_noise(y, t, torch.randn_like(y))
        errors.append((model.denoise(y_t, t, x) - y).square().mean().item())
    assert errors == sorted(errors)
    most = (y - shirts.truth.mean(x)).square().mean().item()     # y_T tells nothing
    assert errors[-1] == pytest.approx(most, rel=1e-3)


def test_a_wrong_denoiser_s_error_is_the_exact_one_s_and_its_distance_from_it():
    class Paler(ExactDenoiser):
        def denoise(self, y_t, t, given, guidance=1.0):
            return 0.8 * super().denoise(y_t, t, given)

    shirts, t = TShirts(size=16), 600
    exact, paler = ExactDenoiser(shirts.truth), Paler(shirts.truth)
    x, y = shirts.batch(4096, seed=0)
    with seeded(0):
        y_t = exact.schedule.add_noise(y, t, torch.randn_like(y))
    best, guess = exact.denoise(y_t, t, x), paler.denoise(y_t, t, x)
    apart, own = (guess - best).square().mean(), (best - y).square().mean()
    assert (guess - y).square().mean().item() == pytest.approx((own + apart).item(),
                                                               rel=0.02)


def test_the_exact_denoiser_s_bound_is_the_truth_s_likelihood():
    shirts = TShirts(size=16)
    x, y = shirts.held_out(64)
    with seeded(0):
        bound = ExactDenoiser(shirts.truth).elbo(y, given=x, k=64)
    gap = shirts.truth.log_prob(y, given=x) - bound
    assert gap.mean().item() == pytest.approx(0, abs=3 * gap.std().item() / 8)
    assert gap.std() / 8 < 3 and bound.mean() > 300


def test_the_bound_of_a_denoiser_that_answers_grey_is_far_below():
    given = world.given(256)
    y = world.truth.sample(given, seed=0)[0]

    class Grey(ExactDenoiser):
        def denoise(self, y_t, t, given, guidance=1.0):
            return torch.zeros_like(y_t)

    with seeded(0):
        bounds = [kind(world.truth, schedule).elbo(y, given=given).mean()
                  for kind in (ExactDenoiser, Grey)]
    assert bounds[0] > bounds[1] + 10
