"""Facts about convolutions that cannot see what is drawn later."""

import pytest
import torch
from torch.nn import functional

from course_lib.networks.masked import (
    FEW,
    WIDE,
    MaskedConvolution,
    RowsAbove,
    causal_mask,
    gate,
)
from tests.pixels import dependence

kernels = pytest.mark.parametrize("kernel", [1, 3, 5, 7])


def test_green_sees_red_and_blue_sees_both():
    middle = {kind: causal_mask(kind, 3, 3, 3, channels=3)[:, :, 1, 1].tolist()
              for kind in "AB"}
    assert middle["A"] == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert middle["B"] == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


def test_features_belong_to_channels_in_equal_consecutive_parts():
    middle = causal_mask("A", 1, in_features=2, out_features=4, channels=2)[:, :, 0, 0]
    assert middle.tolist() == [[0, 0], [0, 0], [1, 0], [1, 0]]


def test_around_the_middle_the_rows_above_and_the_pixels_to_the_left_are_free():
    for kind in "AB":
        mask = causal_mask(kind, 3)[0, 0]
        assert mask.tolist() == [[1, 1, 1], [1, float(kind == "B"), 0], [0, 0, 0]]


@pytest.mark.parametrize("inside", [FEW - 1, FEW])
@pytest.mark.parametrize("kernel", [WIDE - 2, WIDE])
def test_a_wide_kernel_has_the_slope_of_a_convolution(kernel, inside):
    layer = MaskedConvolution(inside, 3, kernel, "A", rows=True).double()
    features = torch.randn(2, inside, 6, 7, dtype=torch.double)
    half, weights = kernel // 2, torch.randn(2, 3, 6, 7, dtype=torch.double)
    padded = functional.pad(features, (half, half, half, 0))
    plain = functional.conv2d(padded, layer.visible_weight(), layer.bias)
    parameters = list(layer.parameters())
    slopes = [torch.autograd.grad((out * weights).sum(), parameters)
              for out in (layer(features), plain)]
    assert all(torch.allclose(ours, theirs) for ours, theirs in zip(*slopes))


@kernels
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("kind", ["A", "B"])
def test_a_masked_convolution_sees_what_is_drawn_before(kind, rows, channels, kernel):
    layer = MaskedConvolution(channels, 2 * channels, kernel, kind, channels,
                              rows).double()
    found = dependence(layer, channels, 5)
    assert not found.triu(0 if kind == "A" else 1).any()
    assert found.any() or (kind, channels, kernel) == ("A", 1, 1)


@pytest.mark.parametrize("kind", ["A", "B"])
def test_it_is_the_convolution_of_a_kernel_times_its_mask(kind):
    layer = MaskedConvolution(2, 4, 5, kind, channels=2).double()
    weight = torch.zeros(4, 2, 5, 5, dtype=torch.float64)
    weight[:, :, :3] = layer.weight
    weight *= causal_mask(kind, 5, 2, 4, channels=2)
    features = torch.randn(3, 2, 6, 7, dtype=torch.float64)
    expected = functional.conv2d(features, weight, layer.bias, padding=2)
    torch.testing.assert_close(layer(features), expected)


@kernels
@pytest.mark.parametrize("current", [True, False])
def test_rows_above_see_exactly_their_columns_of_those_rows(current, kernel):
    if kernel == 1 and not current:
        return
    layer = RowsAbove(1, 3, kernel, current).double()
    found = dependence(layer, 1, 7).view(7, 7, 7, 7)[6, 3] != 0
    half = kernel // 2
    expected = {(6 - i, 3 + j) for i in range(0 if current else 1, half + 1)
                for j in range(-half, half + 1)}
    assert set(map(tuple, found.nonzero().tolist())) == expected


def test_rows_above_give_as_many_rows_as_they_take_even_of_the_smallest_image():
    for height in (1, 2, 3):
        for current in (True, False):
            layer = RowsAbove(1, 2, 5, current)
            assert layer(torch.zeros(1, 1, height, 1)).shape == (1, 2, height, 1)


def test_forward_and_backward_write_to_no_parameter():
    layer = MaskedConvolution(2, 4, 3, "A", channels=2)
    before = [(p._version, p.detach().clone()) for p in layer.parameters()]
    layer(torch.randn(2, 2, 4, 4)).square().sum().backward()
    for parameter, (version, value) in zip(layer.parameters(), before):
        assert parameter._version == version and torch.equal(parameter, value)


def test_masked_weights_have_no_gradient_and_no_effect():
    layer = MaskedConvolution(2, 4, 3, "A", channels=2)
    features = torch.randn(2, 2, 4, 4)
    out = layer(features)
    out.square().sum().backward()
    assert torch.equal(layer.weight.grad != 0, layer.mask != 0)
    with torch.no_grad():
        layer.weight[layer.mask == 0] = 100.0
    assert torch.equal(layer(features), out)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_gate_is_tanh_times_sigmoid_within_each_channel(channels):
    features = torch.randn(2, channels * 2 * 4, 3, 3)
    parts = features.view(2, channels, 8, 3, 3)
    expected = torch.cat([torch.tanh(parts[:, c, :4])
                          / (1 + torch.exp(-parts[:, c, 4:]))
                          for c in range(channels)], dim=1)
    torch.testing.assert_close(gate(features, channels), expected)


@pytest.mark.parametrize("call, words", [
    (lambda: causal_mask("C", 3), "kind is 'C'; choose one of 'A', 'B'"),
    (lambda: causal_mask("A", 4), "kernel is 4; give an odd number"),
    (lambda: causal_mask("A", 3, 1, 5, channels=2), "5 features.*give a multiple of 2"),
    (lambda: RowsAbove(1, 1, 1, current=False), "kernel is 1.*3 or more"),
    (lambda: RowsAbove(1, 1, 2), "kernel is 2; give an odd number"),
])
def test_a_wrong_kernel_is_answered_by_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
