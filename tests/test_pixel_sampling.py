"""Facts about drawing value by value: the cache gives what the whole network gives."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from course_lib.distributions.quantization import Palette
from course_lib.models.pixelcnn import PixelCNN
from course_lib.models.pixelcnn import sampling as pixel_sampling
from course_lib.models.pixelcnn.sampling import Drawing, draw, level_at
from tests.pixels import (
    CASES,
    KINDS,
    SMALL,
    assert_alike_but_for_edges,
    build,
    cached_logits,
    distance_to_edge,
    grey,
)

every_case = pytest.mark.parametrize("case", CASES)
kinds = pytest.mark.parametrize("kind", KINDS)


@every_case
@kinds
def test_in_32_bits_the_logits_of_the_cache_are_those_of_the_network(kind, case):
    model, given = build(kind, case)
    bins = torch.randint(model.levels, (3, model.channels, 5, 5))
    with torch.no_grad():
        found = cached_logits(model, bins, given)
        expected = model.logits(bins, given=given)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@every_case
@kinds
def test_in_64_bits_the_same_numbers_make_the_same_images(kind, case):
    model, given = build(kind, case)
    model.double()
    options = {"given": given, "n": 2, "seed": 0,
               "batch": 3 if given is None else None}
    cached, naive = (model.sample(method=method, **options)
                     for method in ("cached", "naive"))
    assert torch.equal(cached, naive)
    assert not torch.equal(cached[0], cached[1])


@every_case
@kinds
def test_in_32_bits_images_differ_at_most_from_an_edge_on(kind, case):
    model, given = build(kind, case)
    assert_alike_but_for_edges(model, given)


def test_a_difference_away_from_every_edge_would_be_found():
    model, _ = build("plain", "nothing given")
    one = torch.zeros(1, 5, 5, dtype=torch.int64)
    logits = model.logits(one[None])[0, 0, :, 2, 3]
    edges = logits.double().softmax(0).cumsum(0)
    middle = torch.full((1, 5, 5), (edges[0] + edges[1]).item() / 2)
    other = one.clone()
    other[0, 2, 3] = 1
    expected = (edges[1] - edges[0]) / 2
    found = distance_to_edge(model, None, one, other, middle, 0)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)


@kinds
def test_images_need_not_be_square(kind):
    model, _ = build(kind, "two channels", size=(2, 7))
    model.double()
    cached, naive = (model.sample(n=4, batch=1, seed=0, method=method)
                     for method in ("cached", "naive"))
    assert torch.equal(cached, naive) and cached.shape == (4, 1, 2, 2, 7)


@kinds
def test_a_temperature_and_a_prefix_leave_the_two_ways_equal(kind):
    model, given = build(kind, "a map")
    prefix = torch.rand(3, 2, 2, 5).double()
    cached, naive = (model.double().sample(
        {"prefix": prefix, "h": given}, n=3, seed=0, temperature=0.5, method=method)
        for method in ("cached", "naive"))
    assert torch.equal(cached, naive)


@kinds
def test_naive_runs_the_network_for_every_value_and_cached_never(kind):
    model, _ = build(kind, "two channels")
    calls = []
    model.network.register_forward_hook(lambda *_: calls.append(1))
    model.sample(n=2, batch=1, method="naive")
    assert len(calls) == 2 * 5 * 5
    model.sample(n=2, batch=1)
    assert len(calls) == 2 * 5 * 5


@kinds
@pytest.mark.parametrize("method", ["cached", "naive"])
def test_many_images_are_drawn_in_parts_and_none_knows_of_another(kind, method,
                                                                  monkeypatch):
    model, given = build(kind, "an image")
    model.double()
    known = torch.rand(3, 1, 5, 5) < 0.3
    options = {"given": given, "n": 5, "seed": 0, "method": method}
    whole = model.complete(torch.zeros(3, 1, 5, 5), known, **options)
    monkeypatch.setattr(pixel_sampling, "AT_ONCE", 4)
    assert torch.equal(model.complete(torch.zeros(3, 1, 5, 5), known, **options), whole)


@kinds
def test_seeds_repeat_and_leave_the_global_random_state_untouched(kind):
    model, _ = build(kind, "nothing given")
    before = torch.get_rng_state()
    first, again, other = (model.sample(n=3, batch=2, seed=s) for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(before, torch.get_rng_state())


def test_without_a_seed_the_global_random_state_decides():
    model, _ = build("plain", "nothing given")
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(model.sample(n=3, batch=2))
    assert torch.equal(*drawn) and not torch.equal(drawn[1], model.sample(n=3, batch=2))


def test_a_level_is_the_first_whose_cumulative_probability_passes_the_number():
    logits = torch.tensor([0.2, 0.5, 0.3]).log().repeat(6, 1)
    uniform = torch.tensor([0.0, 0.19, 0.21, 0.69, 0.71, 0.9999])
    assert level_at(logits, uniform).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_level_without_probability_is_never_drawn():
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).repeat(2, 1)
    uniform = torch.tensor([0.0, 1 - 1e-9], dtype=torch.float64)
    assert level_at(logits, uniform).tolist() == [1, 1]


def test_the_temperature_divides_the_logits():
    logits, uniform = torch.randn(500, 5), torch.rand(500)
    assert torch.equal(level_at(logits, uniform, 0.5), level_at(2 * logits, uniform))


def test_threads_are_as_many_after_drawing_as_before():
    model, _ = build("plain", "nothing given")
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        model.sample(n=1, batch=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def multiply_adds(work):
    """How many products are summed in the convolutions and the products of matrices
    of `work()`; masked weights count too, since they are computed with."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("case", ["nothing given", "a class", "three channels"])
@kinds
def test_a_cached_image_costs_no_more_than_one_pass_and_a_naive_one_many(kind, case):
    model, given = build(kind, case)
    bins = torch.zeros(3, model.channels, 5, 5, dtype=torch.int64)
    with torch.no_grad():
        condition = model.condition_features(model.check_given(given))
    one_pass = multiply_adds(lambda: model.network(model.encode(bins), condition))
    costs = {method: multiply_adds(lambda method=method: draw(
        Drawing(bins, None, torch.rand(bins.shape), 1.0), model.network, model.encode,
        condition, method)) for method in ("cached", "naive")}
    assert costs["naive"] == 25 * model.channels * one_pass
    assert one_pass / 2 < costs["cached"] < 1.03 * one_pass    # V h is added each row


def test_multiply_adds_are_weights_times_places():
    network = PixelCNN(grey(), 5, **SMALL).network
    weights = sum(p.numel() for p in network.parameters() if p.ndim == 4)
    assert multiply_adds(lambda: network(torch.zeros(2, 1, 4, 7))) == 2 * 28 * weights


def test_a_palette_of_many_colors_is_drawn_as_well():
    colors = torch.linspace(-1, 1, 40)[:, None]
    model = PixelCNN(Palette(colors), 5, **SMALL).double()
    cached, naive = (model.sample(n=20, batch=1, seed=0, method=method)
                     for method in ("cached", "naive"))
    assert torch.equal(cached, naive)
    assert len(cached.unique()) > 30
