"""Exercise `spearman`: the correlation of ranks, equal numbers sharing the mean of their places."""

from __future__ import annotations

from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches
from .pairs import as_a_scalar, pearson, two_scores


def _below(x: Tensor) -> Tensor:
    return (x[:, None] > x).sum(dim=1)


def _places(x: Tensor) -> Tensor:
    return x.argsort(stable=True).argsort()


def _shared(x: Tensor) -> Tensor:
    """Ranks, equal numbers sharing the mean of their places."""
    return (_below(x) + ((x[:, None] == x).sum(dim=1) - 1) / 2).double()


@catches("The numbers themselves are correlated. Put each one's rank in its place first.")
def of_numbers(got, a, b):
    return close(got, pearson(a, b))


@catches("`argsort` says *which* method stands at each place. Wanted is at which place each method stands: `argsort` of "
         "that once more, or a count of the smaller ones.")
def sorted_once(got, a, b):
    return close(got, pearson(a.argsort(), b.argsort())) or close(got, pearson(*(x.argsort(stable=True) for x in (a, b))))


@catches("Equal numbers get different ranks, by the order in which they happen to stand. They share the mean of their "
         "places.")
def ties_by_place(got, a, b):
    return close(got, pearson(_places(a), _places(b))) or close(got, pearson(a.argsort().argsort(), b.argsort().argsort()))


@catches("Equal numbers all get the lowest of their places (or the highest). They share the mean of them: add half of "
         "how many others are equal.")
def ties_at_one_end(got, a, b):
    return close(got, pearson(_below(a), _below(b))) or close(got, pearson(_below(-a), _below(-b)))


@catches("1 − 6 Σ d² / (M (M² − 1)) is right without equal numbers alone. With them, correlate the ranks.")
def the_short_formula(got, a, b):
    r, s = (_shared(x) for x in (a, b))
    return close(got, 1 - 6 * (r - s).square().sum() / (len(a) * (len(a) ** 2 - 1)))


@catches("This is the covariance of the ranks. Divide by both deviations.")
def covariance(got, a, b):
    r, s = (_shared(x) for x in (a, b))
    products = (r - r.mean()) * (s - s.mean())
    return close(got, products.mean()) or close(got, products.sum()) or close(got, products.sum() / (len(a) - 1))


@catches("This is Kendall's τ. Spearman's ρ correlates ranks.")
def of_pairs(got, a, b):
    return close(got, evaluation.kendall_tau(a, b))


@catches("Equal numbers share one rank, and the next number has the very next one. They share the *mean of their places*: "
         "of 5, 7, 7, 9 the ranks are 0, 1½, 1½, 3.")
def ranks_without_gaps(got, a, b):
    return close(got, pearson(*(x.unique(return_inverse=True)[1] for x in (a, b))))


@catches("The ranks' means are not taken off.")
def not_centered(got, a, b):
    r, s = (_shared(x) for x in (a, b))
    return close(got, (r * s).sum() / (r.square().sum() * s.square().sum()).sqrt())


@catches("The root is missing below the line.")
def no_root(got, a, b):
    r, s = (_shared(x) - _shared(x).mean() for x in (a, b))
    return close(got, (r * s).sum() / (r.square().sum() * s.square().sum()))


EXERCISE = Exercise(
    "spearman", "19_which_method_wins", "Spearman's ρ: a correlation of ranks", minutes=8, difficulty=2, importance=3,
    reference=evaluation.spearman, returns=("rho",), cases=two_scores, align=as_a_scalar,
    used_in="beside Kendall's τ, in the table of orders",
    mistakes=(of_numbers, sorted_once, ties_by_place, ties_at_one_end, the_short_formula, covariance, of_pairs,
              ranks_without_gaps, not_centered, no_root),
    hints=("How many of the others are smaller? That is a rank, from 0 on.",
           "Of M numbers, `(x[:, None] > x).sum(dim=1)` counts the smaller ones and `(x[:, None] == x).sum(dim=1)` the "
           "equal ones, itself among them. The rank is the first plus half of the second less one.",
           "`r` and `s`, each minus its mean; `(r * s).sum() / (r.square().sum() * s.square().sum()).sqrt()`. Ranks are "
           "whole or half numbers: make them floats."),
)
