"""Facts that hold on a GPU as on a CPU: noise is drawn on the CPU, answers agree."""

from itertools import pairwise

import pytest
import torch

from course_lib.contract import seed_generators, seeded, to_device
from course_lib.datasets import Captions, TShirts
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.diffusion import Diffusion
from course_lib.models.diffusion.denoiser import ExactDenoiser
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.models.diffusion.samplers import ancestral_step, implicit_step
from course_lib.models.pixelcnn import sampling as pixel_sampling
from course_lib.networks.text import TextEncoder
from course_lib.networks.unet import UNet
from tests.models_under_test import MODELS, make
from tests.pixels import CASES, KINDS, assert_alike_but_for_edges, build, cached_logits

pytestmark = pytest.mark.gpu


@pytest.fixture
def world():
    """A world of its own: moving its truth to a GPU must not move that of others."""
    return TShirts("stripes", size=16)


def state_of(gpu):
    return torch.get_device_module(gpu).get_rng_state()


def assert_same(on_gpu, on_cpu, atol=1e-3):
    assert on_gpu.device.type != "cpu" and on_cpu.device.type == "cpu"
    torch.testing.assert_close(on_gpu.cpu(), on_cpu, rtol=1e-4, atol=atol)


def test_the_world_answers_where_x_is(world, gpu):
    x, _ = world.batch(8, seed=0)
    assert torch.equal(world.mask(x.to(gpu)).cpu(), world.mask(x))
    for answer in (world.mode_probabilities, world.modes, world.dyes):
        assert_same(answer(x.to(gpu)), answer(x), atol=1e-5)


@pytest.mark.parametrize("kind", ["truth", "independent"])
def test_the_truth_moves_to_the_gpu_and_stays_true(world, kind, gpu):
    x, y = world.batch(8, seed=0)
    model = getattr(world, kind)
    expected = [model.log_prob(y, given=x), model.entropy(x)]
    model.to(gpu)
    for found, exact in zip([model.log_prob(y, given=x), model.entropy(x)], expected,
                            strict=True):
        assert_same(found, exact, atol=1e-2)
    samples = model.sample(given=x, n=2, seed=0)
    assert samples.device.type != "cpu"
    assert torch.equal(samples, model.sample(given=x, n=2, seed=0))


def test_the_exact_denoiser_and_the_posterior_agree(world, gpu):
    x, y = world.batch(8, seed=0)
    y_t = 0.6 * y + 0.8 * torch.randn_like(y)
    expected = world.truth.denoise(y_t, 0.36, given=x), world.truth.median(x)
    world.truth.to(gpu)
    found = world.truth.denoise(y_t, 0.36, given=x), world.truth.median(x)
    for ours, exact in zip(found, expected, strict=True):
        assert_same(ours, exact)


@pytest.mark.parametrize("codebook", [
    Quantizer(levels=6, channels=2),
    Palette(torch.tensor([[0.0, 0.0], [0.65, 0.35], [-0.65, -0.35]]))])
def test_codebooks_agree(world, codebook, gpu):
    _, y = world.batch(8, seed=0)
    cells = codebook.encode(y)
    assert torch.equal(codebook.encode(y.to(gpu)).cpu(), cells)
    assert_same(codebook.decode(cells.to(gpu)), codebook.decode(cells))


def test_the_quantised_truth_agrees(world, gpu):
    x, y = world.batch(8, seed=0)
    codebook = Quantizer(levels=6, channels=2)
    expected = world.truth.quantized(codebook).log_prob(y, given=x)
    world.truth.to(gpu)
    assert_same(world.truth.quantized(codebook).log_prob(y, given=x), expected, 1e-2)


@pytest.mark.parametrize("name", [name for name in MODELS if not any(
    noisy in name for noisy in ("random field", "diffusion", "VAE"))])
