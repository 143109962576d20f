"""What all tests share: a seed of their own, marks that skip with a reason, no window.

COURSE_TEST_SEED=3 gives every test other random numbers: what then fails asked of one
draw what only holds on average.
"""

import os
import random
import sys
import zlib

import pytest

# jsonschema, under nbformat, builds forty grammars of web addresses where this is
# installed: seconds for each worker, and no notebook is checked by them.
sys.modules.setdefault("rfc3987_syntax", None)


def seed_all(name: str) -> None:
    """Give the global random state a seed that follows from a test's name alone, so
    that no test depends on which others ran before it."""
    seed = zlib.crc32(f"{os.environ.get('COURSE_TEST_SEED', 0)} {name}".encode())
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """A fixture that several tests share is the same whichever of them comes first."""
    seed_all(f"{fixturedef.baseid} {fixturedef.argname} "
             f"{getattr(request, 'param_index', 0)}")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    seed_all(pyfuncitem.nodeid)


def pytest_collection_modifyitems(items):
    """Begin with notebooks and slow tests, so that at the end no worker waits for
    another that is left with one; and make the pretended GPU known where a test may
    want it: torch counts the devices at its first backward pass, and never again."""
    items.sort(key=lambda item: item.path.suffix == ".py"
               and not item.get_closest_marker("slow"))
    if any(item.get_closest_marker("gpu") for item in items):
        from tests import pretended_gpu  # noqa: F401


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") or item.get_closest_marker("real_gpu"):
        import torch

        from tests import pretended_gpu
        if torch.cuda.is_available():
            return
        if item.get_closest_marker("real_gpu"):
            pytest.skip("torch finds no cuda device here")
        if pretended_gpu.BEGIN is None:
            pytest.skip("this version of torch lets no GPU be pretended")


@pytest.fixture
def gpu():
    """The GPU of this machine, or else one that is pretended."""
    import torch
    if torch.cuda.is_available():
        yield torch.device("cuda")
        return
    from tests import pretended_gpu
    with pretended_gpu.identity_kept():
        yield torch.device(pretended_gpu.NAME)


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
