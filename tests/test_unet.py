"""Facts about the U-Net that diffusion and pix2pix share."""

import pytest
import torch

from course_lib.networks.unet import TimeFeatures, UNet


@pytest.mark.parametrize("size", [(16, 16), (32, 32), (13, 18), (5, 7)])
def test_the_output_has_the_size_of_the_input(size):
    network = UNet(3, 2, (8, 8, 8), features=4)
    out = network(torch.randn(2, 3, *size), torch.randn(2, 4))
    assert out.shape == (2, 2, *size)


def test_it_is_the_vector_that_sets_the_gains():
    network, x = UNet(3, 2, (8, 8), features=4), torch.randn(2, 3, 8, 8)
    one, other = (network(x, vector) for vector in torch.randn(2, 2, 4))
    assert not torch.allclose(one, other, atol=1e-3)


def test_every_pixel_reaches_every_other():
    network = UNet(1, 1, (8, 8)).double()
    x = torch.randn(1, 1, 32, 32, dtype=torch.float64, requires_grad=True)
    network(x)[0, 0, 0, 0].backward()
    assert (x.grad[0, 0] != 0).all()


def test_with_passed_channels_a_gain_alone_gives_back_the_input():
    network = UNet(3, 2, (8, 8), features=4, passed=2)
    for name, parameter in network.named_parameters():
        parameter.data.fill_(1.0 if name == "gain.bias" else 0.0)
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(network(x, torch.zeros(2, 4)), x[:, :2])


def test_each_channel_is_centered_and_scaled_but_passed_as_it_was():
    torch.manual_seed(0)
    plain = UNet(3, 2, (8, 8), features=4, passed=2)
    scaled = UNet(3, 2, (8, 8), features=4, passed=2, mean=(0, 0.5, 0.7),
                  std=(1, 2, 0.1))
    own = scaled.standardize.state_dict(prefix="standardize.")
    scaled.load_state_dict(plain.state_dict() | own)
    x, vector = torch.randn(2, 3, 8, 8), torch.randn(2, 4)
    seen = (x - torch.tensor([0, 0.5, 0.7]).view(3, 1, 1)) / scaled.standardize.std
    kept = plain.gain(vector)[..., None, None]
    expected = plain(seen, vector) - kept * seen[:, :2] + kept * x[:, :2]
    assert torch.allclose(scaled(x, vector), expected, atol=1e-5)


def test_a_mean_for_too_few_channels_is_refused():
    with pytest.raises(ValueError, match="mean is .*each of the 3 channels"):
        UNet(3, 2, mean=(0, 1))


def test_skips_carry_detail_that_the_coarse_scale_cannot_hold():
    network, x = UNet(1, 1, (8, 8)), torch.randn(1, 1, 16, 16)
    for layer in network.grow:
        layer.weight.data.zero_(), layer.bias.data.zero_()
    moved = x.clone()
    moved[0, 0, 3, 3] += 1
    assert not torch.equal(network(x), network(moved))


def test_times_that_differ_have_vectors_that_differ():
    features = TimeFeatures(8)(torch.linspace(0, 1, 50))
    apart = torch.cdist(features, features) + torch.eye(50)
    assert apart.min() > 1e-4


def test_channels_of_none_are_refused():
    with pytest.raises(ValueError, match="in_channels is 0"):
        UNet(0, 1)


@pytest.mark.parametrize("features, vector", [(4, None), (0, torch.zeros(1, 4))])
def test_a_vector_that_is_missing_or_not_asked_for_is_refused(features, vector):
    with pytest.raises(ValueError, match=f"built for {features} features"):
        UNet(1, 1, (8, 8), features=features)(torch.rand(1, 1, 8, 8), vector)


def test_the_direct_path_is_a_linear_map_of_each_pixel_s_own_channels():
    network, x = UNet(3, 2, (8, 8), direct=True), torch.randn(2, 3, 8, 8)
    for name, parameter in network.named_parameters():
        if not name.startswith("direct"):
            parameter.data.zero_()
    mixed = torch.einsum("oc,bchw->bohw", network.direct.weight[:, :, 0, 0], x)
    expected = mixed + network.direct.bias.view(1, 2, 1, 1)
    assert torch.allclose(network(x), expected, atol=1e-6)


@pytest.mark.parametrize("options", [{"middle": 0}, {"side": 0}])
def test_what_no_network_can_be_built_of_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        UNet(1, 1, **options)
