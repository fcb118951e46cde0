"""The shape of a cloud of features: spread, dimension, and how two clouds of the same images compare."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import expect
from .arrays import points, prepared
from .nearest import unit_rows


def alignment(z0: Tensor, z1: Tensor, alpha: float = 2.0) -> float:
    """Mean distance, to the power `alpha`, between two views' embeddings on the unit sphere; 0 where views agree.

    `z0` and `z1` are (N, D), row i of both from one image; they are scaled to length 1 here. With alpha = 2 it lies in
    [0, 4]. Wang and Isola, "Understanding contrastive representation learning through alignment and uniformity on the
    hypersphere", ICML 2020 (arXiv:2005.10242), section 4.1. ValueError: two shapes, NaN, alpha ≤ 0.

    >>> round(alignment(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 5.0]])), 6)          # a right angle
    2.0
    """
    z0, z1 = points(z0, "z0"), points(z1, "z1")
    expect.same_shape(z0, z1, "z0, z1")
    expect.positive(alpha, "alpha")
    distance = (unit_rows(z0.double()) - unit_rows(z1.double())).norm(dim=1)
    return distance.pow(alpha).mean().item()


def _prepare(z):
    z = points(z, "z")
    expect.that(len(z) >= 2, "z", z, "two rows or more")
    return {"z": z.double()}


@prepared(_prepare)
@expect.checked(lambda t: expect.positive(t, "t"))
def uniformity(z: Tensor, t: float = 2.0) -> float:
    """log of the mean of exp(−t ‖zᵢ − zⱼ‖²) over all pairs on the unit sphere; 0 if all coincide, lower if spread out.

    `z` is (N, D), N ≥ 2, scaled to length 1 here; for points spread evenly in many dimensions and t = 2 it approaches
    −4. Wang and Isola 2020 (arXiv:2005.10242), section 4.1. Memory grows with N, not with N². ValueError: one row, NaN,
    t ≤ 0.

    >>> corners = torch.tensor([[1.0, 0.0], [0.0, 3.0]])             # the squared distance on the sphere is 2
    >>> round(uniformity(corners, t=0.5), 6)
    -1.0
    """
    z = F.normalize(z, dim=1)
    energies = []
    for start in range(0, len(z), 1024):                             # a block of rows at a time: N × N may not fit
        squares = 2 - 2 * z[start:start + 1024] @ z.T                # ‖zᵢ − zⱼ‖² of two points on the sphere
        squares.diagonal(start).fill_(math.inf)                      # no row with itself
        energies.append((-t * squares).flatten().logsumexp(dim=0))
    pairs = len(z) * (len(z) - 1)
    return (torch.stack(energies).logsumexp(dim=0) - math.log(pairs)).item()


@prepared(_prepare)
def feature_deviation(z: Tensor) -> float:
    """How far the directions of features differ: 1 where they fill the sphere evenly, 0 where all are the same.

    `z` is (N, D), N ≥ 2. Each row is scaled to length 1; then the standard deviation (over N) of each component is taken,
    their mean over the components, and that times √D, since 1/√D is what directions spread evenly over the sphere have.
    Chen and He, "Exploring simple Siamese representation learning", CVPR 2021 (arXiv:2011.10566), section 4.1 and figure
    2, where 1/√D is the dashed line. ValueError: one row, or numbers that are not finite.

    >>> corners = torch.tensor([[5.0, 5.0], [-1.0, -1.0]])
    >>> round(feature_deviation(corners), 6), feature_deviation(corners[:1].expand(3, 2))
    (1.0, 0.0)
    """
    z = F.normalize(z, dim=1)
    deviation = z.std(dim=0, correction=0)                           # (D,)
    return (deviation.mean() * math.sqrt(z.shape[1])).item()


def effective_rank(features: Tensor, *, center: bool = False) -> float:
    """How many directions the features use, 1 to min(N, D): exp of the entropy of the normalised singular values.

    `features` is (N, D). With `center` the mean is taken off first; without (as in the paper, and in RankMe, Garrido et
    al. 2023), a mean far from zero counts as one strong direction. ValueError: nothing but zeros. Roy and Vetterli,
    "The effective rank: a measure of effective dimensionality", EUSIPCO 2007, definition 1.

    >>> round(effective_rank(torch.eye(4)), 6)
    4.0
    """
    x = points(features, "features").double()
    x = _centred(x, "features") if center else x
    if x.shape[0] > 2 * x.shape[1]:
        x = torch.linalg.qr(x, mode="r").R                                                # (D, D), same singular values
    values = torch.linalg.svdvals(x)
    expect.that(bool(values.sum() > 0), "features", "zeros only", "some variation")
    p = values / values.sum()
    return torch.special.entr(p).sum().exp().item()


def linear_cka(x: Tensor, y: Tensor) -> float:
    """Similarity, 0 to 1, of two representations of the same images; unmoved by rotations and by one common scale.

    `x` is (N, D1) and `y` is (N, D2), row i of both from one image; N ≥ 2. ValueError: a representation that is
    constant. Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations revisited", ICML 2019
    (arXiv:1905.00414), section 3: ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖), Frobenius norms, columns centred.

    With few images in many dimensions it is high for anything: take N well above D1 and D2.

    >>> x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 1.0]])
    >>> turned = x @ torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    >>> round(linear_cka(x, 5 * turned), 6), round(linear_cka(x, x.roll(1, 0)), 2)
    (1.0, 0.6)
    """
    x = points(x, "x", ("N", "D1"))
    y = points(y, "y", (len(x), "D2"))
    x, y = _centred(x.double(), "x"), _centred(y.double(), "y")
    if len(x) < max(x.shape[1], y.shape[1]):  # the same three numbers from the smaller (N, N) products
        k, m = x @ x.T, y @ y.T
        return ((k * m).sum() / (k.norm() * m.norm())).item()
    return ((y.T @ x).square().sum() / ((x.T @ x).norm() * (y.T @ y).norm())).item()


def neighbour_overlap(X: Tensor, Z: Tensor, n_neighbors: int = 10, *, metric: str = "euclidean") -> float:
    """The share of each point's `n_neighbors` nearest in `X` that are still among its nearest in `Z`, 0 to 1.

    `X` is (N, D), the features, and `Z` is (N, d), a map of them; n_neighbors < N. A random map scores n_neighbors / (N
    − 1). scikit-learn's ``trustworthiness`` asks how far away the false neighbours came from; this only counts: Q_NX of Lee
    and Verleysen, "Quality assessment of dimensionality reduction: rank-based criteria", Neurocomputing 72 (2009).
    ValueError: another number of rows, NaN, n_neighbors ≥ N.

    >>> X = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    >>> neighbour_overlap(X, 2 * X, 1), neighbour_overlap(X, X[[2, 0, 1, 3]], 1)
    (1.0, 0.25)
    """
    X = points(X, "X")
    Z = points(Z, "Z", (len(X), "d"))
    expect.integer(n_neighbors, "n_neighbors", at_least=1, at_most=len(X) - 1)
    from sklearn.neighbors import NearestNeighbors

    found = []
    for cloud in (X, Z):
        search = NearestNeighbors(n_neighbors=n_neighbors, metric=metric).fit(cloud.numpy())
        found.append(torch.from_numpy(search.kneighbors(return_distance=False)))      # (N, k), without the point itself
    kept = (found[0][:, :, None] == found[1][:, None, :]).any(dim=2)                        # (N, k)
    return kept.float().mean().item()


def _centred(x: Tensor, argument: str) -> Tensor:
    """Columns with mean 0; refuses a cloud that is a single point, but for rounding."""
    centred = x - x.mean(dim=0)
    varies = bool(centred.abs().max() > 1e-12 * x.abs().max())
    expect.that(varies, argument, "rows that are all the same", "some variation")
    return centred
