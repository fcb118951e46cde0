"""Lab 06: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from sslcourse import methods


def squared(ab, bins):
    return (ab[:, None] - bins).square().sum(2)


def shared(D, k, weights):
    """The weights (N, Q) of the k nearest bins, brought to sum 1; 0 elsewhere."""
    index = D.topk(k, dim=1, largest=False).indices
    near = weights.gather(1, index)
    return torch.zeros_like(D).scatter(1, index, near / near.sum(1, keepdim=True))


def softmax_over_all_bins(ab, bins, k=5, sigma=5.0):
    return torch.softmax(-squared(ab, bins) / (2 * sigma**2), dim=1)


def weights_of_all_bins(ab, bins, k=5, sigma=5.0):
    return torch.exp(-squared(ab, bins) / (2 * sigma**2))


def k_largest(ab, bins, k=5, sigma=5.0):
    D = squared(ab, bins)
    far, index = D.topk(k, dim=1)
    return torch.zeros_like(D).scatter(1, index, torch.softmax(-far / (2 * sigma**2), dim=1))


def one_hot(ab, bins, k=5, sigma=5.0):
    return F.one_hot(squared(ab, bins).argmin(1), len(bins)).to(ab.dtype)


def a_kth_each(ab, bins, k=5, sigma=5.0):
    D = squared(ab, bins)
    return shared(D, k, torch.ones_like(D))


def weights_not_divided(ab, bins, k=5, sigma=5.0):
    D = squared(ab, bins)
    near, index = D.topk(k, dim=1, largest=False)
    return torch.zeros_like(D).scatter(1, index, torch.exp(-near / (2 * sigma**2)))


def divided_by_the_sum_over_all(ab, bins, k=5, sigma=5.0):
    D = squared(ab, bins)
    index = D.topk(k, dim=1, largest=False).indices
    p = torch.exp(-D / (2 * sigma**2))
    p = p / p.sum(1, keepdim=True)
    return torch.zeros_like(D).scatter(1, index, p.gather(1, index))


def by_logits(ab, bins, k, logits):
    D = squared(ab, bins)
    near, index = D.topk(k, dim=1, largest=False)
    return torch.zeros_like(D).scatter(1, index, torch.softmax(logits(near), dim=1))


def no_two_in_the_exponent(ab, bins, k=5, sigma=5.0):
    return by_logits(ab, bins, k, lambda near: -near / sigma**2)


def distance_not_squared(ab, bins, k=5, sigma=5.0):
    return by_logits(ab, bins, k, lambda near: -near.sqrt() / (2 * sigma**2))


def sigma_not_squared(ab, bins, k=5, sigma=5.0):
    return by_logits(ab, bins, k, lambda near: -near / (2 * sigma))


def no_minus(ab, bins, k=5, sigma=5.0):
    return by_logits(ab, bins, k, lambda near: near / (2 * sigma**2))


def columns_sum_to_one(ab, bins, k=5, sigma=5.0):
    w = weights_not_divided(ab, bins, k, sigma)
    return w / w.sum(0, keepdim=True)


def all_of_it_sums_to_one(ab, bins, k=5, sigma=5.0):
    w = weights_not_divided(ab, bins, k, sigma)
    return w / w.sum()


def shares_only(ab, bins, k=5, sigma=5.0):
    near = squared(ab, bins).topk(k, dim=1, largest=False).values
    return torch.softmax(-near / (2 * sigma**2), dim=1)


def zero_over_zero(ab, bins, k=5, sigma=5.0):
    w = weights_not_divided(ab, bins, k, sigma)
    return w / w.sum(1, keepdim=True)


def index_of_the_nearest(ab, bins, k=5, sigma=5.0):
    return squared(ab, bins).argmin(1)


def encoded_in_place(ab, bins, k=5, sigma=5.0):
    ab /= sigma
    return shares_only(ab, bins / sigma, k, 1.0)


def encode_row_by_row(ab, bins, k=5, sigma=5.0):
    out = torch.zeros(len(ab), len(bins), dtype=ab.dtype)
    for i, colour in enumerate(ab):
        d2 = ((bins - colour) ** 2).sum(1)
        nearest = torch.argsort(d2)[:k]
        w = torch.exp(-(d2[nearest] - d2[nearest].min()) / (2 * sigma**2))
        out[i, nearest] = w / w.sum()
    return out


def encode_by_a_mask(ab, bins, k=5, sigma=5.0):
    D = ((ab[:, None] - bins) ** 2).sum(-1)
    order = D.argsort(1).argsort(1)
    return torch.softmax((-D / (2 * sigma**2)).masked_fill(order >= k, -torch.inf), dim=1)


def logits_times_temperature(logits, bins, temperature=0.38):
    return torch.softmax(logits * temperature, dim=1) @ bins


def plain_mean(logits, bins, temperature=0.38):
    return torch.softmax(logits, dim=1) @ bins


def probabilities_divided_and_normalized(logits, bins, temperature=0.38):
    p = torch.softmax(logits, dim=1) / temperature
    return p / p.sum(1, keepdim=True) @ bins


def likeliest_bin(logits, bins, temperature=0.38):
    return bins[logits.argmax(1)]


def power_without_a_sum(logits, bins, temperature=0.38):
    return torch.softmax(logits, dim=1) ** (1 / temperature) @ bins


def probabilities_divided(logits, bins, temperature=0.38):
    return torch.softmax(logits, dim=1) / temperature @ bins


def logits_as_weights(logits, bins, temperature=0.38):
    return logits / temperature @ bins


def logits_normalized(logits, bins, temperature=0.38):
    scaled = logits / temperature
    return scaled / scaled.sum(1, keepdim=True) @ bins


def softmax_twice(logits, bins, temperature=0.38):
    return torch.softmax(torch.softmax(logits, dim=1) / temperature, dim=1) @ bins


def softmax_down_the_columns(logits, bins, temperature=0.38):
    return torch.softmax(logits / temperature, dim=0) @ bins


def naive_exponential(logits, bins, temperature=0.38):
    w = torch.exp(logits / temperature)
    return w / w.sum(1, keepdim=True) @ bins


def sharpened_only(logits, bins, temperature=0.38):
    return torch.softmax(logits / temperature, dim=1)


def divided_in_place(logits, bins, temperature=0.38):
    logits /= temperature
    return torch.softmax(logits, dim=1) @ bins


def annealed_by_powers(logits, bins, temperature=0.38):
    log_p = torch.log_softmax(logits, dim=1) / temperature
    w = torch.exp(log_p - log_p.amax(1, keepdim=True))
    return (w[:, :, None] * bins).sum(1) / w.sum(1, keepdim=True)


def annealed_by_einsum(logits, bins, temperature=0.38):
    return torch.einsum("nq,qc->nc", F.softmax(logits / temperature, -1), bins)


def mix(p, lam=0.5):
    return (1 - lam) * p + lam / len(p)


def mixed_shares(p, lam=0.5):
    return mix(p, lam)


def frequent_colours_count_more(p, lam=0.5):
    return mix(p, lam) / (p * mix(p, lam)).sum()


def weights_sum_to_one(p, lam=0.5):
    w = 1 / mix(p, lam)
    return w / w.sum()


def mean_over_bins_is_one(p, lam=0.5):
    w = 1 / mix(p, lam)
    return w / w.mean()


def inverse_only(p, lam=0.5):
    return 1 / mix(p, lam)


def mean_over_the_mixture_is_one(p, lam=0.5):
    w = 1 / mix(p, lam)
    return w / (mix(p, lam) * w).sum()


def lambda_at_the_other_end(p, lam=0.5):
    w = 1 / (lam * p + (1 - lam) / len(p))
    return w / (p * w).sum()


def lambda_for_uniform(p, lam=0.5):
    w = 1 / ((1 - lam) * p + lam)
    return w / (p * w).sum()


def one_over_p(p, lam=0.5):
    w = 1 / p
    return w / (p * w).sum()


def weights_of_the_first_only(p, lam=0.5):
    return (p * 0 + 1).sum()


def weights_in_numpy(p, lam=0.5):
    w = 1 / mix(p.numpy(), lam)
    return w / np.sum(p.numpy() * w)


def nothing_like_it(p, lam=0.5):
    return p.cumsum(0)


def rebalanced_with_a_loop(p, lam=0.5):
    Q = p.numel()
    w = torch.stack([1 / ((1 - lam) * share + lam / Q) for share in p])
    return w / sum(share * weight for share, weight in zip(p, w))


def rebalanced_with_lerp(p, lam=0.5):
    w = torch.lerp(p, torch.full_like(p, 1 / len(p)), lam).reciprocal()
    return w / torch.dot(p, w)


def encoded_with(ab, bins, k, logits=None, D=None):
    D = (ab[:, None] - bins).square().sum(2) if D is None else D
    near, index = D.topk(k, dim=1, largest=False)
    return torch.zeros_like(D).scatter(1, index, torch.softmax(logits(near), dim=1))


def manhattan(ab, bins, k=5, sigma=5.0):
    return encoded_with(ab, bins, k, lambda n: -n / (2 * sigma**2), (ab[:, None] - bins).abs().sum(2))


def distance_summed_then_squared(ab, bins, k=5, sigma=5.0):
    return encoded_with(ab, bins, k, lambda n: -n / (2 * sigma**2), (ab[:, None] - bins).sum(2).square())


def one_over_distance(ab, bins, k=5, sigma=5.0):
    D = torch.cdist(ab, bins)
    near, idx = D.topk(k, dim=1, largest=False)
    s = 1 / (near + 1e-8)
    return torch.zeros_like(D).scatter(1, idx, s / s.sum(1, keepdim=True))


def default_sigma(ab, bins, k=5, sigma=5.0):
    return encoded_with(ab, bins, k, lambda n: -n / (2 * 5.0**2))


def always_five(ab, bins, k=5, sigma=5.0):
    return (
        encoded_with(ab, bins, 5, lambda n: -n / (2 * sigma**2))
        if len(bins) >= 5
        else encoded_with(ab, bins, k, lambda n: -n / (2 * sigma**2))
    )


def written_to_the_first(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(2)
    near, idx = D.topk(k, dim=1, largest=False)
    out = torch.zeros_like(D)
    out[:, :k] = torch.softmax(-near / (2 * sigma**2), 1)
    return out


def mask_of_zeros_then_softmax(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(2)
    near, idx = D.topk(k, dim=1, largest=False)
    out = torch.zeros_like(D).scatter(1, idx, -near / (2 * sigma**2))
    return torch.softmax(out, 1)


def softmax_dim0(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(2)
    near, idx = D.topk(k, dim=1, largest=False)
    return torch.zeros_like(D).scatter(1, idx, torch.softmax(-near / (2 * sigma**2), dim=0))


def gaussian_prefactor(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(2)
    near, idx = D.topk(k, dim=1, largest=False)
    return torch.zeros_like(D).scatter(1, idx, torch.exp(-near / (2 * sigma**2)) / (2 * math.pi * sigma**2))


def no_exp(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(2)
    near, idx = D.topk(k, dim=1, largest=False)
    s = 1 - near / near.sum(1, keepdim=True)
    return torch.zeros_like(D).scatter(1, idx, s / s.sum(1, keepdim=True))


def p_over_T(logits, bins, temperature=0.38):
    return (torch.softmax(logits, 1) / temperature) @ bins


def softmax_before_mean_of_colours(logits, bins, temperature=0.38):
    return torch.softmax(logits, 1) @ bins / temperature


def power_T(logits, bins, temperature=0.38):
    p = torch.softmax(logits, 1) ** temperature
    return p / p.sum(1, keepdim=True) @ bins


def mean_of_weighted(logits, bins, temperature=0.38):
    return (torch.softmax(logits / temperature, 1)[:, :, None] * bins).mean(1)


def default_T(logits, bins, temperature=0.38):
    return torch.softmax(logits / 0.38, 1) @ bins


def sigmoid(logits, bins, temperature=0.38):
    return torch.sigmoid(logits / temperature) @ bins


def log_softmax(logits, bins, temperature=0.38):
    return torch.log_softmax(logits / temperature, 1) @ bins


def exp_unnormalised(logits, bins, temperature=0.38):
    return torch.exp(logits / temperature) @ bins


def exp_over_total(logits, bins, temperature=0.38):
    e = torch.exp(logits / temperature - (logits / temperature).max())
    return e / e.sum() @ bins


def exp_first_then_T(logits, bins, temperature=0.38):
    e = torch.exp(logits - logits.amax(1, keepdim=True)) / temperature
    return e / e.sum(1, keepdim=True) @ bins


def median(logits, bins, temperature=0.38):
    p = torch.softmax(logits / temperature, 1)
    c = p.cumsum(1)
    return bins[(c >= 0.5).float().argmax(1)]


def not_divided_by_Q(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam * p.mean() * 0 + lam / len(p))
    return w_ / w_.sum() * len(p) * len(p)


def minus_log(p, lam=0.5):
    w_ = -torch.log((1 - lam) * p + lam / len(p))
    return w_ / (p * w_).sum()


def weights_mixed_after(p, lam=0.5):
    w_ = (1 - lam) / p.clamp(min=1e-12) + lam * len(p)
    return w_ / (p * w_).sum()


def one_minus(p, lam=0.5):
    w_ = 1 - ((1 - lam) * p + lam / len(p))
    return w_ / (p * w_).sum()


def times_mean(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam / len(p))
    return w_ * (p * w_).sum()


def max_one(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam / len(p))
    return w_ / w_.max()


def square_root(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam / len(p)).sqrt()
    return w_ / (p * w_).sum()


def precedence(p, lam=0.5):
    w_ = 1 / (1 - lam) * p + lam / len(p)
    return w_ / (p * w_).sum()


def precedence2(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam) / len(p)
    return w_ / (p * w_).sum()


def lam_not_mixed_p(p, lam=0.5):
    w_ = 1 / (p + lam / len(p))
    return w_ / (p * w_).sum()


def lam_over_all(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam / p.sum())
    return w_ / (p * w_).sum()


def softmax(p, lam=0.5):
    w_ = torch.softmax(-p, 0)
    return w_ / (p * w_).sum()


def mean_of_pw(p, lam=0.5):
    w_ = 1 / ((1 - lam) * p + lam / len(p))
    return w_ / (p * w_).mean()


def encode_by_numpy(ab, bins, k=5, sigma=5.0):
    a, b = ab.double().numpy(), bins.double().numpy()
    d2 = ((a[:, None] - b[None]) ** 2).sum(-1)
    out = np.zeros_like(d2)
    for i, row in enumerate(d2):
        nearest = np.argsort(row)[:k]
        e = np.exp(-(row[nearest] - row[nearest].min()) / (2 * sigma**2))
        out[i, nearest] = e / e.sum()
    return torch.from_numpy(out).to(ab.dtype)


def encode_by_cdist(ab, bins, k=5, sigma=5.0):
    d = torch.cdist(ab, bins, compute_mode="donot_use_mm_for_euclid_dist")
    near, index = torch.sort(d, dim=1)
    out = torch.zeros_like(d)
    out[torch.arange(len(ab))[:, None], index[:, :k]] = F.softmax(-0.5 * (near[:, :k] / sigma) ** 2, dim=-1)
    return out


def encode_by_log_sums(ab, bins, k=5, sigma=5.0):
    d2 = torch.stack([(ab - one).pow(2).sum(1) for one in bins], dim=1)
    e = -d2 / (2 * sigma**2)
    top, index = e.topk(k)
    return torch.zeros_like(e).scatter_add(1, index, (top - top.logsumexp(1, keepdim=True)).exp())


def annealed_by_loops(logits, bins, temperature=0.38):
    rows = []
    for z in logits / temperature:
        e = torch.exp(z - z.max())
        rows.append(sum(w * c for w, c in zip(e / e.sum(), bins)))
    return torch.stack(rows)


def annealed_by_numpy(logits, bins, temperature=0.38):
    z = logits.double().numpy() / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=1, keepdims=True) @ bins.double().numpy()).to(logits.dtype)


def annealed_by_categorical(logits, bins, temperature=0.38):
    return torch.distributions.Categorical(logits=logits / temperature).probs @ bins


def rebalanced_by_numpy(p, lam=0.5):
    q = p.double().numpy()
    w = 1.0 / ((1 - lam) * q + lam / q.size)
    return torch.from_numpy(w / (q * w).sum()).to(p.dtype)


def rebalanced_by_average(p, lam=0.5):
    uniform = torch.ones_like(p) / p.shape[0]
    mixed = (1 - lam) * p + lam * uniform
    return mixed.pow(-1) / torch.sum(p / mixed)


def rebalanced_in_double(p, lam=0.5):
    q = p.double()
    w = ((1 - lam) * q + lam / len(q)) ** -1
    return (w / torch.einsum("q,q->", q, w)).to(p.dtype)


def table(out, ab):
    """Logits and colors, one pixel a row."""
    return out.transpose(1, 2).flatten(0, 1), ab.transpose(1, 2).flatten(0, 1)


def per_pixel(target, z):
    return -(target * z.log_softmax(1)).sum(1)


def weigh(target, weights):
    return 1.0 if weights is None else weights[target.argmax(1)]


def loss_of_reshaped(out, ab, bins, weights=None):
    target = methods.encode_ab(ab.reshape(-1, 2), bins)
    return (weigh(target, weights) * per_pixel(target, out.reshape(-1, len(bins)))).mean()


def loss_of_reshaped_logits(out, ab, bins, weights=None):
    target = methods.encode_ab(table(out, ab)[1], bins)
    return (weigh(target, weights) * per_pixel(target, out.reshape(-1, len(bins)))).mean()


def loss_without_weights(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    return per_pixel(methods.encode_ab(colors, bins), z).mean()


def loss_by_the_sum_of_weights(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    w = torch.ones_like(target[:, 0]) if weights is None else weights[target.argmax(1)]
    return (w * per_pixel(target, z)).sum() / w.sum()


def loss_by_torch_s_weights(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    return F.cross_entropy(z, methods.encode_ab(colors, bins), weight=weights)


def loss_weighed_by_the_answer(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    w = 1.0 if weights is None else weights[z.argmax(1)]
    return (w * per_pixel(methods.encode_ab(colors, bins), z)).mean()


def loss_to_the_nearest(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    nearest = torch.cdist(colors, bins).argmin(1)
    return ((1.0 if weights is None else weights[nearest]) * F.cross_entropy(z, nearest, reduction="none")).mean()


def loss_without_a_logarithm(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return -(weigh(target, weights) * (target * z.softmax(1)).sum(1)).mean()


def loss_of_bare_logits(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return -(weigh(target, weights) * (target * z).sum(1)).mean()


def loss_summed(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return (weigh(target, weights) * per_pixel(target, z)).sum()


def loss_per_image(out, ab, bins, weights=None):
    return loss_summed(out, ab, bins, weights) / len(out)


def loss_also_over_bins(out, ab, bins, weights=None):
    return loss_summed(out, ab, bins, weights) / out.numel()


def loss_without_a_minus(out, ab, bins, weights=None):
    return -methods.colorization_loss(out, ab, bins, weights)


def loss_as_a_divergence(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return (weigh(target, weights) * F.kl_div(z.log_softmax(1), target, reduction="none").sum(1)).mean()


def loss_with_softmax_over_pixels(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return -(weigh(target, weights) * (target * z.log_softmax(0)).sum(1)).mean()


def loss_by_the_log_of_a_softmax(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return -(weigh(target, weights) * (target * z.softmax(1).log()).sum(1)).mean()


def loss_of_each_pixel(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    return weigh(target, weights) * per_pixel(target, z)


def loss_of_detached_logits(out, ab, bins, weights=None):
    return methods.colorization_loss(out.detach(), ab, bins, weights)


def loss_by_cross_entropy(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    each = F.cross_entropy(z, target, reduction="none")
    return each.mean() if weights is None else (each * weights[target.argmax(1)]).mean()


def loss_by_einsum(out, ab, bins, weights=None):
    N, Q, P = out.shape
    target = methods.encode_ab(ab.permute(0, 2, 1).reshape(N * P, 2), bins).reshape(N, P, Q)
    w = torch.ones(N, P, dtype=out.dtype) if weights is None else weights[target.argmax(-1)]
    return -torch.einsum("np,npq,nqp->", w, target, out.log_softmax(1)) / (N * P)


def loss_by_loops(out, ab, bins, weights=None):
    losses = []
    for z, colors in zip(out, ab):
        for j in range(out.shape[2]):
            target = methods.encode_ab(colors[:, j][None], bins)[0]
            w = 1.0 if weights is None else weights[(bins - colors[:, j]).square().sum(1).argmin()]
            losses.append(w * (torch.logsumexp(z[:, j], 0) - torch.dot(target, z[:, j])))
    return torch.stack(losses).mean()


def loss_by_cdist_for_the_weights(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    each = per_pixel(methods.encode_ab(colors, bins), z)
    weights = torch.ones(len(bins), dtype=out.dtype) if weights is None else weights
    return (each * weights[torch.cdist(colors, bins).argmin(1)]).sum() / len(each)


def loss_in_double(out, ab, bins, weights=None):
    z, colors = table(out.double(), ab.double())
    target = methods.encode_ab(colors, bins.double())
    w = 1.0 if weights is None else weights.double()[target.argmax(1)]
    return (w * (z.logsumexp(1) - (target * z).sum(1))).mean().to(out.dtype)


def loss_by_distributions(out, ab, bins, weights=None):
    z, colors = table(out, ab)
    target = methods.encode_ab(colors, bins)
    log_p = torch.distributions.Categorical(logits=z).logits
    return -(weigh(target, weights) * (target * log_p).sum(1)).mean()


def logarithm_of_logits(logits, bins, temperature=0.38):
    weights = torch.exp(torch.log(logits) / temperature)
    return weights / weights.sum(dim=1, keepdim=True) @ bins


WRONG = {
    "encode_ab": [
        (softmax_over_all_bins, "every_bin"), (weights_of_all_bins, "every_bin"), (k_largest, "farthest"),
        (one_hot, "only_the_nearest"), (a_kth_each, "equal_shares"), (weights_not_divided, "not_normalized"),
        (divided_by_the_sum_over_all, "not_normalized"), (no_two_in_the_exponent, "exponent"),
        (distance_not_squared, "exponent"), (sigma_not_squared, "exponent"), (no_minus, "exponent"),
        (columns_sum_to_one, "wrong_axis"), (all_of_it_sums_to_one, "wrong_axis"), (shares_only, "not_scattered"),
        (zero_over_zero, "underflow"), (index_of_the_nearest, "shape"), (encoded_in_place, "changes"),
        (manhattan, "another_distance"), (distance_summed_then_squared, "another_distance"),
        (one_over_distance, "not_exponential"), (default_sigma, "always_the_default_width"),
        (always_five, "always_five"), (written_to_the_first, "not_scattered"),
        (mask_of_zeros_then_softmax, "zeros_in_the_softmax"), (softmax_dim0, "wrong_axis"),
        (gaussian_prefactor, "not_normalized"), (no_exp, "not_exponential"),
    ],
    "annealed_mean": [
        (logits_times_temperature, "multiplied"), (plain_mean, "no_temperature"),
        (probabilities_divided_and_normalized, "no_temperature"), (likeliest_bin, "most_likely"),
        (power_without_a_sum, "not_normalized"), (probabilities_divided, "mean_divided"),
        (logits_as_weights, "no_softmax"), (logits_normalized, "no_softmax"), (softmax_twice, "twice"),
        (softmax_down_the_columns, "wrong_axis"), (naive_exponential, "overflow"), (sharpened_only, "shape"),
        (divided_in_place, "changes"),
        (p_over_T, "mean_divided"), (softmax_before_mean_of_colours, "mean_divided"), (power_T, "multiplied"),
        (mean_of_weighted, "scaled"), (default_T, "always_the_default"), (sigmoid, "not_normalized"),
        (log_softmax, "logarithms"), (exp_unnormalised, "not_normalized"), (exp_over_total, "not_normalized"),
        (exp_first_then_T, "no_temperature"), (median, "different"), (logarithm_of_logits, "logarithm_of_the_logits"),
    ],
    "rebalancing_weights": [
        (mixed_shares, "not_inverted"), (frequent_colours_count_more, "not_inverted"),
        (weights_sum_to_one, "sum_to_one"), (mean_over_bins_is_one, "average_over_bins"), (inverse_only, "not_scaled"),
        (mean_over_the_mixture_is_one, "scaled_by_the_mixture"), (lambda_at_the_other_end, "mixed_the_wrong_way"),
        (lambda_for_uniform, "uniform_is_not_one"), (one_over_p, "not_mixed"), (weights_of_the_first_only, "shape"),
        (weights_in_numpy, "type"), (nothing_like_it, "different"),
        (not_divided_by_Q, "scaled"), (minus_log, "not_one_over"), (weights_mixed_after, "weights_mixed"),
        (one_minus, "not_one_over"), (times_mean, "scaled"), (max_one, "scaled"), (square_root, "not_one_over"),
        (precedence, "brackets"), (precedence2, "uniform_is_not_one"), (lam_not_mixed_p, "factor_of_p_forgotten"),
        (lam_over_all, "uniform_is_not_one"), (softmax, "not_one_over"), (mean_of_pw, "scaled"),
    ],
    "colorization_loss": [
        (loss_of_reshaped, "reshaped_without_a_transpose"), (loss_of_reshaped_logits, "reshaped_without_a_transpose"),
        (loss_without_weights, "weights_ignored"), (loss_by_the_sum_of_weights, "divided_by_the_weights"),
        (loss_by_torch_s_weights, "bins_weighed_apart"), (loss_weighed_by_the_answer, "weight_of_the_answer"),
        (loss_to_the_nearest, "hard_target"), (loss_without_a_logarithm, "no_logarithm"),
        (loss_of_bare_logits, "no_logarithm"), (loss_summed, "summed"), (loss_per_image, "summed"),
        (loss_also_over_bins, "scaled"), (loss_without_a_minus, "negated"), (loss_as_a_divergence, "divergence"),
        (loss_with_softmax_over_pixels, "softmax_over_pixels"), (loss_by_the_log_of_a_softmax, "logarithm_of_zero"),
        (loss_of_each_pixel, "not_averaged"), (loss_of_detached_logits, "detached"),
    ],
}

RIGHT = {
    "encode_ab": [encode_row_by_row, encode_by_a_mask,
        encode_by_numpy, encode_by_cdist, encode_by_log_sums,
    ],
    "annealed_mean": [annealed_by_powers, annealed_by_einsum,
        annealed_by_loops, annealed_by_numpy, annealed_by_categorical,
    ],
    "rebalancing_weights": [rebalanced_with_a_loop, rebalanced_with_lerp,
        rebalanced_by_numpy, rebalanced_by_average, rebalanced_in_double,
    ],
    "colorization_loss": [
        loss_by_cross_entropy, loss_by_einsum, loss_by_loops, loss_by_cdist_for_the_weights, loss_in_double,
        loss_by_distributions,
    ],
}

def filled_with_minus_a_hundred(ab, bins, k=5, sigma=5.0):
    D = (ab[:, None] - bins).square().sum(dim=2)
    near, index = D.topk(k, dim=1, largest=False)
    return torch.softmax(torch.full_like(D, -100.0).scatter(1, index, -near / (2 * sigma**2)), dim=1)


def into_a_table_of_floats(ab, bins, k=5, sigma=5.0):
    near, index = torch.cdist(ab, bins).topk(k, dim=1, largest=False)
    shares = torch.softmax(-(near**2) / (2 * sigma**2), dim=1)
    return torch.zeros(len(ab), len(bins)).scatter_(1, index, shares)


def half_and_half(p, lam=0.5):
    w = 1 / (0.5 * p + 0.5 / len(p))
    return w / (p * w).sum()


def weighed_by_all_five(out, ab, bins, weights=None):
    colors, z = ab.transpose(1, 2).flatten(0, 1), out.transpose(1, 2).flatten(0, 1)
    target = methods.encode_ab(colors, bins)
    loss = -(target * z.log_softmax(dim=1)).sum(dim=1)
    return (loss if weights is None else loss * (target @ weights)).mean()


for name, rows in {
    "encode_ab": [(filled_with_minus_a_hundred, "filled_with_too_little"), (into_a_table_of_floats, "error")],
    "rebalancing_weights": [(half_and_half, "always_the_default")],
    "colorization_loss": [(weighed_by_all_five, "weight_of_five_bins")],
}.items():
    WRONG[name] = [*WRONG[name], *rows]
WRONG["hunt_encode_ab"], RIGHT["hunt_encode_ab"] = WRONG["encode_ab"], RIGHT["encode_ab"]
