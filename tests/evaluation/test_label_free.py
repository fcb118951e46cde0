"""RankMe and LiDAR: against their definitions in plain float64 loops, closed forms, and what must not move them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslcourse.evaluation import effective_rank, lidar, rankme


def cloud(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain_rank(spectrum, eps: float) -> float:
    total = math.fsum(spectrum)
    shares = [value / total + eps for value in spectrum]
    return math.exp(-math.fsum(p * math.log(p) for p in shares))


@pytest.mark.parametrize("shape", ((30, 6), (6, 30), (12, 12), (1, 5)))
@pytest.mark.parametrize("eps", (1e-7, 0.01))
def test_rankme_by_its_definition(shape, eps):
    Z = cloud(*shape) + 0.5
    values = np.sqrt(np.maximum(0, np.linalg.eigvalsh(Z.numpy() @ Z.numpy().T)))[::-1][:min(shape)]
    assert rankme(Z, eps) == pytest.approx(plain_rank(values.tolist(), eps), rel=1e-6)
    assert rankme(Z.float().numpy(), eps) == pytest.approx(rankme(Z, eps), rel=1e-5)


def test_rankme_is_the_effective_rank_but_for_its_epsilon():
    Z = cloud(50, 8) + 1
    assert rankme(Z, eps=0) == pytest.approx(effective_rank(Z), rel=1e-12)
    assert rankme(Z, eps=1e-3) > rankme(Z)


def test_rankme_of_collapsed_features_and_of_a_few_directions():
    assert rankme(torch.ones(40, 16)) == pytest.approx(1, abs=1e-3)
    three = torch.linalg.qr(cloud(40, 3)).Q @ torch.linalg.qr(cloud(16, 3, seed=1)).Q.T
    assert rankme(three) == pytest.approx(3, abs=1e-3)


def plain_lidar(views: np.ndarray, delta: float, eps: float) -> float:
    """The definition, sums written out; the eigenvalues from scipy's generalized eigenproblem."""
    n, q, d = views.shape
    mean = [math.fsum(views[:, :, k].ravel()) / (n * q) for k in range(d)]
    between, within = np.zeros((d, d)), delta * np.eye(d)
    for i in range(n):
        own = [math.fsum(views[i, :, k]) / q for k in range(d)]
        for a in range(d):
            for b in range(d):
                between[a, b] += (own[a] - mean[a]) * (own[b] - mean[b]) / n
                for j in range(q):
                    within[a, b] += (views[i, j, a] - own[a]) * (views[i, j, b] - own[b]) / (n * q)
    values = np.maximum(0, scipy.linalg.eigh(between, within, eigvals_only=True))
    return plain_rank(values.tolist(), eps)


@pytest.mark.parametrize("shape", ((7, 3, 4), (2, 2, 1), (3, 5, 6), (20, 2, 3)))
@pytest.mark.parametrize(("delta", "eps"), ((1e-4, 1e-7), (0.5, 0.01)))
def test_lidar_by_its_definition(shape, delta, eps):
    views = cloud(shape[0], 1, shape[2]) + 0.7 * cloud(*shape, seed=1) + 2
    wanted = plain_lidar(views.numpy(), delta, eps)
    assert lidar(views, delta, eps) == pytest.approx(wanted, rel=1e-6)
    assert lidar(views.float().numpy(), delta, eps) == pytest.approx(wanted, rel=1e-3)


def test_lidar_looks_at_images_and_rankme_at_anything():
    """Two directions tell images apart, and fourteen are noise of the views, as strong: catches Σ_b alone, unwhitened."""
    views = 0.05 * cloud(400, 8, 16)
    views[:, :, 2:] = cloud(400, 8, 14, seed=1)
    views[:, :, :2] += cloud(400, 1, 2, seed=2)
    assert lidar(views) == pytest.approx(2, abs=0.2)
    assert rankme(views.flatten(0, 1)) > 12


def test_lidar_of_few_images_is_below_their_number():
    views = cloud(5, 1, 40) + 0.01 * cloud(5, 60, 40, seed=1)
    assert 3 < lidar(views) < 4 + 1e-3


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), shift=st.floats(-5, 5))
def test_what_moves_neither(seed, shift):
    """The order of images and of views, and a rotation; LiDAR also no shift, and with a small δ no invertible map."""
    views = cloud(9, 1, 4, seed=seed) + 0.3 * cloud(9, 6, 4, seed=seed + 1)
    turn = torch.linalg.qr(cloud(4, 4, seed=seed)).Q
    assert lidar(views.flip(0, 1) @ turn + shift) == pytest.approx(lidar(views), rel=1e-6)
    assert rankme(views[:, 0].flip(0) @ turn * 3) == pytest.approx(rankme(views[:, 0]), rel=1e-9)
    stretch = turn * torch.tensor([1.0, 2.0, 4.0, 8.0])
    assert lidar(views @ stretch, delta=1e-12) == pytest.approx(lidar(views, delta=1e-12), rel=1e-5)
