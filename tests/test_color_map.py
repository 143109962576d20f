"""Facts about a translator of colors: one rule for all pixels, grey at the start."""

import pytest
import torch

from course_lib.networks import ColorMap


def test_a_pixel_is_translated_by_its_own_color_alone():
    torch.manual_seed(0)
    network, x = ColorMap(3, 3), torch.rand(1, 3, 4, 4)
    moved = x.flip(-1)
    assert torch.allclose(network(moved), network(x).flip(-1), atol=1e-6)
    x.requires_grad_()
    network(x)[0, :, 1, 2].sum().backward()
    felt = x.grad[0].abs().sum(0)
    assert felt[1, 2] > 0 and felt.count_nonzero() == 1


def test_kept_channels_begin_as_they_are_and_others_at_zero():
    x = torch.rand(2, 3, 4, 4)
    y = ColorMap(3, 3, kept=1)(x)
    assert torch.equal(y[:, :1], x[:, :1]) and not y[:, 1:].any()


def test_it_can_learn_from_there():
    network = ColorMap(3, 3, kept=1)
    (network(torch.rand(8, 3, 4, 4)) - 1).square().sum().backward()
    assert network.straight.weight.grad.abs().sum() > 0
    assert network.bent[-1].weight.grad.abs().sum() > 0


def test_more_channels_cannot_be_kept_than_there_are():
    with pytest.raises(ValueError, match="kept is 4"):
        ColorMap(3, 3, kept=4)
