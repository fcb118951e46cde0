"""Patches: cut, hidden, dropped, put back; compared with lightly's where it has them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslcourse import models


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float16, torch.uint8))
@pytest.mark.parametrize("channels", (1, 2, 3))
@pytest.mark.parametrize(("height", "width", "patch"), [(4, 4, 2), (8, 12, 4), (6, 3, 3), (5, 5, 5), (3, 2, 1)])
def test_patchify_by_hand_and_back(height, width, patch, channels, dtype):
    """Patch l = (row · columns + column) holds pixel (p, q, c) at (p · P + q) · C + c."""
    images = (torch.rand(2, channels, height, width, generator=seeded()) * 255).to(dtype)
    patches = models.patchify(images, patch)
    columns = width // patch
    assert patches.shape == (2, height // patch * columns, patch * patch * channels)
    for c in range(channels):
        for y in range(height):
            for x in range(width):
                place = y // patch * columns + x // patch, ((y % patch) * patch + x % patch) * channels + c
                assert torch.equal(patches[:, place[0], place[1]], images[:, c, y, x])
    assert torch.equal(models.unpatchify(patches, patch, channels, image_size=(height, width)), images)
    if height == width:
        assert torch.equal(models.unpatchify(patches, patch, channels), images)


def test_patches_are_lightlys():
    from lightly.models import utils

    images = torch.rand(3, 3, 12, 12)
    patches = models.patchify(images, 4)
    assert torch.equal(patches, utils.patchify(images, 4))
    assert torch.equal(models.unpatchify(patches, 4), utils.unpatchify(patches, 4))
    index, value, mask_token = torch.tensor([[1, 0], [8, 3], [2, 5]]), torch.rand(3, 2, 48), torch.rand(1, 1, 48)
    assert torch.equal(models.get_at_index(patches, index), utils.get_at_index(patches, index))
    assert torch.equal(models.set_at_index(patches, index, value), utils.set_at_index(patches, index, value))
    expected = utils.mask_at_index(patches, index, mask_token)
    torch.testing.assert_close(models.mask_at_index(patches, index, mask_token), expected)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5), st.integers(2, 40), st.floats(0, 0.999), st.booleans(), st.integers(0, 2**31))
def test_keep_and_mask_share_the_tokens_out(n, length, ratio, class_token, seed):
    """Disjoint, together everything, ascending, of the stated number, and the same for the same generator."""
    keep, mask = models.random_token_mask((n, length), ratio, class_token=class_token, generator=seeded(seed))
    exact = (length - class_token) * (1 - ratio)
    assert keep.shape[1] - class_token in {max(1, math.floor(exact)), max(1, round(exact))}
    assert torch.cat([keep, mask], dim=1).sort(dim=1).values.tolist() == [list(range(length))] * n
    for index in (keep, mask):
        assert index.dtype == torch.int64 and (index.diff(dim=1) > 0).all()
    assert not class_token or (keep[:, 0] == 0).all()
    again = models.random_token_mask((n, length), ratio, class_token=class_token, generator=seeded(seed))
    assert torch.equal(keep, again[0]) and torch.equal(mask, again[1])


@pytest.mark.parametrize(("length", "ratio", "kept"), [
    (64, 0.75, 16), (196, 0.75, 49), (100, 0.9, 10), (10, 0.75, 2), (10, 0.99, 1), (16, 0.0, 16),
    (3, 0.99, 1), (100, 0.58, 42),
])
def test_how_many_are_kept(length, ratio, kept):
    """100 · (1 − 0.9) is 9.99…98, and int() of it would keep nine; at least one is kept."""
    assert models.random_token_mask((2, length), ratio)[0].shape == (2, kept)


def test_every_sample_draws_its_own():
    keep, _ = models.random_token_mask((50, 64), 0.75, generator=seeded())
    assert len({tuple(row) for row in keep.tolist()}) == 50
    generator = seeded()
    first, second = (models.random_token_mask((2, 64), 0.75, generator=generator)[0] for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("class_token", (False, True))
def test_every_token_is_kept_equally_often(class_token):
    """20,000 draws: each count within five standard deviations of its mean, the class token always there."""
    draws, length = 20_000, 12
    keep, _ = models.random_token_mask((draws, length), 0.75, class_token=class_token, generator=seeded(3))
    counts = keep.flatten().bincount(minlength=length).double()
    if class_token:
        assert counts[0] == draws
        counts = counts[1:]
    p = (keep.shape[1] - class_token) / (length - class_token)
    assert ((counts - draws * p).abs() < 5 * math.sqrt(draws * p * (1 - p))).all()


def test_maes_two_permutations_are_the_identity():
    """Shuffle by (keep, mask), unshuffle by its argsort, as in MAE's code; set_at_index gets to the same place."""
    tokens = torch.rand(3, 10, 4)
    keep, mask = models.random_token_mask((3, 10), 0.6, generator=seeded())
    shuffle = torch.cat([keep, mask], dim=1)
    shuffled = models.get_at_index(tokens, shuffle)
    assert torch.equal(models.get_at_index(shuffled, shuffle.argsort(dim=1)), tokens)
    full = models.set_at_index(torch.zeros_like(tokens), keep, shuffled[:, : keep.shape[1]])
    full = models.set_at_index(full, mask, shuffled[:, keep.shape[1] :])
    assert torch.equal(full, tokens)


def test_setting_leaves_the_original_and_passes_gradients():
    tokens, value = torch.rand(2, 5, 3, requires_grad=True), torch.rand(2, 2, 3, requires_grad=True)
    mask_token, index = torch.rand(1, 1, 3, requires_grad=True), torch.tensor([[4, 0], [1, 2]])
    before = tokens.detach().clone()
    out = models.set_at_index(tokens, index, value)
    assert torch.equal(tokens, before) and torch.equal(models.get_at_index(out, index), value)
    out.sum().backward()
    kept = torch.ones(2, 5, 3)
    kept[torch.arange(2)[:, None], index] = 0
    assert torch.equal(tokens.grad, kept) and torch.equal(value.grad, torch.ones(2, 2, 3))
    models.mask_at_index(tokens, index, mask_token).sum().backward()
    assert torch.equal(mask_token.grad, torch.full((1, 1, 3), 4.0))


def test_a_nan_that_is_masked_is_gone():
    """lightly multiplies by 1 − mask, and 0 · NaN is NaN."""
    tokens = torch.tensor([[[float("nan")], [1.0]]])
    assert models.mask_at_index(tokens, torch.tensor([[0]]), torch.zeros(1, 1, 1))[0].tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
def test_values_take_the_tokens_precision(dtype):
    """Under autocast a decoder's tokens are float32 and the encoder's output is not."""
    value = torch.ones(1, 1, 2, dtype=dtype)
    index = torch.tensor([[1]])
    assert models.set_at_index(torch.zeros(1, 2, 2), index, value).dtype == torch.float32
    assert models.mask_at_index(torch.zeros(1, 2, 2), index, value).dtype == torch.float32
    assert models.patchify(torch.zeros(1, 1, 2, 2, dtype=dtype), 2).dtype == dtype
