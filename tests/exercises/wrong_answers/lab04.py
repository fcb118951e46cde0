"""Lab 04: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch.nn import functional as F
from torch.nn.functional import normalize


def shares(top, labels, weights, num_classes):
    votes = weights.new_zeros(len(top), num_classes).scatter_add_(1, labels, weights)
    return votes / votes.sum(dim=1, keepdim=True)


def vote(similarities, y, k, temperature, num_classes):
    top, indices = similarities.topk(k, dim=1)
    return shares(top, y[indices], torch.softmax(top / temperature, dim=1), num_classes)


def dot_products(Z_train, y, Z, k, temperature, num_classes):
    return vote(Z @ Z_train.T, y, k, temperature, num_classes)


def only_the_queries_normalized(Z_train, y, Z, k, temperature, num_classes):
    return vote(normalize(Z) @ Z_train.T, y, k, temperature, num_classes)


def dot_products_and_bare_exp(Z_train, y, Z, k, temperature, num_classes):
    top, indices = (Z @ Z_train.T).topk(k, dim=1)
    return shares(top, y[indices], torch.exp(top / temperature), num_classes)


def columns_normalized(Z_train, y, Z, k, temperature, num_classes):
    return vote(normalize(Z, dim=0) @ normalize(Z_train, dim=0).T, y, k, temperature, num_classes)


def cosines(Z_train, Z):
    return normalize(Z) @ normalize(Z_train).T


def smallest(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1, largest=False)
    return shares(top, y[indices], torch.softmax(top / temperature, dim=1), num_classes)


def first_of_argsort(Z_train, y, Z, k, temperature, num_classes):
    similarities = cosines(Z_train, Z)
    indices = similarities.argsort(dim=1)[:, :k]
    top = similarities.gather(1, indices)
    return shares(top, y[indices], torch.softmax(top / temperature, dim=1), num_classes)


def no_top_k(Z_train, y, Z, k, temperature, num_classes):
    return torch.softmax(cosines(Z_train, Z) / temperature, dim=1) @ torch.eye(num_classes, dtype=Z.dtype)[y]


def plain_majority(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    return shares(top, y[indices], torch.ones_like(top), num_classes)


def counts(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    return torch.zeros_like(Z[:, :1]).expand(-1, num_classes).clone().scatter_add_(1, y[indices], torch.ones_like(top))


def no_temperature(Z_train, y, Z, k, temperature, num_classes):
    return vote(cosines(Z_train, Z), y, k, 1.0, num_classes)


def times_temperature(Z_train, y, Z, k, temperature, num_classes):
    return vote(cosines(Z_train, Z), y, k, 1 / temperature, num_classes)


def no_exponential(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    return shares(top, y[indices], top / temperature, num_classes)


def minus_in_the_exponent(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    return shares(top, y[indices], torch.softmax(-top / temperature, dim=1), num_classes)


def exponential_overflows(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    return shares(top, y[indices], torch.exp(top / temperature), num_classes)


def weights_not_divided(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    weights = torch.exp((top - top[:, :1]) / temperature)
    return weights.new_zeros(len(Z), num_classes).scatter_add_(1, y[indices], weights)


def written_once(Z_train, y, Z, k, temperature, num_classes):
    top, indices = cosines(Z_train, Z).topk(k, dim=1)
    votes = Z.new_zeros(len(Z), num_classes)
    votes[torch.arange(len(Z))[:, None], y[indices]] += torch.softmax(top / temperature, dim=1)
    return votes / votes.sum(dim=1, keepdim=True)


def one_hot_the_wrong_way(Z_train, y, Z, k, temperature, num_classes):
    return vote(cosines(Z_train, Z), y, k, temperature, num_classes).T


def normalized_in_place(Z_train, y, Z, k, temperature, num_classes):
    Z_train /= Z_train.norm(dim=1, keepdim=True)
    return vote(normalize(Z) @ Z_train.T, y, k, temperature, num_classes)


def classes_only(Z_train, y, Z, k, temperature, num_classes):
    return vote(cosines(Z_train, Z), y, k, temperature, num_classes).argmax(dim=1)


def row_by_row(Z_train, y, Z, n_neighbors, temperature, num_classes):
    rows = []
    for z in Z.double():
        cosine = torch.stack([z @ other / (z.norm() * other.norm()) for other in Z_train.double()])
        nearest = cosine.argsort(descending=True)[:n_neighbors]
        votes = torch.zeros(num_classes, dtype=torch.float64)
        for i in nearest:
            votes[y[i]] += torch.exp((cosine[i] - cosine.max()) / temperature)
        rows.append(votes / votes.sum())
    return torch.stack(rows)


def by_one_hot(Z_train, y_train, Z, n_neighbors, temperature, num_classes):
    top, indices = (normalize(Z) @ normalize(Z_train).T).topk(n_neighbors)
    weights = (top / temperature).softmax(-1)
    return torch.einsum("mk,mkc->mc", weights, torch.nn.functional.one_hot(y_train, num_classes).to(Z.dtype)[indices])


def by_scikit_learn(Z_train, y, Z, k, temperature, num_classes):
    def weigh(distance):
        return np.exp((distance.min(axis=1, keepdims=True) - distance) / temperature)

    peer = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=weigh)
    votes = peer.fit(Z_train.double().numpy(), y.numpy()).predict_proba(Z.double().numpy())
    out = torch.zeros(len(Z), num_classes, dtype=torch.float64)
    out[:, peer.classes_] = torch.from_numpy(votes)
    return out


def plain_accuracy(proba, y, k=1):
    return (proba.argmax(dim=1) == y).double().mean().item()


def lowest_k(proba, y, k=1):
    return (proba.argsort(dim=1)[:, :k] == y[:, None]).any(dim=1).double().mean().item()


def over_the_rows(proba, y, k=1):
    return (proba.topk(k, dim=0).indices == y[:, None]).any(dim=0).double().mean().item()


def mean_over_all_guesses(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y[:, None]).double().mean().item()


def how_many(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y[:, None]).any(dim=1).sum().item()


def share_of_errors(proba, y, k=1):
    return 1 - (proba.topk(k, dim=1).indices == y[:, None]).any(dim=1).double().mean().item()


def only_the_kth(proba, y, k=1):
    return (proba.topk(k, dim=1).indices[:, k - 1] == y).double().mean().item()


def one_for_each_row(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y[:, None]).any(dim=1)


def nothing_back(proba, y, k=1):
    (proba.topk(k, dim=1).indices == y[:, None]).any(dim=1).double().mean()


def label_row_not_a_column(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y).any(dim=1).double().mean().item()


def by_rank(proba, y, k=1):
    own = proba.gather(1, y[:, None])
    return ((proba > own).sum(dim=1) < k).double().mean().item()


def by_loops(proba, y, k=1):
    hits = 0
    for row, label in zip(proba.tolist(), y.tolist()):
        hits += label in sorted(range(len(row)), key=lambda c: -row[c])[:k]
    return hits / len(y)


def as_a_tensor(proba, y, k=1):
    return torch.isin(proba.argsort(dim=1, descending=True)[:, :k] - y[:, None], torch.tensor(0)).any(1).double().mean()


def parts(proba, y, n_bins, left_closed=False, last_too=False):
    """For each bin: how many answers, their mean confidence, their accuracy."""
    confidence, answer = proba.double().max(dim=1)
    right = (answer == y).double()
    for m in range(n_bins):
        low, high = m / n_bins, (m + 1) / n_bins
        inside = (confidence > low) & (confidence <= high)
        if left_closed:
            inside = (confidence >= low) & ((confidence < high) | (last_too and m == n_bins - 1))
        yield inside.sum(), confidence[inside].mean(), right[inside].mean()


def empty_bins_too(proba, y, n_bins=15):
    return sum(n / len(y) * abs(acc - conf) for n, conf, acc in parts(proba, y, n_bins)).item()


def filled(proba, y, n_bins, **how):
    return [part for part in parts(proba, y, n_bins, **how) if part[0] > 0]


def mean_over_bins(proba, y, n_bins=15):
    return (sum(abs(acc - conf) for _, conf, acc in filled(proba, y, n_bins)) / n_bins).item()


def mean_over_filled_bins(proba, y, n_bins=15):
    bins = filled(proba, y, n_bins)
    return (sum(abs(acc - conf) for _, conf, acc in bins) / len(bins)).item()


def sum_of_gaps(proba, y, n_bins=15):
    return sum(abs(acc - conf) for _, conf, acc in filled(proba, y, n_bins)).item()


def times_the_count(proba, y, n_bins=15):
    return sum(n * abs(acc - conf) for n, conf, acc in filled(proba, y, n_bins)).item()


def no_absolute_value(proba, y, n_bins=15):
    return sum(n / len(y) * (acc - conf) for n, conf, acc in filled(proba, y, n_bins)).item()


def absolute_value_at_the_end(proba, y, n_bins=15):
    return abs(sum(n / len(y) * (conf - acc) for n, conf, acc in filled(proba, y, n_bins)).item())


def squares(proba, y, n_bins=15):
    return sum(n / len(y) * (acc - conf) ** 2 for n, conf, acc in filled(proba, y, n_bins)).item()


def root_mean_square(proba, y, n_bins=15):
    return squares(proba, y, n_bins) ** 0.5


def left_closed_bins(proba, y, n_bins=15):
    bins = filled(proba, y, n_bins, left_closed=True)
    return sum(n / len(y) * abs(acc - conf) for n, conf, acc in bins).item()


def left_closed_bins_and_one(proba, y, n_bins=15):
    bins = filled(proba, y, n_bins, left_closed=True, last_too=True)
    return sum(n / len(y) * abs(acc - conf) for n, conf, acc in bins).item()


def generic(confidence, right, n_bins):
    confidence, right, total = confidence.double(), right.double(), 0.0
    for m in range(n_bins):
        inside = (confidence > m / n_bins) & (confidence <= (m + 1) / n_bins)
        if inside.any():
            total += inside.double().mean() * (right[inside].mean() - confidence[inside].mean()).abs()
    return float(total)


def probability_of_the_label(proba, y, n_bins=15):
    return generic(proba.gather(1, y[:, None]).flatten(), proba.argmax(dim=1) == y, n_bins)


def all_probabilities(proba, y, n_bins=15):
    return generic(proba.flatten(), torch.nn.functional.one_hot(y, proba.shape[1]).flatten(), n_bins)


def fifteen_bins_always(proba, y, n_bins=15):
    return generic(proba.amax(dim=1), proba.argmax(dim=1) == y, 15)


def list_of_gaps(proba, y, n_bins=15):
    return [abs(acc - conf) for _, conf, acc in filled(proba, y, n_bins)]


def vectorised(proba, y, n_bins=15):
    confidence, answer = proba.double().max(dim=1)
    where = (confidence * n_bins).ceil().long().clamp(1, n_bins) - 1
    gap = torch.zeros(n_bins, dtype=torch.float64).index_add_(0, where, (answer == y).double() - confidence)
    return gap.abs().sum() / len(y)


def by_numpy(proba, y, n_bins=15):
    p = proba.double().numpy()
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y.numpy()
    edges = np.linspace(0, 1, n_bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(total)


def bin_by_bin(proba, y, M, inside=None, conf=None):
    conf, ans = proba.max(1) if conf is None else conf
    right = (ans == y).double()
    out = []
    for m in range(M):
        lo, hi = m / M, (m + 1) / M
        sel = (conf > lo) & (conf <= hi) if inside is None else inside(conf, lo, hi)
        if sel.any():
            out.append(
                (
                    sel.double().mean().item(),
                    right[sel].mean().item(),
                    conf[sel].double().mean().item(),
                    (lo + hi) / 2,
                    int(sel.sum()),
                )
            )
    return out


def closed_at_both_ends(proba, y, n_bins=15):
    return sum(
        n * abs(a - c) for n, a, c, _, _ in bin_by_bin(proba, y, n_bins, lambda c, lo, hi: (c >= lo) & (c <= hi))
    )


def bin_centres(proba, y, n_bins=15):
    return sum(n * abs(a - m) for n, a, c, m, _ in bin_by_bin(proba, y, n_bins))


def maximum(proba, y, n_bins=15):
    return max(abs(a - c) for n, a, c, m, _ in bin_by_bin(proba, y, n_bins))


def no_bins(proba, y, n_bins=15):
    c, ans = proba.max(1)
    return ((ans == y).double() - c).abs().mean().item()


def no_bins_of_means(proba, y, n_bins=15):
    c, ans = proba.max(1)
    return abs((ans == y).double().mean().item() - c.mean().item())


def open_at_both_ends(proba, y, n_bins=15):
    return sum(n * abs(a - c) for n, a, c, _, _ in bin_by_bin(proba, y, n_bins, lambda c, lo, hi: (c > lo) & (c < hi)))


def equal_counts(proba, y, n_bins=15):
    c, ans = proba.max(1)
    right = (ans == y).double()
    order = c.argsort()
    tot = 0.0
    for part in order.chunk(n_bins):
        tot += len(part) / len(y) * abs(right[part].mean().item() - c[part].double().mean().item())
    return tot


def bins_from_one_over_k(proba, y, n_bins=15):
    c, ans = proba.max(1)
    right = (ans == y).double()
    K = proba.shape[1]
    e = torch.linspace(1 / K, 1, n_bins + 1)
    tot = 0.0
    for lo, hi in zip(e[:-1], e[1:]):
        s = (c > lo) & (c <= hi)
        if s.any():
            tot += len(c[s]) / len(y) * abs(right[s].mean().item() - c[s].double().mean().item())
    return tot


def sum_not_mean_inside(proba, y, n_bins=15):
    c, ans = proba.max(1)
    right = (ans == y).double()
    tot = 0.0
    for m in range(n_bins):
        s = (c > m / n_bins) & (c <= (m + 1) / n_bins)
        if s.any():
            tot += s.double().mean().item() * abs(right[s].sum().item() - c[s].double().sum().item())
    return tot


def accuracy_of_all(proba, y, n_bins=15):
    acc = (proba.argmax(1) == y).double().mean().item()
    return sum(n * abs(acc - c) for n, a, c, m, _ in bin_by_bin(proba, y, n_bins))


def one_minus(proba, y, n_bins=15):
    return 1 - sum(n * abs(a - c) for n, a, c, m, _ in bin_by_bin(proba, y, n_bins))


def linspace_one_edge_short(proba, y, n_bins=15):
    e = torch.linspace(0, 1, n_bins)
    c, ans = proba.max(1)
    right = (ans == y).double()
    tot = 0.0
    for lo, hi in zip(e[:-1], e[1:]):
        s = (c > lo) & (c <= hi)
        if s.any():
            tot += s.double().mean().item() * abs(right[s].mean().item() - c[s].double().mean().item())
    return tot


def all(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y[:, None]).all(1).double().mean().item()


def values(proba, y, k=1):
    return (proba.topk(k, dim=1).values == y[:, None]).any(1).double().mean().item()


def one_too_many(proba, y, k=1):
    own = proba.gather(1, y[:, None])
    return ((proba > own).sum(1) <= k).double().mean().item()


def one_too_few(proba, y, k=1):
    own = proba.gather(1, y[:, None])
    return ((proba >= own).sum(1) < k).double().mean().item()


def percent(proba, y, k=1):
    return 100 * (proba.topk(k, dim=1).indices == y[:, None]).any(1).double().mean().item()


def mass_of_the_k(proba, y, k=1):
    return proba.topk(k, dim=1).values.sum(1).mean().item()


def divided_by_classes(proba, y, k=1):
    return (proba.topk(k, dim=1).indices == y[:, None]).any(1).sum().item() / proba.shape[1]


def isin_everything(proba, y, k=1):
    return torch.isin(y, proba.topk(k, dim=1).indices).double().mean().item()


def last_k_of_descending(proba, y, k=1):
    return (proba.argsort(dim=1, descending=True)[:, -k:] == y[:, None]).any(1).double().mean().item()


def label_probability(proba, y, k=1):
    return (proba.gather(1, y[:, None])[:, 0] >= 1 / k).double().mean().item()


def distances(Z_train, y, Z, k, t, c):
    d = torch.cdist(Z, Z_train)
    near, idx = d.topk(k, dim=1, largest=False)
    wt = torch.softmax(-near / t, 1)
    return wt.new_zeros(len(Z), c).scatter_add_(1, y[idx], wt)


def distances_of_unit(Z_train, y, Z, k, t, c):
    d = torch.cdist(normalize(Z), normalize(Z_train))
    near, idx = d.topk(k, dim=1, largest=False)
    wt = torch.softmax(-near / t, 1)
    return wt.new_zeros(len(Z), c).scatter_add_(1, y[idx], wt)


def labels_by_position(Z_train, y, Z, k, t, c):
    s, idx = (normalize(Z) @ normalize(Z_train).T).topk(k, dim=1)
    wt = torch.softmax(s / t, 1)
    return wt.new_zeros(len(Z), c).scatter_add_(1, y[:k].expand(len(Z), -1), wt)


def scatter_without_add(Z_train, y, Z, k, t, c):
    s, idx = (normalize(Z) @ normalize(Z_train).T).topk(k, dim=1)
    wt = torch.softmax(s / t, 1)
    return wt.new_zeros(len(Z), c).scatter_(1, y[idx], wt)


def softmax_over_classes(Z_train, y, Z, k, t, c):
    s, idx = (normalize(Z) @ normalize(Z_train).T).topk(k, dim=1)
    wt = s / t
    return torch.softmax(wt.new_zeros(len(Z), c).scatter_add_(1, y[idx], wt), 1)


def softmax_before_topk(Z_train, y, Z, k, t, c):
    s, idx = torch.softmax(normalize(Z) @ normalize(Z_train).T / t, 1).topk(k, dim=1)
    return s.new_zeros(len(Z), c).scatter_add_(1, y[idx], s)


def nearest_only(Z_train, y, Z, k, t, c):
    return F.one_hot(y[(normalize(Z) @ normalize(Z_train).T).argmax(1)], c).to(Z.dtype)


def one_neighbour_less(Z_train, y, Z, k, t, c):
    s, idx = (normalize(Z) @ normalize(Z_train).T).topk(k, dim=1)
    s, idx = s[:, 1:], idx[:, 1:]
    wt = torch.softmax(s / t, 1)
    return wt.new_zeros(len(Z), c).scatter_add_(1, y[idx], wt)


def softmax_dim0(Z_train, y, Z, k, t, c):
    s, idx = (normalize(Z) @ normalize(Z_train).T).topk(k, dim=1)
    wt = torch.softmax(s / t, 0)
    v = wt.new_zeros(len(Z), c).scatter_add_(1, y[idx], wt)
    return v / v.sum(1, keepdim=True)


def by_numpy_and_argpartition(Z_train, y, Z, n_neighbors, temperature, num_classes):
    a, b = Z_train.double().numpy(), Z.double().numpy()
    cosine = (b / np.linalg.norm(b, axis=1, keepdims=True)) @ (a / np.linalg.norm(a, axis=1, keepdims=True)).T
    nearest = np.argpartition(-cosine, n_neighbors - 1, axis=1)[:, :n_neighbors]
    similarity = np.take_along_axis(cosine, nearest, axis=1)
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / temperature)
    votes = np.stack([(weights * (y.numpy()[nearest] == c)).sum(axis=1) for c in range(num_classes)], axis=1)
    return torch.from_numpy(votes / votes.sum(axis=1, keepdims=True)).to(Z.dtype)


def by_a_mask_over_all(Z_train, y_train, Z, n_neighbors, temperature, num_classes):
    table = F.cosine_similarity(Z[:, None], Z_train[None], dim=-1) / temperature
    border = table.topk(n_neighbors).values[:, -1:]
    return table.masked_fill(table < border, -torch.inf).softmax(-1) @ F.one_hot(y_train, num_classes).to(Z.dtype)


def by_numpy_sort(proba, y, k=1):
    best = np.argsort(-proba.numpy(), axis=1, kind="stable")[:, :k]
    return float(np.mean([label in row for label, row in zip(y.numpy(), best)]))


def by_a_mask_of_the_best(proba, y, k=1):
    chosen = torch.zeros_like(proba, dtype=torch.bool).scatter(1, proba.topk(k).indices, True)
    return chosen[torch.arange(len(y)), y].float().mean().item()


def by_bucketize(proba, y, n_bins=15):
    confidence, answer = proba.double().max(dim=1)
    edges = torch.arange(n_bins + 1, dtype=torch.float64) / n_bins
    where = torch.bucketize(confidence, edges) - 1
    total = 0.0
    for m in where.unique():
        inside = where == m
        total += inside.sum() * ((answer == y)[inside].double().mean() - confidence[inside].mean()).abs()
    return float(total / len(y))


def by_two_loops(proba, y, n_bins=15):
    rows = [(max(row), row.index(max(row)) == label) for row, label in zip(proba.tolist(), y.tolist())]
    total = 0.0
    for m in range(n_bins):
        part = [(c, hit) for c, hit in rows if m / n_bins < c <= (m + 1) / n_bins]
        if part:
            total += abs(sum(hit for _, hit in part) - sum(c for c, _ in part))
    return total / len(rows)


def by_one_product(proba, y, n_bins=15):
    confidence, answer = proba.max(dim=1)
    low = torch.arange(n_bins, dtype=torch.float64)[:, None] / n_bins
    high = torch.arange(1, n_bins + 1, dtype=torch.float64)[:, None] / n_bins
    inside = ((confidence > low) & (confidence <= high)).double()
    return ((inside @ ((answer == y).double() - confidence.double())).abs().sum() / len(y)).item()


WRONG = {
    "knn_predict_proba": [
        (dot_products, "not_normalized"), (only_the_queries_normalized, "not_normalized"),
        (dot_products_and_bare_exp, "not_normalized"), (columns_normalized, "normalized_over_the_wrong_axis"),
        (smallest, "the_farthest"), (first_of_argsort, "the_farthest"), (no_top_k, "everybody_votes"),
        (plain_majority, "not_weighted"), (counts, "not_weighted"), (no_temperature, "weight_without_temperature"),
        (times_temperature, "weight_without_temperature"), (no_exponential, "weight_without_temperature"),
        (minus_in_the_exponent, "weight_without_temperature"), (exponential_overflows, "overflow"),
        (weights_not_divided, "not_divided"), (written_once, "last_vote_only"), (one_hot_the_wrong_way, "transposed"),
        (normalized_in_place, "changes"), (classes_only, "shape"),
        (distances, "by_distance"), (distances_of_unit, "by_distance"), (labels_by_position, "labels_of_the_first"),
        (scatter_without_add, "last_vote_only"), (softmax_over_classes, "softmax_of_the_classes"),
        (softmax_before_topk, "not_divided"), (nearest_only, "nearest_alone"), (one_neighbour_less, "nearest_left_out"),
        (softmax_dim0, "softmax_over_the_wrong_axis"),
    ],
    "top_k_accuracy": [
        (plain_accuracy, "best_only"), (lowest_k, "lowest"), (over_the_rows, "over_the_wrong_axis"),
        (mean_over_all_guesses, "divided_by_k"), (how_many, "counted"), (share_of_errors, "errors"),
        (only_the_kth, "the_kth_only"), (one_for_each_row, "a_row_each"), (nothing_back, "none"),
        (label_row_not_a_column, "labels_not_a_column"),
        (all, "all_for_any"), (values, "scores_compared"), (one_too_many, "another_k"), (one_too_few, "another_k"),
        (percent, "percent"), (mass_of_the_k, "different"), (divided_by_classes, "different"),
        (isin_everything, "of_any_row"), (last_k_of_descending, "lowest"), (label_probability, "different"),
    ],
    "expected_calibration_error": [
        (empty_bins_too, "empty_bins"), (mean_over_bins, "every_bin_alike"), (mean_over_filled_bins, "every_bin_alike"),
        (sum_of_gaps, "every_bin_alike"), (times_the_count, "not_divided"), (no_absolute_value, "signs_cancel"),
        (absolute_value_at_the_end, "signs_cancel"), (squares, "squared"), (root_mean_square, "squared"),
        (probability_of_the_label, "of_the_true_class"), (all_probabilities, "every_class"),
        (left_closed_bins, "one_falls_out"), (left_closed_bins_and_one, "borders_go_up"),
        (fifteen_bins_always, "different"), (list_of_gaps, "different"),
        (closed_at_both_ends, "closed_at_both_ends"), (bin_centres, "centers_of_bins"), (maximum, "the_largest_gap"),
        (no_bins, "no_bins"), (no_bins_of_means, "signs_cancel"), (open_at_both_ends, "one_falls_out"),
        (equal_counts, "equal_counts"), (bins_from_one_over_k, "different"), (sum_not_mean_inside, "sums_inside"),
        (accuracy_of_all, "different"), (one_minus, "complement"), (linspace_one_edge_short, "one_bin_too_few"),
    ],
}

RIGHT = {
    "knn_predict_proba": [row_by_row, by_one_hot, by_scikit_learn,
        by_numpy_and_argpartition, by_a_mask_over_all,
    ],
    "top_k_accuracy": [by_rank, by_loops, as_a_tensor,
        by_numpy_sort, by_a_mask_of_the_best,
    ],
    "expected_calibration_error": [vectorised, by_numpy,
        by_bucketize, by_two_loops, by_one_product,
    ],
}


# ---- fit_temperature --------------------------------------------------------------------------------------------------

def halved(slope, z, rounds=45):
    """β by halving an interval of its logarithm; slope(p, z) of the loss at softmax(β z)."""
    low, high = math.log(0.01), math.log(100)
    for _ in range(rounds):
        middle = (low + high) / 2
        if slope((math.exp(middle) * z).softmax(dim=1), z) > 0:
            high = middle
        else:
            low = middle
    return math.exp((low + high) / 2)


def of_the_truth(y):
    return lambda p, z: (p * z).sum(dim=1).mean() - z.gather(1, y[:, None]).mean()


def best_T(cost, z):
    """The temperature at which cost(z / T) is lowest, on a grid."""
    return min(torch.logspace(-1, 1.5, 251, dtype=torch.float64).tolist(), key=lambda T: float(cost(z / T)))


def beta_returned(logits, y):
    return halved(of_the_truth(y), logits)


def log_returned(logits, y):
    return -math.log(halved(of_the_truth(y), logits))


def never_moved(logits, y):
    log_T = torch.zeros((), requires_grad=True)
    for _ in range(20):
        log_T.grad = None
        F.cross_entropy(logits / torch.tensor(log_T.exp().item()), y)
    return log_T.exp().item()


def the_wrong_half(logits, y):
    slope = of_the_truth(y)
    return 1 / halved(lambda p, z: -slope(p, z), logits)


def the_other_border(logits, y):
    return 1 / halved(lambda p, z: 1.0, logits)


def probabilities_for_logits(logits, y):
    return best_T(lambda z: F.cross_entropy(z.softmax(dim=1), y), logits.double())


def by_squares(logits, y):
    one = F.one_hot(y, logits.shape[1])
    return best_T(lambda z: (z.softmax(dim=1) - one).square().mean(), logits.double())


def likelihood_of_its_own_answer(logits, y):
    return 1 / halved(of_the_truth(logits.argmax(dim=1)), logits)


def a_few_rounds(logits, y):
    return 1 / halved(of_the_truth(y), logits, rounds=5)


def a_coarse_grid(logits, y):
    grid = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 1.3, 2.5, 3.8, 6.0, 14.0, 30.0, 80.0]
    return min(grid, key=lambda T: float(F.cross_entropy(logits / T, y)))


def calibrated_probabilities(logits, y):
    return (logits / best_T(lambda z: F.cross_entropy(z, y), logits.double())).softmax(dim=1)


def by_lbfgs(logits, y):
    z, log_T = logits.double(), torch.zeros((), dtype=torch.float64, requires_grad=True)
    z, scale = z / z.std(), float(z.std())
    search = torch.optim.LBFGS([log_T], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        loss = F.cross_entropy(z / log_T.exp(), y)
        loss.backward()
        return loss

    search.step(closure)
    return float(log_T.detach().exp()) * scale


def by_a_fine_grid(logits, y):
    grid = torch.logspace(-1, 2, 701, dtype=torch.float64)
    losses = torch.stack([F.cross_entropy(logits.double() / T, y) for T in grid])
    return grid[losses.argmin()]


def by_scipy(logits, y):
    from scipy.optimize import minimize_scalar

    z = logits.double()
    found = minimize_scalar(lambda u: float(F.cross_entropy(z / math.exp(u), y)), bounds=(-5, 7), method="bounded")
    return math.exp(found.x)


def by_newton(logits, y):
    z, beta = logits.double() / logits.double().std(), 0.1
    own = z.gather(1, y[:, None]).mean()
    for _ in range(50):
        p = (beta * z).softmax(dim=1)
        mean = (p * z).sum(dim=1)
        slope, curve = mean.mean() - own, ((p * z.square()).sum(dim=1) - mean.square()).mean()
        beta = max(beta / 3, float(beta - slope / curve))
    return float(logits.double().std()) / beta


WRONG["fit_temperature"] = (
    (beta_returned, "upside_down"), (log_returned, "logarithm_kept"), (never_moved, "not_moved"),
    (the_wrong_half, "ran_to_the_border"), (the_other_border, "ran_to_the_border"),
    (probabilities_for_logits, "softmax_twice"), (by_squares, "squared_error"),
    (likelihood_of_its_own_answer, "ran_to_the_border"),
    (a_few_rounds, "stopped_early"), (a_coarse_grid, "stopped_early"), (calibrated_probabilities, "different"),
)
def softmax_of_the_exponentials(Z_train, y_train, Z, n_neighbors, temperature, num_classes):
    top, indices = (normalize(Z) @ normalize(Z_train).T).topk(n_neighbors)
    votes = torch.zeros(len(Z), num_classes, dtype=Z.dtype)
    return votes.scatter_add_(1, y_train[indices], torch.exp(top / temperature)).softmax(dim=1)


def by_bins_in_single_precision(proba, y, n_bins=15):
    confidence, answer = proba.max(dim=1)
    bins = (confidence * n_bins).ceil().long() - 1
    return float(torch.zeros(n_bins).index_add_(0, bins, (answer == y) - confidence).abs().sum() / len(y))


def of_probabilities(logits, y):
    grid = np.geomspace(0.01, 100, 2000)
    return float(min(grid, key=lambda T: float(F.cross_entropy(logits.softmax(dim=1) / T, y))))


def by_a_few_steps_of_adam(logits, y):
    T = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.Adam([T], lr=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        F.cross_entropy(logits / T, y).backward()
        optimizer.step()
    return T.item()


WRONG["knn_predict_proba"] = [*WRONG["knn_predict_proba"], (softmax_of_the_exponentials, "softmax_of_the_classes")]
WRONG["expected_calibration_error"] = [*WRONG["expected_calibration_error"], (by_bins_in_single_precision, "error")]
WRONG["fit_temperature"] = [*WRONG["fit_temperature"], (of_probabilities, "softmax_twice"),
                            (by_a_few_steps_of_adam, "stopped_on_the_way")]
WRONG["hunt_votes"] = WRONG["knn_predict_proba"]
RIGHT["fit_temperature"] = (by_lbfgs, by_a_fine_grid, by_scipy, by_newton)
RIGHT["hunt_votes"] = RIGHT["knn_predict_proba"]
