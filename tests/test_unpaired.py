"""Facts about worlds without pairs: the two sides alike, the pairs hidden."""

import pytest
import torch

from course_lib.datasets.unpaired import Conventions, GreyAndDyed

WORLDS = [Conventions(size=16), GreyAndDyed(size=16)]


@pytest.mark.parametrize("world", WORLDS, ids=repr)
def test_a_batch_has_no_pairs_and_its_seed_repeats_it(world):
    x, y = world.batch(8, seed=0)
    assert x.shape == (8, *world.given_shape) and y.shape == (8, *world.y_shape)
    again, _ = world.batch(8, seed=0)
    assert torch.equal(x, again)
    lightness = (x[:, 0], y[:, 0])
    assert not any(torch.allclose(*pair, atol=0.01) for pair in zip(*lightness))


@pytest.mark.parametrize("world", WORLDS, ids=repr)
def test_the_score_s_pairs_do_belong_together_and_stay(world):
    x, y = world.held_out(8)
    assert torch.equal(x, world.held_out(8)[0])
    if x.shape == y.shape:
        def apart(some):
            return (x - some).flatten(1).norm(dim=1).mean()
        assert apart(y) < apart(y.roll(1, 0))
    else:
        assert torch.equal(x[:, 0], y[:, 0])


def test_what_one_house_dyes_the_other_dyes_with_a_quarter_turn():
    world = Conventions(size=16)
    x, y = world.pairs(64)
    assert torch.equal(world.translate(x), y)
    assert torch.equal(y[:, 0], x[:, 0])
    assert ((x[:, 1:] * y[:, 1:]).sum(1)).abs().max() < 1e-5   # right angles
    assert torch.allclose(y[:, 1:].norm(dim=1), x[:, 1:].norm(dim=1), atol=1e-5)
    assert torch.equal(world.translate(world.translate(x))[:, 1:], -x[:, 1:])


@pytest.mark.parametrize("p", [0.5, 0.8])
def test_dyes_occur_as_often_as_p_says_whatever_the_photo(p):
    world = Conventions(p=p, size=16)
    x, _ = world.batch(2000, seed=0)
    mask = world.shirts.mask(x[:, :1])
    first = ((x[:, 1] * mask).sum((1, 2)) < 0).float()
    error = (p * (1 - p) / 2000) ** 0.5
    assert first.mean().item() == pytest.approx(p, abs=4 * error)
    light = world.shirts.mean_lightness(x[:, :1])
    both = torch.stack([light, first])
    assert torch.corrcoef(both)[0, 1].abs() < 4 / 2000 ** 0.5


def test_with_p_of_one_half_swapping_the_dyes_leaves_the_other_side_as_it_is():
    """The opposite of every color: what swapped shirts look like is what shirts look
    like, so no critic of one side can tell."""
    world = Conventions(size=16)
    x, y = world.pairs(2000)
    assert torch.equal(world.swapped(x)[:, 1:], -y[:, 1:])
    for moment in (1, 3):
        odd = y[:, 1:].mean((2, 3)) ** moment
        assert odd.mean().abs() < 4 * odd.std() / 2000 ** 0.5


def test_a_trimmed_shirt_has_no_dye_beside_the_background_and_all_of_it_inside():
    world = Conventions(size=16, rule="trim")
    x, y = world.pairs(8)
    cloth = world.shirts.mask(x[:, :1])
    for shirt in range(8):
        for row, column in cloth[shirt].nonzero().tolist():
            near = cloth[shirt, max(0, row - 1):row + 2, max(0, column - 1):column + 2]
            kept = y[shirt, 1:, row, column]
            assert torch.equal(kept, near.all() * x[shirt, 1:, row, column])
    assert torch.equal(y[:, 0], x[:, 0])


def test_no_map_of_single_pixels_trims_a_shirt():
    """The best one, E[y given the pixel], is hardly nearer than one factor for all."""
    x, y = Conventions(size=16, rule="trim").pairs(1000)
    pixels, wanted = (some.movedim(1, -1).flatten(0, 2) for some in (x, y))
    _, cell = (pixels * torch.tensor([20.0, 10, 10])).round().unique(
        dim=0, return_inverse=True)
    count = torch.bincount(cell)[:, None].float()
    mean = torch.zeros(len(count), 3).index_add(0, cell, wanted) / count
    copied, best = ((some - wanted).square().mean().sqrt() for some in (
        pixels, mean[cell]))
    assert 0.65 < best / copied < 0.75


@pytest.mark.parametrize("make, message", [
    (lambda: Conventions(p=1.5), "p is 1.5"), (lambda: Conventions(size=8), "size"),
    (lambda: Conventions(rule="paint"), "rule"),
    (lambda: Conventions().batch(0), "n"),
    (lambda: Conventions().pairs(2, "all"), "split")])
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_mirror_across_the_dyes_cannot_be_told_and_gets_the_noise_wrong_alone():
    world = Conventions(size=16)
    x, y = world.pairs(256)
    pink = torch.tensor([0.65, 0.35])
    across = torch.tensor([-0.35, 0.65]) / pink.norm()          # of x's dyes
    along_y = torch.tensor([-0.35, 0.65]) / pink.norm()         # of y's dyes
    flat = x[:, 1:] - 2 * torch.einsum("bchw,c->bhw", x[:, 1:], across)[:, None] * (
        across.view(1, 2, 1, 1))
    mirrored = world.translate(torch.cat([x[:, :1], flat], 1))
    off = (mirrored - y)[:, 1:]
    assert torch.einsum("bchw,c->bhw", off, along_y).abs().max() < 1e-5
    assert off.square().mean().sqrt().item() == pytest.approx(
        2 * world.noise / 2 ** 0.5, rel=0.03)
