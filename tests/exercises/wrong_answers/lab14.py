"""Lab 14: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from sslcourse import methods


def kept(noise, mask_ratio):
    return max(1, math.floor(noise.shape[1] * (1 - mask_ratio) + 1e-9))


def cut(order, k):
    return order[:, :k].sort(dim=1).values, order[:, k:].sort(dim=1).values


def mean_noise_decides(noise, mask_ratio):
    order = noise.mean(dim=0).argsort().expand(noise.shape)
    return cut(order, kept(noise, mask_ratio))


def first_row_decides(noise, mask_ratio):
    return cut(noise[:1].argsort(dim=1).expand(noise.shape), kept(noise, mask_ratio))


def always_the_first(noise, mask_ratio):
    return cut(torch.arange(noise.shape[1]).expand(noise.shape), kept(noise, mask_ratio))


def sorts_the_batch(noise, mask_ratio):
    return cut(noise.argsort(dim=0), kept(noise, mask_ratio))


def keeps_the_ratio(noise, mask_ratio):
    return cut(noise.argsort(dim=1), int(noise.shape[1] * mask_ratio))


def rounds_up(noise, mask_ratio):
    return cut(noise.argsort(dim=1), math.ceil(noise.shape[1] * (1 - mask_ratio) - 1e-9))


def one_more(noise, mask_ratio):
    return cut(noise.argsort(dim=1), min(kept(noise, mask_ratio) + 1, noise.shape[1]))


def may_keep_none(noise, mask_ratio):
    return cut(noise.argsort(dim=1), math.floor(noise.shape[1] * (1 - mask_ratio) + 1e-9))


def keeps_the_loudest(noise, mask_ratio):
    return cut(noise.argsort(dim=1, descending=True), kept(noise, mask_ratio))


def order_of_the_noise(noise, mask_ratio):
    order, k = noise.argsort(dim=1), kept(noise, mask_ratio)
    return order[:, :k], order[:, k:]


def only_the_kept_are_sorted(noise, mask_ratio):
    order, k = noise.argsort(dim=1), kept(noise, mask_ratio)
    return order[:, :k].sort(dim=1).values, order[:, k:]


def values_of_the_noise(noise, mask_ratio):
    return cut(noise.sort(dim=1).values, kept(noise, mask_ratio))


def ranks(noise, mask_ratio):
    return cut(noise.argsort(dim=1).argsort(dim=1), kept(noise, mask_ratio))


def hidden_first(noise, mask_ratio):
    return cut(noise.argsort(dim=1), kept(noise, mask_ratio))[::-1]


def a_boolean_mask(noise, mask_ratio):
    return noise.argsort(dim=1).argsort(dim=1) >= kept(noise, mask_ratio)


def by_a_threshold(noise, mask_ratio):
    k = kept(noise, mask_ratio)
    hidden = noise > noise.kthvalue(k, dim=1, keepdim=True).values
    places = torch.arange(noise.shape[1]).expand(noise.shape)
    return places[~hidden].reshape(-1, k), places[hidden].reshape(len(noise), -1)


def image_by_image(noise, mask_ratio):
    k = kept(noise, mask_ratio)
    orders = [sorted(range(noise.shape[1]), key=row.__getitem__) for row in noise.tolist()]
    return (torch.tensor([sorted(order[:k]) for order in orders]),
            torch.tensor([sorted(order[k:]) for order in orders], dtype=torch.int64).reshape(len(noise), -1))


def tokens_behind(visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    return torch.cat([visible, mask_token.expand(n, length - k, d)], dim=1)


def taken_not_put(visible, idx_keep, mask_token, length):
    full = tokens_behind(visible, idx_keep, mask_token, length)
    return full.gather(1, idx_keep.unsqueeze(2).expand(-1, -1, visible.shape[2]))


def scattered(visible, idx_keep, background):
    return background.scatter(1, idx_keep.unsqueeze(2).expand(-1, -1, visible.shape[2]), visible)


def zeros_left(visible, idx_keep, mask_token, length):
    return scattered(visible, idx_keep, visible.new_zeros(len(visible), length, visible.shape[2]))


def first_row_for_all(visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[:, idx_keep[0]] = visible
    return tokens


def the_wrong_ones_masked(visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    hidden = torch.ones(n, length, dtype=torch.bool).scatter(1, idx_keep, False)
    tokens = mask_token.repeat(n, length, 1)
    for i in range(n):
        tokens[i, hidden[i]] = visible[i, torch.arange(length - k) % k]
    return tokens


def in_ascending_order(visible, idx_keep, mask_token, length):
    hidden = torch.ones(len(visible), length, dtype=torch.bool).scatter(1, idx_keep, False)
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[~hidden] = visible.flatten(0, 1)
    return tokens


def mask_token_on_top(visible, idx_keep, mask_token, length):
    return zeros_left(visible, idx_keep, mask_token, length) + mask_token


def visible_alone(visible, idx_keep, mask_token, length):
    return visible + 0


def by_indexing(visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[torch.arange(len(visible))[:, None], idx_keep] = visible
    return tokens


def by_restoring(visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    hidden = torch.ones(n, length, dtype=torch.bool).scatter(1, idx_keep, False)
    idx_mask = torch.arange(length).expand(n, length)[hidden].reshape(n, -1)
    restore = torch.cat([idx_keep, idx_mask], dim=1).argsort(dim=1)
    shuffled = torch.cat([visible, mask_token.expand(n, length - k, d)], dim=1)
    return shuffled.gather(1, restore.unsqueeze(2).expand(-1, -1, d))


def normalised(target, dim=-1):
    variance, mean = torch.var_mean(target, dim=dim, keepdim=True)
    return (target - mean) / (variance + 1e-6).sqrt()


def errors(prediction, target, normalize_target):
    target = normalised(target) if normalize_target else target
    return (prediction - target).square().mean(dim=-1)


def every_patch(prediction, target, mask=None, normalize_target=False):
    return errors(prediction, target, normalize_target).mean()


def what_was_seen(prediction, target, mask=None, normalize_target=False):
    seen = 1 - mask.to(prediction.dtype)
    return (errors(prediction, target, normalize_target) * seen).sum() / seen.sum()


def over_all_patches(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, normalize_target) * mask).mean()


def both_blanked(prediction, target, mask=None, normalize_target=False):
    m = mask.to(prediction.dtype).unsqueeze(2)
    return torch.nn.functional.mse_loss(prediction * m, (normalised(target) if normalize_target else target) * m)


def added_up(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, normalize_target) * mask).sum()


def added_up_within_images(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, normalize_target) * mask).sum(dim=1).mean()


def pixels_added_up(prediction, target, mask=None, normalize_target=False):
    target = normalised(target) if normalize_target else target
    return ((prediction - target).square().sum(dim=-1) * mask).sum() / mask.sum()


def mean_of_images(prediction, target, mask=None, normalize_target=False):
    return ((errors(prediction, target, normalize_target) * mask).sum(dim=1) / mask.sum(dim=1)).mean()


def never_normalised(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def by_the_image(prediction, target, mask=None, normalize_target=False):
    target = normalised(target, (1, 2)) if normalize_target else target
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def along_the_patches(prediction, target, mask=None, normalize_target=False):
    target = normalised(target, 1) if normalize_target else target
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def both_normalised(prediction, target, mask=None, normalize_target=False):
    if normalize_target:
        prediction, target = normalised(prediction), normalised(target)
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def absolute_differences(prediction, target, mask=None, normalize_target=False):
    target = normalised(target) if normalize_target else target
    return ((prediction - target).abs().mean(dim=-1) * mask).sum() / mask.sum()


def of_each_patch(prediction, target, mask=None, normalize_target=False):
    return errors(prediction, target, normalize_target) * mask


def a_plain_number(prediction, target, mask=None, normalize_target=False):
    return float((errors(prediction, target, normalize_target) * mask).sum() / mask.sum())


def by_selection(prediction, target, mask=None, normalize_target=False):
    hidden = mask.bool()
    prediction, target = prediction[hidden], target[hidden]
    if normalize_target:
        target = (target - target.mean(dim=1, keepdim=True)) / torch.sqrt(target.var(dim=1, keepdim=True) + 1e-6)
    return torch.nn.functional.mse_loss(prediction, target)


def by_loops(prediction, target, mask=None, normalize_target=False):
    found = []
    for n in range(len(mask)):
        for i in range(mask.shape[1]):
            if mask[n, i]:
                y = target[n, i].tolist()
                if normalize_target:
                    mean = sum(y) / len(y)
                    deviation = math.sqrt(sum((v - mean) ** 2 for v in y) / (len(y) - 1) + 1e-6)
                    y = [(v - mean) / deviation for v in y]
                found.append(sum((p - v) ** 2 for p, v in zip(prediction[n, i], y)) / len(y))
    return sum(found) / len(found)


def sorted_too_early(noise, mask_ratio):
    places, k = noise.argsort(dim=1).sort(dim=1).values, kept(noise, mask_ratio)
    return places[:, :k], places[:, k:]


def above_the_ratio(noise, mask_ratio):
    hidden = noise[0] > mask_ratio
    places = torch.arange(noise.shape[1])
    return places[~hidden].expand(len(noise), -1), places[hidden].expand(len(noise), -1)


def rounded_to_the_nearest(noise, mask_ratio):
    return cut(noise.argsort(dim=1), max(1, round(noise.shape[1] * (1 - mask_ratio))))


def whole_batch_in_one(noise, mask_ratio):
    order = noise.flatten().argsort().view(noise.shape) % noise.shape[1]
    return cut(order, kept(noise, mask_ratio))


def noise_of_its_own(noise, mask_ratio):
    return cut(torch.stack([torch.randperm(noise.shape[1]) for _ in noise]), kept(noise, mask_ratio))


def small_integers(noise, mask_ratio):
    return tuple(part.int() for part in cut(noise.argsort(dim=1), kept(noise, mask_ratio)))


def by_topk(noise, mask_ratio):
    k = kept(noise, mask_ratio)
    least = noise.topk(k, dim=1, largest=False).indices
    most = noise.topk(noise.shape[1] - k, dim=1).indices
    return least.sort(dim=1)[0], most.sort(dim=1)[0]


def by_numpy(noise, mask_ratio):
    order, k = np.argsort(noise.numpy(), axis=1), kept(noise, mask_ratio)
    return torch.from_numpy(np.sort(order[:, :k], axis=1)), torch.from_numpy(np.sort(order[:, k:], axis=1))


def by_ranks_below(noise, mask_ratio):
    n, length = noise.shape
    keep = noise.argsort(dim=1).argsort(dim=1) < kept(noise, mask_ratio)
    return keep.nonzero()[:, 1].view(n, -1), (~keep).nonzero()[:, 1].view(n, length - kept(noise, mask_ratio))


def index_not_expanded(visible, idx_keep, mask_token, length):
    return mask_token.repeat(len(visible), length, 1).scatter(1, idx_keep[:, :, None], visible)


def all_places_for_all(visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[:, idx_keep] = visible
    return tokens


def into_an_expanded_one(visible, idx_keep, mask_token, length):
    tokens = mask_token.expand(len(visible), length, -1)
    for n in range(len(visible)):
        tokens[n, idx_keep[n]] = visible[n]
    return tokens


def scattered_into_an_expanded_one(visible, idx_keep, mask_token, length):
    tokens = mask_token.expand(len(visible), length, -1)
    return tokens.scatter_(1, idx_keep.unsqueeze(2).expand(-1, -1, visible.shape[2]), visible)


def places_as_images(visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[idx_keep] = visible
    return tokens


def as_long_as_needed(visible, idx_keep, mask_token, length):
    return scattered(visible, idx_keep, mask_token.repeat(len(visible), int(idx_keep.max()) + 1, 1))


def added_to_the_token(visible, idx_keep, mask_token, length):
    index = idx_keep.unsqueeze(2).expand(-1, -1, visible.shape[2])
    return mask_token.repeat(len(visible), length, 1).scatter_add(1, index, visible)


def visible_detached(visible, idx_keep, mask_token, length):
    return scattered(visible.detach(), idx_keep, mask_token.repeat(len(visible), length, 1))


def token_rebuilt(visible, idx_keep, mask_token, length):
    token = torch.tensor(mask_token.tolist(), dtype=visible.dtype)
    return scattered(visible, idx_keep, token.repeat(len(visible), length, 1))


def place_by_place(visible, idx_keep, mask_token, length):
    rows = []
    for n in range(len(visible)):
        at = {int(place): k for k, place in enumerate(idx_keep[n])}
        rows.append(torch.stack([visible[n, at[i]] if i in at else mask_token[0, 0] for i in range(length)]))
    return torch.stack(rows)


def by_a_product(visible, idx_keep, mask_token, length):
    where = torch.nn.functional.one_hot(idx_keep, length).to(visible.dtype)         # (N, K, L)
    return torch.einsum("nkl,nkd->nld", where, visible) + (1 - where.sum(dim=1)).unsqueeze(2) * mask_token


def by_choosing(visible, idx_keep, mask_token, length):
    seen = torch.zeros(len(visible), length, dtype=torch.bool).scatter(1, idx_keep, True).unsqueeze(2)
    return torch.where(seen, zeros_left(visible, idx_keep, mask_token, length), mask_token)


def over_all_p(prediction, target, mask=None, normalize_target=False):
    if normalize_target:
        target = torch.nn.functional.layer_norm(target, target.shape[-1:])
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def centred_alone(prediction, target, mask=None, normalize_target=False):
    target = target - target.mean(dim=-1, keepdim=True) if normalize_target else target
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def normalised_always(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, True) * mask).sum() / mask.sum()


def over_the_variance(prediction, target, mask=None, normalize_target=False):
    if normalize_target:
        target = (target - target.mean(dim=-1, keepdim=True)) / (target.var(dim=-1, keepdim=True) + 1e-6)
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def to_length_one(prediction, target, mask=None, normalize_target=False):
    target = torch.nn.functional.normalize(target, dim=-1) if normalize_target else target
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def picked_by_numbers(prediction, target, mask=None, normalize_target=False):
    return errors(prediction, target, normalize_target)[mask].mean()


def one_minus_the_mask(prediction, target, mask=None, normalize_target=False):
    return (errors(prediction, target, normalize_target) * (1 - mask)).sum() / (1 - mask).sum()


def the_root_of_it(prediction, target, mask=None, normalize_target=False):
    return by_selection(prediction, target, mask, normalize_target).sqrt()


def axis_forgotten(prediction, target, mask=None, normalize_target=False):
    target = normalised(target) if normalize_target else target
    return ((prediction - target).square() * mask).sum() / mask.sum()


def counted_in_pixels(prediction, target, mask=None, normalize_target=False):
    target = normalised(target) if normalize_target else target
    return ((prediction - target).square() * mask.unsqueeze(2)).sum() / mask.sum()


def half_of_it(prediction, target, mask=None, normalize_target=False):
    return by_selection(prediction, target, mask, normalize_target) / 2


def prediction_detached(prediction, target, mask=None, normalize_target=False):
    return by_selection(prediction.detach(), target, mask, normalize_target)


def by_sums(prediction, target, mask=None, normalize_target=False):
    y = normalised(target) if normalize_target else target
    m = mask.to(prediction.dtype)
    return torch.einsum("nlp,nlp,nl->", prediction - y, prediction - y, m) / (m.sum() * prediction.shape[2])


def epsilon_beside_the_deviation(prediction, target, mask=None, normalize_target=False):
    if normalize_target:
        target = (target - target.mean(dim=-1, keepdim=True)) / (target.std(dim=-1, keepdim=True) + 1e-6)
    return torch.nn.functional.mse_loss(prediction[mask == 1], target[mask == 1])


def in_double_precision(prediction, target, mask=None, normalize_target=False):
    error = errors(prediction.double(), target.double(), normalize_target)
    return torch.where(mask.bool(), error, 0).sum().div(mask.bool().sum()).to(prediction.dtype)


def cut_across_the_batch(noise, mask_ratio):
    k, order = kept(noise, mask_ratio), noise.argsort(dim=1)
    return order[:k].sort(dim=1).values, order[k:].sort(dim=1).values


def turned_from_behind(visible, idx_keep, mask_token, length):
    return scattered(visible, length - 1 - idx_keep, mask_token.repeat(len(visible), length, 1))


def first_image_everywhere(visible, idx_keep, mask_token, length):
    return scattered(visible[:1].expand_as(visible), idx_keep, mask_token.repeat(len(visible), length, 1))


def mean_then_square(prediction, target, mask=None, normalize_target=False):
    target = normalised(target) if normalize_target else target
    return ((prediction - target).mean(dim=-1).square() * mask).sum() / mask.sum()


def between_zero_and_one(prediction, target, mask=None, normalize_target=False):
    if normalize_target:
        low, high = target.amin(dim=-1, keepdim=True), target.amax(dim=-1, keepdim=True)
        target = (target - low) / (high - low)
    return (errors(prediction, target, False) * mask).sum() / mask.sum()


def _positions(rows, columns, width, *, by=None, base=10_000, order=0, start=0):
    frequencies = torch.tensor([base ** (-k / (by or width / 4)) for k in range(width // 4)])
    table = []
    for i in range(start, rows + start):
        for j in range(start, columns + start):
            parts = [(j * frequencies).sin(), (j * frequencies).cos(), (i * frequencies).sin(), (i * frequencies).cos()]
            table.append(torch.cat([parts[k] for k in ((0, 1, 2, 3), (2, 3, 0, 1), (1, 0, 3, 2), (0, 2, 1, 3))[order]]))
    return torch.stack([torch.zeros(width), *table])[None]


def patches_alone(rows, columns, width):
    return _positions(rows, columns, width)[:, 1:]


def zeros_at_the_end(rows, columns, width):
    made = _positions(rows, columns, width)
    return torch.cat([made[:, 1:], made[:, :1]], dim=1)


def rows_before_columns(rows, columns, width):
    return _positions(rows, columns, width, order=1)


def cosines_before_sines(rows, columns, width):
    return _positions(rows, columns, width, order=2)


def sines_of_both_first(rows, columns, width):
    return _positions(rows, columns, width, order=3)


def one_after_the_other(rows, columns, width):
    made = _positions(rows, columns, width)
    return made.unflatten(2, (2, 2, width // 4)).transpose(3, 4).flatten(2)


def column_by_column(rows, columns, width):
    made = _positions(rows, columns, width)
    places = [1 + i * columns + j for j in range(columns) for i in range(rows)]
    return made[:, [0, *places]]


def over_half_the_width(rows, columns, width):
    return _positions(rows, columns, width, by=width / 2)


def by_numpy_s_linspace(rows, columns, width):
    return _positions(rows, columns, width, by=max(width / 4 - 1, 0.5))


def faster_and_faster(rows, columns, width):
    return _positions(rows, columns, width, base=1e-4)


def places_from_one(rows, columns, width):
    return _positions(rows, columns, width, start=1)


def one_axis_missing(rows, columns, width):
    return methods.sine_cosine_positions(rows, columns, width)[0]


def base_of_a_hundred(rows, columns, width):
    return _positions(rows, columns, width, base=100)


def patch_by_patch(rows, columns, width):
    return _positions(rows, columns, width)


def by_broadcasting(rows, columns, width):
    w = torch.exp(-math.log(10_000) * torch.arange(0, 1, 4 / width)[: width // 4])
    x, y = torch.arange(columns)[:, None] * w, torch.arange(rows)[:, None] * w
    x, y = torch.cat([x.sin(), x.cos()], 1), torch.cat([y.sin(), y.cos()], 1)
    grid = torch.cat([x.expand(rows, -1, -1), y[:, None].expand(-1, columns, -1)], dim=2)
    return torch.nn.functional.pad(grid.flatten(0, 1), (0, 0, 1, 0)).unsqueeze(0)


def by_numpy_s_outer(rows, columns, width):
    w = 1 / 10_000 ** (np.arange(width // 4) / (width / 4))
    place = np.arange(rows * columns)
    halves = [f(np.outer(at, w)) for at in (place % columns, place // columns) for f in (np.sin, np.cos)]
    made = np.concatenate([np.zeros((1, width)), np.concatenate(halves, axis=1)])
    return torch.tensor(made[None], dtype=torch.float32)


def by_complex_numbers(rows, columns, width):
    w = 10_000.0 ** (-torch.arange(width // 4) / (width / 4))
    place = torch.arange(rows * columns)
    turns = [torch.polar(torch.ones(len(place), len(w)), at[:, None] * w) for at in (place % columns, place // columns)]
    grid = torch.cat([part for turn in turns for part in (turn.imag, turn.real)], dim=1)
    return torch.cat([grid.new_zeros(1, width), grid])[None]


def in_double_precision_first(rows, columns, width):
    w = 10_000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width / 4))
    made = torch.zeros(1 + rows * columns, width, dtype=torch.float64)
    for n in range(rows * columns):
        i, j = divmod(n, columns)
        made[n + 1] = torch.cat([(j * w).sin(), (j * w).cos(), (i * w).sin(), (i * w).cos()])
    return made.float()[None]


WRONG = {
    "split_by_noise": [
        (mean_noise_decides, "one_mask_for_all"), (first_row_decides, "one_mask_for_all"),
        (always_the_first, "first_places_of_all"),
        (sorted_too_early, "first_places_of_all"), (above_the_ratio, "compared_with_the_ratio"),
        (rounded_to_the_nearest, "rounded_up"), (whole_batch_in_one, "different"), (noise_of_its_own, "random"),
        (small_integers, "dtype"), (hidden_first, "order"), (cut_across_the_batch, "shape"),
        (sorts_the_batch, "sorted_down_the_batch"),
        (keeps_the_ratio, "ratio_of_the_kept"), (rounds_up, "rounded_up"), (one_more, "rounded_up"),
        (may_keep_none, "nothing_kept"), (keeps_the_loudest, "most_noise_kept"),
        (order_of_the_noise, "not_in_reading_order"), (only_the_kept_are_sorted, "not_in_reading_order"),
        (values_of_the_noise, "noise_for_places"), (ranks, "ranks_for_places"), (a_boolean_mask, "count"),
    ],
    "fill_in": [
        (tokens_behind, "appended"), (taken_not_put, "gathered"), (zeros_left, "zeros_in_the_gaps"),
        (first_row_for_all, "first_image_s_places"), (the_wrong_ones_masked, "exchanged"),
        (in_ascending_order, "sorted_places"), (mask_token_on_top, "token_added"), (visible_alone, "shape"),
        (index_not_expanded, "first_component_alone"), (all_places_for_all, "places_of_all_images"),
        (scattered_into_an_expanded_one, "written_into_an_expanded_tensor"),
        (into_an_expanded_one, "changes"), (places_as_images, "error"),
        (as_long_as_needed, "too_few"), (added_to_the_token, "token_added"), (visible_detached, "half_detached"),
        (token_rebuilt, "half_detached"), (turned_from_behind, "permuted"), (first_image_everywhere, "different"),
    ],
    "sine_cosine_positions": [
        (patches_alone, "no_class_token"), (zeros_at_the_end, "class_token_last"), (rows_before_columns, "row_first"),
        (cosines_before_sines, "cosine_first"), (sines_of_both_first, "rows_permuted"), (one_after_the_other, "in_turn"),
        (column_by_column, "counted_down_the_columns"), (over_half_the_width, "other_frequencies"),
        (by_numpy_s_linspace, "other_frequencies"), (faster_and_faster, "growing_frequencies"),
        (places_from_one, "counted_from_one"), (one_axis_missing, "flattened"), (base_of_a_hundred, "other_frequencies"),
    ],
    "masked_mse": [
        (every_patch, "all_patches"), (what_was_seen, "visible_patches"), (over_all_patches, "divided_by_all"),
        (both_blanked, "divided_by_all"), (added_up, "summed"), (added_up_within_images, "summed"),
        (pixels_added_up, "summed_over_pixels"), (mean_of_images, "image_by_image"),
        (never_normalised, "not_normalised"),
        (by_the_image, "other_statistics"), (along_the_patches, "other_statistics"),
        (both_normalised, "prediction_normalised"), (absolute_differences, "absolute_errors"), (of_each_patch, "shape"),
        (a_plain_number, "type"), (over_all_p, "variance_over_all"), (centred_alone, "only_the_mean_taken_off"),
        (normalised_always, "always_normalised"), (over_the_variance, "divided_by_the_variance"),
        (to_length_one, "scaled_to_length_one"), (picked_by_numbers, "mask_as_an_index"),
        (one_minus_the_mask, "visible_patches"), (the_root_of_it, "root"), (axis_forgotten, "error"),
        (counted_in_pixels, "summed_over_pixels"), (half_of_it, "halved"),
        (mean_then_square, "squared_after_the_mean"), (between_zero_and_one, "different"),
        (prediction_detached, "detached"), (epsilon_beside_the_deviation, "added_to_the_deviation"),
    ],
}

WRONG["hunt_masked_mse"] = WRONG["masked_mse"]

RIGHT = {
    "sine_cosine_positions": [
        patch_by_patch, by_broadcasting, by_numpy_s_outer, by_complex_numbers, in_double_precision_first,
    ],
    "split_by_noise": [by_a_threshold, image_by_image, by_topk, by_numpy, by_ranks_below],
    "fill_in": [by_indexing, by_restoring, place_by_place, by_a_product, by_choosing],
    "masked_mse": [by_selection, by_loops, by_sums, in_double_precision],
}
RIGHT["hunt_masked_mse"] = RIGHT["masked_mse"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _brought_to_one(t, corr=1, eps=1e-6, dim=-1):
    return (t - t.mean(dim, keepdim=True)) / (t.var(dim, keepdim=True, correction=corr) + eps).sqrt()


def _grid(rows, columns, width, w=None, xy=True, order="sscc"):
    d = width // 4
    w = 10_000.0 ** (-torch.arange(d) / d) if w is None else w
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    x, y = x.flatten()[:, None] * w, y.flatten()[:, None] * w
    if not xy:
        x, y = y, x
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], 1)


def normalised_where_it_should_not(prediction, target, mask, normalize_target=False):
    t = _brought_to_one(target) if not normalize_target else target
    return (((prediction - t) ** 2).mean(-1) * mask).sum() / mask.sum()


def absolute_values(prediction, target, mask, normalize_target=False):
    t = _brought_to_one(target) if normalize_target else target
    return ((prediction - t).abs().mean(-1) * mask).sum() / mask.sum()


def first_k_is_one(rows, columns, width):
    d = width // 4
    return torch.cat([torch.zeros(1, width), _grid(rows, columns, width, w=10_000.0 ** (-torch.arange(1, d + 1) / d))])[
        None
    ]


def class_token_placed(rows, columns, width):
    p = _grid(rows, columns, width)
    return torch.cat([p[:1], p])[None]


def places_as_shares(rows, columns, width):
    d = width // 4
    w = 10_000.0 ** (-torch.arange(d) / d)
    y, x = torch.meshgrid(torch.arange(rows) / rows, torch.arange(columns) / columns, indexing="ij")
    x, y = x.flatten()[:, None] * w, y.flatten()[:, None] * w
    return torch.cat([torch.zeros(1, width), torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], 1)])[None]


def as_words_are(rows, columns, width):
    d = width // 2
    w = 10_000.0 ** (-torch.arange(d) / d)
    x = torch.arange(rows * columns)[:, None] * w
    return torch.cat([torch.zeros(1, width), torch.cat([x.sin(), x.cos()], 1)])[None]


def by_one_hot_places(visible, idx_keep, mask_token, length):
    P = F.one_hot(idx_keep, length).to(visible.dtype)
    put = torch.einsum("nkl,nkd->nld", P, visible)
    there = P.sum(1)[..., None]
    return put + (1 - there) * mask_token


def by_the_papers_shuffle(visible, idx_keep, mask_token, length):
    N, K, D = visible.shape
    gone = torch.ones(N, length, dtype=torch.bool, device=visible.device).scatter(1, idx_keep, False)
    idx_mask = gone.nonzero()[:, 1].view(N, -1)
    x = torch.cat([visible, mask_token.expand(N, length - K, D)], 1)
    restore = torch.cat([idx_keep, idx_mask], 1).argsort(1)
    return x.gather(1, restore[..., None].expand(-1, -1, D))


def by_ranks_twice(noise, mask_ratio):
    L = noise.shape[1]
    K = max(int(L * (1 - mask_ratio)), 1)
    rank = noise.argsort(1).argsort(1)
    keep = rank < K
    places = torch.arange(L, device=noise.device).expand_as(noise)
    return places[keep].view(-1, K), places[~keep].view(-1, L - K)


def by_numpy_and_back(noise, mask_ratio):
    a = noise.cpu().numpy()
    L = a.shape[1]
    K = max(int(np.floor(L * (1 - mask_ratio))), 1)
    o = np.argsort(a, 1)
    return tuple(torch.from_numpy(np.sort(x, 1).copy()).to(noise.device) for x in (o[:, :K], o[:, K:]))


def by_einsum(prediction, target, mask, normalize_target=False):
    mask = mask.to(prediction.dtype)
    if normalize_target:
        c = target - target.mean(-1, True)
        P = c.shape[-1]
        target = c / ((c * c).sum(-1, True) / (P - 1) + 1e-6).sqrt()
    d = prediction - target
    return torch.einsum("nlp,nlp,nl->", d, d, mask) / (mask.sum() * d.shape[-1])


def by_numpy_and_divmod(rows, columns, width):
    d = width // 4
    w = 1 / 10000 ** (np.arange(d) / d)
    y, x = np.divmod(np.arange(rows * columns), columns)
    p = np.concatenate([f(np.outer(z, w)) for z in (x, y) for f in (np.sin, np.cos)], 1)
    return torch.from_numpy(np.vstack([np.zeros((1, width)), p])).float()[None]


WRONG["masked_mse"] += [(normalised_where_it_should_not, "switch_turned_round"), (absolute_values, "absolute_errors")]
WRONG["sine_cosine_positions"] += [
    (first_k_is_one, "k_from_one"),
    (class_token_placed, "class_token_at_the_first_patch"),
    (places_as_shares, "shares_of_the_grid"),
    (as_words_are, "numbered_in_one_row"),
]
RIGHT["fill_in"] += [by_one_hot_places, by_the_papers_shuffle]
RIGHT["split_by_noise"] += [by_ranks_twice, by_numpy_and_back]
RIGHT["masked_mse"] += [by_einsum]
RIGHT["sine_cosine_positions"] += [by_numpy_and_divmod]
