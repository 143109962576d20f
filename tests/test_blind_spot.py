"""Facts about the world of the blind spot: what is hidden, and what that costs."""

import math
from itertools import product

import pytest
import torch

from course_lib.datasets import BlindSpot
from course_lib.datasets.blind_spot import visible

tiny = pytest.mark.parametrize("world", [
    BlindSpot(size=(2, 3)), BlindSpot(size=3, flip=0.3), BlindSpot((3, 4), flip=0.0),
    BlindSpot((4, 3), reach=(2, 1)), BlindSpot(2, reach=(1, 3)),
    BlindSpot((3, 4), reach=(1, 3), flip=0.2)], ids=repr)


def every_image(world):
    height, width = world.y_shape[1:]
    images = torch.tensor(list(product([0.0, 1.0], repeat=height * width)))
    return images.view(-1, 1, height, width)


def probabilities(world):
    """Of every image there is, in the order of `every_image`, 64-bit."""
    return world.truth.log_prob(every_image(world)).double().exp()


@tiny
def test_probabilities_of_all_images_sum_to_one(world):
    assert probabilities(world).sum() == pytest.approx(1, abs=1e-5)


@tiny
def test_the_entropy_is_that_of_the_enumerated_images(world):
    p = probabilities(world)
    assert -torch.xlogy(p, p).sum() == pytest.approx(world.truth.entropy(), abs=1e-4)


@tiny
def test_images_are_sampled_as_often_as_they_are_probable(world):
    drawn = world.truth.sample(n=1, batch=20_000, seed=0)[0].flatten(1)
    place = 2 ** torch.arange(drawn.shape[1]).flip(0).float()
    counted = (drawn @ place).long().bincount(minlength=2 ** drawn.shape[1])
    p = probabilities(world)
    error = (p * (1 - p) / len(drawn)).sqrt()
    assert (counted[p == 0] == 0).all()
    few = 4 / len(drawn)                  # of the rarest images one may be too many
    assert ((counted / len(drawn) - p).abs() <= 5 * error + few).all()


@pytest.mark.parametrize(("size", "reach", "kernel"), [
    ((3, 5), (1, 2), 3), ((2, 5), (1, 3), 3), ((2, 5), (1, 3), 5), ((4, 4), (1, 2), 3)])
def test_what_a_plain_stack_sees_tells_nothing_about_a_pixel(size, reach, kernel):
    """By enumeration: P(pixel is 1 | all that is visible from it) is one half."""
    world = BlindSpot(size, reach)
    assert not world.sees(kernel) and world.truth.copied.any()
    images, p = every_image(world)[:, 0], probabilities(world)
    for place in world.truth.copied.nonzero().tolist():
        seen = images[:, visible(size, place, kernel)].long()
        code = seen @ 2 ** torch.arange(seen.shape[1])
        both = torch.zeros(2 ** seen.shape[1], 2, dtype=torch.float64)
        value = images[:, place[0], place[1]].long()
        both.index_put_((code, value), p, accumulate=True)
        torch.testing.assert_close(both[:, 0], both[:, 1], rtol=1e-4, atol=1e-9)


def test_the_source_of_a_pixel_tells_what_the_flip_leaves_of_it():
    world = BlindSpot((2, 3))
    images, p = every_image(world)[:, 0], probabilities(world)
    same = images[:, 1, 0] == images[:, 0, 2]
    assert p[same].sum() == pytest.approx(0.9, abs=1e-5)


def test_the_best_blind_model_loses_the_stated_cost_and_fewer_flips_make_it_dearer():
    world = BlindSpot()
    copies = 7 * 6
    h = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
    assert world.blind_cost(3) == pytest.approx(copies * (math.log(2) - h))
    _, y = world.held_out(4096)
    lost = (world.truth.log_prob(y) - world.blind_model.log_prob(y)).double()
    error = lost.std().item() / math.sqrt(len(y))
    assert lost.mean().item() == pytest.approx(world.blind_cost(3), abs=4 * error)
    assert BlindSpot(flip=0).blind_cost(3) == pytest.approx(copies * math.log(2))
    assert BlindSpot(flip=0.5).blind_cost(3) == 0


@pytest.mark.parametrize(("reach", "kernel", "sees"), [
    ((1, 2), 3, False), ((1, 2), 5, True), ((1, 1), 3, True), ((2, 3), 3, False),
    ((2, 2), 3, True), ((1, 3), 5, False), ((1, 1), 1, False)])
