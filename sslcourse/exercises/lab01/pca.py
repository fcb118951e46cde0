"""Exercise `pca`: principal components by SVD."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def table(n: int, d: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """n points in d dimensions, away from the origin; each direction has 0.7 of the spread of the one before."""
    generator = torch.Generator().manual_seed(seed)
    rank = min(n - 1, d)
    points = torch.randn(n, rank, generator=generator, dtype=torch.float64)
    U = torch.linalg.qr(points - points.mean(dim=0))[0]                             # (n, rank), each column centred
    V = torch.linalg.qr(torch.randn(d, rank, generator=generator, dtype=torch.float64))[0]
    spread = 3 * (n - 1) ** 0.5 * 0.7 ** torch.arange(rank)
    far = torch.randn(d, generator=generator, dtype=torch.float64) * 4 + 2
    return ((U * spread) @ V.T + far).to(dtype)


def pca_cases() -> dict[str, tuple]:
    return {
        "a tall table": (table(40, 6, seed=0), 2),
        "fewer points than dimensions": (table(7, 12, seed=1), 3),
        "a single component": (table(25, 5, seed=2), 1),
        "a square table": (table(9, 9, seed=3), 4),
        "double precision": (table(30, 8, seed=4, dtype=torch.float64), 5),
        "every component": (table(20, 4, seed=5), 4),
    }


def signs_of(got: tuple, want: tuple) -> tuple:
    """The same directions, each pointing to the side that `want` has it point to."""
    mean, components, variances = got
    return mean, _turned(components, want[1]), variances


def _turned(rows: Tensor, towards: Tensor) -> Tensor:
    if rows.shape != towards.shape:
        return rows
    return torch.where((rows * towards).sum(dim=1, keepdim=True) < 0, -rows, rows)


def _same_lines(got: Tensor, want: Tensor) -> bool:
    """The rows are the same lines through the origin, whichever way each of them points."""
    return close(_turned(got, want), want)


def _svd(X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return torch.linalg.svd(X - X.mean(dim=0), full_matrices=False)


@catches("The mean is taken over the wrong axis. A point is a row of X: averaging over the points runs down the "
         "rows, along `dim=0`, and leaves one number per dimension.")
def mean_over_the_wrong_axis(got, X, k):
    if isinstance(got, RuntimeError):       # X - X.mean(dim=1) does not even fit, unless X is square
        return "must match the size" in str(got) and all(f"({size})" in str(got) for size in X.shape)
    return close(got[0].flatten(), X.mean(dim=1)) or close(got[0].flatten(), X.mean().expand(got[0].numel()))


@catches("The data are not centered. The SVD finds directions through the origin, and these points lie far from it: "
         "subtract their mean first.")
def not_centred(got, X, k):
    return _same_lines(got[1], torch.linalg.svd(X, full_matrices=False)[2][:k])


@catches("Each dimension is divided by its standard deviation. That is PCA of another table, where each dimension counts "
         "the same; here the pixels keep their own spread, and only the mean is subtracted.")
def standardized(got, X, k):
    return _same_lines(got[1], _svd(X / X.std(dim=0))[2][:k])


@catches("A component here has one number per point: N, not D. These are places of points, or directions in the space of "
         "points. (`torch.cov` wants one dimension per row: `X.T`.)")
def one_number_per_point(got, X, k):
    N, D = X.shape
    return N != D and got[1].shape == (k, N) or N != k != D and got[1].shape == (N, k)


@catches("These come from `U`, which has a row for every point. Directions in the space of X, D numbers each, are "
         "the rows of `Vh`.")
def u_instead_of_vh(got, X, k):
    U = _svd(X)[0]
    return any(_same_lines(got[1], rows) for rows in (U[:, :k].T, U[:k])) or _same_lines(got[1].mT, U[:, :k].T)


@catches("`torch.linalg.svd` returns V already transposed, as `Vh`: its *rows* are the components. These are columns "
         "of it.")
def columns_of_vh(got, X, k):
    Vh = _svd(X)[2]
    return close(got[1].abs(), Vh[:, :k].abs()) or close(got[1].abs(), Vh.T[:k].abs())


@catches("The components are transposed. Wanted is one per row, (k, D); these are one per column.")
def components_transposed(got, X, k):
    return _same_lines(got[1].mT, methods.pca(X, k)[1])


@catches("These are the directions along which the points vary *least*. At which end of the list does the largest "
         "variance stand?")
def not_the_top_k(got, X, k):
    spread = ((X - X.mean(dim=0)) @ got[1].mT).square().sum(dim=0)
    orthonormal = close(got[1] @ got[1].mT, torch.eye(k, dtype=X.dtype))
    return orthonormal and spread.max() < 1.001 * _svd(X)[1][-k] ** 2


@catches("The order is turned round: the largest variance should come first, in the variances and in the components. "
         "(`eigh`, unlike `svd`, sorts upwards.)")
def ascending(got, X, k):
    _, components, variances = methods.pca(X, k)
    return _same_lines(got[1].flip(0), components) or close(got[2].flip(0), variances)


@catches("Every component is there. Only the first k are wanted, and their k variances.")
def more_than_k(got, X, k):
    _, components, variances = methods.pca(X, k)
    return len(got[1]) + len(got[2]) > 2 * k and _same_lines(got[1][:k], components) and close(got[2][:k], variances)


@catches("These are the singular values. A variance is a mean *square*: square them, and divide by N − 1.")
def singular_values(got, X, k):
    return close(got[2], _svd(X)[1][:k])


@catches("A square is missing: singular values are lengths, and variances are squared lengths. S² / (N − 1).")
def not_squared(got, X, k):
    S, N = _svd(X)[1][:k], len(X)
    return any(close(got[2], S / by) for by in (N, N - 1, N**0.5, (N - 1) ** 0.5))


@catches("The variances are divided by N. The mean came from the same points, which leaves N − 1 independent "
         "deviations to divide by.")
def divided_by_n(got, X, k):
    return close(got[2], _svd(X)[1][:k] ** 2 / len(X))


@catches("The squares are summed over the points, but not yet averaged: divide by N − 1.")
def not_divided(got, X, k):
    return close(got[2], _svd(X)[1][:k] ** 2)


@catches("Divided by the number of dimensions. A variance is a mean over the *points*: N − 1, with N = `len(X)`.")
def divided_by_the_dimensions(got, X, k):
    D = X.shape[1]
    return any(close(got[2], _svd(X)[1][:k] ** 2 / by) for by in (D, D - 1))


@catches("These are the variances of the first k columns of X. Wanted is how much the points vary along each component: "
         "the singular values say so.")
def variances_of_columns(got, X, k):
    return close(got[2], X.var(dim=0)[:k])


@catches("The first is right, and each further one has those before it added in: a running sum. Wanted is each "
         "component's own.")
def added_up(got, X, k):
    return k > 1 and close(got[2], (_svd(X)[1][:k] ** 2 / (len(X) - 1)).cumsum(dim=0))


@catches("The singular values of the covariance or of XᵀX are squares already: do not square them again.")
def squared_twice(got, X, k):
    squares, N = _svd(X)[1][:k] ** 2, len(X)
    return any(close(got[2], squares**2 / by) for by in (N - 1, (N - 1) ** 2, (N - 1) ** 3))


@catches("This is the mean of what is centered already, and so it is 0. Keep the mean that you subtracted.")
def mean_lost(got, X, k):
    return close(got[0], torch.zeros_like(X[0]))


@catches("These are shares of the total variance, good for a scree plot. Wanted are the variances themselves.")
def shares(got, X, k):
    squares = _svd(X)[1] ** 2
    return close(got[2], squares[:k] / squares.sum()) or close(got[2], squares[:k] / squares[:k].sum())


EXERCISE = Exercise(
    "pca", "01_pca_tsne_umap", "Principal components by SVD", minutes=15, difficulty=2, importance=5,
    reference=methods.pca, returns=("mean", "components", "variances"), cases=pca_cases, align=signs_of,
    used_in="in the figures and the baseline below",
    mistakes=(mean_over_the_wrong_axis, mean_lost, not_centred, standardized, u_instead_of_vh, components_transposed,
              columns_of_vh, one_number_per_point, not_the_top_k, ascending, more_than_k, singular_values, not_squared,
              divided_by_n, divided_by_the_dimensions, not_divided, variances_of_columns, shares,
              added_up, squared_twice),
    hints=("A principal component is a direction, seen from the middle of the cloud. So begin with the middle.",
           "Subtract the mean over the points, then take `torch.linalg.svd(..., full_matrices=False)`. It returns "
           "U, S, Vh, sorted: which of them holds directions in the space of X, and which their lengths?",
           "`U, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)`, with `mean = X.mean(dim=0)`. The "
           "components are the first k rows of `Vh`; the variances are `S[:k] ** 2`, divided by N − 1."),
)
