"""Does a class token look at the figure? The masks of DINO's figure 4, set beside a drawing's own outline."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect


def _check(attention, figure, patch_size, mass):
    expect.tensor(attention, "attention", ("N", "heads", "T", "T"), finite=True)
    expect.that(attention.is_floating_point(), "attention", attention, "floating point numbers")
    expect.integer(patch_size, "patch_size", at_least=1)
    expect.tensor(figure, "figure", (len(attention), "H", "W"))
    expect.that(figure.dtype == torch.bool, "figure", figure, "bool, True on the figure")
    rows, columns = (side // patch_size for side in figure.shape[1:])
    fits = (rows * patch_size, columns * patch_size) == tuple(figure.shape[1:]) and rows * columns == attention.shape[2] - 1
    expect.that(fits, "figure", figure, f"{attention.shape[2] - 1} patches of {patch_size} × {patch_size} pixels")
    expect.number(mass, "mass")
    expect.that(0 < mass <= 1, "mass", mass, "a number in (0, 1]")


@expect.checked(_check)
def attention_jaccard(attention: Tensor, figure: Tensor, patch_size: int = 4, mass: float = 0.6) -> Tensor:
    """How well the patches that a class token looks at cover the figure: the overlap of two areas over their union.

    Caron et al. (2021, arXiv:2104.14294), figure 4: of the class token's attention to the patches keep the largest values,
    until they hold the share `mass` of it. The patches that are kept are A, the figure is B, and per image and head

        J = |A ∩ B| / |A ∪ B|        in pixels

        attention    (N, heads, 1 + L, 1 + L), a block's maps as `attention_maps(images, layer)` gives them, class token first
        figure       (N, H, W), bool, True on the figure
        patch_size   P; the L = H/P · W/P patches stand in reading order
        mass         in (0, 1]; the patch that fills it up is kept
        returns      (N, heads), 0 for no overlap, 1 for the figure and nothing else

    The attention of the class token to itself counts for nothing. Raises ValueError for other shapes, a figure that is not
    bool, a mass outside (0, 1].

    >>> attention = torch.tensor([0.2, 0.5, 0.1, 0.1, 0.1]).expand(1, 1, 5, 5)  # of four patches, the first has 5/8
    >>> figure = torch.zeros(1, 4, 4, dtype=torch.bool)
    >>> figure[0, :2, :] = True  # the upper half, two patches
    >>> attention_jaccard(attention, figure, patch_size=2)
    tensor([[0.5000]])
    """
    looks = attention[:, :, 0, 1:]  # (N, heads, L): the class token's row, without itself
    looks = looks / looks.sum(dim=2, keepdim=True)
    share, order = looks.sort(dim=2, descending=True)
    before = share.cumsum(dim=2) - share  # what the larger ones hold already
    kept = torch.zeros_like(looks, dtype=torch.bool).scatter(2, order, before < mass)
    kept = kept.unflatten(2, (figure.shape[1] // patch_size, -1))  # (N, heads, rows, columns)
    kept = kept.repeat_interleave(patch_size, dim=2).repeat_interleave(patch_size, dim=3)  # (N, heads, H, W)
    both = (kept & figure[:, None]).sum(dim=(2, 3))
    either = (kept | figure[:, None]).sum(dim=(2, 3))
    return both / either
