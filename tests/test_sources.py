"""Facts about training from data of one's own: datasets, loaders, lists, generators."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset
from torchvision.datasets import FakeData
from torchvision.transforms import ToTensor

from course_lib.contract import ConditionalModel
from course_lib.training import fit
from course_lib.training.runs import mixed
from course_lib.training.sources import Batches, Examples, source_of
from tests.toys import Line, LinearGaussian, NoisyGaussian, made, same

quiet = {"progress": False, "device": "cpu"}


class Classifier(ConditionalModel):
    """p(label | picture), of labels as datasets have them: whole numbers."""

    def __init__(self):
        super().__init__()
        self.logits = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))

    def loss(self, y, *, given=None):
        return cross_entropy(self.logits(given), y)


def pictures(**options):
    return FakeData(24, (3, 8, 8), 4, transform=ToTensor(), **options)


def line(n=256):
    """A TensorDataset of the line's pairs."""
    return TensorDataset(*Line().batch(n, seed=0))


def batches():
    return [Line().batch(16, seed=i) for i in range(5)]


def shuffled():
    return DataLoader(line(), batch_size=48, shuffle=True)


kinds = pytest.mark.parametrize("data", [line, batches, shuffled])


def test_a_dataset_of_pictures_trains_what_tells_their_labels():
    model = made(Classifier)
    history = fit(model, pictures(), 50, batch_size=24, lr=0.02, **quiet)
    right = [model.logits(x[None]).argmax().item() == y for x, y in pictures()]
    assert history.ends("model")[1] < 0.2 and sum(right) == 24


def test_swapped_pairs_of_labels_and_pictures_train_pictures_given_labels():
    class PerClass(NoisyGaussian):
        given_shape, y_shape = (4,), (3, 8, 8)

        def __init__(self):
            super().__init__()
            self.mean = nn.Sequential(nn.Linear(4, 192), nn.Unflatten(1, (3, 8, 8)))

        def loss(self, y, *, given=None):
            y, given = self.check_pair(y, given)
            return (y - self.mean(given)).square().mean()

    labels = torch.eye(4)
    swapped = [(labels[label], picture) for picture, label in pictures()]
    model = made(PerClass)
    fit(model, swapped, 200, lr=0.03, schedule="cosine", **quiet)
    mean = torch.stack([y for x, y in swapped if x[0] == 1]).mean(0)
    assert torch.allclose(model.mean(labels[:1])[0], mean, atol=0.1)


@kinds
def test_pairs_of_ones_own_teach_the_line(data):
    model = made(LinearGaussian)
    fit(model, data(), 150, lr=0.1, schedule="cosine", **quiet)
    assert model.mean.weight.item() == pytest.approx(2, abs=0.15)
    assert model.mean.bias.item() == pytest.approx(1, abs=0.15)


@kinds
def test_a_run_on_pairs_of_ones_own_continues_bit_for_bit(data, tmp_path):
    unbroken, resumed, path = made(NoisyGaussian), made(NoisyGaussian), tmp_path / "run"
    whole = fit(unbroken, data(), 17, **quiet)
    fit(made(NoisyGaussian), data(), 8, checkpoint=path, **quiet)
    torch.rand(5)
    history = fit(resumed, data(), 17, checkpoint=path, resume=True, **quiet)
    assert same(resumed, unbroken) and history.losses == whole.losses


def test_a_batch_of_a_dataset_is_a_function_of_its_seed_and_holds_whole_pairs():
    data = TensorDataset(torch.arange(9.0)[:, None], torch.arange(9.0)[:, None] + 100)
    source = source_of(data, LinearGaussian())
    drawn = [source.batch(64, split="train", seed=seed) for seed in (1, 1, 2)]
    assert torch.equal(drawn[0][0], drawn[1][0])
    assert not torch.equal(drawn[0][0], drawn[2][0])
    assert all(torch.equal(x + 100, y) for x, y in drawn)
    assert set(drawn[0][0].flatten().tolist()) == set(range(9))


