"""Maps pooled to about as many numbers each: the grid, and its cells."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods


@pytest.mark.parametrize("shape, numbers, grid", [((4, 8, 8), 20, 2), ((4, 2, 2), 400, 2), ((10, 5, 5), 6, 1),
                                                  ((3, 7, 5), 80, 5), ((32, 16, 16), 512, 4), ((256, 2, 2), 512, 1)])
def test_pool_to_takes_the_largest_grid_and_averages_its_cells(shape, numbers, grid):
    feature_map = torch.randn(2, *shape, generator=torch.Generator().manual_seed(2))
    pooled = methods.pool_to(feature_map, numbers)
    assert pooled.shape == (2, shape[0] * grid**2)
    C, H, W = shape
    cells = pooled.reshape(2, C, grid, grid)
    for i in range(grid):
        for j in range(grid):
            part = feature_map[:, :, i * H // grid:-(-(i + 1) * H // grid), j * W // grid:-(-(j + 1) * W // grid)]
            torch.testing.assert_close(cells[:, :, i, j], part.mean(dim=(2, 3)))
