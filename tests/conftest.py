"""For every test: a home of its own, so that nobody's progress is touched, and threads that the workers share out.

A training that one test stops does not keep the next test from recording a number.
"""

from __future__ import annotations

import os
import sys
import tempfile

import pytest

_home = tempfile.TemporaryDirectory(prefix="sslcourse-home-", ignore_cleanup_errors=True)
os.environ["SSLCOURSE_HOME"] = _home.name  # before anything of the course is imported; SSLCOURSE_DATA stays as it is

workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if workers > 1:  # two workers with all the threads each would be slower than one; torch reads this when it is imported
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


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
