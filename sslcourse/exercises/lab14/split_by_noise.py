"""Exercise `split_by_noise`: which patches of each image stay, and which are hidden."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def _kept(noise: Tensor, mask_ratio: float) -> int:
    return methods.split_by_noise(noise, mask_ratio)[0].shape[1]


def split_by_noise_cases() -> dict[str, tuple]:
    def some(n: int, length: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.rand(n, length, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)

    return {
        "three images, 8 patches, three quarters hidden": (some(3, 8, seed=0), 0.75),
        "64 patches, 90% hidden": (some(5, 64, seed=1), 0.9),
        "a quarter hidden": (some(4, 12, seed=2), 0.25),
        "a tenth hidden": (some(2, 10, seed=3), 0.1),
        "as many images as patches": (some(7, 7, seed=4, dtype=torch.float64), 0.6),
        "nearly everything hidden": (some(3, 16, seed=5), 0.99),
    }


def _by_rank(noise: Tensor, kept: int, **sort) -> list[Tensor]:
    order = noise.argsort(dim=1, **sort)
    return [order[:, :kept].sort(dim=1).values, order[:, kept:].sort(dim=1).values]


@catches("In every image the first K patches stay, whatever the noise is. If the places are sorted before the cut, the "
         "order of the noise is gone: cut first, then sort each part.")
def first_places_of_all(got, noise, mask_ratio):
    k, length = _kept(noise, mask_ratio), noise.shape[1]
    places = torch.arange(length).expand(noise.shape)
    return k < length and close(list(got), [places[:, :k], places[:, k:]])


@catches("The noise is compared with the ratio. That hides the share on average only, and each image would keep another "
         "number of patches, which makes no tensor. Sort, and cut at K: it is K everywhere.")
def compared_with_the_ratio(got, noise, mask_ratio):
    rules = (noise > mask_ratio, noise < mask_ratio, noise > 1 - mask_ratio, noise < 1 - mask_ratio)
    if isinstance(got, Exception):
        return False
    first = got[0].flatten() if got[0].ndim == 1 else got[0][0]
    return any(first.tolist() == rule[0].nonzero().flatten().tolist() for rule in rules) and not torch.equal(
        got[0], _by_rank(noise, _kept(noise, mask_ratio))[0])


@catches("One mask for the whole batch: every image hides the same places. Each row of the noise is one image's own draw, "
         "so sort within each row, along `dim=1`.")
def one_mask_for_all(got, noise, mask_ratio):
    first = got[0]
    return len(noise) > 1 and first.shape[0] == len(noise) and 0 < first.shape[1] < noise.shape[1] and bool(
        (first.sort(dim=1).values == first[:1].sort(dim=1).values).all())


@catches("The sort runs down the batch, so that the numbers say which image comes where. A patch's place is its column: "
         "`noise.argsort(dim=1)`.")
def sorted_down_the_batch(got, noise, mask_ratio):
    k = _kept(noise, mask_ratio)
    order = noise.argsort(dim=0)
    return any(close(list(got), parts) for parts in (
        [order[:, :k], order[:, k:]], [order[:, :k].sort(dim=1).values, order[:, k:].sort(dim=1).values],
        [order[:k], order[k:]]))


@catches("The ratio is the share to hide, and you keep that many. K = ⌊L · (1 − mask_ratio)⌋ patches stay.")
def ratio_of_the_kept(got, noise, mask_ratio):
    length = noise.shape[1]
    return mask_ratio != 0.5 and got[0].shape[1] in {int(length * mask_ratio), round(length * mask_ratio)} - {
        _kept(noise, mask_ratio)}


@catches("One patch too many stays. ⌊L · (1 − mask_ratio)⌋ is rounded down, so that at least the share that was asked for "
         "is hidden.")
def rounded_up(got, noise, mask_ratio):
    return torch.equal(got[0].sort(dim=1).values, _by_rank(noise, _kept(noise, mask_ratio) + 1)[0])


@catches("Nothing is left to look at: ⌊L · (1 − mask_ratio)⌋ is 0 here. At least one patch has to stay.")
def nothing_kept(got, noise, mask_ratio):
    return got[0].numel() == 0


@catches("The loudest patches stay. The rule here is that those with the *least* noise are kept. Any rule would do for a "
         "random draw, but both of us have to follow the same one.")
def most_noise_kept(got, noise, mask_ratio):
    k = _kept(noise, mask_ratio)
    order = noise.argsort(dim=1, descending=True)
    return any(close(list(got), parts) for parts in (
        [order[:, :k], order[:, k:]], _by_rank(noise, k, descending=True)))


@catches("The right patches, but in the order of their noise. Sort the places themselves, in each row: the encoder gets "
         "its patches in reading order.")
def not_in_reading_order(got, noise, mask_ratio):
    k = _kept(noise, mask_ratio)
    order = noise.argsort(dim=1)
    wanted = _by_rank(noise, k)
    if not all(torch.equal(part.sort(dim=1).values, want) for part, want in zip(got, wanted)):
        return False
    in_order = torch.equal(got[0], wanted[0]) and torch.equal(got[1], wanted[1])
    return not in_order and (torch.equal(got[0], order[:, :k]) or torch.equal(got[1], order[:, k:]))


@catches("These are the noise's values. Wanted are places, whole numbers from 0 to L − 1: `argsort`, not `sort`, of the "
         "noise.")
def noise_for_places(got, noise, mask_ratio):
    return got[0].is_floating_point()


@catches("This is argsort of argsort: each patch's *rank*, in the patch's own column. Cut off the first K, and you get the "
         "ranks of the first K patches, not the K patches of least noise. One argsort gives the places.")
def ranks_for_places(got, noise, mask_ratio):
    k, ranks = _kept(noise, mask_ratio), noise.argsort(dim=1).argsort(dim=1)
    return any(close(list(got), parts) for parts in (
        [ranks[:, :k], ranks[:, k:]], [ranks[:, :k].sort(dim=1).values, ranks[:, k:].sort(dim=1).values]))


EXERCISE = Exercise(
    "split_by_noise", "14_masked_autoencoders", "Keep a quarter, hide the rest", minutes=15, difficulty=2, importance=5,
    reference=methods.split_by_noise, returns=("idx_keep", "idx_mask"), cases=split_by_noise_cases,
    used_in="in the training below",
    mistakes=(noise_for_places, nothing_kept, compared_with_the_ratio, ratio_of_the_kept, rounded_up,
              first_places_of_all, one_mask_for_all, sorted_down_the_batch, most_noise_kept, not_in_reading_order,
              ranks_for_places),
    hints=("To draw without replacement, give every patch a random number and look at who got the least.",
           "Work out K, at least 1. `argsort` each row of the noise: its first K entries are the places to keep, the "
           "others are hidden. Then bring the places of each part into ascending order.",
           "`K = max(1, math.floor(L * (1 - mask_ratio) + 1e-9))`, `order = noise.argsort(dim=1)`, then "
           "`order[:, :K].sort(dim=1).values` and the same of `order[:, K:]`. (The 1e-9 is for 100 · (1 − 0.9), which is "
           "9.99… in floating point.)"),
)
