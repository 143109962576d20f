"""Facts about pix2pix: what each loss adds up to, and where its noise is."""

import pytest
import torch

from course_lib.datasets.facades import Facades
from course_lib.models import adversarial
from course_lib.models.pix2pix import Pix2Pix
from course_lib.networks.patchgan import PatchGAN
from course_lib.networks.unet import UNet
from course_lib.training import fit

world = Facades(pairs=16)
x, y = world.batch(4, seed=0)


def small(**options) -> Pix2Pix:
    """A small model of facades."""
    torch.manual_seed(0)
    noise = options.get("noise_channels", 0)
    return Pix2Pix(UNet(9 + noise, 3, (8, 8)), PatchGAN(9, 3, 8, width=8), **options)


def test_the_generator_pays_both_parts_with_their_weights():
    model = small(adversarial_weight=2.0, l1_weight=5.0)
    generated = model.generate(x)
    expected = (2 * adversarial.generator_loss(model.critic(x, generated))
                + 5 * (y - generated).abs().mean())
    assert torch.allclose(model.generator_loss(y, x), expected)


def test_without_its_adversarial_part_it_is_l1_and_has_one_player():
    model = small(adversarial_weight=0.0, l1_weight=1.0)
    assert [player.name for player in model.players()] == ["generator"]
    assert torch.allclose(model.generator_loss(y, x),
                          (model.generate(x) - y).abs().mean())


def test_l1_alone_learns_the_plan_in_a_few_steps():
    model = small(adversarial_weight=0.0, l1_weight=1.0)
    before = (model.generate(x) - y).abs().mean()
    fit(model, world, steps=40, batch_size=16, lr=5e-3, progress=False)
    assert (model.generate(x) - y).abs().mean() < 0.6 * before


def test_the_critic_s_loss_is_the_mean_over_patches_and_not_of_mean_scores():
    model = small(penalty=0.0)
    real, generated = model.critic(x, y), model.critic(x, model.generate(x))
    loss = model.critic_loss(y, x)
    assert torch.allclose(loss, adversarial.critic_loss(real, generated))
    of_means = adversarial.critic_loss(real.mean((1, 2)), generated.mean((1, 2)))
    assert loss > of_means                               # Jensen: softplus is convex


def test_the_penalty_is_due_at_its_steps_alone():
    model = small(penalty=3.0, penalty_every=2)
    assert model.critic_loss(y, x, step=0) > model.critic_loss(y, x, step=1)
    assert torch.equal(model.critic_loss(y, x, step=1), model.critic_loss(y, x, step=3))


def test_without_noise_channels_all_samples_of_a_plan_are_one():
    alone, noisy = (small(noise_channels=n).sample(given=x, n=3, seed=0)
                    for n in (0, 1))
    assert torch.equal(alone[0], alone[1])
    assert not torch.allclose(noisy[0], noisy[1], atol=1e-4)


def test_a_critic_step_leaves_the_generator_without_a_gradient():
    model = small()
    model.critic_loss(y, x).backward()
    assert all(parameter.grad is None for parameter in model.generator.parameters())


@pytest.mark.parametrize("l1_weight", [0.0, 1.0])
def test_pairs_that_do_not_fit_are_answered_by_a_sentence(l1_weight):
    model = small(l1_weight=l1_weight)
    for loss in (model.generator_loss, model.critic_loss):
        with pytest.raises(ValueError, match=r"predicts \(batch, 3, 32, 32\); give y"):
            loss(y[..., :16], x)
    model.critic = PatchGAN(9, 2, 8, width=8)
    with pytest.raises(ValueError, match="was built for 2 channels; give"):
        model.critic_loss(y, x)


@pytest.mark.parametrize("options, message", [
    ({"adversarial_weight": 0.0, "l1_weight": 0.0}, "both 0"),
    ({"l1_weight": -1.0}, "l1_weight"), ({"loss": "wasserstein"}, "loss")])
def test_a_game_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)
