"""A small library for a course on conditional generative models.

    from course_lib import fit, score
    from course_lib.datasets import TShirts
    from course_lib.models.point_prediction import Gaussian
    from course_lib.networks import ImageToImage

    world = TShirts()                              # pairs (x, y), and the true p(y | x)
    model = Gaussian(ImageToImage(1, 4, mean=0.7, std=0.1))      # a model is p(y | x)
    history = fit(model, world, steps=1000)        # one fit trains all of them
    score(model, world)                            # how far from the truth it is

Where things are:

    contract       what every model and every world promises
    distributions  pixelwise distributions; from numbers to classes and back
    networks       from tensors to tensors, with no notion of probability
    models         one file or folder a family
    datasets       the worlds, and the truth about them
    training       fit;  scoring  score
    experiments    one registry: what is built, how it is trained, what is measured
    teaching       what only lessons use: figures, widgets, exercises, claims
    commands       python -m course_lib check, lab, lessons, benchmarks, scoreboard

The names below are loaded when they are first used, so that `python -m course_lib
check` can still say what is wrong on a machine where torch does not load.
"""

from importlib import import_module

__version__ = "0.2.0"

HOMES = {
    "ConditionalModel": "contract", "LikelihoodModel": "contract",
    "DistributionModel": "contract", "AdversarialModel": "models.adversarial",
    "Player": "contract",
    "fit": "training", "History": "training",
    "score": "scoring", "Score": "scoring",
}

__all__ = list(HOMES)


def __getattr__(name: str):
    if name not in HOMES:
        raise AttributeError(f"course_lib has no {name}; it offers "
                             f"{', '.join(HOMES)}, and its modules.")
    return getattr(import_module(f"course_lib.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
