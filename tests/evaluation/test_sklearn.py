"""The three classifiers keep scikit-learn's conventions: they pass its own checks, with no expected failures."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from sslcourse.evaluation import KNNClassifier, LinearProbe, ZeroShotClassifier

# Some of the checks fit ten rows, so that twenty neighbours would rightly be refused.
CLASSIFIERS = [KNNClassifier(n_neighbors=3), LinearProbe(), ZeroShotClassifier()]
# What scikit-learn leaves out by itself where something is not installed or not switched on.
NEEDS_MORE = {"check_array_api_input", "check_classifier_data_not_an_array"}

each = pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda classifier: type(classifier).__name__)


@each
def test_passes_scikit_learns_checks(classifier):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(classifier, on_skip=None, on_fail=None)
    failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    assert failed == {}
    assert skipped <= NEEDS_MORE and len(results) > 40


@each
def test_parameters_can_be_read_set_and_cloned(classifier):
    parameters = classifier.get_params()
    twin = clone(classifier)
    assert twin is not classifier and twin.get_params() == parameters and not hasattr(twin, "classes_")
    name = next(iter(parameters))
    assert twin.set_params(**{name: 7}).get_params()[name] == 7 and classifier.get_params() == parameters


@each
@pytest.mark.parametrize("method", ("predict", "predict_proba", "score"))
def test_not_before_fit(classifier, method):
    X, y = np.eye(4), [0, 1, 0, 1]
    with pytest.raises(NotFittedError, match=type(classifier).__name__):
        getattr(clone(classifier), method)(*((X, y) if method == "score" else (X,)))


def test_the_public_defaults():
    """DESIGN's names and defaults: notebooks rely on them."""
    assert KNNClassifier().get_params() == {"n_neighbors": 20, "temperature": 0.07}
    assert LinearProbe().get_params()["C"] == 1.0
    assert ZeroShotClassifier().get_params() == {"temperature": 0.01}


def test_they_work_inside_scikit_learns_tools():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    X = rng.normal(size=(90, 5)) + 3 * np.eye(3, 5)[y]
    search = GridSearchCV(KNNClassifier(), {"n_neighbors": [1, 5], "temperature": [0.07, 1.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.8
    assert cross_val_score(make_pipeline(StandardScaler(), LinearProbe()), X, y, cv=3).mean() > 0.8
