"""Lab 09: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import numpy as np
import torch
from torch.nn import functional as F


def squared(x, y):
    return (x - y).square().sum(dim=1)


def without_hinge(anchor, positive, negative, margin=0.2):
    return (squared(anchor, positive) - squared(anchor, negative) + margin).mean()


def hinge_after_the_mean(anchor, positive, negative, margin=0.2):
    return F.relu((squared(anchor, positive) - squared(anchor, negative) + margin).mean())


def negative_first(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, negative) - squared(anchor, positive) + margin).mean()


def minus_margin(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative) - margin).mean()


def margin_added_after(anchor, positive, negative, margin=0.2):
    return (F.relu(squared(anchor, positive) - squared(anchor, negative)) + margin).mean()


def no_margin(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative)).mean()


def with_the_root(anchor, positive, negative, margin=0.2):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


def mean_squared(anchor, positive, negative, margin=0.2):
    gap = (anchor - positive).square().mean(dim=1) - (anchor - negative).square().mean(dim=1)
    return F.relu(gap + margin).mean()


def each_coordinate(anchor, positive, negative, margin=0.2):
    return F.relu((anchor - positive) ** 2 - (anchor - negative) ** 2 + margin).mean()


def one_each(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin)


def added_up(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).sum()


def with_item(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).mean().item()


def by_dot_products(anchor, positive, negative, margin=0.2):
    to_positive = (anchor * anchor + positive * positive - 2 * anchor * positive).sum(dim=1)
    to_negative = (anchor * anchor + negative * negative - 2 * anchor * negative).sum(dim=1)
    return torch.maximum(to_positive - to_negative + margin, torch.zeros_like(to_positive)).mean()


def by_loop(anchor, positive, negative, margin=0.2):
    total = anchor.new_zeros(())
    for a, p, n in zip(anchor, positive, negative):
        total = total + max((a - p) @ (a - p) - (a - n) @ (a - n) + margin, anchor.new_zeros(()))
    return total / len(anchor)


def tables(distances, labels):
    same = labels[:, None] == labels[None, :]
    positives = same & ~torch.eye(len(labels), dtype=torch.bool)
    return same, positives, distances[:, None, :] - distances[:, :, None]


def upper_bound_only(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap < margin)


def lower_bound_only(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0)


def beyond_the_margin(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap >= margin)


def nearer_negatives(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap < 0) & (gap > -margin)


def with_the_diagonal(distances, labels, margin=0.2):
    same, _, gap = tables(distances, labels)
    return same[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def told_from_itself_by_the_distance(distances, labels, margin=0.2):
    same, _, gap = tables(distances, labels)
    return (same & (distances > 0))[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def any_other_row_as_negative(distances, labels, margin=0.2):
    _, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~torch.eye(len(labels), dtype=torch.bool)[:, None, :] & (gap > 0) & (gap < margin)


def negatives_unchecked(distances, labels, margin=0.2):
    _, positives, gap = tables(distances, labels)
    return positives[:, :, None] & (gap > 0) & (gap < margin)


def any_other_row_as_positive(distances, labels, margin=0.2):
    same, _, gap = tables(distances, labels)
    return ~torch.eye(len(labels), dtype=torch.bool)[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def negative_second(distances, labels, margin=0.2):
    same, positives, _ = tables(distances, labels)
    gap = distances[:, :, None] - distances[:, None, :]
    return ~same[:, :, None] & positives[:, None, :] & (gap > 0) & (gap < margin)


def seen_from_the_positive(distances, labels, margin=0.2):
    same, positives, _ = tables(distances, labels)
    gap = distances[None, :, :] - distances[:, :, None]
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def as_numbers(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return (positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)).long()


def row_numbers(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return (positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)).nonzero()


def triple_loop(distances, labels, margin=0.2):
    N, d, y = len(labels), distances.tolist(), labels.tolist()
    mask = torch.zeros(N, N, N, dtype=torch.bool)
    for a in range(N):
        for p in range(N):
            for n in range(N):
                if a != p and y[a] == y[p] and y[a] != y[n]:
                    mask[a, p, n] = d[a][p] < d[a][n] < d[a][p] + margin
    return mask


def anchor_by_anchor(distances, labels, margin=0.2):
    rows = []
    for a in range(len(labels)):
        to_p, to_n = distances[a][:, None], distances[a][None, :]
        mine = labels == labels[a]
        others = torch.arange(len(labels)) != a
        rows.append((mine & others)[:, None] & (~mine)[None, :] & (to_n > to_p) & (to_n - to_p < margin))
    return torch.stack(rows)


def cosines(queries, gallery):
    return F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T


def hits(queries, query_labels, gallery, gallery_labels, k):
    return gallery_labels[cosines(queries, gallery).topk(k, dim=1).indices] == query_labels[:, None]


def precision(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).float().mean().item()


def every_one_of_them(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).all(dim=1).float().mean().item()


def argmax_only(queries, query_labels, gallery, gallery_labels, k=1):
    return (gallery_labels[cosines(queries, gallery).argmax(dim=1)] == query_labels).float().mean().item()


def at_place_k(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k)[:, k - 1].float().mean().item()


def smallest_cosines(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).argsort(dim=1)[:, :k]
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).float().mean().item()


def dot_products(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = (queries @ gallery.T).topk(k, dim=1).indices
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).float().mean().item()


def euclidean(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = torch.cdist(queries, gallery).topk(k, dim=1, largest=False).indices
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).float().mean().item()


def without_the_first(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).argsort(dim=1, descending=True)[:, 1:k + 1]
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).float().mean().item()


def row_numbers_as_labels(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).topk(k, dim=1).indices
    return (nearest == query_labels[:, None]).any(dim=1).float().mean().item()


def number_found(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).any(dim=1).sum().item()


def one_a_query(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).any(dim=1)


def by_unit_distances(queries, query_labels, gallery, gallery_labels, k=1):
    distances = torch.cdist(F.normalize(queries.double(), dim=1), F.normalize(gallery.double(), dim=1))
    nearest = distances.argsort(dim=1)[:, :k]
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).double().mean()


def query_by_query(queries, query_labels, gallery, gallery_labels, k=1):
    found = 0
    for q, label in zip(queries, query_labels.tolist()):
        ranked = F.cosine_similarity(q[None], gallery).argsort(descending=True)[:k]
        found += label in gallery_labels[ranked].tolist()
    return found / len(queries)


def of_the_active_ones(anchor, positive, negative, margin=0.2):
    loss = F.relu(squared(anchor, positive) - squared(anchor, negative) + margin)
    return loss.sum() / (loss > 0).sum().clamp_min(1)


def means_before_the_hinge(anchor, positive, negative, margin=0.2):
    return F.relu(F.mse_loss(anchor, positive) - F.mse_loss(anchor, negative) + margin)


def negative_from_the_positive(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(positive, negative) + margin).mean()


def without_gradient(anchor, positive, negative, margin=0.2):
    with torch.no_grad():
        return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).mean()


def made_of_a_float(anchor, positive, negative, margin=0.2):
    return torch.tensor(float(F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).mean()),
                        dtype=anchor.dtype)


def anchor_stands_still(anchor, positive, negative, margin=0.2):
    anchor = anchor.detach()
    return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).mean()


def negative_stands_still(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative.detach()) + margin).mean()


def contrastive_of_pairs(anchor, positive, negative, margin=0.2):
    return (squared(anchor, positive) + F.relu(margin - squared(anchor, negative))).mean()


def hinge_on_the_positive(anchor, positive, negative, margin=0.2):
    return (F.relu(squared(anchor, positive) + margin) - squared(anchor, negative)).mean()


def squared_hinge(anchor, positive, negative, margin=0.2):
    return F.relu(squared(anchor, positive) - squared(anchor, negative) + margin).square().mean()


def soft_margin(anchor, positive, negative, margin=0.2):
    return F.softplus(squared(anchor, positive) - squared(anchor, negative) + margin).mean()


def absolute_value(anchor, positive, negative, margin=0.2):
    return (squared(anchor, positive) - squared(anchor, negative) + margin).abs().mean()


def city_blocks(anchor, positive, negative, margin=0.2):
    return F.relu((anchor - positive).abs().sum(1) - (anchor - negative).abs().sum(1) + margin).mean()


def to_unit_length_first(anchor, positive, negative, margin=0.2):
    a, p, n = (F.normalize(x, dim=1) for x in (anchor, positive, negative))
    return F.relu(squared(a, p) - squared(a, n) + margin).mean()


def by_torchs_own(anchor, positive, negative, margin=0.2):
    return F.triplet_margin_loss(anchor, positive, negative, margin=margin)


def cut_from_above(anchor, positive, negative, margin=0.2):
    return (squared(anchor, positive) - squared(anchor, negative) + margin).clamp(max=0).mean()


def summed_over_the_triplets_axis(anchor, positive, negative, margin=0.2):
    gap = (anchor - positive).square().sum(dim=0) - (anchor - negative).square().sum(dim=0)
    return F.relu(gap + margin).mean()


def at_least_the_margin(anchor, positive, negative, margin=0.2):
    return (squared(anchor, positive) - squared(anchor, negative)).clamp_min(margin).mean()


def cosines_for_distances(anchor, positive, negative, margin=0.2):
    return F.relu(F.cosine_similarity(anchor, negative) - F.cosine_similarity(anchor, positive) + margin).mean()


def python_max(anchor, positive, negative, margin=0.2):
    return max(0, squared(anchor, positive) - squared(anchor, negative) + margin).mean()


def brackets_forgotten(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & gap > 0


def ties_count(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap >= 0) & (gap < margin)


def both_bounds_closed(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap >= 0) & (gap <= margin)


def the_margin_itself_counts(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap <= margin)


def either_side(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap.abs() < margin)


def every_triplet(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :]


def the_band_alone(distances, labels, margin=0.2):
    gap = tables(distances, labels)[2]
    return (gap > 0) & (gap < margin)


def roots_of_the_distances(distances, labels, margin=0.2):
    same, positives, gap = tables(distances.sqrt(), labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def squared_once_more(distances, labels, margin=0.2):
    same, positives, gap = tables(distances.square(), labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def within_the_margin_of_the_anchor(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (distances[:, None, :] < margin)


def each_pair_once(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives.triu()[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)


def or_for_and(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & ((gap > 0) | (gap < margin))


def all_but_the_anchor_axis(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return (positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)).any(dim=0)


def the_hard_ones(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & ~same[:, None, :] & (gap < 0)


def minus_for_not(distances, labels, margin=0.2):
    same, positives, gap = tables(distances, labels)
    return positives[:, :, None] & (1 - same)[:, None, :] & (gap > 0) & (gap < margin)


def average_of_the_counts(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).sum(dim=1).double().mean().item()


def of_all_that_there_are(queries, query_labels, gallery, gallery_labels, k=1):
    there = (gallery_labels[None] == query_labels[:, None]).sum(dim=1).clamp_min(1)
    return (hits(queries, query_labels, gallery, gallery_labels, k).sum(dim=1) / there).mean().item()


def majority_vote(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).topk(k, dim=1).indices
    return (gallery_labels[nearest].mode(dim=1).values == query_labels).double().mean().item()


def in_per_cent(queries, query_labels, gallery, gallery_labels, k=1):
    return 100 * hits(queries, query_labels, gallery, gallery_labels, k).any(dim=1).double().mean().item()


def roles_exchanged(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(gallery, queries).topk(min(k, len(queries)), dim=1).indices
    return (query_labels[nearest] == gallery_labels[:, None]).any(dim=1).double().mean().item()


def best_queries_for_each_row(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).topk(min(k, len(queries)), dim=0).indices
    return (query_labels[nearest] == gallery_labels[None]).any(dim=0).double().mean().item()


def columns_to_unit_length(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = (F.normalize(queries, dim=0) @ F.normalize(gallery, dim=0).T).topk(k, dim=1).indices
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).double().mean().item()


def share_of_misses(queries, query_labels, gallery, gallery_labels, k=1):
    return 1 - hits(queries, query_labels, gallery, gallery_labels, k).any(dim=1).double().mean().item()


def reciprocal_of_the_rank(queries, query_labels, gallery, gallery_labels, k=1):
    found = hits(queries, query_labels, gallery, gallery_labels, k).double() / torch.arange(1, k + 1)
    return found.max(dim=1).values.mean().item()


def one_too_few(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, max(k - 1, 1)).any(dim=1).double().mean().item()


def any_over_the_queries(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).any(dim=0).double().mean().item()


def labels_ranked(queries, query_labels, gallery, gallery_labels, k=1):
    nearest = cosines(queries, gallery).topk(k, dim=1).values
    return (nearest == query_labels[:, None]).any(dim=1).double().mean().item()


def one_too_many(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, min(k + 1, len(gallery))).any(dim=1).double().mean().item()


def ever_found_by_anyone(queries, query_labels, gallery, gallery_labels, k=1):
    found = set(gallery_labels[cosines(queries, gallery).topk(k).indices.flatten()].tolist())
    return sum(label in found for label in query_labels.tolist()) / len(queries)


def divided_by_the_gallery(queries, query_labels, gallery, gallery_labels, k=1):
    return hits(queries, query_labels, gallery, gallery_labels, k).any(dim=1).sum().item() / len(gallery)


def mean_taken_off_first(queries, query_labels, gallery, gallery_labels, k=1):
    q, g = queries - queries.mean(dim=1, keepdim=True), gallery - gallery.mean(dim=1, keepdim=True)
    return hits(q, query_labels, g, gallery_labels, k).any(dim=1).double().mean().item()


def scaled_by_the_largest(queries, query_labels, gallery, gallery_labels, k=1):
    similarity = queries @ gallery.T / (queries.norm() * gallery.norm())
    nearest = similarity.topk(k, dim=1).indices
    return (gallery_labels[nearest] == query_labels[:, None]).any(dim=1).double().mean().item()


def by_vector_norms(anchor, positive, negative, margin=0.2):
    to_positive = torch.linalg.vector_norm(anchor - positive, dim=1) ** 2
    to_negative = torch.linalg.vector_norm(anchor - negative, dim=1) ** 2
    return torch.where(to_positive - to_negative + margin > 0, to_positive - to_negative + margin, 0).mean()


def by_einsum(anchor, positive, negative, margin=0.2):
    p, n = anchor - positive, anchor - negative
    gap = torch.einsum("td,td->t", p, p) - torch.einsum("td,td->t", n, n)
    return F.relu(gap + margin).sum() / len(gap)


def by_mse_of_each_coordinate(anchor, positive, negative, margin=0.2):
    far = F.mse_loss(anchor, positive, reduction="none").sum(1) - F.mse_loss(anchor, negative, reduction="none").sum(1)
    return torch.maximum(far + margin, torch.tensor(0.0, dtype=far.dtype)).mean()


def in_double(anchor, positive, negative, margin=0.2):
    a, p, n = anchor.double(), positive.double(), negative.double()
    return ((a - p).pow(2).sum(-1) - (a - n).pow(2).sum(-1) + margin).clamp(min=0.0).mean().to(anchor.dtype)


def multiplied_out(anchor, positive, negative, margin=0.2):
    gap = (positive**2).sum(1) - (negative**2).sum(1) - 2 * (anchor * (positive - negative)).sum(1)
    return F.relu(margin + gap).mean()


def two_comparisons(distances, labels, margin=0.2):
    to_p, to_n = distances.unsqueeze(2), distances.unsqueeze(1)
    same = labels.unsqueeze(0) == labels.unsqueeze(1)
    positives = torch.logical_and(same, ~torch.eye(len(labels)).bool())
    return positives.unsqueeze(2) & same.logical_not().unsqueeze(1) & (to_n > to_p) & (to_n < to_p + margin)


def with_numpy_tables(distances, labels, margin=0.2):
    d, y = distances.numpy(), labels.numpy()
    same = y[:, None] == y[None]
    gap = d[:, None, :] - d[:, :, None]
    positives = same & ~np.eye(len(y), dtype=bool)
    return torch.from_numpy(positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin))


def diagonal_filled(distances, labels, margin=0.2):
    positives = labels[:, None].eq(labels)
    negatives = ~positives
    positives = positives.fill_diagonal_(False)
    gap = distances[:, None] - distances[..., None]
    return positives[:, :, None] * negatives[:, None] * gap.gt(0) * gap.lt(margin)


def by_where(distances, labels, margin=0.2):
    i = torch.arange(len(labels))
    triplet = (labels[:, None, None] == labels[None, :, None]) & (labels[:, None, None] != labels[None, None, :])
    triplet &= i[:, None, None] != i[None, :, None]
    gap = torch.where(triplet, distances[:, None, :] - distances[:, :, None], -1.0)
    return (gap > 0) & (gap < margin)


def by_numbers_that_multiply(distances, labels, margin=0.2):
    N = len(labels)
    same = (labels.view(-1, 1) == labels.view(1, -1)).float()
    pairs = same - torch.eye(N)
    gap = distances.view(N, 1, N) - distances.view(N, N, 1)
    return torch.einsum("ap,an,apn->apn", pairs, 1 - same, ((gap > 0) & (gap < margin)).float()) > 0.5


def with_numpy_sorting(queries, query_labels, gallery, gallery_labels, k=1):
    q, g = queries.numpy(), gallery.numpy()
    S = (q / np.linalg.norm(q, axis=1, keepdims=True)) @ (g / np.linalg.norm(g, axis=1, keepdims=True)).T
    found = gallery_labels.numpy()[np.argsort(-S, axis=1)[:, :k]]
    return float(np.mean((found == query_labels.numpy()[:, None]).any(axis=1)))


def only_the_gallery_scaled(queries, query_labels, gallery, gallery_labels, k=1):
    S = queries @ (gallery / gallery.norm(dim=1, keepdim=True)).T
    return (gallery_labels[S.argsort(dim=1, descending=True)[:, :k]] == query_labels[:, None]).any(1).double().mean()


def by_scikit_learn(queries, query_labels, gallery, gallery_labels, k=1):
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k, metric="cosine").fit(gallery.numpy())
    nearest = search.kneighbors(queries.numpy(), return_distance=False)
    return float((gallery_labels.numpy()[nearest] == query_labels.numpy()[:, None]).any(axis=1).mean())


def rank_of_the_best_right_one(queries, query_labels, gallery, gallery_labels, k=1):
    S = F.cosine_similarity(queries[:, None], gallery[None], dim=2)
    best = S.masked_fill(gallery_labels[None] != query_labels[:, None], -2).max(dim=1, keepdim=True).values
    return ((S > best).sum(dim=1).lt(k) & (best[:, 0] > -2)).double().mean().item()


def by_counting_zeros(queries, query_labels, gallery, gallery_labels, k=1):
    found = hits(queries.double(), query_labels, gallery.double(), gallery_labels, k).sum(dim=1)
    return 1 - (found == 0).sum().item() / len(queries)


WRONG = {
    "triplet_loss": [
        (without_hinge, "no_hinge"), (hinge_after_the_mean, "no_hinge"), (negative_first, "places_changed"),
        (minus_margin, "margin_subtracted"), (margin_added_after, "margin_outside"), (no_margin, "margin_forgotten"),
        (with_the_root, "not_squared"), (mean_squared, "mean_over_coordinates"),
        (each_coordinate, "hinge_per_coordinate"),
        (one_each, "per_triplet"), (added_up, "summed"), (with_item, "type"),
        (of_the_active_ones, "active_only"), (means_before_the_hinge, "averaged_first"),
        (negative_from_the_positive, "from_the_positive"), (without_gradient, "detached"),
        (made_of_a_float, "detached"), (anchor_stands_still, "half_detached"), (negative_stands_still, "half_detached"),
        (contrastive_of_pairs, "pairs"), (hinge_on_the_positive, "no_hinge"), (squared_hinge, "hinge_squared"),
        (soft_margin, "soft_hinge"), (absolute_value, "magnitude"), (city_blocks, "city_blocks"),
        (to_unit_length_first, "rows_normalized"), (by_torchs_own, "not_squared"),
        (cut_from_above, "clamped_from_above"), (summed_over_the_triplets_axis, "sum_over_triplets"),
        (at_least_the_margin, "margin_as_floor"), (cosines_for_distances, "rows_normalized"), (python_max, "error"),
    ],
    "semihard_mask": [
        (upper_bound_only, "hard_included"), (lower_bound_only, "margin_ignored"), (beyond_the_margin, "easy_ones"),
        (nearer_negatives, "sign_turned"), (with_the_diagonal, "anchor_as_positive"),
        (told_from_itself_by_the_distance, "told_by_the_distance"),
        (any_other_row_as_negative, "own_class_as_negative"), (negatives_unchecked, "own_class_as_negative"),
        (any_other_row_as_positive, "strangers_as_positives"), (negative_second, "axes_changed"),
        (seen_from_the_positive, "from_the_positive"), (as_numbers, "dtype"), (row_numbers, "shape"),
        (brackets_forgotten, "error"), (ties_count, "ties_included"), (both_bounds_closed, "ties_included"),
        (the_margin_itself_counts, "ties_included"), (either_side, "either_sign"), (every_triplet, "every_triplet"),
        (the_band_alone, "labels_ignored"), (roots_of_the_distances, "squared_again"),
        (squared_once_more, "squared_again"), (within_the_margin_of_the_anchor, "margin_from_the_anchor"),
        (each_pair_once, "each_pair_once"), (or_for_and, "every_triplet"),
        (all_but_the_anchor_axis, "largest_too_much"), (the_hard_ones, "hard_only"), (minus_for_not, "error"),
    ],
    "recall_at_k": [
        (precision, "share_of_the_k"), (every_one_of_them, "all_k"), (argmax_only, "nearest_only"),
        (at_place_k, "kth_only"),
        (smallest_cosines, "farthest"), (dot_products, "lengths_take_part"), (euclidean, "lengths_take_part"),
        (without_the_first, "nearest_left_out"), (row_numbers_as_labels, "numbers_for_labels"), (number_found, "counted"),
        (one_a_query, "not_averaged"),
        (average_of_the_counts, "number_right"), (of_all_that_there_are, "of_all_there_are"),
        (majority_vote, "by_vote"), (in_per_cent, "percentage"), (roles_exchanged, "roles_exchanged"),
        (best_queries_for_each_row, "roles_exchanged"), (columns_to_unit_length, "columns_scaled"),
        (share_of_misses, "complement"), (one_too_many, "one_too_many"), (ever_found_by_anyone, "different"),
        (reciprocal_of_the_rank, "by_rank"), (one_too_few, "one_too_few"),
        (any_over_the_queries, "different"), (labels_ranked, "different"), (divided_by_the_gallery, "another_divisor"),
        (mean_taken_off_first, "different"), (scaled_by_the_largest, "lengths_take_part"),
    ],
}

RIGHT = {
    "triplet_loss": [
        by_dot_products, by_loop, by_vector_norms, by_einsum, by_mse_of_each_coordinate, in_double, multiplied_out,
    ],
    "semihard_mask": [
        triple_loop, anchor_by_anchor, two_comparisons, with_numpy_tables, diagonal_filled, by_where,
        by_numbers_that_multiply,
    ],
    "recall_at_k": [
        by_unit_distances, query_by_query, with_numpy_sorting, only_the_gallery_scaled, by_scikit_learn,
        rank_of_the_best_right_one, by_counting_zeros,
    ],
}


# --- batch_hard -------------------------------------------------------------------------------------------------------


def pairs_of(f, y):
    same = y[:, None] == y
    return torch.cdist(f, f), same & ~torch.eye(len(y), dtype=torch.bool), ~same


def both(positive, negative):
    return positive.any(dim=1) & negative.any(dim=1)


def hardest(d, positive, negative):
    farthest = d.masked_fill(~positive, -torch.inf).amax(dim=1)
    return (farthest - d.masked_fill(~negative, torch.inf).amin(dim=1))[both(positive, negative)]


def batch_hard_squared(f, y):
    d, positive, negative = pairs_of(f, y)
    return F.softplus(hardest(d**2, positive, negative)).mean()


def easiest_positive(f, y):
    d, positive, negative = pairs_of(f, y)
    nearest_p = d.masked_fill(~positive, torch.inf).amin(dim=1)
    return F.softplus((nearest_p - d.masked_fill(~negative, torch.inf).amin(dim=1))[both(positive, negative)]).mean()


def easiest_negative(f, y):
    d, positive, negative = pairs_of(f, y)
    farthest_p = d.masked_fill(~positive, -torch.inf).amax(dim=1)
    return F.softplus((farthest_p - d.masked_fill(~negative, -torch.inf).amax(dim=1))[both(positive, negative)]).mean()


def easiest_of_both(f, y):
    d, positive, negative = pairs_of(f, y)
    nearest_p = d.masked_fill(~positive, torch.inf).amin(dim=1)
    return F.softplus((nearest_p - d.masked_fill(~negative, -torch.inf).amax(dim=1))[both(positive, negative)]).mean()


def logarithm_by_hand(f, y):
    return (1 + hardest(*pairs_of(f, y)).exp()).log().mean()


def written_into_the_distances(f, y):
    d, positive, negative = pairs_of(f, y)
    farthest = (d * positive).amax(dim=1)
    d[~negative] = torch.inf
    return F.softplus((farthest - d.amin(dim=1))[both(positive, negative)]).mean()


def pushed_and_pulled_the_wrong_way(f, y):
    return F.softplus(-hardest(*pairs_of(f, y))).mean()


def any_row_but_the_anchor(f, y):
    d, positive, _ = pairs_of(f, y)
    return F.softplus(hardest(d, positive, ~torch.eye(len(y), dtype=torch.bool))).mean()


def any_row_at_all(f, y):
    d, positive, _ = pairs_of(f, y)
    return F.softplus(hardest(d, positive, torch.ones_like(positive))).mean()


def farthest_of_all(f, y):
    d, _, negative = pairs_of(f, y)
    return F.softplus(hardest(d, torch.ones_like(negative), negative)).mean()


def multiplied_by_the_mask(f, y):
    d, positive, negative = pairs_of(f, y)
    return F.softplus((d * positive).amax(dim=1) - (d * negative).amin(dim=1)).mean()


def with_itself_as_positive(f, y):
    d, _, negative = pairs_of(f, y)
    return F.softplus(hardest(d, ~negative, negative)).mean()


def a_lone_row_is_infinitely_far(f, y):
    d, positive, negative = pairs_of(f, y)
    farthest = d.masked_fill(~positive, -torch.inf).amax(dim=1).abs()
    return F.softplus(farthest - d.masked_fill(~negative, torch.inf).amin(dim=1)).mean()


def with_a_hinge(f, y):
    return F.relu(hardest(*pairs_of(f, y))).mean()


def with_a_margin(f, y):
    return F.relu(hardest(*pairs_of(f, y)) + 0.2).mean()


def differences_alone(f, y):
    return hardest(*pairs_of(f, y)).mean()


def soft_hinge_of_the_mean(f, y):
    return F.softplus(hardest(*pairs_of(f, y)).mean())


def exponential_alone(f, y):
    return hardest(*pairs_of(f, y)).exp().mean()


def sigmoid_alone(f, y):
    return hardest(*pairs_of(f, y)).sigmoid().mean()


def on_the_sphere(f, y):
    return F.softplus(hardest(*pairs_of(F.normalize(f, dim=1), y))).mean()


def all_triplets(f, y):
    d, positive, negative = pairs_of(f, y)
    chosen = positive[:, :, None] & negative[:, None, :]
    return F.softplus((d[:, :, None] - d[:, None, :])[chosen]).mean()


def anchors_added_up(f, y):
    return F.softplus(hardest(*pairs_of(f, y))).sum()


def one_for_each_anchor(f, y):
    return F.softplus(hardest(*pairs_of(f, y)))


def walked_by_blocks(f, y):
    return F.softplus(hardest(torch.cdist(f, f, p=1), *pairs_of(f, y)[1:])).mean()


def root_on_the_diagonal(f, y):
    d = (f[:, None] - f[None]).square().sum(dim=2).sqrt()
    return F.softplus(hardest(d, *pairs_of(f, y)[1:])).mean()


def without_a_gradient(f, y):
    return F.softplus(hardest(*pairs_of(f.detach(), y))).mean()


def anchor_by_anchor_for_the_hardest(f, y):
    each = []
    for a in range(len(y)):
        positives = [(f[a] - f[p]).norm() for p in range(len(y)) if p != a and y[p] == y[a]]
        negatives = [(f[a] - f[n]).norm() for n in range(len(y)) if y[n] != y[a]]
        if positives and negatives:
            each.append(F.softplus(torch.stack(positives).max() - torch.stack(negatives).min()))
    return torch.stack(each).mean()


def by_row_numbers(f, y):
    with torch.no_grad():
        d, positive, negative = pairs_of(f, y)
        keep = both(positive, negative)
        p, n = d.masked_fill(~positive, -1).argmax(1)[keep], d.masked_fill(~negative, 1e9).argmin(1)[keep]
    a = f[keep]
    x = torch.linalg.vector_norm(a - f[p], dim=1) - torch.linalg.vector_norm(a - f[n], dim=1)
    return torch.logaddexp(x, torch.zeros_like(x)).mean()


def with_a_tiny_number_under_the_root(f, y):
    d = ((f[:, None] - f[None]).square().sum(dim=2) + 1e-14).sqrt()
    x = hardest(d, *pairs_of(f, y)[1:])
    return -F.logsigmoid(-x).mean()


def large_numbers_for_masks(f, y):
    d, positive, negative = pairs_of(f, y)
    x = (d - 1e6 * ~positive).max(dim=1).values - (d + 1e6 * ~negative).min(dim=1).values
    return F.softplus(x)[both(positive, negative)].mean()


WRONG["batch_hard"] = [
    (batch_hard_squared, "squared"), (easiest_positive, "nearest_positive"), (easiest_negative, "farthest_negative"),
    (pushed_and_pulled_the_wrong_way, "places_changed"), (any_row_but_the_anchor, "own_class_as_negative"),
    (any_row_at_all, "masked_with_zero"), (farthest_of_all, "strangers_as_positives"),
    (multiplied_by_the_mask, "masked_with_zero"), (with_itself_as_positive, "alone_counted"),
    (a_lone_row_is_infinitely_far, "infinite"), (with_a_hinge, "hard_hinge"), (with_a_margin, "hard_hinge"),
    (differences_alone, "no_hinge"), (soft_hinge_of_the_mean, "hinge_after_the_mean"),
    (exponential_alone, "another_soft_hinge"), (sigmoid_alone, "another_soft_hinge"), (on_the_sphere, "rows_normalized"),
    (all_triplets, "every_triplet"), (anchors_added_up, "summed"), (one_for_each_anchor, "per_anchor"),
    (walked_by_blocks, "city_blocks"), (root_on_the_diagonal, "root_of_zero"), (without_a_gradient, "detached"),
    (easiest_of_both, "the_easiest_of_both"), (logarithm_by_hand, "overflow"), (written_into_the_distances, "gradient_error"),
]
RIGHT["batch_hard"] = [
    anchor_by_anchor_for_the_hardest, by_row_numbers, with_a_tiny_number_under_the_root, large_numbers_for_masks,
]
WRONG["hunt_semihard_mask"] = WRONG["semihard_mask"]
RIGHT["hunt_semihard_mask"] = RIGHT["semihard_mask"]
