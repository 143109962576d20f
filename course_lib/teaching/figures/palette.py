"""A picture in 256 colors, which a PNG stores in a third of the bytes."""

import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter
from scipy.spatial import KDTree

COLORS = 256                       # all that a palette holds
AREA, EVEN = 7, 12                 # pixels on a side; of 255 levels within them
EVEN_PART = 4                      # of the colors, one in so many is for even areas


def in_few_colors(image: Image.Image) -> Image.Image:
    """Return an RGB image with a palette of 256 colors.

    Greys come first: every second level has a color of its own, so that none moves by
    more than one level, and the folds of a grey shirt get no contours. Even areas are
    next, since a step is seen there; noise, which hides it, shares what is left.
    """
    pixels = np.asarray(image)
    grey = np.ptp(pixels, axis=-1) == 0
    even = ~grey & is_even(pixels)
    levels = np.unique(pixels[grey][:, 0] | 1)
    greys = np.repeat(levels[:, None], 3, axis=1)
    left = COLORS - len(greys)
    smooth = few_of(pixels[even], left // EVEN_PART)
    rough = few_of(pixels[~grey & ~even], left - len(smooth))
    palette = np.concatenate([greys, smooth, rough])
    codes = pixels @ np.array([1 << 16, 1 << 8, 1])
    found, where = np.unique(codes, return_inverse=True)
    colors = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=-1)
    nearest = KDTree(palette).query(colors)[1].astype(np.uint8)
    small = Image.fromarray(nearest[where].reshape(codes.shape))
    small.putpalette(palette.flatten().tolist())
    return small


def is_even(pixels: np.ndarray) -> np.ndarray:
    """Return where an area of a few pixels around has nearly the same color."""
    size = (AREA, AREA, 1)
    high, low = maximum_filter(pixels, size), minimum_filter(pixels, size)
    return (high - low).max(-1) <= EVEN


def few_of(pixels: np.ndarray, colors: int) -> np.ndarray:
    """Return at most so many colors that stand for (n, 3) pixels."""
    if not len(pixels):
        return pixels
    few = Image.fromarray(pixels[None]).quantize(
        colors, Image.Quantize.MAXCOVERAGE, kmeans=1)
    return np.unique(np.reshape(few.getpalette(), (-1, 3))[:colors], axis=0)
