"""Top-k accuracy and its interval, against scikit-learn and cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import top_k_accuracy_score

from sslcourse.evaluation import accuracy_interval, top_k_accuracy


@pytest.mark.parametrize("k", (1, 2, 5, 10))
def test_top_k_against_scikit_learn(k):
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(500, 10)), rng.integers(0, 10, 500)
    expected = 1.0 if k == 10 else top_k_accuracy_score(y, scores, k=k, labels=np.arange(10))
    assert top_k_accuracy(scores, y, k) == pytest.approx(expected)
    assert top_k_accuracy(torch.from_numpy(scores), torch.from_numpy(y), k=k) == pytest.approx(expected)


def test_a_model_that_cannot_decide_gains_nothing():
    """Catches ranks that count strictly higher scores only: equal scores would all be right."""
    y = np.arange(1000) % 10
    assert top_k_accuracy(np.full((1000, 10), 0.1), y, 1) == pytest.approx(0.1)
    assert top_k_accuracy(np.full((1000, 10), 0.1), y, 5) == pytest.approx(0.5)


def test_top_1_is_argmax_with_ties_too():
    rng = np.random.default_rng(0)
    scores, y = rng.integers(0, 3, (400, 6)), rng.integers(0, 6, 400)
    assert top_k_accuracy(scores, y, 1) == (scores.argmax(axis=1) == y).mean()


def test_top_all_is_one():
    assert top_k_accuracy(np.random.default_rng(0).random((20, 4)), np.arange(20) % 4, 4) == 1.0


def test_labels_by_name():
    scores = [[0.6, 0.4], [0.6, 0.4]]
    assert top_k_accuracy(scores, ["dog", "cat"], 1, classes=["cat", "dog"]) == 0.5
    assert top_k_accuracy(scores, [7, -3], 1, classes=np.array([-3, 7])) == 0.5


@pytest.mark.parametrize(("accuracy", "n", "low", "high"), [
    (0.9, 10, 0.5958, 0.9821),  # 9 of 10: Wilson's interval as scipy.stats.binomtest gives it, method "wilson"
    (1.0, 10, 0.7225, 1.0),
    (0.0, 10, 0.0, 0.2775),
])
def test_interval_by_known_values(accuracy, n, low, high):
    """The second and third catch ±1.96 standard errors, which is no interval at all there."""
    assert accuracy_interval(accuracy, n) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("confidence", (0.5, 0.9, 0.99))
def test_interval_against_scipy(confidence):
    from scipy.stats import binomtest

    for right, n in ((1, 3), (55, 100), (9_990, 10_000)):
        expected = binomtest(right, n).proportion_ci(confidence, method="wilson")
        assert accuracy_interval(right / n, n, confidence=confidence) == pytest.approx(tuple(expected), rel=1e-9)
