"""The room as a whole: every example runs, every loss cites its paper, and NT-Xent keeps to one matrix."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys

import pytest
import torch

from sslcourse import losses
from tests.benchmarks.bench_losses import peak_bytes

PUBLIC = sorted(losses.__all__)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_runs(name):
    thing = getattr(losses, name)
    module = sys.modules[thing.__module__]
    tests = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    assert tests, "no example"
    for test in tests:
        result = doctest.DocTestRunner().run(test)
        assert result.failed == 0, f"{result.failed} of {result.attempted} lines differ; run pytest --doctest-modules"


@pytest.mark.parametrize("name", PUBLIC)
def test_the_docstring_says_where_it_comes_from(name):
    """A paper in the function or its module, and for functions the arguments' shapes and the errors."""
    thing = getattr(losses, name)
    if name == "gather_rows":
        return
    text = inspect.getdoc(thing) + sys.modules[thing.__module__].__doc__
    assert "arXiv:" in text
    if inspect.isfunction(thing) and name != "mine_triplets":  # which refers to triplet_margin
        assert "Args:" in text and "ValueError:" in text and ("(N, " in text or "(M, " in text)


def test_star_import_names_exist():
    for name in PUBLIC:
        assert callable(getattr(losses, name))


def test_the_import_is_cheap():
    """The room needs torch, and nothing that a student may not have installed."""
    heavy = "sklearn umap matplotlib scipy pandas torchvision ipywidgets lightly"
    code = f"import sys, sslcourse.losses; print(*[m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_nt_xent_never_holds_the_whole_matrix():
    """Autograd's way peaks at three 2N × 2N matrices; two blocks of one and a dozen (2N, D) matrices are enough."""
    n, d = 2048, 16
    z0, z1 = torch.randn(2, n, d, requires_grad=True)
    losses.nt_xent(z0, z1).backward()
    peak = peak_bytes(lambda: losses.nt_xent(z0, z1).backward())
    assert 0 < peak < 4 * (2 * n) ** 2 / 4


def test_blocks_make_no_difference():
    """A batch of several blocks, the last one smaller, has the gradient of the whole matrix at once."""
    z0, z1 = torch.randn(2, 300, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z0.requires_grad_()
    losses.nt_xent(z0, z1, 0.3).backward()
    z = torch.nn.functional.normalize(torch.cat([z0, z1]))
    logits = (z @ z.T / 0.3).masked_fill(torch.eye(600, dtype=torch.bool), -torch.inf)
    plain = torch.nn.functional.cross_entropy(logits, torch.arange(600).roll(300))
    torch.testing.assert_close(torch.autograd.grad(plain, z0)[0], z0.grad, rtol=1e-9, atol=1e-12)
