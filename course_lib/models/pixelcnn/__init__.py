"""One value at a time: PixelCNN, Gated PixelCNN and PixelRNN. Lessons 06 and 07."""

from course_lib.models.pixelcnn.autoencoder import PixelCNNAutoencoder
from course_lib.models.pixelcnn.families import GatedPixelCNN, PixelCNN, PixelRNN
from course_lib.models.pixelcnn.model import PixelModel

__all__ = ["GatedPixelCNN", "PixelCNN", "PixelCNNAutoencoder", "PixelModel", "PixelRNN"]
