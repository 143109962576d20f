"""Label maps of houses and their drawn pictures. Lesson 09."""

from course_lib.datasets.facades.world import Facades, FacadeTask, Segmentation

__all__ = ["FacadeTask", "Facades", "Segmentation"]
