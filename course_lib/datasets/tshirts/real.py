"""The photographed t-shirts of Fashion-MNIST, cut out from their black background."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from course_lib.datasets import fashion_mnist

BLACK = 20                  # of 255: what is darker is background, unless enclosed
BORDER = 2                  # 28 pixels and a border on both sides make 32


def cloth_and_light(split: str, size: int) -> tuple[Tensor, Tensor]:
    """Return where there is cloth, bool, and its light in [0, 1], each of shape
    (6000 for "train" or 1000 for "test", size, size).

    Cloth is what is brighter than black, with gaps closed and holes filled, so that
    a black print belongs to its shirt. Raises `DataUnavailable` without the data.
    """
    from scipy import ndimage

    photographs = functional.pad(fashion_mnist.t_shirts(split), (BORDER,) * 4)
    cloth = np.stack([ndimage.binary_fill_holes(ndimage.binary_closing(photo > BLACK))
                      for photo in photographs.numpy()])
    cloth = torch.from_numpy(cloth)
    light = photographs.float() / 255
    if size == cloth.shape[-1]:
        return cloth, light
    share, weighted = resize(cloth.float(), size), resize(light * cloth, size)
    return share >= 0.5, (weighted / share.clamp(min=1e-6)).clamp(0, 1)


def resize(images: Tensor, size: int) -> Tensor:
    """Return images (n, h, w) at another size: averaged when smaller, smoothly
    interpolated when larger."""
    mode = "area" if size < images.shape[-1] else "bilinear"
    return functional.interpolate(images[:, None], (size, size), mode=mode)[:, 0]
