"""What denoises can be sampled from: both samplers, behind `sample`. Lesson 08.

    ExactDenoiser(world.truth, schedule).sample(given=x, n=4, steps=10)

A trained model and the exact answer are asked in the same way, so that one can be held
against the other, sampler by sampler and step by step.
"""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks import check_choice, check_number
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

    def denoise(self, y_t: Tensor, t: int | Tensor, given: Given,
                guidance: float = 1.0) -> Tensor:
        """Return the clean y that is expected, E[y | y_t, x], like y_t."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to denoise.")

    def draw(self, given: Given, n: int, batch: int, **how: Any) -> Tensor:
        options = self.defaults | how
        check_choice("sampler", options["sampler"], SAMPLERS)
        eta = check_number("eta", options["eta"], 0.0, 1.0)
        guidance = check_number("guidance", options["guidance"], 0.0, 1e3)
        timesteps = self.schedule.timesteps(options["steps"],
                                            options["timestep_spacing"])
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
