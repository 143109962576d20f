"""Networks: from tensors to tensors, with no notion of probability.

One file a network. The models of a lesson share their networks, so that they differ by
what their numbers mean and by nothing else.
"""

from course_lib.networks.attention import AttentionToVector
from course_lib.networks.color_map import ColorMap
from course_lib.networks.conditions import (
    ChancesCondition,
    ConcatenatedConditions,
    ImageCondition,
    MapCondition,
    MinimumProjectionCondition,
    ProfileCondition,
    VectorCondition,
)
from course_lib.networks.cost_volume import CostVolume
from course_lib.networks.critics import PairCritic
from course_lib.networks.decoders import Bottleneck, MixedPictures, VectorToImage
from course_lib.networks.dilated import DilatedNetwork
from course_lib.networks.encoders import ImageToVector
from course_lib.networks.generators import DiscreteLatentGenerator, NoiseToImage
from course_lib.networks.image_to_image import ContextBlock, ImageToImage
from course_lib.networks.masked import MaskedConvolution, RowsAbove, causal_mask, gate
from course_lib.networks.modulated import ModulatedImageToImage
from course_lib.networks.patchgan import PatchGAN
from course_lib.networks.pixel_stacks import GatedPixelCNNNetwork, PixelCNNNetwork
from course_lib.networks.standardize import Standardize
from course_lib.networks.text import TextEncoder
from course_lib.networks.unet import TimeFeatures, UNet

__all__ = [
    "AttentionToVector", "Bottleneck", "ChancesCondition", "ColorMap",
    "ConcatenatedConditions", "ContextBlock", "CostVolume", "DilatedNetwork",
    "DiscreteLatentGenerator", "GatedPixelCNNNetwork", "ImageCondition", "ImageToImage",
    "ImageToVector", "MapCondition", "MaskedConvolution", "MinimumProjectionCondition",
    "MixedPictures", "ModulatedImageToImage", "NoiseToImage", "PairCritic", "PatchGAN",
    "PixelCNNNetwork", "ProfileCondition", "RowsAbove", "Standardize", "TextEncoder",
    "TimeFeatures", "UNet", "VectorCondition", "VectorToImage", "causal_mask", "gate",
]
