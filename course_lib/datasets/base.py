"""What the worlds share: settings that never change, and batches that are drawn."""

from inspect import signature
from typing import Any

from torch import Tensor

from course_lib.checks import check_choice, check_integer, check_seed, describe
from course_lib.contract import Given, seeded

SPLITS = ("train", "test")


class Fixed:
    """What is made once: each public attribute can be set a single time.

    Held-out pairs, a truth and what scores found out about it are kept for a world.
    They would be of another one if its settings changed.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and (
                name in vars(self) or hasattr(type(self), name)):
            raise AttributeError(
                f"{name} of a {type(self).__name__} cannot become {describe(value)}: "
                f"its truth and its held-out pairs go by what it was; make a new one.")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        settings = [f"{getattr(self, name)!r}" if parameter.default is parameter.empty
                    else f"{name}={getattr(self, name)!r}"
                    for name, parameter in signature(type(self)).parameters.items()]
        return f"{type(self).__name__}({', '.join(settings)})"


class BaseWorld(Fixed):
    """A world, see `contract.World`; a subclass says how a batch is drawn."""

    def draw_batch(self, n: int, split: str) -> tuple[Given, Tensor]:
        """Return n pairs x, y, by torch's global random state."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def batch(self, n: int, split: str = "train",
              seed: int | None = None) -> tuple[Given, Tensor]:
        """Return n pairs x, y.

        split: "train" or "test", which have no pair in common
        seed:  the same one gives the same pairs; None draws from torch's global
               random state
        Raises TypeError or ValueError, in a sentence, for anything else.
        """
        check_integer("n", n, 1)
        check_choice("split", split, SPLITS)
        with seeded(check_seed(seed)):
            return self.draw_batch(n, split)


def check_held_out(n: int, most: int | None = None) -> int:
    """Return n if a world has so many held-out pairs; raises in a sentence if not."""
    return check_integer("the number of held-out examples", n, 1, most)