def test_a_model_takes_its_tensors_along_and_gives_the_same_loss(world, name, gpu):
    x, y = world.batch(4, seed=0)
    model = make(name)
    expected = model.loss(y, given=x).detach()
    model.to(gpu)
    loss = model.loss(y, given=x).detach()
    assert loss.device.type != "cpu"
    torch.testing.assert_close(loss.cpu(), expected, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize("name", [
    name for name in MODELS if "Pixel" not in name])        # those follow, at 5 x 5
def test_a_model_samples_where_it_is_and_repeats_itself(world, name, gpu):
    x, _ = world.batch(2, seed=0)
    model = make(name).to(gpu)
    samples = model.sample(given=x, n=1, seed=0)
    assert samples.device.type != "cpu"
    assert torch.equal(samples, model.sample(given=x, n=1, seed=0))


def test_a_seed_on_the_gpu_leaves_both_random_states_untouched(gpu):
    before = torch.get_rng_state(), state_of(gpu)
    with seeded(0, gpu):
        torch.rand(3), torch.rand(3, device=gpu)
    assert torch.equal(before[0], torch.get_rng_state())
    assert torch.equal(before[1], state_of(gpu))


def test_a_seed_for_the_cpu_does_not_touch_the_gpu(world, gpu):
    seed_generators(1, gpu)
    before = state_of(gpu)
    with seeded(0):
        assert torch.equal(before, state_of(gpu))
    world.batch(4, seed=0)
    assert torch.equal(before, state_of(gpu))


@pytest.fixture
def exact_products():
    """Products of matrices in 32 bits, and not in the 19 of TF32."""
    kinds_of_product = torch.backends.cuda.matmul, torch.backends.cudnn
    before = [kind.allow_tf32 for kind in kinds_of_product]
    for kind in kinds_of_product:
        kind.allow_tf32 = False
    yield
    for kind, allowed in zip(kinds_of_product, before):
        kind.allow_tf32 = allowed


def captioned() -> tuple[Diffusion, Captions]:
    """A diffusion that reads captions, untrained, and its world."""
    captions = Captions(TShirts("stripes", size=16))
    with seeded(0):
        model = Diffusion(
            UNet(3, 2, (8, 8), features=16, passed=2), NoiseSchedule.cosine(50),
            text=TextEncoder(len(captions.words), 16), steps=4)
    return model, captions


def test_a_diffusion_denoises_and_guides_on_the_gpu_as_on_the_cpu(exact_products, gpu):
    model, captions = captioned()
    given, y = captions.batch(4, seed=0)
    y_t = model.schedule.add_noise(y, 30, torch.randn_like(y))
    expected = model.denoise(y_t, 30, given, guidance=2.0)
    found = model.to(gpu).denoise(y_t, 30, given, guidance=2.0)  # moves what it takes
    assert_same(found, expected)


@pytest.mark.parametrize("sampler", ["ancestral", "deterministic"])
def test_from_the_same_noise_a_sampler_ends_alike_on_both(sampler, exact_products, gpu):
    model, captions = captioned()
    given, _ = captions.batch(3, seed=0)
    noise = torch.randn(5, 3, 2, 16, 16)
    ends = []
    for device in (torch.device("cpu"), gpu):
        model.to(device)
        schedule, y = model.schedule, noise[0].to(device)
        for (t, s), fresh in zip(pairwise(schedule.timesteps(4)), noise[1:].to(device)):
            clean = model.denoise(y, t, given)
            y = (ancestral_step(schedule, y, clean, t, s, fresh)
                 if sampler == "ancestral" else implicit_step(schedule, y, clean, t, s))
        ends.append(y)
    assert_same(ends[1], ends[0], atol=1e-2)


def test_a_diffusion_samples_where_it_is_and_repeats_itself(gpu):
    model, captions = captioned()
    model.to(gpu)
    given, _ = captions.batch(3, seed=0)
    before = state_of(gpu)
    drawn = model.sample(given, n=2, seed=0, guidance=2.0)
    assert drawn.device.type != "cpu" and drawn.shape == (2, 3, 2, 16, 16)
    assert torch.equal(drawn, model.sample(given, n=2, seed=0, guidance=2.0))
    assert torch.equal(before, state_of(gpu))


def test_the_exact_denoiser_samples_on_the_gpu(world, gpu):
    x, _ = world.batch(4, seed=0)
    model = ExactDenoiser(world.truth, NoiseSchedule.cosine(50), steps=20).to(gpu)
    y = model.sample(x.to(gpu), n=2, seed=0)
    assert y.device.type != "cpu"
    nearest = (world.modes(x) - y[0].cpu()[:, None]).square().mean((2, 3, 4)).amin(1)
    assert nearest.max().sqrt() < 0.2


# Two cases say what a pretended GPU can say, and quickly.
EVERYWHERE = ("two channels", "an image, three channels")
every_case = pytest.mark.parametrize("case", [
    case if case in EVERYWHERE else pytest.param(case, marks=pytest.mark.real_gpu)
    for case in CASES])
kinds = pytest.mark.parametrize("kind", KINDS)


def on_gpu(kind, case, gpu):
    """A pixel-by-pixel model on the GPU, and what it is given there."""
    model, given = build(kind, case)
    return model.to(gpu), to_device(given, gpu)


@every_case
@kinds
def test_the_gpu_draws_the_images_of_the_cpu_and_of_naive_sampling(kind, case, gpu):
    model, given = build(kind, case)
    model.double()
    options = {"n": 2, "seed": 0, "batch": 3 if given is None else None}
    expected = model.sample(given, **options)
    model, given = model.to(gpu), to_device(given, gpu)
    for method in ("cached", "naive", "cached"):     # none finds a trace of another
        drawn = model.sample(given, method=method, **options)
        assert drawn.device.type != "cpu" and torch.equal(drawn.cpu(), expected)


@every_case
@kinds
def test_on_the_gpu_the_logits_of_the_cache_are_those_of_the_network(
        kind, case, exact_products, gpu):
    model, given = on_gpu(kind, case, gpu)
    bins = torch.randint(model.levels, (3, model.channels, 5, 5), device=gpu)
    with torch.no_grad():
        found = cached_logits(model, bins, given)
        expected = model.logits(bins, given=given)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@kinds
@pytest.mark.parametrize("case", ["two channels", pytest.param(
    "a map", marks=pytest.mark.real_gpu), pytest.param(
    "an image", marks=pytest.mark.real_gpu)])
def test_on_the_gpu_images_differ_at_most_from_an_edge_on(
        kind, case, exact_products, gpu):
    model, given = on_gpu(kind, case, gpu)
    assert_alike_but_for_edges(model, given)


@kinds
def test_parts_and_prefixes_leave_both_ways_equal_on_the_gpu(kind, monkeypatch, gpu):
    model, given = on_gpu(kind, "a map", gpu)
    model.double()
    prefix = torch.rand(3, 2, 2, 5, dtype=torch.float64, device=gpu)
    options = {"given": {"prefix": prefix, "class": given}, "n": 3, "seed": 0}
    naive = model.sample(method="naive", **options)
    assert torch.equal(model.sample(**options), naive)
    monkeypatch.setattr(pixel_sampling, "AT_ONCE", 4)        # parts of 4, 4 and 1
    assert torch.equal(model.sample(**options), naive)


@kinds
def test_completion_on_the_gpu_keeps_given_pixels_to_the_bit(kind, gpu):
    model, _ = on_gpu(kind, "nothing given", gpu)
    y, known = torch.rand(3, 1, 5, 5), torch.rand(3, 1, 5, 5) < 0.5
    drawn = model.complete(y, known, n=4, seed=0).cpu()
    kept = known.expand(4, -1, -1, -1, -1)
    assert torch.equal(drawn[kept], y.expand(4, -1, -1, -1, -1)[kept])
    assert torch.equal(drawn, model.complete(y, known, n=4, seed=0).cpu())


@kinds
def test_drawing_on_the_gpu_touches_no_random_state_of_it(kind, gpu):
    model, _ = on_gpu(kind, "nothing given", gpu)
    before = state_of(gpu)
    model.sample(n=2, batch=2, seed=0)
    assert torch.equal(before, state_of(gpu))


def test_a_schedule_on_the_cpu_serves_pictures_on_the_gpu(gpu):
    schedule, y = NoiseSchedule.cosine(50), torch.randn(3, 2, 8, 8)
    t, noise = torch.tensor([1, 20, 50]), torch.randn_like(y)
    on_gpu = schedule.add_noise(y.to(gpu), t.to(gpu), noise.to(gpu))
    assert on_gpu.device.type != "cpu"
    assert_same(on_gpu, schedule.add_noise(y, t, noise))
