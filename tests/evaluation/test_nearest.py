"""nearest_rows against a full sort and plain loops, also where features lie far from the origin."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sslcourse.evaluation import nearest, nearest_rows
from tests.evaluation.test_knn import clouds


@pytest.mark.parametrize("block", (1, 40, 1000, 2**24))
def test_how_the_work_is_cut_does_not_matter(monkeypatch, block):
    (X, _), (queries, _) = clouds(700), clouds(90, seed=3)
    whole = nearest_rows(queries, X, 9)
    monkeypatch.setattr(nearest, "BLOCK", block)
    cut = nearest_rows(queries, X, 9)
    assert torch.equal(cut[1], whole[1])
    torch.testing.assert_close(cut[0], whole[0], rtol=0, atol=1e-14)


def test_one_query_alone_gets_the_answer_it_gets_among_others():
    (X, _), (queries, _) = clouds(700), clouds(20, seed=3)
    together = nearest_rows(queries, X, 9)
    alone = [nearest_rows(queries[i:i + 1], X, 9) for i in range(20)]
    assert torch.equal(together[1], torch.cat([one[1] for one in alone]))
    torch.testing.assert_close(together[0], torch.cat([one[0] for one in alone]), rtol=0, atol=1e-14)


@pytest.mark.parametrize("copies", (3, 40))
def test_equal_rows_are_equally_near(copies):
    rows, _ = clouds(12, seed=5)
    similarities, indices = nearest_rows(rows, np.tile(rows, (copies, 1)), copies)
    assert (indices % 12 == torch.arange(12)[:, None]).all() and (similarities - 1).abs().max() < 1e-12


@pytest.mark.parametrize("mean", (100.0, 1000.0))
def test_features_with_a_large_mean_keep_their_neighbours(mean):
    """Catches cosines in float32: among directions that are nearly one, most neighbours are wrong at 100, all at 1000."""
    x = torch.randn(400, 16, generator=torch.Generator().manual_seed(0)) + mean
    found = nearest_rows(x, x, 3)[1]
    unit = [[float(v) for v in row] for row in x.double() / x.double().norm(dim=1, keepdim=True)]
    for i in (0, 150, 399):
        apart = [math.fsum((a - b) ** 2 for a, b in zip(unit[i], row)) for row in unit]
        assert found[i].tolist() == sorted(range(400), key=apart.__getitem__)[:3]


@pytest.mark.parametrize("shape", ((5, 3), (40, 8), (1000, 3), (3000, 64)))
@pytest.mark.parametrize("k", (1, 3, 5))
def test_nearest_rows_against_a_full_sort(shape, k):
    """Both ways through the search for the largest: few columns, and many in groups."""
    rng = np.random.default_rng(0)
    bank, queries = rng.normal(size=shape).astype(np.float32), rng.normal(size=(17, shape[1])).astype(np.float32)
    unit = [x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True) for x in (queries, bank)]
    cosine = unit[0] @ unit[1].T
    similarities, indices = nearest_rows(queries, torch.from_numpy(bank), k)
    assert (indices.numpy() == np.argsort(-cosine, axis=1)[:, :k]).all()
    np.testing.assert_allclose(similarities, -np.sort(-cosine, axis=1)[:, :k], atol=1e-12)


def test_rows_of_zeros_and_of_any_length():
    """Catches NaN from 0 / 0, and squares that overflow or vanish in float32."""
    bank = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    queries = torch.tensor([[0.0, 0.0], [1e-30, 0.0], [0.0, 1e30]])
    similarities, indices = nearest_rows(queries, bank, 2)
    assert similarities.tolist() == [[0, 0], [1, 0], [1, 0]] and indices[1:].tolist() == [[0, 1], [1, 0]]
    assert nearest_rows(bank, torch.zeros(50, 2), 3)[0].tolist() == [[0, 0, 0]] * 2
