"""Patch features as colors: their main directions, once to part figure from ground, once more to color the figure."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from ..methods import pca


def _check(patches):
    expect.tensor(patches, "patches", ("N", "h", "w", "D"), finite=True)
    expect.that(patches.dtype in (torch.float32, torch.float64), "patches", patches, "float32 or float64")
    expect.that(patches.shape[3] >= 3, "patches", patches, "three numbers a patch or more: each color is a direction")
    expect.that(bool((patches != patches[:1, :1, :1]).any()), "patches", expect.Words("patches that are all alike"),
                "some variation")


@expect.checked(_check)
def figure_colors(patches: Tensor) -> Tensor:
    """The patches of some images as colors: alike in features, alike in color; the ground black.

    Oquab et al. (2024, arXiv:2304.07193), section 7.4 and figure 1. The first principal component of all patches is cut at 0:
    on one side of it is the figure, on the other the ground. Then the first three components of the figure's patches alone
    become red, green and blue.

        patches   (N, h, w, D), features of h × w patches of N images
        returns   (N, h, w, 3): the least score in each color is 0, the largest 1; (0, 0, 0) on the ground

    Which side is the figure, the paper does not say; here it is the one that is *less* at the images' borders. A direction's
    sign is arbitrary, as in `methods.pca`. Where the figure has fewer than four patches there is no direction to color by,
    and all is black. Raises ValueError for another shape or type, numbers that are not finite, patches that are all alike.

    >>> patches = torch.zeros(1, 4, 4, 3)
    >>> patches[0, 1:3, 1:3] = torch.tensor([[[9.0, 0, 0], [9, 0, 1]], [[9, 3, 0], [9, 3, 1]]])
    >>> colors = figure_colors(patches)
    >>> colors[0, 0, 0].tolist(), round(float(colors[0, 1:3, 1:3, 0].max()), 4)
    ([0.0, 0.0, 0.0], 1.0)
    """
    mean, direction, _ = pca(patches.flatten(0, 2), 1)
    score = (patches - mean) @ direction[0]  # (N, h, w): which side of the cut, and how far from it
    border = torch.ones_like(score, dtype=torch.bool)
    border[:, 1:-1, 1:-1] = False
    figure = score > 0 if score[border].mean() < 0 else score < 0
    colors = patches.new_zeros(*score.shape, 3)
    if figure.sum() >= 4:
        mean, directions, _ = pca(patches[figure], 3)
        scores = (patches[figure] - mean) @ directions.T  # (M, 3), a row for each patch of the figure
        low, high = scores.amin(dim=0), scores.amax(dim=0)
        colors[figure] = (scores - low) / (high - low).clamp(min=1e-12)
    return colors
