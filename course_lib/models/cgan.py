"""A conditional generative adversarial network. Lesson 04.

    y = g(x, z, ε),    z ~ N(0, I), one for a picture,    ε ~ N(0, I), one for a pixel

A generator g turns noise into samples, a critic d(x, y) says of pairs how real they
look, and each is trained against the other. With the best critic for every generator,
the generator's best answer is that its samples are drawn from p(y | x) itself.
"""

from typing import Any

from torch import Tensor, nn

from course_lib.checks import check_choice, check_number
from course_lib.contract import Given
from course_lib.models.adversarial import PairGame, mutual_information, reinforce_loss

OPTIONS = {"betas": (0.0, 0.99)}   # a game goes round in circles: momentum widens them


class ConditionalGAN(PairGame):
    """Samples of p(y | x) from a generator, which a critic of pairs has trained.

    generator: (batch, channels of x + latents + noise_channels, h, w) -> y; it sees x,
               then z as planes of one value each, then noise of every pixel's own
    critic:    d(x, y) -> (batch,), a score that is high for what looks real
    latents:   how many numbers z has; z must hold whatever x does not tell
    noise_channels: without them no noise of single pixels is within reach
    loss, penalty, penalty_every: see `AdversarialModel`
    penalised: "real", the penalty of real y alone (R1), or "both", of generated y too
    drift:     β; the critic also minimises β · (d(x, y) - d(x, g))²: it may tell real
               from generated, but not by ever more, which keeps the balance of the
               answers from swinging
    information: λ; a generator that chooses also pays λ · I, what its choice tells of
               x in nats, see `mutual_information`: a chance differs from shirt to shirt
               only where the critic goes on favouring it
    generator_options, critic_options: of each player's Adam, such as lr and betas

    A generator that chooses, such as `DiscreteLatentGenerator`, has a method `choose`
    besides, which returns y, what was chosen and the log-chances of all there was to
    choose; those are taught by `reinforce_loss`.

    There is no log_prob: one y comes from many z, and nobody can add them up.
    Sources: M. Mirza and S. Osindero, Conditional generative adversarial nets, 2014;
    T. Karras et al., Analyzing and improving the image quality of StyleGAN, 2020
    (the penalty every few steps); N. Huang et al., The GAN is dead; long live the GAN!,
    2024 (the relativistic loss with both penalties). Lesson 04.
    """

    def __init__(self, generator: nn.Module, critic: nn.Module, latents: int = 8,
                 noise_channels: int = 2, loss: str = "non_saturating",
                 penalty: float = 1.0, penalty_every: int = 4, penalised: str = "real",
                 drift: float = 0.0, information: float = 0.0,
                 generator_options: dict[str, Any] | None = None,
                 critic_options: dict[str, Any] | None = None):
        super().__init__(generator, critic, latents, noise_channels, loss, penalty,
                         penalty_every, OPTIONS, generator_options, critic_options)
        self.penalised = check_choice("penalised", penalised, ("real", "both"))
        self.drift = check_number("drift", drift, 0.0, 1e6)
        self.information = check_number("information", information, 0.0, 1e6)
        if self.information and not hasattr(generator, "choose"):
            raise ValueError(f"information is {information}, but the generator does "
                             f"not choose; give 0, or a `DiscreteLatentGenerator`.")

    def generator_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return the generator's loss of samples for these x."""
        y, x = self.check_pair(y, given)
        channels = self.seen(x)
        choose = getattr(self.generator, "choose", None)
        if choose is None:
            generated = self.generator(channels).to(y)
            return self.generator_side(self.critic, x, y, generated)
        generated, chosen, log_chances = choose(channels)
        paid = self.generator_side(self.critic, x, y, generated.to(y), each=True)
        log_chance = log_chances.gather(1, chosen[:, None])[:, 0]
        loss = paid.mean() + reinforce_loss(paid, log_chance)
        if self.information:
            loss = loss + self.information * mutual_information(log_chances)
        return loss
