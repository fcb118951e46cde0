"""Typical wrong answers to lab 19's exercises, each with the mistake that must catch it; right ones, written another way."""

import numpy as np
import scipy.stats
import torch

from sslcourse.evaluation import kendall_tau, spearman


def sign_table(x):
    return (x[:, None] - x).sign()


def by_all_pairs(a, b):
    return (sign_table(a) * sign_table(b)).sum() / (len(a) * (len(a) - 1))


def by_the_square(a, b):
    return (sign_table(a) * sign_table(b)).sum() / len(a) ** 2


def share_in_order(a, b):
    same = 0
    for i in range(len(a)):
        for j in range(i):
            same += int((a[i] - a[j]) * (b[i] - b[j]) > 0)
    return torch.tensor(same / (len(a) * (len(a) - 1) / 2)) / 2


def plain_sum(a, b):
    return (sign_table(a) * sign_table(b)).sum()


def straight(a, b):
    return torch.corrcoef(torch.stack([a, b]).float())[0, 1]


def tau_by_loop(a, b):
    up = in_a = in_b = 0
    for i in range(len(a)):
        for j in range(i):
            x, y = float(torch.sign(a[i] - a[j])), float(torch.sign(b[i] - b[j]))
            up, in_a, in_b = up + x * y, in_a + x * x, in_b + y * y
    return torch.tensor(up / (in_a * in_b) ** 0.5)


def tau_by_scipy(a, b):
    return torch.tensor(scipy.stats.kendalltau(a.numpy(), b.numpy()).statistic).float()


def once_sorted(a, b):
    return straight(a.argsort().double(), b.argsort().double())


def twice_sorted(a, b):
    return straight(a.argsort().argsort().double(), b.argsort().argsort().double())


def smaller_ones(a, b):
    return straight((a[:, None] > a).sum(dim=1).double(), (b[:, None] > b).sum(dim=1).double())


def shared(x):
    return torch.tensor(scipy.stats.rankdata(x.numpy())).float()


def six_over(a, b):
    n = len(a)
    return 1 - 6 * (shared(a) - shared(b)).square().sum() / (n * (n * n - 1))


def not_normalized(a, b):
    r, s = shared(a), shared(b)
    return ((r - r.mean()) * (s - s.mean())).mean()


def rho_by_scipy(a, b):
    return torch.tensor(scipy.stats.spearmanr(a.numpy(), b.numpy()).statistic).float()


def rho_by_corrcoef(a, b):
    return straight(shared(a), shared(b))


def rounds_of(statistic, a, b, rounds, seed, rows=None, columns=None, keep=3):
    draw = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(rounds):
        m = torch.randint(len(a), (len(a),), generator=draw)
        n = torch.randint(len(a), (len(a),), generator=draw) if rows == "twice" else m
        s = torch.arange(a.shape[1]) if columns == "all" else torch.randint(a.shape[1], (a.shape[1],), generator=draw)
        t = torch.randint(a.shape[1], (a.shape[1],), generator=draw) if columns == "twice" else s
        if len(m.unique()) >= keep:
            found.append(float(statistic(a[m][:, s].mean(1), b[n][:, t].mean(1))))
    return torch.tensor(found)


def ends(found, level):
    return found.nanquantile(torch.tensor([(1 - level) / 2, (1 + level) / 2]))


