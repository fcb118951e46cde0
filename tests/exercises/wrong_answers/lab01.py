"""Lab 01: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right.

A wrong answer is named by what it does. Where the fault is not one that the exercise looks for, but one that any
function can have, the second entry is the engine's own word for it ("error", "shape", …).
"""

import math

import numpy as np
import torch
from sklearn.decomposition import PCA


def svd(X):
    return torch.linalg.svd(X, full_matrices=False)


def mean_along_each_row(X, k):
    mean = X.mean(dim=1)
    U, S, Vh = svd(X - mean)
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


def mean_along_each_row_as_a_column(X, k):
    mean = X.mean(dim=1, keepdim=True)
    U, S, Vh = svd(X - mean)
    return mean.flatten(), Vh[:k], S[:k] ** 2 / (len(X) - 1)


def one_mean_for_all(X, k):
    mean = X.mean()
    U, S, Vh = svd(X - mean)
    return mean.expand(X.shape[1]), Vh[:k], S[:k] ** 2 / (len(X) - 1)


def no_centring(X, k):
    U, S, Vh = svd(X)
    return X.mean(dim=0), Vh[:k], S[:k] ** 2 / (len(X) - 1)


def no_centring_of_the_covariance(X, k):
    L, V = torch.linalg.eigh(X.T @ X / (len(X) - 1))
    return X.mean(dim=0), V.flip(1)[:, :k].T, L.flip(0)[:k]


def centred(X, k, components, divide=lambda S, N: S**2 / (N - 1)):
    """The right mean, and then whatever is asked for."""
    mean = X.mean(dim=0)
    U, S, Vh = svd(X - mean)
    return mean, components(U, S, Vh), divide(S, len(X))[:k]


def columns_of_u(X, k):
    return centred(X, k, lambda U, S, Vh: U[:, :k])


def columns_of_u_as_rows(X, k):
    return centred(X, k, lambda U, S, Vh: U[:, :k].T)


def rows_of_u(X, k):
    return centred(X, k, lambda U, S, Vh: U[:k])


def one_component_per_column(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k].T)


def columns_of_vh_instead_of_rows(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:, :k])


def rows_of_v(X, k):
    return centred(X, k, lambda U, S, Vh: Vh.T[:k])


def last_k(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[-k:], lambda S, N: S.flip(0)[:k].flip(0) ** 2 / (N - 1))


def smallest_eigenvalues(X, k):
    mean = X.mean(dim=0)
    L, V = torch.linalg.eigh(torch.cov(X.T))
    return mean, V[:, :k].T, L[:k]


def ascending_eigenvalues(X, k):
    mean = X.mean(dim=0)
    L, V = torch.linalg.eigh(torch.cov(X.T))
    return mean, V[:, -k:].T, L[-k:]


