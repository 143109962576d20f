"""Facts about memory that training keeps from step to step."""

import os
import platform
import subprocess
import sys

import pytest

from course_lib.training.memory import keep_freed_memory

TRAINING = """
import resource, torch
import course_lib.training.memory as memory
from course_lib.models.point_prediction import PointPredictor
from course_lib.training import fit

asked_by_importing = memory.keep_freed_memory.cache_info().currsize
x = torch.linspace(0, 1, 64 * 3 * 64 * 64).view(64, 3, 64, 64)
torch.manual_seed(0)
model = PointPredictor(torch.nn.Conv2d(3, 3, 1))
fit(model, [(x, x)], steps=2, progress=False, device="cpu")
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
history = fit(model, [(x, x)], steps=10, progress=False, device="cpu")
pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(pages, asked_by_importing, history.losses["model"])
"""


def trained(**environment: str) -> tuple[int, str]:
    """Return how many pages a training was handed, and its losses, in a new Python."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("MALLOC_") and name != "COURSE_MALLOC"}
    run = subprocess.run([sys.executable, "-c", TRAINING], check=True, text=True,
                         capture_output=True, env=clean | environment)
    pages, asked_by_importing, losses = run.stdout.split(maxsplit=2)
    assert asked_by_importing == "0"
    return int(pages), losses


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc",
                    reason="only glibc gives memory back at every step")
def test_a_step_uses_the_memory_of_the_step_before_and_computes_the_same():
    pages, losses = trained()
    pages_given_back, same_losses = trained(COURSE_MALLOC="0")
    assert pages < pages_given_back / 4
    assert losses == same_losses


@pytest.mark.parametrize("name", ["COURSE_MALLOC", "MALLOC_TRIM_THRESHOLD_"])
def test_who_has_settings_of_their_own_keeps_them(name, monkeypatch):
    monkeypatch.setenv(name, "0")
    assert not keep_freed_memory.__wrapped__()