def test_a_kernel_sees_as_far_right_as_half_of_it_for_every_row(reach, kernel, sees):
    world = BlindSpot(9, reach)
    up, right = reach
    row, column = world.truth.copied.nonzero()[0].tolist()
    assert world.sees(kernel) is sees
    assert (world.blind_cost(kernel) == 0) is sees
    assert visible(9, (row, column), kernel)[row - up, column + right] == sees


def ones_before(side, itself):
    """A mask of a convolution, 1 before the middle and, for mask B, on it."""
    mask = torch.zeros(side * side, dtype=torch.float64)
    mask[:side * side // 2 + itself] = 1
    return mask.view(1, 1, side, side)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("place", [(4, 2), (6, 0), (3, 6), (0, 3)])
def test_the_visible_pixels_are_those_that_masked_convolutions_connect(kernel, place):
    """By gradient, through as many layers as the image has rows and columns."""
    y = torch.zeros(1, 1, 7, 7, dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv2d(y, ones_before(kernel, False), padding=kernel // 2)
    for _ in range(14):
        out = torch.nn.functional.conv2d(out, ones_before(kernel, True),
                                         padding=kernel // 2)
    gradient, = torch.autograd.grad(out[0, 0, place[0], place[1]], y)
    assert torch.equal(gradient[0, 0] > 0, visible(7, place, kernel))


def test_batches_are_unconditional_binary_repeatable_and_endless():
    world = BlindSpot()
    x, y = world.batch(32, seed=1)
    assert x is None and y.shape == (32, 1, 8, 8) and world.given_shape is None
    assert set(y.unique().tolist()) == {0.0, 1.0}
    before = torch.get_rng_state()
    assert torch.equal(y, world.batch(32, seed=1)[1])
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(y, world.batch(32, seed=2)[1])
    torch.manual_seed(0)
    assert not torch.equal(world.batch(8)[1], world.batch(8)[1])


def test_the_held_out_images_are_fixed_and_the_test_batches_are_among_them():
    world, again, other = BlindSpot(), BlindSpot(), BlindSpot(seed=1)
    held_out = world.held_out(world.count("test"))[1]
    assert torch.equal(held_out[:50], again.held_out(50)[1])
    assert not torch.equal(held_out[:50], other.held_out(50)[1])
    known = set(map(tuple, held_out.flatten(1).tolist()))
    test = world.batch(20, "test", seed=3)[1]
    assert all(tuple(image) in known for image in test.flatten(1).tolist())


def test_images_come_back_from_the_bins_of_the_codebook():
    world = BlindSpot()
    _, y = world.batch(4, seed=0)
    assert torch.equal(world.codebook.decode(world.codebook.encode(y)), y)


def test_pictures_are_grey():
    world = BlindSpot((3, 5))
    y = world.truth.sample(n=2, batch=4, seed=0)
    assert world.rgb(None, y).shape == (2, 4, 3, 5, 3)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: BlindSpot(size=0), "height in size is 0"),
    (lambda: BlindSpot(size="8"), r"size is '8'; give a pair \(height, width\)"),
    (lambda: BlindSpot(reach=2), r"reach is 2; give a pair \(up, right\)"),
    (lambda: BlindSpot(reach=(0, 2)), "up in reach is 0"),
    (lambda: BlindSpot(flip=0.6), "flip is 0.6; give a number from 0.0 to 0.5"),
    (lambda: BlindSpot().blind_cost(4), "kernel is 4; give an odd number"),
    (lambda: BlindSpot().batch(0), "n is 0"),
    (lambda: BlindSpot().batch(2, "valid"), "split is 'valid'"),
    (lambda: BlindSpot().count("train"), "drawn without end"),
    (lambda: BlindSpot().held_out(5000), "held-out examples is 5000"),
    (lambda: BlindSpot().truth.log_prob(torch.rand(2, 1, 8, 8)), "0 or 1 and nothing"),
    (lambda: BlindSpot().truth.log_prob(torch.zeros(2, 1, 7, 8)), "give the shape"),
    (lambda: BlindSpot().truth.sample(given=torch.zeros(2, 3)), "of y alone; leave"),
    (lambda: visible(8, (8, 0)), "the row is 8"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


@pytest.mark.gpu
def test_samples_and_probabilities_on_a_gpu_are_those_of_the_same_law(gpu):
    world = BlindSpot()
    truth = world.truth.to(gpu)
    try:
        y = truth.sample(n=1, batch=4096, seed=0)[0]
        mean = truth.log_prob(y).double().mean().item()
        assert mean == pytest.approx(-truth.entropy(), abs=0.4)
    finally:
        world.truth.to("cpu")
