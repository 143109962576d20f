"""Conversion between CIE Lab, in which the worlds live, and sRGB, in which we look.

The conversion is scikit-image's (illuminant D65, 2 degree observer). A world keeps
x = L / 100 and y = ab / 40, so that both are numbers of order one.
"""

import warnings

import numpy as np
from torch import Tensor

LIGHTNESS_SCALE = 100.0
CHROMA_SCALE = 40.0


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Return sRGB in [0, 1], (..., 3), of CIE Lab (..., 3); what no screen can show
    is clipped."""
    from skimage.color import lab2rgb

    with warnings.catch_warnings():                    # clipping is what we ask for
        warnings.filterwarnings("ignore", message=".*negative Z values.*")
        return lab2rgb(np.asarray(lab, dtype=np.float64)).clip(0, 1)


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIE Lab (..., 3) of sRGB in [0, 1] or in 8 bits, (..., 3)."""
    from skimage.color import rgb2lab

    return rgb2lab(rgb)


def image_to_rgb(x: Tensor, y: Tensor) -> np.ndarray:
    """Return sRGB images (..., height, width, 3) in [0, 1].

    x: lightness L / 100, (..., 1, height, width)
    y: chroma ab / 40, (..., 2, height, width); leading dimensions broadcast
    """
    x, y = x.detach().cpu().double().numpy(), y.detach().cpu().double().numpy()
    lightness, chroma = LIGHTNESS_SCALE * x, CHROMA_SCALE * y
    leading = np.broadcast_shapes(lightness.shape[:-3], chroma.shape[:-3])
    lightness = np.broadcast_to(lightness, leading + lightness.shape[-3:])
    chroma = np.broadcast_to(chroma, leading + chroma.shape[-3:])
    lab = np.concatenate([lightness, chroma], axis=-3)
    return lab_to_rgb(np.moveaxis(lab, -3, -1))


def clipped(y: Tensor) -> np.ndarray:
    """Return pictures (..., h, w, channels) in [0, 1] of tensors (..., channels, h, w)
    that are sRGB already: here, and only to be looked at, they are clipped."""
    return y.detach().cpu().float().clamp(0, 1).movedim(-3, -1).numpy()
