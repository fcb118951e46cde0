"""t-SNE: probabilities of being neighbors in the data and on the map, and the step that brings them together.

Van der Maaten & Hinton (2008), "Visualizing data using t-SNE", JMLR 9, sections 2 and 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect
from .perplexity import perplexity


def _check_map(Y):
    expect.tensor(Y, "Y", ("N", "d"), finite=True)
    expect.that(Y.is_floating_point(), "Y", Y, "floating point")
    expect.that(len(Y) >= 2, "Y", Y, "two points or more")


def _check_gradient(P, Q, Y):
    _check_map(Y)
    for table, name in ((P, "P"), (Q, "Q")):
        expect.tensor(table, name, (len(Y), len(Y)), finite=True)
        expect.that(table.dtype == Y.dtype, name, table, f"the dtype of Y, {Y.dtype}")


def _check_joint(distances_sq, target):
    expect.tensor(distances_sq, "distances_sq", ("N", "N"), finite=True)
    expect.that(distances_sq.is_floating_point(), "distances_sq", distances_sq, "floating point")
    expect.that(len(distances_sq) >= 3, "distances_sq", distances_sq, "three points or more")
    negative = expect.Words("a negative number inside")
    expect.that(bool((distances_sq >= 0).all()), "distances_sq", negative, "squared distances, all ≥ 0")
    expect.number(target, "target")
    most = len(distances_sq) - 1
    expect.that(1 < target < most, "target", target, f"a number above 1 and below N − 1 = {most}")


@expect.checked(_check_joint)
def joint_probabilities(distances_sq: Tensor, target: float) -> Tensor:
    """How likely points i and j are to be neighbors in the data, each point feeling `target` others: P (N, N), sum 1.

    The width σ_i of each point's Gaussian is found by halving an interval, as the perplexity grows with it. Then the two
    directions are averaged (section 3.1), so that no point is left out:

        p_ij = (p(j|i) + p(i|j)) / 2N        p_ii = 0

    distances_sq   (N, N): squared distances; the diagonal is not looked at
    target         the perplexity wanted, above 1 and below N − 1

    Raises ValueError for any other shape, NaN, a negative squared distance, and a target out of range.

    >>> square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> P = joint_probabilities(torch.cdist(square, square).square(), target=2.0)
    >>> P.sum().round(decimals=4).item(), bool(P[0, 1] > P[0, 3])       # a side is likelier than the diagonal
    (1.0, True)
    """
    N = len(distances_sq)
    other = ~torch.eye(N, dtype=torch.bool, device=distances_sq.device)
    d = distances_sq[other].view(N, N - 1)                              # of each point to its others

    low, high = torch.zeros_like(d[:, 0]), 10 * d.amax(dim=1).sqrt()    # σ_i lies between them
    for _ in range(60):
        sigma = (low + high) / 2
        few = perplexity(d, sigma)[1] < target                          # it feels too few: σ_i must be larger
        low, high = torch.where(few, sigma, low), torch.where(few, high, sigma)

    P = torch.zeros_like(distances_sq)
    P[other] = perplexity(d, sigma)[0].flatten()                        # p(j|i) in row i
    return (P + P.T) / (2 * N)


@expect.checked(_check_map)
def student_t(Y: Tensor) -> Tensor:
    """How likely points i and j are to be neighbors on the map: Q (N, N), sum 1, by a curve with a long tail.

    Equation 4, with Student's t with one degree of freedom in place of a Gaussian:

        q_ij = (1 + ‖y_i − y_j‖²)⁻¹ / Σ over k ≠ l of (1 + ‖y_k − y_l‖²)⁻¹        q_ii = 0

    Y is (N, d), N ≥ 2. Raises ValueError for any other shape, and for NaN.

    >>> student_t(torch.tensor([[0.0], [1.0], [3.0]])).round(decimals=4)    # 1/2, 1/5 and 1/10, each pair twice
    tensor([[0.0000, 0.3125, 0.0625],
            [0.3125, 0.0000, 0.1250],
            [0.0625, 0.1250, 0.0000]])
    """
    weights = 1 / (1 + (Y[:, None] - Y[None, :]).square().sum(dim=2))   # (N, N)
    weights = weights.masked_fill(torch.eye(len(Y), dtype=torch.bool, device=Y.device), 0)
    return weights / weights.sum()


@expect.checked(_check_gradient)
def tsne_gradient(P: Tensor, Q: Tensor, Y: Tensor) -> Tensor:
    """The gradient of KL(P‖Q) with respect to the map: (N, d). Equation 5:

        ∂KL / ∂y_i = 4 Σ over j of (p_ij − q_ij) (y_i − y_j) (1 + ‖y_i − y_j‖²)⁻¹

    Where the map has two points too far apart, p > q, the step against it draws them together; where they are too near,
    it drives them apart.

    P   (N, N): symmetric, its diagonal 0, as `joint_probabilities` gives it
    Q   (N, N): likewise, of the map: ``student_t(Y)``
    Y   (N, d): the map; all three of one dtype

    Raises ValueError for any other shape, mixed dtypes, and NaN.

    >>> P = torch.tensor([[0.0, 0.25, 0.25], [0.25, 0.0, 0.0], [0.25, 0.0, 0.0]])
    >>> Y = torch.tensor([[0.0], [1.0], [-1.0]])                        # the first stands between its two neighbors
    >>> gradient = tsne_gradient(P, student_t(Y), Y)
    >>> gradient[0].item(), bool(gradient[1] < 0)                       # the second is to go outwards, from the third
    (0.0, True)
    """
    between = Y[:, None] - Y[None, :]                                   # (N, N, d): y_i − y_j
    tail = 1 / (1 + between.square().sum(dim=2))                        # (N, N)
    pull = (P - Q) * tail
    return 4 * (pull[:, :, None] * between).sum(dim=1)
