"""What two processes say to each other of which neither may trust the other.

Numbers, words, tensors, lists and tables of them are sent as they are, in JSON. Of all
else only a name is sent, by which the other side may call it or ask for its
attributes: functions, models. Nothing that arrives is ever run.
"""

import base64
import builtins
import inspect
import json
import numbers
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch
from torch import Tensor

LONGEST_MESSAGE = 64 * 2 ** 20     # bytes
LONGEST_WORD = 300                 # letters of a name or an error
MOST_ARGUMENTS = 20
PLAIN = inspect.Parameter.POSITIONAL_OR_KEYWORD


class Stopped(Exception):
    """The other side is late, has ended, or says what cannot be understood."""


class Link:
    """One end of a connection.

    deadline: in time.monotonic(), ends all waiting
    trusting: whether the other side may ask for the attributes of what it was shown; it
              could reach everything by them, so that only the stranger's side is
    stopped:  the sentence of the Stopped that was raised here, if one was
    held:     whether the other side is in namespaces of its own
    """

    def __init__(self, connection: Connection, deadline: float = float("inf"),
                 trusting: bool = False):
        self.connection, self.deadline = connection, deadline
        self.trusting, self.stopped, self.held = trusting, "", False
        self.shown: list[Any] = []                   # what the other side may call

    def send(self, kind: str, value=None) -> None:
        try:
            message = json.dumps([kind, self.encode(value)]).encode()
            if len(message) > LONGEST_MESSAGE:
                message = json.dumps(["raised", self.encode(["ValueError", [
                    "It is too large to be handed in."]])]).encode()
            self.connection.send_bytes(message)
        except Exception as error:
            raise self.stop("It ended before its answer was known.") from error

    def receive(self) -> tuple[str, Any]:
        """Return what is said next, its kind and value; answer calls until then."""
        while True:
            try:
                left = min(max(self.deadline - time.monotonic(), 0), 1e6)
                if not self.connection.poll(left):
                    raise TimeoutError
                kind, value = json.loads(self.connection.recv_bytes(LONGEST_MESSAGE))
                value = self.decode(value)
                asked = self.answer(*value) if kind == "ask" else None
            except TimeoutError as error:
                raise self.stop("It took longer than is allowed.") from error
            except (OSError, EOFError) as error:
                raise self.stop("It ended before its answer was known.") from error
            except Exception as error:
                raise self.stop("What it sent cannot be read.") from error
            if asked is None:
                return kind, value
            self.send(*asked)

    def stop(self, sentence: str) -> Stopped:
        self.stopped = self.stopped or sentence
        return Stopped(self.stopped)

    def answer(self, place: int, name: str | None, given: list, named: dict) -> tuple:
        """Return what an object that was shown gives, or its attribute of a name."""
        try:
            thing = self.shown[place]
            if name is None:
                return "value", thing(*given, **named)
            if not self.trusting:
                raise AttributeError(f"It can only be called: {name} is not shown.")
            return "value", getattr(thing, name)
        except BaseException as error:               # sys.exit() in an answer, too
            said = [str(argument)[:LONGEST_WORD] for argument in error.args[:1]]
            return "raised", [type(error).__name__, said]

    def ask(self, place: int, name: str | None, given: tuple = (), named=None):
        """Return what the other side's object gives; raise the error that it raised."""
        self.send("ask", [place, name, list(given), named or {}])
        kind, value = self.receive()
        if kind == "raised":
            raise as_error(*value)
        return value

    def encode(self, value):
        """Return a value in JSON, and keep what cannot be sent, to answer for it."""
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or type(value) in (bool, str):
            return value
        if value is ...:
            return {"dots": 1}
        if isinstance(value, numbers.Integral):
            return {"whole": hex(value)}             # of any size
        if isinstance(value, numbers.Real):
            return float(value)
        if isinstance(value, Tensor) and value.layout == torch.strided:
            return self.encode_tensor(value, array=False)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            return self.encode_tensor(torch.tensor(value.copy()), array=True)
        if not callable(value) and hasattr(type(value), "__float__"):
            return float(value)                      # a figure with its error
        if isinstance(value, list | tuple):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [self.encode(part) for part in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(part) for part in pair]
                             for pair in value.items()]}
        self.shown.append(value)
        name = getattr(value, "__name__", type(value).__name__)
        return {"shown": len(self.shown) - 1, "called": str(name)[:LONGEST_WORD],
                "takes": arguments_of(value) if callable(value) else None}

    def decode(self, sent):
        """Return what `encode` made JSON of; raises what JSON of another kind raises.
        """
        if not isinstance(sent, dict):
            return sent
        if "shown" in sent:
            place, called = int(sent["shown"]), str(sent["called"])[:LONGEST_WORD]
            return (Remote(self, place, called) if sent["takes"] is None else
                    RemoteFunction(self, place, called, sent["takes"]))
        if "tensor" in sent:
            return self.decode_tensor(**sent)
        (kind, value), = sent.items()
        if kind == "dict":
            return {self.decode(key): self.decode(part) for key, part in value}
        if kind == "whole":
            return int(value, 16)
        parts = {"list": list, "tuple": tuple, "dots": lambda _: ...}[kind]
        return parts(value if kind == "dots" else map(self.decode, value))

    def encode_tensor(self, value: Tensor, array: bool) -> dict:
        learns, value = value.requires_grad, value.detach().cpu().contiguous()
        raw = value.flatten().view(torch.uint8).numpy().tobytes()
        return {"tensor": base64.b64encode(raw).decode(), "shape": list(value.shape),
                "dtype": str(value.dtype).removeprefix("torch."), "array": array,
                "learns": learns}

    def decode_tensor(self, tensor: str, dtype: str, shape: list[int], array: bool,
                      learns: bool = False):
        kind = getattr(torch, dtype)
        raw = bytearray(base64.b64decode(tensor))
        found = torch.frombuffer(raw, dtype=kind) if raw else torch.empty(0, dtype=kind)
        if array or not learns or not found.is_floating_point():
            return found.view(shape).numpy() if array else found.view(shape)
        return found.view(shape).requires_grad_().clone()      # may be changed in place


class Remote:
    """An object of the other side, known by its attributes alone."""

    def __init__(self, link: Link, place: int, called: str):
        self.__dict__.update(_link=link, _place=place, __name__=called)

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.ask(self._place, name)


class RemoteFunction(Remote):
    """A function, class or model of the other side, which is called there.

    takes: the names of its arguments, none if they cannot be known"""

    def __init__(self, link: Link, place: int, called: str, takes: list[str]):
        super().__init__(link, place, called)
        if takes:
            self.__dict__["__signature__"] = inspect.Signature([
                inspect.Parameter(str(name)[:LONGEST_WORD], PLAIN)
                for name in takes[:MOST_ARGUMENTS]])

    def __call__(self, *given, **named):
        return self._link.ask(self._place, None, given, named)


def arguments_of(function) -> list[str]:
    """Return the names of a function's arguments, none if not all are plain ones."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return []
    plain = all(parameter.kind == PLAIN for parameter in parameters.values())
    return list(parameters) if plain else []


def as_error(name: str, said: list[str]) -> Exception:
    """Return an error of that name, one of Python's own where there is one."""
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = type(name, (Exception,), {})    # sys.exit() there stops nothing here
    try:
        return kind(*said)
    except Exception:
        return RuntimeError(*said)
