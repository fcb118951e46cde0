"""Do two lists put the same things in the same order? Spearman's ρ, Kendall's τ, and how far chance could move either."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .. import expect


def _check_pair(a, b):
    expect.tensor(a, "a", ("M",), finite=True)
    expect.that(len(a) >= 2, "a", a, "two numbers or more")
    expect.tensor(b, "b", (len(a),), finite=True)


@expect.checked(_check_pair)
def spearman(a: Tensor, b: Tensor) -> Tensor:
    """ρ, the correlation of ranks: 1 for the same order, −1 for the reverse, about 0 for orders that have nothing in common.

        ρ = Σ (r_i − r̄)(s_i − s̄) / √(Σ (r_i − r̄)² Σ (s_i − s̄)²),   r and s the ranks in a and in b

    Equal numbers share the mean of their places. Spearman, "The proof and measurement of association between two things",
    American Journal of Psychology 15:72 (1904).

    a, b      (M,), two scores for each of M things
    returns   a scalar; NaN where all numbers of a, or of b, are equal

    Raises ValueError for other shapes, one thing alone, NaN.

    >>> spearman(torch.tensor([1.0, 2.0, 30.0]), torch.tensor([0.1, 0.2, 0.3])).item()
    1.0
    """
    ranks = []
    for x in (a, b):
        below, equal = (x[:, None] > x).sum(dim=1), (x[:, None] == x).sum(dim=1)
        ranks.append(below + (equal - 1) / 2)                        # (M,): 0 for the smallest
    r, s = (rank - rank.mean() for rank in ranks)
    return (r * s).sum() / (r.square().sum() * s.square().sum()).sqrt()


@expect.checked(_check_pair)
def kendall_tau(a: Tensor, b: Tensor) -> Tensor:
    """τ_b: of all pairs, the share that a and b put in the same order minus the share that they turn round.

        τ_b = Σ sign(a_i − a_j) sign(b_i − b_j) / √(Σ sign(a_i − a_j)² Σ sign(b_i − b_j)²),   over all pairs i, j

    Without equal numbers the root is the number of pairs. A pair that is equal in one of them speaks for neither side, and
    does not count in that one's sum. Kendall, "The treatment of ties in ranking problems", Biometrika 33:239 (1945).

    a, b      (M,), two scores for each of M things
    returns   a scalar in [−1, 1]; NaN where all numbers of a, or of b, are equal

    Raises ValueError for other shapes, one thing alone, NaN.

    >>> round(kendall_tau(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 3.0, 2.0])).item(), 4)     # two pairs of three
    0.3333
    """
    in_a, in_b = ((x[:, None] - x).sign() for x in (a, b))           # (M, M) each
    return (in_a * in_b).sum() / (in_a.square().sum() * in_b.square().sum()).sqrt()


def _check_bootstrap(a, b, rounds, level, seed):
    expect.tensor(a, "a", ("M", "S"), finite=True)
    expect.that(len(a) >= 3, "a", a, "three rows or more")
    expect.tensor(b, "b", a.shape, finite=True)
    expect.integer(rounds, "rounds", at_least=1)
    expect.number(level, "level", at_least=0)
    expect.that(level < 1, "level", level, "a number in [0, 1)")
    expect.integer(seed, "seed", at_least=0)


@expect.checked(_check_bootstrap)
def bootstrap_interval(
    statistic: Callable[[Tensor, Tensor], Tensor], a: Tensor, b: Tensor, rounds: int = 1000, level: float = 0.95,
    seed: int = 0,
) -> Tensor:
    """How far `statistic` of two scores could have come out otherwise, had other methods and other seeds been drawn.

    In each round M of the methods are drawn with replacement, then S of the seeds, the same for both scores: what
    belongs together stays together. The means over the drawn seeds go into the statistic, and the interval holds the middle
    share `level` of what comes out. A round with fewer than three different methods has no order, and is left out.
    Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7:1 (1979).

    statistic      (M,), (M,) -> a number
    a, b           (M, S), two scores of M methods, with S seeds each
    rounds, seed   how often is drawn, and by which seed
    level          the share of rounds that the interval holds
    returns        (2,), its lower and its upper end

    Raises ValueError for other shapes, fewer than three methods, NaN, no round, a level outside [0, 1).

    >>> a = torch.arange(8.0)[:, None].expand(8, 2)
    >>> bootstrap_interval(kendall_tau, a, 10 + a, rounds=50).tolist()
    [1.0, 1.0]
    """
    generator = torch.Generator().manual_seed(seed)
    M, S = a.shape
    found = []
    for _ in range(rounds):
        methods = torch.randint(M, (M,), generator=generator)
        seeds = torch.randint(S, (S,), generator=generator)
        if len(methods.unique()) < 3:
            continue
        mean_a = a[methods][:, seeds].mean(dim=1)
        mean_b = b[methods][:, seeds].mean(dim=1)
        found.append(float(statistic(mean_a, mean_b)))
    found = torch.tensor(found)
    return torch.stack([found.quantile((1 - level) / 2), found.quantile((1 + level) / 2)])


def _check_scores(scores):
    expect.tensor(scores, "scores", ("M", "T"), finite=True)


@expect.checked(_check_scores)
def largest_regret(scores: Tensor) -> Tensor:
    """What each method gives away where it is worst off: the best one's score minus its own, on the worst task for it.

    Savage, "The theory of statistical decision", Journal of the American Statistical Association 46:55 (1951). A method that
    is the best everywhere has a regret of 0; where nobody has, nobody is.

    scores    (M, T), a score for each of M methods on each of T tasks
    returns   (M,)

    Raises ValueError for another shape and NaN.

    >>> largest_regret(torch.tensor([[1.0, 0.5], [0.5, 0.75]])).tolist()
    [0.25, 0.5]
    """
    return (scores.max(dim=0).values - scores).max(dim=1).values
