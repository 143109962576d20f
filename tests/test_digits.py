"""Digits: real, at hand, 17 levels, split with the classes in proportion."""

import pytest
import torch
from sklearn.datasets import load_digits

from course_lib.datasets.digits import Digits


@pytest.fixture(scope="module")
def digits():
    return Digits()


def test_train_and_test_are_all_1797_digits_each_once(digits):
    ours = torch.cat([digits.images("train"), digits.images("test")]).flatten(1) * 16
    theirs = torch.as_tensor(load_digits().data)
    assert len(digits.images("train")) == 1437 and len(digits.images("test")) == 360
    assert sorted(ours.int().tolist()) == sorted(theirs.int().tolist())


def test_every_pixel_is_one_of_17_levels(digits):
    levels = torch.cat([digits.images("train"), digits.images("test")]) * 16
    assert levels.unique().tolist() == list(range(17)) and digits.levels == 17


def test_images_come_back_from_the_bins_of_the_codebook(digits):
    images, codebook = digits.images("test"), digits.codebook
    assert torch.equal(codebook.encode(images), (images[:, 0] * 16).long())
    assert torch.equal(codebook.decode(codebook.encode(images)), images)


def test_every_class_is_as_frequent_in_test_as_in_train(digits):
    train, test = (digits.labels(split).bincount() for split in ("train", "test"))
    assert (test - (train + test) * 360 / 1797).abs().max() < 1


def test_no_image_is_on_both_sides_of_the_split(digits):
    train = set(map(tuple, digits.images("train").flatten(1).tolist()))
    test = set(map(tuple, digits.images("test").flatten(1).tolist()))
    assert not train & test


def test_a_batch_shows_the_digit_that_its_one_hot_vector_names(digits):
    x, y = digits.batch(64, "test", seed=1)
    assert x.shape == (64, 10) and y.shape == (64, 1, 8, 8)
    by_image = {tuple(image.flatten().tolist()): int(label)
                for image, label in zip(digits.images("test"), digits.labels("test"),
                                        strict=True)}
    assert [by_image[tuple(i.flatten().tolist())] for i in y] == x.argmax(1).tolist()


def test_the_same_seed_gives_the_same_batch_and_leaves_the_random_state(digits):
    before = torch.get_rng_state()
    assert torch.equal(digits.batch(32, seed=7)[1], digits.batch(32, seed=7)[1])
    assert not torch.equal(digits.batch(32, seed=7)[1], digits.batch(32, seed=8)[1])
    assert torch.equal(before, torch.get_rng_state())


def test_without_a_seed_batches_follow_the_global_random_state(digits):
    torch.manual_seed(0)
    first, second = digits.batch(16)[1], digits.batch(16)[1]
    torch.manual_seed(0)
    assert torch.equal(first, digits.batch(16)[1]) and not torch.equal(first, second)


def test_the_held_out_pairs_are_the_first_of_the_test_split(digits):
    x, y = digits.held_out(10)
    assert torch.equal(y, digits.images("test")[:10])
    assert torch.equal(x.argmax(1), digits.labels("test")[:10])


def test_the_seed_of_the_world_is_that_of_the_split(digits):
    assert torch.equal(digits.images("test"), Digits(seed=0).images("test"))
    assert not torch.equal(digits.images("test"), Digits(seed=1).images("test"))


def test_pictures_are_grey_and_keep_every_leading_dimension(digits):
    x, y = digits.batch(3, seed=0)
    samples = torch.stack([y, 1 - y])
    picture = digits.rgb(x, samples)
    assert picture.shape == (2, 3, 8, 8, 3)
    assert (picture == samples.movedim(-3, -1).numpy()).all()


@pytest.mark.parametrize("arguments, words", [
    ((0,), "n is 0; give a whole number of at least 1"), ((2.0,), "n is 2.0"),
    ((4, "valid"), "split is 'valid'"), ((4, "test", -1), "seed is -1")])
def test_a_bad_batch_is_a_sentence(digits, arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        digits.batch(*arguments)


@pytest.mark.parametrize("options, words", [
    ({"seed": 2**32}, "seed is 4294967296"), ({"seed": "a"}, "seed is 'a'")])
def test_a_bad_world_is_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Digits(**options)
