"""Lab 08: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import numpy as np
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


def begins_with_a_turn(images, angles=4):
    copies = [torch.rot90(images, (k + 1) * 4 // angles, dims=(2, 3)) for k in range(angles)]
    return torch.cat(copies), labels_of(images, angles)


def not_turned_at_all(images, angles=4):
    return images.repeat(angles, 1, 1, 1), labels_of(images, angles)


def labels_in_a_table(images, angles=4):
    return torch.cat(turned(images, angles)), labels_of(images, angles).view(angles, -1)


def one_label_per_angle(images, angles=4):
    return torch.cat(turned(images, angles)), torch.arange(angles)


def one_hot_labels(images, angles=4):
    return torch.cat(turned(images, angles)), F.one_hot(labels_of(images, angles), angles)


def numbers_of_the_images(images, angles=4):
    return torch.cat(turned(images, angles)), torch.arange(len(images)).repeat(angles)


def stacked_in_front(images, angles=4):
    return torch.stack(turned(images, angles)), labels_of(images, angles)


def floats_for_bytes(images, angles=4):
    return torch.cat(turned(images.float() / 255, angles)), labels_of(images, angles)


def steps_the_wrong_way_round(images, angles=4):
    return torch.cat([torch.rot90(images, k * angles // 4, dims=(2, 3)) for k in range(angles)]), labels_of(images, angles)


def half_turn_mirrored(images, angles=4):
    copies = [images, torch.rot90(images, 1, (2, 3)), images.flip(3), torch.rot90(images, 3, (2, 3))]
    return torch.cat(copies if angles == 4 else copies[::2]), labels_of(images, angles)


def copies_without_labels(images, angles=4):
    return torch.cat(turned(images, angles))


def largest_angle_first(images, angles=4):
    return torch.cat(turned(images, angles)[::-1]), labels_of(images, angles)


def labels_backwards(images, angles=4):
    return torch.cat(turned(images, angles)), labels_of(images, angles).flip(0)


def three_angles_only(images, angles=4):
    return torch.cat(turned(images, angles)[1:]), torch.arange(1, angles).repeat_interleave(len(images))


def logits_taken_for_probabilities(logits):
    return -(logits * logits.log2()).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0)


def entr_of_the_logits(logits):
    return torch.special.entr(logits).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0) / math.log(2)


def softmax_twice(logits):
    return bits(logits.softmax(dim=1)).reshape(logits.shape[1], -1).mean(dim=0)


def each_by_a_sigmoid(logits):
    p = logits.sigmoid()
    return torch.special.entr(p).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0) / math.log(2)


def as_a_share_of_the_most(logits):
    return bits(logits).reshape(logits.shape[1], -1).mean(dim=0) / math.log2(logits.shape[1])


def averaged_over_the_angles(logits):
    return (torch.special.entr(logits.softmax(dim=1)).mean(dim=1) / math.log(2)).reshape(logits.shape[1], -1).mean(dim=0)


def of_the_upright_copies(logits):
    return bits(logits)[:len(logits) // logits.shape[1]]


def the_least_decided_copy(logits):
    return bits(logits).reshape(logits.shape[1], -1).max(dim=0).values


def one_less_the_largest(logits):
    return 1 - logits.softmax(dim=1).max(dim=1).values.reshape(logits.shape[1], -1).mean(dim=0)


def gini(logits):
    return (1 - logits.softmax(dim=1).square().sum(dim=1)).reshape(logits.shape[1], -1).mean(dim=0)


def base_ten(logits):
    return (torch.special.entr(logits.softmax(dim=1)).sum(dim=1) / math.log(10)).reshape(logits.shape[1], -1).mean(dim=0)


def surprise_at_the_right_angle(logits):
    K = logits.shape[1]
    labels = torch.arange(K).repeat_interleave(len(logits) // K)
    return F.cross_entropy(logits, labels, reduction="none").reshape(K, -1).mean(dim=0) / math.log(2)


def certainty_in_bits(logits):
    return math.log2(logits.shape[1]) - bits(logits).reshape(logits.shape[1], -1).mean(dim=0)


def logits_averaged_first(logits):
    K = logits.shape[1]
    return bits(logits.reshape(K, -1, K).mean(dim=0))


def logarithm_without_its_weight(logits):
    return -logits.log_softmax(dim=1).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0) / math.log(2)


def times_ln_2(logits):
    return (torch.special.entr(logits.softmax(dim=1)).sum(dim=1) * math.log(2)).reshape(logits.shape[1], -1).mean(dim=0)


def strictly_below_the_budget(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = 1
    while C * (g + 1) ** 2 < numbers and g + 1 <= min(H, W):
        g += 1
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)


def cells_of_fixed_size(feature_map, numbers):
    return F.avg_pool2d(feature_map, max(1, feature_map.shape[2] // grid(feature_map, numbers))).flatten(1)


def a_step_too_coarse(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, max(1, grid(feature_map, numbers) - 1)).flatten(1)


def cells_of_size_g(feature_map, numbers):
    return F.avg_pool2d(feature_map, grid(feature_map, numbers)).flatten(1)


def root_rounded(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, max(1, min(round((numbers / C) ** 0.5), H, W))).flatten(1)


def channels_last(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).permute(0, 2, 3, 1).flatten(1)


def cut_off_at_the_budget(feature_map, numbers):
    return feature_map.flatten(1)[:, :numbers]


def sums_for_means(feature_map, numbers):
    g = grid(feature_map, numbers)
    H, W = feature_map.shape[2:]
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1) * (H // g) * (W // g)


def a_column_of_cells(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, (grid(feature_map, numbers), 1)).flatten(1)


def no_grid_below_one(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, min(math.isqrt(numbers // C), H, W)).flatten(1)


def images_counted_too(feature_map, numbers):
    N, C, H, W = feature_map.shape
    return F.adaptive_avg_pool2d(feature_map, max(1, min(math.isqrt(numbers // (N * C)), H, W))).flatten(1)


def powers_of_two(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = 1
    while C * (2 * g) ** 2 <= numbers and 2 * g <= min(H, W):
        g *= 2
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)


def resized_bilinearly(feature_map, numbers):
    g = grid(feature_map, numbers)
    return F.interpolate(feature_map, size=(g, g), mode="bilinear").flatten(1)


def images_in_columns(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).flatten(1).T


def pooled_across_channels(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, grid(feature_map, numbers)).mean(dim=1).flatten(1)


def not_bounded_and_root(feature_map, numbers):
    return F.adaptive_avg_pool2d(feature_map, int(numbers ** 0.5)).flatten(1)


def turned_again_and_again(images, angles=4):
    copies = [images]
    for _ in range(angles - 1):
        copies.append(torch.rot90(copies[-1], 4 // angles, dims=[2, 3]))
    return torch.cat(copies, dim=0), torch.arange(angles * len(images)) // len(images)


def stacked_and_flattened(images, angles=4):
    copies = torch.stack([images.rot90(k * (4 // angles), (-2, -1)) for k in range(angles)])
    return copies.flatten(0, 1), torch.arange(angles).view(-1, 1).repeat(1, len(images)).view(-1)


def with_numpy(images, angles=4):
    copies = [np.rot90(images.numpy(), k * 4 // angles, axes=(2, 3)) for k in range(angles)]
    return torch.from_numpy(np.concatenate(copies)), torch.from_numpy(np.repeat(np.arange(angles), len(images)))


def filled_in(images, angles=4):
    N = len(images)
    copies, labels = images.new_empty(angles * N, *images.shape[1:]), torch.zeros(angles * N, dtype=torch.long)
    for k in range(angles):
        copies[k * N:(k + 1) * N] = images.rot90(4 // angles * k, (2, 3))
        labels[k * N:(k + 1) * N] = k
    return copies, labels


def with_labels_from_a_list(images, angles=4):
    labels = torch.tensor([k for k in range(angles) for _ in images])
    return torch.vstack([torch.rot90(images, k * 4 // angles, dims=(3, 2)).rot90(2 * k * 4 // angles, dims=(2, 3))
                         for k in range(angles)]), labels


def by_a_categorical(logits):
    H = torch.distributions.Categorical(logits=logits).entropy() / math.log(2)
    return H.reshape(logits.shape[1], -1).mean(dim=0)


def logsumexp_less_the_mean_logit(logits):
    H = logits.logsumexp(dim=1) - (logits.softmax(dim=1) * logits).sum(dim=1)
    return H.view(logits.shape[1], -1).mean(dim=0) / math.log(2)


def a_little_in_the_logarithm(logits):
    p = logits.softmax(dim=1)
    return -(p * (p + 1e-8).log2()).sum(dim=1).view(logits.shape[1], -1).mean(dim=0)


def clamped_logarithm(logits):
    p = torch.softmax(logits, 1)
    return torch.stack((-p * p.clamp_min(1e-12).log2()).sum(1).chunk(logits.shape[1])).mean(0)


def with_numpy_logarithms(logits):
    z = logits.double().numpy()
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    H = -np.sum(np.where(p > 0, p * np.log2(np.maximum(p, 1e-300)), 0), axis=1)
    return torch.from_numpy(H.reshape(z.shape[1], -1).mean(0)).to(logits.dtype)


def by_xlogy(logits):
    p = logits.double().softmax(dim=-1)
    return -(torch.xlogy(p, p).sum(-1) / math.log(2)).unflatten(0, (logits.shape[1], -1)).mean(0).to(logits.dtype)


def grids_tried_from_the_top(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    for g in range(min(H, W), 0, -1):
        if C * g * g <= numbers or g == 1:
            return torch.nn.AdaptiveAvgPool2d((g, g))(feature_map).reshape(len(feature_map), -1)


def root_rounded_down(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = min(int((numbers / C) ** 0.5), H, W) or 1
    return F.interpolate(feature_map, size=(g, g), mode="area").flatten(1)


def with_numpy_cells(feature_map, numbers):
    x, g = feature_map.numpy(), grid(feature_map, numbers)
    N, C, H, W = x.shape
    out = np.empty((N, C, g, g), dtype=x.dtype)
    for i in range(g):
        for j in range(g):
            rows, columns = (slice(k * S // g, math.ceil((k + 1) * S / g)) for k, S in ((i, H), (j, W)))
            out[:, :, i, j] = x[:, :, rows, columns].mean((2, 3))
    return torch.from_numpy(out.reshape(N, -1))


def largest_that_fits(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = max([g for g in range(1, min(H, W) + 1) if g**2 <= numbers / C], default=1)
    return F.adaptive_avg_pool2d(feature_map.double(), g).flatten(1).to(feature_map.dtype)


def image_after_image(feature_map, numbers):
    return torch.stack([F.adaptive_avg_pool2d(m, grid(feature_map, numbers)).ravel() for m in feature_map])


def walked(log_p, images, square, stride, cover):
    before, H, W = log_p(images), *images.shape[2:]
    rows = []
    for top in range(0, H - square + 1, stride):
        rows.append(torch.stack([before - log_p(cover(images.clone(), top, left, square))
                                 for left in range(0, W - square + 1, stride)], dim=1))
    return torch.stack(rows, dim=1)


def grayed(x, top, left, s):
    x[:, :, top:top + s, left:left + s] = 128
    return x


def holes_that_stay(log_p, images, square=8, stride=4):
    hidden = images.clone()
    return walked(log_p, images, square, stride, lambda x, *place: grayed(hidden, *place)).clamp_min(0)


def into_the_images_themselves(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, lambda x, *place: grayed(images, *place)).clamp_min(0)


def after_less_before(log_p, images, square=8, stride=4):
    return (-walked(log_p, images, square, stride, grayed)).clamp_min(0)


def no_clamp(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed)


def absolute_change(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed).abs()


def only_after(log_p, images, square=8, stride=4):
    return log_p(images)[:, None, None] - walked(log_p, images, square, stride, grayed)


def as_probabilities(log_p, images, square=8, stride=4):
    return walked(lambda x: log_p(x).exp(), images, square, stride, grayed).clamp_min(0)


def black_squares(log_p, images, square=8, stride=4):
    def black(x, top, left, s):
        x[:, :, top:top + s, left:left + s] = 0
        return x
    return walked(log_p, images, square, stride, black).clamp_min(0)


def red_only(log_p, images, square=8, stride=4):
    def red(x, top, left, s):
        x[:, 0, top:top + s, left:left + s] = 128
        return x
    return walked(log_p, images, square, stride, red).clamp_min(0)


def all_but_the_square(log_p, images, square=8, stride=4):
    def spotlight(x, top, left, s):
        out = torch.full_like(x, 128)
        out[:, :, top:top + s, left:left + s] = x[:, :, top:top + s, left:left + s]
        return out
    return walked(log_p, images, square, stride, spotlight).clamp_min(0)


def last_places_left_out(log_p, images, square=8, stride=4):
    H, W = images.shape[2:]
    return walked(log_p, images, square, stride, grayed).clamp_min(0)[
        :, :len(range(0, H - square, stride)), :len(range(0, W - square, stride))]


def columns_before_rows(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed).clamp_min(0).transpose(1, 2)


def maps_in_front(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed).clamp_min(0).permute(1, 2, 0)


def mean_of_all_maps(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed).clamp_min(0).mean(dim=0)


def stride_for_square(log_p, images, square=8, stride=4):
    def small(x, top, left, s):
        return grayed(x, top, left, stride)
    return walked(log_p, images, square, stride, small).clamp_min(0)


def scaled_to_1(log_p, images, square=8, stride=4):
    cost = walked(log_p, images, square, stride, grayed).clamp_min(0)
    return cost / cost.amax(dim=(1, 2), keepdim=True).clamp_min(1e-9)


def cleanly(log_p, images, square=8, stride=4):
    return walked(log_p, images, square, stride, grayed).clamp_min(0)


def in_one_large_batch(log_p, images, square=8, stride=4):
    N, _, H, W = images.shape
    places = [(t, l) for t in range(0, H - square + 1, stride) for l in range(0, W - square + 1, stride)]
    hidden = torch.cat([grayed(images.clone(), t, l, square) for t, l in places])
    cost = log_p(images)[None] - log_p(hidden).view(len(places), N)
    return F.relu(cost).T.reshape(N, (H - square) // stride + 1, -1)


def with_a_mask(log_p, images, square=8, stride=4):
    H, W = images.shape[2:]
    rows, columns = torch.arange(H)[:, None], torch.arange(W)[None]
    n, m = (H - square) // stride + 1, (W - square) // stride + 1
    found = []
    for place in range(n * m):
        top, left = place // m * stride, place % m * stride
        inside = (rows >= top) & (rows < top + square) & (columns >= left) & (columns < left + square)
        found.append(log_p(torch.where(inside, torch.tensor(128, dtype=torch.uint8), images)))
    return torch.relu(log_p(images)[:, None] - torch.stack(found, dim=1)).unflatten(1, (n, m))


def image_by_image_alone(log_p, images, square=8, stride=4):
    return torch.cat([cleanly(log_p, image[None], square, stride) for image in images])


def put_back_afterwards(log_p, images, square=8, stride=4):
    work, before, H, W = images.clone(), log_p(images), *images.shape[2:]
    rows = []
    for y in range(0, H - square + 1, stride):
        row = []
        for x in range(0, W - square + 1, stride):
            work[..., y:y + square, x:x + square] = 128
            row.append((before - log_p(work)).clip(min=0).tolist())
            work[..., y:y + square, x:x + square] = images[..., y:y + square, x:x + square]
        rows.append(row)
    return torch.tensor(rows).permute(2, 0, 1)


def with_maximum(log_p, images, square=8, stride=4):
    cost = walked(log_p, images, square, stride, lambda x, t, l, s: torch.from_numpy(
        np.asarray([grayed(i[None].clone(), t, l, s)[0].numpy() for i in x])))
    return torch.maximum(cost, torch.zeros_like(cost))


def bounded_by_the_height(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, max(1, min(math.isqrt(numbers // C), H))).flatten(1)


def bounded_by_the_width(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    return F.adaptive_avg_pool2d(feature_map, max(1, min(math.isqrt(numbers // C), W))).flatten(1)


WRONG = {
    "rotate_all": [
        (one_random_angle_each, "one_rotation_each"), (default_axes, "turned_the_wrong_axes"),
        (channels_and_height, "turned_the_wrong_axes"), (four_always, "angles_ignored"),
        (quarter_steps_for_two, "quarter_steps"), (transposed, "mirrored"), (upside_down_by_one_flip, "mirrored"),
        (the_other_way_round, "clockwise"), (copies_side_by_side, "copies_interleaved"),
        (all_copies_side_by_side, "copies_interleaved"), (labels_repeated, "labels_interleaved"),
        (labels_in_degrees, "degrees_as_labels"), (labels_count_from_one, "labels_from_one"),
        (labels_as_floats, "dtype"), (copies_in_a_list, "type"), (labels_first, "order"),
        (begins_with_a_turn, "begins_turned"), (not_turned_at_all, "nothing_turned"),
        (labels_in_a_table, "labels_in_a_table"), (one_label_per_angle, "one_label_an_angle"),
        (one_hot_labels, "labels_in_a_table"), (numbers_of_the_images, "numbers_of_the_images"),
        (stacked_in_front, "flattened"), (floats_for_bytes, "bytes_divided"), (steps_the_wrong_way_round, "step_upside_down"),
        (half_turn_mirrored, "mirrored"), (copies_without_labels, "count"),
        (largest_angle_first, "angles_in_another_order"), (labels_backwards, "reversed"), (three_angles_only, "shape"),
    ],
    "undecided": [
        (of_every_copy, "per_copy"), (of_every_copy_in_nats, "per_copy"), (neighbours_averaged, "wrong_reshape"),
        (mean_over_the_images, "wrong_reshape"), (in_nats, "nats"), (added_up, "summed"),
        (without_the_minus, "negative"), (softmax_down_the_columns, "softmax_over_copies"),
        (mean_first, "entropy_of_the_mean"), (naive_logarithm, "zero_times_log_zero"), (one_number, "averaged"),
        (certainty, "another_measure"),
        (logits_taken_for_probabilities, "no_softmax"), (entr_of_the_logits, "no_softmax"),
        (softmax_twice, "softmax_twice"), (each_by_a_sigmoid, "sigmoids"),
        (as_a_share_of_the_most, "share_of_the_most"), (averaged_over_the_angles, "scaled"),
        (of_the_upright_copies, "one_copy_only"), (the_least_decided_copy, "one_copy_only"),
        (one_less_the_largest, "another_measure"), (gini, "another_measure"), (base_ten, "scaled"),
        (surprise_at_the_right_angle, "the_loss"), (certainty_in_bits, "another_measure"),
        (logits_averaged_first, "logits_averaged"), (logarithm_without_its_weight, "weight_forgotten"),
        (times_ln_2, "scaled"),
    ],
    "pool_to": [
        (global_mean, "one_cell"), (written_out, "not_pooled"), (root_forgotten, "no_square"),
        (channels_not_counted, "channels_forgotten"), (not_bounded_by_the_map, "finer_than_the_map"),
        (root_rounded_up, "too_many"), (max_pooled, "maxima"), (not_flattened, "still_a_map"),
        (flattened_altogether, "still_a_map"), (flattened_before, "flattened_first"), (as_a_tuple, "count"),
        (strictly_below_the_budget, "budget_not_used_up"), (cells_of_fixed_size, "size_for_number"),
        (cells_of_size_g, "g_as_size"), (root_rounded, "rounded"), (channels_last, "channels_last"),
        (cut_off_at_the_budget, "cut_off"), (a_step_too_coarse, "too_coarse"), (sums_for_means, "different"),
        (a_column_of_cells, "cells_one_way"),
        (no_grid_below_one, "no_cell"), (images_counted_too, "images_counted"), (powers_of_two, "shape"),
        (resized_bilinearly, "blended"), (images_in_columns, "transposed"), (pooled_across_channels, "shape"),
        (not_bounded_and_root, "channels_forgotten"), (bounded_by_the_height, "width_forgotten"),
        (bounded_by_the_width, "height_forgotten"),
    ],
    "hidden_squares": [
        (holes_that_stay, "piled_up"), (into_the_images_themselves, "changes"), (after_less_before, "wrong_way_round"),
        (no_clamp, "gains_counted"), (absolute_change, "gains_counted"), (only_after, "after_alone"),
        (as_probabilities, "probabilities"), (black_squares, "not_gray"), (red_only, "one_channel"),
        (all_but_the_square, "rest_hidden"), (last_places_left_out, "edge_missing"), (columns_before_rows, "across_first"),
        (maps_in_front, "images_last"), (mean_of_all_maps, "mean_too_much"), (stride_for_square, "different"),
        (scaled_to_1, "different"),
    ],
}

RIGHT = {
    "rotate_all": [
        by_flips_and_transposes, image_by_image, turned_again_and_again, stacked_and_flattened, with_numpy, filled_in,
        with_labels_from_a_list,
    ],
    "undecided": [
        by_log_softmax, by_loops, by_a_categorical, logsumexp_less_the_mean_logit, a_little_in_the_logarithm,
        clamped_logarithm, with_numpy_logarithms, by_xlogy,
    ],
    "pool_to": [
        by_isqrt, cell_by_cell, grids_tried_from_the_top, root_rounded_down, with_numpy_cells, largest_that_fits,
        image_after_image,
    ],
    "hidden_squares": [
        cleanly, in_one_large_batch, with_a_mask, image_by_image_alone, put_back_afterwards, with_maximum,
    ],
}

def labels_count_quarter_turns(images, angles=4):
    step = 4 // angles
    copies = torch.cat([torch.rot90(images, k * step, dims=(2, 3)) for k in range(angles)])
    return copies, (torch.arange(angles) * step).repeat_interleave(len(images))


def transposed_for_a_quarter(images, angles=4):
    turned = [images, images.transpose(2, 3), images.flip((2, 3)), images.transpose(2, 3).flip(3)]
    return torch.cat(turned[:: 4 // angles]), torch.arange(angles).repeat_interleave(len(images))


def by_log2_and_divided_again(logits):
    p = logits.softmax(dim=1)
    return (-(p * p.log2()).sum(dim=1) / math.log(2)).view(logits.shape[1], -1).mean(dim=0)


def of_four_angles(logits):
    return (torch.special.entr(logits.softmax(dim=1)).sum(dim=1) / math.log(2)).view(4, -1).mean(dim=0)


def root_rounded_up(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = max(1, min(math.ceil(math.sqrt(numbers / C)), H, W))
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)


def one_step_after_the_last(feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = 1
    while C * g * g <= numbers and g <= min(H, W):
        g += 1
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)


def squares_at(log_p, images, square, rows, columns, value=128):
    before, cost = log_p(images), torch.zeros(len(images), len(rows), len(columns))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            hidden = images.clone()
            hidden[:, :, top:top + square, left:left + square] = value
            cost[:, i, j] = (before - log_p(hidden)).clamp(min=0)
    return cost


def everywhere(images, square, stride):
    return [range(0, side - square + 1, stride) for side in images.shape[2:]]


def up_to_the_edge(log_p, images, square=8, stride=4):
    return squares_at(log_p, images, square, *(range(0, side, stride) for side in images.shape[2:]))


def pixel_by_pixel(log_p, images, square=8, stride=4):
    return squares_at(log_p, images, square, *everywhere(images, square, 1))


def square_by_square(log_p, images, square=8, stride=4):
    return squares_at(log_p, images, square, *everywhere(images, square, square))


def eight_and_four(log_p, images, square=8, stride=4):
    return squares_at(log_p, images, 8, *everywhere(images, 8, 4))


def one_half_among_bytes(log_p, images, square=8, stride=4):
    return squares_at(log_p, images.float(), square, *everywhere(images, square, stride), value=0.5)


for name, rows in {
    "rotate_all": [(labels_count_quarter_turns, "quarter_turns_as_labels"), (transposed_for_a_quarter, "mirrored")],
    "undecided": [(by_log2_and_divided_again, "bits"), (of_four_angles, "error")],
    "pool_to": [(root_rounded_up, "rounded_up"), (one_step_after_the_last, "too_many")],
    "hidden_squares": [(up_to_the_edge, "over_the_edge"), (pixel_by_pixel, "another_stride"),
                       (square_by_square, "another_stride"), (eight_and_four, "always_the_default"),
                       (one_half_among_bytes, "not_gray")],
}.items():
    WRONG[name] = [*WRONG[name], *rows]
WRONG["hunt_undecided"], RIGHT["hunt_undecided"] = WRONG["undecided"], RIGHT["undecided"]
