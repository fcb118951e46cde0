"""recall@k: against a plain loop and scikit-learn, what holds for every input, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from sslcourse.evaluation import recall_at_k


def some(q=40, m=25, classes=7, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    draw = [torch.randn(n, 6, generator=generator).to(dtype) for n in (q, m)]
    labels = [torch.randint(classes, (n,), generator=generator) for n in (q, m)]
    return draw[0], labels[0], draw[1], labels[1]


@pytest.mark.parametrize("k", [1, 3, 25])
def test_it_is_a_plain_loop_s(k):
    queries, y, gallery, z = some()
    found = 0
    for query, label in zip(queries, y):
        order = sorted(range(len(gallery)), key=lambda j: -torch.cosine_similarity(query, gallery[j], dim=0).item())
        found += any(z[j] == label for j in order[:k])
    assert recall_at_k(queries, y, gallery, z, k) == found / len(queries)


@pytest.mark.parametrize("k, seed", [(1, 0), (2, 1), (5, 2), (10, 3)])
def test_it_is_scikit_learn_s_neighbours(k, seed):
    queries, y, gallery, z = some(q=100, m=60, classes=20, seed=seed)
    search = NearestNeighbors(n_neighbors=k, metric="cosine").fit(gallery.numpy())
    nearest = search.kneighbors(queries.numpy(), return_distance=False)
    wanted = np.mean((z.numpy()[nearest] == y.numpy()[:, None]).any(axis=1))
    assert recall_at_k(queries, y, gallery, z, k) == pytest.approx(wanted)


def test_it_never_falls_with_k_and_ends_at_the_labels_that_are_there():
    queries, y, gallery, z = some(classes=40)
    curve = [recall_at_k(queries, y, gallery, z, k) for k in range(1, 26)]
    assert curve == sorted(curve)
    assert curve[-1] == pytest.approx(torch.isin(y, z).double().mean().item())


def test_lengths_and_the_gallery_s_order_do_not_matter():
    queries, y, gallery, z = some()
    order, scale = torch.randperm(25, generator=torch.Generator().manual_seed(1)), torch.rand(40, 1) + 0.1
    assert recall_at_k(queries * scale, y, gallery[order] * 3, z[order], 3) == recall_at_k(queries, y, gallery, z, 3)


def test_a_gallery_of_the_queries_themselves_is_found():
    queries, y, _, _ = some()
    assert recall_at_k(queries, y, queries, y) == 1.0


def test_arrays_and_half_precision_will_do():
    queries, y, gallery, z = some()
    assert recall_at_k(queries.numpy(), y, gallery.numpy(), z, 5) == recall_at_k(queries, y, gallery, z, 5)
    assert 0 <= recall_at_k(queries.bfloat16(), y, gallery.bfloat16(), z, 5) <= 1


@pytest.mark.parametrize("change, argument", [
    (dict(queries=torch.zeros(3)), "queries"),
    (dict(queries=torch.full((40, 6), torch.nan)), "queries"),
    (dict(gallery=torch.zeros(25, 5)), "gallery"),
    (dict(query_labels=torch.zeros(39, dtype=torch.long)), "query_labels"),
    (dict(gallery_labels=torch.zeros(25)), "gallery_labels"),
    (dict(k=26), "k"),
    (dict(k=0), "k"),
])
def test_what_does_not_fit_is_refused(change, argument):
    names = ("queries", "query_labels", "gallery", "gallery_labels")
    with pytest.raises(ValueError, match=f"^{argument}: got .*, wanted "):
        recall_at_k(**{**dict(zip(names, some())), **change})


def test_features_with_a_large_mean_keep_their_neighbours():
    """Catches cosines in float32, whose last digits are all that such features differ in."""
    generator = torch.Generator().manual_seed(0)
    gallery = torch.randn(200, 16, generator=generator) + 1000
    queries = gallery + 0.05 * torch.randn(200, 16, generator=generator)
    assert recall_at_k(queries, torch.arange(200), gallery, torch.arange(200)) == 1.0
