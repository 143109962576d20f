"""What the tests of pixel-by-pixel models share: which value a logit depends on."""

from types import SimpleNamespace

import torch
from torch import Tensor, nn

from course_lib.distributions.quantization import Palette, Quantizer
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.models.pixelcnn.sampling import Drawing, draw_cached
from course_lib.networks import ImageCondition, MapCondition, VectorCondition


def in_order(values: Tensor) -> Tensor:
    """Return (..., channels, height, width) as one list, in the order of drawing."""
    return values.movedim(-3, -1).flatten(-3)


def dependence(layer: nn.Module, channels: int, size: int, *others: Tensor,
               levels: int | None = None) -> Tensor:
    """Return how much each value that comes out moves with each that goes in, both in
    the order of drawing: (values, values) of gradients.

    What comes out is weighed at random over the features, or levels, of a channel.
    """
    values = channels * size * size
    entering = torch.randn(1, channels, size, size, dtype=torch.float64)
    entering = entering.repeat(values, 1, 1, 1).requires_grad_()
    out = layer(entering, *others)
    out = out if levels else out.unflatten(1, (channels, -1))
    out = (out * torch.randn(out.shape[2], 1, 1)).sum(2)
    in_order(out).diagonal().sum().backward()
    return in_order(entering.grad)


def perturbation(layer: nn.Module, channels: int, size: int, *others: Tensor
                 ) -> Tensor:
    """Return how far each value's logits move when it and all later ones change."""
    values = channels * size * size
    one, other = torch.randn(2, values, dtype=torch.float64)
    mixed = one.where(torch.arange(values) < torch.arange(values)[:, None], other)
    images = torch.cat([mixed, one[None]]).view(-1, size, size, channels)
    logits = layer(images.permute(0, 3, 1, 2), *others)
    logits = in_order(logits.movedim(2, 0))                 # levels, images, values
    return (logits[:, :-1].diagonal(dim1=1, dim2=2) - logits[:, -1]).abs().amax(0)


def cached_logits(model, bins: Tensor, given=None) -> Tensor:
    """Return the logits of every value that the cache gives as `bins` are drawn."""
    batch, channels, height, width = bins.shape
    condition = model.condition_features(model.check_given(given))
    drawing = Drawing(bins, torch.ones_like(bins, dtype=torch.bool),
                      torch.zeros(bins.shape, device=bins.device), 1.0)
    cache = model.network.cache(batch, width)
    seen, logits = [], cache.logits
    cache.logits = lambda *place: seen.append(logits(*place)) or seen[-1]
    network = SimpleNamespace(cache=lambda *_: cache)
    draw_cached(drawing, network, model.encode, condition)
    return torch.stack(seen).view(height, width, channels, batch, -1).permute(
        3, 2, 4, 0, 1)


def distance_to_edge(model, given, one: Tensor, other: Tensor, uniforms: Tensor,
                     which: int) -> Tensor:
    """Return how far the number of the first value that differs between two drawings
    is from the nearest edge of the cumulative distribution there.

    one, other, uniforms: (channels, height, width);  which: of the examples given
    """
    place = min(map(tuple, (one != other).nonzero().tolist()),
                key=lambda place: (place[1], place[2], place[0]))
    if given is not None:
        given = ({name: part[which:which + 1] for name, part in given.items()}
                 if isinstance(given, dict) else given[which:which + 1])
    logits = model.logits(one[None], given=given)[0, place[0], :, place[1], place[2]]
    return (logits.double().softmax(0).cumsum(0) - uniforms[place]).abs().min()


def grey(levels: int = 3, channels: int = 1) -> Quantizer:
    """So many levels between -1 and 1 for each channel."""
    return Quantizer(-1, 1, levels=levels, channels=channels)


def palette() -> Palette:
    """Four colors of two channels."""
    return Palette(torch.tensor([[0.0, 0.0], [0.6, 0.4], [-0.6, -0.4], [0.4, -0.6]]))


SMALL = {"width": 6, "layers": 2}
KINDS = {"plain": PixelCNN, "gated": GatedPixelCNN}
CLASSES = torch.tensor([0, 2, 1])
PHOTOS = torch.rand(3, 1, 5, 5, generator=torch.Generator().manual_seed(0))


def image_encoder() -> ImageCondition:
    return ImageCondition(1, 4, width=4)


# What a model can be made of: a codebook, a condition, options; and what is given.
CASES = {
    "nothing given": lambda: (grey(), None, {}, None),
    "two channels": lambda: (grey(channels=2), None, {}, None),
    "three channels": lambda: (grey(channels=3), None, {}, None),
    "a palette": lambda: (palette(), None, {}, None),
    "one-hot": lambda: (grey(channels=2), None, {"inputs": "one-hot"}, None),
    "a class": lambda: (grey(), VectorCondition(3), {}, CLASSES),
    "a map": lambda: (grey(channels=2), MapCondition(3, 4, size=5), {}, CLASSES),
    "an image": lambda: (grey(), image_encoder(), {}, PHOTOS),
    "an image, three channels": lambda: (grey(channels=3), image_encoder(), {}, PHOTOS),
    "kernel 5": lambda: (grey(), None, {"kernel": 5}, None),
    "first kernel 7": lambda: (grey(channels=2), None, {"first_kernel": 7}, None),
    "three channels, kernel 5": lambda: (grey(channels=3), None, {"kernel": 5}, None),
    "the other unit": lambda: (grey(channels=2), VectorCondition(3), "other", CLASSES),
}


def build(kind: str, case: str, size: int | tuple[int, int] = 5):
    """Return a model of that kind and case in evaluation mode, and what is given."""
    torch.manual_seed(0)
    codebook, condition, options, given = CASES[case]()
    if options == "other":
        options = {"gated": kind == "plain"}
    model = KINDS[kind](codebook, size, condition, **SMALL | options).eval()
    return model, given


def assert_alike_but_for_edges(model, given) -> None:
    """Draw 24 images both ways from the same numbers: where two differ at all, their
    first difference sits on an edge of the cumulative distribution."""
    uniforms = torch.rand(24, model.channels, 5, 5, dtype=torch.float64)
    cached, naive = (model.bins(model.sample(
        given, n=8, batch=3 if given is None else None, method=method,
        uniforms=uniforms).flatten(0, 1)) for method in ("cached", "naive"))
    for image in (cached != naive).flatten(1).any(1).nonzero().flatten():
        number = uniforms[image].to(naive.device)
        assert distance_to_edge(model, given, naive[image], cached[image], number,
                                int(image) % 3) < 1e-5
