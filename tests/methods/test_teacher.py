"""The EMA teacher: how it is born, how it follows, and that every method which has one moves it along its cosine."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sslcourse import methods, models
from sslcourse.methods.teacher import check_momentum, follow, momentum_at, slow_copy


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


@pytest.mark.parametrize(("progress", "momentum", "final", "wanted"), [
    (0.0, 0.9, 1.0, 0.9), (0.5, 0.8, 1.0, 0.9), (1.0, 0.9, 1.0, 1.0), (0.25, 0.0, 1.0, (1 - math.sqrt(0.5)) / 2),
    (0.3, 0.9, None, 0.9), (0.7, 0.0, None, 0.0), (1.0, 1.0, 0.0, 0.0),
])
def test_the_momentum_goes_along_half_a_cosine_or_stays(progress, momentum, final, wanted):
    assert momentum_at(progress, momentum, final) == pytest.approx(wanted, abs=1e-12)


def test_a_teacher_is_a_copy_that_is_not_trained():
    student = network()
    teacher = slow_copy(student)
    assert all(torch.equal(a, b) for a, b in zip(student.state_dict().values(), teacher.state_dict().values()))
    assert all(p.requires_grad for p in student.parameters()) and not any(p.requires_grad for p in teacher.parameters())
    with torch.no_grad():
        student[0].weight.add_(1.0)
    assert not torch.equal(student[0].weight, teacher[0].weight)


@pytest.mark.parametrize("copy_buffers", (True, False))
def test_a_step_by_hand(copy_buffers):
    student = network()
    teacher = slow_copy(student)
    old = {name: value.clone() for name, value in teacher.state_dict().items()}
    with torch.no_grad():
        for value in student.state_dict().values():
            value.add_(1)
    follow(teacher, student, 0.75, copy_buffers=copy_buffers)
    for name, value in teacher.named_parameters():
        torch.testing.assert_close(value, old[name] + 0.25)
    for name, value in teacher.named_buffers():
        assert torch.equal(value, old[name] + 1 if copy_buffers else old[name]), name


@pytest.mark.parametrize("make", (methods.BYOL, methods.DINO), ids=lambda make: make.__name__)
@pytest.mark.parametrize("progress", (0.0, 0.25, 1.0))
def test_a_method_s_teacher_follows_along_the_cosine(make, progress):
    """Head and encoder move by 1 − m(t), m from 0.6 up to 1."""
    method = make(models.small_resnet(), momentum=0.6, final_momentum=1.0)
    pairs = ((method.teacher_encoder, method.encoder), (method.teacher_head, method.head))
    before = [parameter.clone() for teacher, _ in pairs for parameter in teacher.parameters()]
    with torch.no_grad():
        for _, student in pairs:
            for parameter in student.parameters():
                parameter.add_(1.0)
    method.after_step(progress)
    after = [parameter for teacher, _ in pairs for parameter in teacher.parameters()]
    moved = torch.cat([(new - old).flatten() for new, old in zip(after, before)])
    torch.testing.assert_close(moved, torch.full_like(moved, 1 - momentum_at(progress, 0.6, 1.0)), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("call", "argument"), [
    (lambda: slow_copy("network"), "student"),
    (lambda: check_momentum(1.1), "momentum"),
    (lambda: check_momentum(0.5, -0.1), "final_momentum"),
    (lambda: follow(network(), network(), 2), "m"),
])
def test_bad_input_is_refused(call, argument):
    with pytest.raises(ValueError, match=f"^{argument}: got .*, wanted "):
        call()
