"""Facts about the networks that say where things are, and that a vector modulates."""

import pytest
import torch

from course_lib.networks import AttentionToVector, ModulatedImageToImage


def test_an_encoder_gives_a_vector_for_pictures_of_any_size():
    encoder = AttentionToVector(6, 4, width=8)
    for size in ((16, 16), (17, 30)):
        assert encoder(torch.rand(2, 6, *size)).shape == (2, 4)


def test_an_encoder_begins_at_its_offset():
    torch.manual_seed(0)
    encoder = AttentionToVector(3, 4, width=8, offset=(0, 0, -3, -3))
    out = encoder(torch.rand(8, 3, 16, 16)).mean(0)
    assert (out[:2].abs() < 1).all() and (out[2:] < -2).all()


def test_the_mean_of_coordinates_follows_a_spot_to_a_tenth_of_a_pixel():
    """With the attention on one spot alone, the value of a coordinate is its place."""
    torch.manual_seed(0)
    encoder = AttentionToVector(1, 2, width=8)
    spots = torch.zeros(5, 1, 32, 32)
    spots[torch.arange(5), 0, 16, torch.tensor([4, 10, 16, 22, 28])] = 1.0
    optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-2)
    target = torch.linspace(-1, 1, 5)
    for _ in range(150):
        optimizer.zero_grad()
        (encoder(spots)[:, 0] - target).square().mean().backward()
        optimizer.step()
    off = (encoder(spots)[:, 0] - target).abs() * 12                # in pixels
    assert off.max() < 0.1


def test_a_decoder_keeps_the_size_of_its_picture_whatever_it_is():
    decoder = ModulatedImageToImage(3, 2, 3, width=8, blocks=1)
    for size in ((16, 16), (17, 30)):
        out = decoder(torch.rand(2, 3, *size), torch.randn(2, 2))
        assert out.shape == (2, 3, *size)


def test_every_output_pixel_sees_z_and_every_row_its_own():
    torch.manual_seed(0)
    decoder = ModulatedImageToImage(3, 2, 3, width=8)
    x, z = torch.rand(2, 3, 16, 16), torch.randn(2, 2)
    before = decoder(x, z)
    z[0] += 1
    after = decoder(x, z)
    assert (before[0] != after[0]).all()
    torch.testing.assert_close(before[1], after[1])


def test_every_parameter_of_both_gets_a_gradient():
    for network, inputs in (
            (AttentionToVector(3, 2, width=8), (torch.rand(2, 3, 16, 16),)),
            (ModulatedImageToImage(3, 2, 3, width=8),
             (torch.rand(2, 3, 16, 16), torch.randn(2, 2)))):
        network(*inputs).square().sum().backward()
        assert all(parameter.grad.any() for parameter in network.parameters())


@pytest.mark.parametrize("make, words", [
    (lambda: AttentionToVector(3, 2, heads=0), "heads is 0; give a whole number"),
    (lambda: AttentionToVector(3, 4, offset=(0, 0)), "offset is .*the 4 channels"),
    (lambda: ModulatedImageToImage(3, 2, 3, blocks=0), "blocks is 0"),
    (lambda: ModulatedImageToImage(3, 0, 3), "latents is 0"),
])
def test_a_network_that_cannot_be_is_answered_by_a_sentence(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
