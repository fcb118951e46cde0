"""Lab 09: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

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


WRONG = {
    "triplet_loss": [
        (without_hinge, "no_hinge"), (hinge_after_the_mean, "no_hinge"), (negative_first, "places_changed"),
        (minus_margin, "margin_subtracted"), (margin_added_after, "margin_outside"), (no_margin, "margin_forgotten"),
        (with_the_root, "not_squared"), (mean_squared, "mean_over_coordinates"), (each_coordinate, "hinge_per_coordinate"),
        (one_each, "per_triplet"), (added_up, "summed"), (with_item, "type"),
    ],
    "semihard_mask": [
        (upper_bound_only, "hard_included"), (lower_bound_only, "margin_ignored"), (beyond_the_margin, "easy_ones"),
        (nearer_negatives, "sign_turned"), (with_the_diagonal, "anchor_as_positive"),
        (any_other_row_as_negative, "own_class_as_negative"), (negatives_unchecked, "own_class_as_negative"),
        (any_other_row_as_positive, "strangers_as_positives"), (negative_second, "axes_changed"),
        (seen_from_the_positive, "from_the_positive"), (as_numbers, "dtype"), (row_numbers, "shape"),
    ],
    "recall_at_k": [
        (precision, "share_of_the_k"), (every_one_of_them, "all_k"), (argmax_only, "nearest_only"), (at_place_k, "kth_only"),
        (smallest_cosines, "farthest"), (dot_products, "lengths_take_part"), (euclidean, "lengths_take_part"),
        (without_the_first, "nearest_left_out"), (row_numbers_as_labels, "numbers_for_labels"), (number_found, "counted"),
        (one_a_query, "not_averaged"),
    ],
}

RIGHT = {
    "triplet_loss": [by_dot_products, by_loop],
    "semihard_mask": [triple_loop, anchor_by_anchor],
    "recall_at_k": [by_unit_distances, query_by_query],
}
