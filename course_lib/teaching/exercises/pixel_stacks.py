"""The exercise of lesson 06 on two stacks, which are judged by what they see."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from course_lib.datasets.blind_spot import visible
from course_lib.teaching.exercises.core import Exercise, attempt

SIDE, PLACE, LAYERS, MANY = 9, (6, 3), 8, 100


class TwoStacks(nn.Module):
    """A vertical and a horizontal stack; `window` is that of the vertical layers."""

    def __init__(self, width: int, layers: int, window: tuple = (2, 3)):
        super().__init__()
        sizes = [1] + [width] * (layers - 1)
        self.vertical = nn.ModuleList(nn.Conv2d(n, width, window) for n in sizes)
        self.horizontal = nn.ModuleList(nn.Conv2d(n, width, (1, 2)) for n in sizes)
        self.link = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in sizes)
        rows, columns = window
        self.around = columns // 2, columns // 2, rows - 1, 0

    def forward(self, image: Tensor) -> Tensor:
        above, here = pad(image, (0, 0, 1, -1)), pad(image, (1, -1))
        for vertical, horizontal, link in zip(self.vertical, self.horizontal,
                                              self.link):
            above = vertical(pad(above, self.around))
            here = (horizontal(pad(here, (1, 0))) + link(above)).relu()
            above = above.relu()
        return here


def seen_by(network: nn.Module, width: int) -> Tensor | str:
    """Return what the output at a place depends on, (SIDE, SIDE), or what is wrong."""
    images = torch.randn(MANY, 1, SIDE, SIDE, requires_grad=True)
    out = attempt(network, images)
    wanted = (MANY, width, SIDE, SIDE)
    if not isinstance(out, Tensor) or tuple(out.shape) != wanted:
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        return (f"For images of shape {tuple(images.shape)} the network returns {got}, "
                f"and should return {wanted}: {width} features at every pixel.")
    if not torch.allclose(network(images[:1])[0], out[0], atol=1e-4):
        return ("What it makes of one image depends on the others, or on chance: leave "
                "out what normalizes a batch, and dropout.")
    at = out[..., PLACE[0], PLACE[1]]
    slope, = torch.autograd.grad((at * torch.randn_like(at)).sum(), images)
    return slope.abs().sum((0, 1)) > 0


def judge_stacks(answer) -> str | None:
    """Return what is wrong with a class of networks, by what its networks see."""
    if isinstance(answer, nn.Module):
        return "You handed in a network. Hand in the class, without (...)."
    width, other = 8, 12
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network, shallow = attempt(answer, width, LAYERS), attempt(answer, other, 1)
        field, near = seen_by(network, width), seen_by(shallow, other)
        for found in (field, near):
            if isinstance(found, str):
                return found
        bend = bend_of(network)
    said = said_of(field, near)
    if not said and any(part not in {*network.modules()} for part in listed(network)):
        said = UNREGISTERED
    few, many = (sum(p.numel() for p in part.parameters())
                 for part in (shallow, network))
    if not said and many <= few:
        said = ("It sees the right pixels, but 8 layers have no more weights than one. "
                "Build `layers` of them, in __init__.")
    if not said and bend < 1e-6:
        said = ("It sees the right pixels, but nothing bends between the layers: all "
                "of them together are one linear map. Put a ReLU behind each.")
    return said


def bend_of(network: nn.Module) -> float:
    """Return how far a network is from linear, where its own last ReLU is open."""
    one, two = torch.randn(2, 1, 1, SIDE, SIDE)
    out = network(torch.cat([one, two, one + two, torch.zeros_like(one)]))
    bend, opened = (out[0] + out[1] - out[2] - out[3]).abs(), (out > 0).all(0)
    return (bend[opened] if opened.any() else bend).max().item()


def listed(network: nn.Module) -> list[nn.Module]:
    """Return the layers in plain lists, which torch does not find there."""
    return [part for module in network.modules() for value in vars(module).values()
            if isinstance(value, list | tuple)
            for part in value if isinstance(part, nn.Module)]


def said_of(field: Tensor, near: Tensor) -> str | None:
    """Return what is wrong with what a deep and a one-layer network see."""
    row, column = PLACE
    before = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    before[:row], before[row, :column] = True, True
    ahead, missed = field & ~before, before & ~field
    at = (ahead if ahead.any() else missed).nonzero()
    checks = [
        (ahead.any() and not ahead[:-1, :-1].any(), ROLLED),
        (ahead[row + 1:].any(), BELOW),
        (ahead[row, column + 1:].any() and not (near & ~before).any(), LEADS_BACK),
        (ahead[row, column + 1:].any() and near[row - 2, column], LEFT_ALONE),
        (ahead[row, column + 1:].any(), OWN_ROW),
        (ahead[row, column], ITSELF),
        (not field[:row].any(), NO_LINK),
        (missed[row, column - 1] and near[row, column - 1], ALWAYS_RIGHT),
        (not field[row, :column].any(), NOTHING_LEFT),
        (not field[:row - 1].any(), ONE_ROW),
        (missed[row - 1].all(), TWICE_DOWN),
        (torch.equal(field, visible(SIDE, PLACE)) or missed[row - 1, column + 1:].any(),
         SLOPE),
        (missed.any(), "From row {}, column {}, with 8 layers, it misses the earlier "
                       "pixel at row {}, column {}. Does every layer see one further?")]
    return next((says.format(*PLACE, *at[0].tolist()) for wrong, says in checks
                 if wrong), None)


ROLLED = ("It sees the last row or column: what falls out on one side comes in on the "
          "other. Fill up with zeros, as `down` and `right` do.")
BELOW = ("It sees rows below. Pad above and not below: a window of two rows is then a "
         "row and the one above it. The image moves down, not up.")
LEADS_BACK = ("One layer is right, and several look ahead: the horizontal features go "
              "into the vertical stack somewhere. Nothing may lead back.")
OWN_ROW = ("It sees the pixels on its right. They come through the vertical stack, "
           "whose windows hold their own row: move the image one row down before it.")
LEFT_ALONE = ("It sees the pixels on its right. A horizontal window must end at its "
              "own place: pad it on the left alone, and move its image to the right. "
              "If yours does, the vertical stack's image is not moved down.")
ITSELF = ("It sees the pixel itself, through the horizontal stack: move the image one "
          "pixel to the right before it.")
NO_LINK = ("It sees no row above: the vertical features do not arrive in what you "
           "return. Add them to the horizontal ones, through a 1 x 1 convolution.")
NOTHING_LEFT = ("It sees nothing of its own row. Either the horizontal stack does not "
                "arrive in what you return, or something moves to the right in every "
                "layer, or its image is also moved down.")
ALWAYS_RIGHT = ("It misses the pixel directly on its left. Move to the right once, "
                "before the first horizontal layer; later ones may see their own "
                "place.")
ONE_ROW = ("Of the rows above it sees the next one alone. A vertical window holds two "
           "rows, its own and the one above, so that every layer goes up by one.")
TWICE_DOWN = ("It misses the whole row directly above: something moves down more than "
              "once.")
SLOPE = ("A blind spot is left on the upper right. A vertical window is three columns "
         "wide, and also holds its own row, so that every layer goes on sideways. The "
         "image moves down once, before the first layer.")
UNREGISTERED = ("It sees the right pixels, but some layers are not registered, so they "
                "would not learn. Put them in torch.nn.ModuleList([...]).")

EXERCISES = [
    # Write a class of networks: a vertical stack that sees all rows above, a horizontal
    # one that sees what is left in the row, and both together in what is returned.
    Exercise(
        "06.2", TwoStacks,
        "It sees every earlier pixel and no other. A gate in place of the ReLU, and a "
        "way around each horizontal layer, make it the Gated PixelCNN.",
        ["Two lists of convolutions: windows of 2 x 3 for the rows, of 1 x 2 for the "
         "row. What must happen to the image once, before each stack?",
         "In each layer: vertical features from vertical ones; horizontal features "
         "from horizontal ones, plus a 1 x 1 convolution of the new vertical ones. "
         "Where must each window be padded, so that it ends at its own place?",
         "above = vertical(pad(above, (1, 1, 1, 0))); here = horizontal(pad(here, "
         "(1, 0))) + link(above); then .relu() of both. Begin with down(image) and "
         "right(image)."],
        [(lambda width, layers: TwoStacks(width, layers, window=(1, 3)), ONE_ROW),
         (lambda width, layers: TwoStacks(width, layers, window=(2, 1)), SLOPE)],
        judge=judge_stacks),
]
