"""The EMA teacher of MoCo, BYOL, DINO and mean teacher: a copy of the student that is moved after it and never trained."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn

from .. import expect, models


def slow_copy(student: nn.Module) -> nn.Module:
    """A teacher as it is born: the student's copy, whose parameters get no gradient.

    >>> teacher = slow_copy(nn.Linear(2, 2))
    >>> any(p.requires_grad for p in teacher.parameters())
    False
    """
    expect.that(isinstance(student, nn.Module), "student", student, "an nn.Module")
    teacher = copy.deepcopy(student)
    models.deactivate_requires_grad(teacher)
    return teacher


def check_momentum(momentum: float, final_momentum: float | None = None) -> None:
    """ValueError that names the argument, unless both lie in [0, 1]; `final_momentum` may be None."""
    expect.number(momentum, "momentum", at_least=0, at_most=1)
    if final_momentum is not None:
        expect.number(final_momentum, "final_momentum", at_least=0, at_most=1)


def momentum_at(progress: float, momentum: float, final_momentum: float | None = None) -> float:
    """m after the share `progress` of a run: half a cosine from `momentum` to `final_momentum`; None: m stays.

        m(t) = m₁ − (m₁ − m₀) (1 + cos π t) / 2         BYOL (Grill et al., 2020, arXiv:2006.07733), section 3.3

    >>> [round(momentum_at(progress, 0.9, 1.0), 3) for progress in (0, 0.25, 0.5, 1)]
    [0.9, 0.915, 0.95, 1.0]
    """
    end = momentum if final_momentum is None else final_momentum
    return end - (end - momentum) * (1 + math.cos(math.pi * progress)) / 2


def follow(teacher: nn.Module, student: nn.Module, m: float, *, copy_buffers: bool = True) -> None:
    """Move the teacher one step towards the student, in place: θ̄ ← m θ̄ + (1 − m) θ, BYOL's equation (1).

    copy_buffers   True: the teacher's BatchNorm takes over the student's running means; False: it keeps its own, which it
                   gathers where it looks at images in training mode

    >>> teacher, student = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.zeros_(teacher.weight), nn.init.ones_(student.weight)
    >>> follow(teacher, student, m=0.75)
    >>> teacher.weight.item()
    0.25
    """
    if copy_buffers:
        models.update_momentum(student, teacher, m)
    else:
        move_teacher(teacher, student, m)


def _check_move(teacher, student, m):
    for module, name in ((teacher, "teacher"), (student, "student")):
        expect.that(isinstance(module, nn.Module), name, module, "an nn.Module")
    expect.that(teacher is not student, "teacher", expect.Words("the student itself"), "a network of its own")
    shapes = [[tuple(p.shape) for p in module.parameters()] for module in (teacher, student)]
    came = expect.Words("other parameters than the student's")
    expect.that(shapes[0] == shapes[1], "teacher", came, "a copy of the student")
    expect.number(m, "m", at_least=0, at_most=1)


@expect.checked(_check_move)
def move_teacher(teacher: nn.Module, student: nn.Module, m: float) -> nn.Module:
    """Every weight of the teacher one step towards the student's, in place: θ_t ← m θ_t + (1 − m) θ_s.

    Caron et al. (2021, arXiv:2104.14294), Algorithm 1, with λ for m. Buffers stay: a teacher that looks at images in training
    mode keeps BatchNorm's running means of its own.

    teacher, student   two networks of one architecture, such as `slow_copy` makes
    m                  in [0, 1]; 0 copies the student, 1 leaves the teacher where it is
    returns            the teacher

    Raises ValueError for one and the same network, parameters of other shapes, m outside [0, 1].

    >>> student, teacher = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(student.weight, 1.0), nn.init.constant_(teacher.weight, 0.0)
    >>> move_teacher(teacher, student, m=0.75).weight.item()
    0.25
    """
    with torch.no_grad():
        for average, weight in zip(teacher.parameters(), student.parameters()):
            average.mul_(m).add_(weight, alpha=1 - m)
    return teacher
