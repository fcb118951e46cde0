"""Two processes under torchrun take the steps that one process takes with the whole batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training import parallel_run

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> tuple[dict, dict, dict, Path]:
    """(one process's, the first's of two, the second's of two): the losses, weights and buffers after six steps."""
    folder = tmp_path_factory.mktemp("two")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SSLCOURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*torchrun, "-m", "tests.training.parallel_run", str(folder)], cwd=ROOT, env=environment, check=True, timeout=300,
    )
    first, second = (torch.load(folder / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    return parallel_run.run(), first, second, folder


def test_both_processes_end_with_the_same_weights(outcomes):
    _, first, second, _ = outcomes
    for name, value in first.items():
        assert name.startswith("share.") or torch.equal(value, second[name]), name


@pytest.mark.parametrize("name", [
    "losses", "net.0.weight", "net.1.weight", "net.1.running_mean", "net.1.running_var", "net.8.weight",
])
def test_two_processes_equal_one(outcomes, name):
    one, first, _, _ = outcomes
    torch.testing.assert_close(first[name], one[name], rtol=1e-5, atol=1e-5)


def test_shared_batchnorm_equals_torch_s_own(outcomes):
    """A few rows far from 0: catches a variance as E[x²] − E[x]² (off by whole deviations) and a biased running one."""
    one, first, second, _ = outcomes
    for name in ("norm.running_mean", "norm.running_var"):
        torch.testing.assert_close(first[name], one[name], rtol=2e-6, atol=0)
    for name, atol in (("share.out", 5e-3), ("share.gradient", 0.5)):
        torch.testing.assert_close(torch.cat([first[name], second[name]]), one[name], rtol=1e-3, atol=atol)
    assert one["share.gradient"].abs().max() > 10


def test_each_process_parts_from_the_other_before_python_ends(outcomes):
    """Otherwise about one run in thirty on busy cores ended with `terminate called without an active exception`."""
    assert sorted(path.name for path in outcomes[3].glob("parted-*")) == ["parted-0", "parted-1"]


def test_the_steps_changed_something(outcomes):
    one = outcomes[0]
    assert one["losses"][0] - one["losses"][-1] > 0.01
    assert one["net.1.num_batches_tracked"] == outcomes[1]["net.1.num_batches_tracked"] == 6


def test_one_process_writes_the_checkpoint(outcomes):
    assert sorted(path.name for path in outcomes[3].iterdir() if path.suffix) == ["0.pt", "1.pt", "run.safetensors"]
