"""The weighted vote against scikit-learn's brute force and plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from sslcourse.evaluation import KNNClassifier, knn, knn_predict_proba, nearest, nearest_rows


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
    Z, y_train, Z_new = map(torch.from_numpy, (X, y, queries))
    proba = knn_predict_proba(Z.double(), y_train, Z_new.double(), k, temperature, 6)
    torch.testing.assert_close(knn_predict_proba(Z, y_train, Z_new, k, temperature, 6), proba.float(), rtol=0, atol=1e-5)
    assert proba.shape == (8, 6) and (proba[:, 4:] == 0).all()                              # classes that nobody has
    for query, shares in zip(queries.astype(np.float64), proba):
        cosines = [float(query @ x / np.linalg.norm(query) / np.linalg.norm(x)) for x in X.astype(np.float64)]
        votes = [0.0] * 6
        for i in sorted(range(60), key=lambda i: -cosines[i])[:k]:
            votes[y[i]] += math.exp(cosines[i] / temperature)
        np.testing.assert_allclose(shares, np.array(votes) / sum(votes), atol=1e-9)


def test_the_classifier_is_the_vote():
    X, y = clouds(60)
    Z = torch.from_numpy(X).double()
    vote = knn_predict_proba(Z, torch.from_numpy(y), Z[:9], 5, 0.07, 4)
    np.testing.assert_allclose(KNNClassifier(5, 0.07).fit(X, y).predict_proba(X[:9]), vote, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", (1e-30, 1e30))
def test_rows_of_any_length_vote_alike(scale):
    (X, y), (queries, _) = clouds(60), clouds(9, seed=2)
    knn = KNNClassifier(5).fit(X, y)
    np.testing.assert_allclose(knn.predict_proba(queries * np.float32(scale)), knn.predict_proba(queries), atol=1e-5)


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


def test_equal_votes_go_to_the_first_class():
    assert KNNClassifier(2).fit([[1.0, 1.0], [1.0, 1.0]], ["b", "a"]).predict([[1.0, 1.0]]).tolist() == ["a"]


@pytest.mark.parametrize("search", (
    lambda X: nearest_rows(X, X, 3), lambda X: KNNClassifier(3).fit(X, torch.arange(4000) % 9).predict(X),
), ids=("nearest_rows", "KNNClassifier"))
def test_memory_is_bounded_whatever_the_size(monkeypatch, search):
    """4,000 × 4,000 similarities would be 128 MB; torch's largest tensor is a block. Counted, not sampled."""
    for module in (nearest, knn):
        monkeypatch.setattr(module, "BLOCK", 2**17)
    X, largest = torch.randn(4000, 4, generator=torch.Generator().manual_seed(0)), 0

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else [out]:
                if isinstance(tensor, torch.Tensor):
                    largest = max(largest, tensor.untyped_storage().nbytes())
            return out

    with Watch():
        search(X)
    assert 0 < largest <= 8 * 2**17
