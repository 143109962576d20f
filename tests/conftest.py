"""What all tests share: marks that skip with a reason, and no window on a screen."""

import os
import sys

import pytest


def missing_gpu() -> str | None:
    """Return why the tests marked `gpu` cannot run here, or None."""
    import torch
    return None if torch.cuda.is_available() else "torch finds no cuda device here"


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and (reason := missing_gpu()):
        pytest.skip(reason)


@pytest.fixture(autouse=True, scope="module")
def no_window():
    """Figures are drawn into memory; kernels of notebooks keep their own backend."""
    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "Agg"
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use("Agg")
    yield
    if before is None:
        del os.environ["MPLBACKEND"]
    else:
        os.environ["MPLBACKEND"] = before
