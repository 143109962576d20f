"""The contract: what every conditional generative model of the course promises.

Everywhere x is what is given, y is what is predicted, and a model is a distribution
p(y | x) that can be sampled, and sometimes evaluated:

    model.sample(given=x, n=4, seed=0)   (4, batch, *y), draws from p(y | x)
    model.loss(y, given=x)               a scalar, what its first player minimises
    model.players()                      who minimises what: one player, or a game

and, only where the density is known exactly,

    model.log_prob(y, given=x)           (batch,), in nats, with gradients
    model(x)                             p(y | x), a `torch.distributions` object
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar, Protocol, TypeVar, cast, runtime_checkable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.distributions.constraints import Constraint

from course_lib.checks import check_integer, check_seed, check_tensor, describe

Given = Tensor | Mapping[str, "Given"] | None
Shape = tuple[int | str, ...]
PlayerLoss = Callable[[Tensor, Given, int], Tensor]
SomeGiven = TypeVar("SomeGiven", bound=Given)
Sizes = torch.Size | list[int] | tuple[int, ...]       # what torch takes for a shape


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
    options: dict[str, Any] = field(default_factory=dict)


class ConditionalModel(nn.Module):
    """A distribution p(y | x) that can be sampled and trained.

    A subclass defines `draw` and `loss`; a game overrides `players` as well.
    `given_shape` and `y_shape` say what one example looks like, with a word for a
    free dimension; None is not checked. `sample_options` are the keywords of `draw`,
    which `sample` takes too. Lesson 00.
    """

    given_shape: Shape | None = None
    y_shape: Shape | None = None
    sample_options: tuple[str, ...] = ()
    instead = "model.sample(given=x)"          # of model(x), where there is no density

    def forward(self, given: Given = None) -> Distribution:
        """Return p(y | x), where its density is known: see `LikelihoodModel`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no exact density, so that model(x) is no "
            f"distribution; call {self.instead}.")

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        """Return (n, batch, *y), n draws from p(y | x) for each of the batch."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw.")

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return the scalar that training makes small, for one batch of pairs."""
        raise NotImplementedError(f"{type(self).__name__} has no loss to minimise.")

    def players(self) -> list[Player]:
        """Return who minimises what; one player with all parameters by default."""
        return [Player("model", list(self.parameters()),
                       lambda y, given, step: self.loss(y, given=given))]

    @torch.no_grad()
    def sample(self, given: Given = None, n: int = 1, seed: int | None = None,
               batch: int | None = None, **how: Any) -> Tensor:
        """Return (n, batch, *y): n samples of p(y | x) for each x of the batch, in the
        model's precision.

        given: a tensor or a dict of tensors, batch first; None if unconditional
        seed:  makes the call repeatable and leaves the random state untouched
        batch: how many there are when nothing is given
        how:   the model's own options, which its `sample_options` name
        It is drawn in evaluation mode: dropout and batch statistics are those of use.
        Raises TypeError or ValueError, in a sentence, for anything else.
        """
        n, seed = check_integer("n", n, 1), check_seed(seed)
        self.check_options(how)
        given = self.check_given(given)
        batch = check_integer("batch", batch, 1) if given is None else size_of(given)
        with seeded(seed, device_of(self)), evaluating(self):
            drawn = self.draw(given, n, batch, **how)
        return to_device(drawn, device_of(self), dtype_of(self))

    def check_options(self, how: dict[str, Any]) -> None:
        """Raise TypeError, in a sentence, for an option that `draw` does not have."""
        for name in how.keys() - set(self.sample_options):
            known = ", ".join(self.sample_options) or "none"
            raise TypeError(f"{name} is no option of sampling from "
                            f"{type(self).__name__}; the options are: {known}.")

    def check_given(self, given: Given) -> Given:
        """Return `given`, checked, on the model's device and in its precision."""
        if self.given_shape is not None:
            check_tensor("given", given, ("batch", *self.given_shape))
        return to_device(given, device_of(self), dtype_of(self))

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and `given`, checked to be one batch, on the model's device."""
        given = self.check_given(given)
        shape = self.y_shape_for(given)
        if shape is not None:
            check_tensor("y", y, ("batch", *shape))
        check_one_each(y, given)
        return y.to(device_of(self)), given

    def y_shape_for(self, given: Given) -> Shape | None:
        """Return what one y looks like for what is given, which is checked."""
        return self.y_shape

    def shape_for(self, given: Given) -> tuple[int, ...]:
        """Return the shape of one y, whose free sides are those of x."""
        shape = self.y_shape_for(given)
        if shape is not None and isinstance(given, Tensor) and (
                given.ndim == len(shape) + 1):
            shape = tuple(have if isinstance(want, str) else want
                          for want, have in zip(shape, given.shape[1:]))
        if shape is None or any(isinstance(side, str) for side in shape):
            raise ValueError(f"the shape of y is {shape} to {type(self).__name__}, so "
                             f"that model(x) is not to be had; set its y_shape, or "
                             f"call log_prob and sample.")
        return cast(tuple[int, ...], shape)


