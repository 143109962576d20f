"""Facts about adapted worlds: the same images, another task; and `fit` takes them."""

import pytest
import torch
from torch import nn

from course_lib.contract import LikelihoodModel
from course_lib.datasets import BlindSpot, Digits, Photos, Spots, TShirts
from course_lib.datasets.adapted import (
    Embedded,
    Named,
    Prefixed,
    Reconstructed,
    Unconditional,
)
from course_lib.datasets.base import SPLITS
from course_lib.datasets.indexed import ClassImages
from course_lib.training import fit
from tests.toys import same

digits = Digits()
quiet = {"progress": False, "device": "cpu"}


def mean_and_std(y):
    return torch.stack([y.mean((1, 2, 3)), y.std((1, 2, 3))], 1)


class Pixels(LikelihoodModel):
    """Independent binary pixels, each with a chance of its own; given is ignored."""

    def __init__(self, y_shape):
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(y_shape))

    def log_prob(self, y, *, given=None):
        coin = torch.distributions.Bernoulli(logits=self.logits, validate_args=False)
        return coin.log_prob(y).flatten(1).sum(1)


@pytest.mark.parametrize("make", [
    Unconditional, Reconstructed, lambda world: Prefixed(world, 3),
    lambda world: Embedded(world, mean_and_std), Named])
def test_the_images_are_those_of_the_world_in_its_order(make):
    world = make(digits)
    for ours, theirs in ((world.batch(9, "test", seed=4), digits.batch(9, "test",
                                                                        seed=4)),
                         (world.held_out(9), digits.held_out(9)),
                         (world.at(torch.arange(5, 9)), digits.at(torch.arange(5, 9)))):
        x, y = ours
        whole = world.whole(x, y) if isinstance(world, Prefixed) else y
        assert torch.equal(whole, theirs[1])
        assert world.rgb(x, y).shape == (len(y), 8, 8, 3)
    assert world.count("test") == 360 and world.levels == 17
    assert torch.equal(world.labels("test"), digits.labels("test"))
    assert world.class_names == digits.class_names


def test_each_gives_what_it_says():
    _, image = digits.batch(6, seed=0)
    assert Unconditional(digits).batch(6, seed=0)[0] is None
    assert torch.equal(Reconstructed(digits).batch(6, seed=0)[0], image)
    x, y = Prefixed(digits, 3).batch(6, seed=0)
    assert list(x) == ["prefix"] and torch.equal(x["prefix"], image[:, :, :3])
    assert torch.equal(y, image[:, :, 3:]) and Prefixed(digits, 3).y_shape == (1, 5, 8)
    embedded = Embedded(digits, mean_and_std)
    assert torch.equal(embedded.batch(6, seed=0)[0], mean_and_std(image))
    assert embedded.given_shape == (2,)


def test_no_gradient_goes_through_an_embedding_and_its_dropout_is_off():
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3), nn.Dropout(0.5))
    world = Embedded(digits, network)
    x, _ = world.batch(4, seed=0)
    assert not x.requires_grad and torch.equal(x, world.batch(4, seed=0)[0])


def test_whole_images_are_joined_below_one_prefix_for_every_sample():
    world = Prefixed(digits, 5)
    x, y = world.held_out(4)
    samples = torch.stack([y, 1 - y, y / 2])
    whole = world.whole(x, samples)
    assert whole.shape == (3, 4, 1, 8, 8) and torch.equal(whole[1, :, :, 5:], 1 - y)
    assert (whole[:, :, :, :5] == x["prefix"]).all()


@pytest.mark.parametrize("world", [
    BlindSpot((3, 4)), Unconditional(Spots(4, 2)), Prefixed(Spots(4, 2), 2),
    Prefixed(BlindSpot(4), 0),
    Reconstructed(BlindSpot((3, 4)))], ids=repr)
def test_a_run_on_any_of_them_continues_bit_for_bit(world, tmp_path):
    path = tmp_path / "run.safetensors"
    whole, parts = Pixels(world.y_shape), Pixels(world.y_shape)
    fit(whole, world, 20, **quiet)
    fit(parts, world, 10, checkpoint=path, **quiet)
    fit(parts, world, 20, checkpoint=path, resume=True, **quiet)
    assert same(whole, parts) and whole.logits.abs().max() > 0


def test_fit_learns_the_pixels_of_a_world_without_x():
    world = Unconditional(Spots(4, 2, bright=0.9, dark=0.1))
    model = Pixels(world.y_shape)
    fit(model, world, 300, lr=0.05, **quiet)
    wanted = torch.full((1, 4, 4), (0.9 + 3 * 0.1) / 4)      # a mixture of places
    torch.testing.assert_close(model.logits.sigmoid(), wanted, rtol=0, atol=0.05)


def test_a_caption_is_the_name_of_the_image_s_class():
    world = Named(digits)
    given, _ = world.at(torch.arange(360), "test")
    names = [str(name).lower() for name in digits.class_names]
    said = world.sentences(given["caption"])
    assert said == [names[label] for label in digits.labels("test").tolist()]
    assert torch.equal(given["caption"], world.tokens(said))


def test_names_of_two_words_are_captions_of_two_and_share_words_with_others():
    boots = ClassImages(
        ("Boot", "ankle boot", *map(str, range(2, 10))),
        {split: (16 * digits.images(split)[:, 0]).byte() for split in SPLITS},
        {split: digits.labels(split) for split in SPLITS}, levels=17, size=8)
    world = Named(boots)
    boot, ankle_boot = world.tokens(["boot", "ankle boot"]).tolist()
    assert boot[1] == 0 and ankle_boot[1] == boot[0] and len(world.words) == 10
    given, _ = world.at(torch.arange(360), "test")
    assert ((given["caption"][:, 1] > 0) == (digits.labels("test") == 1)).all()


@pytest.mark.parametrize(("call", "words"), [
    (lambda: Named(BlindSpot()), "give a world of classes"),
    (lambda: Named(digits).tokens("eleven"), "'eleven'.*not known"),
    (lambda: Unconditional(torch.zeros(3)), "give a world of images"),
    (lambda: Reconstructed(TShirts()), "held-out pairs are numbered"),
    (lambda: Prefixed(digits, 8), "rows is 8; give a whole number from 0 to 7"),
    (lambda: Embedded(digits, lambda y: y), r"embed makes .* of one image"),
    (lambda: Unconditional(digits).batch(0), "n is 0"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_photos_can_be_adapted_too():
    world = Unconditional(Photos(size=16))
    x, y = world.batch(2, seed=0)
    assert x is None and y.shape == (2, 2, 16, 16)
