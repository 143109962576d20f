"""Facts about what is given, on its way to every layer."""

import pytest
import torch

from course_lib.models.pixelcnn import GatedPixelCNN
from course_lib.networks import (
    ChancesCondition,
    ConcatenatedConditions,
    CostVolume,
    ImageCondition,
    ImageToImage,
    MapCondition,
    MinimumProjectionCondition,
    ProfileCondition,
    VectorCondition,
)
from tests.pixels import CLASSES, SMALL, grey


def test_a_class_is_its_one_hot_vector():
    for condition in (VectorCondition(3), MapCondition(3, 4, size=5)):
        vectors = torch.eye(3)[CLASSES]
        assert torch.equal(condition(CLASSES), condition(vectors))


def test_a_vector_is_the_same_at_every_place():
    h = torch.randn(2, 4)
    assert torch.equal(VectorCondition(4)(h), h[:, :, None, None])


@pytest.mark.parametrize("size", [1, 5, 8])
def test_a_map_has_the_size_that_was_asked_for_and_differs_between_places(size):
    s = MapCondition(3, 4, size=size)(CLASSES)
    assert s.shape == (3, 4, size, size)
    assert size == 1 or (s.flatten(2).std(2) > 1e-4).all()


def test_profiles_tell_every_symbol_in_which_row_and_column_something_is():
    torch.manual_seed(0)
    condition = ProfileCondition(3, size=32, symbols=4, out_channels=5).double()
    x = torch.rand(1, 3, 32, 32, dtype=torch.float64, requires_grad=True)
    told = condition(x)
    assert told.shape == (1, 5, 1, 4)
    slope, = torch.autograd.grad(told[0, :, 0, 2].square().sum(), x)
    assert (slope != 0).all()                    # a symbol is told of the whole picture
    moved = condition(x.detach().roll(1, 3)) - told
    assert moved.abs().max() > 1e-3              # and to the pixel


def test_chances_of_a_softmax_are_told_with_their_logarithms():
    network = ImageToImage(3, 5, width=8)
    told = ChancesCondition(network)(torch.rand(2, 3, 8, 8))
    log_p, p = told.split(5, dim=1)
    torch.testing.assert_close(p.sum(1) / 3, torch.ones(2, 8, 8))
    torch.testing.assert_close(3 * (log_p - 1), (p / 3).log().clamp(min=-6))


def test_a_cost_volume_begins_as_block_matching_and_judges_all_disparities_alike():
    network = CostVolume(12).double()
    x = torch.rand(1, 15, 16, 16, dtype=torch.float64)
    x[:, 3 + 5] = 0                                       # there the pictures agree
    moved = torch.cat([x[:, :3], x[:, 3:].roll(1, 1)], 1)
    logits, later = network(x), network(moved)
    assert (logits.argmax(1) == 5).double().mean() > 0.9
    torch.testing.assert_close(logits[:, 4:7], later[:, 5:8])


def test_one_condition_needs_no_name_and_takes_any():
    model = GatedPixelCNN(grey(), 5, VectorCondition(3), **SMALL)
    y = torch.zeros(3, 1, 5, 5)
    plain = model.log_prob(y, given=CLASSES)
    for name in ("class", "condition", "digit"):
        assert torch.equal(plain, model.log_prob(y, given={name: CLASSES}))


@pytest.mark.parametrize("condition, given, words", [
    (VectorCondition(3), torch.tensor([0, 3]), "from 0 to 3; give .* from 0 to 2"),
    (VectorCondition(3), torch.tensor([-1]), "from -1 to -1; give .* from 0"),
    (VectorCondition(3), torch.tensor([[0]]), r"or floats of shape \(batch, 3\)"),
    (VectorCondition(3), None, r"given is None; give .* floats of shape"),
    (VectorCondition(3), torch.zeros(2, 4), r"\(2, 4\); give the shape \(batch, 3\)"),
    (MapCondition(3), torch.zeros(2, 2), r"\(2, 2\); give the shape \(batch, 3\)"),
    (ImageCondition(1, 2, width=4), torch.zeros(1, 3, 4, 4), r"\(batch, 1, height"),
])
def test_what_cannot_be_given_is_answered_by_a_sentence(condition, given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        condition.check(given)


@pytest.mark.parametrize("call, words", [
    (lambda: VectorCondition(0), "features is 0"),
    (lambda: MapCondition(3, 4, size=0), "size is 0"),
])
def test_a_condition_that_cannot_be_is_answered_by_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_minimum_projections_tell_of_a_single_dark_pixel_in_its_column_and_its_row():
    torch.manual_seed(0)
    condition = MinimumProjectionCondition(1, 6, 4)
    x = torch.ones(1, 1, 6, 6)
    x[0, 0, 2, 3] = 0.0
    more = x.clone()
    more[0, 0, 4, 3] = 0.0               # of the same column: higher, not wider
    told, of_more = condition(x)[0, :, 0, 0], condition(more)[0, :, 0, 0]
    assert torch.equal(told[:2], of_more[:2]) and not torch.equal(told[2:], of_more[2:])
    more[0, 0, 2, 3] = 0.1                       # behind a darker one nothing is seen
    more[0, 0, 2, 5] = 0.05
    assert not torch.equal(condition(more)[0, :2, 0, 0], told[:2])


def test_conditions_on_one_image_stand_side_by_side():
    least = MinimumProjectionCondition(1, 6, 4)
    both = ConcatenatedConditions(least, ImageCondition(1, 3, positions=True))
    x = torch.rand(2, 1, 6, 6)
    told = both(both.check(x))
    assert told.shape == (2, both.out_channels, 6, 6) and both.out_channels == 7
    assert torch.equal(told[:, :4], least(x).expand(-1, -1, 6, 6))


def test_bad_conditions_say_what_to_give():
    with pytest.raises(ValueError, match="give an even number"):
        MinimumProjectionCondition(out_channels=3)
    with pytest.raises(ValueError, match=r"give the shape \(batch, 1, 16, 16\)"):
        MinimumProjectionCondition()(torch.rand(1, 1, 8, 8))
    with pytest.raises(ValueError, match="at least one"):
        ConcatenatedConditions()
