"""Facts about waiting: inside a step or a sampler's loop no number leaves the GPU.

They are counted on the pretended GPU, wherever there is a real one too."""

import pytest
import torch

from course_lib.contract import to_device
from course_lib.distributions.quantization import Quantizer
from course_lib.models.diffusion.denoiser import SAMPLERS
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.sampling import METHODS
from course_lib.training import TrainingDiverged, fit
from tests import pretended_gpu
from tests.models_under_test import MODELS, make, world
from tests.toys import (
    Line,
    LinearGaussian,
    PlaneCycleGAN,
    TwoClouds,
    made,
    same,
)

pytestmark = pytest.mark.gpu
WAITS = {"random field": "SciPy finds its clusters, on the CPU"}


@pytest.fixture(autouse=True)
def pretended():
    with pretended_gpu.identity_kept():
        yield


@pytest.mark.parametrize("name", [name for name in MODELS if name not in WAITS])
def test_a_run_reads_its_losses_once_and_nothing_else(name):
    x, y = world.batch(4, seed=0)
    with pretended_gpu.reads() as found:
        history = fit(make(name), [(x, y)], 2, average=0.9, device="pretended",
                      progress=False)
    assert found == ["_to_copy"] and history.steps == 2


@pytest.mark.parametrize("name", [name for name in MODELS if name not in WAITS
                                  and "Pixel" not in name])
def test_a_sample_is_drawn_without_a_look_at_it(name):
    model, (x, _) = make(name).to("pretended"), world.batch(2, seed=0)
    given = to_device(x, torch.device("pretended"))
    with pretended_gpu.reads() as found:
        model.sample(given, n=1, seed=0)
    assert found == []


@pytest.mark.parametrize("kind", [PixelCNN, GatedPixelCNN])
@pytest.mark.parametrize("method", METHODS)
def test_an_image_is_drawn_pixel_by_pixel_without_a_look_at_it(kind, method):
    model = kind(Quantizer(levels=3, channels=2), 3, width=8, layers=1)
    with pretended_gpu.reads() as found:
        model.to("pretended").sample(n=2, batch=1, seed=0, method=method)
    assert found == []


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_each_sampler_of_a_diffusion_waits_for_no_step(sampler):
    model, (x, _) = make("diffusion").to("pretended"), world.batch(2, seed=0)
    with pretended_gpu.reads() as found:
        drawn = model.sample(x, seed=0, steps=5, sampler=sampler, eta=0.0)
    assert found == [] and drawn.isfinite().all()


class Unchecked(LinearGaussian):
    """Squared error, which takes anything for data and looks at nothing."""

    given_shape = y_shape = None

    def loss(self, y, *, given=None):
        return (y - self.mean(given)).square().mean() + self.log_scale.square().sum()


def test_long_runs_read_their_losses_every_twenty_steps():
    with pretended_gpu.reads() as found:
        history = fit(made(Unchecked), Line(), 45, device="pretended", progress=False)
    assert found == 3 * ["_to_copy"] and len(history.losses["model"]) == 45


class Diverging(PlaneCycleGAN):
    """Its critics' loss is NaN at the step told, after the maps have moved."""

    bad_step = 3

    def critics_loss(self, y, given, step=0):
        loss = super().critics_loss(y, given, step)
        return loss * float("nan") if step == self.bad_step else loss


@pytest.mark.parametrize("bad_step", [3, 20, 24])
def test_a_nan_that_nobody_has_seen_yet_has_moved_no_player(bad_step, tmp_path):
    model, path = made(Diverging), tmp_path / "run.safetensors"
    model.bad_step, options = bad_step, {"average": 0.5, "progress": False}
    with pytest.raises(TrainingDiverged, match=f"at step {bad_step}: player 'critics'"):
        fit(model, TwoClouds(), 25, checkpoint=path, device="pretended", **options)
    raw, averaged = made(PlaneCycleGAN), made(PlaneCycleGAN)
    fit(raw, TwoClouds(), bad_step, device="cpu", progress=False)
    assert same(model.cpu(), raw)
    history = fit(model, TwoClouds(), bad_step, checkpoint=path, resume=True,
                  device="cpu", **options)
    fit(averaged, TwoClouds(), bad_step, device="cpu", **options)
    assert same(model, averaged)
    assert {len(losses) for losses in history.losses.values()} == {bad_step}


def test_ctrl_c_keeps_the_losses_that_were_not_read_yet():
    class Interrupted(PlaneCycleGAN):
        def critics_loss(self, y, given, step=0):
            if step == 5:
                raise KeyboardInterrupt
            return super().critics_loss(y, given, step)

    model, unbroken = made(Interrupted), made(PlaneCycleGAN)
    with pytest.warns(UserWarning, match="interrupted after 5 of 100 steps"):
        history = fit(model, TwoClouds(), 100, device="pretended", progress=False)
    fit(unbroken, TwoClouds(), 5, device="cpu", progress=False)
    assert {len(losses) for losses in history.losses.values()} == {5}
    assert same(model.cpu(), unbroken)
