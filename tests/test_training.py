"""Facts about `fit`: who learns what, in which order, and what stops it."""

import math
import signal
import warnings

import pytest
import torch
from torch import nn

from course_lib.contract import Player, device_of
from course_lib.training import TrainingDiverged, fit
from course_lib.training.averaging import WeightAverage
from course_lib.training.processes import Processes
from course_lib.training.runs import SCHEDULES, mixed
from course_lib.training.turns import Turn, check_players
from tests.toys import (
    Line,
    LinearGaussian,
    NoisyGaussian,
    PlaneCycleGAN,
    Spoiled,
    TwoClouds,
    close,
    made,
    same,
)

quiet = {"progress": False, "device": "cpu"}


def turn_of(model, player, **changes):
    options = {"lr": 0.01, "clip": None, "precision": "fp32",
               "device": torch.device("cpu"), "processes": Processes()} | changes
    return Turn(model, player, **options)


def test_a_gaussian_learns_the_line_and_its_noise():
    model = made(LinearGaussian)
    history = fit(model, Line(), 400, lr=0.05, schedule="cosine", **quiet)
    assert model.mean.weight.item() == pytest.approx(2, abs=0.05)
    assert model.mean.bias.item() == pytest.approx(1, abs=0.05)
    assert model.log_scale.exp().item() == pytest.approx(0.5, abs=0.03)
    entropy = 0.5 * math.log(2 * math.pi * math.e * 0.5**2)
    assert history.ends("model")[1] == pytest.approx(entropy, abs=0.06)


def test_a_game_of_two_maps_and_two_critics_matches_the_clouds():
    model, (x, y) = made(PlaneCycleGAN), TwoClouds().batch(4096, seed=1)
    before = model.cycle_loss(y, given=x)
    fit(model, TwoClouds(), 800, lr=0.01, average=0.99, schedule="cosine", **quiet)
    mapped = model.sample(given=x)[0]
    assert model.cycle_loss(y, given=x) < before / 100
    assert torch.allclose(mapped.mean(0), y.mean(0), atol=0.1)
    assert torch.allclose(mapped.T.cov(), y.T.cov(), atol=0.12)


def test_each_turn_changes_its_own_players_parameters_only():
    model, (x, y) = made(PlaneCycleGAN), TwoClouds().batch(16, seed=0)
    for player in model.players():
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        turn = turn_of(model, player)
        turn.differentiate(y, x, 0)
        turn.step(1.0)
        for name, parameter in model.named_parameters():
            moved = not torch.equal(parameter, before[name])
            assert moved == name.startswith(player.name)


def test_the_maps_loss_leaves_the_critics_gradients_empty_and_them_trainable():
    model, (x, y) = made(PlaneCycleGAN), TwoClouds().batch(16, seed=0)
    turn_of(model, model.players()[0]).differentiate(y, x, 0)
    assert all(p.grad is not None for p in model.maps.parameters())
    assert all(p.grad is None for p in model.critics.parameters())
    assert all(p.requires_grad for p in model.parameters())


def test_players_take_turns_in_order_on_the_same_batch():
    seen = []

    class Watched(PlaneCycleGAN):
        def maps_loss(self, y, given, step):
            seen.append(("maps", step, y.sum().item()))
            return super().maps_loss(y, given, step)

        def critics_loss(self, y, given, step):
            seen.append(("critics", step, y.sum().item()))
            return super().critics_loss(y, given, step)

    fit(made(Watched), TwoClouds(), 3, **quiet)
    assert [(name, step) for name, step, _ in seen] == [
        (name, step) for step in range(3) for name in ("maps", "critics")]
    assert seen[0][2] == seen[1][2] != seen[2][2]


@pytest.mark.parametrize(("kind", "world"), [(NoisyGaussian, Line()),
                                             (PlaneCycleGAN, TwoClouds())])
def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(kind, world):
    models = [made(kind) for _ in range(3)]
    histories = [fit(model, world, 10, seed=seed, **quiet)
                 for model, seed in zip(models, (0, 0, 1), strict=True)]
    assert same(models[0], models[1]) and not same(models[0], models[2])
    assert histories[0].losses == histories[1].losses


def test_training_leaves_the_random_state_untouched():
    model = made(NoisyGaussian)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(model, Line(), 3, **quiet)
    assert torch.equal(torch.rand(3), expected)


