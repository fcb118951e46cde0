"""ECE, the reliability curve and temperature scaling: against a plain loop, torchmetrics and cases done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from sslcourse.evaluation import (
    TemperatureScaling,
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
    squared_calibration_error,
    top_k_accuracy,
)


def predictions(n: int = 2000, classes: int = 7, sharpness: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels that are drawn from their softmax sharpened or softened."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(n, classes))
    true = np.exp(logits / sharpness)
    true /= true.sum(axis=1, keepdims=True)
    return logits, np.array([rng.choice(classes, p=p) for p in true])


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def plain_ece(proba, y, n_bins: int) -> float:
    """Equation 3 of Guo et al. as a double loop: bins (m/M, (m+1)/M], the first with 0."""
    total = 0.0
    for m in range(n_bins):
        inside = []
        for p, label in zip(proba, y):
            confidence = max(p)
            if m / n_bins < confidence <= (m + 1) / n_bins or (m == 0 and confidence == 0):
                inside.append((confidence, list(p).index(confidence) == label))
        if inside:
            confidence = math.fsum(c for c, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            total += len(inside) / len(y) * abs(accuracy - confidence)
    return total


@pytest.mark.parametrize("n_bins", (1, 3, 10, 15, 100))
def test_ece_against_a_plain_loop(n_bins):
    logits, y = predictions(300)
    proba = softmax(logits)
    assert expected_calibration_error(proba, y, n_bins) == pytest.approx(plain_ece(proba.tolist(), y, n_bins), rel=1e-9)


@pytest.mark.parametrize("n_bins", (1, 3, 7, 10, 15, 49))
def test_the_error_is_the_curve_s(n_bins):
    """Confidences on every border of the bins too: both put each of them into the same bin."""
    borders = np.arange(1, n_bins + 1) / n_bins
    confidence = np.concatenate([borders, np.random.default_rng(0).uniform(0.5, 1, 200)])
    confidence = confidence[confidence >= 0.5]
    proba = np.stack([confidence, 1 - confidence], axis=1)
    y = np.random.default_rng(1).integers(0, 2, len(proba))
    curve = reliability_curve(proba, y, n_bins)
    assert expected_calibration_error(proba, y, n_bins) == pytest.approx(curve.error, rel=1e-12)
    assert curve.count.sum() == len(proba)
    for m in range(n_bins):
        inside = (confidence > m / n_bins) & (confidence <= (m + 1) / n_bins)
        assert curve.count[m] == inside.sum()


@pytest.mark.parametrize("n_bins", (10, 15))
def test_ece_against_torchmetrics(n_bins):
    from torchmetrics.functional.classification import multiclass_calibration_error

    logits, y = predictions()
    proba = torch.from_numpy(softmax(logits))
    peer = multiclass_calibration_error(proba, torch.from_numpy(y), num_classes=7, n_bins=n_bins, norm="l1").item()
    assert expected_calibration_error(proba, torch.from_numpy(y), n_bins) == pytest.approx(peer, abs=1e-6)


@pytest.mark.parametrize("n_bins", (1, 10, 15))
def test_confidence_of_exactly_one_counts(n_bins):
    """Catches half-open bins that drop it: a model always sure and always wrong would be perfectly calibrated."""
    proba = np.eye(2)[[0, 0, 0, 0]]
    assert expected_calibration_error(proba, [1, 1, 1, 1], n_bins) == 1.0
    assert expected_calibration_error(proba, [0, 0, 0, 0], n_bins) == 0.0
    assert reliability_curve(proba, [0, 0, 0, 1], n_bins).count[-1] == 4


def test_confidence_just_above_one_is_rounding():
    proba = np.array([[1 + 1e-7, 0.0]], dtype=np.float32)
    assert reliability_curve(proba, [0], 10).count.tolist() == [0] * 9 + [1]


def test_borders_belong_to_the_bin_below():
    curve = reliability_curve([[0.5, 0.5], [0.75, 0.25], [0.76, 0.24]], [0, 0, 0], 4)
    assert curve.count.tolist() == [0, 1, 1, 1]


def test_the_curve_by_hand():
    proba = [[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.45, 0.55]]
    curve = reliability_curve(proba, [0, 1, 1, 1], 5)
    np.testing.assert_allclose(curve.edges, [0, 0.2, 0.4, 0.6, 0.8, 1])
    assert curve.count.tolist() == [0, 0, 2, 1, 1]
    np.testing.assert_allclose(curve.confidence, [np.nan, np.nan, 0.575, 0.8, 0.9])
    np.testing.assert_allclose(curve.accuracy, [np.nan, np.nan, 0.5, 0, 1])
    assert curve.error == pytest.approx((2 * 0.075 + 0.8 + 0.1) / 4)


def test_many_classes_and_labels_by_name():
    """With 1000 classes the largest probability may be 0.001: catches bins that begin at 1/K or at 0.5."""
    assert expected_calibration_error(np.full((5, 1000), 0.001), np.zeros(5, int)) == pytest.approx(0.999)
    proba = [[0.5, 0.5], [1.0, 0.0]]
    by_name = expected_calibration_error(proba, ["b", "a"], classes=["a", "b"])
    assert by_name == expected_calibration_error(proba, [1, 0])


def test_half_precision_probabilities_are_taken():
    logits, y = predictions(200)
    for dtype in (torch.float16, torch.bfloat16):
        proba = torch.from_numpy(softmax(logits)).to(dtype)
        assert abs(expected_calibration_error(proba, y) - expected_calibration_error(softmax(logits), y)) < 0.02


def nll(logits, y, temperature: float) -> float:
    return torch.nn.functional.cross_entropy(torch.from_numpy(logits) / temperature, torch.from_numpy(y)).item()


@pytest.mark.parametrize("sharpness", (0.5, 1.0, 3.0))
def test_the_temperature_is_the_one_that_minimises_the_loss(sharpness):
    from scipy.optimize import minimize_scalar

    logits, y = predictions(sharpness=sharpness)
    best = minimize_scalar(lambda t: nll(logits, y, math.exp(t)), bounds=(-5, 5), options={"xatol": 1e-9})
    found = TemperatureScaling().fit(logits, y).temperature_
    assert found == pytest.approx(math.exp(best.x), rel=1e-5)
    assert found == pytest.approx(sharpness, rel=0.15)  # the labels were drawn at this temperature
    assert fit_temperature(logits, y) == found
    assert fit_temperature(torch.from_numpy(logits).float(), torch.from_numpy(y)) == pytest.approx(found, rel=1e-5)
    assert fit_temperature(logits, np.array(list("abcdefg"))[y], classes=list("abcdefg")) == found


def test_it_calibrates_and_changes_no_answer():
    logits, y = predictions()
    (fitted, y_fit), (held_out, y_test) = (logits[:1000], y[:1000]), (logits[1000:], y[1000:])
    scaling = TemperatureScaling().fit(fitted, y_fit)
    after = scaling.predict_proba(held_out)
    assert (after.argmax(axis=1) == held_out.argmax(axis=1)).all()
    np.testing.assert_allclose(after.sum(axis=1), 1)
    assert expected_calibration_error(after, y_test) < expected_calibration_error(softmax(held_out), y_test) / 2
    assert top_k_accuracy(after, y_test, 2) == top_k_accuracy(held_out, y_test, 2)


def test_log_probabilities_serve_as_logits():
    logits, y = predictions(300)
    a, b = TemperatureScaling().fit(logits, y), TemperatureScaling().fit(np.log(softmax(logits)), y)
    assert a.temperature_ == pytest.approx(b.temperature_, rel=1e-9)


@pytest.mark.parametrize(("labels", "temperature"), [([0, 0, 0], 0.01), ([1, 1, 1], 100)], ids=["right", "wrong"])
def test_without_a_minimum_it_stops_at_the_bound(labels, temperature):
    """Catches a search that runs away to 0 or infinity where every answer is right, or every answer is wrong."""
    assert TemperatureScaling().fit([[2.0, 0.0]] * 3, labels).temperature_ == pytest.approx(temperature)


def test_not_before_fit():
    with pytest.raises(NotFittedError):
        TemperatureScaling().predict_proba([[0.0, 1.0]])


def test_the_temperature_is_exact():
    """The slope of the loss is 0 there, to the last digits: catches a search that stops early."""
    logits, y = predictions(500)
    beta = 1 / TemperatureScaling().fit(logits, y).temperature_
    slope = ((softmax(beta * logits) * logits).sum(axis=1) - logits[np.arange(500), y]).mean()
    assert abs(slope) < 1e-9


def test_logits_of_any_size_stay_finite():
    scaling = TemperatureScaling().fit([[2000.0, 0.0], [0.0, 3000.0], [900.0, 0.0]], [0, 1, 1])
    assert np.isfinite(scaling.predict_proba([[1e5, 0.0], [-1e5, 0.0]])).all()


def test_the_squared_error_of_one_who_knows_himself_is_zero_on_average_and_the_plain_one_is_not():
    draw = torch.Generator().manual_seed(0)
    plain, debiased = [], []
    for _ in range(200):
        sure = 0.5 + 0.5 * torch.rand(300, generator=draw, dtype=torch.float64)
        proba = torch.stack([sure, 1 - sure], dim=1)
        y = (torch.rand(300, generator=draw, dtype=torch.float64) > sure).long()    # right as often as it says
        plain.append(expected_calibration_error(proba, y))
        debiased.append(squared_calibration_error(proba, y))
    mean, error = np.mean(debiased), np.std(debiased) / 200 ** 0.5
    assert abs(mean) < 3 * error and np.mean(plain) > 0.05


def test_the_squared_error_of_one_who_is_too_sure_is_the_square_of_by_how_much():
    proba, y = np.tile([0.9, 0.1], (40_000, 1)), np.arange(40_000) % 10 < 3         # right on 70%, and 90% sure
    order = np.random.default_rng(0).permutation(40_000)
    assert squared_calibration_error(proba[order], y[order].astype(int)) == pytest.approx(0.04, abs=0.002)
