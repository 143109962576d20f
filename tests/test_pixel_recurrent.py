"""PixelRNN: what its LSTMs compute, what they can see, and drawing from them."""

import itertools

import pytest
import torch
from torch import nn

from course_lib.distributions.quantization import Quantizer
from course_lib.models.pixelcnn import PixelRNN
from course_lib.networks import DiagonalLSTM, MapCondition, RowLSTM, VectorCondition
from course_lib.networks.line_lstm import LineLSTM, skew, step, unskew
from course_lib.networks.pixel_recurrent import DiagonalLayer

both_kinds = pytest.mark.parametrize("kind", ["row", "diagonal"])
any_channels = pytest.mark.parametrize("channels", [1, 2, 3])
CONDITIONS = {"nothing": lambda: None, "a vector": lambda: VectorCondition(4),
              "a map": lambda: MapCondition(4, out_channels=6, size=4)}


def model(kind, channels=1, size=4, condition=None, levels=3, **options):
    """A small PixelRNN in 64 bits, its weights large enough to matter."""
    torch.manual_seed(0)
    options = {"width": 12, "layers": 2, **options}
    made = PixelRNN(Quantizer(levels=levels, channels=channels), size, condition,
                    kind=kind, **options).double().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(2)
    return made


def seen_by(network, size, row, column, channel=0):
    """Which values a value's logits see, by gradient: (channels, height, width)."""
    torch.manual_seed(1)
    features = torch.randn(16, network.in_features, *size).double().requires_grad_()
    logits = network(features)[:, channel, :, row, column]
    gradient, = torch.autograd.grad(logits.square().sum(), features)
    return gradient.abs().sum(0) > 0


def test_on_a_column_of_pixels_a_row_lstm_is_the_lstm_cell_of_pytorch():
    torch.manual_seed(0)
    ours, theirs = LineLSTM(3, 5, 1, 1, 1, 0), nn.LSTMCell(3, 5)
    gates = [2, 1, 3, 0]                # enter, keep, what enters, show: their order
    with torch.no_grad():
        theirs.bias_hh.zero_()
        for name, parameter in (("weight_ih", ours.from_input.weight),
                                ("weight_hh", ours.from_state.weight),
                                ("bias_ih", ours.from_input.bias)):
            getattr(theirs, name).copy_(parameter.view(4, 5, -1)[gates].view_as(
                getattr(theirs, name)))
        column = torch.randn(2, 3, 6, 1)
        hidden = ours.walk(ours.gates(column, None), dim=2)
        state = None
        for row in range(6):
            state = theirs(column[:, :, row, 0], state)
            torch.testing.assert_close(hidden[:, :, row, 0], state[0])


def test_the_step_of_each_channel_is_a_step_of_its_own():
    torch.manual_seed(0)
    gates, cell = torch.randn(2, 24), torch.randn(2, 6)
    together = step(gates, cell, channels=3)
    alone = [step(gates[:, 8 * c:8 * c + 8], cell[:, 2 * c:2 * c + 2])
             for c in range(3)]
    for ours, parts in zip(together, zip(*alone)):
        assert torch.equal(ours, torch.cat(parts, dim=1))


@pytest.mark.parametrize("height, width", [(3, 3), (4, 2), (2, 5), (1, 3), (3, 1)])
def test_unskew_undoes_skew_and_diagonals_become_columns(height, width):
    image = torch.randn(2, 3, height, width)
    skewed = skew(image, fill=7.0)
    assert torch.equal(unskew(skewed), image)
    for row, column in itertools.product(range(height), range(height + width - 1)):
        outside = not 0 <= column - row < width
        expected = 7.0 if outside else image[..., row, column - row]
        assert (skewed[..., row, column] == expected).all()


def test_the_walk_over_diagonals_equals_a_walk_from_neighbour_to_neighbour():
    torch.manual_seed(0)
    layer = DiagonalLayer(1, 4, 3, 1, 0, 0.0).double()
    gates = torch.randn(2, 12, 3, 4).double()
    walked = layer.along_diagonals(layer.left, gates)
    above, beside = layer.left.from_state.weight.unbind(2)
    zero = gates.new_zeros(2, 3)
    hidden, cell = {}, {}
    for i, j in itertools.product(range(3), range(4)):
        heard = (hidden.get((i - 1, j), zero) @ above.T
                 + hidden.get((i, j - 1), zero) @ beside.T)
        hidden[i, j], cell[i, j] = step(gates[:, :, i, j] + heard,
                                        cell.get((i, j - 1), zero))
        torch.testing.assert_close(walked[:, :, i, j], hidden[i, j])


