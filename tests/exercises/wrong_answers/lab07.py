"""Lab 07: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import numpy as np
import torch
from torch.nn import functional as F

from sslcourse import methods


def distances(chosen, candidates):
    return (candidates[:, None] != chosen[None]).sum(dim=2)


def the_permutation_itself(chosen, candidates):
    return candidates[distances(chosen, candidates).min(dim=1).values.argmax()]


def the_largest_distance(chosen, candidates):
    return int(distances(chosen, candidates).min(dim=1).values.max())


def the_nearest(chosen, candidates):
    return int(distances(chosen, candidates).min(dim=1).values.argmin())


def most_agreement(chosen, candidates):
    agreements = (candidates[:, None] == chosen[None]).sum(dim=2)
    return int(agreements.sum(dim=1).argmax())


def least_agreement_at_best(chosen, candidates):
    agreements = (candidates[:, None] == chosen[None]).sum(dim=2)
    return int(agreements.min(dim=1).values.argmax())


def largest_mean(chosen, candidates):
    return int(distances(chosen, candidates).float().mean(dim=1).argmax())


def largest_of_all(chosen, candidates):
    return int(distances(chosen, candidates).max(dim=1).values.argmax())


def largest_of_the_flat_table(chosen, candidates):
    D = distances(chosen, candidates)
    return int(D.argmax()) // D.shape[1]


def from_the_last_one(chosen, candidates):
    return int((candidates != chosen[-1]).sum(dim=1).argmax())


def from_the_first_one(chosen, candidates):
    return int((candidates != chosen[0]).sum(dim=1).argmax())


def manhattan(chosen, candidates):
    return int((candidates[:, None] - chosen[None]).abs().sum(dim=2).min(dim=1).values.argmax())


def euclidean(chosen, candidates):
    return int(torch.cdist(candidates.float(), chosen.float()).min(dim=1).values.argmax())


def over_the_candidates(chosen, candidates):
    return int(distances(chosen, candidates).min(dim=0).values.argmax())


def no_broadcasting(chosen, candidates):
    return int((candidates != chosen).sum(dim=1).argmax())


def by_loops(chosen, candidates):
    best, farthest = -1, -1
    for i, candidate in enumerate(candidates.tolist()):
        nearest = min(sum(a != b for a, b in zip(candidate, other)) for other in chosen.tolist())
        if nearest > farthest:
            best, farthest = i, nearest
    return best


def by_one_hot_products(chosen, candidates):
    T = chosen.shape[1]
    one_hot = torch.nn.functional.one_hot
    agreements = one_hot(candidates, T).flatten(1).float() @ one_hot(chosen, T).flatten(1).float().T
    return agreements.max(dim=1).values.argmin()


def written_into_place(tiles, permutations, index):
    out = torch.empty_like(tiles)
    out[torch.arange(len(tiles))[:, None], permutations[index]] = tiles
    return out


def by_argsort(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations[index].argsort(dim=1)]


def the_first_rows(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations[: len(tiles)]]


def the_first_images_order(tiles, permutations, index):
    return tiles[:, permutations[index[0]]]


def the_tables_first_order(tiles, permutations, index):
    return tiles[:, permutations[0]]


def all_pairs(tiles, permutations, index):
    return tiles[:, permutations[index]]


def tiles_for_images(tiles, permutations, index):
    return tiles[permutations[index]]


def indices_that_do_not_meet(tiles, permutations, index):
    return tiles[torch.arange(len(tiles)), permutations[index]]


def nothing(tiles, permutations, index):
    return tiles.clone()


def flattened(tiles, permutations, index):
    rows = torch.arange(len(tiles))[:, None]
    return tiles[rows, permutations[index]].flatten(0, 1)


def in_place(tiles, permutations, index):
    for n in range(len(tiles)):
        tiles[n] = tiles[n, permutations[index[n]]].clone()
    return tiles


def image_by_image(tiles, permutations, index):
    return torch.stack([image[permutations[i]] for image, i in zip(tiles, index)])


def by_gather(tiles, permutations, index):
    orders = permutations[index][:, :, None, None, None].expand_as(tiles)
    return tiles.gather(1, orders)


def over(dims, tiles, eps):
    mean, variance = tiles.mean(dim=dims, keepdim=True), tiles.var(dim=dims, keepdim=True, unbiased=False)
    return (tiles - mean) / (variance + eps).sqrt()


def one_mean_per_tile(tiles, eps=1e-4):
    return over((2, 3, 4), tiles, eps)


def one_mean_per_channel_of_the_image(tiles, eps=1e-4):
    return over((1, 3, 4), tiles, eps)


def one_mean_per_image(tiles, eps=1e-4):
    return over((1, 2, 3, 4), tiles, eps)


def one_mean_per_place_and_channel(tiles, eps=1e-4):
    return over((0, 3, 4), tiles, eps)


def one_mean_for_everything(tiles, eps=1e-4):
    return over((0, 1, 2, 3, 4), tiles, eps)


def as_batch_norm_does(tiles, eps=1e-4):
    return over((0, 1, 3, 4), tiles, eps)


def centred_only(tiles, eps=1e-4):
    return tiles - tiles.mean(dim=(3, 4), keepdim=True)


def no_root(tiles, eps=1e-4):
    centred = centred_only(tiles)
    return centred / (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps)


def one_less(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.var(dim=(3, 4), keepdim=True) + eps).sqrt()


def no_eps(tiles, eps=1e-4):
    return centred_only(tiles) / tiles.std(dim=(3, 4), keepdim=True, unbiased=False)


def eps_beside_the_deviation(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.std(dim=(3, 4), keepdim=True, unbiased=False) + eps)


def std_as_it_comes(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.std(dim=(3, 4), keepdim=True) + eps)


def not_centred(tiles, eps=1e-4):
    return tiles / (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps).sqrt()


def subtracted_in_place(tiles, eps=1e-4):
    tiles -= tiles.mean(dim=(3, 4), keepdim=True)
    return tiles / (tiles.square().mean(dim=(3, 4), keepdim=True) + eps).sqrt()


def without_keepdim(tiles, eps=1e-4):
    return (tiles - tiles.mean(dim=(3, 4))) / (tiles.var(dim=(3, 4)) + eps).sqrt()


def by_instance_norm(tiles, eps=1e-4):
    flat = tiles.flatten(0, 1)
    return torch.nn.functional.instance_norm(flat, eps=eps).view_as(tiles)


def tile_by_tile(tiles, eps=1e-4):
    out = torch.zeros_like(tiles)
    N, T, C = tiles.shape[:3]
    for n in range(N):
        for t in range(T):
            for c in range(C):
                pixels = tiles[n, t, c]
                deviation = pixels - pixels.sum() / pixels.numel()
                out[n, t, c] = deviation / (deviation.square().mean() + eps) ** 0.5
    return out


def the_middle_distance(chosen, candidates):
    return int(distances(chosen, candidates).median(dim=1).values.argmax())


def product_of_the_distances(chosen, candidates):
    return int(distances(chosen, candidates).prod(dim=1).argmax())


def different_at_all(chosen, candidates):
    return int((candidates[:, None] != chosen[None]).any(dim=2).sum(dim=1).argmax())


def places_added_up(chosen, candidates):
    return int((candidates[:, None] != chosen[None]).sum(dim=1).min(dim=1).values.argmax())


def best_index_and_distance(chosen, candidates):
    nearest = distances(chosen, candidates).min(dim=1).values
    return nearest.argmax(), nearest.max()


def which_chosen_is_nearest(chosen, candidates):
    return int(distances(chosen, candidates).min(dim=1).indices.argmax())


def all_indices_in_order(chosen, candidates):
    return distances(chosen, candidates).min(dim=1).values.argsort(descending=True)


def nearest_distance_of_each(chosen, candidates):
    return distances(chosen, candidates).min(dim=1).values


def farthest_of_the_chosen_ones(chosen, candidates):
    return int(distances(candidates, chosen).min(dim=1).values.argmax())


def sorted_first(chosen, candidates):
    return int((candidates.sort(dim=1).values[:, None] != chosen[None]).sum(dim=2).min(dim=1).values.argmax())


def agreement_argmax(chosen, candidates):
    return int((candidates[:, None] == chosen[None]).sum(dim=2).max(dim=1).values.argmax())


def orders_by_index_columns(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations.roll(1, dims=0)[index]]


def images_by_index(tiles, permutations, index):
    return tiles[index % len(tiles)]


def next_images_order(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations[index.roll(1)]]


def new_orders(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], torch.rand(tiles.shape[:2]).argsort(dim=1)]


def the_orders_themselves(tiles, permutations, index):
    return permutations[index]


def pixels_in_a_row(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations[index]].flatten(2)


def only_the_first_image(tiles, permutations, index):
    out = tiles.clone()
    out[0] = tiles[0, permutations[index[0]]]
    return out


def backwards(tiles, permutations, index):
    return tiles[torch.arange(len(tiles))[:, None], permutations[index].flip(1)]


def written_one_by_one(tiles, permutations, index):
    out = tiles.clone()
    for n in range(len(tiles)):
        for p in range(tiles.shape[1]):
            out[n, permutations[index[n], p]] = tiles[n, p]
    return out


def overwritten_while_read(tiles, permutations, index):
    out = tiles.clone()
    for n in range(len(tiles)):
        for p in range(tiles.shape[1]):
            out[n, p] = out[n, permutations[index[n], p]]
    return out


def as_layer_norm_comes(tiles, eps=1e-4):
    return F.layer_norm(tiles, tiles.shape[3:])


def layer_norm_of_the_tile(tiles, eps=1e-4):
    return F.layer_norm(tiles, tiles.shape[2:], eps=eps)


def each_row_of_pixels(tiles, eps=1e-4):
    return over((4,), tiles, eps)


def channels_and_height(tiles, eps=1e-4):
    return over((2, 3), tiles, eps)


def to_unit_length(tiles, eps=1e-4):
    return F.normalize(centred_only(tiles).flatten(3), dim=3, eps=eps).view_as(tiles)


def from_0_to_1(tiles, eps=1e-4):
    low, high = tiles.amin(dim=(3, 4), keepdim=True), tiles.amax(dim=(3, 4), keepdim=True)
    return (tiles - low) / (high - low + eps)


def mean_deviation(tiles, eps=1e-4):
    return centred_only(tiles) / (centred_only(tiles).abs().mean(dim=(3, 4), keepdim=True) + eps)


def square_without_the_mean(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.square().mean(dim=(3, 4), keepdim=True) + eps).sqrt()


def own_mean_and_the_images_spread(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.var(dim=(1, 3, 4), keepdim=True, unbiased=False) + eps).sqrt()


def own_mean_and_the_tiles_spread(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.var(dim=(2, 3, 4), keepdim=True, unbiased=False) + eps).sqrt()


def variance_plus_root_eps(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps**2).sqrt()


def eps_in_the_pixels(tiles, eps=1e-4):
    return centred_only(tiles) / (tiles + eps).std(dim=(3, 4), keepdim=True, unbiased=False)


def times_the_deviation(tiles, eps=1e-4):
    return centred_only(tiles) * (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps).sqrt()


def eps_of_its_own(tiles, eps=1e-4):
    return over((3, 4), tiles, 1e-5)


def mean_taken_last(tiles, eps=1e-4):
    scaled = tiles / (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps).sqrt()
    return scaled - tiles.mean(dim=(3, 4), keepdim=True)


def with_cdist_of_order_zero(chosen, candidates):
    return int(torch.cdist(candidates.double(), chosen.double(), p=0).amin(dim=1).argmax())


def by_agreements(chosen, candidates):
    return (candidates.unsqueeze(1) == chosen.unsqueeze(0)).sum(-1).amax(-1).argmin().item()


def with_numpy(chosen, candidates):
    a, b = candidates.numpy(), chosen.numpy()
    return int(np.argmax(np.min(np.sum(a[:, None, :] != b[None, :, :], axis=-1), axis=1)))


def shares_that_differ(chosen, candidates):
    D = torch.stack([(candidates != c).float().mean(dim=1) for c in chosen], dim=1)
    return D.min(dim=1).values.argmax()


def with_max_and_a_key(chosen, candidates):
    return max(range(len(candidates)), key=lambda i: min(int((candidates[i] != c).sum()) for c in chosen))


def along_a_dimension(tiles, permutations, index):
    return torch.take_along_dim(tiles, permutations[index][:, :, None, None, None], dim=1)


def with_numpy_indices(tiles, permutations, index):
    t, p, i = tiles.numpy(), permutations.numpy(), index.numpy()
    return torch.from_numpy(t[np.arange(len(t))[:, None], p[i]])


def by_one_hot_matrices(tiles, permutations, index):
    M = F.one_hot(permutations[index], tiles.shape[1]).to(tiles.dtype)
    return torch.einsum("npt,ntchw->npchw", M, tiles)


def tile_after_tile(tiles, permutations, index):
    out = torch.empty_like(tiles)
    for n in range(len(tiles)):
        for p in range(tiles.shape[1]):
            out[n, p] = tiles[n, permutations[index[n], p]]
    return out


def in_one_long_row(tiles, permutations, index):
    N, T = tiles.shape[:2]
    flat = permutations[index] + torch.arange(N)[:, None] * T
    return tiles.reshape(N * T, *tiles.shape[2:])[flat.flatten()].view_as(tiles)


def layer_norm_over_the_pixels(tiles, eps=1e-4):
    return F.layer_norm(tiles, tiles.shape[3:], eps=eps)


def numpy_there_and_back(tiles, eps=1e-4):
    x = tiles.numpy()
    return torch.from_numpy((x - x.mean((3, 4), keepdims=True)) / np.sqrt(x.var((3, 4), keepdims=True) + np.float32(eps)))


def in_double_precision(tiles, eps=1e-4):
    return over((3, 4), tiles.double(), eps).to(tiles.dtype)


def mean_of_squares_less_square_of_mean(tiles, eps=1e-4):
    mean = tiles.mean(dim=(-1, -2), keepdim=True)
    return (tiles - mean) * ((tiles**2).mean(dim=(-1, -2), keepdim=True) - mean**2 + eps).rsqrt()


def group_norm_with_one_channel_each(tiles, eps=1e-4):
    N, T, C, h, w = tiles.shape
    return F.group_norm(tiles.reshape(N * T, C, h, w), C, eps=eps).reshape(N, T, C, h, w)


def corners(images):
    side, place = min(images.shape[2:]) // 3, torch.arange(9)
    top, left = ((length - 3 * side) // 2 for length in images.shape[2:])
    return side, top + place // 3 * side, left + place % 3 * side


def taken(images, top, left, size):
    """The windows of one size at corners (N, 9), float."""
    windows = images.unfold(2, size, 1).unfold(3, size, 1)
    tiles = windows[torch.arange(len(images))[:, None], :, top, left]
    return tiles / 255 if tiles.dtype == torch.uint8 else tiles


def drawn(images, gap, jitter, *shape):
    return torch.randint(gap + 1, (2, *shape)).expand(2, len(images), 9) if jitter else torch.full(
        (2, len(images), 9), gap // 2)


def laid(images, gap, shift):
    side, top, left = corners(images)
    return taken(images, top + shift[0], left + shift[1], side - gap)


def tiles_as_large_as_cells(images, gap, jitter):
    side, top, left = corners(images)
    return taken(images, top.expand(len(images), 9), left.expand(len(images), 9), side)


def smaller_on_both_sides(images, gap, jitter):
    side, top, left = corners(images)
    return taken(images, (top + gap).expand(len(images), 9), (left + gap).expand(len(images), 9), max(side - 2 * gap, 1))


def cells_by_height_and_width(images, gap, jitter):
    (h, w), place = (length // 3 for length in images.shape[2:]), torch.arange(9)
    shift = drawn(images, gap, jitter, len(images), 9)
    top, left = place // 3 * h + images.shape[2] % 3 // 2 + shift[0], place % 3 * w + images.shape[3] % 3 // 2 + shift[1]
    windows = images.unfold(2, h - gap, 1).unfold(3, w - gap, 1)
    tiles = windows[torch.arange(len(images))[:, None], :, top, left]
    return tiles / 255 if tiles.dtype == torch.uint8 else tiles


def as_bytes(images, gap, jitter):
    tiles = methods.cut_tiles(images, gap, jitter)
    return (tiles * 255).round().to(torch.uint8) if images.dtype == torch.uint8 else tiles


def as_float_bytes(images, gap, jitter):
    tiles = laid(images, gap, drawn(images, gap, jitter, len(images), 9))
    return tiles * 255 if images.dtype == torch.uint8 else tiles


def always_over_255(images, gap, jitter):
    tiles = laid(images, gap, drawn(images, gap, jitter, len(images), 9))
    return tiles if images.dtype == torch.uint8 else tiles / 255


def column_by_column(images, gap, jitter):
    side, top, left = corners(images)
    shift = drawn(images, gap, jitter, len(images), 9)
    turned = torch.arange(9).view(3, 3).T.flatten()
    return taken(images, top[turned] + shift[0], left[turned] + shift[1], side - gap)


def from_the_first_pixel(images, gap, jitter):
    side, top, left = corners(images)
    shift = drawn(images, gap, jitter, len(images), 9)
    return taken(images, top - top[0] + shift[0], left - left[0] + shift[1], side - gap)


def moved_by_a_pixel_too_many(images, gap, jitter):
    side, top, left = corners(images)
    shift = torch.randint(gap + 2, (2, len(images), 9)) if jitter else drawn(images, gap, jitter)
    top, left = top + shift[0], left + shift[1]
    last = [length - side + gap for length in images.shape[2:]]
    return taken(images, top.clamp(max=last[0]), left.clamp(max=last[1]), side - gap)


def moved_both_ways(images, gap, jitter):
    side, top, left = corners(images)
    shift = torch.randint(-gap, gap + 1, (2, len(images), 9)) if jitter else drawn(images, gap, jitter)
    return taken(images, (top + shift[0]).clamp(min=0), (left + shift[1]).clamp(min=0), side - gap)


def never_moved(images, gap, jitter):
    return laid(images, gap, drawn(images, gap, False))


def in_the_cells_corner(images, gap, jitter):
    return laid(images, gap, torch.zeros(2, len(images), 9, dtype=torch.long))


def moved_anyway(images, gap, jitter):
    return laid(images, gap, drawn(images, gap, True, len(images), 9))


def by_the_whole_gap(images, gap, jitter):
    shift = drawn(images, gap, jitter, len(images), 9)
    return laid(images, gap, shift if jitter else torch.full_like(shift, gap))


def one_draw_for_all_images(images, gap, jitter):
    return laid(images, gap, drawn(images, gap, jitter, 1, 9))


def one_draw_per_image(images, gap, jitter):
    return laid(images, gap, drawn(images, gap, jitter, len(images), 1))


def one_draw_per_tile(images, gap, jitter):
    shift = drawn(images, gap, jitter, len(images), 9)
    return laid(images, gap, torch.stack([shift[0], shift[0]]))


def one_place_too_few(images, gap, jitter):
    shift = torch.randint(max(gap, 1), (2, len(images), 9)) if jitter else drawn(images, gap, jitter)
    return laid(images, gap, shift)


def by_a_reshape(images, gap, jitter):
    side = min(images.shape[2:]) // 3
    tiles = images[:, :, : 3 * side, : 3 * side].reshape(len(images), 9, 3, side, side)[..., gap:, gap:]
    return tiles / 255 if images.dtype == torch.uint8 else tiles


def of_the_next_image(images, gap, jitter):
    return laid(images.roll(1, dims=0), gap, drawn(images, gap, jitter, len(images), 9))


def turned_tiles(images, gap, jitter):
    return laid(images, gap, drawn(images, gap, jitter, len(images), 9)).transpose(3, 4)


def piece_by_piece(images, gap, jitter):
    side, top, left = corners(images)
    size, out = side - gap, []
    for image in images:
        for t in range(9):
            down, right = torch.randint(gap + 1, (2,)).tolist() if jitter else (gap // 2, gap // 2)
            r, c = int(top[t]) + down, int(left[t]) + right
            out.append(image[:, r : r + size, c : c + size])
    tiles = torch.stack(out).view(len(images), 9, 3, size, size)
    return tiles.float() / 255 if images.dtype == torch.uint8 else tiles


def by_rows_and_columns_of_indices(images, gap=2, jitter=True):
    side, top, left = corners(images)
    N, along = len(images), torch.arange(side - gap)
    shift = (torch.rand(2, N, 9) * (gap + 1)).long() if jitter else torch.full((2, N, 9), gap // 2)
    rows, columns = (top + shift[0])[..., None] + along, (left + shift[1])[..., None] + along
    image = torch.arange(N)[:, None, None, None]
    tiles = images.permute(0, 2, 3, 1)[image, rows[..., None], columns[:, :, None]].permute(0, 1, 4, 2, 3)
    return tiles.float() / 255 if images.dtype == torch.uint8 else tiles


def from_the_colleagues_table(tiles, eps=1e-4):
    mean, variance = tiles.flatten(3).mean(dim=3), tiles.flatten(3).var(dim=3, unbiased=False)
    mean, variance = mean[..., None, None], variance[..., None, None]
    return (tiles - mean) / (variance + eps).sqrt()


WRONG = {
    "cut_tiles": [
        (tiles_as_large_as_cells, "another_size"), (smaller_on_both_sides, "another_size"),
        (cells_by_height_and_width, "stretched_cells"), (as_bytes, "still_bytes"), (as_float_bytes, "still_bytes"),
        (always_over_255, "divided_twice"), (column_by_column, "columns_first"), (from_the_first_pixel, "from_the_corner"),
        (moved_by_a_pixel_too_many, "out_of_its_cell"), (moved_both_ways, "out_of_its_cell"), (never_moved, "no_jitter"),
        (in_the_cells_corner, "no_jitter"), (moved_anyway, "always_jitter"), (by_the_whole_gap, "not_in_the_middle"),
        (one_draw_for_all_images, "alike_in_all_images"), (one_draw_per_image, "alike_in_all_tiles"),
        (one_draw_per_tile, "alike_both_ways"), (one_place_too_few, "never_the_last"),
        (by_a_reshape, "no_piece_of_the_image"), (of_the_next_image, "no_piece_of_the_image"),
        (turned_tiles, "no_piece_of_the_image"),
    ],
    "farthest_permutation": [
        (the_permutation_itself, "row_returned"), (the_largest_distance, "distance_returned"), (the_nearest, "nearest"),
        (most_agreement, "nearest"), (least_agreement_at_best, "nearest"), (largest_mean, "averaged"),
        (largest_of_all, "largest"), (largest_of_the_flat_table, "largest"), (from_the_last_one, "one_of_the_chosen"),
        (from_the_first_one, "one_of_the_chosen"), (manhattan, "numbers_subtracted"), (euclidean, "numbers_subtracted"),
        (over_the_candidates, "wrong_axis"), (no_broadcasting, "error"),
        (the_middle_distance, "different"), (product_of_the_distances, "different"),
        (different_at_all, "different"), (places_added_up, "different"),
        (best_index_and_distance, "several_numbers"), (which_chosen_is_nearest, "which_of_the_chosen"),
        (all_indices_in_order, "several_numbers"), (nearest_distance_of_each, "several_numbers"),
        (farthest_of_the_chosen_ones, "wrong_axis"), (sorted_first, "different"), (agreement_argmax, "nearest"),
    ],
    "shuffle_tiles": [
        (written_into_place, "inverted"), (by_argsort, "inverted"), (the_first_rows, "index_ignored"),
        (the_first_images_order, "one_order_for_all"), (the_tables_first_order, "one_order_for_all"),
        (all_pairs, "every_pairing"), (tiles_for_images, "every_pairing"),
        (indices_that_do_not_meet, "every_pairing"), (nothing, "nothing_moved"), (flattened, "flattened"),
        (in_place, "changes"),
        (orders_by_index_columns, "another_row"), (images_by_index, "images_moved"), (next_images_order, "another_row"),
        (new_orders, "random"), (the_orders_themselves, "shape"), (pixels_in_a_row, "flattened"),
        (only_the_first_image, "permuted"), (backwards, "order_backwards"), (written_one_by_one, "inverted"),
        (overwritten_while_read, "overwritten"),
    ],
    "normalize_tiles": [
        (one_mean_per_tile, "channels_together"), (one_mean_per_channel_of_the_image, "tiles_together"),
        (one_mean_per_image, "tiles_together"), (one_mean_per_place_and_channel, "batch_together"),
        (one_mean_for_everything, "batch_together"), (as_batch_norm_does, "batch_together"),
        (centred_only, "mean_only"), (no_root, "divided_by_the_variance"), (one_less, "unbiased"),
        (no_eps, "eps_elsewhere"),
        (eps_beside_the_deviation, "eps_elsewhere"), (std_as_it_comes, "eps_elsewhere"), (not_centred, "mean_kept"),
        (subtracted_in_place, "changes"), (without_keepdim, "error"),
        (as_layer_norm_comes, "another_eps"), (layer_norm_of_the_tile, "channels_together"),
        (each_row_of_pixels, "wrong_axes"), (channels_and_height, "wrong_axes"), (to_unit_length, "another_spread"),
        (from_0_to_1, "another_spread"), (mean_deviation, "another_spread"), (square_without_the_mean, "raw_squares"),
        (own_mean_and_the_images_spread, "spread_of_more"), (own_mean_and_the_tiles_spread, "spread_of_more"),
        (variance_plus_root_eps, "eps_elsewhere"), (eps_in_the_pixels, "eps_elsewhere"),
        (times_the_deviation, "different"), (eps_of_its_own, "another_eps"), (mean_taken_last, "mean_kept"),
    ],
}

RIGHT = {
    "cut_tiles": [piece_by_piece, by_rows_and_columns_of_indices],
    "farthest_permutation": [
        by_loops, by_one_hot_products, with_cdist_of_order_zero, by_agreements, with_numpy, shares_that_differ,
        with_max_and_a_key,
    ],
    "shuffle_tiles": [
        image_by_image, by_gather, along_a_dimension, with_numpy_indices, by_one_hot_matrices, tile_after_tile,
        in_one_long_row,
    ],
    "normalize_tiles": [
        by_instance_norm, tile_by_tile, layer_norm_over_the_pixels, numpy_there_and_back, in_double_precision,
        mean_of_squares_less_square_of_mean, group_norm_with_one_channel_each,
    ],
}

def place_by_place_for_nine(tiles, permutations, index):
    shuffled = torch.zeros_like(tiles)
    for n, order in enumerate(permutations[index]):
        for p in range(9):
            shuffled[n, p] = tiles[n, order[p]]
    return shuffled


def largest_mean_share(chosen, candidates):
    return int((candidates[:, None] != chosen).float().mean(dim=2).mean(dim=1).argmax())


def largest_of_the_table(chosen, candidates):
    return int((candidates[:, None] != chosen).sum(dim=2).argmax())


def cells_of_ten(images, gap=2, jitter=True):
    x = images.float() / 255 if images.dtype == torch.uint8 else images
    N, C, H, W = x.shape
    top, left, size = (H - 30) // 2, (W - 30) // 2, 10 - gap
    shift = torch.randint(gap + 1, (N, 9, 2)) if jitter else torch.full((N, 9, 2), gap // 2)
    corners = [(top + t // 3 * 10, left + t % 3 * 10) for t in range(9)]
    return torch.stack([torch.stack([
        x[n, :, r + shift[n, t, 0]:, c + shift[n, t, 1]:][:, :size, :size] for t, (r, c) in enumerate(corners)])
        for n in range(N)])


def always_one_eps(tiles, eps=1e-4):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    return centred / (centred.square().mean(dim=(3, 4), keepdim=True) + 1e-4).sqrt()


for name, rows in {
    "shuffle_tiles": [(place_by_place_for_nine, "always_nine")],
    "farthest_permutation": [(largest_mean_share, "averaged"), (largest_of_the_table, "through_the_whole_table")],
    "cut_tiles": [(cells_of_ten, "size_of_another_image")],
    "normalize_tiles": [(always_one_eps, "always_the_default")],
}.items():
    WRONG[name] = [*WRONG[name], *rows]
WRONG["hunt_normalize_tiles"] = WRONG["normalize_tiles"]
RIGHT["hunt_normalize_tiles"] = [*RIGHT["normalize_tiles"], from_the_colleagues_table]
