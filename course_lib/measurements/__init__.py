"""What is measured of each model against the truth, for the table of the README.

Every function here takes a trained model and its world, and returns {figure: value}.
"""

from course_lib.measurements.diffusion import DIFFUSION
from course_lib.measurements.dyers import DYERS
from course_lib.measurements.pixels import PIXELS
from course_lib.measurements.structured import STRUCTURED
from course_lib.measurements.translation import TRANSLATION
from course_lib.measurements.whole import SHIRTS, WHOLE

MEASURES = WHOLE | PIXELS | DIFFUSION | TRANSLATION | DYERS | STRUCTURED

__all__ = ["MEASURES", "SHIRTS"]
