"""What a network knows half-way: the map after each of its blocks, pooled so that blocks can be compared."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ... import expect


def _check_pool_to(feature_map, numbers):
    expect.tensor(feature_map, "feature_map", ("N", "C", "H", "W"))
    expect.integer(numbers, "numbers", at_least=1)


@expect.checked(_check_pool_to)
def pool_to(feature_map: Tensor, numbers: int) -> Tensor:
    """A map (N, C, H, W) averaged over a coarse grid of g × g cells, as one row an image: (N, C · g²).

    g is the largest grid that keeps the row within `numbers` and does not exceed the map, 1 at least. So an early block of
    few channels and large maps comes to about as many numbers as a late one, and a probe on one isn't favoured over a
    probe on the other by its size. (Gidaris et al., 2018, arXiv:1803.07728, table 4, shrink their maps for the same reason,
    by maxima.) Averages, by `adaptive_avg_pool2d`; the row goes through the channels, and within a channel row by row.

    ValueError: another rank than four, numbers below 1.

    >>> import torch
    >>> [tuple(pool_to(torch.rand(2, c, s, s), 512).shape) for c, s in ((32, 16), (64, 8), (128, 4), (256, 2))]
    [(2, 512), (2, 256), (2, 512), (2, 256)]
    """
    C, H, W = feature_map.shape[1:]
    g = 1
    while C * (g + 1) ** 2 <= numbers and g + 1 <= min(H, W):
        g += 1
    return F.adaptive_avg_pool2d(feature_map, g).flatten(1)
