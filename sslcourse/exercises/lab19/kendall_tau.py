"""Exercise `kendall_tau`: pairs in the same order minus pairs turned round."""

from __future__ import annotations

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches
from .pairs import pearson, signs, two_scores


@catches("The pairs with equal numbers are counted in the denominator. A pair that is equal in a says nothing about its "
         "order: it does not count in a's sum of squared signs, nor in b's if it is equal there.")
def ties_counted(got, a, b):
    return close(got, (signs(a) * signs(b)).sum() / (len(a) * (len(a) - 1)))


@catches("Each method has been compared with itself as well: the denominator is M², and of those M are no pairs.")
def with_itself(got, a, b):
    return close(got, (signs(a) * signs(b)).mean())


@catches("This is the share of pairs in the same order, from 0 to 1. Take off the share that is turned round.")
def a_share(got, a, b):
    same = ((signs(a) * signs(b)) > 0).double().sum()
    return any(close(got, same / n) for n in (len(a) * (len(a) - 1), len(a) ** 2, 2 * len(a) * (len(a) - 1)))


@catches("This is the sum over pairs. Divide by the root of what it would be if both orders agreed.")
def not_divided(got, a, b):
    total = (signs(a) * signs(b)).sum()
    return close(got, total) or close(got, total / 2)


@catches("How far apart two numbers are has been used. Only the *sign* of their difference counts.")
def distances(got, a, b):
    return close(got, pearson(a, b))


@catches("This is Spearman's ρ, which comes next. Kendall's τ looks at pairs.")
def of_ranks(got, a, b):
    return close(got, evaluation.spearman(a, b))


EXERCISE = Exercise(
    "kendall_tau", "19_which_method_wins", "Kendall's τ: in the same order, or turned round?", minutes=8, difficulty=2,
    importance=5, reference=evaluation.kendall_tau, returns=("tau",), cases=two_scores,
    used_in="in every comparison of orders below",
    mistakes=(ties_counted, with_itself, a_share, not_divided, of_ranks, distances),
    hints=("Make one table of all pairs for a, and one for b.",
           "sign(a_i − a_j) for all i and j is (M, M): `a[:, None] - a`. The product of the two tables is 1 where a pair "
           "is in the same order, −1 where it is turned round, 0 where one of them sees no order.",
           "`in_a = (a[:, None] - a).sign()`, `in_b` likewise; `(in_a * in_b).sum() / (in_a.square().sum() * "
           "in_b.square().sum()).sqrt()`."),
)
