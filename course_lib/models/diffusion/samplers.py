"""From noise to an answer, step by step: the two samplers. Lesson 08.

    denoise(y_t, t) -> the clean y that is expected, the shape of y_t

Anything that denoises can be handed in: a trained network, or the exact denoiser.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from course_lib.models.diffusion.noise_schedule import NoiseSchedule

Denoise = Callable[[Tensor, int], Tensor]


def ancestral_step(schedule: NoiseSchedule, y_t: Tensor, x0: Tensor, t: int, s: int,
                   noise: Tensor) -> Tensor:
    """Return y_s from y_t, for s < t: a draw of p(y_s | y_t, y), with `x0` for y.

    Jonathan Ho, Ajay Jain and Pieter Abbeel, "Denoising diffusion probabilistic
    models", 2020, equation 7."""
    a_t, a_s = schedule.alpha_bar[t], schedule.alpha_bar[s]
    kept = a_t / a_s                                    # of the variance, from s to t
    mean = (a_s.sqrt() * (1 - kept) * x0 + kept.sqrt() * (1 - a_s) * y_t) / (1 - a_t)
    return mean + ((1 - kept) * (1 - a_s) / (1 - a_t)).sqrt() * noise


def implicit_step(schedule: NoiseSchedule, y_t: Tensor, x0: Tensor, t: int, s: int,
                  noise: Tensor | None = None, eta: float = 0.0) -> Tensor:
    """Return y_s from y_t, for s < t: the same noise, less of it.

    eta: the part of fresh noise; with 0 the step is deterministic, with 1 it is the
         ancestral one
    Jiaming Song, Chenlin Meng and Stefano Ermon, "Denoising diffusion implicit models",
    2021, equations 12 and 16."""
    a_t, a_s = schedule.alpha_bar[t], schedule.alpha_bar[s]
    fresh = eta * ((1 - a_s) / (1 - a_t) * (1 - a_t / a_s)).sqrt()
    old = schedule.noise(x0, y_t, t)
    y_s = a_s.sqrt() * x0 + (1 - a_s - fresh.square()).clamp(min=0).sqrt() * old
    return y_s if noise is None else y_s + fresh * noise


def draw_ancestral(denoise: Denoise, schedule: NoiseSchedule, y: Tensor,
                   timesteps: list[int]) -> Tensor:
    """Return samples from the noise y, with fresh noise at every step."""
    dtype = y.dtype                       # what is added up on the way has 32 bits
    for t, s in pairwise(timesteps):
        y = ancestral_step(schedule, y, denoise(y, t), t, s, torch.randn_like(y))
    return y.to(dtype)


def draw_implicit(denoise: Denoise, schedule: NoiseSchedule, y: Tensor,
                  timesteps: list[int], eta: float = 0.0) -> Tensor:
    """Return samples from the noise y, which with eta = 0 decides everything."""
    dtype = y.dtype
    for t, s in pairwise(timesteps):
        noise = torch.randn_like(y) if eta else None
        y = implicit_step(schedule, y, denoise(y, t), t, s, noise, eta)
    return y.to(dtype)
