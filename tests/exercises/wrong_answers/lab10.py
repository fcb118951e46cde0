"""Lab 10: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
import torch
from torch.nn import functional as F


def both(z0, z1):
    return F.normalize(torch.cat([z0, z1]), dim=1)


def masked(table, value=-torch.inf):
    return table.clone().fill_diagonal_(value)


def partners(z0):
    return torch.arange(2 * len(z0)).roll(len(z0))


# --- nt_xent_logits ---------------------------------------------------------------------------------------------------


def diagonal_left_in(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return z @ z.T / temperature, partners(z0)


def diagonal_of_zeros(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature, 0.0), partners(z0)


def partner_forbidden_too(z0, z1, temperature=0.5):
    z, right = both(z0, z1), partners(z0)
    return masked(z @ z.T / temperature).scatter(1, right[:, None], -torch.inf), right


def first_against_second(z0, z1, temperature=0.5):
    return F.normalize(z0, dim=1) @ F.normalize(z1, dim=1).T / temperature, torch.arange(len(z0))


def first_against_all(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature)[: len(z0)], partners(z0)[: len(z0)]


def pairs_side_by_side(z0, z1, temperature=0.5):
    z = F.normalize(torch.stack([z0, z1], dim=1).flatten(0, 1), dim=1)
    return masked(z @ z.T / temperature), torch.arange(len(z)) ^ 1


def dot_products(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    return masked(z @ z.T / temperature), partners(z0)


def columns_normalised(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat([z0, z1]), dim=0)
    return masked(z @ z.T / temperature), partners(z0)


def times_temperature(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T * temperature), partners(z0)


def no_temperature(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T), partners(z0)


def points_at_itself(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), torch.arange(len(z))


def not_shifted_back(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), torch.arange(len(z)) + len(z0)


def logits_alone(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature)


def with_a_large_number(z0, z1, temperature=0.5):
    z = both(z0, z1)
    n = len(z0)
    mask = torch.eye(2 * n, dtype=torch.bool)
    return (z @ z.T / temperature).masked_fill(mask, -1e9), torch.cat([torch.arange(n, 2 * n), torch.arange(n)])


def entry_by_entry(z0, z1, temperature=0.5):
    z = list(z0) + list(z1)
    n = len(z0)
    table = z0.new_full((2 * n, 2 * n), -math.inf)
    for i in range(2 * n):
        for k in range(2 * n):
            if k != i:
                table[i, k] = z[i] @ z[k] / (z[i].norm() * z[k].norm()) / temperature
    return table, torch.tensor([(i + n) % (2 * n) for i in range(2 * n)])


# --- nt_xent ----------------------------------------------------------------------------------------------------------


def loss_of(make, *, target=None):
    def answer(z0, z1, temperature=0.5):
        logits, positive = make(z0, z1, temperature)
        return F.cross_entropy(logits, positive if target is None else target(z0))

    answer.__name__ = f"loss_of_{make.__name__}" + (f"_{target.__name__}" if target else "")
    return answer


def right_table(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), partners(z0)


def rows_themselves(z0):
    return torch.arange(2 * len(z0))


def first_views_twice(z0):
    return torch.arange(len(z0)).repeat(2)


def neighbours(z0):
    return torch.arange(2 * len(z0)) ^ 1


def partner_left_out_below(z0, z1, temperature=0.5):
    logits, right = right_table(z0, z1, temperature)
    top = logits.gather(1, right[:, None])[:, 0].exp()
    return -(top / (logits.exp().sum(dim=1) - top)).log().mean()


def both_ways_as_clip(z0, z1, temperature=0.5):
    logits, own = first_against_second(z0, z1, temperature)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def added_up(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature), reduction="sum")


def divided_by_n(z0, z1, temperature=0.5):
    return added_up(z0, z1, temperature) / len(z0)


def loss_over_temperature(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, 1.0)) / temperature


def one_a_row(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature), reduction="none")


def probability(z0, z1, temperature=0.5):
    logits, right = right_table(z0, z1, temperature)
    return logits.softmax(dim=1).gather(1, right[:, None]).mean()


def by_exponentials(z0, z1, temperature=0.5):
    z = both(z0, z1)
    n = len(z0)
    e = (z @ z.T / temperature).exp()
    e = e * (1 - torch.eye(2 * n, dtype=e.dtype))
    top = torch.cat([e.diagonal(n), e.diagonal(-n)])
    return -(top / e.sum(dim=1)).log().mean()


def by_four_blocks(z0, z1, temperature=0.5):
    a, b = F.normalize(z0, dim=1), F.normalize(z1, dim=1)
    ab, own = a @ b.T / temperature, torch.arange(len(a))
    aa, bb = masked(a @ a.T / temperature), masked(b @ b.T / temperature)
    return (F.cross_entropy(torch.cat([ab, aa], 1), own) + F.cross_entropy(torch.cat([ab.T, bb], 1), own)) / 2


def in_a_loop(z0, z1, temperature=0.5):
    logits, right = entry_by_entry(z0, z1, temperature)
    return sum(row.logsumexp(0) - row[k] for row, k in zip(logits, right)) / len(logits)


# --- uniformity -------------------------------------------------------------------------------------------------------


def squares(z):
    return torch.pdist(F.normalize(z, dim=1)).square()


def all_pairs(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (2 - 2 * z @ z.T).mul(-t).exp().mean().log()


def counted_as_n_squared(z, t=2.0):
    z = F.normalize(z, dim=1)
    e = (2 - 2 * z @ z.T).mul(-t).exp().fill_diagonal_(0)
    return e.mean().log()


def before_the_logarithm(z, t=2.0):
    return squares(z).mul(-t).exp().mean()


def mean_squared_distance(z, t=2.0):
    return squares(z).mul(-t).exp().log().mean()


def plain_distance(z, t=2.0):
    return squares(z).sqrt().mul(-t).exp().mean().log()


def off_the_sphere(z, t=2.0):
    return torch.pdist(z).square().mul(-t).exp().mean().log()


def log_of_the_sum(z, t=2.0):
    return squares(z).mul(-t).exp().sum().log()


def positive_exponent(z, t=2.0):
    return squares(z).mul(t).exp().mean().log()


def other_sign(z, t=2.0):
    return -squares(z).mul(-t).exp().mean().log()


def without_t(z, t=2.0):
    return squares(z).neg().exp().mean().log()


def one_a_point(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (2 - 2 * z @ z.T).mul(-t).exp().mean(dim=1).log()


def by_pdist(z, t=2.0):
    return squares(z).mul(-t).exp().mean().log()


def by_a_mask(z, t=2.0):
    z = F.normalize(z, dim=1)
    other = ~torch.eye(len(z), dtype=torch.bool)
    return float((2 - 2 * z @ z.T)[other].mul(-t).exp().mean().log())


def one_hot_positive(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, F.one_hot(p, len(l)))


def bool_positive(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, F.one_hot(p, len(l)).bool())


def positive_similarities(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, l.gather(1, p[:, None])[:, 0])


def positive_n_only(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, p[: len(z0)])


def positive_twice_first(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, torch.arange(len(z0)).repeat(2))


def positive_float(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, p.float())


def positive_column(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, p[:, None])


def positive_list(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, p.tolist())


def euclid(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    return (masked(-torch.cdist(z, z) / temperature), partners(z0))


def euclid_unit(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(-torch.cdist(z, z) / temperature), partners(z0))


def already_softmax(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l.softmax(1), p)


def already_exp(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l.exp(), p)


def already_log_softmax(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l.log_softmax(1), p)


def plus_inf(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(z @ z.T / temperature, torch.inf), partners(z0))


def diag_minus_one(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(z @ z.T / temperature, -1.0), partners(z0))


def mask_before_tau_small(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(z @ z.T, -1.0) / temperature, partners(z0))


def upper_only(z0, z1, temperature=0.5):
    z = both(z0, z1)
    t = z @ z.T / temperature
    return (t.masked_fill(torch.ones_like(t).tril().bool(), -torch.inf), partners(z0))


def own_side_masked(z0, z1, temperature=0.5):
    z = both(z0, z1)
    t = z @ z.T / temperature
    n = len(z0)
    s = torch.arange(2 * n) // n
    return (t.masked_fill(s[:, None] == s[None], -torch.inf), partners(z0))


def norm_whole(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    z = z / z.norm()
    return (masked(z @ z.T / temperature), partners(z0))


def one_norm(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    z = F.normalize(z, p=1, dim=1)
    return (masked(z @ z.T / temperature), partners(z0))


def only_z0_normed(z0, z1, temperature=0.5):
    z = torch.cat([F.normalize(z0, dim=1), z1])
    return (masked(z @ z.T / temperature), partners(z0))


def divided_by_sum_norm(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    z = z / z.square().sum(1, keepdim=True)
    return (masked(z @ z.T / temperature), partners(z0))


def cat_swapped(z0, z1, temperature=0.5):
    return right_table(z1, z0, temperature)


def minus_sim(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(-z @ z.T / temperature), partners(z0))


def squared_tau(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return (masked(z @ z.T / temperature**2), partners(z0))


def cat_dim1(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat([z0, z1], dim=1), dim=1)
    return (masked(z @ z.T / temperature), partners(z0)[: len(z)])


def swapped_return(z0, z1, temperature=0.5):
    return right_table(z0, z1, temperature)[::-1]


def numpy_roundtrip(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1]).detach().numpy()
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    t = z @ z.T / temperature
    np.fill_diagonal(t, -np.inf)
    return (torch.from_numpy(t), partners(z0))


def tau_ignored_default(z0, z1, temperature=0.5):
    return right_table(z0, z1, 0.5)


def partner_i_plus_1(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return (l, (torch.arange(len(l)) + 1) % len(l))


def by_einsum(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    z = z / z.norm(dim=1, keepdim=True)
    t = torch.einsum("id,kd->ik", z, z) / temperature
    t = t.masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    n = len(z0)
    return (t, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


def by_all_cosines(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    t = F.cosine_similarity(z[:, None], z[None], dim=2) / temperature
    t = t - torch.diag(torch.full((len(z),), torch.inf)).nan_to_num(0.0, posinf=torch.inf)
    return (t, torch.arange(len(z)).roll(-len(z0)))


def from_four_blocks(z0, z1, temperature=0.5):
    a, b = (F.normalize(z0, dim=1), F.normalize(z1, dim=1))
    m = torch.eye(len(a), dtype=torch.bool)
    aa, bb = (x @ x.T / temperature for x in (a, b))
    aa, bb = (aa.masked_fill(m, -torch.inf), bb.masked_fill(m, -torch.inf))
    ab = a @ b.T / temperature
    return (torch.cat([torch.cat([aa, ab], 1), torch.cat([ab.T, bb], 1)]), (torch.arange(2 * len(a)) + len(a)) % (2 * len(a)))


def in_double_precision(z0, z1, temperature=0.5):
    l, p = right_table(z0.double(), z1.double(), temperature)
    return (l.to(z0.dtype), p)


def by_where(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1), 0))
    t = torch.matmul(z, z.t()).div(temperature)
    n = len(z)
    return (
        torch.where(torch.eye(n) == 1, torch.tensor(-torch.inf, dtype=t.dtype), t),
        torch.tensor([(i + n // 2) % n for i in range(n)]),
    )


def with_an_epsilon_in_the_length(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    z = z / (z.norm(dim=1, keepdim=True) + 1e-08)
    t = z @ z.T / temperature
    i = torch.arange(len(z))
    t = t.clone()
    t[i, i] = -float("inf")
    return (t, torch.arange(len(z)) ^ 0 if False else partners(z0))


def nolog_minus(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return l.log_softmax(1).gather(1, p[:, None]).mean()


def softmax_first(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.cross_entropy(l.softmax(1), p)


def log_softmax_first_ok(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.cross_entropy(l.log_softmax(1), p)


def softmax_dim0(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.nll_loss(l.log_softmax(0), p)


def softmax_first_nolog(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.nll_loss(l.softmax(1), p)


def log_of_mean(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -l.softmax(1).gather(1, p[:, None]).mean().log()


def only_numerator(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -l.gather(1, p[:, None]).mean()


def no_tau(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, 1.0))


def mean_denominator(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -(l.gather(1, p[:, None])[:, 0] - l.exp().mean(1).log()).mean()


def global_denominator(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -(l.gather(1, p[:, None])[:, 0] - l.flatten().logsumexp(0)).mean()


def own_side_excluded(z0, z1, temperature=0.5):
    l, p = own_side_masked(z0, z1, temperature)
    return F.cross_entropy(l, p)


def log2(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature)) / math.log(2)


def times_tau(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature)) * temperature


def detached(z0, z1, temperature=0.5):
    z = both(z0, z1).detach()
    return F.cross_entropy(masked(z @ z.T / temperature), partners(z0))


def z1_detached(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1.detach(), temperature))


def sub_exp_ok(z0, z1, temperature=0.5):
    z = both(z0, z1)
    e = (z @ z.T / temperature).exp()
    p = e.gather(1, partners(z0)[:, None])[:, 0]
    return -(p / (e.sum(1) - math.exp(1 / temperature))).log().mean()


def eps_log(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -(l.softmax(1).gather(1, p[:, None])[:, 0] + 1e-08).log().mean()


def triplet_like(z0, z1, temperature=0.5):
    z = F.normalize(z0, dim=1) * F.normalize(z1, dim=1)
    return -z.sum(1).mean() / temperature


def euclid_ce(z0, z1, temperature=0.5):
    return F.cross_entropy(*euclid_unit(z0, z1, temperature))


def bce(z0, z1, temperature=0.5):
    z = both(z0, z1)
    t = z @ z.T / temperature
    return F.binary_cross_entropy_with_logits(t, F.one_hot(partners(z0), len(t)).to(t.dtype))


def onehot_target_ok(z0, z1, temperature=0.5):
    z = both(z0, z1)
    t = masked(z @ z.T / temperature, -1000000000.0)
    return F.cross_entropy(t, F.one_hot(partners(z0), len(t)).to(t.dtype))


def gather_loop(z0, z1, temperature=0.5):
    a, b = (F.normalize(z0, dim=1), F.normalize(z1, dim=1))
    total = 0
    z = torch.cat([a, b])
    n = len(a)
    for i in range(2 * n):
        j = (i + n) % (2 * n)
        rest = [k for k in range(2 * n) if k != i]
        total = total - (z[i] @ z[j] / temperature - torch.stack([z[i] @ z[k] / temperature for k in rest]).logsumexp(0))
    return total / (2 * n)


def by_a_distribution(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -torch.distributions.Categorical(logits=masked(l, -1000000000.0)).log_prob(p).mean()


def by_two_diagonals(z0, z1, temperature=0.5):
    l, p = right_table(z0.double(), z1.double(), temperature)
    n = len(z0)
    lp = l.log_softmax(1)
    return (-(lp.diagonal(n).sum() + lp.diagonal(-n).sum()) / (2 * n)).to(z0.dtype)


def norm_dim0(z, t=2.0):
    return torch.pdist(F.normalize(z, dim=0)).square().mul(-t).exp().mean().log()


def triu_zeros(z, t=2.0):
    z = F.normalize(z, dim=1)
    e = (2 - 2 * z @ z.T).mul(-t).exp().triu(1)
    return e.mean().log()


def triu_exp_zeros(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = (2 - 2 * z @ z.T).triu(1)
    return d.mul(-t).exp().mean().log()


def cosine_for_distance(z, t=2.0):
    z = F.normalize(z, dim=1)
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (z @ z.T)[i, j].mul(-t).exp().mean().log()


def one_minus_cos(z, t=2.0):
    z = F.normalize(z, dim=1)
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (1 - z @ z.T)[i, j].mul(-t).exp().mean().log()


def log_mean_no_exp(z, t=2.0):
    return (-t * squares(z)).mean().log()


def mean_d_first(z, t=2.0):
    return -t * torch.pdist(F.normalize(z, dim=1)).mean().square()


def log10(z, t=2.0):
    return squares(z).mul(-t).exp().mean().log10()


def div_t(z, t=2.0):
    return squares(z).div(-t).exp().mean().log()


def gaussian_half(z, t=2.0):
    return squares(z).mul(-t / 2).exp().mean().log()


def centred(z, t=2.0):
    z = z - z.mean(0)
    return squares(z).mul(-t).exp().mean().log()


def no_norm_nolog(z, t=2.0):
    return torch.pdist(z).square().mul(-t).exp().mean()


def scaled_max(z, t=2.0):
    z = z / z.norm(dim=1).max()
    return torch.pdist(z).square().mul(-t).exp().mean().log()


def minus_squared(z, t=2.0):
    return (squares(z) * t).mean()


def cdist_all(z, t=2.0):
    z = F.normalize(z, dim=1)
    return torch.cdist(z, z).square().mul(-t).exp().mean().log()


def std_norm(z, t=2.0):
    z = (z - z.mean(0)) / z.std(0)
    return squares(z).mul(-t).exp().mean().log()


def sum_then_pairs(z, t=2.0):
    n = len(z)
    z = F.normalize(z, dim=1)
    e = (2 - 2 * z @ z.T).mul(-t).exp().fill_diagonal_(0)
    return (e.sum() / (n * (n - 1) / 2)).log()


def by_two_loops(z, t=2.0):
    z = F.normalize(z, dim=1)
    e = [math.exp(-t * float(((z[i] - z[j]) ** 2).sum())) for i in range(len(z)) for j in range(len(z)) if i != j]
    return math.log(sum(e) / len(e))


def uniformity_by_numpy(z, t=2.0):
    x = z.double().numpy()
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    d = ((x[:, None] - x[None]) ** 2).sum(-1)[np.triu_indices(len(x), 1)]
    return np.log(np.exp(-t * d).mean())


def by_logsumexp(z, t=2.0):
    s = -t * squares(z.double())
    return s.logsumexp(0) - math.log(len(s))


def with_an_epsilon_in_the_logarithm(z, t=2.0):
    z = F.normalize(z, dim=1)
    n = len(z)
    e = (-t * torch.cdist(z, z) ** 2).exp()
    return torch.log((e.sum() - n) / (n * (n - 1)) + 1e-08)


def by_upper_indices(z, t=2.0):
    z = z / z.norm(dim=1, keepdim=True)
    i, j = torch.triu_indices(len(z), len(z), offset=1)
    return ((z[i] - z[j]).pow(2).sum(1) * -t).exp().mean().log()


def norm_without_keepdim(z0, z1, temperature=0.5):
    z = torch.cat((z0, z1))
    z = z / z.norm(dim=1)
    return ((z @ z.T / temperature).fill_diagonal_(-torch.inf), torch.arange(len(z)).roll(len(z0)))


def partner_is_itself_by_cat(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)), dim=1)
    l = z @ z.T / temperature
    l[range(len(z)), range(len(z))] = float("-inf")
    return (l, torch.cat([torch.arange(len(z0)), torch.arange(len(z0)) + len(z0)]))


def second_views_twice(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)), dim=1)
    l = z @ z.T
    l = l.fill_diagonal_(-torch.inf) / temperature
    return (l, torch.arange(len(z0), 2 * len(z0)).repeat(2))


def partners_on_a_masked_diagonal(z0, z1, temperature=0.5):
    a = F.normalize(z0, dim=1)
    b = F.normalize(z1, dim=1)
    s = a @ b.T / temperature
    return (s.fill_diagonal_(-torch.inf), torch.arange(len(z0)))


def exponentials_with_zeros(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)), dim=1)
    l = torch.exp(z @ z.T / temperature)
    return (l.fill_diagonal_(0), torch.arange(len(z)).roll(len(z0)))


def temperature_twice(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.cross_entropy(l / temperature, p)


def all_columns_picked(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return -torch.log(torch.softmax(l, 1)[:, p]).mean()


def first_rows_by_diagonal(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    n = len(z0)
    return -l.log_softmax(1)[:n].diagonal(n).mean()


def one_denominator_for_all(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    n = len(z0)
    e = l.exp()
    return -torch.log(e[:n, n:].diagonal() / e[:n].sum()).mean()


def columns_in_partners_order(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.cross_entropy(l[:, p], torch.arange(len(p)))


def as_a_plain_number(z0, z1, temperature=0.5):
    l, p = right_table(z0, z1, temperature)
    return F.cross_entropy(l, p).item()


def diagonal_in_the_sum(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = torch.cdist(z, z) ** 2
    return torch.log(torch.exp(-t * d).sum() / (len(z) * (len(z) - 1)))


def distances_above_zero(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = torch.cdist(z, z)
    return torch.log(torch.exp(-t * d[d > 0]).mean())


def logarithm_before_the_mean(z, t=2.0):
    z = F.normalize(z, dim=1)
    return torch.log(torch.exp(-t * torch.pdist(z) ** 2)).mean()


def sum_of_logarithms(z, t=2.0):
    z = F.normalize(z, dim=1)
    return torch.exp(-t * torch.pdist(z) ** 2).log().sum()


# --- supervised_contrastive -------------------------------------------------------------------------------------------


def tables(z0, z1, labels, temperature):
    """log p (2N, 2N) with −∞ on the diagonal, and who is whose partner."""
    y = torch.cat([labels, labels])
    itself = torch.eye(len(y), dtype=torch.bool)
    log_p = right_table(z0, z1, temperature)[0].log_softmax(dim=1)
    return log_p, (y[:, None] == y[None]) & ~itself


def mean_of_partners(log_p, partners):
    return -(torch.where(partners, log_p, torch.zeros_like(log_p)).sum(dim=1) / partners.sum(dim=1)).mean()


def multiplied_by_the_mask(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -((log_p * partners).sum(dim=1) / partners.sum(dim=1)).mean()


def diagonal_among_the_partners(z0, z1, labels, temperature=0.1):
    log_p, _ = tables(z0, z1, labels, temperature)
    y = torch.cat([labels, labels])
    return mean_of_partners(log_p, y[:, None] == y[None])


def diagonal_counted_as_one(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -(log_p.masked_fill(~partners, 0).sum(dim=1) / (partners.sum(dim=1) + 1)).mean()


def nothing_masked_at_all(z0, z1, labels, temperature=0.1):
    z, y = both(z0, z1), torch.cat([labels, labels])
    return mean_of_partners((z @ z.T / temperature).log_softmax(dim=1), y[:, None] == y[None])


def itself_below(z0, z1, labels, temperature=0.1):
    z = both(z0, z1)
    return mean_of_partners((z @ z.T / temperature).log_softmax(dim=1), tables(z0, z1, labels, temperature)[1])


def plain_nt_xent(z0, z1, labels, temperature=0.1):
    return F.cross_entropy(*right_table(z0, z1, temperature))


def sum_over_partners(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -log_p.masked_fill(~partners, 0).sum(dim=1).mean()


def mean_over_pairs(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -log_p[partners].mean()


def inside_the_logarithm(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -((log_p.exp() * partners).sum(dim=1) / partners.sum(dim=1)).log().mean()


def total_probability(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return -(log_p.exp() * partners).sum(dim=1).log().mean()


def other_side_only(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    n = len(z0)
    partners = partners.clone()
    partners[:n, :n] = partners[n:, n:] = False
    return mean_of_partners(log_p, partners)


def first_rows_only(z0, z1, labels, temperature=0.1):
    log_p, partners = tables(z0, z1, labels, temperature)
    return mean_of_partners(log_p[: len(z0)], partners[: len(z0)])


def against_negatives_only(z0, z1, labels, temperature=0.1):
    logits, partners = right_table(z0, z1, temperature)[0], tables(z0, z1, labels, temperature)[1]
    rest = logits.masked_fill(partners, -torch.inf).logsumexp(dim=1, keepdim=True)
    return mean_of_partners(logits - rest, partners)


def times_the_temperature(z0, z1, labels, temperature=0.1):
    return by_tables(z0, z1, labels, 1 / temperature)


def lengths_left_in(z0, z1, labels, temperature=0.1):
    z, partners = torch.cat([z0, z1]), tables(z0, z1, labels, temperature)[1]
    return mean_of_partners(masked(z @ z.T / temperature).log_softmax(dim=1), partners)


def lengths_of_columns(z0, z1, labels, temperature=0.1):
    z, partners = F.normalize(torch.cat([z0, z1]), dim=0), tables(z0, z1, labels, temperature)[1]
    return mean_of_partners(masked(z @ z.T / temperature).log_softmax(dim=1), partners)


def sum_over_views(z0, z1, labels, temperature=0.1):
    return by_tables(z0, z1, labels, temperature) * 2 * len(z0)


def without_a_minus(z0, z1, labels, temperature=0.1):
    return -by_tables(z0, z1, labels, temperature)


def by_tables(z0, z1, labels, temperature=0.1):
    return mean_of_partners(*tables(z0, z1, labels, temperature))


def view_by_view(z0, z1, labels, temperature=0.1):
    z, y, total = both(z0, z1), labels.repeat(2), 0
    for i in range(len(z)):
        others = [k for k in range(len(z)) if k != i]
        below = torch.stack([z[i] @ z[k] / temperature for k in others]).logsumexp(dim=0)
        terms = [below - z[i] @ z[p] / temperature for p in others if y[p] == y[i]]
        total = total + sum(terms) / len(terms)
    return total / len(z)


def by_soft_targets(z0, z1, labels, temperature=0.1):
    _, partners = tables(z0, z1, labels, temperature)
    z = both(z0, z1)
    logits = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), -1e9)
    return F.cross_entropy(logits, partners.to(z.dtype) / partners.sum(dim=1, keepdim=True))


def by_one_hot_products(z0, z1, labels, temperature=0.1):
    one_hot = F.one_hot(labels.repeat(2)).to(z0.dtype)
    partners = (one_hot @ one_hot.T).fill_diagonal_(0)
    log_p = right_table(z0, z1, temperature)[0].log_softmax(dim=1)
    log_p = log_p.masked_fill(torch.eye(len(log_p), dtype=torch.bool), 0)
    return -torch.einsum("ik,ik->i", log_p, partners).div(partners.sum(dim=1)).mean()


def by_exponentials_and_epsilon(z0, z1, labels, temperature=0.1):
    z, partners = both(z0, z1), tables(z0, z1, labels, temperature)[1]
    e = (z @ z.T / temperature).exp() * (1 - torch.eye(len(z), dtype=z.dtype))
    p = e / e.sum(dim=1, keepdim=True)
    return -(((p + 1e-8).log() * partners).sum(dim=1) / partners.sum(dim=1)).mean()


def in_double_throughout(z0, z1, labels, temperature=0.1):
    return by_tables(z0.double(), z1.double(), labels, temperature).to(z0.dtype)


WRONG = {
    "nt_xent_logits": [
        (diagonal_left_in, "itself_not_masked"),
        (diagonal_of_zeros, "masked_with_zero"),
        (partner_forbidden_too, "partner_masked"),
        (first_against_second, "only_n_rows"),
        (first_against_all, "only_n_rows"),
        (pairs_side_by_side, "views_side_by_side"),
        (dot_products, "not_normalised"),
        (columns_normalised, "scaled_another_way"),
        (times_temperature, "temperature_astray"),
        (no_temperature, "temperature_astray"),
        (points_at_itself, "wrong_partner"),
        (not_shifted_back, "wrong_partner"),
        (logits_alone, "count"),
        (one_hot_positive, "marked_and_not_numbered"),
        (bool_positive, "marked_and_not_numbered"),
        (positive_similarities, "similarities_of_the_partners"),
        (positive_n_only, "too_few"),
        (positive_twice_first, "wrong_partner"),
        (positive_float, "dtype"),
        (positive_column, "flattened"),
        (positive_list, "type"),
        (euclid, "distances"),
        (euclid_unit, "distances"),
        (already_softmax, "softmax_again"),
        (already_exp, "exponential"),
        (already_log_softmax, "log_softmax_taken"),
        (plus_inf, "magnitude"),
        (diag_minus_one, "masked_with_zero"),
        (mask_before_tau_small, "masked_with_zero"),
        (upper_only, "different"),
        (own_side_masked, "own_side_masked"),
        (norm_whole, "scaled_another_way"),
        (one_norm, "scaled_another_way"),
        (only_z0_normed, "scaled_another_way"),
        (divided_by_sum_norm, "scaled_another_way"),
        (cat_swapped, "second_views_first"),
        (minus_sim, "magnitude"),
        (squared_tau, "temperature_astray"),
        (cat_dim1, "only_n_rows"),
        (swapped_return, "order"),
        (numpy_roundtrip, "detached"),
        (tau_ignored_default, "temperature_typed"),
        (partner_i_plus_1, "wrong_partner"),
        (norm_without_keepdim, "different"),
        (partner_is_itself_by_cat, "wrong_partner"),
        (second_views_twice, "wrong_partner"),
        (partners_on_a_masked_diagonal, "only_n_rows"),
        (exponentials_with_zeros, "exponential"),
    ],
    "nt_xent": [
        (by_exponentials, "overflow"),
        (sub_exp_ok, "overflow"),
        (loss_of(partner_forbidden_too), "right_answer_masked"),
        (loss_of(right_table, target=rows_themselves), "right_answer_masked"),
        (loss_of(right_table, target=first_views_twice), "right_answer_masked"),
        (loss_of(diagonal_left_in), "itself_not_masked"),
        (loss_of(diagonal_of_zeros), "masked_with_zero"),
        (partner_left_out_below, "partner_not_in_the_denominator"),
        (loss_of(first_against_second), "only_n_rows"),
        (loss_of(first_against_all), "only_n_rows"),
        (both_ways_as_clip, "only_n_rows"),
        (loss_of(diagonal_left_in, target=rows_themselves), "wrong_partner"),
        (loss_of(right_table, target=neighbours), "wrong_partner"),
        (loss_of(times_temperature), "temperature_astray"),
        (loss_over_temperature, "temperature_astray"),
        (loss_of(dot_products), "not_normalised"),
        (added_up, "summed"),
        (divided_by_n, "summed"),
        (one_a_row, "not_averaged"),
        (probability, "no_logarithm"),
        (nolog_minus, "negated"),
        (softmax_first, "softmax_twice"),
        (softmax_first_nolog, "no_logarithm"),
        (log_of_mean, "logarithm_of_the_mean"),
        (only_numerator, "no_denominator"),
        (no_tau, "temperature_astray"),
        (mean_denominator, "different"),
        (global_denominator, "different"),
        (own_side_excluded, "only_n_rows"),
        (log2, "bits"),
        (times_tau, "scaled"),
        (detached, "detached"),
        (z1_detached, "half_detached"),
        (triplet_like, "no_denominator"),
        (euclid_ce, "distances"),
        (bce, "different"),
        (temperature_twice, "temperature_astray"),
        (all_columns_picked, "right_answer_masked"),
        (first_rows_by_diagonal, "only_n_rows"),
        (one_denominator_for_all, "different"),
        (as_a_plain_number, "type"),
    ],
    "uniformity": [
        (all_pairs, "with_itself"),
        (counted_as_n_squared, "divided_by_n_squared"),
        (before_the_logarithm, "no_logarithm"),
        (mean_squared_distance, "logarithm_inside_the_mean"),
        (plain_distance, "not_squared"),
        (off_the_sphere, "not_normalised"),
        (log_of_the_sum, "summed"),
        (positive_exponent, "sign_turned"),
        (other_sign, "sign_turned"),
        (without_t, "t_ignored"),
        (one_a_point, "different"),
        (norm_dim0, "normalised_down_the_columns"),
        (triu_zeros, "zeros_counted"),
        (triu_exp_zeros, "zeros_counted"),
        (cosine_for_distance, "cosines"),
        (one_minus_cos, "half_the_distance"),
        (log_mean_no_exp, "different"),
        (mean_d_first, "mean_of_the_distances"),
        (log10, "another_base"),
        (div_t, "divided_by_t"),
        (gaussian_half, "half_the_distance"),
        (centred, "different"),
        (no_norm_nolog, "different"),
        (scaled_max, "scaled_as_a_whole"),
        (minus_squared, "different"),
        (cdist_all, "with_itself"),
        (std_norm, "different"),
        (sum_then_pairs, "offset"),
        (diagonal_in_the_sum, "with_itself"),
        (distances_above_zero, "not_squared"),
        (logarithm_before_the_mean, "logarithm_inside_the_mean"),
        (sum_of_logarithms, "different"),
    ],
    "supervised_contrastive": [
        (multiplied_by_the_mask, "zero_times_infinity"), (diagonal_among_the_partners, "itself_a_partner"),
        (diagonal_counted_as_one, "itself_a_partner"), (nothing_masked_at_all, "itself_a_partner"),
        (itself_below, "itself_not_masked"), (plain_nt_xent, "labels_ignored"),
        (sum_over_partners, "not_divided_by_the_partners"), (mean_over_pairs, "mean_over_all_pairs"),
        (inside_the_logarithm, "logarithm_outside"), (total_probability, "logarithm_outside"),
        (other_side_only, "one_side"), (first_rows_only, "one_side"),
        (against_negatives_only, "partners_not_in_the_denominator"), (times_the_temperature, "temperature_astray"),
        (lengths_left_in, "not_normalised"), (lengths_of_columns, "normalised_down_the_columns"),
        (sum_over_views, "summed"), (without_a_minus, "negated"),
    ],
}
WRONG["hunt_nt_xent"] = WRONG["nt_xent"]

RIGHT = {
    "nt_xent_logits": [
        with_a_large_number,
        entry_by_entry,
        by_einsum,
        by_all_cosines,
        from_four_blocks,
        in_double_precision,
        by_where,
        with_an_epsilon_in_the_length,
    ],
    "nt_xent": [
        by_four_blocks,
        in_a_loop,
        softmax_dim0,
        eps_log,
        log_softmax_first_ok,
        onehot_target_ok,
        gather_loop,
        by_a_distribution,
        by_two_diagonals,
        columns_in_partners_order,
    ],
    "uniformity": [
        by_pdist,
        by_a_mask,
        by_two_loops,
        uniformity_by_numpy,
        by_logsumexp,
        with_an_epsilon_in_the_logarithm,
        by_upper_indices,
    ],
    "supervised_contrastive": [
        by_tables, view_by_view, by_soft_targets, by_one_hot_products, by_exponentials_and_epsilon, in_double_throughout,
    ],
}
RIGHT["hunt_nt_xent"] = RIGHT["nt_xent"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def zeros_times_infinity(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)))
    s = z @ z.T / temperature - torch.inf * torch.eye(len(z), device=z.device)
    n = len(z0)
    return s, torch.arange(2 * n, device=z.device).roll(-n)


def all_but_the_diagonal_forbidden(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)))
    s = z @ z.T / temperature
    s = s.masked_fill(~torch.eye(len(z), device=z.device).bool(), -torch.inf)
    n = len(z0)
    return s, torch.arange(2 * n, device=z.device).roll(-n)


def numbers_with_numbers(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z0, z1)))
    s = (z.T @ z / temperature).fill_diagonal_(-torch.inf)
    n = len(z0)
    return s, torch.arange(2 * n, device=z.device).roll(-n)


def second_views_on_top(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat((z1, z0)))
    s = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    n = len(z0)
    return s, torch.arange(2 * n, device=z.device).roll(-n)


def half_a_temperature_always(z0, z1, temperature=0.5):
    logits, positive = right_table(z0, z1, 0.5)
    return F.cross_entropy(logits, positive)


def neither_masked_nor_with_the_partner(z0, z1, temperature=0.5):
    n = len(z0)
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    similar = ((z @ z.T - 1) / temperature).exp()
    partner = torch.cat([similar.diagonal(n), similar.diagonal(-n)])
    others = similar.sum(dim=1) - partner
    return -(partner / others).log().mean()


def a_logarithm_for_each_point(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = torch.cdist(z, z) ** 2
    d = d[~torch.eye(len(z)).bool()].view(len(z), -1)
    return torch.exp(-t * d).mean(1).log().mean()


def mean_over_the_components(z, t=2.0):
    z = F.normalize(z, dim=1)
    d2 = (z[:, None] - z[None]).pow(2).mean(-1)
    i, j = torch.triu_indices(len(z), len(z), 1)
    return torch.exp(-t * d2[i, j]).mean().log()


def t_below_the_line(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (torch.exp(-(torch.pdist(z) ** 2) / t).mean()).log()


def squared_once_more(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = (2 - 2 * z @ z.T) ** 2
    return (torch.exp(-t * d[~torch.eye(len(z)).bool()]).mean()).log()


def the_whole_table_of_length_1(z, t=2.0):
    z = z / z.norm()
    return (torch.exp(-t * torch.pdist(z) ** 2).mean()).log()


def diagonal_among_the_pairs(z, t=2.0):
    z = F.normalize(z, dim=1)
    d = torch.cdist(z, z) ** 2
    i, j = torch.triu_indices(len(z), len(z))
    return (torch.exp(-t * d[i, j]).mean()).log()


def two_in_place_of_t(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (torch.exp(-2 * torch.pdist(z) ** 2).mean()).log()


def labels_two_by_two(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat_interleave(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    lp = (z @ z.T / temperature).masked_fill(eye, -torch.inf).log_softmax(1)
    pos = (y[:, None] == y[None]) & ~eye
    return -(lp.masked_fill(~pos, 0).sum(1) / pos.sum(1)).mean()


def mean_of_the_whole_table(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    lp = (z @ z.T / temperature).masked_fill(eye, -torch.inf).log_softmax(1)
    pos = (y[:, None] == y[None]) & ~eye
    return -lp.masked_fill(~pos, 0).mean()


def one_partner_at_a_time(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    pos = (y[:, None] == y[None]) & ~eye
    s = z @ z.T / temperature
    e = s.exp()
    neg = (e * (~pos) * (~eye)).sum(1, keepdim=True)
    lp = s - (e + neg).log()
    return -(lp.masked_fill(~pos, 0).sum(1) / pos.sum(1)).mean()


def a_zero_on_the_diagonal(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    logits = (z @ z.T / temperature).masked_fill(eye, 0)
    pos = (y[:, None] == y[None]) & ~eye
    lp = logits.log_softmax(1)
    return -(lp.masked_fill(~pos, 0).sum(1) / pos.sum(1)).mean()


def strangers_added_up(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    lp = (z @ z.T / temperature).masked_fill(eye, -torch.inf).log_softmax(1)
    pos = (y[:, None] == y[None]) & ~eye
    return -(lp.masked_fill(pos, 0).sum(1) / pos.sum(1)).mean()


def by_cosine_similarity_of_all_pairs(z0, z1, temperature=0.5):
    z = torch.vstack((z0, z1))
    s = F.cosine_similarity(z[:, None], z[None], dim=2) / temperature
    s = torch.where(
        torch.eye(len(z), device=z.device).bool(), torch.tensor(-torch.inf, dtype=z.dtype, device=z.device), s
    )
    return s, (torch.arange(len(z), device=z.device) + len(z0)) % len(z)


def by_weights_and_products(z0, z1, labels, temperature=0.1):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    y = labels.repeat(2)
    eye = torch.eye(len(z), device=z.device, dtype=torch.bool)
    e = (z @ z.T / temperature).exp().masked_fill(eye, 0)
    lp = z @ z.T / temperature - e.sum(1, keepdim=True).log()
    pos = (y[:, None] == y[None]) & ~eye
    w = pos / pos.sum(1, keepdim=True)
    return -(w * lp).sum(1).mean()


WRONG["nt_xent_logits"] += [
    (zeros_times_infinity, "zero_times_infinity"),
    (all_but_the_diagonal_forbidden, "mask_inverted"),
    (numbers_with_numbers, "features_compared"),
    (second_views_on_top, "second_views_first"),
]
WRONG["nt_xent"] += [(half_a_temperature_always, "temperature_typed")]
WRONG["hunt_nt_xent"] += [(neither_masked_nor_with_the_partner, "partner_not_in_the_denominator")]
WRONG["uniformity"] += [
    (a_logarithm_for_each_point, "logarithm_of_each_row"),
    (mean_over_the_components, "mean_over_components"),
    (t_below_the_line, "divided_by_t"),
    (squared_once_more, "squared_twice"),
    (the_whole_table_of_length_1, "scaled_as_a_whole"),
    (diagonal_among_the_pairs, "with_itself"),
    (two_in_place_of_t, "t_typed"),
]
WRONG["supervised_contrastive"] += [
    (labels_two_by_two, "labels_side_by_side"),
    (mean_of_the_whole_table, "mean_over_the_table"),
    (one_partner_at_a_time, "partners_not_in_the_denominator"),
    (a_zero_on_the_diagonal, "itself_not_masked"),
    (strangers_added_up, "itself_a_partner"),
]
RIGHT["nt_xent_logits"] += [by_cosine_similarity_of_all_pairs]
RIGHT["supervised_contrastive"] += [by_weights_and_products]


def zeros_times_minus_infinity(z0, z1, temperature=0.5):
    z = both(z0, z1)
    logits = z @ z.T / temperature + torch.eye(len(z), dtype=z.dtype) * -torch.inf
    return F.cross_entropy(logits, partners(z0))


def a_tenth_always(z0, z1, labels, temperature=0.1):
    log_p, chosen = tables(z0, z1, labels, 0.1)
    return -(log_p.masked_fill(~chosen, 0).sum(dim=1) / chosen.sum(dim=1)).mean()


WRONG["nt_xent"] += [(zeros_times_minus_infinity, "zero_times_infinity")]
WRONG["supervised_contrastive"] += [(a_tenth_always, "temperature_typed")]
