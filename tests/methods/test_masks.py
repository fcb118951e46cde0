"""Masks of patches, and the way back: all places once, patterns, plain loops."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods, models


def draw(n=6, length=16, ratio=0.75, seed=0):
    return models.random_token_mask((n, length), ratio, generator=torch.Generator().manual_seed(seed))


MASKS = {"random": models.random_token_mask, "block": methods.block_mask, "grid": methods.grid_mask}
every_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


@every_mask
@pytest.mark.parametrize("ratio", [0.0, 0.25, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("length", [1, 9, 64])
def test_kept_and_hidden_are_all_places_once_in_order_and_as_many_as_asked(mask, ratio, length):
    idx_keep, idx_mask = mask((5, length), ratio, generator=torch.Generator().manual_seed(0))
    assert idx_keep.shape == (5, max(1, math.floor(length * (1 - ratio) + 1e-9)))
    assert idx_keep.dtype == idx_mask.dtype == torch.int64
    for kept, hidden in zip(idx_keep.tolist(), idx_mask.tolist()):
        assert kept == sorted(kept) and hidden == sorted(hidden) and sorted(kept + hidden) == list(range(length))


def test_a_block_is_a_block_and_another_one_for_each_image():
    idx_mask = methods.block_mask((50, 64), 0.25, generator=torch.Generator().manual_seed(0))[1]
    assert len({tuple(row) for row in idx_mask.tolist()}) > 20
    for row in idx_mask:  # 16 of 64, in a window of at most 8 × 5 even in a corner
        rows, columns = row // 8, row % 8
        assert (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1) <= 40
        assert min(rows.max() - rows.min(), columns.max() - columns.min()) <= 4


def test_the_grid_keeps_one_in_four_and_a_chessboard():
    places = torch.arange(64)
    quarter, half = (methods.grid_mask((2, 64), ratio)[0] for ratio in (0.75, 0.5))
    assert quarter[0].tolist() == quarter[1].tolist() == places[(places // 8 % 2 == 0) & (places % 2 == 0)].tolist()
    assert half[0].tolist() == places[(places // 8 + places) % 2 == 0].tolist()


def test_block_masks_repeat_with_their_generator():
    one, other = (methods.block_mask((4, 16), 0.5, generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(map(torch.equal, one, other))


def test_fill_in_by_a_loop():
    idx_keep, _ = draw()
    visible, token = torch.randn(6, 4, 3), torch.randn(1, 1, 3)
    found = methods.fill_in(visible, idx_keep, token, 16)
    for n in range(6):
        for place in range(16):
            kept = idx_keep[n].tolist()
            wanted = visible[n, kept.index(place)] if place in kept else token[0, 0]
            assert torch.equal(found[n, place], wanted)


@pytest.mark.parametrize("bad, argument", [
    (lambda: methods.split_by_noise(torch.rand(4), 0.5), "noise"),
    (lambda: methods.split_by_noise(torch.tensor([[0.1, math.nan]]), 0.5), "noise"),
    (lambda: methods.split_by_noise(torch.rand(2, 4), 1.0), "mask_ratio"),
    (lambda: methods.split_by_noise(torch.rand(2, 4), -0.1), "mask_ratio"),
    (lambda: methods.block_mask((2, 12), 0.5), "size"),
    (lambda: methods.grid_mask((0, 16), 0.5), "size"),
    (lambda: methods.grid_mask(16, 0.5), "size"),
    (lambda: methods.fill_in(torch.rand(2, 3), torch.zeros(2, 3, dtype=torch.int64), torch.rand(1, 1, 3), 8), "visible"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 2, dtype=torch.int64), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 1, 4), torch.tensor([[8], [0]]), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64), torch.rand(4), 8), "mask_token"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64), torch.rand(1, 1, 4), 2), "length"),
])
def test_bad_input_is_named(bad, argument):
    with pytest.raises(ValueError, match=f"{argument}: got .*, wanted "):
        bad()
