"""BatchNorm over the batch of all processes: the mean and variance of the rows of everyone, not of one process's share.

PyTorch's own SyncBatchNorm does this on CUDA alone; this one is a few lines and runs everywhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .. import expect
from ..processes import world_size


@contextlib.contextmanager
def shared_statistics(method: nn.Module) -> Iterator[None]:
    """Inside the block every BatchNorm of `method` normalises by the statistics of all processes' rows."""
    norms = [m for m in method.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)] if world_size() > 1 else []
    for norm in norms:
        norm.forward = _forward.__get__(norm)  # shadows the class's own forward, on this module only
    try:
        yield
    finally:
        for norm in norms:
            del norm.forward


def _check_moments_of_shares(shares):
    expect.that(isinstance(shares, list | tuple) and len(shares) > 0, "shares", shares, "a list of one tensor or more")
    for share in shares:
        expect.tensor(share, "shares", ("n", shares[0].shape[-1]))
        expect.that(share.is_floating_point() and len(share) > 0, "shares", share, "floating point, one row or more")


@expect.checked(_check_moments_of_shares)
def moments_of_shares(shares: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The mean and the variance of the rows of all shares, (C,) and (C,), from sums that each process makes of its own.

    What BatchNorm over several processes computes, for shares that are all here. Two messages: the mean first, then the
    squares around it. E[x²] − E[x]², in one, loses every digit where the mean is large beside the deviation (Chan, Golub &
    LeVeque, 1983, "Algorithms for computing the sample variance").

    shares   what each process holds, (n, C); they may differ in n

    Raises ValueError for an empty list, and shares that are empty, of other columns, or not of floating point.

    >>> mean, variance = moments_of_shares([torch.tensor([[1.0], [2.0]]), torch.tensor([[6.0]])])
    >>> mean.tolist(), round(variance.item(), 4)
    ([3.0], 4.6667)
    """
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows                 # the first message: sums, and how many rows
    squares = sum((share - mean).square().sum(dim=0) for share in shares)   # the second one
    return mean, squares / rows


def _forward(self: nn.modules.batchnorm._BatchNorm, x: Tensor) -> Tensor:
    if not self.training:
        return type(self).forward(self, x)
    axes = [axis for axis in range(x.ndim) if axis != 1]
    rows = x.numel() // x.shape[1]
    shape = [1, -1] + [1] * (x.ndim - 2)
    wide = x.float()
    # Two messages, as in moments_of_shares.
    sums = torch.cat([wide.sum(axes), wide.new_tensor([rows])])                           # (C + 1,)
    total, count = _SumOverProcesses.apply(sums).split([x.shape[1], 1])
    mean = total / count
    centered = wide - mean.view(shape)
    variance = _SumOverProcesses.apply(centered.square().sum(axes)) / count               # (C,)
    if self.track_running_stats:
        _remember(self, mean, variance, count)
    out = centered * torch.rsqrt(variance.view(shape) + self.eps)
    if self.affine:
        out = out * self.weight.view(shape) + self.bias.view(shape)
    return out.to(x.dtype)


@torch.no_grad()
def _remember(norm: nn.modules.batchnorm._BatchNorm, mean: Tensor, variance: Tensor, count: Tensor) -> None:
    norm.num_batches_tracked += 1
    m = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, m)
    norm.running_var.lerp_(variance * count / (count - 1), m)  # unbiased, as BatchNorm keeps it


class _SumOverProcesses(torch.autograd.Function):
    """The sum over processes; since every process's loss depends on it, the gradients are summed likewise."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> Tensor:
        gradient = gradient.clone()
        dist.all_reduce(gradient)
        return gradient
