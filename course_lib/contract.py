"""The contract: what every conditional generative model of the course promises.

Everywhere x is what is given, y is what is predicted, and a model is a distribution
p(y | x) that can be sampled, and sometimes evaluated:

    model.sample(given=x, n=4, seed=0)   (4, batch, *y), draws from p(y | x)
    model.log_prob(y, given=x)           (batch,), in nats, only where it is exact
    model.loss(y, given=x)               a scalar, what its first player minimises
    model.players()                      who minimises what: one player, or a game
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from course_lib.checks import check_integer, check_seed, check_tensor, describe

Given = Tensor | dict[str, Tensor] | None
PlayerLoss = Callable[[Tensor, Given, int], Tensor]


@dataclass(frozen=True)
class Player:
    """One who takes part in training: parameters, and the loss they minimise.

    name:       how histories and messages call it
    parameters: the parameters that its turn changes, and no other turn
    loss:       loss(y, given, step) -> scalar, of a batch at a training step
    options:    of its optimiser, where they differ from those of `fit` (lr, betas)
    """

    name: str
    parameters: list[nn.Parameter]
    loss: PlayerLoss
    options: dict = field(default_factory=dict)


class ConditionalModel(nn.Module):
    """A distribution p(y | x) that can be sampled and trained.

    A subclass defines `draw` and `loss`; a game overrides `players` as well.
    `given_shape` and `y_shape` say what one example looks like, with a word for a
    free dimension; None is not checked. Lesson 00.
    """

    given_shape: tuple | None = None
    y_shape: tuple | None = None

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        """Return (n, batch, *y), n draws from p(y | x) for each of the batch."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def loss(self, y: Tensor, given: Given = None) -> Tensor:
        """Return the scalar that training makes small, for one batch of pairs."""
        raise NotImplementedError(f"{type(self).__name__} has no loss to minimise.")

    def players(self) -> list[Player]:
        """Return who minimises what; one player with all parameters by default."""
        return [Player("model", list(self.parameters()),
                       lambda y, given, step: self.loss(y, given=given))]

    @torch.no_grad()
    def sample(self, given: Given = None, n: int = 1, seed: int | None = None,
               batch: int | None = None) -> Tensor:
        """Return (n, batch, *y): n samples of p(y | x) for each x of the batch.

        given: a tensor or a dict of tensors, batch first; None if unconditional
        seed:  makes the call repeatable and leaves the random state untouched
        batch: how many there are when nothing is given
        Raises TypeError or ValueError, in a sentence, for anything else.
        """
        check_integer("n", n, 1)
        check_seed(seed)
        given = self.check_given(given)
        batch = check_integer("batch", batch, 1) if given is None else size_of(given)
        with seeded(seed, device_of(self)):
            return self.draw(given, n, batch)

    def check_given(self, given: Given) -> Given:
        """Return `given`, checked, on the model's device and in its precision."""
        if self.given_shape is not None:
            check_tensor("given", given, ("batch", *self.given_shape))
        return to_device(given, device_of(self), dtype_of(self))

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and `given`, checked to be one batch, on the model's device."""
        given = self.check_given(given)
        if self.y_shape is not None:
            check_tensor("y", y, ("batch", *self.y_shape))
        check_one_each(y, given)
        return y.to(device_of(self)), given


class LikelihoodModel(ConditionalModel):
    """A model whose density is known exactly; its loss is the mean of -log p(y | x)."""

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        """Return log p(y | x) of each pair of the batch, (batch,), in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no exact density.")

    def loss(self, y: Tensor, given: Given = None) -> Tensor:
        return -self.log_prob(y, given=given).mean()


class DistributionModel(LikelihoodModel):
    """A model whose `forward(x)` is a `torch.distributions` object over y.

    Its batch shape is (batch,) and its event shape that of y; everything else
    follows: log_prob, sample and loss.
    """

    def forward(self, given: Given) -> Distribution:
        """Return p(y | x) for the batch."""
        raise NotImplementedError(f"{type(self).__name__} does not say what p is.")

    def log_prob(self, y: Tensor, given: Given = None) -> Tensor:
        y, given = self.check_pair(y, given)
        density = self(given)
        check_event(y, density.event_shape)
        return density.log_prob(y)

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self(given).sample((n,))


class AdversarialModel(ConditionalModel):
    """A generator and a critic, each minimising its own loss. Lesson 04.

    A subclass sets the modules `generator` and `critic` and defines their losses.
    The first player is the generator, so `loss` is the generator's.
    """

    generator: nn.Module
    critic: nn.Module

    def generator_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return what the generator minimises; no gradient may reach the critic's
        parameters through `fit`, which freezes them during this turn."""
        raise NotImplementedError(f"{type(self).__name__} has no generator loss.")

    def critic_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        """Return what the critic minimises, with the generated y detached."""
        raise NotImplementedError(f"{type(self).__name__} has no critic loss.")

    def loss(self, y: Tensor, given: Given = None) -> Tensor:
        return self.generator_loss(y, given)

    def players(self) -> list[Player]:
        return [Player("generator", list(self.generator.parameters()),
                       self.generator_loss),
                Player("critic", list(self.critic.parameters()), self.critic_loss)]


