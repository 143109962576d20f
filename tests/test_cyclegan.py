"""Facts about CycleGAN: what its losses see, and what they cannot see."""

import pytest
import torch
from torch import nn

from course_lib.datasets.unpaired import Conventions
from course_lib.models.cyclegan import CycleGAN, ImageHistory
from course_lib.networks.patchgan import PatchGAN
from course_lib.networks.unet import UNet
from course_lib.training import fit

world = Conventions(size=16)
x, y = world.batch(4, seed=0)


class Turn(nn.Module):
    """A translator that is known: the right one, the swapped one, or their way back."""

    in_channels = out_channels = 3

    def __init__(self, sign: float):
        super().__init__()
        self.sign = nn.Parameter(torch.tensor(sign))

    def forward(self, picture):
        light, a, b = picture.unbind(1)
        return torch.stack([light, -self.sign * b, self.sign * a], 1)


def small(**options) -> CycleGAN:
    """One with small networks."""
    torch.manual_seed(0)
    critics = [PatchGAN(0, 3, 4, width=8) for _ in range(2)]
    return CycleGAN(UNet(3, 3, (8, 8)), UNet(3, 3, (8, 8)), *critics, **options)


def known(sign: float, **options) -> CycleGAN:
    """One whose translators are right (1.0) or swap the dyes (-1.0)."""
    torch.manual_seed(0)
    critics = [PatchGAN(0, 3, 4, width=8) for _ in range(2)]
    return CycleGAN(Turn(sign), Turn(-sign), *critics, **options)


def test_the_right_translators_and_the_swapped_ones_both_close_the_cycle():
    for sign in (1.0, -1.0):
        assert known(sign).cycle_loss(y, given=x) < 1e-6
    given, hidden = world.pairs(8)
    right, swapped = (known(sign).sample(given=given)[0] for sign in (1.0, -1.0))
    assert torch.allclose(right, hidden)
    assert (swapped - hidden).square().mean().sqrt() > 0.3


def test_a_few_pairs_tell_the_right_translators_from_the_swapped_ones():
    given, hidden = world.pairs(5)
    right, swapped = (known(sign, pairs=(given, hidden), pairs_weight=1.0,
                            cycle_weight=0.0) for sign in (1.0, -1.0))
    plain = known(1.0, cycle_weight=0.0)
    assert torch.allclose(right.translators_loss(y, x), plain.translators_loss(y, x))
    paid = swapped.translators_loss(y, x) - known(
        -1.0, cycle_weight=0.0).translators_loss(y, x)
    assert paid.item() == pytest.approx(
        (2 * 2 * hidden[:, 1:].abs().mean() * 2 / 3).item(), rel=1e-4)


def test_the_identity_loss_asks_what_is_there_already_to_stay():
    model = known(1.0, cycle_weight=0.0, identity_weight=3.0)
    plain = known(1.0, cycle_weight=0.0)
    moved = (world.translate(y) - y).abs().mean() + (
        world.swapped(x) - x).abs().mean()
    paid = model.translators_loss(y, x) - plain.translators_loss(y, x)
    assert paid.item() == pytest.approx(3 * moved.item(), rel=1e-4)


def test_the_losses_add_up_as_the_paper_says_which_halves_those_of_the_critics_alone():
    model = small(cycle_weight=4.0)
    to_y, to_x = model.x_to_y(x), model.y_to_x(y)
    sides = (model.critic_of_y, y, to_y), (model.critic_of_x, x, to_x)
    fooled = sum((critic(None, made) - 1).square().mean() for critic, _, made in sides)
    walked = ((model.y_to_x(to_y) - x).abs().mean()
              + (model.x_to_y(to_x) - y).abs().mean())
    assert torch.allclose(model.translators_loss(y, x), fooled + 4 * walked)
    told = sum((critic(None, real) - 1).square().mean()
               + critic(None, made).square().mean() for critic, real, made in sides)
    assert torch.allclose(model.critics_loss(y, x), told / 2)


