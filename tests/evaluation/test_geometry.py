"""Alignment, uniformity, effective rank, CKA, neighbour overlap: against loops, closed forms, their invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslcourse.evaluation import (
    alignment,
    effective_rank,
    feature_deviation,
    geometry,
    linear_cka,
    neighbour_overlap,
    uniformity,
)

seeds = st.integers(0, 2**31 - 1)


def cloud(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def rotation(d: int, seed: int = 0) -> torch.Tensor:
    return torch.linalg.qr(cloud(d, d, seed).double()).Q


def unit(row: list[float]) -> list[float]:
    length = math.sqrt(math.fsum(x * x for x in row))
    return [x / length for x in row]


@pytest.mark.parametrize("alpha", (1.0, 2.0, 3.0))
def test_alignment_against_a_plain_loop(alpha):
    z0, z1 = cloud(9, 5, 0), cloud(9, 5, 1)
    distances = [math.dist(unit(a), unit(b)) ** alpha for a, b in zip(z0.tolist(), z1.tolist())]
    assert alignment(z0, z1, alpha) == pytest.approx(math.fsum(distances) / 9, rel=1e-9)


def test_alignment_of_equal_and_of_opposite_views():
    z = cloud(9, 5)
    assert alignment(z, 3 * z) == pytest.approx(0, abs=1e-12) and alignment(z, -z) == pytest.approx(4)


@pytest.mark.parametrize("t", (0.5, 2.0))
def test_uniformity_against_a_plain_loop(t):
    """Pairs of different points, each counted: catches the N points paired with themselves."""
    rows = [unit(row) for row in cloud(9, 5).tolist()]
    energies = [math.exp(-t * math.dist(a, b) ** 2) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j]
    assert uniformity(cloud(9, 5), t) == pytest.approx(math.log(math.fsum(energies) / len(energies)), rel=1e-9)


def test_uniformity_of_one_point_and_of_many_directions():
    assert uniformity(torch.ones(7, 3)) == pytest.approx(0, abs=1e-12)
    assert uniformity(cloud(500, 400)) == pytest.approx(-4, abs=0.05)  # nearly orthogonal: ‖zᵢ − zⱼ‖² = 2, t = 2


def test_uniformity_in_blocks(monkeypatch):
    """More rows than one block holds: catches the diagonal masked in the first block only."""
    z = cloud(3000, 4)
    energy = torch.pdist(torch.nn.functional.normalize(z.double())).square().mul(-2).exp().mean().log().item()
    assert uniformity(z) == pytest.approx(energy, rel=1e-6)


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_feature_deviation_against_a_plain_loop(shift):
    z = cloud(9, 4) + shift
    rows = [unit(row) for row in z.tolist()]
    found = []
    for column in zip(*rows):
        mean = math.fsum(column) / 9
        found.append(math.sqrt(math.fsum((x - mean) ** 2 for x in column) / 9))
    assert feature_deviation(z) == pytest.approx(math.sqrt(4) * math.fsum(found) / 4, rel=1e-6)


def test_feature_deviation_from_one_direction_to_all():
    assert feature_deviation(cloud(20_000, 16)) == pytest.approx(1, abs=0.02)
    assert feature_deviation(torch.ones(5, 3)) == pytest.approx(0, abs=1e-12)
    lengths = torch.rand(7, 1, generator=torch.Generator().manual_seed(0)) + 0.5
    z = cloud(7, 3)
    assert feature_deviation(z * lengths) == pytest.approx(feature_deviation(z), rel=1e-6)
    assert 0 < feature_deviation(cloud(50, 8) + 30) < 0.1


@pytest.mark.parametrize("rank", (1, 3, 8))
def test_effective_rank_of_equal_singular_values_is_their_number(rank):
    x = torch.linalg.qr(cloud(40, rank).double()).Q @ torch.linalg.qr(cloud(10, rank, 1).double()).Q.T
    assert effective_rank(x) == pytest.approx(rank, rel=1e-9)


@pytest.mark.parametrize("shape", ((30, 6), (6, 30), (12, 12)))
def test_effective_rank_by_its_definition(shape):
    x = cloud(*shape)
    values = np.linalg.svd(x.numpy().astype(np.float64), compute_uv=False)
    p = values / values.sum()
    assert effective_rank(x) == pytest.approx(math.exp(-(p * np.log(p)).sum()), rel=1e-9)


def test_effective_rank_with_and_without_the_mean():
    x = cloud(200, 8) + 100
    assert effective_rank(x) < 3 and effective_rank(x, center=True) > 7
    assert effective_rank(x, center=True) == pytest.approx(effective_rank(x - x.mean(dim=0)), rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, scale=st.floats(1e-3, 1e3))
def test_effective_rank_is_unmoved_by_scale_and_rotation(seed, scale):
    x = cloud(20, 5, seed).double()
    assert effective_rank(scale * x @ rotation(5, seed)) == pytest.approx(effective_rank(x), rel=1e-9)


def plain_cka(x: np.ndarray, y: np.ndarray) -> float:
    """By the definition with Gram matrices: HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L))."""
    n = len(x)
    H = np.eye(n) - 1 / n
    K, L = x @ x.T, y @ y.T

    def hsic(a, b):
        return np.trace(a @ H @ b @ H)

    return hsic(K, L) / math.sqrt(hsic(K, K) * hsic(L, L))


@pytest.mark.parametrize(("n", "d0", "d1"), ((50, 4, 7), (6, 20, 9), (10, 3, 40), (2, 5, 5)))
def test_cka_by_its_definition(n, d0, d1):
    """Both ways to compute it: by features, and by pairs of rows where there are fewer of them."""
    x, y = cloud(n, d0, 0) + 3, cloud(n, d1, 1) - 2
    y[:, 0] += x[:, 0]
    assert linear_cka(x, y) == pytest.approx(plain_cka(x.numpy().astype(float), y.numpy().astype(float)), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
def test_cka_is_unmoved_by_rotation_scale_and_shift_and_is_symmetric(seed, scale, shift):
    x, y = cloud(30, 5, seed).double(), cloud(30, 4, seed + 1).double()
    value = linear_cka(x, y)
    assert 0 <= value <= 1
    assert linear_cka(y, x) == pytest.approx(value, rel=1e-9)
    assert linear_cka(scale * x @ rotation(5, seed) + shift, y) == pytest.approx(value, rel=1e-6)
    assert linear_cka(x, scale * x @ rotation(5, seed)) == pytest.approx(1, rel=1e-9)


def test_cka_is_moved_by_other_linear_maps():
    """Catches CCA in its place, which is not."""
    x = cloud(100, 5).double()
    assert linear_cka(x, x * torch.tensor([10.0, 1, 1, 1, 1])) < 0.9


def test_overlap_against_a_plain_loop():
    X, Z = cloud(40, 8, 0), cloud(40, 2, 1)
    Z[:, 0] += 3 * X[:, 0]

    def nearest(points, i):
        others = [j for j in range(40) if j != i]
        return set(sorted(others, key=lambda j: math.dist(points[i], points[j]))[:5])

    kept = [len(nearest(X.tolist(), i) & nearest(Z.tolist(), i)) / 5 for i in range(40)]
    assert neighbour_overlap(X, Z, n_neighbors=5) == pytest.approx(sum(kept) / 40)
    assert neighbour_overlap(X.numpy(), Z.numpy(), n_neighbors=5) == pytest.approx(sum(kept) / 40)


def test_overlap_of_a_rotated_copy_and_of_a_random_map():
    X = cloud(300, 6)
    assert neighbour_overlap(X, 5 * X.double() @ rotation(6), 10) == 1.0
    assert neighbour_overlap(X, cloud(300, 2, 9), 10) == pytest.approx(10 / 299, abs=0.02)
    assert neighbour_overlap(X, cloud(300, 2, 9), 299) == 1.0


def test_a_point_is_not_its_own_neighbour():
    """Catches the point itself among its k: every map would seem to keep it."""
    X, Z = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[0.0], [3.0], [1.0]])
    assert neighbour_overlap(X, Z, 1) == 0.0  # in X: 0 → 1, 1 → 0, 2 → 1; in Z: 0 → 2, 1 → 2, 2 → 0


def test_inputs_are_left_alone():
    x = cloud(20, 4)
    kept = x.clone()
    for measure in (uniformity, effective_rank, lambda z: linear_cka(z, z), lambda z: alignment(z, z)):
        measure(x)
        assert torch.equal(x, kept)
    assert geometry.effective_rank(x.half()) > 1 and geometry.effective_rank(x.clone().requires_grad_()) > 1


def test_overlap_goes_by_the_metric_that_is_asked_for():
    x = cloud(40, 3)
    stretched = x * torch.linspace(0.1, 9, 40)[:, None]
    assert neighbour_overlap(x, stretched, 5, metric="cosine") == 1 > neighbour_overlap(x, stretched, 5) + 0.2


@pytest.mark.parametrize("shape", ((50, 4), (6, 9)))
@pytest.mark.parametrize("center", (True, False))
def test_effective_rank_of_tall_and_of_wide_clouds(shape, center):
    """Both ways to the singular values, against NumPy's."""
    x = (cloud(*shape) + 3).numpy().astype(np.float64)
    values = np.linalg.svd(x - x.mean(axis=0) if center else x, compute_uv=False)
    p = values[values > 1e-12 * values[0]] / values.sum()
    assert effective_rank(torch.from_numpy(x), center=center) == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-6)


def test_double_precision_stays():
    """Catches features rounded to float32 on their way in: of differences of 10⁻⁹ nothing would be left."""
    x = 1 + 1e-9 * cloud(30, 4).double()
    assert alignment(x, x.roll(1, 0)) > 1e-19
    assert effective_rank(x, center=True) == pytest.approx(effective_rank(x - 1, center=True), rel=1e-5)
