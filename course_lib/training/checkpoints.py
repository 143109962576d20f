"""Checkpoints: a model's weights, or a whole training run, in one safetensors file.

A file holds tensors and a line of text, never code, so opening one is safe. It is
written under another name first and then renamed: there is no half-written one.

    weights/<name>                      parameters and buffers, as trained
    average/<name>                      their moving average, where `fit` kept one
    optimiser/<player>/<index>/<name>   of each player's optimiser
    loss/<player>                       the history
"""

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from course_lib.quantization import check_codebooks

Tensors = dict[str, Tensor]


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


def check_path(path: str | Path) -> Path:
    """Return `path` as a Path whose folder is there and can be written to.

    Raises CheckpointError otherwise: better now than after an hour of training."""
    path = Path(path)
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder; give the path of a file in it, for "
                              f"instance {path / 'model.safetensors'}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(path.parent, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise CheckpointError(f"Nothing can be written to the folder {path.parent}; "
                              f"give a checkpoint path in a folder of yours.")
    return path


def write(path: str | Path, tensors: Tensors, about: dict) -> None:
    """Write tensors and a JSON-able description to `path`, whole or not at all."""
    path = check_path(path)
    # A copy each: safetensors refuses memory that two names share (tied weights).
    copies = {name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
              for name, tensor in tensors.items()}
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        save_file(copies, unfinished, metadata={"course_lib": json.dumps(about)})
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: str | Path) -> tuple[Tensors, dict]:
    """Return the tensors, on the CPU, and the description that `write` stored.

    Raises FileNotFoundError, or CheckpointError if the file is damaged or was
    written by something else, a pickle for instance."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}; train one with "
                                f"fit(..., checkpoint={str(path)!r}).")
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["course_lib"])
            names = file.keys()                     # the file itself is no iterable
            return {name: file.get_tensor(name) for name in names}, about
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a checkpoint of this course, or is damaged ({error}); "
            f"delete it and train again, or copy it anew.") from None


def check_model(path: str | Path, tensors: Tensors, about: dict,
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
