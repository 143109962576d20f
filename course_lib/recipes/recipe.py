"""What a recipe is: a model, its world, and how it is trained."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from course_lib.contract import ConditionalModel, device_of, seeded
from course_lib.datasets import TShirts
from course_lib.models.fences import PriorAlone
from course_lib.training import fit
from course_lib.training.history import History

AVERAGED = {"schedule": "cosine", "average": 0.99}


@dataclass(frozen=True)
class Recipe:
    """A model, its world, and how it is trained.

    build:   makes the model, untrained
    steps:   of training
    world:   makes the world
    options: of `fit`, beside steps and seed
    """

    build: Callable[[], ConditionalModel]
    steps: int
    world: Callable[[], object] = TShirts
    options: dict = field(default_factory=dict)

    def train(self, seed: int = 0,
              **options) -> tuple[ConditionalModel, object, History]:
        """Return the trained model, its world and its history.

        seed:    of the first weights, the batches and all noise
        options: further ones of `fit`, or others than the recipe's
        """
        with seeded(seed):
            world, model = self.world(), self.build()
        options = {"steps": self.steps} | self.options | options
        return model, world, fit(model, world, seed=seed, **options)


@dataclass(frozen=True)
class ThenPrior(Recipe):
    """How a VAE is trained that is given another prior afterwards, trained alone.

    prior:         makes it, untrained
    prior_options: of its `fit`, where they differ from the first one's
    """

    prior: Callable[[], nn.Module] | None = None
    prior_options: dict = field(default_factory=dict)

    def train(self, seed: int = 0,
              **options) -> tuple[ConditionalModel, object, History]:
        """Return the trained model, its world and the history of the first training,
        whose seconds are those of both."""
        model, world, history = super().train(seed, **options)
        with seeded(seed):
            model.prior_over_latents = self.prior().to(device_of(model))
        again = {"steps": self.steps} | self.options | self.prior_options | options
        history.seconds += fit(PriorAlone(model), world, seed=seed + 1, **again).seconds
        return model, world, history


def rising_and_falling(lr: float, **others) -> dict:
    """Return options of `fit`: a rate that rises to `lr` and falls to 0."""
    return {"lr": lr, "schedule": "warmup-cosine"} | others
