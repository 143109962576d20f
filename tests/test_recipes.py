"""Facts about the recipes: every one builds a model that fits its world."""

import pytest

from course_lib.measurements import MEASURES
from course_lib.recipes import RECIPES

every_recipe = pytest.mark.parametrize("name", RECIPES)


def test_every_recipe_is_measured():
    assert RECIPES.keys() == MEASURES.keys()


@every_recipe
def test_a_recipe_trains_a_model_that_samples_what_its_world_holds(name):
    model, world, history = RECIPES[name].train(
        steps=1, batch_size=2, device="cpu", progress=False)
    x, y = world.held_out(2)
    assert history.steps == 1
    batch = len(y) if x is None else None
    assert model.sample(given=x, n=3, seed=0, batch=batch).shape == (3, *y.shape)


@every_recipe
def test_a_recipe_gives_the_same_weights_for_the_same_seed_and_others_for_another(name):
    def weights(seed: int):
        model, _, _ = RECIPES[name].train(seed, steps=1, batch_size=2, device="cpu",
                                          progress=False)
        return [p.detach() for p in model.parameters()]

    one, again, other = weights(0), weights(0), weights(1)
    assert all(p.equal(q) for p, q in zip(one, again, strict=True))
    assert any(not p.equal(q) for p, q in zip(one, other, strict=True))
