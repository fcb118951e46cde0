"""The choice of tokens by noise: each row's least, beside a plain loop; and random_token_mask, which draws the noise."""

from __future__ import annotations

import pytest
import torch

from sslcourse import models


@pytest.mark.parametrize("ratio, kept", [(0.6, 4), (0.0, 12), (0.75, 3), (0.99, 1), (0.5, 6)])
def test_split_by_noise_keeps_those_with_the_least_each_row_for_itself(ratio, kept):
    noise = torch.rand(7, 12, generator=torch.Generator().manual_seed(0))
    idx_keep, idx_mask = models.split_by_noise(noise, ratio)
    for row, keep, mask in zip(noise.tolist(), idx_keep.tolist(), idx_mask.tolist()):
        order = sorted(range(12), key=row.__getitem__)
        assert keep == sorted(order[:kept]) and mask == sorted(order[kept:])


def test_a_tenth_of_a_hundred_is_ten():
    """100 · (1 − 0.9) is 9.99…98 in floating point."""
    assert models.split_by_noise(torch.rand(2, 100), 0.9)[0].shape == (2, 10)


@pytest.mark.parametrize("class_token", [False, True])
def test_a_random_mask_is_the_split_of_its_own_noise(class_token):
    noise = torch.rand(3, 9, generator=torch.Generator().manual_seed(5))
    got = models.random_token_mask((3, 9), 0.5, class_token=class_token, generator=torch.Generator().manual_seed(5))
    if class_token:
        keep, mask = models.split_by_noise(noise[:, 1:], 0.5)
        want = torch.cat([torch.zeros(3, 1, dtype=torch.int64), keep + 1], dim=1), mask + 1
    else:
        want = models.split_by_noise(noise, 0.5)
    assert torch.equal(got[0], want[0]) and torch.equal(got[1], want[1])
