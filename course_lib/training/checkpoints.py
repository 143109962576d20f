"""Checkpoints: a model's weights, or a whole training run, in one safetensors file.

A file holds tensors and a line of text, never code, so opening one is safe. It is
written under another name first and then renamed: there is no half-written one.

    weights/<name>                      parameters and buffers, as trained
    average/<name>                      their moving average, where `fit` kept one
    optimiser/<parameter>/<name>        what Adam keeps of it
    loss/<player>                       the history
"""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from course_lib.checks import check_type
from course_lib.distributions.quantization import check_codebooks

Tensors = dict[str, Tensor]
About = dict[str, Any]


class CheckpointError(ValueError):
    """A file that cannot be used as the checkpoint asked for; the message says why."""


def save(model: nn.Module, path: str | Path) -> None:
    """Write the model's weights and buffers to `path`, whole or not at all."""
    write(path, under("weights", model.state_dict()), {"model": type(model).__name__})


def load(model: nn.Module, path: str | Path, averaged: bool = True) -> nn.Module:
    """Return `model` with the weights of a file that `save` or `fit` wrote.

    averaged: take the moving average where the file holds one, else the raw weights
    Raises FileNotFoundError, or CheckpointError for a file that is damaged or of
    another model; the model is then as it was.
    """
    tensors, about = read(path)
    check_model(path, tensors, about, model)
    weights = part("weights", tensors)
    if averaged:
        weights |= part("average", tensors)
    model.load_state_dict(weights)
    return model.eval()


def as_path(path: str | Path) -> Path:
    """Return `path` as a Path, with ~ for the home folder.

    Raises TypeError or CheckpointError, in a sentence, for what is no file's path."""
    check_type("checkpoint", path, str | os.PathLike,
               "the path of a file, for instance 'model.safetensors'")
    try:
        path = Path(path).expanduser()
    except RuntimeError:                        # there is no such user
        raise CheckpointError(f"The ~ in {path} is nobody's home folder; write the "
                              f"path in full.") from None
    if os.path.isdir(path):
        raise CheckpointError(f"{path} is a folder; give the path of a file in it, for "
                              f"instance {path / 'model.safetensors'}.")
    return path


def check_writable(path: Path) -> Path:
    """Return where `path` is written before it is renamed, after a trial.

    Raises CheckpointError: better now than after an hour of training."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        unfinished.unlink()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written ({error.strerror}); give a "
                              f"short name in a folder of yours.") from None
    return unfinished


def write(path: str | Path, tensors: Tensors, about: About) -> None:
    """Write tensors and a JSON-able description to `path`, whole or not at all."""
    path = as_path(path)
    unfinished = check_writable(path)
    # A copy each: safetensors refuses memory that two names share (tied weights).
    copies = {name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
              for name, tensor in tensors.items()}
    try:
        save_file(copies, unfinished, metadata={"course_lib": json.dumps(about)})
        os.replace(unfinished, path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} could not be written ({error}); what was there "
                              f"before still is.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: str | Path) -> tuple[Tensors, About]:
    """Return the tensors, on the CPU, and the description that `write` stored.

    Raises FileNotFoundError, or CheckpointError if the file cannot be read, is damaged
    or was written by something else, a pickle for instance."""
    path = as_path(path)
    try:
        path.open("rb").close()         # safetensors calls all that fails "not found"
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["course_lib"])
            names = file.keys()                     # the file itself is no iterable
            return {name: file.get_tensor(name) for name in names}, about
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no checkpoint {path}; train one with "
                                f"fit(..., checkpoint={str(path)!r}).") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}); have it made "
                              f"readable to you, or give another path.") from None
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"{path} is not a checkpoint of this course, or is damaged ({error}); "
            f"delete it and train again, or copy it anew.") from None


def check_model(path: str | Path, tensors: Tensors, about: About,
                model: nn.Module) -> None:
    """Raise CheckpointError unless the file's weights are those of such a model."""
    kind, wanted = type(model).__name__, model.state_dict()
    if about["model"] != kind:
        raise CheckpointError(f"{path} holds a {about['model']} and the model is a "
                              f"{kind}; give the checkpoint of the same model.")
    weights = part("weights", tensors)
    odd = sorted(weights.keys() ^ wanted.keys())
    if odd:
        raise CheckpointError(f"{path} and this {kind} differ in {len(odd)} tensors, "
                              f"{odd[0]!r} first; build the model as it was when "
                              f"saved.")
    for name, tensor in wanted.items():
        if weights[name].shape != tensor.shape:
            raise CheckpointError(
                f"{path} holds {name!r} of shape {tuple(weights[name].shape)} and this "
                f"{kind} needs {tuple(tensor.shape)}; build the model as it was when "
                f"saved.")
    try:
        check_codebooks(model, weights)
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be used, as {error}") from None


def under(prefix: str, tensors: Tensors) -> Tensors:
    """Return the tensors with `prefix/` before every name."""
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def part(prefix: str, tensors: Tensors) -> Tensors:
    """Return the tensors whose name begins with `prefix/`, under what follows."""
    return {name.removeprefix(f"{prefix}/"): tensor for name, tensor in tensors.items()
            if name.startswith(f"{prefix}/")}
