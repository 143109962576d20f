"""Facts about billiards: the ball, the cushions, and the exact p(y | x)."""

import math
from functools import cache

import pytest
import torch
from scipy.stats import kstest

from course_lib.contract import seeded
from course_lib.datasets import Billiards
from course_lib.datasets.billiards.truth import BilliardsTruth

world = Billiards()
small = Billiards(size=16)


def with_noise(noise):
    """Billiards on a small table with other noise."""
    return type("Loud", (Billiards,), {"noise": noise})(16)
every_size = pytest.mark.parametrize("size", [16, 24, 32])


@cache
def pairs(n=48):
    x, y = world.batch(n, seed=1)
    return x, y


def corner_frame(world):
    """A ball in the upper left corner, where it meets two cushions."""
    place = torch.full((1, 2), world.low + 1.0)
    return world.frame(place, torch.tensor([[1.0, 0.6, 0.5]]))


def middle_frame(world, batch=1):
    """The same ball in the middle of the table, where no cushion is in reach."""
    place = torch.full((batch, 2), world.size / 2 + 0.3)
    return world.frame(place, torch.tensor([1.0, 0.6, 0.5]).expand(batch, 3))


@every_size
def test_place_and_color_are_read_off_a_frame(size):
    world = Billiards(size)
    place, color = world._draw(500, torch.Generator().manual_seed(0))
    x = world.frame(place, color)
    torch.testing.assert_close(world.place(x), place, rtol=0, atol=1e-4)
    torch.testing.assert_close(world.color(x), color, rtol=0, atol=1e-6)


def test_a_frame_is_the_felt_the_cushions_and_one_ball():
    x = middle_frame(world)
    off = (x - world.table).abs().amax(1)[0] > 0
    assert off.sum() == pytest.approx(math.pi * world.radius ** 2, rel=0.1)
    assert torch.equal(x[0, :, 0], world.table[:, 0])
    assert x.min() >= 0 and x.max() <= 1


def test_every_ball_is_brighter_than_the_felt_also_without_color():
    luminance = torch.tensor([0.2126, 0.7152, 0.0722])
    felt = world.table[:, 5, 5] @ luminance
    _, color = world._draw(1000, torch.Generator().manual_seed(0))
    assert (color @ luminance).min() > felt + 0.15


@every_size
def test_the_ball_stays_on_the_felt(size):
    world = Billiards(size)
    with seeded(0):
        place = world.move(world._draw(20_000)[0], world.draw_velocity(20_000))
    assert place.min() >= world.low and place.max() <= world.high
    frames = world.frame(place[:200], torch.ones(200, 3))
    border = frames[..., 0], frames[..., -1], frames[..., 0, :], frames[..., -1, :]
    for edge in border:
        assert (edge == edge[:1]).all()                  # the cushion shows no ball


@pytest.mark.parametrize("place, velocity, after", [
    ((16.0, 16.0), (3.0, -4.0), (19.0, 12.0)),
    ((5.5, 16.0), (-3.0, 1.0), (6.5, 17.0)),             # 2 past the cushion at 4.5
    ((27.0, 5.0), (2.0, -3.0), (26.0, 7.0)),             # a corner: both are reflected
])
def test_cushions_reflect_as_far_as_the_ball_would_get_past_them(place, velocity,
                                                                 after):
    moved = world.move(torch.tensor([place]), torch.tensor([velocity]))
    torch.testing.assert_close(moved, torch.tensor([after]))


def test_velocities_are_uniform_on_the_disc():
    with seeded(0):
        across, down = world.draw_velocity(4000).T.double()
    share = (across ** 2 + down ** 2) / world.speed ** 2       # uniform, as the area is
    angle = torch.atan2(down, across) / (2 * math.pi) + 0.5
    assert kstest(share, "uniform").pvalue > 0.01
    assert kstest(angle, "uniform").pvalue > 0.01
    assert abs(torch.corrcoef(torch.stack([share, angle]))[0, 1]) < 0.05


