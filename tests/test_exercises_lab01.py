"""Lab 01's exercises: every typical wrong answer is caught by its own hint, and every right one passes."""

import inspect

import pytest
import torch
from wrong_answers.lab01 import RIGHT, WRONG, both_zeros, zero_over_zero

from sslcourse import exercises, methods

NAMES = ("pca", "reconstruct", "perplexity")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """For tensors as small as these a second thread costs more than it gives, and much more on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pairs(table):
    return [pytest.param(name, *row, id=f"{name}-{row[0].__name__}")
            for name, rows in table.items() for row in (r if isinstance(r, tuple) else (r,) for r in rows)]


@pytest.mark.parametrize("name, answer, mistake", pairs(WRONG))
def test_a_wrong_answer_is_caught_by_its_own_hint(name, answer, mistake):
    exercise = getattr(exercises, name)
    verdict = exercise.judge(answer)
    assert (verdict.state, verdict.finding.kind) == ("not yet", mistake)
    hints = {m.name: m.hint for m in exercise.mistakes}
    if mistake in hints:
        assert verdict.finding.hint == hints[mistake]
    assert 0 <= verdict.passed < verdict.total


@pytest.mark.parametrize("name, answer", pairs(RIGHT))
def test_a_right_answer_written_another_way_passes(name, answer):
    verdict = getattr(exercises, name).judge(answer)
    assert verdict.state == "passed", verdict.finding
    assert verdict.passed == verdict.total


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_that_is_looked_for_has_a_wrong_answer_that_makes_it(name):
    assert {m.name for m in getattr(exercises, name).mistakes} <= {mistake for _, mistake in WRONG[name]}


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_is_the_packages_own_function_and_passes_when_copied(name):
    exercise = getattr(exercises, name)
    assert exercise.reference is getattr(methods, name)
    module = inspect.getmodule(exercise.reference)
    source = f"from __future__ import annotations\n{inspect.getsource(exercise.reference)}"
    copied = {"torch": torch, "math": getattr(module, "math", None), "expect": module.expect, "Tensor": torch.Tensor}
    exec(source, copied)
    assert exercise.judge(copied[name]).state == "passed"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_shows_no_mistake_in_most_cases_of_each(name):
    """A mistake that even the right answer shows on every input could never be told from it."""
    exercise = getattr(exercises, name)
    for mistake in exercise.mistakes:
        blind = 0
        for args in exercise.cases().values():
            try:
                blind += bool(mistake.shown(exercise.reference(*args), *args))
            except Exception:
                pass
        assert blind < len(exercise.cases()), mistake.name


@pytest.mark.parametrize("name", NAMES)
def test_the_inputs_are_the_same_each_time_differ_in_shape_and_include_both_precisions(name):
    first, second = getattr(exercises, name).cases(), getattr(exercises, name).cases()
    assert list(first) == list(second)
    for one, other in zip(first.values(), second.values()):
        assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(one, other))
    tensors = [args[0] for args in first.values()]
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


@pytest.mark.parametrize("name", NAMES)
def test_hints_go_from_a_direction_to_nearly_the_code_and_say_what_an_exercise_asks(name):
    exercise = getattr(exercises, name)
    assert len(exercise.hints) == 3 and "`" not in exercise.hints[0] and exercise.hints[2].count("`") >= 4
    assert exercise.lab == "01_pca_tsne_umap" and exercise.minutes > 0
    assert 1 <= exercise.difficulty <= 5 and 1 <= exercise.importance <= 5
    assert all(mistake.hint.rstrip()[-1] in ".?)" and mistake.hint.count("`") % 2 == 0 for mistake in exercise.mistakes)
