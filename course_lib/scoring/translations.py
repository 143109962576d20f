"""What a translation without pairs is worth: is it the right one? Lesson 10.

    result = score(model, Conventions())           # this file does the work
    result.rms_to_hidden, result.right

Training never sees which y belongs to which x; the score does.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.checks import check_finite
from course_lib.contract import ConditionalModel
from course_lib.scoring.evidence import derive_seed
from course_lib.scoring.measure import Measure, mean_of, root_of
from course_lib.scoring.tabled import Tabled
from course_lib.training.history import History

COLUMNS = {                        # what a table calls each figure
    "space": "space", "rms_to_hidden": "rms to the hidden pair",
    "rms_of_copying": "of copying x", "right": "right rather than swapped",
    "cycle_loss": "cycle loss", "sampling_seconds": "s for 64",
    "parameters": "parameters", "steps": "steps", "training_seconds": "training s"}


@dataclass(frozen=True, repr=False)
class TranslationScore(Tabled):
    """How right a translation is; every `Measure` is (value, standard error).

    rms_to_hidden:  rms from the translation of x to the y that belongs to it, in units
                    of y;  rms_of_copying: the same of x itself; None where x and y have
                    different channels
    right:          the part of the pictures that are nearer to the right answer than to
                    the swapped one; None in a world without one
    cycle_loss:     |g(f(x)) - x| + |f(g(y)) - y|, each the mean over numbers; None for
                    a model that cannot go back
    sampling_seconds, parameters, steps, training_seconds: as in `Score`
    pictures, seed: how it was measured
    """

    name: str
    space: str
    rms_to_hidden: Measure
    rms_of_copying: Measure | None
    right: Measure | None
    cycle_loss: float | None
    sampling_seconds: Measure
    parameters: int
    steps: int | None
    training_seconds: float | None
    pictures: int
    seed: int

    COLUMNS = COLUMNS

    def counted(self) -> str:
        return f"{self.pictures} pictures"


@torch.no_grad()
def score_translations(model: ConditionalModel, world, pictures: int, samples: int,
                       seed: int, name: str, history: History | None,
                       sampling_seconds: Measure) -> TranslationScore:
    """Measure a translation on hidden pairs; see `score`, which calls it. One sample
    counts for each x, whatever `samples` says: a translator has one answer."""
    x, y = world.held_out(pictures)
    made = model.sample(given=x, n=1, seed=derive_seed(seed, "samples"))[0]
    made = check_finite(f"what {name} samples", made).float().cpu()
    off = square(made, y)
    return TranslationScore(
        name=name, space=f"{world.size}x{world.size}, {y.shape[1]} channels",
        rms_to_hidden=root_of(off),
        rms_of_copying=root_of(square(x, y)) if x.shape == y.shape else None,
        right=mean_of((off < square(made, world.swapped(x))).double())
        if hasattr(world, "swapped") else None,
        cycle_loss=model.cycle_loss(y, given=x).item()
        if hasattr(model, "cycle_loss") else None,
        sampling_seconds=sampling_seconds,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        steps=history.steps if history else None,
        training_seconds=history.seconds if history else None,
        pictures=pictures, seed=seed)


def square(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean square difference of each picture, (n,)."""
    return (one - other).square().flatten(1).mean(1)
