"""Exercise `shuffle_tiles`: every image in its own order."""

from __future__ import annotations

import torch

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def shuffle_cases() -> dict[str, tuple]:
    def some(n: int, grid: int, p: int, size: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        tiles = torch.rand(n, grid * grid, 3, size, size, generator=generator, dtype=torch.float64).to(dtype)
        orders = torch.rand(p, grid * grid, generator=generator).argsort(dim=1)
        return tiles, orders, torch.randint(1, p, (n,), generator=generator)

    return {
        "a few images": some(4, 3, 12, 4, seed=0),
        "one order for each of many": some(12, 3, 40, 2, seed=1),
        "four tiles": some(5, 2, 20, 3, seed=2),
        "as many images as tiles": some(9, 3, 15, 3, seed=3),
        "double precision": some(3, 3, 10, 2, seed=4, dtype=torch.float64),
    }


@catches("This is the way back: tile t was *put into* place `order[t]`. Asked is which tile lies in place p, and that "
         "is tile `order[p]`: take from the tiles, `tiles[..., order]`, do not write into them.")
def inverted(got, tiles, permutations, index):
    return close(got, methods.unshuffle_tiles(tiles, permutations, index))


@catches("`index` has not been used, or not as it is meant: image n gets row `index[n]` of the table, so look up "
         "`permutations[index]` first, (N, T).")
def index_ignored(got, tiles, permutations, index):
    first = torch.arange(len(tiles))
    return close(got, methods.shuffle_tiles(tiles, permutations, first))


@catches("All images were shuffled in the same way. Each has its own order: row n of `permutations[index]`.")
def one_order_for_all(got, tiles, permutations, index):
    return any(close(got, tiles[:, permutations[i]]) for i in (index[0], index[-1], 0))


@catches("This pairs every image with every order, or takes tile numbers for image numbers. Index both axes at once: "
         "`tiles[rows, orders]`, where `rows` is a column (N, 1) of the image numbers.")
def every_pairing(got, tiles, permutations, index):
    if isinstance(got, IndexError):
        return "out of bounds" in str(got) or "broadcast" in str(got)
    return got.ndim == tiles.ndim + 1


@catches("Nine tiles are written into it. How many there are the tensor itself says, `tiles.shape[1]`.")
def always_nine(got, tiles, permutations, index):
    return tiles.shape[1] < 9 and isinstance(got, IndexError) and f"index {tiles.shape[1]} is out of bounds" in str(got)


@catches("Nothing has moved: the tiles still lie in their places.")
def nothing_moved(got, tiles, permutations, index):
    return close(got, tiles)


@catches("Here the tiles are moved one by one within the same tensor, and some are overwritten before they are "
         "read. Take each tile from `tiles` as they came.")
def overwritten(got, tiles, permutations, index):
    moved = tiles.clone()
    for n, order in enumerate(permutations[index]):
        for p, t in enumerate(order):
            moved[n, p] = moved[n, t]
    return close(got, moved)


@catches("Whole images have changed places here. The images stay in order; the tiles move within each of them.")
def images_moved(got, tiles, permutations, index):
    return got.shape == tiles.shape and all(any(torch.equal(g, t) for t in tiles) for g in got)


@catches("Each image should get the order that `index` names for it. Here it gets another image's, or another "
         "row's: nothing "
         "is added to `index`, and nothing rolled.")
def another_row(got, tiles, permutations, index):
    rows, N = torch.arange(len(tiles))[:, None], len(tiles)
    others = [permutations[index.roll(s)] for s in (1, -1)] + [permutations.roll(s, 0)[index] for s in (1, -1)]
    return N > 1 and any(close(got, tiles[rows, order]) for order in others)


@catches("The order of each image is read backwards: the tile that belongs in the first place lies in the last.")
def order_backwards(got, tiles, permutations, index):
    return close(got, methods.shuffle_tiles(tiles, permutations.flip(1), index))


EXERCISE = Exercise(
    "shuffle_tiles", "07_jigsaw", "Every image in its own order", minutes=10, difficulty=2, importance=3,
    reference=methods.shuffle_tiles, returns=("shuffled",), cases=shuffle_cases,
    used_in="for the puzzles below",
    mistakes=(inverted, index_ignored, one_order_for_all, always_nine, every_pairing, nothing_moved,
              images_moved, overwritten, another_row, order_backwards),
    hints=("First find each image's own order in the table, then take its tiles in that order.",
           "`permutations[index]` is (N, T): one order for each image. Indexing the tiles by it needs the number of "
           "the image beside it, so that each image takes from its own tiles.",
           "`orders = permutations[index]` and `rows = torch.arange(len(tiles))[:, None]`, (N, 1); then "
           "`tiles[rows, orders]`."),
)
