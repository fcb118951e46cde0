"""Exercise `isoflop_optimum`: the floor of a valley, between the sizes that were trained."""

from __future__ import annotations

import numbers

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def isoflop_optimum_cases() -> dict[str, tuple]:
    def some(best: float, sizes: list[float], seed: int, bend: float = 0.05, scatter: float = 0.01) -> tuple[Tensor, Tensor]:
        N = torch.tensor(sizes, dtype=torch.float64)
        noise = torch.randn(len(sizes), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        return N, 2.3 + bend * (N / best).log() ** 2 + scatter * noise

    return {
        "five sizes": some(40e3, [10e3, 21e3, 35e3, 70e3, 120e3], seed=0),
        "three sizes": some(300e3, [70e3, 250e3, 900e3], seed=1),
        "sizes in no order": some(25e3, [90e3, 10e3, 30e3, 55e3], seed=2),
        "one size twice": some(60e3, [20e3, 45e3, 45e3, 100e3, 190e3], seed=3),
        "a shallow valley": some(30e3, [8e3, 17e3, 34e3, 70e3, 140e3], seed=4, bend=0.02, scatter=0.002),
        "no valley, a hill": some(40e3, [10e3, 20e3, 40e3, 80e3], seed=5, bend=-0.05),
    }


def _fitted(x: Tensor, loss: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    middle = x.mean()
    powers = torch.stack([(x - middle) ** 2, x - middle, torch.ones_like(x)], dim=1)
    p2, p1, p0 = torch.linalg.lstsq(powers, loss[:, None]).solution[:, 0]
    return p2, p1 - 2 * p2 * middle, p0 - p1 * middle + p2 * middle**2             # powers of x itself


def _is_valley(N: Tensor, loss: Tensor) -> bool:
    return bool(_fitted(N.log(), loss)[0] > 0)


def as_scalars(got: object, want: tuple[Tensor, Tensor]) -> object:
    """Plain numbers are as good as scalar tensors."""
    if not isinstance(got, (tuple, list)):
        return got
    return tuple(torch.as_tensor(part, dtype=torch.float64) if isinstance(part, numbers.Number) else part for part in got)


def _first(got: object) -> object:
    return got[0] if isinstance(got, (tuple, list)) and len(got) == 2 else None


@catches("A parabola that opens downward has a highest point and no lowest one. Where p₂ is not above 0 both are NaN.")
def top_of_a_hill(got, N, loss):
    p2, p1, p0 = _fitted(N.log(), loss)
    return bool(p2 <= 0) and close(_first(got), (-p1 / (2 * p2)).exp())


@catches("That is the best of the sizes that were trained. The valley's floor lies between them: fit a parabola, and take "
         "its lowest point.")
def best_that_was_trained(got, N, loss):
    return _is_valley(N, loss) and close(_first(got), N[loss.argmin()])


@catches("The parabola is one in N, and the valley is symmetric only in log N: a size ten times too small is as far off "
         "as one ten times too large. Fit in `N.log()`.")
def in_n_itself(got, N, loss):
    p2, p1, _ = _fitted(N, loss)
    return bool(p2 > 0) and close(_first(got), -p1 / (2 * p2))


@catches("This is log N_opt still. Take it back: `.exp()`, for the natural logarithm.")
def a_logarithm_still(got, N, loss):
    p2, p1, _ = _fitted(N.log(), loss)
    x = -p1 / (2 * p2)
    return bool(p2 > 0) and any(close(_first(got), x / base) for base in (1.0, torch.tensor(10.0).double().log(),
                                                                          torch.tensor(2.0).double().log()))


@catches("The slope of p₂ x² + p₁ x + p₀ is 2 p₂ x + p₁, and it is 0 at x = −p₁ / 2p₂. A factor of 2 or the sign is "
         "wrong.")
def another_vertex(got, N, loss):
    p2, p1, _ = _fitted(N.log(), loss)
    middle = N.log().mean()
    from_middle = p1 + 2 * p2 * middle
    wrong = [-p1 / p2, p1 / (2 * p2), middle - from_middle / p2, middle + from_middle / (2 * p2)]
    return bool(p2 > 0) and any(close(_first(got), x.exp()) for x in wrong)


@catches("N_opt is right. The loss that belongs to it is the parabola's height there, not the lowest one that was "
         "measured.")
def lowest_measured_loss(got, N, loss):
    right = evaluation.isoflop_optimum(N, loss)[0]
    return _is_valley(N, loss) and close(_first(got), right) and close(got[1], loss.min())


@catches("N_opt is right. The loss there is the parabola's height at x = log N_opt: all three terms, and x, not N.")
def another_height(got, N, loss):
    if not _is_valley(N, loss) or not close(_first(got), evaluation.isoflop_optimum(N, loss)[0]):
        return False
    p2, p1, p0 = _fitted(N.log(), loss)
    best = _first(got).double()
    return any(close(got[1], height) for height in (p0, p2 * best**2 + p1 * best + p0))


@catches("The parabola runs through the origin, as if the loss were 0 for a network of one weight. It needs its third "
         "number: a column of ones.")
def through_the_origin(got, N, loss):
    x = N.log()
    p2, p1 = torch.linalg.lstsq(torch.stack([x**2, x], dim=1), loss[:, None]).solution[:, 0]
    return close(_first(got), (-p1 / (2 * p2)).exp())


@catches("The logarithm of the loss has been fitted. The parabola is one in log N, and the loss stays as it is.")
def loss_in_logarithms(got, N, loss):
    p2, p1, _ = _fitted(N.log(), loss.log())
    return bool(p2 > 0) and close(_first(got), (-p1 / (2 * p2)).exp())


@catches("The three numbers have been read in another order than the columns stand in: the first belongs to the first "
         "column.")
def coefficients_exchanged(got, N, loss):
    p2, p1, p0 = _fitted(N.log(), loss)
    return bool(p2 > 0) and any(close(_first(got), (-b / (2 * a)).exp()) for a, b in ((p0, p1), (p1, p2), (p2, p0)))


@catches("Only the lowest three sizes have been fitted. All runs count, by least squares: that takes chance out of each.")
def three_of_them(got, N, loss):
    lowest = loss.argsort()[:3]
    p2, p1, _ = _fitted(N[lowest].log(), loss[lowest])
    return len(N) > 3 and bool(p2 > 0) and close(_first(got), (-p1 / (2 * p2)).exp())


@catches("Base 10 on the way there, and e on the way back, or the other way round.")
def bases_mixed(got, N, loss):
    p2, p1, _ = _fitted(N.log(), loss)
    x, ten = -p1 / (2 * p2), torch.tensor(10.0).double().log()
    return bool(p2 > 0) and any(close(_first(got), (x * factor).exp()) for factor in (1 / ten, ten))


@catches("Where the parabola opens downward both numbers are NaN, and not infinite or 0.")
def not_nan_on_a_hill(got, N, loss):
    return not _is_valley(N, loss) and isinstance(got, (tuple, list)) and not bool(torch.as_tensor(got[0]).isnan())


EXERCISE = Exercise(
    "isoflop_optimum", "20_scaling", "The floor of the valley", minutes=12, difficulty=3, importance=5,
    reference=evaluation.isoflop_optimum, returns=("N_opt", "loss"), cases=isoflop_optimum_cases,
    align=as_scalars,
    used_in="in the figures of the valleys",
    mistakes=(top_of_a_hill, best_that_was_trained, in_n_itself, a_logarithm_still, another_vertex, lowest_measured_loss,
              another_height, through_the_origin, loss_in_logarithms, coefficients_exchanged, three_of_them, bases_mixed,
              not_nan_on_a_hill),
    hints=("Which horizontal axis makes the valley symmetric? On it, three numbers describe the parabola, and the lowest "
           "point follows from two of them.",
           "Least squares: a matrix with the columns x², x and 1, where x is the logarithm of N, against the losses. Shift "
           "x by its mean first, or the squares drown the rest, and shift the answer back.",
           "`torch.linalg.lstsq(powers, loss[:, None]).solution[:, 0]` gives p₂, p₁, p₀; the lowest point is at "
           "`-p1 / (2 * p2)`, and its height `p0 + p1 * vertex / 2`."),
)
