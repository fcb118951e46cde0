"""How far two samples are from having one distribution."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from .arrays import points

_BLOCK = 2**22  # distances held at once: 32 MB


def energy_distance(x: Tensor, y: Tensor) -> float:
    """2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖: 0 where both samples come from one distribution, positive elsewhere.

    `x` is (N, D) and `y` is (M, D), N, M ≥ 2, in the same units; the result is a length in these units. Pairs of a row
    with itself are left out, which makes the estimate unbiased: for two samples of one distribution it is around 0 and
    may be a little below. Memory is bounded whatever N and M are. Székely and Rizzo, "Energy statistics: a class of
    statistics based on distances", Journal of Statistical Planning and Inference 143 (2013), section 2.

    >>> generator = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(2, 2000, 2, generator=generator)
    >>> abs(energy_distance(x, y)) < 0.01, energy_distance(x, y + 3) > 5
    (True, True)
    """
    x = points(x, "x")
    y = points(y, "y", ("M", x.shape[1]))
    for value, name in ((x, "x"), (y, "y")):
        expect.that(len(value) >= 2, name, value, "two rows or more")
    x, y = x.double(), y.double()
    n, m = len(x), len(y)
    between = 2 * _sum_of_distances(x, y) / (n * m)
    return between - _sum_of_distances(x, x) / (n * (n - 1)) - _sum_of_distances(y, y) / (m * (m - 1))


def _sum_of_distances(x: Tensor, y: Tensor) -> float:
    rows = max(1, _BLOCK // len(y))
    # Without the matrix product, whose rounding would put a row at a small distance from itself.
    exact = "donot_use_mm_for_euclid_dist"
    return sum(torch.cdist(x[start:start + rows], y, compute_mode=exact).sum().item() for start in range(0, len(x), rows))
