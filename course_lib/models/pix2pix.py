"""From image to image with a learned loss: pix2pix. Lesson 09.

    y = g(x),    g minimises  w · generator_loss(d(x, g(x))) + v · |y - g(x)|

An L1 loss knows what is where and blurs what it cannot know; a critic of patches knows
what looks real, and asks for texture.
"""

from typing import Any

from torch import Tensor, nn

from course_lib.checks import check_number
from course_lib.contract import Given, Player, check_event
from course_lib.models.adversarial import PairGame

OPTIONS = {"lr": 1e-3, "betas": (0.5, 0.99)}    # of each player's Adam


class Pix2Pix(PairGame):
    """One answer a picture, or a few, from a generator that critics of patches trained.

    generator:  (batch, channels of x + noise_channels, h, w) -> y, such as a `UNet`
    critic:     (x, y) -> scores, (batch, down, across), such as a `PatchGAN`
    adversarial_weight, l1_weight: of the two parts of the generator's loss. With
                weight 0 a part is not computed: without the first this is L1 alone
    noise_channels: of noise beside x, a number a pixel; 0: none, and one answer
    loss, penalty, penalty_every: see `AdversarialModel`
    generator_options, critic_options: of each player's Adam, such as lr and betas
    Source: P. Isola et al., Image-to-image translation with conditional adversarial
    networks, 2017. Lesson 09.
    """

    def __init__(self, generator: nn.Module, critic: nn.Module,
                 adversarial_weight: float = 1.0, l1_weight: float = 100.0,
                 noise_channels: int = 0, loss: str = "non_saturating",
                 penalty: float = 1.0, penalty_every: int = 4,
                 generator_options: dict[str, Any] | None = None,
                 critic_options: dict[str, Any] | None = None):
        super().__init__(generator, critic, 0, noise_channels, loss, penalty,
                         penalty_every, OPTIONS, generator_options, critic_options)
        self.adversarial_weight = check_number("adversarial_weight", adversarial_weight,
                                               0.0, 1e6)
        self.l1_weight = check_number("l1_weight", l1_weight, 0.0, 1e6)
        if not self.adversarial_weight + self.l1_weight:
            raise ValueError("adversarial_weight and l1_weight are both 0; give one "
                             "that is not, or there is nothing to learn.")

    def generator_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return the weighted sum of what the critic says and of the L1 distance, each
        a mean: over patches, and over the numbers of y."""
        y, given = self.check_pair(y, given)
        generated = self.generate(given)
        check_event(y, generated.shape[1:])
        loss = generated.new_zeros(())
        if self.l1_weight:
            loss = loss + self.l1_weight * (y - generated).abs().mean()
        if self.adversarial_weight:
            loss = loss + self.adversarial_weight * self.generator_side(
                self.critic, given, y, generated)
        return loss

    def players(self) -> list[Player]:
        return super().players()[:2 if self.adversarial_weight else 1]
