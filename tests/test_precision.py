"""Facts about precision: every model trains and samples in 16, 32 and 64 bits."""

import pytest
import torch
from torch import nn

from course_lib.datasets import TShirts
from course_lib.datasets.unpaired import Conventions
from course_lib.models.cyclegan import CycleGAN
from course_lib.models.diffusion import Diffusion
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.networks import ColorMap, PatchGAN, TextEncoder, UNet
from course_lib.training import fit
from tests import models_under_test

PRECISIONS = {"bfloat16": torch.bfloat16, "half": torch.float16,
              "double": torch.float64}


def translators() -> CycleGAN:
    """A small CycleGAN that remembers, is told a pair, and is penalised."""
    torch.manual_seed(0)
    critics = [PatchGAN(0, 3, 4, width=8, std=0.5) for _ in range(2)]
    return CycleGAN(ColorMap(3, 3, kept=1), UNet(3, 3, (8, 8), direct=True), *critics,
                    identity_weight=1.0, pairs=Conventions(size=16).pairs(1),
                    history=2, size=16, penalty=0.1)


MODELS = {name: (lambda name=name: models_under_test.make(name))
          for name in models_under_test.MODELS} | {"CycleGAN": translators}


def trained_and_asked(name: str, dtype: torch.dtype, **options) -> torch.Tensor:
    """Return a sample of the model of that name, cast and then trained for a step."""
    model = MODELS[name]().to(dtype)
    world = Conventions(size=16) if name == "CycleGAN" else TShirts(size=16)
    history = fit(model, world, 1, batch_size=4, progress=False, device="cpu",
                  **options)
    assert torch.tensor(list(history.losses.values())).isfinite().all()
    return model.sample(given=world.batch(2, seed=1)[0], n=2, seed=0)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_model_that_was_cast_learns_and_samples_in_its_precision(name, precision):
    sample = trained_and_asked(name, PRECISIONS[precision])
    assert sample.dtype == PRECISIONS[precision] and sample.isfinite().all()


@pytest.mark.parametrize("name", MODELS)
def test_a_model_learns_under_autocast_and_stays_in_32_bits(name):
    sample = trained_and_asked(name, torch.float32, precision="bf16")
    assert sample.dtype == torch.float32 and sample.isfinite().all()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("steps", [50, 1000])
def test_a_noise_schedule_moves_with_a_model_and_stays_in_32_bits(precision, steps):
    schedule = NoiseSchedule.cosine(steps)
    before = schedule.alpha_bar.clone()
    cast = torch.nn.Sequential(schedule).to(PRECISIONS[precision])[0]
    assert torch.equal(cast.alpha_bar, before) and "alpha_bar" in cast.state_dict()
    assert torch.nn.Sequential(schedule).to("meta")[0].alpha_bar.is_meta


class PixelByPixel(nn.Module):
    """The least network of a diffusion, to be asked a thousand times."""

    in_channels, out_channels, features = 3, 2, 8

    def __init__(self):
        super().__init__()
        self.pixel, self.vector = nn.Conv2d(3, 2, 1), nn.Linear(8, 2)

    def forward(self, y_and_x, vector):
        pixel, vector = (part.to(self.vector.weight) for part in (y_and_x, vector))
        return self.pixel(pixel) + self.vector(vector)[..., None, None]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("sampler", ["ancestral", "deterministic"])
def test_a_thousand_steps_of_noise_can_be_taken_away_in_any_precision(precision,
                                                                     sampler):
    torch.manual_seed(0)
    model = Diffusion(PixelByPixel(), text=TextEncoder(5, 8), steps=1000,
                      sampler=sampler).to(PRECISIONS[precision])
    given = {"image": torch.rand(1, 1, 8, 8), "caption": torch.tensor([[1, 0, 3]])}
    assert model.sample(given=given, seed=0).isfinite().all()
    loss = model.loss(torch.rand(1, 2, 8, 8), given=given)
    loss.backward()
    assert loss.isfinite()
