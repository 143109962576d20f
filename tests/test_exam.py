"""Facts about the exam: its keys, held against draws, and its numbers against seeds."""

import pytest
import torch
from torch.nn.functional import softplus

from course_lib.__main__ import main
from course_lib.datasets import BlindSpot
from course_lib.teaching import one_pixel
from course_lib.teaching.exam import QUESTIONS, exam

SEEDS = range(4)
DRAWS = 400_000


def asked(lesson: str, seed: int) -> tuple[dict, dict]:
    question, = exam(seed, [lesson])
    return question.given, question.key


def dyes(pi: float) -> torch.Tensor:
    """Return draws of -1, teal, with probability π, and of 1 otherwise."""
    return torch.where(torch.rand(DRAWS) < pi, -1.0, 1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_shirts_that_show_this_pixel_so_many_are_teal(seed):
    given, key = asked("00", seed)
    dye = dyes(given["pi"])
    seen = 0.65 * dye + given["noise"] * torch.randn(DRAWS)
    alike = (seen - given["a"]).abs() < 0.05
    assert abs((dye[alike] < 0).float().mean() - key["P(teal)"]) < 0.03


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_number_and_deviation_are_those_of_draws(seed):
    given, key = asked("01", seed)
    drawn = one_pixel.truth(given["pi"], given["noise"]).sample((DRAWS,))
    assert abs(drawn.mean() - key["number"]) < 0.01
    assert abs(drawn.std() - key["deviation"]) < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_independent_pixels_lose_and_agree_as_the_key_says(seed):
    given, key = asked("03", seed)
    pi, pixels = given["pi"], given["pixels"]
    chance = torch.where(dyes(pi) < 0, pi, 1 - pi)                # of the dye that came
    assert abs(-((pixels - 1) * chance.log()).mean() - key["nats"]) < 0.03
    teal = torch.rand(DRAWS // 4, pixels) < pi
    alike = (teal == teal[:, :1]).all(1).float().mean()
    assert abs(alike - key["alike"]) < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_critic_pays_its_loss_on_drawn_dyes_and_no_other_pays_less(seed):
    given, key = asked("04", seed)
    p, q = torch.tensor(given["p"]), torch.tensor(given["q"])
    real, made = (chances.multinomial(DRAWS, replacement=True) for chances in (p, q))
    score = p.log() - q.log()
    assert abs(score[0] - key["score"]) < 1e-4

    def paid(score):
        return softplus(-score[real]).mean() + softplus(score[made]).mean()
    assert abs(paid(score) - key["loss"]) < 0.01
    assert paid(score + torch.tensor([0.5, -0.5, 0.0])) > paid(score)


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_weights_and_their_logarithms_are_the_likelihood_and_its_bound(seed):
    given, key = asked("05", seed)
    prior, decoder, encoder = (torch.tensor(table) for table in given.values())
    z = encoder.multinomial(DRAWS, replacement=True)
    weight = (prior * decoder / encoder)[z]
    assert abs(weight.mean().log() - key["log p"]) < 0.01
    assert abs(weight.log().mean() - key["ELBO"]) < 0.01
    posterior = prior * decoder / (prior * decoder).sum()
    assert abs((encoder * (encoder / posterior).log()).sum() - key["KL"]) < 1e-4


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blind_model_loses_so_much_on_drawn_images(seed):
    given, key = asked("06", seed)
    world = BlindSpot(given["size"], given["reach"], given["flip"])
    _, y = world.batch(2048, seed=seed)
    lost = (world.truth.log_prob(y) - world.blind_model.log_prob(y)).mean()
    assert abs(lost / key["nats"] - 1) < 0.03
    assert key["kernel"] // 2 == given["reach"][1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_denoiser_answers_with_the_mean_of_what_was_there(seed):
    given, key = asked("08", seed)
    y_t = y = dyes(given["pi"])
    for kept in given["kept"]:
        y_t = kept ** 0.5 * y_t + (1 - kept) ** 0.5 * torch.randn(DRAWS)
    assert abs((y * y_t).mean() - key["ᾱ"] ** 0.5) < 0.01
    assert abs(y[(y_t - given["y_t"]).abs() < 0.05].mean() - key["answer"]) < 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_one_score_has_a_slope_in_so_many_pixels(seed):
    given, key = asked("09", seed)
    picture = torch.rand(1, 1, 96, 96, requires_grad=True)
    scores = picture
    for kernel, stride in given["layers"]:
        scores = torch.nn.functional.conv2d(scores, torch.ones(1, 1, kernel, kernel),
                                            stride=stride)
    middle = scores.shape[-1] // 2
    slope, = torch.autograd.grad(scores[0, 0, middle, middle], picture)
    assert slope[0, 0].any(0).sum() == key["side"]


def test_a_seed_asks_the_same_again_and_another_one_asks_other_numbers():
    assert exam(7) == exam(7)
    for lesson in QUESTIONS:
        assert len({exam(seed, [lesson])[0].text for seed in range(20)}) > 5


def test_no_answer_of_a_key_stands_in_its_question():
    for seed in range(10):
        for question in exam(seed):
            assert all(f"{value:.4g}" not in question.text
                       for value in question.key.values() if value % 1)


def test_paper_and_key_can_be_printed_apart(capsys):
    main(["exam", "--seed", "7", "--lessons", "03", "--only", "paper"])
    alone = capsys.readouterr().out
    main(["exam", "--seed", "7", "--lessons", "03"])
    assert "# Key" not in alone
    assert capsys.readouterr().out.startswith(alone)


@pytest.mark.parametrize("wrong", [["--lessons", "02"], ["--seed", "-1"]])
def test_what_the_exam_cannot_ask_is_said_in_a_sentence(wrong, capsys):
    with pytest.raises(SystemExit):
        main(["exam", *wrong])
    assert "choose one of" in (said := capsys.readouterr().err) or "at least 0" in said
