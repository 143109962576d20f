"""Facts about conditional diffusion: what it is trained on, and what guides it."""

import pytest
import torch
from torch import nn

from course_lib.contract import seeded
from course_lib.datasets import TShirts
from course_lib.datasets.captions import Captions
from course_lib.models.diffusion.model import Diffusion
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.networks.text import TextEncoder
from course_lib.networks.unet import UNet
from course_lib.training import fit
from tests.small_worlds import FewPixels, two_pixels

world = TShirts(size=16)
captions = Captions(TShirts("stripes", size=16))


def small(**options) -> Diffusion:
    """A small diffusion of the shirts."""
    torch.manual_seed(0)
    network = UNet(3, 2, (8, 8), features=16, passed=2)
    return Diffusion(network, NoiseSchedule.cosine(50), steps=3, **options)


def reading(**options) -> Diffusion:
    """One that reads captions."""
    torch.manual_seed(0)
    network = UNet(3, 2, (8, 8), features=16, passed=2)
    return Diffusion(network, NoiseSchedule.cosine(50), steps=3,
                     text=TextEncoder(len(captions.words), 16), **options)


class Exact(nn.Module):
    """A network that answers what the exact denoiser does, as a velocity."""

    features, in_channels, out_channels = 16, 3, 2

    def __init__(self, schedule):
        super().__init__()
        self.schedule, self.time = schedule, 0

    def forward(self, joined, vector):
        y_t, x = joined[:, :2], joined[:, 2:]
        t = torch.full((len(x),), self.time)
        clean = world.truth.denoise(y_t, self.schedule.alpha_bar[t], given=x)
        return self.schedule.velocity(clean, t, self.schedule.noise(clean, y_t, t))


def test_from_a_network_s_velocity_denoise_gives_the_clean_y():
    schedule = NoiseSchedule.cosine(50)
    model = Diffusion(Exact(schedule), schedule)
    x, y = world.batch(4, seed=0)
    y_t = schedule.add_noise(y, 20, torch.randn_like(y))
    model.network.time = 20
    expected = world.truth.denoise(y_t, schedule.alpha_bar[20], given=x)
    assert torch.allclose(model.denoise(y_t, 20, x), expected, atol=1e-4)


def test_the_loss_of_a_network_that_answers_nothing_is_the_target_s_second_moment():
    model = small()
    for parameter in model.network.parameters():
        parameter.data.zero_()
    x, y = world.batch(256, seed=0)
    alpha_bar = model.schedule.alpha_bar[1:].mean()            # of a time drawn evenly
    moment = alpha_bar + (1 - alpha_bar) * y.square().mean()
    assert model.loss(y, given=x).item() == pytest.approx(moment.item(), abs=0.04)


@pytest.mark.parametrize("sampler, eta, repeats", [
    ("ancestral", 0.0, False), ("deterministic", 0.0, True),
    ("deterministic", 0.5, False)])
def test_a_sampler_is_decided_by_its_first_noise_only_where_it_adds_none(
        sampler, eta, repeats):
    model = small()
    x, _ = world.batch(2, seed=0)
    drawn = model.sample(given=x, seed=1, sampler=sampler, eta=eta)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = torch.randn(2, 2, 16, 16)
    from course_lib.models.diffusion.samplers import draw_implicit
    alone = draw_implicit(lambda y, t: model.denoise(y, t, x), model.schedule, first,
                          model.schedule.timesteps(3))
    assert torch.allclose(drawn[0], alone, atol=1e-5) == repeats


def test_guidance_of_one_is_the_caption_and_of_zero_is_none():
    model = reading()
    given, y = captions.batch(3, seed=0)
    with_caption = model.denoise(y, 30, given, guidance=1.0)
    without = model.denoise(y, 30, given, guidance=0.0)
    bare = model.denoise(y, 30, model.without_captions(given))
    assert torch.allclose(without, bare, atol=1e-6)
    assert not torch.allclose(with_caption, bare, atol=1e-4)
    twice = model.denoise(y, 30, given, guidance=2.0)
    assert torch.allclose(twice, 2 * with_caption - bare, atol=1e-5)


