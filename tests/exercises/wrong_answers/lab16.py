"""Typical wrong answers to lab 16's exercises, each with the mistake that must catch it; right ones, written another way."""

import torch
from torch.nn import functional as F

from sslcourse.evaluation import figure_colors
from sslcourse.methods import pca


def nearest(x, normalize=True):
    x = F.normalize(x, dim=1) if normalize else x
    far = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    return far.masked_fill(torch.eye(len(x), dtype=torch.bool), torch.inf).min(dim=1).values


def with_itself(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    far = (x[:, None] - x).norm(dim=2)
    return -(far.min(dim=1).values + eps).log().mean()


def any_length(x, eps=1e-8):
    return -(nearest(x, normalize=False) + eps).log().mean()


def by_columns(x, eps=1e-8):
    return -(nearest(F.normalize(x, dim=0), normalize=False) + eps).log().mean()


def plus_sign(x, eps=1e-8):
    return (nearest(x) + eps).log().mean()


def all_added(x, eps=1e-8):
    return -(nearest(x) + eps).log().sum()


def one_each(x, eps=1e-8):
    return -(nearest(x) + eps).log()


def mean_first(x, eps=1e-8):
    return -(nearest(x).mean() + eps).log()


def plain_distance(x, eps=1e-8):
    return -nearest(x).mean()


def twice_the_logarithm(x, eps=1e-8):
    return -2 * (nearest(x) + eps).log().mean()


def squares(x, eps=1e-8):
    return -(nearest(x).square() + eps).log().mean()


def the_farthest(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    return -(torch.cdist(x, x).max(dim=1).values + eps).log().mean()


def every_pair(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    far = torch.cdist(x, x)[~torch.eye(len(x), dtype=torch.bool)]
    return -(far + eps).log().mean()


def one_pair(x, eps=1e-8):
    return -(nearest(x).min() + eps).log()


def cosines(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    return (x @ x.T).masked_fill(torch.eye(len(x), dtype=torch.bool), -1e9).max(dim=1).values.mean()


def one_minus_cosine(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    largest = (x @ x.T).masked_fill(torch.eye(len(x), dtype=torch.bool), -1e9).max(dim=1).values
    return -(1 - largest + eps).log().mean()


def to_base_two(x, eps=1e-8):
    return -(nearest(x) + eps).log2().mean()


def no_epsilon(x, eps=1e-8):
    return -nearest(x).log().mean()


def by_cosines(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    cosine = (x @ x.T).masked_fill(torch.eye(len(x), dtype=torch.bool), -torch.inf).max(dim=1).values
    return -((2 - 2 * cosine).clamp(min=1e-12).sqrt() + eps).log().mean()


def by_the_second(x, eps=1e-8):
    x = x / x.norm(dim=1, keepdim=True)
    far = (x[:, None] - x).square().sum(dim=2) + torch.eye(len(x)).to(x) * 9
    return -((x - x[far.argmin(dim=1)]).norm(dim=1) + eps).log().mean()


def cosines_unclamped(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    cosine = (x @ x.T).masked_fill(torch.eye(len(x), dtype=torch.bool), -torch.inf).max(dim=1).values
    return -((2 - 2 * cosine).sqrt() + eps).log().mean()


def root_by_hand(x, eps=1e-8):
    x = x / x.norm(dim=1, keepdim=True)
    far = (x[:, None] - x).square().sum(dim=2)
    return -(far.topk(2, dim=1, largest=False).values[:, 1].sqrt() + eps).log().mean()


def diagonal_written_into(x, eps=1e-8):
    x = F.normalize(x, dim=1)
    far = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    far.fill_diagonal_(torch.inf)
    return -(far.min(dim=1).values + eps).log().mean()


def row_by_row(x, eps=1e-8):
    x, terms = F.normalize(x, dim=1), []
    for i in range(len(x)):
        others = torch.cat([x[:i], x[i + 1:]])
        terms.append((x[i] - others).norm(dim=1).min())
    return -torch.stack([(d + eps).log() for d in terms]).sum() / len(x)


def in_turn(logits, epsilon, iterations, dims=(0, 1), again=False):
    log_q = logits / epsilon
    for _ in range(iterations):
        for dim in dims:
            log_q = log_q.softmax(dim=dim) if again else log_q.log_softmax(dim=dim)
    return log_q if again else log_q.exp()


def exponentials_first(logits, epsilon=0.05, iterations=3):
    q = (logits / epsilon).exp()
    for _ in range(iterations):
        q = q / q.sum(dim=0, keepdim=True)
        q = q / q.sum(dim=1, keepdim=True)
    return q


def exponentials_of_what_is_left(logits, epsilon=0.05, iterations=3):
    q = ((logits - logits.max()) / epsilon).exp()
    for _ in range(iterations):
        q = q / q.sum(dim=0, keepdim=True)
        q = q / q.sum(dim=1, keepdim=True)
    return q


def rows_then_columns_then_rows(logits, epsilon=0.05, iterations=3):
    q = in_turn(logits, epsilon, iterations, dims=(1, 0))
    return q / q.sum(dim=1, keepdim=True)


def quotient_with_a_logarithm(logits, epsilon=0.05, iterations=3):
    q = logits / epsilon
    for _ in range(iterations):
        q = q / q.logsumexp(dim=0, keepdim=True)
        q = q / q.logsumexp(dim=1, keepdim=True)
    return q


def rows_then_columns(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, epsilon, iterations, dims=(1, 0))


def a_softmax(logits, epsilon=0.05, iterations=3):
    return torch.softmax(logits / epsilon, dim=1)


def over_images(logits, epsilon=0.05, iterations=3):
    return torch.softmax(logits / epsilon, dim=0)


def without_epsilon(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, 1.0, iterations)


def times_epsilon(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, 1 / epsilon, iterations)


def once(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, epsilon, 1)


def softmax_of_softmax(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, epsilon, iterations, again=True)


def still_logarithms(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, epsilon, iterations).log()


def over_all(logits, epsilon=0.05, iterations=3):
    q = in_turn(logits, epsilon, iterations)
    return q / q.sum()


def columns_to_one(logits, epsilon=0.05, iterations=3):
    q = in_turn(logits, epsilon, iterations)
    return q / q.sum(dim=0, keepdim=True)


def always_three(logits, epsilon=0.05, iterations=3):
    return in_turn(logits, epsilon, 3)


def by_scaling(logits, epsilon=0.05, iterations=3):
    """u and v, as in the equation: Q = diag(u) exp(logits / ε) diag(v)."""
    M = (logits.double() / epsilon)
    u, v = torch.zeros(len(M), 1, dtype=M.dtype), torch.zeros(1, M.shape[1], dtype=M.dtype)
    for _ in range(iterations):
        v = -(M + u).logsumexp(dim=0, keepdim=True)
        u = -(M + v).logsumexp(dim=1, keepdim=True)
    return (M + u + v).exp().to(logits.dtype)


def shares_of_n_over_k(logits, epsilon=0.05, iterations=3):
    N, K = logits.shape
    M = logits.double() / epsilon
    q = (M - M.max()).exp().clamp_min(1e-300)
    for _ in range(iterations):
        q = q / q.sum(dim=0) * (N / K)
        q = q / q.sum(dim=1, keepdim=True)
    return q.to(logits.dtype)


def of_images(each, mask):
    image = mask.nonzero()[:, 0]
    return torch.zeros(len(mask), dtype=each.dtype).index_add(0, image, each), mask.sum(dim=1)


def surprise(p, log_q):
    return -(p * log_q).sum(dim=1)


def one_mean(p, log_q, mask):
    return surprise(p, log_q).mean()


def means_with_nan(p, log_q, mask):
    total, count = of_images(surprise(p, log_q), mask)
    return (total / count).mean()


def only_images_that_hide(p, log_q, mask):
    total, count = of_images(surprise(p, log_q), mask)
    return (total[count > 0] / count[count > 0]).mean()


def sums_over_images(p, log_q, mask):
    return surprise(p, log_q).sum() / len(mask)


def added_up(p, log_q, mask):
    return surprise(p, log_q).sum()


def images_added(p, log_q, mask):
    total, count = of_images(surprise(p, log_q), mask)
    return (total / count.clamp(min=1)).sum()


def over_the_grid(p, log_q, mask):
    return surprise(p, log_q).sum() / mask.numel()


def outputs_averaged(p, log_q, mask):
    return weighed(-(p * log_q).mean(dim=1), mask)


def weighed(each, mask):
    return (each / mask.sum(dim=1)[mask.nonzero()[:, 0]]).sum() / len(mask)


def positive(p, log_q, mask):
    return -weighed(surprise(p, log_q), mask)


def log_of_log(p, log_q, mask):
    return weighed(surprise(p, log_q.log()), mask)


def normalized_again(p, log_q, mask):
    return weighed(surprise(p, log_q.exp().log_softmax(dim=1)), mask)


def p_through_a_softmax(p, log_q, mask):
    return weighed(surprise(p.softmax(dim=1), log_q), mask)


def first_hidden_alone(p, log_q, mask):
    each, image = surprise(p, log_q), mask.nonzero()[:, 0]
    first = torch.stack([each[image == i][0] for i in image.unique()])
    return first.sum() / len(mask)


def entropy_of_the_teacher(p, log_q, mask):
    return weighed(torch.special.entr(p).sum(dim=1), mask) + 0 * log_q.sum()


def image_by_image(p, log_q, mask):
    terms, row = [], 0
    for hidden in mask.sum(dim=1).tolist():
        part = slice(row, row + hidden)
        terms.append(-(p[part] * log_q[part]).sum(dim=1).mean() if hidden else torch.zeros((), dtype=p.dtype))
        row += hidden
    return torch.stack(terms).mean()


def on_the_grid(p, log_q, mask):
    grid = torch.zeros(mask.shape, dtype=p.dtype).masked_scatter(mask, surprise(p, log_q))
    return (grid.sum(dim=1) / mask.sum(dim=1).clamp(min=1)).mean()


def by_einsum(p, log_q, mask):
    return weighed(-torch.einsum("mk,mk->m", p, log_q), mask)


def by_cross_entropy(p, log_q, mask):
    """A second log_softmax, which changes nothing: not the value, nor what gets back through the first."""
    return weighed(F.cross_entropy(log_q, p, reduction="none"), mask)


def parts(patches, middle=True):
    """Which patches are the figure, and all scores."""
    mean, direction, _ = pca(patches.flatten(0, 2), 1)
    score = (patches - mean) @ direction[0] if middle else patches @ direction[0]
    border = torch.ones_like(score, dtype=torch.bool)
    border[:, 1:-1, 1:-1] = False
    return (score > 0 if score[border].mean() < 0 else score < 0), score


def three(rows, by=None):
    mean, directions, _ = pca(rows if by is None else by, 3)
    return (rows - mean) @ directions.T


def stretch(scores):
    return (scores - scores.amin(dim=0)) / (scores.amax(dim=0) - scores.amin(dim=0))


def paint(patches, figure, colors):
    out = torch.zeros(*figure.shape, 3, dtype=patches.dtype)
    out[figure] = colors
    return out


def ground_lit(patches):
    figure = ~parts(patches)[0]
    return paint(patches, figure, stretch(three(patches[figure])))


def everything_colored(patches):
    return stretch(three(patches.flatten(0, 2))).view(*patches.shape[:3], 3)


def colored_by_the_figure(patches):
    rows = patches.flatten(0, 2)
    return stretch(three(rows, patches[parts(patches)[0]])).view(*patches.shape[:3], 3)


def one_pca(patches):
    figure, _ = parts(patches)
    return paint(patches, figure, stretch(three(patches[figure], patches.flatten(0, 2))))


def each_image(patches):
    return torch.cat([figure_colors(one[None]) for one in patches])


def raw_scores(patches):
    figure, _ = parts(patches)
    return paint(patches, figure, three(patches[figure]))


def squashed(patches):
    figure, _ = parts(patches)
    return paint(patches, figure, three(patches[figure]).sigmoid())


def one_scale(patches):
    figure, _ = parts(patches)
    scores = three(patches[figure])
    return paint(patches, figure, (scores - scores.min()) / (scores.max() - scores.min()))


def stretched_over_all(patches):
    figure, _ = parts(patches)
    mean, directions, _ = pca(patches[figure], 3)
    every = (patches - mean) @ directions.T
    return torch.where(figure[..., None], stretch(every.flatten(0, 2)).view_as(every), 0.0)


def cut_at_nowhere(patches):
    figure, _ = parts(patches, middle=False)
    return paint(patches, figure, stretch(three(patches[figure])) if figure.sum() >= 4 else 0.0)


def whatever_is_positive(patches):
    score = parts(patches)[1]
    return paint(patches, score > 0, stretch(three(patches[score > 0])))


def whatever_is_negative(patches):
    score = parts(patches)[1]
    return paint(patches, score < 0, stretch(three(patches[score < 0])))


def on_this_side(patches, asked):
    score = parts(patches)[1]
    figure = score > 0 if asked(score).mean() < 0 else score < 0
    return paint(patches, figure, stretch(three(patches[figure])))


def fewer_patches(patches):
    return on_this_side(patches, lambda score: (score > 0).double() - 0.5)


def top_row(patches):
    return on_this_side(patches, lambda score: score[:, 0])


def first_patch(patches):
    return on_this_side(patches, lambda score: score[:, 0, 0])


def last_column(patches):
    return on_this_side(patches, lambda score: score[:, :, -1])


def into_float32(patches):
    figure, _ = parts(patches)
    out = torch.zeros(*figure.shape, 3)
    out[figure] = stretch(three(patches[figure]))
    return out


def two_colors(patches):
    figure, _ = parts(patches)
    colors = stretch(three(patches[figure]))
    return paint(patches, figure, torch.cat([colors[:, :2], colors[:, :1]], dim=1))


def by_eigenvectors(patches):
    rows = patches.flatten(0, 2).double()
    rows = rows - rows.mean(dim=0)
    score = (rows @ torch.linalg.eigh(rows.T @ rows).eigenvectors[:, -1]).view(patches.shape[:3])
    rim = [score[:, 0].flatten(), score[:, -1].flatten(), score[:, 1:-1, 0].flatten(), score[:, 1:-1, -1].flatten()]
    figure = score * torch.cat(rim).mean() < 0
    chosen = patches[figure].double()
    chosen = chosen - chosen.mean(dim=0)
    scores = chosen @ torch.linalg.eigh(chosen.T @ chosen).eigenvectors[:, -3:].flip(1)
    return paint(patches, figure, stretch(scores).to(patches.dtype))


WRONG = {
    "koleo": (
        (with_itself, "itself"), (any_length, "not_normalized"), (by_columns, "columns_normalized"),
        (plus_sign, "sign_turned"),
        (all_added, "summed"), (one_each, "not_averaged"), (mean_first, "logarithm_of_the_mean"),
        (plain_distance, "no_logarithm"), (twice_the_logarithm, "squared"), (squares, "squared"), (the_farthest, "farthest"),
        (every_pair, "all_pairs"), (one_pair, "the_nearest_pair"), (cosines, "a_cosine"), (one_minus_cosine, "a_cosine"),
        (to_base_two, "bits"), (no_epsilon, "no_epsilon"), (cosines_unclamped, "root_of_a_negative"),
        (root_by_hand, "root_of_zero"), (diagonal_written_into, "gradient_error"),
    ),
    "sinkhorn_knopp": (
        (exponentials_first, "overflow"), (rows_then_columns, "columns_last"), (a_softmax, "rows_alone"),
        (over_images, "columns_alone"), (without_epsilon, "no_temperature"), (times_epsilon, "multiplied"),
        (once, "one_round"),
        (softmax_of_softmax, "softmax_again"), (still_logarithms, "logarithms"), (over_all, "one_sum"),
        (columns_to_one, "for_columns"), (always_three, "different"), (exponentials_of_what_is_left, "overflow"),
        (rows_then_columns_then_rows, "rows_first_and_again"), (quotient_with_a_logarithm, "divided_by_a_logarithm"),
    ),
    "masked_cross_entropy": (
        (one_mean, "patches_alike"), (means_with_nan, "nothing_hidden"), (only_images_that_hide, "over_masked_images"),
        (sums_over_images, "summed_in_an_image"), (added_up, "summed"), (images_added, "summed"),
        (over_the_grid, "over_all_patches"), (outputs_averaged, "mean_over_outputs"), (positive, "sign_turned"),
        (log_of_log, "logarithm_twice"), (normalized_again, "logarithm_twice"), (p_through_a_softmax, "softmax_twice"),
        (first_hidden_alone, "different"), (entropy_of_the_teacher, "different"),
    ),
    "figure_colors": (
        (ground_lit, "the_ground"), (everything_colored, "ground_colored"), (colored_by_the_figure, "ground_colored"),
        (one_pca, "directions_of_all"), (each_image, "image_by_image"), (raw_scores, "not_stretched"),
        (squashed, "not_stretched"), (one_scale, "one_scale_for_all"), (stretched_over_all, "stretched_with_the_ground"),
        (cut_at_nowhere, "cut_without_the_mean"), (whatever_is_positive, "sign_as_it_comes"),
        (whatever_is_negative, "sign_as_it_comes"), (two_colors, "different"),
        (fewer_patches, "rarer_of_all"), (top_row, "beginning_of_the_border"),
        (first_patch, "beginning_of_the_border"), (last_column, "end_of_the_border"), (into_float32, "error"),
    ),
}
WRONG["hunt_sinkhorn_knopp"] = WRONG["sinkhorn_knopp"]

RIGHT = {
    "koleo": (by_cosines, by_the_second, row_by_row),
    "sinkhorn_knopp": (by_scaling, shares_of_n_over_k),
    "masked_cross_entropy": (image_by_image, on_the_grid, by_einsum, by_cross_entropy),
    "figure_colors": (by_eigenvectors,),
}
RIGHT["hunt_sinkhorn_knopp"] = RIGHT["sinkhorn_knopp"]


def _one_corner(patches, row, column):
    score = parts(patches)[1]
    figure = score > 0 if score[:, row, column].mean() < 0 else score < 0
    return paint(patches, figure, stretch(three(patches[figure])))


def upper_right_alone(patches):
    return _one_corner(patches, 0, -1)


def lower_left_alone(patches):
    return _one_corner(patches, -1, 0)


WRONG["figure_colors"] += ((upper_right_alone, "one_corner"), (lower_left_alone, "one_corner"))
