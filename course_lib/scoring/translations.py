"""What a translation without pairs is worth: is it the right one? Lesson 10.

    result = score(model, Conventions())           # this file does the work
    result.rms_to_hidden, result.right

Training never sees which y belongs to which x; the score does.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_lib.checks import check_finite
from course_lib.contract import ConditionalModel
from course_lib.datasets.unpaired import Conventions, UnpairedWorld
from course_lib.scoring.estimate import Estimate, mean_of, root_of
from course_lib.scoring.evidence import derive_seed
from course_lib.scoring.tabled import COSTS, BaseScore

COLUMNS = {                        # what a table calls each figure
    "space": "space", "rms_to_hidden": "rms to the hidden pair",
    "rms_of_copying": "of copying x", "right": "right rather than swapped",
    "cycle_loss": "cycle loss", **COSTS}


@dataclass(frozen=True, repr=False, kw_only=True)
class TranslationScore(BaseScore):
    """How right a translation is; every `Estimate` is (value, standard error).

    rms_to_hidden:  rms from the translation of x to the y that belongs to it, in units
                    of y;  rms_of_copying: the same of x itself; None where x and y have
                    different channels
    right:          the part of the pictures that are nearer to the right answer than to
                    the swapped one; None in a world without one
    cycle_loss:     |f(g(x)) - x| + |g(f(y)) - y|, each the mean over numbers; None for
                    a model that cannot go back
    The rest is as in `BaseScore`; one sample counts for each example.
    """

    COLUMNS = COLUMNS
    COUNTED = "pictures"

    space: str
    rms_to_hidden: Estimate
    rms_of_copying: Estimate | None
    right: Estimate | None
    cycle_loss: float | None


@torch.no_grad()
def score_translations(model: ConditionalModel, world: UnpairedWorld,
                       about: BaseScore) -> TranslationScore:
    """Measure a translation on hidden pairs; see `score`, which calls it."""
    about = replace(about, samples=1)          # a translator has one answer
    x, y = world.held_out(about.examples)
    made = model.sample(given=x, n=1, seed=derive_seed(about.seed, "samples"))[0]
    made = check_finite(f"what {about.name} samples", made).float().cpu()
    off = square(made, y)
    return TranslationScore(
        **vars(about), space=f"{world.size}x{world.size}, {y.shape[1]} channels",
        rms_to_hidden=root_of(off),
        rms_of_copying=root_of(square(x, y)) if x.shape == y.shape else None,
        right=mean_of((off < square(made, world.swapped(x))).double())
        if isinstance(world, Conventions) else None,
        cycle_loss=model.cycle_loss(y, given=x).item()
        if hasattr(model, "cycle_loss") else None)


def square(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean square difference of each picture, (n,)."""
    return (one - other).square().flatten(1).mean(1)
