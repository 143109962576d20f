"""A pretended GPU: its tensors live on the device "pretended:0" and are computed on the
CPU. What mixes them with tensors of the CPU fails, as it does on a real GPU.

    import tests.pretended_gpu                 # registers the device, once a process
    model.to("pretended")
    with pretended_gpu.reads() as found:       # what a real GPU would have to wait for
        model.loss(y, given=x)

PyTorch lets a backend be written in Python. Every operation without a composite kernel
is registered here: it takes the CPU's tensors out of their wrappers, computes, and
wraps what comes out. Numerics, streams, graphs and autocast are not shown by it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch.utils import backend_registration

NAME = "pretended"
# Older versions of torch know no backends in Python.
BEGIN = getattr(backend_registration, "_setup_privateuseone_for_python_backend", None)
COMPOSITE = ("CompositeImplicitAutograd", "CompositeExplicitAutograd",
             "CompositeExplicitAutogradNonFunctional")
# Operations that may take indices, or a source, from the CPU on a real GPU too.
MAY_MIX = {"_to_copy", "copy_", "_copy_from", "index", "_unsafe_index", "index_put",
           "index_put_", "_index_put_impl_", "_unsafe_index_put"}
# Operations whose result, or its size, the CPU must know before it can go on.
WAIT = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "unique_dim",
        "_unique2", "repeat_interleave", "bincount"}

waited: list[str] | None = None


class Backend:
    """What torch asks of a device's module, `torch.pretended`: one device, with a
    random state of its own."""

    random_state = torch.Generator().manual_seed(0).get_state()

    is_available = staticmethod(lambda: True)
    is_initialized = staticmethod(lambda: True)
    _is_in_bad_fork = staticmethod(lambda: False)
    current_device = staticmethod(lambda: 0)
    device_count = staticmethod(lambda: 1)
    set_device = staticmethod(lambda device: None)
    synchronize = staticmethod(lambda device=None: None)
    device = nullcontext
    get_amp_supported_dtype = staticmethod(lambda: [torch.bfloat16, torch.float16])

    @classmethod
    def get_rng_state(cls, device=0) -> torch.Tensor:
        return cls.random_state

    @classmethod
    def set_rng_state(cls, state: torch.Tensor, device=0) -> None:
        cls.random_state = state

    @classmethod
    def manual_seed(cls, seed: int) -> None:
        cls.random_state = torch.Generator().manual_seed(seed).get_state()

    manual_seed_all = manual_seed

    @classmethod
    @contextmanager
    def drawing(cls) -> Iterator[None]:
        """Let the CPU draw the device's random numbers inside the block."""
        before = torch.get_rng_state()
        torch.set_rng_state(cls.random_state)
        try:
            yield
        finally:
            cls.random_state = torch.get_rng_state()
            torch.set_rng_state(before)


class Away(torch.Tensor):
    """A tensor on the pretended device; `home` is where its numbers are."""

    home: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, home: torch.Tensor):
        return torch.Tensor._make_wrapper_subclass(
            cls, home.size(), strides=home.stride(),
            storage_offset=home.storage_offset(), dtype=home.dtype, device=f"{NAME}:0")

    def __init__(self, home: torch.Tensor):
        self.home = home

    def __repr__(self, **_) -> str:
        return f"Away({self.home})"

    def tolist(self):
        return self.cpu().tolist()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})


@contextmanager
def identity_kept() -> Iterator[None]:
    """Let `model.to(device)` keep each parameter the same object inside the block, as
    between a CPU and a GPU, and unlike between tensors of two Python classes."""
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


@contextmanager
def reads() -> Iterator[list[str]]:
    """Collect what inside the block makes a GPU wait: numbers and whole tensors that go
    to the CPU, and results whose size depends on numbers."""
    global waited
    before, waited = waited, []
    try:
        yield waited
    finally:
        waited = before


def is_away(device) -> bool:
    return device is not None and torch.device(device).type == NAME


def mapped(function: Callable, value):
    """Return what an operation takes or gives with each of its tensors replaced."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, (tuple, list)):
        return type(value)([mapped(function, part) for part in value])
    return value


def tensors_in(value) -> list[torch.Tensor]:
    """Return the tensors that an operation takes."""
    found: list[torch.Tensor] = []
    mapped(found.append, value)
    return found


def at_home(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.home if isinstance(tensor, Away) else tensor


def run(func, args: tuple, kwargs: dict):
    """Compute an operation of which a tensor, or the result, is on the device."""
    name = func.__name__.split(".")[0]
    tensors = tensors_in((args, (*kwargs.values(),)))
    away = [t for t in tensors if isinstance(t, Away)]
    here = [tuple(t.shape) for t in tensors if not isinstance(t, Away) and t.ndim]
    if away and here and name not in MAY_MIX:
        raise RuntimeError(f"{name}: Expected all tensors to be on the same device, "
                           f"but found {NAME}:0 and cpu, of shapes {here}.")
    if "device" in kwargs:
        target = is_away(kwargs["device"])
        kwargs = {**kwargs, "device": torch.device("cpu")}
    else:
        target = bool(away)
    note(name, away, here, target, args)
    if name == "_copy_from":
        at_home(args[1]).copy_(at_home(args[0]))
        return args[1]
    draws = target and torch.Tag.nondeterministic_seeded in func.tags
    with Backend.drawing() if draws else nullcontext():
        result = func(*mapped(at_home, args), **{
            key: mapped(at_home, value) for key, value in kwargs.items()})
    if name == "copy_":
        return args[0]
    known = {id(t.home): t for t in away}          # what works in place gives it back
    if not target:
        return result
    return mapped(lambda tensor: known[id(tensor)] if id(tensor) in known
                  else Away(tensor), result)


def note(name: str, away: list[Away], here: list, target: bool, args: tuple) -> None:
    """Add to what was waited for, inside `reads`."""
    if waited is None or not away:
        return
    leaves = {"_to_copy": not target,
              "_copy_from": not isinstance(args[1], Away) if len(args) > 1 else False,
              "copy_": not isinstance(args[0], Away) if args else False}
    mask = name.startswith("index") and any(
        t.dtype in (torch.bool, torch.uint8) for t in tensors_in(args[1:2]))
    if name in WAIT or leaves.get(name) or mask:
        waited.append(name)


def kernel(operation) -> Callable:
    return lambda *args, **kwargs: run(operation, args, kwargs)


def register() -> torch.library.Library:
    """Register the device, and each operation that does not decompose into others."""
    BEGIN(NAME, backend_module=Backend)
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    library = torch.library.Library("aten", "IMPL")
    for name in torch._C._dispatch_get_all_op_names():
        base, _, overload = name.removeprefix("aten::").partition(".")
        packet = getattr(torch.ops.aten, base, None)
        operation = getattr(packet, overload or "default", None)
        if (name.startswith("aten::") and operation is not None
                and not any(has(name, key) for key in (*COMPOSITE, "PrivateUse1"))):
            library.impl(name.removeprefix("aten::"), kernel(operation), "PrivateUse1")
    return library


LIBRARY = BEGIN and register()
