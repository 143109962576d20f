"""The contract: facts that hold for every model, whatever it models."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.distributions import Distribution

from course_lib.contract import (
    ConditionalModel,
    DistributionModel,
    LikelihoodModel,
    ModelDistribution,
    dtype_of,
    repeat_interleave,
    seeded,
    size_of,
    split,
    tensor_of,
    tile,
    to_device,
)
from course_lib.datasets import Billiards, BlindSpot, Captions, Spots, TShirts
from course_lib.distributions.quantization import Quantizer
from course_lib.models.diffusion import Denoiser
from course_lib.models.label_map import LabelMap
from course_lib.models.pixelcnn import PixelCNN
from course_lib.training import fit
from tests.models_under_test import MODELS, make, world
from tests.toys import LinearGaussian

STEPS = {                               # of its critic first, then of its generator
    "conditional GAN": 100, "conditional GAN that chooses": 100,
    "conditional GAN that sees minimum projections": 80}
every_model = pytest.mark.parametrize("name", MODELS)
x, y = world.batch(4, seed=1)
BINS = Quantizer(levels=5, channels=2)
TRUTHS = {                               # of every world that knows its density
    "shirts": lambda: (world.truth, world),
    "shirts, pixel by pixel": lambda: (world.independent, world),
    "shirts in cells": lambda: (world.truth.quantized(BINS), world),
    "cells, pixel by pixel": lambda: (world.independent.quantized(BINS), world),
    "captions": lambda: ((spoken := Captions(TShirts(size=16))).truth, spoken),
    "billiards": lambda: ((table := Billiards()).truth, table),
    "copies": lambda: ((copies := BlindSpot(size=4)).truth, copies),
    "coins": lambda: ((copies := BlindSpot(size=4)).blind_model, copies),
    "spots": lambda: ((spots := Spots(size=6)).truth, spots),
    "spots, unasked": lambda: ((spots := Spots(size=6)).marginal, spots),
}
OF_Y_ALONE = ("copies", "coins", "spots, unasked")
every_truth = pytest.mark.parametrize("name", TRUTHS)
PAIRED = ("loss", "log_prob", "elbo", "importance_weighted_bound", "kl", "posterior",
          "mode_posterior", "find", "survey", "cycle_loss")


@pytest.fixture(autouse=True)
def a_random_state_of_its_own():
    """Every test draws the same, whatever was drawn before it."""
    with seeded(0):
        yield


def truth_of(name):
    """Return the truth of that name, what is given, and y."""
    truth, its_world = TRUTHS[name]()
    given, y = its_world.batch(4, seed=1)
    return truth, None if name in OF_Y_ALONE else given, y


def assert_is_p(model, given, y):
    """model(x) says of y what the model says, one by one and several times over."""
    p, batch = model(given), y.shape[:1] if given is not None else ()
    assert isinstance(p, Distribution)
    assert p.batch_shape == torch.Size(batch) and p.event_shape == y.shape[1:]
    one, other = (model.log_prob(some, given=given) for some in (y, y.flip(0)))
    torch.testing.assert_close(p.log_prob(torch.stack([y, y.flip(0)])),
                               torch.stack([one, other]), rtol=1e-4, atol=1e-2)
    with seeded(3):
        drawn = p.sample((2,))
    wanted = model.sample(given=given, n=2, batch=1, seed=3)
    assert torch.equal(drawn, wanted if batch else wanted[:, 0])
    many = p.expand((3, *batch))
    assert many.batch_shape == (3, *batch)
    torch.testing.assert_close(many.sample((2,)).shape, (2, 3, *batch, *y.shape[1:]))


class TwoShirts:
    """One photo is always teal and another always pink."""

    x = torch.cat([world.lightness("test")[k:k + 1] for k in (0, 1)])
    y = torch.stack([world.modes(x)[0, 0], world.modes(x)[1, 1]])

    def batch(self, n, split="train", seed=None):
        return self.x.repeat(n // 2, 1, 1, 1), self.y.repeat(n // 2, 1, 1, 1)


@every_model
def test_samples_have_the_shape_of_y_and_are_finite(name):
    samples = make(name).sample(given=x, n=3, seed=0)
    assert samples.shape == (3, 4, 2, 16, 16)
    assert samples.isfinite().all()


@every_model
def test_the_loss_is_one_finite_number(name):
    loss = make(name).loss(y, given=x)
    assert loss.shape == () and loss.isfinite()


@every_model
def test_log_prob_or_elbo_is_one_number_an_example_and_the_loss_its_mean(name):
    """Only diffusion trains on other weights than its bound has."""
    model = make(name)
    if isinstance(model, LikelihoodModel):
        log_prob = model.log_prob(y, given=x)
        assert log_prob.shape == (4,)
        assert model.loss(y, given=x).item() == pytest.approx(-log_prob.mean().item())
    elif hasattr(model, "elbo"):
        with seeded(0):
            loss = model.loss(y, given=x).item()
        with seeded(0):
            bound = model.elbo(y, given=x)
        assert bound.shape == (4,)
        if not isinstance(model, Denoiser):
            assert loss == pytest.approx(-bound.mean().item())
    else:
        assert not hasattr(model, "log_prob")


@every_model
def test_log_prob_of_an_example_does_not_depend_on_the_others(name):
    model = make(name)
    if hasattr(model, "log_prob"):
        alone = torch.cat([model.log_prob(y[k:k + 1], given=x[k:k + 1])
                           for k in range(4)])
        torch.testing.assert_close(alone, model.log_prob(y, given=x), rtol=1e-4,
                                   atol=1e-2)
    else:
        with pytest.raises(AttributeError):
            model.log_prob(y, given=x)


@every_model
def test_the_model_of_x_is_p_where_its_density_is_known_and_else_says_what_to_call(
        name):
    model = make(name)
    if isinstance(model, LikelihoodModel):
        assert_is_p(model, x, y)
    else:
        with pytest.raises(NotImplementedError, match="no exact density.* call model"):
            model(x)


@every_truth
def test_the_truth_of_x_is_p(name):
    assert_is_p(*truth_of(name))


def test_a_label_map_of_x_is_p():
    labels = torch.eye(3)[torch.randint(3, (4, 8, 8))].movedim(-1, 1)
    network = nn.Conv2d(1, 3, 3, padding=1)
    assert_is_p(LabelMap(network), torch.rand(4, 1, 8, 8), labels)


def test_a_prefix_is_no_part_of_the_event():
    model = PixelCNN(Quantizer(), 4, width=2, layers=1)
    image = torch.rand(3, 1, 4, 4)
    assert_is_p(model, {"prefix": image[:, :, :1]}, image[:, :, 1:])
    assert_is_p(model, None, image)


def test_p_says_what_it_is_of_and_what_it_cannot_be_asked():
    p = make("PixelCNN")(x)
    assert repr(p) == ("ModelDistribution(PixelCNN, batch_shape: (4,), event_shape: "
                       "(2, 16, 16))")
    with pytest.raises(ValueError, match=r"predicts \(batch, 2, 16, 16\)"):
        p.log_prob(y[..., :8])
    with pytest.raises(ValueError, match="shape of y is None to LikelihoodModel"):
        ModelDistribution(LikelihoodModel(), None)


def test_the_gradient_of_p_is_that_of_the_model():
    model = make("PixelCNN autoencoder")
    model(x).log_prob(y).mean().backward()
    found = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    model.log_prob(y, given=x).mean().backward()
    for ours, expected in zip(found, model.parameters(), strict=True):
        torch.testing.assert_close(ours, expected.grad)


@pytest.mark.parametrize("name", [*MODELS, *TRUTHS])
def test_y_and_what_is_given_cannot_change_places(name):
    model = truth_of(name)[0] if name in TRUTHS else make(name)
    methods = [getattr(model, method) for method in PAIRED if hasattr(model, method)]
    assert methods
    for method in methods:
        with pytest.raises(TypeError, match="positional argument"):
            method(x, x)


@every_model
def test_samples_are_drawn_in_evaluation_mode_and_every_mode_is_left_as_it_was(name):
    model = make(name).train()
    next(model.children()).eval()
    modes = [module.training for module in model.modules()]
    drawn = model.sample(given=x, seed=0)
    assert modes == [module.training for module in model.modules()]
    assert torch.equal(drawn, model.eval().sample(given=x, seed=0))


class Breaking(ConditionalModel):
    """A model that breaks while it draws, if it is asked to."""

    sample_options = ("broken",)

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def draw(self, given, n, batch, *, broken=False):
        if broken:
            raise ZeroDivisionError
        return self.dropout(torch.ones(n, batch, 1))


def test_dropout_is_off_while_sampling_and_on_again_even_after_an_error():
    model = Breaking().train()
    assert model.sample(n=8, batch=8).eq(1).all()
    with pytest.raises(ZeroDivisionError):
        model.sample(batch=1, broken=True)
    assert model.training and model.dropout.training


def test_an_option_that_a_model_does_not_have_is_told_those_that_it_has():
    with pytest.raises(TypeError, match="pace is no option .*Breaking.* are: broken"):
        Breaking().sample(batch=1, pace=1)
    with pytest.raises(TypeError, match="temperature is no option.* are: none"):
        make("Gaussian").sample(given=x, temperature=0.5)
    with pytest.raises(TypeError, match="steps is no option.* are: temperature, meth"):
        make("PixelCNN autoencoder").sample(given=x, steps=5)


@every_model
def test_whole_numbers_may_be_numpy_s(name):
    model = make(name)
    drawn = model.sample(given=x, n=np.int64(2), seed=np.int64(5))
    assert torch.equal(drawn, model.sample(given=x, n=2, seed=5))


@every_model
def test_every_parameter_gets_a_gradient_from_some_player(name):
    model = make(name)
    moved = set()
    for player in model.players():
        model.zero_grad()
        for _ in range(4):           # one draw of noise may happen to ask for nothing
            player.loss(y, x, 0).backward()
        moved |= {parameter for parameter in player.parameters
                  if parameter.grad is not None and parameter.grad.any()}
    still = [key for key, p in model.named_parameters() if p not in moved]
    assert not still


@every_model
def test_every_parameter_belongs_to_exactly_one_player(name):
    model = make(name)
    owned = [p for player in model.players() for p in player.parameters]
    assert len(owned) == len(set(owned))
    assert set(owned) == set(model.parameters())


@every_model
def test_changing_x_changes_the_samples_at_a_fixed_seed(name):
    model = make(name)
    here, there = (model.sample(given=photos, n=2, seed=0)
                   for photos in (x, x.roll(1, 0)))
    assert (here != there).flatten(2).any(2).all()


@every_model
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(name):
    model = make(name)
    first, again, other = (model.sample(given=x, n=2, seed=s) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name in ("L1", "L2"))  # a Dirac has one answer


@every_model
def test_a_seed_leaves_the_global_random_state_untouched(name):
    before = torch.get_rng_state()
    make(name).sample(given=x, seed=0)
    assert torch.equal(before, torch.get_rng_state())


@every_model
def test_the_state_survives_save_and_load(name, tmp_path):
    model, other = make(name, seed=0), make(name, seed=1)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    assert torch.equal(model.sample(given=x, seed=0), other.sample(given=x, seed=0))


@every_model
def test_a_few_steps_improve_a_model_of_two_shirts(name):
    toy, model = TwoShirts(), make(name)

    def distance():
        return (model.sample(given=toy.x, n=8, seed=0) - toy.y).square().mean().sqrt()

    before = distance()
    fit(model, toy, steps=STEPS.get(name, 40), batch_size=4, lr=1e-2, progress=False,
        device="cpu")
    assert distance() < 0.9 * before


@every_model
def test_inputs_of_64_bits_are_met_in_the_precision_of_the_model(name):
    model = make(name)
    narrow, wide = (model.sample(given=given, seed=0) for given in (x, x.double()))
    assert torch.equal(narrow, wide)
    assert model.loss(y.double(), given=x.double()).isfinite()


@every_model
@pytest.mark.parametrize("bad, words", [
    ((y, x.numpy()), "given is .*float tensor of shape"),
    ((y, None), "given is None.*float tensor of shape"),
    ((y, (255 * x).byte()), "given is a uint8 tensor.*floating-point"),
    ((y, x[0]), r"given is .*\(1, 16, 16\).*given\[None\]"),
    ((y, x.repeat(1, 3, 1, 1)), r"\(4, 3, 16, 16\).*give the shape \(batch, 1, "),
    ((y[:0], x[:0]), "is empty; give at least"),
    ((y, x / 0), "given holds .* NaN or infinite"),
    ((y / 0, x), "y holds .* NaN or infinite"),
    ((y[:3], x), "y holds 3 examples and given 4"),
    ((y[:, :1], x), r"y is .*\(4, 1, 16, 16\)"),
])
def test_what_is_no_batch_is_answered_by_a_sentence(name, bad, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make(name).loss(bad[0], given=bad[1])


@every_model
@pytest.mark.parametrize("bad", [x.numpy(), None, (255 * x).byte(), x[0], x / 0])
def test_what_is_no_x_is_answered_by_a_sentence_everywhere(name, bad):
    model = make(name)
    doors = [model.sample] + [model] * isinstance(model, LikelihoodModel)
    for ask in doors:
        with pytest.raises((TypeError, ValueError), match="^given (is|holds) .*; "):
            ask(bad)


@pytest.mark.parametrize("name", ["L2", "Gaussian", "mixture of Gaussians",
                                  "softmax over a grid"])
def test_pictures_of_y_of_another_size_are_not_broadcast(name):
    with pytest.raises(ValueError, match=r"model predicts \(batch, 2, 16, 16\)"):
        make(name).loss(y[..., :1, :1], given=x)


@pytest.mark.parametrize("options, words", [
    ({"n": 0}, "n is 0; give a whole number of at least 1"),
    ({"n": 2.0}, "n is 2.0; give a whole number"),
    ({"n": True}, "n is True"),
    ({"seed": -1}, "seed is -1"),
    ({"seed": 2.5}, "seed is 2.5; give a whole number"),
    ({"seed": "one"}, "seed is 'one'; give a whole number"),
])
@pytest.mark.parametrize("name", ["Gaussian", "Gated PixelCNN", "diffusion",
                                  "PixelCNN autoencoder"])
def test_a_wrong_number_of_samples_or_seed_is_answered_by_a_sentence(name, options,
                                                                     words):
    with pytest.raises((TypeError, ValueError), match=words):
        make(name).sample(given=x, **options)


class Coin(ConditionalModel):
    """An unconditional model, of one fair coin."""

    def draw(self, given, n, batch):
        return torch.randint(2, (n, batch, 1))


def test_an_unconditional_model_is_told_how_many():
    assert Coin().sample(n=2, batch=5, seed=0).shape == (2, 5, 1)
    with pytest.raises(TypeError, match="batch is None; give a whole number"):
        Coin().sample(n=2)


def test_a_model_that_does_not_say_how_says_so():
    for call in (lambda: ConditionalModel().sample(batch=1),
                 lambda: ConditionalModel().loss(y),
                 lambda: LikelihoodModel().log_prob(y),
                 lambda: DistributionModel().log_prob(y)):
        with pytest.raises(NotImplementedError, match="Model (does not|has no)"):
            call()


def test_repeat_puts_the_samples_of_one_x_below_each_other():
    given = {"photo": torch.tensor([[1.0], [2.0]]), "word": torch.tensor([7, 8])}
    repeated = tile(given, 3)
    assert repeated["photo"].view(3, 2).tolist() == [[1, 2]] * 3
    assert repeated["word"].view(3, 2).tolist() == [[7, 8]] * 3
    assert tile(None, 3) is None


def test_repeat_interleave_puts_the_samples_of_one_x_beside_each_other():
    given = {"photo": torch.tensor([[1.0], [2.0]]), "word": torch.tensor([7, 8])}
    repeated = repeat_interleave(given, 3)
    assert repeated["photo"].view(2, 3).tolist() == [[1] * 3, [2] * 3]
    assert repeated["word"].view(2, 3).tolist() == [[7] * 3, [8] * 3]
    assert repeat_interleave(None, 3) is None


def test_split_parts_every_entry_at_the_same_places():
    given = {"photo": torch.arange(10.0).view(5, 2), "word": torch.arange(5)}
    parts = split(given, 2)
    assert [size_of(part) for part in parts] == [2, 2, 1]
    for name, whole in given.items():
        assert torch.equal(torch.cat([part[name] for part in parts]), whole)
    assert [len(part) for part in split(given["word"], 3)] == [3, 2]


def test_size_of_a_dict_is_that_of_all_its_tensors():
    assert size_of({"photo": torch.zeros(3, 1), "word": torch.zeros(3)}) == 3
    for bad in ({"photo": torch.zeros(3, 1), "word": torch.zeros(2)}, {}):
        with pytest.raises(ValueError, match="dict entries of equal length"):
            size_of(bad)
    with pytest.raises(TypeError, match="word is 'teal'; give a tensor"):
        size_of({"word": "teal"})


def test_one_tensor_is_told_from_many():
    assert tensor_of(x) is x
    for given in (None, {"photo": x}):
        with pytest.raises(TypeError, match="^given is .*; give one tensor"):
            tensor_of(given)


def test_to_device_changes_the_precision_of_real_numbers_alone():
    given = {"photo": torch.zeros(2).double(), "word": torch.tensor([7, 8])}
    moved = to_device(given, torch.device("cpu"), torch.float32)
    assert moved["photo"].dtype == torch.float32
    assert moved["word"].dtype == torch.int64


def test_a_model_in_64_bits_computes_in_64_bits():
    model = LinearGaussian().double()
    assert dtype_of(model) == torch.float64
    ones = torch.ones(2, 1)
    assert model.log_prob(ones, given=ones).dtype == torch.float64


def test_seeded_repeats_a_draw_even_after_an_error():
    state = torch.get_rng_state()
    draws = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), seeded(5):
            draws.append(torch.rand(3))
            raise ZeroDivisionError
    assert torch.equal(*draws)
    assert torch.equal(state, torch.get_rng_state())


def test_without_a_seed_draws_come_from_the_global_state():
    with seeded(0):
        with seeded(None):
            first = torch.rand(3)
        assert not torch.equal(first, torch.rand(3))
    with seeded(0):
        assert torch.equal(first, torch.rand(3))
