"""Facts about noise: schedules, what a network may predict, a sampler's times."""

from itertools import pairwise

import pytest
import torch

from course_lib.models.diffusion.noise_schedule import SPACINGS, NoiseSchedule


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_the_schedule_begins_at_one_and_falls(steps):
    schedule = NoiseSchedule.cosine(steps)
    assert schedule.steps == steps and schedule.alpha_bar[0] == 1
    assert (schedule.alpha_bar.diff() < 0).all() and schedule.alpha_bar[-1] > 0


def test_the_schedule_is_that_of_diffusers():
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(1000, beta_schedule="squaredcos_cap_v2").alphas_cumprod
    assert torch.allclose(NoiseSchedule.cosine().alpha_bar[1:], theirs, atol=1e-6)


def test_one_jump_has_the_moments_of_many_small_steps():
    schedule, y = NoiseSchedule.cosine(20), torch.full((50_000,), 0.8)
    torch.manual_seed(0)
    walked = y
    for t in range(1, 11):
        kept = schedule.alpha_bar[t] / schedule.alpha_bar[t - 1]
        walked = kept.sqrt() * walked + (1 - kept).sqrt() * torch.randn_like(y)
    alpha_bar = schedule.alpha_bar[10]
    signal, noise_rate = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    error = 4 / 50_000 ** 0.5
    assert walked.mean() == pytest.approx(float(0.8 * signal), abs=error)
    assert walked.std() == pytest.approx(float(noise_rate), rel=0.02)


def test_a_velocity_is_turned_into_the_clean_y_and_back_exactly():
    schedule = NoiseSchedule.cosine(100).double()
    y, noise = torch.randn(2, 99, 3, dtype=torch.float64).unbind(0)
    t = torch.arange(1, 100)
    y_t = schedule.add_noise(y, t, noise)
    velocity = schedule.velocity(y, t, noise)
    assert torch.allclose(schedule.x0(velocity, y_t, t), y, atol=1e-5)
    assert torch.allclose(schedule.noise(y, y_t, t), noise, atol=1e-5)


def test_the_velocity_is_the_change_of_y_t_along_the_quarter_circle():
    angle = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y, noise = torch.tensor(0.3), torch.tensor(-1.1)
    y_t = angle.cos() * y + angle.sin() * noise
    change, = torch.autograd.grad(y_t, angle)
    schedule = NoiseSchedule(torch.tensor([1.0, angle.detach().cos() ** 2]))
    velocity = schedule.velocity(y[None], torch.tensor([1]), noise[None])
    assert velocity.item() == pytest.approx(change.item(), abs=1e-6)


def test_a_shifted_schedule_has_its_signal_to_noise_times_the_factor():
    schedule = NoiseSchedule.cosine(50)
    shifted = schedule.shifted(0.5)
    ratio = [(s.alpha_bar[1:] / (1 - s.alpha_bar[1:])).sqrt()
             for s in (schedule, shifted)]
    assert torch.allclose(ratio[1], 0.5 * ratio[0], rtol=1e-3)


@pytest.mark.parametrize("timestep_spacing", SPACINGS)
@pytest.mark.parametrize("count", [1, 2, 10, 50, 100])
def test_timesteps_run_from_the_last_one_to_zero_and_never_stand_still(
        count, timestep_spacing):
    timesteps = NoiseSchedule.cosine(100).timesteps(count, timestep_spacing)
    assert len(timesteps) == count + 1 and timesteps[0] == 100 and timesteps[-1] == 0
    assert all(later < earlier for earlier, later in pairwise(timesteps))


def test_timesteps_even_in_log_snr_take_away_the_same_fraction_of_noise_each():
    schedule = NoiseSchedule.cosine(1000)
    alpha_bar = schedule.alpha_bar[schedule.timesteps(10, "snr")[1:-1]].double()
    noise = (1 / alpha_bar - 1).sqrt()
    assert noise[0] == pytest.approx(120, rel=0.1)
    assert noise[-1] == pytest.approx(0.03, rel=0.1)
    left = noise[1:] / noise[:-1]
    assert torch.allclose(left, left.mean().expand(8), rtol=0.1)


@pytest.mark.parametrize("factor", [0.25, 0.5])
def test_a_shifted_schedule_is_sampled_at_the_same_signal_to_noise(factor):
    plain = NoiseSchedule.cosine(1000)
    noises = [(1 / s.alpha_bar[s.timesteps(6, "snr")[1:-2]] - 1).log()
              for s in (plain, plain.shifted(factor))]
    assert torch.allclose(*noises, atol=0.2)


@pytest.mark.parametrize("alpha_bar", [[1.0], [0.9, 0.5], [1.0, 0.5, 0.5], [1.0, 0.0],
                                       [1.0, 0.4, 0.6]])
def test_a_schedule_that_does_not_fall_from_one_is_refused(alpha_bar):
    with pytest.raises(ValueError, match="give"):
        NoiseSchedule(torch.tensor(alpha_bar))


@pytest.mark.parametrize("t, message", [(11, "from 0 to 10"), (-1, "from 0 to 10"),
                                        (torch.tensor([]).long(), "whole numbers")])
def test_a_time_outside_the_schedule_is_refused(t, message):
    with pytest.raises(ValueError, match=message):
        NoiseSchedule.cosine(10).add_noise(torch.zeros(1, 2), t, torch.zeros(1, 2))


def test_a_time_that_is_no_whole_number_is_refused():
    with pytest.raises(TypeError, match="whole number"):
        NoiseSchedule.cosine(10).rates(0.5, torch.zeros(1))


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="steps is 0"):
        NoiseSchedule.cosine(0)
