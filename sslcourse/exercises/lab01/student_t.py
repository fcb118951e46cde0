"""Exercise `student_t`: how likely two points of a map are to be neighbors, by a curve with a long tail."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def place(n: int, d: int, seed: int, *, wide: float = 1.0, dtype: torch.dtype = torch.float32) -> Tensor:
    """A map of n points, away from the origin."""
    generator = torch.Generator().manual_seed(seed)
    return (wide * torch.randn(n, d, generator=generator, dtype=torch.float64) + 3).to(dtype)


def student_t_cases() -> dict[str, tuple]:
    return {
        "six points of a map": (place(6, 2, seed=0),),
        "points on a line": (place(5, 1, seed=1),),
        "a wide map": (place(8, 2, seed=2, wide=6.0),),
        "double precision": (place(7, 2, seed=3, dtype=torch.float64),),
        "three dimensions, as many points": (place(3, 3, seed=4),),
        "all in one point": (torch.ones(4, 2),),
    }


def squares(Y: Tensor) -> Tensor:
    return (Y[:, None] - Y[None]).square().sum(dim=2)


def off(weights: Tensor) -> Tensor:
    """The same with zeros on the diagonal."""
    return weights.masked_fill(torch.eye(len(weights), dtype=torch.bool), 0)


def tail(Y: Tensor) -> Tensor:
    return 1 / (1 + squares(Y))


def _share(weights: Tensor) -> Tensor:
    return weights / weights.sum()


@catches("This is a bell curve, as on the side of the data. On the map its place is taken by Student's t, 1 / (1 + d²), "
         "whose tail is long: so far points need not be so far.")
def gaussian(got, Y):
    d = squares(Y)
    return any(close(got, way) for power in (1, 0.5) for way in
               (_share(off((-power * d).exp())), _share((-power * d).exp()), torch.softmax(-power * d, dim=1)))


@catches("The distance is not squared yet: 1 / (1 + ‖y_i − y_j‖²).")
def not_squared(got, Y):
    weights = 1 / (1 + squares(Y).sqrt())
    return close(got, _share(off(weights))) or close(got, _share(weights))


@catches("Each point counts as its own neighbor: the sum runs over k ≠ l, and q_ii is 0. Its own weight would be the "
         "largest of all, 1 / (1 + 0).")
def itself_counted(got, Y):
    return close(got, _share(tail(Y)))


@catches("The diagonal is 0 in the end, but it still stands in the sum below the fraction. Take it out *before* you "
         "divide: Q has to sum to 1.")
def itself_in_the_sum(got, Y):
    return close(got, off(_share(tail(Y))))


@catches("The diagonal is left out of the sum and still stands in Q: q_ii = 0.")
def itself_left_in(got, Y):
    return close(got, tail(Y) / off(tail(Y)).sum())


@catches("Every *row* sums to 1 here, as on the side of the data. On the map one sum goes over all pairs: all of Q "
         "sums to 1.")
def by_rows(got, Y):
    weights = off(tail(Y))
    return close(got, weights / weights.sum(dim=1, keepdim=True)) or close(got, weights / weights.sum(dim=0))


@catches("The weights are right, and not divided by their sum yet.")
def not_normalized(got, Y):
    return close(got, off(tail(Y))) or close(got, tail(Y))


@catches("The sum below the fraction counts each pair once. It runs over all k ≠ l, so each pair stands in it twice, and "
         "Q sums to 1.")
def each_pair_once(got, Y):
    weights = off(tail(Y))
    return close(got, 2 * weights / weights.sum())


@catches("The 1 + is missing below the fraction: two points in one place would have an infinite weight.")
def no_one_plus(got, Y):
    weights = off(1 / (squares(Y) + torch.eye(len(Y), dtype=Y.dtype)))
    return close(got, _share(weights))


@catches("These are weights that grow with the distance. Near points are the likely ones: 1 *over* (1 + d²).")
def far_is_likely(got, Y):
    d = squares(Y)
    return close(got, _share(off(1 + d))) or close(got, _share(d))


@catches("A squared distance is a *sum* over the coordinates of the map; this is their mean.")
def mean_over_coordinates(got, Y):
    return Y.shape[1] > 1 and close(got, _share(off(1 / (1 + squares(Y) / Y.shape[1]))))


@catches("The power is another one: with one degree of freedom it is (1 + d²)⁻¹.")
def another_power(got, Y):
    d = squares(Y)
    ways = *((1 + d) ** -power for power in (0.5, 1.5, 2)), 1 / (1 + d / 2)
    return any(close(got, _share(off(way))) for way in ways)


EXERCISE = Exercise(
    "student_t", "01_pca_tsne_umap", "Who are neighbors on the map?", minutes=10, difficulty=2, importance=4,
    reference=methods.student_t, returns=("Q",), cases=student_t_cases, used_in="in your own t-SNE below",
    mistakes=(gaussian, not_squared, itself_counted, itself_in_the_sum, itself_left_in, by_rows, not_normalized,
              each_pair_once, no_one_plus, far_is_likely, mean_over_coordinates, another_power),
    hints=("It is a table of weights, near pairs heavy and far ones light, divided by one number.",
           "All differences at once are `Y[:, None] - Y[None, :]`, (N, N, d). Square and sum them, take 1 / (1 + …), put "
           "the diagonal to 0, and divide by the sum of the whole table.",
           "`weights = 1 / (1 + (Y[:, None] - Y[None, :]).square().sum(dim=2))`, then `weights.fill_diagonal_(0)`, and "
           "`weights / weights.sum()`."),
)