def test_dropping_hides_the_caption_and_never_the_photo(monkeypatch):
    model, seen = reading(condition_dropout=0.5), []
    monkeypatch.setattr(model, "predict", lambda y_t, t, given: (
        seen.append(given), y_t)[1])
    given, y = captions.batch(400, seed=0)
    model.loss(y, given=given)
    hidden = (seen[0]["caption"] == 0).all(1).float().mean().item()
    assert hidden == pytest.approx(0.5, abs=4 * 0.5 / 20)
    assert torch.equal(seen[0]["image"], given["image"])


def test_a_caption_changes_the_answer_and_so_does_the_order_of_its_words():
    model = reading()
    given, y = captions.batch(1, seed=0)
    answers = [model.denoise(y, 40, given | {"caption": captions.tokens(text)})
               for text in ("a teal plain shirt", "a pink plain shirt",
                            "plain teal a shirt")]
    assert not torch.allclose(answers[0], answers[1], atol=1e-5)
    assert not torch.allclose(answers[0], answers[2], atol=1e-5)


def test_zeros_after_a_caption_change_nothing():
    encoder = TextEncoder(10, 4)
    short = torch.tensor([[1, 5]])
    padded = torch.tensor([[1, 5, 0, 0]])
    assert torch.allclose(encoder(short), encoder(padded), atol=1e-6)


class TwoPixels(FewPixels):
    """A world of two dyes, one of them on both pixels, that can be learned from."""

    def batch(self, n, split="train", seed=None):
        x = self.given(n)
        return x, self.truth.sample(given=x, seed=seed)[0]


def test_training_brings_the_denoiser_near_the_exact_one_at_every_noise():
    few = TwoPixels(two_pixels().colors, [0.3, 0.7])
    schedule = NoiseSchedule.cosine(100)
    torch.manual_seed(0)
    model = Diffusion(UNet(3, 2, (16,), features=16, passed=2, side=1), schedule)
    x, y = few.batch(2000, seed=1)

    def beyond_the_exact_error() -> torch.Tensor:
        with seeded(0):
            noisy = {t: schedule.add_noise(y, t, torch.randn_like(y))
                     for t in (10, 30, 50, 70)}
        best = {t: few.truth.denoise(y_t, schedule.alpha_bar[t], x)
                for t, y_t in noisy.items()}
        return torch.stack([(model.denoise(y_t, t, x) - best[t]).square().mean()
                            / (best[t] - y).square().mean()
                            for t, y_t in noisy.items()])

    before = beyond_the_exact_error()
    fit(model, few, 300, lr=1e-2, schedule="cosine", progress=False, device="cpu")
    after = beyond_the_exact_error()
    assert (before > 0.5).all() and (after < 0.15).all(), after
    teal = model.sample(x, seed=0)[0].sum((1, 2, 3)) < 0
    assert teal.float().mean().item() == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("options, message", [
    ({"steps": 0}, "steps|count"), ({"sampler": "euler"}, "sampler"),
    ({"eta": 2.0}, "eta"), ({"guidance": 2.0}, "reads no captions"),
    ({"pace": 1}, "pace is no option"), ({"steps": 51}, "50")])
def test_a_wrong_option_of_sampling_is_refused(options, message):
    x, _ = world.batch(1, seed=0)
    with pytest.raises((TypeError, ValueError), match=message):
        small().sample(given=x, **options)


@pytest.mark.parametrize("options, message", [
    ({"steps": 0}, "count is 0"), ({"sampler": "euler"}, "sampler is 'euler'"),
    ({"features": 0}, "UNet has no place for the time; .*features=64")])
def test_what_could_never_sample_is_refused_when_it_is_built(options, message):
    network = UNet(3, 2, (8,), features=options.pop("features", 8))
    with pytest.raises(ValueError, match=message):
        Diffusion(network, **options)


def test_a_caption_that_is_missing_or_unknown_is_refused():
    given, y = captions.batch(2, seed=0)
    with pytest.raises(ValueError, match="image and caption"):
        reading().loss(y, given=given["image"])
    with pytest.raises(ValueError, match="'red'.*not known"):
        captions.tokens("a red shirt")
    with pytest.raises(ValueError, match="word numbers"):
        reading().loss(y, given=given | {"caption": given["caption"] + 99})
    with pytest.raises(TypeError, match="word numbers"):
        reading().loss(y, given=given | {"caption": given["caption"].float()})
