"""The PixelCNN autoencoder: one code, many pictures; beside it, squared error."""

import pytest
import torch

from course_lib.distributions.quantization import Quantizer
from course_lib.models.pixelcnn import GatedPixelCNN
from course_lib.models.pixelcnn.autoencoder import PixelCNNAutoencoder
from course_lib.models.point_prediction import PointPredictor
from course_lib.networks import (
    Bottleneck,
    ImageToVector,
    MapCondition,
    VectorCondition,
    VectorToImage,
)

images = torch.randint(0, 3, (4, 1, 8, 8), generator=torch.Generator().manual_seed(0)
                       ).float() - 1


def autoencoder(numbers=2, condition=None, **encoder):
    """A small one for pictures of 8 x 8 pixels with 3 levels."""
    torch.manual_seed(0)
    decoder = GatedPixelCNN(Quantizer(levels=3), 8, condition or VectorCondition(2),
                            width=8, layers=2, kernel=3)
    return PixelCNNAutoencoder(ImageToVector(1, numbers, 8, **encoder), decoder)


def squared_error():
    """The same encoder before transposed convolutions."""
    torch.manual_seed(0)
    return PointPredictor(Bottleneck(ImageToVector(1, 2, 8), VectorToImage(2, 1, 8)))


@pytest.mark.parametrize("condition", [None, MapCondition(2, 4, 8)])
def test_its_log_prob_is_the_decoders_given_the_code(condition):
    model = autoencoder(condition=condition)
    code = model.encode(images)
    assert code.shape == (4, 2)
    assert torch.equal(model.log_prob(images, given=images),
                       model.decoder.log_prob(images, given=code))


def test_the_gradient_of_log_prob_reaches_the_encoder():
    model = autoencoder()
    model.log_prob(images, given=images).sum().backward()
    assert all(p.grad.any() for p in model.encoder.parameters())


def test_a_code_of_zeros_makes_it_the_unconditional_model():
    model = autoencoder(start=0.0)
    assert not model.encode(images).any()
    alone = GatedPixelCNN(Quantizer(levels=3), 8, width=8, layers=2, kernel=3)
    weights = model.decoder.state_dict()
    alone.load_state_dict({name: weights[name] for name in alone.state_dict()})
    assert torch.equal(model.log_prob(images, given=images), alone.log_prob(images))
    assert torch.equal(model.sample(images, n=2, seed=0),
                       alone.sample(n=2, batch=4, seed=0))


def test_the_picture_given_enters_by_its_code_alone():
    model = autoencoder()
    with torch.no_grad():
        model.encoder.out.weight.zero_()
    other = images.flip(0)
    assert torch.equal(model.log_prob(images, given=images),
                       model.log_prob(images, given=other))


def test_variants_of_a_picture_differ_and_answers_of_least_squares_do_not():
    drawn = autoencoder().sample(images, n=2, seed=0)
    assert drawn.shape == (2, 4, 1, 8, 8)
    assert (drawn[0] != drawn[1]).flatten(1).any(1).all()
    answers = squared_error().sample(images, n=2, seed=0)
    assert answers.shape == (2, 4, 1, 8, 8) and torch.equal(*answers)


def test_what_a_decoder_offers_for_sampling_is_offered_here():
    model = autoencoder().double()
    uniforms = torch.rand(8, 1, 8, 8, dtype=torch.float64)
    naive, cached = (model.sample(images, n=2, method=method, uniforms=uniforms,
                                  temperature=0.7) for method in ("naive", "cached"))
    assert torch.equal(naive, cached)


@pytest.mark.parametrize("size", [1, 7, 8, 13])
def test_a_vector_becomes_a_picture_of_any_size(size):
    pictures = VectorToImage(3, 2, size)(torch.randn(5, 3))
    assert pictures.shape == (5, 2, size, size)
    one = VectorToImage(3, 2, size)
    changed = one(torch.zeros(1, 3)) != one(torch.ones(1, 3))
    assert changed.all()


@pytest.mark.parametrize("call, words", [
    (lambda: autoencoder(3), "out_features=3 .* needs 2"),
    (lambda: autoencoder(3, MapCondition(2, 4, 8)), "out_features=3 .* needs 2"),
    (lambda: PixelCNNAutoencoder(ImageToVector(1, 2), GatedPixelCNN(
        Quantizer(levels=3), 8)), "GatedPixelCNN without a condition"),
    (lambda: autoencoder().encode(images[0]), r"given is .*given\[None\]"),
    (lambda: autoencoder().sample(n=2, batch=3), "given is None"),
    (lambda: autoencoder().log_prob(images[:3], given=images), "y holds 3 .* given 4"),
    (lambda: Bottleneck(ImageToVector(1, 2), VectorToImage(3, 1, 8)),
     "encoder gives 2 numbers and the decoder takes 3"),
])
def test_what_does_not_fit_is_answered_by_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()
