"""Lab 12: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
import torch
from torch.nn import functional as F


def raw_rows(z):
    return z.std(dim=0, correction=0).mean() * z.shape[1] ** 0.5


def raw_rows_plain(z):
    return z.std(dim=0).mean()


def columns_to_length_one(z):
    return F.normalize(z, dim=0).std(dim=0, correction=0).mean() * z.shape[1] ** 0.5


def within_each_image(z):
    return F.normalize(z, dim=1).std(dim=1, correction=0).mean() * z.shape[1] ** 0.5


def all_together(z):
    return F.normalize(z, dim=1).std(correction=0) * z.shape[1] ** 0.5


def no_root(z):
    return F.normalize(z, dim=1).std(dim=0, correction=0).mean()


def over_the_root(z):
    return F.normalize(z, dim=1).std(dim=0, correction=0).mean() / z.shape[1] ** 0.5


def root_of_n(z):
    return F.normalize(z, dim=1).std(dim=0, correction=0).mean() * len(z) ** 0.5


def mean_of_variances(z):
    return F.normalize(z, dim=1).var(dim=0, correction=0).mean() * z.shape[1]


def default_std(z):
    return F.normalize(z, dim=1).std(dim=0).mean() * z.shape[1] ** 0.5


def per_component(z):
    return F.normalize(z, dim=1).std(dim=0, correction=0) * z.shape[1] ** 0.5


def by_moments(z):
    u = z / z.norm(dim=1, keepdim=True)
    variance = ((u - u.mean(dim=0)) ** 2).mean(dim=0)
    return (variance * z.shape[1]).sqrt().mean().item()


def by_numpy(z):
    rows = z.double().numpy()
    rows = rows / (rows**2).sum(axis=1, keepdims=True) ** 0.5
    return float(rows.std(axis=0).mean() * rows.shape[1] ** 0.5)


def D(p, z):
    return -F.cosine_similarity(p, z, dim=1).mean()


def no_stop(p0, p1, z0, z1):
    return (D(p0, z1) + D(p1, z0)) / 2


def p_detached(p0, p1, z0, z1):
    return (D(p0.detach(), z1) + D(p1.detach(), z0)) / 2


def everything_detached(p0, p1, z0, z1):
    return no_stop(p0, p1, z0, z1).detach()


def under_no_grad(p0, p1, z0, z1):
    with torch.no_grad():
        return no_stop(p0, p1, z0, z1)


def same_view(p0, p1, z0, z1):
    return (D(p0, z0.detach()) + D(p1, z1.detach())) / 2


def plus(p0, p1, z0, z1):
    return -no_stop(p0, p1, z0.detach(), z1.detach())


def dots(p0, p1, z0, z1):
    return -((p0 * z1.detach()).sum(dim=1).mean() + (p1 * z0.detach()).sum(dim=1).mean()) / 2


def first_order_only(p0, p1, z0, z1):
    return D(p0, z1.detach())


def half_of_one_order(p0, p1, z0, z1):
    return D(p1, z0.detach()) / 2


def twice(p0, p1, z0, z1):
    return D(p0, z1.detach()) + D(p1, z0.detach())


def each_image(p0, p1, z0, z1):
    return -(F.cosine_similarity(p0, z1.detach()) + F.cosine_similarity(p1, z0.detach())) / 2


def summed_over_images(p0, p1, z0, z1):
    return each_image(p0, p1, z0, z1).sum()


def as_a_number(p0, p1, z0, z1):
    return no_stop(p0, p1, z0, z1).item()


def by_unit_vectors(p0, p1, z0, z1):
    p0, p1, z0, z1 = (F.normalize(x, dim=1) for x in (p0, p1, z0.detach(), z1.detach()))
    return -(p0 * z1 + p1 * z0).sum(dim=1).mean() / 2


def by_squared_distances(p0, p1, z0, z1):
    with torch.no_grad():
        z0, z1 = F.normalize(z0), F.normalize(z1)
    gaps = [(F.normalize(p) - z).square().sum(dim=1).mean() for p, z in ((p0, z1), (p1, z0))]
    return sum(gap / 2 - 1 for gap in gaps) / 2


def standard(z, correction=0, eps=1e-5):
    return (z - z.mean(dim=0)) / (z.var(dim=0, correction=correction) + eps).sqrt()


def terms(c):
    on = (1 - c.diagonal()).square().sum()
    return on, c.square().sum() - c.diagonal().square().sum()


def correlation(z_a, z_b):
    return standard(z_a).T @ standard(z_b) / len(z_a)


def no_epsilon(z_a, z_b, lambda_param=5e-3):
    on, off = terms(standard(z_a, eps=0).T @ standard(z_b, eps=0) / len(z_a))
    return on + lambda_param * off


def images_by_images(z_a, z_b, lambda_param=5e-3):
    on, off = terms(standard(z_a) @ standard(z_b).T / z_a.shape[1])
    return on + lambda_param * off


def cosines_of_images(z_a, z_b, lambda_param=5e-3):
    on, off = terms(F.normalize(z_a) @ F.normalize(z_b).T)
    return on + lambda_param * off


def one_view(z_a, z_b, lambda_param=5e-3):
    on, off = terms(correlation(z_a, z_a))
    return on + lambda_param * off


def without_n(z_a, z_b, lambda_param=5e-3):
    on, off = terms(standard(z_a).T @ standard(z_b))
    return on + lambda_param * off


def default_deviation(z_a, z_b, lambda_param=5e-3):
    on, off = terms(standard(z_a, 1).T @ standard(z_b, 1) / len(z_a))
    return on + lambda_param * off


def means_left_in(z_a, z_b, lambda_param=5e-3):
    a, b = (z / (z.var(dim=0, correction=0) + 1e-5).sqrt() for z in (z_a, z_b))
    on, off = terms(a.T @ b / len(z_a))
    return on + lambda_param * off


def whole_matrix(z_a, z_b, lambda_param=5e-3):
    c = correlation(z_a, z_b)
    return terms(c)[0] + lambda_param * c.square().sum()


def to_zero(z_a, z_b, lambda_param=5e-3):
    c = correlation(z_a, z_b)
    return c.diagonal().square().sum() + lambda_param * terms(c)[1]


def without_lambda(z_a, z_b, lambda_param=5e-3):
    return sum(terms(correlation(z_a, z_b)))


def lambda_on_the_diagonal(z_a, z_b, lambda_param=5e-3):
    on, off = terms(correlation(z_a, z_b))
    return lambda_param * on + off


def mean_of_the_pairs(z_a, z_b, lambda_param=5e-3):
    on, off = terms(correlation(z_a, z_b))
    D = z_a.shape[1]
    return on + lambda_param * off / (D * (D - 1))


def distance_of_views(z_a, z_b, lambda_param=5e-3):
    return (z_a - z_b).square().sum()


def by_loops(z_a, z_b, lambda_param=5e-3):
    a, b, N, loss = standard(z_a), standard(z_b), len(z_a), z_a.new_zeros(())
    for i in range(z_a.shape[1]):
        for j in range(z_a.shape[1]):
            c = (a[:, i] * b[:, j]).sum() / N
            loss = loss + ((1 - c) ** 2 if i == j else lambda_param * c**2)
    return loss


def by_distance_to_the_identity(z_a, z_b, lambda_param=5e-3):
    eye = torch.eye(z_a.shape[1])
    squares = (correlation(z_a, z_b) - eye).square()
    return (squares * (eye + lambda_param * (1 - eye))).sum()


def copied(queue):
    return queue.clone()


def slice_assigned(queue, keys, pointer):
    queue = copied(queue)
    queue[pointer : pointer + len(keys)] = keys
    return queue, (pointer + len(keys)) % len(queue)


def cut_at_the_end(queue, keys, pointer):
    queue, room = copied(queue), len(queue) - pointer
    queue[pointer : pointer + len(keys)] = keys[:room]
    return queue, (pointer + len(keys)) % len(queue)


def appended(queue, keys, pointer):
    return torch.cat([queue, keys]), pointer + len(keys)


def moved_along(queue, keys, pointer):
    return torch.cat([queue[len(keys) :], keys]), (pointer + len(keys)) % len(queue)


def from_the_start(queue, keys, pointer):
    return torch.cat([keys, queue[len(keys) :]]), (pointer + len(keys)) % len(queue)


def over_the_newest(queue, keys, pointer):
    places = (pointer - len(keys) + torch.arange(len(keys))) % len(queue)
    return queue.index_copy(0, places, keys), (pointer + len(keys)) % len(queue)


def places_of(queue, keys, pointer):
    return (pointer + torch.arange(len(keys))) % len(queue)


def pointer_forgotten(queue, keys, pointer):
    return queue.index_copy(0, places_of(queue, keys, pointer), keys), pointer


def pointer_beyond(queue, keys, pointer):
    return queue.index_copy(0, places_of(queue, keys, pointer), keys), pointer + len(keys)


def pointer_back_to_zero(queue, keys, pointer):
    new = pointer + len(keys)
    return queue.index_copy(0, places_of(queue, keys, pointer), keys), new if new < len(queue) else 0


def in_place(queue, keys, pointer):
    queue[places_of(queue, keys, pointer)] = keys
    return queue, (pointer + len(keys)) % len(queue)


def queue_alone(queue, keys, pointer):
    return queue.index_copy(0, places_of(queue, keys, pointer), keys)


def one_by_one(queue, keys, pointer):
    queue = copied(queue)
    for key in keys:
        queue[pointer] = key
        pointer = 0 if pointer == len(queue) - 1 else pointer + 1
    return queue, pointer


def by_rolling(queue, keys, pointer):
    oldest_first = queue.roll(-pointer, dims=0)
    filled = torch.cat([keys, oldest_first[len(keys) :]])
    return filled.roll(pointer, dims=0), (pointer + len(keys)) % len(queue)


def unit(z):
    return F.normalize(z, dim=1)


def sum_for_mean(z):
    return unit(z).std(0, correction=0).sum() * z.shape[1] ** 0.5


def sum_plain(z):
    return unit(z).std(0, correction=0).sum()


def times_d(z):
    return unit(z).std(0, correction=0).mean() * z.shape[1]


def root_mean_var(z):
    return (unit(z).var(0, correction=0).mean() * z.shape[1]) ** 0.5


def root_mean_var_plain(z):
    return unit(z).var(0, correction=0).mean() ** 0.5


def not_centred(z):
    return unit(z).square().mean(0).sqrt().mean() * z.shape[1] ** 0.5


def normalise_after_centre(z):
    return unit(z - z.mean(0)).std(0, correction=0).mean() * z.shape[1] ** 0.5


def mean_abs(z):
    x = unit(z)
    return (x - x.mean(0)).abs().mean(0).mean() * z.shape[1] ** 0.5


def std_std(z):
    return unit(z).std(0, correction=0).std(correction=0) * z.shape[1] ** 0.5


def max_std(z):
    return unit(z).std(0, correction=0).max() * z.shape[1] ** 0.5


def l1(z):
    return F.normalize(z, p=1, dim=1).std(0, correction=0).mean() * z.shape[1] ** 0.5


def whole_norm(z):
    return (z / z.norm()).std(0, correction=0).mean() * z.shape[1] ** 0.5


def standardised(z):
    x = (z - z.mean(0)) / z.std(0, correction=0)
    return x.std(0, correction=0).mean()


def std_of_means(z):
    return unit(z).mean(0).std(correction=0) * z.shape[1] ** 0.5


def median(z):
    return unit(z).std(0, correction=0).median() * z.shape[1] ** 0.5


def mean_row(z):
    return unit(z).mean(0).norm()


def component_by_component(z):
    x = unit(z.double())
    return sum(math.sqrt(float(((c - c.mean()) ** 2).mean())) for c in x.T) / x.shape[1] * math.sqrt(x.shape[1])


def unbiased_false(z):
    return torch.std(unit(z), 0, unbiased=False).mean().mul(math.sqrt(z.size(1)))


def by_mean_of_squares(z):
    x = z / torch.sqrt(torch.einsum("nd,nd->n", z, z))[:, None]
    m = x.mean(0)
    return float(((x**2).mean(0) - m**2).clamp(min=0).sqrt().mean() * z.shape[1] ** 0.5)


def numpys_deviation(z):
    return unit(z).numpy().std(0).mean() * np.sqrt(z.shape[1])


def epsilon_in_the_length(z):
    x = z / (z.norm(dim=1, keepdim=True) + 1e-08)
    return (x.var(0, correction=0).sqrt() * z.shape[1] ** 0.5).mean()


def req_false(p0, p1, z0, z1):
    z0.requires_grad_(False)
    z1.requires_grad_(False)
    return (D(p0, z1) + D(p1, z0)) / 2


def half_stop(p0, p1, z0, z1):
    return (D(p0, z1.detach()) + D(p1, z0)) / 2


def both_views_cross(p0, p1, z0, z1):
    return (D(p0, p1) + D(z0.detach(), z1.detach())) / 2


def pp(p0, p1, z0, z1):
    return (D(p0, p1.detach()) + D(p1, p0.detach())) / 2


def zz(p0, p1, z0, z1):
    return D(z0.detach(), z1.detach())


def one_minus(p0, p1, z0, z1):
    return 1 + (D(p0, z1.detach()) + D(p1, z0.detach())) / 2


def byol(p0, p1, z0, z1):
    return 2 + (D(p0, z1.detach()) + D(p1, z0.detach()))


def mse(p0, p1, z0, z1):
    return (F.mse_loss(unit(p0), unit(z1.detach())) + F.mse_loss(unit(p1), unit(z0.detach()))) / 2


def dim0(p0, p1, z0, z1):
    return -(F.cosine_similarity(p0, z1.detach(), dim=0).mean() + F.cosine_similarity(p1, z0.detach(), dim=0).mean()) / 2


def norm_dim0(p0, p1, z0, z1):
    def n(x):
        return F.normalize(x, dim=0)
    return -((n(p0) * n(z1.detach())).sum(1).mean() + (n(p1) * n(z0.detach())).sum(1).mean()) / 2


def mean_all(p0, p1, z0, z1):
    return -((unit(p0) * unit(z1.detach())).mean() + (unit(p1) * unit(z0.detach())).mean()) / 2


def only_p_norm(p0, p1, z0, z1):
    return -((unit(p0) * z1.detach()).sum(1).mean() + (unit(p1) * z0.detach()).sum(1).mean()) / 2


def matrix(p0, p1, z0, z1):
    return -((unit(p0) @ unit(z1.detach()).T).mean() + (unit(p1) @ unit(z0.detach()).T).mean()) / 2


def plus_one_way(p0, p1, z0, z1):
    return -(F.cosine_similarity(p0, z1.detach()).mean() - F.cosine_similarity(p1, z0.detach()).mean()) / 2


def three_quarters(p0, p1, z0, z1):
    return D(torch.cat([p0, p1]), torch.cat([z0, z1]).detach())


def detach_loss_half(p0, p1, z0, z1):
    return (D(p0, z1.detach()) + D(p1, z0.detach()).detach()) / 2


def sum_both(p0, p1, z0, z1):
    return -(F.cosine_similarity(p0, z1.detach()).sum() + F.cosine_similarity(p1, z0.detach()).sum())


def both_at_once(p0, p1, z0, z1):
    return D(torch.cat([p0, p1]), torch.cat([z1, z0]).detach())


def cosines_by_einsum(p0, p1, z0, z1):
    def c(a, b):
        return torch.einsum("nd,nd->n", a, b) / (a.norm(dim=1) * b.norm(dim=1) + 1e-08)
    return -0.5 * (c(p0, z1.detach()) + c(p1, z0.detach())).mean()


def row_by_row(p0, p1, z0, z1):
    L = 0
    for a, b in ((p0, z1), (p1, z0)):
        for x, y in zip(a, b.data):
            L = L - x @ y / (x.norm() * y.norm()) / (2 * len(a))
    return L


def in_double_precision(p0, p1, z0, z1):
    return (
        -F.cosine_similarity(p0.double(), z1.detach().double()).mean() / 2
        - F.cosine_similarity(p1.double(), z0.detach().double()).mean() / 2
    ).to(p0.dtype)


def by_torchs_embedding_loss(p0, p1, z0, z1):
    return F.cosine_embedding_loss(torch.cat([p0, p1]), torch.cat([z1, z0]).detach(), torch.ones(2 * len(p0))) - 1


def loss_of_table(c, lam):
    on, off = terms(c)
    return on + lam * off


def covariance(z_a, z_b, lambda_param=0.005):
    a, b = (z_a - z_a.mean(0), z_b - z_b.mean(0))
    return loss_of_table(a.T @ b / len(a), lambda_param)


def covariance_n1(z_a, z_b, lambda_param=0.005):
    a, b = (z_a - z_a.mean(0), z_b - z_b.mean(0))
    return loss_of_table(a.T @ b / (len(a) - 1), lambda_param)


def dim1(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(1, keepdim=True)) / (z.var(1, correction=0, keepdim=True) + 1e-05).sqrt()
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def on_not_squared(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return (1 - c.diagonal()).sum() + lambda_param * terms(c)[1]


def off_not_squared(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return terms(c)[0] + lambda_param * (c.sum() - c.diagonal().sum())


def off_abs(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return terms(c)[0] + lambda_param * (c.abs().sum() - c.diagonal().abs().sum())


def raw_dot(z_a, z_b, lambda_param=0.005):
    return loss_of_table(z_a.T @ z_b / len(z_a), lambda_param)


def divided_var(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.var(0, correction=0) + 1e-05)
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def normalize_dim1(z_a, z_b, lambda_param=0.005):
    a, b = (F.normalize(z_a, dim=1), F.normalize(z_b, dim=1))
    return loss_of_table(a.T @ b / len(a), lambda_param)


def over_d(z_a, z_b, lambda_param=0.005):
    return loss_of_table(standard(z_a).T @ standard(z_b) / z_a.shape[1], lambda_param)


def upper(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return terms(c)[0] + lambda_param * c.triu(1).square().sum()


def lam_sq(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return terms(c)[0] + lambda_param**2 * terms(c)[1]


def off_to_one(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    off = (1 - c).square().sum() - (1 - c.diagonal()).square().sum()
    return terms(c)[0] + lambda_param * off


def scaled_whole(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean()) / (z.var(correction=0) + 1e-05).sqrt()
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def eps_large(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.std(0, correction=0) + 0.01)
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def root_of_squares(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    on, off = terms(c)
    return on.sqrt() + lambda_param * off.sqrt()


def one_minus_sum(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return (1 - c.diagonal().sum()) ** 2 + lambda_param * terms(c)[1]


def minus_off(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    return terms(c)[0] - lambda_param * terms(c)[1]


def by_batch_norm(z_a, z_b, lambda_param=0.005):
    def s(z):
        return F.batch_norm(z, None, None, training=True)
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def by_a_mask(z_a, z_b, lambda_param=0.005):
    c = torch.einsum("bi,bj->ij", standard(z_a), standard(z_b)) / len(z_a)
    m = ~torch.eye(len(c), dtype=torch.bool)
    return ((torch.diagonal(c) - 1) ** 2).sum() + lambda_param * (c[m] ** 2).sum()


def correlated_in_double(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a.double(), z_b.double())
    return loss_of_table(c, lambda_param).to(z_a.dtype)


def by_diag_embed(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    d = torch.diag(c)
    off = c - torch.diag_embed(d)
    return torch.sum((d - 1).pow(2)) + lambda_param * torch.sum(off.pow(2))


def deviation_not_below_a_floor(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.std(0, unbiased=False) + 1e-08).clamp(min=math.sqrt(1e-05))
    c = s(z_a).T @ s(z_b) / len(z_a)
    return loss_of_table(c, lambda_param)


def by_a_table_of_weights(z_a, z_b, lambda_param=0.005):
    c = correlation(z_a, z_b)
    w = torch.full_like(c, lambda_param).fill_diagonal_(1.0)
    return (w * (torch.eye(len(c)) - c) ** 2).sum()


def off_one(queue, keys, pointer):
    q = queue.clone()
    p = (pointer + 1 + torch.arange(len(keys))) % len(queue)
    q[p] = keys
    return (q, (pointer + len(keys)) % len(queue))


def min_end(queue, keys, pointer):
    q = queue.clone()
    end = min(pointer + len(keys), len(queue))
    q[pointer:end] = keys[: end - pointer]
    return (q, end % len(queue))


def reversed_(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys.flip(0)), (pointer + len(keys)) % len(queue))


def add_(queue, keys, pointer):
    return (queue.index_add(0, places_of(queue, keys, pointer), keys), (pointer + len(keys)) % len(queue))


def pointer_plus_one(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys), (pointer + 1) % len(queue))


def mod_plus1(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys), (pointer + len(keys)) % (len(queue) + 1))


def mod_minus1(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys), (pointer + len(keys)) % (len(queue) - 1))


def tensor_pointer(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys), torch.tensor((pointer + len(keys)) % len(queue)))


def only_first(queue, keys, pointer):
    q = queue.clone()
    q[pointer] = keys[0]
    return (q, (pointer + len(keys)) % len(queue))


def wrap_over(queue, keys, pointer):
    q = queue.clone()
    n = len(keys)
    room = len(q) - pointer
    q[pointer : pointer + n] = keys[:room]
    q[: max(n - room, 0)] = keys[: max(n - room, 0)]
    return (q, (pointer + n) % len(q))


def start_over(queue, keys, pointer):
    q = queue.clone()
    n = len(keys)
    if pointer + n > len(q):
        pointer = 0
    q[pointer : pointer + n] = keys
    return (q, (pointer + n) % len(q))


def tail(queue, keys, pointer):
    q = queue.clone()
    q[-len(keys) :] = keys
    return (q, (pointer + len(keys)) % len(q))


def keys_only(queue, keys, pointer):
    return (keys, (pointer + len(keys)) % len(queue))


def fifo(queue, keys, pointer):
    return (torch.cat([keys, queue])[: len(queue)], (pointer + len(keys)) % len(queue))


def back(queue, keys, pointer):
    return (queue.index_copy(0, places_of(queue, keys, pointer), keys), (pointer - len(keys)) % len(queue))


def norm_keys(queue, keys, pointer):
    return (
        queue.index_copy(0, places_of(queue, keys, pointer), F.normalize(keys, dim=1)),
        (pointer + len(keys)) % len(queue),
    )


def while_bug(queue, keys, pointer):
    q = queue.clone()
    for i in range(len(keys)):
        q[(pointer + i) % len(q)] = keys[i]
        pointer = (pointer + 1) % len(q)
    return (q, pointer)


def in_two_slices(queue, keys, pointer):
    q = queue.clone()
    n, K = (len(keys), len(queue))
    room = min(n, K - pointer)
    q[pointer : pointer + room] = keys[:room]
    q[: n - room] = keys[room:]
    return (q, (pointer + n) % K)


def queue_by_numpy(queue, keys, pointer):
    q = queue.numpy().copy()
    i = (np.arange(len(keys)) + pointer) % len(q)
    q[i] = keys.numpy()
    return (torch.from_numpy(q), int((pointer + len(keys)) % len(q)))


def in_a_list_of_rows(queue, keys, pointer):
    rows = list(queue)
    for i, k in enumerate(keys):
        rows[(pointer + i) % len(rows)] = k
    return (torch.stack(rows), (pointer + len(keys)) % len(rows))


def by_where(queue, keys, pointer):
    i = (torch.arange(len(queue)) - pointer) % len(queue)
    new = i < len(keys)
    return (torch.where(new[:, None], keys[i.clamp(max=len(keys) - 1)], queue), divmod(pointer + len(keys), len(queue))[1])


def by_scatter(queue, keys, pointer):
    q = queue.clone()
    idx = torch.tensor([(pointer + i) % len(q) for i in range(len(keys))])
    q.scatter_(0, idx[:, None].expand(-1, q.shape[1]), keys)
    return (q, (pointer + len(keys)) % len(q))


def one_deviation_of_all(z):
    return torch.std(F.normalize(z)).item() * math.sqrt(z.shape[1])


def torchs_default_without_root(z):
    return F.normalize(z, dim=1).std(dim=0).mean()


def root_of_n_by_math(z):
    return F.normalize(z, dim=1).std(dim=0, correction=0).mean() * math.sqrt(z.shape[0])


def mean_square_deviation(z):
    x = F.normalize(z, dim=1)
    return ((x - x.mean(0)) ** 2).mean()


def nothing_detached(p0, p1, z0, z1):
    return -0.5 * (F.cosine_similarity(p0, z1).mean() + F.cosine_similarity(p1, z0).mean())


def cosines_under_no_grad(p0, p1, z0, z1):
    with torch.no_grad():
        a = F.cosine_similarity(p0, z1).mean()
        b = F.cosine_similarity(p1, z0).mean()
    return -(a + b) / 2


def mean_over_entries(p0, p1, z0, z1):
    p0, p1, z0, z1 = [F.normalize(x, dim=1) for x in (p0, p1, z0.detach(), z1.detach())]
    return -0.5 * ((p0 * z1).mean() + (p1 * z0).mean())


def plain_dots_halved(p0, p1, z0, z1):
    return -0.5 * (p0 * z1.detach() + p1 * z0.detach()).sum(1).mean()


def weight_on_the_wrong_mask(z_a, z_b, lambda_param=0.005):
    a = (z_a - z_a.mean(0)) / z_a.std(0)
    b = (z_b - z_b.mean(0)) / z_b.std(0)
    c = a.T @ b / len(a)
    i = torch.eye(len(c))
    d = (c - i) ** 2
    d[i == 0] *= lambda_param
    return d.sum()


def no_weight_at_all(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.std(0, correction=0) + 1e-05)
    c = s(z_a).T @ s(z_b) / len(z_a)
    return ((c - torch.eye(len(c))) ** 2).sum()


def standardised_but_images_by_images(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.var(0, correction=0) + 1e-05).sqrt()
    c = s(z_a) @ s(z_b).T / len(z_a)
    o = (1 - c.diagonal()).square().sum()
    return o + lambda_param * (c.square().sum() - c.diagonal().square().sum())


def means_for_sums(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.var(0, correction=0) + 1e-05).sqrt()
    c = s(z_a).T @ s(z_b) / len(z_a)
    return (1 - c.diagonal()).square().mean() + lambda_param * c.fill_diagonal_(0).square().mean()


def rest_into_the_first_place(queue, keys, pointer):
    queue = queue.clone()
    for i, k in enumerate(keys):
        if pointer + i < len(queue):
            queue[pointer + i] = k
        else:
            queue[0] = k
    return (queue, (pointer + len(keys)) % len(queue))


def pointer_not_wrapped(queue, keys, pointer):
    queue = queue.clone()
    end = pointer + len(keys)
    if end <= len(queue):
        queue[pointer:end] = keys
    else:
        queue[pointer:] = keys[: len(queue) - pointer]
        queue[: end - len(queue)] = keys[len(queue) - pointer :]
    return (queue, end)


def cut_after_cat(queue, keys, pointer):
    q = torch.cat([queue[:pointer], keys, queue[pointer + len(keys) :]])[: len(queue)]
    return (q, (pointer + len(keys)) % len(queue))


def epsilon_on_the_deviation(z_a, z_b, lambda_param=0.005):
    def s(z):
        return (z - z.mean(0)) / (z.std(0, correction=0) + 1e-5)
    return loss_of_table(s(z_a).T @ s(z_b) / len(z_a), lambda_param)


def pointer_held_at_the_end(queue, keys, pointer):
    queue = queue.clone()
    for key in keys:
        queue[pointer] = key
        pointer = min(pointer + 1, len(queue) - 1)
    return queue, pointer


# follow

def kept_a_graph(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.mul_(m).add_((1 - m) * s)
    for t, s in zip(teacher.buffers(), student.buffers()):
        t.copy_(s)


@torch.no_grad()
def names_new_tensors(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t = m * t + (1 - m) * s
    for t, s in zip(teacher.buffers(), student.buffers()):
        t = s


def takes_all_of_the_student(teacher, student, m):
    teacher.load_state_dict(student.state_dict())


@torch.no_grad()
def exchanged(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.copy_((1 - m) * t + m * s)
    for t, s in zip(teacher.buffers(), student.buffers()):
        t.copy_(s)


@torch.no_grad()
def only_added(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.add_((1 - m) * s)


@torch.no_grad()
def the_wrong_one_moves(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        s.copy_(m * t + (1 - m) * s)


@torch.no_grad()
def parameters_alone(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.mul_(m).add_((1 - m) * s)


@torch.no_grad()
def all_averaged(teacher, student, m):
    after = student.state_dict()
    for name, t in teacher.state_dict().items():
        t.copy_(m * t + (1 - m) * after[name])


@torch.no_grad()
def by_lerp(teacher, student, m):
    for t, s in zip(teacher.parameters(), student.parameters()):
        t.lerp_(s, 1 - m)
    for t, s in zip(teacher.buffers(), student.buffers()):
        t.copy_(s)


def by_data(teacher, student, m):
    new = dict(student.named_parameters())
    for name, t in teacher.named_parameters():
        t.data = m * t.data + (1 - m) * new[name].data
    for t, s in zip(teacher.buffers(), student.buffers()):
        t.copy_(s)


# vicreg

def vic(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0, *, centered=True, correction=1, eps=1e-4, root=True,
        hinge=True, half=0.5, diagonal=False, by_d=True, views=(0, 1), distance=None, cross=False):
    s = (z_a - z_b).square().mean() if distance is None else distance(z_a, z_b)
    v = c = 0.0
    for k in views:
        z = (z_a, z_b)[k]
        var = z.var(dim=0, correction=correction)
        gap = 1 - ((var + eps).sqrt() if root else var)
        v = v + (gap.clamp_min(0) if hinge else gap).mean() * half
        other = (z_b, z_a)[k] if cross else z
        z, other = ((x - x.mean(dim=0)) if centered else x for x in (z, other))
        C = z.T @ other / (len(z) - correction)
        sum_ = C.square().sum() - (0 if diagonal else C.diagonal().square().sum())
        c = c + sum_ / (z.shape[1] if by_d else 1)
    return lambda_param * s + mu_param * v + nu_param * c


def vic_by(**otherwise):
    """An answer with one part written otherwise, under a name of its own."""
    def answer(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
        return vic(z_a, z_b, lambda_param, mu_param, nu_param, **otherwise)

    answer.__name__ = "vicreg_with_" + "_".join(otherwise)
    return answer


def vic_weights_exchanged(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    return vic(z_a, z_b, mu_param, lambda_param, nu_param)


def vic_without_weights(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    return vic(z_a, z_b, 1, 1, 1)


def vic_by_torchs_cov(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    tables = [torch.cov(z.T) for z in (z_a, z_b)]
    off = ~torch.eye(z_a.shape[1], dtype=torch.bool)
    v = sum(F.relu(1 - torch.sqrt(C.diagonal() + 1e-4)).mean() for C in tables) / 2
    c = sum(C[off].pow(2).sum() for C in tables) / len(off)
    return lambda_param * F.mse_loss(z_a, z_b) + mu_param * v + nu_param * c


def vic_by_hand(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    n, d = z_a.shape
    total = lambda_param * ((z_a - z_b) ** 2).sum() / (n * d)
    for z in (z_a, z_b):
        z = z - z.mean(0, keepdim=True)
        std = torch.sqrt(z.pow(2).sum(0) / (n - 1) + 1e-4)
        total = total + mu_param * torch.relu(1 - std).sum() / d / 2
        C = torch.einsum("ni,nj->ij", z, z) / (n - 1)
        total = total + nu_param * (C - torch.diag(torch.diag(C))).pow(2).sum() / d
    return total


WRONG = {
    "follow": [
        (kept_a_graph, "graph_grows"),
        (names_new_tensors, "nothing_moved"),
        (takes_all_of_the_student, "copied"),
        (exchanged, "turned_round"),
        (only_added, "not_shrunk"),
        (the_wrong_one_moves, "student_moved"),
        (parameters_alone, "buffers_left"),
        (all_averaged, "buffers_averaged"),
    ],
    "vicreg": [
        (vic_by(hinge=False), "no_hinge"),
        (vic_by(root=False), "variance_without_root"),
        (vic_by(eps=0.0), "epsilon_missing"),
        (vic_by(correction=0), "divided_by_n"),
        (vic_by(diagonal=True), "diagonal_in_it"),
        (vic_by(centered=False), "not_centered"),
        (vic_by(by_d=False), "covariance_scaled"),
        (vic_by(cross=True), "across_the_views"),
        (vic_by(views=(0,)), "of_one_view"),
        (vic_by(half=1.0), "variance_not_halved"),
        (vic_by(distance=lambda a, b: (a - b).square().sum(dim=1).mean()), "distance_scaled"),
        (vic_weights_exchanged, "weights_misplaced"),
        (vic_without_weights, "different"),
    ],
    "feature_deviation": [
        (raw_rows, "not_normalised"),
        (raw_rows_plain, "not_normalised"),
        (columns_to_length_one, "normalised_down_the_columns"),
        (within_each_image, "along_the_row"),
        (all_together, "of_all_entries"),
        (no_root, "without_the_root"),
        (over_the_root, "divided_by_the_root"),
        (root_of_n, "root_of_the_rows"),
        (mean_of_variances, "variances"),
        (default_std, "n_minus_one"),
        (per_component, "not_averaged"),
        (sum_for_mean, "scaled"),
        (sum_plain, "scaled"),
        (times_d, "scaled"),
        (root_mean_var, "root_of_the_mean"),
        (root_mean_var_plain, "root_of_the_mean"),
        (not_centred, "not_centred"),
        (normalise_after_centre, "centred_too_early"),
        (mean_abs, "absolute_deviations"),
        (std_std, "not_the_mean"),
        (max_std, "not_the_mean"),
        (l1, "scaled_another_way"),
        (whole_norm, "scaled_another_way"),
        (standardised, "standardised"),
        (std_of_means, "different"),
        (median, "not_the_mean"),
        (mean_row, "different"),
        (one_deviation_of_all, "of_all_entries"),
        (torchs_default_without_root, "without_the_root"),
        (root_of_n_by_math, "root_of_the_rows"),
        (mean_square_deviation, "variances"),
    ],
    "simsiam_loss": [
        (no_stop, "nothing_stopped"),
        (p_detached, "wrong_side_stopped"),
        (everything_detached, "all_stopped"),
        (under_no_grad, "all_stopped"),
        (same_view, "own_view"),
        (plus, "sign_turned"),
        (dots, "not_normalised"),
        (first_order_only, "one_order"),
        (half_of_one_order, "one_order"),
        (twice, "not_halved"),
        (each_image, "per_image"),
        (summed_over_images, "summed"),
        (as_a_number, "type"),
        (req_false, "error"),
        (half_stop, "leaks"),
        (both_views_cross, "predictions_compared"),
        (pp, "predictions_compared"),
        (zz, "predictions_compared"),
        (one_minus, "offset"),
        (byol, "squared_distance"),
        (mse, "squared_distance"),
        (dim0, "down_the_batch"),
        (norm_dim0, "down_the_batch"),
        (mean_all, "scaled"),
        (only_p_norm, "not_normalised"),
        (matrix, "everybody_compared"),
        (plus_one_way, "different"),
        (three_quarters, "own_view"),
        (detach_loss_half, "half_detached"),
        (sum_both, "summed"),
        (nothing_detached, "nothing_stopped"),
        (cosines_under_no_grad, "all_stopped"),
        (mean_over_entries, "scaled"),
        (plain_dots_halved, "not_normalised"),
    ],
    "barlow_twins": [
        (no_epsilon, "zero_by_zero"),
        (images_by_images, "images_compared"),
        (cosines_of_images, "images_compared"),
        (one_view, "within_one_view"),
        (without_n, "not_divided"),
        (default_deviation, "n_minus_one"),
        (means_left_in, "not_centred"),
        (whole_matrix, "diagonal_in_both"),
        (to_zero, "diagonal_to_zero"),
        (without_lambda, "weight_misplaced"),
        (lambda_on_the_diagonal, "weight_misplaced"),
        (mean_of_the_pairs, "averaged"),
        (distance_of_views, "different"),
        (covariance, "covariance"),
        (covariance_n1, "covariance"),
        (dim1, "along_the_row"),
        (on_not_squared, "square_missing"),
        (off_not_squared, "square_missing"),
        (off_abs, "square_missing"),
        (raw_dot, "not_centred"),
        (divided_var, "divided_by_the_variance"),
        (normalize_dim1, "along_the_row"),
        (over_d, "divided_by_the_components"),
        (upper, "half_of_the_pairs"),
        (lam_sq, "weight_squared"),
        (off_to_one, "pulled_to_one"),
        (scaled_whole, "of_all_entries"),
        (eps_large, "different"),
        (root_of_squares, "different"),
        (one_minus_sum, "squared_after_the_sum"),
        (minus_off, "different"),
        (weight_on_the_wrong_mask, "n_minus_one"),
        (no_weight_at_all, "weight_misplaced"),
        (standardised_but_images_by_images, "images_compared"),
        (means_for_sums, "averaged"),
        (epsilon_on_the_deviation, "added_to_the_deviation"),
        (deviation_not_below_a_floor, "different"),
    ],
    "enqueue": [
        (slice_assigned, "end_of_the_queue"),
        (cut_at_the_end, "lost_at_the_end"),
        (appended, "grows"),
        (moved_along, "shifted_along"),
        (from_the_start, "at_the_beginning"),
        (over_the_newest, "before_the_pointer"),
        (pointer_forgotten, "pointer_stays"),
        (pointer_beyond, "pointer_runs_out"),
        (pointer_back_to_zero, "pointer_to_zero"),
        (in_place, "changes"),
        (queue_alone, "count"),
        (off_one, "one_place_on"),
        (min_end, "lost_at_the_end"),
        (reversed_, "columns_permuted"),
        (add_, "added"),
        (pointer_plus_one, "pointer_by_one"),
        (mod_plus1, "different"),
        (mod_minus1, "different"),
        (only_first, "different"),
        (wrap_over, "first_keys_again"),
        (start_over, "starts_over"),
        (tail, "at_the_end"),
        (keys_only, "shape"),
        (fifo, "shifted_along"),
        (back, "pointer_back"),
        (norm_keys, "different"),
        (while_bug, "different"),
        (rest_into_the_first_place, "different"),
        (pointer_not_wrapped, "pointer_runs_out"),
        (cut_after_cat, "lost_at_the_end"),
        (pointer_held_at_the_end, "stops_at_the_end"),
    ],
}
WRONG["hunt_barlow_twins"] = WRONG["barlow_twins"]

RIGHT = {
    "follow": [
        by_lerp,
        by_data,
    ],
    "vicreg": [
        vic_by_torchs_cov,
        vic_by_hand,
    ],
    "feature_deviation": [
        by_moments,
        by_numpy,
        component_by_component,
        unbiased_false,
        by_mean_of_squares,
        numpys_deviation,
        epsilon_in_the_length,
    ],
    "simsiam_loss": [
        by_unit_vectors,
        by_squared_distances,
        both_at_once,
        cosines_by_einsum,
        row_by_row,
        in_double_precision,
        by_torchs_embedding_loss,
    ],
    "barlow_twins": [
        by_loops,
        by_distance_to_the_identity,
        by_batch_norm,
        by_a_mask,
        correlated_in_double,
        by_diag_embed,
        by_a_table_of_weights,
    ],
    "enqueue": [
        one_by_one,
        by_rolling,
        tensor_pointer,
        in_two_slices,
        queue_by_numpy,
        in_a_list_of_rows,
        by_where,
        by_scatter,
    ],
}
RIGHT["hunt_barlow_twins"] = RIGHT["barlow_twins"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _standard_by(z_a, z_b, ax=0, corr=0, eps=1e-5):
    both = ((z - z.mean(ax, keepdim=True), z.var(ax, correction=corr, keepdim=True)) for z in (z_a, z_b))
    return tuple(centered / (variance + eps).sqrt() for centered, variance in both)


def _vicreg_by(z_a, z_b, l, m, n, corr=1, eps=1e-4, vh=0.5, ch=1.0, inv="mean"):
    s = ((z_a - z_b) ** 2).mean() if inv == "mean" else ((z_a - z_b) ** 2).sum(1).mean()
    D = z_a.shape[1]
    v = c = 0
    for z in (z_a, z_b):
        v = v + F.relu(1 - (z.var(0, correction=corr) + eps).sqrt()).mean()
        q = z - z.mean(0)
        C = q.T @ q / (len(z) - corr)
        c = c + (C.square().sum() - C.diagonal().square().sum()) / D
    return l * s + m * vh * v + n * ch * c


def student_added_whole(teacher, student, m):
    with torch.no_grad():
        for pt, ps in zip(teacher.parameters(), student.parameters()):
            pt.mul_(m).add_(ps)
        for bt, bs in zip(teacher.buffers(), student.buffers()):
            bt.copy_(bs)


def biases_stay(teacher, student, m):
    with torch.no_grad():
        for (n, pt), ps in zip(teacher.named_parameters(), student.parameters()):
            if "weight" in n:
                pt.copy_(m * pt + (1 - m) * ps)
        for bt, bs in zip(teacher.buffers(), student.buffers()):
            bt.copy_(bs)


def buffers_that_are_the_students(teacher, student, m):
    with torch.no_grad():
        for pt, ps in zip(teacher.parameters(), student.parameters()):
            pt.copy_(m * pt + (1 - m) * ps)
        for bt, bs in zip(teacher.buffers(), student.buffers()):
            bt.data = bs.data


def images_with_images_over_n(z_a, z_b, lambda_param=5e-3):
    a, b = _standard_by(z_a, z_b)
    c = a @ b.T / len(a)
    off = c - torch.diag(c.diagonal())
    return (1 - c.diagonal()).square().sum() + lambda_param * off.square().sum()


def square_of_the_sum_off_the_diagonal(z_a, z_b, lambda_param=5e-3):
    a, b = _standard_by(z_a, z_b)
    c = a.T @ b / len(a)
    off = c - torch.diag(c.diagonal())
    return (1 - c.diagonal()).square().sum() + lambda_param * off.sum() ** 2


def weight_inside_the_square(z_a, z_b, lambda_param=5e-3):
    a, b = _standard_by(z_a, z_b)
    c = a.T @ b / len(a)
    d = c - torch.eye(len(c), dtype=c.dtype)
    off = d - torch.diag(d.diagonal())
    return (torch.diag(d.diagonal()) + lambda_param * off).square().sum()


def diagonal_taken_off_unsquared(z_a, z_b, lambda_param=5e-3):
    a, b = _standard_by(z_a, z_b)
    C = a.T @ b / len(a)
    return (C.diagonal() - 1).square().sum() + lambda_param * (C.square().sum() - C.diagonal().sum())


def ones_taken_off(z_a, z_b, lambda_param=5e-3):
    a, b = _standard_by(z_a, z_b)
    C = a.T @ b / len(a)
    return (C.diagonal() - 1).square().sum() + lambda_param * (C.square().sum() - len(C))


def covariances_halved(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    return _vicreg_by(z_a, z_b, lambda_param, mu_param, nu_param, ch=0.5)


def variance_and_covariance_exchanged(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    return _vicreg_by(z_a, z_b, lambda_param, nu_param, mu_param)


def covariances_of_the_images(z_a, z_b, lambda_param=25.0, mu_param=25.0, nu_param=1.0):
    L = lambda_param * F.mse_loss(z_a, z_b)
    for z in (z_a, z_b):
        C = torch.cov(z)
        L = (
            L
            + mu_param * F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean() / 2
            + nu_param * (C - C.diag().diag()).square().sum() / z.shape[1]
        )
    return L


def written_backwards(queue, keys, pointer):
    q = queue.clone()
    idx = (pointer - torch.arange(len(keys))) % len(q)
    q[idx] = keys
    return q, (pointer + len(keys)) % len(q)


def piled_up(queue, keys, pointer):
    q = queue.clone()
    idx = (torch.arange(len(keys)) + pointer).clamp(max=len(q) - 1)
    q[idx] = keys
    return q, (pointer + len(keys)) % len(q)


def pointer_modulo_n(queue, keys, pointer):
    q = queue.clone()
    idx = (torch.arange(len(keys)) + pointer) % len(q)
    q[idx] = keys
    return q, (pointer + len(keys)) % len(keys)


def pointer_at_the_newest(queue, keys, pointer):
    q = queue.clone()
    idx = (torch.arange(len(keys)) + pointer) % len(q)
    q[idx] = keys
    return q, (pointer + len(keys) - 1) % len(q)


def cut_off_in_place(p0, p1, z0, z1):
    z0.detach_()
    z1.detach_()
    return -(F.cosine_similarity(p0, z1).mean() + F.cosine_similarity(p1, z0).mean()) / 2


def one_of_two_stopped(p0, p1, z0, z1):
    return -(F.cosine_similarity(p0, z1.detach()).mean() + F.cosine_similarity(p1, z0).mean()) / 2


def by_lerp_in_place(teacher, student, m):
    with torch.no_grad():
        for pt, ps in zip(teacher.parameters(), student.parameters()):
            pt.lerp_(ps, 1 - m)
        for bt, bs in zip(teacher.buffers(), student.buffers()):
            bt.copy_(bs)


def by_the_state_dict(teacher, student, m):
    t = teacher.state_dict()
    s = student.state_dict()
    names = {n for n, _ in teacher.named_parameters()}
    teacher.load_state_dict({k: (m * t[k] + (1 - m) * s[k] if k in names else s[k]) for k in t})


def by_turning_the_ring(queue, keys, pointer):
    q = queue.roll(-pointer, 0)
    q = torch.cat([keys, q[len(keys) :]])
    return q.roll(pointer, 0), (pointer + len(keys)) % len(queue)


WRONG["follow"] += [
    (student_added_whole, "student_whole"),
    (biases_stay, "some_alone"),
    (buffers_that_are_the_students, "shared"),
]
WRONG["barlow_twins"] += [
    (images_with_images_over_n, "images_compared"),
    (square_of_the_sum_off_the_diagonal, "squared_after_the_sum"),
    (weight_inside_the_square, "weight_squared"),
]
WRONG["hunt_barlow_twins"] += [
    (diagonal_taken_off_unsquared, "diagonal_taken_off_wrongly"),
    (ones_taken_off, "diagonal_taken_off_wrongly"),
]
WRONG["vicreg"] += [
    (covariances_halved, "covariance_halved"),
    (variance_and_covariance_exchanged, "weights_misplaced"),
    (covariances_of_the_images, "images_compared"),
]
WRONG["enqueue"] += [
    (written_backwards, "backwards"),
    (piled_up, "piled_up_at_the_end"),
    (pointer_modulo_n, "modulo_the_keys"),
    (pointer_at_the_newest, "at_the_newest"),
]
WRONG["simsiam_loss"] += [(cut_off_in_place, "cut"), (one_of_two_stopped, "leaks")]
RIGHT["follow"] += [by_lerp_in_place, by_the_state_dict]
RIGHT["enqueue"] += [by_turning_the_ring]