def test_batches_come_in_their_order_and_of_their_size_and_begin_again():
    seen = []

    class Watched(LinearGaussian):
        def loss(self, y, *, given=None):
            seen.append(y)
            return super().loss(y, given=given)

    data = [Line().batch(n, seed=n) for n in (16, 16, 3)]
    fit(made(Watched), data, 7, batch_size=64, **quiet)
    assert [len(y) for y in seen] == [16, 16, 3, 16, 16, 3, 16]
    assert all(torch.equal(y, data[i % 3][1]) for i, y in enumerate(seen))


def test_noise_that_a_dataset_draws_depends_on_seed_and_step_alone():
    class Augmented(Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return torch.randn(1), torch.randn(1)

    models = [made(LinearGaussian) for _ in range(2)]
    for model in models:
        torch.rand(3)
        fit(model, Augmented(), 5, **quiet)
    assert same(*models)


def test_nothing_is_given_where_x_is_none_and_dicts_are_put_together():
    pairs = [(None, torch.ones(1)) for _ in range(3)]
    x, y = Examples(pairs).batch(4, split="train", seed=0)
    assert x is None and y.shape == (4, 1)
    pairs = [({"place": torch.zeros(2), "word": i}, torch.ones(1)) for i in range(3)]
    x, y = Examples(pairs).batch(4, split="train", seed=0)
    assert x["place"].shape == (4, 2) and x["word"].shape == (4,)


@pytest.mark.parametrize(("data", "kind"), [
    (line(), Examples), (list(line()), Examples), (batches(), Batches),
    ([(torch.ones(1), torch.ones(1))], Examples), (shuffled(), Batches),
    (iter(batches()), Batches)])
def test_what_is_a_batch_and_what_a_pair_is_told_by_the_shape_of_y(data, kind):
    assert isinstance(source_of(data, LinearGaussian()), kind)


def test_a_generator_that_ends_early_says_so_and_nothing_learned_is_lost(tmp_path):
    model, sound, path = made(LinearGaussian), made(LinearGaussian), tmp_path / "run"
    with pytest.raises(ValueError, match=r"ended after 5 batches .* or fewer steps"):
        fit(model, (batch for batch in batches()), 30, checkpoint=path, **quiet)
    fit(sound, batches(), 5, **quiet)
    assert same(model, sound) and path.exists()
    fit(made(LinearGaussian), (batch for batch in batches()), 5, **quiet)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(line())


@pytest.mark.parametrize(("data", "words"), [
    (3, "world is 3; give a world, for instance TShirts"),
    (TensorDataset, r"world is the class TensorDataset; give one .* TensorDataset\(\)"),
    (torch.ones(4, 1), r"of two tensors TensorDataset\(x, y\)"),
    ((torch.ones(4, 1), torch.ones(4, 1)), r"of two tensors TensorDataset\(x, y\)"),
    (TensorDataset(torch.ones(4, 1)), r"where a pair \(x, y\) is due"),
    ([], "is empty; give at least one pair"),
    (iter([]), "ended after 0 batches"),
    (Stream(), r"a DataLoader \(also of an IterableDataset\) or a list"),
    (FakeData(8, (3, 8, 8)), r"Examples .* no batch .* by transform=ToTensor\(\)"),
    (pictures(), r"y is a int64 tensor .* where yours are \(picture, label\), swap"),
    (DataLoader(pictures(), 8), r"y is a int64 tensor .* swap them, with labels one-h"),
    ([(torch.ones(4, 1), torch.ones(3, 1))], r"holds \[4, 3\] examples"),
])
def test_what_gives_no_pairs_is_refused_in_a_sentence(data, words):
    model = made(LinearGaussian)
    with pytest.raises((TypeError, ValueError), match=words):
        fit(model, data, 3, **quiet)
    assert same(model, made(LinearGaussian)) and model.training


def test_a_world_is_drawn_from_as_ever():
    world = Line()
    assert source_of(world, LinearGaussian()) is world
    seeds = []
    world.batch = lambda n, split, seed: (seeds.append(seed), Line().batch(n))[1]
    fit(made(LinearGaussian), world, 3, **quiet)
    assert seeds == [mixed("batch", 0, step) for step in range(3)]
