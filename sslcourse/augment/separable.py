"""Separable linear filters as two small matrix products: resampling and blurring are both W_y X W_xᵀ.

Each sample brings its own two matrices, so a batched product applies another crop, or another blur, to every sample.
"""

from __future__ import annotations

import torch


def filter_rows_and_columns(images: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """W_y X W_xᵀ for each image X.

    images    (N, C, H, W)
    rows      W_y, (N, h, H): row i says how the output's row i mixes the image's rows
    columns   W_x, (N, w, W)
    returns   (N, C, h, w), in [0, 1] where the images are and the matrices' rows are weights that sum to one
    """
    n, c, height, width = images.shape
    h, w = rows.shape[1], columns.shape[1]
    x = torch.bmm(images.reshape(n, c * height, width), columns.transpose(1, 2))  # (N, C·H, w)
    x = torch.bmm(rows.repeat_interleave(c, dim=0), x.view(n * c, height, w))  # (N·C, h, w)
    return x.view(n, c, h, w).clamp_(0, 1)  # rounding may have left it an ulp outside
