"""Facts about the conditional random field: energy, clusters, gradient, samples."""

import itertools

import pytest
import torch
from torch import nn

from course_lib.models.joint_structure import (
    ConditionalRandomField,
    Potentials,
    agreement,
    bonds,
    contrastive_divergence,
    energy,
    join,
    labels_of,
    swendsen_wang,
)

SIDE = 3


def labelings(side: int = SIDE) -> torch.Tensor:
    """Return all 2^(side²) pictures of labels, (labelings, side, side)."""
    every = list(itertools.product((-1.0, 1.0), repeat=side * side))
    return torch.tensor(every).view(-1, side, side)


def potentials(side: int = SIDE, field: float = 0.3, coupling: float = 0.5,
               seed: int = 0) -> Potentials:
    """Return potentials of one picture, random about the sizes that are given."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):
        return torch.rand(1, *shape, generator=generator)

    return Potentials(field * (2 * random(side, side) - 1),
                      2 * coupling * random(side, side - 1),
                      2 * coupling * random(side - 1, side))


def repeated(one: Potentials, n: int) -> Potentials:
    return Potentials(*(part.expand(n, -1, -1) for part in one))


def probabilities(one: Potentials) -> torch.Tensor:
    """Return p of each of the `labelings`, by adding up all of them."""
    every = labelings(one.field.shape[-1])
    return (-energy(every, repeated(one, len(every))).double()).softmax(0)


def exact_samples(one: Potentials, n: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    index = torch.multinomial(probabilities(one), n, replacement=True,
                              generator=generator)
    return labelings(one.field.shape[-1])[index]


def frequencies(labels: torch.Tensor) -> torch.Tensor:
    """Return how often each of the `labelings` is among the labels."""
    binary = (labels.flatten(1) > 0).long()
    power = 2 ** torch.arange(binary.shape[1] - 1, -1, -1)
    return torch.bincount((binary * power).sum(1), minlength=2 ** binary.shape[1])


def worst_error(labels: torch.Tensor, p: torch.Tensor) -> float:
    """Return the largest |observed - expected| of the labelings, in stds."""
    n = len(labels)
    often = n * p >= 10                              # else the count is not normal
    std = (n * p * (1 - p)).sqrt()
    return ((frequencies(labels) - n * p).abs() / std)[often].max().item()


class Constant(nn.Module):
    """A network that ignores x: its numbers are its parameters."""

    def __init__(self, channels: int, side: int):
        super().__init__()
        self.numbers = nn.Parameter(torch.zeros(1, channels, side, side))

    def forward(self, x):
        return self.numbers.expand(len(x), -1, -1, -1)


class Echo(nn.Module):
    """A network whose numbers are x itself."""

    def forward(self, x):
        return x


def test_energy_is_what_a_hand_adds_up():
    labels = torch.tensor([[[1.0, -1.0], [1.0, 1.0]]])
    one = Potentials(field=torch.tensor([[[0.1, 0.2], [0.3, 0.4]]]),
                     right=torch.tensor([[[1.0], [2.0]]]),
                     down=torch.tensor([[[3.0, 5.0]]]))
    fields, pairs = 0.1 - 0.2 + 0.3 + 0.4, -1.0 + 2.0 + 3.0 - 5.0
    assert energy(labels, one).item() == pytest.approx(-(fields + pairs))


def test_only_neighbours_share_a_term():
    """The mixed difference of log p over two pixels is 4J for neighbours, else 0."""
    one = potentials()
    def mixed(i, j):
        total = 0.0
        for first, second in itertools.product((-1.0, 1.0), repeat=2):
            labels = torch.ones(1, SIDE, SIDE)
            labels[0, i[0], i[1]], labels[0, j[0], j[1]] = first, second
            total -= first * second * energy(labels, one).item()
        return total
    assert mixed((0, 0), (0, 1)) == pytest.approx(4 * one.right[0, 0, 0].item(), 1e-4)
    assert mixed((1, 2), (2, 2)) == pytest.approx(4 * one.down[0, 1, 2].item(), 1e-4)
    assert mixed((0, 0), (1, 1)) == pytest.approx(0, abs=1e-5)
    assert mixed((0, 0), (0, 2)) == pytest.approx(0, abs=1e-5)


def test_frequencies_of_all_3x3_labelings_are_their_probabilities():
    one, n = potentials(), 40_000
    torch.manual_seed(0)
    labels = swendsen_wang(torch.ones(n, SIDE, SIDE), repeated(one, n), sweeps=15)
    p = probabilities(one)
    assert worst_error(labels, p) < 4.5
    distance = (frequencies(labels) / n - p).abs().sum() / 2
    assert distance < 0.06            # √(labelings / n) sets 0.045; wrong samplers, 0.2


def test_one_sweep_leaves_the_exact_distribution_as_it_is():
    one, n = potentials(field=0.5, coupling=0.4, seed=1), 40_000
    torch.manual_seed(1)
    labels = swendsen_wang(exact_samples(one, n), repeated(one, n), sweeps=1)
    assert worst_error(labels, probabilities(one)) < 4.5


def test_one_sweep_crosses_from_all_teal_to_all_pink():
    """With strong couplings a shirt is one cluster, pink with sigmoid(2 Σ h)."""
    n, side, h = 20_000, 4, 0.03
    one = Potentials(torch.full((1, side, side), h),
                     torch.full((1, side, side - 1), 20.0),
                     torch.full((1, side - 1, side), 20.0))
    torch.manual_seed(2)
    labels = swendsen_wang(-torch.ones(n, side, side), repeated(one, n), sweeps=1)
    pink = (labels > 0).flatten(1)
    assert torch.equal(pink.any(1), pink.all(1))
    expected = torch.sigmoid(torch.tensor(2 * h * side * side))
    assert pink[:, 0].double().mean() == pytest.approx(expected.item(), abs=0.015)


def test_bonds_join_equal_neighbours_with_probability_one_minus_exp_minus_2j():
    torch.manual_seed(0)
    coupling = torch.full((100_000,), 0.7)
    alike = torch.ones_like(coupling)
    assert not bonds(alike, -alike, coupling).any()
    share = bonds(alike, alike, coupling).double().mean().item()
    assert share == pytest.approx(1 - torch.exp(torch.tensor(-1.4)).item(), abs=0.007)


def test_clusters_of_unbreakable_bonds_are_the_connected_regions():
    from skimage.measure import label

    torch.manual_seed(3)
    labels = torch.where(torch.rand(1, 12, 12) < 0.5, 1.0, -1.0)
    clusters = join(labels, Potentials(torch.ones(1, 12, 12),
                                       torch.full((1, 12, 11), 50.0),
                                       torch.full((1, 11, 12), 50.0)))
    regions = label(labels[0].numpy().astype(int), background=0, connectivity=1)
    pairs = set(zip(clusters.index.flatten().tolist(), regions.flatten().tolist()))
    assert len(pairs) == regions.max() == len(clusters.field)
    assert clusters.field.tolist() == torch.bincount(clusters.index.flatten()).tolist()


def test_clusters_never_reach_into_another_picture():
    clusters = join(torch.ones(3, 2, 2), Potentials(
        torch.ones(3, 2, 2), torch.full((3, 2, 1), 50.0), torch.full((3, 1, 2), 50.0)))
    assert clusters.index.flatten(1).tolist() == [[0] * 4, [1] * 4, [2] * 4]


def test_without_couplings_contrastive_divergence_is_the_exact_gradient():
    labels = exact_samples(potentials(), 8)
    field = torch.randn(8, SIDE, SIDE, requires_grad=True)
    one = Potentials(field, torch.zeros(8, SIDE, SIDE - 1),
                     torch.zeros(8, SIDE - 1, SIDE))
    contrastive_divergence(labels, one).backward()
    assert torch.allclose(field.grad, (torch.tanh(field.detach()) - labels) / 8)


def test_with_strong_couplings_the_fields_learn_the_shirt_as_one_coin():
    labels = torch.tensor([1.0, 1.0, -1.0]).view(3, 1, 1).expand(3, 4, 4)
    field = torch.full((3, 4, 4), 0.02, requires_grad=True)
    one = Potentials(field, torch.full((3, 4, 3), 50.0), torch.full((3, 3, 4), 50.0))
    contrastive_divergence(labels, one).backward()
    right = (torch.tanh(torch.tensor(16 * 0.02)) - labels) / 3
    assert torch.allclose(field.grad, right)


def test_the_gradient_is_zero_on_average_where_the_labels_come_from_the_model():
    one, n = potentials(field=0.4, coupling=0.4, seed=5), 60_000
    many = Potentials(*(part.clone().requires_grad_() for part in repeated(one, n)))
    torch.manual_seed(5)
    contrastive_divergence(exact_samples(one, n), many).backward()
    for part in many:
        each = part.grad * n                                   # of one picture
        error = each.std(0) / n ** 0.5
        assert (each.mean(0).abs() < 4.5 * error).all()


def test_the_gradient_points_where_the_exact_one_does():
    truth, model = potentials(seed=6, coupling=0.6), potentials(seed=7, coupling=0.2)
    n, every, p = 60_000, labelings(), probabilities(model).float()
    exact = [part.clone().requires_grad_() for part in model]
    labels = exact_samples(truth, n)
    data = energy(labels, repeated(Potentials(*exact), n)).mean()
    data = data - (p * energy(every, repeated(Potentials(*exact), len(every)))).sum()
    exact = torch.cat([g.flatten() for g in torch.autograd.grad(data, exact)])
    ours = [part.clone().requires_grad_() for part in model]
    torch.manual_seed(6)
    loss = contrastive_divergence(labels, repeated(Potentials(*ours), n))
    ours = torch.cat([g.flatten() for g in torch.autograd.grad(loss, ours)])
    assert torch.cosine_similarity(exact, ours, dim=0) > 0.97


def test_two_pixels_agree_surely_within_a_cluster_and_by_their_leans_between_two():
    lean, lean_there = torch.tensor([0.5, 0.5]), torch.tensor([0.5, -0.4])
    same = agreement(torch.tensor([0, 0]), torch.tensor([0, 1]), lean, lean_there)
    assert torch.allclose(same, torch.tensor([1.0, -0.2]))


def test_no_coupling_is_negative_whatever_the_network_says():
    model = ConditionalRandomField(Echo(), channels=1)
    found, _ = model.potentials(100 * torch.randn(4, 5, 6, 6))
    assert found.right.min() >= 0 and found.down.min() >= 0
    assert found.right.shape == (4, 6, 5) and found.down.shape == (4, 5, 6)


def test_unaries_that_ignore_the_coupling_give_the_majority():
    """Each pixel's own log-odds, added up: p = 0.6 becomes nearly 1 on nine pixels."""
    logit = torch.logit(torch.tensor(0.6))
    one = Potentials((logit / 2).expand(1, SIDE, SIDE), torch.full((1, 3, 2), 5.0),
                     torch.full((1, 2, 3), 5.0))
    pink = probabilities(one)[-1].item()                        # all labels are 1
    assert pink == pytest.approx(torch.sigmoid(9 * logit).item(), abs=1e-3)
    shared = one._replace(field=one.field / 9)
    assert probabilities(shared)[-1].item() == pytest.approx(0.6, abs=1e-3)


