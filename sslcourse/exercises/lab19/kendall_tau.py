"""Exercise `kendall_tau`: pairs in the same order minus pairs turned round."""

from __future__ import annotations

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches
from .pairs import as_a_scalar, pearson, signs, two_scores


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


@catches("The root is missing: the two sums of squared signs are multiplied, and the root is taken of that.")
def no_root(got, a, b):
    return close(got, (signs(a) * signs(b)).sum() / (signs(a).square().sum() * signs(b).square().sum()))


@catches("Above the line each pair counts once, and below it twice. Count pairs in one way in all three sums.")
def half_of_the_pairs(got, a, b):
    below = (signs(a).square().sum() * signs(b).square().sum()).sqrt()
    return any(close(got, (signs(a) * signs(b)).sum() / 2**power / below) for power in (1, 0.5))


@catches("The denominator leaves out every pair that is equal in *one* of the two, or looks at one order alone. It is the "
         "root of a's sum of squared signs times b's. (Without any tied pair it is Goodman and Kruskal's γ.)")
def another_denominator(got, a, b):
    both = signs(a) * signs(b)
    return any(close(got, both.sum() / n) for n in (both.abs().sum(), signs(a).square().sum(), signs(b).square().sum()))


@catches("Only neighbours are compared. Every two methods are a pair: `a[:, None] - a` has all of them.")
def neighbours_alone(got, a, b):
    p, q = a.diff().sign().double(), b.diff().sign().double()
    return close(got, (p * q).sum() / (p.square().sum() * q.square().sum()).sqrt())


@catches("What is not larger counts as smaller here, equal numbers and each method beside itself. Where two are equal the "
         "sign is 0: `torch.sign`.")
def equal_is_smaller(got, a, b):
    p, q = (2 * (x[:, None] > x).double() - 1 for x in (a, b))
    return close(got, (p * q).mean())


EXERCISE = Exercise(
    "kendall_tau", "19_which_method_wins", "Kendall's τ: in the same order, or turned round?", minutes=8, difficulty=2,
    importance=5, reference=evaluation.kendall_tau, returns=("tau",), cases=two_scores, align=as_a_scalar,
    used_in="in every comparison of orders below",
    mistakes=(ties_counted, with_itself, a_share, not_divided, of_ranks, distances, no_root, half_of_the_pairs,
              neighbours_alone, another_denominator, equal_is_smaller),
    hints=("Make one table of all pairs for a, and one for b.",
           "sign(a_i − a_j) for all i and j is (M, M): `a[:, None] - a`. The product of the two tables is 1 where a pair "
           "is in the same order, −1 where it is turned round, 0 where one of them sees no order.",
           "`in_a = (a[:, None] - a).sign()`, `in_b` likewise; `(in_a * in_b).sum() / (in_a.square().sum() * "
           "in_b.square().sum()).sqrt()`."),
)
