"""Two translators without pairs: there and back again. Lesson 10.

    y' = g(x),    x' = f(y),    |f(g(x)) - x| + |g(f(y)) - y|  must be small

Nobody says which y belongs to which x. Two critics ask that translations look like the
other side, and the cycle asks that nothing gets lost on the way.
"""

import torch
from torch import Tensor, nn

from course_lib.checks import check_integer, check_number, check_tensor, check_type
from course_lib.contract import ConditionalModel, Given, Player, Shape, tensor_of
from course_lib.models.adversarial import PICTURE, AdversarialModel
from course_lib.models.outputs import picture_shape

OPTIONS = {"lr": 2e-3, "betas": (0.5, 0.99)}    # of each player's Adam


class CycleGAN(AdversarialModel):
    """A translator from x to y and one back, learned from x and y that are no pairs.

    x_to_y, y_to_x: (batch, channels, h, w) -> the same of the other side
    critic_of_x, critic_of_y: (None, picture) -> scores of any shape, such as a
                    `PatchGAN` that sees no x
    cycle_weight:   λ of the L1 distance after a walk there and back, for both sides,
                    in the paper's units: it halves the critics' loss alone, as we do
    identity_weight: of |g(y) - y| + |f(x) - x|: what is on the right side already must
                    stay as it is; asks for as many channels on both sides
    pairs, pairs_weight: a few x and y that do belong together, (n, ...) each, and the
                    weight of |g(x) - y| + |f(y) - x| on them
    history:        how many translations each critic remembers, see `ImageHistory`
    size:           side of the pictures, where there is a history
    loss, penalty, penalty_every: see `AdversarialModel`

    `sample` gives y for x, one answer each; `x_to_y` and `y_to_x` are the translators.
    DualGAN (Z. Yi et al., 2017) and DiscoGAN (T. Kim et al., 2017) are the same idea:
    the former with a Wasserstein critic, the latter with squared distances.
    Source: J.-Y. Zhu, T. Park, P. Isola and A. Efros, Unpaired image-to-image
    translation using cycle-consistent adversarial networks, 2017. Lesson 10.
    """

    paired_x: Tensor | None
    paired_y: Tensor | None
    history_of_x: nn.Module
    history_of_y: nn.Module

    def __init__(self, x_to_y: nn.Module, y_to_x: nn.Module, critic_of_x: nn.Module,
                 critic_of_y: nn.Module, cycle_weight: float = 10.0,
                 identity_weight: float = 0.0,
                 pairs: tuple[Tensor, Tensor] | None = None, pairs_weight: float = 10.0,
                 history: int = 0, size: int | None = None,
                 loss: str = "least_squares", penalty: float = 0.0,
                 penalty_every: int = 4):
        super().__init__(loss, penalty, penalty_every,
                         {"translators": OPTIONS, "critics": OPTIONS})
        self.x_to_y, self.y_to_x = x_to_y, y_to_x
        self.critic_of_x, self.critic_of_y = critic_of_x, critic_of_y
        self.cycle_weight = check_number("cycle_weight", cycle_weight, 0.0, 1e6)
        self.identity_weight = check_number("identity_weight", identity_weight, 0.0,
                                            1e6)
        self.pairs_weight = check_number("pairs_weight", pairs_weight, 0.0, 1e6)
        x_shape = picture_shape(x_to_y, "in_channels") or PICTURE
        y_shape = picture_shape(x_to_y, "out_channels") or PICTURE
        if identity_weight and x_shape[0] != y_shape[0]:
            raise ValueError(f"identity_weight is {identity_weight} and x has "
                             f"{x_shape[0]} channels where y has {y_shape[0]}; leave "
                             f"it at 0.")
        x, y = (None, None) if pairs is None else pairs
        if x is not None and y is not None:
            check_tensor("x of pairs", x, ("batch", *x_shape))
            check_tensor("y of pairs", y, (len(x), *y_shape))
        self.register_buffer("paired_x", x, persistent=False)   # they move with it
        self.register_buffer("paired_y", y, persistent=False)
        self.history_of_x, self.history_of_y = nn.Identity(), nn.Identity()
        if check_integer("history", history, 0):
            sides = 2 * (check_integer("size", size, 1),)
            x_shape, y_shape = (x_shape[0], *sides), (y_shape[0], *sides)
            self.history_of_x, self.history_of_y = (
                ImageHistory(history, shape) for shape in (x_shape, y_shape))
        self.given_shape, self.y_shape = x_shape, y_shape

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        y = translated(self.x_to_y, tensor_of(given))
        return y.repeat(n, 1, 1, 1).unflatten(0, (n, batch))

    def translators_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return what both translators minimise: the sum of what both critics say, and
        of the weighted losses of the cycle, the identity and the pairs."""
        y, x = self.check_pair(y, given)
        to_y, to_x = translated(self.x_to_y, x), translated(self.y_to_x, y)
        loss = (self.generator_side(self.critic_of_y, None, y, to_y)
                + self.generator_side(self.critic_of_x, None, x, to_x))
        if self.cycle_weight:
            loss = loss + self.cycle_weight * (distance(self.y_to_x, to_y, x)
                                               + distance(self.x_to_y, to_x, y))
        if self.identity_weight:
            loss = loss + self.identity_weight * (distance(self.x_to_y, y, y)
                                                  + distance(self.y_to_x, x, x))
        if self.paired_x is not None and self.paired_y is not None:
            loss = loss + self.pairs_weight * (
                distance(self.x_to_y, self.paired_x, self.paired_y)
                + distance(self.y_to_x, self.paired_y, self.paired_x))
        return loss

    @torch.no_grad()
    def cycle_loss(self, y: Tensor, *, given: Given) -> Tensor:
        """Return |f(g(x)) - x| + |g(f(y)) - y|, a scalar, each the mean over numbers:
        what is low where nothing gets lost, whether the translation is right or not."""
        y, x = self.check_pair(y, given)
        return (distance(self.y_to_x, translated(self.x_to_y, x), x)
                + distance(self.x_to_y, translated(self.y_to_x, y), y))

    def critics_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return the sum of both critics' losses, of translations new and remembered,
        at this step."""
        y, x = self.check_pair(y, given)
        with torch.no_grad():
            made_y, made_x = translated(self.x_to_y, x), translated(self.y_to_x, y)
        made_y, made_x = self.history_of_y(made_y), self.history_of_x(made_x)
        return (self.critic_side(self.critic_of_y, None, y, made_y, step)
                + self.critic_side(self.critic_of_x, None, x, made_x, step))

    def players(self) -> list[Player]:
        return [self.player("translators", [self.x_to_y, self.y_to_x],
                            self.translators_loss),
                self.player("critics", [self.critic_of_x, self.critic_of_y],
                            self.critics_loss)]


