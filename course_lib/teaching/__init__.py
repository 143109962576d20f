"""What only lessons use: exercises, figures, claims and widgets.

    from course_lib.teaching import claim, exercises, figures, widgets
"""

from course_lib.teaching.claims import claim

__all__ = ["claim"]
