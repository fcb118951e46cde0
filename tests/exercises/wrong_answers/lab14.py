"""Lab 14: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import torch


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


WRONG = {
    "split_by_noise": [
        (mean_noise_decides, "one_mask_for_all"), (first_row_decides, "one_mask_for_all"),
        (always_the_first, "one_mask_for_all"), (sorts_the_batch, "sorted_down_the_batch"),
        (keeps_the_ratio, "ratio_of_the_kept"), (rounds_up, "rounded_up"), (one_more, "rounded_up"),
        (may_keep_none, "nothing_kept"), (keeps_the_loudest, "most_noise_kept"),
        (order_of_the_noise, "not_in_reading_order"), (only_the_kept_are_sorted, "not_in_reading_order"),
        (values_of_the_noise, "noise_for_places"), (ranks, "ranks_for_places"), (a_boolean_mask, "count"),
    ],
    "fill_in": [
        (tokens_behind, "appended"), (taken_not_put, "gathered"), (zeros_left, "zeros_in_the_gaps"),
        (first_row_for_all, "first_image_s_places"), (the_wrong_ones_masked, "exchanged"),
        (in_ascending_order, "sorted_places"), (mask_token_on_top, "token_added"), (visible_alone, "shape"),
    ],
    "masked_mse": [
        (every_patch, "all_patches"), (what_was_seen, "visible_patches"), (over_all_patches, "divided_by_all"),
        (both_blanked, "divided_by_all"), (added_up, "summed"), (added_up_within_images, "summed"),
        (pixels_added_up, "summed_over_pixels"), (mean_of_images, "image_by_image"), (never_normalised, "not_normalised"),
        (by_the_image, "other_statistics"), (along_the_patches, "other_statistics"),
        (both_normalised, "prediction_normalised"), (absolute_differences, "different"), (of_each_patch, "shape"),
        (a_plain_number, "type"),
    ],
}

RIGHT = {
    "split_by_noise": [by_a_threshold, image_by_image],
    "fill_in": [by_indexing, by_restoring],
    "masked_mse": [by_selection, by_loops],
}
