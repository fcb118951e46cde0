"""Lab 07: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch


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


WRONG = {
    "farthest_permutation": [
        (the_permutation_itself, "row_returned"), (the_largest_distance, "distance_returned"), (the_nearest, "nearest"),
        (most_agreement, "nearest"), (least_agreement_at_best, "nearest"), (largest_mean, "averaged"),
        (largest_of_all, "largest"), (largest_of_the_flat_table, "largest"), (from_the_last_one, "one_of_the_chosen"),
        (from_the_first_one, "one_of_the_chosen"), (manhattan, "numbers_subtracted"), (euclidean, "numbers_subtracted"),
        (over_the_candidates, "wrong_axis"), (no_broadcasting, "error"),
    ],
    "shuffle_tiles": [
        (written_into_place, "inverted"), (by_argsort, "inverted"), (the_first_rows, "index_ignored"),
        (the_first_images_order, "one_order_for_all"), (the_tables_first_order, "one_order_for_all"),
        (all_pairs, "every_pairing"), (tiles_for_images, "every_pairing"),
        (indices_that_do_not_meet, "every_pairing"), (nothing, "nothing_moved"), (flattened, "flattened"),
        (in_place, "changes"),
    ],
    "normalize_tiles": [
        (one_mean_per_tile, "channels_together"), (one_mean_per_channel_of_the_image, "tiles_together"),
        (one_mean_per_image, "tiles_together"), (one_mean_per_place_and_channel, "batch_together"),
        (one_mean_for_everything, "batch_together"), (as_batch_norm_does, "batch_together"),
        (centred_only, "mean_only"), (no_root, "divided_by_the_variance"), (one_less, "unbiased"),
        (no_eps, "eps_elsewhere"),
        (eps_beside_the_deviation, "eps_elsewhere"), (std_as_it_comes, "eps_elsewhere"), (not_centred, "different"),
        (subtracted_in_place, "changes"), (without_keepdim, "error"),
    ],
}

RIGHT = {
    "farthest_permutation": [by_loops, by_one_hot_products],
    "shuffle_tiles": [image_by_image, by_gather],
    "normalize_tiles": [by_instance_norm, tile_by_tile],
}
