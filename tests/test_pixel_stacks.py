"""Facts about the networks of PixelCNN and Gated PixelCNN: what a logit depends on."""

import pytest
import torch

from course_lib.networks import GatedPixelCNNNetwork, PixelCNNNetwork
from course_lib.networks.pixel_stacks import CausalBlock, VerticalBlock
from tests.pixels import dependence, perturbation

SIZE = 4
STACKS = {"plain": PixelCNNNetwork, "two": GatedPixelCNNNetwork}
OPTIONS = {
    "as it is": {}, "kernel 5": {"kernel": 5}, "kernel 7 first": {"first_kernel": 7},
    "gated": {"gated": True}, "ReLU": {"gated": False},
}
CONDITIONS = {"nothing": None, "a vector": torch.randn(1, 3, 1, 1).double(),
              "a map": torch.randn(1, 3, SIZE, SIZE).double()}


def build(kind, channels=1, options=(), condition=None, **others):
    """A small network in 64 bits, and what it is given besides the image."""
    torch.manual_seed(0)
    network = STACKS[kind](channels, channels, 3, width=4 * channels * 3,
                           condition_features=0 if condition is None else 3,
                           **{"layers": 2} | dict(options) | others).double().eval()
    return network, () if condition is None else (condition,)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", STACKS)
def test_no_logit_depends_on_its_own_or_a_later_value(kind, options, channels,
                                                      condition):
    network, given = build(kind, channels, OPTIONS[options], CONDITIONS[condition])
    gradients = dependence(network, channels, SIZE, *given, levels=3)
    assert not gradients.triu().any() and gradients.any()
    repeated = [part.repeat(1 + channels * SIZE ** 2, 1, 1, 1) for part in given]
    assert perturbation(network, channels, SIZE, *repeated).max() < 1e-12


def test_the_same_measures_find_a_network_that_looks_ahead():
    network, _ = build("two", 2)
    network.horizontal[0].convolution.mask.fill_(1)
    assert dependence(network, 2, SIZE, levels=3).triu().any()
    assert perturbation(network, 2, SIZE).max() > 1e-6


def seen_from_the_last_row(kind, side, **options):
    """Which (up, right) of a pixel in the middle of the last row reach its logits."""
    network, _ = build(kind, options={"kernel": side, "layers": 6, "gated": True},
                       **options)
    seen = dependence(network, 1, 7, levels=3).view(7, 7, 7, 7)[6, 3] != 0
    return {(6 - row, column - 3) for row, column in seen.nonzero().tolist()}


DRAWN_BEFORE = {(up, right) for up in range(7) for right in range(-3, 4)
                if up or right < 0}


@pytest.mark.parametrize("side", [3, 5])
def test_the_blind_spot_of_one_stack_is_where_theory_has_it(side):
    blind = DRAWN_BEFORE - seen_from_the_last_row("plain", side)
    assert blind == {(up, right) for up, right in DRAWN_BEFORE
                     if up and right > up * (side // 2)}
    assert len(blind) == {3: 3, 5: 1}[side]


@pytest.mark.parametrize("options", [{}, {"vertical_residual": True}])
@pytest.mark.parametrize("side", [3, 5])
def test_two_stacks_have_no_blind_spot(side, options):
    assert seen_from_the_last_row("two", side, **options) == DRAWN_BEFORE


def test_a_deeper_stack_does_not_lose_its_blind_spot():
    network, _ = build("plain", layers=12, gated=True)
    seen = dependence(network, 1, 5, levels=3).view(5, 5, 5, 5)[4, 2] != 0
    assert not seen[3, 4] and seen[3, 3] and seen[2, 4]


def units(network):
    """What the condition adds to each unit of the network: a list of layers."""
    return [block.condition for block in network.modules()
            if isinstance(block, CausalBlock | VerticalBlock)]


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("kind, how_many", [("plain", 3), ("two", 6)])
def test_changing_h_changes_every_gate(kind, how_many, gated):
    network, (h,) = build(kind, options={"gated": gated},
                          condition=CONDITIONS["a vector"])
    added = []
    for layer in units(network):
        layer.register_forward_hook(lambda layer, given, out: added.append(out))
    for given in (h, h + 0.1):
        network(torch.zeros(1, 1, SIZE, SIZE).double(), given)
    assert len(added) == 2 * how_many
    for before, after in zip(added[:how_many], added[how_many:]):
        assert (before != after).all()


@pytest.mark.parametrize("kind", STACKS)
def test_a_vector_adds_the_same_everywhere_and_a_map_does_not(kind):
    network, (h,) = build(kind, condition=CONDITIONS["a vector"])
    for layer in units(network):
        alone = layer(h)
        assert alone.shape[2:] == (1, 1)
        torch.testing.assert_close(layer(h.expand(-1, -1, SIZE, SIZE)),
                                   alone.expand(-1, -1, SIZE, SIZE))
        s = layer(CONDITIONS["a map"]).flatten(2)
        assert (s.amax(2) - s.amin(2)).min() > 1e-3


@pytest.mark.parametrize("kind", STACKS)
def test_a_vector_is_a_map_that_is_the_same_everywhere(kind):
    network, (h,) = build(kind, condition=CONDITIONS["a vector"])
    image = torch.randn(1, 1, SIZE, SIZE).double()
    torch.testing.assert_close(network(image, h),
                               network(image, h.expand(-1, -1, SIZE, SIZE)))


@pytest.mark.parametrize("kind", STACKS)
def test_training_writes_to_no_parameter_and_moves_no_masked_weight(kind):
    network, _ = build(kind, channels=2)
    before = [(p._version, p.detach().clone()) for p in network.parameters()]
    network(torch.randn(2, 2, SIZE, SIZE).double()).square().sum().backward()
    for parameter, (version, value) in zip(network.parameters(), before):
        assert parameter._version == version and torch.equal(parameter, value)
    for layer in network.modules():
        if hasattr(layer, "mask"):
            assert not layer.weight.grad[layer.mask == 0].any()


def test_the_vertical_residual_is_a_sum_and_needs_no_parameter():
    without, _ = build("two")
    network, _ = build("two", vertical_residual=True)
    network.load_state_dict(without.state_dict())
    image = torch.randn(1, 1, SIZE, SIZE).double()
    assert not torch.allclose(network(image), without(image))


@pytest.mark.parametrize("kind", STACKS)
def test_logits_are_of_32_bits_where_the_rest_is_of_16(kind):
    network = build(kind)[0].float()
    with torch.autocast("cpu", torch.bfloat16):
        assert network(torch.randn(2, 1, SIZE, SIZE)).dtype == torch.float32


@pytest.mark.parametrize("options, words", [
    ({"levels": 1}, "levels is 1; give a whole number of at least 2"),
    ({"layers": 0}, "layers is 0"),
    ({"width": 5}, "width is 5, which 2 channels .* give width=6, or another mult"),
    ({"kernel": 4}, "kernel is 4; give an odd number"),
    ({"dropout": 1.0}, "dropout is 1.0; give a number from 0.0 to 0.95"),
    ({"condition_features": -1}, "condition_features is -1"),
])
@pytest.mark.parametrize("kind", STACKS)
def test_a_network_that_cannot_be_is_answered_by_a_sentence(kind, options, words):
    with pytest.raises(ValueError, match=words):
        STACKS[kind](**{"in_features": 2, "channels": 2, "levels": 3, "width": 8}
                     | options)
