"""Bug hunts: what is given counts as not attempted, is really wrong, and the mended code passes."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from sslcourse.exercises import catalogue, compare
from sslcourse.exercises.engine import Mistake, hunt
from tests.exercises.small_exercise import exercise

HUNTS = [e for e in catalogue.every() if e.given is not None]


def hunt_scale(X, factor):
    """A colleague's."""
    return X + factor, X.sum()


def unchanged(X, factor):
    # a comment, and no more
    return X + factor,  X.sum()


def test_what_is_given_is_not_attempted_and_the_mended_code_passes():
    hunted = hunt(exercise(), hunt_scale, title="Something is wrong", hints=("a", "b", "c"))
    assert hunted.name == "hunt_scale" and hunted.title == "Something is wrong"
    assert hunted.judge(hunt_scale).state == hunted.judge(unchanged).state == "not attempted"
    assert hunted.judge(lambda X, factor: (X - factor, X.sum())).state == "not yet"
    assert hunted.judge(lambda X, factor: (factor * X, X.sum())).state == "passed"


def test_untouched_it_says_what_can_be_seen_of_the_mistake_and_mended_what_it_was(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path))
    ours = exercise()
    plus = Mistake("plus", "It is plus where times belongs.", lambda got, X, factor: compare.close(got[0], X + factor))
    hunted = hunt(dataclasses.replace(ours, mistakes=(plus,)), hunt_scale, title="Bug hunt: Too small", hints=("a", "b", "c"))
    hunted.check(hunt_scale)
    shown = " ".join(capsys.readouterr().out.split())
    assert "still your colleague's code" in shown and "still in it: too small." in shown and "`...`" not in shown
    hunted.check(lambda X, factor: (factor * X, X.sum()))
    assert "The mistake that you mended. It is plus where times belongs." in " ".join(capsys.readouterr().out.split())
    assert ours.mended == ""


@pytest.mark.slow
@pytest.mark.parametrize("exercise", HUNTS, ids=lambda e: e.name)
def test_a_lab_s_hunt_is_named_so_and_its_code_is_wrong_in_a_way_that_is_told(exercise):
    assert exercise.name.startswith("hunt_") and exercise.judge(exercise.given).state == "not attempted"
    verdict = dataclasses.replace(exercise, given=None).judge(exercise.given)
    assert verdict.state == "not yet" and exercise.mended == verdict.finding.hint
    assert verdict.finding.kind in {m.name for m in exercise.mistakes}, "the mistake is one that the check can name"


def test_a_symptom_that_is_named_can_be_seen():
    """Lab 03's colleague: her clouds pay more for being narrow and more for being wide, and the same where sigma is 1."""
    hunted = next(e for e in HUNTS if e.name == "hunt_kl")
    for log_var, more in ((-2.0, True), (0.0, False), (2.0, True)):
        mu, log_var = torch.zeros(4, 3), torch.full((4, 3), log_var)
        assert bool(hunted.given(mu, log_var) > hunted.reference(mu, log_var) + 1e-6) == more
