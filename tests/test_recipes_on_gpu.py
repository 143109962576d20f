"""Facts about recipes on a GPU: each trains there, and its world and score follow."""

import pytest
import torch

from course_lib.contract import to_device
from course_lib.datasets import Billiards, Facades, TShirts
from course_lib.experiments import EXPERIMENTS
from course_lib.experiments.translation import pix2pix
from course_lib.models.point_prediction import PointPredictor
from course_lib.networks import ImageToImage
from course_lib.scoring import score
from tests import pretended_gpu
from tests.test_gpu import captioned

pytestmark = pytest.mark.gpu
UNTRAINED = {                      # what no recipe says: a model, and a world for it
    "billiards": (lambda: PointPredictor(ImageToImage(3, 3, width=8)),
                  lambda: Billiards(16)),
    "facades": (pix2pix, lambda: Facades(size=48, pairs=8)),
    "captions": (lambda: captioned()[0], lambda: captioned()[1])}
WORLDS = {"shirts": TShirts, "billiards": Billiards,
          "captions": UNTRAINED["captions"][1]}
# What reads x is trained before what draws.
TWICE = ["pixelcnn-labels", "pixelcnn-two-eyes"]


def trained(name, gpu):
    return EXPERIMENTS[name].train(steps=2, batch_size=2, device=gpu, progress=False)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_recipe_trains_on_a_gpu_and_reads_its_losses_alone(name, gpu):
    with pretended_gpu.reads() as found:          # of a real GPU they are not counted
        model, _, history = trained(name, gpu)
    assert history.steps == 2 and next(model.parameters()).device.type == gpu.type
    fits = 2 if name in TWICE else 1
    assert name == "random-field" or found in ([], fits * ["_to_copy"])


@pytest.mark.parametrize("name", ["l2", *UNTRAINED])
def test_a_model_on_a_gpu_is_scored_in_each_kind_of_world(name, gpu):
    if name in UNTRAINED:
        model, world = (make() for make in UNTRAINED[name])
        model.to(gpu)
    else:
        model, world, _ = trained(name, gpu)
    assert score(model, world, examples=8, samples=2).sampling_seconds.value > 0


@pytest.mark.parametrize("name", WORLDS)
def test_the_truth_of_a_world_answers_on_a_gpu_as_on_the_cpu(name, gpu):
    world = WORLDS[name]()
    x, y = world.batch(2, seed=0)
    expected = world.truth.log_prob(y, given=x), world.truth.entropy(x)
    world.truth.to(gpu)
    try:
        given = to_device(x, gpu)
        found = world.truth.log_prob(y.to(gpu), given=given), world.truth.entropy(given)
        assert world.truth.sample(given, seed=0).device.type == gpu.type
    finally:
        world.truth.to("cpu")
    for ours, exact in zip(found, expected):
        assert ours.device.type == gpu.type
        torch.testing.assert_close(ours.cpu(), exact, rtol=1e-4, atol=1e-2)