def drawn_twice(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return ends(rounds_of(statistic, a, b, rounds, seed, rows="twice"), level)


def columns_twice(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return ends(rounds_of(statistic, a, b, rounds, seed, columns="twice"), level)


def all_seeds(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return ends(rounds_of(statistic, a, b, rounds, seed, columns="all"), level)


def shuffled(statistic, a, b, rounds=1000, level=0.95, seed=0):
    found = []
    for _ in range(rounds):
        m = torch.randperm(len(a))
        found.append(float(statistic(a[m].mean(1), b[m].mean(1))))
    return ends(torch.tensor(found), level)


def every_round(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return ends(rounds_of(statistic, a, b, rounds, seed, keep=0), level)


def whole_level(statistic, a, b, rounds=1000, level=0.95, seed=0):
    found = rounds_of(statistic, a, b, rounds, seed)
    return torch.stack([found.quantile(1 - level), found.quantile(level)])


def two_deviations(statistic, a, b, rounds=1000, level=0.95, seed=0):
    found = rounds_of(statistic, a, b, rounds, seed)
    return torch.stack([found.mean() - 1.96 * found.std(), found.mean() + 1.96 * found.std()])


def all_at_once(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(rounds):
        m = torch.randint(len(a), (len(a),), generator=draw)
        s = torch.randint(a.shape[1], (a.shape[1],), generator=draw)
        if len(m.unique()) >= 3:
            found.append(float(statistic(a[m][:, s].flatten(), b[m][:, s].flatten())))
    return ends(torch.tensor(found), level)


def by_numpy(statistic, a, b, rounds=1000, level=0.95, seed=0):
    found = rounds_of(statistic, a, b, rounds, seed).numpy()
    return torch.from_numpy(np.quantile(found, [(1 - level) / 2, (1 + level) / 2])).float()


def by_mesh(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw, found = torch.Generator().manual_seed(seed), []
    for _ in range(rounds):
        m = torch.randint(len(a), (len(a),), generator=draw)
        s = torch.randint(a.shape[1], (a.shape[1],), generator=draw)
        if len(set(m.tolist())) > 2:
            found.append(float(statistic(a[m[:, None], s].mean(1), b[m[:, None], s].mean(1))))
    found.sort()
    return ends(torch.tensor(found), level)


def gaps(scores):
    return scores.amax(dim=0) - scores


def per_task(scores):
    return gaps(scores).amax(dim=0)


def on_average(scores):
    return gaps(scores).mean(dim=1)


def least(scores):
    return gaps(scores).amin(dim=1)


def turned_round(scores):
    return (scores - scores.amax(dim=0)).amin(dim=1)


def one_best(scores):
    return (scores.max() - scores).amax(dim=1)


def own_best(scores):
    return (scores.amax(dim=1, keepdim=True) - scores).amax(dim=1)


def regret_by_loop(scores):
    return torch.stack([max(scores[:, t].max() - scores[m, t] for t in range(scores.shape[1])) for m in range(len(scores))])


def regret_by_amax(scores):
    return gaps(scores).amax(dim=1)


WRONG = {
    "kendall_tau": ((by_all_pairs, "ties_counted"), (by_the_square, "with_itself"), (share_in_order, "a_share"),
                    (plain_sum, "not_divided"), (straight, "distances"), (spearman, "of_ranks")),
    "spearman": ((straight, "of_numbers"), (once_sorted, "sorted_once"), (twice_sorted, "ties_by_place"),
                 (smaller_ones, "ties_at_one_end"), (six_over, "the_short_formula"), (not_normalized, "covariance"),
                 (kendall_tau, "of_pairs")),
    "bootstrap_interval": ((drawn_twice, "pairs_broken"), (columns_twice, "seeds_apart"), (all_seeds, "seeds_kept"),
                           (shuffled, "no_replacement"), (every_round, "too_few_kept"), (whole_level, "both_ends"),
                           (two_deviations, "by_deviation"), (all_at_once, "not_averaged")),
    "largest_regret": ((per_task, "for_tasks"), (on_average, "averaged"), (least, "smallest"), (turned_round, "below_zero"),
                       (gaps, "the_table"), (one_best, "one_bar"), (own_best, "its_own_best")),
}
WRONG["hunt_bootstrap_interval"] = WRONG["bootstrap_interval"]
RIGHT = {
    "kendall_tau": (tau_by_loop, tau_by_scipy), "spearman": (rho_by_scipy, rho_by_corrcoef),
    "bootstrap_interval": (by_numpy, by_mesh), "largest_regret": (regret_by_loop, regret_by_amax),
}
RIGHT["hunt_bootstrap_interval"] = RIGHT["bootstrap_interval"]
