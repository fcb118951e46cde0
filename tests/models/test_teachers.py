"""Teachers and schedules: the moving average in closed form, its buffers, and the ends and middle of a cosine."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from sslcourse import models


@pytest.fixture(autouse=True)
def same_numbers_each_time():
    torch.manual_seed(0)


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
@pytest.mark.parametrize("m", (0.0, 0.3, 0.9, 0.996, 1.0))
def test_closed_form(m, dtype):
    """A student that stands still: after n steps the teacher is m^n θ̄_0 + (1 − m^n) θ."""
    student, teacher = network().to(dtype), network().to(dtype)
    start = copy.deepcopy(teacher.state_dict())
    for _ in range(7):
        models.update_momentum(student, teacher, m)
    for name, p in teacher.named_parameters():
        expected = m**7 * start[name] + (1 - m**7) * student.get_parameter(name)
        torch.testing.assert_close(p, expected)
        assert m != 0 or torch.equal(p, student.get_parameter(name))
        assert m != 1 or torch.equal(p, start[name])


def test_a_student_that_moves():
    student, teacher = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    teacher.weight.data.fill_(1.0)
    expected = 1.0
    for value in (3.0, -2.0, 5.0):
        student.weight.data.fill_(value)
        models.update_momentum(student, teacher, 0.8)
        expected = 0.8 * expected + 0.2 * value
    assert teacher.weight.item() == pytest.approx(expected)


@pytest.mark.parametrize("m", (0.0, 0.9, 1.0))
def test_buffers_are_copied(m):
    """Running statistics and the counter of batches, whatever m is; no storage is shared, no gradient recorded."""
    student = network()
    teacher = copy.deepcopy(student)
    models.deactivate_requires_grad(teacher)
    student(torch.randn(8, 3)), student(torch.randn(8, 3))
    models.update_momentum(student, teacher, m)
    for name, buffer in student.named_buffers():
        assert torch.equal(teacher.get_buffer(name), buffer)
        assert teacher.get_buffer(name).data_ptr() != buffer.data_ptr()
    assert teacher[1].num_batches_tracked == 2
    assert all(not p.requires_grad and p.grad is None and p.grad_fn is None for p in teacher.parameters())
    assert all(p.requires_grad for p in student.parameters())


def test_parameters_are_lightlys():
    from lightly.models.utils import update_momentum

    student, teacher = network(), network()
    theirs = copy.deepcopy(teacher)
    models.update_momentum(student, teacher, 0.9)
    update_momentum(student, theirs, 0.9)
    for ours, other in zip(teacher.parameters(), theirs.parameters()):
        torch.testing.assert_close(ours, other)


def test_tied_weights_move_once():
    student = models.TextTransformer(5, 4, 8, 1, 2)
    teacher = copy.deepcopy(student)
    with torch.no_grad():
        student.token_embedding.weight.add_(1.0)
    models.update_momentum(student, teacher, 0.75)
    moved = student.token_embedding.weight - teacher.token_embedding.weight
    torch.testing.assert_close(moved, torch.full_like(moved, 0.75))


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
def test_a_float32_teacher_of_a_half_precision_student(dtype):
    student, teacher = nn.Linear(2, 2).to(dtype), nn.Linear(2, 2)
    before = teacher.weight.clone()
    models.update_momentum(student, teacher, 0.999)
    assert teacher.weight.dtype == torch.float32
    torch.testing.assert_close(teacher.weight, 0.999 * before + 0.001 * student.weight.float())


@pytest.mark.parametrize(("start", "end"), [(0.996, 1.0), (1.0, 0.0), (-2.0, 3.0), (0.5, 0.5)])
def test_cosine_schedule(start, end):
    """Its ends, its middle, its point symmetry, and where it stays after the last step."""
    values = [models.cosine_schedule(step, 101, start, end) for step in range(101)]
    assert values[0] == pytest.approx(start) and values[100] == end
    assert values[50] == pytest.approx((start + end) / 2)
    assert values[25] == pytest.approx(start + (end - start) * (1 - math.sqrt(0.5)) / 2)
    assert all((b - a) * (end - start) >= 0 for a, b in zip(values, values[1:]))
    assert models.cosine_schedule(500, 101, start, end) == end == models.cosine_schedule(0, 1, start, end)


@pytest.mark.parametrize("max_steps", (1, 2, 7, 50))
def test_cosine_schedule_is_lightlys(max_steps):
    from lightly.utils.scheduler import cosine_schedule

    for step in range(max_steps):
        assert models.cosine_schedule(step, max_steps, 0.9, 1.0) == pytest.approx(
            cosine_schedule(step, max_steps, 0.9, 1.0), rel=1e-12
        )


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
def test_a_teacher_in_half_precision_is_refused_because_it_would_stand_still(dtype):
    student, teacher = (nn.Linear(1, 1, bias=False) for _ in range(2))
    nn.init.constant_(student.weight, 1.25), nn.init.constant_(teacher.weight, 1.0)
    with pytest.raises(ValueError, match=f"model_ema: got {dtype} weights .weight., wanted float32 ones"):
        models.update_momentum(student, copy.deepcopy(teacher).to(dtype), 0.996)
    for _ in range(3000):  # a student in half precision is followed all the same
        models.update_momentum(student.to(dtype), teacher, 0.996)
    assert teacher.weight.item() == pytest.approx(1.25, abs=1e-3)
