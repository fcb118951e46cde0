"""Muon against torch's, which takes matrices alone, and against the singular values that it does without."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import training
from sslcourse.training import optimizer
from sslcourse.training.muon import Muon, orthogonal


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(8, 8), (5, 12), (12, 5)])
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.5}, {"weight_decay": 0.3}])
def test_matrices_step_as_torchs_do(shape, settings):
    ours, theirs = nn.Parameter(random(*shape)), nn.Parameter(random(*shape))
    muon = Muon([ours], lr=0.05, **settings)
    settings = {"weight_decay": 0.0, "momentum": 0.95, **settings}
    torchs = torch.optim.Muon([theirs], lr=0.05, adjust_lr_fn="match_rms_adamw", **settings)
    for step in range(4):
        ours.grad, theirs.grad = random(*shape, seed=step + 1), random(*shape, seed=step + 1)
        muon.step(), torchs.step()
        torch.testing.assert_close(ours, theirs, rtol=2e-2, atol=2e-3)  # bfloat16 rounds in another order
    assert (ours - random(*shape)).abs().max() > 0.02


@pytest.mark.parametrize("shape", [(16, 16), (6, 40), (40, 6), (1, 9)])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_orthogonal_keeps_the_directions_and_evens_the_values(shape, scale):
    matrix = random(*shape) * scale
    U, _, Vh = torch.linalg.svd(matrix, full_matrices=False)
    inside = U.T @ orthogonal(matrix) @ Vh.T  # diagonal where the singular vectors are the matrix's own
    off = inside - torch.diag(inside.diagonal())
    assert off.abs().max() < 0.05
    assert inside.diagonal().min() > 0.3 and inside.diagonal().max() < 1.3


def test_a_convolution_is_a_matrix_and_a_vector_is_a_row():
    for shape, matrix in (((4, 3, 2, 2), (4, 12)), ((7,), (1, 7))):
        ours, flat = nn.Parameter(random(*shape)), nn.Parameter(random(*shape).view(matrix))
        ours.grad, flat.grad = random(*shape, seed=1), random(*shape, seed=1).view(matrix)
        Muon([ours], lr=0.1).step(), Muon([flat], lr=0.1).step()
        assert torch.equal(ours.detach().view(matrix), flat.detach())


def test_a_single_number_steps_as_a_vector_of_one():
    """CLIP's scale is one: a parameter without an axis."""
    number, vector = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor([2.0]))
    muon = Muon([number, vector], lr=0.1)
    number.grad, vector.grad = torch.tensor(3.0), torch.tensor([3.0])
    muon.step()
    assert number.item() == vector.item() < 2.0


def test_what_has_no_gradient_stays():
    weight = nn.Parameter(random(3, 3))
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(weight.detach(), random(3, 3))


def test_biases_are_not_decayed():
    method = nn.Linear(3, 2)
    decays = {p.ndim: group["weight_decay"] for group in optimizer.make(method, "muon", 0.1, 0.2, 0.9).param_groups
              for p in group["params"]}
    assert decays == {2: 0.2, 1: 0.0}


def test_it_learns():
    class Squares(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(random(4, 4))

        def loss(self, batch):
            return (batch @ self.weight - batch).square().mean()

    history = training.train(Squares(), random(64, 4, seed=2), steps=60, batch_size=64, lr=0.2, optimizer="muon",
                             bfloat16=False)
    assert history.loss[-1] < 0.05 * history.loss[0]
