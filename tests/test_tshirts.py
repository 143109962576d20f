"""Facts about the world of t-shirts: its photos, its dye law, its modes."""

import math

import pytest
import torch

from course_lib.datasets import TShirts, fashion_mnist
from course_lib.datasets.tshirts.world import BACKGROUND, DARKEST, LIGHTEST, PINK
from tests import frozen_shirts

solid, stripes = TShirts(), TShirts("stripes")
x, y = stripes.batch(256, split="test", seed=0)
needs_fashion = pytest.mark.skipif(
    fashion_mnist.find() is None,
    reason="no Fashion-MNIST here; apt install dataset-fashion-mnist")


@pytest.mark.parametrize("size", [16, 17, 29, 32, 128])
@pytest.mark.parametrize("channels", ["a", "ab"])
def test_a_batch_has_the_shapes_and_ranges_that_are_promised(size, channels):
    world = TShirts("stripes", size=size, channels=channels)
    x, y = world.batch(5, split="test", seed=0)
    assert x.shape == (5, 1, size, size) and y.shape == (5, len(channels), size, size)
    assert x.dtype == y.dtype == torch.float32
    assert x.min() >= 0 and x.max() <= 1
    assert world.modes(x).shape == (5, 4, len(channels), size, size)


def test_cloth_lies_in_its_range_of_lightness_and_the_background_above():
    photos = solid.lightness("train")[:, 0]
    mask = solid.mask(photos[:, None])
    assert photos[mask].min() >= DARKEST - 1e-6
    assert photos[mask].max() <= LIGHTEST + 1e-6
    torch.testing.assert_close(photos[~mask].unique(), torch.tensor([BACKGROUND]))


def test_the_mask_is_the_cloth_that_was_drawn(monkeypatch):
    from course_lib.datasets.tshirts import silhouettes

    drawn, cloth = [], silhouettes.cloth
    monkeypatch.setattr(silhouettes, "cloth",
                        lambda *a: drawn.append(cloth(*a)) or drawn[-1])
    world = TShirts(size=24, seed=24)      # photos that no other test has drawn
    photos = world.lightness("test")
    assert torch.equal(world.mask(photos), torch.cat(drawn))


def test_photos_have_8_bits():
    assert torch.equal((255 * x).round() / 255, x)


def test_the_same_seed_gives_the_same_batch_and_another_one_another():
    again = TShirts("stripes").batch(256, split="test", seed=0)
    assert torch.equal(x, again[0]) and torch.equal(y, again[1])
    other = stripes.batch(256, split="test", seed=1)
    assert not torch.equal(x, other[0]) and not torch.equal(y, other[1])


def test_a_seed_leaves_the_global_random_state_untouched_and_none_uses_it():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    solid.batch(4, seed=0)
    assert torch.equal(before, torch.get_rng_state())
    first = solid.batch(4)
    assert not torch.equal(first[1], solid.batch(4)[1])
    torch.manual_seed(3)
    assert torch.equal(first[1], solid.batch(4)[1])


@pytest.mark.parametrize("size", [16, 32])
def test_train_and_test_share_no_shirt(size):
    splits = [{photo.numpy().tobytes() for photo in TShirts(size=size).lightness(split)}
              for split in ("train", "test")]
    assert not splits[0] & splits[1]


def test_a_world_of_another_seed_has_other_shirts():
    one, other = (TShirts(seed=seed, size=16).lightness("test") for seed in (0, 1))
    assert not torch.equal(one, other)


def test_held_out_shirts_are_the_frozen_ones_on_every_machine():
    shown, _ = TShirts().held_out(256)
    assert torch.equal(frozen_shirts.in_bytes(shown), frozen_shirts.photos())


@pytest.mark.parametrize("size", [16, 32, 64])
def test_all_photos_of_a_standard_world_have_the_frozen_checksum(size):
    for world in (TShirts(size=size), TShirts("stripes", size=size, channels="a")):
        frozen = frozen_shirts.checksums()[frozen_shirts.world_key(world)]
        assert frozen_shirts.checksum(world) == frozen


def test_held_out_pairs_are_the_first_test_shirts_and_stay_the_same():
    x, y = solid.held_out(8)
    assert torch.equal(x, solid.lightness("test")[:8])
    assert torch.equal(y, TShirts().held_out(8)[1])


def test_more_held_out_shirts_than_there_are_is_answered_by_a_sentence():
    with pytest.raises(ValueError, match="examples is 2000; give .* from 1 to 1024"):
        solid.held_out(2000)


