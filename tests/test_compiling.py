"""Facts about `torch.compile`: a loss is one graph, in which no number is looked at."""

import pytest
import torch

from course_lib.training import fit
from tests.models_under_test import make, world

FAMILIES = ["mixture of Gaussians", "softmax over a palette", "conditional GAN",
            "VAE, mixture", "Gated PixelCNN", "PixelCNN autoencoder", "diffusion",
            "pix2pix"]


@pytest.fixture(autouse=True)
def nothing_compiled():
    yield
    torch.compiler.reset()


def in_one_graph(player, step):
    """Return a player's loss at a step as it is, and as one graph of it has it."""
    x, y = world.batch(2, seed=0)
    compiled = torch.compile(player.loss, backend="eager", fullgraph=True)
    losses = []
    for loss in (player.loss, compiled):
        torch.manual_seed(0)
        losses.append(loss(y, x, step))
    losses[1].backward()
    return losses


@pytest.mark.parametrize("name", FAMILIES)
def test_the_loss_of_each_player_is_one_graph(name):
    for player in make(name).train().players():
        # At step 1 a critic is not penalised: the gradient of a gradient, which a
        # penalty needs, is what no graph of torch.compile has in it by itself.
        plain, compiled = in_one_graph(player, step=1)
        torch.testing.assert_close(compiled, plain, rtol=1e-3, atol=1e-3)


def test_a_compiled_loss_is_trained_by_fit_like_any_other():
    models = [make("L2"), make("L2")]
    models[1].loss = torch.compile(models[1].loss, backend="eager", fullgraph=True)
    losses = [fit(model, world, 3, batch_size=2, device="cpu", progress=False).losses
              for model in models]
    assert losses[0] == losses[1]


def test_the_clusters_of_a_random_field_are_no_part_of_a_graph():
    player, = make("random field").players()
    with pytest.raises(torch._dynamo.exc.Unsupported, match="scipy|join|Tensor"):
        in_one_graph(player, step=0)
