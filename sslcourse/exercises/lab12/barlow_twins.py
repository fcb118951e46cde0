"""Exercise `barlow_twins`: components that agree with themselves across views, and with no other."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .correlations import barlow_twins_cases, loss, matrix, standard


@catches("A component that is the same for every image has standard deviation 0, and 0 / 0 is NaN. That happens in a "
         "collapse, just when you want to see the loss: add 1e-5 to each variance before the root.")
def zero_by_zero(got, z_a, z_b, lambda_param):
    return bool(((z_a - z_a.mean(dim=0)).abs().amax(dim=0) == 0).any()) and bool(got.isnan())


@catches("This matrix compares images with images, (N, N), as contrastive losses do. Barlow Twins compares components "
         "with components, over the batch: z_aᵀ z_b, (D, D).")
def images_compared(got, z_a, z_b, lambda_param):
    ways = [(standard(z_a), standard(z_b), n) for n in z_a.shape] + [(F.normalize(z_a), F.normalize(z_b), 1)]
    return any(close(got, loss(a @ b.T / n, lambda_param)) for a, b, n in ways)


@catches("The components are correlated within one view. Nothing ties the two views together then: take z_a on one "
         "side and z_b on the other.")
def within_one_view(got, z_a, z_b, lambda_param):
    return any(close(got, loss(matrix(z, z), lambda_param)) for z in (z_a, z_b))


@catches("The sums over the batch still have to be divided by N: a correlation lies between −1 and 1.")
def not_divided(got, z_a, z_b, lambda_param):
    return close(got, loss(matrix(z_a, z_b) * len(z_a), lambda_param))


@catches("The means are still in. A correlation looks at how components vary together, so centre each one over the "
         "batch first: `z - z.mean(dim=0)`.")
def not_centred(got, z_a, z_b, lambda_param):
    spread = [z / (z.var(dim=0, correction=0) + 1e-5).sqrt() for z in (z_a, z_b)]
    raw = [standard(z, centred=False) for z in (z_a, z_b)]
    return any(close(got, loss(a.T @ b / len(z_a), lambda_param)) for a, b in (spread, raw, (z_a, z_b)))


@catches("This is a covariance. A correlation divides each component by its standard deviation as well, so that it lies "
         "between −1 and 1 and 1 can be reached.")
def covariance(got, z_a, z_b, lambda_param):
    a, b = z_a - z_a.mean(dim=0), z_b - z_b.mean(dim=0)
    return any(close(got, loss(a.T @ b / n, lambda_param)) for n in (len(a), len(a) - 1, 1))


@catches("Each component is divided by its variance. It should be divided by the standard deviation: take the root.")
def divided_by_the_variance(got, z_a, z_b, lambda_param):
    a, b = ((z - z.mean(dim=0)) / (z.var(dim=0, correction=0) + 1e-5) for z in (z_a, z_b))
    return close(got, loss(a.T @ b / len(a), lambda_param))


@catches("Each *image* is scaled here, along its row. Wanted is each component, over the batch: mean and variance with "
         "`dim=0`.")
def along_the_row(got, z_a, z_b, lambda_param):
    ways = ([standard(z.T).T for z in (z_a, z_b)], [F.normalize(z, dim=1) for z in (z_a, z_b)])
    return any(close(got, loss(a.T @ b / n, lambda_param)) for a, b in ways for n in (len(a), 1))


@catches("All components share one mean and one deviation here. Each component has its own, over the batch: `dim=0`.")
def of_all_entries(got, z_a, z_b, lambda_param):
    a, b = ((z - z.mean()) / (z.var(correction=0) + 1e-5).sqrt() for z in (z_a, z_b))
    return close(got, loss(a.T @ b / len(a), lambda_param))


@catches("The products are divided by D, the number of components. They are sums over the batch: divide by N.")
def divided_by_the_components(got, z_a, z_b, lambda_param):
    n, d = z_a.shape
    return n != d and close(got, loss(matrix(z_a, z_b) * n / d, lambda_param))


@catches("A square is missing. Both terms are sums of squares: of 1 − C_ii, and of C_ij. (Without the square a negative "
         "number would be better than 0.)")
def square_missing(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    gap, off = 1 - c.diagonal(), c - torch.diag(c.diagonal())
    ways = [(on, rest) for on in (gap.square().sum(), gap.sum(), gap.abs().sum())
            for rest in (off.square().sum(), off.sum(), off.abs().sum())][1:]
    return any(close(got, on + lambda_param * rest) for on, rest in ways)


@catches("The square is taken of a sum. Square each entry first, then add up.")
def squared_after_the_sum(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    off = loss(c, 1.0) - (1 - c.diagonal()).square().sum()
    ways = [(on, off) for on in ((1 - c.diagonal().sum()) ** 2, (1 - c.diagonal()).sum() ** 2)]
    ways.append(((1 - c.diagonal()).square().sum(), (c.sum() - c.diagonal().sum()) ** 2))
    return any(close(got, on + lambda_param * others) for on, others in ways)


@catches("Only one half of the pairs i ≠ j is there. C is not symmetric, C_ij and C_ji are two numbers, and both count.")
def half_of_the_pairs(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    on = (1 - c.diagonal()).square().sum()
    return lambda_param > 0 and any(close(got, on + lambda_param * half.square().sum()) for half in (c.triu(1), c.tril(-1)))


@catches("Off the diagonal C is pulled towards 1 as well. Two different components should have nothing to do with each "
         "other: C_ij² for i ≠ j.")
def pulled_to_one(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    on, every = (1 - c.diagonal()).square().sum(), (1 - c).square().sum()
    return lambda_param > 0 and close(got, on + lambda_param * (every - on))


@catches("Two divisors are mixed: N − 1 in the standard deviation, as `std` has it unless told otherwise, and N for the "
         "products. A component that agrees perfectly then gets (N − 1)/N. (The paper's Algorithm 1 does so; its "
         "equation and its code do not.) `correction=0`.")
def n_minus_one(got, z_a, z_b, lambda_param):
    a, b = (standard(z, correction=1) for z in (z_a, z_b))
    return close(got, loss(a.T @ b / len(z_a), lambda_param))


@catches("The second term should sum over i ≠ j alone. Here the diagonal is in it too, and what the first term pulls to "
         "1 the second pulls to 0.")
def diagonal_in_both(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    return close(got, (1 - c.diagonal()).square().sum() + lambda_param * c.square().sum())


@catches("The diagonal is pushed to 0 here. It should become 1, for the two views are to agree: (1 − C_ii)².")
def diagonal_to_zero(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    return close(got, c.diagonal().square().sum() + loss(c, lambda_param) - (1 - c.diagonal()).square().sum())


@catches("λ is not where it belongs: it weighs the second term, that of the pairs i ≠ j, and only that.")
def weight_misplaced(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    on, both = (1 - c.diagonal()).square().sum(), loss(c, 1.0)
    return any(close(got, wrong) for wrong in (both, lambda_param * both, lambda_param * on + both - on))


@catches("One of the terms is averaged. The paper sums over the entries of C, and λ is small because there are so many "
         "of them.")
def averaged(got, z_a, z_b, lambda_param):
    c, D = matrix(z_a, z_b), z_a.shape[1]
    on = (1 - c.diagonal()).square().sum()
    off = loss(c, 1.0) - on
    pairs = D * (D - 1)
    wrong = (on / D + lambda_param * off / pairs, on + lambda_param * off / pairs, on / D + lambda_param * off,
             on / D + lambda_param * off / D**2, on + lambda_param * off / D**2, (on + lambda_param * off) / D)
    return any(close(got, w) for w in wrong)


@catches("1e-5 belongs under the root: √(variance + 1e-5). Added to the deviation, or left out, it is missing for a "
         "component that hardly varies, and what little noise it has is blown up to full size.")
def added_to_the_deviation(got, z_a, z_b, lambda_param):
    deviations = [z.std(dim=0, correction=0) for z in (z_a, z_b)]
    if min(float(d.min()) for d in deviations) > 0.03:
        return False
    a, b = ((z - z.mean(dim=0)) / (d + 1e-5) for z, d in zip((z_a, z_b), deviations))
    return close(got, loss(a.T @ b / len(a), lambda_param))


@catches("λ is inside the square. It weighs the squares: λ · C_ij², and not (λ C_ij)².")
def weight_squared(got, z_a, z_b, lambda_param):
    return close(got, loss(matrix(z_a, z_b), lambda_param**2))


@catches("What is taken off the squares is the diagonal as it is, or its number of entries. Take off the squares of the "
         "diagonal: `C.diagonal().square().sum()`.")
def diagonal_taken_off_wrongly(got, z_a, z_b, lambda_param):
    c = matrix(z_a, z_b)
    on, squares = (1 - c.diagonal()).square().sum(), c.square().sum()
    return any(close(got, on + lambda_param * (squares - off)) for off in (c.diagonal().sum(), len(c)))


EXERCISE = Exercise(
    "barlow_twins", "12_without_negatives", "The cross-correlation of two views", minutes=20, difficulty=3, importance=4,
    reference=losses.barlow_twins, returns=("loss",), cases=barlow_twins_cases,
    trains_on=("z_a", "z_b"),
    used_in="in the trainings below",
    mistakes=(zero_by_zero, images_compared, within_one_view, not_divided, n_minus_one, not_centred, diagonal_in_both,
              diagonal_to_zero, weight_misplaced, averaged, covariance, divided_by_the_variance, along_the_row,
              of_all_entries, divided_by_the_components, square_missing, squared_after_the_sum, half_of_the_pairs,
              pulled_to_one, added_to_the_deviation, weight_squared, diagonal_taken_off_wrongly),
    hints=("Look along the batch: how does each component of the one view vary together with each component of the other?",
           "Standardise each component over the batch: mean 0, variance 1, with 1e-5 added to the variance before the "
           "root. Then C = z_aᵀ z_b / N is (D, D). Sum (1 − C_ii)² over the diagonal, and λ C_ij² over the rest.",
           "`s = lambda z: (z - z.mean(0)) / (z.var(0, correction=0) + 1e-5).sqrt()`, `C = s(z_a).T @ s(z_b) / len(z_a)`, "
           "`on = (1 - C.diagonal()).square().sum()`, and "
           "`off = C.square().sum() - C.diagonal().square().sum()`."),
)
