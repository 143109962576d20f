"""The conditional variational autoencoder, its priors and posteriors. Lesson 05."""

from course_lib.models.cvae.model import ConditionalVAE

__all__ = ["ConditionalVAE"]
