"""Lab 20: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import copy
import math

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from sslcourse import evaluation

# --- training_flops ---------------------------------------------------------------------------------------------------------


def forward_alone(method, batch):
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch)
    return counter.get_total_flops()


def backward_outside(method, batch):
    with FlopCounterMode(display=False) as counter:
        loss = method.loss(batch)
    loss.backward()
    return counter.get_total_flops()


def fused_attention(method, batch):
    with FlopCounterMode(display=False) as counter:
        method.loss(batch).backward()
    return counter.get_total_flops()


def the_rule(method, batch):
    return 6 * sum(p.numel() for p in method.parameters()) * batch.numel()


def each_token(method, batch):
    return evaluation.training_flops(method, batch) / batch.numel()


def each_row(method, batch):
    return evaluation.training_flops(method, batch) // len(batch)


def by_three_parts(method, batch):
    method, counter = copy.deepcopy(method), FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter:
        loss = method.loss(batch)
        torch.autograd.grad(loss, list(method.parameters()))
    return sum(counter.get_flop_counts()["Global"].values())


# --- warmup_cosine ----------------------------------------------------------------------------------------------------------


def fall(t):
    return (1 + math.cos(math.pi * t)) / 2


def divides_by_0(progress, warmup):
    rise = progress / warmup
    return rise if progress < warmup else fall((progress - warmup) / (1 - warmup))


def cosine_alone(progress, warmup):
    return fall(progress)


def full_rate_at_once(progress, warmup):
    return 1.0 if progress < warmup else fall((progress - warmup) / (1 - warmup))


def clock_of_the_run(progress, warmup):
    return progress / warmup if progress < warmup else fall(progress)


def clock_too_slow(progress, warmup):
    return progress / warmup if progress < warmup else fall(progress - warmup)


def up_again(progress, warmup):
    return progress / warmup if progress < warmup else fall(2 * (progress - warmup) / (1 - warmup))


def bare_cosine(progress, warmup):
    return progress / warmup if progress < warmup else math.cos(math.pi * (progress - warmup) / (1 - warmup))


def not_halved(progress, warmup):
    return progress / warmup if progress < warmup else 2 * fall((progress - warmup) / (1 - warmup))


def straight_down(progress, warmup):
    return progress / warmup if progress < warmup else (1 - progress) / (1 - warmup)


def by_a_square(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return math.cos(math.pi / 2 * (progress - warmup) / (1 - warmup)) ** 2


# --- isoflop_optimum --------------------------------------------------------------------------------------------------------


def fitted(x, loss):
    x = x.numpy()
    middle = x.mean()
    return np.polyfit(x - middle, loss.numpy(), 2), middle


def found(x, height):
    return torch.tensor(float(x), dtype=torch.float64), torch.tensor(float(height), dtype=torch.float64)


def top_and_floor_alike(N, loss):
    p, middle = fitted(N.log(), loss)
    vertex = -p[1] / (2 * p[0])
    return found(np.exp(middle + vertex), np.polyval(p, vertex))


def or_none(answer):
    """NaN for a hill, so that the answer has one mistake and not two."""
    def with_none(N, loss):
        if evaluation.isoflop_optimum(N, loss)[0].isnan():
            return found(math.nan, math.nan)
        return answer(N, loss)

    with_none.__name__ = answer.__name__
    return with_none


@or_none
def lowest_run(N, loss):
    return N[loss.argmin()], loss.min()


@or_none
def in_n(N, loss):
    p, middle = fitted(N / 1e4, loss)
    vertex = -p[1] / (2 * p[0])
    return found(1e4 * (vertex + middle), np.polyval(p, vertex))


@or_none
def log_n(N, loss):
    p, middle = fitted(N.log(), loss)
    vertex = -p[1] / (2 * p[0])
    return found(middle + vertex, np.polyval(p, vertex))


@or_none
def log_10_n(N, loss):
    N_opt, height = evaluation.isoflop_optimum(N, loss)
    return N_opt.log10(), height


@or_none
def no_half(N, loss):
    p, middle = fitted(N.log(), loss)
    return found(np.exp(middle - p[1] / p[0]), np.polyval(p, -p[1] / p[0]))


@or_none
def plus_for_minus(N, loss):
    p, middle = fitted(N.log(), loss)
    return found(np.exp(middle + p[1] / (2 * p[0])), np.polyval(p, p[1] / (2 * p[0])))


@or_none
def lowest_of_the_measured(N, loss):
    return evaluation.isoflop_optimum(N, loss)[0], loss.min()


def in_base_10(N, loss):
    p = np.polyfit(N.log10().numpy() - 4, loss.numpy(), 2)
    if p[0] <= 0:
        return found(math.nan, math.nan)
    vertex = -p[1] / (2 * p[0])
    return found(10 ** (4 + vertex), np.polyval(p, vertex))


# --- scaling_exponents ------------------------------------------------------------------------------------------------------


def valleys(N, D, loss):
    return evaluation.isoflop_optimum(N, loss)[0], evaluation.isoflop_optimum(D, loss)[0]


def slopes(C, N, D, loss, seed, floor=valleys, line=lambda x, y: np.polyfit(x, y, 1)[0], log=np.log):
    rows = []
    for s in sorted(set(seed.tolist())):
        budgets = sorted(set(C[seed == s].tolist()))
        best = []
        for budget in budgets:
            at = (seed == s) & (C == budget)
            best.append([float(value) for value in floor(N[at], D[at], loss[at])])
        rows.append([line(log(np.array(budgets)), log(np.array(column))) for column in zip(*best)])
    return torch.tensor(rows, dtype=torch.float64)


def pooled(C, N, D, loss, seed):
    return slopes(C, N, D, loss, torch.zeros_like(seed))


def pooled_for_each(C, N, D, loss, seed):
    return pooled(C, N, D, loss, seed).repeat(len(seed.unique()), 1)


def b_first(C, N, D, loss, seed):
    return slopes(C, N, D, loss, seed).flip(1)


def rest_of_one(C, N, D, loss, seed):
    a = slopes(C, N, D, loss, seed)[:, :1]
    return torch.cat([a, 1 - a], dim=1)


def without_logarithms(C, N, D, loss, seed):
    return slopes(C, N, D, loss, seed, log=lambda x: x)


def no_constant(C, N, D, loss, seed):
    return slopes(C, N, D, loss, seed, line=lambda x, y: (x * y).sum() / (x * x).sum())


def best_run(C, N, D, loss, seed):
    return slopes(C, N, D, loss, seed, floor=lambda N, D, loss: (N[loss.argmin()], D[loss.argmin()]))


def columns_for_rows(C, N, D, loss, seed):
    return slopes(C, N, D, loss, seed).T.contiguous()


# --- hunt_moments_of_shares -------------------------------------------------------------------------------------------------


def clamped(shares):
    x = torch.cat(shares)
    mean = sum(share.sum(dim=0) for share in shares) / len(x)
    return mean, (sum(share.square().sum(dim=0) for share in shares) / len(x) - mean**2).clamp(min=0)


def own_means(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows
    return mean, sum((share - share.mean(dim=0)).square().sum(dim=0) for share in shares) / rows


def means_of_means(shares):
    mean = sum(share.mean(dim=0) for share in shares) / len(shares)
    return mean, sum((share - mean).square().sum(dim=0) for share in shares) / sum(len(share) for share in shares)


def one_less(shares):
    x = torch.cat(shares)
    return x.mean(dim=0), x.var(dim=0)


def twice_through(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows
    return mean, sum(((share - mean) ** 2).sum(dim=0) for share in shares) / rows


WRONG = {
    "training_flops": [(forward_alone, "forward_alone"), (backward_outside, "forward_alone"),
                       (fused_attention, "attention_missed"), (the_rule, "by_the_rule"), (each_token, "of_one_token"),
                       (each_row, "of_one_row")],
    "warmup_cosine": [(divides_by_0, "divided_by_no_warmup"), (cosine_alone, "no_warmup"),
                      (full_rate_at_once, "full_at_once"),
                      (clock_of_the_run, "cosine_from_the_start"), (clock_too_slow, "not_quite_0_at_the_end"),
                      (up_again, "a_whole_cosine"), (bare_cosine, "below_0"), (not_halved, "twice_too_high"),
                      (straight_down, "in_a_line")],
    "isoflop_optimum": [(top_and_floor_alike, "top_of_a_hill"), (lowest_run, "best_that_was_trained"), (in_n, "in_n_itself"),
                        (log_n, "a_logarithm_still"), (log_10_n, "a_logarithm_still"), (no_half, "another_vertex"),
                        (plus_for_minus, "another_vertex"), (lowest_of_the_measured, "lowest_measured_loss")],
    "scaling_exponents": [(pooled, "seeds_together"), (pooled_for_each, "seeds_together"), (b_first, "b_before_a"),
                          (rest_of_one, "by_the_rule"), (without_logarithms, "no_logarithms"),
                          (no_constant, "through_the_origin"), (best_run, "best_that_was_trained"),
                          (columns_for_rows, "transposed")],
    "hunt_moments_of_shares": [(clamped, "mean_of_squares_minus_square"), (own_means, "around_its_own_mean"),
                               (means_of_means, "mean_of_means"), (one_less, "unbiased")],
}

RIGHT = {
    "training_flops": [by_three_parts],
    "warmup_cosine": [by_a_square],
    "isoflop_optimum": [in_base_10],
    "scaling_exponents": [slopes],
    "hunt_moments_of_shares": [twice_through],
}


# --- answers of a second reading --------------------------------------------------------------------------------------


def _floor_by(N, loss, logf=torch.log, exp=torch.exp, vert=lambda p2, p1: -p1 / (2 * p2), nan=True, low=True, h=None):
    x = logf(N)
    A = torch.stack([x**2, x, torch.ones_like(x)], 1)
    p2, p1, p0 = torch.linalg.lstsq(A, loss[:, None]).solution[:, 0]
    x0 = vert(p2, p1)
    q = torch.full_like(x0, torch.nan)
    if nan and p2 <= 0:
        return q, q
    return exp(x0), (p2 * x0**2 + p1 * x0 + p0 if h is None else h(p2, p1, p0, x0))


def _exponents_by(C, N, D, loss, seed, how="ok"):
    rows = []
    for s in seed.unique():
        cs = C[seed == s].unique()
        ys = []
        for z in (N, D):
            f = []
            for c in cs:
                k = (seed == s) & (C == c)
                f.append(z[k][loss[k].argmin()] if how == "best" else _floor_by(z[k], loss[k])[0])
            ys.append(torch.stack(f))
        x = cs.log()
        if how == "ends":
            rows.append(torch.stack([(y.log()[-1] - y.log()[0]) / (x[-1] - x[0]) for y in ys]))
            continue
        if how == "inv":
            rows.append(
                torch.stack(
                    [
                        torch.linalg.lstsq(torch.stack([y.log(), torch.ones_like(x)], 1), x[:, None]).solution[0, 0]
                        for y in ys
                    ]
                )
            )
            continue
        if how == "ratio":
            rows.append(torch.stack([(y.log() / x).mean() for y in ys]))
            continue
        if how == "meanslope":
            rows.append(torch.stack([(y.log().diff() / x.diff()).mean() for y in ys]))
            continue
        A = torch.stack([x, torch.ones_like(x)], 1)
        sol = [torch.linalg.lstsq(A, y.log()[:, None]).solution[:, 0] for y in ys]
        if how == "intercept":
            rows.append(torch.stack([t[1] for t in sol]))
            continue
        rows.append(torch.stack([t[0] for t in sol]))
    return torch.stack(rows)


def loss_computed_twice(method, batch):
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch)
        method.loss(batch).backward()
    method.zero_grad()
    return counter.get_total_flops()


def table_of_modules(method, batch):
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch).backward()
    method.zero_grad()
    return counter.get_flop_counts()


def the_counter_itself(method, batch):
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch).backward()
    method.zero_grad()
    return counter


def gradients_left_behind(method, batch):
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        method.loss(batch).backward()
    return counter.get_total_flops()


def quarter_cosine(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return math.cos(math.pi / 2 * (progress - warmup) / (1 - warmup))


def one_minus_a_sine(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return 1 - math.sin(math.pi / 2 * (progress - warmup) / (1 - warmup))


def half_a_turn_in_degrees(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(180 * (progress - warmup) / (1 - warmup)))


def one_minus_a_cosine(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 - math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def line_times_cosine(progress, warmup):
    return min(progress / warmup if warmup else 1, 1) * 0.5 * (1 + math.cos(math.pi * progress))


def a_tenth_is_left(progress, warmup):
    if progress < warmup:
        return progress / warmup
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def asleep_at_first(progress, warmup):
    if progress < warmup:
        return 0.0
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def times_the_warmup(progress, warmup):
    if progress < warmup:
        return progress * warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def cosine_up_and_down(progress, warmup):
    if progress < warmup:
        return 0.5 * (1 - math.cos(math.pi * progress / warmup))
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def constant_for_the_height(N, loss):
    return _floor_by(N, loss, h=lambda a, b, c, x: c)


def height_at_n(N, loss):
    return _floor_by(N, loss, h=lambda a, b, c, x: a * x.exp() ** 2 + b * x.exp() + c)


def no_column_of_ones(N, loss):
    x = N.log()
    A = torch.stack([x**2, x], 1)
    a, b = torch.linalg.lstsq(A, loss[:, None]).solution[:, 0]
    x0 = -b / 2 / a
    return x0.exp(), a * x0**2 + b * x0


def logarithm_of_the_loss(N, loss):
    n, l = _floor_by(N, loss.log())
    return n, l.exp()


def columns_in_another_order(N, loss):
    x = N.log()
    A = torch.stack([torch.ones_like(x), x, x**2], 1)
    p2, p1, p0 = torch.linalg.lstsq(A, loss[:, None]).solution[:, 0]
    x0 = -p1 / 2 / p2
    q = torch.full_like(x0, torch.nan)
    return (q, q) if p2 <= 0 else (x0.exp(), p2 * x0**2 + p1 * x0 + p0)


def lowest_three(N, loss):
    k = loss.argsort()[:3]
    return _floor_by(N[k], loss[k])


def base_10_and_exp(N, loss):
    return _floor_by(N, loss, logf=torch.log10)


def infinite_on_a_hill(N, loss):
    a, b = _floor_by(N, loss)
    return (torch.tensor(torch.inf, dtype=N.dtype), torch.tensor(torch.inf, dtype=N.dtype)) if a.isnan() else (a, b)


def from_end_to_end(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed, "ends")


def from_neighbour_to_neighbour(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed, "meanslope")


def budgets_over_sizes(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed, "inv")


def logarithm_by_logarithm(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed, "ratio")


def constants_of_the_lines(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed, "intercept")


def slopes_over_ln_10(C, N, D, loss, seed):
    return _exponents_by(C, N, D, loss, seed) / math.log(10)


def gap_without_its_sign(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows
    squares = sum(share.square().sum(dim=0) for share in shares) / rows
    return mean, (squares - mean**2).abs()


def share_means_added(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows
    return mean, sum((share - mean).square().mean(dim=0) for share in shares)


def by_autograd_grad(method, batch):
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as c:
        torch.autograd.grad(method.loss(batch), [p for p in method.parameters() if p.requires_grad], allow_unused=True)
    return c.get_total_flops()


def the_lower_of_two(progress, warmup):
    up = progress / warmup if warmup > 0 else 1.0
    down = (1 + math.cos(math.pi * max(progress - warmup, 0) / (1 - warmup))) / 2
    return min(up, down) if progress < warmup else down


def as_a_tensor(progress, warmup):
    p = torch.tensor(float(progress), dtype=torch.float64)
    return p / warmup if progress < warmup else (1 + torch.cos(math.pi * (p - warmup) / (1 - warmup))) / 2


def in_plain_numbers(N, loss):
    x = N.log().tolist()
    A = torch.tensor([[a * a, a, 1.0] for a in x], dtype=torch.float64)
    p = torch.linalg.solve(A.T @ A, A.T @ loss.cpu().double()).tolist()
    if not p[0] > 0:
        return math.nan, math.nan
    x0 = -p[1] / 2 / p[0]
    return math.exp(x0), p[0] * x0 * x0 + p[1] * x0 + p[2]


def by_the_pseudoinverse(N, loss):
    x = N.log()
    m = x.mean()
    z = x - m
    A = torch.vander(z, 3)
    c = torch.linalg.pinv(A) @ loss
    v = -c[1] / (2 * c[0])
    bad = c[0] <= 0
    nan = torch.full_like(v, torch.nan)
    return torch.where(bad, nan, (v + m).exp()), torch.where(bad, nan, c[2] - c[1] ** 2 / (4 * c[0]))


def by_numpy_polyfit(C, N, D, loss, seed):
    C, N, D, loss, seed = (z.cpu().numpy() for z in (C, N, D, loss, seed))
    rows = []

    def floor(n, l):
        p = np.polyfit(np.log(n), l, 2)
        return -p[1] / 2 / p[0]

    for s in np.unique(seed):
        cs = np.unique(C[seed == s])
        k = [(seed == s) & (C == c) for c in cs]
        rows.append([np.polyfit(np.log(cs), [floor(z[i], loss[i]) for i in k], 1)[0] for z in (N, D)])
    return torch.tensor(np.array(rows))


def merged_share_by_share(shares):
    n = 0
    mean = torch.zeros_like(shares[0][0])
    M2 = torch.zeros_like(mean)
    for s in shares:
        k = len(s)
        if k == 0:
            continue
        m = s.mean(0)
        d = m - mean
        tot = n + k
        M2 = M2 + (s - m).square().sum(0) + d**2 * n * k / tot
        mean = mean + d * k / tot
        n = tot
    return mean, M2 / n


def in_double_precision(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.double().sum(dim=0) for share in shares) / rows
    squares = sum(share.double().square().sum(dim=0) for share in shares) / rows
    return mean.to(shares[0].dtype), (squares - mean**2).to(shares[0].dtype)


WRONG["training_flops"] += [
    (loss_computed_twice, "forward_twice"),
    (table_of_modules, "table_of_all"),
    (the_counter_itself, "table_of_all"),
    (gradients_left_behind, "leaves_gradients"),
]
WRONG["warmup_cosine"] += [
    (quarter_cosine, "a_quarter_of_a_cosine"),
    (one_minus_a_sine, "a_quarter_of_a_cosine"),
    (half_a_turn_in_degrees, "in_degrees"),
    (one_minus_a_cosine, "upside_down"),
    (line_times_cosine, "multiplied"),
    (a_tenth_is_left, "a_rest_is_left"),
    (asleep_at_first, "no_rise"),
    (times_the_warmup, "no_rise"),
    (cosine_up_and_down, "curved_warmup"),
]
WRONG["isoflop_optimum"] += [
    (constant_for_the_height, "another_height"),
    (height_at_n, "another_height"),
    (no_column_of_ones, "through_the_origin"),
    (logarithm_of_the_loss, "loss_in_logarithms"),
    (columns_in_another_order, "coefficients_exchanged"),
    (lowest_three, "three_of_them"),
    (base_10_and_exp, "bases_mixed"),
    (infinite_on_a_hill, "not_nan_on_a_hill"),
]
WRONG["scaling_exponents"] += [
    (from_end_to_end, "from_two_points"),
    (from_neighbour_to_neighbour, "from_two_points"),
    (budgets_over_sizes, "turned_round"),
    (logarithm_by_logarithm, "ratios"),
    (constants_of_the_lines, "the_constant"),
    (slopes_over_ln_10, "bases_mixed"),
]
WRONG["hunt_moments_of_shares"] += [
    (gap_without_its_sign, "mean_of_squares_minus_square"),
    (share_means_added, "means_added"),
]
RIGHT["training_flops"] += [by_autograd_grad]
RIGHT["warmup_cosine"] += [the_lower_of_two, as_a_tensor]
RIGHT["isoflop_optimum"] += [in_plain_numbers, by_the_pseudoinverse]
RIGHT["scaling_exponents"] += [by_numpy_polyfit]
RIGHT["hunt_moments_of_shares"] += [merged_share_by_share, in_double_precision]
