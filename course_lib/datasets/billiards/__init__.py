"""One ball on a table, and where it may be next. Lesson 05."""

from course_lib.datasets.billiards.world import Billiards

__all__ = ["Billiards"]
