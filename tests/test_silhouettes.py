"""Facts about the drawn shirts: what is cloth, and how light and shade fall on it."""

import pytest
import torch

from course_lib.datasets.tshirts import silhouettes

shirts = silhouettes.draw_parameters(200, torch.Generator().manual_seed(0))
masks = silhouettes.cloth(shirts, 64)


def test_a_shirt_is_in_one_piece():
    from skimage.measure import label

    pieces = {label(mask.numpy(), connectivity=1).max() for mask in masks}
    assert pieces == {1}


def test_a_shirt_never_touches_the_edge_of_the_picture():
    edge = torch.ones(64, 64, dtype=torch.bool)
    edge[1:-1, 1:-1] = False
    assert not (masks & edge).any()


def test_sleeves_are_wider_than_the_hem_and_the_neck_is_open():
    width = masks.sum(-1).float()
    middle = masks[:, :, 31:33].any(-1)
    assert (width.max(1).values > 1.1 * width[:, 40]).all()
    assert width.max(1).values.sum() > 1.4 * width[:, 40].sum()
    assert (middle.float().argmax(1) >= masks.any(-1).float().argmax(1)).all()


@pytest.mark.parametrize("size", [17, 19, 23, 32, 128])       # 16 mistakes a few
def test_a_mask_of_over_16_pixels_tells_narrow_from_wide_and_short_from_long(size):
    box = silhouettes.bounding_box(silhouettes.cloth(shirts, size))
    for found, drawn in zip(box, (shirts["span"], shirts["length"]), strict=True):
        large = drawn.flatten() > silhouettes.BETWEEN
        assert torch.equal(found > silhouettes.BETWEEN, large)
        assert 0.35 < large.float().mean() < 0.65


def test_the_bounding_box_reads_back_what_was_drawn():
    span, length = silhouettes.bounding_box(silhouettes.cloth(shirts, 128))
    assert (span - shirts["span"].flatten()).abs().max() < 0.03
    assert (length - shirts["length"].flatten()).max() < 0.03


@pytest.mark.parametrize("size", [16, 33, 64])
def test_folds_are_smooth_and_within_one_of_zero(size):
    shade = silhouettes.folds(100, size, torch.Generator().manual_seed(0))
    assert shade.abs().max() <= 1
    slope = torch.cat([shade.diff(dim=1).flatten(), shade.diff(dim=2).flatten()])
    assert slope.abs().max() < 2 * torch.pi * 2.3 / size   # the quickest wave's slope
    assert shade.mean().abs() < 0.05


def test_folds_are_sums_of_waves_at_any_angle():
    def turned():
        return torch.Generator().manual_seed(1)

    coarse = silhouettes.folds(5, 16, turned())
    fine = silhouettes.folds(5, 48, turned())[:, 1::3, 1::3]
    torch.testing.assert_close(coarse, fine)      # the same waves at the same places
