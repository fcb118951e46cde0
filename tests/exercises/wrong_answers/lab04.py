"""Lab 04: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import numpy as np
import torch
from sklearn.neighbors import KNeighborsClassifier
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
    ],
    "top_k_accuracy": [
        (plain_accuracy, "best_only"), (lowest_k, "lowest"), (over_the_rows, "over_the_wrong_axis"),
        (mean_over_all_guesses, "divided_by_k"), (how_many, "counted"), (share_of_errors, "errors"),
        (only_the_kth, "the_kth_only"), (one_for_each_row, "a_row_each"), (nothing_back, "none"),
        (label_row_not_a_column, "labels_not_a_column"),
    ],
    "expected_calibration_error": [
        (empty_bins_too, "empty_bins"), (mean_over_bins, "every_bin_alike"), (mean_over_filled_bins, "every_bin_alike"),
        (sum_of_gaps, "every_bin_alike"), (times_the_count, "not_divided"), (no_absolute_value, "signs_cancel"),
        (absolute_value_at_the_end, "signs_cancel"), (squares, "squared"), (root_mean_square, "squared"),
        (probability_of_the_label, "of_the_true_class"), (all_probabilities, "every_class"),
        (left_closed_bins, "one_falls_out"), (left_closed_bins_and_one, "borders_go_up"),
        (fifteen_bins_always, "different"), (list_of_gaps, "different"),
    ],
}

RIGHT = {
    "knn_predict_proba": [row_by_row, by_one_hot, by_scikit_learn],
    "top_k_accuracy": [by_rank, by_loops, as_a_tensor],
    "expected_calibration_error": [vectorised, by_numpy],
}
