"""Exercise `move_teacher`: Algorithm 1's moving average of the weights, in place."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import methods, runtime
from ..compare import close
from ..engine import Exercise, Wrong, catches

NEW_NETWORK = ("The teacher that was handed in has not moved: the new weights are in another network, or in new tensors. Who "
               "holds the teacher would never hear of it. Write into the tensors that are there: `average.mul_(m)`, or "
               "`copy_`.")
STUDENT = "The student has moved too. The teacher follows; the student is moved by the optimizer alone."
BUFFERS = ("The weights are right, and buffers have changed as well. BatchNorm's running means are statistics and no "
           "weights: this teacher gathers its own. Loop over `parameters()`, and not over the state dict.")
GRAPH = ("The teacher's weights hang in the graph of the student's, or want a gradient, so each step would keep all the "
         "steps before it in memory. Move them inside `torch.no_grad()`.")
RETURNED = "The teacher itself should come back, and this is something else."


def pairs() -> dict[str, tuple]:
    return {
        "a linear layer": (*_pair([nn.Linear(4, 3)], seed=0), 0.75),
        "a long memory": (*_pair([nn.Linear(3, 5), nn.Linear(5, 2)], seed=1), 0.99),
        "a network with BatchNorm": (*_pair([nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)], seed=2), 0.6),
        "a convolution": (*_pair([nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)], seed=3), 0.9),
        "a short memory": (*_pair([nn.Linear(2, 2)], seed=4), 0.2),
    }


@torch.no_grad()
def _pair(layers: list[nn.Module], seed: int) -> tuple[nn.Module, nn.Module]:
    """Teacher and student: other weights and other buffers in each, and no gradient for the teacher."""
    pair = []
    with runtime.seeded(seed):
        for _ in range(2):
            net = nn.Sequential(*[type(layer)(*_arguments(layer)) for layer in layers])
            for value in net.state_dict().values():
                value.copy_(torch.randint_like(value, 1, 9) if value.dtype == torch.long else torch.rand_like(value) + 0.1)
            pair.append(net)
    pair[0].requires_grad_(False)
    return tuple(pair)


def _arguments(layer: nn.Module) -> tuple:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    if isinstance(layer, nn.Conv2d):
        return layer.in_channels, layer.out_channels, layer.kernel_size
    return (layer.num_features,)


def weights_after(function: Callable, teacher: nn.Module, student: nn.Module, m: float) -> Tensor | Wrong | None:
    """The teacher's weights after the call, in a row; Wrong where anything else is not as it should be."""
    teacher, student = copy.deepcopy((teacher, student))       # what is moved here is not the case itself
    parameters = list(teacher.parameters())
    before, buffers = _row(student.state_dict().values()), _row(teacher.buffers())
    old = _row(teacher.parameters())
    back = function(teacher, student, m)
    if back is None:
        return None
    row = _row(teacher.parameters())
    if back is student:
        return Wrong(row, "returned", RETURNED, seen=row)
    other = isinstance(back, nn.Module) and back is not teacher
    if other or any(new is not old for new, old in zip(teacher.parameters(), parameters, strict=True)):
        seen = _row(back.parameters()) if other else row
        right = close(seen, m * old + (1 - m) * _row(student.parameters()))
        return Wrong(seen, "new_network", NEW_NETWORK if right else "", seen=seen)
    if any(p.requires_grad or p.grad_fn is not None for p in teacher.parameters()):
        return Wrong(row, "graph", GRAPH, seen=row)
    if not torch.equal(_row(student.state_dict().values()), before):
        return Wrong(row, "student", STUDENT, seen=row)
    if not torch.equal(_row(teacher.buffers()), buffers):
        right = close(row, m * old + (1 - m) * _row(student.parameters()))
        return Wrong(row, "buffers", BUFFERS if right else "", seen=row)
    return row if back is teacher else Wrong(row, "returned", RETURNED, seen=row)


def _row(tensors) -> Tensor:
    return torch.cat([torch.zeros(0), *[value.detach().flatten().float() for value in tensors]])


def _mixed(teacher: nn.Module, student: nn.Module, old_share: float, new_share: float) -> Tensor:
    return old_share * _row(teacher.parameters()) + new_share * _row(student.parameters())


@catches("m and 1 − m have changed places: the teacher would be nearly the student of this very step. With m = 0.99 a "
         "hundredth of the student comes in.")
def shares_swapped(got, teacher, student, m):
    return close(got, _mixed(teacher, student, 1 - m, m))


@catches("The shares do not add up to 1, so the weights grow or shrink with each step. The student counts 1 − m.")
def shares_add_up_to_more(got, teacher, student, m):
    others = ((m, 1), (1, 1 - m), (1, m), (m, m), (1 - m, 1 - m), (1, 1))
    return any(close(got, _mixed(teacher, student, *shares)) for shares in others)


@catches("The teacher has become the student: nothing of the old teacher is left.")
def copied(got, teacher, student, m):
    return close(got, _mixed(teacher, student, 0, 1))


@catches("The teacher has not moved. An assignment such as `average = …` gives a name to a new tensor, and the weight inside "
         "the network stays: write into it with `mul_`, `add_`, `copy_` or `lerp_`.")
def not_moved(got, teacher, student, m):
    return close(got, _mixed(teacher, student, 1, 0))


@catches("Only some of the weights have moved. All parameters do, biases and norms among them: `parameters()` has them all.")
def some_alone(got, teacher, student, m):
    whole, still = _mixed(teacher, student, m, 1 - m), _mixed(teacher, student, 1, 0)
    moved = (got - whole).abs() < 1e-6
    return bool(moved.any()) and bool((moved | ((got - still).abs() < 1e-6)).all()) and not bool(moved.all())


@catches("A difference has the wrong sign: the teacher moves *towards* the student, θ_t + (1 − m)(θ_s − θ_t).")
def away(got, teacher, student, m):
    return close(got, _mixed(teacher, student, 2 - m, m - 1)) or close(got, _mixed(teacher, student, m, m - 1))


EXERCISE = Exercise(
    "move_teacher", "15_dino", "The teacher follows", minutes=10, difficulty=2, importance=5,
    reference=methods.move_teacher, returns=("teacher",), cases=pairs, measure=weights_after,
    used_in="in the trainings below, after every step",
    mistakes=(shares_swapped, shares_add_up_to_more, copied, not_moved, some_alone, away),
    hints=("Two networks of one architecture have their weights in the same order. Walk through both at once.",
           "`zip(teacher.parameters(), student.parameters())`, inside `torch.no_grad()`. Change the teacher's tensor itself: "
           "m times its own numbers, and 1 − m times the student's added.",
           "`average.mul_(m).add_(weight, alpha=1 - m)` for each pair, all inside `with torch.no_grad():`; then "
           "`return teacher`."),
)
