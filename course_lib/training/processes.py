"""Training by several processes: `torchrun --nproc-per-node=2 script.py`.

Each process holds the whole model and takes its share of one global batch; the
gradients are averaged by torch's DistributedDataParallel, so that all hold equal
weights after every step. With one process nothing here does anything.
"""

import atexit
import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from course_lib.contract import Given, split


@dataclass(frozen=True)
class Processes:
    """How many processes train together, and which of them this one is."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes files and shows progress."""
        return self.rank == 0

    def share(self, x: Given, y: Tensor) -> tuple[Given, Tensor]:
        """Return this process's part of a global batch."""
        size, rest = divmod(len(y), self.count)
        if rest:
            raise ValueError(f"A batch holds {len(y)} examples and {self.count} "
                             f"processes train; give a multiple of {self.count}.")
        if self.count == 1:
            return x, y
        x = None if x is None else split(x, size)[self.rank]
        return x, y.split(size)[self.rank]

    def wrap(self, module: nn.Module) -> nn.Module:
        """Return `module` with gradients averaged over the processes.

        Parameters frozen at this moment stay out of it. From here on every process
        has the weights and buffers of the first one."""
        if self.count == 1:
            return module
        # A loss need not use every parameter at every step.
        return DistributedDataParallel(module, find_unused_parameters=True)

    @torch.no_grad()
    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes."""
        value = value.detach().clone()
        if self.count > 1:
            distributed.all_reduce(value)
        return value / self.count

    @torch.no_grad()
    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite the tensors with those of the first process."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            distributed.barrier()


def join_processes(device: torch.device) -> Processes:
    """Return the processes that were started together, this one alone by default.

    `torchrun` says how many there are in the environment; the group is opened on
    the first call and closed when Python ends."""
    if not distributed.is_available():
        return Processes()
    if not distributed.is_initialized():
        if int(os.environ.get("WORLD_SIZE", 1)) == 1:
            return Processes()
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(leave_processes)
    return Processes(distributed.get_rank(), distributed.get_world_size())


def leave_processes() -> None:
    """Close the group of processes, if it is still open."""
    if distributed.is_initialized():
        distributed.destroy_process_group()
