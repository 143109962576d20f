"""Facts about the conditional GAN: whose turn, when the penalty, what is reached."""

import math

import pytest
import torch
from torch import nn

from course_lib.datasets import TShirts
from course_lib.models import adversarial
from course_lib.models.cgan import ConditionalGAN
from course_lib.networks import (
    DiscreteLatentGenerator,
    ImageToImage,
    NoiseToImage,
    PairCritic,
)
from course_lib.networks.critics import pixel_layers
from course_lib.networks.generators import Standardized
from course_lib.training import fit
from tests.models_under_test import GREY

world = TShirts(size=16)
SHIRTS = GREY | {"y_std": 0.3}
x, y = world.batch(6, seed=1)


@pytest.fixture
def model():
    """The classic game, with all defaults; in evaluation, where the generator takes
    nothing in from the batches it sees."""
    torch.manual_seed(0)
    return ConditionalGAN(NoiseToImage(latents=3, width=16, blocks=1, **GREY),
                          PairCritic(width=16, **SHIRTS), latents=3).eval()


class Mix(nn.Module):
    """A generator of one pixel: a weighted sum of x, z and noise, and a constant."""

    in_channels, out_channels = 3, 1

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 1, 1)

    def forward(self, channels):
        return self.layer(channels)


class Parabola(nn.Module):
    """A critic of one pixel that knows x, y and their products."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 1)

    def forward(self, x, y):
        x, y = x.flatten(1), y.flatten(1)
        features = torch.cat([x, y, x * x, x * y, y * y], dim=1)
        return self.layer(features)[:, 0]


class Slope:
    """The world y = 2 x + 1 + noise, a picture of one pixel."""

    noise = 0.7

    def batch(self, n, split="train", seed=None):
        generator = torch.Generator().manual_seed(seed or 0)
        x, noise = torch.randn(2, n, 1, 1, 1, generator=generator)
        return x, 2 * x + 1 + self.noise * noise


def test_in_a_world_of_one_pixel_the_samples_become_the_data():
    """y is normal given x, and so are the samples: intercept, slope and deviation
    say all of it, and this critic can see each of the three."""
    torch.manual_seed(0)
    model = ConditionalGAN(Mix(), Parabola(), latents=1, noise_channels=1, penalty=0.1)
    fit(model, Slope(), steps=800, batch_size=128, lr=2e-2, schedule="cosine",
        average=0.98, progress=False, device="cpu")
    given = torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1)
    samples = model.sample(given=given, n=4000, seed=0).flatten(1)
    torch.testing.assert_close(samples.mean(0), torch.tensor([-1.0, 1.0, 3.0]),
                               rtol=0, atol=0.2)
    torch.testing.assert_close(samples.std(0), torch.full((3,), 0.7), rtol=0, atol=0.15)


def test_each_turn_leaves_the_other_players_gradients_empty(model):
    model.generator_loss(y, x)
    for mover, other in (("generator", "critic"), ("critic", "generator")):
        model.zero_grad()
        model.get_submodule(other).requires_grad_(False)
        getattr(model, f"{mover}_loss")(y, x).backward()
        moved = [p.grad is not None for p in model.get_submodule(mover).parameters()]
        still = [p.grad is None for p in model.get_submodule(other).parameters()]
        assert all(moved) and all(still)
        model.get_submodule(other).requires_grad_(True)


def test_the_critics_loss_reaches_no_weight_of_the_generator(model):
    model.critic_loss(y, x).backward()
    assert all(p.grad is None for p in model.generator.parameters())


def test_the_losses_are_those_of_the_scores(model):
    torch.manual_seed(3)
    generated = model.generate(x)
    torch.manual_seed(3)
    ours = model.critic_loss(y, x, step=1)
    score = model.critic(x, generated)
    torch.testing.assert_close(
        ours, adversarial.critic_loss(model.critic(x, y), score))
    torch.manual_seed(3)
    torch.testing.assert_close(model.generator_loss(y, x),
                               adversarial.generator_loss(score))


def test_the_penalty_is_taken_every_few_steps_and_is_then_as_many_times_as_large(model):
    torch.manual_seed(0)
    assert model.penalty_every == 4
    losses = []
    for step in range(8):
        torch.manual_seed(0)
        losses.append(model.critic_loss(y, x, step).item())
    y_real = y.clone().requires_grad_()
    slope = adversarial.gradient_penalty(model.critic(x, y_real), y_real)
    plain = losses[1]
    assert losses == pytest.approx([losses[0], *[plain] * 3] * 2)
    assert losses[0] - plain == pytest.approx(
        4 * model.penalty / 2 * slope.item(), rel=1e-3)


@pytest.mark.parametrize("kind", adversarial.LOSSES)
def test_the_penalty_of_both_is_that_of_real_and_of_generated_pairs(kind):
    torch.manual_seed(0)
    model = ConditionalGAN(Mix(), Parabola(), 1, 1, loss=kind, penalised="both")
    given, y = Slope().batch(8)
    losses = []
    for step in (0, 1):
        torch.manual_seed(0)
        losses.append(model.critic_loss(y, given, step))
    torch.manual_seed(0)
    pictures = [y.clone(), model.generate(given).detach()]
    slopes = [adversarial.gradient_penalty(model.critic(given, one), one)
              for one in (picture.requires_grad_() for picture in pictures)]
    weight = model.penalty_every * model.penalty / 2
    torch.testing.assert_close(losses[0] - losses[1], weight * sum(slopes))


def test_the_relativistic_generator_is_compared_with_the_real_y_of_the_same_x():
    torch.manual_seed(0)
    model = ConditionalGAN(Mix(), Parabola(), 1, 1, loss="relativistic")
    given, y = Slope().batch(8)
    torch.manual_seed(0)
    ours = model.generator_loss(y, given)
    torch.manual_seed(0)
    wins = model.critic(given, y) - model.critic(given, model.generate(given))
    torch.testing.assert_close(ours, nn.functional.softplus(wins).mean())


def test_without_a_penalty_every_step_is_alike():
    model = ConditionalGAN(Mix(), Parabola(), 1, 1, penalty=0.0)
    pair = Slope().batch(8)
    losses = []
    for step in (0, 1):
        torch.manual_seed(0)
        losses.append(model.critic_loss(pair[1], pair[0], step))
    assert losses[0] == losses[1]


def test_a_run_cut_in_two_penalises_the_same_steps(tmp_path):
    """What the penalty needs to know is the step, and `fit` remembers it."""
    def train(*steps):
        torch.manual_seed(0)
        model = ConditionalGAN(Mix(), Parabola(), 1, 1)
        path = tmp_path / f"{len(steps)}.safetensors"
        for n in steps:
            fit(model, Slope(), steps=n, batch_size=8, checkpoint=path, resume=True,
                progress=False, device="cpu")
        return model.critic.layer.weight

    assert torch.equal(train(10), train(3, 10))


def test_the_same_z_and_noise_give_the_same_sample_and_each_of_them_counts(model):
    def generated(z, noise):
        torch.manual_seed(noise)
        return model.generate(x, z=z)

    z = torch.randn(6, 3)
    first = generated(z, 0)
    assert torch.equal(first, generated(z, 0))
    assert not torch.equal(first, generated(-z, 0))
    assert not torch.equal(first, generated(z, 1))


def test_z_is_one_number_for_a_whole_picture_and_noise_one_for_a_pixel():
    class Seen(Mix):
        def forward(self, channels):
            return channels[:, 1:]

    model = ConditionalGAN(Seen(), Parabola(), latents=1, noise_channels=1)
    z, noise = model.generate(torch.randn(500, 1, 8, 8)).unbind(1)
    assert (z == z[:, :1, :1]).all()
    assert z[:, 0, 0].std().item() == pytest.approx(1, abs=0.15)
    assert noise.flatten(1).std(1).mean().item() == pytest.approx(1, abs=0.05)


def test_samples_of_one_shirt_lie_below_each_other():
    class Copy(Mix):
        def forward(self, channels):
            return channels[:, :1]

    model = ConditionalGAN(Copy(), Parabola(), 1, 1).train()
    given = torch.arange(3.0).view(3, 1, 1, 1)
    assert model.sample(given=given, n=2).flatten().tolist() == [0, 1, 2, 0, 1, 2]


def test_a_critic_that_sees_x_tells_a_swapped_pair_and_one_that_does_not_cannot():
    torch.manual_seed(0)
    sees, blind = (PairCritic(width=16, **SHIRTS, sees_given=see)
                   for see in (True, False))
    assert torch.equal(blind(x, y), blind(x.roll(1, 0), y))
    assert ((sees(x, y) - sees(x.roll(1, 0), y)).abs() > 1e-5).all()
    assert sees(x, y).shape == blind(x, y).shape == (6,)


def test_a_critic_judges_each_pair_by_itself():
    torch.manual_seed(0)
    critic = PairCritic(width=16, **SHIRTS)
    torch.testing.assert_close(critic(x, y)[2:3], critic(x[2:3], y[2:3]))


@pytest.mark.parametrize("size", [(16, 16), (18, 21), (5, 7)])
def test_a_critic_takes_pictures_of_any_size_and_sees_all_of_them(size):
    torch.manual_seed(0)
    pair = torch.rand(1, 1, *size), torch.rand(1, 2, *size, requires_grad=True)
    PairCritic(width=16, **SHIRTS)(*pair).sum().backward()
    assert (pair[1].grad != 0).all()


def test_a_critic_learns_how_the_dye_depends_on_the_lightness():
    """Shown true pairs beside shirts of a coin's dye, its score of pink less that of
    teal comes to follow the log-odds."""
    torch.manual_seed(0)
    critic = PairCritic(width=32, **SHIRTS)
    optimiser = torch.optim.Adam(critic.parameters(), lr=2e-3)
    for _ in range(200):
        given, real = world.batch(64)
        modes = world.modes(given)
        coin = modes[range(64), torch.randint(2, (64,))]
        coin = coin + world.noise * torch.randn_like(coin)
        loss = adversarial.critic_loss(critic(given, real), critic(given, coin))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    given = world.held_out(128)[0]
    odds = torch.logit(world.probability_of_teal(given))
    teal, pink = world.modes(given).unbind(1)
    with torch.no_grad():
        difference = critic(given, teal) - critic(given, pink)
    together = torch.stack([odds, difference])
    assert torch.corrcoef(together)[0, 1] > 0.8


def z_at(quantiles):
    """Return z as `DiscreteLatentGenerator` sees it, the first photo above it and
    noise of 0 below."""
    n = len(quantiles)
    z = torch.special.ndtri(quantiles).view(n, 1, 1, 1).expand(-1, -1, 16, 16)
    return torch.cat([x[:1].expand(n, -1, -1, -1), z, torch.zeros(n, 2, 16, 16)], 1)


@pytest.fixture
def chooser():
    torch.manual_seed(0)
    generator = DiscreteLatentGenerator(pictures=3, width=16, **GREY)
    return generator.eval().requires_grad_(False)


def test_each_picture_is_chosen_for_a_share_of_the_quantiles_of_z_as_its_chance_says(
        chooser):
    y, chosen, log_chances = chooser.choose(z_at((torch.arange(1000) + 0.5) / 1000))
    pictures = chooser.picture(x[:1].expand(3, -1, -1, -1), torch.arange(3))
    chances = chooser.log_chances_of(x[:1])[0].exp()
    is_one = ((y[:, None] - pictures).abs().amax((2, 3, 4)) < 1e-5)  # (1000, 3)
    assert (is_one.sum(1) == 1).all() and chances.sum().item() == pytest.approx(1)
    torch.testing.assert_close(is_one.float().mean(0), chances, rtol=0, atol=2e-3)
    assert torch.equal(chosen, is_one.int().argmax(1))
    torch.testing.assert_close(log_chances.exp(), chances.expand(1000, 3))


def test_to_a_chosen_picture_noise_of_one_deviation_is_added_pixel_by_pixel(chooser):
    still = z_at(torch.tensor([0.4]))
    moved = still.clone()
    moved[0, 2:, 4, 7] = 1.0
    added = (chooser(moved) - chooser(still))[0]
    assert added[:, 4, 7].tolist() == pytest.approx([0.1, 0.1])
    assert added.count_nonzero() == 2


class Coin(nn.Module):
    """A generator of one pixel, 1 with a chance that it learns, and else -1."""

    in_channels, out_channels = 2, 1

    def __init__(self):
        super().__init__()
        self.logit = nn.Parameter(torch.zeros(()))

    def forward(self, channels):
        return self.choose(channels)[0]

    def choose(self, channels):
        heads = torch.special.ndtr(channels[:, 1, 0, 0]) < self.logit.sigmoid()
        log_chances = nn.functional.logsigmoid(torch.stack([-self.logit, self.logit]))
        side = (2.0 * heads - 1.0).view(-1, 1, 1, 1)
        return side, heads.long(), log_chances.expand(len(heads), 2)


def test_a_generator_that_can_only_choose_learns_how_often():
    """There is no slope from a picture to the coin, so that all it learns it learns
    from what was paid for its choices."""
    class Loaded:
        def batch(self, n, split="train", seed=None):
            generator = torch.Generator().manual_seed(seed or 0)
            heads = torch.rand(n, 1, 1, 1, generator=generator) < 0.8
            return torch.zeros(n, 1, 1, 1), 2.0 * heads - 1.0

    torch.manual_seed(0)
    model = ConditionalGAN(Coin(), Parabola(), 1, 0, loss="relativistic", penalty=0.1,
                           penalised="both")
    fit(model, Loaded(), steps=400, batch_size=128, lr=2e-2, schedule="cosine",
        average=0.98, progress=False, device="cpu")
    assert model.generator.logit.sigmoid().item() == pytest.approx(0.8, abs=0.05)


def test_only_a_layer_that_is_told_sees_the_same_pixel_differently_elsewhere():
    torch.manual_seed(0)
    blank = torch.ones(1, 3, 8, 8)
    for told in (False, True):
        seen = pixel_layers(3, 4, positions=told)(blank)
        assert torch.equal(seen, seen[..., :1, :1].expand_as(seen)) is not told


@pytest.mark.parametrize("options", [{"positions": True}, {"pixel_features": 4},
                                     {"positions": True, "pixel_features": 4},
                                     {"minimum_projections": True}])
def test_a_critic_with_finer_senses_sees_every_pixel_too(options):
    torch.manual_seed(0)
    pair = x[:1], y[:1].clone().requires_grad_()
    PairCritic(width=16, **SHIRTS, **options)(*pair).sum().backward()
    assert (pair[1].grad != 0).all()


def test_players_have_their_own_optimiser_options():
    model = ConditionalGAN(Mix(), Parabola(), 1, 1, generator_options={"lr": 1e-4},
                           critic_options={"betas": (0.5, 0.9)})
    options = {player.name: player.options for player in model.players()}
    assert options == {"generator": {"betas": (0.0, 0.99), "lr": 1e-4},
                       "critic": {"betas": (0.5, 0.9)}}


def test_a_critic_that_cannot_tell_pays_2_log_2(model):
    nn.init.zeros_(model.critic.out.weight)
    nn.init.zeros_(model.critic.out.bias)
    nn.init.zeros_(model.critic.photo[-1].weight)
    nn.init.zeros_(model.critic.photo[-1].bias)
    assert model.critic_loss(y, x).item() == pytest.approx(2 * math.log(2))


def test_drift_charges_the_square_of_how_far_the_critic_tells_them_apart(model):
    model.penalty = 0.0
    losses = []
    for model.drift in (0.0, 0.5):
        torch.manual_seed(0)
        losses.append(model.critic_loss(y, x))
    torch.manual_seed(0)
    apart = model.critic(x, y) - model.critic(x, model.generate(x))
    torch.testing.assert_close(losses[1] - losses[0], 0.5 * apart.square().mean())


def test_the_generator_pays_for_what_its_choice_tells_of_x_and_unlearns_it():
    """Beside a critic that calls everything alike, no choice is worth telling."""
    torch.manual_seed(0)
    critic = PairCritic(width=16, **SHIRTS)
    for layer in (critic.out, critic.photo[-1]):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    chooser = DiscreteLatentGenerator(pictures=3, width=16, **GREY)
    model = ConditionalGAN(chooser, critic, latents=1, loss="relativistic",
                           information=0.5)
    model.generator.chances[-1].weight.data.mul_(30)
    log_chances = model.generator.log_chances_of(x)
    told = adversarial.mutual_information(log_chances).item()
    assert told > 0.02
    assert model.generator_loss(y, x).item() == pytest.approx(math.log(2) + told / 2,
                                                              rel=1e-2)
    optimiser = torch.optim.Adam(model.generator.parameters(), lr=1e-2)
    for _ in range(30):
        optimiser.zero_grad()
        model.generator_loss(y, x).backward()
        optimiser.step()
    log_chances = model.generator.log_chances_of(x)
    assert adversarial.mutual_information(log_chances).item() < 0.1 * told


@pytest.mark.parametrize("options, words", [
    ({"loss": "wasserstein"}, "loss is 'wasserstein'; choose one of 'non_saturating'"),
    ({"latents": -1}, "latents is -1; give a whole number of at least 0"),
    ({"latents": 6}, r"sees 6 channels, of which \d .* in_channels = channels"),
    ({"noise_channels": 1.5}, "noise_channels is 1.5; give a whole number"),
    ({"penalty": -1.0}, "penalty is -1.0; give a number from 0"),
    ({"drift": -1.0}, "drift is -1.0; give a number from 0"),
    ({"information": -0.1}, "information is -0.1; give a number from 0"),
    ({"information": 0.1}, "information is 0.1, but the generator does not choose"),
    ({"penalised": "fake"}, "penalised is 'fake'; choose one of 'real', 'both'"),
    ({"penalty_every": 0}, "penalty_every is 0; give a whole number of at least 1"),
])
def test_a_game_that_cannot_be_is_answered_by_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        ConditionalGAN(ImageToImage(6, 2, width=16), PairCritic(width=16, **SHIRTS),
                       **{"latents": 3} | options)


@pytest.mark.parametrize("z, words", [
    (torch.zeros(6, 4), r"z is .*\(6, 4\); give the shape \(6, 3\)"),
    (torch.zeros(1, 3), r"give the shape \(6, 3\)"),
    (0.5, "z is 0.5; give a float tensor"),
    (torch.full((6, 3), math.nan), "z holds 18 entries that are NaN"),
])
def test_z_of_another_shape_is_answered_by_a_sentence(model, z, words):
    with pytest.raises((TypeError, ValueError), match=words):
        model.generate(x, z=z)


def test_a_generator_shifts_z_by_what_x_says_and_by_nothing_on_average():
    torch.manual_seed(0)
    generator = NoiseToImage(latents=3, width=16, blocks=1, **GREY).train()
    photos = world.lightness()[:256]
    for _ in range(400):
        shift = generator.shift_of(photos)
    assert shift.mean(0).abs().max() < 1e-2
    assert shift.std(0).min() > 1e-2


def test_features_are_standardised_alike_in_training_and_later():
    torch.manual_seed(0)
    layer = Standardized(2)
    features = torch.randn(4000, 2) * torch.tensor([0.1, 9.0]) + 3.0
    for _ in range(300):
        layer(features)
    before = layer.variance.clone()
    here = layer.eval()(features)
    torch.testing.assert_close(here, (features - features.mean(0)) / features.std(0),
                               rtol=0, atol=0.02)
    torch.testing.assert_close(layer(features[:1]), here[:1])
    assert torch.equal(before, layer.variance)


def test_in_training_a_batch_moves_its_example_by_a_twentieth_and_later_not_at_all():
    layer = Standardized(1, by_std=False)
    alone, beside = torch.zeros(4, 1), torch.tensor([[0.0], [100.0], [100.0], [100.0]])
    assert layer.train()(alone)[0] == 0
    moved = layer(beside)[0].item()
    assert moved == pytest.approx(-0.05 * 75)          # of the batch's mean of 75
    assert layer.eval()(beside)[0].item() == layer(alone)[0].item() == moved
    with torch.no_grad():
        assert layer.train()(beside)[0].item() == moved


def test_the_added_noise_is_that_of_single_pixels():
    torch.manual_seed(0)
    generator = NoiseToImage(latents=3, width=16, blocks=1, **GREY)
    still = torch.randn(1, 6, 16, 16)
    noise = torch.zeros(1, 2, 16, 16)
    noise[0, :, 4, 7] = 1.0
    added = generator.noise(noise)[0]
    assert added[:, 4, 7].tolist() == pytest.approx([0.05, 0.05])
    assert added.count_nonzero() == 2
    assert generator(still).shape == (1, 2, 16, 16)


@pytest.mark.parametrize("critic, y, words", [
    (PairCritic(1, 1, width=4), y, "was built for 1 channels; give"),
    (PairCritic(1, 2, width=4), y[..., :8], r"predicts \(batch, 2, 16, 16\); give y")])
def test_pairs_that_do_not_fit_a_game_are_answered_by_a_sentence(critic, y, words):
    model = ConditionalGAN(NoiseToImage(latents=3, width=16), critic, latents=3)
    for loss in (model.generator_loss, model.critic_loss):
        with pytest.raises(ValueError, match=words):
            loss(y, x)


@pytest.mark.parametrize("options, words", [
    ({"latents": 0}, "latents is 0; give a whole number of at least 1"),
    ({"noise_channels": 0}, "noise_channels is 0; give a whole number of at least 1"),
])
def test_a_generator_that_cannot_be_is_answered_by_a_sentence(options, words):
    with pytest.raises(ValueError, match=words):
        NoiseToImage(**options)


def test_a_chooser_of_no_picture_is_answered_by_a_sentence():
    with pytest.raises(ValueError, match="pictures is 0; give a whole number"):
        DiscreteLatentGenerator(pictures=0)


@pytest.mark.parametrize("options, words", [
    ({"width": 0}, "width is 0; give a whole number of at least 1"),
    ({"y_channels": 2.0}, "y_channels is 2.0; give a whole number"),
    ({"std": 0.0}, "std is 0.0; give a number above 0"),
    ({"pixel_features": -1}, "pixel_features is -1; give a whole number of at least 0"),
])
def test_a_critic_that_cannot_be_is_answered_by_a_sentence(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        PairCritic(**options)
