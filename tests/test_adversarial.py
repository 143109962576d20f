"""Facts about the adversarial losses, and about the penalty on the critic's slope."""

import math

import pytest
import torch
from sklearn.metrics import mutual_info_score
from torch.nn.functional import binary_cross_entropy_with_logits

from course_lib.models.adversarial import (
    LOSSES,
    critic_loss,
    generator_loss,
    gradient_penalty,
    mutual_information,
    reinforce_loss,
)

torch.manual_seed(0)
real, generated = torch.randn(2, 64)
every_kind = pytest.mark.parametrize("kind", LOSSES)


def test_the_non_saturating_critic_is_a_classifier_of_real_and_generated():
    logits = torch.cat([real, generated])
    labels = torch.cat([torch.ones(64), torch.zeros(64)])
    cross_entropy = binary_cross_entropy_with_logits(logits, labels)
    torch.testing.assert_close(critic_loss(real, generated), 2 * cross_entropy)


def test_the_non_saturating_generator_wants_its_work_taken_for_real():
    cross_entropy = binary_cross_entropy_with_logits(generated, torch.ones(64))
    torch.testing.assert_close(generator_loss(generated), cross_entropy)


def test_what_all_scores_share_is_no_matter_to_the_relativistic_loss():
    torch.testing.assert_close(critic_loss(real + 5, generated + 5, "relativistic"),
                               critic_loss(real, generated, "relativistic"))


@pytest.mark.parametrize("kind, score, loss", [
    ("non_saturating", 0.0, 2 * math.log(2)),
    ("least_squares", 0.5, 0.25), ("relativistic", 3.0, math.log(2))])
def test_a_critic_that_cannot_tell_pays_a_known_price(kind, score, loss):
    scores = torch.full((5,), score)
    assert critic_loss(scores, scores, kind).item() == pytest.approx(loss)


@every_kind
def test_the_generators_loss_is_the_mean_of_what_is_paid_for_each_score(kind):
    paid = generator_loss(generated, kind, real, each=True)
    assert paid.shape == generated.shape
    torch.testing.assert_close(paid.mean(), generator_loss(generated, kind, real))


def test_the_slope_of_the_choice_loss_is_that_of_the_expected_price():
    """Three answers at three prices; the expectation over them is a sum."""
    price, logits = torch.tensor([0.2, 1.0, 2.5]), torch.tensor([0.3, -0.5, 0.1])
    logits.requires_grad_()
    exact, = torch.autograd.grad((logits.softmax(0) * price).sum(), logits)
    log_chances = logits.log_softmax(0)
    choice = log_chances.detach().exp().multinomial(100_000, replacement=True)
    slope, = torch.autograd.grad(reinforce_loss(price[choice], log_chances[choice]),
                                 logits)
    torch.testing.assert_close(slope, exact, rtol=0, atol=0.01)


def test_a_choice_at_equal_prices_learns_nothing_and_no_slope_goes_through_the_price():
    paid, log_chance = torch.full((2, 8), 0.5, requires_grad=True).unbind()
    slope, through = torch.autograd.grad(reinforce_loss(paid, log_chance),
                                         (log_chance, paid), allow_unused=True)
    assert slope.count_nonzero() == 0 and through is None


@pytest.mark.parametrize("paid, log_chance, words", [
    (0.5, torch.zeros(3), "paid is 0.5; give the critic's scores"),
    (torch.zeros(3), torch.zeros(3, 1), r"log_chance .*\(3, 1\).*one of each"),
    (torch.zeros(3), None, "log_chance is None; give"),
])
def test_choices_that_cannot_be_are_answered_by_a_sentence(paid, log_chance, words):
    with pytest.raises((TypeError, ValueError), match=words):
        reinforce_loss(paid, log_chance)


def test_what_a_choice_tells_of_x_is_the_mutual_information():
    """Of a table that counts pairs of an x and a choice, as scikit-learn has it."""
    counts = torch.tensor([[70, 20, 10], [10, 10, 80], [30, 30, 40], [98, 1, 1]])
    told = mutual_info_score(None, None, contingency=counts.numpy())
    log_chances = (counts.double() / 100).log()
    assert mutual_information(log_chances).item() == pytest.approx(told)


def test_a_choice_tells_nothing_where_chances_agree_and_at_most_which_of_all_it_is():
    alike = torch.tensor([0.7, 0.2, 0.1]).log().expand(5, 3)
    sure = (1e3 * torch.eye(5)).log_softmax(1)
    assert mutual_information(alike).item() == pytest.approx(0, abs=1e-6)
    assert mutual_information(sure).item() == pytest.approx(math.log(5))


@pytest.mark.parametrize("log_chances, words", [
    (torch.zeros(3), r"log_chances is .*\(3,\).*; give one row for each x"),
    ([0.0], "log_chances is .*; give the critic's scores"),
])
def test_chances_that_cannot_be_are_answered_by_a_sentence(log_chances, words):
    with pytest.raises((TypeError, ValueError), match=words):
        mutual_information(log_chances)


