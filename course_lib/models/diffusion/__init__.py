"""Denoise to draw: diffusion, its noise schedule and its samplers. Lesson 08."""

from course_lib.models.diffusion.denoiser import Denoiser, ExactDenoiser
from course_lib.models.diffusion.model import Diffusion
from course_lib.models.diffusion.noise_schedule import NoiseSchedule

__all__ = ["Denoiser", "Diffusion", "ExactDenoiser", "NoiseSchedule"]
