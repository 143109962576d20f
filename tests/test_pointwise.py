"""Facts about 1 x 1 convolutions."""

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck

from course_lib.networks.pointwise import FEW, Pointwise, pointwise
from course_lib.networks.positions import unfold


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [1, FEW - 1, FEW, 2 * FEW])
def test_a_pointwise_convolution_is_a_convolution_of_1_x_1(batch, bias):
    ours = Pointwise(3, 5, bias=bias).double()
    theirs = nn.Conv2d(3, 5, 1, bias=bias).double()
    theirs.load_state_dict(ours.state_dict())
    features = torch.randn(batch, 3, 4, 6, dtype=torch.double)
    for places in (features, features.transpose(2, 3), features[:, :, 1:, ::2]):
        assert torch.allclose(ours(places), theirs(places), rtol=1e-12)


def test_its_slopes_and_their_slopes_are_right():
    features = torch.randn(FEW, 2, 1, 2, dtype=torch.double, requires_grad=True)
    weight = torch.randn(2, 2, 1, 1, dtype=torch.double, requires_grad=True)
    bias = torch.randn(2, dtype=torch.double, requires_grad=True)
    assert gradcheck(pointwise, (features, weight, bias))
    assert gradgradcheck(pointwise, (features, weight, bias))


@pytest.mark.parametrize("out", [2, 8])
def test_unfolding_before_a_pointwise_layer_or_after_it_is_the_same(out):
    layer, folded = Pointwise(3, out), torch.randn(2, 3 * 16, 2, 3)
    whole = layer(nn.functional.pixel_shuffle(folded, 4))
    assert torch.allclose(unfold(folded, layer, 4), whole, atol=1e-6)
