"""A critic of patches: plain convolutions, whose reach is computed. Lesson 09."""

from collections.abc import Iterable

from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_integer, describe
from course_lib.contract import at_least_32_bits
from course_lib.networks.critics import side_by_side
from course_lib.networks.pointwise import Pointwise
from course_lib.networks.standardize import PerChannel, Standardize, check_sizes

HALVED = 4                         # kernel of the layers that halve the size
MOST_KERNEL = 4                    # of the last layers


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Return how many pixels a side one output of a stack of convolutions sees.

        r = 1 + Σₗ (kₗ - 1) · s₁ s₂ … sₗ₋₁

    layers: kernel kₗ and stride sₗ of each, from the first. Each step aside in a layer
    is as long as all strides before it together. Lesson 09.
    """
    reach, step = 1, 1
    for kernel, stride in layers:
        reach += (check_integer("kernel", kernel, 1) - 1) * step
        step *= check_integer("stride", stride, 1)
    return reach


def layers_for(reach: int) -> list[tuple[int, int]]:
    """Return kernels and strides of a stack that sees exactly `reach` pixels a side.

    Layers of kernel 4 halve the size as often as leaves half of the reach to others.
    What is missing then, the last layers add in steps of as many pixels, and the first
    one in single pixels. 16, 34 and 70 come out as the stacks of the paper.
    """
    check_integer("receptive_field", reach, 1, 1024)
    halvings = 0
    while 2 * receptive_field([(HALVED, 2)] * (halvings + 1)) <= reach:
        halvings += 1
    missing = reach - receptive_field([(HALVED, 2)] * halvings)
    step = 2 ** halvings
    last, first = divmod(missing, step)
    layers = [(first + 1, 1)] * (first > 0) + [(HALVED, 2)] * halvings
    while last > 0:
        taken = min(last, MOST_KERNEL - 1)
        layers.append((taken + 1, 1))
        last -= taken
    return layers


class PatchGAN(nn.Module):
    """A score for every patch of a pair: does y look real there, beside this x?

    given_channels, y_channels: of x and y, (batch, channels, height, width); without
              any of x it is a critic of y alone
    receptive_field: side of a patch in pixels, from 1 to the picture's own
    width:    features of the first layer, doubled at each halving up to four times
    mean, std: of y, see `Standardize`; x is taken as it is
    padded:   whether the pair gets a border of zeros, so that a pixel at the edge is
              judged as often as any other. Without it only patches that lie inside
              count: with a patch as large as the picture it is one score a picture

    Only convolutions and leaky rectifiers: a normalisation would tell every patch about
    the whole picture. Source: P. Isola et al., Image-to-image translation with
    conditional adversarial networks, 2017 (PatchGAN). Lesson 09.
    """

    def __init__(self, given_channels: int, y_channels: int, receptive_field: int = 16,
                 width: int = 32, mean: PerChannel = 0.0, std: PerChannel = 1.0,
                 padded: bool = True):
        super().__init__()
        check_sizes(y_channels=y_channels, width=width)
        check_integer("given_channels", given_channels, 0)
        self.standardize_x = Standardize(given_channels) if given_channels else None
        self.standardize = Standardize(y_channels, mean, std)
        self.layers = layers_for(receptive_field)
        self.receptive_field, self.padded = receptive_field, padded
        channels = given_channels + y_channels
        stack: list[nn.Module] = []
        for kernel, stride in self.layers or [(1, 1)]:
            stack += [nn.Conv2d(channels, width, kernel, stride), nn.LeakyReLU(0.2)]
            channels, width = width, min(2 * width, 128)
        self.stack = nn.Sequential(*stack, Pointwise(channels, channels),
                                   nn.LeakyReLU(0.2), Pointwise(channels, 1))

    def forward(self, x: Tensor | None, y: Tensor) -> Tensor:
        """Return a score for each patch, (batch, down, across), in 32 bits or more.

        Raises ValueError, in a sentence, where no patch lies inside the picture."""
        pair = self.standardize(y)
        if self.standardize_x is not None:
            pair = side_by_side(self.standardize_x(x), pair)
        around = (self.receptive_field - 1) // 2 if self.padded else 0
        if min(y.shape[-2:]) + 2 * around < self.receptive_field:
            raise ValueError(f"y is {describe(y)}, smaller than a patch of "
                             f"{self.receptive_field} pixels even with a border of "
                             f"{around}; give larger pictures, a smaller "
                             f"receptive_field, or padded=True.")
        return at_least_32_bits(self.stack(functional.pad(pair, 4 * (around,)))[:, 0])
