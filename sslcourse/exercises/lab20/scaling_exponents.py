"""Exercise `scaling_exponents`, the longer piece: from single runs to two exponents a seed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def scaling_exponents_cases() -> dict[str, tuple]:
    def some(a: float, budgets: list[float], seeds: list[int], seed: int, sizes: int = 5, spread: float = 1.0) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        rows = []
        for C in budgets:
            for s in seeds:
                best = 3e4 * (C / budgets[0]) ** a
                for i in range(sizes):
                    N = best * 2.0 ** (spread * (i - sizes // 2 + 0.3))
                    D = C / (9 * N**0.96)                                      # a token does not cost 6 N exactly
                    noise = 0.003 * float(torch.randn(1, generator=generator))
                    loss = 2.5 - 0.1 * torch.tensor(C / budgets[0]).log() + 0.06 * torch.tensor(N / best).log() ** 2 + noise
                    rows.append((C, N, D, float(loss), float(s)))
        mixed = torch.randperm(len(rows), generator=generator)
        return tuple(torch.tensor(column, dtype=torch.float64)[mixed] for column in zip(*rows))

    return {
        "three budgets, two seeds": some(0.5, [1e9, 4e9, 16e9], [0, 1], seed=0),
        "one seed": some(0.4, [1e9, 1e10, 1e11], [0], seed=1),
        "two budgets": some(0.7, [2e9, 8e9], [3, 5, 9], seed=2, spread=0.8),
        "budgets that are far apart": some(0.3, [1e8, 1e9, 1e12], [0, 1], seed=3, sizes=4),
        "many sizes": some(0.6, [1e9, 3e9, 9e9, 27e9], [1, 2], seed=4, sizes=9, spread=0.6),
    }


def _slopes(C: Tensor, N: Tensor, D: Tensor, loss: Tensor, seed: Tensor, optimum, *, centered: bool = True,
            logarithms: bool = True) -> Tensor:
    """(S, 2): straight lines through what `optimum(N, D, loss, budget)` says of each seed and budget."""
    found = []
    for s in seed.unique():
        budgets, best = C[seed == s].unique(), []
        for budget in budgets:
            at = (seed == s) & (C == budget)
            best.append(torch.stack([torch.as_tensor(x, dtype=C.dtype) for x in optimum(N[at], D[at], loss[at], budget)]))
        x, y = budgets, torch.stack(best)
        if logarithms:
            x, y = x.log(), y.log()
        x = x - x.mean() if centered else x
        found.append((x[:, None] * y).sum(dim=0) / x.square().sum())
    return torch.stack(found)


def _valleys(N: Tensor, D: Tensor, loss: Tensor, budget: Tensor) -> tuple[Tensor, Tensor]:
    return evaluation.isoflop_optimum(N, loss)[0], evaluation.isoflop_optimum(D, loss)[0]


def _lines(C: Tensor, N: Tensor, D: Tensor, loss: Tensor, seed: Tensor, made) -> Tensor:
    """(S, 2): what `made` makes, for each seed, of log C (budgets,) and the floors' logarithms (budgets, 2)."""
    found = []
    for s in seed.unique():
        budgets = C[seed == s].unique()
        at = [(seed == s) & (C == budget) for budget in budgets]
        found.append(made(budgets.log(), torch.stack([torch.stack(_valleys(N[i], D[i], loss[i], None)) for i in at]).log()))
    return torch.stack(found)


@catches("All seeds are fitted together, so there is one row. Wanted is a pair for each seed: only then can anybody see "
         "how much another seed would change them.")
def seeds_together(got, C, N, D, loss, seed):
    pooled = _slopes(C, N, D, loss, torch.zeros_like(seed), _valleys)
    return len(seed.unique()) > 1 and (close(got, pooled) or close(got, pooled[0])
                                       or close(got, pooled.expand(len(seed.unique()), 2)))


@catches("The two columns are the wrong way round: a, how the size grows, stands first, then b, of the tokens.")
def b_before_a(got, C, N, D, loss, seed):
    return close(got, _slopes(C, N, D, loss, seed, _valleys).flip(1))


@catches("b is 1 − a in your answer. That follows from C = 6 N D, which is a rule of thumb: find the floor of the valley "
         "over D as you found it over N.")
