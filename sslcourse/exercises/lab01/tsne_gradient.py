"""Exercise `tsne_gradient`: which way each point of the map has to go."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches
from .student_t import place, squares, tail


def tsne_gradient_cases() -> dict[str, tuple]:
    def some(n: int, d: int, seed: int, *, wide: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
        X = torch.randn(n, 5, generator=torch.Generator().manual_seed(seed + 50), dtype=torch.float64)
        P = methods.joint_probabilities(torch.cdist(X, X).square(), min(3.0, n / 2))
        Y = place(n, d, seed, wide=wide, dtype=torch.float64)
        return P.to(dtype), methods.student_t(Y).to(dtype), Y.to(dtype)

    return {
        "eight points of a map": some(8, 2, seed=0),
        "points on a line": some(6, 1, seed=1),
        "a wide map": some(9, 2, seed=2, wide=5.0),
        "double precision": some(7, 2, seed=3, dtype=torch.float64),
        "a tiny map, as at the start": some(6, 2, seed=4, wide=1e-2, dtype=torch.float64),
        "three dimensions": some(5, 3, seed=5),
    }


def _sum(weights: Tensor, Y: Tensor) -> Tensor:
    """Σ_j weight_ij (y_i − y_j), in double precision: y_i − y_j loses digits where the map is far from the origin."""
    between = Y.double()[:, None] - Y.double()[None]
    return (weights.double()[:, :, None] * between).sum(dim=1).to(Y.dtype)


@catches("The factor (1 + ‖y_i − y_j‖²)⁻¹ is missing: a pair that is far apart is moved as if it were near, "
         "and is flung away.")
def no_tail(got, P, Q, Y):
    return any(close(got, c * _sum((P - Q), Y)) for c in (1, 2, 4))


@catches("The sign is turned: this is the direction in which the divergence *falls*. Wanted is the gradient, and the "
         "step is taken against it. It is (p − q) and y_i − y_j, summed over j.")
def sign_turned(got, P, Q, Y):
    return any(close(got, -c * _sum((P - Q) * tail(Y), Y)) for c in (1, 2, 4))


@catches("Right up to a factor. Each pair stands in the divergence twice, and a square has a factor 2 of its own: "
         "that makes 4.")
def another_factor(got, P, Q, Y):
    return any(close(got, c * _sum((P - Q) * tail(Y), Y)) for c in (1, 2, 8))


@catches("Only the pull of the data is there. What keeps the map from shrinking to one point is −q: take Q off P.")
def no_push(got, P, Q, Y):
    return any(close(got, c * _sum(P * tail(Y), Y)) for c in (1, 2, 4))


@catches("Only the push of the map is there, so all points would fly apart. Pairs are drawn together by p: P − Q.")
def no_pull(got, P, Q, Y):
    return any(close(got, c * _sum(sign * Q * tail(Y), Y)) for c in (1, 2, 4) for sign in (1, -1))


@catches("These are the weights times y_j alone. Each pair is moved along its own difference, y_i − y_j: the part with "
         "y_i is missing.")
def no_difference(got, P, Q, Y):
    pulls = (P - Q) * tail(Y)
    return any(close(got, c * pulls @ Y) for c in (1, 2, 4, -1, -2, -4))


@catches("This is the mean over the other points. The gradient is a sum over them.")
def averaged(got, P, Q, Y):
    right = _sum((P - Q) * tail(Y), Y)
    return any(close(got, c * right / by) for c in (1, 4) for by in (len(Y), len(Y) - 1))


@catches("Each pair is counted for one of its two points only. The sum over j runs over *all* other points, those before i "
         "and those after it.")
def each_pair_once(got, P, Q, Y):
    weights = (P - Q) * tail(Y)
    return any(close(got, c * _sum(half, Y)) for c in (1, 2, 4) for half in (weights.triu(), weights.tril()))


@catches("The tail is squared here, or taken twice: (1 + ‖y_i − y_j‖²)⁻¹ once.")
def tail_twice(got, P, Q, Y):
    return any(close(got, 4 * _sum((P - Q) * tail(Y) ** power, Y)) for power in (2, 0.5, -1))


@catches("The factor is q itself. It is the weight *before* it was divided by the sum, (1 + ‖y_i − y_j‖²)⁻¹.")
def q_for_the_tail(got, P, Q, Y):
    return close(got, 4 * _sum((P - Q) * Q, Y))


@catches("The distance in the last factor is not squared: (1 + ‖y_i − y_j‖²)⁻¹.")
def not_squared(got, P, Q, Y):
    return close(got, 4 * _sum((P - Q) / (1 + squares(Y).sqrt()), Y))


@catches("Every point gets its difference from the middle of the map, or one number for all. Point i has a difference of "
         "its own from each j: `Y[:, None] - Y[None, :]`, (N, N, d).")
def from_the_middle(got, P, Q, Y):
    pulls = ((P - Q) * tail(Y)).sum(dim=1, keepdim=True)
    return close(got, 4 * pulls * (Y - Y.mean(dim=0)))


EXERCISE = Exercise(
    "tsne_gradient", "01_pca_tsne_umap", "Which way each point has to go", minutes=15, difficulty=3, importance=4,
    reference=methods.tsne_gradient, returns=("gradient",), cases=tsne_gradient_cases, used_in="in your own t-SNE below",
    mistakes=(no_tail, sign_turned, another_factor, no_push, no_pull, no_difference, averaged, each_pair_once,
              tail_twice, q_for_the_tail, not_squared, from_the_middle),
    hints=("Each pair has a number that says whether it should be nearer (p above q) or farther, and a direction, from "
           "one to the other. Point i's gradient is the sum over all its pairs.",
           "`between = Y[:, None] - Y[None, :]` is (N, N, d). The number of each pair is (P − Q) times (1 + squared "
           "distance)⁻¹, (N, N); give it a third axis, multiply, and sum over j.",
           "`tail = 1 / (1 + between.square().sum(dim=2))`, and then `4 * (((P - student_t(Y)) * tail)[:, :, None] * "
           "between).sum(dim=1)`."),
)
