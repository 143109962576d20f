"""Facts about the captions world: what a sentence tells, by Bayes' rule."""

import pytest
import torch

from course_lib.contract import ConditionalModel
from course_lib.datasets import TShirts
from course_lib.datasets.captions import DYE, PATTERN, RIGHT, SAID, Captions
from course_lib.scoring import score

world = Captions(TShirts("stripes", size=16))
given, y = world.batch(8192, seed=0)
mode = world.truth.mode_posterior(y, given=given).argmax(1)


def near(part: torch.Tensor, p: float) -> bool:
    """Whether a frequency is within four standard errors of p."""
    return abs(part.float().mean().item() - p) < 4 * (p * (1 - p) / len(part)) ** 0.5


@pytest.mark.parametrize("group", [DYE, PATTERN])
def test_a_telling_word_is_said_and_right_as_often_as_stated(group):
    said = world.said(given["caption"], group)
    assert near(said >= 0, SAID)
    right = mode if group == DYE else (mode >= 2).long()
    tells = (said >= 0) & ((mode < 2) | (group == PATTERN))
    assert near((said == right)[tells], RIGHT)


def test_on_a_striped_shirt_the_dye_s_word_is_a_fair_coin():
    said = world.said(given["caption"], DYE)[mode >= 2]
    assert near(said[said >= 0] == 0, 0.5)


def test_modes_occur_as_often_as_bayes_rule_says_whatever_the_caption_says():
    p = world.mode_probabilities(given)
    for group in (DYE, PATTERN):
        said = world.said(given["caption"], group)
        for word in (-1, 0, 1):
            chosen = said == word
            for k in range(4):
                expected = p[chosen, k].mean().item()
                assert near(mode[chosen] == k, expected)


def test_a_caption_of_restating_words_leaves_p_as_it_is():
    x = given["image"][:64]
    caption = world.tokens(["a light wide shirt"] * 64)
    p = world.mode_probabilities({"image": x, "caption": caption})
    assert torch.allclose(p, world.shirts.mode_probabilities(x), atol=1e-6)


def test_words_that_restate_the_photo_are_true_of_it():
    mean = world.shirts.mean_lightness(given["image"])
    light = world.said(given["caption"], 0)
    assert mean[light == 1].min() > mean[light == 0].max()


def test_sentences_and_their_numbers_are_two_forms_of_the_same():
    texts = world.sentences(given["caption"][:50])
    assert torch.equal(world.tokens(texts), given["caption"][:50])


def test_words_are_numbered_from_one_in_their_order_whatever_their_case():
    tokens = world.tokens(["A teal, Shirt", "", "shirt"])
    assert tokens.dtype == torch.int64
    assert [[world.words[i - 1] for i in row if i] for row in tokens.tolist()] == [
        ["a", "teal", "shirt"], [], ["shirt"]]
    assert world.sentences(tokens) == ["a teal shirt", "", "shirt"]
    assert world.tokens("a shirt").tolist() == [[1, 2, 0, 0, 0, 0]]


def test_solid_shirts_are_never_told_a_pattern():
    solid = Captions(TShirts(size=16))
    caption = solid.batch(500, seed=0)[0]["caption"]
    assert (solid.said(caption, PATTERN) == -1).all()


def test_the_same_seed_gives_the_same_pairs():
    again, same = world.batch(16, seed=3)
    other, _ = world.batch(16, seed=3)
    assert torch.equal(again["caption"], other["caption"])
    assert torch.equal(again["image"], other["image"]) and same.shape == (16, 2, 16, 16)


@pytest.mark.parametrize("sentence, modes", [
    ("a shirt", [1, 1, 1, 1]), ("a light shirt", [1, 1, 1, 1]),
    ("a teal shirt", [1, 0, 1, 1]), ("a pink plain shirt", [0, 1, 0, 0]),
    ("a striped shirt", [0, 0, 1, 1]), ("a teal striped shirt", [0, 0, 1, 1])])
