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
    "kendall_tau": [(by_all_pairs, "ties_counted"), (by_the_square, "with_itself"), (share_in_order, "a_share"),
                    (plain_sum, "not_divided"), (straight, "distances"), (spearman, "of_ranks")],
    "spearman": [(straight, "of_numbers"), (once_sorted, "sorted_once"), (twice_sorted, "ties_by_place"),
                 (smaller_ones, "ties_at_one_end"), (six_over, "the_short_formula"), (not_normalized, "covariance"),
                 (kendall_tau, "of_pairs")],
    "bootstrap_interval": [(drawn_twice, "pairs_broken"), (columns_twice, "seeds_apart"), (all_seeds, "seeds_kept"),
                           (shuffled, "no_replacement"), (every_round, "too_few_kept"), (whole_level, "both_ends"),
                           (two_deviations, "by_deviation"), (all_at_once, "not_averaged")],
    "largest_regret": [(per_task, "for_tasks"), (on_average, "averaged"), (least, "smallest"), (turned_round, "below_zero"),
                       (gaps, "the_table"), (one_best, "one_bar"), (own_best, "its_own_best")],
}
WRONG["hunt_bootstrap_interval"] = WRONG["bootstrap_interval"]
RIGHT = {
    "kendall_tau": [tau_by_loop, tau_by_scipy], "spearman": [rho_by_scipy, rho_by_corrcoef],
    "bootstrap_interval": [by_numpy, by_mesh], "largest_regret": [regret_by_loop, regret_by_amax],
}
RIGHT["hunt_bootstrap_interval"] = RIGHT["bootstrap_interval"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _interval_by(
    statistic,
    a,
    b,
    rounds,
    level,
    seed,
    order="ms",
    sep=False,
    few=3,
    q=None,
    meanfirst=False,
    noseed=False,
    seedsep=False,
    drawM=None,
    repl=True,
    skip=True,
    reseed=False,
):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    out = []
    for _ in range(rounds):
        if reseed:
            draw.manual_seed(seed)
        if not repl:
            m = torch.randperm(M, generator=draw)
            s = torch.randint(S, (S,), generator=draw)
        elif order == "ms":
            m = torch.randint(M, (M,), generator=draw)
            s = torch.randint(S, (S,), generator=draw)
        else:
            s = torch.randint(S, (S,), generator=draw)
            m = torch.randint(M, (M,), generator=draw)
        if skip and len(m.unique()) < few:
            continue
        if noseed:
            s = torch.arange(S)
        x, y = a[m][:, s].mean(1), b[m][:, s].mean(1)
        out.append(float(statistic(x, y)))
    qs = q or ((1 - level) / 2, (1 + level) / 2)
    return torch.tensor(out).quantile(torch.tensor(qs))


def without_the_root(a, b):
    sa = torch.sign(a[:, None] - a)
    sb = torch.sign(b[:, None] - b)
    return (sa * sb).sum() / ((sa**2).sum() * (sb**2).sum())


def half_above_the_line(a, b):
    sa = torch.sign(a[:, None] - a).triu(1)
    sb = torch.sign(b[:, None] - b)
    return (sa * sb).sum() / ((sa**2).sum() * (sb**2).sum()).sqrt()


def over_the_pairs_that_speak(a, b):
    s = torch.sign(a[:, None] - a) * torch.sign(b[:, None] - b)
    return s.sum() / s.abs().sum()


def over_one_order_alone(a, b):
    sa = torch.sign(a[:, None] - a)
    sb = torch.sign(b[:, None] - b)
    return (sa * sb).sum() / (sa**2).sum()


def one_after_the_other(a, b):
    p = (a[1:] - a[:-1]).sign()
    q = (b[1:] - b[:-1]).sign()
    return (p * q).sum() / (p.square().sum() * q.square().sum()).sqrt()


def larger_or_not(a, b):
    sa = 2 * (a[:, None] > a).to(a.dtype) - 1
    sb = 2 * (b[:, None] > b).to(a.dtype) - 1
    return (sa * sb).sum() / ((sa**2).sum() * (sb**2).sum()).sqrt()


def _shared_ranks(x):
    return ((x[None] < x[:, None]).sum(1) + ((x[None] == x[:, None]).sum(1) - 1) / 2).to(x.dtype)


def ranks_of_the_different_ones(a, b):
    return torch.corrcoef(torch.stack([x.unique(return_inverse=True)[1].to(x.dtype) for x in (a, b)]))[0, 1]


def ranks_as_they_are(a, b):
    r, s = _shared_ranks(a), _shared_ranks(b)
    return (r * s).sum() / ((r * r).sum() * (s * s).sum()).sqrt()


def variances_below_the_line(a, b):
    r, s = _shared_ranks(a), _shared_ranks(b)
    r = r - r.mean()
    s = s - s.mean()
    return (r * s).sum() / ((r * r).sum() * (s * s).sum())


def seeds_before_methods(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, order="sm")


def a_generator_each_round(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, reseed=True)


def ninety_five_always(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, q=(0.025, 0.975))


def from_the_least_to_the_most(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, q=(0.0, 1.0))


def fewer_than_four_left_out(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, few=4)


def mean_of_the_statistics(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    out = []
    for _ in range(rounds):
        m = torch.randint(M, (M,), generator=draw)
        s = torch.randint(S, (S,), generator=draw)
        if len(m.unique()) < 3:
            continue
        out.append(sum(float(statistic(a[m, i], b[m, i])) for i in s.tolist()) / S)
    return torch.tensor(out).quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2]))


