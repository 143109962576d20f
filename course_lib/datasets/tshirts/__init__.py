"""The world of shirts, drawn or real, and the truth about their dye. Lesson 00."""

from course_lib.datasets.tshirts.world import (
    DARKEST,
    LIGHTEST,
    NOISE,
    PINK,
    STANDARD,
    TShirts,
)

__all__ = ["DARKEST", "LIGHTEST", "NOISE", "PINK", "STANDARD", "TShirts"]
