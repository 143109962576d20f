"""Facts about the figures of lesson 04."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_lib.models import adversarial
from course_lib.teaching import figures
from course_lib.teaching.figures.cgan import best_loss, jensen_shannon


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_best_critic_of_a_right_generator_cannot_tell():
    alt = figures.show_best_critic(0.7, 0.7).figure.alt
    assert "real with probability 0.50, a pink one with 0.50" in alt
    assert "Its loss is 1.386" in alt


def test_the_best_loss_is_highest_where_the_generator_is_right():
    q = np.linspace(0.01, 0.99, 99)
    assert q[best_loss(0.3, q).argmax()] == pytest.approx(0.3)
    assert best_loss(0.3, np.float64(0.3)) == pytest.approx(2 * np.log(2))


def test_no_scores_lose_less_than_the_best_loss():
    """By gradient descent on two scores, with the library's loss of a critic."""
    p, q = torch.tensor([0.8, 0.2]), torch.tensor([0.35, 0.65])
    score = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.SGD([score], lr=1.0)
    for _ in range(500):
        loss = sum(weight * adversarial.critic_loss(s[None], torch.zeros(1))
                   + other * adversarial.critic_loss(torch.zeros(1), s[None])
                   for weight, other, s in zip(p, q, score)) - 2 * np.log(2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() == pytest.approx(best_loss(0.8, np.float64(0.35)), abs=1e-5)
    assert torch.allclose(score, (p / q).log(), atol=1e-3)


def test_the_jensen_shannon_divergence_levels_off_at_log_2_where_nothing_overlaps():
    near, far, farther = jensen_shannon(np.array([0.0, 7.0, 8.0]))
    assert near == pytest.approx(0, abs=1e-9)
    assert farther == pytest.approx(np.log(2), abs=1e-3)
    assert farther - far < 1e-3


def test_the_jensen_shannon_divergence_of_a_small_shift_is_an_eighth_of_its_square():
    """Its second derivative is a quarter of the Fisher information, which is 1."""
    assert jensen_shannon(np.array([0.1]))[0] == pytest.approx(0.1 ** 2 / 8, rel=0.01)


def test_divergences_say_both_distances():
    alt = figures.show_divergences(1.0, 8.0).figure.alt
    assert "distance of 1 and of 8 deviations" in alt
    with pytest.raises(ValueError, match="far is 9"):
        figures.show_divergences(1.0, 9)


@pytest.mark.parametrize("p, q, says", [
    (1.5, 0.5, "p is 1.5; give a number from 0.01 to 0.99"),
    (0.5, 0.0, "q is 0.0; give a number from 0.01 to 0.99")])
def test_probabilities_out_of_range_are_refused_in_a_sentence(p, q, says):
    with pytest.raises(ValueError, match=says):
        figures.show_best_critic(p, q)


def test_scores_say_the_mean_of_each_kind():
    alt = figures.show_scores({"real": torch.tensor([1.0, 3.0]),
                               "grey": -torch.ones(300)}).figure.alt
    assert "real 2 on average; grey −1 on average" in alt


def test_differences_of_scores_are_named_as_such():
    ax = figures.show_scores({"grey": -torch.ones(3)}, xlabel="less than real")
    assert ax.get_xlabel() == "less than real"
    assert "less than real: grey −1 on average" in ax.figure.alt


def test_paths_say_whether_they_end_nearer_to_the_middle():
    path = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    alt = figures.show_game_paths({"model": path}).figure.alt
    assert "from 5 to 1" in alt
