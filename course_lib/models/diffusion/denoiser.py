"""What denoises can be sampled from: both samplers, behind `sample`. Lesson 08.

    ExactDenoiser(world.truth, schedule).sample(given=x, n=4, steps=10)

A trained model and the exact answer are asked in the same way, so that one can be held
against the other, sampler by sampler and step by step.
"""

import math
from typing import Any

import torch
from torch import Tensor

from course_lib.checks import check_choice, check_integer, check_number
from course_lib.contract import ConditionalModel, Given, device_of, dtype_of, tile
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.diffusion.samplers import draw_ancestral, draw_implicit

SAMPLERS = ("ancestral", "deterministic")


class Denoiser(ConditionalModel):
    """A model that is sampled by denoising; a subclass says how, in `denoise`.

    schedule: a `NoiseSchedule`; the cosine one with 1,000 steps by default
    steps:    how often a sample asks for the clean y, up to the schedule's steps
    sampler:  "ancestral", with fresh noise at every step, or "deterministic"
    eta:      how much fresh noise the deterministic one adds; 1 makes it ancestral
    timestep_spacing: where the steps lie, see `NoiseSchedule.timesteps`
    guidance: the weight of the caption, 1 for p(y | x, caption)
    `sample` takes the last five too, for one call. Lesson 08.
    """

    sample_options = ("steps", "sampler", "eta", "timestep_spacing", "guidance")

    def __init__(self, schedule: NoiseSchedule | None = None, steps: int = 50,
                 sampler: str = "ancestral", eta: float = 0.0,
                 timestep_spacing: str = "time", guidance: float = 1.0):
        super().__init__()
        self.schedule = NoiseSchedule.cosine() if schedule is None else schedule
        self.defaults: dict[str, Any] = dict(zip(
            self.sample_options, (steps, sampler, eta, timestep_spacing, guidance)))
        self.timesteps_of(self.defaults)

    def denoise(self, y_t: Tensor, t: int | Tensor, given: Given,
                guidance: float = 1.0) -> Tensor:
        """Return the clean y that is expected, E[y | y_t, x], like y_t."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to denoise.")

    def timesteps_of(self, options: dict[str, Any]) -> list[int]:
        """Return the timesteps of a sampler with these options, which are checked."""
        check_choice("sampler", options["sampler"], SAMPLERS)
        check_number("eta", options["eta"], 0.0, 1.0)
        check_number("guidance", options["guidance"], 0.0, 1e3)
        return self.schedule.timesteps(options["steps"], options["timestep_spacing"])

    def draw(self, given: Given, n: int, batch: int, **how: Any) -> Tensor:
        options = self.defaults | how
        timesteps = self.timesteps_of(options)
        eta, guidance = float(options["eta"]), float(options["guidance"])
        given = tile(given, n)
        noise = torch.randn(n * batch, *self.shape_for(given), device=device_of(self),
                            dtype=dtype_of(self))

        def denoise(y_t: Tensor, t: int) -> Tensor:
            return self.denoise(y_t, t, given, guidance)

        if options["sampler"] == "ancestral":
            y = draw_ancestral(denoise, self.schedule, noise, timesteps)
        else:
            y = draw_implicit(denoise, self.schedule, noise, timesteps, eta)
        return y.view(n, batch, *y.shape[1:])

    @torch.no_grad()
    def elbo(self, y: Tensor, *, given: Given = None, k: int = 16) -> Tensor:
        """Return the evidence lower bound of log p(y | x), (batch,), in nats.

            E log N(y; ŷ(y + n₁ε), n₁²) - KL(N(y, n²_T) || N(0, 1 + n²_T))
                - ∫ E‖y - ŷ(y + nε)‖² / (2 n²) d log n²,   from n₁ to n_T

        with n² = (1 - ᾱ) / ᾱ, for steps without end; each n is asked of the t whose
        noise is nearest. The integral is estimated without bias from k noises a pair,
        spread evenly. Diederik Kingma et al., "Variational diffusion models", 2021."""
        check_integer("k", k, 1)
        y, given = self.check_pair(y, given)
        log_n = (1 / self.schedule.alpha_bar[1:].cpu().double() - 1).log() / 2
        low, high, d = log_n[0], log_n[-1], y[0].numel()
        first = self._square_error(y, low.repeat(len(y)), log_n, given)
        left = y.cpu().double().square().flatten(1).sum(1) / (1 + (2 * high).exp())
        bound = -(first * (-2 * low).exp() + d * (2 * low + math.log(2 * math.pi))
                  + left + d * torch.log1p((-2 * high).exp())
                  - d / (1 + (2 * high).exp())) / 2
        # Where n is below 1 all n count about alike, and beyond that less and less.
        ends = torch.stack([low, high]).mul(-2).exp().log1p()   # log(1 + 1/n²)
        for i in range(k):
            part = (i + torch.rand(len(y), dtype=torch.float64)) / k
            inverse = torch.expm1(ends[0] + part * (ends[1] - ends[0]))   # 1/n²
            error = self._square_error(y, -inverse.log() / 2, log_n, given)
            bound -= (ends[0] - ends[1]) / k * error * (1 + inverse) / 2
        return bound

    def _square_error(self, y: Tensor, log_n: Tensor, known: Tensor,
                      given: Given) -> Tensor:
        """Return ‖y - ŷ(y + nε)‖² with fresh noise, (batch,), in 64 bits."""
        nearest = torch.bucketize(log_n, (known[1:] + known[:-1]) / 2)
        t = nearest.to(y.device) + 1
        n = log_n.exp().to(y).view(-1, *(1,) * (y.ndim - 1))
        signal, _ = self.schedule.rates(t, y)
        off = y - self.denoise(signal * (y + n * torch.randn_like(y)), t, given)
        return off.cpu().double().flatten(1).square().sum(1)


class ExactDenoiser(Denoiser):
    """The best denoiser there is, of a world that knows its own: what its samples lack
    is the sampler's fault, sampler by sampler and step count by step count.

    truth:   `world.truth`, which has `denoise(y_t, alpha_bar, given)`
    options: those of `Denoiser`; guidance has nothing to act on and must stay at 1
    """

    def __init__(self, truth: ConditionalModel, schedule: NoiseSchedule | None = None,
                 **options: Any):
        super().__init__(schedule, **options)
        self.truth: Any = truth                    # it has `denoise`, as few models do
        self.given_shape, self.y_shape = truth.given_shape, truth.y_shape

    def check_given(self, given: Given) -> Given:
        return self.truth.check_given(given)

    def denoise(self, y_t: Tensor, t: int | Tensor, given: Given,
                guidance: float = 1.0) -> Tensor:
        if guidance != 1.0:
            raise ValueError(f"guidance is {guidance} and the exact denoiser knows "
                             f"what a caption is worth; leave it at 1.")
        t = self.schedule.check_times(t)
        return self.truth.denoise(y_t, self.schedule.alpha_bar[t], given)
