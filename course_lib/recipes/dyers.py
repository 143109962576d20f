"""A recipe without pairs, for shirts: what the scoreboard says of a CycleGAN."""

from dataclasses import dataclass

from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets import GreyAndDyed, TShirts
from course_lib.models.cyclegan import CycleGAN
from course_lib.models.dyer import Dyer
from course_lib.networks import ColorMap, PatchGAN, UNet
from course_lib.recipes.recipe import Recipe
from course_lib.training import fit
from course_lib.training.history import History


@dataclass(frozen=True)
class WithoutPairs(Recipe):
    """How a model of shirts is trained that sees grey photos and dyed shirts, and never
    which belong together."""

    def train(self, seed: int = 0,
              **options) -> tuple[ConditionalModel, object, History]:
        """Return the trained model of chroma, its shirts and its history."""
        with seeded(seed):
            shirts, translator = self.world(), self.build()
        unpaired = GreyAndDyed(shirts.size, shirts.seed, shirts.pattern, shirts.shirts)
        options = {"steps": self.steps} | self.options | options
        history = fit(translator, unpaired, seed=seed, **options)
        return Dyer(translator), shirts, history


def dyer_and_bleacher() -> CycleGAN:
    """Return two translators. The bleacher sees single pixels, so that no dye can be
    hidden in a pattern of grey; the cycle counts little, since it cannot close."""
    grey = {"mean": 0.7, "std": 0.1}
    return CycleGAN(
        UNet(1, 3, (16, 32), direct=True, **grey), ColorMap(3, 1, kept=1),
        PatchGAN(0, 1, 16, width=16, **grey),
        PatchGAN(0, 3, 16, width=16, std=0.5),
        cycle_weight=1.0, penalty=0.003)


DYERS = {
    "CycleGAN, grey shirts": WithoutPairs(
        dyer_and_bleacher, 1000, TShirts,
        {"batch_size": 4, "schedule": "cosine", "average": 0.98}),
}
