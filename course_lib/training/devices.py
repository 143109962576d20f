"""Which device to compute on."""

import os

import torch


def available_devices() -> list[str]:
    """Return the kinds of device that torch can use here, the quickest first."""
    kinds = {"cuda": torch.cuda.is_available(),
             "mps": torch.backends.mps.is_available(),
             "cpu": True}
    return [kind for kind, is_there in kinds.items() if is_there]


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return `device` if it is there, and the quickest one if it is None.

    device: None, "cpu", "cuda", "cuda:1", "mps" or a torch.device
    Under `torchrun`, "cuda" is the GPU of this process. Raises ValueError, in a
    sentence, for a device that torch does not know or does not find here.
    """
    there = available_devices()
    try:
        chosen = torch.device(there[0] if device is None else device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device is {device!r}; give None for the best there is, or "
                         f"one of {', '.join(there)}.") from None
    if chosen.type not in there:
        raise ValueError(f"device is '{chosen}', and torch finds none here; give one "
                         f"of {', '.join(there)}, or None for the best there is.")
    if chosen.type != "cuda":
        return chosen
    index = chosen.index
    if index is None:
        index = int(os.environ.get("LOCAL_RANK", torch.cuda.current_device()))
    if index >= torch.cuda.device_count():
        raise ValueError(f"device is 'cuda:{index}', and torch finds "
                         f"{torch.cuda.device_count()} here, counted from 0; start "
                         f"no more processes than there are GPUs.")
    return torch.device("cuda", index)
