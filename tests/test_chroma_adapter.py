"""Facts about a translator's answer, taken as a model of chroma."""

from dataclasses import replace

import pytest
import torch

from course_lib.datasets import GreyAndDyed, TShirts
from course_lib.experiments import EXPERIMENTS, translation
from course_lib.models.cyclegan import ChromaAdapter, CycleGAN
from course_lib.networks import ColorMap, PatchGAN


@pytest.fixture
def translator():
    torch.manual_seed(0)
    return CycleGAN(ColorMap(1, 3), ColorMap(3, 1), PatchGAN(0, 1, 4, width=4),
                    PatchGAN(0, 3, 4, width=4))


def test_a_chroma_adapter_answers_with_the_chroma_of_its_translator(translator):
    x, _ = TShirts(size=16).held_out(3)
    samples = ChromaAdapter(translator).sample(given=x, n=2, seed=0)
    with torch.no_grad():
        assert torch.equal(samples[0], translator.x_to_y(x)[:, 1:])
    assert torch.equal(samples[0], samples[1])                 # one answer a photo


def test_a_chroma_adapter_needs_a_cyclegan(translator):
    with pytest.raises(TypeError, match="give a CycleGAN"):
        ChromaAdapter(translator.x_to_y)


def test_training_gets_the_two_sides_of_its_shirts_apart(monkeypatch):
    seen = []
    monkeypatch.setattr(translation, "fit",
                        lambda model, world, **others: seen.append(world))
    experiment = replace(EXPERIMENTS["cyclegan-shirts"],
                         world=lambda: TShirts("stripes", size=16, seed=3))
    experiment.train(0, steps=2)
    assert isinstance(seen[0], GreyAndDyed)
    assert repr(seen[0].shirts) == repr(experiment.world())
    x, y = seen[0].batch(32, seed=0)
    assert not torch.allclose(x, y[:, :1])                     # other shirts in y
