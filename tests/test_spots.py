"""Facts about the world of spots: where the image is bright, with x and without."""

import math
from itertools import product

import pytest
import torch

from course_lib.datasets import Spots

tiny = pytest.mark.parametrize("world", [
    Spots(2, 2), Spots(3, 3, bright=0.6, dark=0.3), Spots(4, 2),
    Spots(2, 1), Spots(2, 2, bright=0.2, dark=0.7), Spots(2, 2, bright=0.4, dark=0.4),
], ids=repr)


def every_image(world):
    images = torch.tensor(list(product([0.0, 1.0], repeat=world.size ** 2)))
    return images.view(-1, *world.y_shape)


def entropy_of(log_prob):
    log_prob = log_prob.double()
    return -(log_prob.exp() * log_prob).sum().item()


@tiny
def test_probabilities_of_all_images_sum_to_one_with_x_and_without(world):
    y = every_image(world)
    x = torch.eye(world.cells ** 2)[:1].expand(len(y), -1)
    assert world.truth.log_prob(y, given=x).double().exp().sum() == pytest.approx(1)
    assert world.marginal.log_prob(y).double().exp().sum() == pytest.approx(1)


@tiny
def test_the_entropy_given_the_place_is_that_of_the_enumerated_images(world):
    y = every_image(world)
    x = torch.eye(world.cells ** 2)[-1:].expand(len(y), -1)
    given = entropy_of(world.truth.log_prob(y, given=x))
    assert given == pytest.approx(world.truth.entropy(), abs=1e-5)


def test_at_full_size_the_image_tells_the_place_and_it_is_worth_the_log_of_nine():
    world = Spots()
    x, y = world.held_out(4096)
    gap = (world.truth.log_prob(y, given=x) - world.marginal.log_prob(y)).double()
    assert gap.mean() == pytest.approx(math.log(9), abs=1e-3)
    assert -world.truth.log_prob(y, given=x).mean() == pytest.approx(
        world.truth.entropy(), abs=0.4)
    assert torch.equal(world.place_of(y), x.argmax(1))


def test_pixels_are_bright_as_often_as_stated_inside_the_spot_and_outside():
    world = Spots(bright=0.8, dark=0.3)
    x, y = world.batch(4000, seed=0)
    inside = world.inside[x.argmax(1)].unsqueeze(1)
    assert y[inside].mean() == pytest.approx(0.8, abs=0.01)
    assert y[~inside].mean() == pytest.approx(0.3, abs=0.01)
    torch.testing.assert_close(x.mean(0), torch.full((9,), 1 / 9), rtol=0, atol=0.02)


def test_the_places_are_a_partition_in_reading_order():
    inside = Spots(size=6, cells=3).inside
    assert (inside.sum(0) == 1).all() and (inside.sum((1, 2)) == 4).all()
    assert inside[5, 2:4, 4:6].all()                      # second row, third column


@pytest.mark.parametrize("conditional", [True, False])
def test_images_are_sampled_as_often_as_they_are_probable(conditional):
    world, n = Spots(2, 2, bright=0.7, dark=0.2), 20_000
    y = every_image(world)
    if conditional:
        one = torch.eye(4)[2:3]
        drawn = world.truth.sample(given=one, n=n, seed=0)[:, 0]
        p = world.truth.log_prob(y, given=one.expand(len(y), -1)).exp()
    else:
        drawn = world.marginal.sample(batch=n, seed=0)[0]
        p = world.marginal.log_prob(y).exp()
    code = (drawn.flatten(1) @ torch.tensor([8.0, 4, 2, 1])).long()
    counted = code.bincount(minlength=16) / n
    assert ((counted - p).abs() <= 5 * (p * (1 - p) / n).sqrt()).all()


def test_the_posterior_is_bayes_rule():
    world = Spots(4, 2, bright=0.6, dark=0.3)
    _, y = world.batch(8, seed=0)
    by_place = torch.stack([world.truth.log_prob(y, given=x.expand(8, -1))
                            for x in torch.eye(4)], 1)
    torch.testing.assert_close(world.marginal.posterior(y), by_place.softmax(1))


def test_batches_repeat_and_samples_keep_their_leading_dimensions():
    world = Spots()
    x, y = world.batch(16, seed=1)
    again = world.batch(16, seed=1)
    assert torch.equal(x, again[0]) and torch.equal(y, again[1])
    samples = world.truth.sample(given=x, n=5, seed=0)
    assert samples.shape == (5, 16, 1, 12, 12)
    assert torch.equal(world.place_of(samples), x.argmax(1).expand(5, -1))
    assert world.rgb(x, samples).shape == (5, 16, 12, 12, 3)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: Spots(size=10), "size is 10 and cells is 3; give a size that is a mult"),
    (lambda: Spots(bright=1.0), "bright is 1.0; give a number from 0.001 to 0.999"),
    (lambda: Spots(cells=0), "cells is 0"),
    (lambda: Spots().truth.sample(given=torch.full((2, 9), 0.5)), "no single place in"),
    (lambda: Spots().truth.sample(given=torch.zeros(2, 8)), "give the shape"),
    (lambda: Spots().truth.sample(), "given is None"),
    (lambda: Spots().marginal.sample(given=torch.eye(9)), "leave `given` out"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()