class LikelihoodModel(ConditionalModel):
    """A model whose density is known exactly; its loss is the mean of -log p(y | x)."""

    def forward(self, given: Given = None) -> Distribution:
        """Return p(y | x): batch shape (batch,), or () where nothing is given, and an
        event is one y."""
        return self.distribution(self.check_given(given))

    def distribution(self, given: Given) -> Distribution:
        """Return the same for what is checked already."""
        return ModelDistribution(self, given)

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return log p(y | x) of each pair of the batch, (batch,), in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no exact density.")

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        return -self.log_prob(y, given=given).mean()


class DistributionModel(LikelihoodModel):
    """A model that says what p(y | x) is by one of the distributions there are.

    A subclass defines `distribution`: batch shape (batch,), event shape that of y.
    Everything else follows: model(x), log_prob, sample and loss.
    """

    def distribution(self, given: Given) -> Distribution:
        raise NotImplementedError(f"{type(self).__name__} does not say what p is.")

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, given = self.check_pair(y, given)
        density = self.distribution(given)
        return density.log_prob(check_event(y, density.event_shape))

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.distribution(given).sample(torch.Size([n]))


class ModelDistribution(Distribution):
    """p(y | x) of a model that knows it in its own way: what model(x) returns.

    model: its log_prob and sample are borrowed
    given: x, one for each place of the batch shape; None if unconditional
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(self, model: LikelihoodModel, given: Given,
                 batch_shape: tuple[int, ...] | None = None):
        self.model, self.given = model, given
        if batch_shape is None:
            batch_shape = () if given is None else (size_of(given),)
        super().__init__(torch.Size(batch_shape), torch.Size(model.shape_for(given)),
                         validate_args=False)

    def __repr__(self) -> str:
        return (f"ModelDistribution({type(self.model).__name__}, batch_shape: "
                f"{tuple(self.batch_shape)}, event_shape: {tuple(self.event_shape)})")

    def expand(self, batch_shape: Sizes,
               _instance: Any = None) -> "ModelDistribution":
        here = torch.arange(self.batch_shape.numel()).view(self.batch_shape)
        which = here.expand(batch_shape).flatten()
        return ModelDistribution(self.model, map_tensors(
            lambda x: x[which.to(x.device)], self.given), tuple(batch_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log p(value | x), with gradients; see `LikelihoodModel.log_prob`."""
        before = value.shape[:max(0, value.ndim - len(self.event_shape))]
        y = value.reshape(-1, *value.shape[len(before):])
        check_event(y, self.event_shape)
        shape = torch.broadcast_shapes(before, self.batch_shape)
        y = value.expand(*shape, *self.event_shape).reshape(-1, *self.event_shape)
        return self.model.log_prob(y, given=self.expand(shape).given).view(shape)

    def sample(self, sample_shape: Sizes = ()) -> Tensor:
        """Return draws, (*sample_shape, *batch_shape, *event_shape)."""
        drawn = self.model.sample(self.given, torch.Size(sample_shape).numel(),
                                  batch=self.batch_shape.numel())
        return drawn.view(*sample_shape, *self.batch_shape, *self.event_shape)


def check_event(y: Tensor, shape: torch.Size) -> Tensor:
    """Return y if each example has `shape`: broadcasting would hide a mistake."""
    if y.shape[1:] != shape:
        raise ValueError(f"y is {describe(y)} and the model predicts (batch, "
                         f"{', '.join(map(str, shape))}); give y that shape, or the "
                         f"model a network for this one.")
    return y