def test_a_velocity_is_found_in_the_noisy_next_frame():
    x = middle_frame(world, 64)
    with seeded(0):
        velocity = world.draw_velocity(64)
    y = world.frame(world.place(x) + velocity, world.color(x))
    with seeded(1):
        found = world.velocity(x, y + world.noise * torch.randn_like(y))
    assert (found - velocity).square().sum(1).mean().sqrt() < 0.1          # pixels


def test_away_from_walls_no_velocity_reaches_a_cushion():
    x, _ = pairs()
    away = world.away_from_walls(x)
    rim = world.speed * torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]])
    straight = world.place(x).unsqueeze(1) + rim
    reflected = (world.move(world.place(x).unsqueeze(1), rim) - straight).abs() > 1e-4
    assert torch.equal(away, ~reflected.flatten(1).any(1))
    assert 0 < away.sum() < len(away)


def test_the_same_seed_gives_the_same_pairs_and_none_goes_on():
    first, again = world.batch(4, seed=3), world.batch(4, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    assert not torch.equal(world.batch(4)[0], world.batch(4)[0])
    assert not torch.equal(world.batch(4, "test", seed=3)[0], first[0])


def test_held_out_frames_are_fixed():
    x, y = world.held_out(8)
    again = Billiards().held_out(4)
    assert torch.equal(x[:4], again[0])
    assert not torch.equal(x, Billiards(seed=1).held_out(8)[0])
    assert (y - x).abs().max() > 0.3


def test_the_law_of_the_next_place_sums_to_one_and_agrees_with_samples():
    x = corner_frame(world)
    law = world.truth.law(x)[0]
    assert law.sum().item() == pytest.approx(1, abs=1e-5)
    with seeded(0):
        velocity = world.draw_velocity(100_000)
    place = world.move(world.place(x), velocity)
    edges = torch.linspace(world.low, world.high, 24)           # squares of one pixel
    counted = torch.histogramdd(place.flip(-1), [edges, edges])[0] / len(place)
    pixels = law[:368, :368].view(23, 16, 23, 16).sum((1, 3))
    assert (counted - pixels).abs().max() < 0.002
    twice = law.max() / law[law > 0].median()                  # folded onto itself
    assert twice > 1.9


def test_log_prob_is_the_mean_likelihood_over_velocities():
    """An independent Monte Carlo, on a small table with much noise,
    so that it settles, for a ball in a corner, where the law is folded."""
    x = corner_frame(small)
    loud = with_noise(0.5)
    y = loud.truth.sample(given=x, n=4, seed=2)[:, 0]
    with seeded(0):
        velocity = loud.draw_velocity(20_000)
    clean = loud.frame(loud.move(loud.place(x), velocity), loud.color(x)).flatten(1)
    constant = clean.shape[1] * math.log(loud.noise * math.sqrt(2 * math.pi))
    exact = loud.truth.log_prob(y, given=x.expand(4, -1, -1, -1)).double()
    for one, log_prob in zip(y.flatten(1), exact):
        square = (one - clean).square().sum(1).double()
        ratio = (-square / (2 * loud.noise ** 2) - constant - log_prob).exp()
        error = ratio.std().item() / math.sqrt(len(ratio))
        assert error < 0.04
        assert ratio.mean().item() == pytest.approx(1, abs=4 * error)


def test_log_prob_hardly_changes_on_a_finer_grid():
    x, y = pairs()
    finer = BilliardsTruth(world, cells=32).log_prob(y, given=x)
    off = finer - world.truth.log_prob(y, given=x)
    assert off.mean().abs() < 0.01
    assert off.abs().median() < 0.01
    assert off.abs().max() < 0.3                               # at the rim of the disc


def test_log_prob_integrates_to_one():
    """Importance sampling from the truth with twice its noise: E[p(y) / q(y)] = 1, on
    few pixels, where the ratio does not vary too much."""
    x = middle_frame(small)
    wide = with_noise(1.02 * small.noise)
    y = wide.truth.sample(given=x, n=600, seed=0)[:, 0]
    many = x.expand(600, -1, -1, -1)
    ratio = (small.truth.log_prob(y, given=many)
             - wide.truth.log_prob(y, given=many)).double().exp()
    assert ratio.mean().item() == pytest.approx(1, abs=4 * ratio.std().item() / 24.5)


def test_the_mean_is_that_of_many_samples():
    x = torch.cat([corner_frame(world), middle_frame(world)])
    with seeded(0):
        velocity = world.draw_velocity(8000, 2)
    place, color = world.move(world.place(x), velocity), world.color(x)
    average = sum(world.frame(part, color).sum(0) for part in place.split(1000)) / 8000
    assert (world.truth.mean(x) - average).abs().max() < 0.03


def test_no_answer_has_a_smaller_squared_error_than_the_mean():
    """What least squares is after, by Monte Carlo: the error of the mean is below that
    of a whole ball, and moving a little from the mean makes it worse on both sides."""
    x = middle_frame(world)
    y = world.truth.sample(given=x, n=2000, seed=0)[:, 0]
    mean = world.truth.mean(x)

    def error(answer):
        return (y - answer).square().flatten(1).sum(1).mean()

    towards = (x - mean) / 10
    assert error(mean) < error(mean + towards)
    assert error(mean) < error(mean - towards)
    assert error(mean) < error(x) - 5


def test_the_smeared_ball_is_dim_wide_and_in_its_place():
    x = middle_frame(world)
    felt = world.table[:, 5, 5].view(1, 3, 1, 1)
    ball, smear = ((frame - felt)[:, :, 2:-2, 2:-2]
                   for frame in (x, world.truth.mean(x)))
    assert smear.sum().item() == pytest.approx(ball.sum().item(), rel=5e-3)
    assert smear.amax((1, 2, 3)).item() < 0.4 * ball.amax((1, 2, 3)).item()
    assert (smear > 1e-3).sum() > 3 * (ball > 1e-3).sum()


def test_moments_away_from_walls_are_those_of_a_disc():
    x = middle_frame(world)
    place, square = world.truth.place_moments(x)
    torch.testing.assert_close(place, world.place(x), rtol=0, atol=1e-2)
    assert square.item() == pytest.approx(world.speed ** 2 / 2, rel=1e-3)


def test_the_entropy_is_what_samples_say_on_average():
    x = middle_frame(small, 100)
    y = small.truth.sample(given=x, seed=3)[0]
    surprise = -small.truth.log_prob(y, given=x)
    estimate = small.truth.entropy(x[:1], draws=200)
    tolerance = 4 * surprise.std().item() / 10
    assert estimate.item() == pytest.approx(surprise.mean().item(), abs=tolerance)
    assert estimate > small.truth.noise_entropy() + 3          # the place is worth nats


def test_a_sample_of_another_color_is_less_likely_by_far():
    x, y = pairs()
    other = (world.color(x) + 0.2).clamp(max=1) - 0.1
    recolored = y + world.frame(world.place(x), other) - world.frame(
        world.place(x), world.color(x))
    off = world.truth.log_prob(y, given=x) - world.truth.log_prob(recolored, given=x)
    assert off.median() > 5


@pytest.mark.parametrize("bad, words", [
    (lambda: Billiards(20), "size is 20; give a multiple of 8"),
    (lambda: Billiards(128), "size is 128; give a whole number from 16 to 64"),
    (lambda: world.batch(0), "n is 0; give a whole number"),
    (lambda: world.batch(4, "validation"), "split is 'validation'; choose one of"),
    (lambda: world.held_out(5000), "examples is 5000; give .* from 1 to 1024"),
    (lambda: BilliardsTruth(world, cells=12), "cells is 12; give a multiple of 8"),
    (lambda: world.truth.sample(given=torch.rand(2, 1, 32, 32)), "give the shape"),
    (lambda: world.truth.sample(given=world.table[None]), r"one ball .* in \[0\] of"),
    (lambda: world.truth.sample(given=pairs()[1][:2].clamp(0, 1)), r"in \[0, 1\] of"),
])
def test_what_is_no_billiards_is_answered_by_a_sentence(bad, words):
    with pytest.raises((TypeError, ValueError), match=words):
        bad()
