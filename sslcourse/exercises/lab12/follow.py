"""Exercise `follow`: the moving average, which makes a teacher of a student's past."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import runtime
from ...methods import teacher as teachers
from ..compare import close
from ..engine import Exercise, Wrong, catches

SHARED = ("The numbers are right now, and a tensor of the teacher *is* one of the student: what changes the one changes the "
          "other from here on. Copy the numbers into the teacher's own tensor, `t.copy_(s)`.")


def networks() -> dict[str, tuple]:
    return {
        "two layers and a norm": (*_pair([nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)], seed=0), 0.9),
        "a convolution": (*_pair([nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)], seed=1), 0.75),
        "a slow teacher": (*_pair([nn.Linear(4, 4), nn.BatchNorm1d(4)], seed=2), 0.99),
        "m = 0": (*_pair([nn.Linear(2, 3), nn.BatchNorm1d(3)], seed=3), 0.0),
        "m = 1": (*_pair([nn.Linear(5, 2), nn.BatchNorm1d(2)], seed=4), 1.0),
    }


@torch.no_grad()
def _pair(layers: list[nn.Module], seed: int) -> tuple[nn.Module, nn.Module]:
    """A teacher and a student of one architecture, all of whose weights and running means differ."""
    with runtime.seeded(seed):
        teacher, student = nn.Sequential(*layers), nn.Sequential(*copy.deepcopy(layers))
        for net in (teacher, student):
            for parameter in net.parameters():
                parameter.copy_(torch.randn_like(parameter) + 1)
            for buffer in net.buffers():
                buffer.copy_(torch.randint_like(buffer, 1, 90) if buffer.dtype == torch.long else torch.rand_like(buffer))
    return teacher.requires_grad_(False), student


def moved(function: Callable, teacher: nn.Module, student: nn.Module, m: float) -> Tensor | Wrong:
    """Both networks after the call, in a row: the teacher's weights and buffers, the student's, and whether a teacher's
    weight hangs on a graph."""
    teacher, student = copy.deepcopy(teacher), copy.deepcopy(student)
    function(teacher, student, m)
    row = _row(teacher, student, any(p.requires_grad for p in teacher.parameters()))
    of_the_student = {value.data_ptr() for value in student.state_dict().values()}
    shared = any(value.data_ptr() in of_the_student for value in teacher.state_dict().values())
    return Wrong(row, "shared", SHARED, seen=row) if shared else row


def _row(teacher: nn.Module, student: nn.Module, graph: bool = False, weights: list[Tensor] | None = None,
         buffers: list[Tensor] | None = None) -> Tensor:
    parts = [*(weights or teacher.parameters()), *(buffers or teacher.buffers()), *student.parameters(), *student.buffers()]
    return torch.cat([*[part.detach().flatten().double() for part in parts], torch.tensor([float(graph)])])


def _weights(teacher: nn.Module, student: nn.Module, old: float, new: float) -> list[Tensor]:
    return [old * t.detach() + new * s.detach() for t, s in zip(teacher.parameters(), student.parameters())]


def _after(teacher, student, old, new, buffers=None):
    return _row(teacher, student, weights=_weights(teacher, student, old, new), buffers=buffers or list(student.buffers()))


def _either(got, teacher, student, old, new):
    """With the buffers copied, left or averaged: one mistake is told at a time."""
    ways = (None, list(teacher.buffers()), _averaged(teacher, student, old, new))
    return any(close(got, _after(teacher, student, old, new, way)) for way in ways)


def _averaged(teacher, student, old, new):
    return [(old * t.double() + new * s.double()).to(t) for t, s in zip(teacher.buffers(), student.buffers())]


@catches("The numbers may be right, but the teacher's weights now hang on the student's graph, which grows with every step "
         "and leads gradients into the teacher. Do it under `torch.no_grad()`.")
def graph_grows(got, teacher, student, m):
    return bool(got[-1] == 1)


@catches("Nothing has happened to the teacher's weights. `t = …` gives a new tensor a name, and the network keeps the old "
         "one: write into it, `t.copy_(…)`.")
def nothing_moved(got, teacher, student, m):
    return m < 1 and _either(got, teacher, student, 1.0, 0.0)


@catches("The two weights are exchanged. The teacher keeps m of itself, close to 1, and takes 1 − m from the student.")
def turned_round(got, teacher, student, m):
    return _either(got, teacher, student, 1 - m, m)


@catches("The teacher has become the student, whatever m is. It takes over 1 − m of it, and keeps m of what it was.")
def copied(got, teacher, student, m):
    return m > 0 and _either(got, teacher, student, 0.0, 1.0)


@catches("The teacher's own weights are not made smaller: θ̄ + (1 − m) θ grows at every step. It is m θ̄ + (1 − m) θ.")
def not_shrunk(got, teacher, student, m):
    return _either(got, teacher, student, 1.0, 1 - m)


@catches("It is the student that has moved. It learns by its gradient alone; the teacher follows.")
def student_moved(got, teacher, student, m):
    there = slice(len(_row(teacher, teacher)) // 2, -1)
    return m < 1 and not close(got[there], _row(teacher, student)[there])


@catches("The weights are right, but BatchNorm's running means are still the teacher's own, and do not fit its new weights. "
         "They are buffers, and no parameters: copy `student.buffers()` over.")
def buffers_left(got, teacher, student, m):
    return close(got, _after(teacher, student, m, 1 - m, list(teacher.buffers())))


@catches("The weights are right. The buffers are averaged too; here they are copied, the student's running means as "
         "they are.")
def buffers_averaged(got, teacher, student, m):
    return close(got, _after(teacher, student, m, 1 - m, _averaged(teacher, student, m, 1 - m)))


@catches("The student comes in whole: m θ̄ + θ grows at every step. The two shares add up to 1: m of the old, 1 − m of the "
         "new.")
def student_whole(got, teacher, student, m):
    return m > 0 and _either(got, teacher, student, m, 1.0)


@catches("Only some of the weights have moved. All parameters do, biases and norms among them: `parameters()` has them all.")
def some_alone(got, teacher, student, m):
    whole, still = (_after(teacher, student, old, new) for old, new in ((m, 1 - m), (1.0, 0.0)))
    right, old = (got - whole).abs() < 1e-6, (got - still).abs() < 1e-6
    return bool((right | old).all()) and not bool(right.all()) and bool((right & ~old).any())


EXERCISE = Exercise(
    "follow", "12_without_negatives", "A teacher that follows its student", minutes=10, difficulty=2, importance=4,
    reference=teachers.follow, returns=("teacher",), cases=networks, measure=moved,
    used_in="after every step of BYOL's training",
    mistakes=(graph_grows, nothing_moved, copied, turned_round, not_shrunk, student_moved, buffers_left, buffers_averaged,
              student_whole, some_alone),
    hints=("Walk over the weights of both networks together: each pair has a new value for the teacher's.",
           "`zip(teacher.parameters(), student.parameters())`: write m times the one plus 1 − m times the other into the "
           "first, without a graph. Then the same walk over `buffers()`, which are copied as they are.",
           "Under `torch.no_grad()`: `t.copy_(m * t + (1 - m) * s)` for each pair of parameters, and `t.copy_(s)` for each "
           "pair of buffers."),
)
