"""Tiles against plain loops: where they are cut, each normalized by itself, laid in another order and back."""

from __future__ import annotations

import itertools

import pytest
import torch

from sslcourse import methods, runtime

ORDERS = methods.greedy_permutations(9, 20)


def where_from(n: int = 6, size: int = 32):
    """Images whose first two channels are the row and the column of each pixel."""
    row, column = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return torch.stack([row, column, row * 0]).float().expand(n, -1, -1, -1)


def test_tiles_without_gap_are_the_cells_of_a_plain_loop():
    images = torch.rand(3, 3, 32, 32)
    tiles = methods.cut_tiles(images, gap=0)
    for t in range(9):
        top, left = 1 + t // 3 * 10, 1 + t % 3 * 10  # 30 of 32 pixels, in the middle
        assert torch.equal(tiles[:, t], images[:, :, top : top + 10, left : left + 10])


def test_tiles_with_a_gap_but_no_jitter_lie_in_the_middle_of_their_cells():
    tiles = methods.cut_tiles(where_from(), gap=4, jitter=False)
    assert tiles.shape == (6, 9, 3, 6, 6)
    assert tiles[0, :, :2, 0, 0].tolist() == [[3.0 + 10 * (t // 3), 3.0 + 10 * (t % 3)] for t in range(9)]


def test_each_tile_of_each_image_has_a_place_of_its_own_within_its_cell():
    with runtime.seeded(0):
        tiles = methods.cut_tiles(where_from(200), gap=2)
    corners = tiles[:, :, :2, 0, 0]  # (200, 9, 2)
    shift = corners - torch.tensor([[1.0 + 10 * (t // 3), 1.0 + 10 * (t % 3)] for t in range(9)])
    assert set(shift.unique().tolist()) == {0.0, 1.0, 2.0}
    assert shift.flatten(1).unique(dim=0).shape[0] > 190  # no two images are cut alike
    steps = tiles[:, :, 0, 1:, 0] - tiles[:, :, 0, :-1, 0]
    assert bool((steps == 1).all()), "a tile is a whole window, not a sieve"


@pytest.mark.parametrize("grid, gap, size", [(2, 0, 16), (2, 2, 14), (3, 2, 8), (4, 1, 7)])
def test_sizes_and_dtypes(grid, gap, size):
    images = torch.full((2, 1, 32, 32), 255, dtype=torch.uint8)
    tiles = methods.cut_tiles(images, grid=grid, gap=gap)
    assert tiles.shape == (2, grid * grid, 1, size, size) and tiles.dtype == torch.float32 and bool((tiles == 1).all())


def test_normalised_tiles_have_mean_0_and_variance_1_each():
    tiles = torch.rand(4, 9, 3, 8, 8) * 0.3 + 0.4
    out = methods.normalize_tiles(tiles, eps=1e-8)
    assert out.mean(dim=(3, 4)).abs().max() < 1e-5
    assert torch.allclose(out.var(dim=(3, 4), unbiased=False), torch.ones(4, 9, 3), atol=1e-4)
    theirs = torch.nn.functional.instance_norm(tiles.flatten(0, 1), eps=1e-4).view_as(tiles)
    assert torch.allclose(methods.normalize_tiles(tiles), theirs, atol=1e-5)


def test_normalised_tiles_know_nothing_of_brightness_and_contrast():
    tiles = torch.rand(2, 9, 3, 8, 8, dtype=torch.float64)
    changed = tiles * torch.rand(2, 9, 3, 1, 1).double().add(0.5) + torch.rand(2, 9, 3, 1, 1).double()
    assert torch.allclose(methods.normalize_tiles(tiles, 1e-12), methods.normalize_tiles(changed, 1e-12))
    assert methods.normalize_tiles(torch.full((1, 4, 3, 5, 5), 0.7)).abs().max() < 1e-2


def test_shuffle_is_a_plain_loop_and_unshuffle_undoes_it():
    tiles, index = torch.rand(20, 9, 3, 4, 4), torch.arange(20)
    shuffled = methods.shuffle_tiles(tiles, ORDERS, index)
    for n, p in itertools.product(range(20), range(9)):
        assert torch.equal(shuffled[n, p], tiles[n, ORDERS[index[n]][p]])
    assert torch.equal(methods.unshuffle_tiles(shuffled, ORDERS, index), tiles)
    assert torch.equal(methods.shuffle_tiles(methods.unshuffle_tiles(tiles, ORDERS, index), ORDERS, index), tiles)


def test_an_image_that_is_not_square_is_cut_in_its_middle():
    tiles = methods.cut_tiles(where_from(1, 45)[:, :, :33], gap=0)
    assert tiles.shape == (1, 9, 3, 11, 11)
    assert tiles[0, :, :2, 0, 0].tolist() == [[11.0 * (t // 3), 6 + 11.0 * (t % 3)] for t in range(9)]



@pytest.mark.parametrize("misuse, message", [
    (lambda: methods.cut_tiles(torch.rand(3, 32, 32)), "images"),
    (lambda: methods.cut_tiles(torch.rand(1, 3, 32, 32), gap=10), "gap: got 10, wanted an integer in .0, 9."),
    (lambda: methods.cut_tiles(torch.rand(1, 3, 32, 32), grid=1), "grid: got 1"),
    (lambda: methods.normalize_tiles(torch.rand(9, 3, 8, 8)), "tiles"),
    (lambda: methods.normalize_tiles(torch.rand(1, 9, 3, 8, 8), 0.0), "eps: got 0.0"),
    (lambda: methods.shuffle_tiles(torch.rand(2, 4, 3, 8, 8), ORDERS, torch.tensor([0, 1])), "permutations"),
    (lambda: methods.shuffle_tiles(torch.rand(2, 9, 3, 8, 8), ORDERS, torch.tensor([0, 20])), "index"),
    (lambda: methods.unshuffle_tiles(torch.rand(2, 9, 3, 8, 8), ORDERS[0], torch.tensor([0, 0])), "permutations"),
])
def test_bad_input_is_named(misuse, message):
    with pytest.raises(ValueError, match=message):
        misuse()
