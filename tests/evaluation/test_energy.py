"""evaluation.energy_distance: against a plain loop, SciPy in one dimension, and what a distance between samples must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import energy_distance as one_dimensional

from sslcourse.evaluation import energy, energy_distance


def cloud(n: int, d: int, seed: int) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_against_a_plain_loop():
    x, y = cloud(7, 3, 0), cloud(5, 3, 1) + 0.5
    a, b = x.tolist(), y.tolist()
    between = math.fsum(math.dist(p, q) for p in a for q in b) / 35
    within_x = math.fsum(math.dist(p, q) for i, p in enumerate(a) for j, q in enumerate(a) if i != j) / 42
    within_y = math.fsum(math.dist(p, q) for i, p in enumerate(b) for j, q in enumerate(b) if i != j) / 20
    assert energy_distance(x, y) == pytest.approx(2 * between - within_x - within_y, rel=1e-6)


def test_in_one_dimension_it_agrees_with_scipy():
    """SciPy takes the square root, and counts each row's distance to itself, 0, among the pairs."""
    x, y = cloud(300, 1, 0), 1.5 * cloud(400, 1, 1) + 2
    within = [torch.pdist(part.double()).mean().item() / len(part) for part in (x, y)]
    assert energy_distance(x, y) == pytest.approx(one_dimensional(x[:, 0], y[:, 0]) ** 2 - sum(within), rel=1e-6)


def test_a_distance_between_distributions():
    x, y = cloud(1500, 2, 0), cloud(1500, 2, 1)
    same, moved, wider = energy_distance(x, y), energy_distance(x, y + 1), energy_distance(x, 2 * y)
    assert abs(same) < 0.01 < min(moved, wider)
    assert moved < energy_distance(x, y + 2)
    assert energy_distance(x, y + 1) == pytest.approx(energy_distance(y + 1, x))
    assert energy_distance(3 * x, 3 * y + 3) == pytest.approx(3 * moved)                # a length, in the points' units


def test_blocks_numpy_and_inputs_left_alone(monkeypatch):
    x, y = cloud(50, 4, 0), cloud(40, 4, 1)
    before, whole = x.clone(), energy_distance(x, y)
    monkeypatch.setattr(energy, "_BLOCK", 120)
    assert energy_distance(x.numpy(), y.numpy().astype(np.float64)) == pytest.approx(whole) and torch.equal(x, before)
