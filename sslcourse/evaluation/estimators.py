"""What the classifiers ask of X and y, in scikit-learn's way, with this package's wording."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d, validate_data
from torch import Tensor

from .. import expect
from .arrays import to_numpy


def fit_arrays(estimator: BaseEstimator, X: object, y: object) -> tuple[Tensor, Tensor]:
    """X (N, D) float32 and y as codes (N,) into the sorted ``estimator.classes_``, which this sets."""
    features = matrix(estimator, X, reset=True)
    needs = f"labels (N,): {type(estimator).__name__} requires y to be passed, but the target y is None"
    expect.that(y is not None, "y", None, needs)
    labels = to_numpy(y)
    try:
        labels = column_or_1d(labels, warn=True)
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        check_consistent_length(features, labels)
    except ValueError as error:
        raise ValueError(_message("y", labels, "one label per row of X, (N,)", error)) from error
    estimator.classes_, codes = np.unique(labels, return_inverse=True)
    return features, torch.from_numpy(codes.astype(np.int64))


def matrix(estimator: BaseEstimator, X: object, *, reset: bool = False) -> Tensor:
    """X (N, D) float32, finite, with the columns that `estimator` was fitted on (with `reset`: is fitted on now)."""
    array = to_numpy(X)
    try:
        array = validate_data(estimator, array, reset=reset, dtype=np.float32, order="C")
    except ValueError as error:
        raise ValueError(_message("X", array, "a finite matrix (N, D)", error)) from error
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _message(argument: str, got: object, wanted: str, error: ValueError) -> str:
    """This package's sentence, and of scikit-learn's what says more than that."""
    lines = str(error).splitlines()
    advice = [line for line in lines[1:] if line.startswith("Reshape your data")]
    return f"{argument}: got {expect.describe(got)}, wanted {wanted}. {' '.join([lines[0], *advice])}"
