"""Facts that hold for every world: what it promises, and that it never changes."""

from inspect import signature

import pytest
import torch

from course_lib.contract import BatchSource, World
from course_lib.datasets import (
    Billiards,
    BlindSpot,
    Captions,
    Conventions,
    CoveredHouses,
    DataUnavailable,
    Digits,
    Facades,
    GreyAndDyed,
    NextPlace,
    Photos,
    Segmentation,
    Spots,
    Stereo,
    TShirts,
    WindowBoxes,
)
from course_lib.datasets.adapted import Reconstructed, Unconditional
from course_lib.scoring.scores import SCORERS, scorer_of
from tests.toys import Line

facades = Facades(pairs=8)
MAKERS = [
    TShirts, lambda: TShirts("stripes", "fashion-mnist", size=16),
    lambda: Captions(TShirts(size=16)), Billiards, lambda: facades,
    lambda: Segmentation(facades), lambda: CoveredHouses(facades),
    lambda: WindowBoxes(facades), lambda: NextPlace(Billiards(16)), Photos, Digits,
    BlindSpot, Spots, Stereo, Conventions, GreyAndDyed,
    lambda: Unconditional(Digits()), lambda: Reconstructed(Digits())]


@pytest.fixture(params=MAKERS)
def world(request):
    try:
        return request.param()
    except DataUnavailable as reason:
        pytest.skip(str(reason))


def leaves(given):
    """The tensors that are given, whatever they lie in."""
    return [] if given is None else list(
        given.values() if isinstance(given, dict) else [given])


def test_every_world_has_what_fit_and_score_ask_for(world):
    assert isinstance(world, World) and isinstance(world, BatchSource)
    for x, y in (world.batch(3, seed=0), world.batch(3, "test", seed=0),
                 world.held_out(3)):
        assert y.shape == (3, *world.y_shape) and y.is_floating_point()
        assert all(len(part) == 3 for part in leaves(x))
        if world.given_shape is not None:
            assert x.shape == (3, *world.given_shape)


def test_the_same_seed_gives_the_same_pairs_whatever_was_done_to_them(world):
    for draw in (lambda: world.batch(4, "test", seed=1), lambda: world.held_out(4)):
        x, y = draw()
        kept = [part.clone() for part in (*leaves(x), y)]
        for part in (*leaves(x), y):
            part.zero_()
        again_x, again_y = draw()
        assert all(map(torch.equal, kept, (*leaves(again_x), again_y)))


def test_no_setting_of_a_world_can_be_changed(world):
    names = {*signature(type(world)).parameters, "noise", "y_shape", "given_shape"}
    for name in [name for name in names if hasattr(world, name)]:
        before = getattr(world, name)
        with pytest.raises(AttributeError, match=f"{name} of a .*; make a new one"):
            setattr(world, name, 0.3)
        assert getattr(world, name) is before or getattr(world, name) == before


def test_a_world_says_by_its_class_how_it_is_scored():
    class SmallShirts(TShirts):
        pass

    assert scorer_of(SmallShirts(size=16)) is SCORERS[TShirts]
    with pytest.raises(ValueError, match="the truth of .* is unknown"):
        scorer_of(Photos())


def test_what_has_batches_alone_can_be_trained_on_and_not_scored():
    assert isinstance(Line(), BatchSource) and not isinstance(Line(), World)


def test_a_photograph_is_a_copy():
    world, name = Photos(), "coffee"
    before = world.photograph(name)[0].clone()
    world.photograph(name)[0].zero_()
    assert torch.equal(world.photograph(name)[0], before)


def test_labels_are_a_copy():
    world = Digits()
    before = world.labels().clone()
    world.labels().zero_()
    assert torch.equal(world.labels(), before)
