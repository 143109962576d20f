"""The conditional variational autoencoder, its priors and posteriors. Lesson 05."""

from course_lib.models.cvae.model import ConditionalVAE
from course_lib.models.cvae.resampled_prior import PriorFit, ResampledPrior

__all__ = ["ConditionalVAE", "PriorFit", "ResampledPrior"]
