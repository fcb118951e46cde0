"""Principal component analysis: the straight lines along which a cloud of points spreads most.

Pearson (1901), "On lines and planes of closest fit to systems of points in space", found them as the plane nearest to
the points; Hotelling (1933), "Analysis of a complex of statistical variables into principal components", as the
directions of greatest variance. Eckart & Young (1936), "The approximation of one matrix by another of lower rank", gave
the route taken here: the singular value decomposition, which yields both at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect


def _check_pca(X, k):
    expect.tensor(X, "X", ("N", "D"), finite=True)
    expect.that(X.dtype in (torch.float32, torch.float64), "X", X, "float32 or float64 (X.float() makes it so)")
    expect.that(len(X) >= 2, "X", X, "at least two points: one point has no variance")
    expect.integer(k, "k", at_least=1, at_most=min(X.shape))


@expect.checked(_check_pca)
def pca(X: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """The mean of the points, the k directions in which they vary most, and the variance along each.

    X is (N, D), float32 or float64, N ≥ 2 points in D dimensions; k is in 1..min(N, D).
    Returns mean (D,), components (k, D) with orthonormal rows, largest variance first, and variances (k,), the sums of
    squares divided by N − 1. The sign of a direction is arbitrary: here the entry of largest magnitude in each row is
    positive.
    Raises ValueError for any other shape or dtype, NaN or infinity in X, and k out of range.

    >>> X = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])          # three points on the line y = 2x
    >>> mean, components, variances = pca(X, k=1)
    >>> mean.tolist(), variances.round(decimals=4).tolist()
    ([1.0, 2.0], [5.0])
    >>> (components[0, 1] / components[0, 0]).round(decimals=4).item()
    2.0
    """
    mean = X.mean(dim=0)                                                # (D,)
    U, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)          # S is sorted, largest first; Vh (min(N, D), D)
    components = Vh[:k]                                                 # (k, D): directions in the space of X are rows
    variances = S[:k] ** 2 / (len(X) - 1)                               # (k,)

    largest = components.abs().argmax(dim=1, keepdim=True)              # (k, 1)
    components = components * components.gather(1, largest).sign()
    return mean, components, variances


def _check_reconstruct(X, mean, components):
    expect.tensor(X, "X", ("N", "D"), finite=True)
    expect.that(X.is_floating_point(), "X", X, "floating point (X.float() makes it so)")
    expect.tensor(mean, "mean", (X.shape[1],), finite=True)
    expect.tensor(components, "components", ("k", X.shape[1]), finite=True)
    expect.that(mean.dtype == X.dtype, "mean", mean, f"the dtype of X, {X.dtype}")
    expect.that(components.dtype == X.dtype, "components", components, f"the dtype of X, {X.dtype}")


@expect.checked(_check_reconstruct)
def reconstruct(X: Tensor, mean: Tensor, components: Tensor) -> Tensor:
    """X as far as k directions can tell it: projected onto the components, and back into the space it came from.

    X is (N, D), mean (D,) and components (k, D), both as `pca` returns them. Returns (N, D).
    Among all rank-k approximations of the centerd X this one has the least squared error (Eckart & Young, 1936).
    Raises ValueError for any other shape, for mixed dtypes, and for NaN or infinity.

    >>> X = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    >>> mean, components, _ = pca(X, k=1)
    >>> torch.allclose(reconstruct(X, mean, components), X, atol=1e-6)  # points on a line need one direction
    True
    """
    Z = (X - mean) @ components.T                                       # (N, k): how far along each direction
    return Z @ components + mean                                        # (N, D)
