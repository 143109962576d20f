"""Facts about the experiments: each builds and trains a model that fits its world."""

import re
from dataclasses import replace

import pytest
import torch

from course_lib.datasets import CoveredHouses, Facades, TShirts
from course_lib.experiments import EXPERIMENTS, FAMILIES, measures, structured
from course_lib.scoring import facades, score
from course_lib.scoring.bricks import bond
from course_lib.training.history import History

QUICK = {"steps": 1, "batch_size": 2, "device": "cpu", "progress": False}


@pytest.fixture(scope="module", params=EXPERIMENTS)
def trained(request):
    """An experiment and what a step of it gives: trained once for all its facts, on a
    world that is made, and drawn, once."""
    experiment = EXPERIMENTS[request.param]
    model, world, history = experiment.train(**QUICK)
    return replace(experiment, world=lambda: world), model, world, history


def weights(model):
    return [p.detach().clone() for p in model.parameters()]


def test_every_experiment_has_an_id_and_a_title_of_its_own():
    listed = [experiment for family in FAMILIES for experiment in family.EXPERIMENTS]
    assert list(EXPERIMENTS.values()) == listed
    assert len({experiment.title for experiment in listed}) == len(listed)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) for name in EXPERIMENTS)


def test_an_experiment_trains_a_model_that_samples_what_its_world_holds(trained):
    _, model, world, history = trained
    x, y = world.held_out(2)
    assert history.steps == 1
    batch = len(y) if x is None else None
    assert model.sample(given=x, n=3, seed=0, batch=batch).shape == (3, *y.shape)


def test_an_experiment_gives_the_same_weights_for_the_same_seed(trained):
    experiment, model, _, _ = trained
    again, _, _ = experiment.train(**QUICK)
    assert all(p.equal(q) for p, q in zip(weights(model), weights(again), strict=True))


@pytest.fixture
def few(monkeypatch):
    """Lets every experiment ask about eight examples, by two samples of each."""
    for module in (measures, *FAMILIES):
        monkeypatch.setattr(module, "HELD_OUT", 8, raising=False)
        monkeypatch.setattr(module, "score", lambda *it, **options: score(
            *it, **options | {"examples": 8, "samples": 2}), raising=False)
    monkeypatch.setattr(facades, "segmenter", lambda size: facades.untrained())


def test_all_that_is_asked_of_a_trained_model_has_a_number(trained, few):
    experiment, model, world, _ = trained
    figures = experiment.measure(model, world)
    assert figures and all(re.fullmatch(".*[a-z].*", name) for name in figures)
    assert all(isinstance(figure, float | int) for figure in figures.values())


def test_an_experiment_begins_with_other_weights_for_another_seed(trained):
    begun = replace(trained[0], fit=lambda *_, **__: History())
    one, other = (weights(begun.train(seed)[0]) for seed in (0, 1))
    assert any(not p.equal(q) for p, q in zip(one, other, strict=True))


def test_a_figure_that_does_not_apply_is_left_out():
    measure = measures.scored("chroma", "likelihood_gap", examples=16, samples=2)
    assert measure(EXPERIMENTS["l2"].build(), TShirts()).keys() == {"chroma"}


def test_the_checkpoint_of_a_model_without_pairs_is_its_translators(tmp_path):
    options = QUICK | {"checkpoint": tmp_path / "dyer.safetensors"}
    model, _, _ = EXPERIMENTS["cyclegan-shirts"].train(**options)
    again, _, _ = EXPERIMENTS["cyclegan-shirts"].train(**options, resume=True)
    assert all(torch.equal(p, q) for p, q in
               zip(weights(model), weights(again), strict=True))


def test_a_stored_model_paints_bricks_and_its_recipe_leads_there():
    experiment = EXPERIMENTS["pix2pix-64x64"]
    stored, world = experiment.stored(), experiment.world()
    x, y = world.held_out(16)
    begun, _, _ = experiment.train(steps=40, device="cpu", progress=False)
    painted, early, untrained = (model.sample(given=x, seed=0)[0] for model in (
        stored, begun, experiment.build()))
    labels = world.labels(x)
    assert bond(painted, labels).mean() > 0.3 * bond(y, labels).mean()
    assert (early - painted).abs().mean() < 0.5 * (untrained - painted).abs().mean()


@pytest.mark.parametrize("name", ["softmax-labels", "pixelcnn-labels",
                                  "pixelcnn-two-eyes", "pixelcnn-next-place"])
def test_a_stored_model_of_symbols_is_where_its_recipe_leads(name):
    experiment = EXPERIMENTS[name]
    begun, world, _ = experiment.train(steps=12, device="cpu", batch_size=4,
                                       progress=False)
    x, y = world.held_out(16)
    with torch.no_grad():
        untrained, early, stored = (-model.eval().log_prob(y, given=x).mean().item()
                                    for model in (experiment.build(), begun,
                                                  experiment.stored()))
    assert stored < 0.9 * early and early < untrained


def test_mixed_answers_keep_every_frequency_and_lose_what_belongs_together():
    torch.manual_seed(0)
    answers = torch.eye(2).repeat(2000, 1)             # (1, 0) or (0, 1)
    numbers = structured.mixed(answers)
    assert (numbers.mean(0) - 0.5).abs().max() < 0.04
    assert (numbers.sum(1) == 1).float().mean().item() == pytest.approx(0.5, abs=0.04)


def test_in_a_trial_only_the_truth_is_whole_and_follows_x():
    trial = structured.Trial(CoveredHouses(Facades(pairs=64)), n=16)
    rows = trial.rows()
    assert rows["truth"] == {"nats": None, "whole": 1, "windows seen": 1,
                             "windows covered": 1}
    assert rows["another's answer"]["whole"] == 1
    assert rows["place alone"]["whole"] < 0.2
    for other in ("another's answer", "place alone"):
        assert rows[other]["windows seen"] < 0.4
    assert trial.few(3, "truth")["truth"].shape == (3, 1, 32, 32)


def test_an_experiment_without_a_stored_model_says_so():
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        EXPERIMENTS["l2"].stored()
