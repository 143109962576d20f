"""Facts about the score of billiards: what each figure notices, and what not."""

from functools import cache

import pytest
import torch

from course_lib.contract import ConditionalModel
from course_lib.datasets import Billiards
from course_lib.scoring import rows, score
from course_lib.scoring.billiards import read
from course_lib.scoring.probe import variance_explained

world = Billiards()


class Sized(Billiards):
    """Draws balls of another radius than it says."""

    def __init__(self, scale):
        super().__init__()
        self._scale = scale

    def cover_at(self, distance):
        return super().cover_at(distance + (1 - self._scale) * self.radius)


class Painter(ConditionalModel):
    """Draws the truth's next frames, altered: wrong in one known way."""

    given_shape = y_shape = world.given_shape

    def __init__(self, reach=1.0, radius=1.0, tint=0.0, second=False, mean=False):
        super().__init__()
        self.reach, self.radius, self.tint = reach, radius, tint
        self.second, self.mean = second, mean

    def draw(self, given, n, batch):
        if self.mean:
            clean = world.truth.mean(given).expand(n, -1, -1, -1, -1)
            return clean + world.noise * torch.randn_like(clean)
        other = Sized(self.radius)
        place = world.place(given)
        place = world.move(place, self.reach * world.draw_velocity(n, batch))
        color = (world.color(given) - self.tint).expand(n, -1, -1)
        clean = other.frame(place, color)
        if self.second:
            far = torch.full_like(place, world.low) + 2
            clean = torch.where(other.coverage(far).unsqueeze(2) > 0,
                                other.frame(far, color), clean)
        return clean + world.noise * torch.randn_like(clean)


@cache
def scored(**wrong):
    return score(Painter(**wrong), world, examples=16, samples=4, name=str(wrong))


def test_the_truth_has_whole_balls_spread_as_they_should():
    true = score(world.truth, world, examples=32, samples=8)
    assert true.whole_balls.value == 1
    assert true.likelihood_gap.value == pytest.approx(0, abs=1e-9)
    assert true.std_ratio.value == pytest.approx(1, abs=4 * true.std_ratio.error)
    assert true.std_ratio.error < 0.05
    assert true.truth_log_prob.value == pytest.approx(
        0, abs=4 * true.truth_log_prob.error)


def test_less_reach_shows_as_a_smaller_std_and_as_nothing_else():
    short = scored(reach=0.8)
    assert short.std_ratio.value == pytest.approx(0.8, abs=0.1)
    assert short.whole_balls.value == 1
    assert abs(short.truth_log_prob.value) < 4 * short.truth_log_prob.error


def test_too_much_reach_shows_as_places_that_no_velocity_leads_to():
    far = scored(reach=1.3)
    assert far.std_ratio.value > 1.1 and far.whole_balls.value == 1
    assert far.truth_log_prob.value < -10 < scored().truth_log_prob.value


@pytest.mark.parametrize("wrong", [{"radius": 0.8}, {"radius": 1.25}, {"tint": 0.15},
                                   {"second": True}, {"mean": True}])
def test_a_ball_of_wrong_size_or_color_two_balls_and_a_smear_are_no_whole_ball(wrong):
    assert scored(**wrong).whole_balls.value < 0.2
    assert scored().whole_balls.value > 0.98


def test_a_smear_has_no_width_and_is_nothing_that_the_truth_would_draw():
    smear = scored(mean=True)
    assert smear.std_ratio.value < 0.4
    assert smear.truth_log_prob.value < -50


def test_an_empty_table_is_no_ball():
    x, _ = world.held_out(2)
    bare = world.table.expand(1, 2, 3, 32, 32)
    _, whole = read(world, bare, x)
    assert not whole.any()


def test_places_are_read_off_samples_to_a_tenth_of_a_pixel():
    x, _ = world.held_out(16)
    torch.manual_seed(0)
    place = world.move(world.place(x), world.draw_velocity(4, 16))
    clean = world.frame(place, world.color(x).expand(4, -1, -1))
    seen, _ = read(world, clean + world.noise * torch.randn_like(clean), x)
    assert (seen - place).square().sum(-1).mean().sqrt() < 0.1


def test_scores_of_billiards_stand_in_one_table():
    table = rows([scored(), scored(mean=True)], ["whole_balls", "std_ratio"])
    assert next(iter(table.values())).keys() == {"whole balls", "std ratio"}
    assert "whole balls" in repr(scored())
    with pytest.raises(ValueError, match="columns is 'coherence'; choose one of"):
        rows([scored()], ["coherence"])


def test_a_model_of_another_world_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="score it in its own world"):
        score(Billiards(16).truth, world)


def test_the_probe_finds_what_a_linear_one_cannot():
    torch.manual_seed(0)
    z = torch.randn(1200, 2)
    radius = (1 - torch.exp(-z.square().sum(1) / 2)).sqrt()      # uniform on a disc
    velocity = radius.unsqueeze(1) * torch.nn.functional.normalize(z, dim=1)
    linear = torch.linalg.lstsq(z, velocity).solution
    left = (velocity - z @ linear).square().sum() / velocity.square().sum()
    assert 1 - left < 0.975
    assert variance_explained(z, velocity) > 0.995


def test_the_probe_finds_nothing_where_there_is_nothing():
    torch.manual_seed(0)
    assert abs(variance_explained(torch.randn(1200, 2), torch.rand(1200, 3))) < 0.05


def test_the_probe_refuses_examples_that_do_not_belong_together():
    with pytest.raises(ValueError, match="target is .*give the shape"):
        variance_explained(torch.rand(20, 2), torch.rand(19))
    with pytest.raises(ValueError, match="z holds 4 examples; give at least 8"):
        variance_explained(torch.rand(4, 2), torch.rand(4))
