"""Networks: from tensors to tensors, with no notion of probability.

One file a network. The models of a lesson share their networks, so that they differ by
what their numbers mean and by nothing else.
"""

from course_lib.networks.critics import PairCritic
from course_lib.networks.decoders import ImageAndVectorToImage
from course_lib.networks.encoders import ImageToVector
from course_lib.networks.image_to_image import ContextBlock, ImageToImage

__all__ = ["ContextBlock", "ImageAndVectorToImage", "ImageToImage", "ImageToVector",
           "PairCritic"]
