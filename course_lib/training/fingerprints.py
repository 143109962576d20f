"""Fingerprints: whether two trainings would be the same, told by a few digits.

What pickle would store of an object is told here, tensors by their bytes. To that comes
what pickle leaves out: the code of functions and classes that a reader wrote.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor

LIBRARY = Path(__file__).resolve().parents[1]
ROOMS = ("datasets", "distributions", "models", "networks", "training")
PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes, torch.dtype,
         torch.device)
# Their code follows from their version, or from `library_sources`.
KNOWN = sys.stdlib_module_names | {"course_lib", "numpy", "torch", "torchvision"}
Seen = dict[int, tuple[int, Any]]


def fingerprint(*things: Any, without: Iterable[Any] = ()) -> str:
    """Return 64 digits that are equal for equal things, in another process too.

    without: what may change and does not count, wherever it is met
    Raises TypeError, or what pickle raises, for what it could not store either, such as
    an open file."""
    digest = hashlib.blake2b(digest_size=32)
    seen = {id(thing): (number, thing) for number, thing in enumerate(without)}
    for told in told_of(things, seen):
        digest.update(len(told).to_bytes(8, "big") + told)
    return digest.hexdigest()


def library_sources() -> str:
    """Return the fingerprint of the files of the library that a training depends on."""
    parts = ("*.py", *(f"{room}/**/*.py" for room in ROOMS))
    paths = sorted({path for part in parts for path in LIBRARY.glob(part)})
    return fingerprint({str(path.relative_to(LIBRARY)): path.read_bytes()
                        for path in paths})


def told_of(thing: Any, seen: Seen) -> Iterator[bytes]:
    """Yield all that tells a thing from others; `seen` numbers what was told before,
    as things may contain each other."""
    yield type(thing).__qualname__.encode()
    if isinstance(thing, PLAIN):
        yield repr(thing).encode()
    elif id(thing) in seen:
        yield str(seen[id(thing)][0]).encode()
    else:
        seen[id(thing)] = len(seen), thing      # held, so that its id stays its own
        if isinstance(thing, Tensor):
            yield f"{thing.dtype} {tuple(thing.shape)} {thing.requires_grad}".encode()
            flat = thing.detach().cpu().contiguous().flatten()
            yield flat.view(torch.uint8).numpy().tobytes()
        else:
            for part in parts_of(thing):
                yield from told_of(part, seen)


def parts_of(thing: Any) -> list[Any]:
    """Return what a thing consists of."""
    if isinstance(thing, Mapping) and type(thing).__module__ in ("builtins",
                                                                 "collections"):
        return [part for pair in thing.items() for part in pair]
    if isinstance(thing, (set, frozenset)):
        return sorted(thing, key=repr)
    if type(thing) in (list, tuple):
        return [*thing]
    if isinstance(thing, Path):
        return [str(thing), *files_of(thing)]
    if isinstance(thing, ModuleType):
        return [thing.__name__]
    if isinstance(thing, CodeType):
        return [thing.co_code, thing.co_names, *thing.co_consts]
    if isinstance(thing, MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, (FunctionType, BuiltinFunctionType, type)):
        return definition_of(thing)
    return stored_of(thing)


def stored_of(thing: Any) -> list[Any]:
    """Return what pickle would store of an object, without what is only remembered."""
    reduced = thing.__reduce_ex__(4)
    if isinstance(reduced, str):
        return [reduced]
    state = reduced[2] if len(reduced) > 2 else None
    if isinstance(state, dict):
        state = {name: value for name, value in state.items() if not
                 isinstance(getattr(type(thing), name, None), cached_property)}
    return [*reduced[:2], state, *(list(more or ()) for more in reduced[3:5])]


def files_of(path: Path) -> list[Any]:
    """Return the names, sizes and times of the files at, or below, a path."""
    found = sorted(file for file in (path, *path.rglob("*")) if file.is_file())
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in found]


def definition_of(thing: Any) -> list[Any]:
    """Return what a function or a class is made of; of known ones the name does."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    if isinstance(thing, BuiltinFunctionType) or name.split(".")[0] in KNOWN:
        return [name]
    if isinstance(thing, type):
        inner = {key: getattr(value, "__func__", getattr(value, "fget", value))
                 for key, value in vars(thing).items()}
        return [name, thing.__bases__, {
            key: value for key, value in inner.items()
            if isinstance(value, FunctionType) or not key.startswith("__")}]
    held = [cell.cell_contents for cell in thing.__closure__ or ()]
    used = {key: thing.__globals__[key] for key in sorted(names_in(thing.__code__))
            if key in thing.__globals__}
    return [name, thing.__code__, thing.__defaults__, thing.__kwdefaults__, held, used]


def names_in(code: CodeType) -> set[str]:
    """Return the names of globals and attributes in some code and the code inside."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return {*code.co_names}.union(*inner)
