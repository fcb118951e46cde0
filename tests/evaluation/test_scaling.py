"""Operations counted by hand, a parabola by NumPy, and exponents that are known because the losses were made from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import methods, models
from sslcourse.evaluation import isoflop_optimum, scaling_exponents, training_flops


def gpt(vocabulary=40, length=12, width=16, depth=2, heads=2):
    return methods.CausalLM(models.TextTransformer(vocabulary, length, width, depth, heads))


@pytest.mark.parametrize("rows, length, width, depth", [(2, 12, 16, 2), (3, 10, 8, 1)])
def test_training_flops_are_those_of_the_matrix_products_three_times(rows, length, width, depth):
    """In each block: queries, keys, values 3 D², their mixing D², the MLP 8 D² a token, scores and means 2 T D; then V D."""
    batch = torch.zeros(rows, length, dtype=torch.int64)
    a_token = depth * (12 * width**2 + 2 * length * width) + 40 * width
    method = gpt(length=length, width=width, depth=depth)
    assert training_flops(method, batch) == 3 * 2 * a_token * rows * length
    assert training_flops(method, batch[:1]) == 3 * 2 * a_token * length


def test_training_flops_leave_the_network_as_it_was():
    method = gpt()
    before = {name: value.clone() for name, value in method.state_dict().items()}
    assert training_flops(method, torch.zeros(2, 12, dtype=torch.int64)) > 0
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())
    assert all(p.grad is None for p in method.parameters())


def test_training_flops_of_a_linear_layer_whose_input_wants_no_gradient():
    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.line = nn.Linear(3, 5)

        def loss(self, batch):
            return self.line(batch).sum()

    assert training_flops(Line(), torch.ones(7, 3)) == 2 * 2 * 7 * 3 * 5         # forward, and the gradient of the weights
    assert training_flops(Line(), torch.ones(14, 3)) == 2 * 2 * 14 * 3 * 5


def test_isoflop_optimum_is_the_lowest_point_of_numpy_s_parabola():
    generator = torch.Generator().manual_seed(0)
    for seed in range(5):
        N = (torch.rand(6, generator=generator, dtype=torch.float64) * 4 + 8).exp()
        loss = 2 + 0.1 * (N.log() - 10 - 0.1 * seed) ** 2 + 0.01 * torch.randn(6, generator=generator, dtype=torch.float64)
        N_opt, lowest = isoflop_optimum(N, loss)
        p = np.polyfit(N.log().numpy(), loss.numpy(), 2)
        assert math.log(N_opt) == pytest.approx(-p[1] / (2 * p[0]), abs=1e-6)
        assert float(lowest) == pytest.approx(np.polyval(p, math.log(N_opt)), abs=1e-6)


def test_isoflop_optimum_of_a_hill_or_a_line_is_not_a_number():
    N = torch.tensor([1e4, 1e5, 1e6], dtype=torch.float64)
    for loss in ([2.0, 3.0, 2.0],):
        found = isoflop_optimum(N, torch.tensor(loss, dtype=torch.float64))
        assert all(value.isnan() for value in found)
    assert isoflop_optimum(N, torch.tensor([3.0, 2.0, 2.5], dtype=torch.float64))[0] > 1e5


def made(a: float, seeds=(0, 1), shift=0.0):
    """Runs whose valleys' floors grow as C^a exactly; with `shift`, the other seeds' floors lie elsewhere."""
    rows = []
    for C in (1e9, 1e10, 1e11):
        for s in seeds:
            best = 2e4 * (C / 1e9) ** (a + shift * s)
            for factor in (0.25, 0.5, 1.0, 2.0, 4.0):
                N = best * factor
                rows.append((C, N, C / (6 * N), 2.0 + 0.07 * math.log(factor) ** 2, float(s)))
    return (torch.tensor(column, dtype=torch.float64) for column in zip(*rows))


@pytest.mark.parametrize("a", [0.3, 0.5, 0.73])
def test_scaling_exponents_are_found_again(a):
    found = scaling_exponents(*made(a))
    assert found.shape == (2, 2)
    assert found.tolist() == [pytest.approx([a, 1 - a], abs=1e-6)] * 2


def test_scaling_exponents_are_each_seed_s_own_and_rows_may_come_in_any_order():
    columns = list(made(0.4, seeds=(3, 1), shift=0.1))
    mixed = torch.randperm(len(columns[0]), generator=torch.Generator().manual_seed(0))
    found = scaling_exponents(*(column[mixed] for column in columns))
    assert found[:, 0].tolist() == pytest.approx([0.5, 0.7], abs=1e-6)          # seeds 1 and 3, ascending
    assert found[:, 1].tolist() == pytest.approx([0.5, 0.3], abs=1e-6)


def test_scaling_exponents_of_a_seed_without_a_valley_are_not_numbers():
    C, N, D, loss, seed = made(0.5)
    loss = torch.where((seed == 1) & (C == 1e10), 4 - loss, loss)
    found = scaling_exponents(C, N, D, loss, seed)
    assert found[0].tolist() == pytest.approx([0.5, 0.5], abs=1e-6) and found[1].isnan().all()
