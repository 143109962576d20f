"""Facts about adapted worlds: the same images, another task; and `fit` takes them."""

import pytest
import torch
from torch import nn

from course_lib.contract import LikelihoodModel
from course_lib.datasets import BlindSpot, Digits, Photos, Spots, TShirts
from course_lib.datasets.adapted import Reconstructed, Unconditional
from course_lib.training import fit
from tests.toys import same

digits = Digits()
quiet = {"progress": False, "device": "cpu"}


class Pixels(LikelihoodModel):
    """Independent binary pixels, each with a chance of its own; given is ignored."""

    def __init__(self, y_shape):
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(y_shape))

    def log_prob(self, y, *, given=None):
        coin = torch.distributions.Bernoulli(logits=self.logits, validate_args=False)
        return coin.log_prob(y).flatten(1).sum(1)


@pytest.mark.parametrize("make", [Unconditional, Reconstructed])
def test_the_images_are_those_of_the_world_in_its_order(make):
    world = make(digits)
    for ours, theirs in ((world.batch(9, "test", seed=4), digits.batch(9, "test",
                                                                        seed=4)),
                         (world.held_out(9), digits.held_out(9)),
                         (world.at(torch.arange(5, 9)), digits.at(torch.arange(5, 9)))):
        x, y = ours
        assert torch.equal(y, theirs[1])
        assert world.rgb(x, y).shape == (len(y), 8, 8, 3)
    assert world.count("test") == 360 and world.levels == 17


def test_each_gives_what_it_says():
    _, image = digits.batch(6, seed=0)
    assert Unconditional(digits).batch(6, seed=0)[0] is None
    assert torch.equal(Reconstructed(digits).batch(6, seed=0)[0], image)


@pytest.mark.parametrize("world", [
    BlindSpot((3, 4)), Unconditional(Spots(4, 2)),
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


@pytest.mark.parametrize(("call", "words"), [
    (lambda: Unconditional(torch.zeros(3)), "give a world of images"),
    (lambda: Reconstructed(TShirts()), "held-out pairs are numbered"),
    (lambda: Unconditional(digits).batch(0), "n is 0"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_photos_can_be_adapted_too():
    world = Unconditional(Photos(size=16))
    x, y = world.batch(2, seed=0)
    assert x is None and y.shape == (2, 2, 16, 16)