def mean_over_the_methods(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    out = []
    for _ in range(rounds):
        m = torch.randint(M, (M,), generator=draw)
        s = torch.randint(S, (S,), generator=draw)
        if len(m.unique()) < 3:
            continue
        out.append(float(statistic(a[m][:, s].mean(0), b[m][:, s].mean(0))))
    return torch.tensor(out).quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2]))


def seeds_drawn_for_nothing(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, noseed=True)


def methods_shuffled(statistic, a, b, rounds=1000, level=0.95, seed=0):
    return _interval_by(statistic, a, b, rounds, level, seed, repl=False)


def by_the_notebooks_seed(statistic, a, b, rounds=1000, level=0.95, seed=0):
    torch.manual_seed(seed)
    M, S = a.shape
    out = []
    for _ in range(rounds):
        m = torch.randint(M, (M,))
        s = torch.randint(S, (S,))
        if len(m.unique()) < 3:
            continue
        out.append(float(statistic(a[m][:, s].mean(1), b[m][:, s].mean(1))))
    return torch.tensor(out).quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2]))


def all_methods_every_time(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    found = []
    for _ in range(rounds):
        m = torch.arange(M)
        s = torch.randint(S, (S,), generator=draw)
        found.append(float(statistic(a[m][:, s].mean(dim=1), b[m][:, s].mean(dim=1))))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return torch.tensor(found).quantile(ends)


def gaps_added_up(scores):
    return (scores.amax(0) - scores).sum(1)


def at_the_lowest_score(scores):
    w = scores.argmin(1)
    return scores.amax(0)[w] - scores.amin(1)


def against_the_others(scores):
    out = []
    for m in range(len(scores)):
        o = torch.cat([scores[:m], scores[m + 1 :]])
        out.append((o.amax(0) - scores[m]).amax())
    return torch.stack(out)


def as_a_share_of_the_best(scores):
    return ((scores.amax(0) - scores) / scores.amax(0)).amax(1)


def below_the_mean(scores):
    return (scores.mean(0) - scores).amax(1)


def a_plain_number_by_scipy(a, b):
    from scipy.stats import kendalltau

    return float(kendalltau(a.cpu().numpy(), b.cpu().numpy()).statistic)


def by_pairs_above_the_diagonal(a, b):
    i, j = torch.triu_indices(len(a), len(a), 1)
    p = (a[i] - a[j]).sign()
    q = (b[i] - b[j]).sign()
    return p @ q / (p.norm() * q.norm())


def by_unique_counts(a, b):
    def rank(x):
        v, inv, c = x.unique(return_inverse=True, return_counts=True)
        end = c.cumsum(0)
        return ((end - c) + (end - 1)).to(x.dtype)[inv] / 2

    r, s = rank(a), rank(b)
    r = r - r.mean()
    s = s - s.mean()
    return r @ s / (r.norm() * s.norm())


def by_sums_of_signs(a, b):
    r, s = (torch.sign(x[:, None] - x).sum(1) for x in (a, b))
    return (r * s).sum() / ((r * r).sum() * (s * s).sum()).sqrt()


def by_numpy_rows(scores):
    s = scores.cpu().numpy()
    return torch.from_numpy((s.max(0, keepdims=True) - s).max(1)).to(scores)


WRONG["kendall_tau"] += [
    (without_the_root, "no_root"),
    (half_above_the_line, "half_of_the_pairs"),
    (over_the_pairs_that_speak, "another_denominator"),
    (over_one_order_alone, "another_denominator"),
    (one_after_the_other, "neighbours_alone"),
    (larger_or_not, "equal_is_smaller"),
]
WRONG["spearman"] += [
    (ranks_of_the_different_ones, "ranks_without_gaps"),
    (ranks_as_they_are, "not_centered"),
    (variances_below_the_line, "no_root"),
]
WRONG["bootstrap_interval"] += [
    (seeds_before_methods, "seeds_first"),
    (a_generator_each_round, "seeded_in_the_loop"),
    (ninety_five_always, "level_typed"),
    (from_the_least_to_the_most, "the_extremes"),
    (fewer_than_four_left_out, "too_many_skipped"),
    (mean_of_the_statistics, "statistics_averaged"),
    (mean_over_the_methods, "averaged_over_methods"),
    (seeds_drawn_for_nothing, "seeds_kept"),
    (methods_shuffled, "no_replacement"),
    (by_the_notebooks_seed, "reseeds"),
]
WRONG["hunt_bootstrap_interval"] += [(all_methods_every_time, "methods_kept")]
WRONG["largest_regret"] += [
    (gaps_added_up, "added_up"),
    (at_the_lowest_score, "where_the_score_is_lowest"),
    (against_the_others, "others_alone"),
    (as_a_share_of_the_best, "as_a_share"),
    (below_the_mean, "against_the_mean"),
]
RIGHT["kendall_tau"] += [a_plain_number_by_scipy, by_pairs_above_the_diagonal]
RIGHT["spearman"] += [by_unique_counts, by_sums_of_signs]
RIGHT["largest_regret"] += [by_numpy_rows]


def left_before_the_seeds_are_drawn(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    out = []
    for _ in range(rounds):
        m = torch.randint(M, (M,), generator=draw)
        if len(m.unique()) < 3:
            continue
        s = torch.randint(S, (S,), generator=draw)
        out.append(float(statistic(a[m][:, s].mean(1), b[m][:, s].mean(1))))
    return torch.tensor(out).quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2]))


def second_draw_left_unused(statistic, a, b, rounds=1000, level=0.95, seed=0):
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    found = []
    for _ in range(rounds):
        m, n = (torch.randint(M, (M,), generator=draw) for _ in "ab")
        s = torch.randint(S, (S,), generator=draw)
        if len(m.unique()) < 3 or len(n.unique()) < 3:
            continue
        found.append(float(statistic(a[m][:, s].mean(dim=1), b[m][:, s].mean(dim=1))))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return torch.tensor(found).quantile(ends)


RIGHT["bootstrap_interval"] += [left_before_the_seeds_are_drawn]
RIGHT["hunt_bootstrap_interval"] += [second_draw_left_unused]
