"""Facts about positions: squares of pixels, and how a network learns where it is."""

import pytest
import torch

from course_lib.datasets import TShirts
from course_lib.datasets.tshirts.silhouettes import bounding_box
from course_lib.datasets.tshirts.world import CLOTH
from course_lib.networks import ImageToImage, ImageToVector, MixedPictures
from course_lib.networks.positions import (
    PositionalEncoding,
    coordinates,
    fold,
    fourier_features,
    minimum_projections,
)


def test_folding_keeps_every_pixel_and_repeats_the_edge_to_fit():
    x = torch.arange(30.0).view(1, 1, 5, 6)
    folded = fold(x, 4)
    assert folded.shape == (1, 16, 2, 2)
    whole = torch.nn.functional.pixel_shuffle(folded, 4)[0, 0]
    assert torch.equal(whole[:5, :6], x[0, 0])
    assert torch.equal(whole[5:, :6], x[0, 0, -1:].expand(3, 6))
    assert torch.equal(whole[:, 6:], whole[:, 5:6].expand(8, 2))


def test_the_mean_minimum_projection_of_a_dark_thing_is_how_wide_and_how_high_it_is():
    x = torch.ones(1, 1, 8, 8)
    x[0, 0, 2:7, 3:5] = 0.0                                      # 5 high, 2 wide
    x[0, 0, 4, 4] = 1.0                                          # a hole hides nothing
    itself, width, height = minimum_projections(x)[0]
    assert torch.equal(itself, x[0, 0])
    assert (1 - width).mean().item() == 2 / 8 and (1 - height).mean().item() == 5 / 8
    assert torch.equal(width, width[:1].expand(8, 8))
    assert torch.equal(height, height[:, :1].expand(8, 8))


def test_the_minimum_projections_of_a_shirt_are_as_long_as_its_bounding_box():
    x, _ = TShirts(size=16).held_out(64)
    dark = minimum_projections(x)[:, 1:] < CLOTH
    width, height = dark.float().mean((2, 3)).unbind(1)
    box = bounding_box(TShirts(size=16).mask(x))
    assert torch.equal(width, box[0]) and torch.equal(height, box[1])


def test_coordinates_are_the_middles_of_places_and_symmetric():
    positions = coordinates(torch.zeros(3, 7, 2, 4))
    assert positions.shape == (3, 2, 2, 4)
    assert positions[0, 0, :, 0].tolist() == [-0.5, 0.5]
    assert positions[0, 1, 0].tolist() == [-0.75, -0.25, 0.25, 0.75]


def test_four_frequencies_and_a_constant_span_every_function_of_eight_rows():
    seen = fourier_features(torch.zeros(1, 1, 8, 3))[..., 0].T   # (rows, features)
    seen = torch.cat([seen, torch.ones(8, 1)], 1).double()
    assert torch.linalg.matrix_rank(seen) == 8


def test_positions_turn_equal_features_into_different_ones():
    torch.manual_seed(0)
    features = PositionalEncoding(5)(torch.zeros(2, 5, 8, 8))
    assert torch.equal(features[0], features[1])
    assert len(features[0].flatten(1).T.unique(dim=0)) == 64


@pytest.mark.parametrize("build", [
    lambda positions: ImageToImage(1, 2, width=8, blocks=1, positions=positions),
    lambda positions: PictureOfNothing(positions)])
def test_a_network_without_positions_cannot_tell_the_middle_from_its_neighbour(build):
    """Far from the border a convolution answers the same everywhere."""
    x = torch.zeros(1, 1, 64, 64)
    for positions, same in ((False, True), (True, False)):
        torch.manual_seed(0)
        out = build(positions).eval()(x)
        middle, next_to_it = out[..., 32:36, 32:36], out[..., 36:40, 32:36]
        assert torch.allclose(middle, next_to_it, atol=1e-6) == same


def test_an_encoder_with_positions_has_one_more_layer_and_the_same_output():
    torch.manual_seed(0)
    plain, placed = ImageToVector(1, 3, 8), ImageToVector(1, 3, 8, positions=True)
    x = torch.rand(2, 1, 16, 16)
    assert plain(x).shape == placed(x).shape == (2, 3)
    more = sum(p.numel() for p in placed.parameters())
    assert more - sum(p.numel() for p in plain.parameters()) == 16 * 8


class PictureOfNothing(MixedPictures):
    """Mixed pictures at one z."""

    def __init__(self, positions: bool):
        super().__init__(1, 2, 2, width=8, positions=positions)

    def forward(self, x):
        return super().forward(x, torch.zeros(len(x), 2))
