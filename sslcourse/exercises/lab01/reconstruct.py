"""Exercise `reconstruct`: there and back through k numbers."""

from __future__ import annotations

import torch

from ... import methods
from ..compare import close
from ..engine import Exercise, catches
from .pca import table


def reconstruct_cases() -> dict[str, tuple]:
    tall, wide, square = table(40, 6, seed=0), table(7, 12, seed=1), table(8, 8, seed=3)
    double = table(15, 5, seed=2, dtype=torch.float64)
    return {
        "the points it was fitted to": (tall, *methods.pca(tall, 2)[:2]),
        "new points": (table(9, 6, seed=6), *methods.pca(tall, 3)[:2]),
        "a single new point": (table(3, 12, seed=7)[:1], *methods.pca(wide, 4)[:2]),
        "a square table": (square, *methods.pca(square, 5)[:2]),
        "double precision, one component": (double, *methods.pca(double, 1)[:2]),
    }


@catches("The sizes do not fit. `components` is (k, D). On the way there (N, D) has to meet (D, k), so that product "
         "needs `components.T`; on the way back (N, k) meets (k, D), `components` as it is.")
def components_transposed_on_the_way(got, X, mean, components):
    return isinstance(got, RuntimeError) and "multiplied" in str(got)


@catches("This is where each point lies along the components: the way there. Now the way back, k numbers times k "
         "directions, plus the mean.")
def projected_only(got, X, mean, components):
    return close(got, (X - mean) @ components.T) or close(got, X @ components.T)


@catches("The mean is not added back, so the points return to a place around the origin instead of their own.")
def mean_not_added(got, X, mean, components):
    return close(got, (X - mean) @ components.T @ components)


@catches("The mean is added at the end, but not subtracted before the projection. The components are measured from "
         "the mean.")
def mean_not_subtracted(got, X, mean, components):
    return close(got, X @ components.T @ components + mean)


@catches("As it stands, the mean makes no difference: subtract it before the projection, and add it, all D numbers of it, "
         "after the way back.")
def no_mean(got, X, mean, components):
    return close(got, X @ components.T @ components)


@catches("The mean is computed anew from X. Use the `mean` that is handed in: new points, or one alone, have "
         "another.")
def own_mean(got, X, mean, components):
    own = X.mean(dim=0)
    return any(close(got, (X - a) @ components.T @ components + b) for a, b in ((own, own), (own, mean), (mean, own)))


@catches("The mean goes in with the wrong sign, or once too often. Subtracted before the projection, added back at the end.")
def mean_with_another_sign(got, X, mean, components):
    return any(close(got, (X + a * mean) @ components.T @ components + b * mean)
               for a in (-2, -1, 1) for b in (-1, 1, 2) if (a, b) != (-1, 1))


@catches("`mean` has one number per dimension, and here all of them are averaged into one. Use it as it is.")
def one_number_for_the_mean(got, X, mean, components):
    one = mean.mean()
    return any(close(got, (X - a) @ components.T @ components + b) for a, b in ((one, one), (mean, one), (one, mean)))


@catches("This is what gets *lost* on the way, X minus the copy. Wanted is the copy.")
def what_is_lost(got, X, mean, components):
    return close(got, X - ((X - mean) @ components.T @ components + mean))


EXERCISE = Exercise(
    "reconstruct", "01_pca_tsne_umap", "There and back through k numbers", minutes=10, difficulty=1, importance=4,
    reference=methods.reconstruct, returns=("reconstruction",), cases=reconstruct_cases,
    used_in="behind the slider below",
    mistakes=(components_transposed_on_the_way, projected_only, mean_not_added, mean_not_subtracted, no_mean, own_mean,
              mean_with_another_sign, one_number_for_the_mean, what_is_lost),
    hints=("Two journeys: from D numbers to k, and from k back to D. Both are measured from the mean.",
           "There: how far does `X - mean` lie along each row of `components`? A matrix product, (N, D) with (D, "
           "k). Back: that many steps along each component, (N, k) with (k, D), starting at the mean.",
           "`Z = (X - mean) @ components.T`, and from there `Z @ components`, plus what was subtracted."),
)
