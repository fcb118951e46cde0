"""Tiles of an image: cut, normalized each by itself, laid in another order and back (Noroozi & Favaro, arXiv:1603.09246)."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect


def _check_cut_tiles(images, gap, grid):
    expect.images(images)
    expect.integer(grid, "grid", at_least=2, at_most=min(images.shape[2:]))
    expect.integer(gap, "gap", at_least=0, at_most=min(images.shape[2:]) // grid - 1)


@expect.checked(_check_cut_tiles)
def cut_tiles(images: Tensor, gap: int = 2, jitter: bool = True, *, grid: int = 3) -> Tensor:
    """Cut images into grid × grid tiles, row by row.

        images   (N, C, H, W), uint8 or floating point
        gap      pixels by which a tile is smaller than its cell, each way; 0: neighboring tiles touch
        jitter   True: each tile lies at a random place in its cell, drawn by itself from torch's global generator;
                 False: all lie in the middle of theirs, gap // 2 pixels from the upper left corner
        grid     tiles per row and column
        returns  (N, grid², C, h, w); uint8 becomes float in [0, 1]

    The cells are squares as large as fit (10 pixels for 32 and a grid of 3), in the middle of the image. Gap and jitter are
    section 3.3 of the paper. ValueError: images smaller than the grid, or a gap that leaves no tile.

    >>> cut_tiles(torch.rand(5, 3, 32, 32)).shape, cut_tiles(torch.rand(5, 3, 32, 32), gap=0).shape
    (torch.Size([5, 9, 3, 8, 8]), torch.Size([5, 9, 3, 10, 10]))
    """
    N, _, H, W = images.shape
    cell = min(H, W) // grid
    size = cell - gap
    place = torch.arange(grid * grid, device=images.device)
    top = (H - grid * cell) // 2 + place // grid * cell  # (T,): the corner of each cell
    left = (W - grid * cell) // 2 + place % grid * cell
    if jitter:
        down, right = torch.randint(gap + 1, (2, N, len(place)), device=images.device)
    else:
        down = right = torch.full((N, len(place)), gap // 2, device=images.device)
    windows = images.unfold(2, size, 1).unfold(3, size, 1)  # (N, C, rows, columns, size, size): one at every corner
    image = torch.arange(N, device=images.device)[:, None]
    tiles = windows[image, :, top + down, left + right]  # (N, T, C, size, size)
    return tiles / 255 if tiles.dtype == torch.uint8 else tiles


def _check_normalize_tiles(tiles, eps):
    expect.tensor(tiles, "tiles", ("N", "T", "C", "h", "w"))
    expect.positive(eps, "eps")


@expect.checked(_check_normalize_tiles)
def normalize_tiles(tiles: Tensor, eps: float = 1e-4) -> Tensor:
    """Every channel of every tile shifted to mean 0 and scaled to variance 1, by its own pixels alone.

        tiles    (N, T, C, h, w), floating point
        returns  (tiles - mean) / sqrt(variance + eps), the same shape

    What neighbouring tiles share most is their brightness and their contrast; this takes both away (section 3.3 of the
    paper). `eps` keeps a tile of one flat color finite, as in a normalisation layer. ValueError: another rank, or an
    eps ≤ 0.

    >>> normalize_tiles(torch.rand(2, 9, 3, 8, 8)).mean(dim=(3, 4)).abs().max().item() < 1e-5
    True
    """
    mean = tiles.mean(dim=(3, 4), keepdim=True)
    variance = tiles.var(dim=(3, 4), keepdim=True, unbiased=False)
    return (tiles - mean) / (variance + eps).sqrt()


def _check_shuffle_tiles(tiles, permutations, index):
    expect.tensor(tiles, "tiles", ("N", "T", "C", "h", "w"))
    expect.tensor(permutations, "permutations", ("P", tiles.shape[1]))
    expect.labels(index, "index", n=len(tiles), num_classes=len(permutations))


@expect.checked(_check_shuffle_tiles)
def shuffle_tiles(tiles: Tensor, permutations: Tensor, index: Tensor) -> Tensor:
    """Lay the tiles of each image in the order of its own permutation.

        tiles         (N, T, C, h, w)
        permutations  (P, T): in place p of order i lies tile permutations[i, p]
        index         (N,): which order each image gets
        returns       shuffled (N, T, C, h, w)

    ValueError: a permutation of another length, an index that is not in the table.

    >>> tiles = torch.arange(3.0).reshape(1, 3, 1, 1, 1)
    >>> shuffle_tiles(tiles, torch.tensor([[0, 1, 2], [2, 0, 1]]), torch.tensor([1])).flatten().tolist()
    [2.0, 0.0, 1.0]
    """
    orders = permutations[index]  # (N, T)
    return tiles[torch.arange(len(tiles), device=tiles.device)[:, None], orders]


def unshuffle_tiles(tiles: Tensor, permutations: Tensor, index: Tensor) -> Tensor:
    """Undo `shuffle_tiles`: the same arguments, and the tiles back in their places if `index` is right.

    >>> tiles, index = torch.rand(4, 9, 3, 8, 8), torch.tensor([0, 1, 1, 0])
    >>> orders = torch.stack([torch.randperm(9), torch.randperm(9)])
    >>> torch.equal(unshuffle_tiles(shuffle_tiles(tiles, orders, index), orders, index), tiles)
    True
    """
    expect.tensor(permutations, "permutations", ("P", "T"))
    return shuffle_tiles(tiles, permutations.argsort(dim=1), index)  # argsort inverts a permutation
