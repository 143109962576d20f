"""Facts about embeddings: the triplet loss by hand, and what a trained one keeps."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import triplet_margin_with_distance_loss

from course_lib.contract import seeded
from course_lib.datasets import BlindSpot, Digits
from course_lib.datasets.adapted import Embedded
from course_lib.experiments.embedding import train_embedding
from course_lib.networks.embedding import TripletEmbedding, triplet_loss
from course_lib.scoring.probe import variance_explained
from tests.toys import same

digits = Digits()


@pytest.fixture(scope="module")
def embedding():
    return train_embedding(digits, steps=200)


def points_of(embedding, split):
    with torch.no_grad():
        return embedding(digits.images(split)), digits.labels(split)


def test_the_triplet_loss_is_torchs_over_all_triplets_that_do_not_hold_yet():
    with seeded(0):
        points, labels = torch.randn(9, 3), torch.randint(0, 3, (9,))

    def square(a, b):
        return (a - b).square().sum(-1)

    terms = [triplet_margin_with_distance_loss(
                points[a], points[p], points[n], distance_function=square, margin=0.5)
             for a in range(9) for p in range(9) for n in range(9)
             if a != p and labels[a] == labels[p] != labels[n]]
    positive = [term for term in terms if term > 0]
    assert 0 < len(positive) < len(terms)
    torch.testing.assert_close(triplet_loss(points, labels, 0.5),
                               torch.stack(positive).mean())


def test_classes_that_are_far_apart_cost_nothing_and_one_class_alone_neither():
    points = torch.tensor([[0.0, 1], [0, 1.1], [5, 0], [5, 0.1]])
    assert triplet_loss(points, torch.tensor([0, 0, 1, 1]), 0.5) == 0
    assert triplet_loss(points, torch.tensor([1, 1, 1, 1]), 0.5) == 0


def test_points_are_on_a_sphere(embedding):
    points, _ = points_of(embedding, "test")
    assert points.shape == (360, 16)
    torch.testing.assert_close(points.square().mean(1), torch.ones(360))


def test_a_linear_probe_reads_the_class_off_a_held_out_point(embedding):
    (points, labels), (held_out, answers) = (points_of(embedding, split)
                                             for split in ("train", "test"))
    probe = LogisticRegression(max_iter=2000).fit(points.numpy(), labels.numpy())
    assert probe.score(held_out.numpy(), answers.numpy()) > 0.96


def test_within_a_class_points_still_tell_the_slant(embedding):
    points, labels = points_of(embedding, "train")
    mean = torch.stack([points[labels == k].mean(0) for k in range(10)])
    slant = slant_of(digits.images("train"))
    usual = torch.stack([slant[labels == k].mean() for k in range(10)])
    kept = variance_explained(points - mean[labels], slant - usual[labels])
    assert kept > 0.5


def slant_of(y):
    """Covariance of across and down over the variance of down, weighted by ink."""
    ink = y[:, 0] / y.sum((1, 2, 3)).view(-1, 1, 1)
    place = torch.arange(8.0)
    across = place - (ink.sum(1) @ place).view(-1, 1)
    down = place - (ink.sum(2) @ place).view(-1, 1)
    both = torch.einsum("bhw,bh,bw->b", ink, down, across)
    return both / torch.einsum("bhw,bh->b", ink, down.square())


def test_the_same_seed_gives_the_same_network_and_another_does_not():
    first, again = (train_embedding(digits, steps=3, seed=1) for _ in range(2))
    assert same(first, again)
    assert not same(first, train_embedding(digits, steps=3, seed=2))


def test_a_world_gives_the_points_as_x(embedding):
    x, y = Embedded(digits, embedding).held_out(5)
    torch.testing.assert_close(x, points_of(embedding, "test")[0][:5])
    assert torch.equal(y, digits.images("test")[:5])


def test_without_keep_the_decoder_is_no_part_of_the_training():
    model = train_embedding(digits, keep=0.0, steps=2)
    decoder = set(model.decoder.parameters())
    assert not decoder & set(model.players()[0].parameters)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: TripletEmbedding((1, 3, 8)), "the height in y_shape is 3"),
    (lambda: TripletEmbedding((1, 8, 8), features=1), "features is 1"),
    (lambda: TripletEmbedding((1, 8, 8), margin=0.0), "margin is 0.0"),
    (lambda: TripletEmbedding((1, 8, 8))(torch.zeros(2, 1, 9, 8)), "give the shape"),
    (lambda: train_embedding(BlindSpot()), "give a world of class and image"),
])
def test_bad_input_is_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()