def test_a_critic_s_turn_leaves_the_translators_without_a_gradient():
    model = small(penalty=1.0)
    model.critics_loss(y, x, step=0).backward()
    assert all(p.grad is None for p in model.x_to_y.parameters())
    assert all(p.grad is not None for p in model.critic_of_y.parameters())


def test_no_pair_is_used_two_sides_in_another_order_give_the_same_loss():
    model = small()
    order = torch.tensor([2, 0, 3, 1])
    assert torch.allclose(model.translators_loss(y, x),
                          model.translators_loss(y[order], x), atol=1e-6)


def test_a_history_fills_up_and_then_gives_old_ones_back_half_the_time():
    torch.manual_seed(0)
    memory = ImageHistory(50, (1, 1, 1))
    first = torch.arange(50.0).view(50, 1, 1, 1)
    assert torch.equal(memory(first), first)
    new = torch.arange(100.0, 500.0).view(400, 1, 1, 1)
    given = memory(new)
    old = (given != new).float().mean().item()
    assert old == pytest.approx(0.5, abs=4 * 0.5 / 20)
    seen = torch.cat([given, memory.pictures]).flatten().sort().values
    assert torch.equal(seen, torch.cat([first, new]).flatten())


def test_the_history_is_part_of_what_a_checkpoint_holds():
    model = small(history=3, size=16)
    model.critics_loss(y, x)
    assert model.state_dict()["history_of_y.filled"] == 3
    assert not any("paired" in name for name in model.state_dict())


@pytest.mark.parametrize("options, message", [
    ({"cycle_weight": -1.0}, "cycle_weight"), ({"history": 5}, "size"),
    ({"loss": "guess"}, "loss"),
    ({"pairs": (torch.zeros(2, 3, 16, 16), torch.zeros(3, 3, 16, 16))}, "y of pairs")])
def test_what_cannot_be_learned_is_refused(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        small(**options)


def test_pictures_that_do_not_fit_are_answered_by_a_sentence():
    for model, words in ((small(), r"predicts \(batch, 3, 16, 16\); give y"),
                         (small(history=2, size=16), r"give the shape \(batch, 3, 16")):
        for loss in (model.translators_loss, model.critics_loss):
            with pytest.raises(ValueError, match=words):
                loss(y[..., :8], x)
    with pytest.raises(ValueError, match=r"give the shape \(batch, 3, 8, 8\)"):
        small(history=2, size=8).critics_loss(y, x)


def test_an_identity_loss_between_sides_of_different_channels_is_refused():
    with pytest.raises(ValueError, match="identity_weight"):
        CycleGAN(UNet(1, 3, (8, 8)), UNet(3, 1, (8, 8)), PatchGAN(0, 1, 4),
                 PatchGAN(0, 3, 4), identity_weight=1.0)


def test_inputs_of_64_bits_are_met_in_the_precision_of_the_model():
    model = small()
    narrow, wide = (model.sample(given=given)[0] for given in (x, x.double()))
    assert torch.equal(narrow, wide)
    for loss in (model.translators_loss, model.critics_loss):
        assert torch.allclose(loss(y.double(), x.double()), loss(y, x))


def test_sides_of_different_length_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="4 examples and given 2"):
        small().translators_loss(y, x[:2])


def test_fit_trains_both_players_and_the_same_seed_gives_the_same_bits():
    def trained():
        model = small(history=6, size=16, penalty=0.1)
        history = fit(model, world, steps=3, batch_size=4, seed=0, progress=False,
                      device="cpu")
        return model, history

    (one, history), (other, _) = trained(), trained()
    assert set(history.losses) == {"translators", "critics"}
    assert all(p.equal(q) for p, q in zip(one.parameters(), other.parameters()))
    assert torch.equal(one.history_of_x.pictures, other.history_of_x.pictures)
    assert any(not p.equal(q) for p, q in zip(one.parameters(), small().parameters()))