class ImageHistory(nn.Module):
    """Translations of earlier steps, which a critic goes on seeing: a translator cannot
    come back to a trick that its critic has forgotten.

    count: how many are kept;  shape: of one, (channels, height, width)

    Until it is full it keeps what it is given and gives it back. Then each picture is,
    with chance 1/2, kept in place of an old one, which is given instead.
    Source: A. Shrivastava et al., Learning from simulated and unsupervised images
    through adversarial training, 2017. Lesson 10.
    """

    pictures: Tensor
    filled: Tensor

    def __init__(self, count: int, shape: Shape):
        super().__init__()
        self.register_buffer("pictures", torch.zeros(
            count, *(check_integer("sides of a picture", side, 1) for side in shape)))
        self.register_buffer("filled", torch.tensor(0))

    @torch.no_grad()
    def forward(self, made: Tensor) -> Tensor:
        """Return as many pictures as are given, (batch, *shape)."""
        given, count = made.clone(), len(self.pictures)
        for i, picture in enumerate(made):
            if self.filled < count:
                self.pictures[self.filled] = picture
                self.filled += 1
            elif torch.rand(()) < 0.5:
                place = torch.randint(count, ())
                given[i] = self.pictures[place]
                self.pictures[place] = picture
        return given


def translated(translator: nn.Module, picture: Tensor) -> Tensor:
    """Return a translation in the precision of what was translated."""
    return translator(picture).to(picture)


def distance(translator: nn.Module, picture: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean absolute difference of a translation from another picture."""
    return (translated(translator, picture) - wanted).abs().mean()


class ChromaAdapter(ConditionalModel):
    """A `CycleGAN` of `GreyAndDyed`, as a model of the shirts it has never seen paired.

    translator: one from (batch, 1, h, w) of lightness to (batch, 3, h, w) of lightness
                and chroma; what it does to the lightness is not asked for
    A sample is (2, h, w), chroma ab / 40: one answer for each photo. Lesson 11.
    """

    def __init__(self, translator: CycleGAN):
        super().__init__()
        self.translator = check_type("translator", translator, CycleGAN,
                                     "a CycleGAN of GreyAndDyed()")
        self.given_shape = translator.given_shape
        self.y_shape = (2, *translator.y_shape[1:])

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.translator.draw(given, n, batch)[..., 1:, :, :]
