"""The hierarchical ViT: windows by a plain look at who is near, and a shift that crosses no edge."""

from __future__ import annotations

import pytest
import torch

from sslcourse import models, runtime
from sslcourse.models.hierarchical_vit import _cut, _fours, _neighbors


def small(depth=(1,), window=2, **settings):
    with runtime.seeded(0):
        return models.HierarchicalViT(1, 4, depth, heads=2, window=window, in_channels=1, **settings).eval()


def who_sees(net, place):
    """The places of a 4 × 4 map that one token's answer depends on, with the convolution of places switched off."""
    with torch.no_grad():
        net.place.weight.zero_()
    x = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(1)).requires_grad_()
    (net.tokens(x)[0, place] * torch.tensor([1.0, 2.0, -1.0, 0.5])).sum().backward()
    return {(r, c) for r, c in x.grad[0, 0].nonzero().tolist()}


def test_a_block_sees_its_window_and_nothing_else():
    assert who_sees(small(), 5) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert who_sees(small(), 14) == {(2, 2), (2, 3), (3, 2), (3, 3)}


def test_a_shifted_block_sees_across_windows_and_not_around_the_edge():
    """Of two blocks the second is shifted by 1: the middle window joins all four, a corner stays by itself."""
    net = small(depth=(2,))
    assert who_sees(net, 5) == {(r, c) for r in range(4) for c in range(4)}     # (1, 1) with (1, 2), (2, 1), (2, 2), one each
    assert who_sees(net, 0) == {(0, 0), (0, 1), (1, 0), (1, 1)}                 # alone in its corner, as before
    assert who_sees(net, 1) == {(r, c) for r in (0, 1) for c in range(4)}       # along the upper edge, (0, 1) with (0, 2)


def test_neighbors_are_those_that_lay_together_before_the_roll():
    h, w, size, shift = 4, 8, 4, 2
    allowed = _neighbors(h, w, size, shift, torch.device("cpu"))[:, 0]
    where = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij"), dim=-1)[None]
    rolled = _cut(where.roll((-shift, -shift), dims=(1, 2)), size)              # (windows, size², 2)
    for window, table in zip(rolled, allowed):
        for a, row in zip(window.tolist(), table):
            for b, seen in zip(window.tolist(), row):
                together = [(p + size - shift) // size == (q + size - shift) // size for p, q in zip(a, b)]
                assert bool(seen) == all(together)


def test_four_tokens_lie_side_by_side():
    x = torch.arange(16.0).view(1, 4, 4, 1)
    assert _fours(x)[0].tolist() == [[[0, 1, 4, 5], [2, 3, 6, 7]], [[8, 9, 12, 13], [10, 11, 14, 15]]]


@pytest.mark.parametrize("size", (8, 16))
def test_other_sizes_are_welcome_and_the_feature_is_the_mean_of_the_tokens(size):
    net = models.HierarchicalViT(2, 8, (2, 2), heads=2).eval()
    x = torch.rand(3, 3, size, size)
    assert net.tokens(x).shape == (3, (size // 4) ** 2, 16)
    torch.testing.assert_close(net(x), net.tokens(x).mean(dim=1))
