"""Which device to compute on."""

import os

import torch

KINDS = ("cuda", "xpu", "mps", "cpu")              # the quickest first


def count_of(kind: str) -> int:
    """Return how many devices of a kind torch can use here."""
    try:
        return torch.get_device_module(kind).device_count()
    except RuntimeError:                           # of which torch can only talk
        return 0


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return `device` if it is there, and the quickest one if it is None.

    device: None, "cpu", "cuda", "cuda:1", "mps", another kind or a torch.device
    Under `torchrun`, "cuda" is the GPU of this process. Raises ValueError, in a
    sentence, for a device that torch does not know or does not find here.
    """
    there = [kind for kind in KINDS if count_of(kind)]
    try:
        chosen = torch.device(there[0] if device is None else device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device is {device!r}; give None for the best there is, or "
                         f"one of {', '.join(there)}.") from None
    kind, count = chosen.type, count_of(chosen.type)
    if not count:
        raise ValueError(f"device is '{chosen}', and torch finds none here; give one "
                         f"of {', '.join(there)}, or None for the best there is.")
    if kind in ("cpu", "mps"):                      # of which there is one
        return chosen
    index = chosen.index
    if index is None:
        current = torch.get_device_module(kind).current_device
        index = int(os.environ.get("LOCAL_RANK", current()))
    if index >= count:
        raise ValueError(f"device is '{kind}:{index}', and torch finds {count} here, "
                         f"counted from 0; start no more processes than there are "
                         f"GPUs.")
    return torch.device(kind, index)
