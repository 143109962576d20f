"""How each model of the course is built and trained: its lesson's recipe, one by one.

    model, world, history = RECIPES["softmax, k = 10, 16 x 16"].train(seed=0)

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets import TShirts
from course_lib.models.joint_structure import ConditionalRandomField
from course_lib.models.point_prediction import GaussianMixture, PointPredictor
from course_lib.models.softmax import Softmax
from course_lib.networks import ImageToImage
from course_lib.quantization import Quantizer
from course_lib.training import fit
from course_lib.training.history import History


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


def solid() -> TShirts:
    """Return the solid shirts."""
    return TShirts()


def small() -> TShirts:
    """Return solid shirts of 16 x 16 pixels, with the first chroma channel alone."""
    return TShirts(size=16, channels="a")


def rising_and_falling(lr: float, **others) -> dict:
    """Return options of `fit`: a rate that rises to `lr` and falls to 0."""
    return {"lr": lr, "schedule": "warmup-cosine"} | others


def softmax(levels: int) -> Callable[[], Softmax]:
    """Return what makes a softmax over `levels` bins of a."""
    return lambda: Softmax(ImageToImage(1, levels), Quantizer(levels=levels))


RECIPES = {
    "L2": Recipe(lambda: PointPredictor(ImageToImage(1, 2)), 1000, solid,
                 rising_and_falling(3e-3)),
    "L1": Recipe(lambda: PointPredictor(ImageToImage(1, 2), "l1"), 600, solid,
                 rising_and_falling(3e-3)),
    "mixture of 2": Recipe(lambda: GaussianMixture(ImageToImage(1, 10)), 600, solid,
                           rising_and_falling(5e-3)),
    "softmax, k = 10, 16 x 16": Recipe(softmax(10), 800, small,
                                       rising_and_falling(5e-3)),
    "softmax, k = 256, 16 x 16": Recipe(softmax(256), 800, small,
                                        rising_and_falling(5e-3)),
    "random field": Recipe(
        lambda: ConditionalRandomField(ImageToImage(1, 7, width=32)), 400, solid,
        rising_and_falling(4e-3)),
}