def check_event(y: Tensor, shape: torch.Size) -> Tensor:
    """Return y if each example has `shape`: broadcasting would hide a mistake."""
    if y.shape[1:] != shape:
        raise ValueError(f"y is {describe(y)} and the model predicts (batch, "
                         f"{', '.join(map(str, shape))}); give y that shape, or the "
                         f"model a network for this one.")
    return y


def device_of(module: nn.Module) -> torch.device:
    """Return where the module's parameters and buffers are; the CPU if it has none."""
    for tensor in (*module.parameters(), *module.buffers()):
        return tensor.device
    return torch.device("cpu")


def dtype_of(module: nn.Module) -> torch.dtype | None:
    """Return the precision of the module's parameters; None if it has none."""
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), None)


def size_of(given: Tensor | dict[str, Tensor]) -> int:
    """Return how many examples `given` holds; its tensors must agree."""
    tensors = given if isinstance(given, dict) else {"given": given}
    sizes = {}
    for name, tensor in tensors.items():
        if not isinstance(tensor, dict) and (
                not isinstance(tensor, Tensor) or tensor.ndim == 0 or len(tensor) == 0):
            raise TypeError(f"{name} is {describe(tensor)}; give a tensor with at "
                            f"least one example, batch first.")
        sizes[name] = size_of(tensor) if isinstance(tensor, dict) else len(tensor)
    if len(set(sizes.values())) != 1:
        raise ValueError(f"given holds {sizes} examples; give dict entries of equal "
                         f"length, and at least one entry.")
    return next(iter(sizes.values()))


def check_one_each(y: Tensor, given: Given) -> None:
    """Raise ValueError, in a sentence, unless there is one x for each y."""
    if given is not None and len(y) != size_of(given):
        raise ValueError(f"y holds {len(y)} examples and given {size_of(given)}; give "
                         f"one x for each y.")


def to_device(given: Given, device: torch.device,
              dtype: torch.dtype | None = None) -> Given:
    """Return `given` with every tensor on `device`, and real numbers as `dtype`."""
    if isinstance(given, dict):
        return {name: to_device(tensor, device, dtype)
                for name, tensor in given.items()}
    if not isinstance(given, Tensor):
        return given
    return given.to(device, dtype if given.is_floating_point() else None)


def repeat(given: Given, n: int) -> Given:
    """Return `given` n times over, (n * batch, ...), so that a result viewed as
    (n, batch, ...) has the n samples of one x below each other."""
    if isinstance(given, dict):
        return {name: repeat(tensor, n) for name, tensor in given.items()}
    if given is None:
        return None
    return given.repeat(n, *(1,) * (given.ndim - 1))


def repeat_each(given: Given, n: int) -> Given:
    """Return every x of `given` n times in a row, (batch * n, ...), so that a result
    viewed as (batch, n, ...) has the n of one x beside each other."""
    if isinstance(given, dict):
        return {name: repeat_each(tensor, n) for name, tensor in given.items()}
    return None if given is None else given.repeat_interleave(n, 0)


def split(given: Given, size: int) -> list[Given]:
    """Return `given` in parts of at most `size` examples."""
    if not isinstance(given, dict):
        return list(given.split(size))
    parts = [split(tensor, size) for tensor in given.values()]
    return [dict(zip(given, part)) for part in zip(*parts)]


@contextmanager
def seeded(seed: int | None, device: torch.device | str = "cpu") -> Iterator[None]:
    """Run a block on its own random numbers and leave the global state untouched.

    With seed None the block draws from the global state, as if this were not here.
    Only the generators of the CPU and of `device` are touched: a world that draws on
    the CPU, with a seed, must not reset the noise of a model that trains on a GPU.
    """
    if seed is None:
        yield
        return
    device = torch.device(device)
    forked = {} if device.type == "cpu" else {"device_type": device.type}
    with torch.random.fork_rng([device] if forked else [], **forked):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        elif device.type == "mps":
            torch.mps.manual_seed(seed)
        yield


@runtime_checkable
class BatchSource(Protocol):
    """What `fit` needs of a world: pairs to train on, batch by batch."""

    def batch(self, n: int, split: str = "train",
              seed: int | None = None) -> tuple[Given, Tensor]:
        """Return n pairs x, y, each (n, ...); the same seed gives the same pairs, and
        None draws from torch's global random state."""
        ...


@runtime_checkable
class World(BatchSource, Protocol):
    """What `score` and the lessons need of a world besides: the shape of one example,
    as in `ConditionalModel`, and the pairs that every model is held against."""

    @property
    def given_shape(self) -> tuple | None:
        """The shape of one x; None for a dict, and where nothing is given."""
        ...

    @property
    def y_shape(self) -> tuple:
        """The shape of one y."""
        ...

    def held_out(self, n: int = 256) -> tuple[Given, Tensor]:
        """Return n fixed pairs of the test split, the first ones of a longer list."""
        ...
