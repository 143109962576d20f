"""One value at a time: PixelCNN and Gated PixelCNN. Lessons 06 and 07."""

from course_lib.models.pixelcnn.model import PixelModel
from course_lib.networks import GatedPixelCNNNetwork, PixelCNNNetwork


class PixelCNN(PixelModel):
    """One stack of masked convolutions with ReLU: quick, and with a blind spot.

    options: width, layers, kernel, first_kernel, gated, dropout
    See `PixelModel` for the other arguments and `PixelCNNNetwork` for the options.
    Aaron van den Oord, Nal Kalchbrenner and Koray Kavukcuoglu, "Pixel recurrent neural
    networks", 2016. Lesson 06.
    """

    network_class = PixelCNNNetwork


class GatedPixelCNN(PixelModel):
    """A vertical and a horizontal stack with gates: sees all that is drawn before.

    options: width, layers, kernel, first_kernel, gated, vertical_residual,
             dropout
    See `PixelModel` for the other arguments and `GatedPixelCNNNetwork` for the options.
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016. Lesson 06.
    """

    network_class = GatedPixelCNNNetwork
