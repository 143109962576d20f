"""Facts about PixelCNN and Gated PixelCNN as probabilities of whole images."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.networks import ImageCondition, MapCondition, VectorCondition
from tests.pixels import CASES, CLASSES, KINDS, PHOTOS, SMALL, build, grey, palette

kinds = pytest.mark.parametrize("kind", KINDS)
y = torch.rand(3, 1, 5, 5, generator=torch.Generator().manual_seed(1)) * 2 - 1


def all_images(model) -> torch.Tensor:
    """Every image that there is, in the units of y."""
    places = model.channels * model.height * model.width
    bins = torch.tensor(list(itertools.product(range(model.levels), repeat=places)))
    return model.values(bins.view(-1, model.channels, model.height, model.width))


def sharper(model):
    """The same, with outputs large enough that images differ much in probability."""
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter.mul_(2)
    return model.double()


@kinds
@pytest.mark.parametrize("codebook, size", [
    (grey(3), (2, 2)), (grey(3, channels=2), (1, 2)), (grey(2, channels=3), (1, 2)),
    (palette(), (2, 2))])
def test_the_probabilities_of_all_images_sum_to_one(kind, codebook, size):
    torch.manual_seed(0)
    model = sharper(KINDS[kind](codebook, size, **SMALL))
    total = model.log_prob(all_images(model)).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-12)


@kinds
def test_they_sum_to_one_for_every_class(kind):
    torch.manual_seed(0)
    model = sharper(KINDS[kind](grey(3), 2, VectorCondition(2), **SMALL))
    images = all_images(model)
    chances = [model.log_prob(images, given=torch.full((81,), k)).exp() for k in (0, 1)]
    for each in chances:
        assert each.sum().item() == pytest.approx(1, abs=1e-12)
    assert (chances[0] - chances[1]).abs().sum() > 1e-2


@kinds
@pytest.mark.parametrize("codebook, size", [(grey(3), (2, 2)),
                                            (grey(3, channels=2), (1, 2))])
def test_samples_are_as_frequent_as_they_are_probable(kind, codebook, size):
    from scipy.stats import chi2

    torch.manual_seed(0)
    model, n = sharper(KINDS[kind](codebook, size, **SMALL)), 20_000
    images = all_images(model)
    expected = n * model.log_prob(images).exp()
    bins = model.bins(model.sample(n=n, batch=1, seed=0)[:, 0]).flatten(1)
    number = (bins * 3 ** torch.arange(3, -1, -1)).sum(1)
    counted = torch.bincount(number, minlength=81)
    often = expected > 5
    surprise = ((counted - expected).square() / expected)[often].sum().item()
    assert chi2.sf(surprise, int(often.sum())) > 1e-3 and often.sum() > 30
    assert counted[~often].sum() <= expected[~often].sum() + 15
    assert expected.max() > 10 * expected.min()


@kinds
@pytest.mark.parametrize("case", CASES)
def test_log_prob_is_the_sum_of_the_logits_of_every_value(kind, case):
    model, given = build(kind, case)
    bins = torch.randint(model.levels, (3, model.channels, 5, 5))
    log_p = model.logits(bins, given=given).log_softmax(2).gather(2, bins.unsqueeze(2))
    torch.testing.assert_close(model.log_prob(model.values(bins), given=given),
                               log_p.sum((1, 2, 3, 4)))


@kinds
@pytest.mark.parametrize("codebook", [grey(3), grey(4, 2), grey(2, 3), palette()])
def test_a_value_that_was_drawn_is_found_in_its_own_bin(kind, codebook):
    model = KINDS[kind](codebook, 5, **SMALL)
    bins = torch.randint(model.levels, (4, model.channels, 5, 5))
    assert torch.equal(model.bins(model.values(bins)), bins)
    assert model.values(bins).shape == (4, codebook.channels, 5, 5)


def with_prefix(given, rows):
    """What is given, and the first rows of the image."""
    others = {} if given is None else {"condition": given}
    return {"prefix": y[:, :, :rows]} | others


@kinds
@pytest.mark.parametrize("case", ["nothing given", "an image"])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_the_prefix_and_the_rest_given_the_prefix_make_the_whole(kind, case, rows):
    model, given = build(kind, case)
    whole = model.log_prob(y, given=given)
    bins = model.bins(y)
    logits = model.logits(bins, given=given).log_softmax(2).gather(2, bins.unsqueeze(2))
    prefix = logits[:, :, :, :rows].sum((1, 2, 3, 4))
    rest = model.log_prob(y[:, :, rows:], given=with_prefix(given, rows))
    torch.testing.assert_close(prefix + rest, whole)


@kinds
@pytest.mark.parametrize("case", ["nothing given", "a class"])
def test_a_prefix_of_length_zero_changes_nothing(kind, case):
    model, given = build(kind, case)
    none, some = with_prefix(given, 0), given
    assert torch.equal(model.log_prob(y, given=none), model.log_prob(y, given=some))
    assert torch.equal(model.sample(given=none, n=2, seed=0),
                       model.sample(given=some, n=2, seed=0, batch=3))


@kinds
def test_a_prefix_that_says_something_changes_what_follows(kind):
    model, _ = build(kind, "nothing given")
    here, there = (model.log_prob(y[:, :, 2:], given={"prefix": prefix})
                   for prefix in (y[:, :, :2], -y[:, :, :2]))
    assert (here != there).all()
    assert model.sample(given={"prefix": y[:, :, :2]}, n=2).shape == (2, 3, 1, 3, 5)


@kinds
def test_samples_after_a_prefix_are_those_of_completion(kind):
    model, given = build(kind, "a class")
    rest = model.sample(given=with_prefix(given, 2), n=4, seed=0)
    known = torch.zeros(3, 1, 5, 5, dtype=torch.bool)
    known[:, :, :2] = True
    completed = model.complete(y, known, given=given, n=4, seed=0)
    assert torch.equal(completed[..., 2:, :], rest)


@kinds
def test_the_rows_after_a_prefix_are_drawn_of_a_palette_too(kind):
    model, _ = build(kind, "a palette")
    colors = model.values(torch.arange(4).view(1, 1, 2, 2).repeat(3, 1, 1, 3)[..., :5])
    known = torch.zeros(3, 1, 5, 5, dtype=torch.bool)
    known[:, :, :2] = True
    whole = functional.pad(colors, (0, 0, 0, 3))
    rest = model.sample(given={"prefix": colors}, n=2, seed=0)
    assert torch.equal(model.complete(whole, known, n=2, seed=0)[..., 2:, :], rest)


@kinds
@pytest.mark.parametrize("method", ["cached", "naive"])
def test_completion_keeps_given_pixels_to_the_bit_and_draws_the_others(kind, method):
    model, _ = build(kind, "nothing given")
    known = torch.rand(3, 1, 5, 5) < 0.5
    found_inf = y.masked_fill(~known, math.nan)           # nobody looks at the others
    drawn = model.complete(found_inf, known, n=6, seed=0, method=method)
    kept = known.expand(6, -1, -1, -1, -1)
    assert torch.equal(drawn[kept], y.expand(6, -1, -1, -1, -1)[kept])
    values = drawn[~kept]
    centers = model.codebook.centers
    assert (values[:, None] == centers).any(1).all()
    assert all((values == center).any() for center in centers)


@kinds
def test_completion_of_a_finished_image_is_that_image(kind):
    model, _ = build(kind, "two channels")
    image = torch.rand(3, 2, 5, 5)
    all_known = torch.ones(3, 1, 5, 5, dtype=torch.bool)
    assert torch.equal(model.complete(image, all_known)[0], image)


@kinds
def test_pixels_drawn_in_a_completion_know_of_those_before_them(kind):
    model, _ = build(kind, "nothing given")
    known = torch.zeros(3, 1, 5, 5, dtype=torch.bool)
    known[:, :, 0] = True
    options = {"known": known, "n": 50, "seed": 0}
    here, there = (model.complete(sign * y, **options)[..., 1:, :] for sign in (1, -1))
    assert not torch.equal(here, there)


@kinds
def test_a_low_temperature_takes_the_most_likely_level(kind):
    model, _ = build(kind, "a class")
    nn.init.normal_(model.network.out[-1].bias)      # or all levels may be as likely
    cold = model.sample(given=CLASSES, n=3, seed=0, temperature=1e-9)
    assert torch.equal(cold[0], cold[1])
    likely = model.logits(model.bins(cold[0]), given=CLASSES).argmax(2)
    assert torch.equal(model.bins(cold[0]), likely)


@kinds
def test_a_high_temperature_forgets_the_logits(kind):
    model, _ = build(kind, "nothing given")
    hot = model.bins(sharper(model).sample(n=400, batch=1, seed=0, temperature=1e3)[0])
    share = torch.bincount(hot.flatten(), minlength=3) / hot.numel()
    assert (share - 1 / 3).abs().max() < 4 * math.sqrt(2 / 9 / hot.numel())


@kinds
def test_sampling_leaves_dropout_and_mode_as_they_were(kind):
    model = KINDS[kind](grey(), 5, dropout=0.5, **SMALL).train()
    samples = [model.sample(n=4, batch=1, seed=0, method=method)
               for method in ("cached", "naive", "cached")]
    assert torch.equal(samples[0], samples[2]) and torch.equal(*samples[:2])
    assert model.training and model.network.training
    assert not torch.equal(model.log_prob(y), model.log_prob(y))


@kinds
def test_log_prob_is_finite_where_the_network_computes_in_16_bits(kind):
    model, given = build(kind, "an image")
    exact = model.log_prob(y, given=given)
    with torch.autocast("cpu", torch.bfloat16):
        loss = model.loss(y, given=given)
        rough = model.log_prob(y, given=given)
    loss.backward()
    assert rough.dtype == torch.float32 and rough.isfinite().all()
    torch.testing.assert_close(rough, exact, rtol=0.02, atol=0.5)


@kinds
def test_channels_of_one_pixel_can_depend_on_each_other(kind):
    torch.manual_seed(0)
    model = KINDS[kind](grey(3, channels=2), 1, width=16, layers=2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    first = torch.randint(3, (256, 1, 1, 1))
    same = model.values(torch.cat([first, first], dim=1))
    for _ in range(60):
        optimizer.zero_grad()
        model.loss(same).backward()
        optimizer.step()
    assert model.loss(same).item() == pytest.approx(math.log(3), abs=0.05)


FAMILIES = {"plain": PixelCNN, "gated": GatedPixelCNN}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("codebook", [
    *(grey(channels=channels) for channels in (1, 2, 3)), Palette(torch.eye(4)[:3])])
def test_the_width_fits_the_channels_by_itself(family, codebook):
    torch.manual_seed(0)
    model = FAMILIES[family](codebook, 4, layers=1)
    assert 32 <= model.network.width < 32 + model.channels
    assert model.log_prob(torch.rand(2, codebook.channels, 4, 4)).isfinite().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_width_that_does_not_fit_the_channels_is_called_by_its_name(family):
    with pytest.raises(ValueError, match="^width is 8, which 3 channels .*width=9, or"):
        FAMILIES[family](grey(channels=3), 4, width=8)


def test_a_palette_is_shown_as_unit_vectors_and_levels_as_one_number():
    colors = PixelCNN(palette(), 5, **SMALL)
    assert colors.network.in_features == 4 and colors.channels == 1
    shown = colors.encode(torch.tensor([[[[0, 3]]]]))
    assert shown[0, :, 0].T.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
    levels = PixelCNN(grey(3), 5, **SMALL)
    assert levels.encode(torch.tensor([[[[0, 1, 2]]]])).flatten().tolist() == [-1, 0, 1]


def model_of(condition=None, **options):
    return PixelCNN(grey(), 5, condition, **SMALL | options)


BAD = {
    "levels": (lambda: Quantizer(levels=1), "levels is 1; give a whole number from 2"),
    "colors": (lambda: Palette(torch.zeros(1, 2)), "colors is 1; give"),
    "codebook": (lambda: PixelCNN(8, 5), "codebook is 8; give a Quantizer or a Pal"),
    "size": (lambda: PixelCNN(grey(), (5, 5, 5)), r"give a side, or \(height, width"),
    "no side": (lambda: PixelCNN(grey(), 0), "size is 0; give a whole number"),
    "inputs": (lambda: model_of(inputs="words"), "choose one of 'ordinal', 'one-hot'"),
    "condition": (lambda: model_of(3), "condition is 3; give a network.*VectorCond"),
    "bins": (lambda: model_of().logits(y), r"float32.*give int64 .*model.bins\(y\)"),
    "image of another size": (
        lambda: model_of().log_prob(y[..., 1:]), r"give the shape \(batch, 1, 5, 5\)"),
    "class": (lambda: model_of(VectorCondition(3)).log_prob(y, given=CLASSES + 1),
              "given runs from 1 to 3; give .* from 0 to 2, class numb"),
    "h": (lambda: model_of(VectorCondition(3)).log_prob(y, given=torch.zeros(3, 4)),
          r"\(3, 4\); give the shape \(batch, 3\)"),
    "nothing given": (lambda: model_of(VectorCondition(3)).sample(),
                      "given is None; give .* floats of shape"),
    "too much given": (lambda: model_of().log_prob(y, given=CLASSES),
                       r"PixelCNN has no condition; build it with condition=\.\.\."),
    "fewer given": (lambda: model_of(VectorCondition(3)).log_prob(y, given=CLASSES[:2]),
                    "y holds 3 examples and given 2"),
    "photo of another size": (
        lambda: model_of(ImageCondition(1, 2, 4)).log_prob(y, given=PHOTOS[..., 1:]),
        r"gives \(5, 4\) places and an image has \(5, 5\); give an x, or build a map"),
    "map of another size": (
        lambda: model_of(MapCondition(3, 2, size=8)).log_prob(y, given=CLASSES),
        r"gives \(8, 8\) places and an image has \(5, 5\)"),
    "prefix as long as the image": (
        lambda: model_of().sample(given={"prefix": y}), "holds 5 rows and an image"),
    "prefix of another width": (
        lambda: model_of().sample(given={"prefix": y[:, :, :0, 1:]}),
        r"give the shape \(batch, 1, rows, 5\)"),
    "prefix of other images": (
        lambda: model_of(VectorCondition(3)).sample(
            given={"prefix": y[:2, :, :1], "class": CLASSES}), "of equal length"),
    "y of all rows after a prefix": (
        lambda: model_of().log_prob(y, given={"prefix": y[:, :, :2]}),
        r"give the shape \(batch, 1, 3, 5\)"),
    "known": (lambda: model_of().complete(y, y), r"a bool tensor of shape \(3, 1, 5"),
    "known of another size": (
        lambda: model_of().complete(y, y[:, :, 1:] > 0), r"shape \(3, 1, 5, 5\)"),
    "y of another size": (lambda: model_of().complete(y[..., 1:], y > 0),
                          r"y is .*give the shape \(batch, 1, 5, 5\)"),
    "NaN at a known pixel": (lambda: model_of().complete(y / 0 * 0, y < 2),
                             "y holds 75 entries that are NaN"),
    "temperature": (lambda: model_of().sample(batch=1, temperature=0),
                    "temperature is 0; give a number above 0"),
    "method": (lambda: model_of().sample(batch=1, method="fast"),
               "method is 'fast'; choose one of 'cached', 'naive'"),
    "uniforms": (lambda: model_of().sample(batch=1, uniforms=torch.ones(1, 1, 5, 5)),
                 r"uniforms runs from 1 to 1; give values from 0.0 to 0\.999"),
    "uniforms of another shape": (
        lambda: model_of().sample(batch=2, uniforms=torch.zeros(1, 1, 5, 5)),
        r"give the shape \(2, 1, 5, 5\)"),
    "seed of a completion": (lambda: model_of().complete(y, y < 2, seed=2.5),
                             "seed is 2.5; give a whole number"),
    "option of a completion": (lambda: model_of().complete(y, y < 2, steps=3),
                               "steps is no option .*PixelCNN; the options are: temp"),
    "bins of another size": (lambda: model_of().logits(model_of().bins(y)[..., 1:]),
                             r"give int64 of shape \(batch, 1, 5, 5\)"),
    "bins of other images": (
        lambda: model_of(VectorCondition(3)).logits(model_of().bins(y),
                                                    given=CLASSES[:2]),
        "y holds 3 examples and given 2"),
    "batch": (lambda: model_of().sample(), "batch is None; give a whole number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_answered_by_a_sentence(name):
    call, words = BAD[name]
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=words):
        call()
