"""Every exercise on a pretended GPU: the solution that a student is shown runs there, and passes; a right answer that was
written for the CPU is told what to do, in words that fit."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from sslcourse import runtime
from sslcourse.exercises import devices, judging, pasted
from tests.exercises.test_every_lab import RIGHT, every_exercise
from tests.tools.pretended_gpu import GPU, pretended_gpu


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(runtime, "device", lambda: GPU)
    with pretended_gpu():
        yield


def found(exercise, answer) -> tuple[object, int]:
    """What the device's check says of the answer, and how many cases it has tried."""
    tried = []

    def reference(*args):
        value = exercise.reference(*args)
        tried.append(value)
        return value

    return devices.finding(dataclasses.replace(exercise, reference=reference), answer, exercise.cases()), len(tried)


def solution(exercise):
    space: dict = {}
    exec(pasted.solution(exercise.reference, exercise.name), space)
    return space[exercise.name]


@pytest.mark.slow
@every_exercise
def test_the_solution_runs_on_a_second_device(exercise, gpu):
    finding, tried = found(exercise, solution(exercise))
    assert finding is None, finding
    assert tried > 0


@pytest.mark.slow
@every_exercise
def test_another_right_answer_runs_or_is_told_what_to_do(exercise, gpu):
    """None of them fails in a way that leaves nothing to say but that it fails."""
    for answer in RIGHT[exercise.name]:
        finding, _ = found(exercise, answer)
        assert finding is None or "X.device" in finding.hint, (answer.__name__, finding)


def test_an_answer_that_forgets_the_device_is_told_so(gpu):
    from sslcourse import exercises

    def nt_xent(z0, z1, temperature=0.5):
        n = len(z0)
        z = torch.nn.functional.normalize(torch.cat([z0, z1]), dim=1)
        logits = (z @ z.T / temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
        return torch.nn.functional.cross_entropy(logits, torch.arange(2 * n).roll(n))

    verdict = judging.judge(exercises.nt_xent, nt_xent)
    assert verdict.state == "not yet" and verdict.finding.kind == "device"
    assert "Right on the CPU" in verdict.finding.hint and "device=X.device" in verdict.finding.hint
