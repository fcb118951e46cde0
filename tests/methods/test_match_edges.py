"""The solver that lays the tiles so that their borders fit."""

from __future__ import annotations

import math

import torch

from sslcourse import methods

ORDERS = methods.greedy_permutations(9, 20)


def test_matching_borders_solves_what_fits_together_and_agrees_with_a_plain_loop():
    smooth = torch.nn.functional.interpolate(torch.rand(12, 3, 5, 5), size=30, mode="bicubic")
    tiles, index = methods.cut_tiles(smooth, gap=0), torch.arange(12)
    shuffled = methods.shuffle_tiles(tiles, ORDERS, index)
    assert torch.equal(methods.match_edges(shuffled, ORDERS), index)

    noise = torch.rand(5, 9, 3, 4, 4)
    found = methods.match_edges(noise, ORDERS)
    for n in range(5):
        costs = []
        for order in ORDERS:
            laid = methods.unshuffle_tiles(noise[n : n + 1], order[None], torch.tensor([0]))[0].view(3, 3, 3, 4, 4)
            beside = laid[:, :-1, :, :, -1] - laid[:, 1:, :, :, 0]
            below = laid[:-1, :, :, -1] - laid[1:, :, :, 0]
            costs.append(float(beside.abs().mean() + below.abs().mean()))
        assert math.isclose(costs[found[n]], min(costs), rel_tol=1e-5)
