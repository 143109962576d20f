"""How each model of the course is built and trained: its lesson's recipe, one by one.

    model, world, history = RECIPES["softmax, k = 10, 16 x 16"].train(seed=0)

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

from course_lib.recipes.diffusion import DIFFUSION
from course_lib.recipes.dyers import DYERS
from course_lib.recipes.pixels import PIXELS
from course_lib.recipes.recipe import Recipe, ThenPrior
from course_lib.recipes.structured import STRUCTURED
from course_lib.recipes.translation import TRANSLATION
from course_lib.recipes.whole import WHOLE

RECIPES = WHOLE | PIXELS | DIFFUSION | TRANSLATION | DYERS | STRUCTURED

__all__ = ["RECIPES", "Recipe", "ThenPrior"]
