"""Stop a run whose numbers are no longer numbers, and say where it broke and what most likely broke it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .. import asked

_GROWN = 100  # times the largest weight that a network began with: no sound training comes near it


class Diverged(RuntimeError):
    """The loss or a gradient became NaN or infinite. The message names the step and the likely cause."""


class Watch:
    """Looks at every step of a run of `method` at the learning rate `lr`, from the weights as they are now."""

    def __init__(self, method: nn.Module, lr: float):
        self.method, self.lr = method, lr
        self._questions: list[asked.Question] = []
        self._bound = _GROWN * max([1.0, *filter(math.isfinite, _largest(method).values())])

    @contextlib.contextmanager
    def forward(self, batch: Tensor | tuple[Tensor, ...], step: int) -> Iterator[None]:
        """A method's loss inside the block: its own ValueError about numbers that are none becomes Diverged.

        What it asks about numbers on a GPU is read by `loss`, with the loss.
        """
        try:
            with asked.together() as self._questions:
                yield
        except ValueError as error:
            if "NaN" not in str(error) and self._broken_weight() is None:
                raise
            raise Diverged(f"Step {step}: {str(error).rstrip('.')}. {self._cause(batch)}") from error

    def loss(self, loss: Tensor, batch: Tensor | tuple[Tensor, ...], step: int) -> float:
        """The loss as a number; Diverged if it isn't one, or if a check of the method's own found one that isn't.

        Any other complaint of such a check stays the ValueError that it is.
        """
        value, complaint = asked.first_no(loss, self._questions)
        if complaint:
            with self.forward(batch, step):
                raise ValueError(complaint)
        if math.isfinite(value):
            return value
        raise Diverged(f"Step {step}: the loss is {value}. {self._cause(batch)}")

    def gradient(self, length: Tensor, step: int) -> None:
        """Diverged if the `length` of the whole gradient isn't a finite number, though the loss was."""
        if math.isfinite(length):
            return
        wanting = ((n, p.grad) for n, p in self.method.named_parameters() if p.grad is not None)
        where = next((name for name, gradient in wanting if not torch.isfinite(gradient).all()), "the parameters")
        cause = self._blown_up() or (
            "Likely cause: a square root or a norm of exactly 0, or a logarithm of 0, inside the loss; add a small epsilon "
            "there."
        )
        raise Diverged(f"Step {step}: the loss is a number, but the gradient of {where} is not. {cause}")

    def _cause(self, batch: Tensor | tuple[Tensor, ...]) -> str:
        batch = (batch,) if isinstance(batch, Tensor) else batch
        if any(t.is_floating_point() and not torch.isfinite(t).all() for t in batch):
            return "The batch itself holds NaN or infinity: look at the data."
        return self._blown_up() or (
            "Batch and weights are finite, so it broke inside the loss. Likely causes: a logarithm of 0, a division by 0, a "
            "temperature that is too small, or numbers too large for bfloat16 (try bfloat16=False)."
        )

    def _blown_up(self) -> str | None:
        broken = self._broken_weight()
        return broken and (
            f"The weights {broken} have grown without bounds. Likely cause: the learning rate ({self.lr:.2g} at its highest) "
            "is too high; lower it, or clip gradients."
        )

    def _broken_weight(self) -> str | None:
        """The first weights that are far larger than any was at the beginning, or no numbers."""
        return next((name for name, size in _largest(self.method).items() if not size <= self._bound), None)


@torch.no_grad()
def _largest(method: nn.Module) -> dict[str, float]:
    """The largest absolute value in each parameter."""
    return {name: float(p.abs().max()) for name, p in method.named_parameters() if p.numel()}