@both_kinds
@any_channels
def test_no_logit_depends_on_its_own_or_a_later_value(kind, channels):
    network = model(kind, channels, (3, 4)).network
    order = torch.arange(12 * channels).view(3, 4, channels).movedim(-1, 0)
    for channel, row, column in itertools.product(range(channels), range(3), range(4)):
        seen = seen_by(network, (3, 4), row, column, channel)
        assert not seen[order >= order[channel, row, column]].any()


@any_channels
def test_two_diagonal_lstms_see_all_that_is_drawn_before(channels):
    network = model("diagonal", channels, (4, 5), layers=1, first_kernel=3).network
    order = torch.arange(20 * channels).view(4, 5, channels).movedim(-1, 0)
    for channel, row, column in itertools.product(range(channels), range(4), range(5)):
        seen = seen_by(network, (4, 5), row, column, channel)
        assert torch.equal(seen, order < order[channel, row, column])


@pytest.mark.parametrize("layers, kernel, first_kernel", [(1, 3, 3), (2, 3, 3),
                                                          (1, 3, 7), (1, 5, 3)])
def test_a_row_lstm_sees_a_triangle(layers, kernel, first_kernel):
    row, column, size = 5, 9, (7, 20)
    network = model("row", 1, size, layers=layers, kernel=kernel,
                    first_kernel=first_kernel).network
    slope, start = kernel // 2, first_kernel // 2
    triangle = torch.zeros(1, *size, dtype=torch.bool)
    for up in range(row + 1):
        left = slope * up + start + layers * slope        # of the current row as well
        right = slope * (up - 1) + start if up else -1
        triangle[0, row - up, max(0, column - left):column + right + 1] = True
    assert torch.equal(seen_by(network, size, row, column), triangle)


@both_kinds
def test_the_probabilities_of_all_2x2_images_of_3_levels_sum_to_one(kind):
    images = torch.tensor(list(itertools.product([-1.0, 0.0, 1.0], repeat=4)))
    rnn = model(kind, size=2, condition=VectorCondition(4))
    for h in torch.eye(4):
        log_prob = rnn.log_prob(images.view(81, 1, 2, 2), given=h.expand(81, 4))
        assert log_prob.exp().sum().item() == pytest.approx(1, abs=1e-12)


@both_kinds
@any_channels
@pytest.mark.parametrize("condition", CONDITIONS)
def test_cached_sampling_equals_naive_sampling(kind, channels, condition):
    rnn = model(kind, channels, condition=CONDITIONS[condition](), first_kernel=5)
    given = None if condition == "nothing" else torch.randn(3, 4)
    batch = 3 if given is None else None
    uniforms = torch.rand(6, channels, 4, 4, dtype=torch.float64)
    naive, cached = (rnn.sample(given, n=2, batch=batch, method=method,
                                uniforms=uniforms) for method in ("naive", "cached"))
    assert torch.equal(naive, cached)
    assert len(naive.unique()) == 3 and not torch.equal(naive[0], naive[1])


@both_kinds
def test_the_cache_gives_the_logits_of_the_whole_network(kind):
    torch.manual_seed(0)
    network = {"row": RowLSTM, "diagonal": DiagonalLSTM}[kind](
        2, 2, 5, width=8, layers=3, condition_features=1).eval()
    image, condition = torch.randn(2, 2, 4, 3), torch.randn(2, 1, 4, 3)
    cache = network.cache(2, 3)
    with torch.no_grad():
        whole = network(image, condition)
        for row in range(4):
            cache.start_row(condition[:, :, row:row + 1])
            for column, channel in itertools.product(range(3), range(2)):
                torch.testing.assert_close(cache.logits(column, channel),
                                           whole[:, channel, :, row, column],
                                           rtol=0, atol=1e-5)
                cache.put(column, channel, image[:, channel:channel + 1, row, column])
            cache.end_row()


@both_kinds
def test_what_is_given_changes_the_gates_of_every_lstm(kind):
    rnn = model(kind, condition=VectorCondition(4), layers=3)
    lstms = [part for part in rnn.network.modules() if isinstance(part, LineLSTM)]
    features = torch.zeros(1, 13, 4, 4).double()
    h = torch.eye(4).double()[:, :, None, None]
    for lstm in lstms:
        here, there = (lstm.gates(features[:, :lstm.from_input.weight.shape[1]],
                                  h[k:k + 1]) for k in (0, 1))
        assert (here != there).all()
    assert len(lstms) == {"row": 3, "diagonal": 6}[kind]


@pytest.mark.parametrize("options, words", [
    ({"kind": "column"}, "kind is 'column'; choose"),
    ({"kind": "row", "kernel": 2}, "kernel is 2; give an odd number"),
    ({"kind": "row", "width": 8, "channels": 3}, "width is 8, which 3 .* give width=9"),
    ({"kind": "row", "layers": 0}, "layers is 0"),
])
def test_options_that_make_no_network_are_answered_by_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        model(**options)
