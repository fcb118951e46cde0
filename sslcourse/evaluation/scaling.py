"""How a loss goes down with compute: FLOPs counted, the valley of an isoFLOP curve, and how its floor moves.

Hoffmann et al. (2022), "Training compute-optimal large language models", arXiv:2203.15556, section 3.2: for each budget C
several sizes N are trained until the budget is spent, on D tokens; a parabola in log N through their losses has its lowest
point at N_opt. Over the budgets N_opt ∝ C^a, and D_opt ∝ C^b likewise.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from .. import expect


def _check_training_flops(method, batch):
    fits = isinstance(method, nn.Module) and hasattr(method, "loss")
    expect.that(fits, "method", method, "an nn.Module with loss(batch)")
    expect.that(isinstance(batch, Tensor) and batch.numel() > 0, "batch", batch, "a tensor that is not empty")


@expect.checked(_check_training_flops)
def training_flops(method: nn.Module, batch: Tensor) -> int:
    """The floating-point operations of one training step, forward and backward: counted, not estimated.

    Matrix products and convolutions are counted, a multiplication and an addition each; what is done number by number is
    not (`torch.utils.flop_counter`). Attention is computed by its definition meanwhile: PyTorch's fused kernels for the CPU
    are not counted. The rule of thumb is 6 N a token (Kaplan et al., 2020, arXiv:2001.08361, section 2.1).

    method   an nn.Module with ``loss(batch)``; it is left as it was
    batch    what ``loss`` takes, such as tokens (B, T)

    Raises ValueError for something that has no loss, and an empty batch.

    >>> from sslcourse import methods, models
    >>> gpt = methods.CausalLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2))
    >>> training_flops(gpt, torch.zeros(4, 8, dtype=torch.int64))
    792576
    """
    method = copy.deepcopy(method)                                      # its gradients are its own
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch).backward()
    return counter.get_total_flops()


def _check_isoflop_optimum(N, loss):
    _check_points(N, loss)
    sizes = expect.Words(f"{len(N.unique())} sizes")
    expect.that(len(N.unique()) >= 3, "N", sizes, "three or more: a parabola has three numbers")


def _check_points(N, loss):
    expect.tensor(N, "N", ("M",), finite=True)
    expect.that(N.is_floating_point() and bool((N > 0).all()), "N", N, "floating point, above 0")
    expect.tensor(loss, "loss", tuple(N.shape), finite=True)


@expect.checked(_check_isoflop_optimum)
def isoflop_optimum(N: Tensor, loss: Tensor) -> tuple[Tensor, Tensor]:
    """Where the valley of an isoFLOP curve is lowest: (N_opt, the loss there), two scalars.

        loss ≈ p₂ x² + p₁ x + p₀,  x = log N  by least squares;     log N_opt = −p₁ / 2p₂

    N      (M,), sizes that were trained with one budget; any positive quantity, so D as well
    loss   (M,)

    (NaN, NaN) where the parabola has no lowest point: p₂ ≤ 0. Hoffmann et al. (2022), section 3.2.
    Raises ValueError for fewer than three different sizes, sizes that are not above 0, or losses of another shape.

    >>> N = torch.tensor([1e4, 1e5, 1e6], dtype=torch.float64)
    >>> N_opt, lowest = isoflop_optimum(N, torch.tensor([3.0, 2.0, 3.0], dtype=torch.float64))
    >>> round(N_opt.item()), round(lowest.item(), 3)
    (100000, 2.0)
    """
    x = N.log()
    middle = x.mean()                                                   # from there powers stay small, and sums exact
    x = x - middle
    powers = torch.stack([x**2, x, torch.ones_like(x)], dim=1)          # (M, 3)
    p2, p1, p0 = torch.linalg.lstsq(powers, loss[:, None]).solution[:, 0]
    if p2 <= 0:
        return torch.full_like(p2, torch.nan), torch.full_like(p2, torch.nan)
    vertex = -p1 / (2 * p2)
    return (middle + vertex).exp(), p0 + p1 * vertex / 2


def _check_scaling_exponents(C, N, D, loss, seed):
    _check_points(N, loss)
    for name, column in {"C": C, "D": D}.items():
        expect.tensor(column, name, tuple(N.shape), finite=True)
        expect.that(bool((column > 0).all()), name, column, "above 0")
    expect.tensor(seed, "seed", tuple(N.shape))
    expect.that(len(C.unique()) >= 2, "C", expect.Words(f"{len(C.unique())} budget"), "two or more")


@expect.checked(_check_scaling_exponents)
def scaling_exponents(C: Tensor, N: Tensor, D: Tensor, loss: Tensor, seed: Tensor) -> Tensor:
    """For each seed a and b of N_opt ∝ C^a and D_opt ∝ C^b: (S, 2), seeds in ascending order.

        log N_opt = a log C + …,   log D_opt = b log C + …     straight lines by least squares over the budgets

    where N_opt and D_opt are the lowest points of a budget's valleys, over log N and over log D (`isoflop_optimum`).

    C, N, D, loss   (R,), a number for each run: its budget in FLOPs, weights, tokens, and loss; runs in any order
    seed            (R,), which seed it had

    Hoffmann et al. (2022), section 3.2, for each seed apart. NaN for a seed one of whose valleys has no lowest point.
    Raises ValueError for columns of different lengths, numbers that are not above 0, and a single budget.

    >>> C = torch.tensor([1e6, 1e8], dtype=torch.float64).repeat_interleave(3)
    >>> N = C**0.5 * torch.tensor([0.5, 1, 2], dtype=torch.float64).repeat(2)
    >>> loss = torch.tensor([3.0, 2, 3], dtype=torch.float64).repeat(2)
    >>> [round(x, 3) for x in scaling_exponents(C, N, C / (6 * N), loss, torch.zeros(6))[0].tolist()]
    [0.5, 0.5]
    """
    found = []
    for s in seed.unique():
        budgets, best = C[seed == s].unique(), []
        for budget in budgets:
            at = (seed == s) & (C == budget)
            best.append(torch.stack([isoflop_optimum(quantity[at], loss[at])[0] for quantity in (N, D)]))
        y = torch.stack(best).log()                                     # (budgets, 2): log N_opt, log D_opt
        x = budgets.log() - budgets.log().mean()
        found.append((x[:, None] * y).sum(dim=0) / x.square().sum())    # slopes; x has mean 0
    return torch.stack(found)