def test_training_finds_how_often_a_patch_is_pink():
    torch.manual_seed(0)
    model = ConditionalRandomField(Constant(5, 4), channels=1, sweeps=3)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    x = torch.zeros(64, 1, 4, 4)
    for _ in range(300):
        side = torch.where(torch.rand(64, 1, 1, 1) < 0.3, 0.65, -0.65)
        loss = model.loss(side + 0.1 * torch.randn(64, 1, 4, 4), given=x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    samples = model.sample(given=x, n=32, seed=0)
    pink = (samples > 0).double().flatten(2).mean(2)
    assert ((pink == 0) | (pink == 1)).double().mean() > 0.99
    assert pink.mean().item() == pytest.approx(0.3, abs=0.06)
    assert samples.abs().mean().item() == pytest.approx(0.65, abs=0.02)


def test_a_sample_has_the_color_of_its_label_and_its_deviation():
    model = ConditionalRandomField(Echo(), channels=1, sweeps=1)
    x = torch.zeros(1, 5, 8, 8)
    x[:, 3] = 0.5                                              # the mean of label 1
    _, color = model.potentials(x)
    samples = model.sample(given=x, n=2000, seed=0)
    assert samples.mean().item() == pytest.approx(0, abs=0.01)
    square = (samples ** 2).mean().item()
    assert square == pytest.approx(0.25 + color.scale[0, 0, 0, 0].item() ** 2, 0.05)


def test_the_label_is_the_sign_of_the_first_channel():
    y = torch.tensor([0.6, -0.6]).view(1, 1, 1, 2).expand(1, 2, 1, 2)
    assert labels_of(y).tolist() == [[[1.0, -1.0]]]


def test_there_is_no_log_prob_since_nobody_can_sum_over_all_labelings():
    assert not hasattr(ConditionalRandomField(Echo(), channels=1), "log_prob")


def test_a_y_of_another_shape_is_refused_in_a_sentence():
    model = ConditionalRandomField(Constant(5, 4), channels=1)
    with pytest.raises(ValueError, match="give the shape"):
        model.loss(torch.zeros(2, 2, 4, 4), given=torch.zeros(2, 1, 4, 4))


def test_a_network_with_too_few_outputs_is_refused_in_a_sentence():
    network = nn.Conv2d(1, 4, 1)
    with pytest.raises(ValueError, match="needs 7"):
        ConditionalRandomField(network, channels=2)


def test_negative_couplings_are_refused_in_a_sentence():
    one = potentials()
    with pytest.raises(ValueError, match="none below 0"):
        swendsen_wang(torch.ones(1, 3, 3), one._replace(right=-one.right), 1)


def test_labels_of_another_shape_than_the_field_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="one label for each"):
        swendsen_wang(torch.ones(1, 4, 4), potentials(), 1)


def test_couplings_of_another_shape_than_the_pairs_are_refused_in_a_sentence():
    one = potentials()
    with pytest.raises(ValueError, match=r"\(1, 2, 2\).*one coupling for each pair"):
        swendsen_wang(torch.ones(1, 3, 3), one._replace(down=one.down[..., 1:]), 1)


@pytest.mark.gpu
def test_clusters_on_a_gpu_are_those_of_the_cpu(gpu):
    labels = torch.where(torch.rand(2, 8, 8) < 0.5, 1.0, -1.0)
    one = Potentials(torch.ones(2, 8, 8), torch.full((2, 8, 7), 50.0),
                     torch.full((2, 7, 8), 50.0))
    there = Potentials(*(part.to(gpu) for part in one))
    assert torch.equal(join(labels.to(gpu), there).index.cpu(), join(labels, one).index)
