"""Facts about the shared network."""

import pytest
import torch

from course_lib.models.outputs import check_outputs, numbers_of, positive
from course_lib.networks import ImageToImage


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ImageToImage(1, 3, width=16)


@pytest.mark.parametrize("size", [(16, 16), (17, 16), (19, 30), (5, 7), (33, 33)])
def test_the_output_has_the_size_of_the_input_whatever_it_is(network, size):
    assert network(torch.rand(2, 1, *size)).shape == (2, 3, *size)


def test_every_output_pixel_sees_every_input_pixel(network):
    x = torch.full((1, 1, 24, 24), 0.7, requires_grad=True)
    network(x)[0, 0, 3, 5].backward()
    assert (x.grad != 0).all()


def test_every_parameter_has_a_gradient(network):
    network.zero_grad()
    network(torch.rand(2, 1, 16, 16)).square().sum().backward()
    assert all(p.grad.any() for p in network.parameters())


def test_pictures_of_a_batch_do_not_see_each_other(network):
    x = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]))


def test_the_lightness_is_standardised_before_anything_else():
    torch.manual_seed(0)
    network = ImageToImage(1, 2, width=8, mean=0.7, std=0.1)
    other = ImageToImage(1, 2, width=8)
    plain = other.standardize.state_dict(prefix="standardize.")
    other.load_state_dict(network.state_dict() | plain)
    x = 0.5 + 0.4 * torch.rand(1, 1, 8, 8)
    torch.testing.assert_close(network(x), other((x - 0.7) / 0.1))


def test_a_deviation_is_positive_and_a_third_where_the_number_is_zero():
    assert positive(torch.tensor(-1e6)) > 0
    assert positive(torch.tensor(0.0)).item() == pytest.approx(0.37, abs=0.01)


@pytest.mark.parametrize("options, words", [
    ({"out_channels": 0}, "out_channels is 0; give a whole number of at least 1"),
    ({"width": -4}, "width is -4"),
    ({"blocks": 1.5}, "blocks is 1.5; give a whole number"),
    ({"std": 0.0}, "std is 0.0; give a number above 0"),
])
def test_a_network_that_cannot_be_is_answered_by_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        ImageToImage(**{"in_channels": 1, "out_channels": 2} | options)


def test_a_network_takes_as_many_channels_as_it_was_built_for():
    for wrong in (torch.rand(2, 2, 8, 8), torch.rand(1, 8, 8)):
        with pytest.raises(ValueError, match="was built for 1 channels; give"):
            ImageToImage(1, 2, width=8)(wrong)


def test_what_a_network_sees_is_part_of_its_state():
    one, other = (ImageToImage(1, 2, width=8, mean=mean) for mean in (0.7, 0.0))
    other.load_state_dict(one.state_dict())
    x = torch.rand(1, 1, 8, 8)
    assert torch.equal(one(x), other(x))


def test_a_network_of_the_wrong_width_is_answered_by_a_sentence(network):
    with pytest.raises(ValueError, match="has out_channels=3 .* needs 4 .two of"):
        check_outputs(network, 4, "two of each")
    with pytest.raises(ValueError, match=r"shape \(2, 3, 8, 8\) and .* \(batch, 4, h"):
        numbers_of(network, torch.rand(2, 1, 8, 8), 4)