def test_no_two_steps_of_nearby_seeds_share_their_randomness():
    seeds = {mixed(kind, seed, step) for kind in ("batch", "noise")
             for seed in range(20) for step in range(50)}
    assert len(seeds) == 2 * 20 * 50
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_step_of_fit_is_a_step_of_torchs_adam():
    model, oracle = made(LinearGaussian), made(LinearGaussian)
    fit(model, Line(), 5, lr=0.1, **quiet)
    adam = torch.optim.Adam(oracle.parameters(), lr=0.1)
    for step in range(5):
        x, y = Line().batch(64, seed=mixed("batch", 0, step))
        adam.zero_grad()
        oracle.loss(y, given=x).backward()
        adam.step()
    assert close(model, oracle, 1e-6)


def test_a_clipped_gradient_is_no_longer_than_asked_and_points_the_same_way():
    x, y = Line().batch(64, seed=0)
    gradients = []
    for clip in (None, 0.1):
        model = made(LinearGaussian)
        _, norm = turn_of(model, model.players()[0], clip=clip).differentiate(y, x, 0)
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
        assert norm > 1                         # the norm told is that before clipping
    assert gradients[1].norm() == pytest.approx(0.1, abs=1e-4)
    assert torch.cosine_similarity(*gradients, dim=0) == pytest.approx(1, abs=1e-5)


def test_schedules_begin_and_end_where_they_say():
    assert {SCHEDULES["constant"](t, 100) for t in range(100)} == {1.0}
    assert SCHEDULES["cosine"](0, 100) == 1 and SCHEDULES["cosine"](99, 100) < 0.001
    assert SCHEDULES["cosine"](50, 100) == pytest.approx(0.5)
    rising = [SCHEDULES["warmup-cosine"](t, 100) for t in range(5)]
    assert rising[0] == pytest.approx(0.2) and rising == sorted(rising)
    assert SCHEDULES["warmup-cosine"](50, 100) == SCHEDULES["cosine"](50, 100)


