"""Facts about the softmax over cells."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageToImage
from course_lib.training import fit

world = TShirts(size=16)
x, y = world.batch(3, seed=0)
DYES = Palette(torch.tensor([[0.0, 0.0], [0.65, 0.35], [-0.65, -0.35]]))


def softmax(codebook=None, seed=0, width=16):
    codebook = codebook or Quantizer(levels=4, channels=2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Softmax(ImageToImage(1, codebook.classes, width=width), codebook)


@pytest.mark.parametrize("codebook", [Quantizer(levels=4, channels=2), DYES])
def test_the_loss_is_the_cross_entropy_of_the_cells(codebook):
    model = softmax(codebook)
    expected = cross_entropy(model.network(x), codebook.encode(y), reduction="sum") / 3
    torch.testing.assert_close(model.loss(y, given=x), expected)


def test_log_prob_is_that_of_the_cell_wherever_in_it_y_is():
    model = softmax()
    snapped = model.codebook.decode(model.codebook.encode(y))
    assert torch.equal(model.log_prob(y, given=x), model.log_prob(snapped, given=x))


def test_probabilities_of_all_pictures_of_two_pixels_sum_to_one():
    model = softmax(DYES)
    cells = torch.cartesian_prod(torch.arange(3), torch.arange(3)).view(9, 1, 2)
    given = torch.full((9, 1, 1, 2), 0.7)
    log_prob = model.log_prob(DYES.decode(cells), given=given)
    assert log_prob.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_samples_have_the_probabilities_of_the_cells():
    model = softmax(DYES)
    samples = model.sample(given=x[:1, :, :2, :2], n=4000, seed=0)[:, 0]
    found = DYES.encode(samples)
    share = torch.stack([(found == k).float().mean(0) for k in range(3)])
    expected = model(x[:1, :, :2, :2]).probabilities[0]
    torch.testing.assert_close(share, expected, rtol=0,
                               atol=5 * 0.5 / math.sqrt(4000))


def test_samples_and_most_likely_values_are_among_the_cells():
    model = softmax()
    for values in (model.sample(given=x, n=2, seed=0), model.most_likely(x)):
        assert set(values.unique().tolist()) <= set(model.codebook.centers.tolist())
    assert model.most_likely(x).shape == y.shape


def test_the_most_likely_value_is_that_of_the_largest_logit():
    model = softmax(DYES)
    cells = model.network(x).argmax(1)
    assert torch.equal(model.most_likely(x), DYES.decode(cells))


def test_trained_on_one_shirt_it_learns_how_often_each_cell_comes():
    class OneShirt:
        def batch(self, n, split="train", seed=None):
            one = x[:1].expand(n, -1, -1, -1)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed or 0)
                return one, world.truth.draw(one, 1, n)[0]

    # A width of 16 leaves 8 features a pixel: too few for every edge of the cloth.
    model, dye = softmax(DYES, width=32), world.probability_of_teal(x[:1]).item()
    fit(model, OneShirt(), 60, batch_size=32, lr=5e-3, schedule="cosine",
        progress=False, device="cpu")
    with torch.no_grad():
        cloth = model(x[:1]).probabilities[0][:, world.mask(x[:1])[0]]
    assert cloth[2].mean().item() == pytest.approx(dye, abs=0.08)
    assert cloth[0].max() < 0.05                       # no pixel of cloth is grey


@pytest.mark.parametrize("make, words", [
    (lambda: Softmax(ImageToImage(1, 10), Quantizer(levels=4, channels=2)),
     "has out_channels=10 and the model needs 16 .a logit for each cell"),
    (lambda: Softmax(ImageToImage(1, 10), 10), "codebook is 10; give a Quantizer or a"),
    (lambda: Softmax(nn.Sequential(ImageToImage(1, 10)), DYES).loss(y, given=x),
     r"shape \(3, 10, 16, 16\) and the model needs \(batch, 3, height, width\)"),
    (lambda: softmax().loss(y[:, :1], given=x), r"y is .*\(batch, 2, height, width\)"),
    (lambda: softmax().loss(y / 0, given=x), "y holds .* NaN"),
    (lambda: softmax().most_likely(x[0]), r"given\[None\] if it is one example"),
])
def test_what_cannot_be_is_answered_by_a_sentence(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
