"""A jigsaw solver that learns nothing and knows nothing: it lays the tiles so that their borders fit."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import expect


def match_edges(tiles: Tensor, permutations: Tensor) -> Tensor:
    """The permutation under which the borders of neighbouring tiles differ least, (N,).

        tiles         (N, T, C, h, w) shuffled, T a square number
        permutations  (P, T), the orders that come into question, as in `shuffle_tiles`

    For each order the tiles are laid back, and the absolute differences along all inner borders are averaged. It is
    what a network may learn, too, if the cut lets it: a shortcut that has nothing to do with what is in the picture.
    ValueError: a T that is not a square, permutations of another length.

    >>> from sslcourse import methods
    >>> ramp = torch.arange(36.0).reshape(1, 1, 6, 6)
    >>> tiles, orders = methods.cut_tiles(ramp, gap=0), methods.greedy_permutations(9, 20)
    >>> match_edges(methods.shuffle_tiles(tiles, orders, torch.tensor([7])), orders).tolist()
    [7]
    """
    expect.tensor(tiles, "tiles", ("N", "T", "C", "h", "w"))
    grid = math.isqrt(tiles.shape[1])
    expect.that(grid * grid == tiles.shape[1] > 1, "tiles", tiles, "(N, T, C, h, w) with T a square number, 4 or more")
    expect.tensor(permutations, "permutations", ("P", tiles.shape[1]))
    beside = _mismatch(tiles[..., :, -1], tiles[..., :, 0])  # (N, T, T): a's right border and b's left one
    below = _mismatch(tiles[..., -1, :], tiles[..., 0, :])  # a's lower border and b's upper one
    where = permutations.argsort(dim=1).view(-1, grid, grid)  # (P, grid, grid): which tile belongs in each place
    cost = beside[:, where[:, :, :-1], where[:, :, 1:]].sum(dim=(2, 3))  # (N, P)
    cost = cost + below[:, where[:, :-1], where[:, 1:]].sum(dim=(2, 3))
    return cost.argmin(dim=1)


def _mismatch(ends: Tensor, starts: Tensor) -> Tensor:
    """Mean absolute difference between every pair of borders (N, T, C, s): (N, T, T)."""
    return torch.cdist(ends.flatten(2), starts.flatten(2), p=1) / ends[0, 0].numel()
