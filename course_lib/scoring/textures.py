"""Is a texture true? A blurred picture has too little of what is fine. Lesson 09.

It is seen in averages over many pictures, and no picture must equal any other.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks import describe
from course_lib.scoring.estimate import Estimate

PARTS = 8                          # that pictures are split into for an error


def radial_power(pictures: Tensor) -> Tensor:
    """Return each picture's mean power on rings of frequency, (n, size / 2).

    pictures: (n, channels, size, size), whose channels are averaged
    Entry i is of waves that fit i + 1 times into the side, in whatever direction; a
    Hann window keeps the picture's edges from looking like fine detail.
    """
    grey = as_grey(pictures)
    size = grey.shape[-1]
    window = torch.hann_window(size, periodic=False, dtype=grey.dtype)
    power = torch.fft.fft2(grey * window[:, None] * window).abs().square()
    frequency = torch.fft.fftfreq(size) * size
    ring = torch.hypot(frequency[:, None], frequency).round().long()
    return torch.stack([power[:, ring == i].mean(1)
                        for i in range(1, size // 2 + 1)], 1)


def spectral_distance(pictures: Tensor, real: Tensor) -> Estimate:
    """Return the root mean square over frequencies of the difference of log spectra.

    0.7 is a factor of two in power everywhere. Its error is found by leaving out each
    eighth of the pictures in turn (the jackknife)."""
    def distance(ours: Tensor, theirs: Tensor) -> float:
        return (ours.mean(0).log() - theirs.mean(0).log()).square().mean().sqrt().item()

    return jackknife(distance, radial_power(pictures), radial_power(real))


def jackknife(statistic: Callable[[Tensor, Tensor], float], ours: Tensor,
              theirs: Tensor) -> Estimate:
    """Return a statistic of two sets of rows, with the error that another eighth of
    each would make. Source: B. Efron, Bootstrap methods, 1979."""
    value = statistic(ours, theirs)
    part = [torch.arange(len(some)) % PARTS for some in (ours, theirs)]
    without = torch.tensor([statistic(ours[part[0] != k], theirs[part[1] != k])
                            for k in range(PARTS)], dtype=torch.float64)
    return Estimate(value, ((PARTS - 1) * without.var(correction=0)).sqrt().item())


def as_grey(pictures: Tensor) -> Tensor:
    """Return pictures without color and without their mean, (n, size, size)."""
    if not isinstance(pictures, Tensor) or pictures.ndim != 4 or (
            pictures.shape[-1] != pictures.shape[-2] or len(pictures) < PARTS):
        raise ValueError(f"pictures is {describe(pictures)}; give at least {PARTS} "
                         f"square ones, (n, channels, size, size).")
    grey = pictures.detach().cpu().float().mean(1)
    return grey - grey.mean((-2, -1), keepdim=True)
