"""LinearProbe against scikit-learn's LogisticRegression on the same standardised features."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from sslcourse.evaluation import LinearProbe
from tests.benchmarks.bench_losses import peak_bytes


def features(n: int, d: int = 20, classes: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes in correlated features of very different scales, as a network's are."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(7).normal(size=(d, d)) * np.logspace(-2, 1, d)
    y = rng.integers(0, classes, n)
    centres = np.random.default_rng(1).normal(size=(classes, d))
    return ((0.6 * centres[y] + rng.normal(size=(n, d))) @ mix + 5).astype(np.float32), y


def loss(W, b, x, y, C) -> float:
    """What both minimise, in float64."""
    logits = torch.from_numpy(x.astype(np.float64) @ W.T + b)
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    return torch.nn.functional.cross_entropy(logits, torch.from_numpy(y)).item() + (W**2).sum() / (2 * C * len(x))


@pytest.mark.parametrize("C", (0.01, 1.0, 100.0))
@pytest.mark.parametrize("classes", (2, 3, 8))
def test_reaches_scikit_learns_minimum(classes, C):
    """Catches a penalty that counts otherwise: by rows, by the mean, on the intercept, twice for two classes."""
    X, y = features(800, classes=classes)
    x = StandardScaler().fit_transform(X.astype(np.float64))
    peer = LogisticRegression(C=C, max_iter=10_000, tol=1e-8).fit(x, y)
    ours = LinearProbe(C=C).fit(X, y)
    scaled = (X - ours.mean_) / ours.scale_
    lowest = loss(peer.coef_, peer.intercept_, x, y, C)
    assert loss(ours.coef_, ours.intercept_, scaled, y, C) == pytest.approx(lowest, rel=1e-4)
    assert ours.loss_ == pytest.approx(lowest, rel=1e-4)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(x), atol=0.02)
    assert abs(ours.score(X, y) - peer.score(x, y)) <= 0.003


@pytest.mark.parametrize("classes", (2, 4))
def test_coefficients_agree_when_run_to_the_end(classes):
    X, y = features(600, d=6, classes=classes)
    x = StandardScaler().fit_transform(X.astype(np.float64))
    peer = LogisticRegression(max_iter=10_000, tol=1e-10).fit(x, y)
    with warnings.catch_warnings():  # float32 alone would stall before it gets there
        warnings.simplefilter("error", ConvergenceWarning)
        ours = LinearProbe(tol=1e-7).fit(X, y)
    assert ours.coef_.shape == peer.coef_.shape and ours.intercept_.shape == peer.intercept_.shape
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, peer.intercept_, atol=1e-4)
    np.testing.assert_allclose(ours.decision_function(X), peer.decision_function(x), atol=1e-3)


def test_the_scale_of_a_feature_does_not_matter():
    """Catches probing raw features: C would then mean something else for every encoder."""
    X, y = features(300)
    a, b = LinearProbe().fit(X, y), LinearProbe().fit(X * np.logspace(-6, 6, 20).astype(np.float32), y)
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-3)


def test_standardised_by_the_training_set_alone():
    """Catches statistics taken anew from the queries: one image alone would always be predicted from zeros."""
    X, y = features(300)
    probe = LinearProbe().fit(X, y)
    np.testing.assert_allclose(probe.predict_proba(X[:1]), probe.predict_proba(X)[:1], rtol=1e-12)
    np.testing.assert_allclose(probe.mean_, X.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(probe.scale_, X.std(axis=0), rtol=1e-4)


@pytest.mark.parametrize("constant", (0.0, 0.1, 1e6))
def test_constant_features_count_for_nothing(constant):
    """Catches division by zero, and rounding noise of 0.1 blown up to standard deviation 1."""
    X, y = features(300)
    wide = np.concatenate([X, np.full((300, 2), constant, dtype=np.float32)], axis=1)
    a, b = LinearProbe().fit(X, y), LinearProbe().fit(wide, y)
    assert np.abs(b.coef_[:, -2:]).max() < 1e-6
    np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(wide), atol=1e-3)


def test_duplicated_features_and_more_features_than_rows():
    """Catches a factorisation that fails where the features' covariance is singular."""
    X, y = features(300)
    for wide in (np.concatenate([X, X], axis=1), X @ np.random.default_rng(0).normal(size=(20, 90))):
        assert LinearProbe(C=1e12, max_iter=3000).fit(wide, y).score(wide, y) > 0.6
    X, y = features(30, d=200)
    assert LinearProbe().fit(X, y).score(X, y) == 1.0