def device_of(module: nn.Module) -> torch.device:
    """Return where the module's parameters and buffers are; the CPU if it has none."""
    for tensor in chain(module.parameters(), module.buffers()):     # the first will do
        return tensor.device
    return torch.device("cpu")


def dtype_of(module: nn.Module) -> torch.dtype | None:
    """Return the precision of the module's parameters; None if it has none."""
    for parameter in module.parameters():
        if parameter.is_floating_point():
            return parameter.dtype
    return None


def tensor_of(given: Given) -> Tensor:
    """Return what is given, if it is one tensor; raises TypeError otherwise."""
    if not isinstance(given, Tensor):
        raise TypeError(f"given is {describe(given)}; give one tensor, batch first.")
    return given


def size_of(given: Given, name: str = "given") -> int:
    """Return how many examples `given` holds; its tensors must agree."""
    if isinstance(given, Mapping):
        sizes = {key: size_of(part, key) for key, part in given.items()}
        if len(set(sizes.values())) != 1:
            raise ValueError(f"{name} holds {sizes} examples; give dict entries of "
                             f"equal length, and at least one entry.")
        return next(iter(sizes.values()))
    if not isinstance(given, Tensor) or given.ndim == 0 or len(given) == 0:
        raise TypeError(f"{name} is {describe(given)}; give a tensor with at least one "
                        f"example, batch first.")
    return len(given)


def check_one_each(y: Tensor, given: Given) -> None:
    """Raise ValueError, in a sentence, unless there is one x for each y."""
    if given is not None and len(y) != size_of(given):
        raise ValueError(f"y holds {len(y)} examples and given {size_of(given)}; give "
                         f"one x for each y.")


def map_tensors(function: Callable[[Tensor], Tensor], given: SomeGiven) -> SomeGiven:
    """Return `given` with every tensor in it replaced by what `function` makes of it.
    """
    if isinstance(given, Mapping):
        parts = {name: map_tensors(function, part) for name, part in given.items()}
        return cast(SomeGiven, parts)
    return cast(SomeGiven, function(given)) if isinstance(given, Tensor) else given


def to_device(given: SomeGiven, device: torch.device,
              dtype: torch.dtype | None = None) -> SomeGiven:
    """Return `given` with every tensor on `device`, and real numbers as `dtype`."""
    return map_tensors(lambda tensor: tensor.to(
        device, dtype if tensor.is_floating_point() else None), given)


def at_least_32_bits(given: SomeGiven) -> SomeGiven:
    """Return numbers of 16 bits, as autocast gives them, in 32, and all others as they
    are: what follows adds up many of them."""
    return map_tensors(lambda numbers: numbers.float() if numbers.dtype in (
        torch.float16, torch.bfloat16) else numbers, given)


def tile(given: SomeGiven, n: int) -> SomeGiven:
    """Return `given` n times over, (n * batch, ...), so that a result viewed as
    (n, batch, ...) has the n samples of one x below each other."""
    return map_tensors(lambda x: x.repeat(n, *(1,) * (x.ndim - 1)), given)


def repeat_interleave(given: SomeGiven, n: int) -> SomeGiven:
    """Return every x of `given` n times in a row, (batch * n, ...), so that a result
    viewed as (batch, n, ...) has the n of one x beside each other."""
    return map_tensors(lambda x: x.repeat_interleave(n, 0), given)


def split(given: SomeGiven, size: int) -> list[SomeGiven]:
    """Return `given` in parts of at most `size` examples."""
    def part(start: int) -> SomeGiven:
        return map_tensors(lambda x: x[start:start + size], given)

    return [part(start) for start in range(0, size_of(given), size)]


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module in evaluation mode inside the block, and back after it."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


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
        seed_generators(seed, device)
        yield


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed the CPU's random numbers and the device's: what `torch.manual_seed` does,
    which for each kind of GPU that is not there takes the time of a small step."""
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        kind = torch.get_device_module(device)
        with getattr(kind, "device", nullcontext)(device):
            kind.manual_seed(seed)


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
    def given_shape(self) -> tuple[int | str, ...] | None:
        """The shape of one x; None for a dict, and where nothing is given."""
        ...

    @property
    def y_shape(self) -> tuple[int | str, ...]:
        """The shape of one y."""
        ...

    def held_out(self, n: int = 256) -> tuple[Given, Tensor]:
        """Return n fixed pairs of the test split, the first ones of a longer list."""
        ...
