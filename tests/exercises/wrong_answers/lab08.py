"""Lab 08: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import torch
from torch.nn import functional as F


def turned(images, angles, **rot90):
    return [torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)]


def labels_of(images, angles=4):
    return torch.arange(angles).repeat_interleave(len(images))


def one_random_angle_each(images, angles=4):
    k = torch.arange(len(images)) % angles
    return torch.stack([torch.rot90(x, int(i) * 4 // angles, dims=(1, 2)) for x, i in zip(images, k)]), k


def default_axes(images, angles=4):
    return torch.cat([torch.rot90(images, k * 4 // angles) for k in range(angles)]), labels_of(images, angles)


def channels_and_height(images, angles=4):
    copies = [torch.rot90(images, k * 4 // angles, dims=(1, 2)) for k in range(angles)]
    return torch.cat(copies), labels_of(images, angles)


def four_always(images, angles=4):
    return torch.cat(turned(images, 4)), labels_of(images, 4)


def quarter_steps_for_two(images, angles=4):
    return torch.cat([torch.rot90(images, k, dims=(2, 3)) for k in range(angles)]), labels_of(images, angles)


def transposed(images, angles=4):
    x = images
    copies = [x, x.transpose(2, 3), x.flip((2, 3)), x.transpose(2, 3).flip((2, 3))] if angles == 4 else [x, x.flip(2)]
    return torch.cat(copies), labels_of(images, angles)


def upside_down_by_one_flip(images, angles=4):
    x = images
    copies = [x, torch.rot90(x, 1, (2, 3)), x.flip(2), torch.rot90(x, 3, (2, 3))] if angles == 4 else [x, x.flip(2)]
    return torch.cat(copies), labels_of(images, angles)


def the_other_way_round(images, angles=4):
    return torch.cat([torch.rot90(images, -k * 4 // angles, dims=(2, 3)) for k in range(angles)]), labels_of(images, angles)


def copies_side_by_side(images, angles=4):
    return torch.stack(turned(images, angles), dim=1).flatten(0, 1), labels_of(images, angles)


def all_copies_side_by_side(images, angles=4):
    return torch.stack(turned(images, angles), dim=1).flatten(0, 1), torch.arange(angles).repeat(len(images))


def labels_repeated(images, angles=4):
    return torch.cat(turned(images, angles)), torch.arange(angles).repeat(len(images))


def labels_in_degrees(images, angles=4):
    return torch.cat(turned(images, angles)), labels_of(images, angles) * (360 // angles)


def labels_count_from_one(images, angles=4):
    return torch.cat(turned(images, angles)), labels_of(images, angles) + 1


def labels_as_floats(images, angles=4):
    return torch.cat(turned(images, angles)), labels_of(images, angles).float()


def copies_in_a_list(images, angles=4):
    return turned(images, angles), labels_of(images, angles)


def labels_first(images, angles=4):
    return labels_of(images, angles), torch.cat(turned(images, angles))


def by_flips_and_transposes(images, angles=4):
    x, across = images, images.transpose(2, 3)
    quarter = [x, across.flip(2), x.flip(2).flip(3), across.flip(3)]
    copies = quarter if angles == 4 else quarter[::2]
    return torch.cat(copies), torch.cat([torch.full((len(x),), k) for k in range(angles)])


def image_by_image(images, angles=4):
    copies = [[torch.rot90(x, k * 4 // angles, dims=(1, 2)) for x in images] for k in range(angles)]
    labels = torch.arange(angles)[:, None].expand(-1, len(images)).flatten()
    return torch.stack([copy for block in copies for copy in block]), labels


def bits(logits):
    return torch.special.entr(logits.softmax(dim=1)).sum(dim=1) / math.log(2)


def of_every_copy(logits):
    return bits(logits)


def of_every_copy_in_nats(logits):
    return torch.special.entr(logits.softmax(dim=1)).sum(dim=1)


def neighbours_averaged(logits):
    return bits(logits).reshape(-1, logits.shape[1]).mean(dim=1)


def mean_over_the_images(logits):
    return bits(logits).reshape(logits.shape[1], -1).mean(dim=1)


def in_nats(logits):
    return of_every_copy_in_nats(logits).reshape(logits.shape[1], -1).mean(dim=0)


def added_up(logits):
    return bits(logits).reshape(logits.shape[1], -1).sum(dim=0)


def without_the_minus(logits):
    return -bits(logits).reshape(logits.shape[1], -1).mean(dim=0)


def softmax_down_the_columns(logits):
    H = torch.special.entr(logits.softmax(dim=0)).sum(dim=1) / math.log(2)
    return H.reshape(logits.shape[1], -1).mean(dim=0)


def mean_first(logits):
    K = logits.shape[1]
    return bits(logits.softmax(dim=1).reshape(K, -1, K).mean(dim=0).log())


def naive_logarithm(logits):
    p = logits.softmax(dim=1)
    return -(p * p.log2()).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0)


def one_number(logits):
    return bits(logits).mean()


def certainty(logits):
    return logits.softmax(dim=1).max(dim=1).values.reshape(logits.shape[1], -1).mean(dim=0)


def by_log_softmax(logits):
    log_p = logits.log_softmax(dim=1)
    H = -(log_p.exp() * log_p).nan_to_num(0.0).sum(dim=1) * math.log2(math.e)
    return sum(H.chunk(logits.shape[1])) / logits.shape[1]


def by_loops(logits):
    K = logits.shape[1]
    N = len(logits) // K
    found = []
    for i in range(N):
        rows = [logits[k * N + i].softmax(dim=0).tolist() for k in range(K)]
        found.append(sum(-p * math.log2(p) for row in rows for p in row if p > 0) / K)
    return torch.tensor(found, dtype=logits.dtype)


def grid(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return max(1, min(math.isqrt(numbers // C), H, W))


def global_mean(feature_map, numbers):
    return feature_map.mean(dim=(2, 3))


def written_out(feature_map, numbers):
    return feature_map.flatten(1)


def root_forgotten(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, max(1, min(numbers // C, H, W))).flatten(1)


def channels_not_counted(feature_map, numbers):
    g = max(1, min(math.isqrt(numbers), *feature_map.shape[2:]))
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)


def not_bounded_by_the_map(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, max(1, math.isqrt(numbers // feature_map.shape[1]))).flatten(1)


def root_rounded_up(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers) + 1).flatten(1)


def max_pooled(feature_map, numbers):
    return F.adaptive_max_pool2d(feature_map, grid(feature_map, numbers)).flatten(1)


def not_flattened(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers))


def flattened_altogether(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).flatten()


def flattened_before(feature_map, numbers):
    wide = feature_map.shape[1] * grid(feature_map, numbers) ** 2
    return F.adaptive_avg_pool1d(feature_map.flatten(1)[:, None], wide)[:, 0]


def as_a_tuple(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).flatten(1),


def by_isqrt(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).flatten(1)


def cell_by_cell(feature_map, numbers):
    H, W = feature_map.shape[2:]
    g = grid(feature_map, numbers)
    cells = [feature_map[:, :, i * H // g:-(-(i + 1) * H // g), j * W // g:-(-(j + 1) * W // g)].mean(dim=(2, 3))
             for i in range(g) for j in range(g)]
    return torch.stack(cells, dim=2).flatten(1)


WRONG = {
    "rotate_all": [
        (one_random_angle_each, "one_rotation_each"), (default_axes, "turned_the_wrong_axes"),
        (channels_and_height, "turned_the_wrong_axes"), (four_always, "angles_ignored"),
        (quarter_steps_for_two, "angles_ignored"), (transposed, "mirrored"), (upside_down_by_one_flip, "mirrored"),
        (the_other_way_round, "clockwise"), (copies_side_by_side, "copies_interleaved"),
        (all_copies_side_by_side, "copies_interleaved"), (labels_repeated, "labels_interleaved"),
        (labels_in_degrees, "degrees_as_labels"), (labels_count_from_one, "labels_from_one"),
        (labels_as_floats, "dtype"), (copies_in_a_list, "type"), (labels_first, "order"),
    ],
    "undecided": [
        (of_every_copy, "per_copy"), (of_every_copy_in_nats, "per_copy"), (neighbours_averaged, "wrong_reshape"),
        (mean_over_the_images, "wrong_reshape"), (in_nats, "nats"), (added_up, "summed"),
        (without_the_minus, "negative"), (softmax_down_the_columns, "softmax_over_copies"),
        (mean_first, "entropy_of_the_mean"), (naive_logarithm, "zero_times_log_zero"), (one_number, "averaged"),
        (certainty, "different"),
    ],
    "pool_to": [
        (global_mean, "one_cell"), (written_out, "not_pooled"), (root_forgotten, "no_square"),
        (channels_not_counted, "channels_forgotten"), (not_bounded_by_the_map, "finer_than_the_map"),
        (root_rounded_up, "too_many"), (max_pooled, "maxima"), (not_flattened, "still_a_map"),
        (flattened_altogether, "still_a_map"), (flattened_before, "flattened_first"), (as_a_tuple, "count"),
    ],
}

RIGHT = {
    "rotate_all": [by_flips_and_transposes, image_by_image],
    "undecided": [by_log_softmax, by_loops],
    "pool_to": [by_isqrt, cell_by_cell],
}
