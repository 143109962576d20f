"""Photo patches: real colors, held out by photograph."""

import numpy as np
import pytest
import skimage.data
import torch
from skimage.color import rgb2lab
from sklearn.datasets import load_sample_image

from course_lib.datasets import photos
from course_lib.datasets.files import DataUnavailable
from course_lib.datasets.photos import PHOTOGRAPHS, Photos


@pytest.fixture(scope="module")
def world():
    return Photos(size=16)


def is_inside(patch, image):
    """Whether `patch`, (3, s, s), or its mirror image lies somewhere in `image`."""
    windows = image.unfold(1, patch.shape[1], 1).unfold(2, patch.shape[2], 1)
    for candidate in (patch, patch.flip(-1)):
        corner = (windows[:, :, :, 0, 0] == candidate[:, None, None, 0, 0]).all(0)
        if (windows[:, corner] == candidate[:, None]).all((0, 2, 3)).any():
            return True
    return False


def names_of(patches, split):
    """The photographs of `split` that each patch is cut from."""
    images = {name: photos.scaled_lab(name) for name in PHOTOGRAPHS[split]}
    return [{name for name in images if is_inside(p, images[name])} for p in patches]


def test_no_photograph_is_in_both_splits():
    assert not set(PHOTOGRAPHS["train"]) & set(PHOTOGRAPHS["test"])


@pytest.mark.parametrize("split, other", [("train", "test"), ("test", "train")])
def test_every_patch_is_cut_from_a_photograph_of_its_own_split(world, split, other):
    patches = torch.cat(world.batch(24, split, seed=0), dim=1)
    found = names_of(patches, split)
    assert all(found) and set().union(*found) == set(PHOTOGRAPHS[split])
    assert not any(names_of(patches, other))


def test_half_of_the_patches_are_mirrored(world):
    mirrored = torch.cat([world._draws[split][:, 3] < 0.5 for split in PHOTOGRAPHS])
    assert mirrored.float().mean().item() == pytest.approx(0.5, abs=0.02)
    row = world._patch("test", 0.0, 0.3, 0.6, 0.9)
    assert torch.equal(world._patch("test", 0.0, 0.3, 0.6, 0.1), row.flip(-1))


def test_patches_reach_every_edge_of_a_photograph(world):
    image = photos.scaled_lab(PHOTOGRAPHS["test"][0])
    almost_one = 1 - 2**-24
    assert torch.equal(world._patch("test", 0, 0, 0, 1), image[:, :16, :16])
    assert torch.equal(world._patch("test", 0, almost_one, almost_one, 1),
                       image[:, -16:, -16:])


def test_x_and_y_are_the_lab_of_the_halved_photograph(world):
    x, y = world.photograph("coffee")
    full = skimage.data.coffee().astype(float) / 255
    halved = full.reshape(200, 2, 300, 2, 3).mean((1, 3))
    lab = rgb2lab(halved)[:, 2:-2]
    assert np.allclose(100 * x[0, 0].numpy(), lab[..., 0], atol=1e-3)
    assert np.allclose(40 * y[0].numpy(), lab[..., 1:].transpose(2, 0, 1), atol=1e-3)


@pytest.mark.parametrize("name", sum(PHOTOGRAPHS.values(), ()))
def test_the_colors_of_a_photograph_come_back(world, name):
    x, y = world.photograph(name)
    height, width = x.shape[-2:]
    whole = photos.read_photograph(name)
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    part = whole[top:top + height, left:left + width]
    assert height % 8 == 0 and width % 8 == 0 and min(height, width) >= 128
    assert np.abs(world.rgb(x, y)[0] - part).max() < 1e-3


def test_lightness_lies_in_0_to_1_and_chroma_has_both_signs(world):
    x, y = world.batch(256, seed=0)
    assert x.shape == (256, 1, 16, 16) and y.shape == (256, 2, 16, 16)
    assert 0 <= x.min() < 0.1 and 0.9 < x.max() <= 1
    assert -2.5 < y.min() < -0.3 and 1 < y.max() < 2.5


def test_photographs_are_the_libraries_own():
    assert np.array_equal(photos.original("flower"), load_sample_image("flower.jpg"))
    assert np.array_equal(photos.original("rocket"), skimage.data.rocket())


def test_a_seed_repeats_a_batch_and_a_number_always_means_the_same_patch(world):
    first, second = world.batch(8, "test", seed=4), Photos(16).batch(8, "test", seed=4)
    assert all(map(torch.equal, first, second))
    assert not torch.equal(first[0], world.batch(8, "test", seed=5)[0])
    x, _ = world.at(torch.tensor([7, 2, 7]), "test")
    assert torch.equal(x[0], x[2]) and not torch.equal(x[0], x[1])


def test_the_seed_of_the_world_chooses_other_patches(world):
    assert not torch.equal(world.held_out(4)[0], Photos(16, seed=1).held_out(4)[0])


def test_writing_into_a_batch_does_not_change_the_photographs(world):
    index = torch.tensor([0])
    before = world.at(index)[0].clone()
    world.at(index)[0].zero_()
    world.photograph("china")[0].zero_()
    assert torch.equal(world.at(index)[0], before)
    assert world.photograph("china")[0].mean() > 0.3


@pytest.mark.parametrize("size", [16, 33, 128])
def test_any_size_from_16_to_128_fits_every_photograph(size):
    for split in PHOTOGRAPHS:
        x, y = Photos(size).batch(12, split, seed=0)
        assert x.shape == (12, 1, size, size) and y.shape == (12, 2, size, size)


def test_a_photograph_that_its_library_lost_is_a_sentence(monkeypatch):
    def lost():
        raise FileNotFoundError("no such file")

    monkeypatch.setattr(skimage.data, "chelsea", lost)
    with pytest.raises(DataUnavailable, match="install scikit-image anew"):
        photos.original("chelsea")


@pytest.mark.parametrize("size", [7, 15, 129, "big", 32.0])
def test_another_size_is_a_sentence(size):
    with pytest.raises((TypeError, ValueError), match=r"size is .* from 16 to 128"):
        Photos(size)


@pytest.mark.parametrize("arguments, words", [
    ((0,), "n is 0"), ((4, "both"), "split is 'both'"),
    ((4, "test", 1.5), "seed is 1.5")])
def test_a_bad_batch_is_a_sentence(world, arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        world.batch(*arguments)


def test_an_unknown_photograph_is_a_sentence(world):
    with pytest.raises(ValueError, match="name is 'lenna'; choose one of 'astronaut'"):
        world.photograph("lenna")
