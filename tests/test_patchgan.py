"""Facts about the critic of patches: how far it sees, and what its scores mean."""

import pytest
import torch

from course_lib.networks.critics import PairCritic
from course_lib.networks.patchgan import PatchGAN, layers_for, receptive_field

SIZES = [*range(1, 35), 46, 64, 70]


@pytest.mark.parametrize("reach", SIZES)
def test_the_stack_for_a_receptive_field_has_it_by_formula(reach):
    assert receptive_field(layers_for(reach)) == reach


@pytest.mark.parametrize("reach", SIZES)
def test_the_receptive_field_by_gradient_is_that_of_the_formula(reach):
    critic = PatchGAN(1, 1, receptive_field=reach, width=1).double()
    for parameter in critic.parameters():
        parameter.data.fill_(0.1)                        # nothing cancels
    side = 2 * reach + 16
    y = torch.rand(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    scores = critic(torch.rand(1, 1, side, side, dtype=torch.float64), y)
    middle = scores.shape[1] // 2
    scores[0, middle, middle].backward()
    rows, columns = y.grad[0, 0].nonzero(as_tuple=True)
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == reach
    assert len(rows) == reach ** 2


@pytest.mark.parametrize("reach, layers", [
    (16, [(4, 2), (4, 1), (4, 1)]), (34, [(4, 2), (4, 2), (4, 1), (4, 1)]),
    (70, [(4, 2), (4, 2), (4, 2), (4, 1), (4, 1)])])
def test_the_published_sizes_come_out_as_the_published_stacks(reach, layers):
    assert layers_for(reach) == layers


def test_a_patch_of_one_pixel_scores_every_pixel_by_itself():
    critic = PatchGAN(2, 3, receptive_field=1)
    x, y = torch.rand(1, 2, 8, 8), torch.rand(1, 3, 8, 8)
    order = torch.randperm(64)
    scores = critic(x, y).flatten(1)
    shuffled = critic(*(part.flatten(2)[..., order].view_as(part) for part in (x, y)))
    assert torch.allclose(shuffled.flatten(1), scores[:, order], atol=1e-6)


def test_a_critic_of_y_alone_is_told_no_x():
    critic, y = PatchGAN(0, 3), torch.rand(1, 3, 16, 16)
    assert torch.equal(critic(None, y), critic(torch.rand(1, 2, 16, 16), y))


def test_pixels_at_the_edge_are_judged_too():
    critic = PatchGAN(1, 1, receptive_field=8)
    y = torch.rand(1, 1, 32, 32, requires_grad=True)
    critic(torch.rand(1, 1, 32, 32), y).sum().backward()
    assert (y.grad != 0).all()


def test_a_patch_as_large_as_the_picture_is_one_score_without_a_border():
    critic = PatchGAN(1, 1, receptive_field=32, width=8, padded=False)
    x, y = torch.rand(2, 1, 32, 32), torch.rand(2, 1, 32, 32, requires_grad=True)
    scores = critic(x, y)
    scores.sum().backward()
    assert scores.shape == (2, 1, 1) and (y.grad != 0).all()


def test_a_patch_larger_than_the_picture_is_refused_without_a_border():
    critic = PatchGAN(1, 1, receptive_field=16, padded=False)
    with pytest.raises(ValueError, match="smaller than a patch"):
        critic(torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8))


def test_a_strip_too_narrow_for_a_patch_is_refused_with_a_border_too():
    critic = PatchGAN(0, 1, receptive_field=16, width=4)
    assert critic(None, torch.rand(1, 1, 2, 64)).shape == (1, 1, 32)
    with pytest.raises(ValueError, match="16 pixels even with a border of 7"):
        critic(None, torch.rand(1, 1, 1, 64))


@pytest.mark.parametrize("x, y, words", [
    (torch.rand(2, 1, 8, 8), torch.rand(2, 2, 8, 8), "built for 3 channels; give"),
    (torch.rand(2, 2, 8, 8), torch.rand(2, 3, 8, 8), "built for 1 channels; give"),
    (torch.rand(2, 1, 8, 9), torch.rand(2, 3, 8, 8), "as many, and of the same size")])
def test_a_pair_that_is_none_is_answered_by_a_sentence(x, y, words):
    for critic in (PatchGAN(1, 3, 4, width=4), PairCritic(1, 3, width=4)):
        with pytest.raises(ValueError, match=words):
            critic(x, y)


@pytest.mark.parametrize("reach", [0, 2000, 3.5])
def test_a_receptive_field_that_cannot_be_is_refused(reach):
    with pytest.raises((TypeError, ValueError), match="receptive_field"):
        PatchGAN(1, 1, receptive_field=reach)
