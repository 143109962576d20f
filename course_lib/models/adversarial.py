"""Adversarial losses by name, and the penalty that keeps their game in balance.

A critic gives a score to what it is shown: high where it looks real, low where it
looks generated. (Some texts score the other way round, high for synthetic. Change the
sign of every score, and it is the same game.) The critic minimises `critic_loss`, the
generator `generator_loss`; d is a score of real, g one of generated data:

    kind              critic                        generator
    non_saturating    softplus(-d) + softplus(g)    softplus(-g)
    least_squares     (d - 1)² / 2 + g² / 2         (g - 1)²
    relativistic      softplus(g - d)               softplus(d - g)

The last one asks of a real and a generated y beside the same x which is the real one.
Lessons 04, 09 and 10.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.special import entr

from course_lib.checks import (
    check_choice,
    check_integer,
    check_number,
    check_tensor,
    describe,
)
from course_lib.contract import (
    ConditionalModel,
    Given,
    Player,
    PlayerLoss,
    Shape,
    check_event,
    dtype_of,
    tensor_of,
    tile,
)
from course_lib.models.outputs import picture_shape

PICTURE: Shape = ("channels", "height", "width")
OfScores = Callable[[Any, Tensor], Tensor]

# kind: what the critic pays for scores d of real, g of generated, and the generator
# for each g
LOSSES: dict[str, tuple[OfScores, OfScores]] = {
    "non_saturating": (lambda d, g: softplus(-d).mean() + softplus(g).mean(),
                       lambda d, g: softplus(-g)),
    "least_squares": (lambda d, g: ((d - 1).square().mean() + g.square().mean()) / 2,
                      lambda d, g: (g - 1).square()),
    "relativistic": (lambda d, g: softplus(g - d).mean(),
                     lambda d, g: softplus(d - g)),
}


def critic_loss(score_of_real: Tensor, score_of_generated: Tensor,
                kind: str = "non_saturating") -> Tensor:
    """Return what a critic minimises, a scalar: the mean of both parts, added.

        non_saturating    E[softplus(-d)] + E[softplus(g)]

    This is the cross-entropy of a classifier whose logit is the score: -log sigmoid(d)
    for what is real, -log(1 - sigmoid(g)) for what is generated. The best score is
    log p_data - log p_generated. A critic that cannot tell, all scores 0, pays log 2
    for each of the two parts, so 2 log 2 = 1.386 for a pair of them. With
    "least_squares", all scores 1/2, it then pays 1/4, with "relativistic" log 2.

    score_of_real, score_of_generated: floats of any shape, (batch,) or one a patch;
        for "relativistic" those of the same x in the same place
    Raises TypeError or ValueError, in a sentence, for an unknown kind or no scores.
    Sources: I. Goodfellow et al., Generative adversarial nets, 2014; X. Mao et al.,
    Least squares generative adversarial networks, 2017; A. Jolicoeur-Martineau, The
    relativistic discriminator, 2019. Lesson 04.
    """
    of_critic, _ = LOSSES[check_choice("kind", kind, LOSSES)]
    check_scores(kind == "relativistic", score_of_real=score_of_real,
                 score_of_generated=score_of_generated)
    return of_critic(score_of_real, score_of_generated)


def generator_loss(score_of_generated: Tensor, kind: str = "non_saturating",
                   score_of_real: Tensor | None = None, each: bool = False) -> Tensor:
    """Return what a generator minimises, a scalar: less the more real its work looks.

        non_saturating    E[softplus(-g)] = -E[log sigmoid(g)]
        relativistic      E[softplus(d - g)], d of real y beside the same x

    The critic's own loss with its sign changed, -E[softplus(g)], would be the same
    game; but where a critic sees at once that y is generated its slope is nearly 0,
    and a generator learns least when it is worst. Here it is then nearly 1.
    A generator that lost one of two dyes sees real y of the lost dye win against its
    own in the relativistic game, whose loss has no bad basin (R. Sun, T. Fang and A.
    Schwing, Towards a better global loss landscape of GANs, 2020); hasty steps may
    still lose a dye.

    score_of_generated: floats of any shape, (batch,) or one a patch
    score_of_real: of the same shape, for "relativistic" alone
    each: True returns what is paid for each score, and not the mean
    Raises TypeError or ValueError, in a sentence, for an unknown kind or no scores.
    Sources: I. Goodfellow et al., Generative adversarial nets, 2014; N. Huang et al.,
    The GAN is dead; long live the GAN!, 2024 (relativistic). Lesson 04.
    """
    _, of_generator = LOSSES[check_choice("kind", kind, LOSSES)]
    scores: dict[str, Tensor | None] = {"score_of_generated": score_of_generated}
    if kind == "relativistic":
        scores["score_of_real"] = score_of_real
    check_scores(alike=True, **scores)
    paid = of_generator(score_of_real, score_of_generated)
    return paid if each else paid.mean()


def reinforce_loss(paid: Tensor, log_chance: Tensor) -> Tensor:
    """Return a scalar whose slope teaches a generator what to choose how often.

        ∂ E[paid] / ∂π = E[(paid - mean) · ∂ log π(choice) / ∂π]

    A choice has no slope: a teal shirt is never told to become pink, for between them
    lies grey. But it can be rewarded. What was paid less than others of the batch
    becomes likelier, what was paid more rarer, until nothing pays more than another:
    a generator that chooses too often what the critic has seen through stops.

    paid:       by the generator for each sample, (batch,); no gradient goes through it
    log_chance: log of the chance with which its choice was made, (batch,)
    Raises TypeError or ValueError, in a sentence, for anything else.
    Source: R. Williams, Simple statistical gradient-following algorithms for
    connectionist reinforcement learning, 1992 (REINFORCE). Lesson 04.
    """
    check_scores(alike=True, paid=paid, log_chance=log_chance)
    paid = paid.detach()
    return ((paid - paid.mean()) * log_chance).mean()


def mutual_information(log_chances: Tensor) -> Tensor:
    """Return I(k; x), a scalar in nats: how much a choice k tells of its x.

        I = H(π̄) - E_x H(π(x)),    H the entropy, π̄ the mean of π(x) over the batch

    It is 0 if the chances are the same for all x, and at most the logarithm of how
    many there are. A critic errs, about each x a little otherwise, and its score of a
    choice is partly such an error: chances that follow it everywhere learn the errors
    too. At a small price on I they follow only what it goes on favouring.

    log_chances: log πₖ(x), (batch, choices), of a batch of different x
    Raises TypeError or ValueError, in a sentence, for anything else.
    Source: T. Cover and J. Thomas, Elements of information theory, 2006 (mutual
    information). Lesson 04.
    """
    check_scores(log_chances=log_chances)
    if log_chances.ndim != 2:
        raise ValueError(f"log_chances is {describe(log_chances)}; give one row for "
                         f"each x, (batch, choices).")
    chances = log_chances.exp()
    return entr(chances.mean(0)).sum() - entr(chances).sum(1).mean()


def gradient_penalty(critic_score: Tensor, y: Tensor) -> Tensor:
    """Return the zero-centered penalty R1, a scalar: the mean of |∂ score / ∂ y|².

        R1 = E[ Σᵢ (∂ d(x, y) / ∂ yᵢ)² ]    over real y

    Where generated and real data lie apart, nothing else keeps a critic's slopes from
    growing without end. Once they agree, a critic that is flat there pays nothing, so
    the penalty does not move the game's solution: the game ends.

    critic_score: of y, (batch,), or (batch, ...) for patches, whose mean then counts
    y:            what was scored, with y.requires_grad_() called before
    Raises TypeError or ValueError, in a sentence, where there is no such gradient.
    Source: L. Mescheder, A. Geiger and S. Nowozin, Which training methods for GANs do
    actually converge?, 2018 (their loss adds γ / 2 times this). Lesson 04.
    """
    check_scores(critic_score=critic_score)
    if not y.requires_grad or not critic_score.requires_grad:
        raise ValueError("y or its score records no gradient; call y.requires_grad_() "
                         "before the critic scores it, outside of torch.no_grad().")
    if len(critic_score) != len(y):
        raise ValueError(f"critic_score is {describe(critic_score)} and y "
                         f"{describe(y)}; give one score for each y.")
    score = critic_score.flatten(1).mean(1) if critic_score.ndim > 1 else critic_score
    slope, = torch.autograd.grad(score.sum(), y, create_graph=True, allow_unused=True)
    if slope is None:
        raise ValueError("critic_score does not depend on this y; give the very "
                         "tensor that the critic scored.")
    return slope.square().flatten(1).sum(1).mean()


class AdversarialModel(ConditionalModel):
    """What all games share: a critic's side, a generator's, and who plays. Lesson 04.

    loss:          the kind of both players' losses, see the top of this file
    penalty:       γ; the critic also minimises γ / 2 · R of each patch that it scores,
                   see `gradient_penalty`; 0: never
    penalty_every: it is computed at steps 0, k, 2k, … alone, and is then k times as
                   large: its mean over steps is the same, and it is dear. The step says
                   when, so that a resumed run needs no counter of its own
    options:       of each player's Adam, by name; the first player's loss is `loss`

    A subclass defines `players`.
    """

    given_shape: Shape
    y_shape: Shape
    drift = 0.0                    # see `ConditionalGAN`
    penalised = "real"

    def __init__(self, loss: str, penalty: float, penalty_every: int,
                 options: dict[str, dict[str, Any]]):
        super().__init__()
        self.kind = check_choice("loss", loss, LOSSES)
        self.penalty = check_number("penalty", penalty, 0.0, 1e6)
        self.penalty_every = check_integer("penalty_every", penalty_every, 1)
        self.options = options

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        return self.players()[0].loss(y, given, 0)

    def player(self, name: str, networks: Iterable[nn.Module], loss: PlayerLoss
               ) -> Player:
        """Return who trains these networks, with the options of that name."""
        return Player(name, [p for network in networks for p in network.parameters()],
                      loss, self.options[name])

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Tensor]:
        """Return y and x, checked to be one batch, in the model's precision."""
        y, given = super().check_pair(y, given)
        return y.to(dtype_of(self)), tensor_of(given)

    def generator_side(self, critic: nn.Module, given: Given, real: Tensor,
                       generated: Tensor, each: bool = False) -> Tensor:
        """Return what a generator pays for its work; only the relativistic loss looks
        at the real y."""
        check_event(real, generated.shape[1:])
        score_of_real = None
        if self.kind == "relativistic":
            with torch.no_grad():
                score_of_real = critic(given, real)
        return generator_loss(critic(given, generated), self.kind, score_of_real, each)

    def critic_side(self, critic: nn.Module, given: Given, real: Tensor,
                    generated: Tensor, step: int) -> Tensor:
        """Return what a critic pays, with its penalty where one is due; no gradient
        reaches who made y."""
        real = check_event(real, generated.shape[1:]).detach()
        generated = generated.detach()
        due = self.penalty > 0 and step % self.penalty_every == 0
        real.requires_grad_(due)
        generated.requires_grad_(due and self.penalised == "both")
        of_real, of_generated = critic(given, real), critic(given, generated)
        loss = critic_loss(of_real, of_generated, self.kind)
        if self.drift:
            loss = loss + self.drift * (of_real - of_generated).square().mean()
        weight = self.penalty_every * self.penalty / 2 * of_real[0].numel()
        for scores, pictures in ((of_real, real), (of_generated, generated)):
            if pictures.requires_grad:
                loss = loss + weight * gradient_penalty(scores, pictures)
        return loss


