"""What an experiment is: a model, its world, its training, and what is asked of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from course_lib.contract import ConditionalModel, seeded
from course_lib.datasets import TShirts
from course_lib.training import fit
from course_lib.training.checkpoints import load, under, write
from course_lib.training.history import History

Options = dict[str, Any]
STORED = Path(str(files("course_lib.experiments"))) / "stored"
SHIRTS = ("solid", "stripes", "real")            # the three worlds of the scoreboard

# Shirts that several experiments share, beside the solid ones, TShirts().
striped = partial(TShirts, "stripes")
small = partial(TShirts, size=16, channels="a")

GREY: Options = {"mean": 0.7, "std": 0.1}       # of the photos of shirts, about
AVERAGED: Options = {"schedule": "cosine", "average": 0.99}


@dataclass(frozen=True)
class Experiment:
    """A model, its world, how it is trained, and what is asked of it then.

    id:      short and lasting: its name in code and on the command line
    title:   its name in tables
    build:   makes the model, untrained
    measure: (model, world) -> {figure: value}, what docs/figures.md says of it
    steps:   of training
    world:   makes the world
    options: of `fit`, beside steps and seed
    fit:     trains the model on its world: `training.fit`, unless more belongs to it
    row:     its model's name on the scoreboard; "" for none
    row_on:  for which of the scoreboard's shirts it fills that row
    """

    id: str
    title: str
    build: Callable[[], ConditionalModel]
    measure: Callable[[Any, Any], dict[str, float]]
    steps: int
    world: Callable[[], Any] = TShirts
    options: Options = field(default_factory=dict)
    fit: Callable[..., History] = fit
    row: str = ""
    row_on: tuple[str, ...] = ()

    def train(self, seed: int = 0,
              **options: Any) -> tuple[ConditionalModel, Any, History]:
        """Return the trained model, its world and its history.

        seed:    of the first weights, the batches and all noise
        options: further ones of `fit`, or others than the experiment's
        """
        with seeded(seed):
            world, model = self.world(), self.build()
        options = {"steps": self.steps} | self.options | options
        return model, world, self.fit(model, world, seed=seed, **options)

    @property
    def path(self) -> Path:
        """Where the trained model lies, if one travels with the library."""
        return STORED / f"{self.id}.safetensors"

    def stored(self) -> Any:
        """Return the model as it was trained once, for longer than a lesson may take.

        Raises FileNotFoundError for an experiment whose model does not travel."""
        with seeded(0):
            return load(self.build(), self.path)

    def store(self, seed: int = 0, **options: Any) -> None:
        """Train the model and write it for `stored`, in 16 bits to be small."""
        model, _, _ = self.train(seed, **options)
        learned = dict(model.named_parameters())       # a codebook's cells stay exact
        weights = {name: tensor.half() if name in learned else tensor
                   for name, tensor in model.state_dict().items()}
        write(self.path, under("weights", weights), {"model": type(model).__name__})


def rising_and_falling(lr: float, **others: Any) -> Options:
    """Return options of `fit`: a rate that rises to `lr` and falls to 0."""
    return {"lr": lr, "schedule": "warmup-cosine"} | others
