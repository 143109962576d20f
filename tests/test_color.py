"""Facts about colors: screens can show the dyes, and everybody can tell them apart."""

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from course_lib.color import image_to_rgb, lab_to_rgb, rgb_to_lab
from course_lib.datasets import TShirts
from course_lib.datasets.tshirts import DARKEST, LIGHTEST, PINK

# Linear RGB as a dichromat sees it, severity 1.0. Source: A physiologically-based model
# for simulation of color vision deficiency (Machado, Oliveira and Fernandes, 2009).
SEEN = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]]}
LIGHTNESS = np.linspace(100 * DARKEST, 100 * LIGHTEST, 61)
DYES = {"teal": -1, "pink": 1}


def dyed(lightness, dye: str) -> np.ndarray:
    """Return Lab (..., 3) of cloth of that lightness in that dye."""
    lightness = np.asarray(lightness, dtype=float)
    a, b = (DYES[dye] * 40 * value * np.ones_like(lightness) for value in PINK)
    return np.stack([lightness, a, b], axis=-1)


def simulated(lab: np.ndarray, matrix) -> np.ndarray:
    """Return what a dichromat sees of Lab colors, in Lab."""
    rgb = lab2rgb(lab)
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    linear = (linear @ np.array(matrix).T).clip(0, 1)
    return rgb2lab(np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055,
                            12.92 * linear))


def in_gamut(lab):
    """Whether sRGB holds each color of (..., 3): one outside is clipped on its way
    there, and so does not come back."""
    return np.abs(rgb_to_lab(lab_to_rgb(lab)) - lab).max(axis=-1) <= 0.5


@pytest.mark.parametrize("dye", DYES)
def test_both_dyes_lie_inside_srgb_over_the_whole_lightness_of_cloth(dye):
    lab = dyed(LIGHTNESS, dye)
    assert in_gamut(lab).all()
    np.testing.assert_allclose(rgb2lab(lab2rgb(lab)), lab, atol=0.1)


def test_the_lightness_of_cloth_spans_at_least_25():
    assert LIGHTNESS[-1] - LIGHTNESS[0] >= 25


def test_the_dyes_are_opposite_and_equally_light():
    world = TShirts(size=16)
    x = world.lightness("test")[:3]
    teal, pink = world.modes(x).unbind(1)
    torch.testing.assert_close(teal, -pink)
    both = [rgb_to_lab(world.rgb(x, dye))[..., 0] for dye in (teal, pink)]
    np.testing.assert_allclose(both[0], both[1], atol=0.1)


@pytest.mark.parametrize("deficiency", SEEN)
def test_the_dyes_stay_apart_for_the_color_blind(deficiency):
    teal, pink = (simulated(dyed(LIGHTNESS, dye), SEEN[deficiency]) for dye in DYES)
    distance = np.linalg.norm(teal - pink, axis=-1)
    assert distance.min() >= 15


def test_a_pair_along_red_and_green_would_be_confused():
    lab = np.array([[65.0, 36, 0], [65.0, -36, 0]])
    pink, green = simulated(lab, SEEN["deuteranopia"])
    assert np.linalg.norm(pink - green) < 15


def test_lab_to_rgb_and_back_is_where_it_began():
    lab = dyed(LIGHTNESS, "pink")
    np.testing.assert_allclose(rgb_to_lab(lab_to_rgb(lab)), lab, atol=0.1)


def test_white_black_and_red_are_what_the_standard_says():
    lab = np.array([[100.0, 0, 0], [0.0, 0, 0], [53.24, 80.09, 67.20]])
    np.testing.assert_allclose(lab_to_rgb(lab), [[1, 1, 1], [0, 0, 0], [1, 0, 0]],
                               atol=0.005)


def test_a_color_that_no_screen_shows_is_clipped_and_said_to_be_outside():
    loud = np.array([60.0, -120, 90])
    rgb = lab_to_rgb(loud)
    assert rgb.min() == 0 and rgb.max() <= 1
    assert not in_gamut(loud)


def test_a_picture_is_100_x_and_40_y_in_lab():
    x, y = torch.full((2, 1, 4, 5), 0.65), torch.zeros(2, 2, 4, 5)
    y[:, 0], y[:, 1] = 0.5, -0.25
    picture = image_to_rgb(x, y)
    assert picture.shape == (2, 4, 5, 3)
    np.testing.assert_allclose(picture[1, 2, 3], lab2rgb([65.0, 20, -10]), atol=1e-5)


def test_many_answers_to_one_photo_share_its_lightness():
    world = TShirts(size=16)
    x, _ = world.batch(2, seed=0)
    pictures = world.rgb(x, world.truth.sample(given=x, n=3, seed=0))
    assert pictures.shape == (3, 2, 16, 16, 3)
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_chroma_a_alone_is_shown_in_the_two_dyes():
    both, alone = TShirts(size=16), TShirts(size=16, channels="a")
    x = both.lightness("test")[:2]
    for k in range(2):
        np.testing.assert_allclose(alone.rgb(x, alone.modes(x)[:, k]),
                                   both.rgb(x, both.modes(x)[:, k]), atol=1e-6)


@pytest.mark.parametrize("x, y, words", [
    (None, torch.zeros(1, 2, 16, 16), r"x is None; give a float tensor"),
    (torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16), r"y is .*\(..., 2, 16, 16"),
    (torch.zeros(1, 2, 16, 16), torch.zeros(1, 2, 16, 16), r"x is .*\(..., 1, 16, 16"),
    (torch.zeros(1, 1, 16, 16), torch.zeros(1, 2, 16, 16) / 0, "y holds .* NaN"),
])
def test_what_is_no_picture_is_answered_by_a_sentence(x, y, words):
    with pytest.raises((TypeError, ValueError), match=words):
        TShirts(size=16).rgb(x, y)
