"""Data of one's own for `fit`: whatever gives pairs (x, y), made into batches.

x is what is given and y what is predicted, in this order, as a world returns them. A
dataset of (picture, label) therefore trains p(label | picture); for p(picture | label)
give its pairs swapped, for instance [(label, picture) for picture, label in dataset].
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset, IterableDataset, default_collate

from course_lib.checks import describe
from course_lib.contract import BatchSource, Given, seeded, size_of

Pair = tuple[Given, Tensor]
Data = BatchSource | Dataset[Any] | Iterable[Any]


class Examples:
    """A dataset or a list of single pairs: every batch draws its pairs anew from its
    seed, with replacement, so that a run can be resumed to the bit."""

    def __init__(self, data: Sequence[Any]):
        self.data = data

    def batch(self, n: int, split: str = "train", seed: int | None = None) -> Pair:
        with seeded(seed):
            places = torch.randint(len(self.data), (n,)).tolist()
        xs, ys = zip(*(check_two(self.data[place]) for place in places), strict=True)
        try:
            x = None if xs[0] is None else default_collate(list(xs))
            return x, default_collate(list(ys))
        except (TypeError, RuntimeError) as error:
            raise TypeError(f"Examples of the data make no batch ({error}); give "
                            f"tensors of one shape, pictures for instance by "
                            f"transform=ToTensor().") from None


class Batches:
    """An iterable of batches, such as a DataLoader or a list: in its own order, of its
    own size, from the beginning again at its end.

    A resumed run first draws again, and drops, the batches of the steps before. They
    are the same ones, also where a DataLoader shuffles, since `fit` seeds torch's
    random numbers for each batch; not if it has a `generator` of its own.
    """

    def __init__(self, data: Iterable[Any]):
        self.data, self.drawn = data, 0
        self.batches: Iterator[Any] = iter(())

    def batch(self, n: int, split: str = "train", seed: int | None = None) -> Pair:
        for _ in range(2):
            for batch in self.batches:
                self.drawn += 1
                x, y = check_two(batch)
                return x, y
            self.batches = iter(self.data)
        raise ValueError(f"The data, {describe(self.data)}, ended after {self.drawn} "
                         f"batches and cannot begin again; give a list, a Dataset or "
                         f"a DataLoader, or fewer steps.")


def source_of(data: Any, model: nn.Module) -> BatchSource:
    """Return `data` as what gives a batch (x, y) for a seed.

    A world is one. Of a Dataset every item is one pair; of a list too, unless its y
    have a batch's dimension before those of the model's `y_shape`, or, where there is
    none, begin with the same number as x. All else that can be iterated is batches.
    Raises TypeError or ValueError, in a sentence, for data without pairs.
    """
    if isinstance(data, type):
        raise TypeError(f"world is the class {data.__name__}; give one of it, for "
                        f"instance {data.__name__}().")
    if hasattr(data, "batch"):
        return data
    if isinstance(data, (str, bytes, dict, Tensor, IterableDataset)) or not (
            isinstance(data, Dataset) or hasattr(data, "__iter__")):
        raise TypeError(f"world is {describe(data)}; give a world, for instance "
                        f"TShirts(), or pairs (x, y): a Dataset, a DataLoader (also "
                        f"of an IterableDataset) or a list; of two tensors "
                        f"TensorDataset(x, y).")
    if not (hasattr(data, "__getitem__") and hasattr(data, "__len__")):
        return Batches(data)
    if len(data) == 0:
        raise ValueError(f"world is {describe(data)}, which is empty; give at least "
                         f"one pair (x, y).")
    if isinstance(data, Dataset) or not is_batch(*check_two(data[0]), model):
        return Examples(data)
    return Batches(data)


def is_batch(x: Any, y: Any, model: nn.Module) -> bool:
    """Whether (x, y) of a list are a batch of pairs for `model`, and not one pair."""
    if not isinstance(y, Tensor) or y.ndim == 0:
        return False
    shape = getattr(model, "y_shape", None)
    if shape is not None:
        return y.ndim > len(shape)
    return x is None or isinstance(x, dict) or (
        isinstance(x, Tensor) and x.ndim > 0 and len(x) == len(y))


def check_two(pair: Any) -> tuple[Any, Any]:
    """Return (x, y) if `pair` is one."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"The data hold {describe(pair)} where a pair (x, y) is due; "
                        f"give what is given, or None, and what is predicted; of two "
                        f"tensors TensorDataset(x, y).")
    return pair[0], pair[1]


def check_batch(batch: Pair, n: int | None, model: nn.Module) -> Pair:
    """Return (x, y) if both hold n examples, or any equal number where n is None.

    Raises TypeError or ValueError, in a sentence, otherwise, and for labels where the
    model predicts numbers."""
    x, y = check_two(batch)
    sizes = [size_of(tensors) for tensors in (x, y) if tensors is not None]
    if not isinstance(y, Tensor) or len({*sizes, n or sizes[0]}) != 1:
        raise ValueError(f"A batch holds {sizes} examples; give (x, y), "
                         f"{n or 'as many'} of each, batch first.")
    shape = getattr(model, "y_shape", None)
    if shape is not None and not y.is_floating_point():
        raise TypeError(
            f"y is {describe(y)} and {type(model).__name__} predicts floats of shape "
            f"{tuple(shape)}. Pairs are (x, y), given and predicted: where yours are "
            f"(picture, label), swap them, with labels one-hot and float; or give "
            f"y.float().")
    return x, y
