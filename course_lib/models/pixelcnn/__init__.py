"""One value at a time: PixelCNN and Gated PixelCNN. Lessons 06 and 07."""

from course_lib.models.pixelcnn.autoencoder import PixelCNNAutoencoder
from course_lib.models.pixelcnn.families import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.model import PixelModel

__all__ = ["GatedPixelCNN", "PixelCNN", "PixelCNNAutoencoder", "PixelModel"]
