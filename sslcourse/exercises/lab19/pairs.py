"""Inputs of both rank correlations: two scores of the same methods, with and without equal ones."""

from __future__ import annotations

import numbers

import torch
from torch import Tensor


def two_scores() -> dict[str, tuple]:
    def some(n: int, seed: int, step: float | None = None, sign: float = 1.0) -> tuple:
        draw = torch.Generator().manual_seed(seed)
        a = torch.randn(n, generator=draw, dtype=torch.float64)
        b = (sign * a + 0.8 * torch.randn(n, generator=draw, dtype=torch.float64)).exp()    # another scale, no straight line
        if step is not None:
            a, b = (a / step).round() * step, (b / step).round() * step
        return a.float(), b.float()

    return {
        "seven methods": some(7, seed=0),
        "equal numbers in both": some(9, seed=1, step=0.5),
        "turned round": some(8, seed=2, sign=-1.0),
        "equal numbers, and many": some(20, seed=3, step=0.7),
        "six methods": some(6, seed=4),
    }


def as_a_scalar(got: object, want: Tensor) -> object:
    """A plain number is as good as a scalar tensor."""
    return torch.as_tensor(got, dtype=want.dtype) if isinstance(got, numbers.Number) else got


def signs(x: Tensor) -> Tensor:
    """(M, M): 1 where the row's number is the larger one, −1 where it is the smaller, 0 where they are equal."""
    return (x[:, None] - x).sign().double()


def pearson(a: Tensor, b: Tensor) -> Tensor:
    a, b = (x.double() - x.double().mean() for x in (a, b))
    return (a * b).sum() / (a.square().sum() * b.square().sum()).sqrt()
