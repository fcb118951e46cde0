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