def test_mask_stripes_and_p_are_functions_of_one_x_alone():
    p = stripes.probability_of_teal(x)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    other = TShirts("stripes", seed=7)
    torch.testing.assert_close(other.probability_of_teal(x[order]), p[order])
    assert torch.equal(other.dyes(x[order][:5]), stripes.dyes(x)[order][:5])


def law(world, split):
    """Return P(teal) of every shirt of a split."""
    return world.probability_of_teal(world.lightness(split))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("size", [16, 32])
def test_p_of_drawn_shirts_is_one_half_on_average_and_15_to_85_percent(size, split):
    p = law(TShirts(size=size), split)
    assert 0.15 <= p.min() < 0.2 and 0.8 < p.max() <= 0.85
    assert p.mean().item() == pytest.approx(0.5, abs=0.02)


@needs_fashion
@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("size", [28, 32])
def test_p_of_real_shirts_is_one_half_on_average_and_15_to_85_percent(size, split):
    p = law(TShirts(shirts="fashion-mnist", size=size), split)
    assert len(p) == {"train": 6000, "test": 1000}[split]
    assert 0.15 <= p.min() < 0.2 and 0.8 < p.max() <= 0.85
    assert p.mean().item() == pytest.approx(0.5, abs=0.02)


@needs_fashion
def test_real_shirts_have_cloth_in_the_same_range_as_drawn_ones():
    world = TShirts("stripes", shirts="fashion-mnist")
    x = world.lightness("test")
    mask = world.mask(x)
    assert mask.flatten(1).any(1).all()
    cloth = x[:, 0][mask]
    assert cloth.min() >= DARKEST - 1e-6 and cloth.max() <= LIGHTEST + 1e-6
    torch.testing.assert_close(x[:, 0][~mask].unique(), torch.tensor([BACKGROUND]))


def test_the_lighter_the_shirt_the_likelier_teal():
    p = solid.probability_of_teal(x)
    order = solid.mean_lightness(x).argsort()
    assert (p[order].diff() >= 0).all()
    assert p.max() - p.min() > 0.5


def test_p_is_a_normal_distribution_function_of_the_lightness():
    from scipy.stats import norm

    mean = solid.mean_lightness(x[:5]).numpy()
    expected = 0.15 + 0.70 * norm.cdf((mean - 0.651) / 0.0612)
    torch.testing.assert_close(solid.probability_of_teal(x[:5]).numpy(),
                               expected.astype("float32"))


def test_mode_probabilities_add_up_to_one_in_the_documented_order():
    p = solid.probability_of_teal(x)
    torch.testing.assert_close(solid.mode_probabilities(x), torch.stack([p, 1 - p], 1))
    striped = stripes.mode_probabilities(x)
    torch.testing.assert_close(striped.sum(1), torch.ones(256))
    torch.testing.assert_close(striped[:, 0] / striped[:, 1], p / (1 - p))
    assert (striped[:, 2:] == 0.25).all()
    assert stripes.mode_names == ("teal", "pink", "stripes A", "stripes B")


def test_the_modes_are_teal_pink_and_two_opposite_stripes_on_cloth_alone():
    teal, pink, phase_a, phase_b = stripes.modes(x).unbind(1)
    cloth = stripes.mask(x)[:, None].float()
    color = torch.tensor(PINK).view(1, 2, 1, 1)
    torch.testing.assert_close(pink, color * cloth)
    assert torch.equal(teal, -pink) and torch.equal(phase_a, -phase_b)
    torch.testing.assert_close(phase_a.abs(), pink)


@pytest.mark.parametrize("size", [16, 17, 32, 128])
def test_stripes_are_straight_and_have_half_duty(size):
    world = TShirts("stripes", size=size)
    x = world.lightness("test")[:64]
    stripe = world.stripes(x)
    along = (stripe.diff(dim=1) == 0).flatten(1).all(1)
    across = (stripe.diff(dim=2) == 0).flatten(1).all(1)
    assert (along ^ across).all() and along.any() and across.any()
    for picture, is_along in zip(stripe, along, strict=True):
        line = picture[0] if is_along else picture[:, 0]
        widths = line.diff().nonzero().flatten().diff()
        assert len(widths.unique()) == 1          # teal bands are as broad as pink ones
        assert widths[0].item() in (round(3 * size / 32), round(6 * size / 32))


