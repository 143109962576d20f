"""Facts about the score of facades: the truth is perfect, and each defect shows."""

import pytest
import torch
from torch.nn import functional

from course_lib.contract import ConditionalModel
from course_lib.datasets.facades import Facades, Segmentation
from course_lib.models.label_map import LabelMap
from course_lib.networks.dilated import DilatedNetwork
from course_lib.scoring import facades, rows, score
from course_lib.scoring.bricks import bond
from course_lib.scoring.facades import SEGMENTER, frozen_path, segmenter, untrained

world = Facades(48)


class Spoiled(ConditionalModel):
    """The truth's pictures, with something done to them."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil
        self.given_shape, self.y_shape = world.given_shape, world.y_shape

    def draw(self, given, n, batch):
        return self.spoil(world.truth.draw(given, n, batch))


def blur(pictures):
    """A mean over 5 x 5 pixels."""
    return functional.avg_pool2d(pictures.flatten(0, 1), 5, 1, 2,
                                 count_include_pad=False).view_as(pictures)


@pytest.fixture(scope="module")
def scores():
    """The truth, and three ways to be wrong."""
    models = {"truth": world.truth, "blurred": Spoiled(blur),
              "of other plans": Spoiled(lambda y: y.roll(1, 1)),
              "one answer": Spoiled(lambda y: y[:1].expand_as(y))}
    return {name: score(model, world, examples=128, samples=4, name=name)
            for name, model in models.items()}


def test_the_truth_keeps_its_plans_and_its_textures(scores):
    truth = scores["truth"]
    both = (truth.labels_kept.error ** 2 + truth.labels_real.error ** 2) ** 0.5
    assert abs(truth.labels_kept.value - truth.labels_real.value) < 4 * both
    assert truth.spectral_distance.value < 0.2
    assert truth.bond.value == pytest.approx(1, abs=0.1)
    assert truth.variety.value == pytest.approx(1, abs=5 * truth.variety.error + 0.05)


def test_only_bricks_in_bond_have_a_bond():
    x, y = world.held_out(64)
    labels, place = world.labels(x), torch.arange(48)
    true = bond(y, labels).mean()
    rows, columns = (place % 4 < 1).view(48, 1), (place % 8 < 1)
    grid = 0.4 * (rows | columns).float().expand(64, 3, 48, 48)
    bare = 0.4 * rows.float().expand(64, 3, 48, 48)
    assert true > 2
    moved = bond(y.roll(3, 3), labels.roll(3, 2))       # wherever bricks begin
    torch.testing.assert_close(moved.mean(), true)
    for other in (bare, grid, blur(y[None])[0], 0.1 * torch.randn(64, 3, 48, 48)):
        assert bond(other, labels).mean() < 0.35 * true


def test_blur_is_seen_in_the_spectrum(scores):
    assert scores["blurred"].spectral_distance.value > 1


def test_pictures_of_other_plans_keep_their_texture_and_lose_their_labels(scores):
    wrong = scores["of other plans"]
    assert wrong.labels_kept.value < 0.85 and wrong.spectral_distance.value < 0.2


def test_one_answer_a_plan_has_no_variety(scores):
    assert scores["one answer"].variety.value == 0


def test_the_frozen_segmenter_reads_real_pictures_it_has_never_seen():
    assert frozen_path(48).exists() and SEGMENTER["seed"] != world.seed
    x, y = Facades(48, seed=5).held_out(128)
    read = segmenter(48).most_likely(y)
    assert (read == x.argmax(1)).float().mean() > 0.965


def test_scores_of_facades_make_a_table(scores):
    table = rows(list(scores.values()), ["labels_kept", "variety"])
    assert list(table["truth"]) == ["labels kept", "variety"]


def test_a_label_map_is_a_distribution_over_labels_at_every_pixel():
    torch.manual_seed(0)
    model = LabelMap(DilatedNetwork(3, 4, width=8))
    picture = torch.rand(1, 3, 6, 6)
    drawn = model.sample(given=picture, n=2000, seed=0)[:, 0]
    chance = model.logits(picture).softmax(1)[0]
    assert torch.equal(drawn.sum(1), torch.ones(2000, 6, 6))
    assert (drawn.mean(0) - chance).abs().max() < 4 * 0.5 / 2000 ** 0.5
    labels = torch.randint(4, (1, 6, 6), generator=torch.Generator().manual_seed(0))
    y = functional.one_hot(labels, 4).movedim(-1, 1).float()
    expected = -functional.cross_entropy(model.logits(picture), labels, reduction="sum")
    assert model.log_prob(y, given=picture).item() == pytest.approx(expected.item(),
                                                                    rel=1e-5)


def test_segmentation_is_the_same_pairs_the_other_way_round():
    plan, picture = world.batch(3, seed=0)
    x, y = Segmentation(world).batch(3, seed=0)
    assert torch.equal(x, picture) and torch.equal(y, plan)


def test_facades_of_another_size_are_read_by_a_segmenter_trained_for_them(monkeypatch):
    monkeypatch.setattr(facades, "SEGMENTER", {"pairs": 16, "seed": 2**20})
    monkeypatch.setattr(facades, "STEPS", 8)
    segmenter.cache_clear()
    larger = Facades(size=40, pairs=8)
    before = torch.get_rng_state()
    result = score(larger.truth, larger, examples=8, samples=2)
    trained, fresh = segmenter(40).state_dict(), untrained().state_dict()
    segmenter.cache_clear()
    assert result.space == "40x40 RGB" and result.labels_real.value > 0
    assert any(not torch.equal(trained[name], fresh[name]) for name in fresh)
    assert torch.equal(before, torch.get_rng_state())
