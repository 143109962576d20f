"""Facts about the translators of colors: one rule for all pixels, grey to begin with,
or as light as before."""

import numpy as np
import pytest
import torch

from course_lib.networks import ChromaMap, ColorMap


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


def trained_a_little(gain):
    """A map whose colors have been moved by chance."""
    torch.manual_seed(0)
    network = ChromaMap(gain).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return network


def test_whatever_a_chroma_map_has_learned_lightness_stays():
    x = torch.rand(2, 3, 5, 6, dtype=torch.float64)
    moved = trained_a_little(1.0)(x)
    assert (moved - x).abs().max() > 0.1
    luma = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)
    assert torch.allclose(torch.einsum("c,bchw->bhw", luma, moved - x),
                          torch.zeros(2, 5, 6, dtype=torch.float64), atol=1e-6)


@pytest.mark.parametrize("gain", [0.0, 1 / 3, 1.0, 3.0])
def test_a_chroma_map_begins_by_making_colors_paler_or_stronger(gain):
    from skimage.color import rgb2ycbcr, ycbcr2rgb

    x = torch.rand(1, 3, 4, 4, dtype=torch.float64)
    parts = rgb2ycbcr(x[0].movedim(0, -1).numpy())
    parts[..., 1:] = 128 + gain * (parts[..., 1:] - 128)
    known = torch.from_numpy(np.moveaxis(ycbcr2rgb(parts), -1, 0))
    assert torch.allclose(ChromaMap(gain).double()(x)[0], known, atol=2e-3)


def test_one_that_makes_paler_is_undone_by_one_that_makes_stronger():
    x = torch.rand(2, 3, 4, 4)
    assert torch.allclose(ChromaMap(3.0)(ChromaMap(1 / 3)(x)), x, atol=1e-5)


def test_a_chroma_map_takes_pictures_of_three_channels():
    with pytest.raises(ValueError, match=r"give the shape \(batch, 3"):
        ChromaMap()(torch.rand(1, 1, 4, 4))
    with pytest.raises(ValueError, match="gain is 1000"):
        ChromaMap(1000.0)
