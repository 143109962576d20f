"""How noise takes over: the schedule of a diffusion, and a sampler's times. Lesson 08.

    y_t = √ᾱ_t y + √(1 - ᾱ_t) ε,    ε ~ N(0, 1),    t = 0 … T

At t = 0 nothing has happened yet; at T nearly nothing of y is left.
"""

import math

import torch
from torch import Tensor

from course_lib.checks import (
    check_choice,
    check_classes,
    check_integer,
    check_number,
    check_tensor,
)
from course_lib.contract import at_least_32_bits
from course_lib.distributions.exact_buffers import ExactBuffers

SPACINGS = ("time", "snr")
CLEANEST, NOISIEST = 0.03, 120.0   # noise over signal at the ends of "snr" timesteps


class NoiseSchedule(ExactBuffers):
    """ᾱ, the part of the variance that is signal, for t = 0 … T.

    alpha_bar: (T + 1,), from exactly 1, strictly decreasing, above 0

    It moves with a model, but stays in 32 bits whatever the model's precision: in 16
    bits 1 - ᾱ is 0 where noise begins, and samples are divided by it.
    Raises ValueError, in a sentence, for any other. Jonathan Ho, Ajay Jain and Pieter
    Abbeel, "Denoising diffusion probabilistic models", 2020. Lesson 08.
    """

    alpha_bar: Tensor

    def __init__(self, alpha_bar: Tensor):
        super().__init__()
        check_tensor("alpha_bar", alpha_bar, ("steps + 1",), 0.0, 1.0)
        check_integer("the number of steps", len(alpha_bar) - 1, 1)
        if alpha_bar[0] != 1 or alpha_bar[-1] <= 0 or not (alpha_bar.diff() < 0).all():
            raise ValueError(f"alpha_bar runs from {alpha_bar[0]:.4g} to "
                             f"{alpha_bar[-1]:.4g}; give numbers that begin at 1, fall "
                             f"at every step and stay above 0.")
        self.register_buffer("alpha_bar", alpha_bar.float())

    @classmethod
    def cosine(cls, steps: int = 1000) -> "NoiseSchedule":
        """Return the schedule whose ᾱ falls like a squared cosine, and never to 0.

        Alex Nichol and Prafulla Dhariwal, "Improved denoising diffusion probabilistic
        models", 2021."""
        check_integer("steps", steps, 1)
        t = torch.arange(steps + 1, dtype=torch.float64) / steps
        ideal = ((t + 0.008) / 1.008 * math.pi / 2).cos().square()
        beta = (1 - ideal[1:] / ideal[:-1]).clamp(max=0.999)
        return cls(with_one(torch.cumprod(1 - beta, 0)))

    def shifted(self, factor: float) -> "NoiseSchedule":
        """Return a schedule with signal over noise, √(ᾱ / (1 - ᾱ)), times `factor`.

        Below 1 there is more noise at every t: many equal pixels together show through
        noise that hides each of them. Emiel Hoogeboom, Jonathan Heek and Tim Salimans,
        "Simple diffusion", 2023."""
        check_number("factor", factor, 0.0, 1e3, open_low=True)
        ratio = factor ** 2 * self.alpha_bar.double() / (1 - self.alpha_bar.double())
        return NoiseSchedule(with_one((ratio / (1 + ratio))[1:]))

    @property
    def steps(self) -> int:
        """T, the number of steps."""
        return len(self.alpha_bar) - 1

    def check_times(self, t: int | Tensor) -> int | Tensor:
        """Return t, a whole number or int64 on the schedule's device; raises, in a
        sentence, for others and for t outside 0 … T, where it is at hand."""
        if not isinstance(t, Tensor):
            return check_integer("t", t, 0, self.steps)
        check_classes("t", t, ("...",), self.steps + 1, "steps of the schedule")
        return t.to(self.alpha_bar.device)

    def rates(self, t: int | Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return √ᾱ_t and √(1 - ᾱ_t), each to be multiplied with `like`, in at least
        32 bits."""
        alpha_bar = self.alpha_bar[self.check_times(t)]
        alpha_bar = alpha_bar.to(like.device, at_least_32_bits(like).dtype)
        alpha_bar = alpha_bar.reshape(-1, *(1,) * (like.ndim - 1))
        return alpha_bar.sqrt(), (1 - alpha_bar).sqrt()

    def add_noise(self, y: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
        """Return y_t in one jump, the shape of y; t is one number, or one a row."""
        signal, noise_rate = self.rates(t, y)
        return signal * y + noise_rate * noise

    def velocity(self, y: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
        """Return what a network is asked for, √ᾱ ε - √(1 - ᾱ) y. Tim Salimans and
        Jonathan Ho, "Progressive distillation for fast sampling of diffusion models",
        2022."""
        signal, noise_rate = self.rates(t, y)
        return signal * noise - noise_rate * y

    def x0(self, velocity: Tensor, y_t: Tensor, t: int | Tensor) -> Tensor:
        """Return the clean y that a velocity means."""
        signal, noise_rate = self.rates(t, y_t)
        return signal * y_t - noise_rate * velocity

    def noise(self, x0: Tensor, y_t: Tensor, t: int | Tensor) -> Tensor:
        """Return the noise that is in y_t if that is the clean y; t from 1 on."""
        signal, noise_rate = self.rates(t, y_t)
        return (y_t - signal * x0) / noise_rate

    def timesteps(self, count: int, timestep_spacing: str = "time") -> list[int]:
        """Return a sampler's times: `count` + 1 different t from T down to 0.

        timestep_spacing: "time" spaces them evenly; "snr" spaces those between T and 0
            evenly in log ᾱ / (1 - ᾱ), signal over noise, over the range in which a
            picture and its finest noise are decided: each step takes away the same
            fraction of the noise. Cheng Lu and others, "DPM-Solver: a fast ODE solver
            for diffusion probabilistic model sampling in around 10 steps", 2022.
        """
        check_integer("count", count, 1, self.steps)
        if check_choice("timestep_spacing", timestep_spacing, SPACINGS) == "time":
            part = torch.linspace(1, 0, count + 1, dtype=torch.float64)
            timesteps = (self.steps * part).round().long().tolist()
        else:
            alpha_bar = self.alpha_bar[1:].double()
            noise = (1 / alpha_bar - 1).log() / 2                # log of noise / signal
            low, high = noise.aminmax()
            ideal = torch.linspace(min(high.item(), math.log(NOISIEST)),
                                   max(low.item(), math.log(CLEANEST)), count - 1,
                                   dtype=torch.float64, device=noise.device)
            nearest = (noise - ideal[:, None]).abs().argmin(1) + 1
            timesteps = [self.steps, *nearest.tolist(), 0]
        for i in range(1, count + 1):                    # crowded ones move apart
            timesteps[i] = min(timesteps[i], timesteps[i - 1] - 1)
        for i in range(count, -1, -1):
            timesteps[i] = max(timesteps[i], count - i)
        return timesteps


def with_one(alpha_bar: Tensor) -> Tensor:
    """Return the numbers with 1 before them."""
    return torch.cat([torch.ones(1, dtype=alpha_bar.dtype), alpha_bar])
