"""Lab 12: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

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
    queue[pointer:pointer + len(keys)] = keys
    return queue, (pointer + len(keys)) % len(queue)


def cut_at_the_end(queue, keys, pointer):
    queue, room = copied(queue), len(queue) - pointer
    queue[pointer:pointer + len(keys)] = keys[:room]
    return queue, (pointer + len(keys)) % len(queue)


def appended(queue, keys, pointer):
    return torch.cat([queue, keys]), pointer + len(keys)


def moved_along(queue, keys, pointer):
    return torch.cat([queue[len(keys):], keys]), (pointer + len(keys)) % len(queue)


def from_the_start(queue, keys, pointer):
    return torch.cat([keys, queue[len(keys):]]), (pointer + len(keys)) % len(queue)


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
    filled = torch.cat([keys, oldest_first[len(keys):]])
    return filled.roll(pointer, dims=0), (pointer + len(keys)) % len(queue)


WRONG = {
    "feature_deviation": [
        (raw_rows, "not_normalised"), (raw_rows_plain, "not_normalised"),
        (columns_to_length_one, "normalised_down_the_columns"), (within_each_image, "along_the_row"),
        (all_together, "of_all_entries"), (no_root, "without_the_root"), (over_the_root, "divided_by_the_root"),
        (root_of_n, "root_of_the_rows"), (mean_of_variances, "variances"), (default_std, "n_minus_one"),
        (per_component, "not_averaged"),
    ],
    "simsiam_loss": [
        (no_stop, "nothing_stopped"), (p_detached, "wrong_side_stopped"), (everything_detached, "all_stopped"),
        (under_no_grad, "all_stopped"), (same_view, "own_view"), (plus, "sign_turned"), (dots, "not_normalised"),
        (first_order_only, "one_order"), (half_of_one_order, "one_order"), (twice, "not_halved"),
        (each_image, "per_image"), (summed_over_images, "per_image"), (as_a_number, "type"),
    ],
    "barlow_twins": [
        (no_epsilon, "zero_by_zero"), (images_by_images, "images_compared"), (cosines_of_images, "images_compared"),
        (one_view, "within_one_view"), (without_n, "not_divided"), (default_deviation, "n_minus_one"),
        (means_left_in, "not_centred"), (whole_matrix, "diagonal_in_both"), (to_zero, "diagonal_to_zero"),
        (without_lambda, "weight_misplaced"), (lambda_on_the_diagonal, "weight_misplaced"),
        (mean_of_the_pairs, "averaged"), (distance_of_views, "different"),
    ],
    "enqueue": [
        (slice_assigned, "end_of_the_queue"), (cut_at_the_end, "lost_at_the_end"), (appended, "grows"),
        (moved_along, "shifted_along"), (from_the_start, "at_the_beginning"), (over_the_newest, "before_the_pointer"),
        (pointer_forgotten, "pointer_stays"), (pointer_beyond, "pointer_runs_out"),
        (pointer_back_to_zero, "pointer_to_zero"), (in_place, "changes"), (queue_alone, "count"),
    ],
}

RIGHT = {
    "feature_deviation": [by_moments, by_numpy],
    "simsiam_loss": [by_unit_vectors, by_squared_distances],
    "barlow_twins": [by_loops, by_distance_to_the_identity],
    "enqueue": [one_by_one, by_rolling],
}
