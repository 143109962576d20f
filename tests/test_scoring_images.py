"""Facts about bits per dimension, and about the classifier that judges samples."""

import math

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from course_lib.contract import ConditionalModel, LikelihoodModel
from course_lib.datasets import BlindSpot, Digits, Spots, TShirts
from course_lib.datasets.adapted import Unconditional
from course_lib.scoring.images import (
    Classifier,
    mean_bits_per_dim,
)

digits = Digits()


class Uniform(LikelihoodModel):
    """Every level of every pixel equally likely."""

    def __init__(self, levels):
        super().__init__()
        self.levels = levels
        self.dropout = nn.Dropout(0.5)

    def log_prob(self, y, *, given=None):
        assert not self.training
        return torch.full((len(y),), -y[0].numel() * math.log(self.levels))


@pytest.fixture(scope="module")
def classifier():
    return Classifier(digits)


@pytest.mark.parametrize("world", [digits, Unconditional(digits)])
def test_a_uniform_model_needs_log2_of_the_levels(world):
    model = Uniform(17).train()
    bits = mean_bits_per_dim(model, world)
    assert bits.value == pytest.approx(math.log2(17), abs=1e-6) and bits.error == 0
    assert model.training


@pytest.mark.parametrize("world", [BlindSpot(), Spots()])
def test_the_truth_needs_its_entropy_up_to_the_error(world):
    bits = mean_bits_per_dim(world.truth, world)
    entropy = float(world.truth.entropy()) / math.prod(world.y_shape)
    assert abs(bits.value - entropy / math.log(2)) < 4 * bits.error < 0.02


def test_the_mean_is_over_all_held_out_images_each_once():
    class Ink(LikelihoodModel):
        def log_prob(self, y, *, given=None):
            return -y.flatten(1).sum(1)

    ink = digits.images("test").double().flatten(1).sum(1) / 64 / math.log(2)
    bits = mean_bits_per_dim(Ink(), digits)
    assert bits.value == pytest.approx(ink.mean().item(), rel=1e-6)
    assert bits.error == pytest.approx(ink.std().item() / math.sqrt(360), rel=1e-5)


def test_real_digits_are_recognised_and_neighbours_agree(classifier):
    assert classifier.accuracy.value > 0.97 and classifier.accuracy.error < 0.01
    nearest = KNeighborsClassifier(1).fit(digits.images("train").flatten(1).numpy(),
                                          digits.labels("train").numpy())
    theirs = nearest.predict(digits.images("test").flatten(1).numpy())
    ours = classifier.classes(digits.images("test")).numpy()
    assert (ours == theirs).mean() > 0.96


def test_samples_are_judged_by_the_class_they_should_show(classifier):
    x, y = digits.held_out(100)
    samples = torch.stack([y, y])
    right = classifier.accuracy_on(samples, x)
    wrong = classifier.accuracy_on(samples, x.roll(1, 1))
    assert right.value > 0.95 and wrong.value < 0.05
    assert classifier.accuracy_on(samples, x.argmax(1)) == right
    half = classifier.accuracy_on(torch.stack([y, y.flip(-1).flip(-2) * 0]), x)
    assert half.value == pytest.approx(right.value / 2, abs=0.1)


def test_of_noise_one_in_ten_is_recognised(classifier):
    x, y = digits.held_out(360)
    noise = torch.rand(4, *y.shape, generator=torch.Generator().manual_seed(0))
    assert classifier.accuracy_on(noise, x).value == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: mean_bits_per_dim(ConditionalModel(), digits), "has no log_prob"),
    (lambda: mean_bits_per_dim(Uniform(2), TShirts()), "whose pairs are numbered"),
    (lambda: mean_bits_per_dim(Uniform(2), digits, "valid"), "split is 'valid'"),
    (lambda: mean_bits_per_dim(Uniform(float("inf")), digits), "NaN or infinite"),
    (lambda: Classifier(BlindSpot()), r"give Digits\(\)"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_bad_samples_are_a_sentence(classifier):
    x, y = digits.held_out(4)
    for samples, classes, words in (
            (y[..., 1:], x, r"give \(\.\.\., 1, 8, 8\)"),
            (y, x[:3], "give one class for each"),
            (y * float("nan"), x, "NaN or infinite")):
        with pytest.raises(ValueError, match=words):
            classifier.accuracy_on(samples, classes)