def test_the_average_is_the_weighted_mean_of_all_weights_so_far():
    kept, averaged = [], made(LinearGaussian)
    start = averaged.mean.weight.item()
    fit(averaged, Line(), 4, average=0.3, **quiet)
    for steps in range(1, 5):
        model = made(LinearGaussian)
        fit(model, Line(), steps, **quiet)
        kept.append(model.mean.weight.item())
    expected = start
    for t, weight in enumerate(kept, start=1):
        decay = min(0.3, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * weight
    assert averaged.mean.weight.item() == pytest.approx(expected, abs=1e-6)


def test_a_players_options_replace_those_of_fit():
    class Frugal(LinearGaussian):
        def players(self):
            scale = Player("scale", [self.log_scale], self.of_batch, {"lr": 0.0})
            return [scale, Player("mean", list(self.mean.parameters()), self.of_batch)]

        def of_batch(self, y, given, step):
            return self.loss(y, given=given)

    model = made(Frugal)
    fit(model, Line(), 5, **quiet)
    assert model.log_scale.item() == 0 and not same(model, made(Frugal))


def test_bf16_computes_the_network_in_16_bits_and_keeps_weights_in_32():
    kinds = []

    class Watched(LinearGaussian):
        def distribution(self, given):
            kinds.append(self.mean(given).dtype)
            return super().distribution(given)

    model = made(Watched)
    fit(model, Line(), 100, lr=0.05, precision="bf16", **quiet)
    assert set(kinds) == {torch.bfloat16}
    assert model.mean.weight.dtype == torch.float32
    assert model.mean.weight.item() == pytest.approx(2, abs=0.2)


def test_a_trained_model_is_in_evaluation_mode_and_holds_nothing_of_fit():
    model = made(NoisyGaussian)
    before = set(vars(model))
    history = fit(model, Line(), 7, **quiet)
    assert not model.training and set(vars(model)) == before
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert history.steps == len(history.losses["model"]) == 7
    assert repr(history).startswith("7 steps in 0.")


def test_a_frozen_part_of_a_network_stays_frozen():
    model = made(LinearGaussian)
    model.log_scale.requires_grad_(False)
    fit(model, Line(), 5, average=0.9, **quiet)
    assert model.log_scale.item() == 0 and not model.log_scale.requires_grad


class Interrupted(PlaneCycleGAN):
    """Raises KeyboardInterrupt in the critics' turn of its sixth step, once."""

    def critics_loss(self, y, given, step=0):
        if step == 5:
            raise KeyboardInterrupt
        return super().critics_loss(y, given, step)


@pytest.mark.parametrize("average", [None, 0.9])
def test_ctrl_c_leaves_a_usable_model_and_no_player_ahead(average):
    model = made(Interrupted)
    with pytest.warns(UserWarning, match="interrupted after 5 of 100 steps"):
        history = fit(model, TwoClouds(), 100, average=average, **quiet)
    assert history.interrupted and history.steps == 5
    assert {len(losses) for losses in history.losses.values()} == {5}
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    assert not model.training
    unbroken = made(PlaneCycleGAN)
    fit(unbroken, TwoClouds(), 5, average=average, **quiet)
    assert same(model, unbroken)


@pytest.fixture
def ctrl_c():
    """Let Ctrl-C interrupt, also where the tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_the_weights_move_waits_until_they_have(monkeypatch):
    update = WeightAverage.update

    def update_and_press(average, t):
        if t == 3:
            signal.raise_signal(signal.SIGINT)
        update(average, t)

    model, unbroken = made(PlaneCycleGAN), made(PlaneCycleGAN)
    fit(unbroken, TwoClouds(), 3, average=0.9, **quiet)
    monkeypatch.setattr(WeightAverage, "update", update_and_press)
    with pytest.warns(UserWarning, match="interrupted after 3 of 100 steps"):
        fit(model, TwoClouds(), 100, average=0.9, **quiet)
    assert same(model, unbroken)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Unchecked(LinearGaussian):
    """Squared error that takes anything for data."""

    given_shape = y_shape = None

    def log_prob(self, y, *, given=None):
        return -(y - self.mean(given)).square().sum(1)


def test_a_nan_stops_training_and_the_weights_from_before_stay():
    model, sound = made(Unchecked), made(Unchecked)
    with pytest.raises(TrainingDiverged, match=r"at step 3: player 'model' .* nan"):
        fit(model, Spoiled(bad_batch=4), 30, **quiet)
    fit(sound, Line(), 3, **quiet)
    assert same(model, sound)


class Diverging(PlaneCycleGAN):
    """Its maps count their losses, and its critics' fourth loss is NaN."""

    def __init__(self):
        super().__init__()
        self.register_buffer("losses_taken", torch.zeros(()))

    def maps_loss(self, y, given, step=0):
        self.losses_taken = self.losses_taken + 1           # another tensor each time
        return super().maps_loss(y, given, step)

    def critics_loss(self, y, given, step=0):
        return super().critics_loss(y, given, step) * (math.nan if step == 3 else 1)


def test_where_the_second_players_loss_is_nan_the_first_has_not_moved():
    model, sound = made(Diverging), made(Diverging)
    with pytest.raises(TrainingDiverged, match=r"at step 3: player 'critics' .* nan"):
        fit(model, TwoClouds(), 30, **quiet)
    fit(sound, TwoClouds(), 3, **quiet)
    assert same(model, sound) and model.losses_taken == 3


def test_an_infinite_gradient_of_a_finite_loss_is_caught_before_it_hurts():
    class Edge(LinearGaussian):
        def loss(self, y, *, given=None):
            return (self.log_scale * 0).sqrt().sum() + super().loss(y, given=given)

    model = made(Edge)
    with pytest.raises(TrainingDiverged, match=r"step 0.* its gradient nan"):
        fit(model, Line(), 3, **quiet)
    assert same(model, made(Edge))


def test_a_bar_is_shown_only_when_asked_for(capsys):
    fit(made(LinearGaussian), Line(), 3, progress=False, device="cpu")
    assert capsys.readouterr() == ("", "")
    fit(made(LinearGaussian), Line(), 3, device="cpu")
    shown = capsys.readouterr().err
    assert "3/3" in shown and "steps/s" in shown and "model=" in shown


def test_a_notebook_stores_one_line_that_ends_full(monkeypatch):
    outputs = []

    class Handle:
        def update(self, text, raw):
            outputs[-1] = text["text/plain"]

    def display(text, raw, display_id):
        outputs.append(text["text/plain"])
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("course_lib.progress.in_notebook", lambda: True)
    fit(made(LinearGaussian), Line(), 3, device="cpu")
    assert len(outputs) == 1 and "100%" in outputs[0] and "3/3" in outputs[0]


@pytest.mark.parametrize(("change", "words"), [
    ({"steps": 0}, "steps is 0; give a whole number of at least 1"),
    ({"batch_size": 0}, "batch_size is 0"),
    ({"lr": 0.0}, "lr is 0.0; give a finite number above 0"),
    ({"lr": float("inf")}, "lr is inf; give a finite number above 0"),
    ({"lr": float("nan")}, "lr is nan"),
    ({"average": 1.0}, "average is 1.0"),
    ({"clip": -1.0}, "clip is -1.0"),
    ({"schedule": "linear"}, "schedule is 'linear'; choose one of 'constant'"),
    ({"precision": "fp16"}, "precision is 'fp16'; choose one of 'fp32', 'bf16'"),
    ({"seed": -1}, "seed is -1"),
    ({"device": "gpu"}, "device is 'gpu'; give None for the best there is"),
    ({"checkpoint_every": 5}, "need a file"),
    ({"resume": True}, "need a file"),
])
def test_bad_settings_are_refused_in_a_sentence_and_nothing_is_trained(change, words):
    model = made(LinearGaussian)
    with pytest.raises((TypeError, ValueError), match=words):
        fit(model, Line(), **({"steps": 3} | quiet | change))
    assert same(model, made(LinearGaussian))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a cuda device")
def test_a_gpu_asked_for_where_there_is_none_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="'cuda', and torch finds none here; give"):
        fit(made(LinearGaussian), Line(), 3, device="cuda", progress=False)


