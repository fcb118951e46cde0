"""One run in several processes: which of them this one is, and what they pass to each other.

A batch split across processes has the loss of the whole batch when the rows that are compared come from all of them.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from . import expect


def world_size() -> int:
    """The number of processes of this run: 1 unless torch.distributed is running."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """This process's number among them, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def gather_rows(rows: Tensor) -> Tensor:
    """The rows of all processes, in the order of their ranks, with gradients: (N, ...) -> (world_size · N, ...).

    In a single process the rows come back as they are. The gradient of a row is the sum over the processes' losses. So
    where each process computes the loss of all rows, and the processes' gradients are then averaged (as by
    DistributedDataParallel or `training.train`), the weights get the gradient of that loss, as in a single process.

    Raises ValueError for anything that is no tensor with at least one row, and where the processes bring different numbers
    of rows.

    >>> gather_rows(torch.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    expect.tensor(rows, "rows")
    expect.that(rows.dim() >= 1 and len(rows) > 0, "rows", rows, "a tensor with at least one row")
    if world_size() == 1:
        return rows
    counts = [torch.zeros((), dtype=torch.long, device=rows.device) for _ in range(world_size())]
    dist.all_gather(counts, torch.tensor(len(rows), device=rows.device))
    counts = [int(count) for count in counts]
    wanted = "the same number on each process (drop the last, smaller batch)"
    expect.that(len(set(counts)) == 1, "rows", expect.Words(f"{counts} rows"), wanted)
    return _GatherRows.apply(rows)


@torch.no_grad()
def mean_over_rows(rows: Tensor) -> Tensor:
    """The mean over the rows of all processes, each row counting once, without gradients: (N, D) -> (D,)."""
    total = torch.cat([rows.sum(0), rows.new_full((1,), len(rows))])  # (D + 1,): the sums, then how many
    if world_size() > 1:
        dist.all_reduce(total)
    return total[:-1] / total[-1]


@torch.no_grad()
def mean_over_processes(value: Tensor) -> Tensor:
    """The mean over the processes of a scalar, for the record."""
    if world_size() == 1:
        return value
    total = value.detach().float().clone()
    dist.all_reduce(total)
    return total / world_size()


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, rows: Tensor) -> Tensor:
        rows = rows.contiguous()
        everyone = [torch.empty_like(rows) for _ in range(world_size())]
        dist.all_gather(everyone, rows)
        return torch.cat(everyone)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        dist.all_reduce(gradient)  # every process's loss depends on my rows
        return gradient.chunk(world_size())[rank()]
