"""Facts about spectra and repetition: what blur, noise and tiles do to them."""

import math

import pytest
import torch
from torch.nn import functional

from course_lib.scoring.textures import radial_power, spectral_distance

torch.manual_seed(0)
NOISE = torch.randn(512, 3, 32, 32)
OTHER = torch.randn(512, 3, 32, 32)


def test_white_noise_has_the_same_power_at_every_frequency():
    spectrum = radial_power(NOISE).mean(0).log()
    assert (spectrum - spectrum.mean()).abs().max() < 0.1


def test_a_wave_shows_at_its_own_frequency():
    wave = torch.sin(2 * math.pi * 5 * torch.arange(32) / 32).expand(8, 1, 32, 32)
    assert (radial_power(wave).argmax(1) == 5 - 1).all()


def test_twice_the_contrast_is_a_distance_of_log_four():
    found = spectral_distance(2 * NOISE, NOISE)
    assert found.value == pytest.approx(math.log(4), abs=1e-4)


def test_two_sets_of_the_same_kind_are_apart_by_chance_alone():
    found = spectral_distance(NOISE, OTHER)
    assert found.value < 0.06 and found.error < 0.03


def test_blur_takes_away_what_is_fine():
    blurred = functional.avg_pool2d(NOISE, 3, stride=1, padding=1)
    kept = radial_power(blurred).mean(0) / radial_power(NOISE).mean(0)
    assert kept[0].log() > kept[8].log() + 1


@pytest.mark.parametrize("pictures", [torch.zeros(3, 32, 32), torch.zeros(2, 3, 32, 32),
                                      torch.zeros(9, 3, 32, 16)])
def test_what_has_no_spectrum_is_refused(pictures):
    with pytest.raises(ValueError, match="square ones"):
        radial_power(pictures)