class PairGame(AdversarialModel):
    """A game of a generator of y for x and a critic of pairs. Lessons 04 and 09.

    latents, noise_channels: what the generator sees besides x: z as planes of one value
             each, then noise of every pixel's own
    options: of both players' Adam, under those of each

    A subclass defines `generator_loss`.
    """

    def __init__(self, generator: nn.Module, critic: nn.Module, latents: int,
                 noise_channels: int, loss: str, penalty: float, penalty_every: int,
                 options: dict[str, Any], generator_options: dict[str, Any] | None,
                 critic_options: dict[str, Any] | None):
        super().__init__(loss, penalty, penalty_every, {
            "generator": options | (generator_options or {}),
            "critic": options | (critic_options or {})})
        self.generator, self.critic = generator, critic
        self.latents = check_integer("latents", latents, 0)
        self.noise_channels = check_integer("noise_channels", noise_channels, 0)
        besides = self.latents + self.noise_channels
        self.y_shape = picture_shape(generator, "out_channels") or PICTURE
        self.given_shape = PICTURE
        channels = getattr(generator, "in_channels", None)
        if channels is not None:
            if channels <= besides:
                raise ValueError(f"the generator sees {channels} channels, of which "
                                 f"{besides} of latents and noise leave none for x; "
                                 f"build it with in_channels = channels of x + "
                                 f"{besides}.")
            self.given_shape = (channels - besides, *PICTURE[1:])

    def generate(self, given: Given, z: Tensor | None = None) -> Tensor:
        """Return y = g(x, z, ε), (batch, *y), with new ε and with gradients.

        z: (batch, latents); None draws it from N(0, I)
        Raises TypeError or ValueError, in a sentence, for another shape.
        """
        channels = self.seen(tensor_of(self.check_given(given)), z)
        return self.generator(channels).to(channels)

    def seen(self, given: Tensor, z: Tensor | None = None) -> Tensor:
        """Return what the generator sees: x, z as planes, and noise."""
        batch, _, height, width = given.shape
        like: dict[str, Any] = {"dtype": given.dtype, "device": given.device}
        z = (torch.randn(batch, self.latents, **like) if z is None else
             check_tensor("z", z, (batch, self.latents)).to(given))
        noise = torch.randn(batch, self.noise_channels, height, width, **like)
        planes = z[..., None, None].expand(-1, -1, height, width)
        return torch.cat([given, planes, noise], dim=1)

    def generator_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return what the generator pays for samples for these x."""
        raise NotImplementedError(f"{type(self).__name__} does not say its loss.")

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.generate(tile(given, n)).unflatten(0, (n, batch))

    def critic_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return the critic's loss of real pairs and generated ones, at this step.

        The pictures are drawn anew, so that each player's loss is a function of its
        own, which can be compiled, checked and resumed without the other's."""
        y, given = self.check_pair(y, given)
        with torch.no_grad():
            generated = self.generate(given)
        return self.critic_side(self.critic, given, y, generated, step)

    def players(self) -> list[Player]:
        return [self.player("generator", [self.generator], self.generator_loss),
                self.player("critic", [self.critic], self.critic_loss)]


def check_scores(alike: bool = False, **scores: Tensor | None) -> None:
    """Raise, in a sentence, unless all are floats of at least one example, and where
    they must be `alike`, of one shape."""
    for name, value in scores.items():
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise TypeError(f"{name} is {describe(value)}; give the critic's scores, a "
                            f"float tensor of shape (batch,).")
        if value.ndim == 0 or value.numel() == 0:
            raise ValueError(f"{name} is {describe(value)}; give the score of at least "
                             f"one example, batch first.")
    shapes = {value.shape for value in scores.values() if value is not None}
    if alike and len(shapes) > 1:
        each = " and ".join(f"{name} {describe(it)}" for name, it in scores.items())
        raise ValueError(f"the loss compares them one by one: {each}; give one of each "
                         f"for each sample.")
