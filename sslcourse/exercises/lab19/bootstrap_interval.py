"""Exercise `bootstrap_interval`, the longer piece: had other methods been compared, and other seeds drawn."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches
from .rounds import ends, found_by, permuted

ROUNDS = 60


def bootstrap_cases() -> dict[str, tuple]:
    def some(statistic: Callable, m: int, s: int, seed: int, level: float = 0.95, dtype=torch.float32) -> tuple:
        draw = torch.Generator().manual_seed(seed)
        method, a, b = (torch.randn(m, n, generator=draw, dtype=torch.float64) for n in (1, s, s))
        a = method + 0.5 * a
        return statistic, a.to(dtype), (0.7 * a + 0.5 * b).to(dtype), ROUNDS, level, seed

    return {
        "eight methods, five seeds": some(evaluation.kendall_tau, 8, 5, seed=0),
        "five methods, three seeds": some(evaluation.kendall_tau, 5, 3, seed=2),
        "another statistic": some(evaluation.spearman, 9, 4, seed=2),
        "a narrower interval": some(evaluation.kendall_tau, 10, 3, seed=3, level=0.5),
        "double precision": some(evaluation.kendall_tau, 7, 4, seed=4, dtype=torch.float64),
    }


@functools.cache
def _other_draws() -> list[tuple[Tensor, list[Tensor]]]:
    """For each case what is wanted, and what comes out of draws that are others, and as good.

    A round that does not count may be left before its seeds are drawn. And in the bug hunt the second draw of methods may
    stay where it is, without being used.
    """
    others = ({"early": True}, {"idle": True}, {"idle": True, "early": True})
    return [(evaluation.bootstrap_interval(*args), [ends(found_by(*args[:4], args[5], **how), args[4]) for how in others])
            for args in bootstrap_cases().values()]


def either_way(got: object, want: Tensor) -> object:
    """The wanted interval in place of one whose draws are others, and as good."""
    return want if any(close(want, one) and any(close(got, other) for other in others)
                       for one, others in _other_draws()) else got


def _gives(got: object, found: Tensor, level: float) -> bool:
    return close(got, ends(found, level))


@catches("The methods have been drawn twice, once for a and once for b. A method's two scores belong together: the same "
         "rows for both, or nothing is left to correlate.")
def pairs_broken(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed, again=True), level)


@catches("The seeds have been drawn twice, once for a and once for b. Draw them once: the same columns for both.")
def seeds_apart(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed, apart=True), level)


@catches("Only the methods are drawn again; all seeds stay. Chance had its hand in the seeds as well: draw S of them, "
         "after the methods.")
def seeds_kept(got, statistic, a, b, rounds, level, seed):
    mean_a, mean_b = (x.mean(dim=1, keepdim=True).expand_as(x) for x in (a, b))        # drawn perhaps, and not used
    return any(_gives(got, found_by(statistic, x, y, rounds, seed, seeds=drawn), level)
               for x, y, drawn in ((a, b, False), (mean_a, mean_b, True)))


@catches("Without replacement every round holds the same methods in another order, and nothing varies. `torch.randint` "
         "draws with replacement.")
def no_replacement(got, statistic, a, b, rounds, level, seed):
    value = statistic(a.mean(dim=1), b.mean(dim=1))
    return close(got, torch.stack([value, value])) or _gives(got, permuted(statistic, a, b, rounds, seed), level)


@catches("A round with fewer than three different methods has no order to speak of. Leave it out.")
def too_few_kept(got, statistic, a, b, rounds, level, seed):
    found = found_by(statistic, a, b, rounds, seed, fewest=0)
    return len(a) < 6 and (_gives(got, found, level) or _gives(got, found.nan_to_num(0.0), level)
                           or bool(torch.as_tensor(got).isnan().any()))


@catches("What is left out on either side is 1 − level together, half of it at each end: from (1 − level) / 2 to (1 + "
         "level) / 2.")
def both_ends(got, statistic, a, b, rounds, level, seed):
    found = found_by(statistic, a, b, rounds, seed)
    return close(got, torch.stack([found.quantile(1 - level), found.quantile(level)]))


@catches("This is the mean plus and minus a multiple of the deviation. A rank correlation ends at 1, and its draws lie "
         "askew: take quantiles of them.")
def by_deviation(got, statistic, a, b, rounds, level, seed):
    found = found_by(statistic, a, b, rounds, seed)
    halves = [k * found.std(correction=c) for k in (1.0, 1.96, 2.0) for c in (0, 1)]
    return any(close(got, torch.stack([found.mean() - half, found.mean() + half])) for half in halves)


@catches("The statistic is taken over all methods and seeds at once. First the mean over the drawn seeds, one number for "
         "each method.")
def not_averaged(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed, means=lambda x, y: statistic(x.flatten(), y.flatten())), level)


@catches("The seeds are drawn first, and the methods after them. The other way round, or your numbers are not those of "
         "everybody else.")
def seeds_first(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed, first=False), level)


@catches("The generator is made, or seeded, anew in every round, and so every round draws the same. Make it once, before "
         "the loop.")
def seeded_in_the_loop(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, 1, seed), level)


@catches("The methods are not drawn: all of them are there in every round. Had *other* methods been compared? Draw M of "
         "them, with replacement.")
def methods_kept(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed, methods=False), level)


@catches("The level is a number of your own here. It comes in as an argument: `level`.")
def level_typed(got, statistic, a, b, rounds, level, seed):
    return any(_gives(got, found_by(statistic, a, b, rounds, seed, early=early), 0.95) for early in (False, True))


@catches("These are the smallest and the largest of what came out. One odd round would decide: take the middle, "
         "quantiles.")
def the_extremes(got, statistic, a, b, rounds, level, seed):
    return _gives(got, found_by(statistic, a, b, rounds, seed), 1.0)


@catches("Rounds with three different methods have been left out as well. Those with *fewer* than three are skipped.")
def too_many_skipped(got, statistic, a, b, rounds, level, seed):
    return any(_gives(got, found_by(statistic, a, b, rounds, seed, fewest=4, early=early), level) for early in (False, True))


@catches("The statistic of each drawn seed has been averaged. First the mean over the drawn seeds, which is less noisy "
         "than any of them; then the statistic, once.")
def statistics_averaged(got, statistic, a, b, rounds, level, seed):
    def each(x, y):
        return torch.stack([torch.as_tensor(statistic(one, other)) for one, other in zip(x.T, y.T)]).mean()

    return _gives(got, found_by(statistic, a, b, rounds, seed, means=each), level)


@catches("The mean runs over the methods, and the statistic compares seeds. It is the other way round: the mean over the "
         "drawn seeds, `dim=1`, leaves one number for each method.")
def averaged_over_methods(got, statistic, a, b, rounds, level, seed):
    found = found_by(statistic, a, b, rounds, seed, means=lambda x, y: statistic(x.mean(dim=0), y.mean(dim=0)))
    return _gives(got, found, level) or bool(torch.as_tensor(got).isnan().any() and found.isnan().any())


EXERCISE = Exercise(
    "bootstrap_interval", "19_which_method_wins", "How sure is an order? The bootstrap", minutes=20, difficulty=4,
    importance=5, reference=evaluation.bootstrap_interval, returns=("interval",), cases=bootstrap_cases, longer=True,
    align=either_way,
    used_in="for every interval below",
    mistakes=(pairs_broken, seeds_apart, seeds_kept, no_replacement, too_few_kept, both_ends, by_deviation, not_averaged,
              seeds_first, seeded_in_the_loop, methods_kept, the_extremes, too_many_skipped, statistics_averaged,
              averaged_over_methods, level_typed),
    hints=("Play the experiment again: which methods might have been compared, which seeds drawn? Then look at what "
           "comes out.",
           "In each round draw the numbers of M methods and then of S seeds with `torch.randint(…, generator=draw)`. "
           "Take these rows and columns of both tables, the mean over the columns, and the statistic. Skip a round with "
           "fewer than three different methods. In the end two quantiles of what was found.",
           "`m = torch.randint(M, (M,), generator=draw)`, `s = torch.randint(S, (S,), generator=draw)`, `if "
           "len(m.unique()) < 3: continue`, `found.append(float(statistic(a[m][:, s].mean(dim=1), b[m][:, "
           "s].mean(dim=1))))`; then `torch.tensor(found).quantile(…)` at (1 − level) / 2 and (1 + level) / 2, stacked."),
)
