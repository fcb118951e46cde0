"""Lab 01's exercises, beyond what test_exercises_every_lab.py asks of all."""

import pytest
import torch

from sslcourse import exercises, methods
from tests.exercises.wrong_answers.lab01 import both_zeros, zero_over_zero

NAMES = ("pca", "reconstruct", "perplexity")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """For tensors as small as these a second thread costs more than it gives, and much more on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", NAMES)
def test_the_inputs_differ_in_shape_and_include_both_precisions(name):
    tensors = [args[0] for args in getattr(exercises, name).cases().values()]
    assert len({t.shape for t in tensors}) >= 4 and {t.dtype for t in tensors} == {torch.float32, torch.float64}


@pytest.mark.parametrize("flip", [(-1, 1), (1, -1), (-1, -1)])
def test_the_sign_of_a_component_does_not_matter(flip):
    def answer(X, k):
        mean, components, variances = methods.pca(X, k)
        signs = torch.tensor((flip * k)[:k], dtype=X.dtype)
        return mean, components * signs[:, None], variances

    verdict = exercises.pca.judge(answer)
    assert verdict.passed == verdict.total and verdict.finding.kind == "package"    # right, if not the student's own


def test_what_is_right_already_is_told():
    def answer(X, k):
        mean, components, variances = methods.pca(X, k)
        return mean, components, variances.sqrt()

    verdict = exercises.pca.judge(answer)
    assert verdict.right == ("mean", "components") and (verdict.passed, verdict.total) == (12, 18)


def test_two_mistakes_are_told_one_at_a_time():
    """First the missing zero of the entropy, and once that is mended, the underflow that hid behind it."""
    assert exercises.perplexity.judge(both_zeros).finding.kind == "zero_times_log_zero"
    assert exercises.perplexity.judge(zero_over_zero).finding.kind == "underflow"
