"""Facts about distributions of pictures whose pixels are independent."""

import pytest
import torch
from torch.distributions import Independent, Normal, OneHotCategorical

from course_lib.distributions.pixelwise import PixelCategorical, PixelMixture, Pixelwise
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.training import fit
from tests.models_under_test import make, world

GENERATOR = torch.Generator().manual_seed(0)
COLORS = torch.tensor([[0.0, 0.0], [0.6, 0.3], [-0.6, -0.3], [0.1, -0.4]])
MODELS = ("fixed Gaussian", "fixed Laplace", "Gaussian", "mixture of Gaussians",
          "softmax over a grid", "softmax over a palette")


def random(*shape):
    return torch.randn(*shape, generator=GENERATOR)


KINDS = {                                        # of two pictures of 2 x 3 x 4
    "Gaussians": Pixelwise(
        Independent(Normal(random(2, 3, 4, 2), random(2, 3, 4, 2).exp()), 1)),
    "mixture": PixelMixture(random(2, 5, 3, 4), random(2, 5, 2, 3, 4),
                            random(2, 5, 2, 3, 4).exp()),
    "grid": PixelCategorical(random(2, 9, 3, 4), Quantizer(-1, 1, 3, channels=2)),
    "palette": PixelCategorical(random(2, 4, 3, 4), Palette(COLORS))}
every_kind = pytest.mark.parametrize("density", KINDS.values(), ids=KINDS)


@every_kind
def test_mean_and_variance_are_those_of_the_samples(density):
    torch.manual_seed(0)
    drawn = density.sample((20_000,))
    assert drawn.shape == (20_000, 2, 2, 3, 4)
    error = density.stddev / 20_000 ** 0.5
    assert ((drawn.mean(0) - density.mean) / error).abs().max() < 5
    torch.testing.assert_close(drawn.var(0), density.variance, rtol=0.15, atol=0.01)


@pytest.mark.parametrize("name", ["Gaussians", "grid", "palette"])
def test_entropy_is_the_mean_of_minus_log_prob(name):
    torch.manual_seed(0)
    density = KINDS[name]
    surprise = -density.log_prob(density.sample((20_000,))).mean(0)
    torch.testing.assert_close(density.entropy(), surprise, atol=0.1, rtol=0)


def test_the_entropy_of_a_mixture_is_not_known():
    with pytest.raises(NotImplementedError):
        KINDS["mixture"].entropy()


@every_kind
def test_expanded_it_is_the_same_for_each_of_the_batch(density):
    many = density.expand((5, 2))
    assert type(many) is type(density)
    assert (many.batch_shape, many.event_shape) == ((5, 2), (2, 3, 4))
    y = density.sample((5,))
    torch.testing.assert_close(many.log_prob(y), density.log_prob(y))
    torch.testing.assert_close(many.mean, density.mean.expand(5, -1, -1, -1, -1))
    assert many.sample((7,)).shape == (7, 5, 2, 2, 3, 4)


@every_kind
@pytest.mark.parametrize("shape", [(2, 1, 3, 4), (2, 2, 3, 1), (3, 2, 3, 4), (3, 4)])
def test_what_is_none_of_its_pictures_is_refused_and_not_broadcast(density, shape):
    with pytest.raises(ValueError, match=r"give the shape \(..., 2, 2, 3, 4\)"):
        density.log_prob(torch.zeros(shape))


@every_kind
def test_one_picture_has_a_density_under_each_of_the_batch(density):
    y = density.sample()
    both = density.log_prob(y[:1])
    torch.testing.assert_close(both[0], density.log_prob(y)[0])
    assert both.shape == (2,)


def test_it_says_what_it_is():
    assert repr(KINDS["palette"]).startswith("PixelCategorical(Categorical(")
    assert repr(KINDS["mixture"]).startswith("PixelMixture(MixtureSameFamily(")
    assert repr(KINDS["grid"]).endswith("batch (2,), event (2, 3, 4))")


def test_labels_as_unit_vectors_are_met_too():
    logits = random(2, 3, 4, 5)
    density = Pixelwise(OneHotCategorical(logits=logits))
    labels = density.sample()
    assert labels.shape == (2, 5, 3, 4) and (labels.sum(1) == 1).all()
    by_hand = (logits.log_softmax(-1).movedim(-1, 1) * labels).sum((1, 2, 3))
    torch.testing.assert_close(density.log_prob(labels), by_hand)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("cast", ["bfloat16", "half", "double"])
def test_a_model_trains_and_samples_in_any_precision(name, cast):
    model = getattr(make(name), cast)()
    x, y = world.batch(4, seed=0)
    model.loss(y, given=x).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert model.log_prob(y, given=x).element_size() >= 4       # bytes a number
    torch.manual_seed(0)
    assert model.sample(given=x, n=2).isfinite().all()


@pytest.mark.parametrize("name", MODELS)
def test_a_step_in_bf16_is_close_to_one_in_32_bits(name):
    wide, narrow = (fit(make(name), world, steps=1, batch_size=8, precision=precision,
                        progress=False, device="cpu").losses["model"][0]
                    for precision in ("fp32", "bf16"))
    assert narrow == pytest.approx(wide, rel=0.02)