def components_sorted_and_variances_not(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean, components, variances.flip(0)


def all_of_them(X, k):
    return centred(X, None, lambda U, S, Vh: Vh)


def singular_values_for_variances(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S)


def standard_deviations(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S / (N - 1) ** 0.5)


def singular_values_divided(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S / (N - 1))


def divided_by_the_number_of_points(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S**2 / N)


def divided_by_nothing(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S**2)


def explained_variance_ratio(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S**2 / (S**2).sum())


def components_first(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return components, mean, variances


def mean_as_a_row(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean[None], components, variances


def in_numpy(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean.numpy(), components.numpy(), variances.numpy()


def components_only(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k])[1]


def centred_in_place(X, k):
    mean = X.mean(dim=0)
    X -= mean
    U, S, Vh = svd(X)
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


def neither_centred_nor_squared(X, k):
    U, S, Vh = svd(X)
    return X.mean(dim=0), Vh[:k], S[:k]


def nothing_like_it(X, k):
    return X.mean(dim=0), torch.eye(X.shape[1], dtype=X.dtype)[:k], torch.ones(k, dtype=X.dtype)


def by_the_covariance(X, k):
    L, V = torch.linalg.eigh(torch.cov(X.T))
    return X.mean(dim=0), V.flip(1)[:, :k].T, L.flip(0)[:k]


def by_scikit_learn(X, k):
    fitted = PCA(n_components=k, svd_solver="full").fit(X.numpy())
    return tuple(torch.from_numpy(np.ascontiguousarray(a)).to(X.dtype)
                 for a in (fitted.mean_, fitted.components_, fitted.explained_variance_))


def by_power_iteration(X, k):
    mean = X.sum(0) / len(X)
    C = (X - mean).T @ (X - mean) / (len(X) - 1)
    components, variances = [], []
    for _ in range(k):
        v = C[:, C.diagonal().argmax()].double()
        for _ in range(200):
            v = C.double() @ v
            v = v / v.norm()
        variance = v @ C.double() @ v
        C = C - (variance * torch.outer(v, v)).to(C.dtype)
        components.append(v)
        variances.append(variance)
    return [mean, torch.stack(components).to(X.dtype), torch.stack(variances).to(X.dtype)]


def transposed_both_ways(X, mean, components):
    return (X - mean) @ components @ components.T


def there_only(X, mean, components):
    return (X - mean) @ components.T


def there_only_without_the_mean(X, mean, components):
    return X @ components.T


def mean_forgotten_at_the_end(X, mean, components):
    return (X - mean) @ components.T @ components


def mean_forgotten_at_the_beginning(X, mean, components):
    return X @ components.T @ components + mean


def mean_forgotten_altogether(X, mean, components):
    return X @ components.T @ components


def mean_of_the_points_at_hand(X, mean, components):
    mean = X.mean(dim=0)
    return (X - mean) @ components.T @ components + mean


def subtracted_at_the_end_too(X, mean, components):
    return (X - mean) @ components.T @ components - mean


def input_returned(X, mean, components):
    return X


def as_a_tuple(X, mean, components):
    return (X - mean) @ components.T @ components + mean,


def projected_in_place(X, mean, components):
    X.sub_(mean)
    return X @ components.T @ components + mean


def in_single_precision(X, mean, components):
    return ((X - mean) @ components.T @ components + mean).float()


def by_einsum(X, mean, components):
    return mean + torch.einsum("nd,kd,ke->ne", X - mean, components, components)


def by_loops(X, mean, components):
    rows = []
    for x in X:
        row = mean.clone()
        for direction in components:
            row = row + torch.dot(x - mean, direction) * direction
        rows.append(row)
    return torch.stack(rows)


def weights(D, sigma):
    """exp(−d²/2σ²) with each row's smallest d² subtracted, not yet normalised."""
    return torch.exp(-(D - D.min(dim=1, keepdim=True).values) / (2 * sigma[:, None] ** 2))


def right_p(D, sigma):
    W = weights(D, sigma)
    return W / W.sum(dim=1, keepdim=True)


def bits(P):
    return -torch.where(P > 0, P * P.clamp_min(1e-45).log2(), torch.zeros_like(P)).sum(dim=1)


def of_logits(logits):
    P = torch.softmax(logits, dim=1)
    return P, 2 ** bits(P)


def no_two(D, sigma):
    return of_logits(-D / sigma[:, None] ** 2)


def sigma_not_squared(D, sigma):
    return of_logits(-D / sigma[:, None])


def two_sigma_not_squared(D, sigma):
    return of_logits(-D / (2 * sigma[:, None]))


def no_brackets_around_two_sigma_squared(D, sigma):
    return of_logits(-D / 2 * sigma[:, None] ** 2)


def no_sigma(D, sigma):
    return of_logits(-D)


def no_sigma_and_naive(D, sigma):
    P = torch.exp(-D)
    P = P / P.sum(dim=1, keepdim=True)
    return P, 2 ** -(P * P.log2()).sum(dim=1)


def distance_squared_again(D, sigma):
    return of_logits(-D**2 / (2 * sigma[:, None] ** 2))


def no_minus(D, sigma):
    return of_logits(D / (2 * sigma[:, None] ** 2))


def columns_sum_to_one(D, sigma):
    P = torch.softmax(-D / (2 * sigma[:, None] ** 2), dim=0)
    return P, 2 ** bits(P)


def all_of_it_sums_to_one(D, sigma):
    P = torch.softmax((-D / (2 * sigma[:, None] ** 2)).flatten(), dim=0).view_as(D)
    return P, 2 ** bits(P)


def weights_only(D, sigma):
    P = torch.exp(-D / (2 * sigma[:, None] ** 2))
    return P, 2 ** bits(P)


def zero_over_zero(D, sigma):
    P = torch.exp(-D / (2 * sigma[:, None] ** 2))
    P = P / P.sum(dim=1, keepdim=True)
    return P, 2 ** torch.special.entr(P).sum(dim=1).div(math.log(2))


def zero_log_zero(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -(P * P.log2()).sum(dim=1)


def both_zeros(D, sigma):
    P = torch.exp(-D / (2 * sigma[:, None] ** 2))
    P = P / P.sum(dim=1, keepdim=True)
    return P, 2 ** -(P * P.log2()).sum(dim=1)


def nats_to_the_power_of_two(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** torch.special.entr(P).sum(dim=1)


def bits_to_the_power_of_e(D, sigma):
    P = right_p(D, sigma)
    return P, torch.exp(bits(P))


def no_minus_in_the_entropy(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -bits(P)


def entropy_in_bits(D, sigma):
    P = right_p(D, sigma)
    return P, bits(P)


def entropy_in_nats(D, sigma):
    P = right_p(D, sigma)
    return P, torch.special.entr(P).sum(dim=1)


def one_perplexity_for_all(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** bits(P).mean()


def perplexity_only(D, sigma):
    return 2 ** bits(right_p(D, sigma))


def sigma_along_the_columns(D, sigma):
    return of_logits(-D / (2 * sigma**2))


def by_softmax(D, sigma):
    P = torch.softmax(-D / (2 * sigma.square().unsqueeze(1)), dim=-1)
    return P, torch.exp(-torch.special.xlogy(P, P).sum(dim=-1))


def row_by_row(D, sigma):
    P, perplexities = torch.zeros_like(D), []
    for i in range(len(D)):
        row = torch.exp(-(D[i] - D[i].min()) / (2 * sigma[i] ** 2))
        P[i] = row / row.sum()
        perplexities.append(2 ** sum(-p * math.log2(p) for p in P[i].tolist() if p > 0))
    return P, torch.tensor(perplexities, dtype=D.dtype)


def with_a_little_added(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -(P * (P + 1e-12).log2()).sum(1)


# ---- further answers --------------------------------------------------------------------------------------------------

def standardized(X, k):
    mean = X.mean(dim=0)
    U, S, Vh = svd((X - mean) / X.std(dim=0))
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


def scores(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean, (X - mean) @ components.T, variances


def scores_from_u(X, k):
    return centred(X, k, lambda U, S, Vh: U[:, :k] * S[:k])


def loadings(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean, components * variances.sqrt()[:, None], variances


def scaled_by_the_singular_values(X, k):
    return centred(X, k, lambda U, S, Vh: S[:k, None] * Vh[:k])


def divided_by_the_dimensions(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S**2 / (X.shape[1] - 1))


def covariance_of_the_points(X, k):
    L, V = torch.linalg.eigh(torch.cov(X))
    return X.mean(dim=0), V.flip(1)[:, :k].T, L.flip(0)[:k]


def variances_of_the_columns(X, k):
    mean, components, _ = centred(X, k, lambda U, S, Vh: Vh[:k])
    return mean, components, X.var(dim=0)[:k]


def mean_of_what_is_centred(X, k):
    mean, components, variances = centred(X, k, lambda U, S, Vh: Vh[:k])
    return (X - mean).mean(dim=0), components, variances


def around_the_median(X, k):
    middle = X.median(dim=0).values
    U, S, Vh = svd(X - middle)
    return middle, Vh[:k], S[:k] ** 2 / (len(X) - 1)


def by_torch_svd(X, k):
    mean = X.mean(dim=0)
    U, S, V = torch.svd(X - mean)
    return mean, V[:k], S[:k] ** 2 / (len(X) - 1)


def divided_by_n_plus_one(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: S**2 / (N + 1))


def the_second_to_the_last(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[1:k + 1] if len(Vh) > k else Vh[:k])


def in_double_precision(X, k):
    Z = X.double()
    mean = Z.mean(dim=0)
    U, S, Vh = svd(Z - mean)
    return mean.to(X.dtype), Vh[:k].to(X.dtype), (S[:k] ** 2 / (len(X) - 1)).to(X.dtype)


def by_way_of_numpy(X, k):
    Z = X.numpy()
    U, S, Vh = np.linalg.svd(Z - Z.mean(0), full_matrices=False)
    return torch.from_numpy(Z.mean(0)), torch.from_numpy(Vh[:k]), torch.from_numpy(S[:k] ** 2 / (len(Z) - 1))


def by_the_variance_of_the_scores(X, k):
    mean = torch.einsum("nd->d", X) / X.shape[0]
    Vh = torch.linalg.svd(X - mean)[2][:k]
    return mean, Vh, ((X - mean) @ Vh.T).var(dim=0)


def what_is_left(X, mean, components):
    return X - ((X - mean) @ components.T @ components + mean)


def mean_subtracted_twice(X, mean, components):
    return (X - 2 * mean) @ components.T @ components + mean


def mean_added_on_both_ways(X, mean, components):
    return (X + mean) @ components.T @ components + mean


def mean_moved_into_the_codes(X, mean, components):
    return ((X - mean) @ components.T + mean @ components.T) @ components


def the_first_component_only(X, mean, components):
    return (X - mean) @ components[:1].T @ components[:1] + mean


def one_number_for_the_mean(X, mean, components):
    return (X - mean.mean()) @ components.T @ components + mean.mean()


def lengths_taken_off(X, mean, components):
    Z = torch.nn.functional.normalize((X - mean) @ components.T, dim=1)
    return Z @ components + mean


def magnitudes_of_the_codes(X, mean, components):
    return ((X - mean) @ components.T).abs() @ components + mean


def mean_added_before_the_way_back(X, mean, components):
    return ((X - mean) @ components.T + mean) @ components


def by_the_pseudo_inverse(X, mean, components):
    return (X - mean) @ components.T @ torch.linalg.pinv(components).T + mean


def by_a_projection_matrix(X, mean, components):
    onto = components.mT.matmul(components)
    return torch.addmm(mean, X.sub(mean), onto)


def back_by_numpy(X, mean, components):
    Z = (X.numpy() - mean.numpy()) @ components.numpy().T
    return torch.from_numpy(Z @ components.numpy() + mean.numpy())


def in_double_and_back(X, mean, components):
    Z = (X - mean).double() @ components.double().T
    return (Z @ components.double() + mean.double()).to(X.dtype)


def entropy_down_the_columns(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** (torch.special.entr(P).sum(dim=0) / math.log(2))


def mean_for_a_sum(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** (torch.special.entr(P).mean(dim=1) / math.log(2))


def inverse_simpson(D, sigma):
    P = right_p(D, sigma)
    return P, 1 / P.square().sum(dim=1)


def largest_turned_round(D, sigma):
    P = right_p(D, sigma)
    return P, 1 / P.max(dim=1).values


def log_of_one_and_p(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -(P * torch.log2(1 + P)).sum(dim=1)


def p_left_out(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -(P.clamp_min(1e-30).log2()).sum(dim=1)


def divided_by_the_largest(D, sigma):
    W = weights(D, sigma)
    return W / W.max(dim=1, keepdim=True).values, 2 ** bits(W / W.sum(dim=1, keepdim=True))


def gaussian_densities(D, sigma):
    P = torch.exp(-D / (2 * sigma[:, None] ** 2)) / (sigma[:, None] * math.sqrt(2 * math.pi))
    return P, 2 ** bits(P)


def sum_without_an_axis_kept(D, sigma):
    W = weights(D, sigma)
    P = W / W.sum(dim=1)
    return P, 2 ** bits(P)


def entropy_of_the_weights(D, sigma):
    W = weights(D, sigma)
    return W / W.sum(dim=1, keepdim=True), 2 ** bits(W)


def entropy_squared(D, sigma):
    P = right_p(D, sigma)
    return P, bits(P) ** 2


def cauchy(D, sigma):
    W = 1 / (1 + D / sigma[:, None] ** 2)
    P = W / W.sum(dim=1, keepdim=True)
    return P, 2 ** bits(P)


def sigma_transposed_over_rows(D, sigma):
    P = torch.softmax(-D / (2 * sigma.mean() ** 2), dim=1)
    return P, 2 ** bits(P)


def log_ten(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** (torch.special.entr(P).sum(dim=1) / math.log(10))


def more_added(D, sigma):
    P = right_p(D, sigma)
    return P, 2 ** -(P * (P + 1e-8).log2()).sum(1)


def by_distributions(D, sigma):
    given = torch.distributions.Categorical(logits=-D / (2 * sigma[:, None] ** 2))
    return given.probs, given.entropy().exp()


def by_nansum(D, sigma):
    logits = -D / (2 * sigma.view(-1, 1) ** 2)
    P = (logits - logits.logsumexp(dim=1, keepdim=True)).exp()
    return P, torch.pow(2, -(P * P.log2()).nansum(dim=1))


def p_by_numpy(D, sigma):
    W = -D.numpy() / (2 * sigma.numpy()[:, None] ** 2)
    W = np.exp(W - W.max(1, keepdims=True))
    P = W / W.sum(1, keepdims=True)
    H = -(P * np.log2(np.where(P > 0, P, 1))).sum(1)
    return torch.from_numpy(P), torch.from_numpy(2**H)


def running_sums(X, k):
    return centred(X, k, lambda U, S, Vh: Vh[:k], lambda S, N: (S**2 / (N - 1)).cumsum(0))


def svd_of_the_scatter_matrix(X, k):
    mean = X.mean(dim=0)
    U, S, Vh = svd((X - mean).T @ (X - mean))
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


def averaged_mean_at_the_end(X, mean, components):
    return (X - mean) @ components.T @ components + mean.mean()


def divided_by_k(X, mean, components):
    return (X - mean) @ components.T @ components / len(components) + mean


def mean_of_the_scores(X, mean, components):
    return ((X - mean) @ components.T).mean(0) @ components + mean


def two_sigma_squared_in_one(D, sigma):
    return of_logits(-D / (2 * sigma[:, None]) ** 2)


def rounded(D, sigma):
    P = right_p(D, sigma)
    return P, (2 ** bits(P)).round()


WRONG = {
    "pca": [
        (mean_along_each_row, "mean_over_the_wrong_axis"),
        (mean_along_each_row_as_a_column, "mean_over_the_wrong_axis"),
        (one_mean_for_all, "mean_over_the_wrong_axis"), (no_centring, "not_centred"),
        (no_centring_of_the_covariance, "not_centred"), (columns_of_u, "u_instead_of_vh"),
        (columns_of_u_as_rows, "u_instead_of_vh"), (rows_of_u, "u_instead_of_vh"),
        (one_component_per_column, "components_transposed"), (columns_of_vh_instead_of_rows, "columns_of_vh"),
        (rows_of_v, "columns_of_vh"), (last_k, "not_the_top_k"), (smallest_eigenvalues, "not_the_top_k"),
        (ascending_eigenvalues, "ascending"), (components_sorted_and_variances_not, "ascending"),
        (all_of_them, "more_than_k"), (singular_values_for_variances, "singular_values"),
        (standard_deviations, "not_squared"), (singular_values_divided, "not_squared"),
        (divided_by_the_number_of_points, "divided_by_n"), (divided_by_nothing, "not_divided"),
        (explained_variance_ratio, "shares"), (neither_centred_nor_squared, "not_centred"),
        (components_first, "order"), (mean_as_a_row, "flattened"), (in_numpy, "type"), (components_only, "count"),
        (centred_in_place, "changes"), (nothing_like_it, "different"),
        (standardized, "standardized"), (scores, "one_number_per_point"), (scores_from_u, "one_number_per_point"),
        (loadings, "not_normalized"), (scaled_by_the_singular_values, "not_normalized"),
        (divided_by_the_dimensions, "divided_by_the_dimensions"), (covariance_of_the_points, "one_number_per_point"),
        (variances_of_the_columns, "variances_of_columns"), (mean_of_what_is_centred, "mean_lost"),
        (around_the_median, "different"), (by_torch_svd, "columns_of_vh"), (divided_by_n_plus_one, "different"),
        (the_second_to_the_last, "different"),
        (running_sums, "added_up"), (svd_of_the_scatter_matrix, "squared_twice"),
    ],
    "reconstruct": [
        (transposed_both_ways, "components_transposed_on_the_way"), (there_only, "projected_only"),
        (there_only_without_the_mean, "projected_only"), (mean_forgotten_at_the_end, "mean_not_added"),
        (mean_forgotten_at_the_beginning, "mean_not_subtracted"), (mean_forgotten_altogether, "no_mean"),
        (mean_of_the_points_at_hand, "own_mean"), (subtracted_at_the_end_too, "mean_with_another_sign"),
        (input_returned, "different"), (as_a_tuple, "count"), (projected_in_place, "changes"),
        (in_single_precision, "dtype"),
        (what_is_left, "what_is_lost"), (mean_subtracted_twice, "mean_with_another_sign"),
        (mean_added_on_both_ways, "mean_with_another_sign"), (mean_moved_into_the_codes, "no_mean"),
        (the_first_component_only, "different"), (one_number_for_the_mean, "one_number_for_the_mean"),
        (lengths_taken_off, "different"), (magnitudes_of_the_codes, "different"),
        (mean_added_before_the_way_back, "error"),
        (averaged_mean_at_the_end, "one_number_for_the_mean"), (divided_by_k, "different"),
        (mean_of_the_scores, "mean_too_much"),
    ],
    "perplexity": [
        (no_two, "exponent"), (sigma_not_squared, "exponent"), (two_sigma_not_squared, "exponent"),
        (no_brackets_around_two_sigma_squared, "exponent"), (no_sigma, "exponent"), (no_sigma_and_naive, "exponent"),
        (distance_squared_again, "exponent"), (no_minus, "minus_missing"),
        (columns_sum_to_one, "normalized_over_the_wrong_axis"),
        (all_of_it_sums_to_one, "normalized_over_the_wrong_axis"),
        (weights_only, "not_normalized"), (zero_over_zero, "underflow"), (zero_log_zero, "zero_times_log_zero"),
        (both_zeros, "zero_times_log_zero"), (nats_to_the_power_of_two, "mixed_bases"),
        (bits_to_the_power_of_e, "mixed_bases"), (no_minus_in_the_entropy, "sign_of_the_entropy"),
        (entropy_in_bits, "entropy_only"), (entropy_in_nats, "entropy_only"), (one_perplexity_for_all, "shape"),
        (perplexity_only, "count"), (sigma_along_the_columns, "error"),
        (entropy_down_the_columns, "shape"), (mean_for_a_sum, "averaged_over_neighbours"),
        (inverse_simpson, "another_count"), (largest_turned_round, "another_count"), (log_of_one_and_p, "different"),
        (p_left_out, "p_left_out"), (divided_by_the_largest, "not_shares"), (gaussian_densities, "not_normalized"),
        (sum_without_an_axis_kept, "error"), (entropy_of_the_weights, "different"),
        (entropy_squared, "base_and_exponent_swapped"), (cauchy, "different"),
        (sigma_transposed_over_rows, "different"), (log_ten, "mixed_bases"),
        (two_sigma_squared_in_one, "exponent"), (rounded, "different"),
    ],
}

RIGHT = {
    "pca": [
        by_the_covariance, by_scikit_learn, by_power_iteration, in_double_precision, by_way_of_numpy,
        by_the_variance_of_the_scores,
    ],
    "reconstruct": [
        by_einsum, by_loops, by_the_pseudo_inverse, by_a_projection_matrix, back_by_numpy, in_double_and_back,
    ],
    "perplexity": [by_softmax, row_by_row, with_a_little_added, more_added, by_distributions, by_nansum, p_by_numpy],
}


# --- student_t --------------------------------------------------------------------------------------------------------


def gaps_sq(Y):
    return (Y[:, None] - Y[None]).square().sum(dim=2)


def hollow(weights):
    return weights * (1 - torch.eye(len(weights), dtype=weights.dtype))


def cauchy_weights(Y):
    return hollow(1 / (1 + gaps_sq(Y)))


def share(weights):
    return weights / weights.sum()


def a_bell_curve(Y):
    return share(hollow(torch.exp(-gaps_sq(Y))))


def a_softmax_of_rows(Y):
    return torch.softmax(-gaps_sq(Y), dim=1)


def plain_distance(Y):
    return share(hollow(1 / (1 + gaps_sq(Y).sqrt())))


def with_itself(Y):
    return share(1 / (1 + gaps_sq(Y)))


def hollow_too_late(Y):
    return hollow(share(1 / (1 + gaps_sq(Y))))


def hollow_in_the_sum_only(Y):
    return 1 / (1 + gaps_sq(Y)) / cauchy_weights(Y).sum()


def rows_sum_to_one(Y):
    weights = cauchy_weights(Y)
    return weights / weights.sum(dim=1, keepdim=True)


def weights_of_the_map(Y):
    return cauchy_weights(Y)


def pairs_once(Y):
    weights = cauchy_weights(Y)
    return weights / weights.triu().sum()


def without_one_plus(Y):
    return share(hollow(1 / (gaps_sq(Y) + torch.eye(len(Y)))))


def far_ones_are_likely(Y):
    return share(hollow(1 + gaps_sq(Y)))


def mean_square(Y):
    return share(hollow(1 / (1 + (Y[:, None] - Y[None]).square().mean(dim=2))))


def three_halves(Y):
    return share(hollow((1 + gaps_sq(Y)) ** -1.5))


def columns_only(Y):
    return cauchy_weights(Y).sum(dim=1)


def q_by_loops(Y):
    weights = [[0.0 if i == j else 1 / (1 + float((a - b).double().square().sum())) for j, b in enumerate(Y)]
               for i, a in enumerate(Y)]
    weights = torch.tensor(weights, dtype=torch.float64)
    return (weights / weights.sum()).to(Y.dtype)


def q_by_cdist(Y):
    weights = torch.cdist(Y, Y, compute_mode="donot_use_mm_for_euclid_dist").square().add(1).reciprocal().fill_diagonal_(0)
    return weights / weights.sum()


def q_by_a_softmax(Y):
    logits = -torch.log1p(gaps_sq(Y)) + torch.diag(torch.full((len(Y),), -torch.inf, dtype=Y.dtype))
    return torch.softmax(logits.flatten(), dim=0).view(len(Y), len(Y))


def q_by_numpy(Y):
    y = Y.double().numpy()
    weights = 1 / (1 + ((y[:, None] - y[None]) ** 2).sum(axis=2))
    np.fill_diagonal(weights, 0)
    return torch.from_numpy(weights / weights.sum()).to(Y.dtype)


WRONG["student_t"] = [
    (a_bell_curve, "gaussian"), (a_softmax_of_rows, "gaussian"), (plain_distance, "not_squared"),
    (with_itself, "itself_counted"), (hollow_too_late, "itself_in_the_sum"), (hollow_in_the_sum_only, "itself_left_in"),
    (rows_sum_to_one, "by_rows"), (weights_of_the_map, "not_normalized"), (pairs_once, "each_pair_once"),
    (without_one_plus, "no_one_plus"), (far_ones_are_likely, "far_is_likely"), (mean_square, "mean_over_coordinates"),
    (three_halves, "another_power"), (columns_only, "shape"),
]
RIGHT["student_t"] = [q_by_loops, q_by_cdist, q_by_a_softmax, q_by_numpy]


# --- tsne_gradient ----------------------------------------------------------------------------------------------------


def moved(weights, Y):
    return (weights[:, :, None] * (Y[:, None] - Y[None])).sum(dim=1)


def heavy(Y):
    return 1 / (1 + gaps_sq(Y))


def tail_forgotten(P, Q, Y):
    return 4 * moved(P - Q, Y)


def downhill(P, Q, Y):
    return 4 * moved((Q - P) * heavy(Y), Y)


def the_other_way_round(P, Q, Y):
    return 4 * ((P - Q) * heavy(Y)) @ Y - 4 * ((P - Q) * heavy(Y)).sum(dim=1, keepdim=True) * Y


def down_the_columns(P, Q, Y):
    return 4 * (((P - Q) * heavy(Y))[:, :, None] * (Y[:, None] - Y[None])).sum(dim=0)


def without_the_four(P, Q, Y):
    return moved((P - Q) * heavy(Y), Y)


def with_a_two(P, Q, Y):
    return 2 * moved((P - Q) * heavy(Y), Y)


def pull_alone(P, Q, Y):
    return 4 * moved(P * heavy(Y), Y)


def push_alone(P, Q, Y):
    return -4 * moved(Q * heavy(Y), Y)


def without_y_i(P, Q, Y):
    return -4 * ((P - Q) * heavy(Y)) @ Y


def mean_over_the_others(P, Q, Y):
    return 4 * (((P - Q) * heavy(Y))[:, :, None] * (Y[:, None] - Y[None])).mean(dim=1)


def tail_squared(P, Q, Y):
    return 4 * moved((P - Q) * heavy(Y) ** 2, Y)


def divided_by_the_tail(P, Q, Y):
    return 4 * moved((P - Q) / heavy(Y), Y)


def q_as_the_tail(P, Q, Y):
    return 4 * moved((P - Q) * Q, Y)


def tail_of_the_plain_distance(P, Q, Y):
    return 4 * moved((P - Q) / (1 + gaps_sq(Y).sqrt()), Y)


def one_push_for_each(P, Q, Y):
    return 4 * ((P - Q) * heavy(Y)).sum(dim=1, keepdim=True) * (Y - Y.mean(dim=0))


def the_divergence_itself(P, Q, Y):
    return torch.special.xlogy(P, P / Q.clamp_min(1e-12)).sum()


def gradient_by_loops(P, Q, Y):
    out = torch.zeros(Y.shape, dtype=torch.float64)
    for i, a in enumerate(Y.double()):
        for j, b in enumerate(Y.double()):
            out[i] += 4 * float(P[i, j] - Q[i, j]) * (a - b) / (1 + float((a - b).square().sum()))
    return out.to(Y.dtype)


def gradient_by_einsum(P, Q, Y):
    between = Y[:, None] - Y[None]
    return 4 * torch.einsum("ij,ijd->id", (P - Q) / (1 + between.square().sum(2)), between)


def gradient_by_products(P, Q, Y):
    y = Y.double()
    pull = (P - Q).double() / (1 + gaps_sq(y))
    return (4 * (pull.sum(dim=1, keepdim=True) * y - pull @ y)).to(Y.dtype)


def gradient_by_autograd(P, Q, Y):
    y = Y.detach().double().requires_grad_()
    weights = hollow(1 / (1 + gaps_sq(y)))
    off = ~torch.eye(len(y), dtype=torch.bool)
    p, q = P.double(), weights / weights.sum()
    loss = (p[off] * (p[off] / q[off]).log()).sum()
    return torch.autograd.grad(loss, y)[0].to(Y.dtype)


WRONG["tsne_gradient"] = [
    (tail_forgotten, "no_tail"), (downhill, "sign_turned"), (the_other_way_round, "sign_turned"),
    (down_the_columns, "sign_turned"), (without_the_four, "another_factor"), (with_a_two, "another_factor"),
    (pull_alone, "no_push"), (push_alone, "no_pull"), (without_y_i, "no_difference"), (mean_over_the_others, "averaged"),
    (tail_squared, "tail_twice"), (divided_by_the_tail, "tail_twice"), (q_as_the_tail, "q_for_the_tail"),
    (tail_of_the_plain_distance, "not_squared"), (one_push_for_each, "from_the_middle"), (the_divergence_itself, "shape"),
]
RIGHT["tsne_gradient"] = [gradient_by_loops, gradient_by_einsum, gradient_by_products, gradient_by_autograd]
def every_pair_from_one_side(P, Q, Y):
    slope = torch.zeros_like(Y)
    for i in range(len(Y)):
        for j in range(i + 1, len(Y)):
            between = Y[i] - Y[j]
            slope[i] += 4 * (P[i, j] - Q[i, j]) * between / (1 + between @ between)
    return slope


WRONG["tsne_gradient"].append((every_pair_from_one_side, "each_pair_once"))
WRONG["hunt_tsne_gradient"] = WRONG["tsne_gradient"]
RIGHT["hunt_tsne_gradient"] = RIGHT["tsne_gradient"]


# --- joint_probabilities ----------------------------------------------------------------------------------------------


def rest_of(D):
    return D[~torch.eye(len(D), dtype=torch.bool)].view(len(D), len(D) - 1)


def felt_by(d, sigma):
    P = torch.softmax(-d / (2 * sigma[:, None] ** 2), dim=1)
    return P, 2 ** (torch.special.entr(P).sum(dim=1) / math.log(2))


def widths(d, target, felt=lambda d, sigma: felt_by(d, sigma)[1], rounds=60, turned=False):
    low, high = torch.zeros_like(d[:, 0]), 20 * d.amax(dim=1).sqrt()
    for _ in range(rounds):
        middle = (low + high) / 2
        few = (felt(d, middle) < target) ^ turned
        low, high = torch.where(few, middle, low), torch.where(few, high, middle)
    return middle


def back_in_a_table(p):
    n = len(p)
    P = torch.zeros(n, n, dtype=p.dtype)
    P[~torch.eye(n, dtype=torch.bool)] = p.flatten()
    return P


def one_way(D, target, **more):
    d = rest_of(D)
    return back_in_a_table(felt_by(d, widths(d, target, **more))[0])


def both_ways(P):
    return (P + P.T) / (2 * len(P))


def conditionals(D, target):
    return one_way(D, target)


def conditionals_over_n(D, target):
    return one_way(D, target) / len(D)


def only_halved(D, target):
    P = one_way(D, target)
    return (P + P.T) / 2


def only_by_n(D, target):
    P = one_way(D, target)
    return (P + P.T) / len(D)


def oneself_among_the_others(D, target):
    P = felt_by(D, widths(D, target))[0]
    return both_ways(P * (1 - torch.eye(len(D), dtype=D.dtype)))


def the_mean_width(D, target):
    d = rest_of(D)
    return both_ways(back_in_a_table(felt_by(d, widths(d, target).mean().expand(len(d)))[0]))


def the_wrong_half(D, target):
    return both_ways(one_way(D, target, turned=True))


def bits_for_neighbors(D, target):
    return both_ways(one_way(D, target, felt=lambda d, sigma: felt_by(d, sigma)[1].log2()))


def squared_once_more(D, target):
    return both_ways(one_way(D**2, target))


def the_larger_of_two(D, target):
    P = one_way(D, target)
    return torch.maximum(P, P.T) / len(D)


def the_product(D, target):
    P = one_way(D, target)
    return P * P.T


def with_logarithms_of_the_width(D, target):
    d = rest_of(D)
    low, high = torch.full_like(d[:, 0], -30.0), torch.full_like(d[:, 0], 30.0)
    for _ in range(70):
        middle = (low + high) / 2
        few = felt_by(d, middle.exp())[1] < target
        low, high = torch.where(few, middle, low), torch.where(few, high, middle)
    return both_ways(back_in_a_table(felt_by(d, middle.exp())[0]))


def point_by_point(D, target):
    n = len(D)
    P = torch.zeros(n, n, dtype=torch.float64)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        d, low, high = D[i, others].double()[None], 0.0, 100 * float(D.max()) ** 0.5
        for _ in range(80):
            sigma = (low + high) / 2
            p, felt = felt_by(d, torch.tensor([sigma], dtype=torch.float64))
            low, high = (sigma, high) if float(felt) < target else (low, sigma)
        P[i, others] = p[0]
    return both_ways(P).to(D.dtype)


def with_infinite_diagonal(D, target):
    far = D + torch.diag(torch.full((len(D),), torch.inf, dtype=D.dtype))
    P = torch.softmax(-far / (2 * widths(rest_of(D), target)[:, None] ** 2), dim=1)
    return (P + P.mT) / (P + P.mT).sum()


WRONG["joint_probabilities"] = [
    (conditionals, "one_direction"), (conditionals_over_n, "one_direction"), (only_halved, "another_divisor"),
    (only_by_n, "another_divisor"), (oneself_among_the_others, "itself_felt"), (the_mean_width, "one_width"),
    (the_wrong_half, "wrong_half"), (bits_for_neighbors, "entropy_for_perplexity"), (squared_once_more, "squared_again"),
    (the_larger_of_two, "not_the_mean"), (the_product, "not_the_mean"),
]
RIGHT["joint_probabilities"] = [with_logarithms_of_the_width, point_by_point, with_infinite_diagonal]


def itself_taken_out_at_the_end(D, target):
    low, high = torch.zeros_like(D[0]), torch.full_like(D[0], 10 * float(D.max().sqrt()))
    for _ in range(60):
        sigma = (low + high) / 2
        p = torch.softmax(-D / (2 * sigma[:, None] ** 2), dim=1)
        wide = torch.special.entr(p).sum(dim=1).exp() > target
        low, high = torch.where(wide, low, sigma), torch.where(wide, sigma, high)
    both = (p + p.T).fill_diagonal_(0)
    return both / both.sum()


WRONG["joint_probabilities"].append((itself_taken_out_at_the_end, "itself_felt"))