def by_the_rule(got, C, N, D, loss, seed):
    a = _slopes(C, N, D, loss, seed, _valleys)[:, 0]
    return close(got, torch.stack([a, 1 - a], dim=1))


@catches("These are slopes of N_opt and D_opt themselves. N_opt ∝ C^a is a straight line when both sides are logarithms: "
         "log N_opt = a log C + constant.")
def no_logarithms(got, C, N, D, loss, seed):
    return close(got, _slopes(C, N, D, loss, seed, _valleys, logarithms=False))


@catches("The line goes through the origin, as if N_opt were 1 for a budget of one FLOP. It needs a constant, or means "
         "that are taken off: of log C, at least.")
def through_the_origin(got, C, N, D, loss, seed):
    return close(got, _slopes(C, N, D, loss, seed, _valleys, centered=False))


@catches("The best size that was trained was taken for each budget. `isoflop_optimum` finds the floor between them.")
def best_that_was_trained(got, C, N, D, loss, seed):
    return close(got, _slopes(C, N, D, loss, seed, lambda N, D, loss, budget: (N[loss.argmin()], D[loss.argmin()])))


@catches("Each slope is taken from two points, the ends or neighbours. Fit one line through all the floors: the others "
         "know something too.")
def from_two_points(got, C, N, D, loss, seed):
    return close(got, _lines(C, N, D, loss, seed, lambda x, y: (y[-1] - y[0]) / (x[-1] - x[0]))) or close(
        got, _lines(C, N, D, loss, seed, lambda x, y: (y.diff(dim=0) / x.diff()[:, None]).mean(dim=0)))


@catches("The line is the wrong way round: this is how log C grows with log N_opt. Wanted is log N_opt over log C.")
def turned_round(got, C, N, D, loss, seed):
    def inverse(x, y):
        x, y = x - x.mean(), y - y.mean(dim=0)
        return (x[:, None] * y).sum(dim=0) / y.square().sum(dim=0)

    return close(got, _lines(C, N, D, loss, seed, inverse))


@catches("These are ratios, log N_opt / log C, as if every line went through the origin. The exponent is a slope.")
def ratios(got, C, N, D, loss, seed):
    return close(got, _lines(C, N, D, loss, seed, lambda x, y: (y / x[:, None]).mean(dim=0)))


@catches("That is the line's constant. The exponent is its slope: the other number of the two.")
def the_constant(got, C, N, D, loss, seed):
    def constant(x, y):
        return torch.linalg.lstsq(torch.stack([x, torch.ones_like(x)], dim=1), y).solution[1]

    return close(got, _lines(C, N, D, loss, seed, constant))


@catches("The two sides have logarithms to different bases. Take the same one for C as for N_opt and D_opt.")
def bases_mixed(got, C, N, D, loss, seed):
    right = _slopes(C, N, D, loss, seed, _valleys)
    return any(close(got, right * factor) for factor in (math.log(10), 1 / math.log(10), math.log(2), 1 / math.log(2)))


EXERCISE = Exercise(
    "scaling_exponents", "20_scaling", "How the best size grows", minutes=20, difficulty=4, importance=5, longer=True,
    reference=evaluation.scaling_exponents, returns=("exponents",), cases=scaling_exponents_cases,
    used_in="for the exponents and their intervals",
    mistakes=(seeds_together, b_before_a, by_the_rule, no_logarithms, through_the_origin, best_that_was_trained,
              from_two_points, turned_round, ratios, the_constant, bases_mixed),
    hints=("Three loops inside each other, in words: for each seed, for each of its budgets, find the floor over N and "
           "over D. Then a straight line for each of the two.",
           "`unique()` lists seeds and budgets in ascending order, and `(seed == s) & (C == budget)` picks the runs of one "
           "valley. A slope is the sum of x · y over the sum of x², where x has mean 0.",
           "`x = budgets.log() - budgets.log().mean()` and `y = torch.stack(best).log()` of shape (budgets, 2); one row is "
           "`(x[:, None] * y).sum(dim=0) / x.square().sum()`, and `torch.stack` puts the seeds' rows together."),
)
