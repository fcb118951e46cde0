"""Exercise `bootstrap_interval`, the longer piece: had other methods been compared, and other seeds drawn."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches

ROUNDS = 60


def bootstrap_cases() -> dict[str, tuple]:
    def some(statistic: Callable, m: int, s: int, seed: int, level: float = 0.95, dtype=torch.float32) -> tuple:
        draw = torch.Generator().manual_seed(seed)
        method, a, b = (torch.randn(m, n, generator=draw, dtype=torch.float64) for n in (1, s, s))
        a = method + 0.5 * a
        return statistic, a.to(dtype), (0.7 * a + 0.5 * b).to(dtype), ROUNDS, level, seed

    return {
        "eight methods, five seeds": some(evaluation.kendall_tau, 8, 5, seed=0),
        "of four methods": some(evaluation.kendall_tau, 4, 3, seed=1),
        "another statistic": some(evaluation.spearman, 9, 4, seed=2),
        "a narrower interval": some(evaluation.kendall_tau, 10, 3, seed=3, level=0.5),
        "double precision": some(evaluation.kendall_tau, 7, 4, seed=4, dtype=torch.float64),
    }


def _found(statistic, a: Tensor, b: Tensor, rounds: int, seed: int, *, seeds: bool = True, again: bool = False,
           fewest: int = 3, apart: bool = False, mean: bool = True) -> Tensor:
    """What the rounds give, with one thing done otherwise."""
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    found = []
    for _ in range(rounds):
        m = torch.randint(M, (M,), generator=draw)
        other = torch.randint(M, (M,), generator=draw) if again else m
        s = torch.randint(S, (S,), generator=draw) if seeds else torch.arange(S)
        t = torch.randint(S, (S,), generator=draw) if apart else s
        if len(m.unique()) >= fewest:
            x, y = a[m][:, s], b[other][:, t]
            found.append(float(statistic(x.mean(dim=1), y.mean(dim=1)) if mean else statistic(x.flatten(), y.flatten())))
    return torch.tensor(found)


def _ends(found: Tensor, level: float) -> Tensor:
    return torch.stack([found.nanquantile((1 - level) / 2), found.nanquantile((1 + level) / 2)])


def _gives(got: object, found: Tensor, level: float) -> bool:
    return close(got, _ends(found, level))


@catches("The methods have been drawn twice, once for a and once for b. A method's two scores belong together: the same "
         "rows for both, or nothing is left to correlate.")
def pairs_broken(got, statistic, a, b, rounds, level, seed):
    return _gives(got, _found(statistic, a, b, rounds, seed, again=True), level)


@catches("The seeds have been drawn twice, once for a and once for b. Draw them once: the same columns for both.")
def seeds_apart(got, statistic, a, b, rounds, level, seed):
    return _gives(got, _found(statistic, a, b, rounds, seed, apart=True), level)


@catches("Only the methods are drawn again; all seeds stay. Chance had its hand in the seeds as well: draw S of them, "
         "after the methods.")
def seeds_kept(got, statistic, a, b, rounds, level, seed):
    return _gives(got, _found(statistic, a, b, rounds, seed, seeds=False), level)


@catches("Without replacement every round holds the same methods in another order, and nothing varies. `torch.randint` "
         "draws with replacement.")
def no_replacement(got, statistic, a, b, rounds, level, seed):
    value = statistic(a.mean(dim=1), b.mean(dim=1))
    return close(got, torch.stack([value, value]))


@catches("A round with fewer than three different methods has no order to speak of. Leave it out.")
def too_few_kept(got, statistic, a, b, rounds, level, seed):
    found = _found(statistic, a, b, rounds, seed, fewest=0)
    return len(a) < 5 and (_gives(got, found, level) or _gives(got, found.nan_to_num(0.0), level)
                           or bool(torch.as_tensor(got).isnan().any()))


@catches("What is left out on either side is 1 − level together, half of it at each end: from (1 − level) / 2 to (1 + "
         "level) / 2.")
def both_ends(got, statistic, a, b, rounds, level, seed):
    found = _found(statistic, a, b, rounds, seed)
    return close(got, torch.stack([found.quantile(1 - level), found.quantile(level)]))


@catches("This is the mean plus and minus a multiple of the deviation. A rank correlation ends at 1, and its draws lie "
         "askew: take quantiles of them.")
def by_deviation(got, statistic, a, b, rounds, level, seed):
    found = _found(statistic, a, b, rounds, seed)
    halves = [k * found.std(correction=c) for k in (1.0, 1.96, 2.0) for c in (0, 1)]
    return any(close(got, torch.stack([found.mean() - half, found.mean() + half])) for half in halves)


@catches("The statistic is taken over all methods and seeds at once. First the mean over the drawn seeds, one number for "
         "each method.")
def not_averaged(got, statistic, a, b, rounds, level, seed):
    return _gives(got, _found(statistic, a, b, rounds, seed, mean=False), level)


EXERCISE = Exercise(
    "bootstrap_interval", "19_which_method_wins", "How sure is an order? The bootstrap", minutes=20, difficulty=4,
    importance=5, reference=evaluation.bootstrap_interval, returns=("interval",), cases=bootstrap_cases, longer=True,
    used_in="for every interval below",
    mistakes=(pairs_broken, seeds_apart, seeds_kept, no_replacement, too_few_kept, both_ends, by_deviation, not_averaged),
    hints=("Play the experiment again: which methods might have been compared, which seeds drawn? Then look at what "
           "comes out.",
           "In each round draw the numbers of M methods and then of S seeds with `torch.randint(…, generator=draw)`. "
           "Take these rows and columns of both tables, the mean over the columns, and the statistic. Skip a round with "
           "fewer than three different methods. In the end two quantiles of what was found.",
           "`m = torch.randint(M, (M,), generator=draw)`, `s = torch.randint(S, (S,), generator=draw)`, `if "
           "len(m.unique()) < 3: continue`, `found.append(float(statistic(a[m][:, s].mean(dim=1), b[m][:, "
           "s].mean(dim=1))))`; then `torch.tensor(found).quantile(…)` at (1 − level) / 2 and (1 + level) / 2, stacked."),
)
