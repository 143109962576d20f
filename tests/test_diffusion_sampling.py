"""Facts about the two samplers, held against diffusers and the exact denoiser."""

from itertools import pairwise

import pytest
import torch

from course_lib.datasets import TShirts
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.diffusion.samplers import (
    ancestral_step,
    draw_ancestral,
    draw_implicit,
    implicit_step,
)


def schedule_of(scheduler):
    """The schedule of a scheduler of diffusers."""
    return NoiseSchedule(torch.cat([torch.ones(1), scheduler.alphas_cumprod]))


def guess(y_t, t):
    """A denoiser that is wrong in a smooth way: what counts is that both use it."""
    return torch.tanh(0.5 * y_t) + 0.001 * t


@pytest.mark.parametrize("eta", [0.0, 0.6, 1.0])
def test_deterministic_and_partly_noisy_steps_follow_diffusers_trajectory(eta):
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(1000, beta_schedule="linear", clip_sample=False,
                           set_alpha_to_one=True, prediction_type="v_prediction",
                           timestep_spacing="trailing")
    theirs.set_timesteps(8)
    schedule = schedule_of(theirs)
    y = same = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    for (t, s), index in zip(pairwise(schedule.timesteps(8)), theirs.timesteps):
        noise = torch.randn_like(y)
        x0 = guess(y, t)
        given = schedule.noise(x0, same, t)
        answer = schedule.velocity(x0, t, given)
        same = theirs.step(answer, index, same, eta=eta,
                           variance_noise=noise).prev_sample
        y = implicit_step(schedule, y, x0, t, s, noise, eta)
        assert torch.allclose(y, same, atol=2e-4)


def test_ancestral_steps_follow_diffusers_trajectory():
    from diffusers import DDPMScheduler

    theirs = DDPMScheduler(1000, beta_schedule="linear", clip_sample=False,
                           prediction_type="sample", variance_type="fixed_small",
                           timestep_spacing="trailing")
    theirs.set_timesteps(5)
    schedule = schedule_of(theirs)
    y = same = torch.randn(2, 8)
    for (t, s), index in zip(pairwise(schedule.timesteps(5)), theirs.timesteps):
        x0 = guess(y, t)
        torch.manual_seed(t)
        same = theirs.step(x0, int(index), same).prev_sample
        torch.manual_seed(t)
        y = ancestral_step(schedule, y, x0, t, s, torch.randn(2, 8))
        assert torch.allclose(y, same, atol=1e-4)


def test_the_ancestral_step_is_the_implicit_one_with_all_its_noise_fresh():
    schedule = NoiseSchedule.cosine(100)
    y, x0, noise = torch.randn(3, 5, 4).unbind(0)
    one = ancestral_step(schedule, y, x0, 60, 40, noise)
    other = implicit_step(schedule, y, x0, 60, 40, noise, eta=1.0)
    assert torch.allclose(one, other, atol=1e-5)


def test_a_step_to_zero_gives_the_clean_y():
    schedule = NoiseSchedule.cosine(100)
    y, x0, noise = torch.randn(3, 5, 4).unbind(0)
    for reached in (ancestral_step(schedule, y, x0, 30, 0, noise),
                    implicit_step(schedule, y, x0, 30, 0)):
        assert torch.allclose(reached, x0, atol=1e-6)


def test_with_the_exact_denoiser_many_steps_draw_both_dyes_as_often_as_they_occur():
    world, schedule = TShirts(size=16, channels="a"), NoiseSchedule.cosine(200)
    x, _ = world.held_out(64)
    unsure = world.probability_of_teal(x).sub(0.5).abs().argmin()
    x = x[unsure].repeat(200, 1, 1, 1)

    def denoise(y_t, t):
        return world.truth.denoise(y_t, float(schedule.alpha_bar[t]), given=x)

    torch.manual_seed(0)
    noise = torch.randn(len(x), *world.y_shape)
    for draw in (draw_ancestral, draw_implicit):
        y = draw(denoise, schedule, noise, schedule.timesteps(40))
        teal = world.truth.mode_posterior(y, given=x)[:, 0]
        assert ((teal < 0.01) | (teal > 0.99)).float().mean() > 0.99
        assert teal.mean() == pytest.approx(0.5, abs=4 * 0.5 / len(x) ** 0.5)


def test_one_huge_step_with_the_exact_denoiser_answers_the_mean():
    world, schedule = TShirts(size=16), NoiseSchedule.cosine()
    x, _ = world.held_out(16)

    def denoise(y_t, t):
        return world.truth.denoise(y_t, float(schedule.alpha_bar[t]), given=x)

    y = draw_implicit(denoise, schedule, torch.randn(16, *world.y_shape), [1000, 0])
    assert torch.allclose(y, world.truth.mean(x), atol=0.02)


def test_the_deterministic_sampler_draws_nothing():
    schedule, state = NoiseSchedule.cosine(10), torch.get_rng_state()
    draw_implicit(guess, schedule, torch.zeros(1, 2), schedule.timesteps(5))
    assert torch.equal(torch.get_rng_state(), state)
