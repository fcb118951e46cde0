"""Accuracy, and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import torch
from torch import Tensor

from .. import expect
from .arrays import class_indices, prepared, score_matrix


def _prepare(proba, y, k, classes):
    scores = score_matrix(proba, "proba")
    y = class_indices(y, *scores.shape, classes)
    expect.integer(k, "k", at_least=1, at_most=scores.shape[1])
    return {"proba": torch.from_numpy(scores), "y": torch.from_numpy(y)}


@prepared(_prepare)
def top_k_accuracy(proba: Tensor, y: Tensor, k: int = 1, *, classes: Sequence | None = None) -> float:
    """The share of rows whose true class is among the `k` highest scores.

    `proba` is (N, K), any scores, an array or a tensor; `y` is (N,), the column of each row's class, or its label where
    `classes` gives the columns' labels (``classifier.classes_``). Of equal scores the earlier column counts as higher, as
    in argmax, so that a model that answers the same for every class gets no more than it deserves, and top-1 is the
    accuracy of ``argmax``. With k = 5 it is the measure of the ImageNet challenge (Russakovsky et al., 2015,
    arXiv:1409.0575, section 4.1). ValueError: scores that are no matrix or not finite, labels out of range, k > K.

    >>> scores = [[0.5, 0.3, 0.2], [0.1, 0.5, 0.4]]
    >>> top_k_accuracy(scores, [1, 1], k=1), top_k_accuracy(scores, [1, 1], k=2)
    (0.5, 1.0)
    """
    best = proba.argsort(dim=1, descending=True, stable=True)[:, :k]                # (N, k), of equal ones the earlier
    return (best == y[:, None]).any(dim=1).double().mean().item()


def accuracy_interval(accuracy: float, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for an accuracy measured on `n` independent test images.

    It holds near 0 and 1 and for small n, where ±1.96 standard errors do not (Wilson 1927; Brown, Cai and DasGupta
    2001). It speaks of the choice of test images only: another seed of the training varies the accuracy on top of that.

    >>> low, high = accuracy_interval(0.55, 10_000)
    >>> round(low, 3), round(high, 3)
    (0.54, 0.56)
    """
    expect.number(accuracy, "accuracy", at_least=0, at_most=1)
    expect.integer(n, "n", at_least=1)
    expect.number(confidence, "confidence")
    expect.that(0 < confidence < 1, "confidence", confidence, "a number between 0 and 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (accuracy + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(accuracy * (1 - accuracy) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
