"""Lab 04's exercises, beyond what test_exercises_every_lab.py asks of all."""

import pytest
import torch

from sslcourse import exercises
from tests.exercises.wrong_answers.lab04 import by_one_hot, exponential_overflows, vectorised

NAMES = ("knn_predict_proba", "top_k_accuracy", "expected_calibration_error")


@pytest.mark.parametrize("name", NAMES)
def test_the_inputs_differ_in_shape_and_include_both_precisions(name):
    tensors = [args[0] for args in getattr(exercises, name).cases().values()]
    assert len({t.shape for t in tensors}) >= 4 and {t.dtype for t in tensors} == {torch.float32, torch.float64}


def test_votes_may_be_counted_in_either_precision():
    def in_double(Z_train, y, Z, *rest):
        return by_one_hot(Z_train.double(), y, Z.double(), *rest)

    assert {f(*exercises.knn_predict_proba.cases()["a few features"]).dtype for f in (by_one_hot, in_double)} == {
        torch.float32, torch.float64}
    assert exercises.knn_predict_proba.judge(by_one_hot).state == "passed"
    assert exercises.knn_predict_proba.judge(in_double).state == "passed"


def test_a_vote_that_overflows_is_right_everywhere_else():
    verdict = exercises.knn_predict_proba.judge(exponential_overflows)
    assert (verdict.passed, verdict.total) == (5, 6)


def test_a_calibration_error_may_be_a_number_or_a_tensor():
    exercise = exercises.expected_calibration_error
    assert exercise.judge(vectorised).state == "passed"
    assert exercise.judge(lambda proba, y, n_bins=15: float(vectorised(proba, y, n_bins))).state == "passed"


def test_the_inputs_hold_confidences_of_exactly_one_and_empty_bins():
    certain, empty = [], []
    for proba, _, n_bins in exercises.expected_calibration_error.cases().values():
        confidence = proba.amax(dim=1)
        certain.append(bool((confidence == 1).any()))
        empty.append(len((confidence * n_bins).ceil().unique()) < n_bins)
    assert sum(certain) == 2 and sum(empty) >= 2