def test_short_shirts_wear_stripes_across_and_narrow_shirts_fine_ones():
    span, length = (shape > 0.7 for shape in _shape(x))
    stripe = stripes.stripes(x)
    is_along = (stripe.diff(dim=1) == 0).flatten(1).all(1)
    assert torch.equal(is_along, length)
    changes = (stripe.diff(dim=1) != 0).flatten(1).sum(1) + (
        stripe.diff(dim=2) != 0).flatten(1).sum(1)
    assert changes[~span].min() > changes[span].max()


def _shape(x):
    """Return width and height of the smallest box around each shirt, by numpy."""
    boxes = [(m.any(0).sum() / 32, m.any(1).sum() / 32)
             for m in stripes.mask(x).numpy()]
    return torch.tensor(boxes).T


def test_the_lightness_does_not_show_the_stripes():
    assert torch.equal(solid.lightness("test"), stripes.lightness("test"))


@pytest.mark.parametrize("world", [solid, stripes], ids=["solid", "stripes"])
def test_y_given_x_has_the_mean_and_variance_that_the_law_says(world):
    one = x[:3]
    samples = world.truth.sample(given=one, n=2000, seed=0)
    chance = world.probability_of_teal(one).view(-1, 1, 1, 1)
    pink = world.modes(one)[:, 1]
    share = 1.0 if world is solid else 0.5          # of shirts that are of one color
    mean = share * (1 - 2 * chance) * pink
    std = (0.1 ** 2 + pink.square() - mean.square()).sqrt()
    error = 0.66 / math.sqrt(2000)
    torch.testing.assert_close(samples.mean(0), mean, atol=5 * error, rtol=0)
    torch.testing.assert_close(samples.std(0), std, atol=5 * error, rtol=0)
    torch.testing.assert_close(world.truth.mean(one), mean, atol=1e-6, rtol=0)


def test_noise_is_on_the_background_too():
    noise = y.permute(1, 0, 2, 3)[:, ~stripes.mask(x)]
    assert noise.std().item() == pytest.approx(0.1, rel=0.01)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.001)


def test_nothing_is_clipped_in_y():
    z = (y.unsqueeze(1) - stripes.modes(x)).flatten(2).abs() / 0.1
    furthest = z.mean(-1).argmin(1)
    assert z[torch.arange(256), furthest].max() > 4         # of half a million numbers


@pytest.mark.parametrize("options, words", [
    ({"pattern": "dots"}, "pattern is 'dots'; choose one of 'solid', 'stripes'"),
    ({"shirts": "knitted"}, "shirts is 'knitted'; choose one of 'drawn', 'fashion-mn"),
    ({"size": 7}, "size is 7; give a whole number from 16 to 128"),
    ({"size": 32.0}, "size is 32.0; give a whole number from 16 to 128"),
    ({"size": 129}, "size is 129"),
    ({"channels": "rgb"}, "channels is 'rgb'; choose one of 'ab', 'a'"),
    ({"seed": -1}, "seed is -1; give a whole number from 0"),
])
def test_a_world_that_cannot_be_is_answered_by_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        TShirts(**options)


@pytest.mark.parametrize("call, words", [
    (lambda: solid.batch(0), "n is 0; give a whole number of at least 1"),
    (lambda: solid.batch("all"), "n is 'all'; give a whole number"),
    (lambda: solid.batch(4, split="valid"), "split is 'valid'; choose one of 'train'"),
    (lambda: solid.batch(4, seed=1.5), "seed is 1.5; give a whole number"),
])
def test_a_batch_that_cannot_be_is_answered_by_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


@pytest.mark.parametrize("bad, words", [
    (100 * x, "given runs from 50.* to 94.1; give values from 0.0 to 1.0"),
    (x[:, :, :16], r"given is .*\(256, 1, 16, 32\); give the shape \(batch, 1, 32, 32"),
    (x[:0], "is empty"),
    ((255 * x).byte(), "uint8 tensor.*floating-point"),
    (x.log().sqrt(), "NaN"),
    (torch.cat([x[:1], torch.ones(2, 1, 32, 32)]), r"no shirt in \[1, 2\] of its"),
])
def test_what_is_no_photo_of_a_shirt_is_answered_by_a_sentence(bad, words):
    for call in (solid.truth.entropy, solid.truth.mode_probabilities, solid.truth.modes,
                 solid.truth.mean, lambda x: solid.independent.sample(given=x)):
        with pytest.raises((TypeError, ValueError), match=words):
            call(bad)
