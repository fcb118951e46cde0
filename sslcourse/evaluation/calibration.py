"""Calibration: of the images that a classifier is 80% sure about, is it right on 80%?

Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017 (arXiv:1706.04599).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import expect
from .arrays import class_indices, prepared, probability_matrix, score_matrix


class ReliabilityCurve(NamedTuple):
    """What a reliability diagram shows, bin by bin; NaN where a bin is empty."""

    edges: np.ndarray       # (n_bins + 1,): the bins' borders, 0 to 1
    confidence: np.ndarray  # (n_bins,): mean confidence
    accuracy: np.ndarray    # (n_bins,): share of right answers
    count: np.ndarray       # (n_bins,): how many answers

    @property
    def error(self) -> float:
        """Expected calibration error (equation 3): mean |accuracy − confidence| over all answers."""
        filled = self.count > 0
        gaps = np.abs(self.accuracy - self.confidence)[filled]
        return float((gaps * self.count[filled]).sum() / self.count.sum())


def reliability_curve(
    proba: object, y: object, n_bins: int = 15, *, classes: Sequence | None = None
) -> ReliabilityCurve:
    """Mean confidence and accuracy in `n_bins` bins of equal width.

    `proba` is (N, K), rows that sum to 1; `y` is (N,), the column of each row's class, or its label where `classes`
    gives the columns' labels. The confidence is a row's largest probability. Bin m holds confidences in (m / n_bins, (m
    + 1) / n_bins], the first one 0 as well, so that confidence 1 lies in the last bin. ValueError: rows that are no
    probabilities, labels out of range, n_bins < 1.

    >>> curve = reliability_curve([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], n_bins=2)
    >>> curve.count.tolist(), curve.confidence.round(2).tolist(), curve.accuracy.round(2).tolist()
    ([0, 3], [nan, 0.8], [nan, 0.67])
    """
    proba = probability_matrix(proba, "proba")
    y = class_indices(y, *proba.shape, classes)
    expect.integer(n_bins, "n_bins", at_least=1)
    confidence = proba.max(axis=1)
    right = proba.argmax(axis=1) == y
    edges = np.arange(n_bins + 1) / n_bins
    where = np.searchsorted(edges[1:-1], confidence, side="left")                           # (N,) in [0, n_bins)

    count = np.bincount(where, minlength=n_bins)
    total_confidence = np.bincount(where, weights=confidence, minlength=n_bins)
    total_right = np.bincount(where, weights=right, minlength=n_bins)
    some = np.where(count > 0, count, np.nan)
    return ReliabilityCurve(edges, total_confidence / some, total_right / some, count)


def _prepare(proba, y, n_bins, classes):
    proba = probability_matrix(proba, "proba")
    y = class_indices(y, *proba.shape, classes)
    expect.integer(n_bins, "n_bins", at_least=1)
    return {"proba": torch.from_numpy(proba).clamp(max=1), "y": torch.from_numpy(y)}    # above 1 by rounding alone


@prepared(_prepare)
def expected_calibration_error(
    proba: Tensor, y: Tensor, n_bins: int = 15, *, classes: Sequence | None = None
) -> float:
    """The mean distance between confidence and accuracy, 0 (calibrated) to 1: equation 3 of Guo et al. 2017.

    Arguments as for `reliability_curve`, whose bins these are. The value depends on the number of bins: compare only
    values with the same one.

    >>> expected_calibration_error([[1.0, 0.0], [1.0, 0.0]], [0, 1])
    0.5
    """
    confidence, answer = proba.max(dim=1)                                           # (N,) each
    right = (answer == y).double()
    error = 0.0
    for m in range(n_bins):
        inside = (confidence > m / n_bins) & (confidence <= (m + 1) / n_bins)
        if inside.any():
            gap = right[inside].mean() - confidence[inside].mean()
            error += (inside.double().mean() * gap.abs()).item()
    return error


@prepared(_prepare)
def squared_calibration_error(
    proba: Tensor, y: Tensor, n_bins: int = 15, *, classes: Sequence | None = None
) -> float:
    """The mean squared distance between confidence and accuracy, without what chance adds to it: it may be below 0.

    In a bin of m answers with mean confidence c and accuracy a, (c − a)² is too large by a's own variance, about
    a (1 − a) / (m − 1): a classifier that knows itself perfectly gets some error from that alone. Here it is taken off.

        Σ over bins (m / N) [(c − a)² − a (1 − a) / (m − 1)]

    Kumar, Liang and Ma, "Verified uncertainty calibration", NeurIPS 2019 (arXiv:1909.10155), definition 5.1. The bins hold
    equally many answers, ordered by confidence. Arguments as for `reliability_curve`. ValueError as there, and for fewer than
    two answers a bin.

    >>> round(squared_calibration_error([[0.9, 0.1]] * 10, [0] * 9 + [1], n_bins=1), 6), round(0.9 * 0.1 / 9, 6)
    (-0.01, 0.01)
    """
    expect.that(len(y) >= 2 * n_bins, "n_bins", n_bins, f"at most {len(y) // 2}, two of the {len(y)} answers in each")
    confidence, answer = proba.max(dim=1)                                           # (N,) each
    right = (answer == y).double()
    order = confidence.argsort(stable=True)
    error = 0.0
    for rows in order.tensor_split(n_bins):
        m, c, a = len(rows), confidence[rows].double().mean(), right[rows].mean()
        error += (m / len(y) * ((c - a) ** 2 - a * (1 - a) / (m - 1))).item()
    return error


def _prepare_logits(logits, y, classes):
    z = score_matrix(logits, "logits")
    return {"logits": torch.from_numpy(z).double(), "y": torch.from_numpy(class_indices(y, *z.shape, classes))}


@prepared(_prepare_logits)
def fit_temperature(logits: Tensor, y: Tensor, *, classes: Sequence | None = None) -> float:
    """The temperature T in [0.01, 100] at which softmax(logits / T) makes the true classes most likely.

    Section 4.2 of Guo et al. 2017: the mean negative log-likelihood is made small, which is convex in β = 1 / T. `logits` is
    (N, K), finite; `y` is (N,) as for `reliability_curve`. Use rows that no classifier was trained on. Log-probabilities
    serve as logits. ValueError: logits that are no matrix or not finite, labels out of range.

    >>> round(fit_temperature([[4.0, 0.0]] * 4, [0, 0, 0, 1]), 2)                 # 98% sure, right 3 times in 4
    3.64
    """
    own = logits.gather(1, y[:, None]).mean()
    low, high = math.log(0.01), math.log(100)                                       # of log β
    for _ in range(45):                                                             # halved until twelve digits are known
        middle = (low + high) / 2
        p = (math.exp(middle) * logits).softmax(dim=1)                              # (N, K)
        slope = (p * logits).sum(dim=1).mean() - own                                # d loss / d β only ever grows
        if slope > 0:
            high = middle
        else:
            low = middle
    return math.exp(-(low + high) / 2)


class TemperatureScaling:
    """One number that softens or sharpens all probabilities: softmax(logits / temperature), section 4.2 of the paper.

    `fit` finds the ``temperature_`` by `fit_temperature`. It changes no answer, only how sure it sounds.

    >>> scaling = TemperatureScaling().fit([[4.0, 0.0]] * 4, [0, 0, 0, 1])        # 98% sure, right 3 times in 4
    >>> scaling.predict_proba([[4.0, 0.0]]).round(3).tolist()
    [[0.75, 0.25]]
    """

    def fit(self, logits: object, y: object, *, classes: Sequence | None = None) -> TemperatureScaling:
        """`logits` (N, K) and `y` (N,) as for `fit_temperature`."""
        self.temperature_ = fit_temperature(logits, y, classes=classes)
        return self

    def predict_proba(self, logits: object) -> np.ndarray:
        """softmax(logits / temperature_), (N, K)."""
        if not hasattr(self, "temperature_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("this TemperatureScaling has no temperature yet: call fit(logits, y) first")
        return softmax(score_matrix(logits, "logits") / self.temperature_)


def softmax(z: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
