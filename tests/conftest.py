"""For every test: a home of its own, so that nobody's progress is touched, and threads that the workers share out.

A training that one test stops does not keep the next test from recording a number.
"""

from __future__ import annotations

import os
import sys
import tempfile

import pytest

from sslcourse import threads

_home = tempfile.TemporaryDirectory(prefix="sslcourse-home-", ignore_cleanup_errors=True)
os.environ["SSLCOURSE_HOME"] = _home.name  # before anything of the course is imported; SSLCOURSE_DATA stays as it is

# Read when torch is imported. Two workers with all the threads each would be slower than one; and a number that stays
# the same from start to end lets a test ask for equal numbers bit for bit, whatever else runs on this machine.
os.environ.update(threads.quiet())
workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if workers > 1:  # the number that is there already may be the one that the workers' parent set below, for itself
    share = max(1, threads.processors() // workers)
    os.environ["OMP_NUM_THREADS"] = str(min(share, int(os.environ.get("OMP_NUM_THREADS", share))))
elif "OMP_NUM_THREADS" not in os.environ:
    os.environ["OMP_NUM_THREADS"] = str(threads.free(threads.look(), threads.processors()))


@pytest.fixture(autouse=True)
def no_training_is_left_stopped():
    yield
    if interrupt := sys.modules.get("sslcourse.training.interrupt"):
        interrupt.forget()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A GPU's tests wait for a GPU, unless one was asked for, as `make test-gpu` does: there, a missing one is a failure."""
    if item.get_closest_marker("gpu") and os.environ.get("SSLCOURSE_DEVICE") != "cuda":
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device here; make test-gpu runs it where there is one")


def pytest_unconfigure() -> None:
    _home.cleanup()
