"""Networks: from tensors to tensors, with no notion of probability.

One file a network. The models of a lesson share their networks, so that they differ by
what their numbers mean and by nothing else.
"""

from course_lib.networks.attention import AttentionToVector
from course_lib.networks.critics import PairCritic
from course_lib.networks.decoders import ImageAndVectorToImage, MixedPictures
from course_lib.networks.encoders import ImageToVector
from course_lib.networks.generators import NoiseToImage
from course_lib.networks.image_to_image import ContextBlock, ImageToImage
from course_lib.networks.modulated import ModulatedImageToImage

__all__ = ["AttentionToVector", "ContextBlock", "ImageAndVectorToImage",
           "ImageToImage", "ImageToVector", "MixedPictures", "ModulatedImageToImage",
           "NoiseToImage", "PairCritic"]
