"""A network trained before the model that is given what it says. Lesson 07."""

from typing import Any

from course_lib.checks import describe
from course_lib.contract import seeded
from course_lib.networks.embedding import TripletEmbedding
from course_lib.training import fit


def train_embedding(world: Any, features: int = 16, keep: float = 0.5, steps: int = 400,
                    seed: int = 0, progress: bool = False) -> TripletEmbedding:
    """Return an embedding of the images of `world`, trained by triplets of classes.

    world:    of class and image, such as Digits()
    features: numbers of a point
    keep:     how much more than the class it keeps, see `TripletEmbedding`
    seed:     of the first weights and the batches; the same one gives the same network
    On digits a few seconds on two cores. Give it to a model as x by
    `Embedded(world, embedding)`.
    """
    if not hasattr(world, "class_names") or len(getattr(world, "y_shape", ())) != 3:
        raise TypeError(f"world is {describe(world)}; give a world of class and image, "
                        f"Digits() or FashionMNIST().")
    with seeded(seed):
        embedding = TripletEmbedding(world.y_shape, features, keep=keep)
    fit(embedding, world, steps,  # type: ignore[arg-type]  # its players are enough
        schedule="cosine", seed=seed, progress=progress)
    return embedding
