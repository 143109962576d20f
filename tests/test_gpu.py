"""Facts that hold on a GPU as on a CPU: noise is drawn on the CPU, answers agree."""

import pytest
import torch

from course_lib.contract import seeded
from course_lib.datasets import TShirts
from course_lib.quantization import Palette, Quantizer
from tests.models_under_test import MODELS, make

pytestmark = pytest.mark.gpu
cuda = torch.device("cuda")


@pytest.fixture
def world():
    """A world of its own: moving its truth to a GPU must not move that of others."""
    return TShirts("stripes", size=16)


def assert_same(on_gpu, on_cpu, atol=1e-3):
    assert on_gpu.device.type == "cuda" and on_cpu.device.type == "cpu"
    torch.testing.assert_close(on_gpu.cpu(), on_cpu, rtol=1e-4, atol=atol)


def test_the_world_answers_where_x_is(world):
    x, _ = world.batch(8, seed=0)
    assert torch.equal(world.mask(x.to(cuda)).cpu(), world.mask(x))
    for answer in (world.mode_probabilities, world.modes, world.dyes):
        assert_same(answer(x.to(cuda)), answer(x), atol=1e-5)


@pytest.mark.parametrize("kind", ["truth", "independent"])
def test_the_truth_moves_to_the_gpu_and_stays_true(world, kind):
    x, y = world.batch(8, seed=0)
    model = getattr(world, kind)
    expected = [model.log_prob(y, given=x), model.entropy(x)]
    model.to(cuda)
    for found, exact in zip([model.log_prob(y, given=x), model.entropy(x)], expected,
                            strict=True):
        assert_same(found, exact, atol=1e-2)
    samples = model.sample(given=x, n=2, seed=0)
    assert samples.device.type == "cuda"
    assert torch.equal(samples, model.sample(given=x, n=2, seed=0))


def test_the_exact_denoiser_and_the_posterior_agree(world):
    x, y = world.batch(8, seed=0)
    y_t = 0.6 * y + 0.8 * torch.randn_like(y)
    expected = world.truth.denoise(y_t, 0.36, given=x), world.truth.median(x)
    world.truth.to(cuda)
    found = world.truth.denoise(y_t, 0.36, given=x), world.truth.median(x)
    for ours, exact in zip(found, expected, strict=True):
        assert_same(ours, exact)


@pytest.mark.parametrize("codebook", [
    Quantizer(levels=6, channels=2),
    Palette(torch.tensor([[0.0, 0.0], [0.65, 0.35], [-0.65, -0.35]]))])
def test_quantised_truths_and_codebooks_agree(world, codebook):
    x, y = world.batch(8, seed=0)
    cells = codebook.encode(y)
    assert torch.equal(codebook.encode(y.to(cuda)).cpu(), cells)
    assert_same(codebook.decode(cells.to(cuda)), codebook.decode(cells))
    expected = world.truth.quantized(codebook).log_prob(y, given=x)
    world.truth.to(cuda)
    assert_same(world.truth.quantized(codebook).log_prob(y, given=x), expected, 1e-2)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_takes_its_tensors_along_and_gives_the_same_loss(world, name):
    x, y = world.batch(8, seed=0)
    model = make(name)
    expected = model.loss(y, given=x).detach()
    model.to(cuda)
    loss = model.loss(y, given=x).detach()
    assert loss.device.type == "cuda"
    if name != "random field":               # whose loss draws its own noise
        torch.testing.assert_close(loss.cpu(), expected, rtol=1e-3, atol=0.1)
    samples = model.sample(given=x, n=2, seed=0)
    assert samples.device.type == "cuda"
    assert torch.equal(samples, model.sample(given=x, n=2, seed=0))


def test_a_seed_on_the_gpu_leaves_both_random_states_untouched():
    before = torch.get_rng_state(), torch.cuda.get_rng_state()
    with seeded(0, cuda):
        torch.rand(3), torch.rand(3, device=cuda)
    assert torch.equal(before[0], torch.get_rng_state())
    assert torch.equal(before[1], torch.cuda.get_rng_state())


def test_a_seed_for_the_cpu_does_not_touch_the_gpu(world):
    torch.cuda.manual_seed(1)
    before = torch.cuda.get_rng_state()
    with seeded(0):
        assert torch.equal(before, torch.cuda.get_rng_state())
    world.batch(4, seed=0)
    assert torch.equal(before, torch.cuda.get_rng_state())
