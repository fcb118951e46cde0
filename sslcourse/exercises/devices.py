"""A right answer once more, on the course's device where there is one other than the CPU."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .. import runtime
from .calling import call
from .faults import Finding
from .lines import students_line

if TYPE_CHECKING:
    from .engine import Exercise

HINT = ("Right on the CPU. On this computer's {device}, two devices meet: a new tensor is made on the CPU unless it is told "
        "otherwise. Make it where the input lives, `torch.zeros(n, device=X.device)`, or from the input, `X.new_zeros(n)`.")
NUMPY = ("Right on the CPU. On this computer's {device} it fails, since NumPy sees the CPU's memory alone: either stay in "
         "PyTorch, or go there and back, `X.cpu().numpy()` and `torch.from_numpy(a).to(X.device)`.")


def finding(exercise: Exercise, answer: Callable, cases: dict[str, tuple]) -> Finding | None:
    """What goes wrong there, if anything. That the reference runs there too is seen to first."""
    device = runtime.device()
    if device.type == "cpu":
        return None
    for says, args in cases.items():
        try:
            given = moved(args, device)
            want = exercise.reference(*moved(args, device))
        except (RuntimeError, TypeError, NotImplementedError):      # MPS has no float64
            continue
        outcome = call(answer, given, limit=4 * exercise.limit)     # the first call on a GPU loads its libraries
        if outcome.stopped:
            return None
        if outcome.error is not None:
            error = f"{type(outcome.error).__name__}: {outcome.error}"[:400]
            words = (NUMPY if "numpy" in error else HINT if "device" in error
                     else "Right on the CPU, and it fails on this computer's {device}.")
            return Finding("device", words.format(device=device.type.upper()), [f"Tried on {says}, there."],
                           students_line(outcome.error), error)
        for got, wanted, name in zip(_parts(outcome.value), _parts(want), exercise.returns):
            if not (isinstance(got, Tensor) and isinstance(wanted, Tensor)):
                continue
            # (A measure of the package takes its answer to the CPU; who leaves it where it was has done nothing wrong.)
            if got.device.type == "cpu" and wanted.device.type != "cpu":
                hint = (f"Right, but `{name}` comes back on the CPU where its input lives on the {device.type.upper()}: it "
                        "was made there. `device=X.device` makes a tensor where X is.")
                return Finding("device", hint)
    return None


def moved(value: object, device: torch.device) -> object:
    """A copy of `value`, its tensors and networks on `device`."""
    if isinstance(value, Tensor):
        return value.detach().clone().to(device)
    if isinstance(value, nn.Module):
        return copy.deepcopy(value).to(device)
    if type(value) in (tuple, list):
        return type(value)(moved(part, device) for part in value)
    return {key: moved(part, device) for key, part in value.items()} if type(value) is dict else value


def _parts(value: object) -> list:
    return list(value) if isinstance(value, (tuple, list)) else [value]
