"""Stop a run whose numbers are no longer numbers, and say where it broke and what most likely broke it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_HUGE = 1e6  # no weight of a sound network comes near it


class Diverged(RuntimeError):
    """The loss or a gradient became NaN or infinite. The message names the step and the likely cause."""


def check_loss(loss: Tensor, method: nn.Module, batch: Tensor | tuple[Tensor, ...], step: int, lr: float) -> float:
    """The loss as a number; Diverged if it isn't one."""
    value = float(loss.detach())
    if math.isfinite(value):
        return value
    raise Diverged(f"Step {step}: the loss is {value}. {_cause(method, batch, lr)}")


def check_gradient(length: Tensor, method: nn.Module, step: int) -> None:
    """Diverged if the `length` of the whole gradient isn't a finite number, though the loss was."""
    if math.isfinite(length):
        return
    where = next((n for n, p in method.named_parameters() if p.grad is not None and not torch.isfinite(p.grad).all()), "")
    raise Diverged(
        f"Step {step}: the loss is a number, but the gradient of {where or 'the parameters'} is not. Likely cause: a "
        "square root or a norm of exactly 0, or a logarithm of 0, inside the loss; add a small epsilon there."
    )


def _cause(method: nn.Module, batch: Tensor | tuple[Tensor, ...], lr: float) -> str:
    batch = (batch,) if isinstance(batch, Tensor) else batch
    if any(t.is_floating_point() and not torch.isfinite(t).all() for t in batch):
        return "The batch itself holds NaN or infinity: look at the data."
    broken = next((name for name, p in method.named_parameters() if not float(p.detach().abs().max()) < _HUGE), None)
    if broken is not None:
        return (
            f"The weights {broken} have grown without bounds. Likely cause: the learning rate ({lr:.2g} here) is too high; "
            "lower it, or clip gradients."
        )
    return (
        "Batch and weights are finite, so it broke inside the loss. Likely causes: a logarithm of 0, a division by 0, a "
        "temperature that is too small, or numbers too large for bfloat16 (try bfloat16=False)."
    )