def test_a_caption_allows_the_modes_that_its_words_may_be_said_of(sentence, modes):
    assert world.allowed(world.tokens(sentence)).int().tolist() == [modes]


def test_a_caption_is_wrong_about_its_shirt_as_often_as_a_word_of_it_is():
    told_dye = world.said(given["caption"], DYE) >= 0
    told_pattern = world.said(given["caption"], PATTERN) >= 0
    obeyed = world.allowed(given["caption"])[torch.arange(len(mode)), mode]
    assert obeyed[~told_dye & ~told_pattern].all()
    solid, striped = mode < 2, mode >= 2
    assert near(obeyed[solid & told_dye & told_pattern], RIGHT ** 2)
    assert near(obeyed[striped & told_dye & told_pattern], RIGHT)
    assert near(obeyed[solid & told_dye & ~told_pattern], RIGHT)


def test_the_score_of_the_truth_with_captions_is_perfect():
    result = score(world.truth, world, examples=128, samples=8)
    assert result.coherence.value == 1
    assert abs(result.calibration.value - result.calibration_floor.value) < 0.03
    assert result.truth_log_prob.value == pytest.approx(
        0, abs=4 * result.truth_log_prob.error)


def test_the_score_knows_a_model_that_does_not_read():
    class Deaf(ConditionalModel):
        """Draws from p(y | x), whatever the caption says."""

        def draw(self, given, n, batch):
            return world.shirts.truth.sample(given=given["image"], n=n)

    truth, deaf = (score(model, world, examples=256, samples=8)
                   for model in (world.truth, Deaf()))
    assert deaf.coherence.value == 1
    assert deaf.calibration.value > truth.calibration.value + 0.04


def test_the_truth_s_samples_follow_the_caption():
    few = {name: part[:1].repeat(800, *[1] * (part.ndim - 1))
           for name, part in given.items()}
    few["caption"] = world.tokens(["a teal plain shirt"] * 800)
    drawn = world.truth.sample(given=few, seed=0)[0]
    found = world.truth.mode_posterior(drawn, given=few).argmax(1)
    for k, p in enumerate(world.mode_probabilities(few)[0].tolist()):
        assert near(found == k, p)


@pytest.mark.parametrize("sentence, message", [
    ("a red shirt", "'red' .* use the words a, shirt"),
    ("a teal pink shirt", "both teal and pink"), ("a a a a a a a", "7 words")])
def test_a_sentence_it_cannot_read_is_refused(sentence, message):
    with pytest.raises(ValueError, match=message):
        world.tokens(sentence)


def test_a_photo_without_a_caption_is_refused():
    with pytest.raises(ValueError, match="image and caption"):
        world.truth.sample(given=given["image"][:2])
    with pytest.raises(TypeError, match="numbers of words"):
        world.truth.sample(given={"image": given["image"][:2],
                                  "caption": given["caption"][:3]})


def obeyed(chance: torch.Tensor, allowed: torch.Tensor) -> float:
    """Return how much of the chance of the modes, (batch, modes), is of such as are
    allowed, over the captions that do not allow all."""
    tells = ~allowed.all(1)
    return ((chance * allowed)[tells].sum() / chance[tells].sum()).item()


def test_the_truth_obeys_captions_as_often_as_its_posterior_says():
    shirts = {name: part[:512] for name, part in given.items()}
    allowed = world.allowed(shirts["caption"])
    exact = obeyed(world.mode_probabilities(shirts), allowed)
    drawn = world.truth.sample(given=shirts, n=8, seed=0)
    modes = torch.stack([world.truth.mode_posterior(y, given=shirts) for y in drawn])
    assert obeyed(modes.mean(0), allowed) == pytest.approx(exact, abs=0.03)
    ignoring = world.shirts.mode_probabilities(shirts["image"])
    assert obeyed(ignoring, allowed) < exact - 0.2
