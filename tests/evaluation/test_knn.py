"""KNNClassifier and nearest_rows against scikit-learn's brute force and plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from sslcourse.evaluation import KNNClassifier, knn_predict_proba, nearest, nearest_rows


def clouds(n: int, d: int = 16, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    centres = np.random.default_rng(1).normal(size=(classes, d))
    return (centres[y] + 2 * rng.normal(size=(n, d))).astype(np.float32), y


@pytest.mark.parametrize("temperature", (0.02, 0.07, 1.0))
@pytest.mark.parametrize("k", (1, 5, 20, 200))
def test_agrees_with_scikit_learn(k, temperature):
    (X, y), (queries, _) = clouds(1500), clouds(300, seed=2)
    peer = KNeighborsClassifier(
        k, metric="cosine", algorithm="brute", weights=lambda distance: np.exp((1 - distance) / temperature)
    ).fit(X.astype(np.float64), y)
    ours = KNNClassifier(k, temperature).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(queries), peer.predict_proba(queries.astype(np.float64)), atol=1e-9)
    assert (ours.predict(queries) == peer.predict(queries.astype(np.float64))).all()


def test_the_weights_are_those_of_the_paper():
    """By hand: cosines 1 and 0.6, temperature 0.5. Catches weights by distance, or without temperature."""
    proba = KNNClassifier(2, temperature=0.5).fit([[2.0, 0.0], [3.0, 4.0]], [0, 1]).predict_proba([[5.0, 0.0]])
    a, b = math.exp(1 / 0.5), math.exp(0.6 / 0.5)
    np.testing.assert_allclose(proba, [[a / (a + b), b / (a + b)]], rtol=1e-6)


@pytest.mark.parametrize(("k", "temperature"), ((1, 0.07), (7, 0.3), (40, 0.05)))
def test_the_vote_on_tensors_against_a_plain_loop(k, temperature):
    (X, y), (queries, _) = clouds(60, d=5), clouds(8, d=5, seed=2)
    proba = knn_predict_proba(*map(torch.from_numpy, (X, y, queries)), k, temperature, 6)
    assert proba.shape == (8, 6) and (proba[:, 4:] == 0).all()                              # classes that nobody has
    for query, shares in zip(queries.astype(np.float64), proba):
        cosines = [float(query @ x / np.linalg.norm(query) / np.linalg.norm(x)) for x in X.astype(np.float64)]
        votes = [0.0] * 6
        for i in sorted(range(60), key=lambda i: -cosines[i])[:k]:
            votes[y[i]] += math.exp(cosines[i] / temperature)
        np.testing.assert_allclose(shares, np.array(votes) / sum(votes), atol=1e-9)


def test_the_classifier_is_the_vote():
    X, y = clouds(60)
    vote = knn_predict_proba(torch.from_numpy(X), torch.from_numpy(y), torch.from_numpy(X[:9]), 5, 0.07, 4)
    assert (KNNClassifier(5, 0.07).fit(X, y).predict_proba(X[:9]) == vote.numpy()).all()


@pytest.mark.parametrize("temperature", (1e-4, 1e4))
def test_extreme_temperatures_stay_finite(temperature):
    """Catches exp(1 / 1e-4): infinity, and NaN after the division."""
    X, y = clouds(50)
    proba = KNNClassifier(10, temperature).fit(X, y).predict_proba(X)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


@pytest.mark.parametrize("classes", (1, 2, 700))
def test_any_number_of_classes_and_of_queries(classes):
    """Catches kNN code that assumes 1000 classes, or at least 100 test images."""
    X, _ = clouds(1500)
    y = np.arange(1500) % classes
    knn = KNNClassifier(1).fit(X, y)
    assert knn.predict_proba(X[:3]).shape == (3, classes)
    assert knn.predict(X[7:8]).tolist() == [7 % classes]


def test_labels_may_be_anything():
    X, y = clouds(60)
    names = np.array(["aeroplane", "bird", "cat", "dog"])[y]
    knn = KNNClassifier(1).fit(X, names)
    assert knn.classes_.tolist() == sorted(set(names)) and (knn.predict(X) == names).all()
    odd = torch.from_numpy(y * 7 - 3)
    assert (KNNClassifier(1).fit(X, odd).predict(X) == odd.numpy()).all()


def test_tensors_and_arrays_give_the_same():
    X, y = clouds(60)
    tensors = torch.from_numpy(X).requires_grad_(), torch.from_numpy(y)
    a, b = KNNClassifier(5).fit(X, y), KNNClassifier(5).fit(*tensors)
    assert (a.predict_proba(X) == b.predict_proba(tensors[0])).all()
    assert a.score(X, y) == b.score(*tensors) > 0.5
    assert KNNClassifier(5).fit(tensors[0].bfloat16(), tensors[1]).predict(X).shape == (60,)


def test_fit_keeps_a_copy_and_changes_nothing():
    X, y = clouds(60)
    kept = X.copy()
    knn = KNNClassifier(5).fit(X, y)
    before = knn.predict_proba(kept)
    assert (X == kept).all()
    X[:] = 1
    assert (knn.predict_proba(kept) == before).all()


@pytest.mark.parametrize("block", (1, 40, 1000, 2**24))
def test_how_the_work_is_cut_does_not_matter(monkeypatch, block):
    (X, _), (queries, _) = clouds(700), clouds(90, seed=3)
    whole = nearest_rows(queries, X, 9)
    monkeypatch.setattr(nearest, "BLOCK", block)
    for ours, theirs in zip(nearest_rows(queries, X, 9), whole):
        assert torch.equal(ours, theirs)


def test_one_query_alone_gets_the_answer_it_gets_among_others():
    (X, _), (queries, _) = clouds(700), clouds(20, seed=3)
    together = nearest_rows(queries, X, 9)
    alone = [nearest_rows(queries[i:i + 1], X, 9) for i in range(20)]
    for part in (0, 1):
        assert torch.equal(together[part], torch.cat([one[part] for one in alone]))


@pytest.mark.parametrize("copies", (3, 40, 500))
def test_equal_similarities_come_in_the_order_of_the_rows(copies):
    """Catches ties broken by the order of a partial sort, among few copies and among more than any margin holds."""
    rows, _ = clouds(12, seed=5)
    bank = np.tile(rows, (copies, 1))
    similarities, indices = nearest_rows(rows, bank, 5)
    for i in range(12):
        same = [j for j in range(len(bank)) if j % 12 == i]
        assert indices[i].tolist()[:min(5, copies)] == same[:5]
    assert (similarities[:, 0] - 1).abs().max() < 1e-6


def test_equal_votes_go_to_the_first_class():
    assert KNNClassifier(2).fit([[1.0, 1.0], [1.0, 1.0]], ["b", "a"]).predict([[1.0, 1.0]]).tolist() == ["a"]


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


@pytest.mark.parametrize(("columns", "k"), ((30, 5), (999, 7), (50_000, 24)))
def test_the_search_in_groups_misses_none_of_the_largest(columns, k):
    """What nearest_rows looks through has spare candidates, which would hide one that is missed."""
    x = torch.randn(20, columns, generator=torch.Generator().manual_seed(0))
    x[0] = torch.arange(columns)  # the largest side by side at the very end
    values, indices = nearest._topk(x, k)
    assert torch.equal(values, x.topk(k).values) and torch.equal(x.gather(1, indices), values)


def test_rows_of_zeros_and_of_any_length():
    """Catches NaN from 0 / 0, and squares that overflow or vanish in float32."""
    bank = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    queries = torch.tensor([[0.0, 0.0], [1e-30, 0.0], [0.0, 1e30]])
    similarities, indices = nearest_rows(queries, bank, 2)
    assert similarities.tolist() == [[0, 0], [1, 0], [1, 0]] and indices.tolist() == [[0, 1], [0, 1], [1, 0]]
    assert nearest_rows(bank, torch.zeros(50, 2), 3)[1].tolist() == [[0, 1, 2]] * 2


def test_memory_is_bounded_whatever_the_size():
    """20,000 × 20,000 similarities would be 1.6 GB; torch's largest tensor is a block. Counted, not sampled."""
    rng = torch.Generator().manual_seed(0)
    X = torch.randn(20_000, 4, generator=rng)
    largest = 0

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else [out]:
                if isinstance(tensor, torch.Tensor):
                    largest = max(largest, tensor.untyped_storage().nbytes())
            return out

    with Watch():
        nearest.search(X, X, 3)
    assert 0 < largest <= 4 * nearest.BLOCK