def test_things_that_are_no_model_or_no_world_are_refused_in_a_sentence():
    with pytest.raises(TypeError, match="give a ConditionalModel"):
        fit(nn.Linear(1, 1), Line(), 3, **quiet)
    with pytest.raises(TypeError, match="for instance TShirts"):
        fit(made(LinearGaussian), "shirts", 3, **quiet)

    class Short(Line):
        def batch(self, n, split="train", seed=None):
            return super().batch(n - 1, split, seed)

    with pytest.raises(ValueError, match=r"holds \[63, 63\] examples; .* 64 of each"):
        fit(made(LinearGaussian), Short(), 3, **quiet)


def loss_of_nothing(y, given, step):
    return y.mean()


def test_players_that_cannot_be_trained_are_refused_in_a_sentence():
    model = made(PlaneCycleGAN)
    first, second = model.players()
    cases = {"each with a name of its own": [first, first],
             "at least one": [],
             "has no parameter to train": [Player("truth", [], loss_of_nothing)],
             "'maps' and 'thief' .* share": [
                 first, Player("thief", first.parameters, second.loss)],
             "would not be saved": [Player("lost", [nn.Parameter(torch.zeros(1))],
                                           first.loss)],
             "Option momentum of player 'maps'": [
                 Player("maps", first.parameters, first.loss, {"momentum": 0.9})]}
    for words, players in cases.items():
        model.players = lambda players=players: players
        with pytest.raises(ValueError, match=words):
            check_players(model)


def test_a_frozen_model_is_refused_and_told_the_way_out():
    model = made(LinearGaussian).requires_grad_(False)
    with pytest.raises(ValueError, match=r"frozen, make the model anew, or thaw it"):
        fit(model, Line(), 3, **quiet)


def test_losses_that_cannot_be_minimised_are_refused_and_the_model_is_untouched():
    model = made(LinearGaussian)
    model.mean.eval()                       # the part alone, as when it is pretrained
    cases = {"does not depend on its parameters": loss_of_nothing,
             "return one number": lambda y, given, step: model(given).mean}
    for words, loss in cases.items():
        model.players = lambda loss=loss: [
            Player("model", list(model.parameters()), loss)]
        with pytest.raises(ValueError, match=words):
            fit(model, Line(), 3, **quiet)
        assert model.training and not model.mean.training


@pytest.mark.gpu
@pytest.mark.parametrize(("kind", "world"), [(LinearGaussian, Line()),
                                             (PlaneCycleGAN, TwoClouds())])
def test_a_gpu_and_the_cpu_agree_over_a_few_steps(kind, world, gpu):
    models = [made(kind), made(kind)]
    for device, model in zip(("cpu", gpu), models):
        fit(model, world, 25, average=0.9, clip=1.0, device=device, progress=False)
    assert device_of(models[1]).type == gpu.type
    assert close(*models, 1e-3)


@pytest.mark.gpu
@pytest.mark.real_gpu
def test_bf16_on_cuda_learns_the_line():
    model = made(LinearGaussian)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(model, Line(), 200, lr=0.05, precision="bf16", device="cuda",
            progress=False)
    assert model.mean.weight.item() == pytest.approx(2, abs=0.2)
