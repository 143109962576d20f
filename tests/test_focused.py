"""Facts about shirts that are shown more often: which, and what stays as it is."""

import pytest
import torch

from course_lib.datasets.focused import Focused
from course_lib.datasets.tshirts import TShirts

plain = TShirts("stripes", size=16)


def dark(x):
    """Whether a photo's shirt is dark."""
    return plain.mean_lightness(x) < 0.6


def test_photos_are_drawn_in_proportion_to_their_weights():
    world = Focused(lambda x: 1.0 + 9.0 * dark(x), "stripes", size=16)
    share = dark(plain.lightness("train")).float().mean().item()
    expected = 10 * share / (10 * share + 1 - share)
    x, _ = world.batch(4000, seed=0)
    error = (expected * (1 - expected) / 4000) ** 0.5
    assert dark(x).float().mean().item() == pytest.approx(expected, abs=4 * error)


def test_what_is_held_out_and_what_follows_from_a_photo_stay_as_they_are():
    world = Focused(lambda x: 1.0 * dark(x), "stripes", size=16)
    for one, other in zip(world.held_out(32), plain.held_out(32)):
        assert torch.equal(one, other)
    for one, other in zip(world.batch(8, "test", 3), plain.batch(8, "test", 3)):
        assert torch.equal(one, other)
    x, _ = world.batch(16, seed=0)
    assert torch.equal(world.mode_probabilities(x), plain.mode_probabilities(x))


def test_the_same_seed_gives_the_same_pairs():
    world = Focused(lambda x: 1.0 + dark(x), size=16)
    for one, other in zip(world.batch(8, seed=1), world.batch(8, seed=1)):
        assert torch.equal(one, other)


@pytest.mark.parametrize("weight", [
    lambda x: torch.zeros(len(x)), lambda x: -torch.ones(len(x)),
    lambda x: torch.ones(3)])
def test_weights_that_are_no_chances_are_refused(weight):
    with pytest.raises(ValueError, match="one number for each"):
        Focused(weight, size=16)
