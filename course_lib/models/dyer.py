"""The chroma that a translator from grey photos to dyed shirts answers. Lesson 11."""

from torch import Tensor

from course_lib.checks import describe
from course_lib.contract import ConditionalModel, Given
from course_lib.models.cyclegan import CycleGAN


class Dyer(ConditionalModel):
    """A `CycleGAN` of `GreyAndDyed`, as a model of the shirts it has never seen paired.

    translator: one from (batch, 1, h, w) of lightness to (batch, 3, h, w) of lightness
                and chroma; what it does to the lightness is not asked for
    A sample is (2, h, w), chroma ab / 40: one answer for each photo. Lesson 11.
    """

    def __init__(self, translator: CycleGAN):
        super().__init__()
        if not isinstance(translator, CycleGAN):
            raise TypeError(f"translator is {describe(translator)}; give a CycleGAN of "
                            f"GreyAndDyed().")
        self.translator = translator
        self.given_shape = translator.given_shape
        self.y_shape = (2, *translator.y_shape[1:])

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.translator.draw(given, n, batch)[..., 1:, :, :]
