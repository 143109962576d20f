"""Two translators without pairs: there and back again. Lesson 10.

    y' = f(x),    x' = g(y),    |g(f(x)) - x| + |f(g(y)) - y|  shall be small

Nobody says which y belongs to which x. Two critics ask that translations look like the
other side, and the cycle asks that nothing gets lost on the way.
"""

import torch
from torch import Tensor, nn

from course_lib import adversarial
from course_lib.checks import check_choice, check_integer, check_number, check_tensor
from course_lib.contract import ConditionalModel, Given, Player, dtype_of, repeat
from course_lib.models.outputs import picture_shape

OPTIONS = {"lr": 2e-3, "betas": (0.5, 0.99)}    # of each player's Adam


class CycleGAN(ConditionalModel):
    """A translator from x to y and one back, learned from x and y that are no pairs.

    x_to_y, y_to_x: (batch, channels, h, w) -> the same of the other side
    critic_of_x, critic_of_y: (None, picture) -> scores of any shape, such as a
                    `PatchGAN` that sees no x
    cycle_weight:   of the L1 distance after a walk there and back, for both sides
    identity_weight: of |f(y) - y| + |g(x) - x|: what is on the right side already shall
                    stay as it is; asks for as many channels on both sides
    pairs, pairs_weight: a few x and y that do belong together, (n, ...) each, and the
                    weight of |f(x) - y| + |g(y) - x| on them
    history:        how many translations each critic remembers, see `ImageHistory`
    size:           side of the pictures, where there is a history
    loss:           "least_squares", or another of `adversarial`
    penalty, penalty_every: γ of the critics' R1, times the number of scores a picture
                    has, and at which steps
    translator_options, critic_options: of each player's Adam, such as lr and betas

    `sample` gives y for x, one answer each; `x_to_y` and `y_to_x` are the translators.
    DualGAN (Z. Yi et al., 2017) and DiscoGAN (T. Kim et al., 2017) are the same idea:
    the former with a Wasserstein critic, the latter with squared distances.
    Source: J.-Y. Zhu, T. Park, P. Isola and A. Efros, Unpaired image-to-image
    translation using cycle-consistent adversarial networks, 2017. Lesson 10.
    """

    def __init__(self, x_to_y: nn.Module, y_to_x: nn.Module, critic_of_x: nn.Module,
                 critic_of_y: nn.Module, cycle_weight: float = 10.0,
                 identity_weight: float = 0.0,
                 pairs: tuple[Tensor, Tensor] | None = None, pairs_weight: float = 10.0,
                 history: int = 0, size: int | None = None,
                 loss: str = "least_squares", penalty: float = 0.0,
                 penalty_every: int = 4, translator_options: dict | None = None,
                 critic_options: dict | None = None):
        super().__init__()
        self.x_to_y, self.y_to_x = x_to_y, y_to_x
        self.critic_of_x, self.critic_of_y = critic_of_x, critic_of_y
        self.cycle_weight = check_number("cycle_weight", cycle_weight, 0.0, 1e6)
        self.identity_weight = check_number("identity_weight", identity_weight, 0.0,
                                            1e6)
        self.pairs_weight = check_number("pairs_weight", pairs_weight, 0.0, 1e6)
        self.kind = check_choice("loss", loss, adversarial.LOSSES)
        self.penalty = check_number("penalty", penalty, 0.0, 1e6)
        self.penalty_every = check_integer("penalty_every", penalty_every, 1)
        self.options = {"translators": OPTIONS | (translator_options or {}),
                        "critics": OPTIONS | (critic_options or {})}
        self.y_shape = picture_shape(x_to_y, "out_channels")
        self.given_shape = picture_shape(x_to_y, "in_channels")
        if identity_weight and self.y_shape[0] != self.given_shape[0]:
            raise ValueError(f"identity_weight is {identity_weight} and x has "
                             f"{self.given_shape[0]} channels where y has "
                             f"{self.y_shape[0]}; leave it at 0.")
        self._remember(history, size)
        self._keep(pairs)

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return repeat(self.x_to_y(given), n).unflatten(0, (n, batch))

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and x, checked to be as many, in the model's precision."""
        y, given = super().check_pair(y, given)
        return y.to(dtype_of(self)), given

    def loss(self, y: Tensor, given: Given = None) -> Tensor:
        return self.translators_loss(y, given)

    def translators_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return what both translators minimise: the sum of what both critics say, and
        of the weighted losses of the cycle, the identity and the pairs."""
        y, x = self.check_pair(y, given)
        to_y, to_x = self.x_to_y(x), self.y_to_x(y)
        loss = (self._fool(self.critic_of_y, to_y, y)
                + self._fool(self.critic_of_x, to_x, x))
        if self.cycle_weight:
            loss = loss + self.cycle_weight * (distance(self.y_to_x(to_y), x)
                                               + distance(self.x_to_y(to_x), y))
        if self.identity_weight:
            loss = loss + self.identity_weight * (distance(self.x_to_y(y), y)
                                                  + distance(self.y_to_x(x), x))
        if self.paired_x is not None:
            loss = loss + self.pairs_weight * (
                distance(self.x_to_y(self.paired_x), self.paired_y)
                + distance(self.y_to_x(self.paired_y), self.paired_x))
        return loss

    @torch.no_grad()
    def cycle_loss(self, y: Tensor, given: Given) -> Tensor:
        """Return |g(f(x)) - x| + |f(g(y)) - y|, a scalar, each the mean over numbers:
        what is low where nothing gets lost, whether the translation is right or not."""
        y, x = self.check_pair(y, given)
        return (distance(self.y_to_x(self.x_to_y(x)), x)
                + distance(self.x_to_y(self.y_to_x(y)), y))

    def _fool(self, critic: nn.Module, made: Tensor, real: Tensor) -> Tensor:
        score_of_real = critic(None, real) if self.kind == "relativistic" else None
        return adversarial.generator_loss(critic(None, made), self.kind, score_of_real)

    def critics_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return the sum of both critics' losses, of translations new and remembered,
        with R1 at steps 0, k, 2k, … for k = penalty_every."""
        y, x = self.check_pair(y, given)
        with torch.no_grad():
            made_y, made_x = self.x_to_y(x), self.y_to_x(y)
        if self.history_of_y is not None:
            made_y, made_x = self.history_of_y(made_y), self.history_of_x(made_x)
        due = self.penalty > 0 and step % self.penalty_every == 0
        return (self._tell(self.critic_of_y, y, made_y, due)
                + self._tell(self.critic_of_x, x, made_x, due))

    def _tell(self, critic: nn.Module, real: Tensor, made: Tensor, due: bool) -> Tensor:
        real = real.to(made.dtype).detach().requires_grad_(due)
        score = critic(None, real)
        loss = adversarial.critic_loss(score, critic(None, made), self.kind)
        if due:
            weight = self.penalty_every * self.penalty / 2 * score[0].numel()
            loss = loss + weight * adversarial.gradient_penalty(score, real)
        return loss

    def players(self) -> list[Player]:
        sides = {"translators": (self.x_to_y, self.y_to_x),
                 "critics": (self.critic_of_x, self.critic_of_y)}
        losses = {"translators": self.translators_loss, "critics": self.critics_loss}
        return [Player(name, [p for network in sides[name]
                              for p in network.parameters()],
                       losses[name], self.options[name]) for name in sides]

    def _remember(self, history: int, size: int | None) -> None:
        """Set up a memory of both critics, or none."""
        self.history_of_x = self.history_of_y = None
        if check_integer("history", history, 0):
            side = check_integer("size", size, 1)
            self.history_of_x = ImageHistory(history, (self.given_shape[0], side, side))
            self.history_of_y = ImageHistory(history, (self.y_shape[0], side, side))

    def _keep(self, pairs: tuple[Tensor, Tensor] | None) -> None:
        """Take in the pairs, checked; they move with the model."""
        x, y = (None, None) if pairs is None else pairs
        if pairs is not None:
            check_tensor("x of pairs", x, ("batch", *self.given_shape))
            check_tensor("y of pairs", y, (len(x), *self.y_shape))
        self.register_buffer("paired_x", x, persistent=False)
        self.register_buffer("paired_y", y, persistent=False)


class ImageHistory(nn.Module):
    """Translations of earlier steps, which a critic goes on seeing: a translator cannot
    come back to a trick that its critic has forgotten.

    count: how many are kept;  shape: of one, (channels, height, width)

    Until it is full it keeps what it is given and gives it back. Then each picture is,
    with chance 1/2, kept in place of an old one, which is given instead.
    Source: A. Shrivastava et al., Learning from simulated and unsupervised images
    through adversarial training, 2017. Lesson 10.
    """

    def __init__(self, count: int, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("pictures", torch.zeros(count, *shape))
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


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean absolute difference, a scalar."""
    return (one - other).abs().mean()
