"""Facts about training by two processes, on one machine's CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from course_lib.training import fit
from course_lib.training.processes import Processes
from tests import distributed_job
from tests.toys import Line, LinearGaussian

pytestmark = pytest.mark.distributed
root = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The folder that two processes wrote to."""
    folder = tmp_path_factory.mktemp("two")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
                                "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
               "--nproc-per-node=2", "--max-restarts=1", distributed_job.__file__,
               str(folder)]    # a process was once aborted, and why is not known
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True,
                          text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The folder that one process wrote to."""
    folder = tmp_path_factory.mktemp("one")
    for job in distributed_job.JOBS:
        distributed_job.train(job, folder, rank=0)
    return folder


jobs = pytest.mark.parametrize("job", distributed_job.JOBS)


def difference(one, other):
    """The largest difference between two files of tensors."""
    one, other = load_file(one), load_file(other)
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


@jobs
def test_two_processes_end_with_equal_weights_and_buffers(two, job):
    assert difference(two / f"{job}-0.safetensors", two / f"{job}-1.safetensors") == 0


@jobs
def test_two_processes_record_the_same_losses(two, job):
    files = [two / f"{job}-losses-{rank}.safetensors" for rank in range(2)]
    assert difference(*files) == 0


def test_two_processes_and_one_reach_the_same_gaussian(two, one):
    for name in ("gaussian-0.safetensors", "gaussian-losses-0.safetensors"):
        assert difference(two / name, one / name) < 1e-5


def test_two_processes_never_draw_the_same_noise(two):
    first, second = (load_file(two / f"noise-{rank}.safetensors")["noise"]
                     for rank in range(2))
    assert len(first) == len(second) == distributed_job.STEPS
    assert not torch.isclose(first, second).any()


@jobs
def test_every_process_resumes_from_the_file_the_first_one_wrote(two, job):
    for rank in range(2):
        assert difference(two / f"{job}-0.safetensors",
                          two / f"{job}-resumed-{rank}.safetensors") == 0


def test_shares_of_a_batch_are_even_and_make_it_up_again():
    x = {"image": torch.arange(12).view(6, 2), "word": torch.arange(6)}
    shares = [Processes(rank, 3).share(x, x["word"]) for rank in range(3)]
    assert torch.equal(torch.cat([y for _, y in shares]), x["word"])
    for name, tensor in x.items():
        assert {len(share[name]) for share, _ in shares} == {2}
        assert torch.equal(torch.cat([share[name] for share, _ in shares]), tensor)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(monkeypatch):
    monkeypatch.setattr("course_lib.training.loop.join_processes",
                        lambda device: Processes(0, 2))
    with pytest.raises(ValueError, match=r"holds 33 examples .* a multiple of 2"):
        fit(LinearGaussian(), Line(), 3, batch_size=33, device="cpu", progress=False)