def test_the_best_score_is_the_logarithm_of_how_much_likelier_real_is():
    """Three values of y, drawn as often as p and q say; one score for each."""
    p, q = torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.4, 0.4, 0.2])
    score = (p / q).log().requires_grad_()
    values = torch.arange(3)
    of_real, of_generated = (values.repeat_interleave((10 * part).round().long())
                             for part in (p, q))
    critic_loss(score[of_real], score[of_generated]).backward()
    torch.testing.assert_close(score.grad, torch.zeros(3))


def test_the_best_critic_pays_2_log_2_less_twice_the_divergence():
    """Goodfellow's theorem: 2 log 2 - 2 JSD(p, q), and so most where p = q."""
    p, q = torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.4, 0.4, 0.2])
    score, middle = (p / q).log(), (p + q) / 2
    divergence = ((p * (p / middle).log()).sum() + (q * (q / middle).log()).sum()) / 2
    counts = [(10 * part).round().long() for part in (p, q)]
    loss = critic_loss(*(score.repeat_interleave(count) for count in counts))
    assert loss.item() == pytest.approx(2 * math.log(2) - 2 * divergence.item())


def test_the_generator_learns_most_where_its_work_is_worst():
    score = torch.tensor([-20.0], requires_grad=True)
    generator_loss(score).backward()
    assert score.grad.item() == pytest.approx(-1.0)


def test_the_critics_own_loss_with_its_sign_changed_would_teach_nothing_there():
    score = torch.tensor([-20.0], requires_grad=True)
    (-critic_loss(real, score)).backward()
    assert abs(score.grad.item()) < 1e-8


@every_kind
def test_players_pull_a_generated_score_in_opposite_directions(kind):
    for_critic, for_generator = (torch.zeros(3, requires_grad=True) for _ in range(2))
    critic_loss(real[:3], 0.3 + for_critic, kind).backward()
    generator_loss(0.3 + for_generator, kind, real[:3]).backward()
    assert (for_critic.grad * for_generator.grad < 0).all()


@every_kind
def test_scores_of_patches_are_averaged(kind):
    patches, others = real.view(4, 1, 4, 4), generated.view(4, 1, 4, 4)
    torch.testing.assert_close(critic_loss(patches, others, kind),
                               critic_loss(real, generated, kind))
    torch.testing.assert_close(generator_loss(others, kind, patches),
                               generator_loss(generated, kind, real))


def test_the_penalty_of_a_linear_critic_is_its_squared_length():
    weight = torch.randn(2, 3, 3)
    y = torch.randn(5, 2, 3, 3, requires_grad=True)
    penalty = gradient_penalty((weight * y).sum((1, 2, 3)) + 7, y)
    torch.testing.assert_close(penalty, weight.square().sum())


def test_the_penalty_of_a_parabola_is_that_of_its_slopes():
    y = torch.tensor([[1.0, 2.0], [0.0, 3.0]], requires_grad=True)
    score = y.square().sum(1) / 2                        # slope y
    assert gradient_penalty(score, y).item() == pytest.approx((1 + 4 + 0 + 9) / 2)


def test_the_penalty_can_itself_be_minimised():
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.randn(6, 2, requires_grad=True)
    gradient_penalty(y @ weight, y).backward()           # |w|², with gradient 2 w
    torch.testing.assert_close(weight.grad, 2 * weight.detach())


def test_a_flat_critic_pays_no_penalty():
    y = torch.randn(4, 2, requires_grad=True)
    assert gradient_penalty((0 * y).sum(1), y) == 0


def test_the_penalty_of_patches_is_that_of_their_mean():
    y = torch.randn(4, 1, 6, 6, requires_grad=True)
    patches = torch.nn.functional.avg_pool2d(y, 3).square()
    torch.testing.assert_close(gradient_penalty(patches, y),
                               gradient_penalty(patches.mean((1, 2, 3)), y))


@pytest.mark.parametrize("call, words", [
    (lambda: critic_loss(real, generated, "wasserstein"),
     "kind is 'wasserstein'; choose one of 'non_saturating', 'least_sq"),
    (lambda: generator_loss(generated, kind=None), "kind is None; choose one of"),
    (lambda: critic_loss(0.5, generated), "score_of_real is 0.5; give the critic's"),
    (lambda: critic_loss(real, generated.long()), "score_of_generated is a int64 tens"),
    (lambda: generator_loss(generated[:0]), r"shape \(0,\); .* at least one example"),
    (lambda: generator_loss(generated, "relativistic"), "score_of_real is None; give"),
    (lambda: critic_loss(real[:4], generated, "relativistic"), "compares them one by"),
    (lambda: generator_loss(generated.sum()), r"shape \(\); .* batch first"),
])
def test_what_is_no_score_is_answered_by_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


@pytest.mark.parametrize("score, y, words", [
    (lambda y: y.sum(1), torch.randn(3, 2), "call y.requires_grad_.. before"),
    (lambda y: y.sum(1)[:2], torch.randn(3, 2).requires_grad_(), "one score for each"),
    (lambda y: y.sum(1).detach(), torch.randn(3, 2).requires_grad_(), "no_grad"),
    (lambda y: real.clone().requires_grad_()[:3], torch.randn(3, 2).requires_grad_(),
     "does not depend on this y"),
])
def test_a_slope_that_cannot_be_had_is_answered_by_a_sentence(score, y, words):
    with pytest.raises(ValueError, match=words):
        gradient_penalty(score(y), y)
