"""The rounds of `bootstrap_interval`, with one thing done otherwise: what the mistakes are known by."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def found_by(statistic, a: Tensor, b: Tensor, rounds: int, seed: int, *, seeds: bool = True, again: bool = False,
             idle: bool = False, fewest: int = 3, apart: bool = False, means: Callable | None = None, early: bool = False,
             first: bool = True, methods: bool = True) -> Tensor:
    """What the rounds give, with one thing done otherwise; `means` is the statistic of the drawn x, y (M, S)."""
    means = means or (lambda x, y: statistic(x.mean(dim=1), y.mean(dim=1)))
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    values = []
    for _ in range(rounds):
        s = torch.arange(S) if first else torch.randint(S, (S,), generator=draw)
        m = torch.randint(M, (M,), generator=draw) if methods else torch.arange(M)
        second = torch.randint(M, (M,), generator=draw) if again or idle else m
        other = second if again else m
        if early and len(m.unique()) < fewest:
            continue
        s = torch.randint(S, (S,), generator=draw) if seeds and first else s
        t = torch.randint(S, (S,), generator=draw) if apart else s
        if min(len(m.unique()), len(second.unique())) >= fewest:
            values.append(float(means(a[m][:, s], b[other][:, t])))
    return torch.tensor(values)


def permuted(statistic, a: Tensor, b: Tensor, rounds: int, seed: int) -> Tensor:
    """What the rounds give where the methods are only put into another order."""
    draw, found = torch.Generator().manual_seed(seed), []
    for _ in range(rounds):
        torch.randperm(len(a), generator=draw)
        s = torch.randint(a.shape[1], (a.shape[1],), generator=draw)
        found.append(float(statistic(a[:, s].mean(dim=1), b[:, s].mean(dim=1))))
    return torch.tensor(found)


def ends(found: Tensor, level: float) -> Tensor:
    return torch.stack([found.nanquantile((1 - level) / 2), found.nanquantile((1 + level) / 2)])