def test_fewer_steps_than_in_plain_coordinates():
    """The point of the whitening: catches a P that is no longer near the curvature's inverse root."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(60, 60)))[0]
    y = rng.integers(0, 5, 2000)
    z = rng.normal(size=(2000, 60)) + 0.2 * rng.normal(size=(5, 60))[y]
    X = (z * np.logspace(0, -2, 60)) @ directions  # a spectrum that falls as a network's does
    x = StandardScaler().fit_transform(X)
    peer = LogisticRegression(C=100, max_iter=10_000).fit(x, y)
    ours = LinearProbe(C=100).fit(X, y)
    assert 1 <= ours.n_iter_ <= peer.n_iter_.max() / 3
    assert ours.loss_ <= loss(peer.coef_, peer.intercept_, x, y, 100) + 1e-6


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # three steps say what is held
@pytest.mark.parametrize("side", (64, 96))
def test_large_images_fit_in_memory(side):
    """Pixels of 300 color images: catches any (D, D) matrix, be it the identity: 1.2 GB of float64 at 64 × 64."""
    rows = np.random.default_rng(0).normal(size=(300, 3 * side * side)).astype(np.float32)
    y = np.arange(300) % 10
    fitted = []
    assert peak_bytes(lambda: fitted.append(LinearProbe(max_iter=3).fit(rows, y))) < 300e6
    assert fitted[0].coef_.shape == (10, 3 * side * side)


@pytest.mark.slow
def test_more_columns_than_a_preconditioner_is_made_for():
    """D > 4096, N < D: the same minimum as scikit-learn's, from the weights themselves."""
    X, y = features(60, d=4100, classes=3)
    x = StandardScaler().fit_transform(X.astype(np.float64))
    peer = LogisticRegression(C=0.01, max_iter=10_000, tol=1e-8).fit(x, y)
    ours = LinearProbe(C=0.01, tol=1e-7).fit(X, y)
    assert ours.loss_ == pytest.approx(loss(peer.coef_, peer.intercept_, x, y, 0.01), rel=1e-6)
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=1e-5)


def test_stopping_early_is_said():
    X, y = features(300)
    with pytest.warns(ConvergenceWarning, match=r"after 2 steps.*max_iter \(now 2\)"):
        assert LinearProbe(max_iter=2).fit(X, y).n_iter_ == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        LinearProbe().fit(X, y)


def test_any_labels_arrays_and_tensors():
    X, y = features(300, classes=3)
    names = np.array(["dog", "cat", "ant"])[y]
    probe = LinearProbe().fit(X, names)
    assert probe.classes_.tolist() == ["ant", "cat", "dog"] and probe.score(X, names) > 0.6
    odd = LinearProbe().fit(torch.from_numpy(X), torch.from_numpy(y * 10 - 7))
    assert set(odd.predict(torch.from_numpy(X))) <= {-7, 3, 13}
    np.testing.assert_allclose(odd.predict_proba(X)[:, ::-1], probe.predict_proba(X), atol=5e-3)


def test_two_fits_are_identical_and_leave_the_features_alone():
    X, y = features(300)
    kept = X.copy()
    a, b = LinearProbe().fit(X, y), LinearProbe().fit(torch.from_numpy(X), y)
    assert (a.coef_ == b.coef_).all() and (X == kept).all()


def test_the_number_of_threads_comes_back():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        LinearProbe().fit(*features(50))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_log_probabilities_stay_finite_where_probabilities_vanish():
    X, y = features(300, classes=2)
    far = X + 1e6 * np.sign(LinearProbe().fit(X, y).coef_)
    log_p = LinearProbe(C=100).fit(X, y).predict_log_proba(far.astype(np.float32))
    assert np.isfinite(log_p).all() and log_p.min() < -100


def test_a_column_of_rounding_counts_for_nothing():
    """Catches a deviation of one unit in the last place that is scaled up to 1: noise would become a feature."""
    X, y = features(300)
    last_digit = np.random.default_rng(0).integers(0, 2, 300).astype(np.float32) * np.spacing(np.float32(1000))
    constant = np.float32(1000) + last_digit
    probe = LinearProbe().fit(np.column_stack([X, constant]), y)
    assert probe.scale_[-1] == 1 and np.abs(probe.coef_[:, -1]).max() < 1e-2


def test_one_row_alone_gets_the_digits_it_gets_among_others():
    X, y = features(300)
    probe = LinearProbe().fit(X, y)
    together = probe.decision_function(X)
    for i in range(0, 300, 30):
        np.testing.assert_allclose(probe.decision_function(X[i:i + 1])[0], together[i], rtol=1e-12, atol=1e-13)
