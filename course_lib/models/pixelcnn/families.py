"""One value at a time: PixelCNN, Gated PixelCNN and PixelRNN. Lessons 06 and 07."""

from typing import Any, ClassVar

from course_lib.checks import check_choice
from course_lib.models.pixelcnn.model import PixelModel
from course_lib.networks import (
    DiagonalLSTM,
    GatedPixelCNNNetwork,
    PixelCNNNetwork,
    RowLSTM,
)
from course_lib.networks.pixel_recurrent import RecurrentStack


class PixelCNN(PixelModel):
    """One stack of masked convolutions with ReLU: quick, and with a blind spot.

    options: width, layers, kernel, first_kernel, gated, dropout
    See `PixelModel` for the other arguments and `PixelCNNNetwork` for the options.
    Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
    networks", 2016. Lesson 06.
    """

    def network_for(self, **shape_and_options: Any) -> PixelCNNNetwork:
        return PixelCNNNetwork(**shape_and_options)


class GatedPixelCNN(PixelModel):
    """A vertical and a horizontal stack with gates: sees all that is drawn before.

    options: width, layers, kernel, first_kernel, gated, vertical_residual,
             dropout
    See `PixelModel` for the other arguments and `GatedPixelCNNNetwork` for the options.
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016. Lesson 06.
    """

    def network_for(self, **shape_and_options: Any) -> GatedPixelCNNNetwork:
        return GatedPixelCNNNetwork(**shape_and_options)


class PixelRNN(PixelModel):
    """Layers of LSTMs, from row to row or from diagonal to diagonal.

    kind:    "row" sees a triangle above, "diagonal" all that is drawn before
    options: width, layers, first_kernel, dropout, and of "row" kernel
    See `PixelModel` for the other arguments, `RowLSTM` and `DiagonalLSTM` for the
    options. Each row waits for the one above it: training is slower than a PixelCNN's.
    Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
    networks", 2016. Lesson 06.
    """

    KINDS: ClassVar[dict[str, type[RecurrentStack]]] = {
        "row": RowLSTM, "diagonal": DiagonalLSTM}

    def network_for(self, kind: str = "row", **shape_and_options: Any
                    ) -> RecurrentStack:
        return self.KINDS[check_choice("kind", kind, self.KINDS)](**shape_and_options)
