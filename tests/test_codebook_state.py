"""Facts about codebooks in the state of a model: what is drawn after loading is what
was drawn before saving, or loading is refused."""

import pytest
import torch

from course_lib.contract import device_of
from course_lib.datasets import TShirts
from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.autoencoder import PixelCNNAutoencoder
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageToImage, ImageToVector, VectorCondition
from course_lib.training import fit
from course_lib.training.checkpoints import CheckpointError, load, save

world = TShirts(size=16, channels="a")
COLORS = torch.linspace(-0.66, 0.66, 8)[:, None]


def softmax(codebook):
    return Softmax(ImageToImage(1, codebook.classes, width=8, blocks=1), codebook)


def pixelcnn(codebook):
    return PixelCNN(codebook, 16, inputs="one-hot", width=8, layers=1)


def autoencoder(codebook):
    decoder = GatedPixelCNN(codebook, 16, VectorCondition(2), inputs="one-hot", width=8,
                            layers=1)
    return PixelCNNAutoencoder(ImageToVector(1, 2, 8), decoder)


PAIRS = {                        # of a model saved, and one that its weights do not fit
    "other colors": (softmax, Palette(COLORS), Palette(COLORS + 8)),
    "colors in another order": (softmax, Palette(COLORS), Palette(COLORS.flip(0))),
    "another range": (pixelcnn, Quantizer(-1, 1, 8), Quantizer(0, 100, 8)),
    "another kind": (pixelcnn, Palette(COLORS), Quantizer(-1, 1, 8)),
    "other levels": (softmax, Quantizer(-1, 1, 8), Quantizer(-1, 1, 9)),
    "a channel more": (softmax, Quantizer(-1, 1, 8), Quantizer(-1, 1, 8, channels=2)),
    "in a decoder": (autoencoder, Quantizer(-1, 1, 8), Quantizer(0, 100, 8))}
every_pair = pytest.mark.parametrize("make, saved, other", PAIRS.values(), ids=PAIRS)


def copied(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(state, model):
    now = model.state_dict()
    return state.keys() == now.keys() and all(
        torch.equal(state[name], now[name]) for name in state)


@every_pair
def test_a_codebook_is_in_the_state_and_a_state_with_another_is_refused(
        make, saved, other):
    state = make(saved).state_dict()
    assert any("codebook." in name for name in state)
    with pytest.raises(ValueError, match="another codebook .*build the model"):
        make(other).load_state_dict(state)


@every_pair
def test_a_checkpoint_with_another_codebook_is_refused_and_moves_nothing(
        make, saved, other, tmp_path):
    save(make(saved), tmp_path / "model.safetensors")
    model = make(other)
    before = copied(model)
    with pytest.raises(CheckpointError, match="build the model"):
        load(model, tmp_path / "model.safetensors")
    assert same(before, model)


@pytest.mark.parametrize("make, saved, other", [
    PAIRS["other colors"], PAIRS["colors in another order"]])
def test_a_run_on_another_codebook_is_not_continued(make, saved, other, tmp_path):
    run = {"steps": 2, "batch_size": 2, "progress": False, "device": "cpu",
           "checkpoint": tmp_path / "run.safetensors", "resume": True}
    fit(make(saved), world, **run)
    model = make(other)
    before = copied(model)
    with pytest.raises(CheckpointError, match="another codebook than Palette"):
        fit(model, world, **run)
    assert same(before, model)


@pytest.mark.parametrize("make, codebook", [
    (softmax, Palette(COLORS)), (pixelcnn, Quantizer(-1, 1, 8))])
def test_samples_after_loading_are_those_before_saving(make, codebook, tmp_path):
    torch.manual_seed(0)
    first, again = make(codebook), make(codebook)
    save(first, tmp_path / "model.safetensors")
    load(again, tmp_path / "model.safetensors")
    given = world.batch(3, seed=0)[0] if make is softmax else None
    batch = None if make is softmax else 3
    first, again = (model.eval().sample(given=given, n=2, seed=0, batch=batch)
                    for model in (first, again))
    assert torch.equal(first, again)


def test_a_palette_that_differs_by_rounding_is_the_same():
    model = softmax(Palette(COLORS + 1e-7))
    softmax(Palette(COLORS)).load_state_dict(model.state_dict())


def test_weights_alone_can_be_loaded_where_that_is_asked_for():
    model = softmax(Palette(COLORS))
    weights = {name: tensor for name, tensor in model.state_dict().items()
               if not name.startswith("codebook")}
    softmax(Palette(COLORS + 8)).load_state_dict(weights, strict=False)
    with pytest.raises(RuntimeError, match="Missing key.*codebook.colors"):
        softmax(Palette(COLORS)).load_state_dict(weights)


@pytest.mark.parametrize("cast", ["half", "bfloat16", "float", "double"])
def test_cells_keep_their_precision_whatever_that_of_the_model(cast):
    for codebook in (Quantizer(-1.1, 1.3, 100, channels=2), Palette(COLORS)):
        before = copied(codebook)
        model = getattr(torch.nn.Sequential(torch.nn.Linear(1, 1), codebook), cast)()
        assert model[0].weight.dtype == getattr(torch.zeros(1), cast)().dtype
        assert same(before, codebook)


def test_cells_move_to_another_device_with_their_model():
    model = softmax(Palette(COLORS)).to("meta")
    assert model.codebook.colors.device.type == "meta"


def test_a_truth_about_cells_leaves_the_codebook_of_a_model_where_it_is():
    codebook = Quantizer(levels=8)
    truth = world.truth.quantized(codebook).to("meta")
    assert device_of(truth).type == "meta" and device_of(codebook).type == "cpu"


def test_a_palette_does_not_change_with_the_tensor_it_was_made_of():
    colors = COLORS.clone()
    palette = Palette(colors)
    colors.zero_()
    assert torch.equal(palette.colors, COLORS)


@pytest.mark.parametrize("codebook", [
    Quantizer(-1, 1, 4, channels=2), Quantizer(levels=3), Palette(COLORS)])
def test_the_values_of_a_codebook_are_what_its_cells_decode_to(codebook):
    cells = torch.arange(codebook.classes).view(-1, 1, 1)
    assert torch.equal(codebook.values, codebook.decode(cells).flatten(1))


def test_a_model_says_what_its_codebook_is():
    bins, colors = (repr(softmax(book)) for book in (
        Quantizer(-1, 1, 8), Palette(COLORS)))
    assert "(codebook): Quantizer(-1, 1, levels=8, channels=1)" in bins
    assert "(codebook): Palette(8 colors, channels=1)" in colors
